//! `dfqueue simulate`: what would a unit keep of its promises? The same core as the daemon's, for days or years, in seconds.

mod asked;
mod page;
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::{Outcome, files, output};
use crate::config::{self, Pair};
use crate::domain::ids::{ResourceId, SiteId, Word};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::what_if::Change;
use crate::simulate::outcome;
use crate::simulate::workload::People;
use crate::simulate::{Order, Scenario, arrivals, faults::Faults, run as run_scenario};

/// The workload of an average unit, compiled in.
const AVERAGE: &str = include_str!("../../../config/workload.toml");

/// Simulate a unit for days or years: what it would keep of its promises
///
/// Arrivals are drawn from a workload, or are those of a queue file: each row comes in when its device is taken, its gates are
/// met when the file says, and where it does not after a usual time. People and machines are drawn, too: the same files,
/// seed and days give the same run, and every order meets the same arrivals, durations and faults.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The unit: sites, resources, calendars
    #[arg(long, value_name = "FILE")]
    unit: PathBuf,
    /// The policy: promises, tiers, routes
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What comes in, how people answer; without it and without submissions, that of an average unit
    #[arg(long, value_name = "FILE")]
    workload: Option<PathBuf>,
    /// A queue file in place of drawn arrivals
    #[arg(long, value_name = "FILE", conflicts_with = "workload")]
    submissions: Option<PathBuf>,
    /// What goes wrong; without it, nothing does
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// For how many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: u32,
    /// When it begins, RFC 3339; without it, when the workload or the first of the submissions does
    #[arg(long, value_name = "INSTANT")]
    start: Option<Timestamp>,
    /// Seed all chance: same files, days and seed, same run
    #[arg(long, value_name = "K", default_value_t = 1)]
    seed: u64,
    /// Orders of service, side by side: dfqueue, fifo (first come first served), edf (earliest deadline first), tiers (strictly by
    /// tier)
    #[arg(long, value_name = "ORDERS", value_delimiter = ',', default_value = "dfqueue")]
    orders: Vec<Order>,
    /// What if there were so many more of a kind, or fewer: kiosk=+2, examiner=-1
    #[arg(long, value_name = "KIND=BY", value_parser = Change::set, allow_hyphen_values = true)]
    set: Vec<Change>,
    /// What if a resource were not there
    #[arg(long, value_name = "ID")]
    without: Vec<ResourceId>,
    /// What if a site were closed
    #[arg(long, value_name = "SITE")]
    close: Vec<SiteId>,
    /// Since when it is closed; without it, from the beginning
    #[arg(long, value_name = "INSTANT", requires = "close")]
    from: Option<Timestamp>,
    /// Until when it is closed; without it, to the end
    #[arg(long, value_name = "INSTANT", requires = "close")]
    until: Option<Timestamp>,
    /// Bank holidays in GOV.UK's JSON format instead of those compiled in
    #[arg(long, value_name = "FILE")]
    bank_holidays: Option<PathBuf>,
    /// The roster: who works besides their usual hours, is away or on call
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Write a page with charts, each with its table, into this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Tell those to whom a promise was missed one by one, and where their time went
    #[arg(long, value_name = "PROMISE")]
    missed: Option<Word>,
    /// Forecast once a day with so many runs of the plan, and compare with what then happens (dfqueue's order; 0: don't)
    #[arg(long, value_name = "RUNS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10_000))]
    calibrate: u32,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// All runs, side by side.
#[derive(Debug, Serialize)]
pub struct Runs {
    /// What all chance came from.
    pub seed: u64,
    /// For how many days.
    pub days: u32,
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub until: Timestamp,
    /// Of the ledgers of all orders, one after the other.
    pub ledger_digest: String,
    /// One an order, as asked for.
    pub orders: Vec<outcome::Outcome>,
}

/// Reads, simulates, prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let (scenario, outcome) = scenario(args)?;
    output::tell(asked::lapsing(&scenario));
    if !args.json {
        // First, so that a run that is stopped can be had again.
        output::print(&format!("seed {}\n", scenario.seed))?;
    }
    let orders: Vec<outcome::Outcome> = args.orders.iter().map(|order| run_scenario(&scenario, *order)).collect();
    let runs = Runs {
        seed: scenario.seed,
        days: args.days,
        from: scenario.from,
        until: scenario.until,
        ledger_digest: asked::digest(&orders),
        orders,
    };
    if let Some(file) = &args.html {
        let page = page::page(&scenario.establishment, &runs);
        std::fs::write(file, page).with_context(|| format!("writing the page to {}", file.display()))?;
    }
    if args.json {
        output::json(&runs)?;
    } else {
        output::print(&table::text(&scenario.establishment, &runs, output::width()))?;
    }
    Ok(outcome)
}

fn scenario(args: &Args) -> Result<(Scenario, Outcome)> {
    let holidays = files::holidays(args.bank_holidays.as_deref())?;
    let Pair { mut establishment, policy } = files::pair(&args.unit, &args.policy, &holidays)?;
    if let Some(roster) = &args.roster {
        establishment.roster = files::roster(roster, &establishment)?;
    }
    let faults = match &args.faults {
        Some(path) => config::faults(&path.display().to_string(), &files::text(path)?)?,
        None => Faults::default(),
    };
    let length = Seconds::hours(24 * i64::from(args.days));
    let mut outcome = Outcome::Done;
    let (arrivals, people, from) = if let Some(path) = &args.submissions {
        let sheet = config::submissions(&path.display().to_string(), &files::bytes(path)?, &establishment, &policy, None)?;
        output::tell(&sheet.bad);
        if !sheet.bad.is_empty() {
            outcome = Outcome::BadRows;
        }
        let rows: Vec<_> = sheet.rows.into_iter().map(|row| row.request).collect();
        let Some(from) = args.start.or_else(|| rows.iter().map(|row| row.facts.taken_at).min()) else {
            bail!("{}: has no good row, so that there is nothing to simulate", path.display());
        };
        let until = from + length;
        let coming = rows.into_iter().filter(|row| row.facts.taken_at < until);
        (arrivals::of_rows(coming, from), People::USUAL, from)
    } else {
        let (name, text) = match &args.workload {
            Some(path) => (path.display().to_string(), files::text(path)?),
            None => ("config/workload.toml, as compiled in".to_owned(), AVERAGE.to_owned()),
        };
        let workload = config::workload(&name, &text, &establishment, &policy)?;
        let from = args.start.unwrap_or_else(|| establishment.zone.instant(workload.from, 0));
        (arrivals::drawn(&workload, &establishment, (from, from + length), args.seed), workload.people, from)
    };
    let until = from + length;
    asked::change(args, &mut establishment, (from, until))?;
    let (seed, forecast_runs, missed) = (args.seed, args.calibrate, args.missed.clone());
    if let Some(promise) = missed.as_ref().filter(|promise| !policy.promises.iter().any(|known| known.name == **promise)) {
        let known: Vec<&str> = policy.promises.iter().map(|known| known.name.as_str()).collect();
        bail!("--missed {promise}: is no promise of the policy; it has {}", known.join(", "));
    }
    let audited = false;
    Ok((Scenario { establishment, policy, arrivals, people, faults, from, until, seed, forecast_runs, missed, audited }, outcome))
}
