//! What a report on data quality is made of: submissions by when they were registered, and what the ledger says of them besides.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::Doing;
use super::load::parse;
use super::{Store, StoreError, on};
use crate::domain::data_quality::Past;
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::domain::unit::Submission;

impl Store {
    /// Submissions that were registered in [from, to), open and closed, by queue number: those after `after`, at most `limit`.
    pub async fn registered(
        &self,
        (from, to): (Timestamp, Timestamp),
        after: QueueNumber,
        limit: i64,
    ) -> Result<Vec<Arc<Submission>>, StoreError> {
        let rows: Vec<(i64, String)> = on!(self.readers, pool => {
            sqlx::query_as(
                "select number, body from submission where number > $1 and registered_at >= $2 and registered_at < $3
                 order by number limit $4",
            )
            .bind(after.0)
            .bind(from.unix())
            .bind(to.unix())
            .bind(limit)
            .fetch_all(pool)
            .await
            .doing("reading what was registered")?
        });
        rows.iter().map(|(number, body)| parse(|| format!("submission {number}"), body)).collect()
    }

    /// What the ledger says of submissions beyond how they stand; those of whom it says nothing are left out.
    pub async fn pasts(&self) -> Result<BTreeMap<QueueNumber, Past>, StoreError> {
        // Facts are written by this program, without spaces: what a field holds is found as text.
        let rows: Vec<(i64, String)> = on!(self.readers, pool => {
            sqlx::query_as(
                "select j.number, l.kind from ledger l join ledger_subject j on j.seq = l.seq
                 where (l.kind = 'corrected' and l.facts like '%\"field\":\"taken_at\"%')
                     or (l.kind in ('accepted', 'started') and l.facts like '%\"overrode\":\"%')
                     or (l.kind = 'prioritised' and l.facts not like '%\"tier\":null%')",
            )
            .fetch_all(pool)
            .await
            .doing("reading corrections, overrides and priorities")?
        });
        let mut pasts: BTreeMap<QueueNumber, Past> = BTreeMap::new();
        for (number, kind) in rows {
            let past = pasts.entry(QueueNumber(number)).or_default();
            match kind.as_str() {
                "corrected" => past.taken_corrected += 1,
                "prioritised" => past.reprioritised += 1,
                _ => past.overridden += 1,
            }
        }
        Ok(pasts)
    }
}
