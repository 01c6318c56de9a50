//! Delivers messages: one way or the other, again after a while where that fails, and no more after two days.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use metrics::counter;
use tokio::sync::watch;
use tokio::time::timeout;

use super::{mail, webhook};
use crate::clock::Clock;
use crate::config::{Notices, Recipient, Way};
use crate::domain::notice::wait_after;
use crate::store::{Message, Store, StoreError};

/// It looks for what is due after so long, though nothing new was told.
const AT_LEAST: Duration = Duration::from_secs(5);
/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a message could not be delivered, for those who read lists: it names the place, and no secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Undeliverable(pub String);

/// Takes messages to where they go.
pub struct Courier {
    /// Where messages are.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Who is told, and how mail leaves.
    pub notices: Arc<Notices>,
    /// Sends to programs.
    pub client: reqwest::Client,
    /// That there may be something to deliver.
    pub told: watch::Receiver<()>,
}

impl Courier {
    /// Delivers again and again, until nothing more can come.
    pub async fn run(mut self) {
        loop {
            if let Err(cause) = self.turn().await {
                tracing::warn!("messages are not delivered; tried again in a moment: {:#}", anyhow::Error::from(cause));
            }
            if matches!(timeout(AT_LEAST, self.told.changed()).await, Ok(Err(_))) {
                return;
            }
        }
    }

    /// Tries what is due.
    ///
    /// # Errors
    /// The database did not say, or did not take down how it went: then a message may be delivered twice, under one id.
    pub async fn turn(&self) -> Result<(), StoreError> {
        let mut due: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        for message in self.store.due_messages(self.clock.now()).await? {
            due.entry(message.recipient.clone()).or_default().push(message);
        }
        // In order to each; who does not answer keeps nobody else waiting.
        try_join_all(due.into_values().map(|messages| self.deliver_all(messages))).await.map(drop)
    }

    /// Tries the messages of one recipient, one after the other.
    async fn deliver_all(&self, messages: Vec<Message>) -> Result<(), StoreError> {
        for message in messages {
            let Some(recipient) = self.notices.recipients.iter().find(|one| one.name == message.recipient) else {
                let gone = "nobody of this name is in the configuration any more";
                self.store.tried(message.id, "dead", self.clock.now(), Some(gone)).await?;
                continue;
            };
            let went = match timeout(PATIENCE, self.deliver(recipient, &message)).await {
                Ok(went) => went,
                Err(_) => Err(Undeliverable(format!("took longer than {} s", PATIENCE.as_secs()))),
            };
            self.went(&message, went).await?;
        }
        Ok(())
    }

    async fn deliver(&self, recipient: &Recipient, message: &Message) -> Result<(), Undeliverable> {
        match (&recipient.way, &self.notices.smtp) {
            (Way::Webhook { url, secret_file }, _) => {
                webhook::post(&self.client, (url, secret_file), message, self.clock.now()).await
            }
            (Way::Mail { to }, Some(smtp)) => mail::send(smtp, to, message).await,
            (Way::Mail { .. }, None) => Err(Undeliverable("no mail server is configured: set [smtp] server".into())),
        }
    }

    async fn went(&self, message: &Message, went: Result<(), Undeliverable>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let attempts = u32::try_from(message.attempts).unwrap_or(u32::MAX).saturating_add(1);
        let (id, recipient) = (message.id, message.recipient.as_str());
        let outcome = match (went, wait_after(attempts)) {
            (Ok(()), _) => {
                self.store.tried(id, "sent", now, None).await?;
                "sent"
            }
            (Err(cause), Some(wait)) => {
                tracing::info!(message = id, recipient, attempts, wait_seconds = wait.0, "not delivered: {cause}");
                self.store.tried(id, "pending", now + wait, Some(&cause.0)).await?;
                "failed"
            }
            (Err(cause), None) => {
                tracing::error!(
                    message = id,
                    recipient,
                    attempts,
                    "given up: {cause}; POST /v1/notices/{id}/retry tries it again"
                );
                self.store.tried(id, "dead", now, Some(&cause.0)).await?;
                "dead"
            }
        };
        counter!("dfqueue_deliveries_total", "outcome" => outcome).increment(1);
        Ok(())
    }
}
