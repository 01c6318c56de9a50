//! How long stages take in this unit, learned from its own ledger: for each kind of stage a histogram of what work really
//! took over what the policy expected of it.
//!
//! The histogram has eight buckets an octave, so that a quantile is known to within 9 %, and no more than 65 of them
//! however long the unit works. It ages: once it holds [`MOST`] observations, all of them count half. Everything is in integers,
//! so that a ledger folds to the same histogram everywhere.

use serde::{Deserialize, Serialize};

use super::ids::Word;
use super::policy::Stage;
use super::submission::Facts;
use super::time::Seconds;
use super::unit::{Earlier, Submission, Unit};

/// One in the scale of ratios: millionths.
pub const ONE: i64 = 1_000_000;
/// What one observation adds, so that it can be halved four times before it is forgotten.
const WEIGHT: u32 = 16;
/// Observations after which those there are count half: what is learned follows a change within some hundreds of them.
const MOST: u32 = 256;
/// Seconds: work that was paused and had taken as long as expected is expected to end any moment.
const LEAST_LEFT: i64 = 60;
/// The last bucket either way: a sixteenth, and sixteen times what was expected. What lies beyond is a slip of a finger.
const LAST: i8 = 32;
/// Upper ends of the bands of storage, in GB; the last band has none.
const BANDS: [u32; 5] = [64, 128, 256, 512, 1_024];
/// Sixteenths of an octave, in millionths: 2^(i/16).
const SIXTEENTHS: [i64; 16] = [
    1_000_000, 1_044_274, 1_090_508, 1_138_789, 1_189_207, 1_241_858, 1_296_840, 1_354_256, 1_414_214, 1_476_826, 1_542_211,
    1_610_490, 1_681_793, 1_756_252, 1_834_008, 1_915_207,
];

/// Stages whose durations are learned together. What the policy expects is part of it: where that changes, ratios to it
/// mean something else, and learning begins again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kind {
    /// Name of the stage.
    pub stage: Word,
    /// Device kind.
    pub device: Word,
    /// Level.
    pub level: u8,
    /// Storage: 0 up to 64 GB, 1 up to 128, 2 up to 256, 3 up to 512, 4 up to 1,024, 5 above.
    pub band: u8,
    /// See [`Stage::base`].
    pub base: Seconds,
    /// See [`Stage::per_gb`].
    pub per_gb: Seconds,
}

impl Kind {
    /// The kind of a stage on a device with so many GB.
    pub fn of(stage: &Stage, facts: &Facts, storage_gb: u32) -> Self {
        Self {
            stage: stage.name.clone(),
            device: facts.device.clone(),
            level: facts.level,
            band: BANDS.iter().zip(0..).find(|(most, _)| storage_gb <= **most).map_or(5, |(_, band)| band),
            base: stage.base,
            per_gb: stage.per_gb,
        }
    }
}

/// What the end of a stage tells: how long it took, beside what the policy expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worked {
    /// Which kind of stage.
    pub kind: Kind,
    /// What the policy expected at speed 1.
    pub expected: Seconds,
    /// What it took at speed 1: open time of attended work, the run of a machine without the wait for hand-over.
    pub took: Seconds,
}

/// What is known of one kind of stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// How often it was seen, ever.
    seen: u64,
    /// Bucket and weight, by bucket; none has no weight. Bucket `k` is around 2^(k/8) times what was expected.
    weights: Vec<(i8, u32)>,
}

impl Observed {
    /// As stored; none where it can't be one: buckets out of order or range, or without weight.
    pub fn stored(seen: u64, weights: Vec<(i8, u32)>) -> Option<Self> {
        let sorted = weights.windows(2).all(|two| two[0].0 < two[1].0);
        let fine = |(bucket, weight): &(i8, u32)| (-LAST..=LAST).contains(bucket) && *weight > 0;
        let total: u64 = weights.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let bounded = total <= u64::from(MOST * WEIGHT);
        (sorted && bounded && weights.iter().all(fine)).then_some(Self { seen, weights })
    }

    /// How often the kind was seen, ever.
    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// Bucket and weight, by bucket: bucket `k` is around 2^(k/8) times what was expected.
    pub fn weights(&self) -> &[(i8, u32)] {
        &self.weights
    }

    /// Adds an observation; one of a stage that was expected to take no time says nothing.
    pub fn add(&mut self, expected: Seconds, took: Seconds) {
        if expected.0 <= 0 {
            return;
        }
        if self.total() + i64::from(WEIGHT) > i64::from(MOST * WEIGHT) {
            self.weights.iter_mut().for_each(|(_, weight)| *weight /= 2);
            self.weights.retain(|(_, weight)| *weight > 0);
        }
        let bucket = bucket(expected, took);
        match self.weights.binary_search_by_key(&bucket, |(bucket, _)| *bucket) {
            Ok(at) => self.weights[at].1 += WEIGHT,
            Err(at) => self.weights.insert(at, (bucket, WEIGHT)),
        }
        self.seen += 1;
    }

