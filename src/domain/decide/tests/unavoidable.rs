//! A victim's phone is missed: was there nothing to be done, or too little capacity? It is judged once, from when the phone was
//! taken, as if all had gone as soon as it can.

use crate::domain::command::Command;
use crate::domain::establishment::Closure;
use crate::domain::event::Change;
use crate::domain::ids::QueueNumber;
use crate::domain::testing::*;
use crate::domain::time::Timestamp;

/// Breaches on record, and whether each was unavoidable.
fn judged(world: &World) -> Vec<Option<bool>> {
    world.unit.breaches.values().map(|breach| breach.unavoidable).collect()
}

/// Nobody extracts anything from Monday to Wednesday, by the unit file.
fn closed_for_days() -> World {
    let mut world = World::new();
    let mut unit = establishment();
    unit.version = "2026-11-23".into();
    for extracts in unit.resources.iter_mut().filter(|resource| resource.stages.contains(&"extract".into())) {
        extracts.closed = vec![Closure { from: at("23T07:00"), until: at("25T20:00"), reason: "service".into() }];
    }
    world.at("23T07:00").does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "unit".into() });
    world
}

fn forecast(number: QueueNumber, expected: Timestamp) -> Command {
    Command::ForecastBreach { number, promise: "victim-phone".into(), expected: Some(expected) }
}

#[test]
fn what_delay_missed_was_not_unavoidable() {
    let mut world = World::new();
    world.at("23T09:00").registers(victims_phone("AB/1"));
    assert_eq!(world.at("24T07:40").sweeps(), 1);
    assert_eq!(judged(&world), [Some(false)], "a kiosk and an operator were there all day");
}

#[test]
fn where_all_who_extract_are_closed_all_day_nobody_could_have_kept_it() {
    let mut world = closed_for_days();
    world.at("23T09:00").registers(ready_phone("AB/1"));
    assert_eq!(world.at("24T07:40").sweeps(), 1);
    assert_eq!(judged(&world), [Some(true)]);
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn machines_that_broke_are_no_excuse() {
    let mut world = World::new();
    world.at("23T07:00");
    for broken in ["kiosk-north", "kiosk-hq", "bench"] {
        let (from, until) = (at("23T07:00"), at("25T20:00"));
        world.does(Command::DeclareOutage { resource: broken.into(), from, until, reason: "no power".into() });
    }
    world.at("23T09:00").registers(ready_phone("AB/1"));
    assert_eq!(world.at("24T07:40").sweeps(), 1);
    assert_eq!(judged(&world), [Some(false)]);
}

#[test]
fn it_is_judged_when_it_is_forecast_and_never_anew() {
    let mut world = closed_for_days();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.does(forecast(number, at("26T12:00")));
    let mut unit = establishment();
    unit.version = "2026-11-24".into();
    world.at("23T10:00").does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "unit 2".into() });
    assert_eq!(world.at("24T07:40").sweeps(), 1);
    assert_eq!(judged(&world), [Some(true)]);
    let breached = world.recorded("breached");
    assert!(matches!(breached[..], [Change::Breached { unavoidable: Some(true), .. }]), "{breached:?}");
}

#[test]
fn below_tier_2_nobody_judges() {
    let mut world = World::new();
    world.at("23T09:00").registers(suspects_laptop("CD/1"));
    assert!(world.at("2026-12-22T12:00:00Z").sweeps() > 0);
    assert!(judged(&world).iter().all(Option::is_none));
}
