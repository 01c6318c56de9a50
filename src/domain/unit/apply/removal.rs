//! An examination is ended before its end, and perhaps goes on after all.

use super::{Applied, Step};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Milestone;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Challenge, DataTaken, Done, RemovalCause, Removed, StageState, Submission};

impl Step<'_> {
    pub(super) fn remove(&mut self, number: QueueNumber, (at, cause, data): (Timestamp, RemovalCause, DataTaken)) -> Applied {
        self.edit(number, |submission| {
            let clocks = submission.promised().to_vec();
            // It ended when it was refused, if it was.
            let at = submission.removed.as_ref().map_or(at, |refused| refused.at.min(at));
            submission.failures.clear();
            submission.parked = None;
            submission.removed = Some(Removed { at, cause, data, challenge: None, clocks });
        })
    }

    /// Of an examination that was ended nothing is left to do but handing the device back, and only the promise of that runs on: also
    /// after a correction gave it another route, or something began that clocks count from.
    pub(super) fn drop_rest(&self, submission: &mut Submission) {
        let Some(at) = submission.removed.as_ref().map(|removed| removed.at) else { return };
        let returns: Vec<bool> = (0..submission.stages.len()).map(|stage| self.returns(submission, stage)).collect();
        let left = submission.stages.iter_mut().zip(returns).filter(|(state, returns)| !returns && **state == StageState::Open);
        left.for_each(|(state, _)| *state = StageState::Dropped(Done { slot: None, start: at, end: at, by: None }));
        for clock in submission.clocks.iter_mut().filter(|clock| clock.milestone != Milestone::DeviceBack) {
            clock.ends_at = clock.ends_at.min(at);
        }
    }

    pub(super) fn challenge(&mut self, number: QueueNumber, at: Timestamp) -> Applied {
        self.edit_removed(number, |removed| removed.challenge = Some(Challenge { at, rejected_at: None }))
    }

    pub(super) fn reject_challenge(&mut self, number: QueueNumber, at: Timestamp) -> Applied {
        self.edit_removed(number, |removed| {
            if let Some(challenge) = &mut removed.challenge {
                challenge.rejected_at = Some(at);
            }
        })
    }

    /// It goes on where it stopped.
    pub(super) fn reinstate(&mut self, number: QueueNumber) -> Applied {
        self.edit(number, |submission| {
            let dropped = submission.stages.iter_mut().filter(|state| matches!(state, StageState::Dropped(_)));
            dropped.for_each(|state| *state = StageState::Open);
            if let Some(removed) = submission.removed.take() {
                submission.clocks = removed.clocks;
            }
        })
    }

    fn edit_removed(&mut self, number: QueueNumber, change: impl FnOnce(&mut Removed)) -> Applied {
        if self.submission(number)?.removed.is_none() {
            return Err(self.unknown(format!("an examination of {number} that was ended")));
        }
        self.edit(number, |submission| {
            if let Some(removed) = &mut submission.removed {
                change(removed);
            }
        })
    }

    fn returns(&self, submission: &Submission, stage: usize) -> bool {
        let route = self.unit.route_of(submission);
        route.and_then(|route| route.stages.get(stage)).is_some_and(|stage| stage.returns_device)
    }
}
