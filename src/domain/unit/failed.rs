//! What follows for stages that could not be done.

use super::{Submission, Unit};
use crate::domain::establishment::Resource;
use crate::domain::ids::ResourceId;
use crate::domain::policy::{NextStep, Stage};

impl Unit {
    /// What follows for a stage that failed, and is not done since; none where it did not, or its policy is not known any more.
    pub fn follows(&self, submission: &Submission, stage: usize) -> Option<NextStep> {
        let of_stage = || submission.failures.iter().filter(|failure| failure.stage == stage);
        let last = of_stage().next_back()?;
        Some(self.policy_of(submission)?.after_failure(last.cause, of_stage().count()).then)
    }

    /// Who does not try a stage again that failed with them, since it is to be done elsewhere; nobody, where there is no elsewhere.
    pub fn barred<'a>(&'a self, submission: &'a Submission, index: usize) -> Vec<&'a ResourceId> {
        let known = self.policy_of(submission).zip(self.route_of(submission).and_then(|route| route.stages.get(index)));
        let Some((policy, stage)) = known else { return Vec::new() };
        let of_stage = submission.failures.iter().filter(|failure| failure.stage == index).zip(1..);
        let elsewhere =
            of_stage.filter(|(failure, times)| policy.after_failure(failure.cause, *times).then == NextStep::Elsewhere);
        let barred: Vec<&ResourceId> = elsewhere.map(|(failure, _)| &failure.resource).collect();
        let is_elsewhere = !barred.is_empty() && self.able(submission, stage).any(|resource| !barred.contains(&&resource.id));
        if is_elsewhere { barred } else { Vec::new() }
    }

    /// Who can do a stage of a submission, dates and hours aside.
    pub fn able<'a>(&'a self, submission: &'a Submission, stage: &'a Stage) -> impl Iterator<Item = &'a Resource> {
        let facts = &submission.facts;
        let can =
            |resource: &&Resource| stage.by.contains(&resource.kind) && resource.can(&stage.name, facts.level, &facts.device);
        self.establishment.resources.iter().filter(can).filter(|resource| self.hold_on(&resource.id).is_none())
    }
}
