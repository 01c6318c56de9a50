//! Put aside: parked, or outside. Nobody works on it; its clocks run.

use crate::domain::command::{Command, Treat};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Gate;
use crate::domain::state::{State, state};
use crate::domain::testing::*;
use crate::domain::unit::{ParkCause, StageState, Whereabouts};

fn treat(number: QueueNumber, treat: Treat) -> Command {
    Command::Treat { number, treat: Box::new(treat) }
}

fn park(number: QueueNumber, review: &str) -> Command {
    treat(number, Treat::Park { cause: ParkCause::Decision, review_at: at(review), reason: "the CPS decides first".into() })
}

fn take_up(number: QueueNumber) -> Command {
    treat(number, Treat::TakeUp { reason: None })
}

fn send_out(number: QueueNumber, time: &str) -> Command {
    treat(
        number,
        Treat::SendOut {
            at: at(time),
            provider: "Eastern Forensics".into(),
            accreditation: Some("ISO/IEC 17025".into()),
            due: at("30T12:00"),
            by: Some("PSE 7001".into()),
            seal: Some("A0012345".into()),
        },
    )
}

fn bring_back(number: QueueNumber, time: &str, done: &[&str]) -> Command {
    treat(number, Treat::BringBack { at: at(time), site: "hq".into(), by: None, seal: None, done: words(done) })
}

#[test]
fn what_is_parked_is_worked_on_by_nobody_until_it_is_taken_up_and_its_clock_runs() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.assigns(number, 0, slot("operators-north", 1));
    assert_eq!(world.does(park(number, "27T09:00")), ["released", "parked"], "who was to do it is told");
    assert_eq!(state(&world.unit, &world.row(number), world.now), State::Parked);
    assert_eq!(world.refuses(world.assign(number, 0, slot("operators-north", 1))), "gate_shut");
    assert_eq!(world.at("24T07:40").sweeps(), 1, "no clock stops");
    assert_eq!(world.does(park(number, "27T09:00")), [""; 0], "that is on record");
    assert_eq!(world.does(park(number, "28T09:00")), ["parked"], "reviewed, and left until another day");
    assert_eq!(world.row(number).parked.as_ref().map(|parked| parked.since), Some(at("23T09:00")), "it has been so since then");
    world.does(take_up(number));
    world.assigns(number, 0, slot("operators-north", 1));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn nobody_parks_what_is_in_hand_nor_what_could_go_home_nor_without_a_day_to_look_again() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    assert_eq!(world.wrong_fields(park(number, "23T09:00")), ["review_at"]);
    let assignment = world.starts(number, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(park(number, "27T09:00")), "illegal_transition");
    world.at("23T09:30").does(finish(assignment, "23T09:30"));
    world.works(number, 1, slot("kiosk-north", 1), "23T10:30");
    world.works(number, 2, slot("operators-north", 1), "23T10:45");
    assert_eq!(world.refuses(park(number, "27T09:00")), "illegal_transition", "its owner could have it");
    world.at("23T12:00").does(to_owner(number, "23T12:00"));
    world.does(park(number, "27T09:00"));
    assert_eq!(world.refuses(world.assign(number, 4, slot("okafor", 1))), "gate_shut", "what is left of it waits");
}

#[test]
fn a_device_goes_outside_with_what_is_needed_on_record_and_comes_back_with_what_was_done_there() {
    let mut world = World::new();
    let mut laptop = suspects_laptop("CD/1");
    laptop.facts.site = "hq".into();
    laptop.facts.delivered_at = Some(at("23T08:30"));
    laptop.facts.authorised_at = None;
    laptop.particulars.authorised_by = None;
    let number = world.at("23T09:00").registers(laptop);
    assert_eq!(world.refuses(send_out(number, "23T09:00")), "gate_shut", "nobody has authorised that");
    world.does(Command::Authorise { number, by: "DI 0900".into(), at: at("23T08:50") });
    assert_eq!(world.does(send_out(number, "23T09:00")), ["sent_outside"]);
    assert_eq!(world.does(send_out(number, "23T09:00")), [""; 0]);
    assert!(matches!(&world.row(number).device, Whereabouts::Outside { provider, .. } if provider == "Eastern Forensics"));
    let route = world.unit.route_of(&world.row(number)).unwrap().clone();
    assert_eq!(world.row(number).shut_gates(&route, world.now).collect::<Vec<_>>(), [Gate::Outside]);
    let moved = Command::Move { number, site: "north".into(), at: world.now, by: None, seal: None };
    assert_eq!(world.refuses(moved), "illegal_transition", "it comes back first");
    world.at("27T10:00");
    assert_eq!(world.wrong_fields(bring_back(number, "27T10:00", &["extraxt"])), ["done"]);
    assert_eq!(world.wrong_fields(bring_back(number, "27T10:00", &["extract"])), ["done"], "after triage and preparation");
    world.does(bring_back(number, "27T10:00", &["triage", "prepare", "extract", "analyse", "report", "peer_review"]));
    let row = world.row(number);
    assert!(row.stages.iter().all(|stage| matches!(stage, StageState::Done(done) if done.slot.is_none())));
    assert!(!world.unit.submissions.contains_key(&number), "nothing of it is open");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_came_back_undone_is_done_here() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.does(send_out(number, "23T09:00"));
    world.at("23T15:00").does(bring_back(number, "23T15:00", &[]));
    assert!(matches!(&world.row(number).device, Whereabouts::At { site, .. } if *site == "hq".into()));
    let back_there = Command::Move { number, site: "north".into(), at: world.now, by: None, seal: None };
    world.does(back_there);
    world.starts(number, 0, slot("operators-north", 1));
}
