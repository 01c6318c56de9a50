//! Plans decoded one after the other, each from where it begins to differ from the one before.

use std::ops::Range;

use crate::planner::assign::with_fixed;
use crate::planner::improve::{Decoder, InTheWay, Place};
use crate::planner::instance::{Instance, TaskState};
use crate::planner::objective::{Objective, Tuple};
use crate::planner::place::{Mark, Part, Placed, Placer, Portion};
use crate::planner::rank::Ranked;

/// Places between two at which it is remembered what all before came to; a tuple is several hundred bytes.
const APART: usize = 8;

/// Plans decoded one after the other, each from where it begins to differ from the one before.
pub struct Decoded<'a, 'i, 'u> {
    placer: Placer<'i, 'u>,
    objective: &'a Objective,
    parts: &'a [Ranked],
    /// What is placed, how things stood before each of it, and what that came to before every so many.
    order: Vec<Place>,
    before: Vec<Mark>,
    came_to: Vec<Tuple>,
    /// By part: whether all of it is among what is placed.
    there: Vec<bool>,
    /// By part: what has to be placed before it, the part that needs the device.
    first: Vec<Option<usize>>,
    tuple: Tuple,
    spent: u64,
    /// Who had which slot from when to when as somebody last looked, by slot, then start.
    busy: Vec<Busy>,
}

/// A stage of a part on a slot.
struct Busy {
    slot: usize,
    start: i64,
    end: i64,
    item: usize,
    stage: usize,
}

impl<'a, 'i, 'u> Decoded<'a, 'i, 'u> {
    pub fn new(instance: &'i mut Instance<'u>, parts: &'a [Ranked], objective: &'a Objective) -> Self {
        let tuple = objective.zero();
        Self {
            first: device_parts(parts, instance.jobs.len()),
            placer: with_fixed(instance),
            objective,
            parts,
            order: Vec::new(),
            before: Vec::new(),
            came_to: Vec::new(),
            there: vec![false; parts.len()],
            tuple,
            spent: 0,
            busy: Vec::new(),
        }
    }

    /// What a place of an order is of.
    pub fn part(&self, place: Place) -> &'a Ranked {
        &self.parts[place.item]
    }

    /// The part that has to be placed before another, if there is one.
    pub fn follows_on(&self, part: usize) -> Option<usize> {
        self.first[part]
    }

    /// Whether what stands at a place, in the order decoded last, has a promise late.
    pub fn is_late(&self, place: usize) -> bool {
        self.order.get(place).filter(|place| place.until.is_none()).is_some_and(|place| {
            let Ranked { job, part, .. } = self.parts[place.item];
            self.objective.is_late(self.placer.instance, (job, part), &self.placer.places[job])
        })
    }

    /// Seconds of work that are open of a part, as expected.
    pub fn work(&self, part: usize) -> i64 {
        let Ranked { job, part, .. } = self.parts[part];
        let tasks = self.placer.instance.jobs[job].tasks.iter();
        tasks.filter(|task| part.has(task) && task.state == TaskState::Open).map(|task| task.time).sum()
    }

    /// What is planned.
    pub fn instance(&self) -> &Instance<'u> {
        self.placer.instance
    }

    /// Takes back all but the first so many.
    fn back_to(&mut self, count: usize) {
        let Some(mark) = self.before.get(count) else { return };
        self.placer.undo(*mark);
        self.before.truncate(count);
        self.order.drain(count..).filter(|place| place.until.is_none()).for_each(|place| self.there[place.item] = false);
        self.came_to.truncate(count / APART + 1);
        if let Some(tuple) = self.came_to.last() {
            self.tuple.clone_from(tuple);
        }
        for at in count / APART * APART..count {
            self.judge(self.order[at]);
        }
        if count.is_multiple_of(APART) {
            self.came_to.pop();
        }
    }

    /// Adds what was placed at a turn, once all of it is.
    fn judge(&mut self, place: Place) {
        let Ranked { job, part, .. } = self.parts[place.item];
        if place.until.is_none() {
            self.objective.add(self.placer.instance, (job, part), &self.placer.places[job], &mut self.tuple);
        }
    }
}

