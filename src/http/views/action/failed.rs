//! What somebody must see to at a bench: a machine that failed, how else a device is examined, a run of which nobody knows how
//! long it takes.

use serde_json::json;

use super::{AHEAD, ActionView, action_view};
use crate::domain::actions::ActionKind;
use crate::domain::event::FailureCause;
use crate::domain::ids::AssignmentId;
use crate::domain::policy::NextStep;
use crate::domain::unit::{Failure, StageState, Submission};
use crate::http::access::Role;
use crate::http::views::View;
use crate::http::views::stage::failed;

/// What somebody must see to after a stage failed: the machine that did, or how a device is examined that the tool can't do or
/// that failed more than once. Until the stage is done, the machine is out of use, or something else is asked for.
pub(super) fn failures<'a>(view: &View<'_>, submission: &'a Submission) -> Vec<ActionView<'a>> {
    let mut wanted = Vec::new();
    for (stage, state) in submission.stages.iter().enumerate().filter(|(_, state)| !state.is_over()) {
        let of_stage = || submission.failures.iter().filter(|failure| failure.stage == stage);
        let Some(last) = of_stage().next_back() else { continue };
        let began = |id: &AssignmentId| view.unit.assignments.get(id).is_some_and(|assignment| assignment.begun_at().is_some());
        if matches!(state, StageState::Assigned(id) if began(id)) {
            continue;
        }
        if last.cause == FailureCause::Machine {
            wanted.extend(broken_machine(view, submission, last));
        } else if is_to_be_decided(view, submission, stage) {
            let text =
                format!("decide how it is examined: it {}; at another level, on another machine, or not", failed(view, last));
            let body = json!({ "field": "level", "value": (submission.facts.level + 1).to_string(), "reason": "" });
            let who = (Role::Supervisor, false, None);
            wanted.push(action_view(view, submission, (ActionKind::Correction, text.into()), who, (None, false), body));
        }
    }
    wanted
}

/// Whether a supervisor decides what follows: the policy says so, or what it says can't be done.
fn is_to_be_decided(view: &View<'_>, submission: &Submission, stage: usize) -> bool {
    match view.unit.follows(submission, stage) {
        Some(NextStep::Decide | NextStep::LevelUp) => true,
        Some(NextStep::Park) => submission.parked.is_none(),
        Some(NextStep::Elsewhere) => view.unit.barred(submission, stage).is_empty(),
        Some(NextStep::Again | NextStep::AskPin) | None => false,
    }
}

/// Runs of unknown length that are to be looked at within a day, or should have been.
pub(super) fn reviews<'a>(view: &View<'_>, submission: &'a Submission) -> Vec<ActionView<'a>> {
    let begun = view.unit.assignments_of(submission).filter(|work| work.started_at().is_some());
    let due = begun.filter_map(|work| Some((work, work.review_at.filter(|review_at| *review_at <= view.now + AHEAD)?)));
    let wanted = due.map(|(work, review_at)| {
        let resource = view.unit.establishment.resource(&work.slot.resource);
        let text = format!("see whether {} goes on, or is given up, on {}", work.id, work.slot.resource);
        let who = (Role::Practitioner, false, resource.map(|resource| &resource.site));
        let by = if review_at > view.now { (Some(review_at), false) } else { (None, true) };
        let mut wanted = action_view(view, submission, (ActionKind::Review, text.into()), who, by, json!({ "reason": "" }));
        wanted.who.team = None;
        wanted.call.iter_mut().for_each(|call| call.path = format!("/v1/assignments/{}/review", work.id));
        wanted
    });
    wanted.collect()
}

fn broken_machine<'a>(view: &View<'_>, submission: &'a Submission, last: &'a Failure) -> Option<ActionView<'a>> {
    let id = &last.resource;
    let (resource, seen_to) = (view.unit.establishment.resource(id), view.unit.outages.get(id));
    let site = &resource.filter(|_| !seen_to.into_iter().flatten().any(|outage| outage.until > last.at))?.site;
    let text = format!("see to {id}, or take it out of use: {}", failed(view, last));
    let body = json!({ "available": false, "until": view.now + AHEAD, "reason": "" });
    let who = (Role::Operator, false, Some(site));
    let mut wanted = action_view(view, submission, (ActionKind::Availability, text.into()), who, (None, false), body);
    wanted.who.team = None;
    wanted.call.iter_mut().for_each(|call| call.path = format!("/v1/resources/{id}/availability"));
    Some(wanted)
}
