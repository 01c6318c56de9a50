//! The search: window by window along an order, each change kept only if the whole plan, decoded with it, has the smaller tuple.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use super::decoded::Decoded;
use crate::planner::Options;
use crate::planner::gap::FAR;
use crate::planner::guard::is_never_held;
use crate::planner::improve::{Decoder, Effort, Place, improve};
use crate::planner::instance::Instance;
use crate::planner::objective::{LAST_AT_RISK, Objective};
use crate::planner::place::Part;
use crate::planner::rank::Ranked;

/// Parts of submissions that are changed together: some 150 stages.
const WINDOW: usize = 60;
/// Shakes in a row that lead to nothing better after which a window is left as it is.
const SHAKES: usize = 20;

/// The parts that can be planned in the order found, and each of the others before the first that ranks after it.
fn merged(parts: &[Ranked], found: Vec<Place>, instance: &Instance) -> Vec<Ranked> {
    let mut gated = (0..parts.len()).filter(|part| !instance.jobs[parts[*part].job].free()).peekable();
    let mut merged = Vec::with_capacity(parts.len());
    for Place { item, until } in found {
        while let Some(before) = gated.next_if(|gated| *gated < item) {
            merged.push(parts[before].clone());
        }
        merged.push(Ranked { until, ..parts[item].clone() });
    }
    merged.extend(gated.map(|part| parts[part].clone()));
    merged
}

/// Every part once, by its first turn, and the turns of those that can be planned.
fn apart(instance: &Instance, items: &[Ranked]) -> (Vec<Ranked>, Vec<Place>) {
    let mut known: BTreeMap<(usize, Part), usize> = BTreeMap::new();
    let (mut parts, mut order): (Vec<Ranked>, Vec<Place>) = Default::default();
    for item in items {
        let part = *known.entry((item.job, item.part)).or_insert_with(|| {
            parts.push(Ranked { until: None, ..item.clone() });
            parts.len() - 1
        });
        if instance.jobs[item.job].free() {
            order.push(Place { item: part, until: item.until });
        }
    }
    (parts, order)
}

/// A better order than this, if one is found within the budget.
///
/// Tier by tier: what comes later never delays what came before, so that a tier is best arranged with nothing but those
/// above it, which is quick; the next then goes where it stood among them. What is left of the budget goes on all together.
pub fn search(instance: &mut Instance, items: &[Ranked], objective: &Objective, options: &Options) -> Option<Vec<Ranked>> {
    let (parts, first) = apart(instance, items);
    if first.len() < 2 || options.budget < stages(instance) {
        return None;
    }
    let mut search = Search {
        groups: parts.iter().map(|part| Group::of(instance, part, options)).collect(),
        decoded: Decoded::new(instance, &parts, objective),
        rng: fastrand::Rng::with_seed(options.seed),
    };
    let best = search.decoded.cost(&first, None)?;
    let last = if options.steady { LAST_AT_RISK } else { u8::MAX };
    let groups: BTreeSet<Group> = search.groups.iter().copied().collect();
    let mut order = Vec::new();
    for (done, group) in groups.iter().enumerate() {
        order = search.with(&first, &order, *group);
        if group.tier <= last {
            let left = options.budget.saturating_sub(search.decoded.spent());
            let until = search.decoded.spent() + left / (groups.len() - done + 1) as u64;
            order = search.given_up(order, until, *group)?;
            order = search.improved(order, until, |other| other == *group)?;
        }
    }
    if search.decoded.cost(&order, Some(&best)).is_none_or(|cost| cost > best) {
        order.clone_from(&first);
    }
    while search.decoded.spent() < options.budget {
        let next = search.improved(order.clone(), options.budget, |group| group.tier <= last)?;
        if next == order {
            break;
        }
        order = next;
    }
    let better = search.decoded.cost(&order, Some(&best)).is_some_and(|cost| cost < best);
    let Search { decoded, .. } = search;
    better.then(|| merged(&parts, order, decoded.instance()))
}

/// What is arranged together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    /// The guard may hold it, and judges it on top of all that it never holds.
    may_be_held: bool,
    dead_end: bool,
    tier: u8,
}

impl Group {
    fn of(instance: &Instance, part: &Ranked, options: &Options) -> Self {
        let may_be_held = options.guard && !is_never_held(instance, part);
        Self { may_be_held, dead_end: part.dead_end, tier: part.tier }
    }
}

struct Search<'a, 'i, 'u> {
    /// By part.
    groups: Vec<Group>,
    decoded: Decoded<'a, 'i, 'u>,
    rng: fastrand::Rng,
}

