//! Properties of plans over thousands of random units. A failure names its seed and size: `testing::unit(seed, size)`.

use super::assign::lay_out_fixed;
use super::check::tests::example::{edit, example};
use super::check::{omissions, violations};
use super::instance::{Instance, Job};
use super::objective::Tuple;
use super::rank;
use super::refine;
use super::testing::{Rng, live, renumbered, sketch, unit};
use super::{Hold, MilestoneForecast, Options, Plan, Reason, Waiting, plan, plan_with};
use crate::domain::command::Command;
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::policy::Milestone;
use crate::domain::submission::LockState;
use crate::domain::testing::{World, at, establishment, random, ready_phone, slot, suspects_laptop};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, StageState, Unit, Whereabouts};

mod ageing;
mod appointed;
mod arrival;
mod careful;
mod dead_ends;
mod follow;
mod guard;
mod monotone;
mod otherwise;
mod rescue;
mod told;
mod unavoidable;

/// Everything wrong with a plan, in words.
fn faults(unit: &Unit, plan: &Plan) -> Vec<String> {
    violations(unit, plan).iter().chain(&omissions(unit, plan)).map(ToString::to_string).collect()
}

/// Sizes of units by seed: small ones first, so that the first failure is easy to read.
fn size(seed: u64, cases: u64) -> usize {
    [1, 2, 4, 8, 25][usize::try_from(seed * 5 / cases).unwrap()]
}

/// A number that whoever runs the tests asks for.
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs a property over many units and reports the first few that fail. `DFQUEUE_SEED` runs one alone and shows it,
/// `DFQUEUE_CASES` tries more and `DFQUEUE_FAILURES` reports more.
fn over_units(cases: u64, make: fn(u64, usize) -> (Unit, Timestamp), property: impl Fn(u64, &Unit, Timestamp) -> Vec<String>) {
    let only = asked("DFQUEUE_SEED");
    let cases = asked("DFQUEUE_CASES").unwrap_or(cases);
    let mut failures = Vec::new();
    for seed in (0..cases).filter(|seed| only.is_none_or(|only| only == *seed)) {
        let size = size(seed, cases);
        let (unit, now) = make(seed, size);
        let found = property(seed, &unit, now);
        if !found.is_empty() {
            failures.push(format!("seed {seed}, size {size}:\n  {}", found.join("\n  ")));
        }
        if only.is_some() {
            println!("{}", sketch(&unit, &plan(&unit, now)));
        }
    }
    let shown = asked("DFQUEUE_FAILURES").and_then(|shown| usize::try_from(shown).ok()).unwrap_or(5);
    let first: Vec<String> = failures.iter().take(shown).cloned().collect();
    assert!(failures.is_empty(), "{} of {cases} units fail, the first:\n{}", failures.len(), first.join("\n"));
}

#[test]
fn plans_of_new_units_break_no_rule_and_leave_nothing_out() {
    over_units(1_200, unit, |_, unit, now| faults(unit, &plan(unit, now)));
}

/// A unit that a daemon has run for a while, and the instant it is planned for next.
fn live_unit(seed: u64, size: usize) -> (Unit, Timestamp) {
    let (unit, now) = unit(seed, size);
    let mut rng = Rng::new(seed ^ 0xdead);
    let later = now + Seconds(rng.pick(&[0, 1, 1_800, 10_000, 50_000, 300_000]));
    (live(&unit, &plan(&unit, now), later, &mut rng), later)
}

#[test]
fn plans_of_units_at_work_break_no_rule_and_leave_nothing_out() {
    over_units(1_200, live_unit, |_, unit, now| faults(unit, &plan(unit, now)));
}

/// What someone who asks for a plan gets, with less patience.
const SEARCH: Options = Options { budget: 3_000, seed: 7, ..Options::BUILD };

#[test]
fn plans_that_were_searched_for_break_no_rule_and_leave_nothing_out() {
    over_units(400, live_unit, |_, unit, now| faults(unit, &plan_with(unit, now, &SEARCH)));
}

#[test]
fn a_plan_that_was_searched_for_is_never_worse_than_the_one_in_rank_order() {
    let better = std::cell::Cell::new(0);
    over_units(400, live_unit, |_, unit, now| {
        let (built, found) = (judged(unit, now, Options::BUILD), judged(unit, now, SEARCH));
        better.set(better.get() + u32::from(found < built));
        if found <= built { Vec::new() } else { vec![format!("{found:?} after {built:?}")] }
    });
    assert!(better.get() > 20, "the search made only {} plans better", better.get());
}

