//! What would be otherwise, worked out when somebody asks: beside the cycle, so that no plan waits for it, and for few at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::published::Published;
use super::worker::Worker;
use crate::domain::establishment::{Establishment, ResourceKind};
use crate::domain::ids::QueueNumber;
use crate::domain::unit::{Submission, Unit};
use crate::domain::what_if::Impossible;
use crate::domain::what_if::additions::{Additions, Found, Keep, Search};
use crate::planner::compare::keeps;
use crate::planner::otherwise::{Counterfactual, Told, counterfactuals};
use crate::planner::{Options, Plan, plan_with};

/// Who may wait for an answer at a time.
const WAITING: usize = 8;
/// So many open submissions are planned with a search for the best order while somebody waits; more in rank order alone.
const SEARCHED: usize = 1_500;
/// How long the order of each of many units is searched for, where it is.
const BRIEFLY: Options = Options { budget: 50_000, ..Options::BUILD };
/// Units are tried until so many submissions were planned: some seconds' work.
const PLANNED: usize = 40_000;

/// Answers what would be otherwise. Cheap to clone.
#[derive(Clone)]
pub struct Otherwise {
    aside: Worker,
    waiting: Arc<Semaphore>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// So many wait for one already.
    Busy,
    /// It ended unexpectedly.
    Failed,
}

impl Otherwise {
    /// Answers worked out on this thread.
    pub fn on(aside: Worker) -> Self {
        Self { aside, waiting: Arc::new(Semaphore::new(WAITING)) }
    }

    /// What would make a submission sooner than the plan that was published.
    ///
    /// # Errors
    /// Too many ask at once, or it panicked, which is logged.
    pub async fn of(&self, published: Arc<Published>, number: QueueNumber) -> Result<Vec<Counterfactual>, NoAnswer> {
        self.answer(move || counterfactuals(&published.unit, &published.plan, number, Told::People)).await
    }

    /// The queue of the plan that was published, planned anew in the unit as it is, and in another: both alike, so that what differs is
    /// the unit.
    ///
    /// # Errors
    /// As for [`Self::of`].
    pub async fn in_another(&self, published: Arc<Published>, other: Establishment) -> Result<(Plan, Plan), NoAnswer> {
        self.answer(move || {
            let (unit, now) = (&published.unit, published.plan.now);
            let options = if unit.submissions.size() <= SEARCHED { Options::THOROUGH } else { Options::BUILD };
            let another = Unit { establishment: Arc::new(other), ..unit.clone() };
            (plan_with(unit, now, &options), plan_with(&another, now, &options))
        })
        .await
    }

    /// What would have to be added to a unit for promises to be kept at given shares by the queue of the plan that was published, over
    /// the submissions that count. `costs` says what one more of a kind costs.
    ///
    /// # Errors
    /// As for [`Self::of`].
    pub async fn additions(
        &self,
        published: Arc<Published>,
        base: Establishment,
        (keep, costs): (Vec<Keep>, BTreeMap<ResourceKind, u32>),
        counts: impl Fn(&Unit, &Submission) -> bool + Send + 'static,
    ) -> Result<Found, NoAnswer> {
        let found = self.answer(move || {
            let (unit, now) = (&published.unit, published.plan.now);
            let open = unit.submissions.size();
            let options = if open <= SEARCHED { BRIEFLY } else { Options::BUILD };
            let kinds: BTreeSet<ResourceKind> = base.resources.iter().map(|resource| resource.kind).collect();
            let search = Search { keep, kinds: kinds.into_iter().collect(), costs, most: PLANNED / open.max(1) };
            search.run(|units: &[Additions]| {
                let shares = units.iter().map(|added| {
                    let mut establishment = base.clone();
                    added.to(&mut establishment)?;
                    let other = Unit { establishment: Arc::new(establishment), ..unit.clone() };
                    Ok(keeps(unit, &plan_with(&other, now, &options), |submission| counts(unit, submission)))
                });
                shares.collect::<Result<Vec<_>, Impossible>>()
            })
        });
        found.await?.map_err(|cause| {
            tracing::error!(%cause, "one more of a kind that is there could not be added");
            NoAnswer::Failed
        })
    }

    async fn answer<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, NoAnswer> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| NoAnswer::Busy)?;
        let found = self.aside.run(move || {
            // Free once the work is done, or is not begun because nobody waits for it any more.
            let _place = place;
            work()
        });
        found.await.ok_or_else(|| {
            tracing::error!("working out what would be otherwise ended unexpectedly");
            NoAnswer::Failed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{World, suspects_laptop};
    use crate::planner::plan;

    #[tokio::test]
    async fn few_are_answered_at_a_time_and_the_others_told_so() {
        let mut world = World::new();
        world.at("23T09:00").registers(suspects_laptop("AB/1"));
        let now = world.now;
        let plan = Arc::new(plan(&world.unit, now));
        let unit = world.unit.clone();
        let published =
            Arc::new(Published { unit, plan, made_at: now, weighed_at: now, arrivals: Arc::default(), settled: true });
        let otherwise = Otherwise::on(Worker::start("test").unwrap());
        assert!(otherwise.of(Arc::clone(&published), QueueNumber(1)).await.is_ok());
        let taken = otherwise.waiting.try_acquire_many(u32::try_from(WAITING).unwrap()).unwrap();
        assert_eq!(otherwise.of(Arc::clone(&published), QueueNumber(1)).await, Err(NoAnswer::Busy));
        drop(taken);
        assert!(otherwise.of(published, QueueNumber(1)).await.is_ok());
    }
}
