//! How often a caller may ask: a bucket of tokens each, kept as the moment at which it would be full again (the generic cell
//! rate algorithm: no timer, one instant a caller).
//!
//! Whose token is unknown shares one bucket with everyone else whose token is, and is refused before anything is looked up
//! once that is empty: guessing is slow, and costs the database little. A token that was found lately never pays for others' guesses.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::Problem;
use crate::clock::monotonic;
use crate::config::Limits;

/// Buckets kept; then those that are full again are forgotten, which changes nothing.
const KEPT: usize = 1_000;
/// Seconds of its rate that the bucket of unknown tokens holds.
const UNKNOWN_BURST: u32 = 4;

/// What may be asked for: so often in the long run, and so many at once.
#[derive(Clone, Copy, Debug)]
struct Rate {
    /// Time that one request takes from the bucket.
    each: Duration,
    /// What the bucket holds.
    whole: Duration,
}

impl Rate {
    /// None where there is no limit.
    fn of(per_second: u32, burst: u32) -> Option<Self> {
        let each = Duration::from_secs(1).checked_div(per_second)?;
        Some(Self { each, whole: each * burst.max(1) })
    }
}

/// When a bucket is full again; full where that has passed.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket(Option<Instant>);

impl Bucket {
    /// Takes one request out; how long until there is one where there is none.
    fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let empty_for = self.0.map_or(Duration::ZERO, |full| full.saturating_duration_since(now));
        let after = empty_for + rate.each;
        if after > rate.whole {
            return Err(after - rate.whole);
        }
        self.0 = Some(now + after);
        Ok(())
    }

    /// Puts one back that was not meant.
    fn give_back(&mut self, rate: Rate) {
        self.0 = self.0.and_then(|full| full.checked_sub(rate.each));
    }

    fn is_full(&self, now: Instant) -> bool {
        self.0.is_none_or(|full| full <= now)
    }
}

/// The buckets of everyone.
#[derive(Default)]
pub struct Rates {
    by_token: Mutex<BTreeMap<String, Bucket>>,
    unknown: Mutex<Bucket>,
}

impl Rates {
    /// Lets one request of a token through, or says when to ask again.
    pub fn take(&self, limits: &Limits, token: &str) -> Result<(), Problem> {
        let Some(rate) = Rate::of(limits.requests_per_second, limits.request_burst) else { return Ok(()) };
        let (mut buckets, now) = (locked(&self.by_token), monotonic());
        if buckets.len() >= KEPT && !buckets.contains_key(token) {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        let taken = match buckets.get_mut(token) {
            Some(bucket) => bucket.take(rate, now),
            None => buckets.entry(token.to_owned()).or_default().take(rate, now),
        };
        let rate = limits.requests_per_second;
        taken.map_err(|wait| too_many(&format!("this token may ask {rate} times a second"), wait))
    }

    /// Lets one token be looked up that nobody has shown lately, or says when to ask again.
    pub fn guess(&self, limits: &Limits) -> Result<Guess<'_>, Problem> {
        let per_second = limits.unknown_per_second;
        let rate = Rate::of(per_second, per_second.saturating_mul(UNKNOWN_BURST));
        if let Some(rate) = rate {
            let taken = locked(&self.unknown).take(rate, monotonic());
            taken.map_err(|wait| too_many("too many tokens are tried that nobody has", wait))?;
        }
        Ok(Guess { rates: self, rate })
    }
}

/// A token that is looked up.
pub struct Guess<'a> {
    rates: &'a Rates,
    rate: Option<Rate>,
}

impl Guess<'_> {
    /// It is one of ours, and no guess.
    pub fn was_none(self) {
        if let Some(rate) = self.rate {
            locked(&self.rates.unknown).give_back(rate);
        }
    }
}

fn too_many(what: &str, wait: Duration) -> Problem {
    Problem::too_many_requests(format!("{what}: ask again in a moment"), wait)
}

/// Each is changed in steps that can't panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_so_many_a_second_after() {
        let (rate, mut bucket, begun) = (Rate::of(50, 200).unwrap(), Bucket::default(), monotonic());
        let mut allowed = |at: Duration| (0..1_000).filter(|_| bucket.take(rate, begun + at).is_ok()).count();
        let second = Duration::from_secs(1);
        assert_eq!([0, 1, 2, 10, 10].map(|seconds| allowed(seconds * second)), [200, 50, 50, 200, 0]);
    }

    #[test]
    fn whoever_is_refused_is_told_when_there_is_one_again() {
        let (rate, mut bucket, now) = (Rate::of(4, 1).unwrap(), Bucket::default(), monotonic());
        assert_eq!(bucket.take(rate, now), Ok(()));
        let wait = bucket.take(rate, now + Duration::from_millis(50)).unwrap_err();
        assert_eq!(wait, Duration::from_millis(200));
        assert_eq!(bucket.take(rate, now + Duration::from_millis(50) + wait), Ok(()));
        bucket.give_back(rate);
        assert_eq!(bucket.take(rate, now + Duration::from_millis(50) + wait), Ok(()), "as if nothing had been taken");
    }

    #[test]
    fn none_a_second_is_no_limit() {
        assert!(Rate::of(0, 200).is_none());
        let limits = Limits { requests_per_second: 0, request_burst: 1, unknown_per_second: 0, streams_per_token: 1, streams: 1 };
        let rates = Rates::default();
        assert!((0..1_000).all(|_| rates.take(&limits, "t").is_ok() && rates.guess(&limits).is_ok()));
        let limits = Limits { unknown_per_second: 1, ..limits };
        // A machine that stood still for a second would let one more through.
        assert!((0..20).filter(|_| rates.guess(&limits).is_ok()).count() < 20);
        assert!((0..20).filter(|_| Rates::default().guess(&limits).map(Guess::was_none).is_ok()).count() == 20);
    }
}
