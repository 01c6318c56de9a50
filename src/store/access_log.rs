//! The access log: who read what. Not part of the ledger, for reading changes nothing; kept as long as `[retention]` says.

use super::error::Doing;
use super::tx::{Present, Table, Tx};
use super::{Store, StoreError, on};
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;

/// Rows deleted by one statement: a commit between two batches waits a few milliseconds at most.
const BATCH: i64 = 500;

/// That something was read, by whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// When it was answered.
    pub at: Timestamp,
    /// Public id of the token.
    pub token: String,
    /// Who spoke through it, or else whom it was made out to.
    pub person: String,
    /// The role of the token.
    pub role: String,
    /// Which route, as the matrix has it.
    pub route: String,
    /// The submission, where it was about one; also one that does not exist.
    pub number: Option<QueueNumber>,
    /// The status it was answered with: what was refused is on record, too.
    pub status: u16,
    /// How many submissions, actions or breaches were shown; none where that is not counted.
    pub rows: Option<u32>,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accessed {
    /// Its number, from 1.
    pub id: i64,
    /// What was read.
    pub reading: Reading,
    /// How often, within that second.
    pub times: u32,
}

/// Which lines to list; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichAccess {
    /// About this submission.
    pub number: Option<QueueNumber>,
    /// By this person, as written.
    pub person: Option<String>,
    /// At this instant or later.
    pub since: Option<Timestamp>,
}

const ACCESS_LOG: Table = Table {
    name: "access_log",
    columns: &["at", "token", "person", "role", "route", "number", "status", "rows", "times"],
    key: 0,
    present: Present::Refuse,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: i64,
    token: String,
    person: String,
    role: String,
    route: String,
    number: Option<i64>,
    status: i64,
    rows: Option<i64>,
    times: i64,
}

impl From<Row> for Accessed {
    fn from(row: Row) -> Self {
        let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        let reading = Reading {
            at: Timestamp::from_unix(row.at),
            token: row.token,
            person: row.person,
            role: row.role,
            route: row.route,
            number: row.number.map(QueueNumber),
            status: u16::try_from(row.status).unwrap_or(u16::MAX),
            rows: row.rows.map(count),
        };
        Self { id: row.id, reading, times: count(row.times) }
    }
}

impl Store {
    /// Writes lines, durably, all or none; each with how often it happened.
    pub async fn log_access(&self, lines: &[(Reading, u32)]) -> Result<(), StoreError> {
        let doing = "writing the access log";
        let row = |(reading, times): &(Reading, u32)| {
            vec![
                reading.at.into(),
                reading.token.as_str().into(),
                reading.person.as_str().into(),
                reading.role.as_str().into(),
                reading.route.as_str().into(),
                reading.number.map(|number| number.0).into(),
                i64::from(reading.status).into(),
                reading.rows.map(i64::from).into(),
                i64::from(*times).into(),
            ]
        };
        let mut tx = Tx::write(self).await?;
        ACCESS_LOG.write(&mut tx, doing, lines.iter().map(row).collect()).await?;
        tx.commit().await.doing(doing)
    }

    /// Up to `limit` lines, oldest first, those after line `after`: the id of the last one begins the next page.
    pub async fn access_log(&self, which: &WhichAccess, after: i64, limit: i64) -> Result<Vec<Accessed>, StoreError> {
        let rows: Vec<Row> = on!(self.readers, pool => {
            sqlx::query_as(
                "select id, at, token, person, role, route, number, status, rows, times from access_log
                 where id > $1 and ($2 is null or number = $2) and ($3 is null or person = $3) and ($4 is null or at >= $4)
                 order by id limit $5",
            )
            .bind(after)
            .bind(which.number.map(|number| number.0))
            .bind(&which.person)
            .bind(which.since.map(Timestamp::unix))
            .bind(limit)
            .fetch_all(pool)
            .await
            .doing("reading the access log")?
        });
        Ok(rows.into_iter().map(Accessed::from).collect())
    }

    /// Forgets one batch of lines from before `before`; how many. Call it again until it says 0.
    pub async fn forget_access(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(on!(self.writer, pool => {
            sqlx::query("delete from access_log where id in (select id from access_log where at < $1 order by at limit $2)")
                .bind(before.unix())
                .bind(BATCH)
                .execute(pool)
                .await
                .doing("forgetting old lines of the access log")?
                .rows_affected()
        }))
    }
}