    fn total(&self) -> i64 {
        self.weights.iter().map(|(_, weight)| i64::from(*weight)).sum()
    }

    /// The mean of what such work takes where the policy expects `takes`. The mean and not the median: a plan adds up
    /// durations, along a route and along a slot, and only means add up; with medians every long queue would look too short.
    pub fn mean(&self, takes: Seconds) -> Seconds {
        let sum: i64 = self.weights.iter().map(|(bucket, weight)| ratio(2 * i64::from(*bucket)) * i64::from(*weight)).sum();
        scaled(takes, i128::from(sum), i128::from(self.total()))
    }

    /// The duration that `permille` thousandths of such work stay within, where the policy expects `takes`.
    pub fn quantile(&self, takes: Seconds, permille: i64) -> Seconds {
        scaled(takes, i128::from(self.ratio_at(permille, 1_000)), 1)
    }

    /// The ratio to what was expected, in millionths, that a share of `part` of `whole` stay within. Inside a bucket
    /// observations count as spread evenly.
    pub fn ratio_at(&self, part: i64, whole: i64) -> i64 {
        let mut left = self.total() * part;
        for (bucket, weight) in &self.weights {
            let (low, high) = (ratio(2 * i64::from(*bucket) - 1), ratio(2 * i64::from(*bucket) + 1));
            let here = i64::from(*weight) * whole;
            if left <= here {
                return low + (high - low) * left / here;
            }
            left -= here;
        }
        ONE
    }
}

/// `takes` times `ratio` millionths over `by`, rounded up; `takes` where there is nothing to go by.
fn scaled(takes: Seconds, ratio: i128, by: i128) -> Seconds {
    let by = by * i128::from(ONE);
    if by <= 0 {
        return takes;
    }
    let time = (i128::from(takes.0) * ratio + by - 1) / by;
    Seconds(i64::try_from(time).unwrap_or(i64::MAX))
}

/// 2^(sixteenths/16) in millionths.
const fn ratio(sixteenths: i64) -> i64 {
    let of = SIXTEENTHS[sixteenths.rem_euclid(16) as usize];
    let octave = sixteenths.div_euclid(16);
    if octave < 0 { of >> -octave } else { of << octave }
}

/// The bucket of `took` over `expected`.
fn bucket(expected: Seconds, took: Seconds) -> i8 {
    let at_least = |bucket: i8| {
        i128::from(took.0) * i128::from(ONE) >= i128::from(expected.0) * i128::from(ratio(2 * i64::from(bucket) - 1))
    };
    (1 - LAST..=LAST).rev().find(|bucket| at_least(*bucket)).unwrap_or(-LAST)
}

impl Unit {
    /// What is learned of a stage of a submission, once it was seen often enough to go by (`learn_after` of the policy).
    pub fn learned(&self, submission: &Submission, stage: &Stage) -> Option<&Observed> {
        if self.durations.is_empty() {
            return None;
        }
        let kind = Kind::of(stage, &submission.facts, self.storage_of(submission));
        let enough = u64::from(self.policy.forecast.learn_after.max(1));
        self.durations.get(&kind).filter(|observed| observed.seen >= enough)
    }

    /// Expected time of a stage of a submission at speed 1: what the unit learned, else what the policy says.
    pub fn expected_time(&self, submission: &Submission, stage: &Stage) -> Seconds {
        let takes = stage.time(self.storage_of(submission));
        self.learned(submission, stage).map_or(takes, |observed| observed.mean(takes))
    }

    /// What is left of the expected time of a stage of a submission, at speed 1, where part of it was done before it was paused.
    pub fn time_left(&self, submission: &Submission, stage: &Stage, earlier: Option<&Earlier>) -> Seconds {
        let whole = self.expected_time(submission, stage);
        earlier.map_or(whole, |earlier| Seconds((whole.0 - earlier.worked.0).max(LEAST_LEFT)))
    }

    /// The time at speed 1 that nine of ten stay within: what the unit learned, else what the policy says.
    pub fn p90_time(&self, submission: &Submission, stage: &Stage) -> Seconds {
        let takes = stage.time(self.storage_of(submission));
        let policys = || Seconds((takes.0 * i64::from(stage.p90) + 99) / 100);
        self.learned(submission, stage).map_or_else(policys, |observed| observed.quantile(takes, 900))
    }

    /// Storage of a submission's device in GB; where it is not known, what its policy calls typical.
    pub fn storage_of(&self, submission: &Submission) -> u32 {
        let policy = || self.policy_of(submission).unwrap_or(&self.policy);
        submission.facts.storage_gb.unwrap_or_else(|| policy().guard.typical_storage_gb)
    }
}

#[cfg(test)]
mod tests;
