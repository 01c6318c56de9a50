use crate::domain::command::{Command, Supervised};
use crate::domain::ids::QueueNumber;
use crate::domain::testing::*;
use crate::domain::unit::{BreachState, Receiver, StageState, Whereabouts};

fn correct(number: QueueNumber, field: &str, value: &str) -> Command {
    let reason = "recorded for the wrong phone".into();
    Command::Correct { number, field: field.into(), value: value.into(), reason, supervised: Supervised::No }
}

/// Examined by noon on Monday, and given back at that time.
fn given_back(time: &str) -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    world.works(number, 1, slot("kiosk-north", 1), "23T10:20");
    world.works(number, 2, slot("operators-north", 1), "23T10:40");
    world.works(number, 4, slot("okafor", 1), "23T12:00");
    world.at(time).sweeps();
    world.does(to_owner(number, time));
    assert!(world.unit.submissions.is_empty(), "it is closed");
    (world, number)
}

#[test]
fn a_return_that_never_took_place_leaves_the_device_where_it_was_and_its_clock_running() {
    let (mut world, number) = given_back("23T13:00");
    world.at("23T14:00");
    assert_eq!(world.does(correct(number, "returned_at", "")), ["recalled", "return_corrected"]);
    let row = world.row(number);
    assert_eq!(row.device, Whereabouts::At { site: "north".into(), since: at("23T08:25") });
    assert_eq!((row.returned.clone(), &row.stages[3]), (None, &StageState::Open), "the hand-back is still to come");
    world.at("24T07:40");
    assert_eq!(world.sweeps(), 1, "and what nobody would have noticed is a breach");
    world.does(to_owner(number, "24T07:40"));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_breach_that_a_wrong_return_had_closed_is_open_again() {
    let (mut world, number) = given_back("24T09:00");
    assert_eq!(world.breach(1).state, BreachState::Closed { at: at("24T09:00") });
    world.at("24T10:00");
    let kinds = world.does(correct(number, "returned_at", ""));
    assert_eq!(kinds, ["recalled", "return_corrected", "breach_reopened"]);
    assert_eq!((world.breach(1).state, world.sweeps()), (BreachState::Open, 0), "under its number");
    world.does(to_owner(number, "24T09:50"));
    assert_eq!(world.breach(1).state, BreachState::Closed { at: at("24T09:50") });
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn the_time_of_a_return_and_who_received_it_can_be_set_right() {
    let (mut world, number) = given_back("24T09:00");
    world.at("24T10:00");
    let kinds = world.does(correct(number, "returned_at", "2026-11-24T08:30:00Z"));
    assert_eq!(kinds, ["recalled", "breach_closed", "return_corrected"]);
    assert_eq!(world.breach(1).state, BreachState::Closed { at: at("24T08:30") });
    world.does(correct(number, "received_by", "parent"));
    assert_eq!(world.row(number).returned.as_ref().unwrap().received_by, Receiver::Parent);
    let sealed = world.entries.last().unwrap().event().unwrap().sealed;
    assert_eq!((sealed.before.as_deref(), sealed.after.as_deref()), (Some("owner"), Some("parent")));
    assert!(world.does(correct(number, "received_by", "parent")).is_empty(), "the same is no change");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn an_earlier_time_that_makes_a_missed_promise_a_kept_one_is_a_supervisors_to_record() {
    let (mut world, number) = given_back("24T09:00");
    let earlier = correct(number, "returned_at", "2026-11-24T07:00:00Z");
    assert_eq!(world.refuses(earlier.clone()), "needs_supervisor");
    let Command::Correct { number, field, value, reason, .. } = earlier else { unreachable!() };
    let kinds = world.does(Command::Correct { number, field, value, reason, supervised: Supervised::Yes });
    assert_eq!(kinds, ["recalled", "breach_disproved", "return_corrected"]);
}

#[test]
fn a_corrected_return_lies_after_the_work_and_before_now_and_is_one_that_was_recorded() {
    let (mut world, number) = given_back("23T13:00");
    for time in ["2026-11-23T10:39:00Z", "2026-11-23T13:01:00Z", "noon"] {
        assert_eq!(world.wrong_fields(correct(number, "returned_at", time)), ["returned_at"], "{time}");
    }
    assert_eq!(world.wrong_fields(correct(number, "proof", "")), ["proof"]);
    let never = world.registers(ready_phone("AB/2"));
    assert_eq!(world.refuses(correct(never, "returned_at", "")), "illegal_transition");
}
