//! What is free: the gaps of each pool of slots that are as good as each other; taken, and given back.
//!
//! Invariant: [`Free::undo`] to a mark leaves exactly what was free at that mark.

use super::gap::{FAR, Gap, Need, Shortest, gap_between};
use super::instance::Instance;
use super::pool::{Entry, Pool};
use crate::domain::calendar::Windows;

/// The free time of all slots.
#[derive(Clone, Debug)]
pub struct Free {
    pools: Vec<Pool>,
    shortest: Vec<Shortest>,
    pool_of: Vec<usize>,
    log: Vec<Edit>,
}

/// A gap that came or went.
#[derive(Clone, Copy, Debug)]
struct Edit {
    pool: usize,
    came: bool,
    entry: Entry,
}

/// A place that was found: on which slot, in the gap that begins when, from when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    pub slot: usize,
    pub gap: i64,
    pub start: i64,
    pub end: i64,
}

impl Free {
    /// All slots free from now on.
    pub fn all(instance: &Instance) -> Self {
        let mut free = Self {
            pools: vec![Pool::default(); instance.pools.len()],
            shortest: shortest(instance),
            pool_of: vec![0; instance.slots()],
            log: Vec::new(),
        };
        let whole = Gap { from: instance.now, until: FAR, open: FAR };
        for place in &instance.resources {
            for slot in place.slots() {
                free.pool_of[slot] = place.pool;
                free.pools[place.pool].insert(Entry { gap: whole, slot });
            }
        }
        free
    }

    /// The earliest place for `need` on any slot of a pool that `may` have it.
    pub fn earliest(&self, pool: usize, need: Need, windows: &mut Windows, may: impl Fn(usize) -> bool) -> Option<Spot> {
        self.pools[pool].earliest(need, windows, may)
    }

    /// Whether a slot is of a pool.
    pub fn is_in(&self, slot: usize, pool: usize) -> bool {
        self.pool_of[slot] == pool
    }

    /// Takes a place that was found.
    pub fn take(&mut self, spot: Spot, windows: &Windows) {
        let pool = self.pool_of[spot.slot];
        match self.pools[pool].found(spot.slot, spot.gap) {
            Some(entry) if entry.gap.from <= spot.start && spot.end <= entry.gap.until && spot.start < spot.end => {
                self.cut(pool, entry, (spot.start, spot.end), windows);
            }
            // The gap is no longer what it was: another stage of the same run is in it.
            _ => self.occupy(spot.slot, spot.start, spot.end, windows),
        }
    }

    /// Takes [start, end) of a slot, whatever of it is free.
    pub fn occupy(&mut self, slot: usize, start: i64, end: i64, windows: &Windows) {
        while self.occupy_first(slot, (start, end), windows).is_some() {}
    }

    /// Takes what is free of [start, end) of a slot, up to where something is not; none where nothing is.
    pub fn occupy_first(&mut self, slot: usize, (start, end): (i64, i64), windows: &Windows) -> Option<(i64, i64)> {
        let pool = self.pool_of[slot];
        let entry = if start < end { self.pools[pool].touching(slot, start, end)? } else { return None };
        self.cut(pool, entry, (start, end), windows);
        Some((start.max(entry.gap.from), end.min(entry.gap.until)))
    }

    /// Gives [start, end) of a slot back, of which nothing is free: it becomes one with what is free before and after it.
    pub fn release(&mut self, slot: usize, (start, end): (i64, i64), windows: &Windows) {
        let pool = self.pool_of[slot];
        let (mut from, mut until) = (start, end);
        for beside in [(start - 1, start), (end, end + 1)] {
            let Some(entry) = self.pools[pool].touching(slot, beside.0, beside.1) else { continue };
            (from, until) = (from.min(entry.gap.from), until.max(entry.gap.until));
            self.pools[pool].remove(entry);
            self.log.push(Edit { pool, came: false, entry });
        }
        if let Some(gap) = gap_between(from, until, self.shortest[pool], windows) {
            let entry = Entry { gap, slot };
            self.pools[pool].insert(entry);
            self.log.push(Edit { pool, came: true, entry });
        }
    }

    fn cut(&mut self, pool: usize, entry: Entry, (start, end): (i64, i64), windows: &Windows) {
        self.pools[pool].remove(entry);
        self.log.push(Edit { pool, came: false, entry });
        for (from, until) in [(entry.gap.from, start), (end, entry.gap.until)] {
            if let Some(gap) = gap_between(from, until, self.shortest[pool], windows) {
                let entry = Entry { gap, slot: entry.slot };
                self.pools[pool].insert(entry);
                self.log.push(Edit { pool, came: true, entry });
            }
        }
    }

    /// What is free now, to come back to.
    pub fn mark(&self) -> usize {
        self.log.len()
    }

    /// Gives back everything taken since a mark.
    pub fn undo(&mut self, mark: usize) {
        for edit in self.log.drain(mark..).rev() {
            if edit.came {
                self.pools[edit.pool].remove(edit.entry);
            } else {
                self.pools[edit.pool].insert(edit.entry);
            }
        }
    }
}

/// The shortest work that each pool may be asked for.
fn shortest(instance: &Instance) -> Vec<Shortest> {
    let mut shortest = vec![Shortest::NONE; instance.pools.len()];
    for task in instance.jobs.iter().flat_map(|job| &job.tasks) {
        for &pool in &*task.all {
            let resource = instance.resources[instance.pools[pool][0]].resource;
            shortest[pool].ask(task.attended, task.time_on(resource));
        }
    }
    shortest
}
