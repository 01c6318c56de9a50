//! Notices: what is so and was told, message by message, and how delivering each went.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::Doing;
use super::ledger::of_keys;
use super::tx::{Tx, Value, execute, within};
use super::{Store, StoreError, on};
use crate::domain::time::Timestamp;

/// Notices of one message at most; the rest are counted.
const MOST: i64 = 100;

/// What is told, the highest tier first, and in it what is due soonest: what does not fit waits for the next message.
fn most_urgent_first(mut untold: Vec<(i64, String)>) -> Vec<(i64, String)> {
    #[derive(Deserialize)]
    struct Urgency {
        tier: u8,
        by: Option<Timestamp>,
    }
    let urgency = |item: &String| {
        let of = serde_json::from_str::<Urgency>(item).ok();
        of.map_or((u8::MAX, Timestamp::MAX), |of| (of.tier, of.by.unwrap_or(Timestamp::MAX)))
    };
    untold.sort_by_cached_key(|(id, item)| (urgency(item), *id));
    untold
}

/// Something to tell: its kind, and what is told, as JSON.
pub type Noticed = (&'static str, String);

/// A message on its way, or given up, or delivered.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Message {
    /// Its number.
    pub id: i64,
    /// For whom.
    pub recipient: String,
    /// When it was made.
    pub created_at: i64,
    /// What it tells: notices as a JSON array.
    pub items: String,
    /// How many more there were to tell.
    pub more: i64,
    /// `pending`, `sent` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next, or was delivered, or given up.
    pub next_at: i64,
    /// What went wrong last.
    pub error: Option<String>,
}

impl Store {
    /// Takes in what there is to tell somebody: notes what is new, and what is no longer so. How many are new.
    pub async fn notice(&self, recipient: &str, is: &BTreeMap<String, Noticed>, now: Timestamp) -> Result<usize, StoreError> {
        let doing = "noting what is to be told";
        let mut tx = Tx::write(self).await?;
        let known: Vec<(String, Option<i64>)> = within!(&mut tx, connection => {
            sqlx::query_as("select subject, gone_at from notice where recipient = $1")
                .bind(recipient)
                .fetch_all(connection)
                .await
                .doing(doing)?
        });
        let known: BTreeMap<String, Option<i64>> = known.into_iter().collect();
        let mut new = 0;
        for (subject, (kind, item)) in is {
            let values: Vec<Value> = vec![recipient.into(), subject.as_str().into()];
            match known.get(subject) {
                Some(None) => {}
                Some(Some(_)) => {
                    let again = "update notice set gone_at = null where recipient = $1 and subject = $2";
                    execute(&mut tx, doing, again, values).await?;
                }
                None => {
                    new += 1;
                    let row: Vec<Value> = values.into_iter().chain([(*kind).into(), item.as_str().into(), now.into()]).collect();
                    let first = "insert into notice (recipient, subject, kind, item, noticed_at) values ($1, $2, $3, $4, $5)";
                    execute(&mut tx, doing, first, row).await?;
                }
            }
        }
        for (subject, _) in known.iter().filter(|(subject, gone)| gone.is_none() && !is.contains_key(*subject)) {
            let gone = "update notice set gone_at = $3 where recipient = $1 and subject = $2";
            execute(&mut tx, doing, gone, vec![recipient.into(), subject.as_str().into(), now.into()]).await?;
        }
        tx.commit().await.doing(doing)?;
        Ok(new)
    }

    /// Makes one message of all that is so and was not told to somebody; whether there was anything. What is no longer so is told to
    /// nobody.
    pub async fn compose(&self, recipient: &str, now: Timestamp) -> Result<bool, StoreError> {
        let doing = "making a message";
        let mut tx = Tx::write(self).await?;
        let untold: Vec<(i64, String)> = within!(&mut tx, connection => {
            sqlx::query_as(
                "select id, item from notice where recipient = $1 and message is null and gone_at is null order by id",
            )
            .bind(recipient)
            .fetch_all(connection)
            .await
            .doing(doing)?
        });
        if untold.is_empty() {
            return Ok(false);
        }
        let more = untold.len().saturating_sub(MOST as usize) as i64;
        let told: Vec<(i64, String)> = most_urgent_first(untold).into_iter().take(MOST as usize).collect();
        let items = format!("[{}]", told.iter().map(|(_, item)| item.as_str()).collect::<Vec<_>>().join(","));
        let message: i64 = within!(&mut tx, connection => {
            sqlx::query_scalar(
                "insert into message (recipient, created_at, items, more, state, attempts, next_at)
                 values ($1, $2, $3, $4, 'pending', 0, $2) returning id",
            )
            .bind(recipient)
            .bind(now.unix())
            .bind(&items)
            .bind(more)
            .fetch_one(connection)
            .await
            .doing(doing)?
        });
        // What is left is for the next message.
        let told = told.into_iter().map(|(id, _)| Value::from(id)).collect();
        of_keys(&mut tx, doing, &format!("update notice set message = {message} where id in"), told).await?;
        tx.commit().await.doing(doing)?;
        Ok(true)
    }

