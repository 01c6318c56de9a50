//! What people are told to do when a promise would be missed. A phone needs half an hour of an operator, an hour at a kiosk, half an
//! hour of an operator again, and 45 minutes home between 08:00 and 21:00; both are there from 07:00 to 22:00.

use std::cell::Cell;

use super::over_units;
use crate::domain::command::Command;
use crate::domain::ids::QueueNumber;
use crate::domain::submission::{Owner, Request};
use crate::domain::testing::{World, at, ready_phone, slot, span, victims_phone};
use crate::planner::plan;
use crate::planner::rescue::{Remedy, remedies};
use crate::planner::testing::guarded;

/// A victim's phone with every gate met, due then.
fn phone_due(exhibit: &str, due: &str) -> Request {
    let mut phone = ready_phone(exhibit);
    let facts = &mut phone.facts;
    facts.taken_at = at(due) - span("24h");
    let met = Some(facts.taken_at + span("30m"));
    (facts.delivered_at, facts.agreement_at, facts.notice_at, facts.authorised_at) = (met, met, met, met);
    phone
}

/// A witness's phone, which was promised within months.
fn witness_phone(exhibit: &str) -> Request {
    let mut phone = ready_phone(exhibit);
    phone.facts.owner = Owner::Witness;
    phone
}

/// What is advised for the promise to a victim, in words.
fn advice(world: &World, number: QueueNumber) -> Vec<String> {
    let plan = plan(&world.unit, world.now);
    let zone = &world.unit.establishment.zone;
    let Some(found) = remedies(&world.unit, &plan, number, &"victim-phone".into()) else { return vec!["none needed".into()] };
    found.iter().map(|remedy| format!("{}: {}", zone.show(remedy.at), remedy.say(zone, &|number| number.to_string()))).collect()
}

#[test]
fn what_is_in_time_needs_no_remedy_and_what_nothing_helps_has_none() {
    let mut world = World::new();
    let kept = world.at("23T17:00").registers(phone_due("AB/1", "23T20:00"));
    assert_eq!(advice(&world, kept), ["none needed"]);
    let missed = world.registers(phone_due("CD/1", "23T18:00"));
    assert_eq!(advice(&world, missed), [""; 0], "it takes two hours and three quarters, whoever helps");
    let due = world.registers(phone_due("EF/1", "23T17:00"));
    assert_eq!(advice(&world, due), ["none needed"], "it is late already: nothing can make that undone");
}

#[test]
fn lower_work_that_was_accepted_is_put_off_or_what_runs_is_paused() {
    let mut world = World::new();
    world.at("23T17:00");
    let (first, second) = (world.registers(witness_phone("AB/1")), world.registers(witness_phone("AB/2")));
    let accepted = world.assigns(first, 0, slot("operators-north", 1));
    world.does(Command::Accept { assignment: accepted, at: world.now, overrides: None });
    world.starts(second, 0, slot("operators-north", 2));
    let victim = world.registers(phone_due("CD/1", "23T20:00"));
    assert_eq!(
        advice(&world, victim),
        [
            "Mon 23 Nov 19:45: operators-north/1 leaves prepare of Q1 for later",
            "Mon 23 Nov 19:45: operators-north/2 pauses prepare of Q2",
            "Mon 23 Nov 19:45: one more like operators-north at north"
        ]
    );
}

#[test]
fn one_victim_is_never_helped_at_the_cost_of_another() {
    let mut world = World::new();
    world.at("23T17:00");
    for exhibit in ["AB/1", "AB/2"] {
        let other = world.registers(phone_due(exhibit, "23T19:50"));
        let operator = if exhibit == "AB/1" { 1 } else { 2 };
        world.starts(other, 0, slot("operators-north", operator));
    }
    let third = world.registers(phone_due("CD/1", "23T20:00"));
    assert_eq!(advice(&world, third), ["Mon 23 Nov 19:45: one more like operators-north at north"]);
}

#[test]
fn a_hand_back_outside_the_return_window_is_cheaper_than_overtime() {
    let mut world = World::new();
    let early = world.at("22T21:00").registers(phone_due("AB/1", "23T08:30"));
    assert_eq!(
        advice(&world, early),
        ["Mon 23 Nov 08:15: it is handed back from north outside the return window, Mon 23 Nov 07:30 to Mon 23 Nov 08:15"]
    );
}

#[test]
fn overtime_is_of_all_who_are_needed_from_when_until_when() {
    let mut world = World::new();
    let late = world.at("22T21:40").registers(phone_due("AB/1", "23T09:00"));
    assert_eq!(
        advice(&world, late),
        [
            "Mon 23 Nov 08:45: kiosk-north works outside its hours, Sun 22 Nov 22:10 to Sun 22 Nov 23:10, and operators-north works outside its hours, Sun 22 Nov 22:00 to Sun 22 Nov 23:40"
        ]
    );
}

#[test]
fn behind_a_shut_gate_the_first_thing_is_to_have_it_met() {
    let mut world = World::new();
    let mut phone = victims_phone("AB/1");
    phone.facts.taken_at = at("22T20:00");
    let number = world.at("23T09:00").registers(phone);
    assert_eq!(advice(&world, number), ["Mon 23 Nov 11:45: its gates are met by Mon 23 Nov 17:15"]);
    world.at("23T17:20");
    assert_eq!(advice(&world, number), [""; 0], "nothing makes good for five minutes");
}

#[test]
fn a_promise_of_a_lower_tier_has_no_remedies() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(witness_phone("AB/1"));
    let plan = plan(&world.unit, world.now);
    assert_eq!(remedies(&world.unit, &plan, number, &"standard".into()), None);
}

#[test]
fn a_remedy_keeps_its_promise_and_says_each_thing_once() {
    let (late, helped) = (Cell::new(0), Cell::new(0));
    over_units(1_000, guarded, |_, unit, now| {
        let plan = plan(unit, now);
        let missed = plan.milestones.iter().filter(|line| line.tier <= 2 && line.due > now && line.at > line.due);
        let mut wrong = Vec::new();
        for line in missed {
            let found = remedies(unit, &plan, line.submission, &line.promise).unwrap_or_default();
            let in_time = |remedy: &Remedy| remedy.at <= line.due && !remedy.measures.is_empty();
            let once = |remedy: &Remedy| (1..remedy.measures.len()).all(|i| !remedy.measures[..i].contains(&remedy.measures[i]));
            wrong.extend(found.iter().filter(|remedy| !in_time(remedy) || !once(remedy)).map(|remedy| format!("{remedy:?}")));
            late.set(late.get() + 1);
            helped.set(helped.get() + u32::from(!found.is_empty()));
        }
        wrong
    });
    let (late, helped) = (late.get(), helped.get());
    assert!(late > 80 && helped > 25, "{helped} of {late} can be helped");
}
