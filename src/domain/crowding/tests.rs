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
    // Ten days were seen, and what waits counts as five: ten phones, there for 5.18 days on average.
    let extraction = world.unit.expected_time(submission, extract).0;
    let stays: i64 = world.unit.submissions.values().map(|s| (at("21T00:00") - s.facts.taken_at).0.max(DAY)).sum();
    let (seen, supposed) = (extraction * 10_000 / there, 100 * extraction * DAY / stays * 10_000 / there);
    assert_eq!(kiosk(5), (seen * 10 + supposed * 5) / 15);
}

/// Ten phones, one a day, that are there for 5.2 days in the mean, are 1.9 a day by Little's law.
#[test]
fn what_waits_tells_what_came_in_before_anybody_looked_and_less_the_longer_they_look() {
    let (world, seen) = ten_phones();
    let kiosk = |began, now| known(&world, began, now).before(ResourceKind::Kiosk, 5);
    let one_a_day = seen.before(ResourceKind::Kiosk, 5).mean * 10 / 13;
    let at_first = kiosk("20T12:00", "21T00:00");
    assert!((18..=21).contains(&(at_first.mean * 10 / one_a_day.max(1))), "{at_first:?} beside {one_a_day}");
    assert_eq!(
        [("20T12:00", "21T00:00"), ("19T00:00", "21T00:00"), ("11T00:00", "21T00:00")].map(|(began, now)| kiosk(began, now).days),
        [7, 9, 15]
    );
    let later = Crowding::of(&world.unit, [], (at("01T00:00"), at("29T00:00"))).before(ResourceKind::Kiosk, 5);
    assert_eq!((later.days, later.mean), (28, 0), "in four weeks nobody saw anything come in");
    assert_eq!(known(&World::new(), "20T12:00", "21T00:00"), Crowding::default(), "nothing came, and nothing waits");
}

#[test]
fn what_was_there_when_it_began_did_not_come_in() {
    let (world, _) = ten_phones();
    let [since_11, since_16] =
        ["11T00:00", "16T00:00"].map(|began| known(&world, began, "21T00:00").before(ResourceKind::Kiosk, 5));
    assert_eq!((since_11.days, since_16.days), (15, 11));
    assert!(since_16.mean > since_11.mean, "five of those it saw, and more of those it did not: {since_16:?} {since_11:?}");
}

#[test]
fn the_wait_behind_a_queue_grows_by_what_higher_tiers_leave() {
    let half = Share { mean: 500, daily: 0, days: 28 };
    assert_eq!(half.stretched(3_600, 3_600, 0), 7_200, "half of the time is for others");
    assert_eq!(Share::default().stretched(3_600, 3_600, 3_000), 3_600, "nothing is known");
    assert_eq!(half.stretched(0, 0, 0), 0, "whoever has their turn is not overtaken");
    let all = Share { mean: 1_000, daily: 0, days: 28 };
    assert_eq!(all.stretched(3_600, 3_600, 0), 36_000, "a tenth is always left");
    assert!(half.stretched(3_600, 365 * DAY, 1_000) > 7_200, "however long one looks, next year is another one");
}

#[test]
fn how_much_days_differ_counts_less_the_longer_it_takes() {
    let share = Share { mean: 400, daily: 40_000, days: 28 };
    let bad_luck = |days: i64| share.stretched(100_000, days * DAY, 1_000);
    let usual = share.stretched(100_000, DAY, 0);
    assert!(bad_luck(1) > bad_luck(5) && bad_luck(5) > bad_luck(100) && bad_luck(100) > usual);
    assert!(share.stretched(100_000, DAY, -1_000) < usual);
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
