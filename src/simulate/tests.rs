//! Runs of the example unit, read like small stories, and many random weeks that are audited after each event.

use chrono::NaiveDate;

use super::arrivals::{Arrival, drawn, of_rows};
use super::faults::{Faults, Spells};
use super::outcome::{Outcome, Promised};
use super::workload::{Kind, People, Weighted, Workload};
use super::{Order, Scenario, run};
use crate::domain::establishment::ResourceKind;
use crate::domain::policy::Gate;
use crate::domain::submission::{LockState, Owner};
use crate::domain::testing::{at, establishment, policy, ready_phone, span};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::what_if::{Change, Impossible, change};

fn weighted<T: Clone>(things: &[T]) -> Weighted<T> {
    Weighted(things.iter().map(|thing| (thing.clone(), 1)).collect())
}

fn kind(name: &str, owner: Owner, a_day: u32, device: &str, levels: &[u8]) -> Kind {
    Kind {
        name: name.into(),
        a_day,
        opening: 0,
        devices: (1, if owner == Owner::Suspect { 3 } else { 1 }),
        owner,
        force: Weighted(Vec::new()),
        site: Weighted(Vec::new()),
        offence: weighted(&["rasso".into(), "other".into()]),
        device: weighted(&[device.into()]),
        storage_gb: weighted(&[64, 256]),
        level: weighted(levels),
        lock_state: weighted(&[LockState::PinHeld, LockState::Afu]),
        risk: Vec::new(),
        repeat_permille: 250,
        waits_permille: 100,
        staged_permille: 500,
        bail: (100, Seconds::hours(24 * 30)),
        court: (0, Seconds::ZERO),
    }
}

fn workload(opening: u32) -> Workload {
    let suspects = kind("suspects", Owner::Suspect, 100, "laptop", &[1, 2]);
    Workload {
        from: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
        opening_over: Seconds::hours(24 * 30),
        weekdays: [120, 90, 90, 90, 90, 110, 110],
        hours: [100; 24],
        kinds: vec![
            kind("phones", Owner::Victim, 100, "phone", &[1]),
            Kind { opening, ..suspects },
            kind("witnesses", Owner::Witness, 50, "phone", &[1]),
        ],
        bursts: Vec::new(),
        people: People::USUAL,
    }
}

fn faults() -> Faults {
    let spells = |every, lasts| Some(Spells { every: span(every), lasts: span(lasts) });
    Faults {
        fails_permille: 80,
        withdrawn_permille: 60,
        down: spells("5d", "6h"),
        offline: spells("4d", "5h"),
        away: spells("6d", "1d"),
        restarts_every: Some(span("30h")),
        lapse: true,
    }
}

fn scenario(workload: &Workload, days: i64, seed: u64) -> Scenario {
    let (establishment, from) = (establishment(), at("23T00:00"));
    let until = from + Seconds::hours(24 * days);
    let arrivals = drawn(workload, &establishment, (from, until), seed);
    Scenario {
        establishment,
        policy: policy(),
        arrivals,
        people: People::USUAL,
        faults: Faults::default(),
        from,
        until,
        seed,
        forecast_runs: 0,
        missed: None,
        audited: true,
    }
}

fn promise<'o>(outcome: &'o Outcome, name: &str) -> &'o Promised {
    outcome.promises.iter().find(|promise| promise.promise.as_str() == name).unwrap()
}

/// Rows of a queue file on trial for so many days.
fn rows(requests: Vec<crate::domain::submission::Request>, days: i64) -> Scenario {
    let from = requests.iter().map(|request| request.facts.taken_at).min().unwrap();
    let arrivals = of_rows(requests, from);
    Scenario { arrivals, from, until: from + Seconds::hours(24 * days), ..scenario(&workload(0), 0, 1) }
}

#[test]
fn a_victims_phone_for_which_all_is_ready_is_home_in_time_whoever_comes_first() {
    let scenario = rows(vec![ready_phone("AB/1")], 2);
    for order in Order::ALL {
        let outcome = run(&scenario, *order);
        let phone = promise(&outcome, "victim-phone");
        assert_eq!((phone.arrived, phone.due, phone.kept, phone.open), (1, 1, 1, 0), "{outcome:#?}");
        assert_eq!((phone.kept_share, outcome.faults.as_slice()), (Some(1.0), [].as_slice()));
        assert!(phone.hours.max.unwrap() < 24.0 && phone.hours.p50 == phone.hours.max, "{phone:?}");
    }
}

