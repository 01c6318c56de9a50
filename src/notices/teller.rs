//! Looks, with each plan and now and then, at what there is to tell, and makes messages of what is new.

use std::sync::Arc;
use std::time::Duration;

use metrics::gauge;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::gather::gather;
use crate::config::Recipient;
use crate::daemon::Worker;
use crate::daemon::published::Published;
use crate::domain::time::{Seconds, Timestamp};
use crate::http::Api;
use crate::http::access::Caller;
use crate::http::views::View;
use crate::store::StoreError;

/// Between two looks: a plan follows the other, and what they tell is most often the same.
const REST: Duration = Duration::from_secs(5);
/// It looks again after so long though nothing was planned: moments pass by themselves.
const AT_LEAST: Duration = Duration::from_secs(30);
/// What is no longer so, and is so again within this, is not told again.
const FORGOTTEN_AFTER: Seconds = Seconds::hours(6);
/// How long it is kept what was delivered.
const KEPT: Seconds = Seconds::hours(30 * 24);

/// Notes what is to be told.
pub struct Teller {
    /// What is so.
    pub api: Api,
    /// Who is told.
    pub recipients: Arc<[Recipient]>,
    /// Where it is worked out, beside the cycle.
    pub aside: Worker,
    /// That there may be something to deliver.
    pub told: watch::Sender<()>,
}

impl Teller {
    /// Looks again and again, until nothing more can come.
    pub async fn run(self) {
        let mut plans: watch::Receiver<Arc<Published>> = self.api.plan.clone();
        let mut is_failing = false;
        loop {
            match self.turn().await {
                Ok(()) => is_failing = false,
                Err(cause) if is_failing => tracing::debug!("notices are still not noted: {:#}", anyhow::Error::from(cause)),
                Err(cause) => {
                    tracing::warn!("notices are not noted; tried again in a moment: {:#}", anyhow::Error::from(cause));
                    is_failing = true;
                }
            }
            sleep(REST).await;
            // Moments pass though nothing is planned.
            if matches!(timeout(AT_LEAST, plans.changed()).await, Ok(Err(_))) {
                return;
            }
        }
    }

    /// One look.
    ///
    /// # Errors
    /// The database did not take it: what was not noted is with the next look.
    pub async fn turn(&self) -> Result<(), StoreError> {
        let (api, recipients) = (self.api.clone(), Arc::clone(&self.recipients));
        let now = api.clock.now();
        let gathered = self.aside.run(move || {
            let caller = Caller::of_the_house(api.clock.now());
            let view = View::beside(&api, &caller);
            recipients.iter().map(|recipient| gather(&view, recipient)).collect::<Vec<_>>()
        });
        // A worker that ended ends the daemon by itself.
        let Some(gathered) = gathered.await else { return Ok(()) };
        let store = &self.api.store;
        for (recipient, items) in self.recipients.iter().zip(gathered) {
            let is = items.into_iter().map(|(subject, item)| {
                let text = serde_json::to_string(&item).unwrap_or_default();
                (subject, (item.kind.as_str(), text))
            });
            store.notice(&recipient.name, &is.collect(), now).await?;
            if self.may_tell(recipient, now).await? && store.compose(&recipient.name, now).await? {
                self.told.send_replace(());
            }
        }
        store.forget_notices(now - FORGOTTEN_AFTER, now - KEPT).await?;
        for state in ["pending", "dead"] {
            gauge!("dfqueue_messages", "state" => state).set(store.count_messages(state).await? as f64);
        }
        Ok(())
    }

    /// Whether somebody may have a message again.
    async fn may_tell(&self, recipient: &Recipient, now: Timestamp) -> Result<bool, StoreError> {
        let last = self.api.store.last_message(&recipient.name).await?;
        Ok(last.is_none_or(|last| last + recipient.at_most_every <= now))
    }
}
