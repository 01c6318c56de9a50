//! The soonest way of a phone through the stages that lead to its promise, one after another, and home.
//!
//! Per site it keeps the earliest moment the phone is there with everything so far done. Sooner is never worse, so the
//! end it finds is the earliest of all ways: who does what is left to nobody's choice but time's.

use super::{Place, Pool, Watch};
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

/// A stage done at a site, by whom and when, and the site the phone came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    slot: usize,
    start: i64,
    end: i64,
    from: usize,
}

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
        let mut trace = std::mem::take(&mut self.trace);
        let way = self.traced(&mut trace, (site, arrival), by, about);
        self.trace = trace;
        way
    }

    /// The same; `trace` holds, per stage and site, how the phone comes to be there soonest: first as it arrived.
    fn traced(&mut self, trace: &mut Vec<Option<Hop>>, (site, arrival): (usize, i64), by: i64, about: About) -> Option<Way> {
        let (sites, stages) = (self.sites.len(), self.stages.len());
        trace.clear();
        trace.resize(sites * (stages + 1), None);
        trace[site] = Some(Hop { slot: usize::MAX, start: arrival, end: arrival, from: site });
        for stage in 0..stages {
            let (before, after) = trace.split_at_mut(sites * (stage + 1));
            let (before, after) = (&before[sites * stage..], &mut after[..sites]);
            self.stage(stage, before, after, by, (arrival, about));
            if after.iter().all(Option::is_none) {
                return None;
            }
        }
        let (end, mut here) = self.ends(site, &trace[sites * stages..]).filter(|(end, _)| *end <= by)?;
        let mut hops = Vec::with_capacity(stages);
        for stage in (1..=stages).rev() {
            let hop = trace[sites * stage + here]?;
            hops.push((hop.slot, hop.start, hop.end));
            here = hop.from;
        }
        hops.reverse();
        Some(Way { end, hops })
    }

    /// Per site, the soonest that a stage is done with the phone there.
    fn stage(&mut self, stage: usize, at: &[Option<Hop>], best: &mut [Option<Hop>], by: i64, (arrival, about): (i64, About)) {
        let Self { stages, slots, pools, windows, travel, .. } = self;
        let step = &stages[stage];
        // From where the phone is soonest at a site; work that needs no device leaves it where it is.
        let come = |to: usize| {
            let from = at.iter().enumerate().filter_map(|(from, hop)| Some(((*hop)?.end + travel[from][to], from)));
            if step.holds { from.min() } else { at[to].map(|hop| (hop.end, to)) }
        };
        for pool in step.able.iter().map(|pool| &pools[*pool]) {
            let (Some(length), windows) = (pool.lengths[stage], &mut windows[pool.windows]) else { continue };
            for to in if step.holds { pool.site..pool.site + 1 } else { 0..best.len() } {
                let Some((ready, from)) = come(to) else { continue };
                let limit = best[to].map_or(by, |hop| hop.end - 1).min(pool.lapse);
                let mut need = Need { attended: step.attended, length, ready, limit };
                if let Some((slot, start, end)) = pool.earliest(slots, &mut need, windows, (arrival, about)) {
                    best[to] = Some(Hop { slot, start, end, from });
                }
            }
        }
    }

    /// When and from which site the milestone is reached, once all stages are done.
    fn ends(&mut self, site: usize, at: &[Option<Hop>]) -> Option<(i64, usize)> {
        let done = at.iter().enumerate().filter_map(|(from, hop)| Some((from, (*hop)?.end)));
        match &mut self.home {
            None => done.filter(|(from, _)| self.home_at.is_none_or(|home| home == *from)).map(|(from, at)| (at, from)).min(),
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

/// What a stage asks of a slot: so many seconds, not before `ready`, over by `limit`.
struct Need {
    attended: bool,
    length: i64,
    ready: i64,
    limit: i64,
}

impl Need {
    /// When it starts and ends, if it can begin from `from` on, whatever else is on the slot.
    fn fit(&self, from: i64, windows: &mut Windows) -> Option<(i64, i64)> {
        if from + self.length > self.limit {
            return None;
        }
        run(windows, self.attended, from, self.length).filter(|(_, end)| *end <= self.limit)
    }
}

impl Pool {
    /// Which of its slots a stage has soonest, from when until when.
    fn earliest(
        &self,
        slots: &[Place],
        need: &mut Need,
        windows: &mut Windows,
        (arrival, about): (i64, About),
    ) -> Option<(usize, i64, i64)> {
        let (start, end) = need.fit(need.ready, windows)?;
        let free_from = |slot: usize| slots[slot].free_from(slot, arrival, about);
        // Sooner than that nobody is done.
        let is_idle = |slot: &usize| free_from(*slot) <= start && slots[*slot].is_unfixed(start, end);
        if let Some(slot) = self.slots.iter().copied().find(is_idle) {
            return Some((slot, start, end));
        }
        let mut best = None;
        for &slot in &self.slots {
            let from = need.ready.max(free_from(slot));
            if let Some((start, end)) = slots[slot].earliest(need, from, windows) {
                best = Some((slot, start, end));
                need.limit = end - 1;
            }
        }
        best
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

    /// Whether nothing that the phone can't move is on it between two instants.
    pub(super) fn is_unfixed(&self, start: i64, end: i64) -> bool {
        let next = self.fixed.partition_point(|run| run.1 <= start);
        self.fixed.get(next).is_none_or(|run| end <= run.0)
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

    /// The earliest place for a stage from then on.
    fn earliest(&self, need: &Need, mut from: i64, windows: &mut Windows) -> Option<(i64, i64)> {
        let mut next = self.fixed.partition_point(|run| run.1 <= from);
        loop {
            let (start, end) = need.fit(from, windows)?;
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
