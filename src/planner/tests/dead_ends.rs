//! Work that leads nowhere keeps nobody from their place.

use super::super::{Options, Plan, RankRule, Reason, plan, replan};
use super::{SEARCH, faults};
use crate::domain::command::Command;
use crate::domain::ids::QueueNumber;
use crate::domain::submission::Owner;
use crate::domain::testing::{World, at, establishment, policy, ready_phone, words};
use crate::domain::time::Timestamp;

/// One operator, kiosks for phones alone, and two that are ready: Q1, a laptop that custody presses and nobody can
/// extract, and Q2, a witness's phone.
fn unit() -> World {
    let mut world = World::empty();
    let mut unit = establishment();
    for resource in &mut unit.resources {
        match resource.id.as_str() {
            "operators-north" => resource.slots = 1,
            "kiosk-north" | "kiosk-hq" => resource.devices = Some(words(&["phone"])),
            "bench" => resource.levels = Some(vec![2, 3]),
            _ => {}
        }
    }
    world.does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "unit".into() });
    world.does(Command::AdoptPolicy { policy: Box::new(policy()), text: "policy".into() });
    let mut laptop = ready_phone("AB/1");
    (laptop.facts.owner, laptop.facts.device) = (Owner::Witness, "laptop".into());
    laptop.facts.custody_expires_at = Some(at("23T20:00"));
    world.at("23T09:00").registers(laptop);
    let mut phone = ready_phone("AB/2");
    phone.facts.owner = Owner::Witness;
    world.registers(phone);
    world
}

fn prepared(plan: &Plan, number: i64) -> (Timestamp, &[Reason]) {
    let step = plan.steps.iter().find(|step| (step.submission, step.stage) == (QueueNumber(number), 0)).unwrap();
    (step.start, &step.because)
}

#[test]
fn what_nobody_can_finish_goes_behind_what_somebody_can_whatever_its_tier() {
    let world = unit();
    let found = plan(&world.unit, at("23T09:00"));
    assert_eq!(faults(&world.unit, &found), Vec::<String>::new());
    assert_eq!(found.order, [QueueNumber(2), QueueNumber(1)]);
    assert_eq!(prepared(&found, 2).0, at("23T09:00"));
    let behind = Reason::Behind { others: 1, first: QueueNumber(2), rule: RankRule::Completes };
    assert_eq!(prepared(&found, 1), (at("23T09:30"), &[behind][..]), "the rules of time leave nothing out that can be done");
}

#[test]
fn it_stays_behind_from_plan_to_plan_until_somebody_can() {
    let mut world = unit();
    let before = plan(&world.unit, at("23T09:00"));
    for options in [Options::BUILD, SEARCH] {
        assert_eq!(replan(&world.unit, at("23T09:01"), &options, Some(&before)).order, before.order);
    }
    let mut able = establishment();
    able.version = "2026-11-24".into();
    world.does(Command::AdoptEstablishment { establishment: Box::new(able), text: "unit 2".into() });
    // Nobody is late either way now, so the place that people were told stays; but nothing keeps it back any more.
    let after = replan(&world.unit, at("23T09:02"), &SEARCH, Some(&before));
    assert_eq!(after.order, before.order);
    assert_eq!(prepared(&after, 1), (at("23T09:02"), &[][..]));
    assert!(after.steps.iter().any(|step| step.submission == QueueNumber(1) && step.end <= at("23T20:00") && step.stage > 0));
    assert_eq!(plan(&world.unit, at("23T09:02")).order, [QueueNumber(1), QueueNumber(2)]);
}
