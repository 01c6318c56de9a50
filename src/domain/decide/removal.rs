//! Proper ends before the end: withdrawal (*stop, return now*) and refusal, and the challenge of a refusal.
//!
//! None of them closes a case, and none stops the clock of a device: that runs until its owner has it. What was promised besides,
//! and is not due yet, is void.

use super::{Decided, Draft, explained, party, reason};
use crate::domain::event::{Change, ReleaseCause, Sealed};
use crate::domain::ids::QueueNumber;
use crate::domain::refusal::Refusal;
use crate::domain::submission::Owner;
use crate::domain::time::Timestamp;
use crate::domain::unit::{DataTaken, RemovalCause, Removed, Submission, Whereabouts};

impl Draft<'_> {
    /// Whatever is under way stops. Where the device user or whoever asked wants it so, the device may go back at once.
    pub(super) fn remove(
        &mut self,
        number: QueueNumber,
        (at, cause, data): (Timestamp, RemovalCause, DataTaken),
        words: Option<&str>,
    ) -> Decided {
        match words {
            // Nobody has to say why they take back their agreement.
            None if matches!(cause, RemovalCause::AgreementWithdrawn | RemovalCause::AgreementRefused) => {}
            words => explained("reason", words.unwrap_or_default())?,
        }
        let submission = self.submission(number)?;
        let rests_on_agreement = submission.facts.owner != Owner::Suspect;
        if matches!(cause, RemovalCause::AgreementWithdrawn | RemovalCause::AgreementRefused) && !rests_on_agreement {
            return Err(Refusal::invalid(
                "cause",
                "is for whoever agrees to an examination; a suspect's device is examined by right",
            ));
        }
        match &submission.removed {
            Some(Removed { cause: known, data: then, at: since, .. }) if (*known, *then, *since) == (cause, data, at) => {
                return Ok(());
            }
            // What was refused could else be examined after all, against the will of whose device it is.
            Some(removed) if removed.cause.is_refusal() && cause.is_asked_for() => {}
            Some(removed) => return Err(ended(&submission, removed, "a challenge of a refusal, or a further request")),
            None => {}
        }
        // What is done is done; but what was taken can still be given up.
        let is_done = submission.removed.is_none() && !submission.is_unfinished() && !submission.stages.is_empty();
        if is_done && cause != RemovalCause::AgreementWithdrawn {
            return Err(Refusal::IllegalTransition {
                what: format!("the examination of {number}"),
                state: "done".into(),
                allowed: "withdrawal of the device user's agreement",
            });
        }
        self.happened("at", at, submission.facts.taken_at, "the device was taken")?;
        for assignment in self.assignments_of(&submission) {
            self.record(
                self.now,
                Change::Released { assignment: assignment.id, cause: ReleaseCause::Stopped },
                Sealed::default(),
            )?;
        }
        // Before it ends, which may close it.
        if cause.is_asked_for() && !submission.facts.return_authorised && submission.returned.is_none() {
            let by = self.actor.person.clone();
            self.record_midway(self.now, Change::ReturnAuthorised { number }, party(Some(&by)))?;
        }
        self.settle(at, Change::Removed { number, at, cause, data }, reason(words))
    }

    pub(super) fn challenge(&mut self, number: QueueNumber, words: &str) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        match &submission.removed {
            Some(removed) if removed.challenge.is_some() => Err(ended(&submission, removed, "the decision of the unit's head")),
            Some(removed) if removed.cause.is_refusal() => {
                self.record(self.now, Change::Challenged { number, at: self.now }, reason(Some(words)))
            }
            Some(removed) => Err(ended(&submission, removed, "a further request")),
            None => Err(not_refused(number, "nothing: it was not refused")),
        }
    }

    /// Upheld, the examination goes on where it stopped, and what was promised runs on from where it began.
    pub(super) fn decide_challenge(&mut self, number: QueueNumber, upheld: bool, words: &str) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        if !submission.removed.as_ref().is_some_and(Removed::is_challenged) {
            return Err(not_refused(number, "a challenge by the officer in the case, if it was refused"));
        }
        if upheld {
            if matches!(submission.device, Whereabouts::Returned { .. }) {
                return Err(Refusal::IllegalTransition {
                    what: format!("the examination of {number}"),
                    state: "ended, and its device is back with its owner".into(),
                    allowed: "a rejection of the challenge, and a further request",
                });
            }
            self.settle(self.now, Change::Reinstated { number }, reason(Some(words)))
        } else {
            self.record(self.now, Change::ChallengeRejected { number, at: self.now }, reason(Some(words)))
        }
    }
}

pub(super) fn ended(submission: &Submission, removed: &Removed, allowed: &'static str) -> Refusal {
    Refusal::IllegalTransition {
        what: format!("the examination of {}", submission.number),
        state: format!("ended ({}) since {}", removed.cause, removed.at),
        allowed,
    }
}

fn not_refused(number: QueueNumber, allowed: &'static str) -> Refusal {
    Refusal::IllegalTransition { what: format!("the examination of {number}"), state: "open to no challenge".into(), allowed }
}
