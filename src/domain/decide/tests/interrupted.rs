//! Work that is paused and goes on, and devices that are brought to where nobody expected them.

use crate::domain::command::{Command, Treat};
use crate::domain::event::ReleaseCause;
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::roster::{Duty, DutyKind};
use crate::domain::state::{State, state};
use crate::domain::testing::*;
use crate::domain::unit::{AssignmentState, ParkCause, StageState};

fn pause(assignment: AssignmentId, time: &str) -> Command {
    Command::Pause { assignment, at: at(time), reason: Some("a victim's phone came in".into()) }
}

fn resume(assignment: AssignmentId, time: &str) -> Command {
    Command::Resume { assignment, at: at(time), overrides: None }
}

fn walk_up(number: QueueNumber, resource: &str, time: &str) -> Command {
    Command::WalkUp { number, resource: resource.into(), at: at(time), overrides: None }
}

/// A phone whose preparation began at nine.
fn begun() -> (World, QueueNumber, AssignmentId) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let assignment = world.starts(number, 0, slot("operators-north", 1));
    (world, number, assignment)
}

#[test]
fn what_is_paused_keeps_what_was_done_and_goes_on_for_the_rest() {
    let (mut world, number, assignment) = begun();
    assert_eq!(world.at("23T09:10").does(pause(assignment, "23T09:10")), ["paused"]);
    let paused = &world.unit.assignments[&assignment];
    assert_eq!(paused.state, AssignmentState::Paused { at: at("23T09:10") });
    assert_eq!(paused.earlier.unwrap().worked, span("10m"));
    assert!(world.does(pause(assignment, "23T09:10")).is_empty(), "said twice");

    assert_eq!(world.at("23T11:00").does(resume(assignment, "23T11:00")), ["resumed"]);
    assert_eq!(world.unit.assignments[&assignment].end, at("23T11:20"), "twenty of thirty minutes are left");
    world.at("23T11:05").does(pause(assignment, "23T11:05"));
    assert_eq!(world.unit.assignments[&assignment].earlier.unwrap().worked, span("15m"), "ten and five");
    world.at("23T12:00").does(resume(assignment, "23T12:00"));
    world.at("23T12:20").does(finish(assignment, "23T12:20"));
    let StageState::Done(done) = world.row(number).stages[0].clone() else { panic!("done") };
    assert_eq!((done.start, done.end), (at("23T09:00"), at("23T12:20")), "from when it was first begun");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn while_it_is_paused_somebody_else_has_the_slot_and_the_device_may_travel() {
    let (mut world, number, assignment) = begun();
    let urgent = world.registers(ready_phone("CD/1"));
    world.at("23T09:10").does(pause(assignment, "23T09:10"));
    let other = world.starts(urgent, 0, slot("operators-north", 1));
    assert_eq!(world.at("23T09:20").refuses(resume(assignment, "23T09:20")), "slot_busy");
    world.does(finish(other, "23T09:20"));
    world.does(Command::Move { number, site: "hq".into(), at: at("23T09:20"), by: None, seal: None });
    assert_eq!(world.refuses(resume(assignment, "23T09:20")), "device_elsewhere");
    let back = Command::Release { assignment, cause: ReleaseCause::GivenBack, reason: None };
    assert_eq!(world.does(back), ["released"], "or somebody else does it from the beginning");
}

#[test]
fn only_attended_work_that_is_under_way_is_paused_and_only_what_is_paused_goes_on() {
    let (mut world, number, assignment) = begun();
    assert_eq!(world.refuses(resume(assignment, "23T09:00")), "illegal_transition");
    world.at("23T09:30").does(finish(assignment, "23T09:30"));
    let machine = world.assigns(number, 1, slot("kiosk-north", 1));
    assert_eq!(world.refuses(pause(machine, "23T09:30")), "illegal_transition", "not begun");
    world.does(Command::Start { assignment: machine, at: at("23T09:30"), overrides: None });
    assert_eq!(world.refuses(pause(machine, "23T09:30")), "illegal_transition", "a machine's run");
}

#[test]
fn a_lease_takes_back_what_was_accepted_and_never_what_was_begun() {
    let (mut world, _, begun) = begun();
    let lapse = |assignment| Command::Release { assignment, cause: ReleaseCause::Lapsed, reason: None };
    assert_eq!(world.refuses(lapse(begun)), "illegal_transition");
    let other = world.registers(ready_phone("CD/1"));
    let offered = world.assigns(other, 0, slot("operators-north", 2));
    assert_eq!(world.refuses(lapse(offered)), "illegal_transition", "nobody took it on");
    world.does(Command::Accept { assignment: offered, at: at("23T09:00"), overrides: None });
    assert_eq!(world.does(lapse(offered)), ["released"]);
}

#[test]
fn a_device_at_a_kiosk_is_begun_with_whoever_there_does_its_next_stage() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    assert_eq!(world.does(walk_up(number, "kiosk-north", "23T09:00")), ["assigned", "started"]);
    let prepare = world.unit.assignments.values().next().unwrap().clone();
    assert_eq!((prepare.stage, prepare.slot), (0, slot("operators-north", 1)), "a kiosk prepares nothing");
    assert!(world.does(walk_up(number, "operators-north", "23T09:00")).is_empty(), "said twice");
    world.at("23T09:30").does(finish(prepare.id, "23T09:30"));
    world.does(walk_up(number, "kiosk-north", "23T09:30"));
    let extract = world.unit.assignments.values().next().unwrap();
    assert_eq!((extract.stage, &extract.slot), (1, &slot("kiosk-north", 1)));
}

