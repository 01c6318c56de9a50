//! Makes the order of a plan better: window by window along the rank order, where something is late or tight, each change
//! kept only if the whole plan is better for it.
//!
//! Invariant: the plan built from the order that comes out is never worse, by [`objective`](super::objective), than the
//! one built from rank order; where people were told of a plan before, never worse than the one built in that order, and
//! another takes its place only if that is worth the starts that it moves.

use std::collections::VecDeque;
use std::ops::Range;

use super::assign::{Built, build, with_fixed};
use super::gap::FAR;
use super::guard::{Keeper, is_never_held};
use super::improve::{Decoder, improve};
use super::instance::{Instance, TaskState};
use super::objective::{Objective, Tuple};
use super::place::{Mark, Part, Placer};
use super::rank::{Order, Ranked};
use super::told::{carried, recall, settled};
use super::{Options, Plan};
use crate::domain::ids::QueueNumber;

/// Parts of submissions that are changed together: some 150 stages.
const WINDOW: usize = 60;
/// Shares of the budget that one window may have: one in so many.
const SHARES: u64 = 8;

/// A plan and what it is judged by.
pub struct Candidate {
    pub tuple: Tuple,
    pub built: Built,
    pub order: Order,
}

/// The plan in rank order, in the order of the plan `before`, or in a better one that was found within the budget;
/// nothing in the order of those whose device is missed is changed.
pub fn refined(instance: &mut Instance, ranked: Order, before: Option<&Plan>, options: &Options) -> Candidate {
    if let Some(before) = before {
        recall(instance, before);
    }
    let objective = Objective::of(instance, before);
    let guard = Keeper::of(instance, options);
    let mut trial = Trial { instance, objective: &objective, guard };
    let mut best = trial.in_order(ranked);
    trial.dead_ends_last(&mut best);
    if let Some(before) = before {
        let kept = carried(trial.instance, &best.order.items, &before.turns);
        let kept = trial.as_told(kept);
        if !objective.is_worth(&best.tuple, &kept.tuple, options.steady) {
            best = kept;
        }
    }
    if let Some(found) = search(trial.instance, &best.order.items, &objective, options) {
        let found = trial.of(found);
        // The search knows nothing of what the guard holds back.
        if objective.is_worth(&found.tuple, &best.tuple, options.steady) {
            best = found;
        }
    }
    best
}

/// The plan in an order of before, what is new at its rank, where people were told of the plan `before`.
pub fn followed(instance: &mut Instance, ranked: &Order, turns: &[(QueueNumber, Part)], before: &Plan) -> (Built, Order) {
    recall(instance, before);
    let mut guard = Keeper::of(instance, &Options::BUILD);
    let items = carried(instance, &ranked.items, turns);
    let order = Order::of(items, instance.jobs.len());
    (build(instance, &order.items, &mut guard, true), order)
}

/// Builds plans in one order or another.
struct Trial<'a, 'i, 'u> {
    instance: &'i mut Instance<'u>,
    objective: &'a Objective,
    guard: Keeper,
}

impl Trial<'_, '_, '_> {
    fn of(&mut self, items: Vec<Ranked>) -> Candidate {
        let order = Order::of(items, self.instance.jobs.len());
        self.in_order(order)
    }

    fn in_order(&mut self, order: Order) -> Candidate {
        let built = build(self.instance, &order.items, &mut self.guard, false);
        self.judged(built, order)
    }

    /// With every stage where the plan before had it, unless it is much sooner done elsewhere.
    fn as_told(&mut self, items: Vec<Ranked>) -> Candidate {
        let order = Order::of(items, self.instance.jobs.len());
        let built = build(self.instance, &order.items, &mut self.guard, true);
        self.judged(built, order)
    }

    fn judged(&self, built: Built, order: Order) -> Candidate {
        Candidate { tuple: self.objective.judge(self.instance, &built), built, order }
    }

    /// What leads nowhere keeps nobody from their place: a part whose device can't be done with, whatever is begun, since
    /// dates lapse, goes behind all others that the guard treats alike. As long as that makes the plan better.
    fn dead_ends_last(&mut self, best: &mut Candidate) {
        loop {
            let mut items = best.order.items.clone();
            let found = items.iter_mut().filter(|item| !item.dead_end && is_dead_end(self.instance, item, &best.built));
            if found.map(|item| item.dead_end = true).count() == 0 {
                return;
            }
            let next = settled(self.instance, items);
            let next = self.of(next);
            if next.tuple >= best.tuple {
                return;
            }
            *best = next;
        }
    }
}

