//! What comes of an arrival: it fits, it puts others back, it can't be kept itself, or it waits for people.
//!
//! Read off two plans, the one before it came and the first that has it. Invariant: whom it displaced is told alike on both
//! sides, since both are read from here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::never::{Never, never};
use super::told::DRIFT;
use super::{MilestoneForecast, Plan};
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;

/// Arrivals at once beyond which nobody is told what came of which: a queue is read in.
const MOST: usize = 50;

/// What came of one arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Whether its own promises are kept.
    pub answer: Answer,
    /// Promises to others that were kept and no longer are, or are later than they were by more than a quarter of an hour; in rank order.
    pub displaced: Vec<Displaced>,
    /// How many others came at the same time, any of which may have displaced them.
    pub along_with: usize,
}

/// Whether the promises made to an arrival are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All of them, as planned.
    Fits,
    /// All of them, were its gates met now.
    Waits,
    /// Not all of them.
    CannotBeMet,
}

/// A promise to somebody else that is missed, or missed by more, since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displaced {
    /// Whose.
    pub submission: QueueNumber,
    /// Which.
    pub promise: Word,
    /// When it is late.
    pub due: Timestamp,
    /// When it was to be reached.
    pub was: Timestamp,
    /// When it is to be reached now.
    pub is: Timestamp,
}

impl Answer {
    /// The word for it in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::Waits => "waits",
            Self::CannotBeMet => "cannot_be_met",
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fits => "it fits: every promise made to it is kept",
            Self::Waits => "it fits, were its gates met now",
            Self::CannotBeMet => "not every promise made to it can be kept",
        })
    }
}

/// What came of everything that is in `unit` and was not in the unit that the plan `before` was made of; `after` is the plan of
/// `unit`. Nothing where a whole queue came at once.
pub fn arrivals(was: &Unit, before: &Plan, unit: &Unit, after: &Plan) -> BTreeMap<QueueNumber, Arrival> {
    let new = unit.submissions.range(QueueNumber(was.next.submission)..).map(|(number, _)| *number);
    let new: BTreeSet<QueueNumber> = new.take(MOST + 1).collect();
    if new.is_empty() || new.len() > MOST {
        return BTreeMap::new();
    }
    let mut displaced = displaced(before, after);
    let named: BTreeSet<QueueNumber> = displaced.iter().map(|other| other.submission).chain(new.iter().copied()).collect();
    let places = after.order.iter().copied().zip(0..).filter(|(number, _)| named.contains(number));
    let places: BTreeMap<QueueNumber, usize> = places.collect();
    displaced.sort_by_key(|other| (places.get(&other.submission).copied(), other.promise.clone()));
    let waiting: Vec<_> = after.waiting.iter().filter(|waiting| new.contains(&waiting.submission)).collect();
    let never = if waiting.is_empty() { Never::new() } else { never(unit, after) };
    let shut = waiting.iter().filter(|waiting| waiting.if_cleared_now.is_some()).map(|waiting| waiting.submission);
    let (late, shut): (_, BTreeSet<QueueNumber>) = (late(after, &new), shut.collect());
    let arrival = |number: &QueueNumber| {
        let behind = |other: &&Displaced| places.get(number) < places.get(&other.submission);
        let answer = match never.contains_key(number) || late.contains(number) {
            true => Answer::CannotBeMet,
            false if shut.contains(number) => Answer::Waits,
            false => Answer::Fits,
        };
        let displaced = displaced.iter().filter(behind).cloned().collect();
        (*number, Arrival { answer, displaced, along_with: new.len() - 1 })
    };
    new.iter().map(arrival).collect()
}

/// Promises in both plans that the second misses, and reaches later than the first.
pub fn displaced(before: &Plan, after: &Plan) -> Vec<Displaced> {
    let late = after.milestones.iter().filter(|line| line.at > line.due);
    let late: BTreeMap<(QueueNumber, &Word), &MilestoneForecast> =
        late.map(|line| ((line.submission, &line.promise), line)).collect();
    let displaced = |line: &MilestoneForecast| {
        let now = late.get(&(line.submission, &line.promise))?;
        let (submission, promise) = (line.submission, line.promise.clone());
        let is_worse = line.at <= line.due || now.at > line.at + DRIFT;
        is_worse.then_some(Displaced { submission, promise, due: now.due, was: line.at, is: now.at })
    };
    before.milestones.iter().filter_map(displaced).collect()
}

/// What others pay, in words: promises that are missed, and those that were missed anyhow, by more. None where nobody pays. `missed`: how
/// one says it here of one, and of several. `name` turns a queue number into what the reader knows it by, if they may.
pub fn toll(displaced: &[Displaced], missed: (&str, &str), name: &dyn Fn(QueueNumber) -> Option<String>) -> Option<String> {
    let (by_more, newly): (Vec<&Displaced>, Vec<_>) = displaced.iter().partition(|other| other.was > other.due);
    let promises = |others: &[&Displaced], anyhow: &str| match others {
        [] => None,
        [one] => {
            let whose =
                name(one.submission).map_or_else(|| "1 promise to others".into(), |name| format!("{} of {name}", one.promise));
            Some(format!("{whose}{anyhow} {}", missed.0))
        }
        others => Some(format!("{} promises to others{anyhow} {}", others.len(), missed.1)),
    };
    let first = newly.first().filter(|_| newly.len() > 1).and_then(|first| Some((first, name(first.submission)?)));
    let first = first.map(|(first, name)| format!(", first {} of {name}", first.promise)).unwrap_or_default();
    let parts = [
        promises(&newly, "").map(|newly| format!("{newly}{first}")),
        promises(&by_more, ", missed anyhow,").map(|late| format!("{late} by more")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Who of these has a promise that is missed, as planned or were its gates met now.
fn late(plan: &Plan, of: &BTreeSet<QueueNumber>) -> BTreeSet<QueueNumber> {
    let cleared = plan.waiting.iter().filter_map(|waiting| waiting.if_cleared_now.as_ref()).flatten();
    let late = plan.milestones.iter().chain(cleared).filter(|line| line.at > line.due && of.contains(&line.submission));
    late.map(|line| line.submission).collect()
}
