//! Work that could not be done, and what follows by policy.

use super::{Decided, Draft, no_pin, reason};
use crate::domain::command::Supervised;
use crate::domain::event::{Change, FailureCause};
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::policy::{NextStep, OnFail, Stage};
use crate::domain::refusal::Refusal;
use crate::domain::submission::LockState;
use crate::domain::time::Timestamp;
use crate::domain::unit::{ParkCause, StageState, Submission};

impl Draft<'_> {
    pub(super) fn fail(
        &mut self,
        id: AssignmentId,
        at: Timestamp,
        (cause, attempts_left): (FailureCause, Option<u32>),
        words: Option<&str>,
    ) -> Decided {
        self.work_ends(id, at)?;
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        if attempts_left.is_some() && cause != FailureCause::PinWrong {
            return Err(Refusal::invalid("attempts_left", "is for a wrong PIN alone"));
        }
        let (assignment, _) = self.assignment(id)?;
        let (number, stage, on) = (assignment.submission, assignment.stage, Some(assignment.slot.resource));
        self.record(at, Change::Failed { assignment: id, at, cause, on, attempts_left }, reason(words))?;
        // What the bench found out about the lock is recorded, so that whoever can help is asked.
        match cause {
            FailureCause::PinWrong => self.pin(number, LockState::Unknown)?,
            FailureCause::Locked => self.pin(number, LockState::Bfu)?,
            _ => {}
        }
        let submission = self.submission(number)?;
        let times = submission.failures.iter().filter(|failure| failure.stage == stage).count();
        match self.unit.policy_of(&submission).map(|policy| policy.after_failure(cause, times)) {
            Some(rule) => self.follow(&submission, cause, &rule),
            None => Ok(()),
        }
    }

    /// What a rule says follows is done at once, as far as it is the daemon's to do; where it can't be, a supervisor decides.
    fn follow(&mut self, submission: &Submission, cause: FailureCause, rule: &OnFail) -> Decided {
        let number = submission.number;
        match rule.then {
            NextStep::Again | NextStep::Elsewhere | NextStep::Decide => {}
            NextStep::AskPin if matches!(submission.facts.lock_state, LockState::PinHeld | LockState::Unlocked) => {
                self.pin(number, LockState::Unknown)?;
            }
            NextStep::AskPin => {}
            NextStep::LevelUp => {
                let level = (submission.facts.level.saturating_add(1)).to_string();
                let why = format!("by policy: {} at level {}", cause.as_str().replace('_', " "), submission.facts.level);
                self.attempt(|draft| {
                    draft.correct(number, "level", (&level, &why), Supervised::No)?;
                    draft.somebody_can(number)
                });
            }
            NextStep::Park => {
                let why = format!("by policy: {}", cause.as_str().replace('_', " "));
                let review_at = self.now + rule.review;
                self.attempt(|draft| draft.park(number, park_cause(cause), review_at, &why));
            }
        }
        Ok(())
    }

    /// Does something that stands or falls alone: a failure is on record whatever else can be done about it.
    fn attempt(&mut self, what: impl FnOnce(&mut Self) -> Decided) {
        let (unit, events) = (self.unit.clone(), self.events.len());
        if what(self).is_err() {
            self.unit = unit;
            self.events.truncate(events);
        }
    }

    /// Whether there is somebody for every stage that is left of a submission, dates aside.
    fn somebody_can(&self, number: QueueNumber) -> Decided {
        let submission = self.submission(number)?;
        let nobody = || Refusal::UnknownStage { number, stage: 0 };
        let stages = &self.unit.route_of(&submission).ok_or_else(nobody)?.stages;
        let left = stages.iter().zip(&submission.stages).filter(|(stage, state)| !stage.returns_device && !state.is_over());
        let able = |(stage, _): (&Stage, &StageState)| self.unit.able(&submission, stage).next().is_some();
        if left.into_iter().all(able) { Ok(()) } else { Err(nobody()) }
    }
}

const fn park_cause(cause: FailureCause) -> ParkCause {
    match cause {
        FailureCause::PinWrong | FailureCause::Locked => ParkCause::Unlock,
        FailureCause::Unsupported => ParkCause::Tool,
        _ => ParkCause::Other,
    }
}
