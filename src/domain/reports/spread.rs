//! How long things took, those that go on among them.

use crate::domain::time::Seconds;

/// Lengths of time of a cohort: of those that came to an end, and so far of those that have not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    ended: Vec<Seconds>,
    running: Vec<Seconds>,
}

impl Spread {
    /// One came to its end after so long.
    pub fn ends(&mut self, after: Seconds) {
        self.ended.push(after);
    }

    /// One goes on, and has for so long.
    pub fn runs(&mut self, so_far: Seconds) {
        self.running.push(so_far);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        (self.ended.len() + self.running.len()) as u64
    }

    /// Within which time half of them came to an end. What goes on counts as longer than all that ended: none where it is one of
    /// those.
    pub fn p50(&self) -> Option<Seconds> {
        self.within(500)
    }

    /// The same for nine of ten.
    pub fn p90(&self) -> Option<Seconds> {
        self.within(900)
    }

    /// The longest, so far where it goes on.
    pub fn longest(&self) -> Option<Seconds> {
        self.ended.iter().chain(&self.running).max().copied()
    }

    fn within(&self, permille: usize) -> Option<Seconds> {
        let count = self.ended.len() + self.running.len();
        let rank = (count * permille).div_ceil(1_000).checked_sub(1)?;
        let mut ended = self.ended.clone();
        (rank < ended.len()).then(|| *ended.select_nth_unstable(rank).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_longer_than_all_that_ended() {
        let mut spread = Spread::default();
        assert_eq!((spread.p50(), spread.longest(), spread.count()), (None, None, 0));
        for hours in [5, 1, 3, 2, 4] {
            spread.ends(Seconds::hours(hours));
        }
        assert_eq!((spread.p50(), spread.p90()), (Some(Seconds::hours(3)), Some(Seconds::hours(5))));
        (0..5).for_each(|_| spread.runs(Seconds::hours(2)));
        assert_eq!((spread.p50(), spread.p90()), (Some(Seconds::hours(5)), None), "five of ten have ended");
        spread.runs(Seconds::hours(9));
        assert_eq!((spread.p50(), spread.longest(), spread.count()), (None, Some(Seconds::hours(9)), 11));
    }
}
