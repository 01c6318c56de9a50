//! A time is kept for a device that somebody brings then.

use crate::domain::command::{Command, Treat};
use crate::domain::event::Change;
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Gate;
use crate::domain::state::{State, state};
use crate::domain::submission::Owner;
use crate::domain::testing::*;
use crate::domain::unit::{Appointment, AppointmentEnd};

fn treat(number: QueueNumber, treat: Treat) -> Command {
    Command::Treat { number, treat: Box::new(treat) }
}

fn book(number: QueueNumber, resource: &str, from: &str, until: Option<&str>) -> Command {
    treat(number, Treat::Book { resource: resource.into(), from: at(from), until: until.map(at), overrides: None })
}

fn end(number: QueueNumber, cause: AppointmentEnd) -> Command {
    treat(number, Treat::EndAppointment { cause, reason: None })
}

fn walk_up(number: QueueNumber, resource: &str, time: &str) -> Command {
    Command::WalkUp { number, resource: resource.into(), at: at(time), overrides: None }
}

/// A unit whose kiosk in the north has one slot.
fn one_slot() -> World {
    let mut world = World::new();
    let mut unit = establishment();
    unit.version = "2026-11-20".into();
    unit.resources[0].slots = 1;
    world.does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "one slot".into() });
    world
}

/// A victim's phone that somebody brings to that kiosk at ten, agreed and authorised.
fn booked() -> (World, QueueNumber) {
    let mut world = one_slot();
    let mut phone = ready_phone("AB/1");
    phone.facts.delivered_at = None;
    let number = world.at("23T09:00").registers(phone);
    assert_eq!(world.does(book(number, "kiosk-north", "23T10:00", None)), ["appointment_made"]);
    (world, number)
}

