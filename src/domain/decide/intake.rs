//! A submission enters the queue.

use super::{Decided, Draft, parts};
use crate::domain::clocks::clocks;
use crate::domain::columns::compare;
use crate::domain::event::{Change, Sealed};
use crate::domain::flags::Flags;
use crate::domain::ids::{CaseId, QueueNumber, Word};
use crate::domain::pin;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::submission::{EARLIEST, MOST_STORAGE_GB, Request, digest_of, same_person};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;

impl Draft<'_> {
    pub(super) fn register(&mut self, request: &Request) -> Decided {
        if self.unit.policies.is_empty() || self.unit.establishment.sites.is_empty() {
            return Err(Refusal::NotFounded);
        }
        if let Some(number) = self.unit.references.get(&digest_of(&request.key())) {
            return self.registered_before(*number, request);
        }
        let mut wrong = wrong_fields(&self.unit, request, self.now);
        wrong.extend(parts::wrong_parent(&self.unit, request));
        if !wrong.is_empty() {
            return Err(Refusal::Invalid(wrong));
        }
        let policy = &self.unit.policy;
        let (route, flags) = (policy.route_for(&request.facts), Flags::default().on_record(&request.facts, self.now));
        let change = Change::Registered {
            number: QueueNumber(self.unit.next.submission),
            case: self.case_of(request),
            facts: request.facts.clone(),
            policy: policy.version.clone(),
            route: route.map(|route| route.name.clone()),
            stages: route.map_or(0, |route| route.stages.len()),
            clocks: clocks(&request.facts, &flags, policy, &self.unit.establishment),
            flags,
        };
        let sealed = Sealed { particulars: Some(request.particulars.clone()), ..Sealed::default() };
        self.record(self.now, change, sealed)
    }

    /// The case that a reference names, or the next number where it is new.
    pub(super) fn case_of(&self, request: &Request) -> CaseId {
        let known = self.unit.cases.get(&digest_of(&request.case_key()));
        known.copied().unwrap_or(CaseId(self.unit.next.case))
    }

    /// Asking again for the same is no change; asking otherwise needs a correction.
    fn registered_before(&self, number: QueueNumber, request: &Request) -> Decided {
        let existing = self.submission(number)?.request().ok_or(Refusal::Redacted(number))?;
        let differences = compare(&existing, request);
        if differences.is_empty() { Ok(()) } else { Err(Refusal::Differs { number, differences }) }
    }
}

/// What is wrong with a request, whatever the queue holds. An instant after now in a gate is not: it leaves the gate
/// shut until then.
pub fn wrong_fields(unit: &Unit, request: &Request, now: Timestamp) -> Vec<FieldError> {
    let mut wrong = wrong_words(unit, request);
    let mut check = |field, fine: bool, message: &str| {
        if !fine {
            wrong.push(FieldError::new(field, message));
        }
    };
    let (facts, p) = (&request.facts, &request.particulars);
    for (field, value) in [("force", &facts.force), ("crime_ref", &p.crime_ref), ("exhibit_ref", &p.exhibit_ref)] {
        check(field, !value.trim().is_empty(), "must not be empty");
        check(field, !value.contains('|'), "must not contain |, which joins the parts of a reference");
    }
    check("parent", p.parent.as_ref() != Some(&p.exhibit_ref), "is the exhibit itself: name the one that it is a part of");
    check("oic", !p.oic.trim().is_empty(), "must not be empty: name the officer in the case");
    check("request", p.request >= 1, "must be 1 or more");
    check("level", facts.level >= 1, "must be 1 (kiosk) or more (laboratory)");
    let sensible = facts.storage_gb.is_none_or(|gb| gb <= MOST_STORAGE_GB);
    check("storage_gb", sensible, "must be 1000000 or less");
    check("trip", facts.trip.is_none_or(|trip| trip >= Seconds::ZERO), "must not be negative");
    check("taken_at", facts.taken_at <= now, "lies after now: give when the police took the device");
    check("taken_at", facts.taken_at >= EARLIEST, "lies before 1990: give when the police took the device");
    let delivered = facts.delivered_at.is_none_or(|at| at >= facts.taken_at);
    check("delivered_at", delivered, "lies before taken_at: correct one of the two");
    let authorised = p.authorised_by.as_ref().is_none_or(|by| !same_person(by, &p.oic));
    check("authorised_by", authorised, "is the OIC: someone else authorises necessity and scope");
    let scope = p.scope_from.zip(p.scope_to).is_none_or(|(from, to)| from <= to);
    check("scope_to", scope, "lies before scope_from");
    for (field, own_words) in p.free_text() {
        check(field, !pin::given_away(own_words), pin::REFUSED);
    }
    for (field, own_words) in
        p.legal_basis.iter().map(|text| ("legal_basis", text)).chain(p.scope.iter().map(|text| ("scope", text)))
    {
        check(field, !pin::given_away_bare(own_words), pin::REFUSED);
    }
    let basis = facts.legal_basis == p.legal_basis.is_some();
    check("legal_basis", basis, "must say by what right, or be left out");
    let back = facts.return_authorised == p.return_authorised_by.is_some();
    check("return_authorised_by", back, "must name who authorised the return, or be left out");
    wrong
}

/// Words that the policy does not know, and sites that the unit does not have.
fn wrong_words(unit: &Unit, request: &Request) -> Vec<FieldError> {
    let (facts, policy) = (&request.facts, &unit.policy);
    let mut wrong = Vec::new();
    let mut word = |field, word: &Word, known: &[Word]| {
        if !known.contains(word) {
            let known = known.iter().map(Word::as_str).collect::<Vec<_>>().join(", ");
            wrong.push(FieldError::new(field, format!("{:?} is none of the policy's words: {known}", word.as_str())));
        }
    };
    word("offence", &facts.offence, &policy.offences);
    word("device", &facts.device, &policy.devices);
    facts.risk.iter().for_each(|risk| word("risk", risk, &policy.risks));
    for (field, site) in [("site", Some(&facts.site)), ("return_site", facts.return_site.as_ref())] {
        if let Some(site) = site.filter(|site| unit.establishment.site(site).is_none()) {
            wrong.push(unknown_site(unit, field, site.as_str()));
        }
    }
    wrong
}

/// A site that the unit does not have.
pub(super) fn unknown_site(unit: &Unit, field: &'static str, site: &str) -> FieldError {
    let known = unit.establishment.sites.iter().map(|site| site.id.as_str()).collect::<Vec<_>>().join(", ");
    FieldError::new(field, format!("{site:?} is none of the unit's sites: {known}"))
}
