//! The store: the ledger, which is the truth, and tables of the current state beside it, for search, reports and BI tools.
//!
//! One SQL text serves SQLite and PostgreSQL; only the `create` statements in `migrations/` differ. Time is given, never
//! asked of the database, and stored as whole seconds since 1970; views show it as text.
//!
//! Invariants:
//! - [`Store::commit`] writes entries, the rows they touch, the head of the ledger and the answers given in ONE
//!   transaction, on top of the entry the caller decided on, or writes nothing and says [`CommitError::Stale`].
//! - Ledger rows are never changed nor removed, but for redaction. Triggers refuse it, too.
//! - Tables hold no rule of their own: every row is written from a [`Unit`](crate::domain::unit::Unit) or an entry, so
//!   that [`Store::load`] gives what folding the ledger gives. [`Store::verify`] shows it. What people were told
//!   ([`Store::told`]), runs of jobs, answers and tokens are beside it.
//!
//! This room never holds rules of the domain, and knows nothing of HTTP.

mod access_log;
mod connect;
mod data_quality;
mod error;
mod history;
mod idempotency;
mod jobs;
mod ledger;
mod load;
mod notices;
mod quality;
mod recorded;
mod redaction;
mod reports;
mod rows;
mod schema;
mod tokens;
mod told;
mod tx;
mod verify;

use std::fs::File;
use std::sync::Arc;

use sqlx::{PgPool, SqlitePool};

pub use access_log::{Accessed, Reading, WhichAccess};
pub use connect::{Access, Durability};
pub use error::{CommitError, StoreError};
pub use history::{Which, WhichBreaches};
pub use idempotency::IdempotentReply;
pub use ledger::{Commit, Step};
pub use notices::{Message, Noticed};
pub use quality::{Kept, Work};
pub use recorded::Recorded;
pub use schema::schema_version;
pub use tokens::Token;
pub use verify::{Finding, Verification};

use crate::domain::entry::Hash;

/// An open database. Cloning it is cheap and opens nothing.
#[derive(Clone, Debug)]
pub enum Store {
    /// One file, one daemon.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that only read, and wait for no writer.
        readers: SqlitePool,
        /// Held while a daemon serves the file; none beside it.
        lock: Option<Arc<File>>,
    },
    /// A server that several nodes share.
    Postgres(PgPool),
}

/// Runs one body on whichever database a [`Store`] is: `on!(store.readers, pool => ...)` or `on!(store.writer, pool => ...)`.
macro_rules! on {
    ($store:ident . $which:ident, $pool:ident => $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite { $which: $pool, .. } => $body,
            $crate::store::Store::Postgres($pool) => $body,
        }
    };
}
use on;

impl Store {
    /// Closes every connection, after what they are doing; SQLite folds its write-ahead log into the file.
    pub async fn close(self) {
        match &self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
