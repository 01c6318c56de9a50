//! Whether a run of lower work takes away the last way of some phone, and from when on it no longer would.

use super::cover::Piece;
use super::way::{About, FAR, Way};
use super::{Found, Watch};
use crate::domain::ids::SiteId;
use crate::domain::time::Timestamp;

/// Seconds: arrivals that are just in time, one as the other, are tried no closer than this.
pub(super) const STRIDE: i64 = 60;
/// Ways that are kept are of phones that arrive at whole multiples of this, in seconds.
pub(super) const GRID: i64 = 14_400;
/// Of these, at most so many after the first are kept for each site: two years.
const LAST_KEPT: i64 = 12 * 2 * 366;

/// What is wrong with a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harm {
    /// Where the phone would arrive.
    pub site: SiteId,
    /// The first second at which the run would be over the last arrival that it harms: no start before this is better.
    pub until: Timestamp,
}

/// Lower work that may take a slot.
#[derive(Clone, Copy)]
struct Run {
    slot: usize,
    start: i64,
    end: i64,
}

impl Watch {
    /// The harm that a run of lower work on a watched slot would do, given all that was put there; the longest, where it
    /// harms phones at several sites. None where it harms nobody.
    ///
    /// Most arrivals are answered by ways that are known. For the others, between two moments at which anything begins,
    /// ends, opens or shuts, a phone that comes later is never back sooner: so it strides from one arrival to the first
    /// that could fare otherwise, and misses none but by less than [`STRIDE`].
    pub fn harm(&mut self, slot: usize, start: Timestamp, end: Timestamp) -> Option<Harm> {
        let run = Run { slot, start: start.unix().max(self.now), end: end.unix() };
        if run.start >= run.end {
            return None;
        }
        self.recall();
        let sites = 0..self.sites.len();
        let last = |site| Some((self.last_harmed(site, (run.start, run.end), run)?, site));
        let (last, site) = sites.filter_map(last).max()?;
        Some(Harm { site: self.sites[site].clone(), until: Timestamp::from_unix(last + 1) })
    }

    /// The last arrival in [first, end) that the run harms: halved until a way is known that serves all of it, or all of it
    /// lies in one cell.
    fn last_harmed(&mut self, site: usize, (first, end): (i64, i64), run: Run) -> Option<i64> {
        if self.spares(site, (first, end - 1), run) {
            return None;
        }
        let (cell, after) = (first.div_euclid(GRID), (end - 1).div_euclid(GRID) + 1);
        if after - cell > 1 {
            let middle = (cell + (after - cell) / 2) * GRID;
            return self.last_harmed(site, (middle, end), run).or_else(|| self.last_harmed(site, (first, middle), run));
        }
        let mut cover = self.take_cover(site, cell);
        let harmed = cover.iter_mut().rev().find_map(|piece| self.last_in(site, piece, (first, end - 1), run));
        self.keep_cover(site, cell, cover);
        harmed
    }

    /// The last arrival of a piece, from the first to the last of these, that the run harms.
    fn last_in(&mut self, site: usize, piece: &mut Piece, (first, last): (i64, i64), run: Run) -> Option<i64> {
        let (first, last) = (first.max(piece.first), last.min(piece.last));
        let due = self.due(first);
        if first > last || piece.way.as_ref().is_some_and(|way| self.is_way_open(way, (last, due), run)) {
            return None;
        }
        // What is in the way of any of them and lasts until the last has come is in the way of the last.
        let way = self.way(site, last, due, About::And(run.slot, run.end));
        if way.is_none() {
            let edges = self.edges((first, last + 1), true);
            return self.last_between(site, &edges, run);
        }
        if (first, last) == (piece.first, piece.last) {
            piece.way = way;
        }
        None
    }

    /// The last arrival between the first and the last of these edges, in order, that the run harms.
    fn last_between(&mut self, site: usize, edges: &[i64], run: Run) -> Option<i64> {
        let (first, end) = (*edges.first()?, *edges.last()?);
        if edges.len() == 2 {
            return self.stride(site, (first, end), run);
        }
        let middle = edges.len() / 2;
        [&edges[middle..], &edges[..=middle]].into_iter().find_map(|half| {
            let (first, last) = (*half.first()?, *half.last()? - 1);
            let due = self.due(first);
            let is_served = self.way(site, last, due, About::And(run.slot, run.end)).is_some();
            if is_served { None } else { self.last_between(site, half, run) }
        })
    }

