//! What is done for an owner who waits longer than they were promised: a replacement handset with their SIM, and a word in time;
//! and who answers for a breach. None of it stops a clock.

use super::device::gone;
use super::{Decided, Draft, explained, no_pin, reason};
use crate::domain::actions::{ActionKind, Taken};
use crate::domain::event::{Change, Sealed, Treatment};
use crate::domain::ids::{BreachId, QueueNumber, Word};
use crate::domain::policy::Milestone;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Receiver, Submission, reached};

impl Draft<'_> {
    pub(super) fn reserve_handset(&mut self, number: QueueNumber, handset: &Word) -> Decided {
        let submission = self.submission(number)?;
        match &submission.handset {
            Some(lent) if lent.handset == *handset && lent.issued_at.is_none() => return Ok(()),
            Some(lent) if lent.issued_at.is_some() => return Err(has_one(&submission, &lent.handset)),
            _ => {}
        }
        if submission.returned.is_some() {
            return Err(gone(&submission, "nothing of this: its owner has it"));
        }
        self.in_stock(number, handset)?;
        self.treat(self.now, Treatment::HandsetReserved { number, handset: handset.clone() }, Sealed::default())
    }

    /// Every breach of a promise that a handset is for is mitigated by it, and counts all the same.
    pub(super) fn issue_handset(
        &mut self,
        number: QueueNumber,
        at: Timestamp,
        which: Option<&Word>,
        (received_by, with_sim): (Receiver, bool),
    ) -> Decided {
        let submission = self.submission(number)?;
        let lent = submission.handset.as_ref();
        if let Some(lent) = lent.filter(|lent| lent.issued_at.is_some()) {
            let same = lent.issued_at == Some(at) && which.is_none_or(|which| *which == lent.handset);
            return if same { Ok(()) } else { Err(has_one(&submission, &lent.handset)) };
        }
        if submission.returned.is_some() {
            return Err(gone(&submission, "nothing of this: its owner has it"));
        }
        let reserved = lent.map(|lent| &lent.handset);
        let Some(handset) = which.or(reserved).cloned() else {
            return Err(Refusal::invalid("handset", "must be given: none is put by for this owner"));
        };
        self.in_stock(number, &handset)?;
        self.happened("at", at, submission.facts.taken_at, "the device was taken")?;
        self.treat(at, Treatment::HandsetIssued { number, handset, at, received_by, with_sim }, Sealed::default())?;
        self.mitigate(number)
    }

    pub(super) fn take_back_handset(&mut self, number: QueueNumber, at: Timestamp) -> Decided {
        let submission = self.submission(number)?;
        let Some(lent) = &submission.handset else { return Ok(()) };
        self.happened("at", at, lent.issued_at.unwrap_or(submission.facts.taken_at), "the owner received it")?;
        let handset = lent.handset.clone();
        self.treat(at, Treatment::HandsetTakenBack { number, handset, at }, Sealed::default())
    }

    /// A handset of the unit that nobody else has.
    fn in_stock(&self, number: QueueNumber, handset: &Word) -> Decided {
        let held = &self.unit.establishment.handsets;
        if !held.iter().any(|one| one.id == *handset) {
            let ids = held.iter().map(|one| one.id.as_str()).collect::<Vec<_>>().join(", ");
            let known = if ids.is_empty() { "the unit holds none".to_owned() } else { format!("the unit holds {ids}") };
            return Err(Refusal::invalid("handset", format!("{:?} is none of the unit's: {known}", handset.as_str())));
        }
        // For whom is not for everyone to know.
        match self.unit.lent_to(handset).filter(|other| other.number != number) {
            Some(_) => Err(Refusal::IllegalTransition {
                what: format!("handset {handset}"),
                state: "put by for another owner, or with them".into(),
                allowed: "another handset, or its return first",
            }),
            None => Ok(()),
        }
    }

    /// Breaches of a promise that a handset is for are mitigated while the owner has one.
    pub(super) fn mitigate(&mut self, number: QueueNumber) -> Decided {
        let submission = self.submission(number)?;
        let Some(at) = submission.handset.as_ref().and_then(|lent| lent.issued_at) else { return Ok(()) };
        let promises = self.unit.policy_of(&submission).map_or(&[][..], |policy| &policy.promises);
        let is_for = |promise: &Word| promises.iter().any(|known| known.name == *promise && known.replacement_handset);
        let standing = self.unit.breaches_of(number).filter(|breach| breach.is_standing() && breach.mitigated_at.is_none());
        let mitigated: Vec<BreachId> = standing.filter(|breach| is_for(&breach.promise)).map(|breach| breach.id).collect();
        for breach in mitigated {
            self.record(at, Change::BreachMitigated { breach, at }, Sealed::default())?;
        }
        Ok(())
    }

    /// The owner hears of a delay before the deadline, not after.
    pub(super) fn tell_owner(
        &mut self,
        number: QueueNumber,
        (at, expected): (Timestamp, Option<Timestamp>),
        words: Option<&str>,
    ) -> Decided {
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        let submission = self.submission(number)?;
        let told = submission.owner_told;
        if told.is_some_and(|told| (told.at, told.expected) == (at, expected)) {
            return Ok(());
        }
        let (first, what) =
            told.map_or((submission.facts.taken_at, "the device was taken"), |told| (told.at, "they were told last"));
        self.happened("at", at, first, what)?;
        self.treat(at, Treatment::OwnerTold { number, at, expected }, reason(words))
    }

    /// The officer in the case has the results: that they were made available is not yet that anybody read them.
    pub(super) fn receive_results(&mut self, number: QueueNumber, at: Timestamp) -> Decided {
        let submission = self.submission(number)?;
        if submission.results_received_at == Some(at) {
            return Ok(());
        }
        let available = reached(&submission, self.unit.route_of(&submission), Milestone::Results);
        let Some(available) = available else {
            return Err(Refusal::IllegalTransition {
                what: format!("the examination of {number}"),
                state: "not done".into(),
                allowed: "its stages, and this once its results are made available",
            });
        };
        self.happened("at", at, available, "they were made available")?;
        self.treat(at, Treatment::ResultsReceived { number, at }, Sealed::default())
    }

    /// Somebody takes on what is asked for; whoever says so again a moment later, once more: then it stands from then on.
    pub(super) fn take_on(&mut self, number: QueueNumber, action: ActionKind, words: Option<&str>) -> Decided {
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        let submission = self.submission(number)?;
        let by = self.actor.person.clone();
        let same = |taken: &Taken| taken.action == action && taken.by == by && taken.at == self.now;
        if submission.taken_on.iter().any(same) {
            return Ok(());
        }
        self.treat(self.now, Treatment::ActionAcknowledged { number, action, by }, reason(words))
    }

    /// Somebody answers for a breach, in words that stand in the ledger.
    pub(super) fn acknowledge_breach(&mut self, id: BreachId, words: &str) -> Decided {
        explained("reason", words)?;
        let breach = self.unit.breaches.get(&id).ok_or(Refusal::UnknownBreach(id))?;
        let by = self.actor.person.clone();
        if breach.acknowledged.as_ref().is_some_and(|known| known.by == by) {
            return Ok(());
        }
        self.record(self.now, Change::BreachAcknowledged { breach: id, by }, reason(Some(words)))
    }
}

fn has_one(submission: &Submission, handset: &Word) -> Refusal {
    Refusal::IllegalTransition {
        what: format!("a handset for the owner of {}", submission.number),
        state: format!("with them already ({handset})"),
        allowed: "its return first",
    }
}
