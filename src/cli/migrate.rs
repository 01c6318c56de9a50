//! `dfqueue migrate`: the database's tables, brought up to date.

use anyhow::Result;
use serde_json::json;

use super::{Outcome, database, output};
use crate::store::{Access, Durability, schema_version};

/// Bring the database's tables up to date, as the daemon does when it starts
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: database::Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Opens the database as a daemon would, and closes it.
pub fn run(args: &Args) -> Result<Outcome> {
    database::block_on(async {
        args.database.open(Access::Serve(Durability::Require)).await?.close().await;
        Ok(())
    })?;
    let (version, name) = schema_version();
    if args.json {
        output::json(&json!({ "schema_version": version, "migration": name }))?;
    } else {
        output::print(&format!("the tables are up to date: schema version {version} ({name})\n"))?;
    }
    Ok(Outcome::Done)
}
