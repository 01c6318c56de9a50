//! What becomes of a promise when something is changed: planned again on the part of the unit that can be in its way.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::menu::Change;
use super::{Measure, Remedy, Work};
use crate::domain::calendar::{OpeningHours, Windows};
use crate::domain::clocks::Clock;
use crate::domain::establishment::{Calendar, Establishment};
use crate::domain::guard::LAST_JUDGED_TIER;
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, SiteId, Word};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, StageState, Submission, Unit};
use crate::planner::changed::{of, part, site_of, with_gates_met};
use crate::planner::{Plan, Step, plan};

/// Between stretches of overtime no further apart than this nobody goes home: they are told as one.
const NO_TIME_TO_LEAVE: Seconds = Seconds::hours(2);
/// How much earlier a shift may begin, and how much longer it may last, for overtime.
const OVERTIME: (Seconds, Seconds) = (Seconds::hours(2), Seconds::hours(4));

/// One promise, and the part of the unit on which changes are tried.
pub struct Trial {
    /// What can be in its way, its own gates met.
    pub unit: Unit,
    /// Where its device is, or will be.
    pub site: SiteId,
    /// The promise.
    pub clock: Clock,
    /// When it is tried.
    pub now: Timestamp,
    number: QueueNumber,
    gates: Option<Measure>,
    /// Other promises of tiers 0 to 2 that are late as things stand.
    late: BTreeSet<(QueueNumber, Word)>,
}

/// A plan that keeps the promise.
pub struct Kept {
    plan: Plan,
    at: Timestamp,
}

impl Trial {
    /// None for a promise that does not run, is due, or is of a lower tier.
    pub fn of(unit: &Unit, made: &Plan, number: QueueNumber, promise: &Word) -> Option<Self> {
        let now = made.now;
        let submission = unit.submissions.get(&number)?;
        let mut running = submission.running(now);
        let clock = running.find(|clock| clock.promise == *promise && clock.due > now && clock.tier <= LAST_JUDGED_TIER)?.clone();
        let shut = unit.route_of(submission)?.clone();
        let is_gated = submission.shut_gates(&shut, now).next().is_some();
        let waiting = made.waiting.iter().find(|waiting| waiting.submission == number);
        let by = waiting.and_then(|waiting| waiting.clear_by).filter(|by| *by > now);
        // Tiers 0 to 2 can be in its way, and what people have taken on.
        let in_the_way = |other: &Submission| other.number == number || other.tier(now) <= LAST_JUDGED_TIER;
        let mut part = part(unit, in_the_way);
        let opened = with_gates_met(submission, now);
        let site = site_of(&opened);
        part.submissions.insert_mut(number, Arc::new(opened));
        let gates = is_gated.then_some(Measure::Gates { by });
        let mut trial = Self { unit: part, site, clock, now, number, gates, late: BTreeSet::new() };
        trial.late = trial.late_in(&plan(&trial.unit, now));
        Some(trial)
    }

    /// Whose promise it is.
    pub fn submission(&self) -> Option<&Arc<Submission>> {
        self.unit.submissions.get(&self.number)
    }

    /// Whether its gates are shut.
    pub const fn is_gated(&self) -> bool {
        self.gates.is_some()
    }

    /// The plan with these changes, if it keeps the promise and makes no other of tiers 0 to 2 late.
    pub fn with(&self, changes: &[Change]) -> Option<Kept> {
        let mut unit = self.unit.clone();
        changes.iter().for_each(|change| make(&mut unit, change));
        let plan = plan(&unit, self.now);
        let its_own =
            |line: &&crate::planner::MilestoneForecast| line.submission == self.number && line.promise == self.clock.promise;
        let at = plan.milestones.iter().find(its_own)?.at;
        let kept = at <= self.clock.due && self.late_in(&plan).is_subset(&self.late);
        kept.then_some(Kept { plan, at })
    }

    /// The least of some changes that keeps the promise; none where all of them do not. The last ones are left out first.
    pub fn least(&self, changes: &[Change]) -> Option<Remedy> {
        if changes.is_empty() {
            return None;
        }
        let (mut needed, mut kept) = (changes.to_vec(), self.with(changes)?);
        let mut size = needed.len().div_ceil(2);
        loop {
            let mut end = needed.len();
            while end > 0 {
                let from = end.saturating_sub(size);
                let without = [&needed[..from], &needed[end..]].concat();
                if let Some(better) = self.with(&without) {
                    (needed, kept) = (without, better);
                }
                end = from;
            }
            if size == 1 {
                return Some(self.remedy(&needed, &kept));
            }
            size = size.div_ceil(2);
        }
    }

    /// In the words of people: what has to be done for changes that keep the promise.
    pub fn remedy(&self, changes: &[Change], kept: &Kept) -> Remedy {
        let told = changes.iter().filter_map(|change| self.told(change, &kept.plan));
        Remedy { measures: self.gates.iter().cloned().chain(told).collect(), at: kept.at }
    }