/// The tuple that the plan of a unit is judged by.
fn judged(unit: &Unit, now: Timestamp, options: Options) -> Tuple {
    let mut instance = Instance::of(unit, now);
    lay_out_fixed(&mut instance);
    let order = rank::order(&mut instance);
    refine::refined(&mut instance, order, None, &options).tuple
}

#[test]
fn the_order_in_which_submissions_came_in_changes_nothing_in_a_search() {
    over_units(150, live_unit, |seed, unit, now| {
        let mut new: Vec<i64> = (1..unit.next.submission).collect();
        Rng::new(seed).shuffle(&mut new);
        let expected = renumbered_plan(&plan_with(unit, now, &SEARCH), &new);
        differences(&expected, &plan_with(&renumbered(unit, &new), now, &SEARCH))
    });
}

#[test]
fn clearing_gates_now_does_what_was_forecast() {
    over_units(400, unit, |_, unit, now| {
        let before = plan(unit, now);
        let gated = before.waiting.iter().filter(|w| w.if_cleared_now.is_some() && w.stage == Some(0));
        let alone = gated.filter(|w| !w.reasons.iter().any(|r| matches!(r, Reason::EarlierExhibitFirst { .. })));
        alone.flat_map(|waiting| unmet_forecast(unit, now, waiting)).collect()
    });
}

/// What a submission is promised behind its gates and does not get once they are met. When there are results depends
/// besides on those whose turn comes between that of the device and that of the work without it.
fn unmet_forecast(unit: &Unit, now: Timestamp, waiting: &Waiting) -> Option<String> {
    let mut cleared = unit.clone();
    let mut submission = (**unit.submissions.get(&waiting.submission).unwrap()).clone();
    let facts = &mut submission.facts;
    if facts.delivered_at.is_some_and(|at| at > now) {
        return None; // on its way: that is not for anyone to clear
    }
    for met in [&mut facts.agreement_at, &mut facts.notice_at, &mut facts.authorised_at] {
        *met = Some(now);
    }
    facts.legal_basis = true;
    facts.lock_state = LockState::PinHeld;
    if facts.delivered_at.is_none() {
        submission.device = Whereabouts::At { site: facts.site.clone(), since: now };
    }
    facts.delivered_at = Some(now);
    cleared.submissions.insert_mut(submission.number, std::sync::Arc::new(submission));
    // Age counts from when gates were met, and some have no time: once met, such a one may have risen at once.
    let jobs = Instance::of(&cleared, now).jobs;
    let rose = |job: &Job| job.effective_tier < job.tier || job.effective_rest < job.rest_tier;
    if jobs.iter().any(|job| job.number == waiting.submission && rose(job)) {
        return None;
    }
    let in_hand = |line: &MilestoneForecast| line.milestone != Milestone::Results;
    let mut found = plan(&cleared, now).milestones;
    found.retain(|line| line.submission == waiting.submission && in_hand(line));
    let mut expected = waiting.if_cleared_now.clone()?;
    expected.retain(in_hand);
    (found != expected).then(|| format!("{}: forecast {expected:?}, found {found:?}", waiting.submission))
}

#[test]
fn the_same_unit_has_the_same_plan() {
    over_units(200, live_unit, |_, unit, now| {
        let same = plan(unit, now) == plan(&unit.clone(), now);
        if same { Vec::new() } else { vec!["two plans of one unit".into()] }
    });
}

#[test]
fn work_that_was_only_offered_is_planned_as_if_it_were_not() {
    over_units(200, unit, |seed, unit, now| {
        let first = plan(unit, now);
        let mut offered = unit.clone();
        let mut rng = Rng::new(seed);
        // At the same instant nothing is finished; only offers are kept.
        let live = live(unit, &first, now, &mut rng);
        for (id, assignment) in &live.assignments {
            if matches!(assignment.state, AssignmentState::Offered) {
                offered.assignments.insert_mut(*id, assignment.clone());
                let mut submission = (**offered.submissions.get(&assignment.submission).unwrap()).clone();
                submission.stages[assignment.stage] = StageState::Assigned(*id);
                offered.submissions.insert_mut(submission.number, std::sync::Arc::new(submission));
            }
        }
        if plan(&offered, now) == first { Vec::new() } else { vec!["another plan once its steps are offered".into()] }
    });
}

