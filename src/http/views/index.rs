//! The published plan by submission and by resource, made once for each plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::daemon::published::Published;
use crate::domain::ids::{QueueNumber, ResourceId, Word};
use crate::domain::policy::Milestone;
use crate::domain::unit::{StageState, Submission};
use crate::planner::never::{Never, never};
use crate::planner::{MilestoneForecast, Plan, Step, Waiting};

/// A plan that answers by submission.
pub struct Indexed {
    /// The plan and its unit.
    pub published: Arc<Published>,
    lists: Arc<Lists>,
    never: Never,
}

/// What follows from the plan alone, whatever was recorded of it since.
#[derive(Default)]
struct Lists {
    of: BTreeMap<QueueNumber, Places>,
    on: BTreeMap<ResourceId, Vec<usize>>,
}

/// Where a submission is in the plan's lists.
#[derive(Default)]
struct Places {
    order: usize,
    steps: Vec<usize>,
    milestones: Vec<usize>,
    waiting: Vec<usize>,
}

impl Lists {
    fn new(plan: &Plan) -> Self {
        let Self { mut of, mut on } = Self::default();
        for (order, number) in plan.order.iter().enumerate() {
            of.entry(*number).or_default().order = order;
        }
        for (i, step) in plan.steps.iter().enumerate() {
            of.entry(step.submission).or_default().steps.push(i);
            if let Some(slot) = &step.slot {
                on.entry(slot.resource.clone()).or_default().push(i);
            }
        }
        for (i, milestone) in plan.milestones.iter().enumerate() {
            of.entry(milestone.submission).or_default().milestones.push(i);
        }
        for (i, waiting) in plan.waiting.iter().enumerate() {
            of.entry(waiting.submission).or_default().waiting.push(i);
        }
        Self { of, on }
    }
}

impl Indexed {
    /// Indexes a plan. `before`: the last one, which may be of the same plan.
    pub fn new(published: Arc<Published>, before: Option<&Self>) -> Self {
        let same = before.filter(|before| Arc::ptr_eq(&before.published.plan, &published.plan));
        let lists = same.map_or_else(|| Arc::new(Lists::new(&published.plan)), |same| Arc::clone(&same.lists));
        let never = never(&published.unit, &published.plan);
        Self { published, lists, never }
    }

    /// Place in the plan's order, from 1.
    pub fn position(&self, number: QueueNumber) -> Option<usize> {
        self.lists.of.get(&number).map(|places| places.order + 1)
    }

    /// Whether the plan speaks of the submission as it is now: on the same route of the same policy.
    pub fn fits(&self, submission: &Submission) -> bool {
        let planned = self.published.unit.submissions.get(&submission.number);
        planned.is_some_and(|planned| planned.route == submission.route && planned.policy == submission.policy)
    }

    /// Whether the plan was made with the submission as rules read it now, so that its reasons hold.
    pub fn is_current(&self, submission: &Submission) -> bool {
        let planned = self.published.unit.submissions.get(&submission.number);
        let same = |planned: &Submission| planned.facts == submission.facts && planned.device == submission.device;
        self.fits(submission) && planned.is_some_and(|planned| same(planned))
    }

    /// Its step of a stage.
    pub fn step(&self, number: QueueNumber, stage: usize) -> Option<&Step> {
        let steps = self.lists.of.get(&number)?.steps.iter().filter_map(|i| self.published.plan.steps.get(*i));
        steps.into_iter().find(|step| step.stage == stage)
    }

    /// The first of its steps to end, of those that were not done since the plan was made.
    pub fn next_step(&self, submission: &Submission) -> Option<&Step> {
        let steps = self.lists.of.get(&submission.number)?.steps.iter().filter_map(|i| self.published.plan.steps.get(*i));
        let steps = steps.filter(|step| !submission.stages.get(step.stage).is_some_and(StageState::is_over));
        steps.min_by_key(|step| (step.end, step.start))
    }

    /// Its stages without a place.
    pub fn waiting(&self, number: QueueNumber) -> impl Iterator<Item = &Waiting> {
        let waiting = self.lists.of.get(&number).into_iter().flat_map(|places| &places.waiting);
        waiting.filter_map(|i| self.published.plan.waiting.get(*i))
    }

    /// When a promise's milestone is reached.
    pub fn milestone(&self, number: QueueNumber, promise: &Word) -> Option<&MilestoneForecast> {
        let lines = self.lists.of.get(&number)?.milestones.iter().filter_map(|i| self.published.plan.milestones.get(*i));
        lines.into_iter().find(|line| line.promise == *promise)
    }

    /// The same behind a shut gate, were it met now.
    pub fn if_cleared(&self, number: QueueNumber, promise: &Word) -> Option<&MilestoneForecast> {
        self.waiting(number).filter_map(|waiting| waiting.if_cleared_now.as_ref()).flatten().find(|line| line.promise == *promise)
    }

    /// The promises of a submission that the plan finds no way to keep; none where there are none.
    pub fn never(&self, number: QueueNumber) -> Option<&BTreeSet<Word>> {
        self.never.get(&number)
    }

    /// When a milestone is reached, by whichever promise.
    pub fn reaches(&self, number: QueueNumber, milestone: Milestone) -> Option<&MilestoneForecast> {
        let lines = self.lists.of.get(&number)?.milestones.iter().filter_map(|i| self.published.plan.milestones.get(*i));
        lines.into_iter().find(|line| line.milestone == milestone)
    }

    /// What a resource does, by start.
    pub fn on<'a>(&'a self, resource: &ResourceId) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.lists.on.get(resource).into_iter().flatten().filter_map(|i| self.published.plan.steps.get(*i))
    }
}
