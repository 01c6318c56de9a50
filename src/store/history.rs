//! Questions about the past and about all of the queue, answered from the tables a page at a time.

use std::sync::Arc;

use super::error::Doing;
use super::ledger::{Row, entry};
use super::load::{BreachRow, parse};
use super::{Hash, Store, StoreError, on};
use crate::domain::entry::Entry;
use crate::domain::ids::{AssignmentId, BreachId, CaseId, QueueNumber, ResourceId};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Submission};
use sqlx::{FromRow, Row as _};

/// Which submissions to list; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Of this force.
    pub force: Option<String>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// In the queue, or no longer.
    pub open: Option<bool>,
}

/// Which breaches to list; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichBreaches {
    /// Of submissions of this force.
    pub force: Option<String>,
    /// The word for how it stands: see [`BreachState::as_str`](crate::domain::unit::BreachState::as_str).
    pub state: Option<&'static str>,
}

impl Store {
    /// Everything recorded of a submission, in the order it was recorded.
    pub async fn timeline(&self, number: QueueNumber) -> Result<Vec<Entry>, StoreError> {
        on!(self.readers, pool => {
            let rows = sqlx::query(
                "select l.seq, l.kind, l.v, l.happened_at, l.recorded_at, l.actor_person, l.actor_token, l.facts, l.sealed,
                     l.salt, l.sealed_hash, l.digest, l.chain
                 from ledger_subject j join ledger l on l.seq = j.seq where j.number = $1 order by l.seq",
            )
            .bind(number.0)
            .fetch_all(pool)
            .await
            .doing("reading a timeline")?;
            rows.iter().map(|row| Ok(entry(row.try_get("seq"), Row::from_row(row))??)).collect()
        })
    }

    /// Submissions whose devices were taken since then, open ones and others, by queue number.
    pub async fn taken_since(&self, from: Timestamp) -> Result<Vec<Arc<Submission>>, StoreError> {
        let rows: Vec<(i64, String)> = on!(self.readers, pool => {
            sqlx::query_as("select number, body from submission where taken_at >= $1 order by number")
                .bind(from.unix())
                .fetch_all(pool)
                .await
                .doing("reading what came in")?
        });
        rows.iter().map(|(number, body)| parse(|| format!("submission {number}"), body).map(Arc::new)).collect()
    }

    /// Whose stage an assignment is or was, and at which resource, whether it is open or has ended.
    pub async fn assignment(&self, id: AssignmentId) -> Result<Option<(QueueNumber, ResourceId)>, StoreError> {
        let row: Option<(i64, String)> = on!(self.readers, pool => {
            sqlx::query_as("select submission, resource from assignment where id = $1")
                .bind(id.0)
                .fetch_optional(pool)
                .await
                .doing("looking up an assignment")?
        });
        Ok(row.map(|(number, resource)| (QueueNumber(number), ResourceId::from(resource.as_str()))))
    }

    /// A breach, whether it stands or has ended; none of this number where there never was one, or it was averted.
    pub async fn breach(&self, id: BreachId) -> Result<Option<Breach>, StoreError> {
        let row: Option<BreachRow> = on!(self.readers, pool => {
            sqlx::query_as(
                "select id, submission, promise, milestone, due, state, since, expected, reached_at, unavoidable,
                     acknowledged_at, acknowledged_by, mitigated_at from breach where id = $1",
            )
            .bind(id.0)
            .fetch_optional(pool)
            .await
            .doing("looking up a breach")?
        });
        row.map(Breach::try_from).transpose()
    }

    /// The submission of a reference, by the reference's digest; none where it is unknown or redacted.
    pub async fn find_reference(&self, digest: &Hash) -> Result<Option<QueueNumber>, StoreError> {
        let number: Option<i64> = on!(self.readers, pool => {
            sqlx::query_scalar("select number from submission where reference_digest = $1 order by number limit 1")
                .bind(digest.as_slice())
                .fetch_optional(pool)
                .await
                .doing("looking up a reference")?
        });
        Ok(number.map(QueueNumber))
    }

    /// The case of a reference, by the reference's digest; none where it is unknown or redacted.
    pub async fn find_case(&self, digest: &Hash) -> Result<Option<CaseId>, StoreError> {
        let case: Option<i64> = on!(self.readers, pool => {
            sqlx::query_scalar("select case_id from case_reference where digest = $1")
                .bind(digest.as_slice())
                .fetch_optional(pool)
                .await
                .doing("looking up a case")?
        });
        Ok(case.map(CaseId))
    }

    /// Up to `limit` submissions by queue number, those after `after`: the number of the last one begins the next page.
    pub async fn submissions(&self, which: &Which, after: QueueNumber, limit: i64) -> Result<Vec<Arc<Submission>>, StoreError> {
        let rows: Vec<(i64, String)> = on!(self.readers, pool => {
            sqlx::query_as(
                "select number, body from submission where number > $1 and ($2 is null or force = $2)
                     and ($3 is null or case_id = $3) and ($4 is null or open = $4) order by number limit $5",
            )
            .bind(after.0)
            .bind(&which.force)
            .bind(which.case.map(|case| case.0))
            .bind(which.open)
            .bind(limit)
            .fetch_all(pool)
            .await
            .doing("listing submissions")?
        });
        rows.iter().map(|(number, body)| parse(|| format!("submission {number}"), body)).collect()
    }

    /// Up to `limit` breaches by number, those after `after`: the number of the last one begins the next page.
    pub async fn breaches(&self, which: &WhichBreaches, after: BreachId, limit: i64) -> Result<Vec<Breach>, StoreError> {
        let rows: Vec<BreachRow> = on!(self.readers, pool => {
            sqlx::query_as(
                "select b.id, b.submission, b.promise, b.milestone, b.due, b.state, b.since, b.expected, b.reached_at, b.unavoidable,
                     b.acknowledged_at, b.acknowledged_by, b.mitigated_at
                 from breach b join submission s on s.number = b.submission
                 where b.id > $1 and ($2 is null or s.force = $2) and ($3 is null or b.state = $3) order by b.id limit $4",
            )
            .bind(after.0)
            .bind(&which.force)
            .bind(which.state)
            .bind(limit)
            .fetch_all(pool)
            .await
            .doing("listing breaches")?
        });
        rows.into_iter().map(Breach::try_from).collect()
    }
}
