//! What a unit at work long enough has learned.

use super::Rng;
use crate::domain::durations::Kind;
use crate::domain::time::Seconds;
use crate::domain::unit::Unit;

/// The unit with durations of some kinds of its open stages, some seen often enough to go by and some not.
pub fn learned(unit: &Unit, rng: &mut Rng) -> Unit {
    let mut learned = unit.clone();
    for submission in unit.submissions.values() {
        let stages = unit.route_of(submission).into_iter().flat_map(|route| &route.stages);
        for stage in stages {
            let kind = Kind::of(stage, &submission.facts, unit.storage_of(submission));
            if unit.durations.get(&kind).is_none() && rng.chance(70) {
                let mut observed = learned.durations.get(&kind).cloned().unwrap_or_default();
                let usual = rng.pick(&[300, 900, 1_000, 1_300, 2_500]);
                for _ in 0..rng.below(40) {
                    observed.add(Seconds(1_000), Seconds(usual * rng.between(50, 200) / 100));
                }
                learned.durations.insert_mut(kind, observed);
            }
        }
    }
    learned
}
