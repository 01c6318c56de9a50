//! Where the time went that a promise took: legs that add up to the whole, computed from what the ledger has of a submission.
//!
//! Each instant from when the police took the device belongs to one leg: what was being done then, or else the first thing that
//! kept anything from being done, in the order in which gates are judged.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Change, Event, Pause, Rework, Treatment};
use super::ids::AssignmentId;
use super::policy::{Gate, Milestone, Route};
use super::submission::{LockState, words};
use super::time::{Seconds, Timestamp};
use super::unit::{StageState, Submission};

words!(
    /// What a stretch of time went into.
    Leg {
        /// From the police taking the device until it was at a site.
        Transport = "transport",
        /// At a site, and nobody had registered a request.
        BookingIn = "booking_in",
        /// Somebody had parked it.
        Parked = "parked",
        /// With somebody outside the unit.
        Outside = "outside",
        /// Agreement of the device user, or the written notice, was not there.
        Agreement = "agreement",
        /// No legal basis was recorded.
        LegalBasis = "legal_basis",
        /// Necessity and scope were not authorised.
        Authorisation = "authorisation",
        /// It could not be opened.
        Pin = "pin",
        /// All was ready, and nobody had begun, or gone on: kiosks, benches, people, the way between sites.
        Capacity = "capacity",
        /// It was being worked on.
        Examination = "examination",
        /// Nothing of it was needed any more, and its owner did not have it.
        HandBack = "hand_back",
    }
);

/// What [`legs`] knows of the past of a submission.
#[derive(Default)]
struct Past {
    /// Spans in which it was worked on, with the stage; none: still.
    work: Vec<(usize, Timestamp, Option<Timestamp>)>,
    parked: Vec<(Timestamp, Option<Timestamp>)>,
    outside: Vec<(Timestamp, Option<Timestamp>)>,
    /// From when on it could, or could not, be opened.
    lock: Vec<(Timestamp, LockState)>,
    /// From when on a legal basis was, or was not, recorded.
    basis: Vec<(Timestamp, bool)>,
}

/// How long each leg took from when the police took the device `until` its milestone was reached, or now: in the order of the legs,
/// those that took no time left out. They add up to the whole. `events`: all of the submission, in the order in which they were recorded.
pub fn legs(
    events: &[Event],
    submission: &Submission,
    route: Option<&Route>,
    milestone: Milestone,
    until: Timestamp,
) -> Vec<(Leg, Seconds)> {
    let past = Past::of(events, submission.facts.taken_at);
    let from = submission.facts.taken_at;
    let mut edges: BTreeSet<Timestamp> =
        past.edges().chain(milestones(submission)).filter(|at| from < *at && *at < until).collect();
    edges.extend([from, until.max(from)]);
    let mut spent: BTreeMap<Leg, i64> = BTreeMap::new();
    for (begin, end) in edges.iter().zip(edges.iter().skip(1)) {
        *spent.entry(past.leg(*begin, submission, route, milestone)).or_default() += (*end - *begin).0;
    }
    spent.into_iter().map(|(leg, seconds)| (leg, Seconds(seconds))).collect()
}

/// Instants of the submission itself at which one leg can give way to another.
fn milestones(submission: &Submission) -> impl Iterator<Item = Timestamp> {
    let facts = &submission.facts;
    let ended = submission.removed.as_ref().map(|removed| removed.at);
    let gates = [facts.delivered_at, facts.agreement_at, facts.notice_at, facts.authorised_at, ended];
    let done = submission.stages.iter().filter_map(|state| match state {
        StageState::Done(done) | StageState::Dropped(done) => Some(done.end),
        StageState::Open | StageState::Assigned(_) => None,
    });
    gates.into_iter().flatten().chain([submission.registered_at]).chain(done.collect::<Vec<_>>())
}

