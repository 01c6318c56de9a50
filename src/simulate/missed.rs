//! Promises that were missed in a run, one by one, each with where its time went: what a share of late ones is made of.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::clocks::Clock;
use crate::domain::event::Event;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::legs::{Leg, legs};
use crate::domain::policy::Route;
use crate::domain::time::Timestamp;
use crate::domain::unit::Submission;

/// A promise that was missed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Missed {
    /// Whose.
    pub submission: QueueNumber,
    /// Which.
    pub promise: Word,
    /// When the police took the device.
    pub taken_at: Timestamp,
    /// When it was due.
    pub due: Timestamp,
    /// When its milestone was reached; null where it was not by the end.
    pub reached: Option<Timestamp>,
    /// Whether nobody could have kept it with the sites and hours there are; null where that is not judged.
    pub unavoidable: Option<bool>,
    /// Seconds of each leg, from when the device was taken until the milestone was reached, or the end.
    pub legs: BTreeMap<Leg, i64>,
}

impl Missed {
    /// Of a submission of which all is known that happened to it.
    pub(super) fn of(
        (submission, route, events): (&Submission, Option<&Route>, &[Event]),
        (clock, reached): (&Clock, Option<Timestamp>),
        unavoidable: Option<bool>,
        until: Timestamp,
    ) -> Self {
        let spent = legs(events, submission, route, clock.milestone, reached.unwrap_or(until));
        Self {
            submission: submission.number,
            promise: clock.promise.clone(),
            taken_at: submission.facts.taken_at,
            due: clock.due,
            reached,
            unavoidable,
            legs: spent.into_iter().map(|(leg, seconds)| (leg, seconds.0)).collect(),
        }
    }
}
