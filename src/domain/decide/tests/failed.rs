//! What follows, by policy, for work that could not be done.

use crate::domain::command::{Command, Oversee};
use crate::domain::event::FailureCause;
use crate::domain::ids::QueueNumber;
use crate::domain::policy::NextStep;
use crate::domain::quality::Held;
use crate::domain::testing::*;

/// A phone with every gate met, at nine o'clock.
fn ready() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    (world, number)
}

/// Extraction begun and failed so; what was recorded, and the world after it.
fn failed(cause: FailureCause) -> (World, QueueNumber, Vec<String>) {
    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    let assignment = world.starts(number, 1, slot("kiosk-north", 1));
    let kinds = world.does(Command::Fail { assignment, at: at("23T09:20"), cause, attempts_left: None, reason: None });
    (world, number, kinds)
}

#[test]
fn what_the_tool_cannot_do_is_examined_a_level_higher_by_policy() {
    let (mut world, number, kinds) = failed(FailureCause::Unsupported);
    assert_eq!(kinds, ["failed", "corrected"]);
    let row = world.row(number);
    assert_eq!((row.facts.level, row.failures.len()), (2, 0), "something else is asked for");
    assert_eq!(world.folded(), world.unit);
    let kiosk = world.assign(number, 1, slot("kiosk-north", 1));
    assert_eq!(world.refuses(kiosk), "unable");
}

#[test]
fn what_nobody_can_examine_a_level_higher_is_for_a_supervisor_to_decide() {
    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    let held = Held::Resource { resource: "bench".into() };
    world.does(Command::Oversee(Oversee::PlaceHold { held, doubtful_from: None, reason: "moved".into() }));
    let assignment = world.starts(number, 1, slot("kiosk-north", 1));
    let cause = FailureCause::Unsupported;
    let kinds = world.does(Command::Fail { assignment, at: at("23T09:20"), cause, attempts_left: None, reason: None });
    assert_eq!((kinds, world.row(number).facts.level), (vec!["failed".to_owned()], 1));
}

#[test]
fn what_failed_on_a_machine_is_tried_elsewhere_while_there_is_an_elsewhere() {
    let (mut world, number, kinds) = failed(FailureCause::Machine);
    assert_eq!(kinds, ["failed"]);
    let barred = |world: &World| {
        let submission = world.row(number);
        world.unit.barred(&submission, 1).into_iter().map(|resource| resource.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(barred(&world), ["kiosk-north"]);
    for other in ["kiosk-hq", "bench"] {
        let held = Held::Resource { resource: other.into() };
        world.does(Command::Oversee(Oversee::PlaceHold { held, doubtful_from: None, reason: "moved".into() }));
    }
    assert!(barred(&world).is_empty(), "it is the last one");
}

#[test]
fn what_failed_on_a_machine_does_not_begin_there_again_by_bringing_it_back() {
    let (mut world, number, _) = failed(FailureCause::Machine);
    let again = Command::WalkUp { number, resource: "kiosk-north".into(), at: world.now, overrides: None };
    let refusal = world.tries(&again).unwrap_err();
    assert_eq!(refusal.code(), "unable");
    assert!(refusal.to_string().contains("it failed there"), "{refusal}");
}

#[test]
fn what_is_parked_by_policy_is_looked_at_again_when_the_policy_says() {
    let (world, number, kinds) = failed(FailureCause::HiddenProfile);
    assert_eq!(kinds, ["failed", "parked"]);
    assert_eq!(world.row(number).parked.as_ref().map(|parked| parked.review_at), Some(world.now + span("14d")));
}

#[test]
fn what_no_rule_says_is_tried_again_and_then_for_a_supervisor_to_decide() {
    let (mut world, number, kinds) = failed(FailureCause::Cable);
    assert_eq!((kinds, world.unit.follows(&world.row(number), 1)), (vec!["failed".to_owned()], Some(NextStep::Again)));
    let assignment = world.starts(number, 1, slot("kiosk-north", 1));
    world.does(Command::Fail { assignment, at: world.now, cause: FailureCause::Cable, attempts_left: None, reason: None });
    assert_eq!(world.unit.follows(&world.row(number), 1), Some(NextStep::Decide));
}

#[test]
fn attempts_are_left_of_a_pin_alone() {
    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    let assignment = world.starts(number, 1, slot("kiosk-north", 1));
    let fail = |cause| Command::Fail { assignment, at: at("23T09:20"), cause, attempts_left: Some(3), reason: None };
    assert_eq!(world.wrong_fields(fail(FailureCause::Cable)), ["attempts_left"]);
    world.does(fail(FailureCause::PinWrong));
    assert_eq!(world.row(number).failures[0].attempts_left, Some(3));
}