    /// When somebody last had a message made.
    pub async fn last_message(&self, recipient: &str) -> Result<Option<Timestamp>, StoreError> {
        let last: Option<i64> = on!(self.readers, pool => {
            sqlx::query_scalar("select max(created_at) from message where recipient = $1")
                .bind(recipient)
                .fetch_one(pool)
                .await
                .doing("looking up the last message")?
        });
        Ok(last.map(Timestamp::from_unix))
    }

    /// Messages that are to be tried now, oldest first, a few at a time.
    pub async fn due_messages(&self, now: Timestamp) -> Result<Vec<Message>, StoreError> {
        Ok(on!(self.readers, pool => {
            sqlx::query_as("select * from message where state = 'pending' and next_at <= $1 order by id limit 20")
                .bind(now.unix())
                .fetch_all(pool)
                .await
                .doing("reading messages that are due")?
        }))
    }

    /// How a message that was pending stands after an attempt.
    pub async fn tried(&self, id: i64, state: &str, next_at: Timestamp, error: Option<&str>) -> Result<(), StoreError> {
        on!(self.writer, pool => {
            sqlx::query(
                "update message set state = $2, next_at = $3, error = $4, attempts = attempts + 1
                 where id = $1 and state = 'pending'",
            )
            .bind(id)
            .bind(state)
            .bind(next_at.unix())
            .bind(error)
            .execute(pool)
            .await
            .doing("recording how a message fared")?;
        });
        Ok(())
    }

    /// Messages, newest first, of one state or all; before `before`, at most `limit`.
    pub async fn messages(&self, state: Option<&str>, before: i64, limit: i64) -> Result<Vec<Message>, StoreError> {
        Ok(on!(self.readers, pool => {
            sqlx::query_as("select * from message where id < $1 and ($2 is null or state = $2) order by id desc limit $3")
                .bind(before)
                .bind(state)
                .bind(limit)
                .fetch_all(pool)
                .await
                .doing("listing messages")?
        }))
    }

    /// Has a message that was given up tried again from now on; false where there is none such.
    pub async fn retry_message(&self, id: i64, now: Timestamp) -> Result<bool, StoreError> {
        let again = on!(self.writer, pool => {
            sqlx::query("update message set state = 'pending', attempts = 0, next_at = $2 where id = $1 and state = 'dead'")
                .bind(id)
                .bind(now.unix())
                .execute(pool)
                .await
                .doing("having a message tried again")?
                .rows_affected()
        });
        Ok(again == 1)
    }

    /// How many messages are in a state.
    pub async fn count_messages(&self, state: &str) -> Result<i64, StoreError> {
        Ok(on!(self.readers, pool => {
            sqlx::query_scalar("select count(*) from message where state = $1")
                .bind(state)
                .fetch_one(pool)
                .await
                .doing("counting messages")?
        }))
    }

    /// Forgets notices that are no longer so since before `gone`, and messages that were delivered before `sent`; how many.
    pub async fn forget_notices(&self, gone: Timestamp, sent: Timestamp) -> Result<u64, StoreError> {
        let doing = "forgetting old notices";
        let notices = on!(self.writer, pool => {
            sqlx::query("delete from notice where gone_at < $1").bind(gone.unix()).execute(pool).await.doing(doing)?.rows_affected()
        });
        let messages = on!(self.writer, pool => {
            sqlx::query("delete from message where state = 'sent' and next_at < $1")
                .bind(sent.unix())
                .execute(pool)
                .await
                .doing(doing)?
                .rows_affected()
        });
        Ok(notices + messages)
    }
}
