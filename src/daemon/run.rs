//! The loop around the cycle: wakes on every commit and at least every tick, plans, publishes, lets a burst settle,
//! and hands what should be done to the desk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{counter, gauge, histogram};
use tokio::sync::watch;

use super::cycle::{Turn, follow_ups, turn};
use super::desk::{Desk, DeskError};
use super::published::Published;
use super::worker::Worker;
use crate::clock::{Clock, monotonic};
use crate::domain::command::Command;
use crate::domain::entry::Actor;
use crate::domain::event::{Change, Event};
use crate::domain::unit::{BreachState, Unit};
use crate::planner::Turns;

/// Times that a plan is looked at for what follows from it, before another is made.
const LOOKS: usize = 3;

/// What the loop works with.
pub struct Cycle {
    /// The one writer.
    pub desk: Desk,
    /// The daemon's clock.
    pub clock: Clock,
    /// Where plans are made.
    pub planner: Worker,
    /// It looks again at least this often.
    pub tick: Duration,
    /// Between one plan and the next there is at least this long.
    pub settle: Duration,
    /// Where the newest plan goes.
    pub plans: watch::Sender<Arc<Published>>,
    /// Better orders for a large unit, sought beside the cycle.
    pub sought: watch::Receiver<Option<Arc<Turns>>>,
    /// When the last turn ended.
    pub turned: watch::Sender<Option<Instant>>,
}

impl Cycle {
    /// Looks, plans and acts until the process ends.
    pub async fn run(mut self) -> Result<(), DeskError> {
        let mut changes = self.desk.changes();
        loop {
            // Registered before reading: a change that comes meanwhile wakes the next turn.
            let unit = changes.borrow_and_update().clone();
            let seq = unit.seq;
            let acted = self.turn(unit).await?;
            tokio::time::sleep(self.settle).await;
            if !acted {
                let known = self.plans.borrow().rests_on().max(seq);
                tokio::select! {
                    changed = changes.wait_for(|unit| unit.seq != known) => drop(changed.map_err(|_| DeskError::Stopping)?),
                    Ok(()) = self.sought.changed() => self.sought.mark_changed(),
                    () = tokio::time::sleep(self.tick) => {}
                }
            }
        }
    }

    /// One turn: true where it changed something, so that the next should follow at once.
    pub async fn turn(&mut self, unit: Unit) -> Result<bool, DeskError> {
        let (now, begun) = (self.clock.now(), monotonic());
        let before = self.plans.borrow().clone();
        let sought = self.newly_sought();
        let planned = self.planner.run(move || (turn(&unit, now, Some(&before), sought.as_deref()), unit)).await;
        let Some((turn, unit)) = planned else {
            tracing::error!("the planner ended unexpectedly; the last plan stands");
            counter!("dfqueue_plan_violations_total").increment(1);
            return Ok(false);
        };
        histogram!("dfqueue_plan_seconds").record(begun.elapsed().as_secs_f64());
        let Turn { plan, moved, violations, stands, commands, weighed_at } = turn;
        counter!("dfqueue_told_starts_moved_total").increment(moved as u64);
        for violation in &violations {
            let instead = if stands { "one in rank order stands in its place" } else { "nothing is dispatched" };
            tracing::error!(%violation, "the independent check refuses the plan; {instead}");
            counter!("dfqueue_plan_violations_total").increment(1);
        }
        let settled = commands.is_empty();
        let mut published = Published { unit, plan: Arc::new(plan), made_at: now, weighed_at, settled };
        self.publish(published.clone());
        let changed = self.act(&mut published, commands).await?;
        self.turned.send_replace(Some(monotonic()));
        Ok(changed)
    }

    /// Hands in what follows from a plan, and what follows from that, such as a place for whom an offer was taken back from:
    /// true where a new plan should be made at once.
    async fn act(&self, published: &mut Published, mut commands: Vec<Command>) -> Result<bool, DeskError> {
        for _ in 0..LOOKS {
            let unit = match self.carry_out(commands, published.rests_on()).await? {
                Done::AsPlanned(unit) => unit,
                Done::Otherwise { changed } => return Ok(changed),
            };
            let (plan, now) = (Arc::clone(&published.plan), published.made_at);
            let looked = self.planner.run(move || (follow_ups(&unit, &plan, now), unit)).await;
            let Some((next, unit)) = looked else { return Ok(true) };
            *published = Published { unit, settled: next.is_empty(), ..published.clone() };
            self.publish(published.clone());
            if next.is_empty() {
                return Ok(false);
            }
            commands = next;
        }
        Ok(true)
    }

