//! Breaches: promises that will be, are or were missed.

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
use crate::planner::MilestoneForecast;

/// One missed promise, or one that will be.
///
/// ```json
/// { "id": "B3", "state": "forecast", "submission": "Q12", "reference": { "...": "..." }, "promise": "victim-phone",
///   "milestone": "device_back", "due": "2026-11-24T07:40:00Z", "recorded_due": "2026-11-24T07:40:00Z", "since": "2026-11-23T21:00:00Z",
///   "expected": "2026-11-24T08:45:00Z", "reached_at": null, "late_seconds": 3900, "latest_start_passed": true,
///   "unavoidable": false, "cause": "no PIN (lock state: bfu)", "remedies": [ { "...": "..." } ], "handset_wanted": false,
///   "mitigated_at": null, "acknowledged": null }
/// ```
///
/// `state`: forecast, open (late and not done), closed (done, too late), void (a correction showed that there was nothing to
/// miss), disproved (a late entry showed that it was in time). `due`: as things are known now; `recorded_due`: as they
/// were known when it was recorded, before corrections. `since`: from when it was forecast. `latest_start_passed`: it is
/// on record that nothing was begun on a victim's phone when it had to be, at the latest. `expected`: by the newest plan, behind a
/// shut gate as if it were met now; null where nobody can say, or nobody can do it at all. `late_seconds`: what it was late by,
/// is so far, or will be. `unavoidable`: with present sites and hours nobody could have kept it, however soon everything was done; judged
/// when it was first known and never anew, null below tier 2. `cause`: what keeps it now:
/// what the submission waits for, or why its next step is not sooner, or what is being done; empty once it has ended. `remedies`: what would
/// keep it, cheapest first ([`RemedyView`]), null while that is not worked out and where it is late already or of a tier below 2.
/// `handset_wanted`: the policy promises a replacement handset, and it is late, or will be whatever is done, and the owner has none.
/// `mitigated_at`: since when they have one; the breach counts all the same.
#[derive(Debug, Serialize)]
pub struct BreachView<'a> {
    id: Shown<BreachId>,
    state: &'static str,
    submission: Shown<QueueNumber>,
    reference: Option<Reference<'a>>,
    promise: &'a Word,
    milestone: Milestone,
    due: Timestamp,
    recorded_due: Timestamp,
    since: Option<Timestamp>,
    expected: Option<Timestamp>,
    reached_at: Option<Timestamp>,
    late_seconds: i64,
    latest_start_passed: bool,
    unavoidable: Option<bool>,
    cause: String,
    remedies: Option<Vec<RemedyView>>,
    handset_wanted: bool,
    mitigated_at: Option<Timestamp>,
    acknowledged: Option<AcknowledgedView<'a>>,
}

/// Who answers for a breach; the reason stands in the timeline of its submission.
///
/// ```json
/// { "at": "2026-11-24T09:10:00Z", "by": "Insp 0450" }
/// ```
#[derive(Debug, Serialize)]
struct AcknowledgedView<'a> {
    at: Timestamp,
    by: &'a str,
}

/// A breach, and where the time went.
///
/// On top of [`BreachView`]: `legs`, from when the police took the device until the milestone was reached, or now; they add up to the whole.
///
/// ```json
/// { "legs": [ { "leg": "transport", "seconds": 3600 }, { "leg": "authorisation", "seconds": 5400 }, { "leg": "examination", "seconds": 5700 } ] }
/// ```
///
/// `leg`: transport, booking_in, parked, outside, agreement, legal_basis, authorisation, pin, capacity (all was ready, and nobody
/// had begun), examination, hand_back.
#[derive(Debug, Serialize)]
pub struct BreachInFull<'a> {
    #[serde(flatten)]
    breach: BreachView<'a>,
    legs: Vec<LegView>,
}

#[derive(Debug, Serialize)]
struct LegView {
    leg: Leg,
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
    let next = || view.plan.next_step(submission).map(|step| &step.because[..]);
    match waiting.or_else(next).filter(|_| view.plan.is_current(submission)) {
        Some(reasons) if !reasons.is_empty() => view.text(reasons),
        _ => match state(&view.unit, submission, view.now) {
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
