use crate::domain::command::Command;
use crate::domain::establishment::Closure;
use crate::domain::event::{Change, Oversight};
use crate::domain::ids::ResourceId;
use crate::domain::testing::*;

fn down(resource: &str, from: &str, until: &str) -> Command {
    Command::DeclareOutage { resource: resource.into(), from: at(from), until: at(until), reason: "screen broken".into() }
}

fn up(resource: &str, time: &str) -> Command {
    Command::EndOutage { resource: resource.into(), at: at(time) }
}

fn outages(world: &World, resource: &str) -> Vec<(String, String)> {
    let outages = world.unit.outages.get(&ResourceId::from(resource));
    let time = |at: crate::domain::time::Timestamp| at.to_string()[8..16].to_owned();
    outages.into_iter().flatten().map(|outage| (time(outage.from), time(outage.until))).collect()
}

fn spans(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(from, until)| ((*from).to_owned(), (*until).to_owned())).collect()
}

#[test]
fn an_outage_takes_back_what_was_given_to_the_resource_for_that_time() {
    let mut world = World::new();
    let phone = world.at("23T09:00").registers(ready_phone("AB/1"));
    let other = world.registers(ready_phone("AB/2"));
    let started = world.starts(phone, 0, slot("operators-north", 1));
    let offered = world.assigns(other, 0, slot("operators-north", 2));
    let kinds = world.does(down("operators-north", "23T09:30", "23T12:00"));
    assert_eq!(kinds, ["outage_declared", "released"]);
    assert!(world.unit.assignments.contains_key(&started), "what is under way stays: the person there says whether it failed");
    assert!(!world.unit.assignments.contains_key(&offered));
}

#[test]
fn work_for_another_time_or_resource_is_left_alone() {
    let mut world = World::new();
    let phone = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.assigns(phone, 0, slot("operators-north", 1));
    assert_eq!(world.does(down("operators-north", "23T10:00", "23T12:00")), ["outage_declared"], "work may end as it begins");
    assert_eq!(world.does(down("kiosk-north", "23T08:00", "23T12:00")), ["outage_declared"]);
}

#[test]
fn nothing_is_given_to_a_resource_that_is_out_of_use() {
    let mut world = World::new();
    let phone = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.does(down("operators-north", "23T08:00", "23T12:00"));
    let assign = world.assign(phone, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(assign), "resource_down");
    world.does(up("operators-north", "23T09:00"));
    world.assigns(phone, 0, slot("operators-north", 1));
}

#[test]
fn nothing_is_given_to_a_resource_for_a_time_at_which_the_unit_file_closes_it() {
    let mut world = World::new();
    let mut closed = establishment();
    closed.version = "2026-12-01".into();
    let (from, until) = (at("23T09:00"), at("23T10:00"));
    closed.resources[2].closed = vec![Closure { from, until, reason: "software update".into() }];
    world.does(Command::AdoptEstablishment { establishment: Box::new(closed), text: "closed".into() });
    let phone = world.at("23T09:00").registers(ready_phone("AB/1"));
    let assign = world.assign(phone, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(assign), "resource_down");
    world.at("23T10:00").assigns(phone, 0, slot("operators-north", 1));
}

#[test]
fn back_in_use_ends_what_is_under_way_and_leaves_what_is_announced() {
    let mut world = World::new();
    world.does(down("kiosk-hq", "24T08:00", "24T12:00"));
    world.does(down("kiosk-hq", "23T08:00", "23T12:00"));
    world.at("23T09:00").does(up("kiosk-hq", "23T09:00"));
    assert_eq!(outages(&world, "kiosk-hq"), spans(&[("23T08:00", "23T09:00"), ("24T08:00", "24T12:00")]));
    assert!(world.does(up("kiosk-hq", "23T09:00")).is_empty(), "told twice, it takes back nobody's leave");
}

#[test]
fn what_is_announced_is_called_off_or_cut_short_by_an_instant_of_its_own() {
    let mut world = World::new();
    world.does(down("kiosk-hq", "24T08:00", "24T12:00"));
    world.does(up("kiosk-hq", "24T10:00"));
    assert_eq!(outages(&world, "kiosk-hq"), spans(&[("24T08:00", "24T10:00")]));
    assert!(world.does(up("kiosk-hq", "24T10:00")).is_empty());
    world.does(up("kiosk-hq", "24T08:00"));
    assert_eq!(outages(&world, "kiosk-hq"), spans(&[]));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn an_outage_needs_a_resource_a_time_to_come_and_a_reason() {
    let mut world = World::new();
    assert_eq!(world.refuses(down("kiosk-moon", "23T08:00", "23T12:00")), "unknown_resource");
    assert_eq!(world.refuses(up("kiosk-moon", "23T08:00")), "unknown_resource");
    assert_eq!(world.wrong_fields(down("kiosk-hq", "23T12:00", "23T12:00")), ["until"]);
    assert_eq!(world.wrong_fields(down("kiosk-hq", "23T06:00", "23T08:00")), ["until"], "it is over");
    let reason = |reason: &str| Command::DeclareOutage {
        resource: "kiosk-hq".into(),
        from: at("23T08:00"),
        until: at("23T12:00"),
        reason: reason.into(),
    };
    assert_eq!(world.wrong_fields(reason(" ")), ["reason"]);
    assert_eq!(world.wrong_fields(reason("passcode 4829")), ["reason"]);
}

#[test]
fn the_same_outage_told_again_changes_nothing_and_its_reason_is_sealed() {
    let mut world = World::new();
    world.does(down("kiosk-hq", "23T08:00", "23T12:00"));
    assert!(world.does(down("kiosk-hq", "23T08:00", "23T12:00")).is_empty());
    let entry = world.entries.last().unwrap();
    assert!(!entry.facts.contains("screen") && entry.sealed.as_ref().unwrap().contains("screen"));
    assert!(matches!(entry.event().unwrap().change, Change::Overseen(Oversight::OutageDeclared { .. })));
    assert_eq!(world.folded(), world.unit);
}
