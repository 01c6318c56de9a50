//! When a cron job runs next.
//!
//! Expressions are read on civil time, as if it were UTC, and resolved in the zone here: the `cron` crate skips or
//! doubles local jobs around a clock change. A time that does not exist runs at the first instant after the gap, one that
//! occurs twice runs once, the first time. A job of every hour runs every hour that passes: on the night in October the
//! breach sweep must not rest for one.

use chrono::{DateTime, Timelike, Utc};
use cron::{Schedule, TimeUnitSpec};

use crate::domain::calendar::Zone;
use crate::domain::time::{Seconds, Timestamp};

/// A cron expression of six fields, seconds first.
#[derive(Clone, Debug)]
pub struct CronJob {
    schedule: Schedule,
}

impl CronJob {
    /// A job that runs when the expression says.
    pub const fn new(schedule: Schedule) -> Self {
        Self { schedule }
    }

    /// The first instant after `after` at which the job runs; none where it never does.
    pub fn next(&self, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
        let civil = after.utc() + chrono::TimeDelta::seconds(i64::from(zone.offset(after)));
        if self.schedule.hours().is_all() {
            let next = self.schedule.after(&civil).next()?;
            return Some(after + Seconds((next - civil).num_seconds()));
        }
        // No clock change moves civil time by more than a day; earlier civil times may still lie ahead.
        let from = civil - chrono::TimeDelta::hours(26);
        let resolve = |civil: DateTime<Utc>| zone.instant(civil.date_naive(), civil.num_seconds_from_midnight());
        self.schedule.after(&from).map(resolve).find(|at| *at > after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(expression: &str, after: &str, count: usize) -> Vec<String> {
        let zone = Zone { time_zone: chrono_tz::Europe::London, holidays: Default::default() };
        let job = CronJob::new(expression.parse().unwrap());
        let mut at: Timestamp = after.parse().unwrap();
        let mut runs = Vec::new();
        for _ in 0..count {
            at = job.next(&zone, at).unwrap();
            runs.push(at.to_string());
        }
        runs
    }

    #[test]
    fn a_job_at_a_time_that_does_not_exist_runs_right_after_the_gap() {
        assert_eq!(
            runs("0 0 1 * * *", "2027-03-27T00:00:00Z", 3),
            ["2027-03-27T01:00:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:00:00Z"]
        );
    }

    #[test]
    fn a_job_at_a_time_that_occurs_twice_runs_once_the_first_time() {
        assert_eq!(runs("0 30 1 * * *", "2026-10-24T12:00:00Z", 2), ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    }

    #[test]
    fn a_job_of_every_minute_rests_on_no_night() {
        assert_eq!(
            runs("0 */30 * * * *", "2026-10-25T00:00:00Z", 5),
            [
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-25T02:00:00Z",
                "2026-10-25T02:30:00Z"
            ]
        );
    }
}
