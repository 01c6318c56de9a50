//! Where the stages of one job go, given what is free.
//!
//! Along a run of stages that hold the device it looks ahead: per site it keeps the earliest moment the device can be there
//! with everything so far done, so that an operator here, a kiosk there and the trip home are weighed together.

mod appointed;
mod careful;
mod people;
mod portion;
mod run;
mod squeeze;

use super::forecast::reached;
use super::free::{Free, Spot};
use super::gap::{FAR, Need};
use super::instance::{Instance, Task, TaskState};
use super::objective::LAST_AT_RISK;
use super::told::DRIFT;
pub use appointed::{Appointed, appointed, keep};
use careful::Care;
pub use portion::{Part, Portion};
use run::{Frontier, Run};

/// Seconds: what starts later than a shift from now is far.
const SOON: i64 = 8 * 3_600;

/// Where a stage goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Index of the resource and number of the slot among all; none for a hand-back.
    pub on: Option<(usize, usize)>,
    pub start: i64,
    pub end: i64,
}

/// The stages of one job: a place each, or none.
pub type Places = Vec<Option<Placed>>;

/// A stage that may not begin on a pool before an instant.
#[derive(Clone, Copy, Debug)]
pub struct Later {
    pub task: usize,
    pub pool: usize,
    pub from: i64,
}

/// What was placed when, to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    free: usize,
    placed: usize,
}

/// Places the stages of one job after the other, each where what is still free makes it soonest, and takes that.
///
/// Invariant: [`Placer::undo`] to a mark leaves exactly what was placed, and free, at that mark.
pub struct Placer<'i, 'u> {
    pub instance: &'i mut Instance<'u>,
    pub free: Free,
    /// Where everything is, by job.
    pub places: Vec<Places>,
    /// Whether people reckon with the plan before, or with what they were offered only.
    pub as_told: bool,
    /// Times that are kept for those who have an appointment, as far as nothing that is fixed is in them.
    pub kept: Vec<Appointed>,
    /// Stages that have a place, in the order in which they got it.
    placed: Vec<(usize, usize)>,
    turn: Turn,
    run: Run,
    left: Vec<bool>,
}

/// What is placed, and from when on.
struct Turn {
    portion: Portion,
    /// By stage of the job: whether it is to be placed.
    open: Vec<bool>,
    release: i64,
    later: Vec<Later>,
    /// Who may not do which stage: somebody else would be left without anyone.
    banned: Vec<(usize, usize)>,
    /// Also those who could not do what the same person must do besides.
    anyone: bool,
    /// Whether it can matter who does what.
    bound: bool,
    /// Whether each stays on the slot on which somebody reckons with it.
    stays: bool,
    /// Whether people reckon with the plan before.
    as_told: bool,
    /// Whether a place is taken for what it may well come to.
    careful: Care,
}

impl<'i, 'u> Placer<'i, 'u> {
    /// Nothing placed but what is fixed, which takes its time first.
    pub fn new(instance: &'i mut Instance<'u>) -> Self {
        let free = Free::all(instance);
        let places = instance.jobs.iter().map(|job| vec![None; job.tasks.len()]).collect();
        let run = Run::over(instance);
        let turn = Turn {
            portion: Portion::all(0, Part::Whole),
            open: Vec::new(),
            release: 0,
            later: Vec::new(),
            banned: Vec::new(),
            anyone: false,
            bound: false,
            stays: false,
            as_told: false,
            careful: Care::None,
        };
        Self { instance, free, places, as_told: false, kept: Vec::new(), placed: Vec::new(), turn, run, left: Vec::new() }
    }

    /// Where everything is now.
    pub fn mark(&self) -> Mark {
        Mark { free: self.free.mark(), placed: self.placed.len() }
    }

    /// Takes back every place given since a mark.
    pub fn undo(&mut self, mark: Mark) {
        self.free.undo(mark.free);
        for (job, task) in self.placed.drain(mark.placed..) {
            self.places[job][task] = None;
        }
    }

    /// Places the open stages of a portion of a job, not before `release`.
    ///
    /// A stage that must (not) be done by whoever did another can be left without anyone: then the other goes elsewhere,
    /// and the attempt with the most stages placed, then the earliest end, is kept.
    pub fn place(&mut self, portion: Portion, release: i64) {
        self.place_later(portion, release, &[]);
    }

