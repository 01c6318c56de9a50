//! A run of stages that hold the device, and what follows when it ends: the trip home.

use super::{Placed, Placer};
use crate::planner::free::Spot;
use crate::planner::gap::FAR;
use crate::planner::instance::Instance;

/// The device at a site with everything up to a stage done, and how that came about.
#[derive(Clone, Copy)]
pub struct Frontier {
    pub site: usize,
    pub at: i64,
    /// When it counts as there: later than `at` where it may well be ([`Placer::counted`]).
    pub counts: i64,
    pub moves: u32,
    /// The stage placed last, and the index of the frontier before it.
    pub step: Option<(usize, Spot, usize)>,
}

impl Frontier {
    /// The device at a site, nothing more done with it yet.
    pub const fn at(site: usize, at: i64) -> Self {
        Self { site, at, counts: at, moves: 0, step: None }
    }
}

/// A frontier found, and what breaks ties: moves, then those who can do least first.
type Found = (Frontier, (u32, usize));

/// A run of stages that hold the device, under way.
pub struct Run {
    /// All frontiers of the run; those from `live` on are the newest.
    frontiers: Vec<Frontier>,
    live: usize,
    /// Site and end of the last stage that held the device.
    last_hold: Option<(usize, i64)>,
    best: Vec<Option<Found>>,
    /// `[s][t]`: once the device can be at `s`, being at `t` so much later is of no use, wherever it goes next.
    detour: Vec<Vec<i64>>,
}

impl Run {
    /// For devices that move between the sites of an instance.
    pub fn over(instance: &Instance) -> Self {
        let travel = &instance.travel;
        let sites = 0..travel.len();
        let longest = |s: usize, t: usize| sites.clone().map(|x| travel[s][x] - travel[t][x]).max().unwrap_or(0);
        let detour = sites.clone().map(|s| sites.clone().map(|t| longest(s, t)).collect()).collect();
        Self { frontiers: Vec::new(), live: 0, last_hold: None, best: vec![None; travel.len()], detour }
    }

    /// Starts anew from one frontier.
    pub fn begin(&mut self, from: Frontier, last_hold: Option<(usize, i64)>) {
        self.frontiers.clear();
        self.frontiers.push(from);
        self.live = 0;
        self.last_hold = last_hold;
    }

    /// Whether a stage is in it.
    pub fn has(&self, task: usize) -> bool {
        self.frontiers.iter().any(|f| f.step.is_some_and(|(t, _, _)| t == task))
    }

    /// Whether the device may be at a site already.
    fn is_live_at(&self, site: usize) -> bool {
        self.frontiers[self.live..].iter().any(|f| f.site == site)
    }

    /// The frontier from which the device is soonest at a site, when, and after how many moves.
    fn soonest_at(&self, site: usize, travel: &[Vec<i64>]) -> Option<(usize, i64, u32)> {
        let live = self.frontiers.iter().enumerate().skip(self.live);
        let moves = |f: &Frontier| f.moves + u32::from(f.site != site);
        let (index, from) = live.min_by_key(|(i, f)| (f.counts + travel[f.site][site], moves(f), *i))?;
        Some((index, from.at + travel[from.site][site], moves(from)))
    }

    /// The end after which being done at a site is of no use: elsewhere it is done so soon that the device could have
    /// been moved. Where an owner waits at that site, only what is done there counts.
    fn useless_after(&self, site: usize, only_there: bool) -> i64 {
        let done = |(s, best): (usize, &Option<Found>)| Some(best.as_ref()?.0.counts + self.detour[s][site]);
        let there = self.best[site].as_ref().map_or(FAR, |(found, _)| found.counts);
        if only_there { there } else { self.best.iter().enumerate().filter_map(done).min().unwrap_or(FAR) }
    }

    fn offer(&mut self, next: Frontier, tie: (u32, usize)) {
        let best = &mut self.best[next.site];
        if best.as_ref().is_none_or(|(old, old_tie)| (next.counts, tie) < (old.counts, *old_tie)) {
            *best = Some((next, tie));
        }
    }

    /// Makes the best found at each site the newest frontiers, if any was.
    fn advance(&mut self) {
        let before = self.frontiers.len();
        self.frontiers.extend(self.best.iter_mut().filter_map(|best| best.take().map(|(frontier, _)| frontier)));
        if self.frontiers.len() > before {
            self.live = before;
        }
    }
}

