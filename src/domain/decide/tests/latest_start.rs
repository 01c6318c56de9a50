//! A victim's phone is taken on Monday at 07:40. It must be home by 21:00, when the last trip of the day ends, and half an
//! hour to prepare it, an hour to extract, half an hour to verify and 45 minutes home are 2 h 45 min: from 18:15 on it is
//! too late to begin.

use crate::domain::command::{Command, Supervised};
use crate::domain::event::Change;
use crate::domain::ids::QueueNumber;
use crate::domain::testing::*;

fn waiting() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(victims_phone("AB/1"));
    (world, number)
}

#[test]
fn it_is_recorded_once_with_the_true_time() {
    let (mut world, number) = waiting();
    assert_eq!(world.at("23T18:15").watches(), 0, "there is a second left");
    assert_eq!(world.at("23T19:00").watches(), 1, "a gate that is shut hides nothing");
    let due = at("24T07:40");
    assert_eq!(
        world.recorded("latest_start_passed"),
        [Change::LatestStartPassed { number, promise: "victim-phone".into(), due }]
    );
    assert_eq!(world.entries.last().unwrap().happened_at, at("23T18:15"));
    assert_eq!(world.at("23T20:00").watches(), 0, "once");
    let again = Command::RecordLatestStart { number, promise: "victim-phone".into() };
    assert_eq!(world.refuses(again), "not_missed");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_has_begun_or_gone_home_has_none() {
    let mut world = World::new();
    let begun = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.starts(begun, 0, slot("operators-north", 1));
    let returned = world.registers(ready_phone("AB/2"));
    world.does(to_owner(returned, "23T09:00"));
    assert_eq!(world.at("23T19:00").watches(), 0);
}

#[test]
fn once_it_is_due_its_breach_says_so() {
    let (mut world, _) = waiting();
    assert_eq!(world.at("24T07:40").watches(), 0);
    assert_eq!(world.sweeps(), 1);
}

#[test]
fn only_victims_phones_are_watched() {
    let mut world = World::new();
    world.at("23T09:00").registers(suspects_laptop("CD/1"));
    assert_eq!(world.at("2026-12-21T19:00:00Z").watches(), 0);
}

#[test]
fn a_corrected_time_of_taking_may_pass_a_latest_start_of_its_own() {
    let (mut world, number) = waiting();
    assert_eq!(world.at("23T19:00").watches(), 1);
    // It was taken at 08:50: home by then on Tuesday will do, by the first trip of that day.
    world.does(Command::Correct {
        number,
        field: "taken_at".into(),
        value: "2026-11-23T08:50:00Z".into(),
        reason: "wrong clock in the car".into(),
        supervised: Supervised::Yes,
    });
    assert_eq!(world.at("23T19:00").watches(), 0, "home at 08:45 on Tuesday is in time");
    assert_eq!(world.at("23T23:00").watches(), 1, "work ends at 22:00");
}
