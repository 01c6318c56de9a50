//! The network of a plan: what each step waits for is read off the plan.
//!
//! A step waits for the one before it on its slot, for the stages before it, for its device, for its gates. What the plan
//! itself does not wait for (the device of work that people took on may be on its way already) holds nothing up here. A step
//! that the plan starts later than all this asks for, as it does with what was accepted for a time, keeps its start. So the plan comes out
//! as it is where nothing varies, whoever made it and how.

use std::collections::BTreeMap;

use super::mixed;
use super::network::{Gates, Network, Node, Work, end};
use super::spread::Spread;
use crate::domain::crowding::{Crowding, Share};
use crate::domain::durations::Kind;
use crate::domain::ids::{QueueNumber, Slot};
use crate::domain::policy::Gate;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Whereabouts};
use crate::planner::instance::{Instance, TaskState};
use crate::planner::place::Part;
use crate::planner::{Hold, Plan};

/// In place of a stage, for what a submission has one of.
const NO_STAGE: usize = usize::MAX;

/// A step of the plan, or one that is hoped for behind a shut gate.
struct Stay<'p> {
    job: usize,
    stage: usize,
    slot: Option<&'p Slot>,
    start: i64,
    end: i64,
    /// None: hoped for.
    hold: Option<Hold>,
}

/// Where it is known from how something varies.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// The policy, with this p90 in hundredths.
    Policy(u32),
    /// The unit's own history.
    Observed(Kind),
    /// Gates, that people meet.
    Gates,
}

/// The network so far, and who was last where.
struct Builder<'n, 'a> {
    network: &'n mut Network<'a>,
    crowding: &'n Crowding,
    seed: u64,
    /// Indices of resources by id.
    resources: BTreeMap<&'a str, usize>,
    /// When each node ends by the plan.
    ends: Vec<i64>,
    /// The step that ends last on each slot so far, by resource and number.
    on_slot: BTreeMap<(usize, u32), usize>,
    /// Where each job's device was last, and in which node: by job.
    device: BTreeMap<usize, (usize, usize)>,
    gates: BTreeMap<usize, usize>,
    sources: BTreeMap<Source, usize>,
}

/// Adds every step of a plan to an empty network.
pub fn add(network: &mut Network, plan: &Plan, crowding: &Crowding, seed: u64) {
    let places = network.instance.resources.iter().enumerate();
    let resources = places.map(|(index, place)| (place.resource.id.as_str(), index)).collect();
    let mut stays = stays(network, plan);
    // What waits for another starts when that ends, or later; where both take no time, routes look back.
    stays.sort_by_key(|stay| (stay.start, stay.end, stay.job, stay.stage));
    let mut builder = Builder {
        network,
        crowding,
        seed,
        resources,
        ends: Vec::new(),
        on_slot: BTreeMap::new(),
        device: BTreeMap::new(),
        gates: BTreeMap::new(),
        sources: BTreeMap::new(),
    };
    stays.iter().for_each(|stay| builder.add(stay));
}

fn stays<'p>(network: &Network, plan: &'p Plan) -> Vec<Stay<'p>> {
    let job = |number: &QueueNumber| network.jobs.get(number).copied();
    let stay = |job, stage, slot: &'p Option<Slot>, (start, end): (Timestamp, Timestamp), hold| {
        let (start, end) = (start.unix(), end.unix());
        Stay { job, stage, slot: slot.as_ref(), start, end, hold }
    };
    let steps = plan
        .steps
        .iter()
        .filter_map(|step| Some(stay(job(&step.submission)?, step.stage, &step.slot, (step.start, step.end), Some(step.hold))));
    let hoped = plan
        .if_cleared
        .iter()
        .filter_map(|hoped| Some(stay(job(&hoped.submission)?, hoped.stage, &hoped.slot, (hoped.start, hoped.end), None)));
    steps.chain(hoped).collect()
}

impl Builder<'_, '_> {
    fn add(&mut self, stay: &Stay) {
        let resource = stay.slot.and_then(|slot| self.resources.get(slot.resource.as_str()).copied());
        let begun = stay.hold == Some(Hold::Running);
        let first = self.network.waits.len();
        let mut from = if begun { stay.start } else { self.network.instance.now };
        if !begun {
            self.wait_for_stages(stay);
            from = from.max(self.wait_for_device(stay, resource));
        }
        let queues = !begun && self.wait_for_slot(stay, resource);
        let crowded = self.crowded(stay, resource);
        let (work, length) = self.work(stay, resource);
        let spread = if resource.is_some() { self.spread_of(stay) } else { None };
        let (gates, seed) = (self.gates_of(stay), self.seed_of(stay.job, stay.stage));
        let kind = resource.map(|resource| self.network.instance.resources[resource].resource.kind);
        let waits = first..self.network.waits.len();
        let node = Node { work, from, waits, queues, kind, crowded, gates, length, spread, seed };
        let node = if begun { node } else { self.as_planned(stay, node) };
        self.enter(stay, resource, node);
    }

