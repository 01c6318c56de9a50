//! References, names and reasons are removed once nobody may keep them any more.

use super::{Decided, Draft, explained, reason};
use crate::domain::command::{Command, Treat};
use crate::domain::event::Treatment;
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::refusal::Refusal;
use crate::domain::unit::Whereabouts;

impl Draft<'_> {
    /// Of what was redacted nothing more is recorded: it would be names and reasons again.
    pub(super) fn not_redacted(&self, command: &Command) -> Decided {
        let asked_again = matches!(command, Command::Treat { treat, .. } if matches!(**treat, Treat::Redact { .. }));
        let about = command.number().filter(|_| !asked_again).and_then(|number| self.unit.submissions.get(&number));
        match about.filter(|submission| submission.particulars.is_none()) {
            Some(redacted) => Err(Refusal::Redacted(redacted.number)),
            None => Ok(()),
        }
    }

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
        // Whoever hands a device back needs to know which one.
        if !matches!(submission.device, Whereabouts::NotDelivered | Whereabouts::Returned { .. }) {
            return Err(Refusal::IllegalTransition {
                what: number.to_string(),
                state: "closed, and its device not handed back".into(),
                allowed: "redaction once its device is back",
            });
        }
        let (cases, by) = (cases.to_vec(), self.actor.person.clone());
        self.treat(self.now, Treatment::Redacted { number, cases, by }, reason(Some(words)))
    }
}