    fn publish(&self, published: Published) {
        gauges(&published);
        self.plans.send_replace(Arc::new(published));
    }

    /// What was found since the turn before: each is followed once, and then what came of it.
    fn newly_sought(&mut self) -> Option<Arc<Turns>> {
        let is_new = self.sought.has_changed().unwrap_or(false);
        is_new.then(|| self.sought.borrow_and_update().clone()).flatten()
    }

    /// Hands in commands that follow from a plan that rests on a ledger entry.
    async fn carry_out(&self, commands: Vec<Command>, mut rests_on: i64) -> Result<Done, DeskError> {
        let (mut changed, mut as_planned) = (false, None);
        let mut otherwise = false;
        for group in commands.chunks(500) {
            match self.desk.submit(&Actor::daemon(), group.to_vec(), None).await {
                Ok(super::Answer::Decided { verdicts, unit, .. }) => {
                    for refusal in verdicts.iter().filter_map(|verdict| verdict.as_ref().err()) {
                        // What changed since the plan was made is looked at again in the next turn.
                        tracing::debug!(%refusal, "a step of the plan was refused");
                        otherwise = true;
                    }
                    let events = verdicts.iter().flatten().flatten();
                    rests_on += events.clone().map(|_| 1).sum::<i64>();
                    changed |= events.clone().next().is_some();
                    events.for_each(tell);
                    otherwise |= unit.seq != rests_on;
                    as_planned = Some(unit);
                }
                Ok(super::Answer::Replayed(..)) => {}
                Err(DeskError::Store(cause)) => {
                    tracing::error!(%cause, "steps of the plan not recorded; tried again next turn");
                    otherwise = true;
                }
                Err(stopping) => return Err(stopping),
            }
        }
        Ok(match as_planned.filter(|_| !otherwise) {
            Some(unit) => Done::AsPlanned(unit),
            None => Done::Otherwise { changed },
        })
    }
}

/// What became of the commands of a turn.
#[expect(clippy::large_enum_variant, reason = "made once a turn and looked at, never kept")]
enum Done {
    /// All were accepted, and nobody else recorded anything since the plan was made: it stands for the unit as it is now.
    AsPlanned(Unit),
    /// There were none, or it came otherwise.
    Otherwise { changed: bool },
}

/// What nobody may learn of from the victim.
fn tell(event: &Event) {
    if let Change::LatestStartPassed { number, promise, due } = &event.change {
        let at = event.happened_at;
        tracing::warn!(%number, %promise, %at, %due, "a victim's phone passed its latest start with nothing begun");
        counter!("dfqueue_latest_starts_passed_total", "promise" => promise.to_string()).increment(1);
    }
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floats; counts stay far below 2^52")]
fn gauges(published: &Published) {
    let (unit, plan) = (&published.unit, &published.plan);
    let mut tiers: BTreeMap<u8, u32> = unit.policy.tiers.iter().map(|tier| (tier.number, 0)).collect();
    for submission in unit.submissions.values() {
        *tiers.entry(submission.tier(plan.now)).or_default() += 1;
    }
    for (tier, count) in tiers {
        gauge!("dfqueue_open_submissions", "tier" => tier.to_string()).set(count);
    }
    let mut breaches: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for promise in &unit.policy.promises {
        breaches.insert((promise.name.as_str(), "forecast"), 0);
        breaches.insert((promise.name.as_str(), "open"), 0);
    }
    for breach in unit.breaches.values() {
        let state = match breach.state {
            BreachState::Forecast { .. } => "forecast",
            BreachState::Open => "open",
            BreachState::Closed { .. } | BreachState::Void | BreachState::Disproved { .. } => continue,
        };
        *breaches.entry((breach.promise.as_str(), state)).or_default() += 1;
    }
    for ((promise, state), count) in breaches {
        gauge!("dfqueue_breaches", "promise" => promise.to_owned(), "state" => state).set(count);
    }
    let mut waiting: BTreeMap<&str, u32> = BTreeMap::new();
    for reason in plan.waiting.iter().filter_map(|waiting| waiting.reasons.first()) {
        *waiting.entry(reason.kind()).or_default() += 1;
    }
    for (reason, count) in waiting {
        gauge!("dfqueue_waiting_stages", "reason" => reason).set(count);
    }
    for tier in &plan.objective {
        gauge!("dfqueue_late_milestones", "tier" => tier.tier.to_string()).set(tier.late as f64);
    }
}
