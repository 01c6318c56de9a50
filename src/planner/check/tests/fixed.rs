//! Work that people took on: where it is, and only there.

use super::example::{edit, example, find, place};
use super::{broken, finds};
use crate::domain::ids::{AssignmentId, QueueNumber, Slot};
use crate::domain::testing::{at, slot};
use crate::domain::unit::{Assignment, AssignmentState, StageState, Unit, Whereabouts};
use crate::planner::check::{Bound, Moment, SlotFault, Violation};
use crate::planner::{Hold, Plan};

/// Gives the first stage of the phone to a slot.
fn given(unit: &mut Unit, plan: &mut Plan, slot: Slot, from: &str, until: &str, state: AssignmentState) {
    let id = AssignmentId(1);
    let assignment = Assignment {
        id,
        version: 1,
        submission: QueueNumber(1),
        stage: 0,
        slot,
        start: at(from),
        end: at(until),
        state,
        held_by: None,
        earlier: None,
        review_at: None,
    };
    unit.assignments.insert_mut(id, assignment);
    edit(unit, 1, |submission| submission.stages[0] = StageState::Assigned(id));
    find(plan, 1, 0).hold = match state {
        AssignmentState::Offered | AssignmentState::Paused { .. } => Hold::Free,
        AssignmentState::Accepted { .. } => Hold::Pinned,
        AssignmentState::Started { .. } => Hold::Running,
    };
}

fn accepted(from: &'static str, until: &'static str) -> impl Fn(&mut Unit, &mut Plan) {
    let state = AssignmentState::Accepted { at: at("23T08:55") };
    move |unit, plan| given(unit, plan, slot("operators-north", 1), from, until, state)
}

fn started(from: &'static str, until: &'static str) -> impl Fn(&mut Unit, &mut Plan) {
    move |unit, plan| {
        let state = AssignmentState::Started { at: at(from) };
        given(unit, plan, slot("operators-north", 1), from, until, state);
        place(find(plan, 1, 0), at(from), at("23T09:30"));
    }
}

fn right(change: impl FnOnce(&mut Unit, &mut Plan)) {
    let (found, words) = broken(change);
    assert!(found.is_empty(), "{words}");
}

#[test]
fn offered_work_is_free_to_move() {
    right(|unit, plan| given(unit, plan, slot("operators-north", 2), "23T09:05", "23T09:35", AssignmentState::Offered));
}

#[test]
fn accepted_work_stays() {
    right(accepted("23T09:00", "23T09:30"));
    // Its time has passed: now, then.
    right(accepted("23T08:50", "23T09:20"));
    finds!(accepted("23T09:10", "23T09:40"), Violation::Bound { bound: Bound::Accepted, .. });
    let late = |unit: &mut Unit, plan: &mut Plan| {
        accepted("23T09:00", "23T09:30")(unit, plan);
        place(find(plan, 1, 0), at("23T09:01"), at("23T09:30"));
    };
    finds!(late, Violation::Moment { moment: Moment::Accepted, .. });
    finds!(
        |unit, plan| {
            accepted("23T09:00", "23T09:30")(unit, plan);
            find(plan, 1, 0).slot = Some(slot("operators-north", 2));
        },
        Violation::Slot { fault: SlotFault::Assignment, .. }
    );
    finds!(
        |unit, plan| {
            accepted("23T09:00", "23T09:30")(unit, plan);
            find(plan, 1, 0).hold = Hold::Free;
        },
        Violation::Hold { expected: Hold::Pinned, .. }
    );
}

#[test]
fn started_work_goes_on() {
    right(started("23T08:40", "23T09:30"));
    // Past its expected end it may end at any time to come.
    right(started("23T08:40", "23T08:55"));
    finds!(started("23T08:40", "23T10:00"), Violation::Moment { moment: Moment::RunningEnd, .. });
    finds!(
        |unit, plan| {
            started("23T08:40", "23T08:55")(unit, plan);
            place(find(plan, 1, 0), at("23T08:40"), at("23T08:59"));
        },
        Violation::Bound { bound: Bound::Running, .. }
    );
    finds!(
        |unit, plan| {
            started("23T08:40", "23T09:30")(unit, plan);
            place(find(plan, 1, 0), at("23T08:41"), at("23T09:30"));
        },
        Violation::Moment { moment: Moment::Started, .. }
    );
    finds!(
        |unit, plan| {
            started("23T08:40", "23T09:30")(unit, plan);
            plan.steps.retain(|step| (step.submission.0, step.stage) != (1, 0));
        },
        Violation::Dropped { hold: Hold::Running, .. }
    );
}

#[test]
fn a_device_starts_from_where_it_is() {
    // Prepared, the phone is at headquarters: 50 minutes to its kiosk.
    let (mut unit, mut plan) = example();
    plan.steps.retain(|step| (step.submission.0, step.stage) != (1, 0));
    edit(&mut unit, 1, |submission| {
        let done = crate::domain::unit::Done {
            slot: Some(slot("operators-north", 1)),
            start: at("23T08:30"),
            end: at("23T08:50"),
            by: None,
        };
        submission.stages[0] = StageState::Done(done);
        submission.device = Whereabouts::At { site: "hq".into(), since: at("23T08:55") };
    });
    let found = super::violations(&unit, &plan);
    let expected = at("23T09:50");
    let device = |violation: &Violation| matches!(violation, Violation::Bound { bound: Bound::Device, expected: bound, .. } if *bound == expected);
    assert!(found.iter().any(device), "{found:#?}");
}
