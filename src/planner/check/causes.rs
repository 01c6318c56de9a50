//! Reasons: nothing waits without a cause, every cause that can be judged is there, and none is given that does not hold.

use super::calendar::first_fit;
use super::device::trip;
use super::job::{Job, Task};
use super::milestones::{self, Effective};
use super::view::View;
use super::violation::{Subject, Violation};
use crate::domain::ids::{QueueNumber, ResourceId};
use crate::domain::policy::Gate;
use crate::domain::time::Timestamp;
use crate::domain::unit::Whereabouts;
use crate::planner::{Reason, Step, Waiting};

/// A resource that is closed for good in five years' time may never open again.
const FOR_GOOD: i64 = 5 * 366 * 86_400;

/// Checks the reasons of every stage that waits or starts later than now.
pub(super) fn check(view: &View<'_>, effective: &Effective, found: &mut Vec<Violation>) {
    for job in &view.jobs {
        for task in &job.tasks {
            let because = Because { view, job, task };
            if task.step.is_some() {
                because.of_step(found);
            } else if let Some(waiting) = task.waiting {
                because.of_waiting(waiting, found);
                gated(view, job, waiting, effective, found);
            }
        }
        for waiting in &job.waiting {
            let at = || Subject { submission: job.submission.number, stage: None, name: None };
            if !waiting.reasons.contains(&Reason::NoRoute) {
                found.push(Violation::ReasonMissing { at: at(), expected: Reason::NoRoute });
            }
            for reason in waiting.reasons.iter().filter(|reason| **reason != Reason::NoRoute) {
                found.push(Violation::ReasonFalse { at: at(), found: reason.clone() });
            }
            gated(view, job, waiting, effective, found);
        }
    }
}

/// `clear_by` and `if_cleared_now`: behind a shut gate, and only there.
fn gated(view: &View<'_>, job: &Job<'_>, waiting: &Waiting, effective: &Effective, found: &mut Vec<Violation>) {
    let shut = !job.shut.is_empty();
    let at = || match waiting.stage {
        Some(stage) => job.subject(stage),
        None => Subject { submission: job.submission.number, stage: None, name: None },
    };
    if let Some(clear_by) = waiting.clear_by.filter(|clear_by| !shut || *clear_by < view.plan.now) {
        found.push(Violation::ClearBy { at: at(), shut, found: clear_by });
    }
    if waiting.if_cleared_now.is_some() != shut {
        found.push(Violation::IfCleared { at: at(), shut });
    }
    for line in waiting.if_cleared_now.iter().flatten() {
        match milestones::running(view, job, line.promise.as_str()) {
            Some(clock) => milestones::line(view, job, effective, clock, line, found),
            None => found.push(Violation::IfCleared { at: at(), shut }),
        }
    }
}

/// The reasons of one stage.
struct Because<'a, 'v> {
    view: &'v View<'a>,
    job: &'v Job<'a>,
    task: &'v Task<'a>,
}

