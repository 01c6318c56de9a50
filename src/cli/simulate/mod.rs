//! `dfqueue simulate`: what would a unit keep of its promises? The same core as the daemon's, for days or years, in seconds.

mod args;
mod asked;
mod keep;
mod many;
mod page;
pub mod table;
mod trial;

use std::fs::File;
use std::io::Write;

use anyhow::{Context, Result};
use serde::Serialize;

use super::{Outcome, output};
use crate::domain::time::Timestamp;
use crate::simulate::seeds::{OverSeeds, Seeded, over};
use crate::simulate::{Order, outcome, run as run_scenario};
pub use args::Args;
use trial::Trial;

/// All runs, side by side.
#[derive(Debug, Serialize)]
pub struct Runs {
    /// What all chance came from; where there are several seeds, the first.
    pub seed: u64,
    /// What is otherwise in the unit than in its files, in words.
    pub changes: Vec<String>,
    /// For how many days.
    pub days: u32,
    /// When it began.
    pub from: Timestamp,
    /// When it ended.
    pub until: Timestamp,
    /// Of the ledgers of all orders with that seed, one after the other.
    pub ledger_digest: String,
    /// One an order, as asked for, with that seed.
    pub orders: Vec<outcome::Outcome>,
    /// All seeds together; left out where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_seeds: Option<OverSeeds>,
}

/// Reads, simulates, prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let args = &args.clone().with_its_scenario()?;
    let (trial, outcome) = Trial::read(args)?;
    output::tell(asked::lapsing(&trial));
    if !args.json {
        // First, so that a run that is stopped can be had again.
        output::print(&format!("seed {}\n", args.seed()))?;
    }
    // Before it takes its time: a page that can't be written is known at once.
    let page =
        args.html.as_ref().map(|file| File::create(file).with_context(|| format!("writing the page to {}", file.display())));
    let page = page.transpose()?;
    if !args.keep.is_empty() {
        keep::run(args, &trial)?;
        return Ok(outcome);
    }
    let runs = runs(args, &trial);
    if let Some(mut file) = page {
        file.write_all(page::page(&trial.unit, &runs).as_bytes()).context("writing the page")?;
    }
    if args.json {
        output::json(&runs)?;
    } else {
        output::print(&table::text(&trial.unit, &runs, output::width()))?;
    }
    Ok(outcome)
}

/// Runs every order with every seed.
fn runs(args: &Args, trial: &Trial) -> Runs {
    let orders = args.orders();
    let jobs: Vec<(u64, Order)> = args.seeds().flat_map(|seed| orders.iter().map(move |order| (seed, *order))).collect();
    let bar = many::progress(jobs.len());
    let came = many::each(&jobs, &bar, |(seed, order)| run_scenario(&trial.scenario(*seed), *order));
    bar.finish_and_clear();
    let seeded = args.seeds().zip(came.chunks(orders.len().max(1)));
    let trials = seeded.map(|(seed, orders)| (Seeded { seed, ledger_digest: asked::digest(orders) }, orders.to_vec()));
    let trials: Vec<(Seeded, Vec<outcome::Outcome>)> = trials.collect();
    let over_seeds = (trials.len() > 1).then(|| over(&trials));
    let orders = trials.into_iter().next().map_or_else(Vec::new, |(_, orders)| orders);
    let (from, until, ledger_digest) = (trial.from, trial.until, asked::digest(&orders));
    let changes = trial.changes.clone();
    Runs { seed: args.seed(), changes, days: args.days(), from, until, ledger_digest, orders, over_seeds }
}
