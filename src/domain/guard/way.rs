//! The soonest way of a phone through the stages that lead to its promise, one after another, and home.
//!
//! Per site it keeps the earliest moment the phone is there with everything so far done. Sooner is never worse, so the
//! end it finds is the earliest of all ways: who does what is left to nobody's choice but time's.

use super::{Place, Watch, Worker};
use crate::domain::calendar::Windows;

/// Past every instant.
pub(super) const FAR: i64 = i64::MAX / 4;

/// A way that keeps the promise.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// When the milestone is reached.
    pub end: i64,
    /// Slot, start and end of each stage, in order.
    pub hops: Vec<(usize, i64, i64)>,
}

/// What of lower work is in the phone's way.
#[derive(Clone, Copy, Debug)]
pub(super) enum About {
    /// None of it.
    Nothing,
    /// What has begun by its arrival and is not over.
    Begun,
    /// The same, and one run more: slot and end.
    And(usize, i64),
}

/// A stage done: where, when, and the site the phone came from.
type Hop = (usize, i64, i64, usize);

impl Watch {
    /// When the promise to a phone that arrives then is due.
    pub(super) fn due(&mut self, arrival: i64) -> i64 {
        let from = arrival + self.due.from;
        match &mut self.due.working {
            Some(windows) if self.due.within > 0 => windows.finish(from, self.due.within).unwrap_or(FAR),
            _ => from + self.due.within,
        }
    }

    /// The soonest way of a phone that arrives at a site then, if it ends by `by`.
    pub(super) fn way(&mut self, site: usize, arrival: i64, by: i64, about: About) -> Option<Way> {
        let mut at: Vec<Option<i64>> = vec![None; self.sites.len()];
        at[site] = Some(arrival);
        let mut trace: Vec<Vec<Option<Hop>>> = Vec::with_capacity(self.stages.len());
        for stage in 0..self.stages.len() {
            let hops = self.stage(stage, &at, by, (arrival, about));
            at = hops.iter().map(|hop| hop.map(|(_, _, end, _)| end)).collect();
            if at.iter().all(Option::is_none) {
                return None;
            }
            trace.push(hops);
        }
        let (end, mut here) = self.ends(site, &at).filter(|(end, _)| *end <= by)?;
        let mut hops = Vec::with_capacity(trace.len());
        for stage in trace.iter().rev() {
            let (slot, start, end, from) = stage[here]?;
            hops.push((slot, start, end));
            here = from;
        }
        hops.reverse();
        Some(Way { end, hops })
    }

    /// Per site, the soonest that a stage is done with the phone there.
    fn stage(&mut self, stage: usize, at: &[Option<i64>], by: i64, (arrival, about): (i64, About)) -> Vec<Option<Hop>> {
        let sites = self.sites.len();
        let mut best: Vec<Option<Hop>> = vec![None; sites];
        let holds = self.stages[stage].holds;
        // From where the phone is soonest at each site; work that needs no device leaves it where it is.
        let come = |to: usize| {
            let from = (0..sites).filter_map(|from| Some((at[from]? + self.travel[from][to], from)));
            from.min()
        };
        let soonest: Vec<Option<(i64, usize)>> = (0..sites).map(come).collect();
        let Self { stages, slots, workers, windows, .. } = self;
        for &slot in &stages[stage].able {
            let (place, worker) = (&slots[slot], &workers[slots[slot].worker]);
            let free = place.free_from(slot, arrival, about);
            let windows = &mut windows[worker.windows];
            for to in if holds { worker.site..worker.site + 1 } else { 0..sites } {
                let come = if holds { soonest[to] } else { at[to].map(|at| (at, to)) };
                let Some((ready, from)) = come else { continue };
                let limit = best[to].map_or(by, |(_, _, end, _)| end - 1);
                let found = place.earliest((stage, stages[stage].attended), worker, ready.max(free), limit, windows);
                if let Some((start, end)) = found {
                    best[to] = Some((slot, start, end, from));
                }
            }
        }
        best
    }

    /// When and from which site the milestone is reached, once all stages are done.
    fn ends(&mut self, site: usize, at: &[Option<i64>]) -> Option<(i64, usize)> {
        let done = at.iter().enumerate().filter_map(|(from, at)| Some((from, (*at)?)));
        match &mut self.home {
            None => done.map(|(from, at)| (at, from)).min(),
            Some(homes) => {
                let site = self.home_at.unwrap_or(site);
                let (returns, trip) = &mut homes[site];
                let home =
                    |(from, at): (usize, i64)| Some((returns.first_fit(at + self.travel[from][site], *trip)? + *trip, from));
                done.filter_map(home).min()
            }
        }
    }
}

impl Place {
    /// The run of lower work that has begun by then and is not over: when it ends.
    pub(super) fn begun(&self, arrival: i64) -> Option<i64> {
        self.begun_by(arrival).filter(|end| *end > arrival)
    }

    /// When the last run of lower work that begins by then ends.
    pub(super) fn begun_by(&self, arrival: i64) -> Option<i64> {
        let last = self.movable.partition_point(|run| run.0 <= arrival).checked_sub(1)?;
        Some(self.movable[last].1)
    }

    fn free_from(&self, slot: usize, arrival: i64, about: About) -> i64 {
        let begun = match about {
            About::Nothing => None,
            About::Begun | About::And(..) => self.begun(arrival),
        };
        let more = match about {
            About::And(other, end) if other == slot => end,
            _ => arrival,
        };
        begun.map_or(more, |end| end.max(more))
    }

    /// The earliest place for a stage not before `ready` that ends by `limit` and before dates lapse.
    fn earliest(
        &self,
        (stage, attended): (usize, bool),
        worker: &Worker,
        ready: i64,
        limit: i64,
        windows: &mut Windows,
    ) -> Option<(i64, i64)> {
        let length = worker.lengths[stage]?;
        let limit = limit.min(worker.lapse);
        let mut from = ready;
        let mut next = self.fixed.partition_point(|run| run.1 <= from);
        loop {
            if from + length > limit {
                return None;
            }
            let (start, end) = run(windows, attended, from, length).filter(|(_, end)| *end <= limit)?;
            while self.fixed.get(next).is_some_and(|run| run.1 <= start) {
                next += 1;
            }
            match self.fixed.get(next) {
                Some(run) if run.0 < end => from = run.1,
                _ => return Some((start, end)),
            }
        }
    }
}

/// When work that can begin from `from` on starts and ends (ARCHITECTURE.md, "Rules of time").
fn run(windows: &mut Windows, attended: bool, from: i64, length: i64) -> Option<(i64, i64)> {
    let mut start = windows.next_open(from)?;
    if attended {
        return Some((start, windows.finish(start, length)?));
    }
    loop {
        let end = windows.handover(start + length)?;
        match windows.closure_touched(start, end) {
            Some(until) => start = windows.next_open(until)?,
            None => return Some((start, end)),
        }
    }
}
