//! `dfqueue serve`: the daemon.

use std::path::PathBuf;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, files};
use crate::app::Daemon;
use crate::clock::Clock;
use crate::telemetry;

/// Run the daemon
///
/// SIGHUP adopts newer unit and policy files; SIGTERM and Ctrl-C finish what is under way and stop.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The daemon's file; without one, built-in defaults
    #[arg(long, value_name = "FILE", env = "DFQUEUE_CONFIG")]
    config: Option<PathBuf>,
    /// Override one setting, like --set http.listen=127.0.0.1:8081
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    settings: Vec<String>,
}

/// Runs until it is told to stop, or a part of it fails.
pub fn run(args: &Args) -> Result<Outcome> {
    let config = files::daemon_config(args.config.as_deref(), &args.settings)?;
    telemetry::start_logs(config.log.format, config.log.level.as_str())?;
    let metrics = telemetry::start_metrics()?;
    let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
    let ended = runtime.block_on(async {
        let mut hangup = signal(SignalKind::hangup()).context("listening for SIGHUP")?;
        let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
        let mut daemon = Daemon::start(&config, Clock::System, Some(metrics)).await?;
        let failure = loop {
            tokio::select! {
                _ = hangup.recv() => daemon.reload().await,
                _ = terminate.recv() => break None,
                _ = tokio::signal::ctrl_c() => break None,
                cause = daemon.failed() => break Some(cause),
            }
        };
        daemon.stop().await?;
        failure.map_or(Ok(Outcome::Done), Err)
    });
    // Nobody needs the plan, or how sure it is, that is still being worked out.
    runtime.shutdown_background();
    ended
}