    /// Waits for a node, if the plan does; whether that is so.
    fn wait(&mut self, stay: &Stay, before: usize, lag: i64) -> bool {
        let waits = self.ends[before] + lag <= stay.start;
        if waits {
            self.network.waits.push((before, lag));
        }
        waits
    }

    fn wait_for_stages(&mut self, stay: &Stay) {
        let job = &self.network.instance.jobs[stay.job];
        let after = job.tasks[stay.stage].after.iter();
        let before: Vec<usize> = after.filter_map(|stage| self.network.node_of.get(&(job.number, *stage)).copied()).collect();
        for before in before {
            self.wait(stay, before, 0);
        }
    }

    /// Waits for whoever is before it on its slot; whether there is somebody.
    fn wait_for_slot(&mut self, stay: &Stay, resource: Option<usize>) -> bool {
        let Some((resource, slot)) = resource.zip(stay.slot) else { return false };
        let before = self.on_slot.get(&(resource, slot.slot)).copied();
        before.is_some_and(|before| self.wait(stay, before, 0))
    }

    /// What overtakes it while it waits for its slot.
    fn crowded(&self, stay: &Stay, resource: Option<usize>) -> Share {
        let Some(resource) = resource else { return Share::default() };
        let instance = &self.network.instance;
        let job = &instance.jobs[stay.job];
        let part = if job.parts && Part::Rest.has(&job.tasks[stay.stage]) { Part::Rest } else { Part::Whole };
        self.crowding.before(instance.resources[resource].resource.kind, job.risen(job.part_tier(part)))
    }

    /// Waits for the step that has the device before this one; where none has it, says when it can be there.
    fn wait_for_device(&mut self, stay: &Stay, resource: Option<usize>) -> i64 {
        let instance = &self.network.instance;
        let job = &instance.jobs[stay.job];
        let to = match resource {
            Some(resource) if job.tasks[stay.stage].holds => instance.resources[resource].site,
            None => job.home,
            Some(_) => return i64::MIN,
        };
        if let Some((site, before)) = self.device.get(&stay.job).copied() {
            let travel = instance.travel[site][to];
            self.wait(stay, before, travel);
            return i64::MIN;
        }
        let (site, at) = job.stands;
        let there = at + instance.travel[site][to];
        if there <= stay.start { there } else { i64::MIN }
    }

    /// How a step lies in time, and how long it is expected to take.
    fn work(&mut self, stay: &Stay, resource: Option<usize>) -> (Work, i64) {
        let held_at = self.held_at(stay.job);
        let Instance { jobs, resources, windows, now, .. } = &mut self.network.instance;
        let job = &jobs[stay.job];
        let task = &job.tasks[stay.stage];
        let Some(place) = resource.map(|resource| &resources[resource]) else {
            let waits_until = job.owner_present_until.filter(|_| held_at == Some(job.home));
            return (Work::HandBack { home: job.home, waits_until }, job.trip);
        };
        let (attended, expected, now) = (task.attended, task.time_on(place.resource), *now);
        if stay.hold != Some(Hold::Running) {
            return (Work::On { windows: place.windows, attended }, expected);
        }
        let hours = &mut windows[place.windows];
        let [start, today, planned] = [stay.start, now, stay.end].map(Timestamp::from_unix);
        let (worked, ends, length) = if attended {
            (hours.between(start, today).0, hours.finish(stay.start, expected), hours.between(start, planned).0)
        } else {
            // Behind closed doors nobody has seen it since they closed.
            let seen = hours.last_handover(now).unwrap_or(stay.start).max(stay.start);
            (seen - stay.start, hours.handover(stay.start + expected), stay.end - stay.start)
        };
        // Something else may have been expected when it began. What is overdue is judged by what such work takes.
        let length = if ends.is_some_and(|end| end <= now || end == stay.end) { expected } else { length };
        (Work::Begun { windows: place.windows, attended, worked, end: stay.end }, length)
    }

    /// Where the last stage was that had the device.
    fn held_at(&self, job: usize) -> Option<usize> {
        let instance = &self.network.instance;
        let done = instance.jobs[job].tasks.iter().rev().filter(|task| task.holds).find_map(|task| match task.state {
            TaskState::Done { resource, .. } => {
                Some(resource.map_or(instance.jobs[job].stands.0, |resource| instance.resources[resource].site))
            }
            TaskState::Open | TaskState::Fixed { .. } => None,
        });
        self.device.get(&job).map(|(site, _)| *site).or(done)
    }