#[test]
fn the_order_in_which_submissions_came_in_changes_nothing() {
    over_units(300, live_unit, |seed, unit, now| {
        let mut new: Vec<i64> = (1..unit.next.submission).collect();
        Rng::new(seed).shuffle(&mut new);
        let expected = renumbered_plan(&plan(unit, now), &new);
        let found = plan(&renumbered(unit, &new), now);
        differences(&expected, &found)
    });
}

/// The plan with other numbers for the same submissions.
fn renumbered_plan(plan: &Plan, new: &[i64]) -> Plan {
    let number = |old: &mut QueueNumber| *old = QueueNumber(new[usize::try_from(old.0).unwrap() - 1]);
    let reasons = |reasons: &mut Vec<Reason>| {
        for reason in reasons {
            if let Reason::EarlierExhibitFirst { first } | Reason::Behind { first, .. } | Reason::Reserved { first, .. } = reason
            {
                number(first);
            }
        }
    };
    let mut plan = plan.clone();
    for step in &mut plan.steps {
        number(&mut step.submission);
        reasons(&mut step.because);
    }
    for waiting in &mut plan.waiting {
        number(&mut waiting.submission);
        reasons(&mut waiting.reasons);
        waiting.if_cleared_now.iter_mut().flatten().for_each(|line| number(&mut line.submission));
    }
    plan.milestones.iter_mut().for_each(|line| number(&mut line.submission));
    plan.if_cleared.iter_mut().for_each(|hoped| number(&mut hoped.submission));
    plan.order.iter_mut().for_each(number);
    plan.turns.iter_mut().for_each(|turn| number(&mut turn.submission));
    plan
}

fn differences(expected: &Plan, found: &Plan) -> Vec<String> {
    let mut all = Vec::new();
    for (expected, found) in expected.steps.iter().zip(&found.steps).filter(|(a, b)| a != b).take(1) {
        all.push(format!("steps: expected {expected:?}, found {found:?}"));
    }
    for (expected, found) in expected.waiting.iter().zip(&found.waiting).filter(|(a, b)| a != b).take(1) {
        all.push(format!("waiting: expected {expected:?}, found {found:?}"));
    }
    if expected.order != found.order {
        all.push(format!("order: expected {:?}, found {:?}", expected.order, found.order));
    }
    if all.is_empty() && expected != found {
        all.push("plans differ".into());
    }
    all
}

/// Work that was taken on: whose, which stage, where, from when to when, how far it is.
type TakenOn<'a> = (i64, usize, &'a str, &'a str, &'a str, fn(Timestamp) -> AssignmentState);

/// The unit made by hand with some work taken on.
fn at_work(fixed: [TakenOn<'_>; 2]) -> Unit {
    let (mut unit, _) = example();
    let mut policy = (*unit.policy).clone();
    policy.routes[0].stages[1].after = Vec::new();
    unit.policies.insert_mut(policy.version.clone(), std::sync::Arc::new(policy));
    for (id, (number, stage, resource, start, end, state)) in (1..).map(AssignmentId).zip(fixed) {
        let (submission, slot, start, end) = (QueueNumber(number), slot(resource, 1), at(start), at(end));
        let state = state(start);
        unit.assignments.insert_mut(
            id,
            Assignment {
                id,
                version: 1,
                submission,
                stage,
                slot,
                start,
                end,
                state,
                held_by: None,
                earlier: None,
                review_at: None,
            },
        );
        edit(&mut unit, number, |submission| submission.stages[stage] = StageState::Assigned(id));
    }
    unit
}

fn started(at: Timestamp) -> AssignmentState {
    AssignmentState::Started { at }
}

fn accepted(at: Timestamp) -> AssignmentState {
    AssignmentState::Accepted { at }
}

/// A phone being prepared at north takes longer than was thought; headquarters, 50 minutes away, has accepted it for 09:05.
#[test]
fn accepted_work_waits_for_a_device_that_is_late_elsewhere() {
    let unit = at_work([
        (1, 0, "operators-north", "23T08:25", "23T08:55", started),
        (1, 1, "kiosk-hq", "23T09:05", "23T10:05", accepted),
    ]);
    let plan = plan(&unit, at("23T09:00"));
    assert_eq!(faults(&unit, &plan), Vec::<String>::new(), "{}", sketch(&unit, &plan));
}

/// Someone works on at night, and the same kiosk was accepted for a moment from now: neither is inside its hours.
#[test]
fn accepted_work_waits_for_work_that_is_late_outside_opening_hours() {
    let unit =
        at_work([(1, 1, "kiosk-hq", "23T22:00", "23T22:30", started), (3, 1, "kiosk-hq", "23T23:00", "23T23:10", accepted)]);
    let plan = plan(&unit, at("23T23:00"));
    assert_eq!(faults(&unit, &plan), Vec::<String>::new(), "{}", sketch(&unit, &plan));
}

#[test]
fn a_device_that_was_moved_the_second_its_work_ended_is_where_it_was_moved_to() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    world.works(number, 1, slot("kiosk-north", 1), "23T10:20");
    world.does(Command::Move { number, site: "hq".into(), at: at("23T10:20"), by: None, seal: None });
    let plan = plan(&world.unit, world.now);
    assert_eq!(faults(&world.unit, &plan), [""; 0]);
    let verify = plan.steps.iter().find(|step| step.stage == 2).unwrap();
    let at_hq = verify.slot.as_ref().is_some_and(|slot| slot.resource.as_str() == "operators-hq");
    assert!(at_hq || verify.start > at("23T10:20"), "{verify:?}: nobody at north has it before it has travelled back");
}

