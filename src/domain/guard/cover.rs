//! Who can be in time at all: per site and cell of the grid, the arrivals that keep the promise with nothing of lower tiers
//! about, in pieces that one way serves.

use super::Watch;
use super::harm::{GRID, STRIDE};
use super::way::{About, Way};

/// Arrivals from the first to the last, each of which would be in time.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub first: i64,
    pub last: i64,
    /// A way that all of them can take; none where each is just in time, as the next.
    pub way: Option<Way>,
}

impl Watch {
    /// The pieces of a cell, in order. Whoever arrives between them is late whatever is about, or else misses the next
    /// piece by less than [`STRIDE`].
    pub(super) fn take_cover(&mut self, site: usize, cell: i64) -> Vec<Piece> {
        let kept = self.place_of(cell).and_then(|kept| self.found.covers[site].get_mut(kept)?.take());
        kept.unwrap_or_else(|| {
            let edges = self.edges(((cell * GRID).max(self.now), (cell + 1) * GRID), false);
            let mut pieces = Vec::new();
            self.cover(site, &edges, &mut pieces);
            pieces
        })
    }

    /// Puts the pieces of a cell back.
    pub(super) fn keep_cover(&mut self, site: usize, cell: i64, pieces: Vec<Piece>) {
        if let Some(kept) = self.place_of(cell) {
            let covers = &mut self.found.covers[site];
            covers.resize(covers.len().max(kept + 1), None);
            covers[kept] = Some(pieces);
        }
    }

    fn cover(&mut self, site: usize, edges: &[i64], pieces: &mut Vec<Piece>) {
        let [first, .., end] = *edges else { return };
        let due = self.due(first);
        if let Some(way) = self.way(site, end - 1, due, About::Nothing) {
            pieces.push(Piece { first, last: end - 1, way: Some(way) });
            return;
        }
        let due = self.due(end - 1);
        // Whoever comes sooner is back no later.
        if self.way(site, first, due, About::Nothing).is_none() {
            return;
        }
        match edges.len() {
            2 => self.cover_between(site, (first, end), pieces),
            count => {
                self.cover(site, &edges[..=count / 2], pieces);
                self.cover(site, &edges[count / 2..], pieces);
            }
        }
    }

    /// The pieces of arrivals in [first, end), between which nothing begins, ends, opens or shuts.
    fn cover_between(&mut self, site: usize, (first, end): (i64, i64), pieces: &mut Vec<Piece>) {
        let mut at = first;
        while at < end {
            let due = self.due(at);
            let next = (at + STRIDE).min(end - 1).max(at + 1);
            if self.way(site, at, due, About::Nothing).is_none() {
                at = next.max(self.last_late(site, (at, end), About::Nothing) + 1);
                continue;
            }
            let last = self.last_back(site, (at, end), due, About::Nothing);
            let way = if last + 1 < next { None } else { self.way(site, last, due, About::Nothing) };
            let last = last.max(next - 1);
            pieces.push(Piece { first: at, last, way });
            at = last + 1;
        }
    }
}
