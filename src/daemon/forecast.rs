//! How sure the newest plan is, worked out in the background: hundreds of runs of it, one plan at a time.
//!
//! Nobody waits for it: not the cycle, which publishes a plan and goes on, nor the desk. While one plan is worked on newer
//! ones may come, and then the newest is next, whatever lies between.
//!
//! Invariant: what is known is stamped with the ledger entry that its plan rests on and the instant that it plans from, and is told
//! of that plan alone: until the runs of a newer one are made nothing is known of it, even where nothing happened in between.

use std::collections::BTreeMap;
use std::sync::Arc;

use metrics::{gauge, histogram};
use tokio::sync::watch;

use super::coming::Coming;
use super::cycle::is_large;
use super::published::Published;
use super::search::lull;
use super::worker::Worker;
use crate::clock::monotonic;
use crate::domain::crowding::Crowding;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::planner::Plan;
use crate::planner::chance::{Chances, chances};

/// What all runs are seeded with: a stage has the same luck in every plan, on every node, so that a probability moves with
/// the plan and never by chance.
const LUCK: u64 = 0x0064_6671_7565_7565;

/// How sure a plan is, and which plan that was.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    /// The last ledger entry that its plan rests on; none before the first.
    based_on: Option<i64>,
    /// The instant from which it plans.
    planned_from: Option<Timestamp>,
    chances: Chances,
}

impl Forecast {
    /// How sure a published plan is, overtaken as this says by what comes in, by as many runs as its unit's policy asks for.
    pub fn of(published: &Published, crowding: &Crowding) -> Self {
        let Published { unit, plan, .. } = published;
        let chances = chances(unit, plan, crowding, (unit.policy.forecast.runs, LUCK));
        Self { based_on: Some(plan.based_on), planned_from: Some(plan.now), chances }
    }

    /// Whether its plan rests on this ledger entry or a later one.
    pub fn has_reached(&self, seq: i64) -> bool {
        self.based_on.is_some_and(|based_on| based_on >= seq)
    }

    /// What is known of a plan; none while its runs are still to be made.
    pub fn speaks_of(&self, plan: &Plan) -> Option<&Chances> {
        let its_own = self.based_on == Some(plan.based_on) && self.planned_from == Some(plan.now);
        its_own.then_some(&self.chances)
    }
}

/// Works out how sure plans are.
pub struct Forecaster {
    /// Where plans come from.
    pub plans: watch::Receiver<Arc<Published>>,
    /// Where what is known of them goes.
    pub forecasts: watch::Sender<Arc<Forecast>>,
    /// Where what comes in is on record; none: nothing is taken to come.
    pub coming: Option<Coming>,
    /// Where it is done: beside the cycle, and one thing at a time.
    pub aside: Worker,
}

impl Forecaster {
    /// One plan after the other, always the newest, until no more can come.
    pub async fn run(mut self) {
        loop {
            self.turn().await;
            if self.plans.changed().await.is_err() {
                return;
            }
        }
    }

    /// Works on the newest plan.
    pub async fn turn(&mut self) {
        let newest = Arc::clone(&self.plans.borrow_and_update());
        if self.forecasts.borrow().speaks_of(&newest.plan).is_some() {
            return;
        }
        if is_large(&newest.unit) {
            lull(&mut self.plans).await;
        }
        let crowding = match &mut self.coming {
            Some(coming) => coming.at(&newest.unit, newest.plan.now).await,
            None => Arc::default(),
        };
        drop(newest);
        let begun = monotonic();
        let plans = self.plans.clone();
        let known = self.aside.run(move || {
            let newest = Arc::clone(&plans.borrow());
            let forecast = Forecast::of(&newest, &crowding);
            gauges(&newest.unit, &newest.plan, &forecast.chances);
            forecast
        });
        let Some(forecast) = known.await else {
            tracing::error!("the forecast ended unexpectedly; how sure the plan is is not known");
            return;
        };
        histogram!("dfqueue_forecast_seconds").record(begun.elapsed().as_secs_f64());
        self.forecasts.send_replace(Arc::new(forecast));
    }
}

fn gauges(unit: &Unit, plan: &Plan, chances: &Chances) {
    for (promise, count) in at_risk(unit, plan, chances) {
        gauge!("dfqueue_promises_at_risk", "promise" => promise.to_owned()).set(count);
    }
}

