//! Reports of small units, against what a reader of their ledgers would count by hand.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::backlog::{self, Backlog, Ended, Kind, Unplaced};
use super::capacity::{self, Capacity, Flow, Outcome, Work, by_kind};
use super::performance::{Cohort, Fate, Key, Performance, Record, Void};
use super::{By, Period, permille};
use crate::domain::command::{Command, Treat};
use crate::domain::establishment::ResourceKind;
use crate::domain::event::{Change, Event, FailureCause};
use crate::domain::ids::{BreachId, QueueNumber};
use crate::domain::legs::Leg;
use crate::domain::state::{State, state};
use crate::domain::submission::Owner;
use crate::domain::testing::random::{Deed, command};
use crate::domain::testing::*;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Breach, DataTaken, RemovalCause, Submission};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// From one day to another, as a world's clocks show them, told now.
fn days<'a>(world: &'a World, from: &str, to: &str) -> Period<'a> {
    Period::of(day(from), day(to), &world.unit.establishment.zone, world.now)
}

fn november(world: &World) -> Period<'_> {
    days(world, "2026-11-01", "2026-11-30")
}

/// Everything ever registered.
fn rows(world: &World) -> impl Iterator<Item = &Submission> {
    world.rows.submissions.values().map(|row| &**row)
}

fn events(world: &World) -> Vec<Event> {
    world.entries.iter().map(|entry| entry.event().unwrap()).collect()
}

fn performance(world: &World, by: Option<By>, period: &Period<'_>) -> Performance {
    let (mut counted, events) = (Performance::default(), events(world));
    for submission in rows(world) {
        let breaches = world.rows.breaches.values().flatten().filter(|breach| breach.submission == submission.number);
        let breaches: Vec<Breach> = breaches.cloned().collect();
        let (route, is_open) = (world.unit.route_of(submission), world.unit.submissions.contains_key(&submission.number));
        let record = Record { submission, route, is_open, breaches: &breaches, events: &events };
        counted.take_in(&record, by, period);
    }
    counted
}

/// All weeks of a promise.
fn cohort(counted: &Performance, promise: &str) -> Cohort {
    let all = counted.cohorts.iter().find(|(key, _)| key.promise.as_str() == promise && key.week.is_none());
    all.map(|(_, cohort)| cohort.clone()).unwrap_or_default()
}

fn backlog_of(world: &World, by: Option<By>, period: &Period<'_>) -> Backlog {
    let mut counted = Backlog::default();
    for submission in rows(world) {
        let (route, state) = (world.unit.route_of(submission), state(&world.unit, submission, world.now));
        let is_open = world.unit.submissions.contains_key(&submission.number);
        counted.take_in(&backlog::Record { submission, route, state, is_open }, by, period);
    }
    counted
}

/// A phone that is examined at the kiosk of the north by 10:00.
fn examined(world: &mut World, exhibit: &str) -> QueueNumber {
    let number = world.at("23T08:30").registers(ready_phone(exhibit));
    world.at("23T09:00").works(number, 0, slot("operators-north", 1), "23T09:10");
    world.works(number, 1, slot("kiosk-north", 1), "23T09:50");
    world.works(number, 2, slot("operators-north", 1), "23T10:00");
    number
}

#[test]
fn no_share_is_told_of_a_few_and_others_are_rounded_to_the_nearest() {
    assert_eq!([permille(19, 19), permille(0, 0), permille(1, 20), permille(2, 3_000)], [None, None, Some(50), Some(1)]);
}

#[test]
fn a_period_has_its_days_to_their_last_second_and_its_weeks_begin_on_mondays() {
    let zone = establishment().zone;
    let period = Period::of(day("2026-11-25"), day("2026-12-01"), &zone, at("2026-12-09T10:00:00Z"));
    let has = ["2026-11-24T23:59:59Z", "2026-11-25T00:00:00Z", "2026-12-01T23:59:59Z", "2026-12-02T00:00:00Z"];
    assert_eq!(has.map(|text| period.has(at(text))), [false, true, true, false]);
    let weeks = [(day("2026-11-23"), at("2026-11-30T00:00:00Z")), (day("2026-11-30"), at("2026-12-02T00:00:00Z"))];
    assert_eq!(period.weeks(), weeks);
    assert_eq!(period.week(at("2026-11-29T23:59:59Z")), day("2026-11-23"));
}

