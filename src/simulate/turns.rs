//! A plan as people follow it: whose turn it is on each slot, and what may go home.
//!
//! It is looked at after each event, so that what comes later on a slot, and what is not ready to go home, costs nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::domain::ids::{QueueNumber, Slot};
use crate::planner::{Hold, Step};

/// The steps of a plan that people may begin.
#[derive(Debug, Default)]
pub struct Turns {
    steps: Vec<Step>,
    /// The number of each slot, and its steps, in the plan's order.
    pub slots: BTreeMap<Slot, usize>,
    on: Vec<Vec<usize>>,
    /// Ways home that nothing has to be done before.
    ready: Vec<usize>,
    /// Other ways home.
    others: BTreeMap<QueueNumber, Vec<usize>>,
}

/// Steps to be looked at, in the plan's order.
pub struct Round<'t> {
    turns: &'t Turns,
    /// Which step comes next, and where it stands.
    next: BinaryHeap<Reverse<(usize, Option<Place>)>>,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number of its slot.
    pub slot: usize,
    /// The how manieth it is there.
    nth: usize,
}

impl Turns {
    /// Of a plan, where this says what is ready to go home.
    pub fn of(plan: Vec<Step>, is_ready: impl Fn(&Step) -> bool) -> Self {
        let mut turns = Self::default();
        for step in plan.into_iter().filter(|step| step.hold == Hold::Free) {
            let index = turns.steps.len();
            match &step.slot {
                Some(slot) => {
                    let number = turns.number_of(slot);
                    turns.on[number].push(index);
                }
                None if is_ready(&step) => turns.ready.push(index),
                None => turns.others.entry(step.submission).or_default().push(index),
            }
            turns.steps.push(step);
        }
        turns
    }

    fn number_of(&mut self, slot: &Slot) -> usize {
        if let Some(number) = self.slots.get(slot) {
            return *number;
        }
        self.slots.insert(slot.clone(), self.on.len());
        self.on.push(Vec::new());
        self.on.len() - 1
    }

    /// The first step of each slot, and what may go home: what was ready, and whatever something happened to since.
    pub fn round(&self, since: &BTreeSet<QueueNumber>) -> Round<'_> {
        let firsts = self.on.iter().enumerate().filter_map(|(slot, on)| Some((*on.first()?, Some(Place { slot, nth: 0 }))));
        let happened = since.iter().filter_map(|number| self.others.get(number)).flatten();
        let home = self.ready.iter().chain(happened).map(|index| (*index, None));
        Round { turns: self, next: firsts.chain(home).map(Reverse).collect() }
    }
}

impl<'t> Round<'t> {
    /// The next step, and its place, if it is on a slot. What comes after it there is looked at only where [`Round::passes`] says so.
    pub fn turn(&mut self) -> Option<(&'t Step, Option<Place>)> {
        let Reverse((index, place)) = self.next.pop()?;
        Some((&self.turns.steps[index], place))
    }

    /// Whoever had a place on a slot leaves it to what comes after.
    pub fn passes(&mut self, Place { slot, nth }: Place) {
        if let Some(index) = self.turns.on[slot].get(nth + 1) {
            self.next.push(Reverse((*index, Some(Place { slot, nth: nth + 1 }))));
        }
    }
}