#[test]
fn what_is_known_later_is_answered_then() {
    let mut request = ready_phone("AB/1");
    request.facts.taken_at = at("23T08:00");
    request.facts.delivered_at = Some(at("23T09:30"));
    request.facts.authorised_at = Some(at("23T07:00"));
    request.facts.notice_at = Some(at("23T08:00"));
    request.facts.agreement_at = Some(at("23T10:00"));
    let Arrival { at: comes, request, answers } = Arrival::of(request, at("23T08:00"));
    assert_eq!(comes, at("23T08:00"));
    assert_eq!(answers, [(at("23T09:30"), Gate::Delivery), (at("23T10:00"), Gate::Agreement)]);
    let facts = &request.facts;
    assert_eq!((facts.delivered_at, facts.agreement_at, facts.notice_at), (None, None, None));
    assert_eq!(facts.authorised_at, Some(at("23T07:00")), "what is on record stays");
}

#[test]
fn the_same_seed_gives_the_same_ledger_and_another_another() {
    let digest = |seed| {
        let scenario = Scenario { faults: faults(), ..scenario(&workload(20), 3, seed) };
        run(&scenario, Order::Dfqueue).ledger_digest
    };
    assert_eq!(digest(7), digest(7));
    assert_ne!(digest(7), digest(8));
}

#[test]
fn arrivals_come_as_often_as_the_workload_says() {
    let arrivals = scenario(&workload(0), 400, 3).arrivals;
    let of = |owner| arrivals.iter().filter(|arrival| arrival.request.facts.owner == owner).count();
    let near = |count: usize, expected: usize| count.abs_diff(expected) * 8 < expected;
    assert!(near(of(Owner::Victim), 400) && near(of(Owner::Witness), 200), "{} {}", of(Owner::Victim), of(Owner::Witness));
    assert!(near(of(Owner::Suspect), 800), "two devices a case on average: {}", of(Owner::Suspect));
    assert!(arrivals.windows(2).all(|two| two[0].at <= two[1].at));
}

#[test]
fn every_order_meets_the_same_and_its_counts_add_up() {
    let scenario = Scenario { faults: faults(), ..scenario(&workload(40), 14, 11) };
    let outcomes: Vec<Outcome> = Order::ALL.iter().map(|order| run(&scenario, *order)).collect();
    for outcome in &outcomes {
        assert_eq!(outcome.submissions, scenario.arrivals.len(), "{}", outcome.order);
        assert_eq!(outcome.faults, [""; 0], "{}", outcome.order);
        for (promise, first) in outcome.promises.iter().zip(&outcomes[0].promises) {
            assert_eq!(promise.due, promise.kept + promise.breached + promise.void, "{promise:?}");
            assert_eq!(promise.arrived, first.arrived, "{promise:?}");
            assert!(promise.unavoidable <= promise.breached && promise.mitigated <= promise.breached, "{promise:?}");
        }
        assert!(outcome.utilisation.values().all(|share| (0.0..=1.0).contains(share)), "{:?}", outcome.utilisation);
    }
    let kept = |order: usize| promise(&outcomes[order], "victim-phone").kept;
    assert!(kept(0) >= kept(1), "the victims' phones come first: {} and {}", kept(0), kept(1));
}

#[test]
fn whoever_takes_their_agreement_back_has_their_phone_all_the_same() {
    let withdrawn = Faults { withdrawn_permille: 1_000, ..Faults::default() };
    let outcome = run(&Scenario { faults: withdrawn, ..scenario(&workload(0), 20, 9) }, Order::Dfqueue);
    let phones = promise(&outcome, "victim-phone");
    assert!(phones.arrived > 10 && phones.open <= 2, "all but those of the last day are home: {phones:?}");
    assert!(phones.kept * 10 > phones.due * 8, "most of them in time: {phones:?}");
}

#[test]
fn what_was_said_each_day_is_compared_with_what_happened() {
    let scenario = Scenario { forecast_runs: 50, ..scenario(&workload(20), 30, 5) };
    let found = run(&scenario, Order::Dfqueue).calibration.unwrap();
    assert!(found.forecasts > 100 && found.etas > 100, "{found:?}");
    assert!(found.brier.unwrap() < 0.25, "better than saying half each time: {found:?}");
    assert_eq!(found.deciles.iter().map(|decile| decile.forecasts).sum::<usize>(), found.forecasts);
    assert_eq!(run(&scenario, Order::Fifo).calibration, None, "the others say nothing");
}

/// 200 weeks here, as many as `DFQUEUE_CASES` says in the long run.
#[test]
fn weeks_in_which_everything_goes_wrong_break_no_rule() {
    let weeks: u64 = std::env::var("DFQUEUE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    for seed in 0..weeks {
        let scenario = Scenario { faults: faults(), ..scenario(&workload(60), 7, seed) };
        let outcome = run(&scenario, Order::ALL[usize::try_from(seed).unwrap() % 4]);
        assert_eq!(outcome.faults, [""; 0], "seed {seed}");
    }
}

