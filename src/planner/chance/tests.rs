//! How sure plans are: of random units, and of small ones that can be counted by hand.

use std::sync::Arc;

use super::{Chance, Chances, chances};
use crate::domain::command::Command;
use crate::domain::crowding::Crowding;
use crate::domain::durations::Kind;
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Policy;
use crate::domain::testing::{World, at, ready_phone, slot, span, suspects_laptop};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
use crate::planner::testing::{Rng, learned, live, sketch, unit};
use crate::planner::{Plan, plan};

/// The unit under changed policies.
fn under(unit: &Unit, change: impl Fn(&mut Policy)) -> Unit {
    let mut changed = unit.clone();
    for (version, policy) in &unit.policies {
        let mut policy = (**policy).clone();
        change(&mut policy);
        changed.policies.insert_mut(version.clone(), Arc::new(policy));
    }
    changed.policy = Arc::clone(changed.policies.get(&unit.policy.version).unwrap());
    changed
}

/// Every stage takes at most so many hundredths of what is expected, nine times of ten.
fn spread(p90: u32) -> impl Fn(&mut Policy) {
    move |policy| policy.routes.iter_mut().flat_map(|route| &mut route.stages).for_each(|stage| stage.p90 = p90)
}

/// Lines of a plan of which something else than the plan is said.
fn unlike_the_plan(plan: &Plan, chances: &Chances) -> Vec<String> {
    let lines = plan.milestones.iter().filter_map(|line| {
        let late_permille = if line.at > line.due { 1_000 } else { 0 };
        let expected = (late_permille, Some(line.at), Some(line.at));
        let found = chances.of(line.submission, &line.promise).map(|chance| (chance.late_permille, chance.p50, chance.p90));
        (found != Some(expected)).then(|| format!("{} {}: expected {expected:?}, found {found:?}", line.submission, line.promise))
    });
    lines.collect()
}

#[test]
fn where_nothing_varies_every_milestone_is_exactly_where_the_plan_has_it() {
    let mut lines = 0;
    for seed in 0..400 {
        let (fresh, now) = unit(seed, 14);
        let fresh = under(&fresh, spread(100));
        let mut rng = Rng::new(seed);
        let first = plan(&fresh, now);
        let later = now + Seconds(rng.pick(&[0, 1_800, 40_000, 300_000]));
        let at_work = live(&fresh, &first, later, &mut rng);
        for (unit, plan) in [(&fresh, &first), (&at_work, &plan(&at_work, later))] {
            // As if what waits behind a gate never came: once it does, others come after it.
            let alone = Plan { if_cleared: Vec::new(), ..plan.clone() };
            let wrong = unlike_the_plan(plan, &chances(unit, &alone, &Crowding::default(), (2, seed)));
            assert!(wrong.is_empty(), "seed {seed}:\n{}\n{}", wrong.join("\n"), sketch(unit, plan));
            let beside = chances(unit, plan, &Crowding::default(), (2, seed));
            let sooner = plan.milestones.iter().find(|line| {
                let chance = beside.of(line.submission, &line.promise).unwrap();
                chance.p50.is_some_and(|p50| p50 < line.at)
            });
            assert_eq!(sooner, None, "seed {seed}: what waits makes nobody sooner\n{}", sketch(unit, plan));
            lines += plan.milestones.len();
        }
    }
    assert!(lines > 1_500, "only {lines}");
}

#[test]
fn the_same_seed_gives_the_same_chances_and_another_one_others() {
    let mut other = 0;
    for seed in 0..200 {
        let (unit, now) = unit(seed, 14);
        let unit = learned(&unit, &mut Rng::new(seed));
        let made = plan(&unit, now);
        let first = chances(&unit, &made, &Crowding::default(), (40, seed));
        assert_eq!(first, chances(&unit, &made, &Crowding::default(), (40, seed)));
        other += u32::from(first != chances(&unit, &made, &Crowding::default(), (40, seed + 1)));
        for (_, chance) in first.all() {
            assert!(
                chance.p50.is_none_or(|p50| chance.p90.is_none_or(|p90| p50 <= p90)) && chance.late_permille <= 1_000,
                "{chance:?}"
            );
        }
    }
    assert!(other > 30, "{other}");
}

#[test]
fn what_is_drawn_by_none_is_not_known() {
    let (world, number) = with_phone();
    let made = plan(&world.unit, world.now);
    assert_eq!(chances(&world.unit, &made, &Crowding::default(), (0, 1)).of(number, &"victim-phone".into()), None);
}

/// A victim's phone at north, ready at nine.
fn with_phone() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    (world, number)
}

/// What is known of a promise that is kept or missed some day.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    late_permille: u16,
    p50: Timestamp,
    p90: Timestamp,
}

/// What is known of the promise of a victim's phone.
fn of_phone(unit: &Unit, now: Timestamp, number: QueueNumber) -> Known {
    let made = plan(unit, now);
    known(&chances(unit, &made, &Crowding::default(), (2_000, 1)), number, "victim-phone")
}

