//! Compiled windows: sorted, disjoint, with the open time before each, and with an index by day and by open time, so that
//! every question is answered by a look and a step or two: the planner asks some hundred thousand times a plan.

use chrono::Days;

use super::spans::{joined, without};
use super::{Exceptions, OpeningHours, Zone};
use crate::domain::time::{Seconds, Timestamp};

/// How far windows are compiled on either side before a calendar counts as never open, in days. Far past any
/// examination, and short enough that a slip such as `until = 2926` costs milliseconds and not the night.
const FURTHEST: u64 = 60 * 366;

/// Seconds of a bucket of the index by time.
const DAY: i64 = 86_400;
/// Open seconds of a bucket of the index by open time.
const SHIFT: i64 = 4 * 3_600;

/// A window [open, close), and the open seconds before it since the first compiled one.
#[derive(Clone, Copy, Debug)]
struct Span {
    open: i64,
    close: i64,
    before: i64,
}

/// Opening hours as windows of instants, less the closures of one resource, compiled as far as anyone has asked.
///
/// Instants in and out are seconds since 1970-01-01T00:00:00Z. Answers are exact however far they lie; `None` means
/// never (no window for sixty years).
#[derive(Clone, Debug)]
pub struct Windows {
    hours: OpeningHours,
    zone: Zone,
    /// Sorted, disjoint.
    closed: Vec<(i64, i64)>,
    /// Open besides, where nothing closes it.
    besides: Vec<(i64, i64)>,
    /// First local day compiled and how many.
    origin: chrono::NaiveDate,
    back: u64,
    ahead: u64,
    /// Within these instants the spans are final; outside them a longer compilation may add or join some.
    known: (i64, i64),
    spans: Vec<Span>,
    /// For each day since the first span opened, the first span that closes after its beginning.
    by_day: Vec<u32>,
    /// For each `SHIFT` of open time, the first span by whose close more than that has passed.
    by_open: Vec<u32>,
}

impl Windows {
    /// Compiles `hours` around `near`, less the `closed` times, and further when asked.
    pub fn new(hours: &OpeningHours, zone: &Zone, closed: &[(Timestamp, Timestamp)], near: Timestamp) -> Self {
        Self::with(hours, zone, &Exceptions::new(closed.to_vec(), Vec::new()), near)
    }

    /// Compiles `hours` around `near`, with what is other than they say, and further when asked.
    pub fn with(hours: &OpeningHours, zone: &Zone, exceptions: &Exceptions, near: Timestamp) -> Self {
        Self::reaching(30, hours, zone, exceptions, near)
    }

    /// The same for a question or two: what is compiled so costs a fraction, and the answers are no others.
    pub fn for_a_question(hours: &OpeningHours, zone: &Zone, exceptions: &Exceptions, near: Timestamp) -> Self {
        Self::reaching(8, hours, zone, exceptions, near)
    }

    fn reaching(ahead: u64, hours: &OpeningHours, zone: &Zone, exceptions: &Exceptions, near: Timestamp) -> Self {
        let seconds =
            |spans: &[(Timestamp, Timestamp)]| joined(spans.iter().map(|(from, until)| (from.unix(), until.unix())).collect());
        let mut windows = Self {
            hours: hours.clone(),
            zone: zone.clone(),
            closed: seconds(&exceptions.closed),
            besides: seconds(&exceptions.open),
            origin: zone.date(near),
            back: 2,
            ahead,
            known: (0, 0),
            spans: Vec::new(),
            by_day: Vec::new(),
            by_open: Vec::new(),
        };
        windows.compile();
        windows
    }

    fn compile(&mut self) {
        let first = self.origin.checked_sub_days(Days::new(self.back)).unwrap_or(self.origin);
        // A window can last 25 hours and a gap move its edge: two days more on the early side make the rest exact.
        let start = first.checked_sub_days(Days::new(2)).unwrap_or(first);
        let mut raw = Vec::new();
        for (date, midnight, next) in self.zone.days(start, self.back + self.ahead + 2) {
            raw.extend(self.hours.beginning_on(&self.zone, date, (midnight, next)));
        }
        let last = self.origin.checked_add_days(Days::new(self.ahead)).unwrap_or(self.origin);
        self.known = (self.zone.instant(first, 0).unix(), self.zone.instant(last, 0).unix());
        // What lies outside what is known comes with the windows there.
        raw.extend(self.besides.iter().filter(|(open, close)| *open < self.known.1 && *close > self.known.0));
        raw.retain(|(open, close)| open < close);
        raw.sort_unstable();
        self.spans.clear();
        let mut before = 0;
        for (open, close) in without(&joined(raw), &self.closed) {
            self.spans.push(Span { open, close, before });
            before += close - open;
        }
        self.index_spans();
    }

