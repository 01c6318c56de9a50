//! Makes the order of a plan better: window by window along the rank order, where something is late or tight, each change
//! kept only if the whole plan is better for it.
//!
//! Invariant: the plan built from the order that comes out is never worse, by [`objective`](super::objective), than the
//! one built from rank order.

use std::ops::Range;

use super::Options;
use super::assign::{Built, build, with_fixed};
use super::gap::FAR;
use super::improve::{Decoder, improve};
use super::instance::Instance;
use super::objective::{Objective, Tuple};
use super::place::{Mark, Part, Placer};
use super::rank::{Order, Ranked};
use crate::domain::guard::FIRST_JUDGED_TIER;

/// Parts of submissions that are changed together: some 150 stages.
const WINDOW: usize = 60;
/// Shares of the budget that one window may have: one in so many.
const SHARES: u64 = 8;

/// The plan in rank order, or one in a better order that was found within the budget; nothing in the order of those
/// whose device is missed is changed.
pub fn refined(instance: &mut Instance, ranked: Order, options: &Options) -> (Built, Order) {
    let built = build(instance, &ranked.items, options);
    let free: Vec<usize> = (0..ranked.items.len()).filter(|item| instance.jobs[ranked.items[*item].job].free()).collect();
    if options.budget == 0 || free.len() < 2 {
        return (built, ranked);
    }
    let found = search(instance, &ranked.items, free.clone(), options);
    if found == free {
        return (built, ranked);
    }
    let order = Order::of(merged(&ranked.items, found, instance), instance.jobs.len());
    let better = build(instance, &order.items, options);
    // The search knows nothing of what the guard holds back.
    if judged(instance, &better) < judged(instance, &built) { (better, order) } else { (built, ranked) }
}

/// What a plan is judged by.
pub fn judged(instance: &Instance, built: &Built) -> Tuple {
    let objective = Objective::of(instance);
    let mut tuple = objective.zero();
    for (job, places) in built.places.iter().enumerate().filter(|(job, _)| instance.jobs[*job].free()) {
        let parts: &[Part] = if instance.jobs[job].parts { &[Part::Device, Part::Rest] } else { &[Part::Whole] };
        parts.iter().for_each(|part| objective.add(instance, (job, *part), places, &mut tuple));
    }
    tuple
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

fn search(instance: &mut Instance, items: &[Ranked], mut order: Vec<usize>, options: &Options) -> Vec<usize> {
    let pinned = order.iter().rposition(|item| items[*item].missed < FAR).map_or(0, |last| last + 1);
    // The guard judges what it may hold on top of all that it never holds.
    let held = |item: &usize| instance.jobs[items[*item].job].part_tier(items[*item].part) >= FIRST_JUDGED_TIER;
    let judged = order.iter().position(held).unwrap_or(order.len());
    let mut decoded = Decoded::new(instance, items);
    let Some(mut best) = decoded.cost(&order, None) else { return order };
    let until = decoded.spent + options.budget;
    let mut rng = fastrand::Rng::with_seed(options.seed);
    for range in windows(&decoded, pinned..judged).into_iter().chain(windows(&decoded, judged.max(pinned)..order.len())) {
        if decoded.spent >= until {
            break;
        }
        let share = (decoded.spent + options.budget / SHARES).min(until);
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
    order
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

impl<'a, 'i, 'u> Decoded<'a, 'i, 'u> {
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
