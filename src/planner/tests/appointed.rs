//! Times that are kept for those who have an appointment.

use super::super::check::{Violation, violations};
use super::super::{Plan, Reason, plan};
use super::{faults, live_unit, over_units};
use crate::domain::command::{Command, Treat};
use crate::domain::ids::{QueueNumber, Slot};
use crate::domain::submission::Owner;
use crate::domain::testing::{World, at, ready_phone, slot, victims_phone};
use crate::domain::time::Timestamp;

const NONE: [String; 0] = [];

/// A victim's phone that is to be brought to a kiosk of two slots from ten to half past eleven, and phones of witnesses that are here.
fn unit(witnesses: usize) -> World {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(victims_phone("AB/1"));
    world.does(book(number, "kiosk-north", "23T10:00", "23T11:30"));
    for exhibit in 0..witnesses {
        let mut phone = ready_phone(&format!("CD/{exhibit}"));
        phone.facts.owner = Owner::Witness;
        world.registers(phone);
    }
    world
}

fn book(number: QueueNumber, resource: &str, from: &str, until: &str) -> Command {
    let (resource, from, until) = (resource.into(), at(from), Some(at(until)));
    Command::Treat { number, treat: Box::new(Treat::Book { resource, from, until, overrides: None }) }
}

/// What is extracted on a slot: whose, from when to when.
fn on(plan: &Plan, slot: &Slot) -> Vec<(i64, Timestamp, Timestamp)> {
    let steps = plan.steps.iter().filter(|step| step.slot.as_ref() == Some(slot));
    steps.map(|step| (step.submission.0, step.start, step.end)).collect()
}

#[test]
fn nobody_elses_work_goes_there_and_who_waits_is_told_why() {
    let world = unit(4);
    let found = plan(&world.unit, at("23T09:00"));
    assert_eq!(faults(&world.unit, &found), NONE);
    let kept = on(&found, &slot("kiosk-north", 1));
    assert!(kept.iter().all(|(_, start, end)| *end <= at("23T10:00") || at("23T11:30") <= *start), "{kept:?}");
    let steps = found.steps.iter().flat_map(|step| &step.because);
    let told: Vec<&Reason> = steps.filter(|reason| matches!(reason, Reason::Reserved { .. })).collect();
    let expected = Reason::Reserved { resource: "kiosk-north".into(), first: QueueNumber(1), until: at("23T11:30") };
    assert_eq!(told, [&expected]);
}

#[test]
fn whoever_has_the_appointment_finds_its_time_free_however_many_are_there() {
    let mut world = unit(6);
    world.at("23T09:50").does(Command::RecordAgreement {
        number: QueueNumber(1),
        agreement_at: at("23T09:40"),
        notice_at: at("23T09:30"),
        terms: None,
    });
    world.does(Command::Authorise { number: QueueNumber(1), by: "DS 1180".into(), at: at("23T09:45") });
    world.does(Command::Deliver { number: QueueNumber(1), site: "north".into(), at: at("23T09:50"), by: None, seal: None });
    let found = plan(&world.unit, at("23T09:50"));
    assert_eq!(faults(&world.unit, &found), NONE);
    let kept = on(&found, &slot("kiosk-north", 1));
    assert!(kept.contains(&(1, at("23T10:20"), at("23T11:20"))), "after half an hour of preparation: {kept:?}");
}

#[test]
fn a_time_that_is_kept_goes_with_the_time_and_with_the_work() {
    let mut world = unit(1);
    let kept = |world: &World, now: &str| world.unit.appointments(at(now)).count();
    assert_eq!((kept(&world, "23T09:00"), kept(&world, "23T11:29"), kept(&world, "23T11:30")), (1, 1, 0));
    let mut ended = world.row(QueueNumber(1)).appointment.clone().unwrap();
    ended.slot = slot("kiosk-north", 3);
    let mut gone = (*world.row(QueueNumber(1))).clone();
    gone.appointment = Some(ended);
    world.unit.submissions.insert_mut(QueueNumber(1), std::sync::Arc::new(gone));
    assert_eq!(kept(&world, "23T09:00"), 0, "there is no third slot");
}

#[test]
fn the_check_finds_a_step_in_a_time_that_is_kept() {
    let world = unit(1);
    let mut wrong = plan(&world.unit, at("23T09:00"));
    let extract = wrong.steps.iter_mut().find(|step| (step.submission, step.stage) == (QueueNumber(2), 1)).unwrap();
    extract.slot = Some(slot("kiosk-north", 1));
    (extract.start, extract.end) = (at("23T10:30"), at("23T11:30"));
    extract.segments = vec![(extract.start, extract.end)];
    let found = violations(&world.unit, &wrong);
    assert!(found.iter().any(|violation| matches!(violation, Violation::Reserved { other: QueueNumber(1), .. })), "{found:?}");
}

#[test]
fn random_units_have_enough_of_them_to_mean_something() {
    let (kept, told) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    over_units(400, live_unit, |_, unit, now| {
        kept.set(kept.get() + unit.appointments(now).count());
        let found = plan(unit, now);
        let reasons = found.steps.iter().flat_map(|step| &step.because);
        told.set(told.get() + reasons.filter(|reason| matches!(reason, Reason::Reserved { .. })).count());
        Vec::new()
    });
    assert!(kept.get() > 80 && told.get() > 60, "{kept:?} are kept, {told:?} told of one");
}
