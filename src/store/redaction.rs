//! Redaction: what is sealed of a submission goes, from the ledger and from all else, and leaves no trace in the file.

use super::error::Doing;
use super::ledger::of_keys;
use super::tx::{Tx, Value, execute};
use super::{Store, StoreError, on};
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::time::Timestamp;
use crate::domain::unit::Touched;

/// Removes what is sealed of those that were redacted. Their hashes stay, and with them the chain.
pub(super) async fn write(tx: &mut Tx, touched: &Touched) -> Result<(), StoreError> {
    let doing = "redacting";
    for (number, seq) in &touched.redacted {
        let sealed = "update ledger set sealed = null, salt = null
            where sealed is not null and seq < $2 and seq in (select seq from ledger_subject where number = $1)";
        execute(tx, doing, sealed, vec![number.0.into(), (*seq).into()]).await?;
    }
    let forgotten = touched.forgotten.iter().map(|case| Value::from(case.0));
    of_keys(tx, doing, "delete from case_reference where case_id in", forgotten.collect()).await?;
    if !touched.redacted.is_empty() {
        // A problem may repeat what was asked; asked again, it is judged again. What was done is answered in queue numbers alone.
        execute(tx, doing, "delete from idempotency where status >= 207", Vec::<Value>::new()).await?;
    }
    Ok(())
}

impl Store {
    /// The cases that a submission was ever of and nobody else who is not redacted: their references go with it.
    pub async fn cases_of_nobody_else(&self, number: QueueNumber) -> Result<Vec<CaseId>, StoreError> {
        let doing = "looking for who else is of its case";
        let own: Vec<String> = on!(self.readers, pool => {
            sqlx::query_scalar(
                "select l.facts from ledger l join ledger_subject j on j.seq = l.seq
                 where j.number = $1 and l.kind in ('registered', 'corrected')",
            )
            .bind(number.0)
            .fetch_all(pool)
            .await
            .doing(doing)?
        });
        let case = |facts: &String| serde_json::from_str::<OfCase>(facts).ok().map(|of| of.case);
        let mut cases: Vec<CaseId> = own.iter().filter_map(case).collect();
        cases.sort_unstable();
        cases.dedup();
        let mut alone = Vec::new();
        for case in cases {
            // Facts are written by this program, without spaces: what a field holds is found as text.
            let others: Option<i64> = on!(self.readers, pool => {
                sqlx::query_scalar(
                    "select l.seq from ledger l join ledger_subject j on j.seq = l.seq
                     where l.kind in ('registered', 'corrected') and l.sealed is not null and j.number <> $1 and l.facts like $2
                     limit 1",
                )
                .bind(number.0)
                .bind(format!("%\"case\":{},%", case.0))
                .fetch_optional(pool)
                .await
                .doing(doing)?
            });
            alone.extend(others.is_none().then_some(case));
        }
        Ok(alone)
    }

    /// Closed submissions of which nothing was recorded since before `before`, whose device the unit does not have, and that were
    /// not redacted; a few at a time.
    pub async fn to_redact(&self, before: Timestamp) -> Result<Vec<QueueNumber>, StoreError> {
        let numbers: Vec<i64> = on!(self.readers, pool => {
            sqlx::query_scalar(
                "select s.number from submission s where not s.open and s.crime_ref is not null and s.place in ('not_delivered', 'returned') and not exists (
                     select 1 from ledger_subject j join ledger l on l.seq = j.seq
                     where j.number = s.number and l.recorded_at >= $1)
                 order by s.number limit 50",
            )
            .bind(before.unix())
            .fetch_all(pool)
            .await
            .doing("looking for what is to be redacted")?
        });
        Ok(numbers.into_iter().map(QueueNumber).collect())
    }

    /// Has what was removed leave the files of SQLite, too: deleted content is overwritten as it is deleted (`secure_delete`), and what
    /// waits beside the file is taken into it. PostgreSQL takes back the room of dead rows; its files and archives are its keeper's.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        let doing = "having what was removed leave the files";
        match self {
            Self::Sqlite { writer, .. } => {
                sqlx::query("pragma wal_checkpoint(truncate)").execute(writer).await.doing(doing)?;
            }
            Self::Postgres(pool) => {
                for table in ["ledger", "submission", "case_reference", "idempotency"] {
                    let sql = sqlx::AssertSqlSafe(format!("vacuum {table}"));
                    sqlx::query(sql).execute(pool).await.doing(doing)?;
                }
            }
        }
        Ok(())
    }
}

/// What facts say of the case.
#[derive(serde::Deserialize)]
struct OfCase {
    case: CaseId,
}
