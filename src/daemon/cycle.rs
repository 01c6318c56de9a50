//! One turn of the daemon: look at the unit, plan, check, and say what should be done about it.
//!
//! Level-triggered: a turn depends on what is, never on what woke it. It is a plain function that a test calls; the loop
//! around it is in [`super::run`]. Its commands go through the desk like anyone's, so the same gates hold for them.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;

use super::published::Published;
use crate::domain::command::Command;
use crate::domain::decide::latest_starts;
use crate::domain::event::ReleaseCause;
use crate::domain::ids::{BreachId, QueueNumber, Slot, Word};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, BreachState, StageState, Unit};
use crate::planner::check::{Violation, violations};
use crate::planner::never::never;
use crate::planner::told::{DRIFT, moved};
use crate::planner::{Hold, Options, Plan, Step, Turns, follow, plan, replan};

/// Stages that a turn may place in search of a better plan for tiers 0 to 2, some hundredths of a second on one core.
const BUSY: u64 = 20_000;
/// The same for all tiers.
const QUIET: u64 = 200_000;
/// So often another order of what is below tier 2 is weighed. In between people's hour is left as it is: what they were told
/// moves for what happens, and for a better tier.
pub(super) const WEIGHED_EVERY: Seconds = Seconds(3_600);
/// Open submissions up to which plans are weighed within a turn: some three times an average unit's.
pub(super) const LARGE: usize = 1_500;

/// What one turn comes to.
#[derive(Debug)]
pub struct Turn {
    /// The plan.
    pub plan: Plan,
    /// Starts that the plan before told people and that this one moves.
    pub moved: usize,
    /// What the independent check found in the plan that was made first; none is dispatched with any.
    pub violations: Vec<Violation>,
    /// Whether the plan may be dispatched: it, or the one in rank order that took its place, was found right.
    pub stands: bool,
    /// What should be done, in order.
    pub commands: Vec<Command>,
    /// When another order of what is below tier 2 was last weighed.
    pub weighed_at: Timestamp,
}

/// Plans the unit at `now`, where people were told of what was published `before`, and says what to do about it.
///
/// A large unit is planned in the order of the plan before, or in the better one that was `sought` meanwhile. A plan that is
/// found wrong gives way to one in rank order.
pub fn turn(unit: &Unit, now: Timestamp, before: Option<&Published>, sought: Option<&Turns>) -> Turn {
    let weighed_at = before.map_or(now, |before| if is_due(before.weighed_at, now) { now } else { before.weighed_at });
    let plan = match before {
        Some(before) if is_large(unit) => follow(unit, now, &before.plan, sought.unwrap_or(&before.plan.turns)),
        _ => replan(unit, now, &searching(weighed_at < now, now), before.map(|before| &*before.plan)),
    };
    let outcome = |plan: &Plan| (follow_ups(unit, plan, now), before.map_or(0, |before| moved(&before.plan, plan)));
    let (found, (mut commands, followed)) = beside(|| violations(unit, &plan), || (latest_starts(unit, now), outcome(&plan)));
    let (plan, stands) = if found.is_empty() { (plan, true) } else { in_rank_order(unit, now, plan) };
    let (follows, moved) = if found.is_empty() { followed } else { outcome(&plan) };
    if stands {
        commands.extend(follows);
    }
    Turn { plan, moved, violations: found, stands, commands, weighed_at }
}

