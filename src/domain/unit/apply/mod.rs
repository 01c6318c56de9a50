//! The only rule of change: what each event does to the state.
//!
//! It evaluates no policy and no calendar, since events carry results, so old ledgers fold the same under new code. It
//! is total: an event that speaks of something the unit does not hold is an error and changes nothing.

mod house;
mod oversight;
mod promise;
mod queue;
mod removal;
#[cfg(test)]
mod tests;
mod treatment;
mod work;

use std::sync::Arc;

use super::{Acknowledged, BreachState, Ending, Submission, Touched, Unit, Whereabouts};
use crate::domain::entry::{Entry, Unreadable};
use crate::domain::event::{Change, Event, Sealed};
use crate::domain::ids::{BreachId, QueueNumber};
use crate::domain::time::Timestamp;

/// Why an entry can't follow the state it was applied to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistent {
    /// It is not the next one.
    #[error("ledger entry {seq} does not follow entry {last}, the last one applied: read the ledger again from entry {last}")]
    Order {
        /// Which.
        seq: i64,
        /// The last one applied.
        last: i64,
    },
    /// It speaks of something unknown.
    #[error("ledger entry {seq} speaks of {what}, which the unit does not hold: run `dfqueue ledger verify`")]
    Unknown {
        /// Which.
        seq: i64,
        /// What it speaks of.
        what: String,
    },
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl Unit {
    /// Reads an entry and applies what it records.
    ///
    /// # Errors
    /// [`Inconsistent`] where it can't be read, is not the next, or speaks of something unknown; nothing has changed.
    pub fn apply_entry(&mut self, entry: &Entry) -> Result<Touched, Inconsistent> {
        self.apply(entry.seq, &entry.event()?)
    }

    /// Applies an event that stands at `seq` in the ledger, and says which rows that touched.
    ///
    /// # Errors
    /// [`Inconsistent`] where it is not the next or speaks of something unknown; nothing has changed.
    pub fn apply(&mut self, seq: i64, event: &Event) -> Result<Touched, Inconsistent> {
        if seq != self.seq + 1 {
            return Err(Inconsistent::Order { seq, last: self.seq });
        }
        let (happened_at, sealed) = (event.happened_at, &event.sealed);
        let mut step = Step { unit: self, seq, happened_at, sealed, touched: Touched::default() };
        step.run(&event.change)?;
        let touched = step.touched;
        self.seq = seq;
        Ok(touched)
    }
}

/// One entry being applied. Each rule looks up all it needs before it writes anything.
struct Step<'a> {
    unit: &'a mut Unit,
    seq: i64,
    happened_at: Timestamp,
    sealed: &'a Sealed,
    touched: Touched,
}

type Applied = Result<(), Inconsistent>;

