//! What the guard leaves to a supervisor: work of which no start within the longest hold would be harmless.

use serde_json::json;

use super::{ActionView, action_view};
use crate::domain::actions::ActionKind;
use crate::domain::unit::{AssignmentState, StageState, Submission};
use crate::http::access::Role;
use crate::http::views::View;
use crate::planner::LetGo;

/// Steps that the newest plan has although they take away the last way of some victim's phone still to come: the desk refuses them to
/// whoever is no supervisor, and holds them for nobody for ever.
pub(super) fn overrides<'a>(view: &View<'_>, submission: &'a Submission) -> Vec<ActionView<'a>> {
    let gave_way = view.plan.published.plan.guard.iter().flat_map(|guarded| &guarded.gave_way);
    let its = gave_way.filter(|gave| gave.submission == submission.number && gave.why == LetGo::MaxHold);
    let wanted = its.filter(|_| view.plan.fits(submission)).filter_map(|gave| {
        let stage = &view.unit.route_of(submission)?.stages.get(gave.stage)?.name;
        let assignment = match submission.stages.get(gave.stage)? {
            StageState::Open => None,
            StageState::Assigned(id) => Some(view.unit.assignments.get(id)?),
            StageState::Done(_) | StageState::Dropped(_) => return None,
        };
        if assignment.is_some_and(|assignment| assignment.state != AssignmentState::Offered) {
            return None;
        }
        let text = format!(
            "decide whether {stage} begins all the same, and say why: it is held for victims' phones still to come, and no start within the \
             longest hold is harmless"
        );
        let who = (Role::Supervisor, false, None);
        let body = json!({ "override": "" });
        let mut wanted = action_view(view, submission, (ActionKind::GuardOverride, text.into()), who, (None, false), body);
        wanted.call = wanted.call.zip(assignment).map(|(mut call, assignment)| {
            call.path = format!("/v1/assignments/{}/accept", assignment.id);
            call
        });
        Some(wanted)
    });
    wanted.collect()
}
