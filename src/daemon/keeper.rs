//! Keeps what people were told in the database, so that a daemon that was killed goes on as they were told.
//!
//! Nobody waits for it, and nothing depends on it: what could not be kept is kept with the next plan.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::time::sleep;

use super::cycle::is_large;
use super::published::Published;
use super::search::lull;
use super::worker::Worker;
use crate::domain::entry::Hash;
use crate::domain::time::Timestamp;
use crate::planner::Plan;
use crate::planner::kept::{keep, recalled};
use crate::store::Store;

/// Between two writings: what a kill can take back is younger than this; of a large unit, than a burst of plans.
const REST: Duration = Duration::from_secs(1);

/// Keeps the newest plan.
pub struct Keeper {
    /// Where plans come from.
    pub plans: watch::Receiver<Arc<Published>>,
    /// Where what they tell goes.
    pub store: Store,
    /// Where it is written out, beside the cycle.
    pub aside: Worker,
}

impl Keeper {
    /// Keeps one plan after the other, always the newest, until no more can come.
    pub async fn run(mut self) {
        let (mut kept, mut is_failing) = (None, false);
        loop {
            if is_large(&self.plans.borrow().unit) {
                lull(&mut self.plans).await;
            }
            match self.keep(kept).await {
                Ok(digest) => (kept, is_failing) = (Some(digest), false),
                Err(cause) if is_failing => tracing::debug!("what people were told is still not kept: {cause:#}"),
                Err(cause) => {
                    tracing::warn!(
                        "what people were told is not kept, so that a restart may move it; tried again with each plan: {cause:#}"
                    );
                    is_failing = true;
                }
            }
            sleep(REST).await;
            if self.plans.changed().await.is_err() {
                return;
            }
        }
    }

    /// The newest plan when it is its turn. It is let go at once: a large unit's takes megabytes.
    async fn keep(&mut self, kept: Option<Hash>) -> anyhow::Result<Hash> {
        let plans = self.plans.clone();
        self.plans.mark_unchanged();
        let told = self.aside.run(move || {
            let newest = Arc::clone(&plans.borrow());
            Told::by(&newest)
        });
        told.await.context("what people were told could not be written out")??.keep(&self.store, kept).await
    }
}

/// What a plan tells, written out.
struct Told {
    based_on: i64,
    made_at: Timestamp,
    text: String,
}

impl Told {
    fn by(published: &Published) -> serde_json::Result<Self> {
        Ok(Self { based_on: published.plan.based_on, made_at: published.made_at, text: keep(&published.plan)? })
    }

    /// Keeps it, unless that is what is `kept` already; its digest.
    async fn keep(&self, store: &Store, kept: Option<Hash>) -> anyhow::Result<Hash> {
        let digest = Sha256::digest(&self.text).into();
        if kept != Some(digest) {
            store.keep_told(self.based_on, self.made_at, &self.text).await?;
        }
        Ok(digest)
    }
}

/// Keeps what a plan tells, now.
pub async fn keep_now(store: &Store, published: &Published) -> anyhow::Result<()> {
    Told::by(published)?.keep(store, None).await.map(drop)
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
