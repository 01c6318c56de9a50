//! What is still free on slots that are as good as each other, so that one search finds the best place on any of them.
//!
//! Gaps are kept by when they begin, in blocks that know how long their longest gap is and how far one reaches: a search
//! passes over a block with nothing in it for its need.

use super::free::Spot;
use super::gap::{Gap, Need, place};
use crate::domain::calendar::Windows;

/// Gaps in a block before it becomes two.
const MOST: usize = 64;

/// The free gaps of several slots of equal ability, site, speed, windows and dates.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    blocks: Vec<Block>,
}

/// A gap and its slot.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub gap: Gap,
    pub slot: usize,
}

/// Neighbours by when they begin, and the most that any of them offers.
#[derive(Clone, Debug)]
struct Block {
    entries: Vec<Entry>,
    until: i64,
    open: i64,
    length: i64,
}

impl Pool {
    /// Adds a gap.
    pub fn insert(&mut self, entry: Entry) {
        let i = self.block_of(entry.key());
        let Some(block) = self.blocks.get_mut(i) else {
            self.blocks.push(Block::of(vec![entry]));
            return;
        };
        let at = block.entries.partition_point(|other| other.key() < entry.key());
        block.entries.insert(at, entry);
        block.offer(&entry);
        if block.entries.len() > MOST {
            let rest = block.entries.split_off(MOST / 2);
            block.count();
            self.blocks.insert(i + 1, Block::of(rest));
        }
    }

    /// Takes a gap away.
    pub fn remove(&mut self, entry: Entry) {
        let i = self.block_of(entry.key());
        let Some(block) = self.blocks.get_mut(i) else { return };
        if let Ok(at) = block.entries.binary_search_by_key(&entry.key(), Entry::key) {
            block.entries.remove(at);
            block.miss(&entry);
        }
        if block.entries.is_empty() {
            self.blocks.remove(i);
        }
    }

    /// The gap of a slot that begins at an instant.
    pub fn found(&self, slot: usize, from: i64) -> Option<Entry> {
        let key = key(from, slot);
        let entries = &self.blocks.get(self.block_of(key))?.entries;
        Some(entries[entries.binary_search_by_key(&key, Entry::key).ok()?])
    }

    /// A gap of a slot that shares some of [start, end).
    pub fn touching(&self, slot: usize, start: i64, end: i64) -> Option<Entry> {
        let (last, within) = self.after(end - 1);
        let blocks = self.blocks.iter().enumerate().take(last + 1).filter(|(_, block)| block.until > start);
        let mut entries = blocks.flat_map(|(i, block)| &block.entries[..if i == last { within } else { block.entries.len() }]);
        entries.find(|entry| entry.slot == slot && entry.gap.until > start).copied()
    }

    /// The block that a gap is in, or belongs in.
    fn block_of(&self, key: (i64, usize)) -> usize {
        let after = self.blocks.partition_point(|block| block.entries.first().is_some_and(|first| first.key() <= key));
        after.saturating_sub(1)
    }

    /// The earliest place for `need` on any slot that `may` have it. Among gaps that would have it at the same time, the
    /// one that begins last: it leaves the least idle.
    pub fn earliest(&self, need: Need, windows: &mut Windows, may: impl Fn(usize) -> bool) -> Option<Spot> {
        let (start, end) = place(need, need.ready, windows)?;
        if end > need.lapse {
            return None;
        }
        if let Some(entry) = self.begun_by(start, end.max(need.ready + 1), &may) {
            return Some(entry.spot(start, end));
        }
        let (first, within) = self.after(start);
        for (i, block) in self.blocks.iter().enumerate().skip(first) {
            if !need.fits(block.open, block.length) {
                continue;
            }
            let skip = if i == first { within } else { 0 };
            for entry in &block.entries[skip.min(block.entries.len())..] {
                let gap = entry.gap;
                if !need.fits(gap.open, gap.until - gap.from) || !may(entry.slot) {
                    continue;
                }
                if gap.from > need.lapse || gap.from + need.length > need.beat {
                    return None;
                }
                match place(need, gap.from, windows)? {
                    (_, end) if end > need.lapse => return None,
                    (start, end) if end <= gap.until => return Some(entry.spot(start, end)),
                    _ => {}
                }
            }
        }
        None
    }

    /// The last gap that begins by `start` and reaches to `end`.
    fn begun_by(&self, start: i64, end: i64, may: impl Fn(usize) -> bool) -> Option<Entry> {
        let (last, within) = self.after(start);
        for i in (0..self.blocks.len().min(last + 1)).rev() {
            let block = &self.blocks[i];
            if block.until < end {
                continue;
            }
            let count = if i == last { within } else { block.entries.len() };
            let begun = block.entries[..count].iter().rev();
            if let Some(found) = begun.into_iter().find(|entry| entry.gap.until >= end && may(entry.slot)) {
                return Some(*found);
            }
        }
        None
    }

    /// Block and place in it of the first gap that begins after `start`.
    fn after(&self, start: i64) -> (usize, usize) {
        let begun = self.blocks.partition_point(|block| block.entries.first().is_some_and(|first| first.gap.from <= start));
        let Some(block) = begun.checked_sub(1) else { return (0, 0) };
        (block, self.blocks[block].entries.partition_point(|entry| entry.gap.from <= start))
    }
}

/// By begin; of those that begin together, the first slot last, because the last is looked at first.
fn key(from: i64, slot: usize) -> (i64, usize) {
    (from, usize::MAX - slot)
}

impl Entry {
    fn key(&self) -> (i64, usize) {
        key(self.gap.from, self.slot)
    }

    fn spot(&self, start: i64, end: i64) -> Spot {
        Spot { slot: self.slot, gap: self.gap.from, start, end }
    }
}

impl Block {
    fn of(entries: Vec<Entry>) -> Self {
        let mut block = Self { entries, until: 0, open: 0, length: 0 };
        block.count();
        block
    }

    fn count(&mut self) {
        (self.until, self.open, self.length) = (0, 0, 0);
        for i in 0..self.entries.len() {
            let entry = self.entries[i];
            self.offer(&entry);
        }
    }

    /// Counts anew if what is gone was the most in anything.
    fn miss(&mut self, gone: &Entry) {
        let gap = gone.gap;
        if gap.until == self.until || gap.open == self.open || gap.until - gap.from == self.length {
            self.count();
        }
    }

    fn offer(&mut self, entry: &Entry) {
        self.until = self.until.max(entry.gap.until);
        self.open = self.open.max(entry.gap.open);
        self.length = self.length.max(entry.gap.until - entry.gap.from);
    }
}
