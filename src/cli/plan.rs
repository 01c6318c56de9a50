//! `dfqueue plan`: what the planner makes of three files, offline: no database, no daemon.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Outcome, files};
use crate::config::{self, Row};
use crate::domain::command::{Command, Loaded};
use crate::domain::decide::decide;
use crate::domain::entry::Actor;
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::planner::{self, document};

/// Plans a queue from files, offline: no database, no daemon.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The unit: sites, resources, calendars.
    #[arg(long, value_name = "FILE")]
    unit: PathBuf,
    /// The policy: promises, tiers, routes.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The queue, one row an exhibit.
    #[arg(long, value_name = "FILE")]
    submissions: PathBuf,
    /// The instant to plan from, RFC 3339 with an offset.
    #[arg(long, value_name = "INSTANT")]
    now: Timestamp,
    /// Bank holidays in GOV.UK's JSON format instead of those compiled in.
    #[arg(long, value_name = "FILE")]
    bank_holidays: Option<PathBuf>,
    /// Print the whole plan as JSON.
    #[arg(long)]
    json: bool,
}

/// Reads, plans, prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let holidays = files::holidays(args.bank_holidays.as_deref())?;
    let pair = files::pair(&args.unit, &args.policy, &holidays)?;
    let bytes = files::bytes(&args.submissions)?;
    let sheet =
        config::submissions(&args.submissions.display().to_string(), &bytes, &pair.establishment, &pair.policy, Some(args.now))?;
    let bad = !sheet.bad.is_empty();
    for mistake in &sheet.bad {
        eprintln!("{mistake}");
    }
    let unit = queue(Unit::founded(pair.establishment, pair.policy), sheet.rows, args.now)?;
    let plan = planner::plan(&unit, args.now);
    let name = |number: QueueNumber| unit.submissions.get(&number).map_or_else(|| number.to_string(), |s| s.key());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer(&mut out, &document::document(&unit, &plan, &name))?;
    writeln!(out)?;
    out.flush()?;
    Ok(if bad { Outcome::BadRows } else { Outcome::Done })
}

/// Every row taken in as the daemon would, in an order that rows of a file do not decide.
fn queue(mut unit: Unit, mut rows: Vec<Row>, now: Timestamp) -> Result<Unit> {
    rows.sort_by_cached_key(|row| row.request.key());
    let actor = Actor::daemon();
    for (row, seq) in rows.into_iter().zip(1..) {
        let key = row.request.key();
        let events = decide(&unit, &Loaded::default(), &Command::Register(Box::new(row.request)), &actor, now)
            .with_context(|| format!("line {}: {key}", row.line))?;
        for event in &events {
            unit.apply(seq, event).with_context(|| format!("line {}: {key}", row.line))?;
        }
    }
    Ok(unit)
}
