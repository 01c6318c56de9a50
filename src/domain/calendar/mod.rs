//! Opening hours: local times of day in a zone with bank holidays, compiled into windows of instants.
//!
//! Rules (unit file; ARCHITECTURE.md, "Rules of time"): windows are half-open; ones that touch or overlap are one; an empty
//! one is none; `22:00-06:00` ends the next day and equal times mean 24 hours; a bank holiday takes out the windows that
//! *begin* on it. A local time that does not exist is the first instant after the gap, one that occurs twice is its
//! first pass; both edges alike.

mod spans;
mod windows;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::time::{Seconds, Timestamp};
pub use windows::Windows;

const DAY: u32 = 86_400;

/// What is other for one resource than its calendar says: spans [from, until), in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exceptions {
    /// When it is closed, whatever else says that it is open.
    pub closed: Vec<(Timestamp, Timestamp)>,
    /// When it is open besides.
    pub open: Vec<(Timestamp, Timestamp)>,
}

impl Exceptions {
    /// Of spans in any order.
    pub fn new(mut closed: Vec<(Timestamp, Timestamp)>, mut open: Vec<(Timestamp, Timestamp)>) -> Self {
        closed.sort_unstable();
        open.sort_unstable();
        Self { closed, open }
    }
}

/// A time zone and the bank holidays observed in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// IANA time zone.
    pub time_zone: Tz,
    /// A date not listed is no holiday.
    pub holidays: BTreeSet<NaiveDate>,
}

impl Zone {
    /// The instant of a local time of day, `seconds` after midnight (86 400: midnight at the end of the day).
    pub fn instant(&self, date: NaiveDate, seconds: u32) -> Timestamp {
        let midnight = date.and_time(chrono::NaiveTime::MIN);
        let local = midnight.checked_add_signed(TimeDelta::seconds(i64::from(seconds))).unwrap_or(midnight);
        match self.time_zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Timestamp::from_unix(at.timestamp()),
            LocalResult::None => self.after_gap(local),
        }
    }

    /// The first instant at which clocks show `local` or later, for a `local` the clocks skip.
    fn after_gap(&self, local: NaiveDateTime) -> Timestamp {
        let shown = |unix: i64| Timestamp::from_unix(unix).utc().with_timezone(&self.time_zone).naive_local();
        // No zone is further than 26 hours from UTC, gap included, and none changes twice in that time.
        let (mut before, mut after) = (local.and_utc().timestamp() - 26 * 3_600, local.and_utc().timestamp() + 26 * 3_600);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if shown(middle) < local { before = middle } else { after = middle }
        }
        Timestamp::from_unix(after)
    }

    /// The local date at an instant.
    pub fn date(&self, at: Timestamp) -> NaiveDate {
        at.utc().with_timezone(&self.time_zone).date_naive()
    }

    /// The instant at which a local day is over.
    pub fn end_of_day(&self, date: NaiveDate) -> Timestamp {
        self.instant(date, DAY)
    }

    /// So many local days from one on, each with the instants at which it begins and ends. To ask for each is slow: where a week is as long
    /// as others its days are, too, since clocks nowhere change there and back within one.
    fn days(&self, from: NaiveDate, count: u64) -> Vec<(NaiveDate, Timestamp, Timestamp)> {
        let dates: Vec<NaiveDate> = from.iter_days().take(usize::try_from(count).unwrap_or(0)).collect();
        let (mut days, mut midnight) = (Vec::with_capacity(dates.len()), self.instant(from, 0));
        for week in dates.chunks(7) {
            let length = week.last().map_or(Seconds(0), |last| self.end_of_day(*last) - midnight);
            let usual = i64::try_from(week.len()).is_ok_and(|days| length == Seconds(days * i64::from(DAY)));
            for date in week {
                let next = if usual { midnight + Seconds(i64::from(DAY)) } else { self.end_of_day(*date) };
                days.push((*date, midnight, next));
                midnight = next;
            }
        }
        days
    }

    /// Local date and time of an instant, as people write it: `Mon 23 Nov 08:25`. In the hour that comes twice when
    /// clocks go back, which of the two: `Sun 25 Oct 01:30 GMT`.
    pub fn show(&self, at: Timestamp) -> String {
        self.write(at, "")
    }

    /// The same, with its year where it is more than half a year from `now`: `Mon 23 Nov 2026 08:25`.
    pub fn show_from(&self, at: Timestamp, now: Timestamp) -> String {
        const HALF_A_YEAR: Seconds = Seconds::hours(183 * 24);
        let is_near = (at - now).0.abs() <= HALF_A_YEAR.0;
        if is_near { self.show(at) } else { self.show_with_year(at) }
    }

    /// The same, with its year: `Mon 23 Nov 2026 08:25`.
    pub fn show_with_year(&self, at: Timestamp) -> String {
        self.write(at, &format!(" {}", self.date(at).year()))
    }

    fn write(&self, at: Timestamp, year: &str) -> String {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let local = at.utc().with_timezone(&self.time_zone);
        let month = MONTHS.get(local.month0() as usize).unwrap_or(&"");
        let twice = matches!(self.time_zone.from_local_datetime(&local.naive_local()), LocalResult::Ambiguous(..));
        let which = if twice { format!(" {}", local.offset()) } else { String::new() };
        format!("{} {} {month}{year} {:02}:{:02}{which}", local.weekday(), local.day(), local.hour(), local.minute())
    }

    /// Local date and time of an instant, to the second and with the name of its offset: `2026-11-23 08:25:10 GMT`.
    pub fn show_in_full(&self, at: Timestamp) -> String {
        let local = at.utc().with_timezone(&self.time_zone);
        format!("{} {}", local.naive_local(), local.offset())
    }

    /// Hours the zone is ahead of UTC at an instant, in seconds.
    pub fn offset(&self, at: Timestamp) -> i32 {
        self.time_zone.offset_from_utc_datetime(&at.utc().naive_utc()).fix().local_minus_utc()
    }
}

