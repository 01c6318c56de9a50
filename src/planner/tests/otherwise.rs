//! What would be otherwise: a phone needs half an hour of an operator, an hour at a kiosk, half an hour of an operator again, and 45
//! minutes home; there are two operators.

use std::cell::Cell;
use std::sync::Arc;

use serde_json::json;

use super::over_units;
use crate::domain::establishment::Closure;
use crate::domain::ids::{QueueNumber, ResourceId};
use crate::domain::submission::{Owner, Request};
use crate::domain::testing::{World, at, ready_phone, suspects_laptop};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::planner::arrival::Displaced;
use crate::planner::otherwise::{Change, Counterfactual, Told, counterfactuals};
use crate::planner::testing::unit;
use crate::planner::{Plan, follow, plan};

fn witness_phone(exhibit: &str) -> Request {
    let mut phone = ready_phone(exhibit);
    phone.facts.owner = Owner::Witness;
    phone
}

/// What would make a submission sooner, in words.
fn otherwise(world: &World, number: QueueNumber) -> Vec<String> {
    let (plan, zone) = (plan(&world.unit, world.now), &world.unit.establishment.zone);
    let found = counterfactuals(&world.unit, &plan, number, Told::People);
    found.iter().map(|one| one.say(zone, &|number| Some(number.to_string()))).collect()
}

/// The example, but a resource is out of use until then.
fn out_of_use(world: &mut World, resource: &str, until: &str) {
    let mut unit = world.unit.clone();
    let establishment = Arc::make_mut(&mut unit.establishment);
    let closure = Closure { from: at("23T06:00"), until: at(until), reason: "repair".into() };
    for out in establishment.resources.iter_mut().filter(|other| other.id == ResourceId::from(resource)) {
        out.closed.push(closure.clone());
    }
    world.unit = unit;
}

#[test]
fn what_is_first_and_has_whom_it_needs_is_no_sooner_whatever_is_different() {
    let mut world = World::new();
    let first = world.at("23T09:00").registers(ready_phone("AB/1"));
    assert_eq!(otherwise(&world, first), [""; 0]);
    assert_eq!(otherwise(&world, QueueNumber(99)), [""; 0], "nor is what is not there");
}

#[test]
fn a_gate_that_is_shut_and_a_kiosk_that_is_out_of_use_are_told() {
    let mut world = World::new();
    let mut gated = ready_phone("AB/1");
    gated.facts.agreement_at = None;
    let gated = world.at("23T09:00").registers(gated);
    let text = otherwise(&world, gated);
    assert_eq!(text.len(), 1, "{text:?}");
    assert!(text[0].starts_with("were its gates met now: extracted Mon 23 Nov 11:00, device back Mon 23 Nov 11:45"), "{text:?}");
    out_of_use(&mut world, "kiosk-north", "23T15:00");
    let ready = world.registers(ready_phone("CD/1"));
    let text = otherwise(&world, ready);
    assert!(
        text.iter().any(|line| line.starts_with("were kiosk-north in use again: extracted Mon 23 Nov 11:00 instead of")),
        "{text:?}"
    );
}

#[test]
fn one_more_is_told_with_the_day_that_is_enough_and_a_higher_tier_with_who_pays_for_it() {
    let mut world = World::new();
    world.at("23T09:00");
    let all: Vec<QueueNumber> = (1..=9).map(|number| world.registers(witness_phone(&format!("AB/{number}")))).collect();
    let plan = plan(&world.unit, world.now);
    let found = counterfactuals(&world.unit, &plan, all[8], Told::People);
    let more = found.iter().find(|one| matches!(&one.change, Change::OneMore { on: Some(_), .. })).expect("one more on a day");
    assert!(more.say(&world.unit.establishment.zone, &|n| Some(n.to_string())).contains(" on Mon 23 Nov: "), "{more:?}");
    assert!(more.displaced.is_empty());
    let text = otherwise(&world, all[8]);
    assert!(text.iter().any(|line| line.starts_with("in tier 4: extracted Mon 23 Nov 11:00 instead of ")), "{text:?}");
}

