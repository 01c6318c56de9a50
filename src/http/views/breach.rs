//! Breaches: promises that will be, are or were missed.

use serde::Serialize;

use super::submission::{Reference, reference};
use super::{Shown, View};
use crate::domain::ids::{BreachId, QueueNumber, Word};
use crate::domain::policy::Milestone;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, BreachState, Submission};

/// One missed promise, or one that will be.
///
/// ```json
/// { "id": "B3", "state": "forecast", "submission": "Q12", "reference": { "...": "..." }, "promise": "victim-phone",
///   "milestone": "device_back", "due": "2026-11-24T07:40:00Z", "since": "2026-11-23T21:00:00Z",
///   "expected": "2026-11-24T08:45:00Z", "reached_at": null, "late_seconds": 3900, "cause": "no PIN (lock state: bfu)" }
/// ```
///
/// `state`: forecast, open (late and not done), closed (done, too late), disproved (a late entry showed that it was in time).
/// `since`: from when it was forecast. `cause`: what the submission waits for now; empty where nothing.
#[derive(Debug, Serialize)]
pub struct BreachView<'a> {
    id: Shown<BreachId>,
    state: &'static str,
    submission: Shown<QueueNumber>,
    reference: Option<Reference<'a>>,
    promise: &'a Word,
    milestone: Milestone,
    due: Timestamp,
    since: Option<Timestamp>,
    expected: Option<Timestamp>,
    reached_at: Option<Timestamp>,
    late_seconds: i64,
    cause: String,
}

/// A breach of a submission.
pub fn breach<'a>(view: &View<'_>, breach: &'a Breach, submission: &'a Submission) -> BreachView<'a> {
    let planned = view.plan.milestone(breach.submission, &breach.promise).map(|line| line.at);
    let (since, expected, reached_at) = match breach.state {
        BreachState::Forecast { since, expected } => (Some(since), planned.or(expected), None),
        BreachState::Open => (None, planned, None),
        BreachState::Closed { at } | BreachState::Disproved { at } => (None, None, Some(at)),
    };
    let at = reached_at.or(expected).unwrap_or(view.now);
    let waiting = view.plan.waiting(breach.submission).next().filter(|_| reached_at.is_none());
    BreachView {
        id: Shown(breach.id),
        state: breach.state.as_str(),
        submission: Shown(breach.submission),
        reference: reference(submission),
        promise: &breach.promise,
        milestone: breach.milestone,
        due: breach.due,
        since,
        expected,
        reached_at,
        late_seconds: (at - breach.due).0.max(0),
        cause: waiting.map(|waiting| view.text(&waiting.reasons)).unwrap_or_default(),
    }
}
