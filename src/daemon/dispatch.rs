//! What should be done about a plan: offers made and taken back, breaches forecast and averted.

use std::collections::{BTreeMap, BTreeSet};

use super::appointments::{clears, gone_by};
use crate::domain::command::Command;
use crate::domain::event::ReleaseCause;
use crate::domain::ids::{BreachId, QueueNumber, Slot, Word};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, BreachState, StageState, Unit, Whereabouts};
use crate::planner::never::never;
use crate::planner::told::DRIFT;
use crate::planner::{Hold, Plan, Step};

/// What should be done about a plan that stands, at `now`.
pub fn follow_ups(unit: &Unit, plan: &Plan, now: Timestamp) -> Vec<Command> {
    let mut commands = lapsed(unit, now);
    commands.extend(gone_by(unit, now));
    commands.extend(dispatch(unit, plan, now));
    commands.extend(forecast_breaches(unit, plan, now));
    commands
}

/// What was taken on and could have been begun for as long as the policy's lease, and was not, goes back to the queue: whoever took it
/// on may have forgotten it.
fn lapsed(unit: &Unit, now: Timestamp) -> Vec<Command> {
    let is_busy = |slot: &Slot| unit.assignments_on(slot).any(|other| other.started_at().is_some());
    let lapsed = unit.assignments.values().filter(|assignment| {
        let AssignmentState::Accepted { at } = assignment.state else { return false };
        let since = could_begin(unit, assignment).map(|ready| ready.max(at).max(assignment.start));
        since.is_some_and(|since| now - since >= unit.policy.lease) && !is_busy(&assignment.slot)
    });
    let reason = |assignment: &Assignment| {
        let by = assignment.held_by.as_deref().unwrap_or("somebody");
        Some(format!("{by} took it on for {} and has not begun it", unit.establishment.zone.show(assignment.start)))
    };
    let back = |a: &Assignment| Command::Release { assignment: a.id, cause: ReleaseCause::Lapsed, reason: reason(a) };
    lapsed.map(back).collect()
}

/// Since when nothing keeps what was taken on from being begun; none while something does.
fn could_begin(unit: &Unit, assignment: &Assignment) -> Option<Timestamp> {
    let submission = unit.submissions.get(&assignment.submission)?;
    let (route, stage) = (unit.route_of(submission)?, unit.stage_of(assignment)?);
    let resource = unit.establishment.resource(&assignment.slot.resource)?;
    let mut since = submission.facts.taken_at;
    for before in &stage.after {
        let StageState::Done(done) = submission.stages.get(*before)? else { return None };
        since = since.max(done.end);
    }
    if stage.holds_device {
        match &submission.device {
            Whereabouts::At { site, since: there } if *site == resource.site => since = since.max(*there),
            _ => return None,
        }
    }
    let opens = route.gates.iter().filter_map(|gate| submission.facts.gate_opens(*gate)).max();
    submission.shut_gates(route, Timestamp::MAX).next().is_none().then(|| opens.map_or(since, |opens| since.max(opens)))
}

/// Offers that no longer fit the plan are taken back, and the near part of the plan is offered.
fn dispatch(unit: &Unit, plan: &Plan, now: Timestamp) -> Vec<Command> {
    let steps: BTreeMap<(QueueNumber, usize), &Step> =
        plan.steps.iter().map(|step| ((step.submission, step.stage), step)).collect();
    let mut on: BTreeMap<&Slot, Vec<&Step>> = BTreeMap::new();
    for (slot, step) in plan.steps.iter().filter_map(|step| Some((step.slot.as_ref()?, step))) {
        on.entry(slot).or_default().push(step);
    }
    let offers: Vec<&Assignment> = unit.assignments.values().filter(|a| a.state == AssignmentState::Offered).collect();
    // What is paused is somebody's already.
    let given = unit.assignments.values().filter(|a| a.state == AssignmentState::Offered || a.is_paused());
    let offered: BTreeSet<(QueueNumber, usize)> = given.map(|given| (given.submission, given.stage)).collect();
    let wanted = wanted(unit, plan, now, &offered);
    let mut commands = Vec::new();
    for offer in offers {
        let step = steps.get(&(offer.submission, offer.stage)).copied();
        let fits = |step: &Step| {
            step.slot.as_ref() == Some(&offer.slot)
                && (step.start <= offer.start.max(now) + DRIFT || has_to_come(unit, offer, now))
                && !on.get(&offer.slot).into_iter().flatten().any(|other| overtakes(unit, other, step, offer))
                && !wanted.iter().any(|(other, _)| needs_its_time(other, offer))
        };
        if !step.is_some_and(fits) {
            let reason = Some(why_moved(unit, plan, offer, step));
            commands.push(Command::Release { assignment: offer.id, cause: ReleaseCause::Replanned, reason });
        }
    }
    commands.extend(wanted.into_iter().map(|(_, command)| command));
    commands
}

/// What is to be offered: each slot gets what starts within the horizon, and in any case the next thing to do. What is taken back is
/// offered anew once that is recorded.
fn wanted<'p>(unit: &Unit, plan: &'p Plan, now: Timestamp, offered: &BTreeSet<(QueueNumber, usize)>) -> Vec<(&'p Step, Command)> {
    let mut served: BTreeSet<&Slot> = BTreeSet::new();
    let horizon = now + unit.policy.dispatch_horizon;
    let mut wanted = Vec::new();
    for step in &plan.steps {
        let Some(slot) = &step.slot else { continue };
        let next_here = served.insert(slot);
        if step.hold == Hold::Free && (next_here || step.start <= horizon) && !offered.contains(&(step.submission, step.stage)) {
            wanted.extend(assign(unit, step).map(|command| (step, command)));
        }
    }
    wanted
}

