//! Stages of a submission: done, being done, planned, or why not.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Shown, View};
use crate::domain::event::FailureCause;
use crate::domain::ids::{AssignmentId, ResourceId, Slot, Word};
use crate::domain::policy::Gate;
use crate::domain::time::Timestamp;
use crate::domain::unit::{AssignmentState, Failure, StageState, Submission};
use crate::planner::reason::Said;

/// One stage of the route.
///
/// ```json
/// { "stage": "extract", "state": "planned", "resource": "kiosk-north-1", "slot": 1, "assignment": null,
///   "start": "2026-11-23T08:45:00Z", "end": "2026-11-23T09:41:00Z",
///   "reasons": [{ "kind": "previous_stage", "stage": "prepare", "until": "2026-11-23T08:45:00Z", "text": "after prepare, ..." }],
///   "text": "after prepare, done Mon 23 Nov 08:45", "failures": [] }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Stage")]
pub struct StageView<'a> {
    /// Its name in the route.
    stage: &'a Word,
    /// How it stands: `done`; `started`, `accepted`, `offered` (an assignment); `planned` (a step of the plan); `waiting` (no
    /// place: `reasons` say why); `ended` (not done, and not to be done).
    #[schemars(extend("enum" = ["done", "started", "paused", "accepted", "offered", "planned", "waiting", "ended"]))]
    state: &'static str,
    /// Who or what does it; null where it has no place, and for the trip home.
    resource: Option<ResourceId>,
    /// Which place of the resource, from 1.
    slot: Option<u32>,
    /// Its assignment, where it has one.
    assignment: Option<Shown<AssignmentId>>,
    /// When it begins, or began; null where it has no place.
    start: Option<Timestamp>,
    /// When it ends, or ended; null where it has no place.
    end: Option<Timestamp>,
    /// Why it is not sooner, or has no place.
    reasons: Vec<Said<'a>>,
    /// The same in one line, with the last failure.
    text: String,
    /// Where it was tried and could not be done.
    failures: Vec<FailureView<'a>>,
}

/// One time that a stage could not be done.
///
/// ```json
/// { "resource": "kiosk-north-1", "at": "2026-11-23T08:50:00Z", "cause": "pin_wrong", "attempts_left": 3 }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
struct FailureView<'a> {
    /// On what.
    resource: &'a ResourceId,
    /// When.
    at: Timestamp,
    /// What went wrong.
    cause: FailureCause,
    /// How many more wrong PINs the device takes; null where nobody saw that.
    attempts_left: Option<u32>,
}

/// What is said in place of reasons until the next plan has what changed.
pub const CHANGED: &str = "changed a moment ago; the next plan has it";

/// Every stage of the route, in its order.
pub fn stages<'a>(view: &'a View<'_>, submission: &'a Submission) -> Vec<StageView<'a>> {
    let route = view.unit.route_of(submission);
    let stages = route.into_iter().flat_map(|route| route.stages.iter().enumerate());
    let seen = stages.map(|(index, stage)| {
        let seen = self::stage(view, submission, index, &stage.name);
        let failures: Vec<&Failure> = submission.failures.iter().filter(|failure| failure.stage == index).collect();
        let text = match failures.last() {
            Some(last) if seen.text.is_empty() => failed(view, last),
            Some(last) => format!("{}; {}", failed(view, last), seen.text),
            None => seen.text,
        };
        let view =
            |f: &'a Failure| FailureView { resource: &f.resource, at: f.at, cause: f.cause, attempts_left: f.attempts_left };
        let failures = failures.into_iter().map(view).collect();
        StageView { text, failures, ..seen }
    });
    seen.collect()
}

/// A failure in words.
pub fn failed(view: &View<'_>, failure: &Failure) -> String {
    let Failure { resource, at, cause, attempts_left, .. } = failure;
    let left = attempts_left.map_or_else(String::new, |left| format!(", {left} attempts left"));
    format!("failed on {resource} {} ({}{left})", view.unit.establishment.zone.show(*at), cause.as_str().replace('_', " "))
}

