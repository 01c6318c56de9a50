use crate::domain::command::Command;
use crate::domain::ids::{BreachId, QueueNumber};
use crate::domain::policy::Milestone;
use crate::domain::testing::*;
use crate::domain::unit::{BreachState, reached};

fn record(number: QueueNumber, promise: &str) -> Command {
    Command::RecordBreach { number, promise: promise.into() }
}

fn forecast(number: QueueNumber, expected: &str) -> Command {
    Command::ForecastBreach { number, promise: "victim-phone".into(), expected: Some(at(expected)) }
}

fn ready() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    (world, number)
}

/// Extracted and verified by 10:40 on Monday.
fn verified() -> (World, QueueNumber) {
    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    world.works(number, 1, slot("kiosk-north", 1), "23T10:20");
    world.works(number, 2, slot("operators-north", 1), "23T10:40");
    (world, number)
}

#[test]
fn a_missed_promise_is_recorded_once_with_the_true_time() {
    let (mut world, number) = ready();
    world.at("24T07:39");
    assert_eq!((world.sweeps(), world.refuses(record(number, "victim-phone"))), (0, "not_missed"));
    world.at("24T07:40");
    assert_eq!(world.sweeps(), 1, "missed is due or later");
    assert_eq!(world.entries.last().unwrap().happened_at, at("24T07:40"));
    assert_eq!((world.sweeps(), world.refuses(record(number, "victim-phone"))), (0, "not_missed"));
    assert_eq!(world.refuses(record(number, "custody")), "unknown_promise");
    assert_eq!(world.refuses(record(QueueNumber(9), "victim-phone")), "unknown_submission");
}

#[test]
fn a_daemon_that_was_down_records_what_it_missed_in_the_order_in_which_it_fell_due() {
    let mut world = World::new();
    let mut earlier = victims_phone("AB/2");
    earlier.facts.taken_at = at("22T10:00");
    world.registers(victims_phone("AB/1"));
    world.registers(earlier);
    world.at("27T12:00");
    assert_eq!(world.sweeps(), 2);
    let happened: Vec<_> = world.entries.iter().rev().take(2).map(|entry| entry.happened_at).collect();
    assert_eq!(happened, [at("24T07:40"), at("23T10:00")]);
}

#[test]
fn a_phone_that_comes_back_late_closes_its_breach_and_one_that_was_back_in_time_disproves_it() {
    let (mut world, number) = verified();
    world.at("24T09:00").sweeps();
    assert_eq!(world.does(to_owner(number, "24T08:30")), ["returned", "breach_closed"]);
    assert_eq!(world.breach(1).state, BreachState::Closed { at: at("24T08:30") });

    let (mut world, number) = verified();
    world.at("24T09:00").sweeps();
    assert_eq!(world.does(to_owner(number, "24T07:40")), ["returned", "breach_disproved"], "a late entry: back on the minute");
    assert_eq!(world.breach(1).state, BreachState::Disproved { at: at("24T07:40") });
    assert_eq!(world.kinds()["breached"], 1, "the entry stays");
}

