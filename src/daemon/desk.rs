//! The desk: the one writer. It drains what is waiting, decides each command in turn on the working unit, commits once,
//! then answers all. Nothing is acknowledged before its commit.
//!
//! The ledger's key is the lock: where another node was quicker, the commit is `Stale`; the desk then reads on, applies
//! and decides again. A group that fails for another reason is tried one errand at a time, so that one bad errand
//! can't sink the others.
//!
//! Many errands of which each rests on the one before are handed in at a [`Sitting`], which is committed a stretch at a time.

mod draft;
mod sitting;

use std::sync::Arc;
use std::time::{Duration, Instant};

use draft::{Draft, Outcome};
use metrics::{counter, gauge, histogram};
use sitting::Decided;
pub use sitting::Sitting;
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::{Clock, monotonic};
use crate::domain::command::Command;
use crate::domain::entry::{Actor, Hash};
use crate::domain::event::Event;
use crate::domain::refusal::Refusal;
use crate::domain::unit::Unit;
use crate::store::{Commit, CommitError, Store, StoreError};

/// Errands that one commit takes.
const GROUP: usize = 256;
/// Attempts at one group before giving up to a quicker node.
const ATTEMPTS: u32 = 20;

/// How long after a failed commit the daemon is not fit to serve, unless one succeeds.
const TROUBLED: Duration = Duration::from_secs(60);

type Trouble = Option<(Instant, Arc<StoreError>)>;

/// What became of one command: what happened, or why it may not.
pub type Verdict = Result<Vec<Event>, Refusal>;

/// Why the desk could not take an errand. Nothing of it was recorded, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The daemon is stopping.
    #[error("the daemon is stopping; try again in a moment")]
    Stopping,
    /// The same key was used for another request.
    #[error("this Idempotency-Key was used for another request; use a new one")]
    KeyReused,
    /// What was answered at a sitting could not be committed.
    #[error("not all of what was handed in is on record; hand it in again: nothing is done twice")]
    Void,
    /// The store failed.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

/// Makes the reply that is kept under an idempotency key: status and body.
pub type Render = Box<dyn Fn(&Unit, &[Verdict]) -> (u16, String) + Send + Sync>;

/// A key under which an errand is done once, however often it is sent.
pub struct Idempotency {
    /// Public id of the token.
    pub token: String,
    /// The caller's key.
    pub key: String,
    /// Hash of the request: the same key with another request is refused.
    pub request: Hash,
    /// Whether a refusal stands under the key as well; else the same request is judged again.
    pub keeps_refusals: bool,
    /// Makes the reply.
    pub render: Render,
}

/// Commands to decide together, in turn; each stands or falls alone.
struct Errand {
    commands: Vec<Command>,
    actor: Actor,
    idempotency: Option<Idempotency>,
    /// Whether it is of a sitting: answered once it is decided.
    seated: bool,
    reply: oneshot::Sender<Result<Answer, DeskError>>,
}

/// What came of an errand.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once an errand and moved, never kept")]
pub enum Answer {
    /// Decided now, and on disk; at a sitting, on disk once that is closed.
    Decided {
        /// One a command.
        verdicts: Vec<Verdict>,
        /// The unit with everything of the same group in it.
        unit: Unit,
        /// The reply kept under the idempotency key, if there was one.
        reply: Option<(u16, String)>,
    },
    /// Done before under the same key: the reply given then.
    Replayed(u16, String),
}

/// Where commands are handed in. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    errands: mpsc::Sender<Errand>,
    published: watch::Receiver<Unit>,
    decided: watch::Receiver<Decided>,
    /// How many sit.
    sitting: Arc<watch::Sender<usize>>,
    /// Whether this is a handle for those who sit.
    seated: bool,
    /// When and why a group was not recorded; nothing once one was.
    trouble: watch::Receiver<Trouble>,
}

