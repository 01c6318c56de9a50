//! Answers that were given, by token and idempotency key, so that a request that is sent again is answered again and
//! done once.

use super::error::Doing;
use super::tx::{Present, Table, Tx};
use super::{CommitError, Hash, Store, StoreError, on};
use crate::domain::time::Timestamp;

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotentReply {
    /// Public id of the token that asked.
    pub token: String,
    /// The key it chose.
    pub key: String,
    /// SHA-256 of what it asked: the same key for another request is its mistake.
    pub request: Hash,
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: String,
    /// When it was given.
    pub created_at: Timestamp,
}

const IDEMPOTENCY: Table = Table {
    name: "idempotency",
    columns: &["token", "key", "request_digest", "status", "reply", "created_at"],
    key: 2,
    present: Present::Keep,
};

/// Writes answers within a commit; [`CommitError::Answered`] where one of the keys has an answer.
pub(super) async fn write(tx: &mut Tx, replies: &[IdempotentReply]) -> Result<(), CommitError> {
    let row = |reply: &IdempotentReply| {
        vec![
            reply.token.as_str().into(),
            reply.key.as_str().into(),
            reply.request.into(),
            i64::from(reply.status).into(),
            reply.body.as_str().into(),
            reply.created_at.into(),
        ]
    };
    let written = IDEMPOTENCY.write(tx, "storing answers", replies.iter().map(row).collect()).await?;
    if written == replies.len() as u64 { Ok(()) } else { Err(CommitError::Answered) }
}

impl Store {
    /// The answer that was given to this key of this token, if it is still known.
    pub async fn reply(&self, token: &str, key: &str) -> Result<Option<IdempotentReply>, StoreError> {
        let row: Option<(Vec<u8>, i64, String, i64)> = on!(self.readers, pool => {
            sqlx::query_as(
                "select request_digest, status, reply, created_at from idempotency where token = $1 and key = $2",
            )
            .bind(token)
            .bind(key)
            .fetch_optional(pool)
            .await
            .doing("looking up an answer")?
        });
        let Some((digest, status, body, created_at)) = row else { return Ok(None) };
        let damaged = |problem: &str| StoreError::Corrupt { what: "an answer".into(), problem: problem.into() };
        Ok(Some(IdempotentReply {
            token: token.into(),
            key: key.into(),
            request: digest.try_into().map_err(|_| damaged("its digest is not 32 bytes long"))?,
            status: status.try_into().map_err(|_| damaged("its status is no HTTP status"))?,
            body,
            created_at: Timestamp::from_unix(created_at),
        }))
    }
}
