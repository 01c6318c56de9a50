//! A draft: what the desk has decided and not committed yet.

use metrics::counter;

use super::{DeskError, Errand, Idempotency, Verdict, Writer};
use crate::domain::command::{Command, Loaded};
use crate::domain::decide::decide;
use crate::domain::entry::{Actor, Entry, Hash};
use crate::domain::event::Event;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::store::{IdempotentReply, Step, StoreError};

/// What errands come to before it is committed.
pub(super) struct Draft {
    /// The unit with all of it.
    pub(super) unit: Unit,
    /// The chain with all of it.
    pub(super) chain: Hash,
    pub(super) steps: Vec<Step>,
    pub(super) replies: Vec<IdempotentReply>,
}

/// What came of an errand.
pub(super) enum Outcome {
    Decided(Vec<Verdict>, Option<(u16, String)>),
    Replayed(u16, String),
    Failed(DeskError),
}

impl Writer {
    /// A draft with nothing in it.
    pub(super) fn blank(&self) -> Draft {
        Draft { unit: self.unit.clone(), chain: self.chain, steps: Vec::new(), replies: Vec::new() }
    }

    /// Decides one errand on a draft. Where that fails the draft is worth nothing.
    pub(super) async fn decide(&self, errand: &Errand, draft: &mut Draft, now: Timestamp) -> Result<Outcome, StoreError> {
        if let Some(once) = &errand.idempotency
            && let Some(outcome) = self.done_before(once, draft).await?
        {
            return Ok(outcome);
        }
        let mut verdicts = Vec::with_capacity(errand.commands.len());
        for command in &errand.commands {
            let loaded = self.loaded(draft, command).await?;
            let verdict = decide(&draft.unit, &loaded, command, &errand.actor, now);
            counter!("dfqueue_commands_total", "outcome" => if verdict.is_ok() { "accepted" } else { "refused" }).increment(1);
            for event in verdict.iter().flatten() {
                draft.record(event, &errand.actor, now)?;
            }
            verdicts.push(verdict);
        }
        let reply = errand.idempotency.as_ref().map(|once| {
            let (status, body) = (once.render)(&draft.unit, &verdicts);
            if once.keeps_refusals || verdicts.iter().any(Result::is_ok) {
                draft.replies.push(IdempotentReply {
                    token: once.token.clone(),
                    key: once.key.clone(),
                    request: once.request,
                    status,
                    body: body.clone(),
                    created_at: now,
                });
            }
            (status, body)
        });
        Ok(Outcome::Decided(verdicts, reply))
    }

    /// The reply that stands under this key, in the store or in the draft.
    async fn done_before(&self, once: &Idempotency, draft: &Draft) -> Result<Option<Outcome>, StoreError> {
        let here = draft.replies.iter().find(|reply| reply.token == once.token && reply.key == once.key).cloned();
        let found = match here {
            Some(reply) => Some(reply),
            None => self.store.reply(&once.token, &once.key).await?,
        };
        Ok(found.map(|reply| match reply.request == once.request {
            true => Outcome::Replayed(reply.status, reply.body),
            false => Outcome::Failed(DeskError::KeyReused),
        }))
    }

    /// The closed submission that a command needs, if it needs one; it may have closed within the draft.
    async fn loaded(&self, draft: &Draft, command: &Command) -> Result<Loaded, StoreError> {
        let Some(number) = command.needs(&draft.unit) else { return Ok(Loaded::default()) };
        let on_disk = self.store.loaded(number).await?;
        Ok(draft.steps.iter().fold(on_disk, |loaded, step| loaded.after(number, &step.touched)))
    }
}

impl Draft {
    /// Whether there is nothing to commit.
    pub(super) fn is_blank(&self) -> bool {
        self.steps.is_empty() && self.replies.is_empty()
    }

    fn record(&mut self, event: &Event, actor: &Actor, now: Timestamp) -> Result<(), StoreError> {
        let entry = Entry::new((self.unit.seq, self.chain), event, actor, now, salt()?);
        let touched = self.unit.apply(entry.seq, event).map_err(|cause| StoreError::corrupt(&cause.to_string()))?;
        self.chain = entry.chain;
        self.steps.push(Step { entry, touched });
        Ok(())
    }
}

/// 128 random bits, so that what is sealed can't be guessed from its hash.
fn salt() -> Result<[u8; 16], StoreError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| StoreError::busy("drawing random bits from the system"))?;
    Ok(salt)
}
