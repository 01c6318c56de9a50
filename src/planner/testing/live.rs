//! Units that a daemon has run for a while, and units whose submissions came in another order.

use std::sync::Arc;

use super::Rng;
use super::appointed::appointed;
use super::houses::closure;
use crate::domain::event::{Change, Event, FailureCause, Oversight, ReleaseCause, Sealed, Treatment};
use crate::domain::ids::{AssignmentId, CaseId, QueueNumber};
use crate::domain::quality::Held;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{
    Assignment, AssignmentState, Confidential, DataTaken, Done, Earlier, Failure, Map, ParkCause, Proof, Receiver, RemovalCause,
    Returned, StageState, Table, Unit, Whereabouts, WithholdCause,
};
use crate::planner::{Plan, Step};

/// What a daemon may have made of `plan` by `later`: near steps offered, accepted, started, finished in time, early, late
/// or not at all. The desk's rules hold: nothing is given out before the stages before it are done, a slot and a device
/// work on one thing at a time, and a device is where the work on it is.
pub fn live(unit: &Unit, plan: &Plan, later: Timestamp, rng: &mut Rng) -> Unit {
    let mut unit = unit.clone();
    let horizon = later + unit.policy.dispatch_horizon + Seconds(rng.pick(&[0, 20_000, 100_000]));
    for step in plan.steps.iter().filter(|step| step.start < horizon && step.slot.is_some()) {
        live_step(&mut unit, step, later, rng);
    }
    let numbers: Vec<QueueNumber> = unit.submissions.keys().copied().collect();
    for number in numbers {
        turn(&mut unit, number, later, rng);
    }
    let numbers: Vec<QueueNumber> = unit.submissions.keys().copied().collect();
    for number in numbers {
        if rng.chance(6) {
            ended(&mut unit, number, later, rng);
        }
    }
    let numbers: Vec<QueueNumber> = unit.submissions.keys().copied().collect();
    for number in numbers {
        if rng.chance(8) {
            treated(&mut unit, number, later, rng);
        }
    }
    for resource in &unit.establishment.resources.clone() {
        if rng.chance(10) {
            unit.outages.insert_mut(resource.id.clone(), vec![closure(rng, later)]);
        }
    }
    confidential(&mut unit, later);
    appointed(&mut unit, later);
    if rng.chance(15) {
        held(&mut unit, later, rng);
    }
    unit
}

/// Of some it was noted that they may hold confidential material. No chance is drawn for it: the units stay those that
/// they were.
fn confidential(unit: &mut Unit, later: Timestamp) {
    let noted = |number: &QueueNumber| {
        let submission = &unit.submissions[number];
        number.0 % 11 == 5 && submission.removed.is_none() && unit.assignments_of(submission).next().is_none()
    };
    for number in unit.submissions.keys().copied().filter(noted).collect::<Vec<_>>() {
        record(unit, later, Change::Treated(Treatment::ConfidentialNoted { number, kinds: vec![Confidential::Legal] }));
    }
}

/// A quality hold is on a resource, or on what it works with: what was given to it and is not begun is taken back.
fn held(unit: &mut Unit, later: Timestamp, rng: &mut Rng) {
    let resources: Vec<_> = unit.establishment.resources.iter().map(|resource| resource.id.clone()).collect();
    let (resource, tool) = (rng.pick(&resources), String::from("Reader"));
    let held = if rng.chance(50) {
        let version = String::from("7.61");
        let oversight = Oversight::ToolInstalled { resource, at: later, tool: tool.clone(), version: version.clone() };
        record(unit, later, Change::Overseen(oversight));
        Held::Tool { tool, version: rng.pick(&[None, Some(version)]) }
    } else {
        Held::Resource { resource }
    };
    record(unit, later, Change::Overseen(Oversight::HoldPlaced { held, doubtful_from: None, by: "QM 0300".into() }));
    let stopped = |a: &&Assignment| a.begun_at().is_none() && unit.hold_on(&a.slot.resource).is_some();
    let stopped: Vec<AssignmentId> = unit.assignments.values().filter(stopped).map(|assignment| assignment.id).collect();
    for assignment in stopped {
        record(unit, later, Change::Released { assignment, cause: ReleaseCause::QualityHold });
    }
}

fn record(unit: &mut Unit, happened_at: Timestamp, change: Change) {
    unit.apply(unit.seq + 1, &Event { happened_at, change, sealed: Sealed::default() }).unwrap();
}