impl Desk {
    /// Opens the desk on a unit as loaded. The returned future is the writer: it ends when every handle is gone.
    pub fn open(store: Store, clock: Clock, unit: Unit, chain: Hash) -> (Self, impl Future<Output = ()> + Send) {
        let (errands, queue) = mpsc::channel(4 * GROUP);
        let (publish, published) = watch::channel(unit.clone());
        let (decide, decided) = watch::channel(Decided::new(unit.clone()));
        let (failed, trouble) = watch::channel(None);
        let writer = Writer { store, clock, unit, chain, publish, decide, failed };
        let sitting = Arc::new(watch::Sender::new(0));
        (Self { errands, published, decided, sitting, seated: false, trouble }, writer.run(queue))
    }

    /// Why commands were not recorded of late, unless one was since: a full disk can still be read.
    pub fn trouble(&self) -> Option<Arc<StoreError>> {
        let (since, cause) = self.trouble.borrow().clone()?;
        (since.elapsed() < TROUBLED).then_some(cause)
    }

    /// The unit as last committed; for those who sit, as last decided.
    pub fn unit(&self) -> Unit {
        if self.seated { self.decided.borrow().unit.clone() } else { self.published.borrow().clone() }
    }

    /// The last ledger entry of the unit as last committed.
    pub fn seq(&self) -> i64 {
        self.published.borrow().seq
    }

    /// Changes whenever something was committed.
    pub fn changes(&self) -> watch::Receiver<Unit> {
        self.published.clone()
    }

    /// Hands in one command.
    pub async fn order(&self, actor: &Actor, command: Command) -> Result<(Verdict, Unit), DeskError> {
        match self.submit(actor, vec![command], None).await? {
            Answer::Decided { mut verdicts, unit, .. } => Ok((verdicts.pop().unwrap_or_else(|| Ok(Vec::new())), unit)),
            Answer::Replayed(..) => Err(DeskError::KeyReused),
        }
    }

    /// Hands in several, and waits until they are on disk; at a sitting, until they are decided.
    pub async fn submit(
        &self,
        actor: &Actor,
        commands: Vec<Command>,
        idempotency: Option<Idempotency>,
    ) -> Result<Answer, DeskError> {
        let (reply, answer) = oneshot::channel();
        let errand = Errand { commands, actor: actor.clone(), idempotency, seated: self.seated, reply };
        self.errands.send(errand).await.map_err(|_| DeskError::Stopping)?;
        answer.await.map_err(|_| DeskError::Stopping)?
    }
}

struct Writer {
    store: Store,
    clock: Clock,
    unit: Unit,
    chain: Hash,
    publish: watch::Sender<Unit>,
    decide: watch::Sender<Decided>,
    failed: watch::Sender<Trouble>,
}

impl Writer {
    async fn run(mut self, mut queue: mpsc::Receiver<Errand>) {
        let mut group = Vec::with_capacity(GROUP);
        while queue.recv_many(&mut group, GROUP).await > 0 {
            let mut errands = std::mem::take(&mut group);
            if errands.iter().any(|errand| errand.seated) {
                errands = self.sit(errands, &mut queue).await;
            }
            match self.serve(&errands).await {
                Ok(outcomes) => self.answer(errands, outcomes),
                Err(_) if errands.len() > 1 => {
                    for errand in errands {
                        self.serve_alone(errand).await;
                    }
                }
                Err(cause) => self.fail(errands, cause),
            }
        }
    }

    async fn serve_alone(&mut self, errand: Errand) {
        let errands = vec![errand];
        match self.serve(&errands).await {
            Ok(outcomes) => self.answer(errands, outcomes),
            Err(cause) => self.fail(errands, cause),
        }
    }