impl Step<'_> {
    fn run(&mut self, change: &Change) -> Applied {
        match change {
            Change::EstablishmentAdopted { digest, establishment } => self.establish(digest, establishment),
            Change::PolicyAdopted { digest, policy } => self.adopt(digest, policy),
            Change::HolidaysAdopted { holidays } => self.keep_holidays(holidays),
            Change::RosterAdopted { roster } => self.keep_roster(roster),
            Change::Registered { .. } => self.register(change),
            Change::Recalled { submission, breaches } => self.recall(submission, breaches),
            Change::Corrected { .. } => self.correct(change),
            Change::AgreementRecorded { number, agreement_at, notice_at, terms } => {
                self.agree(*number, (*agreement_at, *notice_at), terms.as_ref())
            }
            Change::LegalBasisRecorded { number } => self.legal_basis(*number),
            Change::Authorised { number, at, clocks } => self.authorise(*number, *at, clocks),
            Change::PinStatusRecorded { number, lock_state } => self.edit(*number, |s| s.facts.lock_state = *lock_state),
            Change::ReturnAuthorised { number } => self.authorise_return(*number),
            Change::Delivered { number, site, at, clocks } => self.deliver(*number, site, *at, clocks),
            Change::Moved { number, site, at } => self.place(*number, Whereabouts::At { site: site.clone(), since: *at }),
            Change::Collected { number, at } => self.place(*number, Whereabouts::SignedOut { since: *at }),
            Change::Returned { number, returned, stage } => self.give_back(*number, returned, *stage),
            Change::ReturnCorrected { number, returned, stage, .. } => self.correct_return(*number, returned.as_ref(), *stage),
            Change::Removed { number, at, cause, data } => self.remove(*number, (*at, *cause, *data)),
            Change::Challenged { number, at } => self.challenge(*number, *at),
            Change::ChallengeRejected { number, at } => self.reject_challenge(*number, *at),
            Change::Reinstated { number } => self.reinstate(*number),
            Change::Assigned { .. } => self.assign(change),
            Change::Accepted { assignment, by, .. } => self.accept(*assignment, by),
            Change::Started { assignment, at, end, review_at, by, .. } => self.start(*assignment, (*at, *end, *review_at), by),
            Change::Finished { assignment, at, tool, tool_version, hash, worked, .. } => {
                let (tool, tool_version, hash) = (tool.clone(), tool_version.clone(), hash.clone());
                let resource = self.unit.assignments.get(assignment).map(|assignment| assignment.slot.resource.clone());
                let used = resource.zip(tool.clone().zip(tool_version.clone()));
                self.end(*assignment, Ending::Finished { at: *at, tool, tool_version, hash })?;
                if let Some((resource, (tool, version))) = used {
                    self.works_with(&resource, (&tool, &version), *at);
                }
                worked.iter().for_each(|worked| self.learn(worked));
                Ok(())
            }
            Change::Failed { assignment, at, cause, on, attempts_left } => {
                self.fail(*assignment, (*at, *cause), (on.as_ref(), *attempts_left))
            }
            Change::Released { assignment, cause } => self.end(*assignment, Ending::Released { cause: *cause }),
            Change::BreachForecast { .. } | Change::Breached { .. } => self.miss(change),
            Change::LatestStartPassed { number, promise, .. } => self.edit(*number, |s| s.too_late.push(promise.clone())),
            Change::BreachAverted { breach } => self.avert(*breach),
            Change::BreachClosed { breach, at } => self.settle(*breach, BreachState::Closed { at: *at }),
            Change::BreachAcknowledged { breach, by } => {
                let acknowledged = Acknowledged { at: self.happened_at, by: by.clone() };
                self.note(*breach, |breach| breach.acknowledged = Some(acknowledged))
            }
            Change::BreachMitigated { breach, at } => self.note(*breach, |breach| breach.mitigated_at = Some(*at)),
            Change::BreachReopened { breach } => self.settle(*breach, BreachState::Open),
            Change::BreachVoided { breach } => self.settle(*breach, BreachState::Void),
            Change::BreachDisproved { breach, at } => self.settle(*breach, BreachState::Disproved { at: *at }),
            Change::Treated(treatment) => self.treat(treatment),
            Change::Interrupted(pause) => self.interrupt(pause),
            Change::Overseen(oversight) => self.oversee(oversight),
            Change::Reworked(rework) => self.rework(rework),
        }
    }

    fn unknown(&self, what: impl ToString) -> Inconsistent {
        Inconsistent::Unknown { seq: self.seq, what: what.to_string() }
    }

    fn submission(&self, number: QueueNumber) -> Result<Arc<Submission>, Inconsistent> {
        self.unit.submissions.get(&number).cloned().ok_or_else(|| self.unknown(number))
    }

    /// Changes an open submission.
    fn edit(&mut self, number: QueueNumber, change: impl FnOnce(&mut Submission)) -> Applied {
        let mut submission = self.submission(number)?;
        change(Arc::make_mut(&mut submission));
        self.put(submission);
        Ok(())
    }

    /// Keeps a submission as it is now, or lets it go, with its breaches, once it is closed.
    fn put(&mut self, mut submission: Arc<Submission>) {
        let changed = Arc::make_mut(&mut submission);
        changed.version = self.seq;
        self.drop_rest(changed);
        self.keep_or_let_go(&submission);
    }

    fn keep_or_let_go(&mut self, submission: &Arc<Submission>) {
        let number = submission.number;
        if self.unit.is_open(submission) {
            self.unit.submissions.insert_mut(number, Arc::clone(submission));
        } else {
            self.unit.submissions.remove_mut(&number);
            let ended: Vec<BreachId> = self.unit.breaches_of(number).map(|breach| breach.id).collect();
            for breach in ended {
                self.unit.breaches.remove_mut(&breach);
            }
        }
        self.touched.submissions.insert(number, Arc::clone(submission));
    }
}
