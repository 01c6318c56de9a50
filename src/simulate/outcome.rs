//! What was promised and kept in a run.
//!
//! A promise counts where it applied at some time of the run. Its cohort is what fell *due* in the run, open ones included:
//! kept, breached or void. A breach that was mitigated or that nobody could have kept out of still counts, and is shown apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::calibration::{Became, Calibration, Said, calibrated};
use super::ledger::Ledger;
use super::missed::Missed;
use super::world::Ran;
use super::{Order, Scenario};
use crate::domain::clocks::Clock;
use crate::domain::establishment::ResourceKind;
use crate::domain::event::Event;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::policy::{Milestone, Route};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Submission, Unit, reached};

/// What came of a run in one order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Who came first.
    pub order: Order,
    /// The chain of the run's last ledger entry, in hex: the same for the same scenario and seed.
    pub ledger_digest: String,
    /// How many entries the ledger has.
    pub entries: i64,
    /// Submissions that came in, those of the opening backlog among them.
    pub submissions: usize,
    /// Submissions open at the end.
    pub open: usize,
    /// One line a promise of the policy, in its order.
    pub promises: Vec<Promised>,
    /// Share of the open time of each kind of resource that was worked, from 0 to 1; in order of kind.
    pub utilisation: BTreeMap<ResourceKind, f64>,
    /// How many plans were made.
    pub plans: u64,
    /// Deeds that the rules refused.
    pub refused: u64,
    /// How forecasts held; null where none were made.
    pub calibration: Option<Calibration>,
    /// Promises that were missed, one by one, by queue number; left out where nobody asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Vec<Missed>>,
    /// What should never be, where the run was audited.
    #[serde(skip)]
    pub faults: Vec<String>,
}

/// What came of one promise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Promised {
    /// Its name.
    pub promise: Word,
    /// Its tier.
    pub tier: u8,
    /// Submissions that it was made to and that came in.
    pub arrived: usize,
    /// Of these, those that it fell due for in the run: kept, breached or void.
    pub due: usize,
    /// In time.
    pub kept: usize,
    /// Not in time.
    pub breached: usize,
    /// Of these, those whose owner had a replacement handset.
    pub mitigated: usize,
    /// Removed before it was due.
    pub void: usize,
    /// Of those breached, those that nobody could have kept.
    pub unavoidable: usize,
    /// Not reached by the end, and not removed: breached ones and those not due yet.
    pub open: usize,
    /// Kept over kept and breached; null where nothing was either.
    pub kept_share: Option<f64>,
    /// From the taking of the device until the milestone, of those that reached it in the run.
    pub hours: Hours,
    /// Hours since the taking of the device of the oldest that is open; null where none is.
    pub longest_open_hours: Option<f64>,
    /// Hours of delay of all that was breached, together, up to the end of the run.
    pub late_hours: f64,
}

/// Hours, to a tenth; null of none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Hours {
    /// Half stay within.
    pub p50: Option<f64>,
    /// Nine of ten stay within.
    pub p90: Option<f64>,
    /// All stay within.
    pub max: Option<f64>,
}

/// Counts what a run came to.
pub(super) fn of(scenario: &Scenario, order: Order, (ledger, ran): (Ledger, Ran)) -> Outcome {
    let Ledger { unit, chain, submissions, breaches, events, .. } = ledger;
    let counted = Counted { scenario, unit: &unit, breaches: by_promise(&breaches.into_values().collect::<Vec<_>>()) };
    let calibration = (!ran.said.is_empty()).then(|| {
        let became = |said: &Said| counted.became(said, &submissions);
        calibrated(&ran.said, scenario.until, became)
    });
    Outcome {
        order,
        calibration,
        ledger_digest: hex::encode(chain),
        entries: unit.seq,
        submissions: submissions.len(),
        open: unit.submissions.size(),
        promises: scenario.policy.promises.iter().map(|p| counted.promised(&p.name, p.tier, &submissions)).collect(),
        utilisation: utilisation(scenario, &unit, &ran.busy),
        missed: events.zip(scenario.missed.as_ref()).map(|(events, promise)| counted.missed(promise, &submissions, &events)),
        plans: ran.plans,
        refused: ran.refused,
        faults: ran.faults,
    }
}

