//! Parts of exhibits: a SIM and the phone that it was in.

use crate::domain::command::{Command, Supervised};
use crate::domain::ids::QueueNumber;
use crate::domain::submission::Request;
use crate::domain::testing::*;

fn part_of(exhibit: &str, parent: &str) -> Request {
    let mut sim = ready_phone(exhibit);
    sim.facts.device = "sim".into();
    sim.particulars.parent = Some(parent.into());
    sim
}

fn correct(number: QueueNumber, field: &str, value: &str) -> Command {
    let (field, value, reason) = (field.into(), value.into(), "as labelled".into());
    Command::Correct { number, field, value, reason, supervised: Supervised::Yes }
}

#[test]
fn a_part_may_come_before_its_parent_or_alone() {
    let mut world = World::new();
    let sim = world.at("23T09:00").registers(part_of("AB/1A", "AB/1"));
    world.registers(ready_phone("AB/1"));
    assert_eq!(world.row(sim).particulars.as_ref().unwrap().parent.as_deref(), Some("AB/1"));
    assert!(world.does(Command::Register(Box::new(part_of("AB/1A", "AB/1")))).is_empty(), "asked for twice");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn nothing_is_a_part_of_itself_or_of_a_part() {
    let mut world = World::new();
    world.at("23T09:00").registers(part_of("AB/1A", "AB/1"));
    for (exhibit, parent) in [("AB/2", "AB/2"), ("AB/3", "AB/1A"), ("AB/1", "AB/4")] {
        let wrong = Command::Register(Box::new(part_of(exhibit, parent)));
        assert_eq!(world.wrong_fields(wrong), ["parent"], "{exhibit} of {parent}");
    }
    // Of another case the same reference is another exhibit.
    let mut elsewhere = part_of("AB/3", "AB/1A");
    elsewhere.particulars.crime_ref = "NS/2026/2".into();
    world.registers(elsewhere);
}

#[test]
fn what_something_is_a_part_of_is_corrected_under_the_same_rules() {
    let mut world = World::new();
    let sim = world.at("23T09:00").registers(part_of("AB/1A", "AB/1"));
    let phone = world.registers(ready_phone("AB/1"));
    assert_eq!(world.wrong_fields(correct(phone, "parent", "AB/9")), ["parent"], "it has a part");
    assert_eq!(world.wrong_fields(correct(sim, "parent", "AB/1A")), ["parent"]);
    assert_eq!(world.does(correct(sim, "parent", "AB/2")), ["corrected"]);
    assert_eq!(world.does(correct(phone, "parent", "AB/9")), ["corrected"], "the part is of another by now");
    assert_eq!(world.does(correct(sim, "parent", "")), ["corrected"]);
    assert_eq!(world.row(sim).particulars.as_ref().unwrap().parent, None);
}

#[test]
fn an_exhibit_is_not_renamed_away_from_under_its_parts() {
    let mut world = World::new();
    let sim = world.at("23T09:00").registers(part_of("AB/1A", "AB/1"));
    let phone = world.registers(ready_phone("AB/1"));
    for (field, value) in [("exhibit_ref", "AB/7"), ("crime_ref", "NS/2026/2"), ("force", "Southshire")] {
        assert_eq!(world.wrong_fields(correct(phone, field, value)), [field], "a part names it so");
    }
    assert_eq!(world.does(correct(sim, "parent", "AB/7")), ["corrected"]);
    assert_eq!(world.does(correct(phone, "exhibit_ref", "AB/7")), ["corrected"]);
}
