//! The guard at the desk: a witness's tablet would keep an operator of Northport for 40 hours of work, and victims' phones
//! that are still to come need one of the two.

use crate::domain::command::{Command, Supervised};
use crate::domain::establishment::ResourceKind::{Dmi, Operator};
use crate::domain::event::{Change, ReleaseCause};
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::policy::{Policy, Route, Stage, When};
use crate::domain::submission::{Owner, Request};
use crate::domain::testing::*;

/// The example's policy, with a route for witnesses on which `verify` takes 40 hours of an operator or a DMI.
fn long_work() -> Policy {
    let mut policy = policy();
    let verify = Stage { holds_device: true, base: span("40h"), ..stage("verify", &[Operator, Dmi], &[]) };
    let when = When { owner: Some(vec![Owner::Witness]), ..When::default() };
    let gates = policy.routes[0].gates.clone();
    policy.routes.insert(0, Route { name: "witness".into(), when, gates, stages: vec![verify] });
    policy.promises.iter_mut().find(|promise| promise.name.as_str() == "custody").unwrap().hard = true;
    policy
}

fn witness_tablet(exhibit: &str) -> Request {
    let mut request = ready_phone(exhibit);
    (request.facts.owner, request.facts.device) = (Owner::Witness, "tablet".into());
    request
}

/// One operator is at work on a witness's tablet until Wednesday evening; another tablet is offered to the other.
fn one_operator_left() -> (World, QueueNumber, AssignmentId) {
    let mut world = World::empty();
    world.does(Command::AdoptEstablishment { establishment: Box::new(establishment()), text: "unit".into() });
    world.does(Command::AdoptPolicy { policy: Box::new(long_work()), text: "policy".into() });
    let first = world.at("23T09:00").registers(witness_tablet("AB/1"));
    world.starts(first, 0, slot("operators-north", 1));
    let second = world.registers(witness_tablet("AB/2"));
    let offered = world.assigns(second, 0, slot("operators-north", 2));
    (world, second, offered)
}

fn start(assignment: AssignmentId, overrides: Option<&str>) -> Command {
    Command::Start { assignment, at: at("23T09:00"), overrides: overrides.map(str::to_owned) }
}

fn given_back(assignment: AssignmentId) -> Command {
    Command::Release { assignment, cause: ReleaseCause::GivenBack, reason: None }
}

#[test]
fn the_last_operator_is_kept_and_who_is_free_is_named() {
    let (mut world, _, offered) = one_operator_left();
    let refusal = world.tries(&start(offered, None)).unwrap_err();
    assert_eq!(refusal.code(), "held");
    assert_eq!(
        refusal.to_string(),
        "verify of Q2 on operators-north/2 is held for a victim's phone that may reach north, and no start within the longest \
         hold is harmless: use okafor/1, which is free, or have a supervisor override it with a reason"
    );
}

#[test]
fn what_is_told_late_and_over_by_now_is_not_held() {
    let (mut world, _, offered) = one_operator_left();
    assert_eq!(world.at("25T08:00").refuses(start(offered, None)), "held", "it goes on until half past ten");
    assert_eq!(world.at("25T11:00").does(start(offered, None)), ["started"]);
}

#[test]
fn who_is_named_may_be_used() {
    let (mut world, second, offered) = one_operator_left();
    world.does(given_back(offered));
    world.starts(second, 0, slot("okafor", 1));
}

#[test]
fn a_supervisor_overrides_the_guard_with_a_reason_that_is_kept() {
    let (mut world, _, offered) = one_operator_left();
    assert_eq!(world.wrong_fields(start(offered, Some(" "))), ["override"], "a reason it must be");
    assert_eq!(world.wrong_fields(start(offered, Some("PIN 4711"))), ["override"]);
    assert_eq!(world.does(start(offered, Some("the child is moved tonight"))), ["started"]);
    let Some(Change::Started { overrode, .. }) = world.recorded("started").pop() else { panic!("started") };
    assert_eq!(overrode, Some("north".into()), "where the phone would be too late");
    let entry = world.entries.last().unwrap();
    assert_eq!(entry.event().unwrap().sealed.reason.as_deref(), Some("the child is moved tonight"));
    assert!(!entry.facts.contains("child"), "reasons are sealed");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_was_not_overridden_reads_as_it_always_did() {
    let (mut world, _, offered) = one_operator_left();
    world.does(given_back(offered));
    let started = world.entries.iter().rfind(|entry| entry.kind == "started").unwrap();
    assert!(!started.facts.contains("overrode"), "{}", started.facts);
    let third = world.registers(ready_phone("AB/3"));
    let assignment = world.assigns(third, 0, slot("operators-north", 2));
    world.does(Command::Start { assignment, at: at("23T09:00"), overrides: Some("needless".into()) });
    assert!(!world.entries.last().unwrap().facts.contains("overrode"), "there was nothing to override");
}

#[test]
fn accepting_is_refused_like_starting_and_what_was_accepted_may_start() {
    let (mut world, second, offered) = one_operator_left();
    world.does(given_back(offered));
    let version = world.row(second).version;
    let (from, until, to) = (at("23T09:00"), at("25T19:00"), slot("operators-north", 2));
    let assignment = AssignmentId(world.unit.next.assignment);
    world.does(Command::Assign { number: second, version, stage: 0, slot: to, start: from, end: until });
    let accept = |overrides| Command::Accept { assignment, at: from, overrides };
    assert_eq!(world.refuses(accept(None)), "held");
    world.does(accept(Some("agreed with the head of the unit".into())));
    world.does(start(assignment, None));
}

#[test]
fn victims_themselves_and_work_with_a_hard_clock_of_its_own_are_never_held() {
    let (mut world, second, offered) = one_operator_left();
    world.does(given_back(offered));
    let correct = |field: &str, value: &str| Command::Correct {
        number: second,
        field: field.into(),
        value: value.into(),
        reason: "told by custody".into(),
        supervised: Supervised::Yes,
    };
    // Its suspect's custody ends on Wednesday at midnight: held until a quarter to eleven that day, it would not be done by then.
    world.does(correct("custody_expires_at", "2026-11-25T23:59:00Z"));
    world.starts(second, 0, slot("operators-north", 2));
}
