//! `dfqueue demo`: the newcomer's first command.

use anyhow::{Context, Result};

use super::Outcome;
use crate::demo::stage::{self, Settings};
use crate::telemetry;

/// Show a synthetic unit at work, with simulated people
///
/// The real daemon in a fresh directory, faster than real time, until Ctrl-C.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port of the API on 127.0.0.1; 0: any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// How many times as fast as the wall its clock runs
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    speed: u32,
    /// Seed of arrivals and of what people do
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs it until Ctrl-C.
pub fn run(args: &Args) -> Result<Outcome> {
    telemetry::start_logs(crate::config::LogFormat::Text, "error")?;
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    runtime.block_on(stage::run(&Settings { port: args.port, speed: args.speed, seed: args.seed }))?;
    Ok(Outcome::Done)
}
