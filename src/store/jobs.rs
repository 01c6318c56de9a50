//! What cron jobs need: that no instant of a job fires twice, and that old answers are forgotten a little at a time.

use super::error::Doing;
use super::{Store, StoreError, on};
use crate::domain::time::Timestamp;

/// Rows deleted by one statement: a commit between two batches waits a few milliseconds at most.
const BATCH: i64 = 500;

impl Store {
    /// Takes the run of `job` that was scheduled for `due`: true for one caller on one node only, ever.
    pub async fn claim_run(&self, job: &str, due: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let claimed = on!(self.writer, pool => {
            sqlx::query("insert into cron_run (job, due_at, claimed_at) values ($1, $2, $3) on conflict do nothing")
                .bind(job)
                .bind(due.unix())
                .bind(now.unix())
                .execute(pool)
                .await
                .doing("claiming a run of a job")?
                .rows_affected()
        });
        Ok(claimed == 1)
    }

    /// The latest scheduled instant of `job` that was claimed; none where it never ran.
    pub async fn last_run(&self, job: &str) -> Result<Option<Timestamp>, StoreError> {
        let last: Option<i64> = on!(self.readers, pool => {
            sqlx::query_scalar("select max(due_at) from cron_run where job = $1")
                .bind(job)
                .fetch_one(pool)
                .await
                .doing("looking up the last run of a job")?
        });
        Ok(last.map(Timestamp::from_unix))
    }

    /// Forgets one batch of answers given before `before`; how many. Call it again until it says 0.
    pub async fn forget_replies(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(on!(self.writer, pool => {
            sqlx::query(
                "delete from idempotency where (token, key) in
                 (select token, key from idempotency where created_at < $1 order by created_at limit $2)",
            )
            .bind(before.unix())
            .bind(BATCH)
            .execute(pool)
            .await
            .doing("forgetting old answers")?
            .rows_affected()
        }))
    }

    /// Forgets one batch of runs of jobs that were due before `before`, but for the last of each; how many.
    pub async fn forget_runs(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(on!(self.writer, pool => {
            sqlx::query(
                "delete from cron_run where (job, due_at) in
                 (select old.job, old.due_at from cron_run old where old.due_at < $1 and exists
                   (select 1 from cron_run later where later.job = old.job and later.due_at > old.due_at) limit $2)",
            )
            .bind(before.unix())
            .bind(BATCH)
            .execute(pool)
            .await
            .doing("forgetting old runs of jobs")?
            .rows_affected()
        }))
    }
}
