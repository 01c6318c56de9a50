//! What people do: they follow the plan. Who is free begins the next thing that is planned for them, once its device is there; what has
//! to travel leaves in time; what is ready goes home in a return window.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Order;
use super::chance::About;
use super::world::{Happening, World, person};
use crate::domain::calendar::Windows;
use crate::domain::command::Command;
use crate::domain::establishment::ResourceKind;
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, SiteId, Slot};
use crate::domain::policy::Stage;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Map, StageState, Submission, Unit, Whereabouts};
use crate::planner::{Hold, Step, steps_by};

/// Of what is planned for a slot so many steps are near.
const NEXT: usize = 5;
/// What starts within this is near.
const SOON: Seconds = Seconds::hours(1);
/// A device is sent to where it is to be worked on this long before it has to be there: whoever is done early finds the next one.
const AHEAD: Seconds = Seconds::hours(24);
/// The last tier of which everything is always near.
const ALWAYS_NEAR: u8 = 2;

impl World<'_> {
    /// Plans everything.
    pub(super) fn plan_whole(&mut self) {
        let unit = self.seen(|_| true, |submission| self.is_stuck(submission));
        let plan = self.planned(&unit);
        let mut on: std::collections::BTreeMap<&Slot, usize> = std::collections::BTreeMap::new();
        self.near.clear();
        for step in &plan {
            let is_next = step.slot.as_ref().is_some_and(|slot| {
                let before = on.entry(slot).or_default();
                *before += 1;
                *before <= NEXT
            });
            if is_next || step.start <= self.now + SOON {
                self.near.insert(step.submission);
            }
        }
        self.plan = Some(Arc::new(plan));
    }

    /// Plans what stands near, and what runs.
    pub(super) fn plan_near(&mut self) {
        let is_near = |s: &Submission| self.near.contains(&s.number) || s.tier(self.now) <= ALWAYS_NEAR;
        let unit = self.seen(is_near, |submission| self.is_stuck(submission));
        self.plan = Some(Arc::new(self.planned(&unit)));
    }

    /// Whether it waits at a shut gate, so that nothing of it can be planned. The next exhibit of a staged case waits for it, whatever it
    /// waits for itself.
    fn is_stuck(&self, submission: &Submission) -> bool {
        let route = self.ledger.unit.route_of(submission);
        let is_shut = |route| submission.shut_gates(route, self.now).next().is_some();
        submission.facts.case_rank.is_none() && route.is_none_or(is_shut)
    }

    /// The unit as a planner has to see it: with what `counts` and is not left out, and what is at work; what is on the road is where it
    /// will be.
    pub(super) fn seen(&self, counts: impl Fn(&Submission) -> bool, is_left_out: impl Fn(&Submission) -> bool) -> Unit {
        let mut unit = self.ledger.unit.clone();
        let is_at_work = |submission: &Submission| submission.stages.iter().any(|stage| matches!(stage, StageState::Assigned(_)));
        let mut seen = Map::new_sync();
        for (number, submission) in &self.ledger.unit.submissions {
            if is_at_work(submission) || (counts(submission) && !is_left_out(submission)) {
                seen.insert_mut(*number, Arc::clone(submission));
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
        self.not_now.clear();
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
        let mut taken: BTreeSet<Slot> = BTreeSet::new();
        let mut next = Timestamp::MAX;
        for step in plan.iter() {
            if let Some(at) = self.turn(step, &mut taken) {
                next = next.min(at);
            }
        }
        if next < Timestamp::MAX && next > self.now && next != self.wake {
            self.happens(next, Happening::Look);
        }
        self.wake = next;
    }

    /// The turn of a step: begun, left for later (when, where time alone keeps it), or in nobody's way.
    fn turn(&mut self, step: &Step, taken: &mut BTreeSet<Slot>) -> Option<Timestamp> {
        // Whoever is next on a slot keeps it: what comes after does not overtake. Nearly all of a plan comes after, so that is asked first.
        if step.hold != Hold::Free || step.slot.as_ref().is_some_and(|slot| taken.contains(slot)) {
            return None;
        }
        let unit = &self.ledger.unit;
        let submission = unit.submissions.get(&step.submission)?.clone();
        if !matches!(submission.stages.get(step.stage), Some(StageState::Open)) {
            return None;
        }
        let stage = unit.route_of(&submission)?.stages.get(step.stage)?.clone();
        let is_over = |before: &usize| submission.stages.get(*before).is_some_and(StageState::is_over);
        let is_ready = stage.after.iter().all(is_over);
        let Some(slot) = &step.slot else {
            return if is_ready { self.home(&submission, step) } else { None };
        };
        if !is_ready {
            // What should have been ready by now and is not keeps nobody from the next.
            if step.start > self.now || is_busy(&self.ledger.unit, slot) {
                taken.insert(slot.clone());
            }
            return None;
        }
        let later = if stage.holds_device { self.fetched(&submission, &slot.resource, step.start) } else { None };
        if later.is_some() || is_busy(&self.ledger.unit, slot) {
            taken.insert(slot.clone());
            return later.flatten();
        }
        // What may not begin now (the guard holds it) leaves its turn to the next, unless only its time has not come.
        let which = (step.submission, step.stage);
        let begun = !self.not_now.contains(&which) && self.begins(&submission, (step.stage, &stage), step, slot);
        if begun || step.start > self.now {
            taken.insert(slot.clone());
        } else {
            self.not_now.insert(which);
        }
        (step.start > self.now).then_some(step.start)
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

/// Whether somebody works there.
fn is_busy(unit: &Unit, slot: &Slot) -> bool {
    unit.assignments_on(slot).next().is_some()
}
