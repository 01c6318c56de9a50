//! Who comes first: a total order over the parts of all open submissions.
//!
//! What needs a device in hand and what does not are ranked apart, where they can be planned apart: that a victim's phone
//! goes first does not put the report on it before a suspect's examination.
//!
//! Compared from the left: tier; natives of the tier before those that rose into it; in tier 1 those whose device is
//! already missed, oldest due first; then the latest moment at which work can start, counted back from the due through
//! the hours of whoever works fastest; the reference last, so that the order of rows decides nothing. Of what the guard
//! treats alike, what nobody can do to the end stands behind all that somebody can.

use std::cmp::Ordering;

use super::Turn;
use super::gap::FAR;
use super::instance::{Instance, Job, JobClock, Task, TaskState, leads_to};
use super::place::{Part, Portion};
use super::reason::RankRule;
use super::told::settled;
use crate::domain::policy::Milestone;

/// A part of a job with what it is ranked by.
#[derive(Clone, Debug)]
pub struct Ranked {
    pub job: usize,
    pub part: Part,
    /// Only its stages before this one: a better order than rank's may have somebody else go between two of them.
    pub until: Option<usize>,
    pub tier: u8,
    pub risen: bool,
    /// Due of a missed `device_back` in tier 1; FAR where none is.
    pub missed: i64,
    pub latest_start: i64,
    /// Work on it leads nowhere: a stage that holds the device is done by nobody, or by nobody in time.
    pub dead_end: bool,
}

impl Ranked {
    /// What is placed at its turn.
    pub const fn portion(&self) -> Portion {
        Portion { job: self.job, part: self.part, until: self.until }
    }

    /// The same as others know it.
    pub fn turn(&self, instance: &Instance) -> Turn {
        Turn { submission: instance.jobs[self.job].number, part: self.part, until: self.until }
    }
}

/// All parts in the order in which they are placed, and where each stands.
pub struct Order {
    pub items: Vec<Ranked>,
    /// Jobs by the first of their parts.
    pub jobs: Vec<usize>,
    /// Where everything stands, by job, then place; and where those of each job begin.
    places: Vec<usize>,
    first: Vec<usize>,
}

impl Order {
    /// Of parts in their order.
    pub fn of(items: Vec<Ranked>, jobs: usize) -> Self {
        let mut places: Vec<usize> = (0..items.len()).collect();
        places.sort_by_key(|place| items[*place].job);
        let first: Vec<usize> = (0..=jobs).map(|job| places.partition_point(|place| items[*place].job < job)).collect();
        let is_first = |(place, item): &(usize, &Ranked)| places[first[item.job]] == *place;
        let order = items.iter().enumerate().filter(is_first).map(|(_, item)| item.job).collect();
        Self { items, jobs: order, places, first }
    }

    /// Where the turn stands at which a stage was placed.
    pub fn place(&self, instance: &Instance, job: usize, task: usize) -> usize {
        let places = &self.places[self.first[job]..self.first[job + 1]];
        let t = &instance.jobs[job].tasks[task];
        let has = |item: &Ranked| item.part.has(t) && item.until.is_none_or(|until| task < until);
        places.iter().copied().find(|place| has(&self.items[*place])).unwrap_or_else(|| places[places.len() - 1])
    }
}

/// All parts, first to be served first.
pub fn order(instance: &mut Instance) -> Order {
    let mut items: Vec<Ranked> = Vec::with_capacity(instance.jobs.len() * 2);
    for job in 0..instance.jobs.len() {
        let parts: &[Part] = if instance.jobs[job].parts { &[Part::Device, Part::Rest] } else { &[Part::Whole] };
        items.extend(parts.iter().map(|part| ranked(instance, job, *part)));
    }
    // What does not need the device never comes before what does: it follows on it.
    for i in 1..items.len() {
        if items[i].part == Part::Rest && compare(&items[i], &items[i - 1]).0.is_lt() {
            items[i] = Ranked { part: Part::Rest, ..items[i - 1].clone() };
        }
    }
    let jobs = &instance.jobs;
    items.sort_by(|a, b| {
        let by_key = || jobs[a.job].key.cmp(&jobs[b.job].key);
        compare(a, b).0.then_with(by_key).then_with(|| a.part.cmp(&b.part))
    });
    let items = if items.iter().any(|item| item.dead_end) { settled(instance, items) } else { items };
    Order::of(items, instance.jobs.len())
}

