//! What happens next, in order of time; at one moment in the order in which it was put there.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::domain::time::Timestamp;

/// Things to come.
#[derive(Debug)]
pub struct Agenda<T> {
    heap: BinaryHeap<Reverse<(Timestamp, u64, T)>>,
    count: u64,
}

impl<T: Ord> Agenda<T> {
    /// Of nothing.
    pub const fn new() -> Self {
        Self { heap: BinaryHeap::new(), count: 0 }
    }

    /// Puts something on it.
    pub fn add(&mut self, at: Timestamp, what: T) {
        self.count += 1;
        self.heap.push(Reverse((at, self.count, what)));
    }

    /// Takes off what comes next, if that is before `until`.
    pub fn next_before(&mut self, until: Timestamp) -> Option<(Timestamp, T)> {
        let Reverse((at, ..)) = self.heap.peek()?;
        if *at >= until {
            return None;
        }
        self.heap.pop().map(|Reverse((at, _, what))| (at, what))
    }
}
