//! Where the device is: delivered, moved, signed out, returned. Each move names a person and comes after the one
//! before, so that the record is the device's continuity (chain of custody).

use super::intake::unknown_site;
use super::{Decided, Draft, named, party};
use crate::domain::event::{Change, ReleaseCause};
use crate::domain::ids::{QueueNumber, SiteId};
use crate::domain::policy::Route;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Assignment, Returned, StageState, Submission, Whereabouts};

impl Draft<'_> {
    pub(super) fn deliver(&mut self, number: QueueNumber, site: &SiteId, at: Timestamp, by: Option<&str>) -> Decided {
        let submission = self.submission(number)?;
        self.known_site(site)?;
        let facts = &submission.facts;
        let there = match &submission.device {
            Whereabouts::At { site: there, since } if *since == at => there == site,
            _ => true,
        };
        if facts.delivered_at == Some(at) && there {
            return Ok(());
        }
        if let Some(recorded) = facts.delivered_at.filter(|recorded| *recorded <= self.now) {
            return Err(Refusal::AlreadyRecorded { number, field: "delivered_at", recorded: recorded.to_string() });
        }
        if submission.returned.is_some() {
            return Err(gone(&submission, "a further request"));
        }
        self.happened("delivered_at", at, facts.taken_at, "the device was taken")?;
        let mut after = facts.clone();
        after.delivered_at = Some(at);
        let clocks = self.clocks_that_start(&submission, &after);
        self.record(at, Change::Delivered { number, site: site.clone(), at, clocks }, party(by))
    }

    pub(super) fn relocate(&mut self, number: QueueNumber, site: &SiteId, at: Timestamp, by: Option<&str>) -> Decided {
        let submission = self.submission(number)?;
        self.known_site(site)?;
        match &submission.device {
            Whereabouts::At { site: there, .. } if there == site => return Ok(()),
            Whereabouts::At { .. } | Whereabouts::SignedOut { .. } => {}
            Whereabouts::NotDelivered => return Err(gone(&submission, "delivery, or return")),
            Whereabouts::Returned { .. } => return Err(gone(&submission, "a further request")),
        }
        self.in_nobodys_hands(&submission)?;
        self.after_what_came_before("at", at, &submission)?;
        self.record(at, Change::Moved { number, site: site.clone(), at }, party(by))
    }

    /// Signed out to an officer who takes it to its owner: the clock runs on until the owner has it.
    pub(super) fn collect(&mut self, number: QueueNumber, at: Timestamp, by: &str) -> Decided {
        named("by", by)?;
        let submission = self.submission(number)?;
        match &submission.device {
            Whereabouts::At { .. } => {}
            Whereabouts::SignedOut { since } if *since == at => return Ok(()),
            Whereabouts::SignedOut { .. } => return Err(gone(&submission, "return, or a move back to a site")),
            Whereabouts::NotDelivered => return Err(gone(&submission, "delivery, or return")),
            Whereabouts::Returned { .. } => return Err(gone(&submission, "a further request")),
        }
        self.may_leave(&submission)?;
        self.after_what_came_before("at", at, &submission)?;
        self.release_holding(&submission)?;
        self.record(at, Change::Collected { number, at }, party(Some(by)))
    }

    /// The owner has the device: from an officer, over the front desk, or before it was ever delivered.
    pub(super) fn give_back(&mut self, number: QueueNumber, returned: &Returned) -> Decided {
        let submission = self.submission(number)?;
        match &submission.returned {
            Some(recorded) if recorded == returned => return Ok(()),
            Some(recorded) => {
                return Err(Refusal::AlreadyRecorded { number, field: "returned_at", recorded: recorded.at.to_string() });
            }
            None => {}
        }
        if !matches!(submission.device, Whereabouts::SignedOut { .. }) {
            self.may_leave(&submission)?;
        }
        self.after_what_came_before("at", returned.at, &submission)?;
        self.release_holding(&submission)?;
        let route = self.unit.route_of(&submission);
        let stage = route.and_then(|route| route.stages.iter().position(|stage| stage.returns_device));
        let change = Change::Returned { number, returned: returned.clone(), stage };
        self.settle(returned.at, change, party(None))
    }

    fn known_site(&self, site: &SiteId) -> Decided {
        match self.unit.establishment.site(site) {
            Some(_) => Ok(()),
            None => Err(Refusal::Invalid(vec![unknown_site(&self.unit, "site", site.as_str())])),
        }
    }

    /// Refuses to move a device that is being worked on.
    pub(super) fn in_nobodys_hands(&self, submission: &Submission) -> Decided {
        match self.unit.device_held_by(submission) {
            Some(held) => Err(Refusal::DeviceInUse { number: submission.number, assignment: held.id }),
            None => Ok(()),
        }
    }

    /// A move comes after the one before, and after the work done where the device was.
    fn after_what_came_before(&self, field: &'static str, at: Timestamp, submission: &Submission) -> Decided {
        let (mut first, mut what) = match &submission.device {
            Whereabouts::NotDelivered => (submission.facts.taken_at, "the device was taken"),
            Whereabouts::At { since, .. } => (*since, "it got to where it is"),
            Whereabouts::SignedOut { since } => (*since, "it was signed out"),
            Whereabouts::Returned { since } => (*since, "it was returned"),
        };
        for end in self.unit.route_of(submission).into_iter().flat_map(|route| held_until(submission, route)) {
            if end > first {
                (first, what) = (end, "the last work on it ended");
            }
        }
        self.happened(field, at, first, what)
    }

    /// A device goes back once its return is authorised and what was begun is verified, or before anything was begun.
    fn may_leave(&self, submission: &Submission) -> Decided {
        if !submission.facts.return_authorised {
            return Err(Refusal::ReturnNotAuthorised(submission.number));
        }
        self.in_nobodys_hands(submission)?;
        let Some(route) = self.unit.route_of(submission) else { return Ok(()) };
        let needed: Vec<usize> = (0..route.stages.len()).filter(|stage| before_hand_back(route, *stage)).collect();
        let done = |stage: &usize| matches!(submission.stages.get(*stage), Some(StageState::Done(_)));
        let missing = needed.iter().find(|stage| !done(stage)).and_then(|stage| route.stages.get(*stage));
        match missing {
            Some(stage) if needed.iter().any(done) => {
                Err(Refusal::ExaminationUnfinished { number: submission.number, stage: stage.name.clone() })
            }
            _ => Ok(()),
        }
    }

    /// What needs the device in hand and has not begun is taken back when the device leaves.
    fn release_holding(&mut self, submission: &Submission) -> Decided {
        let holds = |a: &Assignment| self.unit.stage_of(a).is_some_and(|stage| stage.holds_device);
        let held: Vec<Assignment> = self.unit.assignments_of(submission).filter(|a| holds(a)).cloned().collect();
        self.release(&held, ReleaseCause::NotReady)
    }
}

