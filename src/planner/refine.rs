//! Makes the order of a plan better: window by window along the rank order, where something is late or tight, each change
//! kept only if the whole plan is better for it.
//!
//! Invariant: the plan built from the order that comes out is never worse, by [`objective`](super::objective), than the
//! one built from rank order.

use super::assign::with_fixed;
use super::gap::FAR;
use super::improve::{Decoder, improve};
use super::instance::Instance;
use super::objective::{Objective, Tuple};
use super::place::{Mark, Part, Placer};
use super::rank::{Order, Ranked};

/// Parts of submissions that are changed together: some 150 stages.
const WINDOW: usize = 60;
/// Shares of the budget that one window may have: one in so many.
const SHARES: u64 = 8;

/// A better order, within a budget of stages placed; nothing in the order of those whose device is missed is changed.
pub fn refine(instance: &mut Instance, order: Order, budget: u64, seed: u64) -> Order {
    let free: Vec<usize> = (0..order.items.len()).filter(|item| instance.jobs[order.items[*item].job].free()).collect();
    if budget == 0 || free.len() < 2 {
        return order;
    }
    let jobs = instance.jobs.len();
    let found = search(instance, &order.items, free, budget, seed);
    Order::of(merged(&order.items, found, instance), jobs)
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

fn search(instance: &mut Instance, items: &[Ranked], mut order: Vec<usize>, budget: u64, seed: u64) -> Vec<usize> {
    let pinned = order.iter().rposition(|item| items[*item].missed < FAR).map_or(0, |last| last + 1);
    let mut built = Built::new(instance, items);
    let Some(mut best) = built.cost(&order, None) else { return order };
    let until = built.spent + budget;
    let mut rng = fastrand::Rng::with_seed(seed);
    for range in windows(&built, pinned, order.len()) {
        if built.spent >= until {
            break;
        }
        let share = (built.spent + budget / SHARES).min(until);
        // Only as far as the window: what follows is decoded once, with what was found.
        let (head, _) = improve(&mut built, order[..range.end].to_vec(), range.clone(), share, &mut rng);
        if head != order[..range.end] {
            let mut next = head;
            next.extend_from_slice(&order[range.end..]);
            if let Some(cost) = built.cost(&next, Some(&best)).filter(|cost| *cost < best) {
                (order, best) = (next, cost);
            }
        }
    }
    order
}

/// Stretches of the order that was decoded in which something is late or tight, first to be served first, overlapping.
fn windows(built: &Built, pinned: usize, count: usize) -> Vec<std::ops::Range<usize>> {
    let mut windows: Vec<std::ops::Range<usize>> = Vec::new();
    let mut from = pinned;
    while from < count {
        let range = from..(from + WINDOW).min(count);
        if range.clone().any(|place| built.is_tight(place)) {
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
struct Built<'a, 'i, 'u> {
    placer: Placer<'i, 'u>,
    objective: Objective,
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

impl<'a, 'i, 'u> Built<'a, 'i, 'u> {
    fn new(instance: &'i mut Instance<'u>, items: &'a [Ranked]) -> Self {
        let objective = Objective::of(instance);
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

impl Decoder for Built<'_, '_, '_> {
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
            let Ranked { job, part, .. } = self.items[*item];
            self.objective.is_tight(self.placer.instance, (job, part), &self.placer.places[job])
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