/// Whether a stage that holds the device has no place, with all that could be done of its job done.
fn is_dead_end(instance: &Instance, item: &Ranked, built: &Built) -> bool {
    let job = &instance.jobs[item.job];
    let stages = job.tasks.iter().zip(&built.places[item.job]);
    job.free()
        && stages
            .filter(|(task, _)| item.part.has(task) && task.holds)
            .any(|(task, placed)| task.state == TaskState::Open && placed.is_none())
}

/// The parts that can be planned in the order found, and each of the others before the first that ranks after it.
fn merged(items: &[Ranked], found: Vec<usize>, instance: &Instance) -> Vec<Ranked> {
    let mut gated = (0..items.len()).filter(|item| !instance.jobs[items[*item].job].free()).peekable();
    let mut merged = Vec::with_capacity(items.len());
    for item in found {
        while let Some(before) = gated.next_if(|gated| *gated < item) {
            merged.push(items[before].clone());
        }
        merged.push(items[item].clone());
    }
    merged.extend(gated.map(|item| items[item].clone()));
    merged
}

/// A better order than this, if one is found within the budget.
fn search(instance: &mut Instance, items: &[Ranked], objective: &Objective, options: &Options) -> Option<Vec<Ranked>> {
    let free: Vec<usize> = (0..items.len()).filter(|item| instance.jobs[items[*item].job].free()).collect();
    if free.len() < 2 || options.budget < stages(instance) {
        return None;
    }
    let pinned = free.iter().rposition(|item| items[*item].missed < FAR && !items[*item].dead_end).map_or(0, |last| last + 1);
    // The guard judges what it may hold on top of all that it never holds.
    let judged = free.iter().position(|item| !is_never_held(instance, &items[*item])).unwrap_or(free.len());
    let mut order = free.clone();
    let mut decoded = Decoded::new(instance, items, objective);
    let mut best = decoded.cost(&order, None)?;
    let mut rng = fastrand::Rng::with_seed(options.seed);
    let both = |decoded: &Decoded| -> VecDeque<Range<usize>> {
        let first = windows(decoded, pinned..judged);
        first.into_iter().chain(windows(decoded, judged.max(pinned)..free.len())).collect()
    };
    let (mut left, mut spent) = (VecDeque::new(), None);
    while decoded.spent < options.budget {
        let Some(range) = left.pop_front() else {
            // Once more from the beginning: what one window could not make better may be, after another was.
            if spent.replace(decoded.spent) == Some(decoded.spent) {
                break;
            }
            decoded.cost(&order, None)?;
            left = both(&decoded);
            continue;
        };
        let share = (decoded.spent + options.budget / SHARES).min(options.budget);
        // Only as far as the window: what follows is decoded once, with what was found.
        let (head, _) = improve(&mut decoded, order[..range.end].to_vec(), range.clone(), share, &mut rng);
        if head != order[..range.end] {
            let mut next = head;
            next.extend_from_slice(&order[range.end..]);
            if let Some(cost) = decoded.cost(&next, Some(&best)).filter(|cost| *cost < best) {
                (order, best) = (next, cost);
            }
        }
    }
    (order != free).then(|| merged(items, order, instance))
}