#[test]
fn of_days_to_come_nothing_is_counted_yet() {
    let zone = establishment().zone;
    let begun = Period::of(day("2026-11-23"), day("2026-12-31"), &zone, at("2026-11-24T10:00:00Z"));
    let told = begun.since(at("2026-11-23T17:00:00Z"));
    assert_eq!((told.from, told.until), (at("2026-11-23T17:00:00Z"), begun.until), "of what was before nobody told");
    assert_eq!(begun.since(at("2026-11-20T17:00:00Z")).from, begun.from);
    assert_eq!(begun.weeks(), [(day("2026-11-23"), at("2026-11-24T10:00:00Z"))]);
    let ahead = Period::of(day("2026-12-23"), day("2026-12-31"), &zone, at("2026-11-24T10:00:00Z"));
    assert!(ahead.weeks().is_empty());
}

#[test]
fn a_promise_counts_in_the_week_in_which_it_was_due_whenever_it_was_reached() {
    let mut world = World::new();
    let [kept, late] = ["AB/1", "AB/2"].map(|exhibit| examined(&mut world, exhibit));
    let waiting = world.registers(ready_phone("AB/3"));
    world.at("23T12:00").does(to_owner(kept, "23T12:00"));
    world.at("24T09:00").sweeps();
    world.at("30T10:00").does(to_owner(late, "30T10:00"));
    let counted = performance(&world, None, &november(&world));
    let all = cohort(&counted, "victim-phone");
    assert_eq!((all.due(), all.kept, all.breached, all.still_late), (3, 1, 2, 1));
    assert_eq!(all.kept_permille(), None, "no share of three");
    let hours = |text: &str| at(text) - at("23T07:40");
    assert_eq!((all.time.p50(), all.time.p90()), (Some(hours("30T10:00")), None), "the one that is still late is the longest");
    assert_eq!(all.time.longest(), Some(world.now - world.row(waiting).facts.taken_at));
    let weeks: Vec<_> = counted.cohorts.keys().filter(|key| key.promise.as_str() == "victim-phone").map(|key| key.week).collect();
    assert_eq!(weeks, [None, Some(day("2026-11-23"))]);
    assert_eq!(all.legs.values().sum::<i64>(), hours("30T10:00").0 * 2, "the whole time of both that were missed");
    assert_eq!(all.legs[&Leg::HandBack], (at("30T10:00") - at("23T10:00")).0);
    let later = performance(&world, None, &days(&world, "2026-11-30", "2026-12-31"));
    assert_eq!(cohort(&later, "victim-phone"), Cohort::default(), "it was due the week before");
}

#[test]
fn what_was_ended_before_it_was_due_is_void_by_reason_and_what_is_not_due_is_to_come() {
    let mut world = World::new();
    let mut removed = suspects_laptop("AB/1");
    removed.particulars.team = Some("RASSO North".into());
    let removed = world.at("23T08:30").registers(removed);
    world.registers(suspects_laptop("AB/2"));
    let (at_once, data) = (world.now, DataTaken::None);
    let why = RemovalCause::NotNecessary;
    let reason = Some("other evidence".into());
    world.does(Command::Remove { number: removed, at: at_once, cause: why, data, reason });
    let december = days(&world, "2026-12-01", "2026-12-31");
    assert_eq!(cohort(&performance(&world, None, &december), "rasso-suspect").to_come, 2, "nobody knows yet");
    world.at("2026-12-22T08:00:00Z");
    let counted = performance(&world, Some(By::Team), &days(&world, "2026-12-01", "2026-12-31"));
    let of = |team: Option<&str>| {
        let key = Key { group: team.map(str::to_owned), tier: 3, promise: "rasso-suspect".into(), week: None };
        counted.cohorts[&key].clone()
    };
    assert_eq!((of(Some("RASSO North")).void, of(Some("RASSO North")).due()), (1, 0));
    assert_eq!((of(None).void, of(None).breached), (0, 1), "what is not swept yet is missed all the same");
    let voids = BTreeMap::from([(("rasso-suspect".into(), Some("RASSO North".into()), Void::Removed(why)), 1)]);
    assert_eq!(counted.voids, voids);
}

