//! What could be done about promises that are forecast to be missed, worked out in the background, one promise at a time.
//!
//! Nobody waits for it. What has no advice yet is next, then what the advice on is oldest; advice is renewed when the plan
//! reaches the milestone at another time than it did, or once it is old. It is of the plan it was worked out on, and says when that was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use metrics::{gauge, histogram};
use tokio::sync::watch;

use super::cycle::is_large;
use super::published::Published;
use super::search::lull;
use super::worker::Worker;
use crate::clock::monotonic;
use crate::domain::guard::LAST_JUDGED_TIER;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::policy::Gate;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Breach, BreachState, Unit};
use crate::planner::Plan;
use crate::planner::rescue::{Remedy, remedies};
use crate::planner::told::DRIFT;

/// Older advice is worked out anew.
const OLD: Seconds = Seconds(10 * 60);

/// What could be done, by submission and promise.
#[derive(Clone, Debug, Default)]
pub struct Rescues(BTreeMap<(QueueNumber, Word), Advice>);

/// What could be done about one promise.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The instant from which the plan it was worked out on plans.
    pub planned_from: Timestamp,
    /// What keeps the promise, cheapest first; empty where nothing does, none where it is kept anyhow.
    pub remedies: Option<Vec<Remedy>>,
    /// When that plan reaches the milestone.
    expected: Option<Timestamp>,
    /// The gates that were shut for it.
    shut: Vec<Gate>,
}

impl Rescues {
    /// What could be done about a promise; none while that is not worked out, and where other gates are shut by `now` than were
    /// then: nobody is told to meet what has been met.
    pub fn of(&self, unit: &Unit, now: Timestamp, number: QueueNumber, promise: &Word) -> Option<&Advice> {
        self.known(number, promise).filter(|advice| advice.shut == shut(unit, now, number))
    }

    fn known(&self, number: QueueNumber, promise: &Word) -> Option<&Advice> {
        self.0.get(&(number, promise.clone()))
    }

    /// The promise that advice is wanted on most; none where all of it is good.
    fn next(&self, published: &Published) -> Option<(QueueNumber, Word)> {
        let wanted = forecast(&published.unit).filter(|breach| self.is_wanted(breach, published));
        let known = |breach: &Breach| self.known(breach.submission, &breach.promise).map(|advice| advice.planned_from);
        let next = wanted.min_by_key(|breach| (known(breach), breach.due, breach.id))?;
        Some((next.submission, next.promise.clone()))
    }

    fn is_wanted(&self, breach: &Breach, Published { unit, plan, .. }: &Published) -> bool {
        self.of(unit, plan.now, breach.submission, &breach.promise).is_none_or(|advice| {
            let moved = match (advice.expected, expected(plan, breach.submission, &breach.promise)) {
                (Some(was), Some(is)) => (is - was).0.abs() > DRIFT.0,
                (was, is) => was != is,
            };
            moved || plan.now - advice.planned_from > OLD
        })
    }

    /// Without advice on what is no longer forecast, and with this.
    fn with(&self, unit: &Unit, on: (QueueNumber, Word), advice: Advice) -> Self {
        let still: BTreeSet<(QueueNumber, &Word)> = forecast(unit).map(|breach| (breach.submission, &breach.promise)).collect();
        let kept = self.0.iter().filter(|((number, promise), _)| still.contains(&(*number, promise)));
        let mut kept: BTreeMap<_, _> = kept.map(|(on, advice)| (on.clone(), advice.clone())).collect();
        kept.insert(on, advice);
        Self(kept)
    }
}

/// Breaches that are forecast of promises of tiers 0 to 2.
fn forecast(unit: &Unit) -> impl Iterator<Item = &Breach> {
    let is_first = |breach: &Breach| {
        let clocks = unit.submissions.get(&breach.submission).map_or(&[][..], |submission| &submission.clocks);
        clocks.iter().any(|clock| clock.promise == breach.promise && clock.tier <= LAST_JUDGED_TIER)
    };
    unit.breaches.values().filter(move |breach| matches!(breach.state, BreachState::Forecast { .. }) && is_first(breach))
}

/// The gates of a submission that are shut.
fn shut(unit: &Unit, now: Timestamp, number: QueueNumber) -> Vec<Gate> {
    let submission = unit.submissions.get(&number);
    let gates = submission.and_then(|submission| Some(submission.shut_gates(unit.route_of(submission)?, now).collect()));
    gates.unwrap_or_default()
}

fn expected(plan: &Plan, number: QueueNumber, promise: &Word) -> Option<Timestamp> {
    let cleared = plan.waiting.iter().filter(|waiting| waiting.submission == number).flat_map(|waiting| &waiting.if_cleared_now);
    let mut lines = plan.milestones.iter().filter(|line| line.submission == number).chain(cleared.flatten());
    lines.find(|line| line.promise == *promise).map(|line| line.at)
}

/// Works out what could be done.
pub struct Rescuer {
    /// Where plans come from.
    pub plans: watch::Receiver<Arc<Published>>,
    /// Where advice goes.
    pub rescues: watch::Sender<Arc<Rescues>>,
    /// Where it is done: beside the cycle, and one thing at a time.
    pub aside: Worker,
}

impl Rescuer {
    /// One promise after the other, always on the newest plan, until no more can come.
    pub async fn run(mut self) {
        loop {
            while self.turn().await {}
            if self.plans.changed().await.is_err() {
                return;
            }
        }
    }

