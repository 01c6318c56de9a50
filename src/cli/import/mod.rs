//! `dfqueue import`: a queue file into a running daemon.
//!
//! The daemon is the judge: it knows the words and the sites. Here only the form of the file is judged, and with the
//! unit and policy files at hand what they say too. Registering the same row again is no change, so an import that was
//! cut off is run again as it was.

mod body;
mod send;
mod tally;

use std::path::PathBuf;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use super::client::Connection;
use super::{Outcome, database, files, output};
use crate::clock::Clock;
use crate::config::{self, Sheet};
use send::Sender;
use tally::Tally;

/// Send the rows of a queue file to a running daemon
///
/// A row that is there already is left as it is; a field that was empty there and has a value here is filled in; a field
/// with another value is told, and changed only with --correct --reason; an empty field here says nothing. Bad rows are told by line and column, the good
/// ones go in, and the exit code is 3. An import that was cut off is simply run again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The queue, one row an exhibit
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
    /// Read and judge the file, send nothing
    #[arg(long)]
    dry_run: bool,
    /// Change what differs: each changed field becomes a correction with the reason given
    #[arg(long, requires = "reason")]
    correct: bool,
    /// Why recorded values are changed
    #[arg(long, value_name = "TEXT", requires = "correct")]
    reason: Option<String>,
    /// Judge sites here already, by this unit file
    #[arg(long, value_name = "FILE", requires = "policy")]
    unit: Option<PathBuf>,
    /// Judge words here already, by this policy file
    #[arg(long, value_name = "FILE", requires = "unit")]
    policy: Option<PathBuf>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Reads, sends, sums up.
pub fn run(args: &Args) -> Result<Outcome> {
    let name = args.file.display().to_string();
    let bytes = files::bytes(&args.file)?;
    let sheet = read(args, &name, &bytes)?;
    let mut tally = Tally::new(&name, sheet.bad);
    let sent = if args.dry_run { Ok(()) } else { send(args, &bytes, &sheet.rows, &mut tally) };
    tally.tell(args.correct);
    if sent.is_err() && tally.is_empty() {
        return sent.map(|()| Outcome::Done);
    }
    let would_send = args.dry_run.then_some(sheet.rows.len());
    if args.json {
        output::json(&tally.json(would_send))?;
    } else {
        output::print(&format!("{}\n", tally.summary(would_send)))?;
    }
    sent?;
    Ok(if tally.bad() == 0 { Outcome::Done } else { Outcome::BadRows })
}

fn read(args: &Args, name: &str, bytes: &[u8]) -> Result<Sheet> {
    let (Some(unit), Some(policy)) = (&args.unit, &args.policy) else {
        return Ok(config::submissions_form(name, bytes, Clock::System.now())?);
    };
    let pair = files::pair(unit, policy, &files::holidays(None)?)?;
    Ok(config::submissions(name, bytes, &pair.establishment, &pair.policy, None)?)
}

fn send(args: &Args, bytes: &[u8], rows: &[config::Row], tally: &mut Tally) -> Result<()> {
    let client = args.connection.client()?;
    args.connection
        .person
        .as_ref()
        .context("who imports? Name the person with --person or DFQUEUE_PERSON: every entry names one")?;
    let sender = Sender { client, run: run_id(bytes)?, reason: args.reason.clone() };
    let bar = progress(rows.len());
    let sent = database::block_on(sender.send(rows, tally, &bar));
    bar.finish_and_clear();
    sent
}

/// What the keys of this run begin with. A key of the file alone would have a later run answered with what an earlier one
/// was told, though a new policy knows the word by now, or someone has corrected the row since.
fn run_id(bytes: &[u8]) -> Result<String> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random).context("making a key for this run")?;
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    Ok(format!("import-{}-{}", hex::encode(&digest[..8]), hex::encode(random)))
}

/// Shown on a terminal only.
fn progress(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or(u64::MAX));
    match ProgressStyle::with_template("importing {wide_bar} {pos} of {len} rows, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
