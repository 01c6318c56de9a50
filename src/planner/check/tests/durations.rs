//! Planner and check read what a unit has learned alike, each by itself.

use crate::domain::time::Seconds;
use crate::planner::check::violations;
use crate::planner::plan;
use crate::planner::testing::{Rng, learned, live, sketch, unit};

#[test]
fn plans_of_units_that_learned_durations_break_no_rule() {
    let mut other = 0;
    for seed in 0..400 {
        let (fresh, now) = unit(seed, 12);
        let taught = learned(&fresh, &mut Rng::new(seed));
        let made = plan(&taught, now);
        assert_eq!(violations(&taught, &made), [], "seed {seed}\n{}", sketch(&taught, &made));
        other += usize::from(made.steps != plan(&fresh, now).steps);
        let later = now + Seconds(40_000);
        let at_work = live(&taught, &made, later, &mut Rng::new(seed));
        let made = plan(&at_work, later);
        assert_eq!(violations(&at_work, &made), [], "seed {seed} at work\n{}", sketch(&at_work, &made));
    }
    assert!(other > 100, "what is learned changes plans: {other} of 400");
}

#[test]
fn a_plan_by_the_policys_durations_is_refused_where_the_unit_knows_better() {
    let refused = (0..100).filter(|seed| {
        let (fresh, now) = unit(*seed, 12);
        let made = plan(&fresh, now);
        !violations(&learned(&fresh, &mut Rng::new(*seed)), &made).is_empty()
    });
    assert!(refused.count() > 20);
}
