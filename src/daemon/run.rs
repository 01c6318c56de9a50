//! The loop around the cycle: wakes on every commit and at least every tick, plans and publishes at once, has the plan
//! judged, and hands what should be done to the desk.
//!
//! A plan is seen before it is judged, and done about only after. Where somebody records something while a plan is
//! being judged, the next is made meanwhile: whoever waits to be seen in a plan waits for no more than its making.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{counter, gauge, histogram};
use tokio::sync::watch;

use super::cycle::{Judged, judge, make};
use super::desk::{Desk, DeskError};
use super::dispatch::follow_ups;
use super::published::Published;
use super::worker::Worker;
use crate::clock::{Clock, monotonic};
use crate::domain::command::Command;
use crate::domain::entry::Actor;
use crate::domain::event::{Change, Event, ReleaseCause};
use crate::domain::unit::{BreachState, Unit};
use crate::planner::told::moved;
use crate::planner::{Plan, Turns};

/// Times that a plan is looked at for what follows from it, before another is made.
const LOOKS: usize = 3;

/// How long a plan waits at most for those who hand in many entries at once: each would be in a plan of its own, and take its core.
const LULL: Duration = Duration::from_secs(1);

/// What the loop works with.
pub struct Cycle {
    /// The one writer.
    pub desk: Desk,
    /// The daemon's clock.
    pub clock: Clock,
    /// Where plans are made.
    pub planner: Worker,
    /// Where they are judged.
    pub checker: Worker,
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

/// A published plan that has yet to be judged.
pub struct Unjudged {
    /// What it was made of, as it was then.
    made_of: Unit,
    published: Published,
}

impl Unjudged {
    fn new(published: Published) -> Self {
        Self { made_of: published.unit.clone(), published }
    }
}

/// A plan that was judged.
pub struct Verdict {
    published: Published,
    /// Whether it may be dispatched.
    stands: bool,
    /// What should be done, in order.
    commands: Vec<Command>,
}

/// What came of a plan.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Came {
    /// Ledger entries that the daemon recorded of it.
    pub recorded: i64,
    /// Whether another plan should be made at once.
    pub again: bool,
}

/// What the loop does next.
#[expect(clippy::large_enum_variant, reason = "there is one, and it is never kept")]
enum Next {
    Judge(Unjudged),
    Make,
    Wait,
}

type Changes = watch::Receiver<Unit>;
type Sought = watch::Receiver<Option<Arc<Turns>>>;

impl Cycle {
    /// Looks, plans and acts until the process ends. What is published at its start is a plan that nobody has judged.
    pub async fn run(&self) -> Result<(), DeskError> {
        let (mut changes, mut sought) = (self.desk.changes(), self.sought.clone());
        let first = Unjudged::new(Published::clone(&self.plans.borrow()));
        let mut tried = first.made_of.seq;
        let mut next = Next::Judge(first);
        loop {
            next = match next {
                Next::Judge(plan) => self.judge_and_go_on(plan, &mut changes, &mut sought).await?,
                Next::Make => {
                    self.desk.lull(LULL).await;
                    // Marked as seen before it is planned: a change that comes meanwhile wakes the next turn.
                    let unit = changes.borrow_and_update().clone();
                    tried = unit.seq;
                    self.make(unit, newly(&mut sought)).await.map_or(Next::Wait, Next::Judge)
                }
                Next::Wait => {
                    self.wait(tried, &mut changes, &mut sought).await?;
                    Next::Make
                }
            };
        }
    }

    /// Waits for something that neither the newest plan nor the one that was last `tried` knows of, at most a tick.
    async fn wait(&self, tried: i64, changes: &mut Changes, sought: &mut Sought) -> Result<(), DeskError> {
        let known = self.plans.borrow().rests_on().max(tried);
        tokio::select! {
            changed = changes.wait_for(|unit| unit.seq != known) => drop(changed.map_err(|_| DeskError::Stopping)?),
            Ok(()) = sought.changed() => sought.mark_changed(),
            () = tokio::time::sleep(self.tick) => {}
        }
        Ok(())
    }

    /// Has a plan judged and does what follows from it; where somebody records something meanwhile, the next is made beside.
    async fn judge_and_go_on(&self, plan: Unjudged, changes: &mut Changes, sought: &mut Sought) -> Result<Next, DeskError> {
        let mut judging = pin!(self.judge(plan));
        tokio::select! {
            biased;
            judged = &mut judging => {
                let came = self.act(judged).await?;
                tokio::time::sleep(self.settle).await;
                return Ok(if came.again { Next::Make } else { Next::Wait });
            }
            changed = changes.changed() => changed.map_err(|_| DeskError::Stopping)?,
        }
        tokio::time::sleep(self.settle).await;
        self.desk.lull(LULL).await;
        let unit = changes.borrow_and_update().clone();
        let (next, came) = tokio::join!(self.make(unit, newly(sought)), async { self.act(judging.await).await });
        let came = came?;
        let Some(mut next) = next else { return Ok(Next::Wait) };
        let latest = changes.borrow_and_update().clone();
        if latest.seq == next.made_of.seq + came.recorded {
            // All that was recorded since follows from the plan before: the next is asked what more there is to do.
            next.published.unit = latest;
        } else {
            changes.mark_changed();
        }
        Ok(Next::Judge(next))
    }

