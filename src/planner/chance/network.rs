//! A plan as a network: what each step waits for, and how long it takes.
//!
//! Invariant: with every duration as expected, each step is where the plan has it. [`super::build`] sees to that.

use std::collections::BTreeMap;
use std::ops::Range;

use super::spread::Spread;
use super::{Rng, build};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Milestone;
use crate::domain::time::Seconds;
use crate::domain::unit::Unit;
use crate::planner::Plan;
use crate::planner::gap::{FAR, Need, place};
use crate::planner::instance::{Instance, TaskState, leads_to};

/// The steps of a plan, each after all that it waits for.
pub struct Network<'a> {
    pub instance: Instance<'a>,
    /// Where each open submission is among the instance's jobs.
    pub jobs: BTreeMap<QueueNumber, usize>,
    pub nodes: Vec<Node>,
    /// Which node does a stage of a submission.
    pub node_of: BTreeMap<(QueueNumber, usize), usize>,
    /// What nodes wait for: a node, and the seconds that pass after its end.
    pub waits: Vec<(usize, i64)>,
    /// What durations vary by.
    pub spreads: Vec<Spread>,
    pub gates: Vec<Gates>,
    /// In the run made last: when gates were met and nodes ended.
    met: Vec<i64>,
    ends: Vec<i64>,
}

/// What a milestone is reached with.
pub struct Reached {
    nodes: Vec<usize>,
    /// The latest end of what is done.
    done: Option<i64>,
}

/// A step.
pub struct Node {
    pub work: Work,
    /// Not before.
    pub from: i64,
    /// Which of `waits` it waits for.
    pub waits: Range<usize>,
    /// Which of `gates` it waits for.
    pub gates: Option<usize>,
    /// Seconds expected of it.
    pub length: i64,
    /// Which of `spreads` they vary by; none: not at all.
    pub spread: Option<usize>,
    /// Where its chance begins. From one seed the same stage has the same luck in every plan, so that chances move with the
    /// plan alone.
    pub seed: u64,
}

/// How a step lies in time.
#[derive(Clone, Copy)]
pub enum Work {
    /// On a slot with these windows.
    On { windows: usize, attended: bool },
    /// Begun at `from`, and known not to have ended after `worked` seconds; where nothing takes that long, it ends at `end`.
    Begun { windows: usize, attended: bool, worked: i64, end: i64 },
    /// Home to its owner; at once to one who waits until then at the site where the device is.
    HandBack { home: usize, waits_until: Option<i64> },
    /// As long as the plan says, whatever the hours: work that was accepted under other ones.
    Whole,
}

/// The shut gates of a submission.
pub struct Gates {
    /// Not met before.
    pub known: i64,
    /// What varies the usual time until they are met; none: that is known.
    pub spread: Option<usize>,
    pub seed: u64,
}

impl<'a> Network<'a> {
    /// The network of a plan of this unit.
    pub fn of(unit: &'a Unit, plan: &Plan, seed: u64) -> Self {
        let instance = Instance::of(unit, plan.now);
        let jobs = instance.jobs.iter().enumerate().map(|(index, job)| (job.number, index)).collect();
        let mut network = Self {
            instance,
            jobs,
            nodes: Vec::new(),
            node_of: BTreeMap::new(),
            waits: Vec::new(),
            spreads: Vec::new(),
            gates: Vec::new(),
            met: Vec::new(),
            ends: Vec::new(),
        };
        build::add(&mut network, plan, seed);
        network.met = vec![0; network.gates.len()];
        network.ends = vec![0; network.nodes.len()];
        network
    }

    /// What a milestone of a submission is reached with; none where that has no place.
    pub fn reached(&self, number: QueueNumber, milestone: Milestone) -> Option<Reached> {
        let job = &self.instance.jobs[*self.jobs.get(&number)?];
        let mut reached = Reached { nodes: Vec::new(), done: None };
        for (stage, task) in job.tasks.iter().enumerate().filter(|(_, task)| leads_to(task, milestone)) {
            match task.state {
                TaskState::Done { end, .. } => reached.done = reached.done.max(Some(end)),
                _ => reached.nodes.push(*self.node_of.get(&(number, stage))?),
            }
        }
        (reached.done.is_some() || !reached.nodes.is_empty()).then_some(reached)
    }

    /// When a milestone is reached in the run made last.
    pub fn latest(&self, reached: &Reached) -> i64 {
        let ends = reached.nodes.iter().map(|node| self.ends[*node]);
        ends.max().max(reached.done).unwrap_or(FAR)
    }

    /// Decodes the plan with the chances of the `n`th run.
    pub fn run(&mut self, n: u64) {
        let Seconds(clears) = self.instance.unit.policy.forecast.gate_clears;
        for (met, gates) in self.met.iter_mut().zip(&self.gates) {
            let drawn = gates.spread.map(|spread| self.spreads[spread].draw(&mut Rng::nth(gates.seed, n)));
            *met = drawn.map_or(gates.known, |ratio| gates.known.max(self.instance.now + Spread::scaled(clears, ratio)));
        }
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let mut rng = Rng::nth(node.seed, n);
            let met = node.gates.map_or(i64::MIN, |gates| self.met[gates]);
            let waits = self.waits[node.waits.clone()].iter().map(|(before, lag)| self.ends[*before] + lag);
            let from = waits.max().unwrap_or(i64::MIN).max(met).max(node.from);
            let length = match (node.spread, node.work) {
                (None, _) => Some(node.length),
                (Some(spread), Work::Begun { worked, .. }) => self.spreads[spread].draw_after(node.length, worked, &mut rng),
                (Some(spread), _) => Some(Spread::scaled(node.length, self.spreads[spread].draw(&mut rng))),
            };
            self.ends[index] = end(&mut self.instance, node.work, from, length);
        }
    }
}

/// When work of so many seconds ends that may start at `from`. No length: more than such work ever takes.
pub fn end(instance: &mut Instance, work: Work, from: i64, length: Option<i64>) -> i64 {
    // Past the end of time nothing has to be looked up.
    if from >= FAR {
        return FAR;
    }
    let whole = length.unwrap_or(0);
    let found = match work {
        Work::On { windows, attended } => {
            let need = Need { ready: from, length: whole, attended, lapse: FAR, beat: FAR };
            place(need, from, &mut instance.windows[windows]).map(|(_, end)| end)
        }
        Work::Begun { end, .. } if length.is_none() => Some(end),
        Work::Begun { windows, attended: true, .. } => instance.windows[windows].finish(from, whole),
        Work::Begun { windows, attended: false, .. } => instance.windows[windows].handover(from + whole),
        Work::HandBack { waits_until: Some(until), .. } if from <= until => Some(from),
        Work::HandBack { home, .. } => instance.returns[home].first_fit(from, whole).map(|start| start + whole),
        Work::Whole => Some(from + whole),
    };
    found.unwrap_or(FAR)
}
