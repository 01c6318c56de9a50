//! A better plan for a large unit, sought beside the cycle: one search at a time, on the newest plan.
//!
//! Nobody waits for it. The cycle plans a large unit in the order that people were told, and publishes at once; what is
//! found here becomes the order that its next turn follows.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::cycle::{is_large, sought};
use super::published::Published;
use crate::clock::Clock;
use crate::domain::time::{Seconds, Timestamp};
use crate::planner::Plan;

/// With nothing new, a search is made again after this long: what was far off has come near.
const AFRESH: Seconds = Seconds(600);

/// What is worked on beside the cycle, one thing at a time: whoever waits for a plan has the other core.
pub type Aside = Arc<Semaphore>;

/// Seeks better plans.
pub struct Search {
    /// Where plans come from.
    pub plans: watch::Receiver<Arc<Published>>,
    /// Where what is found goes.
    pub sought: watch::Sender<Option<Arc<Plan>>>,
    /// The daemon's clock.
    pub clock: Clock,
    /// Room beside the cycle.
    pub aside: Aside,
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

    /// Searches where the unit is large and something is new since the `last` search: the ledger entry that it rested on,
    /// and when it was made.
    async fn turn(&mut self, last: Option<(i64, Timestamp)>) -> Option<(i64, Timestamp)> {
        // Never closed.
        let _room = self.aside.acquire().await;
        let newest = Arc::clone(&self.plans.borrow_and_update());
        let (seq, now) = (newest.unit.seq, self.clock.now());
        if !is_large(&newest.unit) || last.is_some_and(|(before, at)| before == seq && now < at + AFRESH) {
            return last;
        }
        match tokio::task::spawn_blocking(move || sought(&newest.unit, now, &newest.plan)).await {
            Ok(found) => {
                self.sought.send_replace(Some(Arc::new(found)));
            }
            Err(_) => tracing::error!("the search for a better plan ended unexpectedly; the order of the last one stands"),
        }
        Some((seq, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::cycle::{LARGE, turn};
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
        Arc::new(Published { plan: Arc::new(plan(unit, now)), unit: unit.clone(), made_at: now, settled: true })
    }

    fn search(first: Arc<Published>) -> (Search, watch::Sender<Arc<Published>>, watch::Receiver<Option<Arc<Plan>>>) {
        let (sender, plans) = watch::channel(first);
        let (sought, found) = watch::channel(None);
        let clock = Clock::manual(at("23T09:00"));
        (Search { plans, sought, clock, aside: Aside::new(Semaphore::new(1)) }, sender, found)
    }

    #[tokio::test]
    async fn a_large_unit_is_searched_once_for_each_change_and_its_next_turn_follows_what_was_found() {
        let mut world = large();
        let first = published(&world.unit, world.now);
        let (mut search, plans, mut found) = search(Arc::clone(&first));
        let last = search.turn(None).await;
        assert_eq!(last, Some((world.unit.seq, world.now)));
        let sought = found.borrow_and_update().clone().unwrap();
        assert_eq!(search.turn(last).await, last, "nothing is new");
        assert!(!found.has_changed().unwrap());

        world.registers(suspects_laptop("CD/1"));
        let next = turn(&world.unit, world.now, Some(&first.plan), Some(&sought));
        assert!(next.stands, "{:?}", next.violations);
        assert_eq!(next.plan, follow(&world.unit, world.now, &sought));
        plans.send_replace(Arc::new(Published { plan: Arc::new(next.plan), unit: world.unit.clone(), ..(*first).clone() }));
        assert_ne!(search.turn(last).await, last);
        assert!(found.has_changed().unwrap());
        search.clock.set(world.now + AFRESH);
        let (last, later) = (Some((world.unit.seq, world.now)), world.now + AFRESH);
        assert_eq!(search.turn(last).await, Some((world.unit.seq, later)), "what was far off has come near");
    }

    #[tokio::test]
    async fn a_usual_unit_is_weighed_within_its_turns() {
        let mut world = World::new();
        world.at("23T09:00").registers(suspects_laptop("AB/1"));
        let (mut search, _plans, found) = search(published(&world.unit, world.now));
        assert_eq!(search.turn(None).await, None);
        assert!(!found.has_changed().unwrap());
    }
}
