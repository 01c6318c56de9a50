//! Plans that follow the order of the plan before: as right as any, and about as good as one made afresh.

use std::cell::Cell;

use super::{SEARCH, faults, live_unit, over_units};
use crate::domain::ids::QueueNumber;
use crate::domain::time::Seconds;
use crate::domain::unit::Unit;
use crate::planner::testing::{Rng, live, unit};
use crate::planner::{Plan, follow, plan, replan};

/// The unit before its last submission came.
fn before_the_last(unit: &Unit) -> Unit {
    let mut before = unit.clone();
    let last: Option<QueueNumber> = before.submissions.keys().next_back().copied();
    last.iter().for_each(|last| {
        before.submissions.remove_mut(last);
    });
    before
}

/// Late milestones and by how much, by tier.
fn late(plan: &Plan) -> Vec<(u64, i64)> {
    plan.objective.iter().map(|tier| (tier.late, tier.late_seconds)).collect()
}

#[test]
fn a_plan_that_follows_breaks_no_rule_and_leaves_nothing_out() {
    over_units(600, unit, |seed, unit, now| {
        let first = plan(&before_the_last(unit), now);
        let mut rng = Rng::new(seed);
        let mut found = faults(unit, &follow(unit, now, &first, &first.turns));
        let later = now + Seconds(rng.pick(&[0, 60, 1_800, 50_000]));
        let at_work = live(unit, &first, later, &mut rng);
        found.extend(faults(&at_work, &follow(&at_work, later, &first, &first.turns)));
        found
    });
}

#[test]
fn following_a_plan_of_the_same_unit_changes_nothing() {
    let (divided, changed, tried) = (Cell::new(0), Cell::new(0), Cell::new(0));
    over_units(300, live_unit, |_, unit, now| {
        let searched = replan(unit, now, &SEARCH, None);
        divided.set(divided.get() + u32::from(searched.turns.iter().any(|turn| turn.until.is_some())));
        let same = |first: &Plan| {
            let next = follow(unit, now, first, &first.turns);
            (&next.steps, &next.waiting, &next.milestones) == (&first.steps, &first.waiting, &first.milestones)
        };
        let differ = [plan(unit, now), searched].iter().filter(|first| !same(first)).count();
        changed.set(changed.get() + differ);
        tried.set(tried.get() + 2);
        Vec::new()
    });
    // Whose device is missed goes first, also where only building a plan shows that work on it leads nowhere: the search may have put
    // it behind another such.
    assert!(changed.get() * 300 <= tried.get(), "{} of {} plans changed", changed.get(), tried.get());
    assert!(divided.get() > 7, "in {} plans somebody goes between two stages of another", divided.get());
}

#[test]
fn an_arrival_is_placed_as_well_as_if_all_were_planned_afresh() {
    let (worse, tried) = (Cell::new(0), Cell::new(0));
    over_units(1_200, unit, |_, unit, now| {
        let first = plan(&before_the_last(unit), now);
        let (next, afresh) = (follow(unit, now, &first, &first.turns), plan(unit, now));
        worse.set(worse.get() + u32::from(late(&next) > late(&afresh)));
        tried.set(tried.get() + 1);
        // Tiers 0 to 2: lives at risk, victims, suspects.
        if late(&next)[..3] <= late(&afresh)[..3] {
            Vec::new()
        } else {
            vec![format!("late {:?}, afresh {:?}", late(&next), late(&afresh))]
        }
    });
    assert!(worse.get() * 500 <= tried.get(), "{} of {} plans are worse than afresh", worse.get(), tried.get());
}