/// Promises not yet due that are as likely to be missed as the policy calls at risk, or more, by name.
fn at_risk<'u>(unit: &'u Unit, plan: &Plan, chances: &Chances) -> BTreeMap<&'u str, u32> {
    let mut counts: BTreeMap<&str, u32> = unit.policy.promises.iter().map(|promise| (promise.name.as_str(), 0)).collect();
    for (number, chance) in chances.all() {
        let Some(submission) = unit.submissions.get(&number) else { continue };
        let clock = submission.clocks.iter().find(|clock| clock.promise == chance.promise && clock.due > plan.now);
        if let Some(clock) = clock.filter(|clock| unit.at_risk_from(submission, clock) <= chance.late_permille) {
            *counts.entry(clock.promise.as_str()).or_default() += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{World, at, ready_phone, span};
    use crate::planner::plan;

    fn published(world: &World) -> Published {
        let unit = world.unit.clone();
        let now = world.now;
        Published {
            plan: Arc::new(plan(&unit, now)),
            unit,
            made_at: now,
            weighed_at: now,
            arrivals: Arc::default(),
            settled: true,
        }
    }

    #[test]
    fn what_is_known_of_one_plan_is_not_said_of_the_next() {
        let mut world = World::new();
        let number = world.at("23T09:00").registers(ready_phone("AB/1"));
        let first = published(&world);
        let forecast = Forecast::of(&first, &Crowding::default());
        let known = forecast.speaks_of(&first.plan).unwrap();
        assert!(known.of(number, &"victim-phone".into()).is_some());
        assert!(forecast.speaks_of(&published(&world).plan).is_some(), "the same plan");
        world.at("23T09:01");
        assert!(forecast.speaks_of(&published(&world).plan).is_none(), "a minute went by");
        world.at("23T09:00").registers(ready_phone("CD/1"));
        assert!(forecast.speaks_of(&published(&world).plan).is_none(), "there is one more phone");
        assert!(Forecast::default().speaks_of(&first.plan).is_none());
    }

    #[test]
    fn a_promise_is_at_risk_from_the_probability_that_its_policy_names() {
        let mut world = World::new();
        let number = world.at("23T09:00").registers(ready_phone("AB/1"));
        let back = published(&world).plan.milestones[0].at;
        let count = |world: &World| {
            let made = published(world);
            let forecast = Forecast::of(&made, &Crowding::default());
            (at_risk(&made.unit, &made.plan, &forecast.chances)["victim-phone"], forecast)
        };
        assert_eq!(count(&world).0, 0, "due tomorrow morning, back today");

        // Due ten minutes after the plan has it back.
        world = World::new();
        let mut tight = ready_phone("AB/1");
        tight.facts.taken_at = back + span("10m") - span("24h");
        assert_eq!(world.at("23T09:00").registers(tight), number);
        let (tight, forecast) = count(&world);
        let chance = forecast.chances.of(number, &"victim-phone".into()).unwrap().late_permille;
        assert_eq!((tight, chance >= 100), (1, true), "late with {chance} of 1000, at risk from 100");

        // Once it is due it is no risk any more.
        world.now = back + span("10m");
        assert_eq!(count(&world).0, 0);
    }

    #[tokio::test]
    async fn of_all_plans_that_came_meanwhile_the_newest_is_next() {
        let mut world = World::new();
        world.at("23T09:00").registers(ready_phone("AB/1"));
        let (plans, receiver) = watch::channel(Arc::new(published(&world)));
        let (forecasts, mut known) = watch::channel(Arc::default());
        let mut forecaster = Forecaster { plans: receiver, forecasts, coming: None, aside: Worker::start("aside").unwrap() };
        let mut seen = Vec::new();
        for reference in ["CD/1", "EF/1", "GH/1"] {
            world.registers(ready_phone(reference));
            plans.send_replace(Arc::new(published(&world)));
            seen.push(plans.borrow().plan.based_on);
        }
        forecaster.turn().await;
        let newest = Arc::clone(&plans.borrow());
        assert_eq!(known.borrow_and_update().based_on, Some(newest.plan.based_on), "of {seen:?}");
        assert!(!forecaster.plans.has_changed().unwrap(), "nothing is left to do");

        let running = tokio::spawn(forecaster.run());
        world.at("23T09:30").registers(ready_phone("IJ/1"));
        plans.send_replace(Arc::new(published(&world)));
        let last = plans.borrow().plan.based_on;
        known.wait_for(|known| known.based_on == Some(last)).await.unwrap();
        drop(plans);
        running.await.unwrap();
        assert_eq!(at("23T09:30"), world.now);
    }
}
