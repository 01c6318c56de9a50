//! What people do: they follow the plan. Who is free begins the next thing that is planned for them, once its device is there; what has
//! to travel leaves in time; what is ready goes home in a return window.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Order;
use super::chance::About;
use super::turns::Turns;
use super::world::{Happening, World, person};
use crate::domain::calendar::Windows;
use crate::domain::command::Command;
use crate::domain::establishment::ResourceKind;
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, SiteId, Slot};
use crate::domain::policy::Stage;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{StageState, Submission, Table, Unit, Whereabouts};
use crate::planner::{Step, steps_by};

/// Of what is planned for a slot so many steps are near.
const NEXT: usize = 5;
/// What starts within this is near.
const SOON: Seconds = Seconds::hours(1);
/// A device is sent to where it is to be worked on this long before it has to be there: whoever is done early finds the next one.
const AHEAD: Seconds = Seconds::hours(24);
/// The last tier of those who come first, and what of theirs is near.
const FIRST: u8 = 2;
const FIRST_SOON: Seconds = Seconds::hours(24);

impl World<'_> {
    /// Plans everything.
    pub(super) fn plan_whole(&mut self) {
        let unit = self.seen(self.ledger.unit.submissions.values(), |submission| self.is_stuck(submission));
        let plan = self.planned(&unit);
        let mut on: BTreeMap<&Slot, usize> = BTreeMap::new();
        self.near.clear();
        for step in &plan {
            let is_next = step.slot.as_ref().is_some_and(|slot| {
                let before = on.entry(slot).or_default();
                *before += 1;
                *before <= NEXT
            });
            let is_first = |s: &Arc<Submission>| s.tier(self.now) <= FIRST;
            let soon = |s| if is_first(s) { FIRST_SOON } else { SOON };
            let is_soon = unit.submissions.get(&step.submission).is_some_and(|s| step.start <= self.now + soon(s));
            if is_next || is_soon {
                self.near.insert(step.submission);
            }
        }
        self.follows(plan);
    }

    /// Plans what stands near, and what runs.
    pub(super) fn plan_near(&mut self) {
        let near = self.near.iter().filter_map(|number| self.ledger.unit.submissions.get(number));
        let unit = self.seen(near, |submission| self.is_stuck(submission));
        let plan = self.planned(&unit);
        self.follows(plan);
    }

    /// From now on people follow this plan.
    fn follows(&mut self, plan: Vec<Step>) {
        let unit = &self.ledger.unit;
        let is_ready = |step: &Step| {
            let submission = unit.submissions.get(&step.submission);
            let stage = submission.and_then(|submission| unit.route_of(submission)?.stages.get(step.stage));
            submission.zip(stage).is_some_and(|(submission, stage)| is_ready(submission, stage))
        };
        self.plan = Some(Arc::new(Turns::of(plan, is_ready)));
        self.not_now.clear();
        self.since.clear();
    }

    /// Whether it waits at a shut gate, so that nothing of it can be planned. The next exhibit of a staged case waits for it, whatever it
    /// waits for itself.
    fn is_stuck(&self, submission: &Submission) -> bool {
        let route = self.ledger.unit.route_of(submission);
        let is_shut = |route| submission.shut_gates(route, self.now).next().is_some();
        submission.facts.case_rank.is_none() && route.is_none_or(is_shut)
    }

    /// The unit as a planner has to see it: with these submissions but those left out, and with what is at work; what is on the road is
    /// where it will be.
    pub(super) fn seen<'u>(
        &self,
        submissions: impl Iterator<Item = &'u Arc<Submission>>,
        is_left_out: impl Fn(&Submission) -> bool,
    ) -> Unit {
        let mut unit = self.ledger.unit.clone();
        let mut seen = Table::new();
        for submission in submissions.filter(|submission| !is_left_out(submission)) {
            seen.insert_mut(submission.number, Arc::clone(submission));
        }
        for assignment in self.ledger.unit.assignments.values() {
            if let Some(submission) = self.ledger.unit.submissions.get(&assignment.submission) {
                seen.insert_mut(submission.number, Arc::clone(submission));
            }
        }
        unit.submissions = seen;
        for (number, (site, there)) in &self.couriers {
            if let Some(submission) = unit.submissions.get(number) {
                let device = Whereabouts::At { site: site.clone(), since: *there };
                let moved = Submission { device, ..Submission::clone(submission) };
                unit.submissions.insert_mut(*number, Arc::new(moved));
            }
        }
        unit
    }

    fn planned(&mut self, unit: &Unit) -> Vec<Step> {
        self.ran.plans += 1;
        let now = self.now;
        match self.order {
            Order::Dfqueue => steps_by(unit, now, |_| ()),
            Order::Fifo => steps_by(unit, now, |s| (s.registered_at, s.number)),
            Order::Edf => {
                let due = |s: &Submission| s.running(now).map(|clock| clock.due).min().unwrap_or(Timestamp::MAX);
                steps_by(unit, now, |s| (due(s), s.number))
            }
            Order::Tiers => steps_by(unit, now, |s| (s.tier(now), s.registered_at, s.number)),
        }
    }

    /// Does what the plan asks now, and comes back when it asks for more.
    pub(super) fn follow(&mut self) {
        let Some(plan) = self.plan.clone() else { return };
        let mut busy = vec![false; plan.slots.len()];
        for assignment in self.ledger.unit.assignments.values() {
            plan.slots.get(&assignment.slot).into_iter().for_each(|slot| busy[*slot] = true);
        }
        let (mut round, mut next) = (plan.round(&self.since), Timestamp::MAX);
        while let Some((step, place)) = round.turn() {
            match (self.turn(step, place.is_some_and(|place| busy[place.slot])), place) {
                (Turn::Kept(Some(at)), _) => next = next.min(at),
                // Whoever is next on a slot keeps it: what comes after does not overtake.
                (Turn::Kept(None), _) | (Turn::Passed, None) => {}
                (Turn::Passed, Some(place)) => round.passes(place),
            }
        }
        if next < Timestamp::MAX && next > self.now && next != self.wake {
            self.happens(next, Happening::Look);
        }
        self.wake = next;
    }

    /// What comes of the turn of a step, on a slot where somebody works or not.
    fn turn(&mut self, step: &Step, is_busy: bool) -> Turn {
        let unit = &self.ledger.unit;
        let Some(submission) = unit.submissions.get(&step.submission).cloned() else { return Turn::Passed };
        let stage = unit.route_of(&submission).and_then(|route| route.stages.get(step.stage)).cloned();
        let is_open = matches!(submission.stages.get(step.stage), Some(StageState::Open));
        let Some(stage) = stage.filter(|_| is_open) else { return Turn::Passed };
        let is_ready = is_ready(&submission, &stage);
        let Some(slot) = &step.slot else {
            return Turn::Kept(if is_ready { self.home(&submission, step) } else { None });
        };
        if !is_ready {
            // What should have been ready by now and is not keeps nobody from the next.
            return if step.start > self.now || is_busy { Turn::Kept(None) } else { Turn::Passed };
        }
        let later = if stage.holds_device { self.fetched(&submission, &slot.resource, step.start) } else { None };
        if later.is_some() || is_busy {
            return Turn::Kept(later.flatten());
        }
        // What may not begin now (the guard holds it) leaves its turn to the next, unless only its time has not come.
        let which = (step.submission, step.stage);
        let begun = !self.not_now.contains(&which) && self.begins(&submission, (step.stage, &stage), step, slot);
        if begun || step.start > self.now {
            return Turn::Kept((step.start > self.now).then_some(step.start));
        }
        self.not_now.insert(which);
        Turn::Passed
    }

    /// Begins work now; whether that could be.
    fn begins(&mut self, submission: &Submission, (index, stage): (usize, &Stage), step: &Step, slot: &Slot) -> bool {
        let now = self.now.unix();
        if !self.windows_of(&slot.resource).is_some_and(|windows| windows.is_open(now)) {
            return false;
        }
        let takes = stage.time(self.ledger.unit.storage_of(submission));
        let mut rng = self.chance.about(
            About::Duration,
            &[submission.number.0, i64::try_from(index).unwrap_or(0), i64::try_from(submission.failures.len()).unwrap_or(0)],
        );
        let drawn = self.chance.around(takes, stage.p90, &mut rng).0.max(60);
        let Some(ends) = self.end_of(stage, &slot.resource, drawn) else { return false };
        let number = submission.number;
        let assignment = AssignmentId(self.ledger.unit.next.assignment);
        let end = self.now + Seconds((step.end - step.start).0.max(0));
        let (version, slot) = (submission.version, slot.clone());
        let actor = person(slot.resource.as_str());
        let assign = Command::Assign { number, version, stage: index, slot, start: self.now, end };
        if !self.does(&crate::domain::entry::Actor::daemon(), &assign) {
            return false;
        }
        if !self.does(&actor, &Command::Start { assignment, at: self.now, overrides: None }) {
            let cause = crate::domain::event::ReleaseCause::GivenBack;
            self.does(&actor, &Command::Release { assignment, cause, reason: Some("not now".into()) });
            return false;
        }
        self.happens(Timestamp::from_unix(ends), Happening::Ends(assignment));
        true
    }

    /// When work of such a length ends that begins now.
    fn end_of(&mut self, stage: &Stage, resource: &ResourceId, length: i64) -> Option<i64> {
        let now = self.now.unix();
        let speed = i64::from(self.ledger.unit.establishment.resource(resource)?.speed.max(1));
        let windows = self.windows_of(resource)?;
        if stage.attended { windows.finish(now, (length * 100 + speed - 1) / speed) } else { windows.handover(now + length) }
    }

    pub(super) fn windows_of(&mut self, resource: &ResourceId) -> Option<&mut Windows> {
        if !self.windows.contains_key(resource) {
            let unit = &self.ledger.unit;
            let windows = unit.windows(unit.establishment.resource(resource)?, self.now)?;
            self.windows.insert(resource.clone(), windows);
        }
        self.windows.get_mut(resource)
    }

    /// Open time of a resource between two instants, in seconds.
    pub(super) fn open_time(&mut self, resource: &ResourceId, from: Timestamp, until: Timestamp) -> i64 {
        self.windows_of(resource).map_or(0, |windows| windows.between(from, until).0)
    }

    pub(super) fn kind_of(&self, resource: &ResourceId) -> Option<ResourceKind> {
        self.ledger.unit.establishment.resource(resource).map(|resource| resource.kind)
    }

    /// None where the device is where it is needed; else when it has to leave, if that is still to come.
    fn fetched(&mut self, submission: &Submission, resource: &ResourceId, start: Timestamp) -> Option<Option<Timestamp>> {
        let to = self.ledger.unit.establishment.resource(resource)?.site.clone();
        self.brought(submission, to, start)
    }

    fn brought(&mut self, submission: &Submission, to: SiteId, start: Timestamp) -> Option<Option<Timestamp>> {
        if self.couriers.contains_key(&submission.number) {
            return Some(None);
        }
        let Whereabouts::At { site, .. } = &submission.device else { return Some(None) };
        if *site == to {
            return None;
        }
        let travel = self.ledger.unit.establishment.travel_time(site, &to);
        let leaves = start - travel - AHEAD;
        if leaves > self.now {
            return Some(Some(leaves));
        }
        let there = self.now + travel;
        self.couriers.insert(submission.number, (to.clone(), there));
        self.happens(there, Happening::There(submission.number, to));
        Some(None)
    }

    /// Brings a device home to its owner, once that is planned and allowed; when to look again.
    fn home(&mut self, submission: &Submission, step: &Step) -> Option<Timestamp> {
        let (number, facts) = (submission.number, &submission.facts);
        if !facts.return_authorised {
            self.asks_for_return(number);
            return None;
        }
        let home = facts.home().clone();
        let trip = (step.end - step.start).0;
        if let Some(later) = self.brought(submission, home, step.start) {
            return later;
        }
        if step.start > self.now {
            return Some(step.start);
        }
        if trip == 0 {
            // The owner is at the site.
            self.hands_over(number);
            return None;
        }
        let collect = Command::Collect { number, at: self.now, by: "officer".into(), seal: None };
        if self.does(&person("property desk"), &collect) {
            self.happens(step.end.max(self.now), Happening::Home(number));
        }
        None
    }

    fn asks_for_return(&mut self, number: QueueNumber) {
        if self.asked_for_return.insert(number) {
            let mut rng = self.chance.about(About::Answer, &[number.0, -1]);
            let after = self.chance.any_time(self.scenario.people.return_authorisation, &mut rng);
            self.happens(self.now + after, Happening::ReturnAllowed(number));
        }
    }
}

/// What comes of a turn.
enum Turn {
    /// Nobody else has it: it was begun, or is left for later; when to look again, where time alone keeps it.
    Kept(Option<Timestamp>),
    /// Whoever comes after has it.
    Passed,
}

/// Whether all that comes before a stage is over.
fn is_ready(submission: &Submission, stage: &Stage) -> bool {
    stage.after.iter().all(|before| submission.stages.get(*before).is_some_and(StageState::is_over))
}
