//! A better plan for a large unit, sought beside the cycle: one search at a time, on the newest plan.
//!
//! Nobody waits for it. The cycle plans a large unit in the order that people were told, and publishes at once; what is
//! found here becomes the order that its next turn follows.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::cycle::{is_due, is_large, sought};
use super::published::Published;
use super::worker::Worker;
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::planner::Turns;

/// Plans that are further apart are no burst.
const LULL: Duration = Duration::from_millis(700);
/// A burst is waited out no longer than this.
const LONGEST: Duration = Duration::from_secs(10);

/// Seeks better plans.
pub struct Search {
    /// Where plans come from.
    pub plans: watch::Receiver<Arc<Published>>,
    /// Where what is found goes.
    pub sought: watch::Sender<Option<Arc<Turns>>>,
    /// The daemon's clock.
    pub clock: Clock,
    /// Where it is done: beside the cycle, and one thing at a time.
    pub aside: Worker,
}

impl Search {
    /// One search after the other, always on the newest plan, until no more can come.
    pub async fn run(mut self) {
        let mut last = None;
        loop {
            last = self.turn(last).await;
            if self.plans.changed().await.is_err() {
                return;
            }
        }
    }

    /// Searches where the unit is large, for the sake of tiers 0 to 2 where something is new since the `last` search, and of
    /// all where it is time for that: the ledger entry that it rested on, and when all were last weighed.
    async fn turn(&mut self, last: Option<(i64, Timestamp)>) -> Option<(i64, Timestamp)> {
        let newest = self.plans.borrow_and_update().plan.based_on;
        let due = last.is_none_or(|(_, weighed_at)| is_due(weighed_at, self.clock.now()));
        let is_new = last.is_none_or(|(before, _)| before != newest);
        if !is_large(&self.plans.borrow().unit) || !(is_new || due) {
            return last;
        }
        lull(&mut self.plans).await;
        let (plans, now) = (self.plans.clone(), self.clock.now());
        let work = move || {
            let newest = Arc::clone(&plans.borrow());
            (newest.plan.based_on, sought(&newest.unit, now, &newest.plan, !due))
        };
        let Some((seq, found)) = self.aside.run(work).await else {
            tracing::error!("the search for a better plan ended unexpectedly; the order of the last one stands");
            return Some((newest, now));
        };
        self.sought.send_replace(Some(Arc::new(found)));
        let weighed_at = last.filter(|_| !due).map_or(now, |(_, weighed_at)| weighed_at);
        Some((seq, weighed_at))
    }
}

/// Waits until plans of a large unit have ceased to come for a moment: as long as they do, whoever waits to be seen in
/// one has the machine to themselves.
pub async fn lull(plans: &mut watch::Receiver<Arc<Published>>) {
    let ceased = async { while let Ok(Ok(())) = timeout(LULL, plans.changed()).await {} };
    let _ = timeout(LONGEST, ceased).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::cycle::{LARGE, WEIGHED_EVERY, make};
    use crate::domain::testing::{World, at, suspects_laptop};
    use crate::domain::unit::Unit;
    use crate::planner::{follow, plan};

    /// A unit too large to be weighed within a turn.
    fn large() -> World {
        let mut world = World::new();
        world.at("23T09:00");
        for number in 0..=LARGE {
            world.registers(suspects_laptop(&format!("AB/{number}")));
        }
        world
    }

    fn published(unit: &Unit, now: Timestamp) -> Arc<Published> {
        Arc::new(Published::first(unit.clone(), plan(unit, now), now))
    }

    /// A search for plans better than the first; where the next come from, and where what is found goes.
    struct Beside {
        search: Search,
        plans: watch::Sender<Arc<Published>>,
        found: watch::Receiver<Option<Arc<Turns>>>,
    }

    fn beside(first: Arc<Published>) -> Beside {
        let (plans, receiver) = watch::channel(first);
        let (sought, found) = watch::channel(None);
        let clock = Clock::manual(at("23T09:00"));
        Beside { search: Search { plans: receiver, sought, clock, aside: Worker::start("aside").unwrap() }, plans, found }
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_unit_is_searched_once_for_each_change_and_its_next_turn_follows_what_was_found() {
        let mut world = large();
        let first = published(&world.unit, world.now);
        let Beside { mut search, plans, mut found } = beside(Arc::clone(&first));
        let last = search.turn(None).await;
        assert_eq!(last, Some((world.unit.seq, world.now)));
        let sought = found.borrow_and_update().clone().unwrap();
        assert_eq!(search.turn(last).await, last, "nothing is new");
        assert!(!found.has_changed().unwrap());

        world.registers(suspects_laptop("CD/1"));
        let (next, _) = make(&world.unit, world.now, Some(&first), Some(&sought));
        assert_eq!(next, follow(&world.unit, world.now, &first.plan, &sought));
        plans.send_replace(Arc::new(Published { plan: Arc::new(next), unit: world.unit.clone(), ..(*first).clone() }));
        assert_ne!(search.turn(last).await, last);
        assert!(found.has_changed().unwrap());
        search.clock.set(world.now + WEIGHED_EVERY);
        let (last, later) = (Some((world.unit.seq, world.now)), world.now + WEIGHED_EVERY);
        assert_eq!(search.turn(last).await, Some((world.unit.seq, later)), "what was far off has come near");
    }

    #[tokio::test]
    async fn a_usual_unit_is_weighed_within_its_turns() {
        let mut world = World::new();
        world.at("23T09:00").registers(suspects_laptop("AB/1"));
        let Beside { mut search, plans: _plans, found } = beside(published(&world.unit, world.now));
        assert_eq!(search.turn(None).await, None);
        assert!(!found.has_changed().unwrap());
    }
}