#[test]
fn what_a_late_entry_disproves_is_kept_and_shown_apart_as_is_what_was_mitigated() {
    let mut world = World::new();
    let [back, lent] = ["AB/1", "AB/2"].map(|exhibit| examined(&mut world, exhibit));
    world.at("24T09:00").sweeps();
    world.does(to_owner(back, "23T17:00"));
    let handset = Treat::IssueHandset {
        handset: Some("spare-1".into()),
        at: world.now,
        received_by: crate::domain::unit::Receiver::Owner,
        with_sim: false,
    };
    world.does(Command::Treat { number: lent, treat: Box::new(handset) });
    let counted = cohort(&performance(&world, None, &november(&world)), "victim-phone");
    assert_eq!((counted.kept, counted.disproved, counted.breached, counted.mitigated), (1, 1, 1, 1));
}

#[test]
fn each_state_of_the_backlog_is_told_apart_with_the_oldest_and_what_it_is_about() {
    let mut world = World::new();
    let mut early = victims_phone("AB/1");
    (early.facts.taken_at, early.facts.offence) = (at("2026-09-01T09:00:00Z"), "drugs".into());
    let early = world.at("23T08:30").registers(early);
    world.registers(ready_phone("AB/2"));
    world.registers(suspects_laptop("AB/3"));
    let done = examined(&mut world, "AB/4");
    world.at("24T08:30");
    let counted = backlog_of(&world, None, &november(&world));
    let all = &counted.waiting[&Kind { group: None, device: None }];
    assert_eq!((all.count(), all.of(State::Requested), all.of(State::Waiting)), (3, 1, 2));
    assert_eq!(all.bands, [2, 1, 0, 0, 0], "one has waited for 84 days");
    let oldest = all.oldest.as_ref().unwrap();
    assert_eq!((oldest.number, oldest.offence.as_str()), (early, "drugs"));
    let kinds: Vec<_> = counted.waiting.iter().map(|(kind, waiting)| (kind.device.as_ref(), waiting.count())).collect();
    let [phone, laptop] = [("phone".into(), Owner::Victim), ("laptop".into(), Owner::Suspect)];
    assert_eq!(kinds, [(None, 3), (Some(&laptop), 1), (Some(&phone), 2)]);
    assert_eq!(counted.ended, BTreeMap::from([((None, Ended::InHouse), 1)]));
    let held = &counted.held[&(None, Owner::Victim)];
    assert_eq!((held.held.count(), held.authorised, held.held.longest()), (1, 1, Some(world.now - at("23T10:00"))), "{done}");
    assert_eq!(counted.unplaced[&Unplaced::NotDelivered].count, 1);
}

#[test]
fn what_is_removed_is_ended_and_held_until_its_owner_has_it() {
    let mut world = World::new();
    let number = world.at("23T08:30").registers(ready_phone("AB/1"));
    let (cause, data, ended) = (RemovalCause::AgreementWithdrawn, DataTaken::None, world.now);
    world.does(Command::Remove { number, at: ended, cause, data, reason: None });
    let before = backlog_of(&world, Some(By::Force), &november(&world));
    let force = Some("Northshire".to_owned());
    assert_eq!(before.ended, BTreeMap::from([((force.clone(), Ended::Removed(cause)), 1)]));
    assert!(before.waiting.is_empty());
    assert_eq!(before.held[&(force.clone(), Owner::Victim)].held.count(), 1);
    world.at("23T11:30").does(to_owner(number, "23T11:30"));
    let after = backlog_of(&world, Some(By::Force), &november(&world));
    let held = &after.held[&(force, Owner::Victim)];
    assert_eq!((held.held.count(), held.returned.p50()), (0, Some(at("23T11:30") - ended)));
}

