//! How sure the plan is: its order decoded many times with durations drawn from what is known of each kind of stage.
//!
//! Every slot keeps its steps in the plan's order, and each starts as soon as what comes before it allows, in opening
//! hours, never before now: no search, so that hundreds of runs take no longer than a plan. What runs is known not to have ended yet.
//! Gates that are shut clear after a drawn time.
//!
//! What is still to come in is in no plan, nor is what waits behind shut gates: each run is decoded twice, as planned and with the wait
//! behind every slot made longer by what had its gates met before and would have come first (`gated`), and stretched by what
//! higher tiers bring meanwhile (`domain::crowding`), and the second is what is told.
//!
//! Invariants: where no duration varies, no gate is shut and nothing is taken to come, every milestone is reached exactly when the plan says; the same
//! unit, plan, runs and seed give the same chances.

mod build;
mod gated;
mod network;
mod spread;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{MilestoneForecast, Plan};
use crate::domain::crowding::Crowding;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::policy::Milestone;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
use network::Network;
pub use spread::Spread;

/// How sure a plan is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chances {
    of: BTreeMap<QueueNumber, Vec<Chance>>,
}

/// When the milestone of a promise is reached, as far as that can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chance {
    /// Which promise.
    pub promise: Word,
    /// Which milestone.
    pub milestone: Milestone,
    /// Probability of being late, in thousandths.
    pub late_permille: u16,
    /// It is as likely before as after; none where it is as likely never reached at all.
    pub p50: Option<Timestamp>,
    /// It is so with nine of ten; none where one of ten never gets there.
    pub p90: Option<Timestamp>,
}

/// In place of seconds until a milestone that is never reached.
const NEVER: i32 = i32::MAX;

impl Chances {
    /// What is known of a promise; none where its milestone is not planned.
    pub fn of(&self, number: QueueNumber, promise: &Word) -> Option<&Chance> {
        self.of.get(&number)?.iter().find(|chance| chance.promise == *promise)
    }

    /// All that is known, by submission.
    pub fn all(&self) -> impl Iterator<Item = (QueueNumber, &Chance)> {
        self.of.iter().flat_map(|(number, chances)| chances.iter().map(|chance| (*number, chance)))
    }
}

/// How sure a plan of this unit is, overtaken as this says by what comes in, by so many runs; nothing is known by none.
pub fn chances(unit: &Unit, plan: &Plan, crowding: &Crowding, (runs, seed): (u32, u64)) -> Chances {
    let mut network = Network::of(unit, plan, crowding, seed);
    let now = plan.now.unix();
    let mut columns = Columns { runs: usize::try_from(runs).unwrap_or(0), reached: Vec::new(), index: BTreeMap::new() };
    let lines: Vec<(&MilestoneForecast, usize)> =
        lines(plan).filter_map(|line| Some((line, columns.add(&network, line)?))).collect();
    let mut reached = vec![0_i32; columns.reached.len() * columns.runs];
    for run in 0..columns.runs {
        network.run(run as u64);
        for (column, stages) in columns.reached.iter().enumerate() {
            let after = network.latest(stages) - now;
            reached[column * columns.runs + run] = i32::try_from(after).unwrap_or(NEVER);
        }
    }
    let mut chances = Chances::default();
    if columns.runs > 0 {
        reached.chunks_mut(columns.runs).for_each(<[i32]>::sort_unstable);
        for (line, column) in lines {
            let sorted = &reached[column * columns.runs..(column + 1) * columns.runs];
            chances.of.entry(line.submission).or_default().push(chance(line, sorted, plan.now));
        }
    }
    chances
}

/// Every milestone that is planned, and those behind a shut gate, were it met now.
fn lines(plan: &Plan) -> impl Iterator<Item = &MilestoneForecast> {
    let mut last = None;
    // Every stage of a submission behind a gate says the same.
    let first = plan.waiting.iter().filter(move |waiting| last.replace(waiting.submission) != Some(waiting.submission));
    plan.milestones.iter().chain(first.filter_map(|waiting| waiting.if_cleared_now.as_ref()).flatten())
}

fn chance(line: &MilestoneForecast, sorted: &[i32], now: Timestamp) -> Chance {
    let at = |permille: usize| {
        let rank = (sorted.len() * permille).div_ceil(1_000).saturating_sub(1);
        sorted.get(rank).filter(|after| **after < NEVER).map(|after| now + Seconds(i64::from(*after)))
    };
    let due = (line.due - now).0;
    let late = sorted.len() - sorted.partition_point(|after| i64::from(*after) <= due);
    Chance {
        promise: line.promise.clone(),
        milestone: line.milestone,
        late_permille: u16::try_from(late * 1_000 / sorted.len().max(1)).unwrap_or(1_000),
        p50: at(500),
        p90: at(900),
    }
}

/// The milestones that are looked at in each run: promises of one submission may share one.
struct Columns {
    runs: usize,
    reached: Vec<network::Reached>,
    index: BTreeMap<(QueueNumber, Milestone), Option<usize>>,
}

impl Columns {
    fn add(&mut self, network: &Network, line: &MilestoneForecast) -> Option<usize> {
        let reached = &mut self.reached;
        let add = || {
            reached.push(network.reached(line.submission, line.milestone)?);
            Some(reached.len() - 1)
        };
        *self.index.entry((line.submission, line.milestone)).or_insert_with(add)
    }
}

/// Chance from a seed (SplitMix64).
#[derive(Clone, Debug)]
pub struct Rng(u64);

/// What is added from one number to the next.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Rng {
    /// At the `n`th number from a seed.
    fn nth(seed: u64, n: u64) -> Self {
        Self(seed.wrapping_add(n.wrapping_mul(STEP)))
    }

    /// What a seed gives for one thing of a kind: another thing, another sequence.
    pub fn about(seed: u64, kind: u64, which: &[u64]) -> Self {
        let more = |sum: u64, part: &u64| mixed(sum.wrapping_add(STEP) ^ mixed(part.wrapping_add(STEP)));
        Self(which.iter().fold(more(seed, &kind), more))
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "numbers never end")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }
}

/// A number of which each bit depends on all bits of another.
fn mixed(number: u64) -> u64 {
    let z = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
