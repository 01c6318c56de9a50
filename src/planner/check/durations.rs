//! What a stage is expected to take, read from what the unit keeps: its policy's `takes`, or once a kind of stage was seen
//! `learn_after` times, the mean of the histogram kept for it.
//!
//! Own reading: its own bands and its own powers of two; only the kept values are the domain's.

use crate::domain::durations::Kind;
use crate::domain::policy::Stage;
use crate::domain::submission::Facts;
use crate::domain::time::Seconds;
use crate::domain::unit::{Submission, Unit};

/// 2^(1/8), 2^(2/8) ... 2^(7/8), in millionths, after 1.
const EIGHTHS: [i128; 8] = [1_000_000, 1_090_508, 1_189_207, 1_296_840, 1_414_214, 1_542_211, 1_681_793, 1_834_008];

/// Expected seconds at speed 1.
pub(super) fn expected(unit: &Unit, submission: &Submission, stage: &Stage) -> i64 {
    // The storage that is typical goes with the route and its durations.
    let policy = unit.policies.get(&submission.policy).unwrap_or(&unit.policy);
    let storage = submission.facts.storage_gb.unwrap_or(policy.guard.typical_storage_gb);
    let takes = stage.base.0 + stage.per_gb.0 * i64::from(storage);
    learned(unit, &submission.facts, stage, storage, takes).unwrap_or(takes)
}

fn learned(unit: &Unit, facts: &Facts, stage: &Stage, storage: u32, takes: i64) -> Option<i64> {
    let band = match storage {
        0..=64 => 0,
        65..=128 => 1,
        129..=256 => 2,
        257..=512 => 3,
        513..=1_024 => 4,
        _ => 5,
    };
    let (base, per_gb) = (Seconds(stage.base.0), Seconds(stage.per_gb.0));
    let kind = Kind { stage: stage.name.clone(), device: facts.device.clone(), level: facts.level, band, base, per_gb };
    let observed = unit.durations.get(&kind)?;
    if observed.seen() == 0 || observed.seen() < u64::from(unit.policy.forecast.learn_after) {
        return None;
    }
    let (mut sum, mut count) = (0_i128, 0_i128);
    for (bucket, weight) in observed.weights() {
        sum += i128::from(*weight) * power(*bucket);
        count += i128::from(*weight);
    }
    let (seconds, rest) = (i128::from(takes) * sum / (count * 1_000_000), i128::from(takes) * sum % (count * 1_000_000));
    i64::try_from(seconds + i128::from(rest != 0)).ok()
}

/// 2^(bucket/8) in millionths, the fraction dropped.
fn power(bucket: i8) -> i128 {
    let mut value = EIGHTHS[usize::from(bucket.rem_euclid(8).unsigned_abs())];
    let octaves = (i32::from(bucket) - i32::from(bucket.rem_euclid(8))) / 8;
    for _ in 0..octaves.max(0) {
        value *= 2;
    }
    let mut divisor = 1;
    for _ in 0..(-octaves).max(0) {
        divisor *= 2;
    }
    value /= divisor;
    value
}
