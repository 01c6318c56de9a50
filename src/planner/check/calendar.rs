//! Opening hours as plain lists of windows, made day by day from the unit file's lines.
//!
//! Deliberately not [`Windows`](crate::domain::calendar::Windows), which the builder uses: the two agree only where both
//! read the rules alike. What they share is [`Zone::instant`], which has tests of its own.

use chrono::{Datelike, Days};

use crate::domain::calendar::{OpeningHours, WeeklyWindow, Zone};
use crate::domain::establishment::Site;
use crate::domain::time::Timestamp;

/// From, until; in seconds since 1970, half-open.
pub(super) type Span = (i64, i64);

/// When a resource is open, and when it is closed for once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opening {
    /// In order; none touch.
    pub windows: Vec<Span>,
    /// Closed periods and outages, in order; none touch.
    pub closures: Vec<Span>,
}

impl Opening {
    /// The windows with the closures cut out.
    pub fn new(windows: &[Span], closures: Vec<Span>) -> Self {
        let closures = merged(closures);
        Self { windows: without(windows, &closures), closures }
    }

    /// The windows that close after `t`, the first of them perhaps open.
    pub fn after(&self, t: i64) -> &[Span] {
        after(&self.windows, t)
    }

    /// Whether `t` is in a window.
    pub fn is_open(&self, t: i64) -> bool {
        self.after(t).first().is_some_and(|window| window.0 <= t)
    }

    /// The first open moment at or after `t`.
    pub fn next_open(&self, t: i64) -> Option<i64> {
        self.after(t).first().map(|window| window.0.max(t))
    }

    /// Whether a window begins at `t`.
    pub fn opens_at(&self, t: i64) -> bool {
        self.windows.binary_search_by_key(&t, |window| window.0).is_ok()
    }

    /// The first moment at or after `t` that is open or is a window's close.
    pub fn handover(&self, t: i64) -> Option<i64> {
        let next = self.windows.partition_point(|window| window.1 < t);
        self.windows.get(next).map(|window| window.0.max(t))
    }

    /// The first closure that [from, until) touches.
    pub fn touched(&self, from: i64, until: i64) -> Option<Span> {
        after(&self.closures, from).first().copied().filter(|closure| closure.0 < until)
    }

    /// The closure that `t` is in.
    pub fn closure_at(&self, t: i64) -> Option<Span> {
        self.touched(t, t + 1)
    }

    /// When work of `length` seconds that starts at the open moment `start` is over; none if the windows end first.
    pub fn finish(&self, start: i64, length: i64) -> Option<i64> {
        let mut left = length;
        self.after(start).iter().find_map(|&(open, close)| {
            let from = open.max(start);
            let piece = left.min(close - from);
            left -= piece;
            (left <= 0).then_some(from + piece)
        })
    }

    /// The pieces of `length` seconds of work that starts at the open moment `start`; none if the windows end first.
    pub fn spread(&self, start: i64, length: i64) -> Option<Vec<Span>> {
        let (mut left, mut pieces) = (length, Vec::new());
        for &(open, close) in self.after(start) {
            let from = open.max(start);
            let piece = left.min(close - from);
            pieces.push((from, from + piece));
            left -= piece;
            if left <= 0 {
                return Some(pieces);
            }
        }
        None
    }
}

/// The spans that end after `t`.
pub(super) fn after(spans: &[Span], t: i64) -> &[Span] {
    &spans[spans.partition_point(|span| span.1 <= t)..]
}

/// The earliest span of `length` at or after `t` inside one window.
pub(super) fn first_fit(windows: &[Span], t: i64, length: i64) -> Option<Span> {
    let mut fits = after(windows, t).iter().map(|window| (window.0.max(t), window.1));
    fits.find(|(from, close)| from + length <= *close).map(|(from, _)| (from, from + length))
}

/// The latest end at or before `t` of a span of `length` inside one window.
pub(super) fn last_fit(windows: &[Span], t: i64, length: i64) -> Option<i64> {
    let begun = &windows[..windows.partition_point(|window| window.0 <= t)];
    begun.iter().rev().map(|window| (window.0, window.1.min(t))).find(|(open, end)| end - length >= *open).map(|(_, end)| end)
}

