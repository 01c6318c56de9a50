//! The same trial with several seeds: what is kept of each promise on average, how sure that is, and how far orders are apart.
//!
//! Intervals are Student's, of 95 %, over seeds: each seed is one observation, since submissions of one run wait for each other and so are
//! not independent. Orders meet the same arrivals and durations for each seed, so their difference is that of pairs, which is far narrower.

use serde::Serialize;

use super::Order;
use super::outcome::{Outcome, Promised};
use crate::domain::ids::Word;

/// All seeds of a trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverSeeds {
    /// Each seed, with the digest of its ledgers.
    pub seeds: Vec<Seeded>,
    /// One line an order and promise.
    pub promises: Vec<OverPromise>,
}

/// One seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seeded {
    /// What all chance came from.
    pub seed: u64,
    /// Of the ledgers of all orders, one after the other.
    pub ledger_digest: String,
}

/// What came of one promise in one order with all seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverPromise {
    /// Its name.
    pub promise: Word,
    /// Its tier.
    pub tier: u8,
    /// Who came first.
    pub order: Order,
    /// In time, in all.
    pub kept: usize,
    /// Not in time, in all.
    pub breached: usize,
    /// Of those, what nobody could have kept.
    pub unavoidable: usize,
    /// Removed before it was due, in all.
    pub void: usize,
    /// Kept over kept and breached: the mean of all seeds; null where no seed has any.
    pub kept_share: Option<Estimate>,
    /// The same less that of the first order, seed by seed; null for the first order.
    pub than_first: Option<Estimate>,
    /// Hours of delay of all that was late, a seed.
    pub late_hours: Option<Estimate>,
}

/// A mean, and between what it lies with 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Of the seeds that have a value.
    pub mean: f64,
    /// Half the width of the interval; null of one seed.
    pub within: Option<f64>,
    /// How many seeds have a value.
    pub seeds: usize,
}

/// Sums up the outcomes of each seed, which are of the same orders.
pub fn over(trials: &[(Seeded, Vec<Outcome>)]) -> OverSeeds {
    let Some((_, first)) = trials.first() else { return OverSeeds { seeds: Vec::new(), promises: Vec::new() } };
    let lines = first.first().map_or(0, |order| order.promises.len());
    let promises = (0..lines).flat_map(|line| (0..first.len()).filter_map(move |order| one(trials, order, line)));
    OverSeeds { seeds: trials.iter().map(|(seeded, _)| seeded.clone()).collect(), promises: promises.collect() }
}

fn one(trials: &[(Seeded, Vec<Outcome>)], order: usize, line: usize) -> Option<OverPromise> {
    let at = |outcomes: &[Outcome], order: usize| outcomes.get(order).and_then(|of| of.promises.get(line)).cloned();
    let all: Vec<Promised> = trials.iter().filter_map(|(_, outcomes)| at(outcomes, order)).collect();
    let named = all.first()?;
    let sum = |count: fn(&Promised) -> usize| all.iter().map(count).sum();
    let pairs = trials.iter().filter_map(|(_, outcomes)| Some((at(outcomes, order)?.kept_share?, at(outcomes, 0)?.kept_share?)));
    Some(OverPromise {
        promise: named.promise.clone(),
        tier: named.tier,
        order: trials.first()?.1.get(order)?.order,
        kept: sum(|one| one.kept),
        breached: sum(|one| one.breached),
        unavoidable: sum(|one| one.unavoidable),
        void: sum(|one| one.void),
        kept_share: estimate(&all.iter().filter_map(|one| one.kept_share).collect::<Vec<_>>()),
        than_first: (order > 0).then(|| estimate(&pairs.map(|(own, first)| own - first).collect::<Vec<_>>())).flatten(),
        late_hours: estimate(&all.iter().map(|one| one.late_hours).collect::<Vec<_>>()),
    })
}

/// The mean of some values, and how sure it is; none of none.
#[expect(clippy::cast_precision_loss, reason = "nobody tries 2^52 seeds")]
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let within = (values.len() > 1).then(|| student(values.len() - 1) * (squares / (n - 1.0) / n).sqrt());
    let round = |value: f64| (value * 10_000.0).round() / 10_000.0;
    Some(Estimate { mean: round(mean), within: within.map(round), seeds: values.len() })
}

/// Within so many standard errors of the mean lie 95 %, by degrees of freedom (tables of Student's t; beyond them the next smaller entry,
/// which errs on the wide side).
fn student(freedom: usize) -> f64 {
    const FIRST: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110,
        2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];
    const FURTHER: [(usize, f64); 3] = [(120, 1.980), (60, 2.000), (40, 2.021)];
    let further = FURTHER.iter().find(|(from, _)| freedom >= *from).map(|(_, t)| *t);
    further.or_else(|| FIRST.get(freedom.clamp(1, 30) - 1).copied()).unwrap_or(FIRST[29])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_a_mean_with_students_interval() {
        let found = estimate(&[0.90, 0.92, 0.94]).unwrap();
        // Standard deviation 0.02, t = 4.303 with two degrees of freedom: 4.303 * 0.02 / sqrt(3).
        assert_eq!((found.mean, found.within, found.seeds), (0.92, Some(0.0497), 3));
        assert_eq!(estimate(&[0.5]).unwrap().within, None, "one seed says nothing of the next");
        assert_eq!(estimate(&[]), None);
        assert_eq!([student(1), student(30), student(35), student(1_000)], [12.706, 2.042, 2.042, 1.980]);
    }
}
