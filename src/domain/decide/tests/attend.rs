//! Owners who wait longer than they were promised, and who answers for that.

use crate::domain::actions::{ActionKind, Taken};
use crate::domain::command::{Command, Treat};
use crate::domain::ids::{BreachId, QueueNumber};
use crate::domain::state::{Results, results};
use crate::domain::testing::*;
use crate::domain::unit::{BreachState, Receiver};

fn treat(number: QueueNumber, treat: Treat) -> Command {
    Command::Treat { number, treat: Box::new(treat) }
}

fn issue(time: &str, handset: Option<&str>) -> Treat {
    Treat::IssueHandset { at: at(time), handset: handset.map(Into::into), received_by: Receiver::Owner, with_sim: true }
}

fn acknowledge(breach: i64, reason: &str) -> Command {
    Command::AcknowledgeBreach { breach: BreachId(breach), reason: reason.into() }
}

/// A phone whose return is forecast to come too late.
fn late_phone() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let (promise, expected) = ("victim-phone".into(), Some(at("24T12:00")));
    world.does(Command::ForecastBreach { number, promise, expected });
    (world, number)
}

#[test]
fn a_handset_mitigates_a_breach_that_counts_all_the_same() {
    let (mut world, number) = late_phone();
    assert_eq!(world.does(treat(number, issue("23T09:00", Some("spare-1")))), ["handset_issued", "breach_mitigated"]);
    assert_eq!(world.breach(1).mitigated_at, Some(at("23T09:00")));
    world.at("24T08:00").sweeps();
    let breach = world.breach(1);
    assert_eq!((breach.state, breach.mitigated_at), (BreachState::Open, Some(at("23T09:00"))));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_breach_that_comes_later_is_mitigated_by_the_handset_that_is_there() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.does(treat(number, issue("23T09:00", Some("spare-1"))));
    world.at("24T08:00").sweeps();
    assert_eq!(world.breach(1).mitigated_at, Some(at("23T09:00")));
}

#[test]
fn a_handset_is_one_and_with_one_owner_at_a_time() {
    let (mut world, number) = late_phone();
    let other = world.registers(ready_phone("CD/1"));
    let reserve = |number| treat(number, Treat::ReserveHandset { handset: "spare-1".into() });
    assert_eq!(world.does(reserve(number)), ["handset_reserved"]);
    assert!(world.does(reserve(number)).is_empty(), "said twice");
    assert_eq!(world.refuses(reserve(other)), "illegal_transition");
    assert_eq!(world.wrong_fields(treat(other, issue("23T09:00", Some("spare-9")))), ["handset"]);
    assert_eq!(world.wrong_fields(treat(other, issue("23T09:00", None))), ["handset"], "none is put by for them");
    world.does(treat(number, issue("23T09:00", None)));
    assert_eq!(world.refuses(treat(number, issue("23T09:00", Some("spare-2")))), "illegal_transition", "they have one");
    assert_eq!(world.does(treat(number, Treat::TakeBackHandset { at: at("23T09:00") })), ["handset_taken_back"]);
    assert_eq!(world.does(reserve(other)), ["handset_reserved"]);
}

#[test]
fn a_submission_stays_open_until_the_handset_is_back_and_one_only_put_by_goes_with_the_return() {
    for (issued, open) in [(true, true), (false, false)] {
        let mut world = World::new();
        let mut phone = ready_phone("AB/1");
        phone.facts.owner = crate::domain::submission::Owner::Victim;
        let number = world.at("23T09:00").registers(phone);
        world.does(treat(number, Treat::ReserveHandset { handset: "spare-1".into() }));
        if issued {
            world.does(treat(number, issue("23T09:00", None)));
        }
        world.does(to_owner(number, "23T09:00"));
        assert_eq!(world.row(number).handset.is_some(), open);
        assert_eq!(world.unit.submissions.contains_key(&number), open);
    }
}

#[test]
fn an_owner_is_told_in_the_order_in_which_it_happened() {
    let (mut world, number) = late_phone();
    let told = |time, expected| Treat::TellOwner { at: at(time), expected, reason: None };
    world.at("23T10:00").does(treat(number, told("23T09:50", Some(at("24T12:00")))));
    assert!(world.does(treat(number, told("23T09:50", Some(at("24T12:00"))))).is_empty(), "said twice");
    assert_eq!(world.wrong_fields(treat(number, told("23T09:40", None))), ["at"]);
    assert_eq!(world.row(number).owner_told.unwrap().expected, Some(at("24T12:00")));
}

#[test]
fn results_are_opened_once_they_are_there() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    let opened = treat(number, Treat::ReceiveResults { at: at("23T09:00") });
    assert_eq!(world.refuses(opened), "illegal_transition", "pending");
    assert_eq!(results(&world.unit, &world.row(number)), Some(Results::Pending));
}

#[test]
fn who_answers_for_a_breach_says_why_and_is_on_record() {
    let (mut world, _) = late_phone();
    assert_eq!(world.wrong_fields(acknowledge(1, " ")), ["reason"]);
    assert_eq!(world.refuses(acknowledge(7, "what")), "unknown_breach");
    assert_eq!(world.does(acknowledge(1, "no trained operator on shift")), ["breach_acknowledged"]);
    assert!(world.does(acknowledge(1, "again")).is_empty(), "by the same person");
    let known = world.breach(1).acknowledged.unwrap();
    assert_eq!((known.at, known.by.as_str()), (at("23T09:00"), "DS 1180"));
    let (number, promise) = (QueueNumber(1), "victim-phone".into());
    world.does(Command::ForecastBreach { number, promise, expected: None });
    assert!(world.breach(1).acknowledged.is_some(), "told anew, and still answered for");
}

#[test]
fn who_takes_on_what_is_asked_for_stands_with_it_until_somebody_else_does() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(victims_phone("AB/1"));
    let take_on = |reason: &str| treat(number, Treat::TakeOn { action: ActionKind::Pin, reason: Some(reason.into()) });
    assert_eq!(world.does(take_on("ringing the owner now")), ["action_acknowledged"]);
    assert!(world.does(take_on("ringing the owner now")).is_empty(), "said twice");
    let first = Taken { action: ActionKind::Pin, at: at("23T09:00"), by: world.actor.person.clone() };
    assert_eq!(world.row(number).taken_on, [first]);
    assert_eq!(world.at("23T10:00").does(take_on("still ringing")), ["action_acknowledged"]);
    assert_eq!(world.row(number).taken_on.iter().map(|taken| taken.at).collect::<Vec<_>>(), [at("23T10:00")], "the last alone");
    assert_eq!(world.wrong_fields(take_on("the PIN is 4821")), ["reason"]);
    assert_eq!(world.folded(), world.unit);
}