/// Stages that are placed each time that all are.
fn stages(instance: &Instance) -> u64 {
    instance.jobs.iter().filter(|job| job.free()).map(|job| job.tasks.iter().map(|_| 1).sum::<u64>()).sum()
}

/// Stretches of a range of what was decoded in which something is late or tight, first to be served first, overlapping.
fn windows(decoded: &Decoded, within: Range<usize>) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let Range { start: mut from, end: count } = within;
    while from < count {
        let range = from..(from + WINDOW).min(count);
        if range.clone().any(|place| decoded.is_tight(place)) {
            windows.push(range.clone());
        }
        if range.end == count {
            break;
        }
        from += WINDOW / 2;
    }
    windows
}

/// Plans decoded one after the other, each from where it begins to differ from the one before.
struct Decoded<'a, 'i, 'u> {
    placer: Placer<'i, 'u>,
    objective: &'a Objective,
    items: &'a [Ranked],
    /// What is placed, and how things stood before each of it.
    order: Vec<usize>,
    before: Vec<(Mark, Tuple)>,
    /// By item: whether it is among what is placed.
    there: Vec<bool>,
    /// By item: what has to be placed before it, the part that needs the device.
    first: Vec<Option<usize>>,
    tuple: Tuple,
    spent: u64,
}

impl<'a, 'i, 'u> Decoded<'a, 'i, 'u> {
    fn new(instance: &'i mut Instance<'u>, items: &'a [Ranked], objective: &'a Objective) -> Self {
        let tuple = objective.zero();
        Self {
            first: device_parts(items, instance.jobs.len()),
            placer: with_fixed(instance),
            objective,
            items,
            order: Vec::new(),
            before: Vec::new(),
            there: vec![false; items.len()],
            tuple,
            spent: 0,
        }
    }

    /// Takes back all but the first so many.
    fn back_to(&mut self, count: usize) {
        if let Some((mark, tuple)) = self.before.get(count) {
            self.placer.undo(*mark);
            self.tuple.clone_from(tuple);
            self.before.truncate(count);
            self.order.drain(count..).for_each(|item| self.there[item] = false);
        }
    }
}

impl Decoder for Decoded<'_, '_, '_> {
    type Cost = Tuple;

    fn cost(&mut self, order: &[usize], bound: Option<&Tuple>) -> Option<Tuple> {
        let same = order.iter().zip(&self.order).take_while(|(a, b)| a == b).count();
        self.back_to(same);
        for &item in &order[same..] {
            if self.first[item].is_some_and(|first| !self.there[first]) {
                return None;
            }
            let Ranked { job, part, .. } = self.items[item];
            self.before.push((self.placer.mark(), self.tuple.clone()));
            self.order.push(item);
            self.there[item] = true;
            let now = self.placer.instance.now;
            self.placer.place(job, part, now);
            self.spent += self.placer.instance.jobs[job].tasks.iter().filter(|task| part.has(task)).map(|_| 1).sum::<u64>();
            self.objective.add(self.placer.instance, (job, part), &self.placer.places[job], &mut self.tuple);
            if bound.is_some_and(|bound| self.tuple > *bound) {
                return None;
            }
        }
        Some(self.tuple.clone())
    }

    fn spent(&self) -> u64 {
        self.spent
    }

    fn is_tight(&self, place: usize) -> bool {
        self.order.get(place).is_some_and(|item| {
            let Ranked { job, part, dead_end, .. } = self.items[*item];
            !dead_end && self.objective.is_tight(self.placer.instance, (job, part), &self.placer.places[job])
        })
    }
}

/// For each part that does not need the device, the one of the same job that does.
fn device_parts(items: &[Ranked], jobs: usize) -> Vec<Option<usize>> {
    let mut device = vec![None; jobs];
    for (place, item) in items.iter().enumerate().filter(|(_, item)| item.part == Part::Device) {
        device[item.job] = Some(place);
    }
    items.iter().map(|item| device[item.job].filter(|_| item.part == Part::Rest)).collect()
}