    fn told(&self, change: &Change, plan: &Plan) -> Option<Measure> {
        Some(match change {
            Change::PutOff(id) => Measure::PutOff(self.work(*id)?.0),
            Change::Pause(id) => Measure::Pause(self.work(*id)?.0),
            Change::Abort(id) => {
                let (work, begun) = self.work(*id)?;
                Measure::Abort { work, lost: begun.map_or(Seconds::ZERO, |begun| self.now - begun) }
            }
            Change::HandBack(site) => {
                let back = plan.steps.iter().find(|step| step.submission == self.number && step.slot.is_none())?;
                Measure::HandBack { site: site.clone(), from: back.start, until: back.end }
            }
            Change::Overtime(id) => Measure::Overtime { resource: id.clone(), periods: self.overtime(id, plan)? },
            Change::Van(id, to) => Measure::Van { resource: id.clone(), to: to.clone() },
            Change::OneMore(id) => {
                let site = self.unit.establishment.resource(id)?.site.clone();
                Measure::OneMore { like: id.clone(), site }
            }
        })
    }

    fn work(&self, id: AssignmentId) -> Option<(Work, Option<Timestamp>)> {
        let assignment = self.unit.assignments.get(&id)?;
        let stage = self.unit.stage_of(assignment)?.name.clone();
        let (submission, slot) = (assignment.submission, assignment.slot.clone());
        Some((Work { assignment: id, submission, stage, slot }, assignment.started_at()))
    }

    /// When somebody works outside their hours.
    fn overtime(&self, id: &ResourceId, plan: &Plan) -> Option<Vec<(Timestamp, Timestamp)>> {
        let establishment = &self.unit.establishment;
        let resource = establishment.resource(id)?;
        let hours = &establishment.calendar(&resource.calendar)?.hours;
        let mut usual = Windows::with(hours, &establishment.zone, &establishment.exceptions(resource), self.now);
        let mut periods: Vec<(i64, i64)> = Vec::new();
        for step in plan.steps.iter().filter(|step| step.slot.as_ref().is_some_and(|slot| slot.resource == *id)) {
            let submission = self.unit.submissions.get(&step.submission)?;
            let attended = self.unit.route_of(submission)?.stages.get(step.stage)?.attended;
            periods.extend(if attended { outside(step, &mut usual) } else { edges_outside(step, &mut usual) });
        }
        periods.sort_unstable();
        periods.dedup_by(|later, sooner| {
            let touches = later.0 <= sooner.1 + NO_TIME_TO_LEAVE.0;
            sooner.1 = if touches { sooner.1.max(later.1) } else { sooner.1 };
            touches
        });
        Some(periods.into_iter().map(|(from, until)| (Timestamp::from_unix(from), Timestamp::from_unix(until))).collect())
    }

    fn late_in(&self, plan: &Plan) -> BTreeSet<(QueueNumber, Word)> {
        let late = plan.milestones.iter().filter(|line| line.tier <= LAST_JUDGED_TIER && line.at > line.due);
        late.map(|line| (line.submission, line.promise.clone())).collect()
    }
}

/// What of attended work lies outside windows.
fn outside(step: &Step, usual: &mut Windows) -> Vec<(i64, i64)> {
    let mut periods = Vec::new();
    for (from, until) in &step.segments {
        let mut at = from.unix();
        for (open, close) in usual.pieces(at, until.unix()) {
            periods.push((at, open));
            at = close;
        }
        periods.push((at, until.unix()));
    }
    periods.retain(|(from, until)| from < until);
    periods
}

/// When a machine's work is set up, and taken over, where that is outside windows.
fn edges_outside(step: &Step, usual: &mut Windows) -> Vec<(i64, i64)> {
    let (start, end) = (step.start.unix(), step.end.unix());
    let mut edges = Vec::new();
    if !usual.is_open(start) {
        edges.push((start, start));
    }
    if usual.handover(end) != Some(end) {
        edges.push((end, end));
    }
    edges
}

fn make(unit: &mut Unit, change: &Change) {
    match change {
        Change::PutOff(id) | Change::Pause(id) | Change::Abort(id) => give_back(unit, *id),
        Change::HandBack(site) => {
            let establishment = Arc::make_mut(&mut unit.establishment);
            let sites = establishment.sites.iter_mut().filter(|other| other.id == *site);
            sites.for_each(|site| site.returns = OpeningHours::always());
        }
        Change::Overtime(id) => lengthen(Arc::make_mut(&mut unit.establishment), id),
        Change::Van(id, to) => of(unit, id, |van| van.site = to.clone()),
        Change::OneMore(id) => of(unit, id, |resource| resource.slots += 1),
    }
}

fn give_back(unit: &mut Unit, id: AssignmentId) {
    let Some(Assignment { submission, stage, .. }) = unit.assignments.get(&id).cloned() else { return };
    let Some(mut given_back) = unit.submissions.get(&submission).map(|submission| Submission::clone(submission)) else { return };
    given_back.stages[stage] = StageState::Open;
    unit.submissions.insert_mut(submission, Arc::new(given_back));
    unit.assignments.remove_mut(&id);
}

/// Gives somebody longer shifts; nobody else of the same calendar.
fn lengthen(establishment: &mut Establishment, id: &ResourceId) {
    let Some(resource) = establishment.resource(id) else { return };
    let Some(calendar) = establishment.calendar(&resource.calendar) else { return };
    let hours = calendar.hours.longer(OVERTIME.0, OVERTIME.1);
    let longer = Word::from(format!("{}, longer", calendar.id).as_str());
    if establishment.calendar(&longer).is_none() {
        establishment.calendars.push(Calendar { id: longer.clone(), hours });
    }
    let resources = establishment.resources.iter_mut().filter(|resource| resource.id == *id);
    resources.for_each(|resource| resource.calendar = longer.clone());
}
