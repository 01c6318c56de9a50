//! The unit on trial: the same core as the daemon's under a virtual clock, with no database: a year of a unit in seconds.
//!
//! Commands are decided by `domain::decide`, plans are made by `planner`, and every event is an entry of a ledger whose chain
//! is the run's digest. What differs is who acts: [`world`] lets simulated people do what the plan asks, with durations and
//! answers drawn by chance, and [`faults`] lets things go wrong. [`workload`] says what comes in, [`outcome`] counts what was promised
//! and kept.
//!
//! Invariants: same scenario, order and seed, same ledger, digest included; every order meets the same arrivals, durations and
//! faults, since each draw depends on what it is for and on nothing drawn before. This room never reads a clock or a file.

mod agenda;
pub mod arrivals;
mod audit;
pub mod calibration;
mod chance;
mod ends;
pub mod faults;
mod follow;
mod ledger;
pub mod missed;
pub mod outcome;
pub mod seeds;
#[cfg(test)]
mod tests;
mod turns;
pub mod workload;
mod world;

use crate::domain::establishment::Establishment;
use crate::domain::ids::Word;
use crate::domain::policy::Policy;
use crate::domain::submission::words;
use crate::domain::time::Timestamp;
use arrivals::Arrival;
use faults::Faults;
use outcome::Outcome;
use workload::People;

words!(
    /// Who comes first.
    Order {
        /// As dfqueue plans it: tiers, latest starts, the guard.
        Dfqueue = "dfqueue",
        /// First come, first served.
        Fifo = "fifo",
        /// Whoever's first promise is due first.
        Edf = "edf",
        /// Strictly by tier, and first come, first served within it.
        Tiers = "tiers",
    }
);

/// What is tried: a unit, what comes to it, and how its people and machines behave.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Sites, resources, calendars.
    pub establishment: Establishment,
    /// Promises, tiers, routes.
    pub policy: Policy,
    /// What comes in, in order of time.
    pub arrivals: Vec<Arrival>,
    /// How long people take to answer.
    pub people: People,
    /// What goes wrong.
    pub faults: Faults,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// What all chance comes from.
    pub seed: u64,
    /// How often each day's plan is run to say how sure it is, in dfqueue's order; 0: no forecasts are made.
    pub forecast_runs: u32,
    /// Of which promise those that are missed are told one by one, if of any.
    pub missed: Option<Word>,
    /// Whether what must always hold is looked at after each event, and the ledger is kept to be folded at the end.
    pub audited: bool,
}

/// Runs a scenario from its beginning to its end in one order.
pub fn run(scenario: &Scenario, order: Order) -> Outcome {
    let ran = world::World::new(scenario, order).run();
    outcome::of(scenario, order, ran)
}
