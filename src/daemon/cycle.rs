//! One turn of the daemon in two halves: a plan is made of the unit, and then judged: checked, and asked what should be
//! done about it.
//!
//! Level-triggered: a turn depends on what is, never on what woke it. Both halves are plain functions that a test calls; the
//! loop around them is in [`super::run`]. Commands go through the desk like anyone's, so the same gates hold for them.

use super::dispatch::follow_ups;
use super::published::Published;
use crate::domain::command::Command;
use crate::domain::decide::latest_starts;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
use crate::planner::check::{Violation, violations};
use crate::planner::{Options, Plan, Turns, follow, plan, replan};

/// Stages that a turn may place in search of a better plan for tiers 0 to 2, some hundredths of a second on one core.
const BUSY: u64 = 20_000;
/// The same for all tiers.
const QUIET: u64 = 200_000;
/// So often another order of what is below tier 2 is weighed. In between people's hour is left as it is: what they were told
/// moves for what happens, and for a better tier.
pub(super) const WEIGHED_EVERY: Seconds = Seconds(3_600);
/// Open submissions up to which plans are weighed within a turn: some three times an average unit's.
pub(super) const LARGE: usize = 1_500;

/// Plans the unit at `now`, where people were told of what was published `before`; and says when another order of what is
/// below tier 2 was last weighed.
///
/// A large unit is planned in the order of the plan before, or in the better one that was `sought` meanwhile.
pub fn make(unit: &Unit, now: Timestamp, before: Option<&Published>, sought: Option<&Turns>) -> (Plan, Timestamp) {
    let weighed_at = before.map_or(now, |before| if is_due(before.weighed_at, now) { now } else { before.weighed_at });
    let plan = match before {
        Some(before) if is_large(unit) => follow(unit, now, &before.plan, sought.unwrap_or(&before.plan.turns)),
        _ => replan(unit, now, &searching(weighed_at < now, now), before.map(|before| &*before.plan)),
    };
    (plan, weighed_at)
}

/// Plans the unit at `now` where people were last `told` of a plan before the program ended, if of any: they go on as told, but
/// for the sake of tiers 0 to 2.
pub fn resume(unit: &Unit, now: Timestamp, told: Option<&Plan>) -> Plan {
    match told {
        None => plan(unit, now),
        Some(told) if is_large(unit) => follow(unit, now, told, &told.turns),
        told => replan(unit, now, &searching(true, now), told),
    }
}

/// What judging a plan comes to.
#[derive(Debug)]
pub struct Judged {
    /// What the independent check found in it; it is not dispatched with any.
    pub violations: Vec<Violation>,
    /// The plan in rank order that takes the place of one that was found wrong: a fault in the search must not keep
    /// everyone from their work. None too where that one is no better, and then nothing is dispatched.
    pub instead: Option<Plan>,
    /// What should be done, in order.
    pub commands: Vec<Command>,
}

/// Checks a `plan` of what the unit was when it was `made_of`, and says what should be done about it as the unit is `now`:
/// the same, or with what the daemon recorded since.
pub fn judge(made_of: &Unit, plan: &Plan, unit: &Unit, now: Timestamp) -> Judged {
    let violations = violations(made_of, plan);
    let instead = if violations.is_empty() { None } else { in_rank_order(unit, now) };
    let mut commands = latest_starts(unit, now);
    if violations.is_empty() || instead.is_some() {
        commands.extend(follow_ups(unit, instead.as_ref().unwrap_or(plan), now));
    }
    Judged { violations, instead, commands }
}

fn in_rank_order(unit: &Unit, now: Timestamp) -> Option<Plan> {
    let plain = plan(unit, now);
    violations(unit, &plain).is_empty().then_some(plain)
}

/// Whether a unit is so large that weighing one plan against another takes longer than an arrival should wait to be seen:
/// then that is done beside the cycle ([`super::search`]).
pub fn is_large(unit: &Unit) -> bool {
    unit.submissions.size() > LARGE
}

/// Whether it is time to weigh another order of what is below tier 2, where that was last done at some time.
pub fn is_due(weighed_at: Timestamp, now: Timestamp) -> bool {
    (now - weighed_at).0.abs() >= WEIGHED_EVERY.0
}

/// The order of a better plan than the one that people were told of, if there is one: what a large unit's next turn can
/// follow. `steady`: better for tiers 0 to 2.
pub fn sought(unit: &Unit, now: Timestamp, before: &Plan, steady: bool) -> Turns {
    replan(unit, now, &Options { budget: QUIET, ..searching(steady, now) }, Some(before)).turns
}

fn searching(steady: bool, now: Timestamp) -> Options {
    let budget = if steady { BUSY } else { QUIET };
    Options { budget, seed: now.unix().unsigned_abs(), steady, ..Options::BUILD }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{World, slot, span, suspects_laptop};
    use crate::planner::in_order;
    use crate::planner::kept::{keep, recalled};

    #[test]
    fn a_daemon_that_starts_again_goes_on_as_people_were_told() {
        let mut world = World::new();
        let later = world.at("23T09:00").registers(suspects_laptop("AB/1"));
        let mut sooner = suspects_laptop("CD/1");
        sooner.facts.taken_at = sooner.facts.taken_at - span("48h");
        world.registers(sooner);
        let turns: Turns = plan(&world.unit, world.now).turns.into_iter().rev().collect();
        let told = in_order(&world.unit, world.now, &turns);
        let Command::Assign { number, version, stage, slot, start, .. } = world.assign(later, 0, slot("okafor", 1)) else {
            panic!("no offer was asked for");
        };
        world.does(Command::Assign { number, version, stage, slot, start, end: start + span("30m") });
        let words = |plan: &Plan| -> Vec<String> {
            let commands = follow_ups(&world.unit, plan, world.now);
            commands.iter().map(|command| if let Command::Release { .. } = command { "back" } else { "more" }.into()).collect()
        };
        assert_eq!(words(&resume(&world.unit, world.now, None)), ["back", "more"], "the other has to be begun sooner");
        let told = recalled(&keep(&told).unwrap()).unwrap();
        let resumed = resume(&world.unit, world.now, Some(&told));
        assert_eq!(violations(&world.unit, &resumed), []);
        assert_eq!(words(&resumed), ["more"], "both are kept: it is offered next");
    }
}
