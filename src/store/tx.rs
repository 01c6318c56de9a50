//! Transactions and many rows at once, the same on both databases.

use std::fmt::Write;

use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use super::error::Doing;
use super::{Hash, Store, StoreError};
use crate::domain::time::Timestamp;

/// A transaction. Dropped without [`Tx::commit`] it is rolled back.
pub(super) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one body on the connection of whichever database a [`Tx`] is on.
macro_rules! within {
    ($tx:expr, $connection:ident => $body:expr) => {
        match $tx {
            $crate::store::tx::Tx::Sqlite(tx) => {
                let $connection = &mut **tx;
                $body
            }
            $crate::store::tx::Tx::Postgres(tx) => {
                let $connection = &mut **tx;
                $body
            }
        }
    };
}
pub(super) use within;

impl Tx {
    /// A transaction that will write. On SQLite it takes the file's write lock now, so that it can't fail halfway.
    pub(super) async fn write(store: &Store) -> Result<Self, StoreError> {
        let doing = "beginning to write";
        match store {
            Store::Sqlite { writer, .. } => Ok(Self::Sqlite(writer.begin_with("begin immediate").await.doing(doing)?)),
            Store::Postgres(pool) => Ok(Self::Postgres(pool.begin().await.doing(doing)?)),
        }
    }

    /// A transaction that sees the database as it is at its first query, however many queries follow.
    pub(super) async fn read(store: &Store) -> Result<Self, StoreError> {
        let doing = "beginning to read";
        match store {
            Store::Sqlite { readers, .. } => Ok(Self::Sqlite(readers.begin().await.doing(doing)?)),
            Store::Postgres(pool) => {
                let begun = pool.begin_with("begin isolation level repeatable read read only").await;
                Ok(Self::Postgres(begun.doing(doing)?))
            }
        }
    }

    /// Parameters that one statement should have at most. SQLite looks each one's name up by walking through them all,
    /// so that many cost more than another statement; PostgreSQL takes 65,535.
    const fn parameters(&self) -> usize {
        match self {
            Self::Sqlite(_) => 400,
            Self::Postgres(_) => 4_000,
        }
    }

    /// Makes it lasting.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }
}

/// A value of a column; its type is known even where it is null, as PostgreSQL wants.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Int(Option<i64>),
    Bool(Option<bool>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value {
    ($($from:ty => |$v:ident| $to:expr),+ $(,)?) => {
        $(impl From<$from> for Value {
            fn from($v: $from) -> Self { $to }
        })+
    };
}

value! {
    i64 => |v| Self::Int(Some(v)),
    Option<i64> => |v| Self::Int(v),
    bool => |v| Self::Bool(Some(v)),
    Option<bool> => |v| Self::Bool(v),
    String => |v| Self::Text(Some(v)),
    Option<String> => |v| Self::Text(v),
    &str => |v| Self::Text(Some(v.to_owned())),
    Option<&str> => |v| Self::Text(v.map(str::to_owned)),
    Timestamp => |v| Self::Int(Some(v.unix())),
    Option<Timestamp> => |v| Self::Int(v.map(Timestamp::unix)),
    Hash => |v| Self::Bytes(Some(v.to_vec())),
    Option<Hash> => |v| Self::Bytes(v.map(|hash| hash.to_vec())),
}

/// A table that rows are written to in bulk.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Its columns, those of the primary key first.
    pub(super) columns: &'static [&'static str],
    /// How many of them make the primary key.
    pub(super) key: usize,
    /// What to do with a row whose key is there already.
    pub(super) present: Present,
}

/// What to do with a row whose key is there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Present {
    /// An error.
    Refuse,
    /// The row that stands, stays.
    Keep,
    /// The new one takes its place.
    Replace,
}

impl Table {
    /// Writes rows, each as wide as the table, and returns how many were written.
    ///
    /// Texts differ by the number of rows; powers of four keep them few, so that each is prepared once a connection.
    pub(super) async fn write(&self, tx: &mut Tx, doing: &'static str, rows: Vec<Vec<Value>>) -> Result<u64, StoreError> {
        let most = [64, 16, 4, 1].into_iter().find(|n| n * self.columns.len() <= tx.parameters()).unwrap_or(1);
        let (mut rows, mut written) = (rows.into_iter(), 0);
        let mut size = most;
        while rows.len() > 0 {
            while size > rows.len() {
                size /= 4;
            }
            let values = rows.by_ref().take(size).flatten();
            written += execute(tx, doing, self.insert(size), values).await?;
        }
        Ok(written)
    }

    fn insert(&self, rows: usize) -> String {
        let width = self.columns.len();
        let mut sql = format!("insert into {} ({}) values ", self.name, self.columns.join(", "));
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..width {
                let comma = if column == 0 { "" } else { ", " };
                // Writing to a String can't fail.
                write!(sql, "{comma}${}", row * width + column + 1).ok();
            }
            sql.push(')');
        }
        let key = self.columns[..self.key].join(", ");
        match self.present {
            Present::Refuse => {}
            Present::Keep => sql.push_str(" on conflict do nothing"),
            Present::Replace => {
                let set: Vec<_> = self.columns[self.key..].iter().map(|c| format!("{c} = excluded.{c}")).collect();
                write!(sql, " on conflict ({key}) do update set {}", set.join(", ")).ok();
            }
        }
        sql
    }
}

/// Runs one statement of ours with these parameters; how many rows it wrote. `sql` is made of our own words only.
pub(super) async fn execute(
    tx: &mut Tx,
    doing: &'static str,
    sql: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, StoreError> {
    within!(tx, connection => {
        let mut query = sqlx::query(AssertSqlSafe(sql.into()));
        for value in values {
            query = match value {
                Value::Int(v) => query.bind(v),
                Value::Bool(v) => query.bind(v),
                Value::Text(v) => query.bind(v),
                Value::Bytes(v) => query.bind(v),
            };
        }
        Ok(query.execute(connection).await.doing(doing)?.rows_affected())
    })
}
