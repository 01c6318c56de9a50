//! Gates: agreement, legal basis, authorisation, PIN status, and the authorisation of the return.
//!
//! Telling the same again changes nothing; another value needs a correction, so that no record is overwritten
//! silently. An instant that has not come yet is an expectation and may be replaced by what happened.

use super::{Decided, Draft, explained, named, no_pin, party, reason};
use crate::domain::agreement::Terms;
use crate::domain::event::{Change, ReleaseCause, Treatment};
use crate::domain::ids::QueueNumber;
use crate::domain::refusal::Refusal;
use crate::domain::submission::{LockState, Particulars, same_person};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Confidential, Submission};

impl Draft<'_> {
    /// Agreement of the device user needs the written notice beside it (PCSC Act 2022 s.39(3)).
    pub(super) fn agree(
        &mut self,
        number: QueueNumber,
        (agreement_at, notice_at): (Timestamp, Timestamp),
        terms: Option<&(Terms, Option<String>)>,
    ) -> Decided {
        let (terms, views) = terms.map_or((None, None), |(terms, views)| (Some(terms), views.as_deref()));
        if let Some(wrong) = terms.map(|terms| terms.wrong(views)).filter(|wrong| !wrong.is_empty()) {
            return Err(Refusal::Invalid(wrong));
        }
        views.map_or(Ok(()), |views| no_pin("views", views))?;
        let submission = self.submission(number)?;
        let facts = &submission.facts;
        let fields = [("agreement_at", facts.agreement_at, agreement_at), ("notice_at", facts.notice_at, notice_at)];
        // On what it rests can be told later; told again, it says nothing new.
        let is_told = terms.is_none() || submission.terms.as_ref() == terms;
        if is_told && fields.iter().all(|(_, recorded, given)| *recorded == Some(*given)) {
            return Ok(());
        }
        for (field, recorded, given) in fields {
            self.not_recorded(number, field, recorded, given)?;
            self.happened(field, given, facts.taken_at, "the device was taken")?;
        }
        let change = Change::AgreementRecorded { number, agreement_at, notice_at, terms: terms.cloned() };
        self.record(agreement_at.max(notice_at), change, reason(views))
    }

    pub(super) fn legal_basis(&mut self, number: QueueNumber, basis: &str) -> Decided {
        explained("legal_basis", basis)?;
        let submission = self.submission(number)?;
        match &particulars(&submission)?.legal_basis {
            Some(recorded) if recorded.trim() == basis.trim() => Ok(()),
            Some(recorded) => Err(Refusal::AlreadyRecorded { number, field: "legal_basis", recorded: format!("{recorded:?}") }),
            None => self.record(self.now, Change::LegalBasisRecorded { number }, reason(Some(basis))),
        }
    }

    /// Necessity and scope are authorised by someone who is not the officer in the case.
    pub(super) fn authorise(&mut self, number: QueueNumber, by: &str, at: Timestamp) -> Decided {
        named("authorised_by", by)?;
        let submission = self.submission(number)?;
        let particulars = particulars(&submission)?;
        // On the unit's own host an import has no token and speaks for whoever filled in the file.
        let told_by_oic = self.actor.token.is_some() && same_person(&self.actor.person, &particulars.oic);
        if same_person(by, &particulars.oic) || told_by_oic {
            return Err(Refusal::AuthorisedByOic(number));
        }
        let facts = &submission.facts;
        let same_name = particulars.authorised_by.as_ref().map(|recorded| same_person(recorded, by));
        if facts.authorised_at == Some(at) && same_name == Some(true) {
            return Ok(());
        }
        self.not_recorded(number, "authorised_at", facts.authorised_at, at)?;
        let expected = facts.authorised_at.is_some_and(|recorded| recorded > self.now);
        if let Some(recorded) = particulars.authorised_by.as_ref().filter(|_| same_name == Some(false) && !expected) {
            return Err(Refusal::AlreadyRecorded { number, field: "authorised_by", recorded: recorded.clone() });
        }
        self.happened("authorised_at", at, facts.taken_at, "the device was taken")?;
        let mut after = facts.clone();
        after.authorised_at = Some(at);
        let clocks = self.clocks_that_start(&submission, &after);
        self.record(at, Change::Authorised { number, at, clocks }, party(Some(by)))
    }

    /// The device may hold confidential material: nothing begins until somebody decides how that is dealt with (domain.md, "Gates").
    pub(super) fn note_confidential(&mut self, number: QueueNumber, kinds: &[Confidential], words: &str) -> Decided {
        explained("reason", words)?;
        if kinds.is_empty() {
            return Err(Refusal::invalid("kinds", "must not be empty: say what sort of material it is"));
        }
        let submission = self.submission(number)?;
        let mut kinds = kinds.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        if submission.confidential.as_ref().is_some_and(|noted| noted.cleared.is_none() && noted.kinds == kinds) {
            return Ok(());
        }
        let mut assignments = self.assignments_of(&submission);
        assignments.retain(|assignment| !assignment.is_paused());
        self.release(&assignments, ReleaseCause::NotReady)?;
        self.treat(self.now, Treatment::ConfidentialNoted { number, kinds }, reason(Some(words)))
    }

    /// How that is dealt with is decided by somebody who is not the officer in the case.
    pub(super) fn clear_confidential(&mut self, number: QueueNumber, words: &str) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        if !submission.is_confidential() {
            return Ok(());
        }
        let by = self.actor.person.clone();
        if same_person(&by, &particulars(&submission)?.oic) {
            return Err(Refusal::AuthorisedByOic(number));
        }
        self.treat(self.now, Treatment::ConfidentialCleared { number, by }, reason(Some(words)))
    }

    /// The status of a lock changes as PINs are found and phones reboot: the last one told holds.
    pub(super) fn pin(&mut self, number: QueueNumber, lock_state: LockState) -> Decided {
        let submission = self.submission(number)?;
        if submission.facts.lock_state == lock_state {
            return Ok(());
        }
        self.record(self.now, Change::PinStatusRecorded { number, lock_state }, party(None))?;
        let submission = self.submission(number)?;
        let shut = self.unit.route_of(&submission).is_some_and(|route| submission.shut_gates(route, self.now).next().is_some());
        if shut {
            let assignments = self.assignments_of(&submission);
            self.release(&assignments, ReleaseCause::NotReady)?;
        }
        Ok(())
    }

    pub(super) fn authorise_return(&mut self, number: QueueNumber, by: &str) -> Decided {
        named("return_authorised_by", by)?;
        let submission = self.submission(number)?;
        match &particulars(&submission)?.return_authorised_by {
            Some(recorded) if same_person(recorded, by) => Ok(()),
            Some(recorded) => Err(Refusal::AlreadyRecorded { number, field: "return_authorised_by", recorded: recorded.clone() }),
            None => self.record(self.now, Change::ReturnAuthorised { number }, party(Some(by))),
        }
    }

    /// Refuses to replace an instant on record by another one, unless it has not come yet.
    pub(super) fn not_recorded(
        &self,
        number: QueueNumber,
        field: &'static str,
        recorded: Option<Timestamp>,
        given: Timestamp,
    ) -> Decided {
        match recorded {
            Some(at) if at != given && at <= self.now => {
                Err(Refusal::AlreadyRecorded { number, field, recorded: at.to_string() })
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn particulars(submission: &Submission) -> Result<&Particulars, Refusal> {
    submission.particulars.as_ref().ok_or(Refusal::Redacted(submission.number))
}
