//! Appointments: a time is kept on a slot for the device that somebody brings then, often an owner who waits for it.
//!
//! Nobody else's work is placed, taken on or begun in that time. It is kept until work on the device is taken on at that
//! resource, and no longer than it lasts; what was made and never came of it is ended on record by the daemon.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Assignment, AssignmentState, StageState, Submission, Unit};
use crate::domain::establishment::Resource;
use crate::domain::ids::Slot;
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

words!(
    /// Why an appointment is no more.
    AppointmentEnd {
        /// Somebody called it off.
        Cancelled = "cancelled",
        /// Its time went by, and nothing was begun.
        Missed = "missed",
        /// The resource is no longer of the unit, or does no such work any more.
        ResourceGone = "resource_gone",
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
        let appointment = submission.appointment.as_ref().filter(|appointment| now < appointment.until)?;
        let resource = self.establishment.resource(&appointment.slot.resource)?;
        let taken_on =
            |assignment: &Assignment| assignment.slot.resource == resource.id && assignment.state != AssignmentState::Offered;
        let is_of_use = (1..=resource.slots).contains(&appointment.slot.slot)
            && self.stage_for(submission, resource).is_some()
            && !self.assignments_of(submission).any(taken_on);
        is_of_use.then_some(appointment)
    }

    /// Every appointment for which time is kept at `now`, or from later on.
    pub fn appointments(&self, now: Timestamp) -> impl Iterator<Item = (&Arc<Submission>, &Appointment)> {
        self.submissions.values().filter_map(move |submission| Some((submission, self.keeps_time_for(submission, now)?)))
    }

    /// The first stage of a submission that is not over, needs its device in hand and can be done by a resource, with its index.
    pub fn stage_for(&self, submission: &Submission, resource: &Resource) -> Option<(usize, &Stage)> {
        let facts = &submission.facts;
        let can = |stage: &Stage| {
            stage.holds_device && stage.by.contains(&resource.kind) && resource.can(&stage.name, facts.level, &facts.device)
        };
        let stages = self.route_of(submission)?.stages.iter().zip(&submission.stages).enumerate();
        stages.filter(|(_, (stage, state))| !StageState::is_over(state) && can(stage)).map(|(i, (stage, _))| (i, stage)).next()
    }
}
