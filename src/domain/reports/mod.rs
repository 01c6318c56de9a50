//! What reports count, of submissions as they stand and of what is on record of them besides. Pure: the time is given.
//!
//! Figures must not mislead: a share is of those that fell due, those that are still late among them, with their number beside
//! it, and none is told of fewer than 20.

pub mod backlog;
pub mod capacity;
pub mod performance;
mod spread;
#[cfg(test)]
mod tests;

use chrono::{Datelike, Days, NaiveDate};

use super::calendar::Zone;
use super::policy::{Milestone, Route};
use super::submission::words;
use super::time::Timestamp;
use super::unit::{Submission, reached};
pub use spread::Spread;

words!(
    /// What a report is broken down by.
    By {
        /// The force that asked.
        Force = "force",
        /// The team that acts when the officer in the case is off duty.
        Team = "team",
        /// The site where the device is examined.
        Site = "site",
        /// Whose device it is.
        Owner = "owner",
        /// What device it is.
        Device = "device",
        /// What it is about.
        Offence = "offence",
    }
);

impl By {
    /// The group that a submission belongs to; none where it names none.
    pub fn group_of(self, submission: &Submission) -> Option<String> {
        let facts = &submission.facts;
        match self {
            Self::Force => Some(facts.force.clone()),
            Self::Team => submission.particulars.as_ref().and_then(|particulars| particulars.team.clone()),
            Self::Site => Some(facts.site.to_string()),
            Self::Owner => Some(facts.owner.to_string()),
            Self::Device => Some(facts.device.to_string()),
            Self::Offence => Some(facts.offence.to_string()),
        }
    }
}

/// The group of a submission where a report is broken down; none where it is not.
fn group_of(submission: &Submission, by: Option<By>) -> Option<String> {
    by.and_then(|by| by.group_of(submission))
}

/// Of fewer than so many no share is told: it would mislead.
pub const FEWEST: u64 = 20;

/// A part of a whole, in thousandths; none of fewer than [`FEWEST`].
pub fn permille(part: u64, of: u64) -> Option<u64> {
    (of >= FEWEST).then(|| (part * 1_000 + of / 2) / of)
}

/// The days that a report is about, and when it is made.
#[derive(Clone, Copy, Debug)]
pub struct Period<'a> {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// When the report is made.
    pub now: Timestamp,
    zone: &'a Zone,
}

impl<'a> Period<'a> {
    /// From the first day to the last, as clocks in the zone show them.
    pub fn of(first: NaiveDate, last: NaiveDate, zone: &'a Zone, now: Timestamp) -> Self {
        Self { from: zone.instant(first, 0), until: zone.end_of_day(last), now, zone }
    }

    /// The part of it from an instant on.
    #[must_use]
    pub fn since(self, from: Timestamp) -> Self {
        Self { from: self.from.max(from).min(self.until), ..self }
    }

    /// Whether something that happened then belongs to it.
    pub fn has(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Its end, or now where it is not over.
    pub fn end(&self) -> Timestamp {
        self.until.min(self.now).max(self.from)
    }

    /// The Monday of the week of an instant, as clocks in the zone show it.
    pub fn week(&self, at: Timestamp) -> NaiveDate {
        let day = self.zone.date(at);
        day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())).unwrap_or(day)
    }

    /// The Mondays of its weeks, each with the first instant after what of the week belongs to it, up to now.
    pub fn weeks(&self) -> Vec<(NaiveDate, Timestamp)> {
        let mut weeks = Vec::new();
        let mut monday = self.week(self.from);
        while self.zone.instant(monday, 0).max(self.from) < self.end()
            && let Some(next) = monday.checked_add_days(Days::new(7))
        {
            weeks.push((monday, self.zone.instant(next, 0).min(self.end())));
            monday = next;
        }
        weeks
    }
}

/// When all that holds its device was done; none where something of that is left, or was given up.
fn examined_at(submission: &Submission, route: Option<&Route>) -> Option<Timestamp> {
    reached(submission, route, Milestone::Extracted)
}