impl Placer<'_, '_> {
    /// Adds a stage that holds the device to the run: per site, the earliest moment the device is there with it done.
    pub(super) fn extend_run(&mut self, task: usize) {
        let t = self.task(task);
        if t.same.iter().chain(&t.different).any(|other| self.run.has(*other)) {
            self.settle(None);
        }
        let Some(ready) = self.ready(task) else { return };
        let job = &self.instance.jobs[self.turn.portion.job];
        let waited_for_at = job.owner_present_until.map(|_| job.home);
        let can = self.can(task);
        // Where the device may be first: what is soon done there makes most other sites useless.
        for there in [true, false] {
            for (preference, &pool) in can.iter().enumerate() {
                let site = self.instance.resources[self.instance.pools[pool][0]].site;
                if self.run.is_live_at(site) != there {
                    continue;
                }
                let Some((from, arrival, moves)) = self.run.soonest_at(site, &self.instance.travel) else { continue };
                let beat = self.run.useless_after(site, waited_for_at == Some(site));
                if let Some(spot) = self.earliest_in(task, pool, ready.max(arrival), beat).filter(|spot| spot.end <= beat) {
                    let counts = self.counted(task, spot);
                    let next = Frontier { site, at: spot.end, counts, moves, step: Some((task, spot, from)) };
                    self.run.offer(next, (moves, preference));
                }
            }
        }
        self.run.advance();
    }

    /// Ends the run under way at the frontier given, or else at the one that is soonest, and takes its places.
    pub(super) fn settle(&mut self, chosen: Option<usize>) {
        let live = self.run.frontiers.iter().enumerate().skip(self.run.live);
        let soonest = live.min_by_key(|(i, f)| (f.counts, f.moves, *i)).map(|(i, _)| i);
        let Some(end) = chosen.or(soonest) else { return };
        let last = self.run.frontiers[end];
        let mut at = last;
        while let Some((task, spot, before)) = at.step {
            self.take(task, spot);
            at = self.run.frontiers[before];
        }
        let last_hold = if last.step.is_some() { Some((last.site, last.at)) } else { self.run.last_hold };
        self.run.begin(Frontier { step: None, moves: 0, ..last }, last_hold);
    }

    /// Hands the device back as soon as the run under way allows, at the site that makes it soonest.
    pub(super) fn hand_back(&mut self, task: usize) {
        let Some(ready) = self.ready(task) else { return };
        let mut best: Option<(i64, u32, usize, Placed)> = None;
        for index in self.run.live..self.run.frontiers.len() {
            let frontier = self.run.frontiers[index];
            let hold = if frontier.step.is_some() { Some((frontier.site, frontier.at)) } else { self.run.last_hold };
            if let Some(placed) = self.trip_home(hold, (frontier.site, frontier.at), ready) {
                let at = (frontier.site, frontier.counts);
                let later = (frontier.counts > frontier.at).then(|| self.trip_home(Some(at), at, ready));
                let key = (later.map_or(placed.end, |later| later.map_or(FAR, |later| later.end)), frontier.moves, index);
                if best.is_none_or(|(end, moves, i, _)| key < (end, moves, i)) {
                    best = Some((key.0, frontier.moves, index, placed));
                }
            }
        }
        self.settle(best.map(|(_, _, index, _)| index));
        if let Some((_, _, _, placed)) = best {
            self.put(task, placed);
        }
    }

    /// The hand-back of a device: at once to an owner who waits where its last stage was, else by a trip from home.
    fn trip_home(&mut self, last_hold: Option<(usize, i64)>, device: (usize, i64), ready: i64) -> Option<Placed> {
        let job = &self.instance.jobs[self.turn.portion.job];
        if job.submission.withheld.is_some() {
            return None;
        }
        let (home, trip) = (job.home, job.trip);
        if let (Some(until), Some((site, ended))) = (job.owner_present_until, last_hold) {
            let now = ended.max(ready);
            // It may have been moved since.
            if (site, device.0) == (home, home) && now <= until {
                return Some(Placed { on: None, start: now, end: now });
            }
        }
        let from = (device.1 + self.instance.travel[device.0][home]).max(ready);
        let start = self.instance.returns[home].first_fit(from, trip)?;
        Some(Placed { on: None, start, end: start + trip })
    }
}
