//! What people were told by the plan before, and what of that a new plan moves.
//!
//! People arrange their day by what they are told. So the order of the plan before is tried beside rank order, and what
//! moved counts before anything but promises: it moves for a promise's sake, and never for the sake of an hour less of work.

use std::collections::BTreeMap;

use super::guard::is_never_held;
use super::instance::{Instance, TaskState, Told};
use super::place::{Part, Placed};
use super::rank::{Ranked, compare};
use super::{FAR, Plan, Step, Turn};
use crate::domain::ids::{QueueNumber, Slot};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, Unit};

/// How far a start may drift from what people were told before it has moved: less unsettles nobody.
pub const DRIFT: Seconds = Seconds(15 * 60);

/// Whether a start that was told has moved, seen at `now`: nothing that was not begun can start before that.
pub fn has_moved(told: Timestamp, start: Timestamp, now: Timestamp) -> bool {
    (start - told.max(now)).0.abs() > DRIFT.0
}

/// Starts told by one plan that the next moves, of stages that are in both and not begun.
pub fn moved(before: &Plan, after: &Plan) -> usize {
    let told: BTreeMap<(QueueNumber, usize), &Step> = before.steps.iter().map(|s| ((s.submission, s.stage), s)).collect();
    let start =
        |step: &&Step| told.get(&(step.submission, step.stage)).is_some_and(|told| has_moved(told.start, step.start, after.now));
    after.steps.iter().filter(|step| step.hold == super::Hold::Free).filter(start).count()
}

/// What was told of one stage.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    at: Timestamp,
    /// Its slot, where somebody there was asked to do it.
    slot: Option<usize>,
    weight: i64,
}

impl Start {
    /// What it weighs that the stage is placed so: nothing where it stays.
    pub fn moved(&self, placed: &Placed, now: i64) -> i64 {
        let elsewhere = self.slot.is_some() && placed.on.map(|(_, slot)| slot) != self.slot;
        let moved = elsewhere || has_moved(self.at, Timestamp::from_unix(placed.start), Timestamp::from_unix(now));
        if moved { self.weight } else { 0 }
    }
}

/// What was told of the stages of each job that can still move, by job and stage; nothing where there was no plan before.
pub fn starts(instance: &Instance, before: Option<&Plan>) -> Vec<Vec<Option<Start>>> {
    let Some(before) = before else { return vec![Vec::new(); instance.jobs.len()] };
    let now = Timestamp::from_unix(instance.now);
    let planned: BTreeMap<(QueueNumber, usize), Timestamp> =
        before.steps.iter().map(|step| ((step.submission, step.stage), step.start)).collect();
    let offered: BTreeMap<(QueueNumber, usize), &Assignment> = offered(instance.unit).collect();
    let told = |number: QueueNumber, stage: usize| {
        let offer = offered.get(&(number, stage));
        let at = offer.map(|offer| offer.start).or_else(|| planned.get(&(number, stage)).copied())?;
        Some(Start { at, slot: offer.and_then(|offer| instance.slot(&offer.slot)), weight: weight(at - now) })
    };
    let of_job = |job: &super::instance::Job| {
        let open = |(stage, task): (usize, &super::instance::Task)| match task.state {
            TaskState::Open => told(job.number, stage),
            TaskState::Done { .. } | TaskState::Fixed { .. } => None,
        };
        job.tasks.iter().enumerate().map(open).collect()
    };
    instance.jobs.iter().map(of_job).collect()
}

fn offered(unit: &Unit) -> impl Iterator<Item = ((QueueNumber, usize), &Assignment)> {
    let offers = unit.assignments.values().filter(|assignment| assignment.state == AssignmentState::Offered);
    offers.map(|assignment| ((assignment.submission, assignment.stage), assignment))
}

/// The nearer, the heavier: within the hour, the shift, the day, three days, later.
const fn weight(ahead: Seconds) -> i64 {
    match ahead.0 {
        i64::MIN..=3_600 => 16,
        3_601..=28_800 => 8,
        28_801..=86_400 => 4,
        86_401..=259_200 => 2,
        _ => 1,
    }
}

