//! What is tried, as the files and the command line say: read once, run with as many seeds and changes as asked for.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::{Args, asked};
use crate::cli::{Outcome, files, output};
use crate::config::{self, Pair};
use crate::domain::establishment::Establishment;
use crate::domain::ids::Word;
use crate::domain::policy::Policy;
use crate::domain::submission::Request;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::what_if::Impossible;
use crate::domain::what_if::additions::Additions;
use crate::simulate::Scenario;
use crate::simulate::arrivals::{Arrival, drawn, of_rows};
use crate::simulate::faults::Faults;
use crate::simulate::workload::{People, Workload};

/// The workload of an average unit, compiled in.
const AVERAGE: &str = include_str!("../../../config/workload.toml");

/// A unit, and what comes to it.
#[derive(Debug)]
pub struct Trial {
    /// The unit, changed as asked for.
    pub unit: Establishment,
    /// What is otherwise in it than in its files, in words.
    pub changes: Vec<String>,
    /// Its promises, and which of them was asked for.
    pub policy: Policy,
    missed: Option<Word>,
    coming: Coming,
    people: People,
    /// What goes wrong.
    pub faults: Faults,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    forecast_runs: u32,
}

/// What comes in.
#[derive(Debug)]
enum Coming {
    /// The rows of a queue file.
    Rows(Vec<Request>),
    /// What is drawn for the unit of the file.
    Drawn(Box<(Workload, Establishment)>),
}

impl Trial {
    /// Reads the files that are named.
    pub fn read(args: &Args) -> Result<(Self, Outcome)> {
        ensure!(args.days.is_some(), "for how many days? Give --days N, or a scenario that says it");
        let holidays = files::holidays(args.bank_holidays.as_deref())?;
        let Pair { mut establishment, mut policy } =
            files::pair(named("unit", args.unit.as_ref())?, named("policy", args.policy.as_ref())?, &holidays)?;
        if let Some(roster) = &args.roster {
            establishment.roster = files::roster(roster, &establishment)?;
        }
        for asked in
            args.missed.iter().map(|promise| ("--missed", promise)).chain(args.keep.iter().map(|k| ("--keep", &k.promise)))
        {
            known(&policy, asked)?;
        }
        if args.no_ageing {
            policy.tiers.iter_mut().for_each(|tier| tier.longest_wait = None);
        }
        let faults = match &args.faults {
            Some(path) => config::faults(&path.display().to_string(), &files::text(path)?)?,
            None => Faults::default(),
        };
        let (coming, people, from, outcome) = coming(args, &establishment, &policy)?;
        let until = from + Seconds::hours(24 * i64::from(args.days()));
        let mut unit = establishment;
        let changes = asked::change(args, &mut unit, (from, until))?;
        let (forecast_runs, missed) = (args.calibrate, args.missed.clone());
        Ok((Self { unit, changes, policy, missed, coming, people, faults, from, until, forecast_runs }, outcome))
    }

    /// The scenario of a seed.
    pub fn scenario(&self, seed: u64) -> Scenario {
        Scenario {
            establishment: self.unit.clone(),
            policy: self.policy.clone(),
            arrivals: self.arrivals(seed),
            people: self.people.clone(),
            faults: self.faults.clone(),
            from: self.from,
            until: self.until,
            seed,
            forecast_runs: self.forecast_runs,
            missed: self.missed.clone(),
            audited: false,
        }
    }

    /// The same in a unit that has more: what comes in stays the same.
    ///
    /// # Errors
    /// A kind of which there is none.
    pub fn with(&self, added: &Additions, seed: u64) -> Result<Scenario, Impossible> {
        let mut scenario = self.scenario(seed);
        added.to(&mut scenario.establishment)?;
        Ok(scenario)
    }

    fn arrivals(&self, seed: u64) -> Vec<Arrival> {
        match &self.coming {
            Coming::Rows(rows) => of_rows(rows.iter().cloned(), self.from),
            Coming::Drawn(drawing) => drawn(&drawing.0, &drawing.1, (self.from, self.until), seed),
        }
    }
}

/// What comes in, how people answer, and when it begins.
fn coming(args: &Args, unit: &Establishment, policy: &Policy) -> Result<(Coming, People, Timestamp, Outcome)> {
    let Some(path) = &args.submissions else {
        let (name, text) = match &args.workload {
            Some(path) => (path.display().to_string(), files::text(path)?),
            None => ("config/workload.toml, as compiled in".to_owned(), AVERAGE.to_owned()),
        };
        let mut workload = config::workload(&name, &text, unit, policy)?;
        if let Some(count) = args.opening {
            let none = || format!("--opening {count}: {name} has no kind with an `opening`, so that there is nothing to go by");
            workload = workload.opening(count).with_context(none)?;
        }
        let from = args.start.unwrap_or_else(|| unit.zone.instant(workload.from, 0));
        let people = workload.people.clone();
        return Ok((Coming::Drawn(Box::new((workload, unit.clone()))), people, from, Outcome::Done));
    };
    let sheet = config::submissions(&path.display().to_string(), &files::bytes(path)?, unit, policy, None)?;
    output::tell(&sheet.bad);
    let outcome = if sheet.bad.is_empty() { Outcome::Done } else { Outcome::BadRows };
    let mut rows: Vec<Request> = sheet.rows.into_iter().map(|row| row.request).collect();
    let Some(from) = args.start.or_else(|| rows.iter().map(|row| row.facts.taken_at).min()) else {
        bail!("{}: has no good row, so that there is nothing to simulate", path.display());
    };
    let until = from + Seconds::hours(24 * i64::from(args.days()));
    rows.retain(|row| row.facts.taken_at < until);
    Ok((Coming::Rows(rows), People::USUAL, from, outcome))
}

fn known(policy: &Policy, (flag, promise): (&str, &Word)) -> Result<()> {
    if policy.promises.iter().any(|known| known.name == *promise) {
        return Ok(());
    }
    let known: Vec<&str> = policy.promises.iter().map(|known| known.name.as_str()).collect();
    bail!("{flag} {promise}: is no promise of the policy; it has {}", known.join(", "))
}

/// A file that has to be named, on the command line or in the scenario.
fn named<'p>(what: &str, path: Option<&'p PathBuf>) -> Result<&'p Path> {
    path.map(PathBuf::as_path).with_context(|| format!("which {what}? Give --{what} FILE, or a scenario that names one"))
}
