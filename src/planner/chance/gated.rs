//! Work behind shut gates: once they are met it takes the place it would have had, and whoever the plan has after it waits longer.

use crate::domain::establishment::ResourceKind;

/// Later than this many hours from now is as good as never.
const HOURS: usize = 1_024;
const HOUR: i64 = 3_600;

/// Of one run, by kind of resource: work behind shut gates so far, in the plan's order, by the hour in which it is ready.
pub struct Gated {
    now: i64,
    /// A Fenwick tree of seconds each; every sum is over hours from 1.
    by_hour: [Vec<i64>; ResourceKind::ALL.len()],
}

impl Gated {
    /// None yet, at this moment.
    pub fn new(now: i64) -> Self {
        Self { now, by_hour: std::array::from_fn(|_| vec![0; HOURS + 1]) }
    }

    /// Forgets all, for another run.
    pub fn clear(&mut self) {
        self.by_hour.iter_mut().for_each(|hours| hours.fill(0));
    }

    /// Adds so many seconds of work that are ready at a moment.
    pub fn add(&mut self, kind: ResourceKind, ready: i64, length: i64) {
        let mut hour = self.hour(ready);
        while hour <= HOURS {
            self.by_hour[kind as usize][hour] += length;
            hour += hour & hour.wrapping_neg();
        }
    }

    /// Seconds of work that are ready before the hour of a moment.
    pub fn before(&self, kind: ResourceKind, moment: i64) -> i64 {
        let (mut hour, mut sum) = (self.hour(moment) - 1, 0);
        while hour > 0 {
            sum += self.by_hour[kind as usize][hour];
            hour -= hour & hour.wrapping_neg();
        }
        sum
    }

    fn hour(&self, moment: i64) -> usize {
        usize::try_from((moment - self.now) / HOUR).unwrap_or(0).min(HOURS - 1) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ready_before_a_moment_is_counted_and_nothing_else() {
        let mut gated = Gated::new(0);
        let work = [(0, 1), (HOUR, 10), (HOUR + 1, 100), (70 * HOUR, 1_000), (i64::MAX, 10_000)];
        work.iter().for_each(|(ready, length)| gated.add(ResourceKind::Dmi, *ready, *length));
        let before = |hours: i64| gated.before(ResourceKind::Dmi, hours * HOUR);
        assert_eq!([0, 1, 2, 70, 71, 5_000].map(before), [0, 1, 111, 111, 1_111, 1_111]);
        assert_eq!(gated.before(ResourceKind::Kiosk, 71 * HOUR), 0, "others do not wait for it");
        gated.clear();
        assert_eq!(gated.before(ResourceKind::Dmi, 71 * HOUR), 0);
    }
}
