//! A victim's phone that passes its latest start is an event of its own, recorded once, when it can be known: people can then
//! still lend a handset, tell the owner, or give the device back unexamined.

use super::promises::promised;
use super::{Decided, Draft};
use crate::domain::clocks::Clock;
use crate::domain::command::Command;
use crate::domain::event::{Change, Sealed};
use crate::domain::guard::latest_start;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit};

/// The latest starts to record at `now`, of the promise that the guard keeps.
pub fn latest_starts(unit: &Unit, now: Timestamp) -> Vec<Command> {
    let mut found = Vec::new();
    for submission in unit.submissions.values() {
        for clock in submission.clocks.iter().filter(|clock| is_watched(unit, submission, clock, now)) {
            if latest_start(unit, submission, clock, now).is_some() {
                found.push(Command::RecordLatestStart { number: submission.number, promise: clock.promise.clone() });
            }
        }
    }
    found
}

/// Once it is due, its breach is on record.
fn is_watched(unit: &Unit, submission: &Submission, clock: &Clock, now: Timestamp) -> bool {
    clock.promise == unit.policy.guard.promise
        && clock.applies(now)
        && now < clock.due
        && !submission.too_late.contains(&clock.promise)
}

impl Draft<'_> {
    pub(super) fn record_latest_start(&mut self, number: QueueNumber, promise: &Word) -> Decided {
        let submission = self.submission(number)?;
        let clock = promised(&submission, promise)?;
        let passed = is_watched(&self.unit, &submission, clock, self.now)
            .then(|| latest_start(&self.unit, &submission, clock, self.now))
            .flatten();
        let Some(at) = passed else {
            let why = "its latest start has not passed, or that is on record";
            return Err(Refusal::NotMissed { number, promise: promise.clone(), why });
        };
        let change = Change::LatestStartPassed { number, promise: promise.clone(), due: clock.due };
        self.record(at, change, Sealed::default())
    }
}