/// Whether a step that is to be offered lies in the time of an offer on the same slot: work that could be begun sooner than it was
/// offered for keeps that time from whoever is to come after it, until it is offered anew.
fn needs_its_time(step: &Step, offer: &Assignment) -> bool {
    step.slot.as_ref() == Some(&offer.slot) && step.start < offer.end && offer.start < step.end
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

/// Whether the device has yet to come to where it was offered to be worked on. As long as nobody sends it, the step slides on from turn to
/// turn; whoever has the offer learns nothing by its being made anew each time.
fn has_to_come(unit: &Unit, offer: &Assignment, now: Timestamp) -> bool {
    let Some(submission) = unit.submissions.get(&offer.submission) else { return false };
    let here = unit.establishment.resource(&offer.slot.resource).map(|resource| &resource.site);
    let is_here = |device: &Whereabouts| matches!(device, Whereabouts::At { site, since } if Some(site) == here && *since <= now);
    unit.stage_of(offer).is_some_and(|stage| stage.holds_device) && !is_here(&submission.device)
}

fn was_before(unit: &Unit, step: &Step, offer: &Assignment) -> bool {
    let submission = unit.submissions.get(&step.submission);
    let assigned = submission.and_then(|submission| unit.assignment_of(submission, step.stage));
    assigned.is_some_and(|assigned| assigned.slot == offer.slot && assigned.start <= offer.start)
}

fn assign(unit: &Unit, step: &Step) -> Option<Command> {
    let submission = unit.submissions.get(&step.submission)?;
    let stage = unit.route_of(submission)?.stages.get(step.stage)?;
    let done = |before: &usize| submission.stages.get(*before).is_some_and(StageState::is_over);
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
        let clears = clears(unit, waiting.submission, now) + margin;
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
    use super::super::cycle::{judge, make};
    use crate::domain::command::Command;
    use crate::domain::ids::{AssignmentId, Word};
    use crate::domain::testing::{World, at, establishment, finish, policy, ready_phone, suspects_laptop};
    use crate::domain::unit::BreachState;

    fn told(world: &mut World, now: &str) -> Vec<String> {
        let unit = world.at(now).unit.clone();
        let (plan, _) = make(&unit, at(now), None, None);
        let judged = judge(&unit, &plan, &unit, at(now));
        assert_eq!(judged.violations, []);
        let words = |command: &Command| match command {
            Command::Assign { number, slot, .. } => format!("{number} to {slot}"),
            Command::Release { assignment, .. } => format!("{assignment} back"),
            other => format!("{other:?}"),
        };
        let words = judged.commands.iter().map(words).collect();
        for command in judged.commands {
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
        world.does(Command::Move { number: away, site: "hq".into(), at: at("23T09:00"), by: Some("PC 7".into()), seal: None });
        assert_eq!(told(&mut world, "23T09:00"), ["Q1 to operators-north/1"], "after the way from headquarters");
        for time in ["23T09:05", "23T09:40"] {
            assert!(told(&mut world, time).is_empty(), "nobody else needs it: the offer stands, and slides however far");
        }
        world.at("23T09:45").registers(ready_phone("CD/1"));
        assert_eq!(told(&mut world, "23T09:45"), ["A1 back", "Q2 to operators-north/1"]);
    }

    #[test]
    fn an_offer_that_could_be_begun_sooner_gives_the_time_that_it_keeps_to_the_next() {
        let mut world = World::new();
        for exhibit in ["AB/1", "AB/2", "AB/3"] {
            world.at("23T09:00").registers(ready_phone(exhibit));
        }
        told(&mut world, "23T09:00");
        for offer in [1, 2].map(AssignmentId) {
            world.does(Command::Start { assignment: offer, at: at("23T09:00"), overrides: None });
        }
        // The third was offered for half past nine; the one before it is done early, so that it could be begun at ten past.
        let third = world.unit.assignments.get(&AssignmentId(3)).cloned().unwrap();
        let before = world.unit.assignments_on(&third.slot).next().unwrap().id;
        world.at("23T09:10").does(finish(before, "23T09:10"));
        told(&mut world, "23T09:10");
        assert_eq!(world.unit.assignments.get(&third.id), Some(&third), "it stands as it was offered");
        // One of two more is planned after the third, in the time that it was offered for.
        for exhibit in ["CD/1", "CD/2"] {
            world.at("23T09:11").registers(ready_phone(exhibit));
        }
        let words = [told(&mut world, "23T09:11"), told(&mut world, "23T09:11")].concat();
        assert_eq!(words[0], format!("{} back", third.id), "{words:?}");
        let here: Vec<_> = world.unit.assignments_on(&third.slot).map(|offer| (offer.submission.0, offer.start)).collect();
        assert_eq!(here, [(5, at("23T09:41")), (3, at("23T09:11"))], "{words:?}");
        assert_eq!(told(&mut world, "23T09:11"), [""; 0]);
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
