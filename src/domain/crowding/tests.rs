//! What forecasts know of work that is still to come in, on units that can be counted by hand.

use super::*;
use crate::domain::testing::{World, at, ready_phone, span, suspects_laptop};

/// A victim's phone each morning for ten days.
fn ten_phones() -> (World, Crowding) {
    let mut world = World::new();
    for day in 11..21 {
        let mut phone = ready_phone(&format!("AB/{day}"));
        phone.facts.taken_at = at(&format!("{day}T07:40"));
        for at in [
            &mut phone.facts.delivered_at,
            &mut phone.facts.authorised_at,
            &mut phone.facts.agreement_at,
            &mut phone.facts.notice_at,
        ] {
            *at = Some(phone.facts.taken_at);
        }
        world.at(&format!("{day}T08:00")).registers(phone);
    }
    let crowding = known(&world, "11T00:00", "21T00:00");
    (world, crowding)
}

fn known(world: &World, began: &str, now: &str) -> Crowding {
    Crowding::of(&world.unit, world.unit.submissions.values().map(|submission| &**submission), (at(began), at(now)))
}

#[test]
fn what_comes_in_overtakes_lower_tiers_and_no_others() {
    let (world, crowding) = ten_phones();
    let kiosk = |tier| crowding.before(ResourceKind::Kiosk, tier).mean;
    assert_eq!((kiosk(0), kiosk(1)), (0, 0), "nobody overtakes a victim's phone");
    assert!(kiosk(2) > 0 && kiosk(2) == kiosk(5), "{crowding:?}");
    // One extraction a day of all that the kiosks are open.
    let submission = world.unit.submissions.values().next().unwrap();
    let route = world.unit.route_of(submission).unwrap();
    let extract = route.stages.iter().find(|stage| stage.by.contains(&ResourceKind::Kiosk)).unwrap();
    let there = there(&world.unit, ResourceKind::Kiosk, (at("11T00:00"), at("21T00:00")));
    assert_eq!(kiosk(5), world.unit.expected_time(submission, extract).0 * 10_000 / there);
}

#[test]
fn nothing_is_known_of_the_first_days_nor_of_what_came_before() {
    let (world, crowding) = ten_phones();
    assert_ne!(crowding, Crowding::default());
    assert_eq!(known(&world, "11T00:00", "13T23:59"), Crowding::default(), "not three days yet");
    let later = known(&world, "16T00:00", "21T00:00");
    assert_eq!(later.before(ResourceKind::Kiosk, 5).days, 5, "what was there when it began did not come in");
    assert_eq!(known(&world, "11T00:00", "30T00:00").before(ResourceKind::Kiosk, 5).days, 19);
}

#[test]
fn the_wait_behind_a_queue_grows_by_what_higher_tiers_leave() {
    let half = Share { mean: 500, daily: 0, days: 28 };
    assert_eq!(half.stretched(3_600, 3_600, 0), 7_200, "half of the time is for others");
    assert_eq!(Share::default().stretched(3_600, 3_600, 3_000), 3_600, "nothing is known");
    assert_eq!(half.stretched(0, 0, 0), 0, "whoever has their turn is not overtaken");
    let all = Share { mean: 1_000, daily: 0, days: 28 };
    assert_eq!(all.stretched(3_600, 3_600, 0), 36_000, "a tenth is always left");
}

#[test]
fn how_much_days_differ_counts_less_the_longer_it_takes() {
    let share = Share { mean: 400, daily: 40_000, days: 28 };
    let bad_luck = |days: i64| share.stretched(1_000, days * DAY, 1_000);
    let usual = share.stretched(1_000, DAY, 0);
    assert!(bad_luck(1) > bad_luck(5) && bad_luck(5) > bad_luck(100) && bad_luck(100) > usual);
    assert!(share.stretched(1_000, DAY, -1_000) < usual);
}

#[test]
fn work_that_nobody_of_the_unit_does_crowds_nobody() {
    let mut world = World::new();
    world.at("23T09:00").registers(suspects_laptop("CD/1"));
    let benches = world.unit.establishment.resources.iter().filter(|resource| resource.kind == ResourceKind::Lab).count();
    let crowding = known(&world, "11T00:00", "24T00:00");
    assert_eq!((benches > 0, crowding.before(ResourceKind::Lab, 5).days > 0), (true, true));
    let mut unit = world.unit.clone();
    std::sync::Arc::make_mut(&mut unit.establishment).resources.retain(|resource| resource.kind != ResourceKind::Lab);
    let without = Crowding::of(&unit, unit.submissions.values().map(|s| &**s), (at("11T00:00"), at("24T00:00")));
    assert_eq!(without.before(ResourceKind::Lab, 5), Share::default());
    assert_eq!(span("28d"), LOOKS_BACK);
}
