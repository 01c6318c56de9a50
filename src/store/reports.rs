//! What reports are made of: which submissions they are about, and what is on record of those.
//!
//! Which ones is asked of columns, once; they themselves are then read a few at a time. What is asked for here may be more than a report
//! counts, never less.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::AssertSqlSafe;

use super::error::Doing;
use super::load::{BreachRow, parse};
use super::{Store, StoreError, on};
use crate::domain::event::{Event, FailureCause, Sealed};
use crate::domain::ids::{QueueNumber, ResourceId};
use crate::domain::reports::capacity::{Outcome, Work};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Breach, Submission};

/// Kinds of entries that say where the time of a submission went (see [`crate::domain::legs`]).
const OF_LEGS: &str = "'registered', 'corrected', 'pin_status_recorded', 'legal_basis_recorded', 'assigned', 'started', 'resumed', \
                       'finished', 'failed', 'sent_back', 'paused', 'released', 'parked', 'taken_up', 'sent_outside', 'came_back'";

impl Store {
    /// Submissions with a promise that falls due in [from, to), or whose examination was ended: what had been promised to those does
    /// not stand in a column. By queue number.
    pub async fn promised_by(&self, (from, to): (Timestamp, Timestamp)) -> Result<Vec<QueueNumber>, StoreError> {
        let numbers: Vec<i64> = on!(self.readers, pool => {
            sqlx::query_scalar(
                "select number from clock where due >= $1 and due < $2
                 union select number from submission where removed_at is not null order by number",
            )
            .bind(from.unix())
            .bind(to.unix())
            .fetch_all(pool)
            .await
            .doing("looking for what was promised")?
        });
        Ok(numbers.into_iter().map(QueueNumber).collect())
    }

    /// Submissions whose devices had not all been returned by then: those whose owner has none of it yet, or has it since. By queue
    /// number.
    pub async fn here_since(&self, from: Timestamp) -> Result<Vec<QueueNumber>, StoreError> {
        let numbers: Vec<i64> = on!(self.readers, pool => {
            sqlx::query_scalar(
                "select number from submission where returned_at is null or returned_at >= $1 or removed_at >= $1 order by number",
            )
            .bind(from.unix())
            .fetch_all(pool)
            .await
            .doing("looking for what is held")?
        });
        Ok(numbers.into_iter().map(QueueNumber).collect())
    }

    /// Submissions of these numbers, by queue number, each with whether it is open.
    pub async fn submissions_of(&self, numbers: &[QueueNumber]) -> Result<Vec<(Arc<Submission>, bool)>, StoreError> {
        let sql = format!("select number, open, body from submission where number in ({}) order by number", list(numbers));
        let rows: Vec<(i64, bool, String)> = on!(self.readers, pool => {
            sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await.doing("reading submissions")?
        });
        rows.iter().map(|(number, open, body)| Ok((parse(|| format!("submission {number}"), body)?, *open))).collect()
    }

    /// Every breach of these submissions, oldest first.
    pub async fn breaches_of(&self, numbers: &[QueueNumber]) -> Result<Vec<Breach>, StoreError> {
        let sql = format!(
            "select id, submission, promise, milestone, due, state, since, expected, reached_at, unavoidable, acknowledged_at,
                 acknowledged_by, mitigated_at from breach where submission in ({}) order by id",
            list(numbers)
        );
        let rows: Vec<BreachRow> = on!(self.readers, pool => {
            sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await.doing("reading breaches")?
        });
        rows.into_iter().map(Breach::try_from).collect()
    }