impl Past {
    fn of(events: &[Event], taken_at: Timestamp) -> Self {
        let mut past = Self::default();
        let mut stages: BTreeMap<AssignmentId, usize> = BTreeMap::new();
        let mut open: BTreeMap<AssignmentId, usize> = BTreeMap::new();
        for event in events {
            let at = event.happened_at;
            match &event.change {
                Change::Registered { facts, .. } => past.learns(taken_at, facts.lock_state, facts.legal_basis),
                Change::Corrected { facts, .. } => past.learns(at, facts.lock_state, facts.legal_basis),
                Change::PinStatusRecorded { lock_state, .. } => past.lock.push((at, *lock_state)),
                Change::LegalBasisRecorded { .. } => past.basis.push((at, true)),
                Change::Assigned { assignment, stage, .. } => drop(stages.insert(*assignment, *stage)),
                Change::Started { assignment, at, .. } | Change::Interrupted(Pause::Resumed { assignment, at, .. }) => {
                    if let Some(stage) = stages.get(assignment) {
                        open.insert(*assignment, past.work.len());
                        past.work.push((*stage, *at, None));
                    }
                }
                Change::Finished { assignment, at, .. }
                | Change::Failed { assignment, at, .. }
                | Change::Reworked(Rework::SentBack { assignment, at, .. })
                | Change::Interrupted(Pause::Paused { assignment, at, .. }) => past.ends(open.remove(assignment), *at),
                Change::Released { assignment, .. } => past.ends(open.remove(assignment), at),
                Change::Treated(treatment) => past.treated(treatment, at),
                _ => {}
            }
        }
        past
    }

    fn learns(&mut self, at: Timestamp, lock: LockState, basis: bool) {
        self.lock.push((at, lock));
        self.basis.push((at, basis));
    }

    fn ends(&mut self, work: Option<usize>, at: Timestamp) {
        if let Some(work) = work.and_then(|work| self.work.get_mut(work)) {
            work.2 = Some(at);
        }
    }

    fn treated(&mut self, treatment: &Treatment, at: Timestamp) {
        let close = |spans: &mut Vec<(Timestamp, Option<Timestamp>)>, at| {
            if let Some(last) = spans.last_mut() {
                last.1 = last.1.or(Some(at));
            }
        };
        match treatment {
            Treatment::Parked { .. } if self.parked.last().is_none_or(|last| last.1.is_some()) => self.parked.push((at, None)),
            Treatment::TakenUp { .. } => close(&mut self.parked, at),
            Treatment::SentOutside { at, .. } => self.outside.push((*at, None)),
            Treatment::CameBack { at, .. } => close(&mut self.outside, *at),
            _ => {}
        }
    }

    fn edges(&self) -> impl Iterator<Item = Timestamp> {
        let work = self.work.iter().flat_map(|(_, from, until)| [Some(*from), *until]);
        let aside = self.parked.iter().chain(&self.outside).flat_map(|(from, until)| [Some(*from), *until]);
        let known = self.lock.iter().map(|(at, _)| *at).chain(self.basis.iter().map(|(at, _)| *at));
        work.chain(aside).flatten().chain(known)
    }

    /// The leg that an instant belongs to.
    fn leg(&self, at: Timestamp, submission: &Submission, route: Option<&Route>, milestone: Milestone) -> Leg {
        let lasts = |(from, until): (Timestamp, Option<Timestamp>)| from <= at && until.is_none_or(|until| at < until);
        let facts = &submission.facts;
        let counts = |stage: usize| {
            let stage = route.and_then(|route| route.stages.get(stage));
            stage.is_none_or(|stage| if milestone == Milestone::Results { !stage.returns_device } else { stage.holds_device })
        };
        if self.work.iter().any(|(stage, from, until)| counts(*stage) && lasts((*from, *until))) {
            return Leg::Examination;
        }
        let met = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= at);
        if milestone == Milestone::DeviceBack && is_examined(submission, route, at) {
            return Leg::HandBack;
        }
        if !met(facts.delivered_at) {
            return Leg::Transport;
        }
        if at < submission.registered_at {
            return Leg::BookingIn;
        }
        if self.outside.iter().any(|span| lasts(*span)) {
            return Leg::Outside;
        }
        if self.parked.iter().any(|span| lasts(*span)) {
            return Leg::Parked;
        }
        let has = |gate: Gate| route.is_some_and(|route| route.gates.contains(&gate));
        let lock = latest(&self.lock, at).unwrap_or(facts.lock_state);
        match () {
            () if has(Gate::Agreement) && !(met(facts.agreement_at) && met(facts.notice_at)) => Leg::Agreement,
            () if has(Gate::LegalBasis) && !latest(&self.basis, at).unwrap_or(facts.legal_basis) => Leg::LegalBasis,
            () if has(Gate::Authorisation) && !met(facts.authorised_at) => Leg::Authorisation,
            () if has(Gate::Pin) && !matches!(lock, LockState::Unlocked | LockState::PinHeld) => Leg::Pin,
            () => Leg::Capacity,
        }
    }
}

