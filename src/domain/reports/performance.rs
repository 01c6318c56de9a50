//! Performance: what became of the promises that fell due, by promise and week (HMICFRS 2024 ch. 7: what was promised, and kept).
//!
//! The cohort of a week are the promises that were *due* in it, those still late among them. What was removed before it was due is
//! void, shown beside them, and in no share.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{By, Period, Spread, group_of, permille};
use crate::domain::clocks::Clock;
use crate::domain::event::Event;
use crate::domain::ids::Word;
use crate::domain::legs::{Leg, legs};
use crate::domain::policy::{Milestone, Route};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, BreachState, OfferAnswer, RemovalCause, Submission, reached};

/// A submission and what is on record of it, as far as its promises go.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// As it stands.
    pub submission: &'a Submission,
    /// Its route, as its policy version has it.
    pub route: Option<&'a Route>,
    /// Whether it is in the queue.
    pub is_open: bool,
    /// Every breach of it, oldest first.
    pub breaches: &'a [Breach],
    /// All that happened to it, in the order in which it was recorded; needed only where a promise of it was missed.
    pub events: &'a [Event],
}

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its milestone was reached in time.
    Kept,
    /// It was not.
    Breached,
    /// Nobody waited for it any more when it fell due.
    Void(Void),
    /// It is not due yet.
    ToCome,
}

/// Why nobody waited for it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Void {
    /// The examination was ended.
    Removed(RemovalCause),
    /// The flag or the date that it rested on had passed.
    Lapsed,
    /// Its owner has the device back, and nobody examines it.
    SentHome,
}

impl Void {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Removed(cause) => cause.as_str(),
            Self::Lapsed => "lapsed",
            Self::SentHome => "sent_home",
        }
    }
}

impl Record<'_> {
    /// Every promise made to it, as it counts now.
    fn promises(&self) -> impl Iterator<Item = &Clock> {
        // Of an examination that was ended only the device's return is still corrected.
        let still = |clock: &Clock| {
            let same = |other: &&Clock| other.promise == clock.promise && other.milestone == Milestone::DeviceBack;
            self.submission.clocks.iter().find(same)
        };
        self.submission.promised().iter().map(move |clock| still(clock).unwrap_or(clock))
    }

    /// The last that is on record of a promise being missed.
    fn breach_of(&self, clock: &Clock) -> Option<&Breach> {
        self.breaches.iter().rfind(|breach| breach.promise == clock.promise)
    }

    /// What became of a promise by `now`; none where it was never made: it had ended before the device was taken.
    pub fn fate(&self, clock: &Clock, now: Timestamp) -> Option<Fate> {
        let late = clock.due.max(clock.applies_from);
        let reached = reached(self.submission, self.route, clock.milestone);
        let ended = self.submission.removed.as_ref().filter(|_| clock.milestone != Milestone::DeviceBack && reached.is_none());
        let on_record = |breach: &Breach| matches!(breach.state, BreachState::Open | BreachState::Closed { .. });
        Some(match () {
            () if self.breach_of(clock).is_some_and(on_record) => Fate::Breached,
            () if clock.ends_at <= self.submission.facts.taken_at => return None,
            () if late > now => Fate::ToCome,
            () if reached.is_some_and(|at| at <= late) => Fate::Kept,
            () if let Some(removed) = ended.filter(|removed| removed.at < late) => Fate::Void(Void::Removed(removed.cause)),
            () if late > clock.ends_at => Fate::Void(Void::Lapsed),
            () if reached.is_none() && !self.is_open => Fate::Void(Void::SentHome),
            () => Fate::Breached,
        })
    }

    /// Whether its owner was offered the device before it was late and did not take it, or it is withheld since before then.
    fn was_not_taken(&self, clock: &Clock) -> bool {
        let (offer, withheld) = (self.submission.offer.as_ref(), self.submission.withheld.as_ref());
        clock.milestone == Milestone::DeviceBack
            && (offer.is_some_and(|offer| offer.at <= clock.due && offer.answer != OfferAnswer::Accepted)
                || withheld.is_some_and(|withheld| withheld.since <= clock.due))
    }
}