/// Does one thing while another thread does the other: what follows from a plan is looked for while it is checked, and
/// heeded only if it is right.
fn beside<A, B: Send>(here: impl FnOnce() -> A, there: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let there = scope.spawn(there);
        let here = here();
        (here, there.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// What should be done about a plan that stands, at `now`.
pub fn follow_ups(unit: &Unit, plan: &Plan, now: Timestamp) -> Vec<Command> {
    let mut commands = dispatch(unit, plan, now);
    commands.extend(forecast_breaches(unit, plan, now));
    commands
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

/// The plan in rank order in place of one that was found wrong, if that one is right: a fault in the search must not keep
/// everyone from their work.
fn in_rank_order(unit: &Unit, now: Timestamp, wrong: Plan) -> (Plan, bool) {
    let plain = plan(unit, now);
    if violations(unit, &plain).is_empty() { (plain, true) } else { (wrong, false) }
}

/// Offers that no longer fit the plan are taken back, and the near part of the plan is offered.
fn dispatch(unit: &Unit, plan: &Plan, now: Timestamp) -> Vec<Command> {
    let steps: BTreeMap<(QueueNumber, usize), &Step> =
        plan.steps.iter().map(|step| ((step.submission, step.stage), step)).collect();
    let mut on: BTreeMap<&Slot, Vec<&Step>> = BTreeMap::new();
    for (slot, step) in plan.steps.iter().filter_map(|step| Some((step.slot.as_ref()?, step))) {
        on.entry(slot).or_default().push(step);
    }
    let mut commands = Vec::new();
    let mut offered: BTreeSet<(QueueNumber, usize)> = BTreeSet::new();
    for assignment in unit.assignments.values().filter(|a| a.state == AssignmentState::Offered) {
        let key = (assignment.submission, assignment.stage);
        let fits = |step: &&&Step| {
            step.slot.as_ref() == Some(&assignment.slot)
                && step.start <= assignment.start.max(now) + DRIFT
                && !on.get(&assignment.slot).into_iter().flatten().any(|other| overtakes(unit, other, step, assignment))
        };
        offered.insert(key);
        if steps.get(&key).filter(fits).is_none() {
            let reason = Some(why_moved(unit, plan, assignment, steps.get(&key).copied()));
            commands.push(Command::Release { assignment: assignment.id, cause: ReleaseCause::Replanned, reason });
        }
    }
    // Each slot gets what starts within the horizon, and in any case the next thing to do. What is taken back is offered
    // anew once that is recorded.
    let mut served: BTreeSet<&Slot> = BTreeSet::new();
    let horizon = now + unit.policy.dispatch_horizon;
    for step in &plan.steps {
        let Some(slot) = &step.slot else { continue };
        let next_here = served.insert(slot);
        if step.hold != Hold::Free || !(next_here || step.start <= horizon) || offered.contains(&(step.submission, step.stage)) {
            continue;
        }
        commands.extend(assign(unit, step));
    }
    commands
}

/// Why an offer is taken back, in words: to whom its place goes, or why its stage does not start now.
fn why_moved(unit: &Unit, plan: &Plan, offer: &Assignment, step: Option<&Step>) -> String {
    let goes_to = plan.steps.iter().find(|other| {
        other.slot.as_ref() == Some(&offer.slot)
            && other.submission != offer.submission
            && other.start < offer.end
            && offer.start.max(plan.now) < other.end
    });
    let waits = || {
        let waiting = plan.waiting.iter().find(|w| (w.submission, w.stage) == (offer.submission, Some(offer.stage)));
        step.map_or_else(|| waiting.map_or(&[][..], |waiting| &waiting.reasons), |step| &step.because).first()
    };
    let zone = &unit.establishment.zone;
    match (goes_to, step) {
        (Some(other), _) => format!("its place goes to {}", other.submission),
        (None, Some(Step { slot: Some(slot), .. })) if *slot != offer.slot => format!("{slot} is better for it now"),
        _ => waits().map_or_else(
            || "it starts at another time".to_owned(),
            |reason| reason.say(zone, &|number| number.to_string()).to_string(),
        ),
    }
}

/// Whether another step comes first on the slot of an offer, in the time that is kept for the offer: a device that has
/// yet to be fetched slides on from turn to turn, and must not keep the slot from one that is there.
///
/// What was there before the offer is no such step: while nobody takes it up, or it takes longer, both slide on.
fn overtakes(unit: &Unit, other: &Step, offered: &Step, offer: &Assignment) -> bool {
    other.start < offered.start && offer.start < other.end && !was_before(unit, other, offer)
}

fn was_before(unit: &Unit, step: &Step, offer: &Assignment) -> bool {
    let submission = unit.submissions.get(&step.submission);
    let assigned = submission.and_then(|submission| unit.assignment_of(submission, step.stage));
    assigned.is_some_and(|assigned| assigned.slot == offer.slot && assigned.start <= offer.start)
}

fn assign(unit: &Unit, step: &Step) -> Option<Command> {
    let submission = unit.submissions.get(&step.submission)?;
    let stage = unit.route_of(submission)?.stages.get(step.stage)?;
    let done = |before: &usize| matches!(submission.stages.get(*before), Some(StageState::Done(_)));
    stage.after.iter().all(done).then(|| Command::Assign {
        number: step.submission,
        version: submission.version,
        stage: step.stage,
        slot: step.slot.clone().unwrap_or(Slot { resource: "".into(), slot: 0 }),
        start: step.start,
        end: step.end,
    })
}

/// Promises that the plan will miss, or that a shut gate will: raised once, taken back when no longer so.
fn forecast_breaches(unit: &Unit, plan: &Plan, now: Timestamp) -> Vec<Command> {
    let mut known: BTreeMap<(QueueNumber, &Word), (BreachId, BreachState)> = BTreeMap::new();
    for breach in unit.breaches.values() {
        known.insert((breach.submission, &breach.promise), (breach.id, breach.state));
    }
    let late = late(unit, plan, now, Seconds(0));
    // What is kept by a hair may be missed by one in the next plan: nobody is told so to and fro.
    let hardly_kept = self::late(unit, plan, now, DRIFT);
    let mut commands = Vec::new();
    for ((number, promise), expected) in &late {
        // Told anew where it comes to have no way, or to have one; by how much it is late is for the plan to say.
        let told = match known.get(&(*number, promise)) {
            Some((_, BreachState::Forecast { expected: told, .. })) => told.is_some() == expected.is_some(),
            known => known.is_some(),
        };
        if !told {
            commands.push(Command::ForecastBreach { number: *number, promise: promise.clone(), expected: *expected });
        }
    }
    for ((number, promise), (breach, state)) in known {
        if matches!(state, BreachState::Forecast { .. }) && !hardly_kept.contains_key(&(number, promise.clone())) {
            commands.push(Command::AvertBreach { breach });
        }
    }
    commands
}

type Late = BTreeMap<(QueueNumber, Word), Option<Timestamp>>;

/// Running promises, not yet due, that will be missed as things stand, and when their milestone is reached instead: at no
/// time where the plan has no way to keep them.
///
/// Behind a shut gate a breach is forecast once `clear_by`, less the gate's usual time to clear, has passed. With a `margin`,
/// also those that are kept by no more than that.
fn late(unit: &Unit, plan: &Plan, now: Timestamp, margin: Seconds) -> Late {
    let mut late = Late::new();
    for (number, promises) in never(unit, plan) {
        let clocks = unit.submissions.get(&number).map_or(&[][..], |submission| &submission.clocks);
        let due = clocks.iter().filter(|clock| clock.due > now && promises.contains(&clock.promise));
        late.extend(due.map(|clock| ((number, clock.promise.clone()), None)));
    }
    for m in plan.milestones.iter().filter(|m| m.due > now && m.at + margin > m.due) {
        late.insert((m.submission, m.promise.clone()), Some(m.at));
    }
    for waiting in &plan.waiting {
        let Some(cleared) = &waiting.if_cleared_now else { continue };
        let clears = now + unit.policy.forecast.gate_clears + margin;
        for m in cleared.iter().filter(|m| m.due > now) {
            let hopeless = m.at + margin > m.due;
            let slack = m.due - m.at;
            if hopeless || (waiting.clear_by.is_some_and(|by| by < clears) && now + slack < clears) {
                late.insert((m.submission, m.promise.clone()), hopeless.then_some(m.at));
            }
        }
    }
    late
}

#[cfg(test)]
mod tests {
    use super::turn;
    use crate::domain::command::Command;
    use crate::domain::ids::{AssignmentId, Word};
    use crate::domain::testing::{World, at, establishment, policy, ready_phone, suspects_laptop};
    use crate::domain::unit::BreachState;

    fn told(world: &mut World, now: &str) -> Vec<String> {
        let turn = turn(&world.at(now).unit, at(now), None, None);
        assert!(turn.stands && turn.violations.is_empty(), "{:?}", turn.violations);
        let words = |command: &Command| match command {
            Command::Assign { number, slot, .. } => format!("{number} to {slot}"),
            Command::Release { assignment, .. } => format!("{assignment} back"),
            other => format!("{other:?}"),
        };
        let words = turn.commands.iter().map(words).collect();
        for command in turn.commands {
            world.does(command);
        }
        words
    }

    /// A unit whose laboratory can do nothing that anyone asks for.
    fn without_a_laboratory() -> World {
        let mut world = World::empty();
        let mut unit = establishment();
        unit.resources
            .iter_mut()
            .filter(|resource| resource.id.as_str() == "bench")
            .for_each(|bench| bench.levels = Some(vec![9]));
        world.does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "unit".into() });
        world.does(Command::AdoptPolicy { policy: Box::new(policy()), text: "policy".into() });
        world
    }

    /// Promises that are forecast to be missed, and when they are reached instead.
    fn forecast(world: &World) -> Vec<(Word, Option<crate::domain::time::Timestamp>)> {
        let forecast = world.unit.breaches.values().filter_map(|breach| match breach.state {
            BreachState::Forecast { expected, .. } => Some((breach.promise.clone(), expected)),
            _ => None,
        });
        forecast.collect()
    }

    #[test]
    fn what_nobody_can_do_is_forecast_late_until_somebody_can() {
        let mut world = without_a_laboratory();
        world.at("23T09:00").registers(suspects_laptop("AB/1"));
        told(&mut world, "23T09:00");
        assert_eq!(forecast(&world), [("rasso-suspect".into(), None), ("standard".into(), None)]);
        let raised = world.kinds()["breach_forecast"];
        told(&mut world, "23T09:01");
        assert_eq!(world.kinds()["breach_forecast"], raised, "said once");
        let mut unit = establishment();
        unit.version = "2026-11-24".into();
        world.does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "unit 2".into() });
        told(&mut world, "23T09:02");
        assert_eq!(forecast(&world), []);
    }

    #[test]
    fn a_shut_gate_does_not_hide_that_nobody_can_and_an_earlier_exhibit_is_no_such_thing() {
        let mut world = without_a_laboratory();
        let mut shut = suspects_laptop("AB/1");
        (shut.facts.legal_basis, shut.particulars.legal_basis) = (false, None);
        world.at("23T09:00").registers(shut);
        told(&mut world, "23T09:00");
        assert_eq!(forecast(&world).len(), 2);

        let mut world = World::new();
        for (exhibit, rank) in [("AB/1", 1), ("AB/2", 2)] {
            let mut laptop = suspects_laptop(exhibit);
            laptop.facts.case_rank = Some(rank);
            world.at("23T09:00").registers(laptop);
        }
        told(&mut world, "23T09:00");
        assert_eq!(forecast(&world), []);
    }

    #[test]
    fn a_forecast_is_told_anew_where_it_comes_to_have_no_way() {
        let mut world = World::new();
        let mut laptop = suspects_laptop("AB/1");
        laptop.facts.taken_at = at("2026-10-24T12:00:00Z");
        world.at("23T09:00").registers(laptop);
        told(&mut world, "23T09:00");
        assert!(matches!(forecast(&world)[..], [(_, Some(_))]), "{:?}", forecast(&world));
        let mut unit = establishment();
        unit.version = "2026-11-24".into();
        unit.resources.retain(|resource| resource.id.as_str() != "bench");
        world.does(Command::AdoptEstablishment { establishment: Box::new(unit), text: "unit 2".into() });
        told(&mut world, "23T09:01");
        assert!(forecast(&world).contains(&("rasso-suspect".into(), None)), "{:?}", forecast(&world));
    }

    #[test]
    fn an_offer_gives_way_when_its_device_is_not_there_and_another_is() {
        let mut world = World::new();
        let away = world.at("23T09:00").registers(ready_phone("AB/1"));
        world.does(Command::Move { number: away, site: "hq".into(), at: at("23T09:00"), by: Some("PC 7".into()) });
        assert_eq!(told(&mut world, "23T09:00"), ["Q1 to operators-north/1"], "after the way from headquarters");
        assert!(told(&mut world, "23T09:05").is_empty(), "nobody else needs it: the offer stands, and slides");
        world.at("23T09:45").registers(ready_phone("CD/1"));
        assert_eq!(told(&mut world, "23T09:45"), ["A1 back", "Q2 to operators-north/1"]);
    }
    #[test]
    fn offers_behind_one_that_nobody_takes_up_slide_with_it() {
        let mut world = World::new();
        for exhibit in ["AB/1", "AB/2", "AB/3", "AB/4"] {
            world.at("23T09:00").registers(ready_phone(exhibit));
        }
        let offers = told(&mut world, "23T09:00");
        assert_eq!(offers.len(), 4, "two now and two next: {offers:?}");
        for minute in ["23T09:01", "23T09:05", "23T09:10"] {
            assert_eq!(told(&mut world, minute), [""; 0], "at {minute}");
        }
    }

    #[test]
    fn the_offer_after_work_that_takes_longer_stands() {
        let mut world = World::new();
        for exhibit in ["AB/1", "AB/2", "AB/3"] {
            world.at("23T09:00").registers(ready_phone(exhibit));
        }
        told(&mut world, "23T09:00");
        for offer in [1, 2].map(AssignmentId) {
            world.does(Command::Accept { assignment: offer, at: at("23T09:00"), overrides: None });
            world.does(Command::Start { assignment: offer, at: at("23T09:00"), overrides: None });
        }
        for minute in ["23T09:16", "23T09:20", "23T09:24"] {
            assert_eq!(told(&mut world, minute), [""; 0], "at {minute}");
        }
    }
}