/// Its examination is ended: the device goes home, if it has one to go to.
fn ended(unit: &mut Unit, number: QueueNumber, later: Timestamp, rng: &mut Rng) {
    let submission = Arc::clone(unit.submissions.get(&number).unwrap());
    let cause = rng.pick(RemovalCause::ALL);
    let given = unit.assignments_of(&submission).map(|assignment| assignment.id).collect::<Vec<_>>();
    let stopped = given.into_iter().map(|assignment| Change::Released { assignment, cause: ReleaseCause::Stopped });
    let at = later - Seconds(rng.pick(&[0, 60, 40_000]));
    for change in stopped.chain([Change::Removed { number, at, cause, data: DataTaken::None }]).collect::<Vec<_>>() {
        record(unit, later, change);
    }
}

/// Somebody decided something about it: it is parked, outside, raised or lowered, or its return is withheld.
fn treated(unit: &mut Unit, number: QueueNumber, later: Timestamp, rng: &mut Rng) {
    let submission = Arc::clone(unit.submissions.get(&number).unwrap());
    let choice = rng.below(5);
    let given: Vec<_> = unit.assignments_of(&submission).cloned().collect();
    let is_begun = given.iter().any(|assignment| assignment.started_at().is_some());
    let is_here = matches!(submission.device, Whereabouts::At { since, .. } if since <= later);
    let ahead = later + Seconds(rng.pick(&[60, 40_000, 900_000]));
    let treatment = match choice {
        0 if !is_begun && submission.removed.is_none() => {
            Treatment::Parked { number, cause: rng.pick(ParkCause::ALL), review_at: ahead }
        }
        1 if !is_begun && is_here => {
            Treatment::SentOutside { number, at: later, provider: "Eastern".into(), accreditation: None, due: ahead }
        }
        2 if submission.returned.is_none() => {
            Treatment::ReturnWithheld { number, cause: rng.pick(WithholdCause::ALL), review_at: ahead }
        }
        // What is in tiers 0 and 1 by a promise is never lowered.
        3 | 4 if submission.tier(later) > 1 => {
            let tier = Some(rng.pick(&[2, 3, 4, 5]));
            Treatment::Prioritised { number, tier, until: rng.pick(&[None, Some(ahead)]), by: "DS 1180".into() }
        }
        _ => return,
    };
    // What is paused stays with who began it while it is parked.
    let gives_way = |assignment: &Assignment| choice == 1 || (choice == 0 && !assignment.is_paused());
    let taken_back = given.into_iter().filter(gives_way).map(|assignment| assignment.id);
    let taken_back = taken_back.map(|assignment| Change::Released { assignment, cause: ReleaseCause::NotReady });
    for change in taken_back.chain([Change::Treated(treatment)]).collect::<Vec<_>>() {
        record(unit, later, change);
    }
}