/// Work of a resource.
fn work(on: &str, from: &str, until: &str, outcome: Outcome) -> Work {
    Work { resource: on.into(), span: Some((at(from), Some(at(until)))), earlier: None, outcome }
}

fn capacity_of(world: &World, works: &[Work], period: &Period<'_>) -> Capacity {
    let (mut counted, weeks) = (Capacity::default(), period.weeks());
    for (place, submission) in rows(world).enumerate() {
        let work = if place == 0 { works } else { &[] };
        let record = capacity::Record { submission, route: world.unit.route_of(submission), work };
        counted.take_in(&record, None, period, &weeks);
    }
    counted
}

#[test]
fn arrivals_stand_against_completions_and_what_is_left_is_what_was_not_done() {
    let mut world = World::new();
    let done = examined(&mut world, "AB/1");
    world.registers(ready_phone("AB/2"));
    world.at("30T09:00").registers(ready_phone("AB/3"));
    world.does(to_owner(done, "30T09:00"));
    world.at("30T10:00");
    let counted = capacity_of(&world, &[], &days(&world, "2026-11-23", "2026-12-06"));
    let first = Flow { arrived: 2, examined: 1, left: 1, ..Flow::default() };
    let second = Flow { arrived: 1, returned: 1, left: 2, ..Flow::default() };
    assert_eq!(counted.flow, BTreeMap::from([((None, day("2026-11-23")), first), ((None, day("2026-11-30")), second)]));
}

#[test]
fn use_is_the_worked_part_of_the_open_time_and_what_is_worked_most_at_a_site_binds() {
    let mut world = World::new();
    world.at("23T08:30").registers(ready_phone("AB/1"));
    world.at("2026-12-01T00:00:00Z");
    let failed = Outcome::Failed(FailureCause::Cable);
    let works = [
        // Two slots, open from 07:00 to 22:00: 30 hours; an hour of this is outside.
        work("kiosk-north", "23T21:00", "23T23:00", Outcome::Finished),
        work("kiosk-north", "23T10:00", "23T10:30", failed),
        work("okafor", "23T08:00", "23T13:00", Outcome::Finished),
        Work {
            span: None,
            earlier: Some((at("23T14:00"), Seconds::hours(1))),
            ..work("okafor", "23T14:00", "23T14:00", Outcome::None)
        },
        // The day before does not count.
        work("okafor", "22T08:00", "22T18:00", failed),
    ];
    let period = days(&world, "2026-11-23", "2026-11-23");
    let counted = capacity_of(&world, &works, &period);
    let uses = counted.uses(&world.unit, &period, |_| true);
    let of = |id: &str| uses.iter().find(|one| one.resource.as_ref().unwrap().as_str() == id).unwrap();
    let kiosk = of("kiosk-north");
    assert_eq!((kiosk.open, kiosk.worked, kiosk.worked_permille()), (30 * 3_600, 5_400, Some(50)));
    assert_eq!((kiosk.ended, kiosk.failed, kiosk.failed_permille()), (2, 1, None));
    assert_eq!((of("okafor").worked, of("okafor").worked_permille()), (6 * 3_600, Some(600)));
    let binding = by_kind(&uses).into_iter().filter(|one| one.binds).map(|one| (one.site.to_string(), one.kind));
    assert_eq!(binding.collect::<Vec<_>>(), [("north".into(), ResourceKind::Dmi)]);
    let failures = counted.failures(&world.unit, |_| true);
    assert_eq!(failures.keys().collect::<Vec<_>>(), [&(ResourceKind::Kiosk, FailureCause::Cable)]);
    assert_eq!(failures.values().map(|failed| (failed.count, failed.lost)).collect::<Vec<_>>(), [(1, 1_800)]);
    assert_eq!(counted.uses(&world.unit, &period, |id| id.as_str() == "okafor").len(), 1, "of what may be seen alone");
}