#[test]
fn who_pays_is_counted_for_everyone_and_named_to_those_who_may_know() {
    let zone = &World::new().unit.establishment.zone;
    let pays = |number, due: &str, was: &str| Displaced {
        submission: QueueNumber(number),
        promise: "standard".into(),
        due: at(due),
        was: at(was),
        is: at("25T09:00"),
    };
    let displaced = vec![pays(7, "24T09:00", "23T09:00"), pays(8, "24T09:00", "23T10:00"), pays(9, "22T09:00", "23T09:00")];
    let found = Counterfactual { change: Change::Tier(2), sooner: Vec::new(), later: Vec::new(), displaced };
    let missed = "2 promises to others would be missed";
    let told = found.json(zone, &|number| (number.0 < 9).then(|| number.to_string()));
    let by_more = "1 promise to others, missed anyhow, would be missed by more";
    assert_eq!(told["text"], format!("in tier 2: ; {missed}, first standard of Q7; {by_more}"));
    assert_eq!(told["displaced"].as_array().unwrap().len(), 2);
    let hidden = found.json(zone, &|_| None);
    assert_eq!((&hidden["text"], &hidden["displaced"]), (&json!(format!("in tier 2: ; {missed}; {by_more}")), &json!([])));
}

/// When a plan reaches what a counterfactual tells of.
fn reached(unit: &Unit, plan: &Plan, number: QueueNumber, told: &Counterfactual) -> Vec<Timestamp> {
    let stages = &unit.route_of(&unit.submissions[&number]).unwrap().stages;
    let leads = |milestone: &str, stage: usize| match milestone {
        "extracted" => stages[stage].holds_device,
        "device_back" => stages[stage].returns_device,
        _ => !stages[stage].returns_device,
    };
    let end = |milestone: &str| {
        let mine = plan.steps.iter().filter(|step| step.submission == number && leads(milestone, step.stage));
        mine.map(|step| step.end).max().unwrap()
    };
    told.sooner.iter().map(|sooner| end(sooner.milestone.as_str())).collect()
}

#[test]
fn with_one_more_all_of_the_unit_comes_to_what_was_told() {
    let told = Cell::new(0);
    over_units(150, unit, |_, unit, now| {
        let plan = plan(unit, now);
        let mut wrong = Vec::new();
        for number in plan.order.iter().copied() {
            let is_free = plan.waiting.iter().all(|waiting| waiting.submission != number);
            for one in counterfactuals(unit, &plan, number, Told::People).iter().filter(|_| is_free) {
                let Change::OneMore { like, on: None, .. } = &one.change else { continue };
                let mut more = unit.clone();
                let establishment = Arc::make_mut(&mut more.establishment);
                let mut resource = establishment.resource(like).unwrap().clone();
                (resource.id, resource.slots) = ("another".into(), 1);
                resource.closed.clear();
                establishment.resources.push(resource);
                let expected: Vec<Timestamp> = one.sooner.iter().map(|sooner| sooner.is).collect();
                let found = reached(&more, &follow(&more, now, &plan, &plan.turns), number, one);
                told.set(told.get() + 1);
                if found != expected {
                    wrong.push(format!("{number}: told {expected:?}, comes to {found:?}"));
                }
            }
        }
        wrong
    });
    assert!(told.get() > 20, "told of {}", told.get());
}

#[test]
fn suspects_do_not_go_before_victims_whatever_is_told() {
    let mut world = World::new();
    world.at("23T09:00").registers(ready_phone("AB/1"));
    let laptop = world.registers(suspects_laptop("CD/1"));
    let plan = plan(&world.unit, world.now);
    let tiers = counterfactuals(&world.unit, &plan, laptop, Told::People).into_iter().filter_map(|one| match one.change {
        Change::Tier(tier) => Some(tier),
        _ => None,
    });
    assert!(tiers.into_iter().all(|tier| tier >= 2), "tiers 0 and 1 are for lives at risk and victims' phones");
}