fn known(chances: &Chances, number: QueueNumber, promise: &str) -> Known {
    let Chance { late_permille, p50, p90, .. } = chances.of(number, &promise.into()).unwrap().clone();
    Known { late_permille, p50: p50.unwrap(), p90: p90.unwrap() }
}

#[test]
fn the_more_durations_vary_the_later_nine_of_ten_are_back() {
    let (world, number) = with_phone();
    let planned = plan(&world.unit, world.now).milestones[0].at;
    let mut last = planned;
    for p90 in [120, 150, 180, 220] {
        let chance = of_phone(&under(&world.unit, spread(p90)), world.now, number);
        assert!(chance.p90 > last, "{p90}: {} after {last}", chance.p90);
        assert!((chance.p50 - planned).0.abs() < 30 * 60, "{p90}: as likely before {planned} as after {}", chance.p50);
        assert!(chance.late_permille < 5, "due the next morning: {chance:?}");
        last = chance.p90;
    }
}

/// Taken so long ago that it is due ten minutes after the plan brings it back.
#[test]
fn what_is_planned_just_in_time_is_late_as_often_as_its_durations_are_long() {
    let (mut world, _) = with_phone();
    let planned = plan(&world.unit, world.now).milestones[0].at;
    let mut tight = ready_phone("CD/1");
    tight.facts.taken_at = planned + span("10m") - span("24h");
    world = World::new();
    let number = world.at("23T09:00").registers(tight);
    let unit = world.unit;
    let certain = of_phone(&under(&unit, spread(100)), world.now, number);
    assert_eq!((certain.late_permille, certain.p90), (0, planned));
    let little = of_phone(&under(&unit, spread(110)), world.now, number).late_permille;
    let much = of_phone(&under(&unit, spread(200)), world.now, number).late_permille;
    assert!(little > 10 && much > little && much < 500, "{little} and {much} of 1000");
}

#[test]
fn what_the_unit_saw_counts_once_it_was_seen_often_enough() {
    let (world, number) = with_phone();
    let submission = Arc::clone(world.unit.submissions.get(&number).unwrap());
    let stage = world.unit.route_of(&submission).unwrap().stages[1].clone();
    let kind = Kind::of(&stage, &submission.facts, world.unit.storage_of(&submission));
    let seen = |often: u32| {
        let mut unit = world.unit.clone();
        let mut observed = unit.durations.get(&kind).cloned().unwrap_or_default();
        // One in five takes six times as long as the others, twice what is expected in the mean.
        (0..often).for_each(|i| observed.add(Seconds(1_000), Seconds(if i % 5 == 0 { 6_000 } else { 1_000 })));
        unit.durations.insert_mut(kind.clone(), observed);
        unit
    };
    let enough = world.unit.policy.forecast.learn_after;
    let by_policy = of_phone(&world.unit, world.now, number);
    assert_eq!(of_phone(&seen(enough - 1), world.now, number), by_policy);
    let by_history = of_phone(&seen(enough), world.now, number);
    let hours = |chance: &Known| (chance.p90 - chance.p50).0 / 3_600;
    assert!(hours(&by_history) >= 3 && hours(&by_policy) < 2, "{by_history:?} {by_policy:?}");
}

#[test]
fn what_runs_is_not_over_yet_however_long_it_has_run() {
    let (mut world, number) = with_phone();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    world.starts(number, 1, slot("kiosk-north", 1));
    let planned = plan(&world.unit, world.now);
    let first = of_phone(&world.unit, world.now, number);
    let mut last = first.p50;
    for hour in ["23T10:00", "23T11:00", "23T12:00", "23T13:00"] {
        let chance = of_phone(&world.unit, at(hour), number);
        assert!(chance.p50 > last, "at {hour}: {} after {last}", chance.p50);
        last = chance.p50;
    }
    let extracted = planned.steps.iter().find(|step| step.stage == 1).unwrap().end;
    assert!(extracted < at("23T11:00"), "it should have ended by {extracted}");
}

#[test]
fn accepted_work_does_not_begin_before_the_time_it_was_accepted_for() {
    let (mut world, number) = with_phone();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    world.does(Command::Accept { assignment, at: world.now, overrides: None });
    let early = of_phone(&world.unit, world.now, number);
    let pinned_at = |from: &str| {
        let mut unit = world.unit.clone();
        let mut accepted = unit.assignments.get(&assignment).unwrap().clone();
        accepted.end = at(from) + (accepted.end - accepted.start);
        accepted.start = at(from);
        unit.assignments.insert_mut(assignment, accepted);
        of_phone(&unit, world.now, number)
    };
    assert_eq!(pinned_at("23T09:00"), early);
    let late = pinned_at("23T12:00");
    assert!(late.p50 - early.p50 >= span("2h30m"), "{early:?} {late:?}");
}

/// A phone whose owner has not agreed, beside one that is ready.
fn with_one_gated() -> (World, QueueNumber, QueueNumber) {
    let (mut world, ready) = with_phone();
    let mut gated = ready_phone("CD/1");
    gated.facts.agreement_at = None;
    let gated = world.registers(gated);
    (world, ready, gated)
}