    /// Makes a plan of the unit and publishes it. None where the planner fails: then the last one stands.
    pub async fn make(&self, unit: Unit, sought: Option<Arc<Turns>>) -> Option<Unjudged> {
        let (now, begun) = (self.clock.now(), monotonic());
        let before = self.plans.borrow().clone();
        let made = self.planner.run(move || {
            let (plan, weighed_at) = make(&unit, now, Some(&before), sought.as_deref());
            let moved = moved(&before.plan, &plan);
            let arrivals = before.arrivals_with(&unit, &plan);
            (Published { unit, plan: Arc::new(plan), made_at: now, weighed_at, arrivals, settled: false }, moved)
        });
        let Some((published, moved)) = made.await else {
            tracing::error!("the planner ended unexpectedly; the last plan stands");
            counter!("dfqueue_plan_violations_total").increment(1);
            return None;
        };
        histogram!("dfqueue_plan_seconds").record(begun.elapsed().as_secs_f64());
        counter!("dfqueue_told_starts_moved_total").increment(moved as u64);
        gauges(&published);
        self.plans.send_replace(Arc::new(published.clone()));
        self.turned.send_replace(Some(monotonic()));
        Some(Unjudged::new(published))
    }

    /// Has a plan checked, and asks what follows from it; one that is found wrong gives way to one in rank order.
    pub async fn judge(&self, plan: Unjudged) -> Verdict {
        let Unjudged { made_of, mut published } = plan;
        let (begun, unit, made) = (monotonic(), published.unit.clone(), Arc::clone(&published.plan));
        let now = published.made_at;
        let judged = self.checker.run(move || judge(&made_of, &made, &unit, now)).await;
        histogram!("dfqueue_check_seconds").record(begun.elapsed().as_secs_f64());
        let Some(Judged { violations, instead, commands }) = judged else {
            tracing::error!("the independent check ended unexpectedly; nothing is dispatched");
            counter!("dfqueue_plan_violations_total").increment(1);
            return Verdict { published, stands: false, commands: Vec::new() };
        };
        let stands = violations.is_empty() || instead.is_some();
        for violation in &violations {
            let then = if stands { "one in rank order stands in its place" } else { "nothing is dispatched" };
            tracing::error!(%violation, "the independent check refuses the plan; {then}");
            counter!("dfqueue_plan_violations_total").increment(1);
        }
        published.settled = commands.is_empty();
        let was = Arc::clone(&published.plan);
        let is_news = published.settled || instead.is_some();
        published.plan = instead.map_or_else(|| Arc::clone(&was), Arc::new);
        if is_news {
            self.publish_in_place_of(&was, &published);
        }
        Verdict { published, stands, commands }
    }

    /// Hands in what follows from a plan, and what follows from that, such as a place for whom an offer was taken back from.
    pub async fn act(&self, verdict: Verdict) -> Result<Came, DeskError> {
        let Verdict { mut published, stands, mut commands } = verdict;
        let mut came = Came::default();
        for _ in 0..LOOKS {
            if commands.is_empty() {
                break;
            }
            // What was counted on and is given up leaves a hole that this plan knows nothing of.
            let leaves_a_hole = commands.iter().any(|c| matches!(c, Command::Release { cause: ReleaseCause::Lapsed, .. }));
            let (recorded, unit) = self.carry_out(commands, published.rests_on()).await?;
            came = Came { recorded: came.recorded + recorded, again: recorded > 0 };
            if recorded == 0 {
                // All that would follow was refused: nothing more comes of this plan, and nobody should wait for it.
                published.settled = true;
                self.publish_in_place_of(&Arc::clone(&published.plan), &published);
            }
            let Some(unit) = unit.filter(|_| stands && !leaves_a_hole) else { break };
            let (plan, now) = (Arc::clone(&published.plan), published.made_at);
            let looked = self.checker.run(move || (follow_ups(&unit, &plan, now), unit)).await;
            let Some((next, unit)) = looked else { break };
            came.again = !next.is_empty();
            (published.unit, published.settled) = (unit, next.is_empty());
            self.publish_in_place_of(&Arc::clone(&published.plan), &published);
            commands = next;
        }
        self.turned.send_replace(Some(monotonic()));
        Ok(came)
    }

    /// Publishes what is known of a plan by now, unless a newer one has been published meanwhile.
    fn publish_in_place_of(&self, plan: &Arc<Plan>, published: &Published) {
        let is_newest = |newest: &mut Arc<Published>| {
            let is_newest = Arc::ptr_eq(&newest.plan, plan);
            if is_newest {
                *newest = Arc::new(published.clone());
            }
            is_newest
        };
        if self.plans.send_if_modified(is_newest) {
            gauges(published);
        }
    }

    /// Hands in commands that follow from a plan that rests on a ledger entry: how many entries came of it, and the unit as
    /// it is then, if all were accepted and nobody else recorded anything since the plan was made.
    async fn carry_out(&self, commands: Vec<Command>, mut rests_on: i64) -> Result<(i64, Option<Unit>), DeskError> {
        let (mut recorded, mut as_planned, mut otherwise) = (0, None, false);
        for group in commands.chunks(500) {
            match self.desk.submit(&Actor::daemon(), group.to_vec(), None).await {
                Ok(super::Answer::Decided { verdicts, unit, .. }) => {
                    for refusal in verdicts.iter().filter_map(|verdict| verdict.as_ref().err()) {
                        // What changed since the plan was made is looked at again in the next turn.
                        tracing::debug!(%refusal, "a step of the plan was refused");
                        otherwise = true;
                    }
                    let events = verdicts.iter().flatten().flatten();
                    let entries = events.clone().map(|_| 1).sum::<i64>();
                    events.for_each(tell);
                    (recorded, rests_on) = (recorded + entries, rests_on + entries);
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
        Ok((recorded, as_planned.filter(|_| !otherwise)))
    }
}

/// What was found since the turn before: each is followed once, and then what came of it.
fn newly(sought: &mut Sought) -> Option<Arc<Turns>> {
    let is_new = sought.has_changed().unwrap_or(false);
    is_new.then(|| sought.borrow_and_update().clone()).flatten()
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
