//! How a submission stands, in one word: derived from what is recorded, never stored. Published backlogs disagree
//! because these states get mixed.

use super::policy::{Milestone, Stage};
use super::submission::words;
use super::time::Timestamp;
use super::unit::{StageState, Submission, Unit, Whereabouts, reached};

words!(
    /// Where a request and its device are.
    State {
        /// Somebody brings the device at an appointed time; it is not at its site.
        Booked = "booked",
        /// The police have the device; it is not at its site.
        Requested = "requested",
        /// Delivered, and nothing begun.
        Waiting = "waiting",
        /// Nobody works on it until somebody takes it up again; its clocks run.
        Parked = "parked",
        /// With somebody outside the unit, who examines it; its clocks run.
        Outside = "outside",
        /// Work that needs the device has begun.
        InExamination = "in_examination",
        /// All work that needs the device is done, or is not to be done any more.
        Examined = "examined",
        /// The same, and it may go back.
        ReturnAuthorised = "return_authorised",
        /// An officer has it, to bring it to its owner.
        SignedOut = "signed_out",
        /// Its owner has it.
        Returned = "returned",
    }
);

words!(
    /// How its results stand.
    Results {
        /// Not all work that leads to them is done.
        Pending = "pending",
        /// It is.
        MadeAvailable = "made_available",
        /// The officer in the case has opened them.
        Opened = "opened",
        /// The examination was ended before that.
        NotWanted = "not_wanted",
    }
);

/// Where a submission, open or closed, and its device are at `now`.
pub fn state(unit: &Unit, submission: &Submission, now: Timestamp) -> State {
    match &submission.device {
        Whereabouts::Returned { .. } => State::Returned,
        Whereabouts::SignedOut { .. } => State::SignedOut,
        Whereabouts::Outside { .. } => State::Outside,
        _ if submission.parked.is_some() => State::Parked,
        Whereabouts::NotDelivered if unit.keeps_time_for(submission, now).is_some() => State::Booked,
        Whereabouts::NotDelivered => State::Requested,
        Whereabouts::At { since, .. } if *since > now => State::Requested,
        Whereabouts::At { .. } => at_a_site(unit, submission),
    }
}

fn at_a_site(unit: &Unit, submission: &Submission) -> State {
    let holds = |stage: &Stage| stage.holds_device;
    let route = unit.route_of(submission);
    let holding: Vec<&StageState> = route
        .iter()
        .flat_map(|route| &route.stages)
        .zip(&submission.stages)
        .filter(|(stage, _)| holds(stage))
        .map(|(_, s)| s)
        .collect();
    if !holding.is_empty() && holding.iter().all(|state| state.is_over()) {
        return if submission.facts.return_authorised { State::ReturnAuthorised } else { State::Examined };
    }
    let begun = unit.assignments_of(submission).any(|a| a.begun_at().is_some() && unit.stage_of(a).is_some_and(holds));
    if begun || holding.iter().any(|state| state.is_over()) { State::InExamination } else { State::Waiting }
}

/// How the results of a submission stand; none where its route leads to none.
pub fn results(unit: &Unit, submission: &Submission) -> Option<Results> {
    let route = unit.route_of(submission)?;
    match reached(submission, Some(route), Milestone::Results) {
        Some(_) if submission.results_received_at.is_some() => Some(Results::Opened),
        Some(_) => Some(Results::MadeAvailable),
        None if submission.removed.is_some() => Some(Results::NotWanted),
        None => Some(Results::Pending),
    }
}
