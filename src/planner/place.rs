//! Where the stages of one job go, given what is free.
//!
//! Along a run of stages that hold the device it looks ahead: per site it keeps the earliest moment the device can be there
//! with everything so far done, so that an operator here, a kiosk there and the trip home are weighed together.

mod squeeze;

use super::free::Free;
use super::instance::{Instance, Task, TaskState};
use super::timeline::{FAR, Need};

/// Where a stage goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Index of the resource and number of the slot among all; none for a hand-back.
    pub on: Option<(usize, usize)>,
    pub start: i64,
    pub end: i64,
}

/// A stage that may not begin on a pool before an instant.
#[derive(Clone, Copy, Debug)]
pub struct Later {
    pub task: usize,
    pub pool: usize,
    pub from: i64,
}

/// The stages of one job: a place each, or none.
pub type Places = Vec<Option<Placed>>;

/// Where the open stages of one job go, not before `release`, given what is free, and none of `later` before its time.
/// Takes nothing.
///
/// A stage that must (not) be done by whoever did another can be left without anyone: then the other goes elsewhere,
/// and the attempt with the most stages placed, then the earliest end, is kept.
pub fn place_job(instance: &mut Instance, job: usize, release: i64, free: &Free, later: &[Later]) -> Places {
    let mut banned: Vec<(usize, usize)> = Vec::new();
    let mut best: Option<(usize, i64, Places)> = None;
    for _ in 0..=instance.resources.len() {
        let mut attempt = Attempt { later, ..Attempt::new(instance, job, release, free, &banned) };
        attempt.run();
        let places = attempt.places;
        let unplaced = places.iter().filter(|place| place.is_none()).count();
        let end = places.iter().flatten().map(|place| place.end).max().unwrap_or(FAR);
        let next_ban = blocked_by_person(instance, job, &places);
        if best.as_ref().is_none_or(|(least, soonest, _)| (unplaced, end) < (*least, *soonest)) {
            best = Some((unplaced, end, places));
        }
        match next_ban {
            Some(ban) if !banned.contains(&ban) => banned.push(ban),
            _ => break,
        }
    }
    let Some((_, _, places)) = best else { return Places::new() };
    if places.iter().all(Option::is_some) {
        return places;
    }
    // Who was kept from a stage for another's sake may still be all that it has.
    let mut whole = Attempt { later, ..Attempt::new(instance, job, release, free, &[]) };
    whole.places = places;
    whole.anyone = true;
    whole.last_hold = whole.last_held().or(whole.last_hold);
    whole.squeeze_in();
    whole.places
}

/// The choice of a person that left a later stage with nobody, if any.
fn blocked_by_person(instance: &Instance, job: usize, places: &Places) -> Option<(usize, usize)> {
    let tasks = &instance.jobs[job].tasks;
    let resource_of = |task: usize| places[task].and_then(|place| place.on).map(|(resource, _)| resource);
    let open = |task: &usize| tasks[*task].state == TaskState::Open;
    (0..tasks.len()).filter(|t| places[*t].is_none() && open(t)).find_map(|t| {
        let names = |a: usize, b: usize| tasks[a].same_person_as == Some(b) || tasks[a].different_person_from.contains(&b);
        let bound = (0..tasks.len()).filter(|other| names(t, *other) || names(*other, t));
        bound.filter(open).find_map(|other| Some((other, resource_of(other)?)))
    })
}

/// The device at a site with everything up to a stage done, and how that came about.
#[derive(Clone, Copy)]
struct Frontier {
    site: usize,
    at: i64,
    moves: u32,
    /// The stage placed last, and the index of the frontier before it.
    step: Option<(usize, Placed, usize)>,
}

/// A frontier found, and what breaks ties: moves, then those who can do least first.
type Found = (Frontier, (u32, usize));

/// A pool of which somebody may do a stage.
struct Able {
    pool: usize,
    /// Those of it who may not: another stage is theirs, or somebody else's.
    not: Vec<usize>,
}

