//! Appointments: a time is kept on a slot for the device that somebody brings then, often an owner who waits for it.
//!
//! Nobody else's work is placed, taken on or begun in that time. It is kept until work on the device is taken on at that
//! resource or elsewhere, and no longer than it lasts; what was made and never came of it is ended on record by the daemon.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Assignment, Row, StageState, Submission, Unit};
use crate::domain::establishment::Resource;
use crate::domain::ids::{QueueNumber, Slot};
use crate::domain::policy::Stage;
use crate::domain::submission::words;
use crate::domain::time::Timestamp;

/// A time that is kept on a slot for one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// On which slot.
    pub slot: Slot,
    /// First instant.
    pub from: Timestamp,
    /// First instant that is not kept.
    pub until: Timestamp,
}

/// Found by it: whatever has an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Booked;

impl Row for Arc<Submission> {
    type By = Booked;

    fn by(&self) -> Option<Booked> {
        self.appointment.as_ref().map(|_| Booked)
    }
}

words!(
    /// Why an appointment is no more.
    AppointmentEnd {
        /// Somebody called it off.
        Cancelled = "cancelled",
        /// Its time went by, and nothing was begun.
        Missed = "missed",
        /// It could not come about any more: its work was taken on elsewhere or is not to be done, or the resource does no such work now.
        Overtaken = "overtaken",
    }
);

impl Appointment {
    /// Whether its time touches [start, end).
    pub fn touches(&self, start: Timestamp, end: Timestamp) -> bool {
        self.from < end && start < self.until
    }
}

impl Unit {
    /// The appointment of a submission for which time is kept at `now`, or from later on.
    pub fn keeps_time_for<'a>(&self, submission: &'a Submission, now: Timestamp) -> Option<&'a Appointment> {
        let kept = submission.appointment.as_ref().filter(|kept| now < kept.until)?;
        let mut there = self.assignments_of(submission).filter(|work| work.slot.resource == kept.slot.resource);
        (self.can_come_about(submission, kept) && !there.any(Assignment::is_taken_on)).then_some(kept)
    }

    /// Whether an appointment can still come to what it was made for: there is such a slot, and work that it could do which nobody has
    /// taken on.
    pub fn can_come_about(&self, submission: &Submission, kept: &Appointment) -> bool {
        let resource = self.establishment.resource(&kept.slot.resource);
        let resource = resource.filter(|resource| (1..=resource.slots).contains(&kept.slot.slot));
        resource.is_some_and(|resource| self.stage_for(submission, resource).is_some())
    }

    /// Every appointment for which time is kept at `now`, or from later on.
    pub fn appointments(&self, now: Timestamp) -> impl Iterator<Item = (&Arc<Submission>, &Appointment)> {
        let booked = self.submissions.found(Booked, QueueNumber(i64::MIN));
        booked.filter_map(move |submission| Some((submission, self.keeps_time_for(submission, now)?)))
    }

    /// The first stage of a submission, with its index, that nobody has done or taken on, that needs its device in hand, and that a
    /// resource can do.
    pub fn stage_for(&self, submission: &Submission, resource: &Resource) -> Option<(usize, &Stage)> {
        let facts = &submission.facts;
        let can = |stage: &Stage| {
            stage.holds_device && stage.by.contains(&resource.kind) && resource.can(&stage.name, facts.level, &facts.device)
        };
        let stages = self.route_of(submission)?.stages.iter().zip(&submission.stages).enumerate();
        let is_left = |index: usize, state: &StageState| {
            !state.is_over() && !self.assignment_of(submission, index).is_some_and(Assignment::is_taken_on)
        };
        stages.filter(|(i, (stage, state))| can(stage) && is_left(*i, state)).map(|(i, (stage, _))| (i, stage)).next()
    }
}
