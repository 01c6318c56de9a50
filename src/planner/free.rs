//! What is free: slot by slot, and over each pool of slots that are as good as each other.

use super::instance::Instance;
use super::pool::Pool;
use super::timeline::Timeline;
use crate::domain::calendar::Windows;

/// The free time of all slots.
#[derive(Clone, Debug)]
pub struct Free {
    slots: Vec<Timeline>,
    pools: Vec<Pool>,
    pool_of: Vec<usize>,
}

impl Free {
    /// All slots free from now on.
    pub fn all(instance: &Instance) -> Self {
        let mut free = Self {
            slots: vec![Timeline::free_from(instance.now); instance.slots()],
            pools: vec![Pool::default(); instance.pools.len()],
            pool_of: vec![0; instance.slots()],
        };
        for place in &instance.resources {
            for slot in place.slots() {
                free.pool_of[slot] = place.pool;
                free.slots[slot].gaps().for_each(|gap| free.pools[place.pool].insert(slot, gap));
            }
        }
        free
    }

    /// What is free on one slot.
    pub fn slot(&self, slot: usize) -> &Timeline {
        &self.slots[slot]
    }

    /// What is free in a pool.
    pub fn pool(&self, pool: usize) -> &Pool {
        &self.pools[pool]
    }

    /// Takes [start, end) of a slot.
    pub fn occupy(&mut self, slot: usize, start: i64, end: i64, windows: &mut Windows) {
        let pool = &mut self.pools[self.pool_of[slot]];
        let (gone, left) = self.slots[slot].occupy(start, end, windows);
        gone.into_iter().for_each(|gap| pool.remove(slot, gap));
        left.into_iter().for_each(|gap| pool.insert(slot, gap));
    }
}
