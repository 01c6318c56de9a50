//! Simulated people: operators, examiners, officers, couriers. They do what the plan and the action list ask, not always
//! at once and not always with success.

use std::collections::BTreeMap;

use crate::domain::command::Command;
use crate::domain::entry::Actor;
use crate::domain::event::FailureCause;
use crate::domain::ids::{AssignmentId, QueueNumber, SiteId};
use crate::domain::policy::Gate;
use crate::domain::submission::LockState;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, Proof, Receiver, Returned, StageState, Submission, Unit, Whereabouts};
use crate::planner::Plan;

/// How long, on average, someone takes to clear a gate once it is all that a device waits for.
const GATE_CLEARS: Seconds = Seconds::hours(5);
/// One examination in so many fails.
const FAILS: u32 = 40;

/// Something that one of them does.
pub type Deed = (Actor, Command);

/// The people of the demonstration, and what they have under way.
pub struct People {
    chance: fastrand::Rng,
    last: Timestamp,
    /// Devices on the road to another site, and when they are there.
    couriers: BTreeMap<QueueNumber, (SiteId, Timestamp)>,
    /// When whoever works on it will be done, drawn at its start.
    done: BTreeMap<AssignmentId, Timestamp>,
}

impl People {
    /// People who begin at `now`; same seed, same habits.
    pub fn new(seed: u64, now: Timestamp) -> Self {
        Self { chance: fastrand::Rng::with_seed(seed), last: now, couriers: BTreeMap::new(), done: BTreeMap::new() }
    }

    /// What they do at `now`, given the unit and the newest plan.
    pub fn act(&mut self, unit: &Unit, plan: &Plan, now: Timestamp) -> Vec<Deed> {
        let passed = now - self.last;
        self.last = now;
        let mut deeds = Vec::new();
        self.done.retain(|assignment, _| unit.assignments.contains_key(assignment));
        for assignment in unit.assignments.values() {
            deeds.extend(self.work(unit, assignment, now));
        }
        for submission in unit.submissions.values() {
            deeds.extend(self.clear_gate(unit, submission, now, passed));
        }
        deeds.extend(self.hand_back(unit, plan, now));
        deeds
    }

    /// Takes on what is offered, fetches the device, starts, finishes.
    fn work(&mut self, unit: &Unit, assignment: &Assignment, now: Timestamp) -> Option<Deed> {
        let submission = unit.submissions.get(&assignment.submission)?;
        let stage = unit.stage_of(assignment)?;
        let resource = unit.establishment.resource(&assignment.slot.resource)?;
        let actor = person(resource.id.as_str());
        match assignment.state {
            AssignmentState::Offered if assignment.start <= now + Seconds(900) => {
                Some((actor, Command::Accept { assignment: assignment.id, at: now, overrides: None }))
            }
            AssignmentState::Accepted { .. } if assignment.start <= now => {
                if stage.holds_device
                    && let Some(fetch) = self.fetch(unit, submission, &resource.site, now)
                {
                    return fetch.deed;
                }
                let expected = assignment.end - assignment.start;
                // Between four fifths of the expected time and a quarter more.
                let drawn = Seconds(expected.0 * i64::from(self.chance.u32(80..125)) / 100);
                self.done.insert(assignment.id, now + drawn);
                Some((actor, Command::Start { assignment: assignment.id, at: now, overrides: None }))
            }
            AssignmentState::Started { at } => {
                let done = *self.done.entry(assignment.id).or_insert(assignment.end.max(at));
                (done <= now).then(|| self.end(assignment, stage.holds_device && !stage.attended, actor, now))
            }
            AssignmentState::Offered | AssignmentState::Accepted { .. } | AssignmentState::Paused { .. } => None,
        }
    }

    fn end(&mut self, assignment: &Assignment, extraction: bool, actor: Actor, at: Timestamp) -> Deed {
        let assignment = assignment.id;
        if extraction && self.chance.u32(0..FAILS) == 0 {
            let cause = [FailureCause::Cable, FailureCause::Battery, FailureCause::Machine][self.chance.usize(0..3)];
            return (actor, Command::Fail { assignment, at, cause, attempts_left: None, reason: None });
        }
        let hash = extraction.then(|| (0..64).map(|_| char::from_digit(self.chance.u32(0..16), 16).unwrap_or('0')).collect());
        let (tool, tool_version) = if extraction { (Some("demo extractor".into()), Some("7.1".into())) } else { (None, None) };
        (actor, Command::Finish { assignment, at, tool, tool_version, hash, scope: None })
    }

