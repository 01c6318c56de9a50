//! What an arrival is answered: a phone takes two hours and three quarters, and there are two operators.

use crate::domain::ids::QueueNumber;
use crate::domain::submission::Request;
use crate::domain::testing::{World, at, ready_phone, span, suspects_laptop, victims_phone};
use crate::planner::arrival::{Answer, Arrival, arrivals};
use crate::planner::{Plan, follow, plan};

/// A victim's phone with every gate met, due then.
fn phone_due(exhibit: &str, due: &str) -> Request {
    let mut phone = ready_phone(exhibit);
    let taken_at = at(due) - span("24h");
    let met = Some(taken_at + span("30m"));
    phone.facts.taken_at = taken_at;
    (phone.facts.delivered_at, phone.facts.agreement_at, phone.facts.notice_at, phone.facts.authorised_at) = (met, met, met, met);
    phone
}

/// Registers some, and says what came of each.
fn come(world: &mut World, before: &Plan, requests: Vec<Request>) -> Vec<(QueueNumber, Arrival)> {
    let was = world.unit.clone();
    requests.into_iter().for_each(|request| {
        world.registers(request);
    });
    let after = follow(&world.unit, world.now, before, &before.turns);
    arrivals(&was, before, &world.unit, &after).into_iter().collect()
}

#[test]
fn an_arrival_fits_or_puts_somebody_back_who_is_told_apart_from_whom_it_leaves_in_time() {
    let mut world = World::new();
    world.at("23T17:00");
    let empty = plan(&world.unit, world.now);
    let first = come(&mut world, &empty, vec![phone_due("AB/1", "23T20:05")]);
    assert_eq!((first[0].1.answer, first[0].1.displaced.len(), first[0].1.along_with), (Answer::Fits, 0, 0));
    let before = plan(&world.unit, world.now);
    come(&mut world, &before, vec![phone_due("CD/1", "23T20:00")]);

    let before = plan(&world.unit, world.now);
    let third = come(&mut world, &before, vec![phone_due("EF/1", "23T19:50")]);
    let [(_, Arrival { answer: Answer::Fits, displaced, along_with: 0 })] = &third[..] else { panic!("{third:?}") };
    let [other] = &displaced[..] else { panic!("{displaced:?}") };
    assert_eq!((other.submission.to_string(), other.was, other.due), ("Q1".into(), at("23T19:45"), at("23T20:05")));
    assert!(other.is > other.due, "{other:?}");
}

#[test]
fn what_can_not_be_met_is_told_apart_from_what_waits_for_people() {
    let mut world = World::new();
    world.at("23T17:00");
    let before = plan(&world.unit, world.now);
    let mut gated = victims_phone("CD/1");
    gated.facts.taken_at = at("23T16:00");
    let came = come(&mut world, &before, vec![phone_due("AB/1", "23T18:00"), gated, suspects_laptop("EF/1")]);
    let answers: Vec<_> = came.iter().map(|(_, arrival)| (arrival.answer, arrival.along_with)).collect();
    assert_eq!(answers, [(Answer::CannotBeMet, 2), (Answer::Waits, 2), (Answer::Fits, 2)]);
}

#[test]
fn nobody_is_told_of_a_whole_queue_that_is_read_in() {
    let mut world = World::new();
    world.at("23T17:00");
    let before = plan(&world.unit, world.now);
    let many = (0..51).map(|number| suspects_laptop(&format!("AB/{number}"))).collect();
    assert_eq!(come(&mut world, &before, many), []);
}