    /// What happened to these submissions, as far as it says where their time went, in the order in which it was recorded. What only
    /// people read is left out.
    pub async fn events_of(&self, numbers: &[QueueNumber]) -> Result<BTreeMap<QueueNumber, Vec<Event>>, StoreError> {
        let sql = format!(
            "select j.number, l.seq, l.happened_at, l.facts from ledger_subject j join ledger l on l.seq = j.seq
             where j.number in ({}) and l.kind in ({OF_LEGS}) order by j.number, l.seq",
            list(numbers)
        );
        let rows: Vec<(i64, i64, i64, String)> = on!(self.readers, pool => {
            sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await.doing("reading what happened")?
        });
        let mut events: BTreeMap<QueueNumber, Vec<Event>> = BTreeMap::new();
        for (number, seq, happened_at, facts) in rows {
            let change = parse(|| format!("ledger entry {seq}"), &facts)?;
            let event = Event { happened_at: Timestamp::from_unix(happened_at), change, sealed: Sealed::default() };
            events.entry(QueueNumber(number)).or_default().push(event);
        }
        Ok(events)
    }

    /// When the first entry of the ledger was recorded; none while it has none.
    pub async fn began(&self) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = on!(self.readers, pool => {
            sqlx::query_scalar("select recorded_at from ledger order by seq limit 1")
                .fetch_optional(pool)
                .await
                .doing("reading when the ledger begins")?
        });
        Ok(at.map(Timestamp::from_unix))
    }

    /// Work that was begun before `to` and not over before `from`, by submission.
    pub async fn work_in(&self, (from, to): (Timestamp, Timestamp)) -> Result<BTreeMap<QueueNumber, Vec<Work>>, StoreError> {
        let rows: Vec<WorkRow> = on!(self.readers, pool => {
            sqlx::query_as(
                "select submission, resource, state, cause, started_at, since, begun_at, worked from assignment
                 where (started_at < $2 and (open or since >= $1)) or (begun_at >= $1 and begun_at < $2) order by id",
            )
            .bind(from.unix())
            .bind(to.unix())
            .fetch_all(pool)
            .await
            .doing("reading work")?
        });
        let mut work: BTreeMap<QueueNumber, Vec<Work>> = BTreeMap::new();
        for row in rows {
            work.entry(QueueNumber(row.submission)).or_default().push(row.try_into()?);
        }
        Ok(work)
    }
}

/// Numbers as a list in SQL; one that is none's where there are none. They are numbers: nothing of it is anybody's text.
fn list(numbers: &[QueueNumber]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|number| number.0.to_string()).collect();
    if numbers.is_empty() { "0".into() } else { numbers.join(", ") }
}

#[derive(sqlx::FromRow)]
struct WorkRow {
    submission: i64,
    resource: String,
    state: String,
    cause: Option<String>,
    started_at: Option<i64>,
    since: Option<i64>,
    begun_at: Option<i64>,
    worked: Option<i64>,
}

impl TryFrom<WorkRow> for Work {
    type Error = StoreError;

    fn try_from(row: WorkRow) -> Result<Self, StoreError> {
        let damaged = |problem: String| StoreError::Corrupt { what: format!("work on submission {}", row.submission), problem };
        let outcome = match (row.state.as_str(), row.cause.as_deref()) {
            ("finished", _) => Outcome::Finished,
            ("failed", Some(cause)) => Outcome::Failed(cause.parse::<FailureCause>().map_err(damaged)?),
            _ => Outcome::None,
        };
        let ended = row.since.filter(|_| outcome != Outcome::None).map(Timestamp::from_unix);
        Ok(Self {
            resource: ResourceId::from(row.resource.as_str()),
            span: row.started_at.map(|from| (Timestamp::from_unix(from), ended)),
            earlier: row.begun_at.zip(row.worked).map(|(begun, worked)| (Timestamp::from_unix(begun), Seconds(worked))),
            outcome,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::OF_LEGS;
    use crate::domain::event::Change;

    #[test]
    fn kinds_that_are_asked_for_are_kinds_that_there_are() {
        let asked: Vec<&str> = OF_LEGS.split('\'').skip(1).step_by(2).collect();
        assert!(asked.len() > 10 && asked.iter().all(|kind| Change::KINDS.contains(kind)), "{asked:?}");
    }
}