struct Attempt<'i, 'u> {
    instance: &'i mut Instance<'u>,
    job: usize,
    release: i64,
    free: &'i Free,
    banned: &'i [(usize, usize)],
    later: &'i [Later],
    places: Places,
    /// Also those who could not do what the same person must do besides.
    anyone: bool,
    /// Whether it can matter who does what.
    bound: bool,
    /// All frontiers of the run under way; those from `live` on are the newest.
    frontiers: Vec<Frontier>,
    live: usize,
    /// Site and end of the last stage that held the device.
    last_hold: Option<(usize, i64)>,
}

impl<'i, 'u> Attempt<'i, 'u> {
    fn new(instance: &'i mut Instance<'u>, job: usize, release: i64, free: &'i Free, banned: &'i [(usize, usize)]) -> Self {
        let tasks = &instance.jobs[job].tasks;
        let (site, at) = instance.jobs[job].device;
        let mut places = vec![None; tasks.len()];
        let mut last_hold = None;
        for (task, place) in tasks.iter().zip(&mut places) {
            match task.state {
                TaskState::Fixed { resource, slot, start, end, .. } => {
                    *place = Some(Placed { on: Some((resource, slot)), start, end });
                    if task.holds {
                        last_hold = Some((instance.resources[resource].site, end));
                    }
                }
                TaskState::Done { resource, end } if task.holds => {
                    last_hold = Some((resource.map_or(site, |r| instance.resources[r].site), end));
                }
                TaskState::Done { .. } | TaskState::Open => {}
            }
        }
        let bound = !banned.is_empty() || tasks.iter().any(|t| t.same_person_as.is_some() || !t.different_person_from.is_empty());
        let start = Frontier { site, at: at.max(release), moves: 0, step: None };
        Self {
            instance,
            job,
            release,
            free,
            banned,
            later: &[],
            places,
            anyone: false,
            bound,
            frontiers: vec![start],
            live: 0,
            last_hold,
        }
    }

    fn task(&self, task: usize) -> &Task {
        &self.instance.jobs[self.job].tasks[task]
    }

    /// Stages that hold the device come as early as their predecessors allow, so that a run of them is seen whole.
    fn run(&mut self) {
        let count = self.places.len();
        let mut left: Vec<usize> = (0..count).filter(|t| self.task(*t).state == TaskState::Open).collect();
        while let Some(next) = self.next_of(&left) {
            left.retain(|task| *task != next);
            if self.task(next).holds {
                self.extend_run(next);
            } else if self.task(next).returns {
                self.hand_back(next);
            } else {
                // What it may take depends on who did the run's stages, when, and on which slots.
                self.settle(None);
                self.places[next] = self.without_device(next);
            }
        }
        self.settle(None);
        self.squeeze_in();
    }

    /// The next stage whose predecessors have been looked at: holding the device first, handing it back last but before
    /// work without it.
    fn next_of(&self, left: &[usize]) -> Option<usize> {
        let ready = left.iter().copied().filter(|t| self.task(*t).after.iter().all(|before| !left.contains(before)));
        let holding_left = left.iter().any(|t| self.task(*t).holds);
        ready.min_by_key(|t| match self.task(*t) {
            task if task.holds => 0,
            task if task.returns && holding_left => 3,
            task if task.returns => 1,
            _ => 2,
        })
    }

    /// The latest end of a stage's predecessors; none where one has no place. Those in the run under way are left to it.
    fn ready(&self, task: usize) -> Option<i64> {
        let mut ready = self.release;
        for before in &self.task(task).after {
            ready = ready.max(match (self.task(*before).state, self.places[*before]) {
                (TaskState::Done { end, .. }, _) => end,
                (_, Some(placed)) => placed.end,
                (_, None) if self.in_run(*before) => self.release,
                (_, None) => return None,
            });
        }
        Some(ready)
    }

    fn in_run(&self, task: usize) -> bool {
        self.frontiers.iter().any(|f| f.step.is_some_and(|(t, _, _)| t == task))
    }