    /// The node, ending when the plan says if all that it waits for does: else it keeps its start, or else its length too.
    fn as_planned(&mut self, stay: &Stay, mut node: Node) -> Node {
        let waits = self.network.waits[node.waits.clone()].iter().map(|(before, lag)| self.ends[*before] + lag);
        let ready = waits.max().unwrap_or(i64::MIN).max(node.from);
        let mut ends = |from: i64| end(&mut self.network.instance, node.work, from, Some(node.length)) == stay.end;
        if stay.hold != Some(Hold::Pinned) && ends(ready) {
            return node;
        }
        node.from = stay.start;
        if !ends(ready.max(stay.start)) {
            (node.work, node.length) = (Work::Whole, stay.end - stay.start);
        }
        node
    }

    /// The shut gates of the submission of a stage that is hoped for.
    fn gates_of(&mut self, stay: &Stay) -> Option<usize> {
        if stay.hold.is_some() {
            return None;
        }
        if let Some(known) = self.gates.get(&stay.job) {
            return Some(*known);
        }
        let (now, job) = (self.network.instance.now, &self.network.instance.jobs[stay.job]);
        let opens = |gate| job.submission.facts.gate_opens(gate).map(Timestamp::unix).filter(|at| *at > now);
        // What somebody looks at again on a day does not go on before that.
        let put_by = put_by_until(job.submission).map_or(now, Timestamp::unix);
        let instance = &self.network.instance;
        let booked = instance.unit.keeps_time_for(job.submission, Timestamp::from_unix(now)).map(|kept| kept.from.unix());
        let known = job.shut.iter().filter_map(|gate| opens(*gate)).max().unwrap_or(now).max(put_by).max(booked.unwrap_or(now));
        let is_booked = |gate: &Gate| *gate == Gate::Delivery && booked.is_some();
        let unknown = job.shut.iter().filter(|gate| opens(**gate).is_none() && !is_booked(gate)).count();
        let (spread, seed) = (self.source(Source::Gates, Spread::memoryless), self.seed_of(stay.job, NO_STAGE));
        self.network.gates.push(Gates { known, unknown, spread, seed });
        self.gates.insert(stay.job, self.network.gates.len() - 1);
        Some(self.network.gates.len() - 1)
    }

    fn spread_of(&mut self, stay: &Stay) -> Option<usize> {
        let (unit, submission) = (self.network.instance.unit, self.network.instance.jobs[stay.job].submission);
        let stage = unit.route_of(submission)?.stages.get(stay.stage)?;
        Some(match unit.learned(submission, stage) {
            Some(observed) => {
                let kind = Kind::of(stage, &submission.facts, unit.storage_of(submission));
                self.source(Source::Observed(kind), || Spread::observed(observed))
            }
            None => self.source(Source::Policy(stage.p90), || Spread::log_normal(stage.p90)),
        })
    }

    fn source(&mut self, source: Source, spread: impl FnOnce() -> Spread) -> usize {
        let spreads = &mut self.network.spreads;
        *self.sources.entry(source).or_insert_with(|| {
            spreads.push(spread());
            spreads.len() - 1
        })
    }

    /// Where the chance of a stage begins.
    fn seed_of(&self, job: usize, stage: usize) -> u64 {
        let number = self.network.instance.jobs[job].number.0.cast_unsigned();
        mixed(mixed(self.seed ^ number).wrapping_add(stage as u64))
    }

    fn enter(&mut self, stay: &Stay, resource: Option<usize>, node: Node) {
        let (index, number) = (self.network.nodes.len(), self.network.instance.jobs[stay.job].number);
        self.network.nodes.push(node);
        self.network.node_of.insert((number, stay.stage), index);
        self.ends.push(stay.end);
        let Some(resource) = resource else { return };
        let instance = &self.network.instance;
        if instance.jobs[stay.job].tasks[stay.stage].holds {
            self.device.insert(stay.job, (instance.resources[resource].site, index));
        }
        let takes = stay.hold.is_some() && stay.start < stay.end;
        if let Some(slot) = stay.slot.filter(|_| takes) {
            let last = self.on_slot.entry((resource, slot.slot)).or_insert(index);
            if self.ends[*last] <= stay.end {
                *last = index;
            }
        }
    }
}

/// Until when nobody works on what is parked, or outside, as far as was said.
fn put_by_until(submission: &Submission) -> Option<Timestamp> {
    let due = match &submission.device {
        Whereabouts::Outside { due, .. } => Some(*due),
        _ => None,
    };
    submission.parked.as_ref().map(|parked| parked.review_at).max(due)
}