    /// The two ends, and every moment between them from which a phone may fare otherwise, in order; with or without what is
    /// about of lower tiers.
    pub(super) fn edges(&mut self, (first, end): (i64, i64), lower: bool) -> Vec<i64> {
        let mut edges = vec![first, end];
        let mut shifts: Vec<i64> = Vec::new();
        let hours = self.windows.iter_mut().chain(self.home.iter_mut().flatten().map(|(returns, _)| returns));
        for windows in hours {
            shifts.extend(windows.pieces(first, end).into_iter().flat_map(|(open, close)| [open, close]));
        }
        for place in &self.slots {
            shifts.extend(within(&place.fixed, (first, end)).map(|(_, end)| end));
            let movable = if lower { &place.movable[..] } else { &[] };
            edges.extend(within(movable, (first, end)).flat_map(|(start, end)| [start, end - 1, end]));
        }
        edges.extend(shifts.into_iter().flat_map(|edge| [edge - 1, edge]));
        edges.retain(|edge| (first..=end).contains(edge));
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// The last arrival in [first, end) that is back by its due without the run and not with it.
    fn stride(&mut self, site: usize, (first, end): (i64, i64), run: Run) -> Option<i64> {
        let with = About::And(run.slot, run.end);
        let (mut at, mut harmed) = (first, None);
        while at < end {
            let due = self.due(at);
            let last = if self.way(site, at, due, with).is_some() {
                self.last_back(site, (at, end), due, with)
            } else if self.way(site, at, due, About::Begun).is_some() {
                let last = self.last_back(site, (at, end), due, About::Begun).min(self.last_late(site, (at, end), with));
                harmed = Some(last.max(at));
                last
            } else {
                self.last_late(site, (at, end), About::Begun)
            };
            // Where each second is as tight as the last, every second would be a step.
            at = (last + 1).max((at + STRIDE).min(end - 1)).max(at + 1);
        }
        harmed
    }

    /// The last arrival in [first, end) that is back by a due which the first keeps.
    pub(super) fn last_back(&mut self, site: usize, (first, end): (i64, i64), due: i64, about: About) -> i64 {
        let (mut back, mut late) = (first, end);
        if self.way(site, end - 1, due, about).is_some() {
            return end - 1;
        }
        while late - back > 1 {
            let middle = back + (late - back) / 2;
            if self.way(site, middle, due, about).is_some() { back = middle } else { late = middle }
        }
        back
    }

    /// The last arrival in [first, end) whose own due lies before the moment at which the first, which is late, is back.
    pub(super) fn last_late(&mut self, site: usize, (first, end): (i64, i64), about: About) -> i64 {
        let Some(back) = self.way(site, first, FAR, about).map(|way| way.end) else { return end - 1 };
        let (mut late, mut kept) = (first, end);
        while kept - late > 1 {
            let middle = late + (kept - late) / 2;
            if self.due(middle) < back { late = middle } else { kept = middle }
        }
        late
    }

    /// Whether a way is known that all who arrive from the first to the last can take, run or no run.
    fn spares(&mut self, site: usize, (first, last): (i64, i64), run: Run) -> bool {
        let due = self.due(first);
        // The latest way that is in time is the least likely to be in anybody's way. A due that never comes is not looked for.
        let mut at = due.div_euclid(GRID).min(self.now.div_euclid(GRID) + LAST_KEPT);
        while at * GRID >= last {
            if self.know(site, at) && self.is_open_to(site, at, (last, due), run) {
                return true;
            }
            at -= 1;
        }
        false
    }

    /// Forgets what was found out if what the phone can't move is no longer as it was.
    fn recall(&mut self) {
        let slots = self.slots.iter().map(|place| &place.fixed);
        if std::mem::take(&mut self.moved) && !self.found.fixed.iter().eq(slots) {
            let sites = self.sites.len();
            self.found = Found { fixed: self.fixed(), ways: vec![Vec::new(); sites], covers: vec![Vec::new(); sites] };
        }
    }

    /// Finds the way of a phone that arrives at a multiple of the grid, unless that is known; false where none is kept.
    fn know(&mut self, site: usize, at: i64) -> bool {
        let Some(index) = self.place_of(at) else { return false };
        if self.found.ways[site].len() <= index {
            self.found.ways[site].resize(index + 1, None);
        }
        if self.found.ways[site][index].is_none() {
            let due = self.due((at + 1) * GRID);
            let way = self.way(site, at * GRID, due, About::Nothing);
            self.found.ways[site][index] = Some(way);
        }
        true
    }

    /// Where the way of an arrival is kept.
    pub(super) fn place_of(&self, at: i64) -> Option<usize> {
        let after = at - self.now.div_euclid(GRID);
        usize::try_from(after).ok().filter(|_| after <= LAST_KEPT)
    }

    /// Whether a known way ends by `due`, and nothing that has begun by `last` reaches into it, nor the run.
    fn is_open_to(&self, site: usize, at: i64, (last, due): (i64, i64), run: Run) -> bool {
        let kept = self.place_of(at).and_then(|index| self.found.ways[site].get(index)?.as_ref()?.as_ref());
        kept.is_some_and(|way| self.is_way_open(way, (last, due), run))
    }

    fn is_way_open(&self, way: &Way, (last, due): (i64, i64), run: Run) -> bool {
        way.end <= due
            && way.hops.iter().all(|(slot, start, end)| {
                let is_free = |other: &usize| {
                    let begun = self.slots[*other].begun_by(last).is_none_or(|end| end <= *start);
                    begun && (*other != run.slot || run.end <= *start) && self.slots[*other].is_unfixed(*start, *end)
                };
                self.pools[self.slots[*slot].pool].slots.iter().any(is_free)
            })
    }
}

/// Those of a slot's runs that have a moment in common with [start, end).
fn within(runs: &[(i64, i64)], (start, end): (i64, i64)) -> impl Iterator<Item = (i64, i64)> {
    let first = runs.partition_point(move |other| other.1 <= start);
    runs[first..].iter().copied().take_while(move |other| other.0 < end)
}
