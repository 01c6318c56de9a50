//! How durations of one kind of stage are spread around what is expected of them, as 64 pieces of equal probability.

use super::Rng;
use crate::domain::durations::{ONE, Observed};

/// Pieces of equal probability.
const PIECES: usize = 64;
/// Bits of a draw that say where in its piece it lies; above them those that say which piece.
const WITHIN: u32 = 26;
/// All draws, of which each piece has as many.
const ALL: u64 = (PIECES as u64) << WITHIN;

/// Quantiles of the normal distribution from 32/64 to 63/64, in millionths, and where the last piece must end for its
/// mean to be right.
const NORMAL: [i64; PIECES / 2 + 1] = [
    0, 39_176, 78_412, 117_770, 157_311, 197_099, 237_202, 277_690, 318_639, 360_130, 402_250, 445_097, 488_776, 533_410,
    579_132, 626_099, 674_490, 724_514, 776_422, 830_511, 887_147, 946_782, 1_009_990, 1_077_516, 1_150_349, 1_229_859,
    1_318_011, 1_417_797, 1_534_121, 1_675_940, 1_862_732, 2_153_875, 2_870_000,
];
/// The quantile that nine of ten stay within.
const NORMAL_P90: i64 = 1_281_552;

/// Ratios to the expected duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Ends of the pieces, in millionths; rising.
    ends: [i64; PIECES + 1],
}

impl Spread {
    /// Log-normal, with a mean of 1 and a p90 of so many hundredths. Beyond 2.27 no log-normal has both: then its mean is
    /// kept, and its p90 is 2.27.
    pub fn log_normal(p90: u32) -> Self {
        let under = NORMAL_P90 * NORMAL_P90 - 2 * ln(i64::from(p90.max(100)), 100) * ONE;
        let sigma = NORMAL_P90 - under.max(0).isqrt();
        let mut ends = [ONE; PIECES + 1];
        for (i, end) in ends.iter_mut().enumerate() {
            let normal = match i.checked_sub(PIECES / 2) {
                Some(above) => NORMAL[above],
                None => -NORMAL[PIECES / 2 - i],
            };
            *end = exp(sigma * normal / ONE);
        }
        Self::around_one(ends)
    }

    /// As observed.
    pub fn observed(observed: &Observed) -> Self {
        let mut ends = [ONE; PIECES + 1];
        for (end, part) in ends.iter_mut().zip(0..) {
            *end = observed.ratio_at(part, PIECES as i64);
        }
        Self::around_one(ends)
    }

    /// Of what does not know how long it has lasted (exponential), as people's answers come.
    pub fn memoryless() -> Self {
        let pieces = PIECES as i64;
        let (mut ends, mut sum) = ([0; PIECES + 1], 0);
        // Past i of 64 there are ln(64 / (64 - i)).
        for (end, left) in ends.iter_mut().skip(1).zip((1..pieces).rev()) {
            sum += ln(left + 1, left);
            *end = sum;
        }
        // The mean of what lies beyond is one more than where it begins.
        ends[PIECES] = sum + 2 * ONE;
        Self::around_one(ends)
    }

    /// Scaled to a mean of 1: what is expected already has the mean in it.
    fn around_one(ends: [i64; PIECES + 1]) -> Self {
        let mean = ends.windows(2).map(|piece| piece[0] + piece[1]).sum::<i64>() / (2 * PIECES as i64);
        Self { ends: ends.map(|end| end * ONE / mean.max(1)) }
    }

    /// A ratio by chance, in millionths.
    pub fn draw(&self, rng: &mut Rng) -> i64 {
        self.at(rng.next() % ALL)
    }

    /// How long something takes by chance that is expected to take `length` and has taken `worked`; none where nothing
    /// takes longer than that.
    pub fn draw_after(&self, length: i64, worked: i64, rng: &mut Rng) -> Option<i64> {
        let ratio = worked.saturating_mul(ONE).checked_div(length)?;
        self.draw_above(ratio, rng).map(|ratio| Self::scaled(length, ratio).max(worked))
    }

    /// A length times a ratio, rounded up.
    pub fn scaled(length: i64, ratio: i64) -> i64 {
        (length.saturating_mul(ratio).saturating_add(ONE - 1)) / ONE
    }

    /// A ratio by chance of those above another; none where there is none.
    fn draw_above(&self, ratio: i64, rng: &mut Rng) -> Option<i64> {
        let chance = rng.next();
        let below = self.share_below(ratio);
        (below < ALL).then(|| self.at(below + chance % (ALL - below)))
    }

    fn at(&self, draw: u64) -> i64 {
        let piece = usize::try_from(draw >> WITHIN).unwrap_or(0).min(PIECES - 1);
        let within = i64::try_from(draw & ((1 << WITHIN) - 1)).unwrap_or(0);
        let (low, high) = (self.ends[piece], self.ends[piece + 1]);
        low + (((high - low) * within) >> WITHIN)
    }