/// Promises that fell due together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cohort {
    /// In time.
    pub kept: u64,
    /// Of these, those on record as missed until a late entry showed that they were not.
    pub disproved: u64,
    /// Not in time.
    pub breached: u64,
    /// Of these, those whose milestone is not reached yet and is still wanted.
    pub still_late: u64,
    /// Of those breached, those whose owner had a replacement handset.
    pub mitigated: u64,
    /// Of those breached, those that nobody could have kept.
    pub unavoidable: u64,
    /// Of those breached, those whose device was offered in time and not taken, or withheld.
    pub not_taken: u64,
    /// Removed, or lapsed, before they were due.
    pub void: u64,
    /// Not due yet.
    pub to_come: u64,
    /// From the taking of the device until the milestone, of those kept or breached.
    pub time: Spread,
    /// Where the time of those breached went, in seconds.
    pub legs: BTreeMap<Leg, i64>,
}

impl Cohort {
    /// How many fell due and were not void.
    pub const fn due(&self) -> u64 {
        self.kept + self.breached
    }

    /// How many of those were kept, in thousandths; none of too few.
    pub fn kept_permille(&self) -> Option<u64> {
        permille(self.kept, self.due())
    }

    fn add(&mut self, record: &Record<'_>, clock: &Clock, fate: Fate, now: Timestamp) {
        let breach = record.breach_of(clock);
        match fate {
            Fate::ToCome => self.to_come += 1,
            Fate::Void(_) => self.void += 1,
            Fate::Kept => {
                self.kept += 1;
                self.disproved += u64::from(breach.is_some_and(|b| matches!(b.state, BreachState::Disproved { .. })));
            }
            Fate::Breached => {
                self.breached += 1;
                self.mitigated += u64::from(breach.is_some_and(|breach| breach.mitigated_at.is_some()));
                self.unavoidable += u64::from(breach.is_some_and(|breach| breach.unavoidable == Some(true)));
                self.not_taken += u64::from(record.was_not_taken(clock));
            }
        }
        if matches!(fate, Fate::Kept | Fate::Breached) {
            self.took(record, clock, fate, now);
        }
    }

    /// How long it took, and of what was missed where that went.
    fn took(&mut self, record: &Record<'_>, clock: &Clock, fate: Fate, now: Timestamp) {
        let submission = record.submission;
        let reached = reached(submission, record.route, clock.milestone);
        // What is not to be examined any more after it was late ended there.
        let given_up = submission.removed.as_ref().filter(|_| clock.milestone != Milestone::DeviceBack).map(|removed| removed.at);
        let ended = reached.or(given_up);
        let until = ended.unwrap_or(now);
        let took = until - submission.facts.taken_at;
        match ended {
            Some(_) => self.time.ends(took),
            None => self.time.runs(took),
        }
        if fate == Fate::Breached {
            self.still_late += u64::from(ended.is_none());
            for (leg, seconds) in legs(record.events, submission, record.route, clock.milestone, until) {
                *self.legs.entry(leg).or_default() += seconds.0;
            }
        }
    }
}

/// Which promises a cohort holds. In the order in which they are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Of this group, where the report is broken down and the submission names one.
    pub group: Option<String>,
    /// The tier that the promise gives.
    pub tier: u8,
    /// The promise, by its name in the policy.
    pub promise: Word,
    /// The Monday of the week in which they fell due; none: all weeks.
    pub week: Option<NaiveDate>,
}

/// Promises that were void: which, of which team, and why.
pub type VoidKey = (Word, Option<String>, Void);

/// What became of the promises of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performance {
    /// By promise and week, and by promise.
    pub cohorts: BTreeMap<Key, Cohort>,
    /// How many were void.
    pub voids: BTreeMap<VoidKey, u64>,
}

impl Performance {
    /// Takes in the promises of a submission that fell due in the period.
    pub fn take_in(&mut self, record: &Record<'_>, by: Option<By>, period: &Period<'_>) {
        for clock in record.promises().filter(|clock| period.has(clock.due)) {
            let Some(fate) = record.fate(clock, period.now) else { continue };
            for week in [None, Some(period.week(clock.due))] {
                let group = group_of(record.submission, by);
                let key = Key { group, tier: clock.tier, promise: clock.promise.clone(), week };
                self.cohorts.entry(key).or_default().add(record, clock, fate, period.now);
            }
            if let Fate::Void(why) = fate {
                let team = By::Team.group_of(record.submission);
                *self.voids.entry((clock.promise.clone(), team, why)).or_default() += 1;
            }
        }
    }
}
