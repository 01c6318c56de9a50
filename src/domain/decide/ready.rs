//! Whether a stage may be done by a slot: the same gates for the planner's steps as for anyone's.

use super::{Decided, Draft};
use crate::domain::establishment::Resource;
use crate::domain::ids::{ResourceId, Slot};
use crate::domain::policy::{Route, Stage};
use crate::domain::refusal::Refusal;
use crate::domain::submission::same_person;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Assignment, StageState, Submission};

impl Draft<'_> {
    /// Every gate of the route is met at `at`.
    pub(super) fn gates_open(&self, submission: &Submission, route: &Route, at: Timestamp) -> Decided {
        let gates: Vec<_> = submission.shut_gates(route, at).collect();
        if gates.is_empty() { Ok(()) } else { Err(Refusal::GateShut { number: submission.number, gates, at }) }
    }

    /// No exhibit of the same case with a smaller rank has an unfinished stage: then its outcome decides about the rest.
    pub(super) fn first_of_case(&self, submission: &Submission) -> Decided {
        let Some(rank) = submission.facts.case_rank else { return Ok(()) };
        let earlier = self.unit.submissions.values().find(|other| {
            other.case == submission.case && other.facts.case_rank.is_some_and(|other| other < rank) && other.is_unfinished()
        });
        match earlier {
            Some(earlier) => Err(Refusal::EarlierExhibit { number: submission.number, earlier: earlier.number }),
            None => Ok(()),
        }
    }

    /// The stages before this one are done. Returns when the last of them ended.
    pub(super) fn stages_before(&self, submission: &Submission, route: &Route, stage: &Stage) -> Result<Timestamp, Refusal> {
        let mut ended = submission.facts.taken_at;
        for before in &stage.after {
            match submission.stages.get(*before) {
                Some(StageState::Done(done)) => ended = ended.max(done.end),
                _ => {
                    let waits_for = route.stages.get(*before).unwrap_or(stage).name.clone();
                    return Err(Refusal::EarlierStage { number: submission.number, stage: stage.name.clone(), waits_for });
                }
            }
        }
        Ok(ended)
    }

    pub(super) fn resource(&self, id: &ResourceId) -> Result<&Resource, Refusal> {
        self.unit.establishment.resource(id).ok_or_else(|| Refusal::UnknownResource(id.clone()))
    }

    /// The resource of a slot, if it has that many.
    pub(super) fn slot(&self, slot: &Slot) -> Result<&Resource, Refusal> {
        let resource = self.resource(&slot.resource)?;
        if (1..=resource.slots).contains(&slot.slot) {
            Ok(resource)
        } else {
            Err(Refusal::UnknownSlot { slot: slot.clone(), slots: resource.slots })
        }
    }

    /// The resource is of a kind that does this stage, and can do it at this level on this device.
    pub(super) fn able(&self, resource: &Resource, submission: &Submission, stage: &Stage) -> Decided {
        let facts = &submission.facts;
        let why = if !stage.by.contains(&resource.kind) {
            let kinds = stage.by.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" or ");
            format!("its kind is {}; it takes {kinds}", resource.kind)
        } else if !resource.stages.contains(&stage.name) {
            "that is not among its stages".into()
        } else if !resource.can(&stage.name, facts.level, &facts.device) {
            format!("not at level {} on a {}", facts.level, facts.device)
        } else {
            return Ok(());
        };
        let (number, stage) = (submission.number, stage.name.clone());
        Err(Refusal::Unable { resource: resource.id.clone(), number, stage, why })
    }

    /// Work ends by the end of the last local day of validation and competence.
    pub(super) fn not_lapsed(&self, resource: &Resource, end: Timestamp) -> Decided {
        match resource.lapses() {
            Some(until) if end > self.unit.establishment.zone.end_of_day(until) => {
                Err(Refusal::Lapsed { resource: resource.id.clone(), until })
            }
            _ => Ok(()),
        }
    }

    /// The resource is not closed, by the unit file, the roster or an outage, when work is to begin, nor out of use now.
    pub(super) fn open_for(&self, resource: &Resource, start: Timestamp) -> Decided {
        self.in_use(&resource.id, &[self.now, start])?;
        let exceptions = self.unit.establishment.exceptions(resource);
        match exceptions.closed.into_iter().find(|(from, until)| *from <= start && start < *until) {
            Some((from, until)) => Err(Refusal::ResourceDown { resource: resource.id.clone(), from, until }),
            None => Ok(()),
        }
    }

    /// No quality hold is on it, and no outage covers any of these instants.
    pub(super) fn in_use(&self, resource: &ResourceId, instants: &[Timestamp]) -> Decided {
        self.not_on_hold(resource, instants)?;
        match instants.iter().find_map(|at| self.unit.outage_at(resource, *at)) {
            Some(down) => Err(Refusal::ResourceDown { resource: resource.clone(), from: down.from, until: down.until }),
            None => Ok(()),
        }
    }

    /// Nothing else has the slot in [start, end). What is being worked on has it until it is finished.
    pub(super) fn slot_free(&self, slot: &Slot, start: Timestamp, end: Timestamp) -> Decided {
        self.free_of(slot, (start, end), |_| true)
    }

    /// The same of what somebody took on, or began: what was merely offered gives way.
    pub(super) fn none_taken_on(&self, slot: &Slot, start: Timestamp, end: Timestamp) -> Decided {
        self.free_of(slot, (start, end), |other| other.is_taken_on() && !other.is_paused())
    }

    fn free_of(&self, slot: &Slot, (start, end): (Timestamp, Timestamp), counts: impl Fn(&Assignment) -> bool) -> Decided {
        let clash = |other: &&Assignment| counts(other) && start < self.occupied_until(other) && other.start < end;
        match self.unit.assignments_on(slot).find(clash) {
            Some(other) => Err(Refusal::SlotBusy { slot: slot.clone(), assignment: other.id }),
            None => Ok(()),
        }
    }

    /// No other stage of the submission has the device in [start, end), if this one needs it.
    pub(super) fn device_free(&self, submission: &Submission, stage: &Stage, start: Timestamp, end: Timestamp) -> Decided {
        let holds = |other: &&Assignment| self.unit.stage_of(other).is_some_and(|stage| stage.holds_device);
        let clash =
            |other: &&Assignment| holds(other) && (other.started_at().is_some() || (start < other.end && other.start < end));
        match self.unit.assignments_of(submission).find(clash).filter(|_| stage.holds_device) {
            Some(other) => Err(Refusal::DeviceInUse { number: submission.number, assignment: other.id }),
            None => Ok(()),
        }
    }

    /// Work that runs over its expected end still has its slot.
    fn occupied_until(&self, assignment: &Assignment) -> Timestamp {
        match assignment.started_at() {
            Some(_) => assignment.end.max(Timestamp::from_unix(self.now.unix() + 1)),
            None => assignment.end,
        }
    }

    /// Stages that the same person does, or that different ones do, whichever of the two was given out first. A person
    /// is a resource. One who has left the unit binds nobody: else what they began could never be ended.
    pub(super) fn right_person(&self, submission: &Submission, route: &Route, stage: usize, resource: &ResourceId) -> Decided {
        let Some(this) = route.stages.get(stage) else { return Ok(()) };
        for (index, other) in route.stages.iter().enumerate() {
            let same = this.same_person_as == Some(index) || other.same_person_as == Some(stage);
            let different = this.different_person_from.contains(&index) || other.different_person_from.contains(&stage);
            let Some(who) = self.who_has(submission, index).filter(|_| index != stage) else { continue };
            if (same && who != resource) || (different && who == resource) {
                return Err(Refusal::WrongPerson {
                    number: submission.number,
                    stage: this.name.clone(),
                    other: other.name.clone(),
                    resource: who.clone(),
                    same,
                });
            }
        }
        Ok(())
    }

    /// A stage that another person does is another's than whoever speaks, at whichever bench they sit: nobody checks their own work.
    pub(super) fn another_person(&self, submission: &Submission, stage: usize) -> Decided {
        let route = self.unit.route_of(submission);
        let Some((route, this)) = route.and_then(|route| Some((route, route.stages.get(stage)?))) else { return Ok(()) };
        for (index, other) in route.stages.iter().enumerate().filter(|(index, _)| *index != stage) {
            let different = this.different_person_from.contains(&index) || other.different_person_from.contains(&stage);
            let by = self.person_at(submission, index).filter(|by| different && same_person(by, &self.actor.person));
            if let Some(person) = by {
                return Err(Refusal::OwnWork {
                    number: submission.number,
                    stage: this.name.clone(),
                    other: other.name.clone(),
                    person: person.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn person_at<'a>(&'a self, submission: &'a Submission, stage: usize) -> Option<&'a str> {
        match submission.stages.get(stage)? {
            StageState::Open | StageState::Dropped(_) => None,
            StageState::Assigned(id) => self.unit.assignments.get(id)?.held_by.as_deref(),
            StageState::Done(done) => done.by.as_deref(),
        }
    }

    fn who_has<'a>(&'a self, submission: &'a Submission, stage: usize) -> Option<&'a ResourceId> {
        let who = match submission.stages.get(stage)? {
            StageState::Open | StageState::Dropped(_) => None,
            StageState::Assigned(id) => self.unit.assignments.get(id).map(|assignment| &assignment.slot.resource),
            StageState::Done(done) => done.slot.as_ref().map(|slot| &slot.resource),
        };
        who.filter(|who| self.unit.establishment.resource(who).is_some())
    }
}
