//! Opening the daemon's database for a command that needs no daemon.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::files;
use crate::app::database_url;
use crate::config::DaemonConfig;
use crate::store::{Access, Store};

/// Which daemon's settings.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// The daemon's file; without one, built-in defaults
    #[arg(long, value_name = "FILE", env = "DFQUEUE_CONFIG")]
    config: Option<PathBuf>,
    /// Override one setting, like --set database.url=sqlite:/tmp/dfqueue.db
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    settings: Vec<String>,
}

impl Settings {
    /// The settings.
    pub fn load(&self) -> Result<DaemonConfig> {
        files::daemon_config(self.config.as_deref(), &self.settings)
    }

    /// The database that they name.
    pub async fn open(&self, access: Access) -> Result<Store> {
        let config = self.load()?;
        Ok(Store::open(&database_url(&config)?, 2, access).await?)
    }
}

/// Runs what is asynchronous to its end.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(work)
}