/// How many promises stand as missed by the ledger: recorded, and neither disproved nor void since.
fn missed(world: &World) -> BTreeMap<String, u64> {
    let mut standing: BTreeMap<BreachId, String> = BTreeMap::new();
    for event in events(world) {
        match event.change {
            Change::Breached { breach, promise, .. } => drop(standing.insert(breach, promise.to_string())),
            Change::BreachDisproved { breach, .. } | Change::BreachVoided { breach } => drop(standing.remove(&breach)),
            _ => {}
        }
    }
    let mut counted = BTreeMap::new();
    standing.into_values().for_each(|promise| *counted.entry(promise).or_default() += 1);
    counted
}

proptest! {
    #![proptest_config(crate::domain::testing::cases(300))]

    /// Whatever happened, what a report counts as missed is what the ledger has as missed.
    #[test]
    fn counts_reconcile_with_the_ledger(steps in proptest::collection::vec(any::<Deed>(), 1..120)) {
        let mut world = World::new();
        world.at("23T09:00");
        for step in steps {
            world.now = world.now + Seconds(i64::from(step.3) % 9_000);
            if let Some(command) = command(&world, step) {
                let _ = world.tries(&command);
            }
        }
        world.sweeps();
        let counted = performance(&world, None, &days(&world, "1990-01-01", "2099-12-31"));
        let mut breached: BTreeMap<String, u64> = BTreeMap::new();
        for (key, cohort) in counted.cohorts.iter().filter(|(key, _)| key.week.is_none()) {
            breached.insert(key.promise.to_string(), cohort.breached);
            prop_assert_eq!(cohort.time.count(), cohort.due());
            let weeks = counted.cohorts.iter().filter(|(other, _)| other.promise == key.promise && other.week.is_some());
            prop_assert_eq!(weeks.map(|(_, week)| week.due() + week.void + week.to_come).sum::<u64>(),
                cohort.due() + cohort.void + cohort.to_come, "weeks add up");
        }
        breached.retain(|_, count| *count > 0);
        prop_assert_eq!(breached, missed(&world));
        // Nothing is in the backlog twice, and all that is open is either still to be examined or held, or only its paper is left.
        let waiting = backlog_of(&world, None, &days(&world, "1990-01-01", "2099-12-31"));
        let kinds = |all: bool| waiting.waiting.iter().filter(move |(kind, _)| kind.device.is_none() == all).map(|(_, one)| one.count());
        prop_assert_eq!(kinds(true).sum::<u64>(), kinds(false).sum::<u64>());
        let ended: u64 = waiting.ended.values().sum();
        prop_assert!(kinds(true).sum::<u64>() + ended <= world.rows.submissions.len() as u64);
    }
}

#[test]
fn a_promise_that_ended_before_the_device_was_taken_was_never_made() {
    let mut world = World::new();
    let mut request = suspects_laptop("AB/1");
    request.facts.custody_expires_at = Some(at("21T12:00"));
    let number = world.at("23T08:30").registers(request);
    let submission = world.row(number);
    let custody = submission.promised().iter().find(|clock| clock.promise.as_str() == "custody").unwrap();
    let route = world.unit.route_of(&submission);
    let record = Record { submission: &submission, route, is_open: true, breaches: &[], events: &[] };
    assert_eq!(record.fate(custody, world.now), None);
    let long_ago: Timestamp = at("20T08:00");
    let rasso = submission.promised().iter().find(|clock| clock.promise.as_str() == "rasso-suspect").unwrap();
    assert_eq!(record.fate(rasso, long_ago), Some(Fate::ToCome));
}
