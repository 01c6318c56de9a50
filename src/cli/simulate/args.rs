//! What `dfqueue simulate` can be asked for, on the command line and in a scenario file.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::files;
use crate::config::{self, MOST_DAYS, MOST_OPENING, MOST_SEEDS, ScenarioFile};
use crate::domain::ids::{ResourceId, SiteId, Word};
use crate::domain::time::Timestamp;
use crate::domain::what_if::Change;
use crate::domain::what_if::additions::{Cost, Keep};
use crate::simulate::Order;

/// Simulate a unit for days or years: what it would keep of its promises
///
/// Arrivals are drawn from a workload, or are those of a queue file: each row comes in when its device is taken, its gates are
/// met when the file says, and where it does not after a usual time. People and machines are drawn, too: the same files,
/// seed and days give the same run, and every order meets the same arrivals, durations and faults.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A scenario: a file that says all of what follows; what is given here besides goes before it, and changes to the unit are made
    /// on top of its. Those of config/scenarios are what public reports tell of
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// The unit: sites, resources, calendars
    #[arg(long, value_name = "FILE", required_unless_present = "scenario")]
    pub unit: Option<PathBuf>,
    /// The policy: promises, tiers, routes
    #[arg(long, value_name = "FILE", required_unless_present = "scenario")]
    pub policy: Option<PathBuf>,
    /// What comes in, how people answer; without it and without submissions, that of an average unit
    #[arg(long, value_name = "FILE")]
    pub workload: Option<PathBuf>,
    /// A queue file in place of drawn arrivals
    #[arg(long, value_name = "FILE", conflicts_with = "workload")]
    pub submissions: Option<PathBuf>,
    /// What goes wrong; without it, nothing does
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// For how many days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_DAYS), required_unless_present = "scenario")]
    pub days: Option<u32>,
    /// Begin with so many exhibits waiting, in the proportions of the workload
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=MOST_OPENING), conflicts_with = "submissions")]
    pub opening: Option<u32>,
    /// When it begins, RFC 3339; without it, when the workload or the first of the submissions does
    #[arg(long, value_name = "INSTANT")]
    pub start: Option<Timestamp>,
    /// Seed all chance: same files, days and seed, same run; 1 unless said
    #[arg(long, value_name = "K")]
    pub seed: Option<u64>,
    /// Try so many seeds, from this one on: means with their intervals, and how far orders are apart
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_SEEDS))]
    pub seeds: Option<u32>,
    /// Orders of service, side by side: dfqueue (that alone unless said), fifo (first come first served), edf (earliest deadline
    /// first), tiers (strictly by tier)
    #[arg(long, value_name = "ORDERS", value_delimiter = ',')]
    pub orders: Vec<Order>,
    /// What if there were so many more of a kind, or fewer: kiosk=+2, examiner=-1
    #[arg(long, value_name = "KIND=BY", value_parser = Change::set, allow_hyphen_values = true)]
    pub set: Vec<Change>,
    /// What if a resource were not there
    #[arg(long, value_name = "ID")]
    pub without: Vec<ResourceId>,
    /// What if a site were closed
    #[arg(long, value_name = "SITE")]
    pub close: Vec<SiteId>,
    /// Since when it is closed; without it, from the beginning
    #[arg(long, value_name = "INSTANT", requires = "close")]
    pub from: Option<Timestamp>,
    /// Until when it is closed; without it, to the end
    #[arg(long, value_name = "INSTANT", requires = "close")]
    pub until: Option<Timestamp>,
    /// What would have to be added, as cheaply as a search finds, to keep a promise at this share: victim-phone=95%; and what one more
    /// of each kind is worth. In the first of the orders
    #[arg(long, value_name = "PROMISE=SHARE", value_parser = Keep::parse, conflicts_with_all = ["html", "missed", "calibrate"])]
    pub keep: Vec<Keep>,
    /// What one more of a kind costs in that search, beside the others: examiner=3; 1 each unless said
    #[arg(long, value_name = "KIND=N", value_parser = Cost::parse, requires = "keep")]
    pub cost: Vec<Cost>,
    /// Nobody rises a tier for having waited long
    #[arg(long)]
    pub no_ageing: bool,
    /// Bank holidays in GOV.UK's JSON format instead of those compiled in
    #[arg(long, value_name = "FILE")]
    pub bank_holidays: Option<PathBuf>,
    /// The roster: who works besides their usual hours, is away or on call
    #[arg(long, value_name = "FILE")]
    pub roster: Option<PathBuf>,
    /// Write a page with charts, each with its table, into this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Tell those to whom a promise was missed one by one, and where their time went
    #[arg(long, value_name = "PROMISE")]
    pub missed: Option<Word>,
    /// Forecast once a day with so many runs of the plan, and compare with what then happens (dfqueue's order; 0: don't)
    #[arg(long, value_name = "RUNS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=10_000))]
    pub calibrate: u32,
    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
}

impl Args {
    /// The same, with what the scenario file says where the command line says nothing. Its paths are from its own folder.
    pub fn with_its_scenario(mut self) -> Result<Self> {
        let Some(path) = self.scenario.take() else { return Ok(self) };
        let said: ScenarioFile = config::scenario(&path.display().to_string(), &files::text(&path)?)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let at = |name: Option<String>| name.map(|name| folder.join(name));
        let comes_from_a_file = self.submissions.is_some() || self.workload.is_some();
        self.unit = self.unit.or_else(|| at(said.unit));
        self.policy = self.policy.or_else(|| at(said.policy));
        if !comes_from_a_file {
            (self.workload, self.submissions) = (at(said.workload), at(said.submissions));
        }
        self.faults = self.faults.or_else(|| at(said.faults));
        self.roster = self.roster.or_else(|| at(said.roster));
        self.days = self.days.or(said.days);
        self.start = self.start.or(said.start);
        self.seed = self.seed.or(said.seed);
        self.seeds = self.seeds.or(said.seeds);
        self.opening = self.opening.or(said.opening);
        self.from = self.from.or(said.from);
        self.until = self.until.or(said.until);
        self.no_ageing |= said.no_ageing;
        // What changes the unit adds up; who is compared does not.
        self.set.splice(0..0, said.set);
        self.without.extend(said.without);
        self.close.extend(said.close);
        if self.orders.is_empty() {
            self.orders = said.orders;
        }
        Ok(self)
    }

    /// What all chance comes from.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(1)
    }

    /// The seeds to try.
    pub fn seeds(&self) -> impl Iterator<Item = u64> + use<> {
        let (first, count) = (self.seed(), self.seeds.unwrap_or(1));
        (0..u64::from(count)).map(move |n| first.wrapping_add(n))
    }

    /// For how many days.
    pub fn days(&self) -> u32 {
        self.days.unwrap_or(1)
    }

    /// Orders of service to compare, the first of them first.
    pub fn orders(&self) -> Vec<Order> {
        // Named twice it is run once.
        let mut orders: Vec<Order> = Vec::new();
        for order in &self.orders {
            if !orders.contains(order) {
                orders.push(*order);
            }
        }
        if orders.is_empty() { vec![Order::Dfqueue] } else { orders }
    }
}