impl<'a> Because<'a, '_> {
    fn at(&self) -> Subject {
        self.job.subject(self.task.index)
    }

    fn missing(&self, expected: Reason) -> Violation {
        Violation::ReasonMissing { at: self.at(), expected }
    }

    fn of_step(&self, found: &mut Vec<Violation>) {
        let Some(step) = self.task.step else { return };
        match (step.start > self.view.plan.now, step.because.is_empty()) {
            (true, true) => found.push(Violation::NoReason { at: self.at() }),
            (false, false) => found.push(Violation::ReasonForNothing { at: self.at() }),
            (true, false) => {
                self.previous(&step.because, found);
                self.truth(&step.because, found);
            }
            (false, true) => {}
        }
    }

    fn of_waiting(&self, waiting: &Waiting, found: &mut Vec<Violation>) {
        if waiting.reasons.is_empty() {
            found.push(Violation::NoReason { at: self.at() });
        }
        for gate in &self.job.shut {
            let names = |reason: &Reason| {
                reason.gate() == Some(*gate) || (*gate == Gate::Delivery && matches!(reason, Reason::InTransit { .. }))
            };
            if !waiting.reasons.iter().any(names) {
                found.push(self.missing(self.shut(*gate)));
            }
        }
        let earlier = waiting.reasons.iter().any(|reason| matches!(reason, Reason::EarlierExhibitFirst { .. }));
        if let (Some(first), false) = (self.job.before.first(), earlier) {
            found.push(self.missing(Reason::EarlierExhibitFirst { first: *first }));
        }
        if let Some(review_at) = self.withheld().filter(|_| self.task.stage.returns_device) {
            let expected = Reason::Withheld { review_at };
            if !waiting.reasons.contains(&expected) {
                found.push(self.missing(expected));
            }
        }
        self.previous(&waiting.reasons, found);
        self.truth(&waiting.reasons, found);
        self.cause(found);
    }

    /// The reason that a gate is shut.
    fn shut(&self, gate: Gate) -> Reason {
        let facts = self.job.facts();
        let met = |at: Option<Timestamp>| at.is_some_and(|at| at <= self.view.plan.now);
        match gate {
            Gate::Parked => {
                let review = self.job.submission.parked.as_ref().map(|parked| parked.review_at);
                Reason::Parked { review_at: review.unwrap_or(self.view.plan.now) }
            }
            Gate::Outside => match self.job.submission.device {
                Whereabouts::Outside { due, .. } => Reason::Outside { due },
                _ => Reason::NotDelivered,
            },
            Gate::Agreement => Reason::NoAgreement { agreed: met(facts.agreement_at), notice: met(facts.notice_at) },
            Gate::Confidential => Reason::Confidential,
            Gate::LegalBasis => Reason::NoLegalBasis,
            Gate::Authorisation => Reason::NotAuthorised,
            Gate::Delivery => Reason::NotDelivered,
            Gate::Pin => Reason::NoPin { lock_state: facts.lock_state },
        }
    }

    /// A stage waits for every earlier one that has no place; it starts later for the one that ends last.
    fn previous(&self, reasons: &[Reason], found: &mut Vec<Violation>) {
        let last = self.unfinished().filter_map(Task::end).max().filter(|end| *end > self.view.now);
        for before in self.unfinished() {
            let counts = match (self.task.step, before.end()) {
                (None, end) => end.is_none(),
                (Some(_), end) => end.is_some() && end == last,
            };
            let until = before.end().map(Timestamp::from_unix);
            let expected = Reason::PreviousStage { stage: before.stage.name.clone(), until };
            if counts && !reasons.contains(&expected) {
                found.push(self.missing(expected));
            }
        }
    }

    fn unfinished(&self) -> impl Iterator<Item = &Task<'a>> {
        let tasks = self.task.stage.after.iter().filter_map(|before| self.job.tasks.get(*before));
        tasks.filter(|task| !task.is_done())
    }

    /// Whether another stage has the device that this one needs, until it starts.
    fn has_device(&self, other: &Task<'_>) -> bool {
        let needs = self.task.stage.holds_device || self.task.stage.returns_device;
        let before = |step: &Step| other.end().is_some_and(|end| end <= step.start.unix());
        needs && other.stage.holds_device && !other.is_done() && self.task.step.is_some_and(before)
    }

    fn truth(&self, reasons: &[Reason], found: &mut Vec<Violation>) {
        for reason in reasons.iter().filter(|reason| !self.holds(reason)) {
            found.push(Violation::ReasonFalse { at: self.at(), found: reason.clone() });
        }
    }

    fn holds(&self, reason: &Reason) -> bool {
        let (view, facts, now) = (self.view, self.job.facts(), self.view.plan.now);
        match reason {
            Reason::Parked { .. }
            | Reason::Outside { .. }
            | Reason::NotDelivered
            | Reason::NoAgreement { .. }
            | Reason::Confidential
            | Reason::NotAuthorised
            | Reason::NoLegalBasis
            | Reason::NoPin { .. } => {
                reason.gate().is_some_and(|gate| self.job.shut.contains(&gate) && self.shut(gate) == *reason)
            }
            Reason::InTransit { until } => match self.task.step {
                Some(step) => now < *until && *until <= step.start,
                None => now < *until && facts.delivered_at == Some(*until),
            },
            Reason::EarlierExhibitFirst { first } => self.job.before.contains(first),
            Reason::NoRoute => self.job.route.is_none(),
            Reason::NobodyCan { by, stage, level, device } => {
                let asked =
                    (by, stage, *level, device) == (&self.task.stage.by, &self.task.stage.name, facts.level, &facts.device);
                asked && self.persons().is_empty() && self.held().next().is_none()
            }
            Reason::CompetenceLapsed { resource } => self.able(resource).is_some_and(|r| r.competent_until.is_some()),
            Reason::NotValidated { resource } => self.able(resource).is_some_and(|r| r.validated_until.is_some()),
            Reason::ResourceDown { resource, until } => self.down(resource, *until),
            Reason::QualityHold { resource } => self.persons().is_empty() && self.held().any(|held| held == resource),
            Reason::Closed { until: None } => {
                let opens = |worker: &usize| view.workers[*worker].opening.next_open(view.now).is_some();
                let persons = self.persons();
                !persons.is_empty() && !persons.iter().any(opens)
            }
            Reason::Closed { until: Some(until) } => now < *until && self.opens(*until),
            Reason::Held { site, until } => {
                let begins = self.task.step.is_some_and(|step| *until <= step.start);
                view.plan.guard.is_some() && self.task.tier >= 2 && view.site(site).is_some() && now < *until && begins
            }
            Reason::Reserved { resource, first, until } => self.task.step.zip(self.task.worker).is_some_and(|(step, worker)| {
                let named = |kept: &super::view::Kept<'_>| {
                    kept.slot.resource == *resource
                        && kept.span.1 == until.unix()
                        && view.jobs[kept.job].submission.number == *first
                };
                view.workers[worker].resource.id == *resource && *until <= step.start && view.kept.iter().any(named)
            }),
            Reason::Behind { others, first, .. } => *others > 0 && self.is_behind(*first),
            Reason::PreviousStage { stage, until } => {
                let end = |task: &Task<'_>| task.end().map(Timestamp::from_unix);
                let named = |task: &&Task<'_>| task.stage.name == *stage && end(task) == *until;
                self.unfinished().any(|task| named(&task))
                    || self.job.tasks.iter().filter(named).any(|task| self.has_device(task))
            }
            Reason::Withheld { review_at } => self.task.stage.returns_device && self.withheld() == Some(*review_at),
            Reason::NoReturnWindow => self.task.stage.returns_device && !self.can_return(),
        }
    }

    /// The workers that can do the stage and are who it must be.
    fn persons(&self) -> Vec<usize> {
        let able = self.view.able(self.task.stage, self.job.facts());
        able.iter().copied().filter(|worker| self.view.may(self.job, self.task, *worker)).collect()
    }

    /// Those that could do the stage, and are who it must be, but for a quality hold.
    fn held(&self) -> impl Iterator<Item = &'a ResourceId> {
        let (view, stage) = (self.view, self.task.stage);
        let held = (0..view.workers.len()).filter(|worker| view.is_held(*worker));
        let able = held.filter(|worker| view.means(*worker, stage, self.job.facts()).is_ok());
        able.filter(|worker| view.may(self.job, self.task, *worker)).map(|worker| &view.workers[worker].resource.id)
    }

    fn able(&self, id: &ResourceId) -> Option<&'a crate::domain::establishment::Resource> {
        let able = self.view.able(self.task.stage, self.job.facts());
        able.iter().map(|worker| self.view.workers[*worker].resource).find(|resource| resource.id == *id)
    }

    /// Whether a resource that can do it is out of use now, until then.
    fn down(&self, id: &ResourceId, until: Timestamp) -> bool {
        let able = self.view.able(self.task.stage, self.job.facts());
        let mut workers = able.iter().map(|worker| &self.view.workers[*worker]);
        let closure = |opening: &super::calendar::Opening| opening.closure_at(self.view.now);
        workers.any(|worker| worker.resource.id == *id && closure(&worker.opening).is_some_and(|c| c.1 == until.unix()))
    }

    /// Whether somebody who can do it opens then: from now on, or once what else keeps it is over.
    fn opens(&self, until: Timestamp) -> bool {
        let until = until.unix();
        if self.task.stage.returns_device {
            let home = self.view.site(self.job.facts().home());
            return home.is_some_and(|home| self.view.sites[home].returns.iter().any(|window| window.0 == until));
        }
        let opens = |worker: &usize| self.view.workers[*worker].opening.opens_at(until);
        self.task.worker.is_some_and(|worker| opens(&worker))
            || self.view.able(self.task.stage, self.job.facts()).iter().any(opens)
    }

    /// Whether the other has a step before this one on a resource that can do this one.
    fn is_behind(&self, first: QueueNumber) -> bool {
        let Ok(other) = self.view.job(first) else { return false };
        let able = self.view.able(self.task.stage, self.job.facts());
        let mut steps = self.view.jobs[other].tasks.iter().filter_map(|task| task.step.zip(task.worker));
        steps.any(|(step, worker)| {
            able.contains(&worker) && self.task.step.is_none_or(|mine| step.start < mine.start && step.end > self.view.plan.now)
        })
    }

    /// When somebody looks again at a return that is withheld.
    fn withheld(&self) -> Option<Timestamp> {
        self.job.submission.withheld.as_ref().map(|withheld| withheld.review_at)
    }

    fn can_return(&self) -> bool {
        let Some(home) = self.view.site(self.job.facts().home()) else { return false };
        first_fit(&self.view.sites[home].returns, self.view.now, trip(self.view, self.job, home)).is_some()
    }

    /// A stage whose gates are met and whose predecessors have a place can wait only because nobody can do it: for want
    /// of ability, of the person it must be, of any opening, or because dates lapse (whether they lapse too soon is
    /// for [`super::omissions`] to say).
    fn cause(&self, found: &mut Vec<Violation>) {
        let job = self.job;
        if !job.shut.is_empty() || !job.before.is_empty() || self.unfinished().any(|task| task.end().is_none()) {
            return;
        }
        if self.task.stage.returns_device {
            let held = job.tasks.iter().any(|task| task.stage.holds_device && task.end().is_none());
            if !held && self.withheld().is_none() && self.can_return() {
                found.push(Violation::WithoutCause { at: self.at(), able: None });
            }
            return;
        }
        // A hand-back that has a place may be why a stage that holds the device has none.
        if self.task.stage.holds_device && job.tasks.iter().any(|task| task.stage.returns_device && task.end().is_some()) {
            return;
        }
        let lasting = |worker: &usize| {
            let worker = &self.view.workers[*worker];
            let closed = worker.opening.closures.last().is_some_and(|last| last.1 > self.view.now + FOR_GOOD);
            let resource = worker.resource;
            let lapses = resource.validated_until.is_some() || resource.competent_until.is_some();
            !closed && !lapses && !worker.opening.windows.is_empty()
        };
        if let Some(worker) = self.persons().iter().find(|worker| lasting(worker)) {
            let able = Some(self.view.workers[*worker].resource.id.clone());
            found.push(Violation::WithoutCause { at: self.at(), able });
        }
    }
}
