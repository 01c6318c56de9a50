//! Stability over random units: what people were told moves for a promise's sake only.

use std::cell::Cell;

use super::super::assign::lay_out_fixed;
use super::super::instance::Instance;
use super::super::kept::{keep, recalled};
use super::super::objective::Objective;
use super::super::testing::{Rng, live, unit};
use super::super::told::moved;
use super::super::{Options, Plan, follow, plan, rank, refine, replan};
use super::{SEARCH, faults, over_units};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;

/// A unit at work, and what people were told before.
fn told(seed: u64, fresh: &Unit, now: Timestamp) -> (Plan, Unit, Timestamp) {
    let mut rng = Rng::new(seed ^ 0x701d);
    let before = replan(fresh, now, &SEARCH, None);
    let later = now + Seconds(rng.pick(&[30, 600, 3_600, 20_000]));
    let at_work = live(fresh, &before, later, &mut rng);
    (before, at_work, later)
}

/// Whether rank order would be worth what it moves, where the plan keeps to what was told.
fn is_rank_order_worth_it(unit: &Unit, now: Timestamp, before: &Plan) -> bool {
    let mut instance = Instance::of(unit, now);
    lay_out_fixed(&mut instance);
    let order = rank::order(&mut instance);
    let kept = refine::refined(&mut instance, order, Some(before), &Options::BUILD);
    let order = rank::order(&mut instance);
    let ranked = refine::refined(&mut instance, order, None, &Options::BUILD);
    let objective = Objective::of(&instance, Some(before));
    objective.is_worth(&objective.judge(&instance, &ranked.built), &kept.tuple, false)
}

#[test]
fn planning_again_when_nothing_happened_changes_nothing() {
    over_units(200, unit, |_, unit, now| {
        let before = replan(unit, now, &SEARCH, None);
        let again = replan(unit, now, &Options::BUILD, Some(&before));
        let different = before
            .steps
            .iter()
            .zip(&again.steps)
            .find(|(a, b)| (a.submission, a.start, &a.slot) != (b.submission, b.start, &b.slot));
        different.map(|(told, now)| format!("told {told:?}, now {now:?}")).into_iter().collect()
    });
}

#[test]
fn what_is_kept_of_a_plan_is_what_the_next_one_goes_by() {
    over_units(200, unit, |seed, fresh, now| {
        let (before, unit, later) = told(seed, fresh, now);
        let recalled = recalled(&keep(&before).unwrap()).unwrap();
        let same = replan(&unit, later, &Options::BUILD, Some(&recalled)) == replan(&unit, later, &Options::BUILD, Some(&before))
            && follow(&unit, later, &recalled, &recalled.turns) == follow(&unit, later, &before, &before.turns)
            && moved(&recalled, &plan(&unit, later)) == moved(&before, &plan(&unit, later));
        if same { Vec::new() } else { vec!["the plan recalled leads to another than the plan itself".to_owned()] }
    });
    assert!(recalled("{\"turns\": []}").is_err() && recalled("").is_err(), "what is not whole is not believed");
}

#[test]
fn plans_that_keep_to_what_was_told_break_no_rule_and_leave_nothing_out() {
    over_units(400, unit, |seed, fresh, now| {
        let (before, unit, later) = told(seed, fresh, now);
        faults(&unit, &replan(&unit, later, &SEARCH, Some(&before)))
    });
}

#[test]
fn less_of_what_was_told_moves_and_no_promise_pays_more_for_that_than_it_is_worth() {
    let (heeded, ignored) = (Cell::new(0), Cell::new(0));
    over_units(400, unit, |seed, fresh, now| {
        let (before, unit, later) = told(seed, fresh, now);
        heeded.set(heeded.get() + moved(&before, &replan(&unit, later, &Options::BUILD, Some(&before))));
        ignored.set(ignored.get() + moved(&before, &plan(&unit, later)));
        let worth = is_rank_order_worth_it(&unit, later, &before);
        worth.then(|| "rank order is worth what it moves".to_owned()).into_iter().collect()
    });
    let (heeded, ignored) = (heeded.get(), ignored.get());
    assert!(heeded * 10 < ignored * 9, "{heeded} starts moved where what was told counts, {ignored} where it does not");
}

#[test]
fn while_nothing_happens_next_to_nothing_moves() {
    let (starts, moves, for_nothing) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let late = |plan: &Plan| plan.objective.iter().take(3).map(|tier| (tier.late, tier.late_seconds)).collect::<Vec<_>>();
    over_units(400, unit, |_, unit, now| {
        let mut before = replan(unit, now, &SEARCH, None);
        for minute in 1..=5 {
            let next = replan(unit, now + Seconds(60 * minute), &Options { steady: true, ..SEARCH }, Some(&before));
            let count = moved(&before, &next);
            starts.set(starts.get() + next.steps.len());
            moves.set(moves.get() + count);
            // What is less late, or at risk, in tiers 0 to 2 may move others.
            for_nothing.set(for_nothing.get() + if late(&next) < late(&before) { 0 } else { count });
            before = next;
        }
        Vec::new()
    });
    let (starts, moves, for_nothing) = (starts.get(), moves.get(), for_nothing.get());
    println!("{moves} of {starts} starts moved, {for_nothing} where nothing of tiers 0 to 2 is less late");
    assert!(moves * 50 < starts, "{moves} of {starts} starts moved");
    assert!(for_nothing * 200 < starts, "{for_nothing} of {starts} starts moved and nothing of tiers 0 to 2 is less late");
}