    /// Works out the advice that is wanted most; whether there was any to work out.
    pub async fn turn(&mut self) -> bool {
        if is_large(&self.plans.borrow().unit) {
            lull(&mut self.plans).await;
        }
        let newest = Arc::clone(&self.plans.borrow_and_update());
        let Some(on) = self.rescues.borrow().next(&newest) else {
            tell(&newest.unit, &self.rescues.borrow());
            return false;
        };
        let begun = monotonic();
        let (work, asked) = (Arc::clone(&newest), on.clone());
        let found = self.aside.run(move || {
            let (number, promise) = &asked;
            let remedies = remedies(&work.unit, &work.plan, *number, promise);
            Advice {
                planned_from: work.plan.now,
                remedies,
                expected: expected(&work.plan, *number, promise),
                shut: shut(&work.unit, work.plan.now, *number),
            }
        });
        let Some(advice) = found.await else {
            tracing::error!(submission = %on.0, promise = %on.1, "the search for remedies ended unexpectedly; none are told until the next plan");
            return false;
        };
        histogram!("dfqueue_rescue_seconds").record(begun.elapsed().as_secs_f64());
        self.rescues.send_modify(|known| *known = Arc::new(known.with(&newest.unit, on, advice)));
        true
    }
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floats; counts stay far below 2^52")]
fn tell(unit: &Unit, known: &Rescues) {
    let advised = || forecast(unit).filter_map(|breach| known.known(breach.submission, &breach.promise)?.remedies.as_ref());
    gauge!("dfqueue_forecast_breaches_with_a_remedy").set(advised().filter(|remedies| !remedies.is_empty()).count() as f64);
    gauge!("dfqueue_forecast_breaches_without_a_remedy").set(advised().filter(|remedies| remedies.is_empty()).count() as f64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Command;
    use crate::domain::testing::{World, at, ready_phone, span};
    use crate::planner::plan;

    /// A phone that is back a quarter of an hour too late, which is on record, and one more in time.
    fn late() -> (World, QueueNumber) {
        let mut world = World::new();
        let mut phone = ready_phone("AB/1");
        phone.facts.taken_at = at("22T20:00");
        let number = world.at("23T17:30").registers(phone);
        let promise: Word = "victim-phone".into();
        world.does(Command::ForecastBreach { number, promise, expected: Some(at("23T20:15")) });
        world.registers(ready_phone("CD/1"));
        (world, number)
    }

    fn published(world: &World) -> Arc<Published> {
        let (unit, now) = (world.unit.clone(), world.now);
        Arc::new(Published {
            plan: Arc::new(plan(&unit, now)),
            unit,
            made_at: now,
            weighed_at: now,
            arrivals: Arc::default(),
            settled: true,
        })
    }

    #[tokio::test]
    async fn each_promise_that_is_forecast_late_is_advised_on_once_until_things_change() {
        let (mut world, number) = late();
        let (plans, receiver) = watch::channel(published(&world));
        let (rescues, known) = watch::channel(Arc::default());
        let mut rescuer = Rescuer { plans: receiver, rescues, aside: Worker::start("aside").unwrap() };
        let promise: Word = "victim-phone".into();
        assert!(known.borrow().of(&world.unit, world.now, number, &promise).is_none(), "not worked out yet");
        assert!(rescuer.turn().await);
        let remedies = known.borrow().of(&world.unit, world.now, number, &promise).unwrap().remedies.clone();
        assert_eq!(remedies, Some(Vec::new()), "nothing helps, and that is known");
        assert!(!rescuer.turn().await, "the other is in time");

        world.now = world.now + span("5m");
        plans.send_replace(published(&world));
        assert!(!rescuer.turn().await, "five minutes change little");
        world.now = world.now + span("6m");
        plans.send_replace(published(&world));
        assert!(rescuer.turn().await, "it has grown old");
        assert_eq!(known.borrow().of(&world.unit, world.now, number, &promise).unwrap().planned_from, world.now);

        world.does(Command::AvertBreach { breach: crate::domain::ids::BreachId(1) });
        let mut late = ready_phone("EF/1");
        late.facts.taken_at = at("22T20:00");
        let other = world.registers(late);
        world.does(Command::ForecastBreach { number: other, promise: promise.clone(), expected: None });
        plans.send_replace(published(&world));
        assert!(rescuer.turn().await);
        assert!(known.borrow().known(number, &promise).is_none(), "what is no longer forecast is forgotten");
        assert!(known.borrow().of(&world.unit, world.now, other, &promise).is_some());
    }

    #[tokio::test]
    async fn nobody_is_told_to_meet_a_gate_that_was_met_since() {
        let mut world = World::new();
        let mut phone = ready_phone("AB/1");
        phone.facts.agreement_at = None;
        let number = world.registers(phone);
        let promise: Word = "victim-phone".into();
        world.does(Command::ForecastBreach { number, promise: promise.clone(), expected: None });
        let (plans, receiver) = watch::channel(published(&world));
        let (rescues, known) = watch::channel(Arc::default());
        let mut rescuer = Rescuer { plans: receiver, rescues, aside: Worker::start("aside").unwrap() };
        assert!(rescuer.turn().await);
        let of = |world: &World| known.borrow().of(&world.unit, world.now, number, &promise).cloned();
        assert_eq!(of(&world).unwrap().shut, [Gate::Agreement, Gate::Authorisation, Gate::Delivery]);

        let mut agreed = crate::domain::unit::Submission::clone(&world.row(number));
        agreed.facts.agreement_at = Some(at("23T08:00"));
        agreed.facts.notice_at = Some(at("23T08:00"));
        world.unit.submissions.insert_mut(number, Arc::new(agreed));
        assert!(of(&world).is_none(), "it is of a gate that is not shut any more");
        plans.send_replace(published(&world));
        assert!(rescuer.turn().await, "and is worked out anew");
        assert_eq!(of(&world).unwrap().shut, [Gate::Authorisation, Gate::Delivery]);
    }
}