type Breaches = BTreeMap<(QueueNumber, Word), Breach>;

fn by_promise(breaches: &[Breach]) -> Breaches {
    breaches.iter().map(|breach| ((breach.submission, breach.promise.clone()), breach.clone())).collect()
}

struct Counted<'a> {
    scenario: &'a Scenario,
    unit: &'a Unit,
    breaches: Breaches,
}

/// What became of one clock.
struct Fate {
    kept: bool,
    breached: bool,
    void: bool,
    open: bool,
    /// Seconds of delay up to the end, where it was breached.
    late: i64,
    reached: Option<Timestamp>,
}

impl Counted<'_> {
    fn promised(&self, promise: &Word, tier: u8, submissions: &BTreeMap<QueueNumber, Arc<Submission>>) -> Promised {
        let mut counted = Promised {
            promise: promise.clone(),
            tier,
            arrived: 0,
            due: 0,
            kept: 0,
            breached: 0,
            mitigated: 0,
            void: 0,
            unavoidable: 0,
            open: 0,
            kept_share: None,
            hours: Hours::default(),
            longest_open_hours: None,
            late_hours: 0.0,
        };
        let (mut seconds, mut late, mut oldest) = (Vec::new(), 0, None);
        for submission in submissions.values() {
            let clocks = submission.removed.as_ref().map_or(&submission.clocks, |removed| &removed.clocks);
            for clock in clocks.iter().filter(|clock| clock.promise == *promise && self.applied(submission, clock)) {
                let fate = self.fate(submission, clock);
                let breach = self.breaches.get(&(submission.number, promise.clone())).filter(|_| fate.breached);
                counted.arrived += 1;
                counted.due += usize::from(fate.kept || fate.breached || fate.void);
                counted.kept += usize::from(fate.kept);
                counted.breached += usize::from(fate.breached);
                counted.mitigated += usize::from(breach.is_some_and(|breach| breach.mitigated_at.is_some()));
                counted.unavoidable += usize::from(breach.is_some_and(|breach| breach.unavoidable == Some(true)));
                counted.void += usize::from(fate.void);
                counted.open += usize::from(fate.open);
                late += fate.late;
                oldest = oldest.max(fate.open.then(|| (self.scenario.until - submission.facts.taken_at).0));
                let reached = fate.reached.filter(|at| *at >= self.scenario.from);
                seconds.extend(reached.map(|at| (at - submission.facts.taken_at).0));
            }
        }
        counted.kept_share = share(counted.kept, counted.kept + counted.breached);
        counted.hours = hours(seconds);
        counted.longest_open_hours = oldest.map(tenths);
        counted.late_hours = tenths(late);
        counted
    }

    /// Those to whom a promise was missed.
    fn missed(
        &self,
        promise: &Word,
        submissions: &BTreeMap<QueueNumber, Arc<Submission>>,
        events: &BTreeMap<QueueNumber, Vec<Event>>,
    ) -> Vec<Missed> {
        let mut missed = Vec::new();
        for submission in submissions.values() {
            let clocks = submission.promised().iter().filter(|clock| clock.promise == *promise);
            for clock in clocks.filter(|clock| self.applied(submission, clock)) {
                let fate = self.fate(submission, clock);
                if fate.breached {
                    let breach = self.breaches.get(&(submission.number, promise.clone()));
                    let past = events.get(&submission.number).map_or(&[][..], Vec::as_slice);
                    let whose = (&**submission, self.unit.route_of(submission), past);
                    let unavoidable = breach.and_then(|breach| breach.unavoidable);
                    missed.push(Missed::of(whose, (clock, fate.reached), unavoidable, self.scenario.until));
                }
            }
        }
        missed
    }

    /// What became of a promise that something was said of.
    fn became(&self, said: &Said, submissions: &BTreeMap<QueueNumber, Arc<Submission>>) -> Became {
        let unknown = Became { late: None, reached: None };
        let Some(submission) = submissions.get(&said.number) else { return unknown };
        let clocks = submission.removed.as_ref().map_or(&submission.clocks, |removed| &removed.clocks);
        let Some(clock) = clocks.iter().find(|clock| clock.promise == said.promise) else { return unknown };
        let fate = self.fate(submission, clock);
        let in_time = fate.reached.is_some_and(|at| at <= clock.due);
        let late = if fate.breached { Some(true) } else { in_time.then_some(false) };
        Became { late: late.filter(|_| !fate.void), reached: fate.reached }
    }

    /// Whether a promise applied at some time between the beginning, or the device's coming, and the end.
    fn applied(&self, submission: &Submission, clock: &Clock) -> bool {
        clock.applies_from < self.scenario.until && clock.ends_at > submission.registered_at.max(clock.applies_from)
    }

    fn fate(&self, submission: &Submission, clock: &Clock) -> Fate {
        let until = self.scenario.until;
        let route: Option<&Route> = self.unit.route_of(submission);
        let reached = reached(submission, route, clock.milestone).filter(|at| *at <= until);
        // What is not examined any more owes no result; its device still has to go home.
        let removed = submission.removed.as_ref().filter(|_| clock.milestone != Milestone::DeviceBack).map(|removed| removed.at);
        let late_from = clock.due.max(clock.applies_from);
        let void = reached.is_none() && removed.is_some_and(|at| at <= late_from);
        // What was missed before it began did not fall due in the run: nobody in it could have kept it.
        let is_due = self.scenario.from <= late_from && late_from <= until;
        let kept = is_due && !void && reached.is_some_and(|at| at <= late_from);
        let breached = is_due && !void && !kept;
        let late = if breached { (reached.or(removed).unwrap_or(until) - late_from).0.max(0) } else { 0 };
        Fate { kept, breached, void: void && is_due, open: reached.is_none() && removed.is_none(), late, reached }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| (part as f64 / of as f64 * 10_000.0).round() / 10_000.0)
}