/// Weekly windows, and whether bank holidays take them out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpeningHours {
    /// In file order; may overlap.
    pub weekly: Vec<WeeklyWindow>,
    /// Leaves out the windows that begin on a bank holiday.
    pub closed_on_holidays: bool,
}

impl OpeningHours {
    /// Every hour of every day.
    pub fn always() -> Self {
        Self { weekly: vec![WeeklyWindow { days: (0, 6), open: 0, close: DAY }], closed_on_holidays: false }
    }

    /// The same hours, and some `before` and `after` each of its windows: a shift that begins early and ends late. Less than a day
    /// each.
    pub fn longer(&self, before: Seconds, after: Seconds) -> Self {
        let within_a_day = |span: Seconds| u32::try_from(span.0).unwrap_or(0).min(DAY - 1);
        let (before, after) = (within_a_day(before), within_a_day(after));
        let edges = self.weekly.iter().flat_map(|window| [window.earlier(before), window.later(after)]);
        let weekly = self.weekly.iter().copied().chain(edges.flatten()).collect();
        Self { weekly, closed_on_holidays: self.closed_on_holidays }
    }

    /// The windows that begin on a local date, which begins and ends at these instants; in no order and not merged.
    fn beginning_on<'a>(
        &'a self,
        zone: &'a Zone,
        date: NaiveDate,
        day: (Timestamp, Timestamp),
    ) -> impl Iterator<Item = (i64, i64)> + 'a {
        let open = !(self.closed_on_holidays && zone.holidays.contains(&date));
        // On a day as long as others, clocks show what has passed since it began: to ask the zone for each time of day is slow.
        let (midnight, next) = day;
        let usual = next - midnight == Seconds(i64::from(DAY));
        let instant = move |on, at| if usual && on == date { midnight + Seconds(i64::from(at)) } else { zone.instant(on, at) };
        let today = self.weekly.iter().filter(move |window| open && window.falls_on(date.weekday()));
        today.filter_map(move |window| {
            let (end_date, close) = if window.close > window.open {
                (date, window.close)
            } else {
                (date.checked_add_days(Days::new(1))?, window.close)
            };
            Some((instant(date, window.open).unix(), instant(end_date, close).unix()))
        })
    }
}

