//! `dfqueue plan`: what the planner makes of three files, offline: no database, no daemon.

mod table;
mod why;

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Outcome, files, output};
use crate::config::{self, Row};
use crate::domain::command::{Command, Loaded};
use crate::domain::decide::decide;
use crate::domain::entry::Actor;
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::planner::{Options, document, picture, plan_with};

/// Plan a queue from files, offline: no database, no daemon
///
/// Prints who does what where and when, what is late, and why the rest waits; times are the unit's own. Bad rows are
/// told on standard error and left out: exit code 3. However late the plan is, that is no mistake.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The unit: sites, resources, calendars
    #[arg(long, value_name = "FILE")]
    unit: PathBuf,
    /// The policy: promises, tiers, routes
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The queue, one row an exhibit
    #[arg(long, value_name = "FILE")]
    submissions: PathBuf,
    /// The instant to plan from, RFC 3339 with an offset
    #[arg(long, value_name = "INSTANT")]
    now: Timestamp,
    /// Bank holidays in GOV.UK's JSON format instead of those compiled in
    #[arg(long, value_name = "FILE")]
    bank_holidays: Option<PathBuf>,
    /// The roster: who works besides their usual hours, is away or on call
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// One submission only: its rank, steps, promises and waits with all reasons
    ///
    /// REF is force|crime_ref|exhibit_ref|request in quotes, request 1 if left out; or the exhibit_ref alone where the
    /// file has it once.
    #[arg(long, value_name = "REF")]
    why: Option<String>,
    /// Draw the next two days as a timeline, one row a slot, into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Leave out the guard: hold no lower work for victims' phones still to come
    #[arg(long)]
    no_guard: bool,
    /// Bound the search for a better plan: stages that may be placed in it; 0 builds one plan and does not search. The plan is never
    /// worse than with 0; beyond that, a longer search is another one, and most often better
    #[arg(long, value_name = "N", default_value_t = Options::THOROUGH.budget, allow_negative_numbers = true)]
    budget: u64,
    /// Seed the search for a better plan: same files, instant, budget and seed, same plan
    #[arg(long, value_name = "N", default_value_t = Options::THOROUGH.seed)]
    seed: u64,
    /// Print the plan as JSON, times in UTC
    #[arg(long)]
    json: bool,
}

/// Reads, plans, prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let holidays = files::holidays(args.bank_holidays.as_deref())?;
    let mut pair = files::pair(&args.unit, &args.policy, &holidays)?;
    if let Some(roster) = &args.roster {
        pair.establishment.roster = files::roster(roster, &pair.establishment)?;
    }
    let bytes = files::bytes(&args.submissions)?;
    let file = args.submissions.display().to_string();
    let sheet = config::submissions(&file, &bytes, &pair.establishment, &pair.policy, Some(args.now))?;
    output::tell(&sheet.bad);
    let outcome = if sheet.bad.is_empty() { Outcome::Done } else { Outcome::BadRows };
    let unit = queue(Unit::founded(pair.establishment, pair.policy), sheet.rows, args.now)?;
    let options = Options { guard: !args.no_guard, budget: args.budget, seed: args.seed, ..Options::BUILD };
    let plan = plan_with(&unit, args.now, &options);
    let name = |number: QueueNumber| unit.submissions.get(&number).map_or_else(|| number.to_string(), |s| s.key());
    if let Some(file) = &args.svg {
        // Rows of a file have no queue numbers: in a box there is room for the exhibit, and whoever points at it reads the rest.
        let exhibit = |number| unit.submissions.get(&number).and_then(|s| s.particulars.as_ref()).map(|p| p.exhibit_ref.clone());
        let drawn = picture::svg(&unit, &plan, &name, &|number| exhibit(number).unwrap_or_else(|| name(number)));
        std::fs::write(file, drawn).with_context(|| format!("writing the picture to {}", file.display()))?;
    }
    let is_read_whole = args.why.is_none() && !args.json;
    let without = Options { guard: false, ..options };
    let unguarded = (is_read_whole && options.guard).then(|| plan_with(&unit, args.now, &without).objective);
    let shown = table::Shown { unit: &unit, plan: &plan, unguarded, name: &name };
    let one = args.why.as_deref().map(|reference| why::find(&unit, reference)).transpose()?;
    match (one, args.json) {
        (None, true) => output::json(&document::document(&unit, &plan, &name))?,
        (None, false) => output::print(&shown.all(output::width()))?,
        (Some(number), true) => output::json(&why::narrowed(document::document(&unit, &plan, &name), &shown, number))?,
        (Some(number), false) => output::print(&why::text(&shown, number, output::width()))?,
    }
    Ok(outcome)
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
