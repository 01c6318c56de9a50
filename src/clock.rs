//! The only `now()`: everything else gets time as an argument or asks a [`Clock`] it was given.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::domain::time::{Seconds, Timestamp};

/// Where the daemon gets its time from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// A demonstration's: begins somewhere and runs faster than the wall.
    Fast(Arc<Fast>),
    /// A test's: stands still until it is moved.
    Manual(watch::Sender<Timestamp>),
}

/// A clock that begins at `origin` and runs `speed` times as fast as the wall.
#[derive(Debug)]
pub struct Fast {
    origin: Timestamp,
    begun: Instant,
    speed: u32,
}

impl Clock {
    /// Begins at `origin` and runs `speed` times as fast as the wall (at least once).
    pub fn fast(origin: Timestamp, speed: u32) -> Self {
        Self::Fast(Arc::new(Fast { origin, begun: monotonic(), speed: speed.max(1) }))
    }

    /// Stands still at `at` until [`Clock::set`].
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(watch::Sender::new(at))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => wall(),
            Self::Fast(fast) => {
                let passed = monotonic().duration_since(fast.begun).as_millis() * u128::from(fast.speed) / 1_000;
                fast.origin + Seconds(i64::try_from(passed).unwrap_or(i64::MAX))
            }
            Self::Manual(at) => *at.borrow(),
        }
    }

    /// Moves a manual clock; the others go their own way.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(now) = self {
            now.send_replace(at);
        }
    }

    /// Waits until the clock shows `at` or later.
    pub async fn sleep_until(&self, at: Timestamp) {
        match self {
            // Wall clocks are set now and then: sleep in short stretches and look again.
            Self::System | Self::Fast(_) => {
                let speed = if let Self::Fast(fast) = self { u64::from(fast.speed) } else { 1 };
                while self.now() < at {
                    let left = u64::try_from((at - self.now()).0).unwrap_or(0).min(30 * speed);
                    tokio::time::sleep(Duration::from_millis(left * 1_000 / speed).max(Duration::from_millis(5))).await;
                }
            }
            Self::Manual(now) => {
                // The sender lives as long as this clock, so the wait can only end by reaching `at`.
                let _ = now.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn wall() -> Timestamp {
    Timestamp::from(chrono::Utc::now())
}

/// The monotonic clock, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
pub fn monotonic() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_who_waits_for_its_time() {
        let clock = Clock::manual(Timestamp::from_unix(100));
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(Timestamp::from_unix(200)).await }
        });
        clock.set(Timestamp::from_unix(150));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.set(Timestamp::from_unix(200));
        waiting.await.unwrap();
    }
}
