//! Cron jobs: the breach sweep, the ledger's digest to the log, retention.
//!
//! `(job, scheduled instant)` is claimed in the store, so no tick runs twice, on two nodes or after a restart; one that
//! was missed while the daemon was down is caught up at start, once.

use std::time::{Duration, Instant};

use metrics::{counter, gauge};

use super::desk::Desk;
use super::schedule::CronJob;
use crate::clock::{Clock, monotonic};
use crate::domain::calendar::Zone;
use crate::domain::command::{Command, Treat};
use crate::domain::data_quality::{Finding, Past, Tally};
use crate::domain::decide;
use crate::domain::entry::Actor;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
use crate::store::{Store, StoreError};

/// How long a job waits that the database did not let begin.
const AGAIN: Duration = Duration::from_secs(5);

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Records promises that were missed.
    BreachSweep,
    /// Writes the newest chain hash to the log.
    LedgerDigest,
    /// Removes replies kept under idempotency keys, and lines of the access log, past their time.
    Retention,
}

impl Job {
    /// Its name in configuration, store, log and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BreachSweep => "breach_sweep",
            Self::LedgerDigest => "ledger_digest",
            Self::Retention => "retention",
        }
    }
}

/// What jobs work with.
#[derive(Clone)]
pub struct Ticks {
    /// The one writer.
    pub desk: Desk,
    /// Claims, digests, retention.
    pub store: Store,
    /// The daemon's clock.
    pub clock: Clock,
    /// Zone in which expressions are read.
    pub zone: Zone,
    /// How long replies under idempotency keys are kept.
    pub keep_replies: Seconds,
    /// How long lines of the access log are.
    pub keep_access: Seconds,
    /// How long what is sealed of closed submissions is; for ever where absent.
    pub keep_sealed: Option<Seconds>,
}

