//! Where the device is: delivered, moved, signed out. Each move names a person and comes after the one
//! before, so that the record is the device's continuity (chain of custody).

use super::aside::{Hands, handed};
use super::intake::unknown_site;
use super::{Decided, Draft, named};
use crate::domain::event::{Change, ReleaseCause};
use crate::domain::ids::{QueueNumber, SiteId};
use crate::domain::policy::Route;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Assignment, StageState, Submission, Whereabouts};

impl Draft<'_> {
    pub(super) fn deliver(&mut self, number: QueueNumber, site: &SiteId, at: Timestamp, hands: Hands<'_>) -> Decided {
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
        match submission.device {
            Whereabouts::SignedOut { .. } => return Err(gone(&submission, "return, or a move back to a site")),
            Whereabouts::Outside { .. } => return Err(gone(&submission, "its return from there")),
            _ => {}
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
        self.record(at, Change::Delivered { number, site: site.clone(), at, clocks }, handed(hands)?)
    }

    pub(super) fn relocate(&mut self, number: QueueNumber, site: &SiteId, at: Timestamp, hands: Hands<'_>) -> Decided {
        let submission = self.submission(number)?;
        self.known_site(site)?;
        match &submission.device {
            Whereabouts::At { site: there, .. } if there == site => return Ok(()),
            Whereabouts::At { .. } | Whereabouts::SignedOut { .. } => {}
            Whereabouts::NotDelivered => return Err(gone(&submission, "delivery, or return")),
            Whereabouts::Outside { .. } => return Err(gone(&submission, "its return from there")),
            Whereabouts::Returned { .. } => return Err(gone(&submission, "a further request")),
        }
        self.in_nobodys_hands(&submission)?;
        self.after_what_came_before("at", at, &submission)?;
        self.record(at, Change::Moved { number, site: site.clone(), at }, handed(hands)?)
    }

    /// Signed out to an officer who takes it to its owner: the clock runs on until the owner has it.
    pub(super) fn collect(&mut self, number: QueueNumber, at: Timestamp, (by, seal): (&str, Option<&str>)) -> Decided {
        named("by", by)?;
        let submission = self.submission(number)?;
        match &submission.device {
            Whereabouts::At { .. } => {}
            Whereabouts::SignedOut { since } if *since == at => return Ok(()),
            Whereabouts::SignedOut { .. } => return Err(gone(&submission, "return, or a move back to a site")),
            Whereabouts::NotDelivered => return Err(gone(&submission, "delivery, or return")),
            Whereabouts::Outside { .. } => return Err(gone(&submission, "its return from there")),
            Whereabouts::Returned { .. } => return Err(gone(&submission, "a further request")),
        }
        self.may_leave(&submission)?;
        self.after_what_came_before("at", at, &submission)?;
        self.release_unreachable(&submission)?;
        self.record(at, Change::Collected { number, at }, handed((Some(by), seal))?)
    }

    pub(super) fn known_site(&self, site: &SiteId) -> Decided {
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
    pub(super) fn after_what_came_before(&self, field: &'static str, at: Timestamp, submission: &Submission) -> Decided {
        let (mut first, mut what) = match &submission.device {
            Whereabouts::NotDelivered => (submission.facts.taken_at, "the device was taken"),
            Whereabouts::At { since, .. } => (*since, "it got to where it is"),
            Whereabouts::SignedOut { since } => (*since, "it was signed out"),
            Whereabouts::Outside { since, .. } => (*since, "it went outside"),
            Whereabouts::Returned { since, .. } => (*since, "it was returned"),
        };
        for end in self.unit.route_of(submission).into_iter().flat_map(|route| held_until(submission, route)) {
            if end > first {
                (first, what) = (end, "the last work on it ended");
            }
        }
        self.happened(field, at, first, what)
    }

    /// What has not begun and can't any more is taken back when the device leaves: what needs it in hand, and on a device
    /// that goes unexamined everything, since its gate of delivery is shut from then on.
    pub(super) fn release_unreachable(&mut self, submission: &Submission) -> Decided {
        let unexamined = self.unit.route_of(submission).is_some_and(|route| submission.is_unexamined(route));
        let holds = |a: &Assignment| self.unit.stage_of(a).is_some_and(|stage| stage.holds_device);
        let ended: Vec<Assignment> = self.unit.assignments_of(submission).filter(|a| unexamined || holds(a)).cloned().collect();
        self.release(&ended, ReleaseCause::NotReady)
    }
}

/// When the finished stages that held the device ended, its hand-back apart.
fn held_until<'a>(submission: &'a Submission, route: &'a Route) -> impl Iterator<Item = Timestamp> + 'a {
    let stages = route.stages.iter().zip(&submission.stages).filter(|(stage, _)| stage.holds_device && !stage.returns_device);
    stages.filter_map(|(_, state)| match state {
        StageState::Done(done) => Some(done.end),
        StageState::Open | StageState::Assigned(_) | StageState::Dropped(_) => None,
    })
}

/// The device is not where this can be done.
pub(super) fn gone(submission: &Submission, allowed: &'static str) -> Refusal {
    let what = format!("the device of {}", submission.number);
    Refusal::IllegalTransition { what, state: place(&submission.device), allowed }
}

/// Where a device is, in words.
pub(super) fn place(device: &Whereabouts) -> String {
    match device {
        Whereabouts::NotDelivered => "not delivered".into(),
        Whereabouts::At { site, since } => format!("at {site} since {since}"),
        Whereabouts::SignedOut { since } => format!("signed out to an officer since {since}"),
        Whereabouts::Outside { since, provider, .. } => format!("outside, with {provider}, since {since}"),
        Whereabouts::Returned { since, .. } => format!("with its owner since {since}"),
    }
}
