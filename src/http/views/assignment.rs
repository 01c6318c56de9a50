//! Assignments: what is next at a resource, and what it needs to be done.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::stage::word;
use super::submission::{Reference, reference};
use super::{Shown, View};
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, Word};
use crate::domain::submission::LockState;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Assignment, AssignmentState, Submission};

/// Work that a resource was given.
///
/// ```json
/// { "id": "A5", "state": "offered", "submission": "Q12",
///   "reference": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 },
///   "stage": "extract", "resource": "kiosk-north-1", "slot": 1, "start": "2026-11-23T08:45:00Z", "end": "2026-11-23T09:41:00Z",
///   "since": null, "held_by": null, "review_at": null, "tier": 1, "device": "phone", "make": "Apple", "model": "iPhone 14", "storage_gb": 128,
///   "lock_state": "pin_held", "scope": ["messages", "photos"], "scope_from": "2026-09-01", "scope_to": "2026-11-22",
///   "promise": "victim-phone", "due": "2026-11-24T07:40:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Assignment")]
pub struct AssignmentView<'a> {
    /// Its number.
    id: Shown<AssignmentId>,
    /// How it stands: `offered`, `accepted` or `started`.
    #[schemars(extend("enum" = ["offered", "accepted", "started", "paused"]))]
    state: &'static str,
    /// Whose stage it is: a queue number.
    submission: Shown<QueueNumber>,
    /// What names the submission outside; null once redacted.
    reference: Option<Reference<'a>>,
    /// The stage to be done; null where its route is no longer known.
    stage: Option<&'a Word>,
    /// Who or what it was given to.
    resource: &'a ResourceId,
    /// Which place of the resource, from 1.
    slot: u32,
    /// When it begins, or began.
    start: Timestamp,
    /// When it is expected to end.
    end: Timestamp,
    /// Since when it is accepted, started or paused.
    since: Option<Timestamp>,
    /// Who took it on or works on it.
    held_by: Option<&'a str>,
    /// When somebody looks whether it goes on; null where its length is known, and before it is begun.
    review_at: Option<Timestamp>,
    /// Tier of the submission now, 0 (highest) to 5.
    tier: u8,
    /// Kind of device: a word of the policy.
    device: &'a Word,
    /// Maker of the device; null where not known.
    make: Option<&'a str>,
    /// Its model; null where not known.
    model: Option<&'a str>,
    /// Its storage in GB; null where not known.
    storage_gb: Option<u32>,
    /// Whether it can be opened.
    lock_state: LockState,
    /// Kinds of data that may be taken: whoever does the work must know it, and it leaves for its site alone. Empty: not
    /// limited on record.
    scope: &'a [String],
    /// First day of the data that may be taken; null where not limited.
    scope_from: Option<NaiveDate>,
    /// Last day of the data that may be taken; null where not limited.
    scope_to: Option<NaiveDate>,
    /// The running promise that comes first; null where none runs.
    promise: Option<&'a Word>,
    /// When that promise is late.
    due: Option<Timestamp>,
}

/// An assignment and the device it is about.
pub fn assignment<'a>(view: &'a View<'_>, assignment: &'a Assignment, submission: &'a Submission) -> AssignmentView<'a> {
    let particulars = submission.particulars.as_ref();
    let first = submission.running(view.now).min_by_key(|clock| (clock.tier, clock.due));
    AssignmentView {
        id: Shown(assignment.id),
        state: word(assignment.state),
        submission: Shown(submission.number),
        reference: reference(submission),
        stage: view.unit.stage_of(assignment).map(|stage| &stage.name),
        resource: &assignment.slot.resource,
        slot: assignment.slot.slot,
        start: assignment.start,
        end: assignment.end,
        since: match assignment.state {
            AssignmentState::Offered => None,
            AssignmentState::Accepted { at } | AssignmentState::Started { at } | AssignmentState::Paused { at } => Some(at),
        },
        held_by: assignment.held_by.as_deref(),
        review_at: assignment.review_at,
        tier: submission.tier(view.now),
        device: &submission.facts.device,
        make: particulars.and_then(|p| p.make.as_deref()),
        model: particulars.and_then(|p| p.model.as_deref()),
        storage_gb: submission.facts.storage_gb,
        lock_state: submission.facts.lock_state,
        scope: particulars.map_or(&[], |p| &p.scope),
        scope_from: particulars.and_then(|p| p.scope_from),
        scope_to: particulars.and_then(|p| p.scope_to),
        promise: first.map(|clock| &clock.promise),
        due: first.map(|clock| clock.due),
    }
}

/// What a resource is planned to do after what it was given.
///
/// ```json
/// { "submission": "Q14", "stage": "extract", "slot": 1, "start": "2026-11-23T10:00:00Z", "end": "2026-11-23T10:56:00Z",
///   "text": "after prepare, done Mon 23 Nov 10:00" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PlannedWork")]
pub struct NextView<'a> {
    /// Its queue number; `another submission` where it is out of the reader's reach: then nothing is told but that the slot
    /// is taken.
    submission: String,
    /// The stage to be done; null where it is out of reach.
    stage: Option<&'a Word>,
    /// Which place of the resource, from 1.
    slot: u32,
    /// When it begins by the plan.
    start: Timestamp,
    /// When it ends by the plan.
    end: Timestamp,
    /// Why it is not sooner; empty where nothing keeps it.
    text: String,
}

/// Planned steps of a resource that are not assignments yet, soonest first.
pub fn next<'a>(view: &'a View<'_>, resource: &ResourceId) -> impl Iterator<Item = NextView<'a>> {
    let published = &view.plan.published;
    let planned = view.plan.on(resource).filter(|step| {
        let submission = view.unit.submissions.get(&step.submission);
        submission
            .is_some_and(|submission| view.plan.fits(submission) && view.unit.assignment_of(submission, step.stage).is_none())
    });
    planned.map(|step| NextView {
        submission: view.name(step.submission),
        stage: published
            .unit
            .submissions
            .get(&step.submission)
            .filter(|_| view.reaches(step.submission))
            .and_then(|submission| published.unit.route_of(submission)?.stages.get(step.stage))
            .map(|stage| &stage.name),
        slot: step.slot.as_ref().map_or(1, |slot| slot.slot),
        start: step.start,
        end: step.end,
        text: if view.reaches(step.submission) { view.text(&step.because) } else { String::new() },
    })
}