    /// Draws that come to this ratio at most.
    fn share_below(&self, ratio: i64) -> u64 {
        let whole = self.ends.partition_point(|end| *end <= ratio);
        let Some(piece) = whole.checked_sub(1) else { return 0 };
        let Some(high) = self.ends.get(whole) else { return ALL };
        let low = self.ends[piece];
        let part = ((ratio - low) << WITHIN) / (high - low);
        ((piece as u64) << WITHIN) + u64::try_from(part).unwrap_or(0)
    }
}

/// The natural logarithm of a / b, in millionths: 2 artanh((a - b) / (a + b)).
fn ln(a: i64, b: i64) -> i64 {
    let y = (a - b) * ONE / (a + b);
    let (mut power, mut sum) = (y, 0);
    for odd in (1..=41).step_by(2) {
        sum += power / odd;
        power = power * y / ONE * y / ONE;
    }
    2 * sum
}

/// e to the power of a number of millionths, in millionths.
fn exp(x: i64) -> i64 {
    const LN_2: i64 = 693_147;
    let (octaves, rest) = (x.div_euclid(LN_2), x.rem_euclid(LN_2));
    // A thousand times finer, so that roundings do not add up.
    let (mut term, mut sum) = (ONE * 1_000, ONE * 1_000);
    for n in 1..=12 {
        term = term * rest / (n * ONE);
        sum += term;
    }
    let scaled = if octaves < 0 { sum >> -octaves } else { sum << octaves };
    scaled / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Seconds;

    const NONE: Spread = Spread { ends: [ONE; PIECES + 1] };

    /// Mean of so many draws, and the share within a ratio, in millionths and thousandths.
    fn drawn(spread: &Spread, within: i64) -> (i64, i64) {
        let (mut rng, count) = (Rng(5), 200_000);
        let draws: Vec<i64> = (0..count).map(|_| spread.draw(&mut rng)).collect();
        let below = draws.iter().filter(|ratio| **ratio <= within).count();
        (draws.iter().sum::<i64>() / count, i64::try_from(below).unwrap() * 1_000 / count)
    }

    #[test]
    fn a_log_normal_has_the_mean_and_the_p90_that_were_asked_for() {
        for p90 in [110, 130, 150, 180, 200, 220] {
            let (mean, within) = drawn(&Spread::log_normal(p90), i64::from(p90) * ONE / 100);
            assert!((990_000..1_010_000).contains(&mean), "{p90}: mean {mean}");
            assert!((893..=907).contains(&within), "{p90}: {within} of 1000 stay within it");
        }
        assert_eq!(Spread::log_normal(100), NONE, "all take what is expected");
        let (mean, _) = drawn(&Spread::log_normal(10_000), ONE);
        assert!((970_000..1_030_000).contains(&mean), "the mean holds where the p90 can't: {mean}");
    }

    #[test]
    fn logarithms_and_powers_are_those_of_the_library() {
        #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
        let millionths = |x: f64| (x * 1e6).round() as i64;
        for hundredths in [100_i32, 101, 150, 227, 400] {
            let exact = millionths((f64::from(hundredths) / 100.0).ln());
            assert!((ln(i64::from(hundredths), 100) - exact).abs() < 60, "{hundredths}: {exact}");
        }
        for x in [-3_700_000_i32, -1, 0, 1, 500_000, 3_700_000] {
            let exact = millionths((f64::from(x) / 1e6).exp());
            assert!((exp(i64::from(x)) - exact).abs() <= 2 + exact / 100_000, "{x}: {exact}");
        }
    }

    #[test]
    fn what_was_observed_is_drawn_as_often_as_it_was_seen() {
        let mut observed = Observed::default();
        for i in 0..200 {
            observed.add(Seconds(1_000), Seconds(if i % 4 == 0 { 4_000 } else { 1_000 }));
        }
        let spread = Spread::observed(&observed);
        // The mean is 1,750 seconds: what took 1,000 is 0.57 of it.
        let (mean, short) = drawn(&spread, ONE);
        assert!((990_000..1_010_000).contains(&mean) && (740..=760).contains(&short), "{mean} {short}");
    }

    #[test]
    fn half_of_what_is_memoryless_is_over_after_seven_tenths_and_a_tenth_lasts_more_than_twice_as_long() {
        let (mean, half) = drawn(&Spread::memoryless(), 693_147);
        assert!((990_000..1_010_000).contains(&mean) && (493..=507).contains(&half), "{mean} {half}");
        let (_, most) = drawn(&Spread::memoryless(), 2_302_585);
        assert!((893..=907).contains(&most), "{most}");
    }

    #[test]
    fn what_goes_on_takes_longer_than_it_has() {
        let (spread, mut rng) = (Spread::log_normal(150), Rng(1));
        for ratio in [0, 500_000, ONE, 2_000_000] {
            let drawn: Vec<i64> = (0..1_000).filter_map(|_| spread.draw_above(ratio, &mut rng)).collect();
            assert_eq!(drawn.len(), 1_000);
            assert!(drawn.iter().all(|drawn| *drawn >= ratio), "{ratio}");
        }
        assert_eq!(spread.draw_above(50 * ONE, &mut rng), None, "longer than anything took");
        assert_eq!(NONE.draw_above(ONE, &mut rng), None);
        assert_eq!(NONE.draw_above(ONE - 1, &mut rng), Some(ONE));
    }
}
