//! The guard over the example unit, where the two operators of Northport alone prepare phones.

use super::{Harm, Watch};
use crate::domain::establishment::Calendar;
use crate::domain::policy::{DueRule, From};
use crate::domain::testing::{World, at, establishment, hours, policy};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;

/// Work on a slot from one time to another.
fn run(slot: usize, from: &str, until: &str) -> (usize, Timestamp, Timestamp) {
    (slot, at(from), at(until))
}

fn watch() -> (Watch, usize, usize) {
    let watch = Watch::of(&World::new().unit, at("23T08:00")).unwrap();
    let slot = |number| watch.slot(&"operators-north".into(), number).unwrap();
    let (first, second) = (slot(1), slot(2));
    (watch, first, second)
}

fn fix(watch: &mut Watch, (slot, from, until): (usize, Timestamp, Timestamp)) {
    watch.fix(slot, from.unix(), until.unix());
}

fn harm(watch: &mut Watch, (slot, from, until): (usize, Timestamp, Timestamp)) -> Option<Harm> {
    watch.harm(slot, from, until)
}

#[test]
fn the_last_free_operator_is_kept_for_a_victims_phone() {
    // Given one operator who is taken until Wednesday noon,
    let (mut watch, first, second) = watch();
    fix(&mut watch, run(first, "23T08:00", "25T12:00"));
    // when the other one is to be taken as long, then whoever comes to headquarters before 18:35 on Tuesday is late:
    let harm = harm(&mut watch, run(second, "23T09:00", "25T12:00"));
    // from noon, 45 minutes to prepare, 90 to extract, 45 to verify, 50 back to headquarters and 45 home is 16:35, and
    // their 24 hours, two of which are gone when they come, are over by then.
    assert_eq!(harm, Some(Harm { site: "hq".into(), until: at("24T18:35") }));
}

#[test]
fn work_that_leaves_a_way_is_nobodys_harm() {
    let (mut watch, first, second) = watch();
    assert_eq!(harm(&mut watch, run(second, "23T09:00", "25T12:00")), None, "the other operator is free");
    fix(&mut watch, run(first, "23T08:00", "25T12:00"));
    assert_eq!(harm(&mut watch, run(second, "24T18:35", "25T12:00")), None, "whoever comes then can wait for its end");
    assert_eq!(harm(&mut watch, run(second, "23T09:00", "23T12:00")), None, "so can whoever comes within three hours");
}

#[test]
fn lower_work_that_has_begun_is_in_the_way_and_what_is_to_come_gives_way() {
    let (mut watch, first, second) = watch();
    watch.add(first, at("23T08:00").unix(), at("25T12:00").unix());
    assert!(harm(&mut watch, run(second, "23T09:00", "25T12:00")).is_some());
    watch.remove(first, at("23T08:00").unix(), at("25T12:00").unix());
    watch.add(first, at("23T20:00").unix(), at("25T12:00").unix());
    let harm = harm(&mut watch, run(second, "23T09:00", "23T19:00"));
    assert_eq!(harm, None, "whoever comes before eight in the evening has the first operator instead");
}

#[test]
fn a_promise_that_nothing_could_keep_is_nobodys_harm() {
    // Given both operators away until Wednesday noon, whoever comes on Monday is late whatever lower work does.
    let (mut watch, first, second) = watch();
    fix(&mut watch, run(first, "23T08:00", "25T12:00"));
    fix(&mut watch, run(second, "23T08:00", "25T12:00"));
    let kiosk = watch.slot(&"kiosk-north".into(), 1).unwrap();
    assert_eq!(harm(&mut watch, run(kiosk, "23T09:00", "24T09:00")), None);
}

#[test]
fn slots_that_no_phone_needs_are_not_watched() {
    let (watch, ..) = watch();
    assert_eq!(watch.slot(&"khan".into(), 1), None);
    assert_eq!(watch.slot(&"operators-north".into(), 3), None);
}

#[test]
fn a_due_that_never_comes_is_not_looked_for() {
    // Given a promise that counts hours of a calendar which never opens,
    let (mut unit, mut policy) = (establishment(), policy());
    unit.calendars.push(Calendar { id: "never".into(), hours: hours(&[]) });
    let guarded = policy.promises.iter_mut().find(|promise| promise.name == policy.guard.promise).unwrap();
    guarded.due = DueRule::Within { from: From::TakenAt, within: Seconds::hours(24), working: Some("never".into()) };
    let unit = Unit::founded(unit, policy);
    // then every way is in time, and none is sought for as long as the promise runs.
    let mut watch = Watch::of(&unit, at("23T08:00")).unwrap();
    let slot = watch.slot(&"operators-north".into(), 2).unwrap();
    assert_eq!(harm(&mut watch, run(slot, "23T09:00", "25T12:00")), None);
}
