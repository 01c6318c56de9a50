//! Work that was done and has to be done anew: sent back by whoever checks it, or asked for by somebody who answers for it.

use super::device::place;
use super::removal::ended;
use super::work::illegal;
use super::{Decided, Draft, explained, reason};
use crate::domain::event::{Change, ReleaseCause, Rework};
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::policy::Route;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Assignment, StageState, Submission, Whereabouts};

impl Draft<'_> {
    /// Whoever checks it sends it back to a stage before theirs: that and all that rests on it is open again, their own with it.
    pub(super) fn send_back(&mut self, id: AssignmentId, at: Timestamp, stage: &str, words: &str) -> Decided {
        explained("reason", words)?;
        let (assignment, submission) = self.assignment(id)?;
        if assignment.started_at().is_none() {
            return Err(illegal(&assignment));
        }
        self.work_ends(id, at)?;
        self.another_person(&submission, assignment.stage)?;
        let route = self.route(&submission)?;
        let first = named(&route, stage)?;
        let mut stages = resting_on(&route, first);
        stages.retain(|stage| *stage == first || submission.stages.get(*stage).is_some_and(StageState::is_over));
        if first == assignment.stage || !resting_on(&route, first).contains(&assignment.stage) {
            let own = route.stages.get(assignment.stage).map_or("", |stage| stage.name.as_str());
            return Err(Refusal::invalid("stage", format!("{stage:?} does not come before {own}")));
        }
        self.can_be_done_anew(&submission, &route, &stages)?;
        stages.push(assignment.stage);
        stages.sort_unstable();
        self.settle(at, Change::Reworked(Rework::SentBack { assignment: id, at, stages }), reason(Some(words)))
    }

    /// A stage that was done, and all that rests on it, is open again.
    pub(super) fn rework(&mut self, number: QueueNumber, stage: &str, words: &str) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        if let Some(removed) = &submission.removed {
            return Err(ended(&submission, removed, "a challenge of a refusal, or a further request"));
        }
        let route = self.route(&submission)?;
        let first = named(&route, stage)?;
        match submission.stages.get(first) {
            Some(StageState::Done(_)) => {}
            // Open already, or being done: nothing to be done anew.
            Some(StageState::Open | StageState::Assigned(_)) => return Ok(()),
            Some(StageState::Dropped(_)) | None => {
                return Err(Refusal::IllegalTransition {
                    what: format!("{stage} of {number}"),
                    state: "not to be done any more".into(),
                    allowed: "a further request",
                });
            }
        }
        let resting = resting_on(&route, first);
        let given: Vec<Assignment> =
            self.assignments_of(&submission).into_iter().filter(|a| resting.contains(&a.stage)).collect();
        if let Some(begun) = given.iter().find(|assignment| assignment.begun_at().is_some()) {
            return Err(illegal(begun));
        }
        let stages: Vec<usize> =
            resting.into_iter().filter(|stage| submission.stages.get(*stage).is_some_and(StageState::is_over)).collect();
        self.can_be_done_anew(&submission, &route, &stages)?;
        self.release(&given, ReleaseCause::NotReady)?;
        self.settle(self.now, Change::Reworked(Rework::Reopened { number, stages }), reason(Some(words)))
    }

    fn route(&self, submission: &Submission) -> Result<Route, Refusal> {
        let missing = Refusal::UnknownStage { number: submission.number, stage: 0 };
        self.unit.route_of(submission).cloned().ok_or(missing)
    }

    /// What needs the device in hand is done anew while the unit has it, and what is its trip home never.
    fn can_be_done_anew(&self, submission: &Submission, route: &Route, stages: &[usize]) -> Decided {
        let needs = |stage: &usize| route.stages.get(*stage).is_some_and(|stage| stage.holds_device || stage.returns_device);
        match &submission.device {
            Whereabouts::SignedOut { .. } | Whereabouts::Outside { .. } | Whereabouts::Returned { .. }
                if stages.iter().any(needs) =>
            {
                Err(Refusal::DeviceAway { number: submission.number, place: place(&submission.device) })
            }
            _ => Ok(()),
        }
    }
}

/// The index of a stage that a resource carries out.
fn named(route: &Route, name: &str) -> Result<usize, Refusal> {
    let known = || route.stages.iter().filter(|stage| !stage.returns_device);
    let names = || known().map(|stage| stage.name.as_str()).collect::<Vec<_>>().join(", ");
    let unknown = || Refusal::invalid("stage", format!("{name:?} is none of its route's: {}", names()));
    let found = route.stages.iter().position(|stage| !stage.returns_device && stage.name.as_str() == name.trim());
    found.ok_or_else(unknown)
}

/// A stage and all that come after it, however many are between.
fn resting_on(route: &Route, first: usize) -> Vec<usize> {
    let mut resting = vec![first];
    // Stages stand in an order in which what comes before stands before.
    for (index, stage) in route.stages.iter().enumerate() {
        if index != first && stage.after.iter().any(|before| resting.contains(before)) {
            resting.push(index);
        }
    }
    resting
}
