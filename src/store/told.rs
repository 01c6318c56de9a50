//! What people were told by the newest plan: one row, written over and over, that no entry of the ledger rests on.

use super::error::Doing;
use super::{Store, StoreError, on};
use crate::domain::time::Timestamp;

impl Store {
    /// Keeps what a plan of the unit at a ledger entry told people, in place of what was kept before.
    pub async fn keep_told(&self, based_on: i64, made_at: Timestamp, plan: &str) -> Result<(), StoreError> {
        on!(self.writer, pool => {
            sqlx::query(
                "insert into told_plan (id, based_on, made_at, plan) values (1, $1, $2, $3)
                 on conflict (id) do update set based_on = excluded.based_on, made_at = excluded.made_at, plan = excluded.plan",
            )
            .bind(based_on)
            .bind(made_at.unix())
            .bind(plan)
            .execute(pool)
            .await
            .doing("keeping what people were told")?;
        });
        Ok(())
    }

    /// What was kept last; none where nothing ever was.
    pub async fn told(&self) -> Result<Option<String>, StoreError> {
        Ok(on!(self.readers, pool => {
            sqlx::query_scalar("select plan from told_plan").fetch_optional(pool).await.doing("reading what people were told")?
        }))
    }
}