impl Decoder for Decoded<'_, '_, '_> {
    type Cost = Tuple;

    fn cost(&mut self, order: &[Place], bound: Option<&Tuple>) -> Option<Tuple> {
        let same = order.iter().zip(&self.order).take_while(|(a, b)| a == b).count();
        self.back_to(same);
        // Also an order that can't be takes its time.
        self.spent += 1;
        for &place in &order[same..] {
            if self.first[place.item].is_some_and(|first| !self.there[first]) {
                return None;
            }
            let Ranked { job, part, .. } = self.parts[place.item];
            if self.before.len().is_multiple_of(APART) {
                self.came_to.push(self.tuple.clone());
            }
            self.before.push(self.placer.mark());
            self.order.push(place);
            let now = self.placer.instance.now;
            self.placer.place(Portion { job, part, until: place.until }, now);
            self.spent += self.placer.instance.jobs[job].tasks.iter().filter(|task| part.has(task)).map(|_| 1).sum::<u64>();
            self.judge(place);
            self.there[place.item] |= place.until.is_none();
            if bound.is_some_and(|bound| self.tuple > *bound) {
                return None;
            }
        }
        Some(self.tuple.clone())
    }

    fn divides(&self, item: usize) -> Range<usize> {
        let Ranked { job, part, .. } = self.parts[item];
        let tasks = self.placer.instance.jobs[job].tasks.iter().enumerate();
        let mut open = tasks.filter(|(_, task)| part.has(task) && !task.returns && task.state == TaskState::Open);
        let first = open.next().map_or(0, |(task, _)| task + 1);
        first..open.next_back().map_or(first, |(task, _)| task + 1)
    }

    fn look(&mut self) {
        let Self { placer, parts, busy, order, .. } = self;
        busy.clear();
        for place in order.iter().filter(|place| place.until.is_none()) {
            let Ranked { job, part, .. } = parts[place.item];
            let stages = placer.instance.jobs[job].tasks.iter().zip(&placer.places[job]).enumerate();
            let open = stages.filter(|(_, (task, _))| part.has(task) && task.state == TaskState::Open);
            busy.extend(open.filter_map(|(stage, (_, placed))| {
                let Placed { on, start, end } = (*placed)?;
                Some(Busy { slot: on?.1, start, end, item: place.item, stage })
            }));
        }
        busy.sort_unstable_by_key(|busy| (busy.slot, busy.start));
    }

    fn in_the_way(&self, item: usize, rng: &mut fastrand::Rng) -> Option<InTheWay> {
        let job = self.parts[item].job;
        let Instance { jobs, pools, resources, now, .. } = &*self.placer.instance;
        let is_of_job = |busy: &&Busy| self.parts[busy.item].job == job;
        let mine: Vec<&Busy> = self.busy.iter().filter(is_of_job).collect();
        let waits = one_of(&mine, rng)?;
        let task = &jobs[job].tasks[waits.stage];
        let comes_before = |busy: &&&Busy| busy.end <= waits.start && (task.holds || task.after.contains(&busy.stage));
        let ready = mine.iter().filter(comes_before).map(|busy| busy.end).max().unwrap_or(*now);
        let slots: Vec<usize> = pools[*one_of(&task.eligible, rng)?].iter().flat_map(|place| resources[*place].slots()).collect();
        let slot = *one_of(&slots, rng)?;
        let from = self.busy.partition_point(|busy| busy.slot < slot);
        let of_slot = self.busy[from..].iter().take_while(|busy| busy.slot == slot);
        let meanwhile = of_slot.filter(|busy| busy.end > ready && busy.start < waits.start && !is_of_job(busy));
        let other = one_of(&meanwhile.collect::<Vec<_>>(), rng)?.item;
        Some(InTheWay { item: waits.item, step: waits.stage, other })
    }

    fn spent(&self) -> u64 {
        self.spent
    }

    fn is_tight(&self, place: usize) -> bool {
        self.order.get(place).filter(|place| place.until.is_none()).is_some_and(|place| {
            let Ranked { job, part, dead_end, .. } = self.parts[place.item];
            !dead_end && self.objective.is_tight(self.placer.instance, (job, part), &self.placer.places[job])
        })
    }
}

fn one_of<'t, T>(all: &'t [T], rng: &mut fastrand::Rng) -> Option<&'t T> {
    if all.is_empty() { None } else { all.get(rng.usize(..all.len())) }
}

/// For each part that does not need the device, the one of the same job that does.
fn device_parts(items: &[Ranked], jobs: usize) -> Vec<Option<usize>> {
    let mut device = vec![None; jobs];
    for (place, item) in items.iter().enumerate().filter(|(_, item)| item.part == Part::Device) {
        device[item.job] = Some(place);
    }
    items.iter().map(|item| device[item.job].filter(|_| item.part == Part::Rest)).collect()
}