/// Lloyd analysed and then left the unit: somebody else has to report, and the unit's plan is not refused for it.
#[test]
fn what_someone_did_who_has_left_the_unit_binds_nobody() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    for (stage, who, end) in
        [(0, "okafor", "23T09:30"), (1, "khan", "23T10:30"), (2, "bench", "23T14:00"), (3, "lloyd", "23T16:00")]
    {
        world.works(number, stage, slot(who, 1), end);
    }
    let mut without_lloyd = establishment();
    without_lloyd.version = "2026-12-01".into();
    without_lloyd.resources.retain(|resource| resource.id.as_str() != "lloyd");
    world.does(Command::AdoptEstablishment { establishment: Box::new(without_lloyd), text: "lloyd left".into() });
    let plan = plan(&world.unit, world.now);
    assert_eq!(faults(&world.unit, &plan), [""; 0]);
    let report = plan.steps.iter().find(|step| step.stage == 4).unwrap();
    assert_eq!(report.slot, Some(slot("khan", 1)));
}

/// A unit driven by random commands, among them its own plans' offers: whatever they made of it can be planned.
#[test]
fn a_unit_driven_by_anyone_in_any_order_can_be_planned_at_each_step() {
    let cases = asked("DFQUEUE_CASES").unwrap_or(150);
    let mut failures = Vec::new();
    let mut offered: u64 = 0;
    for seed in 0..cases {
        let mut rng = Rng::new(seed);
        let mut world = World::new();
        world.at("23T09:00");
        for turn in 0..80 {
            world.now = world.now + Seconds(rng.pick(&[0, 1, 60, 1_200, 3_000]));
            let planned = plan(&world.unit, world.now);
            let found = faults(&world.unit, &planned);
            if !found.is_empty() {
                failures.push(format!("seed {seed}, turn {turn}:\n  {}", found.join("\n  ")));
                break;
            }
            let deed = (rng.byte(), rng.byte(), rng.byte(), 0, u16::from(rng.byte()));
            let offer = rng.chance(25).then(|| an_offer(&world, &planned, &mut rng)).flatten();
            offered += u64::from(offer.as_ref().is_some_and(|offer| world.tries(offer).is_ok()));
            if let Some(command) = random::command(&world, deed).filter(|_| offer.is_none()) {
                let _ = world.tries(&command);
            }
        }
    }
    assert!(failures.is_empty(), "{} runs fail, the first:\n{}", failures.len(), failures[0]);
    assert!(offered > cases, "only {offered} of the plans' own steps were offered");
}

/// One of the plan's own steps, as the daemon would offer it.
fn an_offer(world: &World, plan: &Plan, rng: &mut Rng) -> Option<Command> {
    let free: Vec<_> = plan.steps.iter().filter(|step| step.hold == Hold::Free && step.slot.is_some()).collect();
    let step = *free.get(rng.below(free.len().min(4)))?;
    let version = world.unit.submissions.get(&step.submission)?.version;
    let slot = step.slot.clone()?;
    Some(Command::Assign { number: step.submission, version, stage: step.stage, slot, start: step.start, end: step.end })
}
