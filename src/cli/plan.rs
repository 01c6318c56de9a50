//! `dfqueue plan`: what the planner makes of three files, offline: no database, no daemon.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use super::{Outcome, files};
use crate::config::{self, Row};
use crate::domain::clocks::clocks;
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::time::Timestamp;
use crate::domain::unit::{StageState, Submission, Unit, Whereabouts};
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
    let unit = queue(Unit::founded(pair.establishment, pair.policy), sheet.rows, args.now);
    let plan = planner::plan(&unit, args.now);
    let name = |number: QueueNumber| unit.submissions.get(&number).map_or_else(|| number.to_string(), |s| s.key());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    serde_json::to_writer(&mut out, &document::document(&unit, &plan, &name))?;
    writeln!(out)?;
    out.flush()?;
    Ok(if bad { Outcome::BadRows } else { Outcome::Done })
}

fn queue(mut unit: Unit, mut rows: Vec<Row>, now: Timestamp) -> Unit {
    rows.sort_by_cached_key(|row| row.request.key());
    let mut cases = std::collections::BTreeMap::new();
    for (row, number) in rows.into_iter().zip(1..) {
        let next = cases.len() as i64 + 1;
        let case = *cases.entry(row.request.case_key()).or_insert(next);
        let facts = row.request.facts;
        let route = unit.policy.route_for(&facts);
        let submission = Submission {
            number: QueueNumber(number),
            case: CaseId(case),
            version: 0,
            registered_at: now,
            particulars: Some(row.request.particulars),
            policy: unit.policy.version.clone(),
            route: route.map(|route| route.name.clone()),
            stages: vec![StageState::Open; route.map_or(0, |route| route.stages.len())],
            clocks: clocks(&facts, &unit.policy, &unit.establishment),
            device: Whereabouts::NotDelivered,
            returned: None,
            facts,
        };
        unit.submissions.insert_mut(submission.number, Arc::new(submission));
    }
    unit
}
