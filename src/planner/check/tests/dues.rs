//! Every due that the clocks of random submissions give, counted again by hand.

use crate::domain::calendar::OpeningHours;
use crate::domain::clocks::Clock;
use crate::domain::policy::{DueRule, From, Milestone, Promise};
use crate::domain::submission::Facts;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit};
use crate::planner::check::calendar::windows;
use crate::planner::testing;

/// What a promise gives a submission: due, due for rank, from when it applies, until when.
type Given = (i64, i64, i64, i64);

fn given(unit: &Unit, facts: &Facts, promise: &Promise) -> Option<Given> {
    if !promise.when.matches(facts) {
        return None;
    }
    let (always, never) = (Timestamp::MIN.unix(), Timestamp::MAX.unix());
    match &promise.due {
        DueRule::Within { from, within, working } => {
            let from = match from {
                From::TakenAt => Some(facts.taken_at),
                From::DeliveredAt => facts.delivered_at,
                From::AuthorisedAt => facts.authorised_at,
            };
            let from = from?.unix();
            let hours = working.as_ref().map(|id| &unit.establishment.calendar(id).unwrap().hours);
            let count = |length: i64| hours.map_or(from + length, |hours| opened(unit, hours, from, length));
            let stretch = promise.stretch.filter(|_| facts.repeat_suspect).map_or(within.0, |stretch| stretch.0);
            Some((count(within.0), count(stretch), always, never))
        }
        DueRule::By { date, before } => {
            let date = date.of(facts)?.unix();
            let near = promise.applies_within;
            let ends = if near.is_some() || promise.milestone != Milestone::DeviceBack { date } else { never };
            Some((date - before.0, date - before.0, near.map_or(always, |near| date - near.0), ends))
        }
    }
}

/// When `length` seconds of open time have passed.
fn opened(unit: &Unit, hours: &OpeningHours, from: i64, length: i64) -> i64 {
    if hours.weekly.is_empty() {
        return Timestamp::MAX.unix();
    }
    let mut left = length;
    // The sparsest of the random calendars opens an hour a week.
    for (open, close) in windows(hours, &unit.establishment.zone, from, from + length * 200 + 40 * 86_400) {
        let open = open.max(from);
        if open < close {
            if left <= close - open {
                return open + left;
            }
            left -= close - open;
        }
    }
    panic!("{hours:?} never opens for {length} s");
}

fn wrong(unit: &Unit, submission: &Submission) -> Option<String> {
    let expected: Vec<(&str, Given)> = unit
        .policy
        .promises
        .iter()
        .filter_map(|promise| Some((promise.name.as_str(), given(unit, &submission.facts, promise)?)))
        .collect();
    let given = |clock: &Clock| (clock.due.unix(), clock.rank_due.unix(), clock.applies_from.unix(), clock.ends_at.unix());
    let found: Vec<(&str, Given)> = submission.clocks.iter().map(|clock| (clock.promise.as_str(), given(clock))).collect();
    (expected != found).then(|| format!("{}: expected {expected:?}, found {found:?}", submission.number))
}

#[test]
fn dues_are_those_counted_by_hand() {
    for seed in 0..1_000 {
        let (unit, _) = testing::unit(seed, 4);
        let wrong: Vec<String> = unit.submissions.values().filter_map(|submission| wrong(&unit, submission)).collect();
        assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
    }
}