    /// Adds a stage that holds the device to the run: per site, the earliest moment the device is there with it done.
    fn extend_run(&mut self, task: usize) {
        let t = self.task(task);
        if t.same_person_as.iter().chain(&t.different_person_from).any(|other| self.in_run(*other)) {
            self.settle(None);
        }
        let Some(ready) = self.ready(task) else { return };
        let mut best: Vec<Option<Found>> = vec![None; self.instance.returns.len()];
        for (preference, pool) in self.able(task).into_iter().enumerate() {
            let site = self.site_of(&pool);
            let Some((from, there, moves)) = self.soonest_at(site) else { continue };
            let beat = best[site].as_ref().map_or(FAR, |(found, _)| found.at);
            let Some(placed) = self.earliest_in(task, &pool, ready.max(there), beat) else { continue };
            let next = Frontier { site, at: placed.end, moves, step: Some((task, placed, from)) };
            let tie = (moves, preference);
            let better = |(old, old_tie): &Found| (placed.end, tie) < (old.at, *old_tie);
            if best[site].as_ref().is_none_or(better) {
                best[site] = Some((next, tie));
            }
        }
        let found: Vec<Frontier> = best.into_iter().flatten().map(|(frontier, _)| frontier).collect();
        if !found.is_empty() {
            self.live = self.frontiers.len();
            self.frontiers.extend(found);
        }
    }

    /// The frontier from which the device is soonest at a site, when, and after how many moves.
    fn soonest_at(&self, site: usize) -> Option<(usize, i64, u32)> {
        let travel = |f: &Frontier| self.instance.travel[f.site][site];
        let live = self.frontiers.iter().enumerate().skip(self.live);
        let arrivals = live.map(|(i, f)| (i, f.at + travel(f), f.moves + u32::from(f.site != site)));
        arrivals.min_by_key(|(i, at, moves)| (*at, *moves, *i))
    }

    /// The pools of which somebody may do a stage, those that can do least first, and who of them may not.
    fn able(&self, task: usize) -> Vec<Able> {
        let t = self.task(task);
        let can = if self.anyone { &t.all } else { &t.eligible };
        let pools = can.iter().map(|&pool| {
            let all = self.instance.pools[pool].iter().copied();
            Able { pool, not: if self.bound { all.filter(|r| !self.may(task, *r)).collect() } else { Vec::new() } }
        });
        pools.filter(|able| able.not.len() < self.instance.pools[able.pool].len()).collect()
    }

    fn site_of(&self, able: &Able) -> usize {
        self.instance.resources[self.instance.pools[able.pool][0]].site
    }

    /// Whether a resource may do a stage, given who does the others.
    fn may(&self, task: usize, resource: usize) -> bool {
        let done_by = |other: usize| match self.task(other).state {
            TaskState::Done { resource, .. } => resource,
            _ => self.places[other].and_then(|place| place.on).map(|(resource, _)| resource),
        };
        let tasks = &self.instance.jobs[self.job].tasks;
        // A rule that binds this stage to another binds that one to this, whichever is placed first.
        let same = |other: usize| done_by(other).is_none_or(|by| by == resource);
        let different = |other: usize| done_by(other).is_none_or(|by| by != resource);
        !self.banned.contains(&(task, resource))
            && tasks[task].same_person_as.is_none_or(same)
            && tasks[task].different_person_from.iter().all(|other| different(*other))
            && tasks.iter().enumerate().all(|(other, t)| {
                (t.same_person_as != Some(task) || same(other)) && (!t.different_person_from.contains(&task) || different(other))
            })
    }

