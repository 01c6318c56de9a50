//! What becomes of assignments, and of the stages they are for.

use std::sync::Arc;

use super::{Applied, Step};
use crate::domain::durations::Worked;
use crate::domain::event::{Change, FailureCause, Pause, Rework};
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Assignment, AssignmentState, Done, Earlier, Ending, Failure, Inconsistent, StageState};

impl Step<'_> {
    pub(super) fn assign(&mut self, change: &Change) -> Applied {
        let Change::Assigned { assignment: id, number, stage, slot, start, end } = change else { return Ok(()) };
        let mut submission = self.submission(*number)?;
        match Arc::make_mut(&mut submission).stages.get_mut(*stage) {
            Some(state @ StageState::Open) => *state = StageState::Assigned(*id),
            _ => return Err(self.unknown(format!("an open stage {stage} of {number}"))),
        }
        let assignment = Assignment {
            id: *id,
            version: self.seq,
            submission: *number,
            stage: *stage,
            slot: slot.clone(),
            start: *start,
            end: *end,
            state: AssignmentState::Offered,
            held_by: None,
            earlier: None,
            review_at: None,
        };
        self.unit.next.assignment = self.unit.next.assignment.max(id.0 + 1);
        self.unit.assignments.insert_mut(*id, assignment.clone());
        self.touched.assignments.insert(*id, (assignment, None));
        self.put(submission);
        Ok(())
    }

    pub(super) fn accept(&mut self, id: AssignmentId, by: &str) -> Applied {
        let at = self.happened_at;
        self.advance(id, |assignment| {
            assignment.state = AssignmentState::Accepted { at };
            assignment.held_by = Some(by.to_owned());
        })
    }

    pub(super) fn start(
        &mut self,
        id: AssignmentId,
        (at, end, review_at): (Timestamp, Timestamp, Option<Timestamp>),
        by: &str,
    ) -> Applied {
        self.advance(id, |assignment| {
            assignment.held_by = Some(by.to_owned());
            assignment.review_at = review_at;
            assignment.state = AssignmentState::Started { at };
            (assignment.start, assignment.end) = (at, end);
        })?;
        // Whoever had an appointment there is there.
        let Assignment { submission, slot, .. } = self.assignment(id)?;
        if self.submission(submission)?.appointment.as_ref().is_some_and(|kept| kept.slot.resource == slot.resource) {
            self.edit(submission, |submission| submission.appointment = None)?;
        }
        Ok(())
    }

    /// What is paused takes up no time of its slot.
    pub(super) fn interrupt(&mut self, pause: &Pause) -> Applied {
        self.advance(pause.assignment(), |assignment| match pause {
            Pause::Paused { at, worked, .. } => {
                assignment.earlier = Some(Earlier { begun: assignment.begun(), worked: *worked });
                assignment.state = AssignmentState::Paused { at: *at };
                assignment.end = *at;
            }
            Pause::Resumed { at, end, by, .. } => {
                assignment.held_by = Some(by.clone());
                assignment.state = AssignmentState::Started { at: *at };
                (assignment.start, assignment.end) = (*at, *end);
            }
            Pause::Reviewed { end, review_at, .. } => (assignment.end, assignment.review_at) = (*end, Some(*review_at)),
        })
    }

    /// Stages are open again. Who checked them has ended what they did.
    pub(super) fn rework(&mut self, rework: &Rework) -> Applied {
        match rework {
            Rework::SentBack { assignment, at, stages } => {
                let Assignment { submission, stage: own, .. } = self.assignment(*assignment)?;
                // Before the check ends: with it nothing might be left to do, and the submission close.
                let others: Vec<usize> = stages.iter().copied().filter(|stage| *stage != own).collect();
                self.reopen(submission, &others)?;
                self.end(*assignment, Ending::Finished { at: *at, tool: None, tool_version: None, hash: None })?;
                self.reopen(submission, stages)
            }
            Rework::Reopened { number, stages } => self.reopen(*number, stages),
        }
    }

    fn reopen(&mut self, number: QueueNumber, stages: &[usize]) -> Applied {
        self.edit(number, |submission| {
            let reopened = submission.stages.iter_mut().enumerate().filter(|(stage, _)| stages.contains(stage));
            reopened.for_each(|(_, state)| *state = StageState::Open);
        })
    }

    fn advance(&mut self, id: AssignmentId, change: impl FnOnce(&mut Assignment)) -> Applied {
        let mut assignment = self.assignment(id)?;
        let submission = self.submission(assignment.submission)?;
        change(&mut assignment);
        assignment.version = self.seq;
        self.unit.assignments.insert_mut(id, assignment.clone());
        self.touched.assignments.insert(id, (assignment, None));
        self.put(submission);
        Ok(())
    }

    /// The stage is open again, and where it failed stays in mind.
    pub(super) fn fail(
        &mut self,
        id: AssignmentId,
        (at, cause): (Timestamp, FailureCause),
        (on, attempts_left): (Option<&ResourceId>, Option<u32>),
    ) -> Applied {
        let assignment = self.assignment(id)?;
        self.end(id, Ending::Failed { at, cause })?;
        let Some(resource) = on.cloned() else { return Ok(()) };
        let failure = Failure { stage: assignment.stage, resource, at, cause, attempts_left };
        self.edit(assignment.submission, |submission| submission.failures.push(failure))
    }

    /// The assignment leaves; its stage is done, or open again.
    pub(super) fn end(&mut self, id: AssignmentId, ending: Ending) -> Applied {
        let mut assignment = self.assignment(id)?;
        let mut submission = self.submission(assignment.submission)?;
        let after = match &ending {
            Ending::Finished { at, .. } => {
                let (slot, by) = (Some(assignment.slot.clone()), assignment.held_by.clone());
                StageState::Done(Done { slot, start: assignment.begun(), end: *at, by })
            }
            Ending::Failed { .. } | Ending::Released { .. } => StageState::Open,
        };
        let changed = Arc::make_mut(&mut submission);
        if matches!(ending, Ending::Finished { .. }) {
            changed.failures.retain(|failure| failure.stage != assignment.stage);
        }
        match changed.stages.get_mut(assignment.stage) {
            Some(state) => *state = after,
            None => return Err(self.unknown(format!("stage {} of {}", assignment.stage, assignment.submission))),
        }
        assignment.version = self.seq;
        self.unit.assignments.remove_mut(&id);
        self.touched.assignments.insert(id, (assignment, Some(ending)));
        self.put(submission);
        Ok(())
    }

    /// What the end of a stage tells of how long such work takes.
    pub(super) fn learn(&mut self, worked: &Worked) {
        let mut observed = self.unit.durations.get(&worked.kind).cloned().unwrap_or_default();
        observed.add(worked.expected, worked.took);
        self.unit.durations.insert_mut(worked.kind.clone(), observed);
        self.touched.durations.insert(worked.kind.clone());
    }

    fn assignment(&self, id: AssignmentId) -> Result<Assignment, Inconsistent> {
        self.unit.assignments.get(&id).cloned().ok_or_else(|| self.unknown(id))
    }
}
