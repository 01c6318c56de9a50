//! Keeps what people were told in the database, so that a daemon that was killed goes on as they were told.
//!
//! Nobody waits for it, and nothing depends on it: what could not be kept is kept with the next plan.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::published::Published;
use crate::clock::monotonic;
use crate::domain::entry::Hash;
use crate::planner::Plan;
use crate::planner::kept::{keep, recalled};
use crate::store::Store;

/// Between two writings: what a kill can take back is younger than this, or than what keeping it costs a large unit.
const REST: Duration = Duration::from_secs(1);
/// A writing may take one part in so many of the time.
const SHARE: u32 = 20;

/// Keeps the newest plan.
pub struct Keeper {
    /// Where plans come from.
    pub plans: watch::Receiver<Arc<Published>>,
    /// Where what they tell goes.
    pub store: Store,
}

impl Keeper {
    /// Keeps one plan after the other, always the newest, until no more can come.
    pub async fn run(mut self) {
        let (mut kept, mut is_failing) = (None, false);
        loop {
            let (begun, newest) = (monotonic(), Arc::clone(&self.plans.borrow_and_update()));
            match keep_newest(&self.store, &newest, kept).await {
                Ok(digest) => (kept, is_failing) = (Some(digest), false),
                Err(cause) if is_failing => tracing::debug!("what people were told is still not kept: {cause:#}"),
                Err(cause) => {
                    tracing::warn!(
                        "what people were told is not kept, so that a restart may move it; tried again with each plan: {cause:#}"
                    );
                    is_failing = true;
                }
            }
            sleep(REST.max(begun.elapsed() * SHARE)).await;
            if self.plans.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Keeps what a plan tells, unless that is what is `kept` already, by its digest; that of what it tells.
pub async fn keep_newest(store: &Store, published: &Published, kept: Option<Hash>) -> anyhow::Result<Hash> {
    let plan = Arc::clone(&published.plan);
    // A large unit's takes some hundredths of a second to write out.
    let text = spawn_blocking(move || keep(&plan)).await??;
    let digest = Sha256::digest(&text).into();
    if kept != Some(digest) {
        store.keep_told(published.plan.based_on, published.made_at, &text).await?;
    }
    Ok(digest)
}

/// What people were told before the program ended; none where that is not known, which is said in the log.
pub async fn told(store: &Store) -> Option<Plan> {
    let text = match store.told().await {
        Ok(text) => text?,
        Err(cause) => {
            tracing::warn!("{:#}; people may be told anew", anyhow::Error::from(cause));
            return None;
        }
    };
    recalled(&text).inspect_err(|cause| tracing::warn!(%cause, "what people were told can't be read; they are told anew")).ok()
}
