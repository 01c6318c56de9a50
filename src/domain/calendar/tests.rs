use super::*;
use crate::domain::time::Seconds;

fn london(holidays: &[&str]) -> Zone {
    Zone { time_zone: chrono_tz::Europe::London, holidays: holidays.iter().map(|d| d.parse().unwrap()).collect() }
}

fn hours(lines: &[&str], closed_on_holidays: bool) -> OpeningHours {
    OpeningHours { weekly: lines.iter().map(|line| line.parse().unwrap()).collect(), closed_on_holidays }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn windows(lines: &[&str], near: &str) -> Windows {
    Windows::new(&hours(lines, false), &london(&[]), &[], at(near))
}

/// The windows that a calendar has between two instants, as text.
fn between(windows: &mut Windows, from: &str, until: &str) -> Vec<String> {
    let pieces = windows.pieces(at(from).unix(), at(until).unix());
    pieces.iter().map(|(a, b)| format!("{} {}", Timestamp::from_unix(*a), Timestamp::from_unix(*b))).collect()
}

#[test]
fn a_night_shift_on_the_night_the_clocks_go_forward_is_an_hour_shorter() {
    let mut night = windows(&["Sat 22:00-06:00"], "2027-03-27T12:00:00Z");
    assert_eq!(
        between(&mut night, "2027-03-27T12:00:00Z", "2027-03-29T00:00:00Z"),
        ["2027-03-27T22:00:00Z 2027-03-28T05:00:00Z"]
    );
}

#[test]
fn a_local_time_that_does_not_exist_is_the_first_instant_after_the_gap() {
    let mut w = windows(&["Sun 01:15-01:45", "Sun 01:30-03:00"], "2027-03-27T12:00:00Z");
    assert_eq!(between(&mut w, "2027-03-27T12:00:00Z", "2027-03-29T00:00:00Z"), ["2027-03-28T01:00:00Z 2027-03-28T02:00:00Z"]);
}

#[test]
fn a_local_time_that_occurs_twice_is_its_first_pass() {
    let mut w = windows(&["Sun 01:30-02:30", "Sun 00:00-01:15"], "2026-10-24T12:00:00Z");
    assert_eq!(
        between(&mut w, "2026-10-24T12:00:00Z", "2026-10-26T00:00:00Z"),
        ["2026-10-24T23:00:00Z 2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z 2026-10-25T02:30:00Z"]
    );
}

#[test]
fn windows_that_touch_or_overlap_are_one_and_days_wrap() {
    let mut w = windows(&["Sat-Mon 00:00-24:00", "Fri 22:00-06:00"], "2026-11-20T12:00:00Z");
    assert_eq!(between(&mut w, "2026-11-20T00:00:00Z", "2026-11-25T00:00:00Z"), ["2026-11-20T22:00:00Z 2026-11-24T00:00:00Z"]);
}

#[test]
fn a_holiday_takes_out_the_windows_that_begin_on_it() {
    let rules = hours(&["Mon-Sun 22:00-06:00"], true);
    let mut w = Windows::new(&rules, &london(&["2026-12-25"]), &[], at("2026-12-24T12:00:00Z"));
    assert_eq!(
        between(&mut w, "2026-12-24T12:00:00Z", "2026-12-27T12:00:00Z"),
        ["2026-12-24T22:00:00Z 2026-12-25T06:00:00Z", "2026-12-26T22:00:00Z 2026-12-27T06:00:00Z"]
    );
}

#[test]
fn a_closure_is_cut_out_and_its_edges_are_a_close_and_an_opening() {
    let cut =
        [(at("2026-11-23T10:00:00Z"), at("2026-11-23T11:00:00Z")), (at("2026-11-23T11:00:00Z"), at("2026-11-23T11:30:00Z"))];
    let mut w = Windows::new(&hours(&["Mon 08:00-12:00"], false), &london(&[]), &cut, at("2026-11-23T07:00:00Z"));
    assert_eq!(
        between(&mut w, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
        ["2026-11-23T08:00:00Z 2026-11-23T10:00:00Z", "2026-11-23T11:30:00Z 2026-11-23T12:00:00Z"]
    );
    assert_eq!(w.handover(at("2026-11-23T10:00:00Z").unix()), Some(at("2026-11-23T10:00:00Z").unix()));
    assert_eq!(w.handover(at("2026-11-23T10:00:01Z").unix()), Some(at("2026-11-23T11:30:00Z").unix()));
    assert_eq!(w.closure_touched(at("2026-11-23T09:00:00Z").unix(), at("2026-11-23T10:00:00Z").unix()), None);
    assert_eq!(
        w.closure_touched(at("2026-11-23T09:00:00Z").unix(), at("2026-11-23T10:00:01Z").unix()),
        Some(at("2026-11-23T11:30:00Z").unix())
    );
}

#[test]
fn what_is_open_besides_joins_the_windows_however_far_it_lies_and_closures_rule() {
    let span = |from: &str, until: &str| (at(from), at(until));
    let exceptions = Exceptions::new(
        vec![span("2026-11-23T11:00:00Z", "2026-11-23T13:00:00Z")],
        vec![
            span("2026-11-23T12:00:00Z", "2026-11-23T14:00:00Z"),
            span("2026-11-22T09:00:00Z", "2026-11-22T10:00:00Z"),
            span("2028-02-26T09:00:00Z", "2028-02-26T10:00:00Z"),
        ],
    );
    let near = at("2026-11-23T07:00:00Z");
    for weekly in [&["Mon 08:00-12:00"][..], &[]] {
        let mut w = Windows::with(&hours(weekly, false), &london(&[]), &exceptions, near);
        let mut monday = vec!["2026-11-23T08:00:00Z 2026-11-23T11:00:00Z", "2026-11-23T13:00:00Z 2026-11-23T14:00:00Z"];
        monday.drain(..usize::from(weekly.is_empty()));
        assert_eq!(between(&mut w, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"), monday);
        let sunday = between(&mut w, "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
        assert_eq!(sunday, ["2026-11-22T09:00:00Z 2026-11-22T10:00:00Z"]);
        let saturday = between(&mut w, "2028-02-26T00:00:00Z", "2028-02-27T00:00:00Z");
        assert_eq!(saturday, ["2028-02-26T09:00:00Z 2028-02-26T10:00:00Z"], "however far ahead");
    }
}

#[test]
fn a_calendar_with_no_windows_never_opens() {
    let mut w = windows(&[], "2026-11-23T08:00:00Z");
    assert_eq!(
        (w.next_open(0), w.finish(0, 1), w.handover(0), w.first_fit(0, 1), w.last_fit(0, 1)),
        (None, None, None, None, None)
    );
}

#[test]
fn an_always_open_calendar_has_no_edges() {
    let mut w = windows(&["Mon-Sun 00:00-24:00"], "2026-11-23T08:00:00Z");
    let start = at("2026-11-23T08:00:00Z").unix();
    assert_eq!(w.finish(start, 400 * 86_400), Some(start + 400 * 86_400));
    assert_eq!(w.handover(start + 900 * 86_400 + 7), Some(start + 900 * 86_400 + 7));
    assert_eq!(w.last_fit(start, 30 * 86_400), Some(start));
    assert_eq!(w.first_fit(start, 900 * 86_400), Some(start));
}

#[test]
fn the_effective_deadline_of_a_phone_due_at_two_in_the_night_is_the_evening_before() {
    let mut w = windows(&["Mon-Sun 08:00-21:00"], "2026-11-23T08:00:00Z");
    let by = |due: &str, trip| w_last(&mut windows(&["Mon-Sun 08:00-21:00"], "2026-11-23T08:00:00Z"), due, trip);
    assert_eq!(w_last(&mut w, "2026-11-24T02:00:00Z", 2_700), Some(at("2026-11-23T21:00:00Z")));
    assert_eq!(by("2026-11-24T08:30:00Z", 2_700), Some(at("2026-11-23T21:00:00Z")));
    assert_eq!(by("2026-11-24T08:45:00Z", 2_700), Some(at("2026-11-24T08:45:00Z")));
    assert_eq!(by("2026-11-24T08:45:00Z", 13 * 3_600 + 1), None);
}

#[test]
fn a_due_moment_that_never_comes_has_its_last_window_all_the_same() {
    let mut day = windows(&["Mon-Sun 08:00-21:00"], "2026-11-23T08:00:00Z");
    assert_eq!(day.last_fit(Timestamp::MAX.unix(), 3_600), Some(at("9999-12-31T21:00:00Z").unix()));
    assert_eq!(windows(&[], "2026-11-23T08:00:00Z").last_fit(Timestamp::MAX.unix(), 3_600), None);
}

fn w_last(w: &mut Windows, due: &str, trip: i64) -> Option<Timestamp> {
    w.last_fit(at(due).unix(), trip).map(Timestamp::from_unix)
}

#[test]
fn opening_hours_print_as_they_are_read_and_refuse_nonsense() {
    for text in ["Mon-Fri 08:00-18:00", "Sat 22:00-06:00", "Sat-Mon 00:00-24:00"] {
        assert_eq!(text.parse::<WeeklyWindow>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "Mon",
        "Mon 8:00-18:00",
        "Mon 08:00-25:00",
        "Mon 24:00-08:00",
        "Mo 08:00-18:00",
        "Mon 08:60-09:00",
        "Mon 08:00-24:01",
    ] {
        assert!(text.parse::<WeeklyWindow>().is_err(), "{text}");
    }
}

mod algebra {
    use super::*;
    use proptest::prelude::*;

    fn any_hours() -> impl Strategy<Value = OpeningHours> {
        let line = (0..7_usize, 0..7_usize, 0..96_u32, 0..97_u32).prop_map(|(first, last, open, close)| {
            let time = |q: u32| format!("{:02}:{:02}", q / 4, q % 4 * 15);
            format!("{}-{} {}-{}", DAY_NAMES[first], DAY_NAMES[last], time(open), time(close)).parse::<WeeklyWindow>().unwrap()
        });
        (proptest::collection::vec(line, 1..4), any::<bool>())
            .prop_map(|(weekly, closed_on_holidays)| OpeningHours { weekly, closed_on_holidays })
    }

    proptest! {
        #![proptest_config(crate::domain::testing::cases(300))]

        /// The algebra that promises counted in working time rest on.
        #[test]
        fn adding_and_measuring_working_time_are_inverse(
            hours in any_hours(), from in 1_760_000_000_i64..1_830_000_000, x in 0_i64..4_000_000, y in 0_i64..4_000_000,
        ) {
            let zone = london(&["2026-12-25", "2026-12-28", "2027-01-01"]);
            let from = Timestamp::from_unix(from);
            let mut w = Windows::new(&hours, &zone, &[], from);
            let (x, y) = (Seconds(x), Seconds(y));
            let ax = w.add(from, x).unwrap();
            prop_assert_eq!(w.between(from, ax), x);
            prop_assert_eq!(w.add(ax, y), w.add(from, Seconds(x.0 + y.0)));
            prop_assert!(w.add(from, Seconds(x.0 + 1)).unwrap() > ax);
        }

        /// What is compiled for a question or two is compiled further where a question goes further.
        #[test]
        fn a_question_is_answered_the_same_however_far_was_compiled(
            hours in any_hours(), near in 1_760_000_000_i64..1_830_000_000, off in -4_000_000_i64..4_000_000, length in 1_i64..4_000_000,
        ) {
            let (zone, none, near) = (london(&["2026-12-25"]), Exceptions::default(), Timestamp::from_unix(near));
            let mut far = Windows::with(&hours, &zone, &none, near);
            let mut short = Windows::for_a_question(&hours, &zone, &none, near);
            let (at, end) = (near.unix() + off, near.unix() + off + length);
            prop_assert_eq!(short.is_open(at), far.is_open(at));
            prop_assert_eq!(short.handover(at), far.handover(at));
            prop_assert_eq!(short.finish(at, length), far.finish(at, length));
            prop_assert_eq!(short.pieces(at, end), far.pieces(at, end));
            let (from, until) = (Timestamp::from_unix(at), Timestamp::from_unix(end));
            prop_assert_eq!(short.between(from, until), far.between(from, until));
        }

        /// Backward questions answer what forward ones do.
        #[test]
        fn latest_start_is_the_last_one_that_finishes_in_time(
            hours in any_hours(), by in 1_760_000_000_i64..1_830_000_000, length in 1_i64..300_000,
        ) {
            let mut w = Windows::new(&hours, &london(&[]), &[], Timestamp::from_unix(by));
            let start = w.latest_start(by, length).unwrap();
            prop_assert!(w.is_open(start));
            prop_assert!(w.finish(start, length).unwrap() <= by);
            let later = w.next_open(start + 1).unwrap();
            prop_assert!(w.finish(later, length).unwrap() > by);
        }
    }
}

#[test]
fn the_hour_that_comes_twice_says_which_it_is() {
    let zone = london(&[]);
    let shown = |text: &str| zone.show(text.parse().unwrap());
    assert_eq!(shown("2026-10-25T00:30:00Z"), "Sun 25 Oct 01:30 BST");
    assert_eq!(shown("2026-10-25T01:30:00Z"), "Sun 25 Oct 01:30 GMT");
    assert_eq!(
        (shown("2026-10-25T02:00:00Z"), shown("2026-07-01T08:00:00Z")),
        ("Sun 25 Oct 02:00".into(), "Wed 1 Jul 09:00".into())
    );
}

#[test]
fn what_is_far_from_now_is_told_with_its_year() {
    let zone = london(&[]);
    let shown = |text: &str| zone.show_from(text.parse().unwrap(), at("2026-11-23T12:00:00Z"));
    assert_eq!(shown("2027-05-25T11:00:00Z"), "Tue 25 May 12:00");
    assert_eq!(shown("2027-05-26T11:00:00Z"), "Wed 26 May 2027 12:00");
    assert_eq!(shown("2025-10-26T01:30:00Z"), "Sun 26 Oct 2025 01:30 GMT");
}

#[test]
fn a_longer_shift_begins_before_and_ends_after_each_window_also_past_midnight() {
    let longer = |lines: &[&str]| {
        let hours = hours(lines, false).longer(Seconds::hours(2), Seconds::hours(4));
        let mut windows = Windows::new(&hours, &london(&[]), &[], at("2026-11-23T12:00:00Z"));
        between(&mut windows, "2026-11-22T12:00:00Z", "2026-11-25T12:00:00Z")
    };
    assert_eq!(longer(&["Mon 08:00-18:00"]), ["2026-11-23T06:00:00Z 2026-11-23T22:00:00Z"]);
    assert_eq!(longer(&["Mon 01:00-22:00"]), ["2026-11-22T23:00:00Z 2026-11-24T02:00:00Z"]);
    assert_eq!(longer(&["Mon 00:00-24:00"]), ["2026-11-22T22:00:00Z 2026-11-24T04:00:00Z"]);
    assert_eq!(longer(&["Mon 22:00-06:00"]), ["2026-11-23T20:00:00Z 2026-11-24T10:00:00Z"]);
    assert_eq!(longer(&[]), [""; 0]);
}

#[test]
fn days_begin_and_end_as_the_zone_says_in_every_zone_there_is() {
    let from = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    for time_zone in chrono_tz::TZ_VARIANTS {
        let zone = Zone { time_zone, holidays: BTreeSet::new() };
        for (date, begins, ends) in zone.days(from, 366 * 20) {
            assert_eq!((begins, ends), (zone.instant(date, 0), zone.instant(date, DAY)), "{time_zone} on {date}");
        }
    }
}