    /// Brings a device to where it is needed; none where it is there.
    fn fetch(&mut self, unit: &Unit, submission: &Submission, to: &SiteId, now: Timestamp) -> Option<Fetch> {
        let Whereabouts::At { site, .. } = &submission.device else { return Some(Fetch { deed: None }) };
        if site == to {
            return None;
        }
        let travel = unit.establishment.travel_time(site, to);
        let (target, there) = self.couriers.entry(submission.number).or_insert((to.clone(), now + travel)).clone();
        if target != *to {
            self.couriers.insert(submission.number, (to.clone(), now + travel));
            return Some(Fetch { deed: None });
        }
        if there > now {
            return Some(Fetch { deed: None });
        }
        self.couriers.remove(&submission.number);
        let courier =
            Command::Move { number: submission.number, site: to.clone(), at: now, by: Some("courier 7".into()), seal: None };
        Some(Fetch { deed: Some((person("courier-7"), courier)) })
    }

    /// Now and then someone sees to what a device waits for.
    fn clear_gate(&mut self, unit: &Unit, submission: &Submission, now: Timestamp, passed: Seconds) -> Option<Deed> {
        let route = unit.route_of(submission)?;
        let gate = submission.shut_gates(route, now).next().filter(|_| !submission.left_unexamined(route))?;
        // Tier 1 is chased: its gates clear four times as fast.
        let usual = if submission.tier(now) <= 1 { GATE_CLEARS.0 / 4 } else { GATE_CLEARS.0 * 4 };
        if self.chance.i64(0..usual.max(1)) >= passed.0 {
            return None;
        }
        let (number, facts) = (submission.number, &submission.facts);
        let oic = submission.particulars.as_ref().map_or_else(|| "DC 1".to_owned(), |p| p.oic.clone());
        let command = match gate {
            // Nobody parks anything here, nor sends it out.
            Gate::Parked | Gate::Outside | Gate::Confidential => return None,
            Gate::Agreement => Command::RecordAgreement {
                number,
                agreement_at: facts.agreement_at.filter(|at| *at <= now).unwrap_or(now),
                notice_at: facts.notice_at.filter(|at| *at <= now).unwrap_or(now),
                terms: None,
            },
            Gate::LegalBasis => Command::RecordLegalBasis { number, basis: "PACE s.19".into() },
            Gate::Authorisation => Command::Authorise { number, by: "DS 1180".into(), at: now },
            Gate::Delivery => Command::Deliver { number, site: facts.site.clone(), at: now, by: Some(oic.clone()), seal: None },
            Gate::Pin => Command::RecordPin { number, lock_state: LockState::PinHeld },
        };
        let by = if gate == Gate::Authorisation { person("DS 1180") } else { person(&oic) };
        Some((by, command))
    }

    /// Signs devices out when their trip begins, and records that the owner has them when it ends.
    fn hand_back(&mut self, unit: &Unit, plan: &Plan, now: Timestamp) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for step in plan.steps.iter().filter(|step| step.slot.is_none() && step.start <= now) {
            let Some(submission) = unit.submissions.get(&step.submission) else { continue };
            let Some(route) = unit.route_of(submission) else { continue };
            let ready = route.stages.get(step.stage).is_some_and(|stage| {
                stage.after.iter().all(|before| submission.stages.get(*before).is_some_and(StageState::is_over))
            });
            if ready {
                deeds.extend(self.bring_home(unit, submission, now));
            }
        }
        let out = unit.submissions.values().filter_map(|s| match s.device {
            Whereabouts::SignedOut { since } => Some((s, since)),
            _ => None,
        });
        for (submission, since) in out {
            let trip = submission.facts.trip.or(unit.establishment.site(submission.facts.home()).map(|site| site.to_owner));
            if since + trip.unwrap_or_default() <= now {
                let returned = Returned { at: now, received_by: Receiver::Owner, proof: Proof::Signature };
                deeds.push((person("DC 2231"), Command::Return { number: submission.number, returned }));
            }
        }
        deeds
    }

    fn bring_home(&mut self, unit: &Unit, submission: &Submission, now: Timestamp) -> Option<Deed> {
        let number = submission.number;
        if !submission.facts.return_authorised {
            return Some((person("DS 1180"), Command::AuthoriseReturn { number, by: "DS 1180".into() }));
        }
        if submission.facts.owner_present_until.is_some_and(|until| now <= until) {
            let returned = Returned { at: now, received_by: Receiver::Owner, proof: Proof::Signature };
            return Some((person("front desk"), Command::Return { number, returned }));
        }
        match self.fetch(unit, submission, submission.facts.home(), now) {
            Some(fetch) => fetch.deed,
            None => Some((person("property desk"), Command::Collect { number, at: now, by: "DC 2231".into(), seal: None })),
        }
    }
}

/// A device under way; with the deed that ends its journey, once it is there.
struct Fetch {
    deed: Option<Deed>,
}

fn person(name: &str) -> Actor {
    Actor { person: name.to_owned(), token: None }
}
