//! Breaches: promises that will be, are or were missed.

use schemars::JsonSchema;
use serde::Serialize;

use super::remedy::{RemedyView, remedies, wants_handset};
use super::submission::{Reference, reference};
use super::{Shown, View};
use crate::domain::event::Event;
use crate::domain::ids::{BreachId, QueueNumber, Word};
use crate::domain::legs::{Leg, legs};
use crate::domain::policy::Milestone;
use crate::domain::state::{State, state};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Breach, BreachState, Submission};
use crate::http::sla::BreachWord;
use crate::planner::{MilestoneForecast, Reason, Step};

/// One missed promise, or one that will be.
///
/// ```json
/// { "id": "B3", "state": "forecast", "submission": "Q12",
///   "reference": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 }, "promise": "victim-phone",
///   "milestone": "device_back", "due": "2026-11-24T07:40:00Z", "recorded_due": "2026-11-24T07:40:00Z", "since": "2026-11-23T21:00:00Z",
///   "expected": "2026-11-24T08:45:00Z", "reached_at": null, "late_seconds": 3900, "latest_start_passed": true,
///   "unavoidable": false, "cause": "no PIN (lock state: bfu)", "remedies": null, "handset_wanted": false,
///   "mitigated_at": null, "acknowledged": null }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Breach")]
pub struct BreachView<'a> {
    /// Its number.
    id: Shown<BreachId>,
    /// How it stands: `forecast`, `open` (late and not done), `closed` (done, too late), `void` (a correction showed that there
    /// was nothing to miss), `disproved` (a late entry showed that it was in time).
    #[schemars(with = "BreachWord")]
    state: &'static str,
    /// Whose promise it is: a queue number.
    submission: Shown<QueueNumber>,
    /// What names the submission outside; null once redacted.
    reference: Option<Reference<'a>>,
    /// The promise, by its name in the policy.
    promise: &'a Word,
    /// What was promised.
    milestone: Milestone,
    /// When it is late, as things are known now.
    due: Timestamp,
    /// The same as it was known when the breach was recorded, before corrections.
    recorded_due: Timestamp,
    /// From when on it was forecast; null unless it still is.
    since: Option<Timestamp>,
    /// When it is reached by the newest plan, behind a shut gate as if that were met now; null where nobody can say, or nobody
    /// can do it at all.
    expected: Option<Timestamp>,
    /// When it was reached; null before that.
    reached_at: Option<Timestamp>,
    /// Seconds by which it was late, is so far, or will be.
    late_seconds: i64,
    /// Whether it is on record that nothing was begun on a victim's phone when it had to be, at the latest.
    latest_start_passed: bool,
    /// Whether with present sites and hours nobody could have kept it, however soon everything was done; judged when it was
    /// first known and never anew, null below tier 2.
    unavoidable: Option<bool>,
    /// What keeps it now: what the submission waits for, or why its next step is not sooner, or what is being done; empty once
    /// it has ended.
    cause: String,
    /// What would keep it, cheapest first; null while that is not worked out and where it is late already or of a tier below 2.
    remedies: Option<Vec<RemedyView>>,
    /// Whether the policy promises a replacement handset, and it is late, or will be whatever is done.
    handset_wanted: bool,
    /// Since when the owner has a replacement handset: the breach counts all the same; null where they have none.
    mitigated_at: Option<Timestamp>,
    /// Who answers for it; null where nobody does yet.
    acknowledged: Option<AcknowledgedView<'a>>,
}

/// Who answers for a breach; the reason stands in the timeline of its submission.
///
/// ```json
/// { "at": "2026-11-24T09:10:00Z", "by": "Insp 0450" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Acknowledged")]
struct AcknowledgedView<'a> {
    /// When.
    at: Timestamp,
    /// The person.
    by: &'a str,
}

/// A breach, and where the time went.
///
/// On top of what a list says of it.
///
/// ```json
/// { "legs": [ { "leg": "transport", "seconds": 3600 }, { "leg": "authorisation", "seconds": 5400 }, { "leg": "examination", "seconds": 5700 } ] }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
pub struct BreachInFull<'a> {
    #[serde(flatten)]
    breach: BreachView<'a>,
    /// From when the police took the device until the milestone was reached, or now: what took time, in a fixed order. They add up to the
    /// whole.
    legs: Vec<LegView>,
}

/// What a stretch of time went into.
///
/// ```json
/// { "leg": "transport", "seconds": 3600 }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LegOfBreach")]
struct LegView {
    /// What it was.
    leg: Leg,
    /// How long that took in all, in seconds.
    seconds: Seconds,
}