#[test]
fn behind_a_shut_gate_the_usual_time_to_clear_comes_first() {
    let (world, _, gated) = with_one_gated();
    let cleared = plan(&world.unit, world.now).waiting[0].if_cleared_now.clone().unwrap()[0].at;
    let usual = |clears: &str| {
        let clears = span(clears);
        of_phone(&under(&world.unit, |policy| policy.forecast.gate_clears = clears), world.now, gated)
    };
    let (soon, hour, days) = (usual("0s"), usual("1h"), usual("12d"));
    assert!((soon.p50 - cleared).0.abs() < 30 * 60, "{} by the plan, {}", cleared, soon.p50);
    assert!(soon.p50 < hour.p50 && hour.p90 < days.p50, "{soon:?} {hour:?} {days:?}");
    assert!(soon.late_permille < 100 && days.late_permille > 900, "{soon:?} {days:?}");
}

#[test]
fn what_waits_behind_a_gate_takes_nobodys_place_who_has_one_now() {
    let (world, ready, _) = with_one_gated();
    let (alone, _) = with_phone();
    assert_eq!(of_phone(&world.unit, world.now, ready), of_phone(&alone.unit, alone.now, ready));
}

/// Eight laptops on one bench, and one that was taken before them and that nobody has authorised.
#[test]
fn whoever_comes_after_what_waits_behind_a_gate_waits_for_it_once_it_is_met() {
    let mut world = World::new();
    let mut gated = suspects_laptop("AB/1");
    gated.facts.authorised_at = None;
    gated.facts.taken_at = gated.facts.taken_at - span("5d");
    world.at("23T09:00").registers(gated);
    let numbers: Vec<QueueNumber> = (1..9).map(|i| world.registers(suspects_laptop(&format!("EF/{i}")))).collect();
    let last = |clears: &str| {
        let clears = span(clears);
        let unit = under(&world.unit, |policy| policy.forecast.gate_clears = clears);
        let found = chances(&unit, &plan(&unit, world.now), &Crowding::default(), (500, 3));
        numbers.iter().map(|number| known(&found, *number, "rasso-suspect").p50).max().unwrap()
    };
    let (soon, never) = (last("1m"), last("10000d"));
    assert!(soon > never + span("1h"), "{soon} with it, {never} without");
}

#[test]
fn a_gate_that_opens_at_a_known_time_leaves_nothing_to_chance() {
    let (mut world, _) = with_phone();
    let mut coming = ready_phone("CD/1");
    coming.facts.delivered_at = Some(at("23T14:00"));
    let coming = world.registers(coming);
    let chance = of_phone(&under(&world.unit, spread(100)), world.now, coming);
    assert_eq!(chance.p50, chance.p90);
    assert!(chance.p50 > at("23T15:00"), "{chance:?}");
}

/// Two laptops on one bench: the second waits for the first, whatever that takes.
#[test]
fn who_comes_next_on_a_slot_waits_for_who_is_there() {
    let mut world = World::new();
    world.at("23T09:00");
    let numbers: Vec<QueueNumber> = (1..9).map(|i| world.registers(suspects_laptop(&format!("EF/{i}")))).collect();
    let made = plan(&world.unit, world.now);
    let found = chances(&world.unit, &made, &Crowding::default(), (500, 3));
    let spread = |number: &QueueNumber| {
        let chance = known(&found, *number, "rasso-suspect");
        (chance.p50, chance.p90)
    };
    let mut spans: Vec<(Timestamp, Timestamp)> = numbers.iter().map(spread).collect();
    spans.sort_unstable();
    assert!(spans.last().unwrap().0 > spans[0].1 + span("8h"), "the last waits for all the others: {spans:?}");
}

/// The same eight laptops, and a month in which victims' phones took some of the bench's time each day.
#[test]
fn what_waits_in_a_queue_is_overtaken_by_what_comes_in_meanwhile() {
    let mut world = World::new();
    for day in 10..20 {
        let mut urgent = suspects_laptop(&format!("AB/{day}"));
        urgent.facts.taken_at = at(&format!("{day}T07:00"));
        urgent.facts.life_at_risk = true;
        world.at("23T08:00").registers(urgent);
    }
    let past: Vec<_> = world.unit.submissions.values().cloned().collect();
    let crowding = Crowding::of(&world.unit, past.iter().map(|past| &**past), (at("09T00:00"), at("23T09:00")));
    let mut world = World::new();
    world.at("23T09:00");
    let numbers: Vec<QueueNumber> = (1..9).map(|i| world.registers(suspects_laptop(&format!("EF/{i}")))).collect();
    let made = plan(&world.unit, world.now);
    let by = |crowding: &Crowding| {
        let found = chances(&world.unit, &made, crowding, (500, 3));
        let mut times: Vec<_> =
            numbers.iter().map(|number| known(&found, *number, "rasso-suspect")).map(|c| (c.p50, c.p90)).collect();
        times.sort_unstable();
        times
    };
    let (alone, crowded) = (by(&Crowding::default()), by(&crowding));
    let (before, after) = (alone.last().unwrap(), crowded.last().unwrap());
    assert!(
        after.0 > before.0 + span("30m") && after.1 - after.0 > before.1 - before.0,
        "the last is later and less sure: {before:?}, {after:?}"
    );
}