    /// The same, none of `later` before its time.
    pub fn place_later(&mut self, portion: Portion, release: i64, later: &[Later]) {
        let Portion { job, part, until } = portion;
        let mark = self.mark();
        let job_of = &self.instance.jobs[job];
        // Of tiers 0 to 2 only who was asked reckons with anything.
        let at_risk = job_of.part_tier(part) <= LAST_AT_RISK;
        let (as_told, careful) = (self.as_told && !at_risk, if at_risk { Care::Taken } else { Care::None });
        let places = &self.places[job];
        let is_open = |(task, t): (usize, &Task)| part.has(t) && t.state == TaskState::Open && places[task].is_none();
        let open: Vec<bool> = job_of.tasks.iter().enumerate().map(is_open).collect();
        let tasks = || job_of.tasks.iter().zip(&open).filter(|(_, open)| **open).map(|(task, _)| task);
        let bound = tasks().any(|t| !t.same.is_empty() || !t.different.is_empty() || !t.barred.is_empty());
        let stays = tasks().any(|t| t.reckoned_on(as_told).is_some());
        let (later, given_back) = (later.to_vec(), self.give_back_kept(job));
        self.turn = Turn { portion, open, release, later, banned: Vec::new(), anyone: false, bound, stays, as_told, careful };
        if stays {
            self.place_reckoned()
        } else {
            self.place_all(false)
        }
        self.keep_again(&given_back);
        if let Some(until) = until {
            self.keep_before(until, mark);
        }
    }

    /// The stages stay on the slots on which somebody reckons with them, unless one would end more than [`DRIFT`] sooner
    /// elsewhere, or a promise be missed by less. What is far and ends when it was to is not compared with anything.
    fn place_reckoned(&mut self) {
        let (mark, job) = (self.mark(), self.turn.portion.job);
        self.place_all(true);
        if self.is_as_told() {
            return;
        }
        let stayed = self.places[job].clone();
        self.undo(mark);
        self.place_all(false);
        if self.places[job] != stayed && !is_much_better(self.instance, job, &self.places[job], &stayed) {
            self.undo(mark);
            self.place_all(true);
        }
    }

    /// Whether all that was placed is far, and ends no later than it was to.
    fn is_as_told(&self) -> bool {
        let job = &self.instance.jobs[self.turn.portion.job];
        let soon = self.instance.now + SOON;
        let stages = job.tasks.iter().zip(&self.places[self.turn.portion.job]).zip(&self.turn.open);
        stages.filter(|((task, _), open)| **open && !task.returns).all(|((task, placed), _)| match (placed, task.told) {
            (Some(placed), Some(told)) if self.turn.as_told => placed.start > soon && placed.end <= told.end + DRIFT.0,
            _ => false,
        })
    }

    fn place_all(&mut self, stays: bool) {
        self.turn.stays = stays;
        if self.turn.careful == Care::None { self.place_once() } else { self.place_carefully() }
    }

    fn place_once(&mut self) {
        (self.turn.banned, self.turn.anyone) = (Vec::new(), false);
        if self.turn.bound { self.place_people() } else { self.attempt() }
    }

    fn task(&self, task: usize) -> &Task {
        &self.instance.jobs[self.turn.portion.job].tasks[task]
    }

    fn tasks(&self) -> usize {
        self.instance.jobs[self.turn.portion.job].tasks.len()
    }

    fn at(&self, task: usize) -> Option<Placed> {
        self.places[self.turn.portion.job][task]
    }

    /// Whether a stage is to be placed at this turn.
    fn is_open(&self, task: usize) -> bool {
        self.turn.open[task]
    }

    /// Stages that hold the device come as early as their predecessors allow, so that a run of them is seen whole.
    fn attempt(&mut self) {
        self.begin_run();
        self.left.clear();
        for task in 0..self.tasks() {
            let open = self.is_open(task);
            self.left.push(open);
        }
        while let Some(next) = self.next_of_left() {
            self.left[next] = false;
            if self.task(next).holds {
                self.extend_run(next);
            } else if self.task(next).returns {
                self.hand_back(next);
            } else {
                // What it may take depends on who did the run's stages, when, and on which slots.
                self.settle(None);
                self.without_device(next);
            }
        }
        self.settle(None);
        self.squeeze_in();
    }

    /// The device where it is for what is to be planned, nothing more done with it yet.
    fn begin_run(&mut self) {
        let job = &self.instance.jobs[self.turn.portion.job];
        let (mut site, mut at) = job.device;
        let mut last_hold = None;
        for (task, placed) in job.tasks.iter().zip(&self.places[self.turn.portion.job]).filter(|(task, _)| task.holds) {
            match task.state {
                TaskState::Fixed { resource, end, .. } => last_hold = Some((self.instance.resources[resource].site, end)),
                // What nobody did held nothing.
                TaskState::Done { resource, end } => {
                    last_hold = resource.map(|resource| (self.instance.resources[resource].site, end)).or(last_hold);
                }
                // At a turn before this one.
                TaskState::Open => {
                    if let Some(Placed { on: Some((resource, _)), end, .. }) = placed.filter(|placed| placed.end >= at) {
                        (site, at) = (self.instance.resources[resource].site, end);
                        last_hold = Some((site, at));
                    }
                }
            }
        }
        self.run.begin(Frontier::at(site, at.max(self.turn.release)), last_hold);
    }