#[test]
fn what_was_offered_gives_way_to_who_stands_there() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let other = world.registers(ready_phone("CD/1"));
    world.assigns(other, 0, slot("operators-north", 1));
    world.assigns(number, 0, slot("operators-north", 2));
    world.does(walk_up(number, "operators-north", "23T09:00"));
    let busy: Vec<_> = world.unit.assignments.values().map(|a| (a.submission, a.slot.slot, a.started_at().is_some())).collect();
    assert_eq!(busy, [(other, 1, false), (number, 2, true)], "its own slot, and nobody is put out");

    let third = world.registers(ready_phone("EF/1"));
    assert_eq!(world.does(walk_up(third, "operators-north", "23T09:00")), ["released", "assigned", "started"]);
    assert_eq!(world.row(other).stages[0], StageState::Open);
    let fourth = world.registers(ready_phone("GH/1"));
    assert_eq!(world.refuses(walk_up(fourth, "operators-north", "23T09:00")), "slot_busy", "never what is under way");
}

#[test]
fn whoever_is_on_shift_does_it_before_those_who_may_only_happen_to_be_there() {
    // Okafor is gone by 18:00, unless the roster says otherwise; the operators are there until 22:00.
    let late = Duty { who: "okafor".into(), kind: DutyKind::On, from: at("23T18:00"), until: at("23T20:00") };
    for (time, roster, by) in [
        ("23T17:00", vec![], "okafor"),
        ("23T19:00", vec![], "operators-north"),
        ("23T19:00", vec![late.clone()], "okafor"),
        ("23T20:00", vec![late], "operators-north"),
    ] {
        let mut world = World::empty();
        let mut unit = establishment();
        unit.resources.reverse();
        world.does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "unit".into() });
        world.does(Command::AdoptPolicy { policy: Box::new(policy()), text: "policy".into() });
        world.does(Command::AdoptRoster { roster });
        let number = world.at("23T09:00").registers(ready_phone("AB/1"));
        world.works(number, 0, slot("operators-north", 1), "23T09:30");
        world.works(number, 1, slot("kiosk-north", 1), "23T10:30");
        world.at(time).does(walk_up(number, "kiosk-north", time));
        assert_eq!(world.unit.assignments.values().next().unwrap().slot.resource.as_str(), by, "{time}");
    }
}

#[test]
fn what_is_paused_was_begun() {
    let (mut world, number, assignment) = begun();
    world.at("23T09:10").does(pause(assignment, "23T09:10"));
    assert_eq!(state(&world.unit, &world.row(number), world.now), State::InExamination);
    let reroute = Command::Reroute { number, reason: "the policy is a new one".into() };
    assert_eq!(world.refuses(reroute), "illegal_transition", "it keeps the route on which it was begun");
    world.at("24T20:00");
    assert_eq!(world.watches(), 0, "nor did its latest start pass with nothing begun");
}

