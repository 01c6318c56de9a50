//! Quality holds: what they stop, what they leave, and how work goes on.

use crate::domain::command::{Command, Oversee};
use crate::domain::ids::HoldId;
use crate::domain::quality::Held;
use crate::domain::testing::*;

fn hold(held: Held) -> Command {
    Command::Oversee(Oversee::PlaceHold { held, doubtful_from: None, reason: "loses messages".into() })
}

fn resource(id: &str) -> Held {
    Held::Resource { resource: id.into() }
}

fn tool(version: Option<&str>) -> Held {
    Held::Tool { tool: "Kiosk Reader".into(), version: version.map(Into::into) }
}

fn install(at_: &str, version: &str) -> Command {
    let (resource, tool) = ("kiosk-north".into(), "Kiosk Reader".into());
    Command::Oversee(Oversee::InstallTool { resource, at: at(at_), tool, version: version.into() })
}

fn lift(world: &World) -> Command {
    let hold = *world.unit.holds.keys().next().unwrap();
    Command::Oversee(Oversee::LiftHold { hold, reason: "validated anew".into() })
}

#[test]
fn what_is_held_begins_nothing_and_what_was_given_to_it_goes_back() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let offered = world.assigns(number, 0, slot("operators-north", 1));
    assert_eq!(world.does(hold(resource("operators-north"))), ["hold_placed", "released"]);
    assert!(world.does(hold(resource("operators-north"))).is_empty(), "said twice");
    assert!(!world.unit.assignments.contains_key(&offered));
    let again = world.assign(number, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(again.clone()), "on_hold");
    let lifting = lift(&world);
    assert_eq!(world.does(lifting), ["hold_lifted"]);
    world.does(again);
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn work_that_is_under_way_is_for_whoever_is_there_to_judge() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let started = world.starts(number, 0, slot("operators-north", 1));
    assert_eq!(world.does(hold(resource("operators-north"))), ["hold_placed"]);
    world.at("23T09:15").does(finish(started, "23T09:15"));
}

#[test]
fn a_held_tool_stops_whoever_worked_with_it_last_until_they_have_another() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.works(number, 0, slot("operators-north", 1), "23T09:15");
    world.does(install("23T08:00", "7.61"));
    assert_eq!(world.does(hold(tool(Some("7.61")))), ["hold_placed"]);
    let extract = world.assign(number, 1, slot("kiosk-north", 1));
    assert_eq!(world.refuses(extract.clone()), "on_hold");
    assert_eq!(world.wrong_fields(install("23T07:00", "7.62")), ["at"], "it was known to have another since");
    assert_eq!(world.does(install("23T09:00", "7.62")), ["tool_installed"]);
    world.does(extract);
    assert_eq!(world.does(hold(tool(None))), ["hold_placed", "released"], "every version of it");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn somebody_who_is_held_takes_nothing_on_whatever_they_work_with() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let offered = world.assigns(number, 0, slot("operators-north", 1));
    world.does(hold(Held::Person { person: "ds-1180".into() }));
    let accept = Command::Accept { assignment: offered, at: at("23T09:00"), overrides: None };
    let start = Command::Start { assignment: offered, at: at("23T09:00"), overrides: None };
    assert_eq!((world.refuses(accept), world.refuses(start.clone())), ("on_hold", "on_hold"));
    let earlier = Command::Start { assignment: offered, at: at("23T08:58"), overrides: None };
    assert_eq!(world.refuses(earlier), "on_hold", "nor told as if it had been before");
    world.actor.person = "DS 2".into();
    world.does(start);
}

#[test]
fn a_hold_needs_something_to_hold_a_reason_and_no_time_to_come() {
    let mut world = World::new();
    assert_eq!(world.refuses(hold(resource("kiosk-9"))), "unknown_resource");
    assert_eq!(world.wrong_fields(hold(Held::Person { person: " ".into() })), ["person"]);
    let place = |from: &str, reason: &str| {
        let held = resource("kiosk-north");
        Command::Oversee(Oversee::PlaceHold { held, doubtful_from: Some(at(from)), reason: reason.into() })
    };
    assert_eq!(world.wrong_fields(place("24T09:00", "loses messages")), ["doubtful_from"]);
    assert_eq!(world.wrong_fields(place("20T09:00", " ")), ["reason"]);
    let lift = Command::Oversee(Oversee::LiftHold { hold: HoldId(9), reason: "validated anew".into() });
    assert_eq!(world.refuses(lift), "unknown_hold");
}