fn hours(mut seconds: Vec<i64>) -> Hours {
    seconds.sort_unstable();
    let at = |permille: usize| {
        let rank = (seconds.len() * permille).div_ceil(1_000).checked_sub(1)?;
        seconds.get(rank).map(|seconds| tenths(*seconds))
    };
    Hours { p50: at(500), p90: at(900), max: at(1_000) }
}

/// Hours, to a tenth.
#[expect(clippy::cast_precision_loss, reason = "seconds of some years stay far below 2^52")]
fn tenths(seconds: i64) -> f64 {
    (seconds as f64 / 360.0).round() / 10.0
}

/// Worked over open time, by kind of those that the unit has.
#[expect(clippy::cast_precision_loss, reason = "seconds of some years stay far below 2^52")]
fn utilisation(scenario: &Scenario, unit: &Unit, busy: &BTreeMap<ResourceKind, i64>) -> BTreeMap<ResourceKind, f64> {
    let (from, until): (Timestamp, Timestamp) = (scenario.from, scenario.until);
    let mut open: BTreeMap<ResourceKind, i64> = BTreeMap::new();
    for resource in &unit.establishment.resources {
        // Who may not work any more has no open time.
        let lapses = resource.lapses().map_or(until, |last| unit.establishment.zone.end_of_day(last).min(until).max(from));
        let time = unit.windows(resource, from).map_or(0, |mut windows| windows.between(from, lapses).0);
        *open.entry(resource.kind).or_default() += time * i64::from(resource.slots);
    }
    let kinds: BTreeSet<ResourceKind> = open.keys().copied().collect();
    let of = |kind: ResourceKind| {
        let (open, busy) = (open.get(&kind).copied().unwrap_or(0), busy.get(&kind).copied().unwrap_or(0));
        if open > 0 { (busy as f64 / open as f64 * 10_000.0).round() / 10_000.0 } else { 0.0 }
    };
    kinds.into_iter().map(|kind| (kind, of(kind))).collect()
}
