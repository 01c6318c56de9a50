//! A plan as a network: what each step waits for, and how long it takes.
//!
//! Invariant: with every duration as expected and nothing coming in, each step is where the plan has it. [`super::build`] sees to that.

use std::collections::BTreeMap;
use std::ops::Range;

use super::gated::Gated;
use super::spread::Spread;
use super::{Rng, build};
use crate::domain::crowding::{Crowding, Share};
use crate::domain::establishment::ResourceKind;
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Milestone;
use crate::domain::time::{Seconds, Timestamp};
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
    /// How many can be at work at once, by kind.
    slots: [i64; ResourceKind::ALL.len()],
    /// Where the chance of what comes in begins.
    seed: u64,
    gated: Gated,
    /// In the run made last: when gates were met; when nodes ended, had nothing more come in; and with what did.
    met: Vec<i64>,
    ends: Vec<i64>,
    crowded: Vec<i64>,
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
    /// Whether the last of those is whoever is before it on its slot.
    pub queues: bool,
    /// Who does it; none: nobody of the unit.
    pub kind: Option<ResourceKind>,
    /// What overtakes it while it waits for whoever is before it there.
    pub crowded: Share,
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
    /// How many of them are met nobody knows when.
    pub unknown: usize,
    /// What varies the usual time until one of those is met.
    pub spread: usize,
    pub seed: u64,
}

impl<'a> Network<'a> {
    /// The network of a plan of this unit, overtaken by what comes in as this says.
    pub fn of(unit: &'a Unit, plan: &Plan, crowding: &Crowding, seed: u64) -> Self {
        let instance = Instance::of(unit, plan.now);
        let jobs = instance.jobs.iter().enumerate().map(|(index, job)| (job.number, index)).collect();
        let mut slots = [0; ResourceKind::ALL.len()];
        for place in &instance.resources {
            slots[place.resource.kind as usize] += i64::from(place.resource.slots);
        }
        let mut network = Self {
            gated: Gated::new(instance.now),
            instance,
            jobs,
            slots,
            nodes: Vec::new(),
            node_of: BTreeMap::new(),
            waits: Vec::new(),
            spreads: Vec::new(),
            gates: Vec::new(),
            seed,
            met: Vec::new(),
            ends: Vec::new(),
            crowded: Vec::new(),
        };
        build::add(&mut network, plan, crowding, seed);
        network.met = vec![0; network.gates.len()];
        network.ends = vec![0; network.nodes.len()];
        network.crowded = vec![0; network.nodes.len()];
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
        let ends = reached.nodes.iter().map(|node| self.crowded[*node]);
        ends.max().max(reached.done).unwrap_or(FAR)
    }

    /// Decodes the plan with the chances of the `n`th run.
    pub fn run(&mut self, n: u64) {
        let luck = deviations(&mut Rng::nth(self.seed, n));
        let Seconds(clears) = self.instance.unit.policy.forecast.gate_clears;
        for (met, gates) in self.met.iter_mut().zip(&self.gates) {
            let (spread, mut rng) = (&self.spreads[gates.spread], Rng::nth(gates.seed, n));
            // Each is met by itself, and work waits for the last.
            let drawn = (0..gates.unknown).map(|_| self.instance.now + Spread::scaled(clears, spread.draw(&mut rng)));
            *met = drawn.fold(gates.known, i64::max);
        }
        self.gated.clear();
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let mut rng = Rng::nth(node.seed, n);
            let length = match (node.spread, node.work) {
                (None, _) => Some(node.length),
                (Some(spread), Work::Begun { worked, .. }) => self.spreads[spread].draw_after(node.length, worked, &mut rng),
                (Some(spread), _) => Some(Spread::scaled(node.length, self.spreads[spread].draw(&mut rng))),
            };
            let (work, crowded) = (node.work, node.crowded);
            let (ready, turn) = self.may_start(node, &self.ends);
            let (ready_late, turn_late) = self.may_start(node, &self.crowded);
            let first = node.kind.map_or(0, |kind| self.gated.before(kind, turn) / self.slots[kind as usize].max(1));
            if let Some((kind, length)) = node.kind.zip(length).filter(|_| node.gates.is_some()) {
                self.gated.add(kind, ready, length);
            }
            self.ends[index] = end(&mut self.instance, work, turn, length);
            let late = self.overtaken(work, (crowded, luck, first), (ready, turn), ready_late).max(turn_late);
            self.crowded[index] = if late == turn { self.ends[index] } else { end(&mut self.instance, work, late, length) };
        }
    }

    /// When all that a node waits for but its slot is there, and when its slot is, too.
    fn may_start(&self, node: &Node, ends: &[i64]) -> (i64, i64) {
        let met = node.gates.map_or(i64::MIN, |gates| self.met[gates]);
        let waits = &self.waits[node.waits.clone()];
        let (others, ahead) = waits.split_at(waits.len() - usize::from(node.queues));
        let after = |(before, lag): &(usize, i64)| ends[*before] + lag;
        let ready = others.iter().map(after).fold(met.max(node.from), i64::max);
        (ready, ahead.iter().map(after).fold(ready, i64::max))
    }

    /// When a node has its turn that is ready then, where it would have waited for its slot between two instants: that takes longer, since
    /// what comes in meanwhile goes first, and so does what had its gates shut, `first` seconds of work for each who does such work.
    fn overtaken(
        &mut self,
        work: Work,
        (crowded, luck, first): (Share, i64, i64),
        (ready, turn): (i64, i64),
        ready_late: i64,
    ) -> i64 {
        let Work::On { windows, .. } = work else { return ready_late };
        if (crowded == Share::default() && first == 0) || turn <= ready || turn >= FAR || ready_late >= FAR {
            return ready_late;
        }
        let hours = &mut self.instance.windows[windows];
        let open = hours.between(Timestamp::from_unix(ready), Timestamp::from_unix(turn)).0;
        hours.finish(ready_late, crowded.stretched(open + first, turn - ready, luck)).unwrap_or(FAR)
    }
}

/// Thousandths of a standard deviation: of twelve even chances, the sum.
fn deviations(rng: &mut Rng) -> i64 {
    (0..12).map(|_| i64::try_from(rng.next() % 1_001).unwrap_or(0)).sum::<i64>() - 6_000
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