/// When the finished stages that held the device ended.
fn held_until<'a>(submission: &'a Submission, route: &'a Route) -> impl Iterator<Item = Timestamp> + 'a {
    let stages = route.stages.iter().zip(&submission.stages).filter(|(stage, _)| stage.holds_device);
    stages.filter_map(|(_, state)| match state {
        StageState::Done(done) => Some(done.end),
        StageState::Open | StageState::Assigned(_) => None,
    })
}

/// Whether a stage holds the device and must be done before it is handed back; on a route that hands nothing back,
/// every one that holds it.
fn before_hand_back(route: &Route, stage: usize) -> bool {
    let Some(mut before) = route.stages.iter().find(|stage| stage.returns_device).map(|stage| stage.after.clone()) else {
        return route.stages.get(stage).is_some_and(|stage| stage.holds_device);
    };
    let mut seen = std::collections::BTreeSet::new();
    while let Some(earlier) = before.pop() {
        if seen.insert(earlier) {
            before.extend(route.stages.get(earlier).iter().flat_map(|stage| stage.after.iter().copied()));
        }
    }
    seen.contains(&stage) && route.stages.get(stage).is_some_and(|stage| stage.holds_device)
}

/// The device is not where this can be done.
fn gone(submission: &Submission, allowed: &'static str) -> Refusal {
    let what = format!("the device of {}", submission.number);
    Refusal::IllegalTransition { what, state: place(&submission.device), allowed }
}

/// Where a device is, in words.
pub(super) fn place(device: &Whereabouts) -> String {
    match device {
        Whereabouts::NotDelivered => "not delivered".into(),
        Whereabouts::At { site, since } => format!("at {site} since {since}"),
        Whereabouts::SignedOut { since } => format!("signed out to an officer since {since}"),
        Whereabouts::Returned { since } => format!("with its owner since {since}"),
    }
}