    /// Decides a group and commits it; on `Stale` reads on and decides again.
    async fn serve(&mut self, errands: &[Errand]) -> Result<Vec<Outcome>, StoreError> {
        for attempt in 0..ATTEMPTS {
            let (now, mut draft, mut outcomes) = (self.clock.now(), self.blank(), Vec::with_capacity(errands.len()));
            for errand in errands {
                outcomes.push(self.decide(errand, &mut draft, now).await?);
            }
            match self.record(draft).await {
                Ok(()) => return Ok(outcomes),
                Err(CommitError::Stale { .. } | CommitError::Answered) => {
                    // Another node was quicker: a little longer each time, so that two never keep step.
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt))).await;
                    self.catch_up().await?;
                }
                Err(CommitError::OutcomeUnknown { .. }) => return Err(StoreError::busy("committing to the ledger")),
                Err(CommitError::Store(cause)) => return Err(cause),
            }
        }
        Err(StoreError::busy("committing to the ledger: other nodes were quicker every time"))
    }

    /// Commits a draft, if there is anything in it, and publishes the unit as it is then.
    async fn record(&mut self, draft: Draft) -> Result<(), CommitError> {
        if draft.is_blank() {
            return Ok(());
        }
        let begun = monotonic();
        let commit = Commit { based_on: self.unit.seq, steps: &draft.steps, after: &draft.unit, replies: &draft.replies };
        self.commit(&commit).await?;
        histogram!("dfqueue_commit_seconds").record(begun.elapsed().as_secs_f64());
        (self.unit, self.chain) = (draft.unit, draft.chain);
        self.published();
        Ok(())
    }

    /// Commits, and where the connection broke before the answer, asks what became of it until the database says.
    async fn commit(&self, commit: &Commit<'_>) -> Result<(), CommitError> {
        let unknown = match self.store.commit(commit).await {
            Err(unknown @ CommitError::OutcomeUnknown { .. }) => unknown,
            settled => return settled,
        };
        let CommitError::OutcomeUnknown { seq, digest: Some(digest), .. } = &unknown else { return Err(unknown) };
        for attempt in 0..ATTEMPTS {
            match self.store.committed(*seq, digest).await {
                Ok(true) => return Ok(()),
                // Not there: whoever wrote since, the next attempt is decided on what is.
                Ok(false) => return Err(CommitError::Stale { based_on: commit.based_on }),
                Err(cause) => tracing::warn!(%cause, seq, "asking what became of a commit"),
            }
            tokio::time::sleep(Duration::from_millis(u64::from(50 * (attempt + 1)))).await;
        }
        Err(unknown)
    }

    fn published(&self) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge; exact up to 2^52 entries")]
        gauge!("dfqueue_ledger_seq").set(self.unit.seq as f64);
        self.publish.send_replace(self.unit.clone());
        self.decide.send_modify(|decided| decided.unit = self.unit.clone());
        self.failed.send_if_modified(|trouble| trouble.take().is_some());
    }

    /// Applies what others have committed since.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        loop {
            let entries = self.store.tail(self.unit.seq, 1_000).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                self.unit.apply_entry(&entry).map_err(|cause| StoreError::corrupt(&cause.to_string()))?;
                self.chain = entry.chain;
            }
        }
        self.published();
        Ok(())
    }

    fn answer(&self, errands: Vec<Errand>, outcomes: Vec<Outcome>) {
        for (errand, outcome) in errands.into_iter().zip(outcomes) {
            errand.answer(outcome, &self.unit);
        }
    }

    fn fail(&self, errands: Vec<Errand>, cause: StoreError) {
        let commands = errands.len();
        let cause = self.in_trouble(cause, commands);
        for errand in errands {
            counter!("dfqueue_commands_total", "outcome" => "failed").increment(1);
            let _ = errand.reply.send(Err(DeskError::Store(Arc::clone(&cause))));
        }
    }

    /// Says, and keeps for whoever asks, why so many commands were not recorded.
    fn in_trouble(&self, cause: StoreError, commands: usize) -> Arc<StoreError> {
        tracing::error!(cause = %cause, commands, "commands not recorded");
        let cause = Arc::new(cause);
        self.failed.send_replace(Some((monotonic(), Arc::clone(&cause))));
        cause
    }
}

impl Errand {
    /// Answers it, with the unit as it is then.
    fn answer(self, outcome: Outcome, unit: &Unit) {
        let answer = match outcome {
            Outcome::Decided(verdicts, reply) => Ok(Answer::Decided { verdicts, unit: unit.clone(), reply }),
            Outcome::Replayed(status, body) => Ok(Answer::Replayed(status, body)),
            Outcome::Failed(cause) => Err(cause),
        };
        // Whoever asked may have hung up; what was decided stands.
        let _ = self.reply.send(answer);
    }
}
