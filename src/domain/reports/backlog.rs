//! The backlog, as forces are asked for it: what waits, how long, the oldest and what it is about; what was examined against what was
//! removed and why; what is held until it is returned; what nobody can place.
//!
//! Published backlogs disagree because states get mixed: here each is told apart ([`State`]), and what counts as waiting is what
//! is still to be examined, wherever it is.

use std::collections::BTreeMap;

use super::{By, Period, Spread, examined_at, group_of};
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::policy::Route;
use crate::domain::state::State;
use crate::domain::submission::{Owner, words};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{RemovalCause, StageState, Submission, Whereabouts};

/// A submission, and how it stands.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// As it is.
    pub submission: &'a Submission,
    /// Its route, as its policy version has it.
    pub route: Option<&'a Route>,
    /// Where it and its device are now.
    pub state: State,
    /// Whether it is in the queue.
    pub is_open: bool,
}

/// One of many that stands out: the one that has waited longest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oldest {
    /// Since when.
    pub since: Timestamp,
    /// Which it is.
    pub number: QueueNumber,
    /// What it is about.
    pub offence: Word,
}

/// Days up to which a wait falls into a band; longer ones fall into the last.
pub const BANDS: [i64; 4] = [30, 90, 180, 365];

/// What is still to be examined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many are in each state.
    pub states: BTreeMap<State, u64>,
    /// How long since the police took the device.
    pub waited: Spread,
    /// How many waited up to so many days, as [`BANDS`] has it, and longer.
    pub bands: [u64; 5],
    /// The one whose device was taken first.
    pub oldest: Option<Oldest>,
}

impl Waiting {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.states.values().sum()
    }

    /// How many are in a state.
    pub fn of(&self, state: State) -> u64 {
        self.states.get(&state).copied().unwrap_or(0)
    }

    fn add(&mut self, record: &Record<'_>, now: Timestamp) {
        let waited = now - record.submission.facts.taken_at;
        *self.states.entry(record.state).or_default() += 1;
        self.waited.ends(waited);
        let band = BANDS.iter().position(|days| waited <= Seconds::hours(24 * days)).unwrap_or(BANDS.len());
        self.bands[band] += 1;
        keep_oldest(&mut self.oldest, record.submission, record.submission.facts.taken_at);
    }
}

fn keep_oldest(oldest: &mut Option<Oldest>, submission: &Submission, since: Timestamp) {
    if oldest.as_ref().is_none_or(|oldest| (since, submission.number) < (oldest.since, oldest.number)) {
        *oldest = Some(Oldest { since, number: submission.number, offence: submission.facts.offence.clone() });
    }
}

/// Which requests wait. In the order in which they are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// Of this group, where the report is broken down and the submission names one.
    pub group: Option<String>,
    /// What device, and whose; none: all of the group.
    pub device: Option<(Word, Owner)>,
}

/// How a request came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// Examined by the unit.
    InHouse,
    /// Examined, at least a part of it by somebody outside.
    Outside,
    /// Removed before it was examined, and why.
    Removed(RemovalCause),
}

/// Devices that nobody works on any more, and whose owner does not have them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How long they have been held since they were examined, or given up.
    pub held: Spread,
    /// Of these, those that may go back.
    pub authorised: u64,
    /// Of these, those that an officer brings home.
    pub signed_out: u64,
    /// Of these, those that are withheld although their owner could have them.
    pub withheld: u64,
    /// From being examined, or given up, until the owner had it, of those returned in the period.
    pub returned: Spread,
    /// Returned in the period, and never examined nor given up.
    pub returned_untouched: u64,
}

words!(
    /// Why nobody can say where a device is.
    Unplaced {
        /// An officer signed it out more than a day ago, and nobody has recorded that its owner has it.
        SignedOut = "signed_out",
        /// It is with somebody outside, and should have been back.
        Overdue = "overdue",
        /// The police took it more than a week ago, and it is at no site.
        NotDelivered = "not_delivered",
    }
);

/// Devices that nobody can place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// How many.
    pub count: u64,
    /// The one of which nothing was heard for longest.
    pub oldest: Option<Oldest>,
}