/// Tells the jobs what the plan before had of them: until when their gates could be met, and where their stages were.
pub fn recall(instance: &mut Instance, before: &Plan) {
    let clear_by: BTreeMap<QueueNumber, Timestamp> =
        before.waiting.iter().filter_map(|waiting| Some((waiting.submission, waiting.clear_by?))).collect();
    for job in &mut instance.jobs {
        job.told_clear_by = clear_by.get(&job.number).map(|by| by.unix());
        // Instants have whole seconds: what that plan knew of already was ranked by it.
        let is_news = job.submission.version > before.based_on;
        job.reranked = is_news && job.submission.reranked_at().is_some_and(|at| at >= before.now);
    }
    let jobs: BTreeMap<QueueNumber, usize> = instance.jobs.iter().enumerate().map(|(i, job)| (job.number, i)).collect();
    let mut slots: BTreeMap<&Slot, Option<usize>> = BTreeMap::new();
    for step in &before.steps {
        let (Some(slot), Some(&job)) = (&step.slot, jobs.get(&step.submission)) else { continue };
        let slot = *slots.entry(slot).or_insert_with(|| instance.slot(slot));
        if let (Some(slot), Some(task)) = (slot, instance.jobs[job].tasks.get_mut(step.stage)) {
            task.told = Some(Told { slot, end: step.end.unix() });
        }
    }
}

/// The parts in the order of the plan before; what is new, what a person put in another place, and what a missed device puts first,
/// each before the first that ranks after it. What the guard never holds stays before what it may, and what needs the device before what does not.
pub fn carried(instance: &Instance, ranked: &[Ranked], before: &[Turn]) -> Vec<Ranked> {
    let mut turns: BTreeMap<_, Vec<(usize, &Turn)>> = BTreeMap::new();
    for (place, turn) in before.iter().enumerate() {
        turns.entry((turn.submission, turn.part)).or_default().push((place, turn));
    }
    let known = |item: &Ranked| {
        let known = turns.get(&(instance.jobs[item.job].number, item.part));
        known.filter(|_| !instance.jobs[item.job].reranked && (item.missed == FAR || item.dead_end))
    };
    let parts = ranked.iter().filter(|item| item.until.is_none());
    let (old, new): (Vec<&Ranked>, Vec<&Ranked>) = parts.partition(|item| known(item).is_some());
    let again = |item: &Ranked| {
        // Behind a shut gate nobody goes between two stages.
        let free = instance.jobs[item.job].free();
        let turns = known(item).into_iter().flatten().filter(|(_, turn)| turn.until.is_none() || free);
        turns.map(|(place, turn)| (*place, Ranked { until: turn.until, ..item.clone() })).collect::<Vec<_>>()
    };
    let mut old: Vec<(usize, Ranked)> = old.into_iter().flat_map(again).collect();
    old.sort_by_key(|(place, _)| *place);
    let mut new = new.into_iter().peekable();
    let mut merged: Vec<Ranked> = Vec::with_capacity(ranked.len());
    for (_, item) in old {
        while let Some(first) = new.next_if(|new| compare(new, &item).0.is_lt()) {
            merged.push(first.clone());
        }
        merged.push(item);
    }
    merged.extend(new.cloned());
    settled(instance, merged)
}

/// What the guard never holds first, and of either what leads nowhere last; every part behind the one that it follows on.
pub fn settled(instance: &Instance, mut items: Vec<Ranked>) -> Vec<Ranked> {
    items.sort_by_key(|item| (!is_never_held(instance, item), item.dead_end));
    device_first(items, instance.jobs.len())
}

/// Every part that does not need the device right behind the one of its job that does, where it stood before that.
fn device_first(items: Vec<Ranked>, jobs: usize) -> Vec<Ranked> {
    let mut device = vec![false; jobs];
    let mut early: BTreeMap<usize, Vec<Ranked>> = BTreeMap::new();
    let mut ordered = Vec::new();
    for item in items {
        if item.part == Part::Rest && !device[item.job] {
            early.entry(item.job).or_default().push(item);
            continue;
        }
        let (job, is_whole) = (item.job, item.part == Part::Device && item.until.is_none());
        ordered.push(item);
        if is_whole {
            device[job] = true;
            ordered.extend(early.remove(&job).into_iter().flatten());
        }
    }
    ordered
}