impl Ticks {
    /// Runs one job at its times until the process ends.
    pub async fn run(self, job: Job, cron: CronJob) -> Result<(), StoreError> {
        let mut watch = ClockWatch::new(&self.clock);
        let mut last = self.store.last_run(job.name()).await?;
        loop {
            let now = self.clock.now();
            // Missed while the daemon was down: the latest of them stands for all.
            let due = cron.next(&self.zone, last.unwrap_or(now)).map(|at| at.max(latest_missed(&cron, &self.zone, at, now)));
            let Some(due) = due else { return std::future::pending().await };
            self.clock.sleep_until(due).await;
            match self.store.claim_run(job.name(), due, self.clock.now()).await {
                Ok(true) => {
                    let outcome = self.run_once(job, &mut watch).await;
                    count(job, outcome.is_ok());
                    if let Err(cause) = outcome {
                        tracing::error!(job = job.name(), %cause, "job failed; it runs again at its next time");
                    }
                }
                Ok(false) => {}
                // A full disk or a database that is away: no reason to end, while reading may go on.
                Err(cause) => {
                    count(job, false);
                    tracing::error!(job = job.name(), %cause, "job not begun; tried again in a moment");
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            }
            last = Some(due);
        }
    }

    /// Runs one job now.
    pub async fn run_once(&self, job: Job, watch: &mut ClockWatch) -> Result<(), String> {
        let now = self.clock.now();
        match job {
            Job::BreachSweep if watch.jumped(&self.clock) => {
                Err("the wall clock and the monotonic clock disagree by more than 60 s since the last sweep; \
                     nothing recorded this time: check the host's time service"
                    .into())
            }
            Job::BreachSweep => {
                measure(&self.desk.unit());
                sweep(&self.desk, now).await
            }
            Job::LedgerDigest => {
                let (seq, chain) = self.store.head().await.map_err(|cause| cause.to_string())?;
                tracing::info!(seq, chain = hex::encode(chain), "ledger digest");
                Ok(())
            }
            Job::Retention => {
                self.forget(now).await.map_err(|cause| cause.to_string())?;
                self.redact(now).await
            }
        }
    }
}

impl Ticks {
    /// Forgets what is past its time at `now`, a batch at a time, until nothing is.
    async fn forget(&self, now: Timestamp) -> Result<(), StoreError> {
        let (before, read_before) = (now - self.keep_replies, now - self.keep_access);
        let (mut replies, mut runs, mut read) = (0, 0, 0);
        loop {
            let some = (self.store.forget_replies(before).await?, self.store.forget_runs(before).await?);
            let lines = self.store.forget_access(read_before).await?;
            if some == (0, 0) && lines == 0 {
                break;
            }
            replies += some.0;
            runs += some.1;
            read += lines;
        }
        tracing::info!(
            replies,
            runs,
            read,
            "retention: replies under idempotency keys, runs of jobs and lines of the access log forgotten"
        );
        Ok(())
    }
}

impl Ticks {
    /// Redacts what is closed and past its time, until nothing is.
    async fn redact(&self, now: Timestamp) -> Result<(), String> {
        let Some(keep) = self.keep_sealed else { return Ok(()) };
        let said = |cause: StoreError| cause.to_string();
        let mut redacted = 0;
        loop {
            let due = self.store.to_redact(now - keep).await.map_err(said)?;
            for number in &due {
                let cases = self.store.cases_of_nobody_else(*number).await.map_err(said)?;
                let reason = "kept as long as [retention] sealed says".into();
                let command = Command::Treat { number: *number, treat: Box::new(Treat::Redact { cases, reason }) };
                let (verdict, _) = self.desk.order(&Actor::daemon(), command).await.map_err(|cause| cause.to_string())?;
                verdict.map_err(|refusal| format!("{number}: {refusal}"))?;
                redacted += 1;
            }
            if due.is_empty() {
                break;
            }
        }
        if redacted > 0 {
            self.store.scrub().await.map_err(said)?;
            tracing::info!(redacted, "retention: references, names and reasons of closed submissions removed");
        }
        Ok(())
    }
}

/// How many open submissions lack something, or are odd, for those who watch metrics.
fn measure(unit: &Unit) {
    let mut tally = Tally::default();
    unit.submissions.values().for_each(|submission| tally.add(submission, Past::default()));
    for finding in Finding::ALL {
        gauge!("dfqueue_data_quality", "finding" => finding.as_str()).set(tally.of(*finding) as f64);
    }
}

fn count(job: Job, done: bool) {
    counter!("dfqueue_jobs_total", "job" => job.name(), "outcome" => if done { "done" } else { "failed" }).increment(1);
}

/// Records every promise that was missed by `now`, each once, with the true time.
pub async fn sweep(desk: &Desk, now: Timestamp) -> Result<(), String> {
    let commands = decide::sweep(&desk.unit(), now);
    let found = commands.len();
    for chunk in commands.chunks(500) {
        desk.submit(&Actor::daemon(), chunk.to_vec(), None).await.map_err(|cause| cause.to_string())?;
    }
    if found > 0 {
        tracing::warn!(found, "promises missed");
    }
    Ok(())
}

/// The last time at or before `now` at which the job should have run, from `first` on; `first` where that is to come.
fn latest_missed(cron: &CronJob, zone: &Zone, first: Timestamp, now: Timestamp) -> Timestamp {
    // A job of every second missed for a year would be counted for a while: a day back is far enough to look.
    let mut at = first;
    if let Some(recent) = cron.next(zone, now - Seconds::hours(24)).filter(|recent| *recent <= now && *recent > at) {
        at = recent;
    }
    while let Some(next) = cron.next(zone, at).filter(|next| *next <= now) {
        at = next;
    }
    at
}

/// Notices when the wall clock jumps.
pub struct ClockWatch {
    wall: Timestamp,
    monotonic: Instant,
}

impl ClockWatch {
    /// Begins to watch.
    pub fn new(clock: &Clock) -> Self {
        Self { wall: clock.now(), monotonic: monotonic() }
    }

    /// Whether the wall clock moved more than 60 s otherwise than the monotonic one since the last call.
    fn jumped(&mut self, clock: &Clock) -> bool {
        let (wall, now) = (clock.now(), monotonic());
        let passed = i64::try_from(now.duration_since(self.monotonic).as_secs()).unwrap_or(i64::MAX);
        let moved = (wall - self.wall).0;
        (self.wall, self.monotonic) = (wall, now);
        // A demonstration's or a test's clock goes its own way on purpose.
        matches!(clock, Clock::System) && (moved - passed).abs() > 60
    }
}