/// The backlog as it is now, and what became of requests in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// What is still to be examined, now: by device and owner, and all of it.
    pub waiting: BTreeMap<Kind, Waiting>,
    /// What came to its end in the period.
    pub ended: BTreeMap<(Option<String>, Ended), u64>,
    /// What is held until it is returned, by whose it is.
    pub held: BTreeMap<(Option<String>, Owner), Held>,
    /// What nobody can place now.
    pub unplaced: BTreeMap<Unplaced, Missing>,
}

impl Backlog {
    /// Takes a submission in.
    pub fn take_in(&mut self, record: &Record<'_>, by: Option<By>, period: &Period<'_>) {
        let submission = record.submission;
        let (group, owner) = (group_of(submission, by), submission.facts.owner);
        if is_to_be_examined(record) {
            for device in [None, Some((submission.facts.device.clone(), owner))] {
                self.waiting.entry(Kind { group: group.clone(), device }).or_default().add(record, period.now);
            }
        }
        let is_counted = |(at, _): &(Timestamp, Ended)| period.has(*at);
        if let Some((_, how)) = ended(submission, record.route).filter(is_counted) {
            *self.ended.entry((group.clone(), how)).or_default() += 1;
        }
        self.hold(record, (group, owner), period);
        if let Some((why, since)) = unplaced(submission, period.now) {
            let missing = self.unplaced.entry(why).or_default();
            missing.count += 1;
            keep_oldest(&mut missing.oldest, submission, since);
        }
    }

    fn hold(&mut self, record: &Record<'_>, key: (Option<String>, Owner), period: &Period<'_>) {
        let submission = record.submission;
        let over = ended(submission, record.route).map(|(at, _)| at);
        match (&submission.returned, over) {
            (Some(returned), over) if period.has(returned.at) => {
                let held = self.held.entry(key).or_default();
                match over.filter(|over| *over <= returned.at) {
                    Some(over) => held.returned.ends(returned.at - over),
                    None => held.returned_untouched += 1,
                }
            }
            (None, Some(over)) => {
                let held = self.held.entry(key).or_default();
                held.held.ends(period.now - over);
                held.authorised += u64::from(record.state == State::ReturnAuthorised);
                held.signed_out += u64::from(record.state == State::SignedOut);
                held.withheld += u64::from(submission.withheld.is_some());
            }
            _ => {}
        }
    }
}

/// Whether it is still to be examined: in the queue, not removed, and work that needs the device is left.
fn is_to_be_examined(record: &Record<'_>) -> bool {
    let left = record.route.is_none_or(|route| record.submission.is_unexamined(route));
    let gone = matches!(record.submission.device, Whereabouts::SignedOut { .. } | Whereabouts::Returned { .. });
    record.is_open && record.submission.removed.is_none() && left && !gone
}

/// When and how a request came to its end; none while it has not. What was removed after all that holds the device was done was
/// examined.
fn ended(submission: &Submission, route: Option<&Route>) -> Option<(Timestamp, Ended)> {
    match examined_at(submission, route) {
        Some(at) => Some((at, if was_outside(submission, route) { Ended::Outside } else { Ended::InHouse })),
        None => submission.removed.as_ref().map(|removed| (removed.at, Ended::Removed(removed.cause))),
    }
}

/// Whether somebody outside the unit did work that needs the device.
fn was_outside(submission: &Submission, route: Option<&Route>) -> bool {
    let stages = route.map_or(&[][..], |route| &route.stages);
    let by_nobody_here = |state: &StageState| state.done().is_some_and(|done| done.slot.is_none());
    stages.iter().zip(&submission.stages).any(|(stage, state)| stage.holds_device && by_nobody_here(state))
}

/// Why nobody can say where a device is, and since when nothing was heard of it.
fn unplaced(submission: &Submission, now: Timestamp) -> Option<(Unplaced, Timestamp)> {
    const A_TRIP: Seconds = Seconds::hours(24);
    const A_WEEK: Seconds = Seconds::hours(7 * 24);
    match &submission.device {
        Whereabouts::SignedOut { since } if now - *since > A_TRIP => Some((Unplaced::SignedOut, *since)),
        Whereabouts::Outside { due, .. } if *due < now => Some((Unplaced::Overdue, *due)),
        Whereabouts::NotDelivered if now - submission.facts.taken_at > A_WEEK => {
            Some((Unplaced::NotDelivered, submission.facts.taken_at))
        }
        _ => None,
    }
}