fn live_step(unit: &mut Unit, step: &Step, later: Timestamp, rng: &mut Rng) {
    let mut submission = (**unit.submissions.get(&step.submission).unwrap()).clone();
    let stage = unit.route_of(&submission).unwrap().stages[step.stage].clone();
    let slot = step.slot.clone().unwrap();
    if !stage.after.iter().all(|before| matches!(submission.stages[*before], StageState::Done(_))) {
        return;
    }
    let holds = |a: &&Assignment| unit.stage_of(a).is_some_and(|stage| stage.holds_device);
    let in_hand = stage.holds_device && unit.assignments_of(&submission).any(|a| holds(&a));
    let taken = unit.assignments_on(&slot).any(|a| !matches!(a.state, AssignmentState::Offered | AssignmentState::Paused { .. }));
    let free = !in_hand && !taken;
    let choice = rng.below(10);
    let state = if free && step.end <= later && choice < 7 {
        let end = later.min(step.end + Seconds(rng.pick(&[0, 0, 0, -60, 60]))).max(step.start);
        submission.stages[step.stage] = StageState::Done(Done { slot: Some(slot.clone()), start: step.start, end, by: None });
        None
    } else if free && stage.attended && step.start < later && rng.chance(20) {
        Some(AssignmentState::Paused { at: later })
    } else if free && step.start <= later && choice < 9 {
        Some(AssignmentState::Started { at: step.start })
    } else if choice < 5 {
        Some(AssignmentState::Accepted { at: later })
    } else if choice < 8 {
        Some(AssignmentState::Offered)
    } else {
        return;
    };
    let hands_on = matches!(state, None | Some(AssignmentState::Started { .. } | AssignmentState::Paused { .. }));
    if stage.holds_device && hands_on {
        let site = unit.establishment.resource(&slot.resource).unwrap().site.clone();
        submission.device = Whereabouts::At { site, since: step.start };
    }
    // No chance is drawn for it: the units stay those that they were.
    let failed = state.is_some() && step.start <= later && step.submission.0 % 9 == 4;
    if failed {
        let causes = vec![FailureCause::Cable; 1 + step.stage % 2];
        let failure =
            |cause| Failure { stage: step.stage, resource: slot.resource.clone(), at: later, cause, attempts_left: None };
        submission.failures.extend(causes.into_iter().map(failure));
    } else if let Some(state) = state {
        let id = AssignmentId(unit.next.assignment);
        unit.next.assignment += 1;
        submission.stages[step.stage] = StageState::Assigned(id);
        let is_paused = matches!(state, AssignmentState::Paused { .. });
        let (start, end) = (step.start, if is_paused { later } else { step.end });
        let worked = Seconds(rng.pick(&[0, 60, 1_200, 20_000]));
        let earlier = is_paused.then_some(Earlier { begun: start, worked });
        let (submission, stage, held_by) = (step.submission, step.stage, None);
        let assignment =
            Assignment { id, version: 1, submission, stage, slot, start, end, state, held_by, earlier, review_at: None };
        unit.assignments.insert_mut(id, assignment);
    }
    unit.submissions.insert_mut(submission.number, Arc::new(submission));
}

/// What else may have become of a submission: moved, gone home, a gate shut again.
fn turn(unit: &mut Unit, number: QueueNumber, later: Timestamp, rng: &mut Rng) {
    let mut submission = (**unit.submissions.get(&number).unwrap()).clone();
    let Some(route) = unit.route_of(&submission).cloned() else { return };
    let held = unit.assignments_of(&submission).any(|a| unit.stage_of(a).is_some_and(|stage| stage.holds_device));
    let done = |stage: usize| matches!(submission.stages[stage], StageState::Done(_));
    let examined = (0..route.stages.len()).all(|stage| !route.stages[stage].holds_device || done(stage));
    let back = route.stages.iter().position(|stage| stage.returns_device && stage.after.iter().all(|before| done(*before)));
    let begun = (0..route.stages.len()).any(|stage| route.stages[stage].holds_device && done(stage));
    let delivered = matches!(submission.device, Whereabouts::At { .. });
    match (rng.below(20), back) {
        (0 | 7 | 8, _) if delivered && !held => {
            submission.device = Whereabouts::At { site: rng.pick(&unit.establishment.sites).id, since: later };
        }
        (1 | 2, Some(stage)) if delivered && examined => {
            submission.stages[stage] = StageState::Done(Done { slot: None, start: later, end: later, by: None });
            submission.device = Whereabouts::Returned { since: later, from: Box::new(submission.device) };
            submission.returned = Some(Returned { at: later, received_by: Receiver::Owner, proof: Proof::Code });
        }
        (3 | 4, Some(_)) if delivered && examined => submission.device = Whereabouts::SignedOut { since: later },
        (5, _) => submission.facts.legal_basis = false,
        (6, _) if delivered && !held && !begun => submission.device = Whereabouts::SignedOut { since: later },
        _ => return,
    }
    unit.submissions.insert_mut(number, Arc::new(submission));
}

/// The same unit, its submissions registered in another order: other numbers for the same references. `new` gives the
/// new number of each, from 1.
pub fn renumbered(unit: &Unit, new: &[i64]) -> Unit {
    let mut other = unit.clone();
    let number = |old: QueueNumber| QueueNumber(new[usize::try_from(old.0).unwrap() - 1]);
    other.submissions = Table::new();
    for submission in unit.submissions.values() {
        let mut submission = (**submission).clone();
        submission.number = number(submission.number);
        submission.case = CaseId(1_000 - submission.case.0);
        other.submissions.insert_mut(submission.number, Arc::new(submission));
    }
    other.assignments = Map::new_sync();
    for (id, assignment) in &unit.assignments {
        let submission = number(assignment.submission);
        other.assignments.insert_mut(*id, Assignment { submission, ..assignment.clone() });
    }
    other
}
