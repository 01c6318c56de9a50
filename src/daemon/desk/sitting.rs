//! A sitting: many errands, of which each rests on the one before, without a commit for each.
//!
//! An errand of a sitting is answered as soon as it is decided, and the desk waits a moment for what follows before it commits all of
//! it at once. So those answers are provisional: they are for whoever sits alone, who tells nobody of them before the sitting was
//! closed. Where a commit fails, or another node was quicker, what was answered since the last one is void, and so is every
//! sitting that is open: somebody there may have read it. Whoever sits hands all of it in again then, under the same keys.
//!
//! What is not of a sitting is decided on the same draft, ends the wait, and is answered after the commit as ever. The desk waits for
//! nobody longer than [`PAUSE`], so that whoever leaves in the middle keeps nobody waiting.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::draft::{Draft, Outcome};
use super::{Desk, DeskError, Errand, GROUP, Writer};
use crate::clock::monotonic;
use crate::domain::entry::Actor;
use crate::domain::unit::Unit;
use crate::store::{CommitError, StoreError};

/// How long the desk waits for the next errand of a sitting before it commits.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a draft stays open while errands of sittings keep coming: others see nothing of it before its commit.
const OPEN: Duration = Duration::from_millis(100);

/// The unit as those who sit see it.
pub(super) struct Decided {
    /// With what was answered to them and is not committed yet.
    pub(super) unit: Unit,
    /// How often what was answered turned out void.
    voids: u64,
}

impl Decided {
    pub(super) fn new(unit: Unit) -> Self {
        Self { unit, voids: 0 }
    }
}

/// Somebody sits at the desk. What they were told stands once this was closed.
pub struct Sitting {
    desk: Desk,
    /// As many as there were when they sat down.
    voids: u64,
}

impl Desk {
    /// A handle for those who sit: answered as soon as an errand is decided, it sees the unit with what was decided so far.
    #[must_use]
    pub fn seat(&self) -> Self {
        Self { seated: true, ..self.clone() }
    }

    /// Sits down. What is handed in by a [seat](Desk::seat) from then on stands once the sitting was closed.
    pub fn sit(&self) -> Sitting {
        self.sitting.send_modify(|sitting| *sitting += 1);
        Sitting { desk: Self { seated: false, ..self.clone() }, voids: self.decided.borrow().voids }
    }

    /// Waits while anybody sits, but no longer than `most`: they want every core for a moment.
    pub async fn lull(&self, most: Duration) {
        let _ = timeout(most, self.sitting.subscribe().wait_for(|sitting| *sitting == 0)).await;
    }

    /// Waits until all that was answered is on disk, so that it can be read there. At once, but for those who sit.
    pub async fn settle(&self) -> Result<(), DeskError> {
        if self.seated {
            let standing = Self { seated: false, ..self.clone() };
            // Nothing to decide: it is answered after what was decided before it was committed.
            standing.submit(&Actor::daemon(), Vec::new(), None).await?;
        }
        Ok(())
    }
}

impl Sitting {
    /// Whether something that was answered since the beginning can't stand.
    pub fn is_void(&self) -> bool {
        self.desk.decided.borrow().voids != self.voids
    }

    /// Waits until everything that was answered is on disk.
    ///
    /// # Errors
    /// [`DeskError::Void`] where not all of it is.
    pub async fn close(self) -> Result<(), DeskError> {
        let settled = self.desk.seat().settle().await;
        if settled.is_err() || self.is_void() { Err(DeskError::Void) } else { Ok(()) }
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        self.desk.sitting.send_modify(|sitting| *sitting -= 1);
    }
}

/// What has come of a sitting since the last commit.
struct Stretch {
    draft: Draft,
    /// How many errands were answered before their commit.
    answered: usize,
    /// Those that were not.
    waiting: Vec<Errand>,
    /// What comes of each of them.
    outcomes: Vec<Outcome>,
}

impl Writer {
    /// Serves a group with errands of sittings in it, and what follows them, up to the next commit. Returns those who are still to be
    /// answered: where the commit failed, all who were not answered before it.
    pub(super) async fn sit(&mut self, group: Vec<Errand>, queue: &mut mpsc::Receiver<Errand>) -> Vec<Errand> {
        let mut stretch = Stretch { draft: self.blank(), answered: 0, waiting: Vec::new(), outcomes: Vec::new() };
        let gathered = self.gather(&mut stretch, group, queue).await;
        let Stretch { draft, answered, waiting, outcomes } = stretch;
        let recorded = match gathered {
            Ok(()) => self.record(draft).await,
            Err(cause) => Err(cause.into()),
        };
        match recorded {
            Ok(()) => {
                self.answer(waiting, outcomes);
                Vec::new()
            }
            Err(cause) => {
                if answered > 0 {
                    self.void(answered, cause).await;
                }
                waiting
            }
        }
    }

    /// Decides errands, and answers those of sittings, until it is time for a commit.
    async fn gather(
        &self,
        stretch: &mut Stretch,
        mut group: Vec<Errand>,
        queue: &mut mpsc::Receiver<Errand>,
    ) -> Result<(), StoreError> {
        let begun = monotonic();
        loop {
            let (now, mut failed) = (self.clock.now(), None);
            for errand in group.drain(..) {
                if failed.is_none() {
                    match self.decide(&errand, &mut stretch.draft, now).await {
                        Ok(outcome) if errand.seated => {
                            stretch.answered += 1;
                            self.decide.send_modify(|decided| decided.unit = stretch.draft.unit.clone());
                            errand.answer(outcome, &stretch.draft.unit);
                            continue;
                        }
                        Ok(outcome) => stretch.outcomes.push(outcome),
                        Err(cause) => failed = Some(cause),
                    }
                }
                stretch.waiting.push(errand);
            }
            if let Some(cause) = failed {
                return Err(cause);
            }
            let (room, left) = (GROUP.saturating_sub(stretch.answered), OPEN.saturating_sub(begun.elapsed()));
            if !stretch.waiting.is_empty() || stretch.draft.is_blank() || room == 0 || left.is_zero() {
                return Ok(());
            }
            // Nobody came, or nobody can come any more: then what there is, is committed.
            if timeout(PAUSE.min(left), queue.recv_many(&mut group, room)).await.unwrap_or(0) == 0 {
                return Ok(());
            }
        }
    }

    /// What was answered at sittings and could not be committed is void.
    async fn void(&mut self, answered: usize, cause: CommitError) {
        match cause {
            CommitError::Stale { .. } | CommitError::Answered => {
                tracing::warn!(answered, "another node was quicker than a sitting, which is to be handed in again");
                if let Err(cause) = self.catch_up().await {
                    self.in_trouble(cause, answered);
                }
            }
            CommitError::OutcomeUnknown { .. } => drop(self.in_trouble(StoreError::busy("committing to the ledger"), answered)),
            CommitError::Store(cause) => drop(self.in_trouble(cause, answered)),
        }
        self.decide.send_modify(|decided| {
            decided.unit = self.unit.clone();
            decided.voids += 1;
        });
    }
}
