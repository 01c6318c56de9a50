//! Milestones: one line for each running promise whose milestone is planned, its moments, and the sums over them.

use std::collections::BTreeMap;

use super::calendar::{Span, last_fit, returns};
use super::device::trip;
use super::job::{Job, Task};
use super::view::View;
use super::violation::{Field, LineFault, Violation};
use crate::domain::clocks::Clock;
use crate::domain::policy::{DateField, Milestone};
use crate::domain::time::Timestamp;
use crate::planner::{MilestoneForecast, TierObjective};

const DAY: i64 = 86_400;
/// Further from now than this, return windows are made for the one deadline that asks.
const NEAR: i64 = 5 * 366 * DAY;
/// No week's windows leave a trip without a fit for longer, if they have one at all.
const REACH: i64 = 400 * DAY;

/// Checks the lines of every submission, and the objective.
pub(super) fn check(view: &View<'_>, effective: &Effective, found: &mut Vec<Violation>) {
    for job in &view.jobs {
        lines(view, job, effective, found);
    }
    let expected = objective(view);
    if expected != view.plan.objective {
        found.push(Violation::Objective { expected, found: view.plan.objective.clone() });
    }
}

/// The return windows by which effective deadlines are judged, one list a site.
pub(super) struct Effective {
    returns: Vec<Vec<Span>>,
    /// What the lists cover.
    range: Span,
}

impl Effective {
    pub fn of(view: &View<'_>) -> Self {
        let clocks = view.jobs.iter().flat_map(|job| &job.submission.clocks);
        let back = clocks.filter(|clock| clock.milestone == Milestone::DeviceBack && is_running(clock, view.now));
        let near: Vec<i64> = back.map(|clock| clock.due.unix()).filter(|due| (due - view.now).abs() < NEAR).collect();
        let from = near.iter().min().map_or(view.now, |first| first - REACH);
        let until = near.iter().max().map_or(view.now, |last| last + 2 * DAY);
        let zone = &view.unit.establishment.zone;
        let returns = view.sites.iter().map(|place| returns(place.site, zone, (from, until))).collect();
        Self { returns, range: (from + REACH, until - 2 * DAY) }
    }

    /// The latest moment at which a clock's milestone can in fact be reached.
    pub fn deadline(&self, view: &View<'_>, job: &Job<'_>, clock: &Clock) -> Option<Timestamp> {
        if clock.milestone != Milestone::DeviceBack || clock.by == Some(DateField::OwnerPresentUntil) {
            return Some(clock.due);
        }
        let home = view.site(job.facts().home())?;
        let (due, trip) = (clock.due.unix(), trip(view, job, home));
        let fit = if self.range.0 <= due && due <= self.range.1 {
            last_fit(&self.returns[home], due, trip)
        } else {
            let zone = &view.unit.establishment.zone;
            last_fit(&returns(view.sites[home].site, zone, (due - REACH, due + 2 * DAY)), due, trip)
        };
        fit.map(Timestamp::from_unix)
    }
}

/// Whether a promise applies at `now`: from when its date is near (that instant included) until it ends.
fn is_running(clock: &Clock, now: i64) -> bool {
    clock.applies_from.unix() <= now && now < clock.ends_at.unix()
}

/// When the plan reaches a milestone: the latest end of its stages, if all have one; and whether that is history.
fn reached(job: &Job<'_>, milestone: Milestone) -> Option<(i64, bool)> {
    let counts = |task: &&Task<'_>| match milestone {
        Milestone::Extracted => task.stage.holds_device,
        Milestone::DeviceBack => task.stage.returns_device,
        Milestone::Results => !task.stage.returns_device,
    };
    let mut latest = None;
    let mut history = true;
    for task in job.tasks.iter().filter(counts) {
        latest = latest.max(Some(task.end()?));
        history &= task.is_done();
    }
    latest.map(|end| (end, history))
}

fn lines(view: &View<'_>, job: &Job<'_>, effective: &Effective, found: &mut Vec<Violation>) {
    let mut expected: BTreeMap<&str, &Clock> = BTreeMap::new();
    for clock in job.submission.clocks.iter().filter(|clock| is_running(clock, view.now)) {
        let lines = job.lines.iter().filter(|line| line.promise == clock.promise).count();
        let fault = match (reached(job, clock.milestone), lines) {
            (Some((_, false)), 0) => Some(LineFault::Missing),
            (None, 1..) | (Some(_), 2..) => Some(LineFault::Surplus),
            // Where all was done before, the promise is kept or missed already: a line may say so.
            _ => None,
        };
        if let Some(fault) = fault {
            found.push(line_fault(job, clock.promise.as_str(), clock.milestone, fault));
        }
        expected.insert(clock.promise.as_str(), clock);
    }
    for line in &job.lines {
        match expected.get(line.promise.as_str()) {
            None => found.push(line_fault(job, line.promise.as_str(), line.milestone, LineFault::Surplus)),
            Some(clock) => {
                if let Some((at, _)) = reached(job, clock.milestone) {
                    moment(job, line, Field::At, Some(Timestamp::from_unix(at)), Some(line.at), found);
                }
                self::line(view, job, effective, clock, line, found);
            }
        }
    }
}

/// What of a line follows from its promise, whenever it is reached.
pub(super) fn line(
    view: &View<'_>,
    job: &Job<'_>,
    effective: &Effective,
    clock: &Clock,
    line: &MilestoneForecast,
    found: &mut Vec<Violation>,
) {
    if line.tier != clock.tier || line.milestone != clock.milestone || line.submission != job.submission.number {
        found.push(line_fault(job, line.promise.as_str(), line.milestone, LineFault::Promise));
    }
    moment(job, line, Field::Due, Some(clock.due), Some(line.due), found);
    moment(job, line, Field::EffectiveDue, effective.deadline(view, job, clock), line.effective_due, found);
}

/// The running promise of this name.
pub(super) fn running<'a>(view: &View<'_>, job: &Job<'a>, promise: &str) -> Option<&'a Clock> {
    job.submission.clocks.iter().find(|clock| clock.promise.as_str() == promise && is_running(clock, view.now))
}

fn line_fault(job: &Job<'_>, promise: &str, milestone: Milestone, fault: LineFault) -> Violation {
    Violation::Line { submission: job.submission.number, promise: promise.into(), milestone, fault }
}

fn moment(
    job: &Job<'_>,
    line: &MilestoneForecast,
    field: Field,
    expected: Option<Timestamp>,
    found_at: Option<Timestamp>,
    found: &mut Vec<Violation>,
) {
    if expected != found_at {
        let (submission, promise) = (job.submission.number, line.promise.clone());
        found.push(Violation::Milestone { submission, promise, field, expected, found: found_at });
    }
}

/// Every tier of the policy with the lateness of the lines of its own promises.
fn objective(view: &View<'_>) -> Vec<TierObjective> {
    let mut sums: BTreeMap<u8, (u64, i64)> = BTreeMap::new();
    for line in &view.plan.milestones {
        let late = line.at.unix() - line.due.unix();
        if late > 0 {
            let sum = sums.entry(line.tier).or_default();
            *sum = (sum.0 + 1, sum.1 + late);
        }
    }
    let tiers = view.unit.policy.tiers.iter().map(|tier| tier.number);
    tiers
        .map(|tier| {
            let (late, late_seconds) = sums.get(&tier).copied().unwrap_or_default();
            TierObjective { tier, late, late_seconds }
        })
        .collect()
}