/// Whether nothing held the device any more at an instant: all that did was done, or was not to be done.
fn is_examined(submission: &Submission, route: Option<&Route>, at: Timestamp) -> bool {
    let stages = route.map_or(&[][..], |route| &route.stages);
    let mut holding = stages.iter().zip(&submission.stages).filter(|(stage, _)| stage.holds_device).peekable();
    holding.peek().is_some()
        && holding.all(|(_, state)| matches!(state, StageState::Done(done) | StageState::Dropped(done) if done.end <= at))
}

/// The last thing known at an instant.
fn latest<T: Copy>(known: &[(Timestamp, T)], at: Timestamp) -> Option<T> {
    known.iter().filter(|(since, _)| *since <= at).max_by_key(|(since, _)| *since).map(|(_, known)| *known)
}

#[cfg(test)]
mod tests {
    use super::{Leg, legs};
    use crate::domain::command::Command;
    use crate::domain::event::Event;
    use crate::domain::policy::Milestone;
    use crate::domain::submission::LockState;
    use crate::domain::testing::*;
    use crate::domain::time::Seconds;

    /// What is recorded of a world's only submission.
    fn events(world: &World) -> Vec<Event> {
        world.entries.iter().map(|entry| entry.event().unwrap()).collect()
    }

    fn of(world: &World, number: crate::domain::ids::QueueNumber, until: &str) -> Vec<(Leg, String)> {
        let submission = world.row(number);
        let route = world.unit.route_of(&submission);
        let legs = legs(&events(world), &submission, route, Milestone::DeviceBack, at(until));
        let whole: i64 = legs.iter().map(|(_, seconds)| seconds.0).sum();
        assert_eq!(Seconds(whole), at(until) - submission.facts.taken_at, "they add up to the whole");
        legs.into_iter().map(|(leg, seconds)| (leg, format!("{}m", seconds.0 / 60))).collect()
    }

    #[test]
    fn the_day_of_a_phone_is_told_leg_by_leg() {
        let mut world = World::new();
        let mut phone = ready_phone("AB/1");
        phone.facts.taken_at = at("23T07:00");
        phone.facts.lock_state = LockState::Unknown;
        (phone.facts.authorised_at, phone.particulars.authorised_by) = (None, None);
        phone.facts.delivered_at = Some(at("23T08:00"));
        let number = world.at("23T08:10").registers(phone);
        world.at("23T08:30").does(Command::Authorise { number, by: "DS 1180".into(), at: at("23T08:30") });
        world.at("23T08:45").does(Command::RecordPin { number, lock_state: LockState::PinHeld });
        world.at("23T09:00");
        let assignment = world.starts(number, 0, slot("operators-north", 1));
        world.at("23T09:10").does(Command::Pause { assignment, at: at("23T09:10"), reason: None });
        world.at("23T09:30").does(Command::Resume { assignment, at: at("23T09:30"), overrides: None });
        world.at("23T09:50").does(finish(assignment, "23T09:50"));
        world.works(number, 1, slot("kiosk-north", 1), "23T10:50");
        world.works(number, 2, slot("operators-north", 1), "23T11:20");
        let said = |list: &[(Leg, &str)]| list.iter().map(|(leg, time)| (*leg, (*time).to_owned())).collect::<Vec<_>>();
        assert_eq!(
            of(&world, number, "23T12:00"),
            said(&[
                (Leg::Transport, "60m"),
                (Leg::BookingIn, "10m"),
                (Leg::Authorisation, "20m"),
                (Leg::Pin, "15m"),
                (Leg::Capacity, "35m"),
                (Leg::Examination, "120m"),
                (Leg::HandBack, "40m"),
            ])
        );
        assert_eq!(of(&world, number, "23T07:30"), said(&[(Leg::Transport, "30m")]));
        assert_eq!(of(&world, number, "23T07:00"), [], "no time has passed");
    }
}
