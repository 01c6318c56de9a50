//! What comes first by a person's decision, and for how long.

use crate::domain::command::{Command, Treat};
use crate::domain::ids::QueueNumber;
use crate::domain::testing::*;
use crate::domain::time::Timestamp;
use crate::domain::unit::BreachState;

fn prioritise(number: QueueNumber, tier: Option<u8>, until: Option<Timestamp>) -> Command {
    let treat = Treat::Prioritise { tier, until, reason: "the interview is on Monday".into() };
    Command::Treat { number, treat: Box::new(treat) }
}

fn flag(number: QueueNumber, risk: Option<&[&str]>, life_at_risk: Option<bool>) -> Command {
    let treat = Treat::Flag { risk: risk.map(words), life_at_risk, reason: "threats in messages of today".into() };
    Command::Treat { number, treat: Box::new(treat) }
}

/// A suspect's laptop, registered on Monday at 09:00.
fn laptop() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    (world, number)
}

fn due(world: &World, number: QueueNumber, promise: &str) -> Option<Timestamp> {
    let row = world.row(number);
    row.running(world.now).find(|clock| clock.promise.as_str() == promise).map(|clock| clock.due)
}

#[test]
fn a_person_raises_a_submission_for_a_while_and_who_did_is_kept() {
    let (mut world, number) = laptop();
    world.does(prioritise(number, Some(2), Some(at("25T09:00"))));
    assert_eq!(world.row(number).raised(at("25T08:59")), Some(2));
    assert_eq!(world.row(number).raised(at("25T09:00")), None, "it ends by itself");
    assert_eq!(world.row(number).tier(world.now), 3, "what it was promised is as it was");
    assert_eq!(world.row(number).priority.as_ref().map(|priority| priority.by.as_str()), Some("DS 1180"));
    assert_eq!(world.does(prioritise(number, Some(2), Some(at("25T09:00")))), [""; 0]);
    world.does(prioritise(number, None, None));
    assert_eq!(world.row(number).priority, None);
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn nobody_raises_anything_among_victims_phones_nor_lowers_one() {
    let (mut world, number) = laptop();
    for (tier, why) in [(0, "life at risk is a flag"), (1, "promises to victims"), (3, "it is there"), (9, "there is none")] {
        assert_eq!(world.wrong_fields(prioritise(number, Some(tier), None)), ["tier"], "{why}");
    }
    assert_eq!(world.wrong_fields(prioritise(number, Some(2), Some(world.now))), ["until"]);
    let phone = world.registers(ready_phone("AB/1"));
    assert_eq!(world.wrong_fields(prioritise(phone, Some(5), None)), ["tier"]);
}

#[test]
fn life_at_risk_counts_from_when_it_was_said_lapses_and_is_renewed() {
    let (mut world, number) = laptop();
    world.at("23T12:00").does(flag(number, None, Some(true)));
    assert_eq!(due(&world, number, "life-at-risk"), Some(at("23T16:00")), "four hours from then, not from when it was taken");
    assert_eq!(world.row(number).tier(at("23T23:59")), 0);
    assert_eq!(world.row(number).tier(at("24T00:00")), 3, "it lapses after twelve hours");
    world.at("23T22:00").does(flag(number, None, Some(true)));
    assert_eq!(world.row(number).tier(at("24T09:59")), 0, "somebody said it again");
    assert_eq!(due(&world, number, "life-at-risk"), Some(at("23T16:00")), "what was promised stays so");
    world.at("25T09:00").does(flag(number, None, Some(true)));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_flag_that_is_lowered_promises_nothing_more_and_what_was_missed_stays_missed() {
    let (mut world, number) = laptop();
    world.at("23T12:00").does(flag(number, None, Some(true)));
    assert_eq!(world.at("23T16:00").sweeps(), 1);
    world.at("23T17:00").does(flag(number, None, Some(false)));
    assert_eq!(due(&world, number, "life-at-risk"), None);
    assert_eq!(world.breach(1).state, BreachState::Open, "it was missed");
    let misread = Command::Correct {
        number,
        field: "storage_gb".into(),
        value: "256".into(),
        reason: "misread".into(),
        supervised: crate::domain::command::Supervised::No,
    };
    world.does(misread);
    assert_eq!(world.breach(1).state, BreachState::Open, "also after something else was corrected");
    // Said again after that, it is a promise anew from then on only where it was not missed.
    world.at("24T09:00").does(flag(number, None, Some(true)));
    assert_eq!(due(&world, number, "life-at-risk"), Some(at("23T16:00")));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_flag_that_lapsed_before_its_promise_was_due_was_not_missed() {
    let mut world = World::empty();
    let mut policy = policy();
    let promise = policy.promises.iter_mut().find(|promise| promise.name.as_str() == "life-at-risk").unwrap();
    promise.flag_lapses = Some(span("2h"));
    world.does(Command::AdoptEstablishment { establishment: Box::new(establishment()), text: "unit".into() });
    world.does(Command::AdoptPolicy { policy: Box::new(policy), text: "policy".into() });
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.does(flag(number, None, Some(true)));
    assert_eq!(world.at("24T09:00").sweeps(), 0);
}

#[test]
fn a_child_at_risk_is_a_promise_and_the_word_must_be_the_policys() {
    let (mut world, number) = laptop();
    assert_eq!(world.wrong_fields(flag(number, Some(&["child_in_danger"]), None)), ["risk"]);
    world.at("25T09:00").does(flag(number, Some(&["child_at_risk"]), None));
    assert_eq!(due(&world, number, "safeguarding"), Some(at("2026-12-02T09:00:00Z")));
    assert_eq!(world.does(flag(number, Some(&["child_at_risk"]), None)), [""; 0], "said twice at once");
}

#[test]
fn what_comes_in_with_its_flag_counts_from_when_the_device_was_taken_and_lapses_all_the_same() {
    let mut world = World::new();
    let mut laptop = suspects_laptop("CD/1");
    laptop.facts.life_at_risk = true;
    let number = world.at("23T09:00").registers(laptop.clone());
    let row = world.row(number);
    let clock = row.clocks.iter().find(|clock| clock.promise.as_str() == "life-at-risk").unwrap();
    assert_eq!((clock.due, clock.ends_at), (laptop.facts.taken_at + span("4h"), at("23T21:00")));
}
