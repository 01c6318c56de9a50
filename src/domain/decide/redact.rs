//! References, names and reasons are removed once nobody may keep them any more.

use super::{Decided, Draft, explained, reason};
use crate::domain::event::Treatment;
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::refusal::Refusal;

impl Draft<'_> {
    /// What is still worked on is found by its reference: only what is closed is redacted.
    pub(super) fn redact(&mut self, number: QueueNumber, cases: &[CaseId], words: &str) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        if submission.particulars.is_none() {
            return Ok(());
        }
        if self.unit.is_open(&submission) {
            return Err(Refusal::IllegalTransition {
                what: number.to_string(),
                state: "in the queue".into(),
                allowed: "redaction once it is closed",
            });
        }
        let (cases, by) = (cases.to_vec(), self.actor.person.clone());
        self.treat(self.now, Treatment::Redacted { number, cases, by }, reason(Some(words)))
    }
}
