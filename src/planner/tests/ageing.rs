//! What has waited longest rises a tier, whatever else of it is in another.

use std::sync::Arc;

use crate::domain::testing::{World, at, ready_phone, span};
use crate::planner::instance::Instance;
use crate::planner::place::Part;

/// The simulator found it: in a starved unit the reviews of victims' phones waited for two years, since the phone itself is of tier 1, and
/// all others of their tier had risen before them.
#[test]
fn what_is_left_of_a_phone_that_is_home_rises_like_all_others_of_its_tier() {
    let mut world = World::new();
    world.at("23T09:00").registers(ready_phone("AB/1"));
    let mut unit = world.unit.clone();
    Arc::make_mut(&mut unit.policy).tiers[5].longest_wait = Some(span("48h"));
    let tiers = |now: &str| {
        let instance = Instance::of(&unit, at(now));
        let job = &instance.jobs[0];
        [Part::Device, Part::Rest].map(|part| job.risen(job.part_tier(part)))
    };
    assert_eq!(tiers("25T08:29"), [1, 5], "its gates were met on the 23rd at 08:30");
    assert_eq!(tiers("25T08:30"), [1, 4]);
}