    fn index_spans(&mut self) {
        self.by_day.clear();
        self.by_open.clear();
        let Some(first) = self.spans.first().map(|span| span.open) else { return };
        for (i, span) in (0..).zip(&self.spans) {
            let (days, shifts) = ((span.close - first - 1) / DAY + 1, (span.before + span.close - span.open - 1) / SHIFT + 1);
            self.by_day.resize(usize::try_from(days).unwrap_or(0).max(self.by_day.len()), i);
            self.by_open.resize(usize::try_from(shifts).unwrap_or(0).max(self.by_open.len()), i);
        }
    }

    /// Where in an index the bucket of `value` begins; past its end for a value past all buckets.
    fn bucket(index: &[u32], value: i64, width: i64) -> usize {
        let Ok(bucket) = usize::try_from(value.div_euclid(width)) else { return 0 };
        index.get(bucket).map_or(usize::MAX, |span| *span as usize)
    }

    /// Compiles further ahead; false where that is far enough.
    fn look_further(&mut self) -> bool {
        if self.ahead >= FURTHEST || self.never_opens() {
            return false;
        }
        self.ahead *= 4;
        self.compile();
        true
    }

    /// Compiles further back; false where that is far enough.
    fn look_back(&mut self) -> bool {
        if self.back >= FURTHEST || self.never_opens() {
            return false;
        }
        self.back *= 8;
        self.compile();
        true
    }

    fn never_opens(&self) -> bool {
        self.hours.weekly.is_empty() && self.besides.is_empty()
    }

    fn reach_ahead_to(&mut self, at: i64) {
        while at > self.known.1 && self.look_further() {}
    }

    fn reach_back_to(&mut self, at: i64) {
        while at < self.known.0 && self.look_back() {}
    }

    /// Index of the first span whose close is after `at` (or at it, where `touching`).
    fn index(&self, at: i64, touching: bool) -> usize {
        let Some(first) = self.spans.first() else { return 0 };
        let from = at - i64::from(touching);
        let mut i = Self::bucket(&self.by_day, from - first.open, DAY).min(self.spans.len());
        while self.spans.get(i).is_some_and(|span| span.close <= from) {
            i += 1;
        }
        i
    }

    /// Index of the first span that opens after `at`.
    fn opens_after(&self, at: i64) -> usize {
        let i = self.index(at, false);
        i + usize::from(self.spans.get(i).is_some_and(|span| span.open <= at))
    }

    /// Index of the first span by whose close `open` seconds have been open.
    fn filled(&self, open: i64) -> usize {
        let mut i = Self::bucket(&self.by_open, open - 1, SHIFT).min(self.spans.len());
        while self.spans.get(i).is_some_and(|span| span.before + (span.close - span.open) < open) {
            i += 1;
        }
        i
    }

    /// The first open instant at or after `at`.
    pub fn next_open(&mut self, at: i64) -> Option<i64> {
        self.reach_back_to(at);
        loop {
            if let Some(span) = self.spans.get(self.index(at, false)) {
                return Some(span.open.max(at));
            }
            if !self.look_further() {
                return None;
            }
        }
    }

    /// The first instant at or after `at` that is open or is a window's close: when a machine's work can be taken over.
    pub fn handover(&mut self, at: i64) -> Option<i64> {
        self.reach_back_to(at);
        loop {
            if let Some(span) = self.spans.get(self.index(at, true)) {
                let found = span.open.max(at);
                // A close that the compilation made, not the calendar, is no close.
                if found <= self.known.1 {
                    return Some(found);
                }
            }
            if !self.look_further() {
                return None;
            }
        }
    }

    /// When `length` of attended work begun at `start` is done: work runs only inside windows.
    pub fn finish(&mut self, start: i64, length: i64) -> Option<i64> {
        let start = self.next_open(start)?;
        if length <= 0 {
            return Some(start);
        }
        loop {
            let target = self.open_before(start) + length;
            if let Some(span) = self.spans.get(self.filled(target)) {
                let end = span.open + (target - span.before);
                if end <= self.known.1 {
                    return Some(end);
                }
            }
            if !self.look_further() {
                return None;
            }
        }
    }

    /// The latest start of `length` of attended work that is done by `by`.
    pub fn latest_start(&mut self, by: i64, length: i64) -> Option<i64> {
        self.reach_ahead_to(by);
        self.reach_back_to(by);
        loop {
            let target = self.open_before(by) - length;
            // The last span before which no more than that was open.
            let i = if target < 0 || self.spans.is_empty() { 0 } else { self.filled(target + 1).min(self.spans.len() - 1) + 1 };
            if i > 0 {
                let span = self.spans[i - 1];
                // At a window's close no work can begin: the last second of it is the latest start.
                let start = (span.open + (target - span.before)).min(span.close - 1);
                if start >= self.known.0 {
                    return Some(start);
                }
            }
            if !self.look_back() {
                return None;
            }
        }
    }