#[test]
fn what_is_parked_keeps_what_was_done_before_it_was_paused() {
    let (mut world, number, assignment) = begun();
    world.at("23T09:10").does(pause(assignment, "23T09:10"));
    let park = Treat::Park { cause: ParkCause::Decision, review_at: at("24T09:00"), reason: "the CPS decides first".into() };
    assert_eq!(world.does(Command::Treat { number, treat: Box::new(park) }), ["parked"]);
    assert_eq!(world.refuses(resume(assignment, "23T09:10")), "gate_shut");
    world.does(Command::Treat { number, treat: Box::new(Treat::TakeUp { reason: None }) });
    world.does(resume(assignment, "23T09:10"));
    assert_eq!(world.unit.assignments[&assignment].end, at("23T09:30"), "twenty of thirty minutes are left");
}

#[test]
fn a_walk_up_passes_no_gate_and_takes_no_finished_device() {
    let mut world = World::new();
    let shut = world.at("23T09:00").registers(victims_phone("AB/1"));
    assert_eq!(world.refuses(walk_up(shut, "kiosk-north", "23T09:00")), "gate_shut");
    let elsewhere = world.registers(ready_phone("CD/1"));
    assert_eq!(world.refuses(walk_up(elsewhere, "kiosk-hq", "23T09:00")), "device_elsewhere", "it is at north");
    assert_eq!(world.refuses(walk_up(elsewhere, "nothing", "23T09:00")), "unknown_resource");
}

/// A laptop on the bench, under a policy whose extraction is of unknown length; when that began.
fn unlocking() -> (World, QueueNumber, AssignmentId) {
    let mut world = World::new();
    let mut unknown = policy();
    unknown.version = "2026-12-01".into();
    let stages = unknown.routes.iter_mut().flat_map(|route| &mut route.stages);
    stages.filter(|stage| stage.name.as_str() == "extract").for_each(|stage| stage.review_every = Some(span("7d")));
    world.does(Command::AdoptPolicy { policy: Box::new(unknown), text: "unlocks".into() });
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.works(number, 0, slot("okafor", 1), "23T10:00");
    world.works(number, 1, slot("khan", 1), "23T11:00");
    let assignment = world.starts(number, 2, slot("bench", 1));
    (world, number, assignment)
}

fn review(assignment: AssignmentId, time: &str, until: Option<&str>) -> Command {
    Command::Review { assignment, at: at(time), until: until.map(at), reason: Some("two of six digits are left".into()) }
}

#[test]
fn a_run_of_unknown_length_is_looked_at_as_often_as_the_policy_says_and_ends_nobody_knows_when() {
    let (mut world, _, assignment) = unlocking();
    let ends = |world: &World| (world.unit.assignments[&assignment].end, world.unit.assignments[&assignment].review_at);
    let expected = ends(&world).0;
    assert!(expected < at("24T11:00"), "{expected}");
    assert_eq!(ends(&world).1, Some(at("30T11:00")), "a week from its beginning");
    world.at("29T09:00");
    assert_eq!(world.does(review(assignment, "29T08:00", Some("30T08:00"))), ["reviewed"]);
    assert!(world.does(review(assignment, "29T08:00", Some("30T08:00"))).is_empty(), "said twice");
    assert_eq!(ends(&world), (at("30T08:00"), Some(at("30T08:00"))), "it is over its time: not before somebody looks again");
    world.does(review(assignment, "29T09:00", None));
    assert_eq!(ends(&world).1, Some(at("29T09:00") + span("7d")), "as often as the policy says");
    assert_eq!(world.wrong_fields(review(assignment, "22T09:00", None)), ["at"], "before it began");
    assert_eq!(world.wrong_fields(review(assignment, "30T09:00", None)), ["at"], "before it is");
    assert_eq!(world.wrong_fields(review(assignment, "29T09:00", Some("29T09:00"))), ["until"]);
    let seldom = Command::Review { assignment, at: at("29T09:00"), until: Some(at("29T09:00") + span("8d")), reason: None };
    assert_eq!(world.wrong_fields(seldom), ["until"]);
    world.does(finish(assignment, "29T09:00"));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn work_of_known_length_is_not_reviewed() {
    let (mut world, _, assignment) = begun();
    assert_eq!(world.refuses(review(assignment, "23T09:00", None)), "illegal_transition");
}
