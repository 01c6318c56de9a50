//! Work that has to be done anew.

use crate::domain::command::Command;
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::state::{Results, results};
use crate::domain::testing::*;
use crate::domain::time::Timestamp;
use crate::domain::unit::{BreachState, DataTaken, RemovalCause, StageState};

fn send_back(assignment: AssignmentId, time: &str, stage: &str) -> Command {
    Command::SendBack { assignment, at: at(time), stage: stage.into(), reason: "two pages are missing".into() }
}

fn rework(number: QueueNumber, stage: &str) -> Command {
    Command::Rework { number, stage: stage.into(), reason: "done with a tool that is on hold".into() }
}

fn start_now(assignment: AssignmentId, at: Timestamp) -> Command {
    Command::Start { assignment, at, overrides: None }
}

/// A laptop whose report is written, and its review begun.
fn under_review() -> (World, QueueNumber, AssignmentId) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    let route = [("okafor", "23T10:00"), ("khan", "23T11:00"), ("bench", "23T12:00"), ("khan", "23T13:00"), ("khan", "23T14:00")];
    for (stage, (resource, end)) in route.into_iter().enumerate() {
        world.works(number, stage, slot(resource, 1), end);
    }
    let review = world.starts(number, 5, slot("lloyd", 1));
    (world, number, review)
}

fn done(world: &World, number: QueueNumber) -> Vec<bool> {
    world.row(number).stages.iter().map(|state| matches!(state, StageState::Done(_))).collect()
}

#[test]
fn a_review_that_sends_back_opens_the_report_and_itself() {
    let (mut world, number, review) = under_review();
    assert_eq!(world.wrong_fields(send_back(review, "23T14:00", "peer_review")), ["stage"]);
    assert_eq!(world.wrong_fields(send_back(review, "23T14:00", "magic")), ["stage"]);
    assert_eq!(world.at("23T14:30").does(send_back(review, "23T14:30", "report")), ["sent_back"]);
    assert_eq!(done(&world, number), [true, true, true, true, false, false]);
    assert_eq!(world.refuses(send_back(review, "23T14:30", "report")), "stale_assignment");
    // Whoever analysed it writes it anew, and somebody else looks at it again.
    let lloyd = world.assign(number, 4, slot("lloyd", 1));
    assert_eq!(world.refuses(lloyd), "wrong_person");
    world.works(number, 4, slot("khan", 1), "23T15:30");
    world.works(number, 5, slot("lloyd", 1), "23T16:00");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn results_are_not_there_while_they_are_made_anew_and_a_promise_can_be_missed_yet() {
    let (mut world, number, review) = under_review();
    world.at("23T14:30").does(finish(review, "23T14:30"));
    assert_eq!(results(&world.unit, &world.row(number)), Some(Results::MadeAvailable));
    assert_eq!(world.does(rework(number, "analyse")), ["recalled", "reopened"]);
    assert_eq!(done(&world, number), [true, true, true, false, false, false]);
    assert_eq!(results(&world.unit, &world.row(number)), Some(Results::Pending));
    world.now = world.now + span("60d");
    world.sweeps();
    assert_eq!(world.breach(1).state, BreachState::Open);
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_needs_the_device_is_done_anew_while_the_unit_has_it() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.works(number, 0, slot("operators-north", 1), "23T09:15");
    world.works(number, 1, slot("kiosk-north", 1), "23T10:00");
    assert_eq!(world.does(rework(number, "extract")), ["reopened"]);
    assert!(world.does(rework(number, "extract")).is_empty(), "it is open already");
    world.works(number, 1, slot("kiosk-north", 1), "23T11:00");
    world.works(number, 2, slot("operators-north", 1), "23T11:15");
    world.does(Command::AuthoriseReturn { number, by: "DC 2231".into() });
    world.does(Command::Collect { number, at: at("23T11:15"), by: "DC 2231".into(), seal: None });
    assert_eq!(world.refuses(rework(number, "extract")), "device_away");
}

#[test]
fn what_is_being_worked_on_is_ended_first() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.works(number, 0, slot("operators-north", 1), "23T09:15");
    let extract = world.starts(number, 1, slot("kiosk-north", 1));
    assert_eq!(world.refuses(rework(number, "prepare")), "illegal_transition");
    world.does(finish(extract, "23T09:15"));
    let offered = world.assigns(number, 2, slot("operators-north", 1));
    assert_eq!(world.does(rework(number, "prepare")), ["released", "reopened"]);
    assert!(!world.unit.assignments.contains_key(&offered));
}

#[test]
fn nobody_checks_their_own_work_at_whichever_bench_they_sit() {
    let (mut world, number, review) = under_review();
    world.actor.person = "khan".into();
    for own in [finish(review, "23T14:00"), send_back(review, "23T14:00", "report")] {
        let refusal = world.tries(&own).unwrap_err();
        assert_eq!(refusal.code(), "own_work");
        assert!(refusal.to_string().contains("anyone but khan, who has analyse"), "{refusal}");
    }
    world.does_as("lloyd", send_back(review, "23T14:00", "report"));
    world.works(number, 4, slot("khan", 1), "23T15:00");
    let review = world.assigns(number, 5, slot("lloyd", 1));
    for own in [Command::Accept { assignment: review, at: world.now, overrides: None }, start_now(review, world.now)] {
        assert_eq!(world.refuses(own), "own_work");
    }
    world.does_as("somebody else", start_now(review, world.now));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_was_ended_is_not_done_anew() {
    let (mut world, number, review) = under_review();
    let (at, cause, data) = (world.now, RemovalCause::NotNecessary, DataTaken::Deleted);
    let ends = Command::Remove { number, at, cause, data, reason: Some("found elsewhere".into()) };
    world.does(ends);
    assert!(!world.unit.assignments.contains_key(&review));
    let before = world.row(number);
    assert_eq!(world.refuses(rework(number, "report")), "illegal_transition");
    assert_eq!(world.row(number), before);
}
