//! The way home, where it is no straight one.

use crate::domain::command::{Command, Treat};
use crate::domain::ids::QueueNumber;
use crate::domain::testing::*;
use crate::domain::time::Timestamp;
use crate::domain::unit::{OfferAnswer, WithholdCause};

fn offer(number: QueueNumber, answer: OfferAnswer, time: &str, until: Option<Timestamp>) -> Command {
    Command::Treat { number, treat: Box::new(Treat::OfferReturn { at: at(time), answer, until, reason: None }) }
}

fn withhold(number: QueueNumber, review: &str) -> Command {
    let (by, reason) = ("Insp 0450".into(), "the damage to it is evidence".into());
    let treat = Treat::WithholdReturn { cause: WithholdCause::Evidence, by, review_at: at(review), reason };
    Command::Treat { number, treat: Box::new(treat) }
}

fn allow(number: QueueNumber) -> Command {
    Command::Treat { number, treat: Box::new(Treat::AllowReturn { reason: "photographed".into() }) }
}

#[test]
fn what_the_owner_answers_is_kept_and_stops_no_clock() {
    let mut world = World::new();
    let number = world.at("23T12:00").registers(ready_phone("AB/1"));
    world.does(offer(number, OfferAnswer::Unreachable, "23T11:00", None));
    assert_eq!(world.wrong_fields(offer(number, OfferAnswer::Later, "23T12:00", None)), ["until"], "when, then?");
    assert_eq!(world.wrong_fields(offer(number, OfferAnswer::Accepted, "23T10:00", None)), ["at"], "before the last offer");
    world.does(offer(number, OfferAnswer::Later, "23T12:00", Some(at("25T17:30"))));
    assert_eq!(world.at("24T07:40").sweeps(), 1, "the breach counts");
    world.does(to_owner(number, "24T07:40"));
    assert_eq!(world.refuses(offer(number, OfferAnswer::Accepted, "24T07:40", None)), "illegal_transition");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_return_that_is_withheld_waits_for_who_allows_it_and_its_clock_runs() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    assert_eq!(world.wrong_fields(withhold(number, "23T08:00")), ["review_at"]);
    world.does(withhold(number, "30T09:00"));
    assert_eq!(world.refuses(to_owner(number, "23T09:00")), "return_withheld");
    let collect = Command::Collect { number, at: at("23T09:00"), by: "DC 2231".into(), seal: None };
    assert_eq!(world.refuses(collect), "return_withheld");
    assert_eq!(world.at("24T07:40").sweeps(), 1);
    world.does(withhold(number, "2026-12-07T09:00:00Z"));
    assert_eq!(world.row(number).withheld.as_ref().map(|withheld| withheld.since), Some(at("23T09:00")));
    world.does(allow(number));
    assert_eq!(world.does(allow(number)), [""; 0]);
    world.does(to_owner(number, "24T07:40"));
    assert_eq!(world.folded(), world.unit);
}