/// A breach of a submission of which all `events` are given, and where the time went.
pub fn in_full<'a>(view: &View<'_>, found: &'a Breach, submission: &'a Submission, events: &[Event]) -> BreachInFull<'a> {
    let route = view.unit.route_of(submission);
    let until = match found.state {
        BreachState::Closed { at } | BreachState::Disproved { at } => at,
        BreachState::Forecast { .. } | BreachState::Open | BreachState::Void => view.now,
    };
    let legs = legs(events, submission, route, found.milestone, until);
    let legs = legs.into_iter().map(|(leg, seconds)| LegView { leg, seconds }).collect();
    BreachInFull { breach: breach(view, found, submission), legs }
}

/// A breach of a submission.
pub fn breach<'a>(view: &View<'_>, breach: &'a Breach, submission: &'a Submission) -> BreachView<'a> {
    let clock = submission.clocks.iter().find(|clock| clock.promise == breach.promise);
    let due = clock.map_or(breach.due, |clock| clock.due);
    let told = expected(view, breach, submission);
    let (since, expected, reached_at) = match breach.state {
        BreachState::Forecast { since, .. } => (Some(since), told, None),
        BreachState::Open => (None, told, None),
        BreachState::Void => (None, None, None),
        BreachState::Closed { at } | BreachState::Disproved { at } => (None, None, Some(at)),
    };
    // What is due already is late by what has passed, whenever it will be reached.
    let at = reached_at.or(expected.filter(|_| due > view.now)).unwrap_or(view.now);
    BreachView {
        id: Shown(breach.id),
        state: breach.state.as_str(),
        submission: Shown(breach.submission),
        reference: reference(submission),
        promise: &breach.promise,
        milestone: breach.milestone,
        due,
        recorded_due: breach.due,
        since,
        expected,
        reached_at,
        late_seconds: (at - due).0.max(0),
        latest_start_passed: submission.too_late.contains(&breach.promise),
        unavoidable: breach.unavoidable,
        cause: if breach.is_standing() { cause(view, submission) } else { String::new() },
        remedies: remedies(view, submission.number, &breach.promise, std::slice::from_ref(breach)),
        handset_wanted: wants_handset(view, submission, breach),
        mitigated_at: breach.mitigated_at,
        acknowledged: breach.acknowledged.as_ref().map(|known| AcknowledgedView { at: known.at, by: &known.by }),
    }
}

/// When its milestone is reached too late, by the newest plan: where its gates are met, or were they met now. What was
/// forecast first, where no plan has the submission as it is.
fn expected(view: &View<'_>, breach: &Breach, submission: &Submission) -> Option<Timestamp> {
    let (number, promise) = (breach.submission, &breach.promise);
    if !view.plan.fits(submission) {
        return if let BreachState::Forecast { expected, .. } = breach.state { expected } else { None };
    }
    let at = |line: &MilestoneForecast| line.at;
    let if_cleared = view.plan.if_cleared(number, promise).map(at).filter(|at| *at > breach.due);
    view.plan.milestone(number, promise).map(at).or(if_cleared)
}

/// What keeps a submission now: a reason to wait, why its next step is not sooner, or else how it stands.
fn cause(view: &View<'_>, submission: &Submission) -> String {
    let waiting = view.plan.waiting(submission.number).next().map(|waiting| &waiting.reasons[..]);
    // What begins at once has no reason to wait; what comes after it may have.
    let steps = || (0..submission.stages.len()).filter_map(|stage| view.plan.step(submission.number, stage));
    let held_up = |step: &&Step| step.because.iter().any(|reason| !matches!(reason, Reason::PreviousStage { .. }));
    let next = || steps().find(held_up).or_else(|| view.plan.next_step(submission)).map(|step| &step.because[..]);
    match waiting.or_else(next).filter(|_| view.plan.is_current(submission)) {
        Some(reasons) if !reasons.is_empty() => view.text(reasons),
        _ => match state(&view.unit, submission, view.now) {
            State::Booked => "the device is to be brought at its appointment",
            State::Requested => "the device is not at its site",
            State::Waiting => "nothing keeps it any longer: it starts next",
            State::Parked => "parked; nobody works on it",
            State::Outside => "outside the unit",
            State::InExamination => "it is being examined",
            State::Examined => "examined; nobody has authorised its return",
            State::ReturnAuthorised => "examined; nobody has fetched it for its owner",
            State::SignedOut => "signed out to an officer; its owner does not have it",
            State::Returned => "returned; results are still to come",
        }
        .into(),
    }
}
