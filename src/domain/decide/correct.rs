//! Corrections: a recorded value was wrong. The old entry stays; a new one holds all as corrected, and why.

use std::sync::Arc;

use super::hand_back::RETURN_FIELDS;
use super::intake::wrong_fields;
use super::{Decided, Draft, explained, parts};
use crate::domain::clocks::{Clock, clocks};
use crate::domain::columns::Column;
use crate::domain::command::Supervised;
use crate::domain::event::{Change, ReleaseCause, Sealed};
use crate::domain::ids::{CaseId, QueueNumber, Word};
use crate::domain::policy::Policy;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::submission::{Facts, Request, digest_of, same_person};
use crate::domain::time::Timestamp;
use crate::domain::unit::{StageState, Submission, Unit, Whereabouts};

impl Draft<'_> {
    pub(super) fn correct(
        &mut self,
        number: QueueNumber,
        field: &str,
        (value, words): (&str, &str),
        supervised: Supervised,
    ) -> Decided {
        if let Some(field) = RETURN_FIELDS.into_iter().find(|known| *known == field.trim()) {
            return self.correct_return(number, field, (value, words), supervised);
        }
        explained("reason", words)?;
        let column = Column::named(field.trim())
            .ok_or_else(|| Refusal::invalid("field", format!("{field:?} is no column of the queue file")))?;
        let submission = self.submission(number)?;
        let old = submission.request().ok_or(Refusal::Redacted(number))?;
        let mut new = old.clone();
        column.set(&mut new, value).map_err(|message| Refusal::invalid(column.name, message))?;
        if new == old {
            return Ok(());
        }
        let oic = &old.particulars.oic;
        // The same name written otherwise is still theirs to set right. An import on the unit's own host has no token.
        if !same_person(&new.particulars.oic, oic) && self.actor.token.is_some() && same_person(&self.actor.person, oic) {
            return Err(Refusal::CorrectedByOic(number));
        }
        // Only what the correction makes wrong: a word that a later policy no longer knows stays as it was.
        let known = wrong_fields(&self.unit, &old, self.now);
        let mut wrong = wrong_fields(&self.unit, &new, self.now);
        wrong.retain(|error| !known.contains(error));
        wrong.extend(contradictions(&self.unit, &submission, &new.facts));
        let of_itself = ["parent", "exhibit_ref", "crime_ref", "force"].contains(&column.name);
        wrong.extend(parts::wrong_parent(&self.unit, &new).filter(|_| of_itself));
        wrong.extend(parts::left_behind(&self.unit, &submission, column.name, (&old, &new)));
        if !wrong.is_empty() {
            return Err(Refusal::Invalid(wrong));
        }
        match self.unit.references.get(&digest_of(&new.key())) {
            Some(other) if *other != number => return Err(Refusal::Duplicate(*other)),
            _ => {}
        }
        let rules = rules_for(&self.unit, &submission, &new.facts);
        let case = if new.case_key() == old.case_key() { submission.case } else { self.case_of(&new) };
        let seen = if new.facts == old.facts { Seen::ByPeople } else { Seen::ByRules };
        let value = |request: &Request| Some((column.get)(request)).filter(|value| !value.is_empty());
        let (before, after) = (value(&old), value(&new));
        let sealed = Sealed {
            particulars: Some(new.particulars),
            reason: Some(words.trim().to_owned()),
            before,
            after,
            ..Sealed::default()
        };
        self.replace(&submission, (column.name, &rules), (case, new.facts, seen), sealed, supervised)
    }

    /// Records a correction, and what becomes of the promises. One that shows that a promise was not missed is a
    /// supervisor's: with it a miss leaves the figures.
    pub(super) fn settle_correction(
        &mut self,
        number: QueueNumber,
        change: Change,
        sealed: Sealed,
        supervised: Supervised,
    ) -> Decided {
        let (before, first) = (self.unit.clone(), self.events.len());
        self.settle(self.now, change, sealed)?;
        let unsaid = self.events.iter().skip(first).find_map(|event| match &event.change {
            Change::BreachVoided { breach } | Change::BreachDisproved { breach, .. } => before.breaches.get(breach),
            _ => None,
        });
        supervised.or_refuse(number, unsaid.map(|breach| &breach.promise))
    }

    /// Takes the route and promises of the policy in force, where nothing was begun.
    pub(super) fn reroute(&mut self, number: QueueNumber, words: &str) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        if begun(&self.unit, &submission) {
            return Err(Refusal::IllegalTransition {
                what: number.to_string(),
                state: "begun on its present route".into(),
                allowed: "to finish it, or a further request",
            });
        }
        if submission.policy == self.unit.policy.version {
            return Ok(());
        }
        let same = (submission.case, submission.facts.clone(), Seen::ByRules);
        let particulars = submission.particulars.clone();
        let sealed = Sealed { particulars, reason: Some(words.trim().to_owned()), ..Sealed::default() };
        let rules = Arc::clone(&self.unit.policy);
        self.replace(&submission, ("route", &rules), same, sealed, Supervised::Yes)
    }

    fn replace(
        &mut self,
        submission: &Arc<Submission>,
        (field, rules): (&str, &Policy),
        (case, facts, seen): (CaseId, Facts, Seen),
        sealed: Sealed,
        supervised: Supervised,
    ) -> Decided {
        let number = submission.number;
        let mut route = submission.route.clone();
        let (mut policy, mut stages, mut clocks) =
            (submission.policy.clone(), submission.stages.len(), submission.promised().to_vec());
        // What is on record now was so from the beginning.
        let flags = submission.flags.on_record(&facts, self.now);
        if seen == Seen::ByRules {
            self.release(&self.assignments_of(submission), ReleaseCause::NotReady)?;
            if !begun(&self.unit, submission) {
                let way = rules.route_for(&facts);
                route = way.map(|route| route.name.clone());
                (policy, stages) = (rules.version.clone(), way.map_or(0, |route| route.stages.len()));
            }
            clocks = corrected_clocks(&self.unit, submission, &facts, rules, self.now);
            let uncorrected = corrected_clocks(&self.unit, submission, &submission.facts, rules, self.now);
            supervised.or_refuse(number, taken_back(&uncorrected, &clocks))?;
        }
        let change = Change::Corrected { number, case, field: field.into(), facts, route, policy, stages, clocks, flags };
        self.settle_correction(number, change, sealed, supervised)
    }
}