#[test]
fn a_milestone_reached_late_before_anyone_looked_is_a_breach_all_the_same() {
    let (mut world, number) = verified();
    world.works(number, 4, slot("okafor", 1), "23T12:00");
    world.at("25T09:00");
    assert_eq!(world.does(to_owner(number, "24T08:30")), ["breached", "returned", "breach_closed"]);
    assert_eq!((world.breach(1).due, world.breach(1).state), (at("24T07:40"), BreachState::Closed { at: at("24T08:30") }));
    assert!(!world.unit.submissions.contains_key(&number), "and it closes");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_submission_stays_open_while_a_breach_of_it_stands() {
    let (mut world, number) = ready();
    world.at("24T09:00").sweeps();
    world.works(number, 0, slot("operators-north", 1), "24T09:20");
    world.works(number, 1, slot("kiosk-north", 1), "24T10:20");
    world.works(number, 2, slot("operators-north", 1), "24T10:40");
    world.works(number, 4, slot("okafor", 1), "24T12:00");
    assert!(world.unit.breaches.contains_key(&BreachId(1)));
    world.does(to_owner(number, "24T12:00"));
    assert!(world.unit.submissions.is_empty() && world.unit.breaches.is_empty());
}

#[test]
fn a_forecast_breach_is_told_once_changed_averted_and_comes_true_under_its_number() {
    let (mut world, number) = ready();
    assert_eq!(world.does(forecast(number, "24T09:00")), ["breach_forecast"]);
    assert!(world.does(forecast(number, "24T09:00")).is_empty(), "told once");
    world.at("23T10:00").does(forecast(number, "24T10:00"));
    let expected = Some(at("24T10:00"));
    assert_eq!(world.breach(1).state, BreachState::Forecast { since: at("23T09:00"), expected }, "known since nine");
    assert_eq!(world.does(Command::AvertBreach { breach: BreachId(1) }), ["breach_averted"]);
    assert_eq!(world.refuses(Command::AvertBreach { breach: BreachId(1) }), "unknown_breach");
    world.does(forecast(number, "24T11:00"));
    world.at("24T08:00").sweeps();
    assert_eq!(world.breach(2).state, BreachState::Open, "the forecast has come true");
    assert_eq!(world.refuses(Command::AvertBreach { breach: BreachId(2) }), "illegal_transition");
    assert_eq!(world.refuses(forecast(number, "24T11:00")), "not_missed");
}

#[test]
fn a_forecast_that_does_not_come_true_is_averted_by_the_return() {
    let (mut world, number) = verified();
    world.does(forecast(number, "24T09:00"));
    world.at("23T15:00");
    assert_eq!(world.does(to_owner(number, "23T15:00")), ["returned", "breach_averted"]);
    assert_eq!(world.refuses(forecast(number, "24T09:00")), "not_missed", "it is back");
}

#[test]
fn a_forecast_that_comes_true_unseen_is_a_breach_under_its_number() {
    let (mut world, number) = verified();
    world.does(forecast(number, "24T09:00"));
    world.at("24T10:00");
    assert_eq!(world.refuses(forecast(number, "24T12:00")), "not_missed", "it is due: that is no forecast");
    assert_eq!(world.does(to_owner(number, "24T09:30")), ["breached", "returned", "breach_closed"]);
    assert_eq!(world.breach(1).state, BreachState::Closed { at: at("24T09:30") });
}

#[test]
fn a_promise_bound_to_a_date_ends_with_it_and_what_was_missed_by_then_stays() {
    let mut world = World::new();
    let mut request = ready_phone("AB/1");
    request.facts.custody_expires_at = Some(at("23T20:00"));
    request.facts.evidence_fades_at = Some(at("23T18:00"));
    world.at("23T09:00").registers(request);
    world.at("23T16:00");
    assert_eq!(world.sweeps(), 1, "custody is due four hours before");
    world.at("24T00:00");
    assert_eq!(world.sweeps(), 1, "the evidence has faded, though the daemon was down then");
    assert_eq!(world.entries.last().unwrap().happened_at, at("23T18:00"));
    assert_eq!(world.unit.breaches.size(), 2, "both stay on record");
}

#[test]
fn a_promise_whose_date_had_passed_before_the_device_was_taken_was_never_made() {
    let mut world = World::new();
    let mut request = victims_phone("AB/1");
    request.facts.custody_expires_at = Some(at("23T07:00"));
    world.registers(request);
    assert_eq!(world.sweeps(), 0);
}

#[test]
fn a_promise_to_a_near_date_is_missed_only_once_the_date_is_near() {
    let mut world = World::new();
    let mut request = victims_phone("AB/1");
    request.facts.bail_at = Some(at("2027-01-20T10:00:00Z"));
    let number = world.registers(request);
    world.at("2027-01-06T09:59:59Z");
    world.sweeps();
    assert_eq!(world.refuses(record(number, "bail")), "not_missed");
    world.at("2027-01-06T10:00:00Z");
    assert_eq!(world.does(record(number, "bail")), ["breached"]);
}

#[test]
fn milestones_are_reached_with_the_last_stage_that_counts() {
    let (mut world, number) = verified();
    let reached = |world: &World, milestone| {
        let row = world.row(number);
        reached(&row, world.unit.route_of(&row), milestone)
    };
    assert_eq!(reached(&world, Milestone::Extracted), Some(at("23T10:40")));
    assert_eq!(reached(&world, Milestone::Results), None);
    assert_eq!(reached(&world, Milestone::DeviceBack), None);
    world.works(number, 4, slot("okafor", 1), "23T12:00");
    assert_eq!(reached(&world, Milestone::Results), Some(at("23T12:00")));
    world.does(to_owner(number, "23T11:50"));
    assert_eq!(reached(&world, Milestone::DeviceBack), Some(at("23T11:50")));
}

#[test]
fn a_promise_runs_where_no_route_leads() {
    let mut world = World::new();
    let mut request = suspects_laptop("CD/1");
    request.facts.level = 1;
    request.facts.taken_at = at("2026-10-01T08:00:00Z");
    world.registers(request);
    assert_eq!(world.sweeps(), 1, "thirty days are over");
}