/// One line of opening hours: `Mon-Fri 08:00-18:00`. Days may wrap (`Sat-Mon`), and so may times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeeklyWindow {
    /// Days from Monday, 0 to 6, first and last.
    days: (u8, u8),
    /// Seconds after midnight, below 86 400.
    open: u32,
    /// Seconds after midnight, up to 86 400; at or before `open` it is the next day's.
    close: u32,
}

const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl WeeklyWindow {
    /// First and last day on which it begins, from Monday, 0 to 6; the last may come before the first (`Sat-Mon`).
    pub const fn days(self) -> (u8, u8) {
        self.days
    }

    /// When it opens, in seconds after local midnight; below 86 400.
    pub const fn open(self) -> u32 {
        self.open
    }

    /// When it closes, in seconds after local midnight, up to 86 400; at or before `open` it is the next day's.
    pub const fn close(self) -> u32 {
        self.close
    }

    /// What comes right before it.
    const fn earlier(self, seconds: u32) -> Option<Self> {
        let (days, open, close) = match self.open.checked_sub(seconds) {
            Some(open) => (self.days, open, self.open),
            None => (self.moved(6), self.open + DAY - seconds, if self.open == 0 { DAY } else { self.open }),
        };
        if seconds == 0 { None } else { Some(Self { days, open, close }) }
    }

    /// What comes right after it.
    const fn later(self, seconds: u32) -> Option<Self> {
        let (days, open) = match self.close {
            DAY => (self.moved(1), 0),
            close if close <= self.open => (self.moved(1), close),
            close => (self.days, close),
        };
        let close = if open + seconds > DAY { open + seconds - DAY } else { open + seconds };
        if seconds == 0 { None } else { Some(Self { days, open, close }) }
    }

    /// Its days, so many later.
    const fn moved(self, days: u8) -> (u8, u8) {
        ((self.days.0 + days) % 7, (self.days.1 + days) % 7)
    }

    fn falls_on(self, day: Weekday) -> bool {
        let day = u8::try_from(day.num_days_from_monday()).unwrap_or(0);
        let (first, last) = self.days;
        if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last }
    }
}

impl FromStr for WeeklyWindow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not opening hours; write them like \"Mon-Fri 08:00-18:00\" or \"Sat 22:00-06:00\"");
        let (days, times) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let day = |name: &str| DAY_NAMES.iter().zip(0_u8..).find(|(known, _)| **known == name).map(|(_, n)| n);
        let (open, close) = times.trim().split_once('-').ok_or_else(wrong)?;
        let time = |text: &str| -> Option<u32> {
            let (hours, minutes) = text.split_once(':')?;
            let two_digits = |s: &str| (s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u32>().ok())?;
            let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
            (minutes < 60 && hours * 60 + minutes <= 1_440).then_some(hours * 3_600 + minutes * 60)
        };
        let window = Self {
            days: (day(first).ok_or_else(wrong)?, day(last).ok_or_else(wrong)?),
            open: time(open).ok_or_else(wrong)?,
            close: time(close).ok_or_else(wrong)?,
        };
        if window.open == DAY { Err(wrong()) } else { Ok(window) }
    }
}

impl fmt::Display for WeeklyWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (DAY_NAMES[usize::from(self.days.0)], DAY_NAMES[usize::from(self.days.1)]);
        f.write_str(first)?;
        if first != last {
            write!(f, "-{last}")?;
        }
        let time = |s: u32| (s / 3_600, s % 3_600 / 60);
        let ((oh, om), (ch, cm)) = (time(self.open), time(self.close));
        write!(f, " {oh:02}:{om:02}-{ch:02}:{cm:02}")
    }
}

impl Serialize for WeeklyWindow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WeeklyWindow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