/// Every window that has a moment in [from, until], merged.
pub(super) fn windows(hours: &OpeningHours, zone: &Zone, from: i64, until: i64) -> Vec<Span> {
    let (first, last) = (zone.date(Timestamp::from_unix(from)), zone.date(Timestamp::from_unix(until)));
    // One that began two days before has ended: none is longer than 24 hours on the clock.
    let mut date = first.checked_sub_days(Days::new(2)).unwrap_or(first);
    let mut found = Vec::new();
    while date <= last {
        let holiday = hours.closed_on_holidays && zone.holidays.contains(&date);
        let today = if holiday { &[][..] } else { &hours.weekly[..] };
        let Some(tomorrow) = date.checked_add_days(Days::new(1)) else { break };
        for window in today.iter().filter(|window| begins_on(**window, date.weekday().num_days_from_monday())) {
            let close_on = if window.close() > window.open() { date } else { tomorrow };
            found.push((zone.instant(date, window.open()).unix(), zone.instant(close_on, window.close()).unix()));
        }
        date = tomorrow;
    }
    merged(found)
}

/// When a device can be brought back from a site, as far as that has a moment in [from, until].
pub(super) fn returns(site: &Site, zone: &Zone, (from, until): Span) -> Vec<Span> {
    let closed = site.closed.iter().map(|(from, until)| (from.unix(), until.unix())).collect();
    without(&windows(&site.returns, zone, from, until), &merged(closed))
}

fn begins_on(window: WeeklyWindow, weekday: u32) -> bool {
    let (first, last) = window.days();
    let (from_first, length) = ((weekday + 7 - u32::from(first)) % 7, (u32::from(last) + 7 - u32::from(first)) % 7);
    from_first <= length
}

/// In order; those that touch or overlap made one, empty ones left out.
pub(super) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.0 < span.1);
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
            _ => merged.push(span),
        }
    }
    merged
}

fn without(windows: &[Span], closures: &[Span]) -> Vec<Span> {
    let mut left = Vec::with_capacity(windows.len() + closures.len());
    for &(open, close) in windows {
        let mut from = open;
        for &(closed, again) in after(closures, open).iter().take_while(|closure| closure.0 < close) {
            if from < closed {
                left.push((from, closed));
            }
            from = again;
        }
        if from < close {
            left.push((from, close));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closures_are_cut_out_of_windows() {
        let opening = Opening::new(&[(0, 10), (20, 30), (40, 50)], vec![(25, 42), (5, 7), (7, 8)]);
        assert_eq!(opening.windows, [(0, 5), (8, 10), (20, 25), (42, 50)]);
        assert_eq!(opening.closures, [(5, 8), (25, 42)]);
    }

    #[test]
    fn work_goes_on_at_the_next_window() {
        let opening = Opening::new(&[(0, 10), (20, 30)], Vec::new());
        assert_eq!(opening.spread(4, 6), Some(vec![(4, 10)]));
        assert_eq!(opening.spread(4, 7), Some(vec![(4, 10), (20, 21)]));
        assert_eq!(opening.spread(4, 17), None);
        assert_eq!([6, 7, 17].map(|length| opening.finish(4, length)), [Some(10), Some(21), None]);
    }

    #[test]
    fn a_close_is_a_moment_to_hand_over() {
        let opening = Opening::new(&[(0, 10), (20, 30)], Vec::new());
        assert_eq!([9, 10, 11, 20].map(|t| opening.handover(t)), [Some(9), Some(10), Some(20), Some(20)]);
        assert_eq!(opening.handover(31), None);
    }

    #[test]
    fn a_trip_is_inside_one_window() {
        let windows = [(0, 10), (20, 30)];
        assert_eq!(first_fit(&windows, 5, 5), Some((5, 10)));
        assert_eq!(first_fit(&windows, 6, 5), Some((20, 25)));
        assert_eq!(first_fit(&windows, 0, 11), None);
        assert_eq!([22, 25, 40, 3].map(|t| last_fit(&windows, t, 5)), [Some(10), Some(25), Some(30), None]);
    }

    #[test]
    fn days_wrap_and_so_do_times() {
        let zone = Zone { time_zone: chrono_tz::Europe::London, holidays: std::collections::BTreeSet::new() };
        let at = |text: &str| text.parse::<Timestamp>().unwrap().unix();
        let hours = |line: &str| OpeningHours { weekly: vec![line.parse().unwrap()], closed_on_holidays: false };
        let found = windows(&hours("Sat-Mon 22:00-06:00"), &zone, at("2027-03-27T12:00:00Z"), at("2027-03-29T12:00:00Z"));
        // The clocks go forward in the first of these nights.
        let expected = [
            (at("2027-03-27T22:00:00Z"), at("2027-03-28T05:00:00Z")),
            (at("2027-03-28T21:00:00Z"), at("2027-03-29T05:00:00Z")),
            (at("2027-03-29T21:00:00Z"), at("2027-03-30T05:00:00Z")),
        ];
        assert_eq!(found, expected);
        let all = windows(&hours("Mon-Sun 07:00-07:00"), &zone, at("2026-10-24T12:00:00Z"), at("2026-10-26T12:00:00Z"));
        assert_eq!(all.len(), 1);
    }
}
