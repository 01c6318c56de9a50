//! What was recorded, for those who follow the ledger as it grows: entries with the submission that each speaks of.

use std::sync::Arc;

use sqlx::{FromRow, Row as _};

use super::error::Doing;
use super::ledger::{Row, entry};
use super::load::parse;
use super::{Store, StoreError, on};
use crate::domain::entry::Entry;
use crate::domain::ids::QueueNumber;
use crate::domain::unit::Submission;

/// An entry, and of which submission it speaks.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The entry.
    pub entry: Entry,
    /// The submission; none where it speaks of none.
    pub number: Option<QueueNumber>,
    /// That submission as it was when it closed; none while it is open, for then the unit has it.
    pub closed: Option<Arc<Submission>>,
}

const DOING: &str = "reading what was recorded";

impl Store {
    /// Up to `limit` entries that follow `after`, up to entry `until`, in order.
    pub async fn recorded(&self, after: i64, until: i64, limit: i64) -> Result<Vec<Recorded>, StoreError> {
        on!(self.readers, pool => {
            let rows = sqlx::query(
                "select l.seq, l.kind, l.v, l.happened_at, l.recorded_at, l.actor_person, l.actor_token, l.facts, l.sealed,
                     l.salt, l.sealed_hash, l.digest, l.chain, j.number, s.body
                 from ledger l left join ledger_subject j on j.seq = l.seq
                     left join submission s on s.number = j.number and not s.open
                 where l.seq > $1 and l.seq <= $2 order by l.seq limit $3",
            )
            .bind(after)
            .bind(until)
            .bind(limit)
            .fetch_all(pool)
            .await
            .doing(DOING)?;
            let recorded = rows.iter().map(|row| {
                let entry = entry(row.try_get("seq"), Row::from_row(row))??;
                let number: Option<i64> = row.try_get("number").doing(DOING)?;
                let body: Option<String> = row.try_get("body").doing(DOING)?;
                let closed = body.map(|body| parse(|| format!("the submission of ledger entry {}", entry.seq), &body));
                Ok(Recorded { number: number.map(QueueNumber), closed: closed.transpose()?, entry })
            });
            recorded.collect()
        })
    }
}
