//! Chance by what it is for: a draw depends on the seed and on what is drawn, never on what was drawn before, so that every
//! order meets the same arrivals, durations and faults.

use std::collections::BTreeMap;

use crate::domain::time::Seconds;
use crate::planner::chance::{Rng, Spread};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// When submissions of a kind come.
    Coming,
    /// What a submission is.
    What,
    /// When a gate is met.
    Answer,
    /// How long a stage takes.
    Duration,
    /// Whether a run fails, and how.
    Failure,
    /// When a machine is out of use.
    Machine,
    /// When a kiosk has no line.
    Line,
    /// When somebody is away.
    Absence,
    /// Whether and when an agreement is taken back.
    Withdrawal,
    /// The salt of an entry.
    Salt,
}

/// Where draws come from.
#[derive(Clone, Debug)]
pub struct Chance {
    seed: u64,
    log_normal: BTreeMap<u32, Spread>,
    memoryless: Spread,
}

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, log_normal: BTreeMap::new(), memoryless: Spread::memoryless() }
    }

    /// The draws about one thing.
    pub fn about(&self, about: About, which: &[i64]) -> Rng {
        let of: Vec<u64> = which.iter().map(|n| n.cast_unsigned()).collect();
        Rng::about(self.seed, about as u64, &of)
    }

    /// A time around a mean, with a p90 of so many hundredths of it.
    pub fn around(&mut self, mean: Seconds, p90: u32, rng: &mut Rng) -> Seconds {
        let spread = self.log_normal.entry(p90).or_insert_with(|| Spread::log_normal(p90));
        Seconds(Spread::scaled(mean.0, spread.draw(rng)))
    }

    /// A time with a mean that does not depend on how long one has waited.
    pub fn any_time(&self, mean: Seconds, rng: &mut Rng) -> Seconds {
        Seconds(Spread::scaled(mean.0, self.memoryless.draw(rng)))
    }
}