    /// The last open instant at or before `at`.
    pub fn last_open(&mut self, at: i64) -> Option<i64> {
        self.reach_ahead_to(at);
        loop {
            let i = self.opens_after(at);
            if i > 0 {
                let found = at.min(self.spans[i - 1].close - 1);
                if found >= self.known.0 {
                    return Some(found);
                }
            }
            if !self.look_back() {
                return None;
            }
        }
    }

    /// The last instant at or before `at` that is open or is a window's close.
    pub fn last_handover(&mut self, at: i64) -> Option<i64> {
        self.reach_ahead_to(at);
        loop {
            let i = self.opens_after(at);
            if i > 0 {
                let found = at.min(self.spans[i - 1].close);
                if found >= self.known.0 {
                    return Some(found);
                }
            }
            if !self.look_back() {
                return None;
            }
        }
    }

    /// The start of the first stay of `length` inside one window, at or after `from`.
    pub fn first_fit(&mut self, from: i64, length: i64) -> Option<i64> {
        self.reach_back_to(from);
        loop {
            let first = self.index(from, length == 0);
            let fit = self.spans[first..].iter().find(|span| span.open.max(from) + length <= span.close);
            if let Some(span) = fit {
                return Some(span.open.max(from));
            }
            if !self.look_further() {
                return None;
            }
        }
    }

    /// The end of the last stay of `length` inside one window that ends at or before `by`: the effective deadline.
    pub fn last_fit(&mut self, by: i64, length: i64) -> Option<i64> {
        while by > self.known.1 {
            if !self.look_further() {
                // Further than anyone compiles from here: a due moment that never comes. Compile around it instead.
                let there = Timestamp::from_unix(by);
                return (!self.never_opens()).then(|| self.around(there).last_fit_known(by, length))?;
            }
        }
        self.last_fit_known(by, length)
    }

    /// The same windows, compiled around another instant.
    fn around(&self, near: Timestamp) -> Self {
        let mut windows = Self { origin: self.zone.date(near), back: 2, ahead: 3, ..self.clone() };
        windows.compile();
        windows
    }

    fn last_fit_known(&mut self, by: i64, length: i64) -> Option<i64> {
        loop {
            let upto = self.opens_after(by);
            let fit = self.spans[..upto].iter().rev().find(|span| by.min(span.close) - length >= span.open);
            if let Some(span) = fit {
                return Some(by.min(span.close));
            }
            if !self.look_back() {
                return None;
            }
        }
    }

    /// Open seconds in [from, until); negative where `until` is before `from`.
    pub fn between(&mut self, from: Timestamp, until: Timestamp) -> Seconds {
        let (from, until) = (from.unix(), until.unix());
        self.reach_back_to(from.min(until));
        while from.max(until) > self.known.1 && self.look_further() {}
        Seconds(self.open_before(until) - self.open_before(from))
    }

    /// The first instant by which `length` of open time has passed since `from`; `from` itself where none is asked.
    pub fn add(&mut self, from: Timestamp, length: Seconds) -> Option<Timestamp> {
        if length.0 <= 0 {
            return Some(from);
        }
        self.finish(from.unix(), length.0).map(Timestamp::from_unix)
    }

    /// The end of the first closure that [start, end) touches.
    pub fn closure_touched(&self, start: i64, end: i64) -> Option<i64> {
        let i = self.closed.partition_point(|(_, until)| *until <= start);
        self.closed.get(i).filter(|(from, _)| *from < end).map(|(_, until)| *until)
    }

    /// The start of the last closure that [start, end) touches.
    pub fn closure_touched_last(&self, start: i64, end: i64) -> Option<i64> {
        let i = self.closed.partition_point(|(from, _)| *from < end);
        let last = self.closed.get(i.checked_sub(1)?)?;
        (last.1 > start).then_some(last.0)
    }

    /// Whether `at` is open.
    pub fn is_open(&mut self, at: i64) -> bool {
        self.next_open(at) == Some(at)
    }

    /// The pieces of [start, end) inside windows, in order.
    pub fn pieces(&mut self, start: i64, end: i64) -> Vec<(i64, i64)> {
        self.reach_back_to(start);
        while end > self.known.1 && self.look_further() {}
        let spans = self.spans[self.index(start, false)..].iter().take_while(|span| span.open < end);
        spans.map(|span| (span.open.max(start), span.close.min(end))).collect()
    }

    /// Open seconds before `at`, counted from the first compiled window.
    pub fn open_before(&self, at: i64) -> i64 {
        let i = self.opens_after(at);
        match i.checked_sub(1).map(|last| self.spans[last]) {
            Some(span) => span.before + (at.min(span.close) - span.open),
            None => 0,
        }
    }
}