#[test]
fn a_unit_can_have_more_fewer_or_none() {
    let mut unit = establishment();
    let slots = |unit: &crate::domain::establishment::Establishment, kind| {
        unit.resources.iter().filter(|r| r.kind == kind).map(|r| r.slots).sum::<u32>()
    };
    let kiosks = slots(&unit, ResourceKind::Kiosk);
    change(&mut unit, &Change::Set(ResourceKind::Kiosk, 2)).unwrap();
    assert_eq!(slots(&unit, ResourceKind::Kiosk), kiosks + 2);
    change(&mut unit, &Change::Set(ResourceKind::Examiner, -2)).unwrap();
    assert_eq!(slots(&unit, ResourceKind::Examiner), 0);
    assert_eq!(change(&mut unit, &Change::Set(ResourceKind::Examiner, 1)), Err(Impossible::None(ResourceKind::Examiner)));
    let fewer = Impossible::Fewer { kind: ResourceKind::Dmi, there: 1, fewer: 2 };
    assert_eq!(change(&mut unit, &Change::Set(ResourceKind::Dmi, -2)), Err(fewer));
    change(&mut unit, &Change::Without("bench".into())).unwrap();
    assert_eq!(change(&mut unit, &Change::Without("bench".into())), Err(Impossible::NoResource("bench".into())));
    let (from, until) = (at("23T00:00"), at("24T00:00"));
    assert_eq!(change(&mut unit, &Change::Close("moon".into(), from, until)), Err(Impossible::NoSite("moon".into())));
    change(&mut unit, &Change::Close("north".into(), from, until)).unwrap();
    let closed = |r: &&crate::domain::establishment::Resource| r.site.as_str() == "north";
    assert!(unit.resources.iter().filter(closed).all(|r| r.closed.last().is_some_and(|c| c.until == until)));
}

#[test]
fn nothing_begins_where_a_site_is_closed() {
    let mut closed = rows(vec![ready_phone("AB/1")], 2);
    let (from, until) = (Timestamp::MIN, closed.until + Seconds::hours(1));
    for site in ["north", "hq"] {
        change(&mut closed.establishment, &Change::Close(site.into(), from, until)).unwrap();
    }
    let outcome = run(&closed, Order::Dfqueue);
    let phone = promise(&outcome, "victim-phone");
    assert_eq!((phone.kept, phone.breached, phone.open), (0, 1, 1));
    assert!(outcome.utilisation.values().all(|share| *share < 0.001));
}

#[test]
fn what_is_validated_when_it_begins_stays_so_unless_nobody_renews_it() {
    let kept = |until: &str, lapse| {
        let mut trial = Scenario { from: at("20T00:00"), ..rows(vec![ready_phone("AB/1")], 2) };
        trial.faults.lapse = lapse;
        let last = until.parse().ok();
        trial.establishment.resources.iter_mut().for_each(|resource| resource.validated_until = last);
        promise(&run(&trial, Order::Dfqueue), "victim-phone").kept
    };
    assert_eq!(kept("2026-11-21", false), 1, "renewed before the phone comes on the 23rd");
    assert_eq!(kept("2026-11-21", true), 0);
    assert_eq!(kept("2026-11-19", false), 0, "over before it begins");
}

#[test]
fn a_workload_opens_with_as_many_as_asked_for_in_its_own_proportions() {
    let mut three = workload(10);
    three.kinds[0].opening = 20;
    three.kinds[2].opening = 3;
    let opening = |count| Some(three.clone().opening(count)?.kinds.iter().map(|kind| kind.opening).collect::<Vec<_>>());
    assert_eq!(opening(33), Some(vec![20, 10, 3]));
    assert_eq!(opening(100), Some(vec![60, 30, 10]));
    assert_eq!(opening(0), Some(vec![0, 0, 0]));
    assert_eq!((workload(0).opening(0).is_some(), workload(0).opening(1)), (true, None), "nothing to go by");
}

#[test]
fn what_was_missed_before_it_began_did_not_fall_due_in_the_run() {
    let missed = Scenario { from: at("25T08:00"), until: at("26T20:00"), ..rows(vec![ready_phone("AB/1")], 2) };
    let phone = promise(&run(&missed, Order::Dfqueue), "victim-phone").clone();
    assert_eq!((phone.arrived, phone.due, phone.breached, phone.kept_share), (1, 0, 0, None));
}

#[test]
fn of_what_is_there_when_it_begins_who_came_first_is_served_first() {
    let scenario = scenario(&workload(40), 1, 7);
    let there = |arrivals: &[Arrival]| -> Vec<Timestamp> {
        let opening = arrivals.iter().filter(|arrival| arrival.at == scenario.from);
        opening.map(|arrival| arrival.request.facts.taken_at).collect()
    };
    let taken = there(&scenario.arrivals);
    assert!(taken.len() == 40 && taken.is_sorted(), "numbered as they were taken: {taken:?}");
    let rows = scenario.arrivals.iter().rev().map(|arrival| arrival.request.clone());
    assert!(there(&of_rows(rows, scenario.from)).is_sorted(), "and so are the rows of a file, in whatever order they stand");
}
