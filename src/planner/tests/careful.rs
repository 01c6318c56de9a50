//! A victim's phone is not begun where it is cut off unless it takes no longer than expected.

use std::sync::Arc;

use crate::domain::establishment::Closure;
use crate::domain::ids::QueueNumber;
use crate::domain::submission::{Owner, Request};
use crate::domain::testing::{World, at, ready_phone, span};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
use crate::planner::{Plan, plan};

/// 11:28. Who prepares phones goes home at noon: half an hour's work is done by then, half as much again is not. Others stay, who
/// take twice as long.
fn noon(phone: Request) -> (Unit, Timestamp) {
    let mut world = World::new();
    world.at("23T11:28").registers(phone);
    let mut unit = world.unit.clone();
    let establishment = Arc::make_mut(&mut unit.establishment);
    let first = establishment.resources.iter_mut().find(|resource| resource.id.as_str() == "operators-north").unwrap();
    let mut others = first.clone();
    first.closed.push(Closure { from: at("23T12:00"), until: at("24T07:00"), reason: "home".into() });
    (others.id, others.speed) = ("others-north".into(), 50);
    establishment.resources.push(others);
    (unit, world.now)
}

fn prepared_by(plan: &Plan) -> String {
    plan.steps.iter().find(|step| step.stage == 0).unwrap().slot.as_ref().unwrap().resource.to_string()
}

fn home(plan: &Plan) -> Timestamp {
    let of = |line: &&crate::planner::MilestoneForecast| line.promise.as_str() == "victim-phone";
    plan.milestones.iter().find(of).unwrap().at
}

#[test]
fn it_goes_to_others_where_the_close_may_come_in_between() {
    let (unit, now) = noon(ready_phone("AB/1"));
    assert_eq!(prepared_by(&plan(&unit, now)), "others-north");
    let sooner = now - span("20m");
    assert_eq!(prepared_by(&plan(&unit, sooner)), "operators-north", "with twenty minutes more it is done in nine cases of ten");
}

#[test]
fn it_goes_where_it_is_sooner_all_the_same_where_that_alone_keeps_a_promise() {
    let (unit, now) = noon(ready_phone("AB/1"));
    let carefully = home(&plan(&unit, now));
    let due = |due: Timestamp| {
        let mut unit = unit.clone();
        let mut phone = (*unit.submissions[&QueueNumber(1)]).clone();
        let clock = phone.clocks.iter_mut().find(|clock| clock.promise.as_str() == "victim-phone").unwrap();
        (clock.due, clock.rank_due) = (due, due);
        unit.submissions.insert_mut(QueueNumber(1), Arc::new(phone));
        prepared_by(&plan(&unit, now))
    };
    assert_eq!(due(carefully), "others-north");
    assert_eq!(due(carefully - Seconds(60)), "operators-north");
}

#[test]
fn what_is_below_tier_2_goes_where_it_is_expected_to_be_done_first() {
    let mut phone = ready_phone("AB/1");
    phone.facts.owner = Owner::Witness;
    let (unit, now) = noon(phone);
    assert_eq!(prepared_by(&plan(&unit, now)), "operators-north");
}
