//! What is still free on one slot: gaps between what is placed, and the search for a place in them.

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

/// The free gaps of one slot, in order. Ones in which the slot never opens are left out.
#[derive(Clone, Debug)]
pub struct Timeline {
    gaps: Vec<Gap>,
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

impl Timeline {
    /// All free from `now` on.
    pub fn free_from(now: i64) -> Self {
        Self { gaps: vec![Gap { from: now, until: FAR, open: FAR }] }
    }

    /// The earliest place for `need`: start and end, hand-over included.
    pub fn earliest(&self, need: Need, windows: &mut Windows) -> Option<(i64, i64)> {
        let first = self.gaps.partition_point(|gap| gap.until <= need.ready);
        for gap in &self.gaps[first..] {
            if !need.fits(gap.open, gap.until - gap.from) {
                continue;
            }
            // The first gap that is long enough decides: later ones end later still.
            if gap.from > need.lapse || gap.from.max(need.ready) + need.length > need.beat {
                return None;
            }
            match place(need, gap.from.max(need.ready), windows)? {
                (_, end) if end > need.lapse => return None,
                (start, end) if end <= gap.until => return Some((start, end)),
                _ => {}
            }
        }
        None
    }

    /// The gaps, in order.
    pub fn gaps(&self) -> impl Iterator<Item = Gap> {
        self.gaps.iter().copied()
    }

    /// Takes [start, end) out of what is free: the gaps that are gone, and what is left of them.
    pub fn occupy(&mut self, start: i64, end: i64, windows: &mut Windows) -> (Vec<Gap>, Vec<Gap>) {
        if start >= end {
            return (Vec::new(), Vec::new());
        }
        let first = self.gaps.partition_point(|gap| gap.until <= start);
        let last = first + self.gaps[first..].partition_point(|gap| gap.from < end);
        let mut rest = Vec::with_capacity(2);
        for gap in &self.gaps[first..last] {
            rest.extend(gap_between(gap.from, start, windows));
            rest.extend(gap_between(end, gap.until, windows));
        }
        let gone = self.gaps.splice(first..last, rest.iter().copied()).collect();
        (gone, rest)
    }
}

/// A gap, unless its slot never opens in it.
fn gap_between(from: i64, until: i64, windows: &mut Windows) -> Option<Gap> {
    if from >= until || windows.next_open(from)? >= until {
        return None;
    }
    let open = if until == FAR { FAR } else { windows.open_before(until) - windows.open_before(from) };
    Some(Gap { from, until, open })
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