    /// The next stage whose predecessors have been looked at: holding the device first, handing it back last but before
    /// work without it.
    fn next_of_left(&self) -> Option<usize> {
        let left = |task: &usize| self.left[*task];
        let ready = (0..self.left.len()).filter(left).filter(|t| !self.task(*t).after.iter().any(left));
        let holding_left = || (0..self.left.len()).filter(left).any(|t| self.task(t).holds);
        ready.min_by_key(|t| match self.task(*t) {
            task if task.holds => 0,
            task if task.returns => {
                if holding_left() {
                    3
                } else {
                    1
                }
            }
            _ => 2,
        })
    }

    /// The latest end of a stage's predecessors; none where one has no place. Those in the run under way are left to it.
    fn ready(&self, task: usize) -> Option<i64> {
        let mut ready = self.turn.release;
        for &before in &self.task(task).after {
            ready = ready.max(match (self.task(before).state, self.at(before)) {
                (TaskState::Done { end, .. }, _) => end,
                (_, Some(placed)) => placed.end,
                (_, None) if self.run.has(before) => self.turn.release,
                (_, None) => return None,
            });
        }
        Some(ready)
    }

    /// The earliest place for a stage on any slot of a pool, if it ends by `beat`.
    fn earliest_in(&mut self, task: usize, pool: usize, ready: i64, beat: i64) -> Option<Spot> {
        let Instance { resources, pools, windows, jobs, resource_of, .. } = &mut *self.instance;
        let place = &resources[pools[pool][0]];
        let job = &jobs[self.turn.portion.job];
        let t = &job.tasks[task];
        let held = self.turn.later.iter().filter(|later| later.task == task && later.pool == pool).map(|later| later.from);
        let ready = held.fold(ready, i64::max);
        let need = Need { ready, length: t.time_on(place.resource), attended: t.attended, lapse: place.lapse, beat };
        let windows = &mut windows[place.windows];
        let own = t.kept.or_else(|| t.reckoned_on(self.turn.as_told).filter(|_| self.turn.stays));
        if own.is_some_and(|own| !self.free.is_in(own, pool)) {
            return None;
        }
        if self.turn.bound || own.is_some() {
            let (turn, places) = (&self.turn, &self.places[self.turn.portion.job]);
            let may = |slot: usize| {
                own.is_none_or(|own| own == slot) && (!turn.bound || people::may(turn, job, places, task, resource_of[slot]))
            };
            self.free.earliest(pool, need, windows, may)
        } else {
            self.free.earliest(pool, need, windows, |_| true)
        }
    }

    /// The earliest end of a stage that needs no device.
    fn without_device(&mut self, task: usize) {
        let Some(ready) = self.ready(task) else { return };
        let mut best: Option<(i64, Spot)> = None;
        let can = self.can(task);
        for &pool in &*can {
            let found = self.earliest_in(task, pool, ready, best.map_or(FAR, |(end, _)| end));
            let found = found.map(|spot| (self.counted(task, spot), spot));
            if let Some(found) = found.filter(|(end, _)| best.is_none_or(|(old, _)| *end < old)) {
                best = Some(found);
            }
        }
        if let Some((_, spot)) = best {
            self.take(task, spot);
        }
    }

    fn take(&mut self, task: usize, spot: Spot) {
        let resource = self.instance.resource_of[spot.slot];
        self.free.take(spot, &self.instance.windows[self.instance.resources[resource].windows]);
        self.put(task, Placed { on: Some((resource, spot.slot)), start: spot.start, end: spot.end });
    }

    fn put(&mut self, task: usize, placed: Placed) {
        self.places[self.turn.portion.job][task] = Some(placed);
        self.placed.push((self.turn.portion.job, task));
    }
}

/// Whether a stage ends more than [`DRIFT`] sooner where it is `free` to be anywhere than where it `stayed`, or a promise is
/// missed by less.
fn is_much_better(instance: &Instance, job: usize, free: &Places, stayed: &Places) -> bool {
    let sooner = |(free, stayed): (&Option<Placed>, &Option<Placed>)| match (free, stayed) {
        (Some(free), Some(stayed)) => stayed.end - free.end > DRIFT.0,
        (free, stayed) => free.is_some() && stayed.is_none(),
    };
    free.iter().zip(stayed).any(sooner) || is_missed_by_less(instance, job, free, stayed)
}

/// Whether a promise is missed by less with some places than with others.
fn is_missed_by_less(instance: &Instance, job: usize, places: &Places, others: &Places) -> bool {
    let at = |places: &Places, milestone| reached(instance, job, places, milestone).unwrap_or(FAR);
    instance.jobs[job].clocks.iter().any(|clock| {
        let (due, milestone) = (clock.due, clock.clock.milestone);
        at(places, milestone).max(due) < at(others, milestone).max(due)
    })
}
