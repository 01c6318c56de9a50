//! A plan made by hand, which breaks no rule, and what is found when a rule of it is broken.

mod dues;
mod durations;
pub(in crate::planner) mod example;
mod fixed;
mod mutations;

use super::{Violation, violations};
use crate::domain::unit::Unit;
use crate::planner::Plan;
use example::example;

/// Breaks something in the example; what is found then, in words too.
fn broken(change: impl FnOnce(&mut Unit, &mut Plan)) -> (Vec<Violation>, String) {
    let (mut unit, mut plan) = example();
    change(&mut unit, &mut plan);
    let found = violations(&unit, &plan);
    let words: Vec<String> = found.iter().map(ToString::to_string).collect();
    (found, words.join("\n"))
}

/// Asserts that a change is found, by this kind of violation.
macro_rules! finds {
    ($change:expr, $pattern:pat) => {{
        let (found, words) = crate::planner::check::tests::broken($change);
        assert!(found.iter().any(|violation| matches!(violation, $pattern)), "not found among:\n{words}");
    }};
}
use finds;

#[test]
fn the_plan_made_by_hand_breaks_no_rule() {
    let (found, words) = broken(|_, _| {});
    assert!(found.is_empty(), "{words}");
    let (unit, plan) = example();
    assert_eq!(super::omissions(&unit, &plan), []);
}

#[test]
fn violations_say_submission_stage_rule_expected_and_found() {
    let (_, words) = broken(|_, plan| plan.steps[0].end = plan.steps[0].start);
    let expected = "Q1 stage 0 (prepare): end of attended work: expected 2026-11-23T09:30:00Z, found 2026-11-23T09:00:00Z";
    assert_eq!(words.lines().next(), Some(expected));
}

#[test]
fn explanations_are_told_apart() {
    let (found, words) = broken(|_, plan| plan.waiting[0].reasons.truncate(1));
    assert!(found.iter().all(Violation::only_explains) && !found.is_empty(), "{words}");
    let (found, words) = broken(|_, plan| plan.steps.truncate(3));
    assert!(found.iter().any(|violation| !violation.only_explains()), "{words}");
}
