//! A free time of one slot, and where something goes in it.

use crate::domain::calendar::Windows;

/// Past every instant that a plan holds.
pub const FAR: i64 = i64::MAX / 4;

/// A free time [from, until) and the open seconds in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub from: i64,
    pub until: i64,
    pub open: i64,
}

/// What is to be placed.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Not before.
    pub ready: i64,
    /// Seconds of work.
    pub length: i64,
    /// A person works; otherwise a machine runs.
    pub attended: bool,
    /// Must have ended by then.
    pub lapse: i64,
    /// A place that ends later than this is of no interest: there is one that ends then.
    pub beat: i64,
}

impl Need {
    /// Whether a gap of so many open seconds and so many in all may be long enough.
    pub fn fits(&self, open: i64, length: i64) -> bool {
        (if self.attended { open } else { length }) >= self.length
    }
}

/// The shortest work that a slot is ever asked for: a gap with room for neither is not worth keeping.
#[derive(Clone, Copy, Debug)]
pub struct Shortest {
    /// Seconds of a person's work.
    pub attended: i64,
    /// Seconds of a machine's.
    pub unattended: i64,
}

impl Shortest {
    /// Nothing is asked for.
    pub const NONE: Self = Self { attended: FAR, unattended: FAR };

    /// Something of this length is.
    pub fn ask(&mut self, attended: bool, length: i64) {
        let shortest = if attended { &mut self.attended } else { &mut self.unattended };
        *shortest = length.min(*shortest);
    }
}

/// A gap, unless nothing that is asked for has room in it.
pub fn gap_between(from: i64, until: i64, shortest: Shortest, windows: &Windows) -> Option<Gap> {
    if until - from < shortest.attended.min(shortest.unattended).max(1) {
        return None;
    }
    let open = if until == FAR { FAR } else { windows.open_before(until) - windows.open_before(from) };
    (open > 0 && (open >= shortest.attended || until - from >= shortest.unattended)).then_some(Gap { from, until, open })
}

/// Where `need` goes on an otherwise free slot from `from` on (ARCHITECTURE.md, "Rules of time").
pub fn place(need: Need, from: i64, windows: &mut Windows) -> Option<(i64, i64)> {
    let mut start = windows.next_open(from)?;
    if start + need.length > need.beat {
        return None;
    }
    if need.attended {
        return Some((start, windows.finish(start, need.length)?));
    }
    loop {
        let end = windows.handover(start + need.length)?;
        match windows.closure_touched(start, end) {
            Some(until) => start = windows.next_open(until)?,
            None => return Some((start, end)),
        }
    }
}
