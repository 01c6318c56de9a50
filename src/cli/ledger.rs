//! `dfqueue ledger`: proving that the record is what was written.

use anyhow::{Result, bail};
use serde_json::json;

use super::{Outcome, database, output};
use crate::store::{Access, Finding, Verification};

/// Prove the ledger, the record of everything that happened
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Verify(Verify),
}

/// Check every entry, and that the tables hold what the entries say
///
/// A daemon may run meanwhile. Without a checkpoint kept elsewhere, entries cut off at the end, or a ledger written anew as a whole, are not found.
#[derive(Debug, clap::Args)]
struct Verify {
    #[command(flatten)]
    database: database::Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<Outcome> {
    match &args.command {
        Command::Verify(args) => verify(args),
    }
}

fn verify(args: &Verify) -> Result<Outcome> {
    let found = database::block_on(async {
        let store = args.database.open(Access::Read).await?;
        let found = store.verify().await;
        store.close().await;
        Ok(found?)
    })?;
    if args.json {
        output::json(&as_json(&found))?;
    } else {
        output::print(&format!("{found}\n"))?;
    }
    match found.finding {
        None => Ok(Outcome::Done),
        Some(finding) => bail!("{finding}; restore a backup made before, or keep this database as evidence and ask why"),
    }
}

fn as_json(found: &Verification) -> serde_json::Value {
    let finding = found.finding.as_ref().map(|finding| match finding {
        Finding::Entry { seq, problem } => json!({ "seq": seq, "problem": problem }),
        Finding::Table { problem } => json!({ "seq": null, "problem": problem }),
    });
    json!({
        "entries": found.entries,
        "redacted": found.redacted,
        "chain": hex::encode(found.chain),
        "finding": finding,
        "not_found_without_checkpoint": ["entries cut off at the end", "a ledger written anew as a whole"],
    })
}