fn ranked(instance: &mut Instance, index: usize, part: Part) -> Ranked {
    let job = &instance.jobs[index];
    let of_part = |clock: &&JobClock| leads_through(job, part, clock.clock.milestone);
    let tier = job.risen(job.part_tier(part));
    let risen = tier < job.part_tier(part);
    let backs = job.clocks.iter().filter(of_part).filter(|c| c.clock.tier == 1 && c.clock.milestone == Milestone::DeviceBack);
    let missed = backs.map(|c| c.due).filter(|due| *due <= instance.now).min().unwrap_or(FAR);
    let first = job.clocks.iter().filter(of_part).filter(|clock| job.risen(clock.clock.tier) == tier);
    let dues: Vec<(Milestone, i64)> = first.map(|clock| (clock.clock.milestone, clock.rank)).collect();
    let latest_start = dues.into_iter().map(|due| latest_start(instance, index, part, due)).min().unwrap_or(FAR);
    let dead_end = is_left_to_nobody(&instance.jobs[index], part);
    Ranked { job: index, part, until: None, tier, risen, missed, latest_start, dead_end }
}

/// Whether there is no route for a part, or nobody who can do a stage of it that holds the device.
fn is_left_to_nobody(job: &Job, part: Part) -> bool {
    let nobody = |task: &&Task| task.holds && !task.returns && task.classes.is_empty();
    let mut open = job.tasks.iter().filter(|task| part.has(task) && task.state == TaskState::Open);
    job.route.is_none() || job.free() && open.any(|task| nobody(&task))
}

/// Whether a part of a job is worked for a milestone. What does not need the device is for what depends on it alone.
fn leads_through(job: &Job, part: Part, milestone: Milestone) -> bool {
    part != Part::Rest || job.tasks.iter().any(|task| part.has(task) && leads_to(task, milestone))
}

/// The latest moment at which work on a part can start for a milestone to be reached when it is due: counted back from
/// there over the stages that are still open, each by whoever is done with it soonest, nobody waiting for anyone.
fn latest_start(instance: &mut Instance, index: usize, part: Part, (milestone, due): (Milestone, i64)) -> i64 {
    let Instance { jobs, windows, .. } = instance;
    let job = &jobs[index];
    let mut starts = [FAR; 64];
    let mut holding = FAR;
    let mut first = FAR;
    for &task in &*job.backward {
        let t = &job.tasks[task];
        if t.state != TaskState::Open || task >= starts.len() {
            continue;
        }
        let mut by = if leads_to(t, milestone) { due } else { FAR };
        for &next in &t.before {
            by = by.min(starts.get(next).copied().unwrap_or(FAR));
        }
        if t.holds {
            by = by.min(holding);
        }
        if by == FAR {
            continue;
        }
        let start = match &t.classes[..] {
            [] => by - if t.returns { job.trip } else { t.time },
            classes => classes.iter().map(|class| class.latest_start(t, by, windows)).max().unwrap_or(by),
        };
        starts[task] = start;
        if t.holds {
            holding = start;
        }
        if part.has(t) {
            first = first.min(start);
        }
    }
    if first == FAR { due } else { first }
}

/// How two parts compare, and the rule that decides.
pub fn compare(a: &Ranked, b: &Ranked) -> (Ordering, RankRule) {
    let rules = [
        (a.tier.cmp(&b.tier), RankRule::Tier),
        (a.risen.cmp(&b.risen), RankRule::Native),
        (a.missed.cmp(&b.missed), RankRule::Missed),
        (a.latest_start.cmp(&b.latest_start), RankRule::LatestStart),
    ];
    rules.into_iter().find(|(ordering, _)| ordering.is_ne()).unwrap_or((Ordering::Equal, RankRule::Reference))
}