    /// The earliest place for a stage on any slot of a pool, if it ends by `beat`.
    fn earliest_in(&mut self, task: usize, able: &Able, ready: i64, beat: i64) -> Option<Placed> {
        let Instance { resources, pools, windows, jobs, .. } = &mut *self.instance;
        let place = &resources[pools[able.pool][0]];
        let t = &jobs[self.job].tasks[task];
        let held = self.later.iter().filter(|later| later.task == task && later.pool == able.pool).map(|later| later.from);
        let ready = held.fold(ready, i64::max);
        let need = Need { ready, length: t.time_on(place.resource), attended: t.attended, lapse: place.lapse, beat };
        let windows = &mut windows[place.windows];
        let resource_of = |slot: usize| resources.partition_point(|place| place.first_slot <= slot) - 1;
        let may = |slot: usize| able.not.is_empty() || !able.not.contains(&resource_of(slot));
        // Slots that are to do other stages of this job as well are looked at one by one, and so is the one person left.
        let own = self.places.iter().flatten().filter(|placed| placed.end > ready);
        let own: Vec<Placed> =
            own.filter(|placed| placed.on.is_some_and(|(r, _)| resources[r].pool == able.pool)).copied().collect();
        let mut singly: Vec<usize> =
            own.iter().filter_map(|placed| placed.on).map(|(_, slot)| slot).filter(|slot| may(*slot)).collect();
        let one_left = able.not.len() + 1 == pools[able.pool].len();
        let found = if one_left {
            let left = pools[able.pool].iter().filter(|resource| !able.not.contains(resource));
            singly = left.flat_map(|resource| resources[*resource].slots()).collect();
            None
        } else {
            self.free.pool(able.pool).earliest(need, windows, |slot| may(slot) && !singly.contains(&slot))
        };
        let alone = singly.into_iter().filter_map(|slot| {
            let own = own.iter().filter(|placed| placed.on.is_some_and(|(_, other)| other == slot));
            let (start, end) = match own.clone().next() {
                None => self.free.slot(slot).earliest(need, windows),
                Some(_) => {
                    let mut free = self.free.slot(slot).clone();
                    own.for_each(|placed| drop(free.occupy(placed.start, placed.end, windows)));
                    free.earliest(need, windows)
                }
            }?;
            Some((slot, start, end))
        });
        let found = alone.chain(found).min_by_key(|(slot, start, end)| (*end, *start, *slot));
        found.map(|(slot, start, end)| Placed { on: Some((resource_of(slot), slot)), start, end })
    }

    /// The earliest end of a stage that needs no device.
    fn without_device(&mut self, task: usize) -> Option<Placed> {
        let ready = self.ready(task)?;
        let mut best: Option<Placed> = None;
        for able in self.able(task) {
            let found = self.earliest_in(task, &able, ready, best.map_or(FAR, |best| best.end));
            if let Some(placed) = found.filter(|placed| best.is_none_or(|old| placed.end < old.end)) {
                best = Some(placed);
            }
        }
        best
    }

    /// Ends the run under way at the frontier given, or else at the one that is soonest.
    fn settle(&mut self, chosen: Option<usize>) {
        let live = self.frontiers.iter().enumerate().skip(self.live);
        let soonest = live.min_by_key(|(i, f)| (f.at, f.moves, *i)).map(|(i, _)| i);
        let Some(end) = chosen.or(soonest) else { return };
        let last = self.frontiers[end];
        let mut at = last;
        while let Some((task, placed, before)) = at.step {
            self.places[task] = Some(placed);
            at = self.frontiers[before];
        }
        if last.step.is_some() {
            self.last_hold = Some((last.site, last.at));
        }
        self.frontiers = vec![Frontier { step: None, moves: 0, ..last }];
        self.live = 0;
    }

    /// Hands the device back as soon as the run under way allows, at the site that makes it soonest.
    fn hand_back(&mut self, task: usize) {
        let Some(ready) = self.ready(task) else { return };
        let mut best: Option<(i64, u32, usize, Placed)> = None;
        for index in self.live..self.frontiers.len() {
            let frontier = self.frontiers[index];
            let hold = if frontier.step.is_some() { Some((frontier.site, frontier.at)) } else { self.last_hold };
            if let Some(placed) = self.trip_home(hold, (frontier.site, frontier.at), ready) {
                let key = (placed.end, frontier.moves, index);
                if best.is_none_or(|(end, moves, i, _)| key < (end, moves, i)) {
                    best = Some((placed.end, frontier.moves, index, placed));
                }
            }
        }
        let chosen = best.map(|(_, _, index, _)| index);
        self.settle(chosen);
        self.places[task] = best.map(|(_, _, _, placed)| placed);
    }

    /// The hand-back of a device: at once to an owner who waits where its last stage was, else by a trip from home.
    fn trip_home(&mut self, last_hold: Option<(usize, i64)>, device: (usize, i64), ready: i64) -> Option<Placed> {
        let job = &self.instance.jobs[self.job];
        let (home, trip) = (job.home, job.trip);
        if let (Some(until), Some((site, ended))) = (job.owner_present_until, last_hold) {
            let now = ended.max(ready);
            if site == home && now <= until {
                return Some(Placed { on: None, start: now, end: now });
            }
        }
        let from = (device.1 + self.instance.travel[device.0][home]).max(ready);
        let start = self.instance.returns[home].first_fit(from, trip)?;
        Some(Placed { on: None, start, end: start + trip })
    }
}
