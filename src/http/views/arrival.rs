//! What came of an arrival, and of whom else that was the cause.

use schemars::JsonSchema;
use serde::Serialize;

use super::View;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::time::Timestamp;
use crate::planner::arrival::{Displaced, toll};

/// What came of a submission when it came; null once two hundred others have come, and where a whole queue came at once.
///
/// ```json
/// { "answer": "fits", "text": "it fits: every promise made to it is kept; 1 promise to others is missed since",
///   "displaced": [ { "submission": "Q7", "promise": "rasso-suspect", "due": "2026-11-24T10:00:00Z",
///                    "was": "2026-11-24T09:30:00Z", "is": "2026-11-24T11:00:00Z" } ], "along_with": 0 }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Arrival")]
pub struct ArrivalView {
    /// Whether every promise made to it was kept when it came: `fits`; `waits` (it fits, were its gates met now);
    /// `cannot_be_met`.
    #[schemars(extend("enum" = ["fits", "waits", "cannot_be_met"]))]
    answer: &'static str,
    /// The same for people, with how many promises to others are missed since.
    text: String,
    /// Promises to others that are missed, or missed by more, since it came; those within the reader's reach: `text` counts
    /// them all.
    displaced: Vec<DisplacedView>,
    /// So many others came at the same time, any of which may have been the cause.
    along_with: usize,
}

/// A promise that is missed, or missed by more, since somebody else came.
///
/// ```json
/// { "submission": "Q7", "promise": "rasso-suspect", "due": "2026-11-24T10:00:00Z", "was": "2026-11-24T09:30:00Z",
///   "is": "2026-11-24T11:00:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Displaced")]
pub struct DisplacedView {
    /// Whose promise; seen from that side, who came. `another submission` where it is out of the reader's reach.
    submission: String,
    /// Which promise, by its name in the policy.
    promise: Word,
    /// When it is late.
    due: Timestamp,
    /// When it was to be reached before.
    was: Timestamp,
    /// When it is to be reached now.
    is: Timestamp,
}

/// What came of a submission.
pub fn arrival(view: &View<'_>, number: QueueNumber) -> Option<ArrivalView> {
    let arrival = view.plan.published.arrivals.get(&number)?;
    // Whose they are is said below, where the reader may know.
    let others = toll(&arrival.displaced, ("is missed since", "are missed since"), &|_| None);
    let others = others.unwrap_or_else(|| "nobody is put back".into());
    let reached = arrival.displaced.iter().filter(|other| view.reaches(other.submission));
    Some(ArrivalView {
        answer: arrival.answer.as_str(),
        text: format!("{}; {others}", arrival.answer),
        displaced: reached.map(|other| displaced(view, other.submission, other)).collect(),
        along_with: arrival.along_with,
    })
}

/// Promises to a submission that are missed, or missed by more, since others came; each with who came.
pub fn displaced_by(view: &View<'_>, number: QueueNumber) -> Vec<DisplacedView> {
    let by = |(came, other): (QueueNumber, &Displaced)| displaced(view, came, other);
    let arrivals = view.plan.published.arrivals.iter();
    let all = arrivals.flat_map(|(came, arrival)| arrival.displaced.iter().map(move |other| (*came, other)));
    all.filter(|(_, other)| other.submission == number).map(by).collect()
}

fn displaced(view: &View<'_>, other: QueueNumber, what: &Displaced) -> DisplacedView {
    DisplacedView { submission: view.name(other), promise: what.promise.clone(), due: what.due, was: what.was, is: what.is }
}
