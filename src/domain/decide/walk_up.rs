//! A device is at a resource and is worked on there at once, whatever was planned: what was offered gives way, the guard and
//! every gate do not.

use super::work::{illegal, planned};
use super::worked::expected_end;
use super::{Decided, Draft};
use crate::domain::establishment::Resource;
use crate::domain::event::{Change, ReleaseCause, Sealed};
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, Slot};
use crate::domain::policy::Route;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Assignment, AssignmentState, StageState, Submission};

impl Draft<'_> {
    /// The next stage of a submission begins: on the resource that it was brought to, or with whoever at its site does that stage.
    pub(super) fn walk_up(&mut self, number: QueueNumber, id: &ResourceId, at: Timestamp, overrides: Option<&str>) -> Decided {
        let submission = self.submission(number)?;
        let route = self.unit.route_of(&submission).ok_or(Refusal::UnknownStage { number, stage: 0 })?.clone();
        let stage = next_stage(&submission, &route).ok_or_else(|| nothing_left(&submission))?;
        let given = self.unit.assignment_of(&submission, stage).cloned();
        if let Some(begun) = given.as_ref().filter(|given| given.begun_at().is_some()) {
            let site = |id: &ResourceId| self.unit.establishment.resource(id).map(|resource| &resource.site);
            let is_this = begun.started_at() == Some(at) && site(&begun.slot.resource) == site(id);
            return if is_this { Ok(()) } else { Err(illegal(begun)) };
        }
        self.gates_open(&submission, &route, at)?;
        self.first_of_case(&submission)?;
        if route.stages[stage].holds_device {
            self.device_is_there(&submission, self.resource(id)?, at)?;
        }
        let slot = self.slot_here(&submission, (&route, stage), id, at)?;
        if let Some(given) = given.as_ref().filter(|given| given.slot == slot) {
            return self.start(given.id, at, overrides);
        }
        self.release(given.as_slice(), ReleaseCause::WalkedUp)?;
        let resource = self.slot(&slot)?;
        let step = (&route.stages[stage], None);
        let end = expected_end(&self.unit, &submission, step, resource, at).unwrap_or(at).max(at);
        let offered = |other: &&Assignment| other.state == AssignmentState::Offered && other.start < end && at < other.end;
        let in_the_way: Vec<Assignment> = self.unit.assignments_on(&slot).filter(offered).cloned().collect();
        self.release(&in_the_way, ReleaseCause::WalkedUp)?;
        let assignment = AssignmentId(self.unit.next.assignment);
        let change = Change::Assigned { assignment, number, stage, slot, start: at, end };
        self.record(self.now, change, Sealed::default())?;
        self.start(assignment, at, overrides)
    }

    /// A slot on which the stage can begin: one of the resource, or else of who works at its site; rather one that nobody reckons with.
    fn slot_here(
        &self,
        submission: &Submission,
        (route, stage): (&Route, usize),
        id: &ResourceId,
        at: Timestamp,
    ) -> Result<Slot, Refusal> {
        let (scanned, (_, step)) = (self.resource(id)?, planned(&self.unit, submission, stage)?);
        let others = self.unit.establishment.resources.iter().filter(|other| other.site == scanned.site && other.id != *id);
        let others = others.filter(|other| self.able(other, submission, step).is_ok());
        // Whoever is on shift, before those who may only happen to be there.
        let (on_shift, off): (Vec<_>, Vec<_>) = others.partition(|other| self.is_open(other, at));
        let mut refused = None;
        for resource in std::iter::once(scanned).chain(on_shift).chain(off) {
            let fit = self
                .able(resource, submission, step)
                .and_then(|()| self.not_barred(resource, submission, (route, stage)))
                .and_then(|()| self.right_person(submission, route, stage, &resource.id))
                .and_then(|()| self.open_for(resource, at))
                .and_then(|()| self.free_slot(resource, submission, (route, stage), at));
            match fit {
                Ok(slot) => return Ok(slot),
                // What is said of who could do it is more to the point than that others can't.
                Err(refusal) => {
                    let better =
                        matches!(refused, None | Some(Refusal::Unable { .. })) && !matches!(refusal, Refusal::Unable { .. });
                    if refused.is_none() || better {
                        refused = Some(refusal);
                    }
                }
            }
        }
        Err(refused.unwrap_or_else(|| Refusal::UnknownResource(id.clone())))
    }

    /// What failed there, and by policy is done elsewhere, is not tried there again.
    fn not_barred(&self, resource: &Resource, submission: &Submission, (route, stage): (&Route, usize)) -> Decided {
        if !self.unit.barred(submission, stage).contains(&&resource.id) {
            return Ok(());
        }
        let (number, stage) = (submission.number, route.stages[stage].name.clone());
        let why = "it failed there, and by policy it is tried elsewhere".into();
        Err(Refusal::Unable { resource: resource.id.clone(), number, stage, why })
    }

    fn free_slot(
        &self,
        resource: &Resource,
        submission: &Submission,
        (route, stage): (&Route, usize),
        at: Timestamp,
    ) -> Result<Slot, Refusal> {
        let slots = || (1..=resource.slots).map(|slot| Slot { resource: resource.id.clone(), slot });
        let given = self.unit.assignment_of(submission, stage).map(|own| own.slot.clone());
        let own = given.or_else(|| submission.appointment.as_ref().map(|kept| kept.slot.clone()));
        let end = expected_end(&self.unit, submission, (&route.stages[stage], None), resource, at).unwrap_or(at).max(at);
        let kept = |slot: &Slot| self.not_kept(slot, submission.number, at, end).err();
        // The slot that it was given anyway; else one with the least on it that somebody reckons with.
        let reckoned = |slot: &Slot| {
            let others = self.unit.assignments_on(slot).filter(|other| other.submission != submission.number);
            others.map(|other| if other.state == AssignmentState::Offered { 1 } else { 2 }).max().unwrap_or(0)
        };
        let busy = |slot: &Slot| self.unit.assignments_on(slot).find(|other| other.started_at().is_some()).map(|other| other.id);
        let free = slots().filter(|slot| busy(slot).is_none() && kept(slot).is_none());
        let best = free.min_by_key(|slot| (own.as_ref() != Some(slot), reckoned(slot), slot.slot));
        best.ok_or_else(|| {
            let taken = slots().find_map(|slot| busy(&slot).map(|other| (slot.clone(), other)));
            match taken {
                Some((slot, assignment)) => Refusal::SlotBusy { slot, assignment },
                None => slots().find_map(|slot| kept(&slot)).unwrap_or_else(|| Refusal::UnknownResource(resource.id.clone())),
            }
        })
    }
}

/// The first stage, in the route's order, that somebody carries out, is not done, and waits for none before it.
fn next_stage(submission: &Submission, route: &Route) -> Option<usize> {
    let is_done = |stage: &usize| submission.stages.get(*stage).is_some_and(|state| matches!(state, StageState::Done(_)));
    let is_over = |stage: usize| submission.stages.get(stage).is_none_or(StageState::is_over);
    (0..route.stages.len())
        .find(|stage| !is_over(*stage) && !route.stages[*stage].returns_device && route.stages[*stage].after.iter().all(is_done))
}

fn nothing_left(submission: &Submission) -> Refusal {
    Refusal::IllegalTransition {
        what: submission.number.to_string(),
        state: "examined".into(),
        allowed: "its return, or a further request",
    }
}