#[test]
fn it_is_kept_as_long_as_nine_of_ten_such_examinations_take_unless_somebody_says_how_long() {
    let (mut world, number) = booked();
    let kept = Appointment { slot: slot("kiosk-north", 1), from: at("23T10:00"), until: at("23T11:30") };
    assert_eq!(world.row(number).appointment, Some(kept), "an hour, and half as much again");
    assert_eq!(state(&world.unit, &world.row(number), world.now), State::Booked);
    assert!(world.does(book(number, "kiosk-north", "23T10:00", None)).is_empty(), "said twice");
    assert_eq!(world.does(book(number, "kiosk-north", "23T14:00", Some("23T15:00"))), ["appointment_made"], "instead");
    assert_eq!(world.unit.appointments(world.now).count(), 1);
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_cannot_be_kept_is_refused_with_the_field_that_is_wrong() {
    let (mut world, number) = booked();
    for (resource, from, until, field) in [
        ("kiosk-north", "23T08:59", None, "from"),
        ("kiosk-north", "2027-03-23T10:00:00Z", None, "from"),
        ("kiosk-north", "24T02:00", None, "from"),
        ("kiosk-north", "23T12:00", Some("23T12:59"), "until"),
        ("kiosk-north", "23T12:00", Some("24T12:01"), "until"),
    ] {
        assert_eq!(world.wrong_fields(book(number, resource, from, until)), [field], "{from} {until:?}");
    }
    assert_eq!(world.refuses(book(number, "kiosk-9", "23T12:00", None)), "unknown_resource");
    assert_eq!(world.refuses(book(number, "khan", "23T12:00", None)), "unable", "an examiner has no hand in it");
    let from = at("23T12:30");
    let outage = Command::DeclareOutage { resource: "kiosk-north".into(), from, until: at("23T13:00"), reason: "power".into() };
    world.does(outage);
    assert_eq!(world.refuses(book(number, "kiosk-north", "23T12:00", None)), "resource_down");
}

#[test]
fn nobody_elses_work_is_given_out_taken_on_or_begun_in_it() {
    let (mut world, _) = booked();
    let other = world.registers(ready_phone("CD/1"));
    world.works(other, 0, slot("operators-north", 1), "23T09:20");
    assert_eq!(world.refuses(world.assign(other, 1, slot("kiosk-north", 1))), "reserved");
    assert_eq!(world.refuses(walk_up(other, "kiosk-north", "23T09:20")), "reserved");
    // Once it is called off, the kiosk is anybody's.
    assert_eq!(world.does(end(QueueNumber(1), AppointmentEnd::Cancelled)), ["appointment_ended"]);
    assert!(world.does(end(QueueNumber(1), AppointmentEnd::Cancelled)).is_empty(), "said twice");
    assert_eq!(world.does(walk_up(other, "kiosk-north", "23T09:20")), ["assigned", "started"]);
    // What has begun until then stands in the way of an appointment.
    assert_eq!(world.refuses(book(QueueNumber(1), "kiosk-north", "23T10:00", None)), "slot_busy");
    assert_eq!(world.does(book(QueueNumber(1), "kiosk-north", "23T10:30", None)), ["appointment_made"]);
}

#[test]
fn two_do_not_have_the_same_slot_and_a_kiosk_of_two_takes_both() {
    let mut world = World::new();
    world.at("23T09:00");
    let mut phones = ["CD/1", "CD/2", "CD/3"].map(|exhibit| world.registers(victims_phone(exhibit)));
    phones.sort_unstable();
    for phone in &phones[..2] {
        world.does(book(*phone, "kiosk-north", "23T11:00", None));
    }
    let slots = phones[..2].iter().map(|phone| world.row(*phone).appointment.clone().unwrap().slot.slot).collect::<Vec<_>>();
    assert_eq!(slots, [1, 2]);
    assert_eq!(world.refuses(book(phones[2], "kiosk-north", "23T10:30", None)), "reserved");
    assert_eq!(world.does(book(phones[2], "kiosk-north", "23T12:30", None)), ["appointment_made"]);
}

#[test]
fn its_own_work_begins_there_and_ends_it() {
    let (mut world, number) = booked();
    world.at("23T09:50").does(Command::Deliver { number, site: "north".into(), at: at("23T09:50"), by: None, seal: None });
    assert_eq!(world.unit.appointments(world.now).count(), 1, "until work is taken on");
    world.works(number, 0, slot("operators-north", 1), "23T10:05");
    let walked_up = world.does(walk_up(number, "kiosk-north", "23T10:05"));
    assert_eq!(walked_up, ["assigned", "started"]);
    assert_eq!((world.row(number).appointment.clone(), world.unit.appointments(world.now).count()), (None, 0));
    let done = |change: &Change| matches!(change, Change::Started { end, .. } if *end == at("23T11:05"));
    assert!(world.recorded("started").iter().any(done));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_night_is_kept_as_it_is_and_not_half_as_long_again() {
    let (mut world, number) = booked();
    // An hour of extraction, begun half an hour before ten: somebody takes it over at seven.
    world.does(book(number, "kiosk-north", "23T21:30", None));
    assert_eq!(world.row(number).appointment.as_ref().unwrap().until, at("24T07:00"));
    world.does(book(number, "kiosk-north", "23T14:00", None));
    assert_eq!(world.row(number).appointment.as_ref().unwrap().until, at("23T15:30"));
}

#[test]
fn work_that_is_taken_on_elsewhere_keeps_no_time() {
    let (mut world, number) = booked();
    world.at("23T09:50").does(Command::Deliver { number, site: "north".into(), at: at("23T09:50"), by: None, seal: None });
    world.works(number, 0, slot("operators-north", 1), "23T10:05");
    world.does(Command::Move { number, site: "hq".into(), at: at("23T10:05"), by: None, seal: None });
    let elsewhere = world.assigns(number, 1, slot("kiosk-hq", 1));
    assert_eq!(world.unit.appointments(world.now).count(), 1, "it was merely offered");
    world.does_as("kiosk-hq", Command::Accept { assignment: elsewhere, at: at("23T10:05"), overrides: None });
    assert_eq!(world.unit.appointments(world.now).count(), 0);
    world.does_as("kiosk-hq", Command::Start { assignment: elsewhere, at: at("23T10:05"), overrides: None });
    assert_eq!(world.refuses(book(number, "kiosk-north", "23T15:00", None)), "illegal_transition", "it is being worked on");
    assert_eq!(world.does(end(number, AppointmentEnd::Overtaken)), ["appointment_ended"]);
}

#[test]
fn what_is_out_of_use_is_not_said_to_be_closed() {
    let (mut world, number) = booked();
    let (from, until) = (at("23T12:00"), at("23T16:00"));
    world.does(Command::DeclareOutage { resource: "kiosk-north".into(), from, until, reason: "power".into() });
    assert_eq!(world.refuses(book(number, "kiosk-north", "23T13:00", None)), "resource_down");
}

#[test]
fn the_time_of_lower_work_is_kept_from_no_victims_phone_unless_a_supervisor_says_so() {
    let mut world = World::new();
    let mut unit = establishment();
    unit.version = "2026-11-20".into();
    unit.resources.retain(|resource| !["kiosk-hq", "bench"].contains(&resource.id.as_str()));
    unit.resources[0].slots = 1;
    world.does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "one kiosk".into() });
    let mut phone = victims_phone("AB/1");
    phone.facts.owner = Owner::Witness;
    let number = world.at("23T09:00").registers(phone);
    let long = |overrides: Option<&str>| {
        let (resource, overrides) = ("kiosk-north".into(), overrides.map(str::to_owned));
        treat(number, Treat::Book { resource, from: at("23T10:00"), until: Some(at("24T10:00")), overrides })
    };
    assert_eq!(world.refuses(long(None)), "held", "all day, and the one kiosk there is");
    assert_eq!(world.does(long(Some("the witness flies out tomorrow"))), ["appointment_made"]);
    assert_eq!(world.entries.last().unwrap().event().unwrap().sealed.reason.as_deref(), Some("the witness flies out tomorrow"));
}

#[test]
fn what_went_by_is_missed_and_nothing_is_before_it_went_by() {
    let (mut world, number) = booked();
    assert_eq!(world.refuses(end(number, AppointmentEnd::Missed)), "illegal_transition");
    assert_eq!(world.refuses(end(number, AppointmentEnd::Overtaken)), "illegal_transition");
    assert_eq!(world.at("23T11:30").does(end(number, AppointmentEnd::Missed)), ["appointment_ended"]);
    assert_eq!(state(&world.unit, &world.row(number), world.now), State::Requested);
    let shut = |world: &World| {
        let submission = world.row(number);
        submission.shut_gates(world.unit.route_of(&submission).unwrap(), world.now).collect::<Vec<_>>()
    };
    assert_eq!(shut(&world), [Gate::Delivery], "no clock and no gate was ever another");
}