impl Search<'_, '_, '_> {
    fn group(&self, place: Place) -> Group {
        self.groups[place.item]
    }

    /// What was arranged so far, and a group more, each where it stood among those in the order that there was first.
    fn with(&self, first: &[Place], arranged: &[Place], group: Group) -> Vec<Place> {
        let mut order = Vec::with_capacity(first.len());
        let mut left = arranged.iter();
        for place in first {
            match self.group(*place).cmp(&group) {
                // As many as stood before it, whoever they are: of one that was divided the last of its places counts.
                Ordering::Less if place.until.is_none() => {
                    let more = left.as_slice().iter().position(|place| place.until.is_none()).map_or(0, |last| last + 1);
                    order.extend(left.by_ref().take(more));
                }
                Ordering::Less => {}
                Ordering::Equal => order.push(*place),
                Ordering::Greater => {}
            }
        }
        order.extend(left);
        self.device_first(order)
    }

    /// The order with what does not need the device behind what does, where it stood before that.
    fn device_first(&self, order: Vec<Place>) -> Vec<Place> {
        let mut missing: BTreeSet<usize> = order.iter().map(|place| place.item).collect();
        let mut early: Vec<Place> = Vec::new();
        let mut sorted = Vec::with_capacity(order.len());
        for place in order {
            if self.decoded.follows_on(place.item).is_some_and(|device| missing.contains(&device)) {
                early.push(place);
                continue;
            }
            sorted.push(place);
            if place.until.is_none() {
                missing.remove(&place.item);
                sorted.extend(early.extract_if(.., |early| self.decoded.follows_on(early.item) == Some(place.item)));
            }
        }
        sorted
    }

    /// The order with some of a group behind all that is arranged, if that is better: what is late whatever is done leaves its place to
    /// those that it would make late. As for one machine (Moore, 1968), as long as something is late, the most work among what comes up to
    /// the first of that gives way; nothing does whose device is missed.
    fn given_up(&mut self, order: Vec<Place>, until: u64, group: Group) -> Option<Vec<Place>> {
        let mut best = (self.decoded.cost(&order, None)?, order.clone());
        let (mut next, mut kept) = (order, usize::MAX);
        while self.decoded.spent() < until {
            kept = kept.min(next.len());
            let is_of_group = |place: &Place| self.group(*place) == group && self.decoded.part(*place).missed == FAR;
            let late = (0..kept).find(|place| is_of_group(&next[*place]) && self.decoded.is_late(*place));
            let Some(late) = late else { break };
            let up_to = next[..=late].iter().filter(|place| is_of_group(place)).map(|place| place.item);
            let Some(most) = up_to.max_by_key(|item| (self.decoded.work(*item), *item)) else { break };
            let (gone, mut left): (Vec<Place>, Vec<Place>) = next.into_iter().partition(|place| place.item == most);
            kept = kept.saturating_sub(gone.len());
            left.push(Place::whole(most));
            next = self.device_first(left);
            match self.decoded.cost(&next, None) {
                Some(cost) if cost < best.0 => best = (cost, next.clone()),
                Some(_) => {}
                None => break,
            }
        }
        Some(best.1)
    }

    /// The order once each window of it in which something `wanted` is late or tight was made better, as far as it was.
    fn improved(&mut self, mut order: Vec<Place>, until: u64, wanted: impl Fn(Group) -> bool) -> Option<Vec<Place>> {
        let mut best = self.decoded.cost(&order, None)?;
        let mut left = self.windows(&order, wanted);
        while let Some(Range { start, end }) = left.pop_front() {
            let spent = self.decoded.spent();
            let share = until.saturating_sub(spent) / (left.len() + 1) as u64;
            let effort = Effort { until: spent + share, shakes: SHAKES };
            // Only as far as the window: what follows is decoded once, with what was found.
            let (head, _) = improve(&mut self.decoded, order[..end].to_vec(), start, effort, &mut self.rng);
            if head == order[..end] {
                continue;
            }
            let grown = head.len();
            let mut next = head;
            next.extend_from_slice(&order[end..]);
            if let Some(cost) = self.decoded.cost(&next, Some(&best)).filter(|cost| *cost < best) {
                (order, best) = (next, cost);
                // Windows to come stand where they stood.
                left.iter_mut().for_each(|range| *range = moved(range, end, grown));
            }
        }
        Some(order)
    }

    /// What may be changed of the order decoded last, in windows: nothing among those whose device is missed, and nothing goes
    /// from what the guard may hold to what it never holds.
    fn windows(&self, order: &[Place], wanted: impl Fn(Group) -> bool) -> VecDeque<Range<usize>> {
        let part = |place: &Place| self.decoded.part(*place);
        let pinned = order.iter().rposition(|place| part(place).missed < FAR && !part(place).dead_end);
        let pinned = pinned.map_or(0, |last| last + 1);
        let judged = order.iter().position(|place| self.group(*place).may_be_held).unwrap_or(order.len());
        let is_tight = |place: usize| wanted(self.group(order[place])) && self.decoded.is_tight(place);
        let (never, may) = (pinned..judged, judged.max(pinned)..order.len());
        [never, may].into_iter().flat_map(|within| stretches(within, is_tight)).collect()
    }
}

/// A window once what stood before `end` has grown, or shrunk, to `grown` places; as far into that as it was.
fn moved(range: &Range<usize>, end: usize, grown: usize) -> Range<usize> {
    let place = |at: usize| if at >= end { at - end + grown } else { (at + grown).saturating_sub(end).min(grown) };
    place(range.start)..place(range.end)
}

/// Stages that are placed each time that all are.
fn stages(instance: &Instance) -> u64 {
    instance.jobs.iter().filter(|job| job.free()).map(|job| job.tasks.iter().map(|_| 1).sum::<u64>()).sum()
}

/// Stretches of a range in which something is tight, first to be served first, overlapping.
fn stretches(within: Range<usize>, is_tight: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    let Range { start: mut from, end: count } = within;
    while from < count {
        let range = from..(from + WINDOW).min(count);
        if range.clone().any(&is_tight) {
            stretches.push(range.clone());
        }
        if range.end == count {
            break;
        }
        from += WINDOW / 2;
    }
    stretches
}
