//! Makes the order of a plan better.
//!
//! Invariant: the plan built from the order that comes out is never worse, by [`objective`](super::objective), than the
//! one built from rank order; where people were told of a plan before, never worse than the one built in that order, and
//! another takes its place only if that is worth the starts that it moves.

mod decoded;
mod search;

use super::assign::{Built, build};
use super::guard::Keeper;
use super::instance::{Instance, TaskState};
use super::objective::{Objective, Tuple};
use super::rank::{Order, Ranked};
use super::told::{carried, recall, settled};
use super::{Options, Plan, Turn};
use crate::domain::ids::QueueNumber;
use search::search;

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
pub fn followed(instance: &mut Instance, ranked: &Order, turns: &[Turn], before: &Plan) -> (Built, Order) {
    recall(instance, before);
    built_in(instance, carried(instance, &ranked.items, turns), (true, &Options::BUILD))
}

/// The plan in an order of another, what is new at its rank, where people were told of none.
pub fn in_order(instance: &mut Instance, ranked: &Order, turns: &[Turn]) -> (Built, Order) {
    built_in(instance, carried(instance, &ranked.items, turns), (false, &Options::BUILD))
}

/// The plan in an order of somebody else's, least key first, equals at their rank; nothing is held.
pub fn ordered_by<K: Ord>(instance: &mut Instance, ranked: &Order, key: impl Fn(QueueNumber) -> K) -> (Built, Order) {
    let mut items = ranked.items.clone();
    items.sort_by_cached_key(|item| key(instance.jobs[item.job].number));
    built_in(instance, items, (false, &Options { guard: false, ..Options::BUILD }))
}

fn built_in(instance: &mut Instance, items: Vec<Ranked>, (as_told, options): (bool, &Options)) -> (Built, Order) {
    let mut guard = Keeper::of(instance, options);
    let order = Order::of(items, instance.jobs.len());
    (build(instance, &order.items, &mut guard, as_told), order)
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
