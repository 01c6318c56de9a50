//! Assignments: offered, accepted, started, finished, failed, released.

use super::device::place;
use super::worked::{expected_end, worked, worked_so_far};
use super::{Decided, Draft, explained, no_pin, reason};
use crate::domain::command::ScopeKept;
use crate::domain::establishment::Resource;
use crate::domain::event::{Change, Pause, ReleaseCause, Sealed};
use crate::domain::ids::{AssignmentId, QueueNumber, Slot};
use crate::domain::policy::{Route, Stage};
use crate::domain::refusal::Refusal;
use crate::domain::submission::same_person;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, DataTaken, StageState, Submission, Unit, Whereabouts};

impl Draft<'_> {
    /// Gives a stage to a slot. `version`: the submission as the plan saw it; a later one is a reason to look again.
    pub(super) fn assign(
        &mut self,
        number: QueueNumber,
        version: i64,
        stage: usize,
        slot: &Slot,
        (start, end): (Timestamp, Timestamp),
    ) -> Decided {
        let submission = self.submission(number)?;
        if submission.version != version {
            return Err(Refusal::Stale { number, based_on: version, version: submission.version });
        }
        if end < start {
            return Err(Refusal::invalid("end", format!("{end} lies before start ({start})")));
        }
        let (route, step) = planned(&self.unit, &submission, stage)?;
        is_open(&submission, stage, step)?;
        self.stages_before(&submission, route, step)?;
        self.device_here_to_stay(&submission, step)?;
        self.gates_open(&submission, route, self.now)?;
        self.first_of_case(&submission)?;
        let resource = self.slot(slot)?;
        self.able(resource, &submission, step)?;
        self.not_lapsed(resource, end)?;
        self.open_for(resource, start)?;
        self.device_free(&submission, step, start, end)?;
        self.slot_free(slot, start, end)?;
        self.not_kept(slot, number, start, end)?;
        self.right_person(&submission, route, stage, &slot.resource)?;
        let assignment = AssignmentId(self.unit.next.assignment);
        let change = Change::Assigned { assignment, number, stage, slot: slot.clone(), start, end };
        self.record(self.now, change, Sealed::default())
    }

    pub(super) fn accept(&mut self, id: AssignmentId, at: Timestamp, overrides: Option<&str>) -> Decided {
        let (assignment, submission) = self.assignment(id)?;
        match assignment.state {
            AssignmentState::Accepted { .. } if self.holds(&assignment) => Ok(()),
            AssignmentState::Accepted { .. } | AssignmentState::Started { .. } | AssignmentState::Paused { .. } => {
                Err(illegal(&assignment))
            }
            AssignmentState::Offered => {
                self.happened("at", at, submission.facts.taken_at, "the device was taken")?;
                let (route, _) = planned(&self.unit, &submission, assignment.stage)?;
                self.gates_open(&submission, route, at)?;
                self.speaker_not_on_hold()?;
                self.another_person(&submission, assignment.stage)?;
                let late = Seconds((self.now - assignment.start).0.max(0));
                let span = (assignment.start + late, assignment.end + late);
                self.not_kept(&assignment.slot, assignment.submission, span.0, span.1)?;
                let (overrode, sealed) = self.guarded(&assignment, &submission, span, overrides)?;
                let by = self.actor.person.clone();
                self.record(at, Change::Accepted { assignment: id, by, overrode }, sealed)
            }
        }
    }

    /// Work begins: gates are judged again, the slot does nothing else, and the device is where the work is. A van
    /// counts as at its site.
    pub(super) fn start(&mut self, id: AssignmentId, at: Timestamp, overrides: Option<&str>) -> Decided {
        let (assignment, submission) = self.assignment(id)?;
        if let Some(started) = assignment.started_at() {
            return if started == at && self.holds(&assignment) { Ok(()) } else { Err(illegal(&assignment)) };
        }
        let end = self.can_begin(&assignment, &submission, at)?;
        let (overrode, sealed) = match assignment.state {
            AssignmentState::Offered => self.guarded(&assignment, &submission, (at, end), overrides)?,
            AssignmentState::Paused { .. } => return Err(illegal(&assignment)),
            // What was accepted was judged then, and counted on since.
            AssignmentState::Accepted { .. } | AssignmentState::Started { .. } => (None, Sealed::default()),
        };
        let (_, step) = planned(&self.unit, &submission, assignment.stage)?;
        let (review_at, by) = (step.review_every.map(|every| at + every), self.actor.person.clone());
        self.record(at, Change::Started { assignment: id, at, end, review_at, by, overrode }, sealed)
    }

    /// Attended work is put down for something more urgent, and the slot and the device are free: what was done is kept. A
    /// machine's run can only be stopped, which is a failure.
    pub(super) fn pause(&mut self, id: AssignmentId, at: Timestamp, words: Option<&str>) -> Decided {
        let (assignment, submission) = self.assignment(id)?;
        if assignment.state == (AssignmentState::Paused { at }) {
            return Ok(());
        }
        self.work_ends(id, at)?;
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        let (_, step) = planned(&self.unit, &submission, assignment.stage)?;
        if !step.attended {
            let (what, state) = (format!("assignment {id}"), "a machine's run, which can't be paused".into());
            return Err(Refusal::IllegalTransition { what, state, allowed: "finish or fail" });
        }
        let worked = worked_so_far(&self.unit, &assignment, at);
        self.record(at, Change::Interrupted(Pause::Paused { assignment: id, at, worked }), reason(words))
    }

    /// What was paused goes on where it was begun. It is judged as at its start, and by the guard anew.
    pub(super) fn resume(&mut self, id: AssignmentId, at: Timestamp, overrides: Option<&str>) -> Decided {
        let (assignment, submission) = self.assignment(id)?;
        let AssignmentState::Paused { at: paused } = assignment.state else {
            let goes_on = assignment.earlier.is_some() && assignment.started_at() == Some(at) && self.holds(&assignment);
            return if goes_on { Ok(()) } else { Err(illegal(&assignment)) };
        };
        self.happened("at", at, paused, "it was paused")?;
        let end = self.can_begin(&assignment, &submission, at)?;
        let (_, sealed) = self.guarded(&assignment, &submission, (at, end), overrides)?;
        let by = self.actor.person.clone();
        self.record(at, Change::Interrupted(Pause::Resumed { assignment: id, at, end, by }), sealed)
    }

    /// A machine's run of unknown length goes on until somebody looks again, which is at least as often as the policy says.
    pub(super) fn review(
        &mut self,
        id: AssignmentId,
        (at, until): (Timestamp, Option<Timestamp>),
        words: Option<&str>,
    ) -> Decided {
        self.work_ends(id, at)?;
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        let (assignment, submission) = self.assignment(id)?;
        let Some(every) = planned(&self.unit, &submission, assignment.stage)?.1.review_every else {
            let (what, state) = (format!("assignment {id}"), "work of known length".into());
            return Err(Refusal::IllegalTransition { what, state, allowed: "finish or fail" });
        };
        let review_at = until.unwrap_or(at + every);
        if review_at <= at || review_at > at + every {
            let message =
                format!("{review_at} must lie after the review ({at}), and no later than the policy's {every} after it");
            return Err(Refusal::invalid("until", message));
        }
        if assignment.review_at == Some(review_at) {
            return Ok(());
        }
        // What takes longer than it should ends nobody knows when, and not before somebody looks again.
        let end = if assignment.end > self.now { assignment.end } else { review_at };
        self.record(at, Change::Interrupted(Pause::Reviewed { assignment: id, at, end, review_at }), reason(words))
    }

    /// Whether work may begin at `at`, or go on. Returns when it is expected to end.
    fn can_begin(&self, assignment: &Assignment, submission: &Submission, at: Timestamp) -> Result<Timestamp, Refusal> {
        let (route, step) = planned(&self.unit, submission, assignment.stage)?;
        let ended = self.stages_before(submission, route, step)?;
        self.happened("at", at, ended, "the stage before it ended")?;
        self.gates_open(submission, route, at)?;
        let resource = self.slot(&assignment.slot)?;
        self.in_use(&resource.id, &[at])?;
        self.speaker_not_on_hold()?;
        self.another_person(submission, assignment.stage)?;
        if let Some(other) = self.unit.assignments_on(&assignment.slot).find(|other| other.started_at().is_some()) {
            return Err(Refusal::SlotBusy { slot: assignment.slot.clone(), assignment: other.id });
        }
        if step.holds_device {
            self.in_nobodys_hands(submission)?;
            self.device_is_there(submission, resource, at)?;
        }
        let step = (step, assignment.earlier.as_ref());
        let end = expected_end(&self.unit, submission, step, resource, at).unwrap_or(at + (assignment.end - assignment.start));
        self.not_lapsed(resource, end)?;
        self.not_kept(&assignment.slot, assignment.submission, at, end)?;
        Ok(end)
    }

    /// Work and its stage end. Where that reaches a milestone, what stood of its promises is settled.
    pub(super) fn finish(
        &mut self,
        id: AssignmentId,
        at: Timestamp,
        (tool, tool_version): (Option<&str>, Option<&str>),
        (hash, scope): (Option<&str>, Option<&ScopeKept>),
    ) -> Decided {
        self.work_ends(id, at)?;
        let (wider, sealed) = match scope {
            Some(ScopeKept::Wider { data: DataTaken::None, .. }) => {
                let why = "is ring_fenced, deleted or kept: more was taken than was asked for";
                return Err(Refusal::invalid("wider_data", why));
            }
            Some(ScopeKept::Wider { data, reason: words }) => {
                explained("reason", words)?;
                (Some(*data), reason(Some(words)))
            }
            Some(ScopeKept::Within) | None => (None, Sealed::default()),
        };
        let (assignment, submission) = self.assignment(id)?;
        self.another_person(&submission, assignment.stage)?;
        let hash = hash.map(|hash| hash.trim().to_ascii_lowercase());
        if hash.as_ref().is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Err(Refusal::invalid("hash", "is not a SHA-256: write its 64 hex digits"));
        }
        let text = |value: Option<&str>| value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        let worked = worked(&self.unit, &assignment, &submission, at);
        let (tool, tool_version) = (text(tool), text(tool_version));
        let change = Change::Finished { assignment: id, at, tool, tool_version, hash, worked, wider };
        self.settle(at, change, sealed)
    }

    pub(super) fn give_up(&mut self, id: AssignmentId, cause: ReleaseCause, words: Option<&str>) -> Decided {
        let (assignment, _) = self.assignment(id)?;
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        let may = match (cause, assignment.state) {
            (_, AssignmentState::Started { .. }) => false,
            // A plan that was made before somebody took it on takes nothing from them.
            (ReleaseCause::Replanned, state) => state == AssignmentState::Offered,
            (ReleaseCause::Lapsed, state) => matches!(state, AssignmentState::Accepted { .. }),
            _ => true,
        };
        if !may {
            return Err(illegal(&assignment));
        }
        self.record(self.now, Change::Released { assignment: id, cause }, reason(words))
    }

    /// Whether the one who speaks is the one who took it on.
    fn holds(&self, assignment: &Assignment) -> bool {
        assignment.held_by.as_ref().is_some_and(|by| same_person(by, &self.actor.person))
    }

    pub(super) fn work_ends(&self, id: AssignmentId, at: Timestamp) -> Decided {
        let (assignment, _) = self.assignment(id)?;
        let started = assignment.started_at().ok_or_else(|| illegal(&assignment))?;
        self.happened("at", at, started, "it was started")
    }

    pub(super) fn assignment(&self, id: AssignmentId) -> Result<(Assignment, std::sync::Arc<Submission>), Refusal> {
        match self.unit.assignments.get(&id) {
            Some(assignment) => Ok((assignment.clone(), self.submission(assignment.submission)?)),
            None if (1..self.unit.next.assignment).contains(&id.0) => Err(Refusal::StaleAssignment(id)),
            None => Err(Refusal::UnknownAssignment(id)),
        }
    }

    /// A stage that needs the device can't be given out once the device has left for its owner.
    fn device_here_to_stay(&self, submission: &Submission, stage: &Stage) -> Decided {
        match &submission.device {
            Whereabouts::SignedOut { .. } | Whereabouts::Outside { .. } | Whereabouts::Returned { .. } if stage.holds_device => {
                Err(Refusal::DeviceAway { number: submission.number, place: place(&submission.device) })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn device_is_there(&self, submission: &Submission, resource: &Resource, at: Timestamp) -> Decided {
        match &submission.device {
            Whereabouts::At { site, since } if *site == resource.site => self.happened("at", at, *since, "the device got there"),
            elsewhere => Err(Refusal::DeviceElsewhere {
                number: submission.number,
                place: place(elsewhere),
                needed: resource.site.clone(),
            }),
        }
    }
}

/// A stage that a resource carries out, and its route.
pub(super) fn planned<'a>(unit: &'a Unit, submission: &Submission, stage: usize) -> Result<(&'a Route, &'a Stage), Refusal> {
    let route = unit.route_of(submission);
    let step = route.and_then(|route| Some((route, route.stages.get(stage)?)));
    step.filter(|(_, stage)| !stage.returns_device).ok_or(Refusal::UnknownStage { number: submission.number, stage })
}

fn is_open(submission: &Submission, stage: usize, step: &Stage) -> Decided {
    let (state, allowed) = match submission.stages.get(stage) {
        Some(StageState::Open) => return Ok(()),
        Some(StageState::Assigned(id)) => (format!("assigned ({id})"), "release of that assignment, if it is not started"),
        Some(StageState::Done(done)) => (format!("done since {}", done.end), "a further request"),
        Some(StageState::Dropped(done)) => (format!("not to be done any more since {}", done.end), "a further request"),
        None => return Err(Refusal::UnknownStage { number: submission.number, stage }),
    };
    Err(Refusal::IllegalTransition { what: format!("{} of {}", step.name, submission.number), state, allowed })
}

pub(super) fn illegal(assignment: &Assignment) -> Refusal {
    let by = assignment.held_by.as_deref().unwrap_or("nobody");
    let (state, allowed) = match assignment.state {
        AssignmentState::Offered => ("offered".into(), "accept, start or release"),
        AssignmentState::Accepted { at } => (format!("accepted by {by} since {at}"), "start or release"),
        AssignmentState::Started { at } => (format!("started by {by} at {at}"), "finish, fail or pause"),
        AssignmentState::Paused { at } => (format!("paused since {at}, begun by {by}"), "resume or release"),
    };
    Refusal::IllegalTransition { what: format!("assignment {}", assignment.id), state, allowed }
}