impl Supervised {
    /// Refuses where a promise would be taken back and they may not.
    fn or_refuse(self, number: QueueNumber, promise: Option<&Word>) -> Decided {
        match (self, promise) {
            (Self::No, Some(promise)) => Err(Refusal::NeedsSupervisor { number, promise: promise.clone() }),
            _ => Ok(()),
        }
    }
}

/// A promise that is no longer made, where none as high takes its place.
fn taken_back<'a>(before: &'a [Clock], after: &[Clock]) -> Option<&'a Word> {
    let made = |clocks: &[Clock], promise: &Word| clocks.iter().any(|clock| clock.promise == *promise);
    let replaced = |tier: u8| after.iter().any(|clock| clock.tier <= tier && !made(before, &clock.promise));
    before.iter().find(|clock| !made(after, &clock.promise) && !replaced(clock.tier)).map(|clock| &clock.promise)
}

/// Who reads what a correction changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// References, names, free text.
    ByPeople,
    /// Anything that route, clocks or gates rest on.
    ByRules,
}

/// Whether anything was begun: a stage started or done, or the device given back. What is only offered or accepted is not.
pub(super) fn begun(unit: &Unit, submission: &Submission) -> bool {
    submission.returned.is_some()
        || submission.stages.iter().any(StageState::is_over)
        || unit.assignments_of(submission).any(|assignment| assignment.begun_at().is_some())
}

/// By which policy a correction is judged: the one that the submission came in under, as long as nobody re-routes it, so
/// that a newer one changes no promise by the way. Where that has no route for it, the newest may.
pub(super) fn rules_for(unit: &Unit, submission: &Submission, facts: &Facts) -> Arc<Policy> {
    let own = unit.policy_of(submission).filter(|own| begun(unit, submission) || own.route_for(facts).is_some());
    Arc::clone(own.unwrap_or(&unit.policy))
}

/// Clocks under corrected facts. One that the correction does not concern keeps its due moment, whatever calendars say
/// by now: it was frozen when what it counts from was first known.
fn corrected_clocks(unit: &Unit, submission: &Submission, facts: &Facts, policy: &Policy, now: Timestamp) -> Vec<Clock> {
    let flags = submission.flags.on_record(facts, now);
    let mut corrected = clocks(facts, &flags, policy, &unit.establishment);
    if policy.version == submission.policy {
        let before = clocks(&submission.facts, &submission.flags, policy, &unit.establishment);
        for clock in corrected.iter_mut().filter(|clock| before.contains(clock)) {
            if let Some(frozen) = submission.promised().iter().find(|frozen| frozen.promise == clock.promise) {
                clock.clone_from(frozen);
            }
        }
        // What rested on a flag that was lowered is made no more, and stands all the same.
        let lowered =
            |clock: &&Clock| ![&before, &corrected].iter().any(|all| all.iter().any(|one| one.promise == clock.promise));
        let lowered: Vec<Clock> = submission.promised().iter().filter(lowered).cloned().collect();
        corrected.extend(lowered);
    }
    corrected
}

/// What corrected instants contradict of what happened to the device since.
fn contradictions(unit: &Unit, submission: &Submission, new: &Facts) -> Vec<FieldError> {
    let old = &submission.facts;
    let mut wrong = Vec::new();
    let moved = match &submission.device {
        Whereabouts::NotDelivered => None,
        Whereabouts::At { since, .. } => Some(*since).filter(|since| Some(*since) != old.delivered_at),
        Whereabouts::SignedOut { since } | Whereabouts::Outside { since, .. } | Whereabouts::Returned { since, .. } => {
            Some(*since)
        }
    };
    let used = first_use(unit, submission);
    let later = moved.into_iter().chain(used).min();
    let held = unit.device_held_by(submission).is_some();
    if new.site != old.site && held {
        wrong.push(FieldError::new("site", "the device is being worked on: finish, fail or release that first"));
    }
    if new.delivered_at != old.delivered_at {
        if held {
            wrong.push(FieldError::new("delivered_at", "the device is being worked on: finish, fail or release that first"));
        } else if let Some(later) = later.filter(|later| new.delivered_at.is_none_or(|at| at > *later)) {
            wrong.push(FieldError::new(
                "delivered_at",
                format!("the device was moved or worked on at {later}: it was there before"),
            ));
        }
    }
    if let Some(later) = later.filter(|later| new.taken_at > *later) {
        wrong.push(FieldError::new("taken_at", format!("the device was moved or worked on at {later}: it was taken before")));
    }
    wrong
}

/// When work that holds the device first began.
fn first_use(unit: &Unit, submission: &Submission) -> Option<Timestamp> {
    let route = unit.route_of(submission)?;
    let stages = submission.stages.iter().enumerate().zip(&route.stages).filter(|(_, stage)| stage.holds_device);
    let begun = stages.filter_map(|((index, state), _)| match state {
        StageState::Done(done) => Some(done.start),
        _ => unit.assignment_of(submission, index)?.begun_at(),
    });
    begun.min()
}