fn stage<'a>(view: &'a View<'_>, submission: &Submission, index: usize, name: &'a Word) -> StageView<'a> {
    let blank = StageView {
        stage: name,
        state: "waiting",
        resource: None,
        slot: None,
        assignment: None,
        start: None,
        end: None,
        reasons: Vec::new(),
        text: String::new(),
        failures: Vec::new(),
    };
    let on = |slot: Option<&Slot>, blank| StageView {
        resource: slot.map(|s| s.resource.clone()),
        slot: slot.map(|s| s.slot),
        ..blank
    };
    if let Some(StageState::Dropped(done)) = submission.stages.get(index) {
        let text = "its examination was ended: it is not to be done".into();
        return StageView { state: "ended", end: Some(done.end), text, ..blank };
    }
    if let Some(StageState::Done(done)) = submission.stages.get(index) {
        return StageView { state: "done", start: Some(done.start), end: Some(done.end), ..on(done.slot.as_ref(), blank) };
    }
    let step = view.plan.step(submission.number, index).filter(|_| view.plan.fits(submission));
    let reasons = step.map_or(&[][..], |step| &step.because);
    let blank = StageView { reasons: view.reasons(reasons), text: view.text(reasons), ..blank };
    if let Some(assignment) = view.unit.assignment_of(submission, index) {
        // What was offered slides with the plan until somebody takes it on.
        let offered = assignment.state == AssignmentState::Offered;
        if let Some(step) = step.filter(|step| offered && step.slot.as_ref() == Some(&assignment.slot)) {
            let assignment = Some(Shown(assignment.id));
            let (start, end) = (Some(step.start), Some(step.end));
            return StageView { state: "offered", assignment, start, end, ..on(step.slot.as_ref(), blank) };
        }
        return StageView {
            state: word(assignment.state),
            assignment: Some(Shown(assignment.id)),
            start: Some(assignment.begun()),
            end: Some(assignment.end),
            ..on(Some(&assignment.slot), blank)
        };
    }
    match step {
        Some(step) => {
            StageView { state: "planned", start: Some(step.start), end: Some(step.end), ..on(step.slot.as_ref(), blank) }
        }
        None => waiting(view, submission, index, blank),
    }
}

fn waiting<'a>(view: &'a View<'_>, submission: &Submission, index: usize, blank: StageView<'a>) -> StageView<'a> {
    let mut waiting = view.plan.waiting(submission.number).filter(|_| view.plan.is_current(submission));
    match waiting.find(|waiting| waiting.stage == Some(index)) {
        Some(waiting) => StageView { reasons: view.reasons(&waiting.reasons), text: view.text(&waiting.reasons), ..blank },
        None if !view.unit.submissions.contains_key(&submission.number) => {
            StageView { state: "ended", text: "the submission is closed: it is not to be done".into(), ..blank }
        }
        None => StageView { text: CHANGED.into(), ..blank },
    }
}

/// How an assignment stands, in one word.
pub const fn word(state: AssignmentState) -> &'static str {
    match state {
        AssignmentState::Offered => "offered",
        AssignmentState::Accepted { .. } => "accepted",
        AssignmentState::Started { .. } => "started",
        AssignmentState::Paused { .. } => "paused",
    }
}

/// One gate of the route.
///
/// ```json
/// { "gate": "authorisation", "open": true, "since": "2026-11-23T08:30:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GateState")]
pub struct GateView {
    /// Which gate.
    gate: Gate,
    /// Whether it is met.
    open: bool,
    /// From when; null where nothing is recorded, or where what is recorded has no time.
    since: Option<Timestamp>,
}

/// Every gate of the route, in the order in which they are judged.
pub fn gates(view: &View<'_>, submission: &Submission) -> Vec<GateView> {
    let Some(route) = view.unit.route_of(submission) else { return Vec::new() };
    let gone = submission.left_unexamined(route);
    let shut: Vec<Gate> = submission.shut_gates(route, view.now).collect();
    let gates = Gate::ALL.into_iter().filter(|gate| route.gates.contains(gate) || shut.contains(gate));
    gates
        .map(|gate| GateView {
            gate,
            open: !shut.contains(&gate),
            // Delivered once, and gone again: since when that is so is no time at which it was met.
            since: submission.facts.gate_opens(gate).filter(|at| *at > Timestamp::MIN && !(gate == Gate::Delivery && gone)),
        })
        .collect()
}
