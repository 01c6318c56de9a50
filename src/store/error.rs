//! What can go wrong in the store, sorted by what the caller can do about it.

use super::Hash;

/// Why the store did not do what it was asked.
///
/// `Display` says what we were doing and, where someone can mend it, how; `source` is the cause. No message holds a
/// password: places are host, port and database name, or the path of the file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database can't be used as it is: wrong path, wrong password, in use, not safe for records.
    #[error("{place}: {problem}; {remedy}")]
    Setup {
        /// Which database.
        place: String,
        /// What is wrong with it.
        problem: String,
        /// What someone can do about it.
        remedy: String,
        /// What the database said.
        #[source]
        source: Option<Box<sqlx::Error>>,
    },
    /// Its tables are not those that this program knows.
    #[error("{place}: {problem}; {remedy}")]
    Schema {
        /// Which database.
        place: String,
        /// How they differ.
        problem: String,
        /// What someone can do about it.
        remedy: String,
        /// What the database said.
        #[source]
        source: Option<Box<sqlx::migrate::MigrateError>>,
    },
    /// No room on the disk. Nothing was written; the same works once there is room.
    #[error("no room on the database's disk while {doing}")]
    Full {
        /// What we were doing.
        doing: &'static str,
        /// What the database said.
        #[source]
        source: Box<sqlx::Error>,
    },
    /// The database can't be reached or is busy. Nothing was written; the same may work in a moment.
    #[error("the database is not to be had while {doing}")]
    Unavailable {
        /// What we were doing.
        doing: &'static str,
        /// What the database said; nothing where it was others who kept it busy.
        #[source]
        source: Option<Box<sqlx::Error>>,
    },
    /// What is stored is not what was written. Nothing mends this but a backup.
    #[error("{what} is damaged: {problem}; stop writing, run `dfqueue ledger verify`, restore a backup")]
    Corrupt {
        /// Which table and row.
        what: String,
        /// How it shows.
        problem: String,
    },
    /// The database refused for a reason that is a fault in this program.
    #[error("the database refused while {doing}")]
    Failed {
        /// What we were doing.
        doing: &'static str,
        /// What the database said.
        #[source]
        source: Box<sqlx::Error>,
    },
}

/// Why a commit was not written, or may not be.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Someone else wrote first. Nothing was written: read the tail, apply it, decide again.
    #[error("the ledger has moved on from entry {based_on}")]
    Stale {
        /// What the refused commit was based on.
        based_on: i64,
    },
    /// One of its idempotency keys has an answer already. Nothing was written: send the answer that stands.
    #[error("a request with one of these idempotency keys was answered before")]
    Answered,
    /// The connection broke between COMMIT and its answer: it is there or it is not. Ask
    /// [`Store::committed`](super::Store::committed) once the database answers again.
    #[error("outcome unknown: the connection broke while entry {seq} was being committed")]
    OutcomeUnknown {
        /// Last entry of the commit; the one it was based on where it had only answers.
        seq: i64,
        /// Its digest; none where it had only answers.
        digest: Option<Hash>,
        /// What the database said.
        #[source]
        source: Box<sqlx::Error>,
    },
    /// The store failed. Nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    /// Others keep the database busy: it is to be tried again.
    pub const fn busy(doing: &'static str) -> Self {
        Self::Unavailable { doing, source: None }
    }

    /// The ledger is not what was written.
    pub fn corrupt(problem: &str) -> Self {
        Self::Corrupt { what: "the ledger".into(), problem: problem.into() }
    }

    /// Sorts what sqlx says into what the caller can do about it.
    pub(super) fn from_sqlx(doing: &'static str, source: sqlx::Error) -> Self {
        match Cause::of(&source) {
            Cause::Full => Self::Full { doing, source: source.into() },
            Cause::Away => Self::Unavailable { doing, source: Some(source.into()) },
            Cause::Damage => Self::Corrupt { what: format!("the database, read while {doing},"), problem: source.to_string() },
            Cause::Other => Self::Failed { doing, source: source.into() },
        }
    }
}

impl CommitError {
    /// Sorts what sqlx says of a COMMIT: where no answer came, nobody knows.
    pub(super) fn from_sqlx(seq: i64, digest: Option<Hash>, source: sqlx::Error) -> Self {
        match Cause::of(&source) {
            Cause::Away => Self::OutcomeUnknown { seq, digest, source: source.into() },
            _ => Self::Store(StoreError::from_sqlx("committing", source)),
        }
    }
}

/// What to do about an error of the database, whichever database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Make room.
    Full,
    /// Wait.
    Away,
    /// Restore.
    Damage,
    /// Mend the program.
    Other,
}

impl Cause {
    fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
                Self::Away
            }
            E::ColumnDecode { .. } | E::Decode(_) => Self::Damage,
            E::Database(error) => {
                let code = error.code().unwrap_or_default();
                if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                    Self::of_sqlite(code.parse().unwrap_or_default())
                } else {
                    Self::of_postgres(&code)
                }
            }
            _ => Self::Other,
        }
    }

    /// By result code; the low byte is the primary one (sqlite.org/rescode.html).
    fn of_sqlite(code: i32) -> Self {
        match code & 0xff {
            13 => Self::Full,
            // BUSY, LOCKED, NOMEM, READONLY (a disk that was remounted so), INTERRUPT, IOERR, CANTOPEN, PROTOCOL.
            5 | 6 | 7 | 8 | 9 | 10 | 14 | 15 => Self::Away,
            // CORRUPT, NOTADB.
            11 | 26 => Self::Damage,
            _ => Self::Other,
        }
    }

    /// By SQLSTATE (PostgreSQL's manual, appendix A).
    fn of_postgres(code: &str) -> Self {
        match code {
            "53100" => Self::Full,
            "XX001" | "XX002" => Self::Damage,
            // Read only: the server we knew is a standby now. Lock not available: someone holds it too long.
            "25006" | "55P03" => Self::Away,
            _ => match code.get(..2) {
                // Connection, transaction rolled back, resources, operator, system error outside PostgreSQL.
                Some("08" | "40" | "53" | "57" | "58") => Self::Away,
                _ => Self::Other,
            },
        }
    }
}

/// Adds what we were doing to an error of sqlx.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::from_sqlx(doing, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_to_do() {
        // SQLITE_FULL, BUSY, IOERR_FSYNC, READONLY, CORRUPT_INDEX, NOTADB, CONSTRAINT_UNIQUE, ERROR.
        let sqlite = [13, 5, 1034, 8, 779, 26, 2067, 1].map(Cause::of_sqlite);
        use Cause::{Away, Damage, Full, Other};
        assert_eq!(sqlite, [Full, Away, Away, Away, Damage, Damage, Other, Other]);
        let codes = ["53100", "53300", "57P01", "08006", "40001", "25006", "55P03", "XX001", "23505", "42P01", ""];
        assert_eq!(codes.map(Cause::of_postgres), [Full, Away, Away, Away, Away, Away, Away, Damage, Other, Other, Other]);
    }

    #[test]
    fn an_error_says_what_we_were_doing_and_has_its_cause() {
        let error = StoreError::from_sqlx("reading a timeline", sqlx::Error::PoolTimedOut);
        assert!(error.to_string().contains("reading a timeline"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
        assert!(matches!(CommitError::from_sqlx(3, None, sqlx::Error::PoolClosed), CommitError::OutcomeUnknown { seq: 3, .. }));
        let refused = CommitError::from_sqlx(3, None, sqlx::Error::RowNotFound);
        assert!(matches!(refused, CommitError::Store(StoreError::Failed { .. })), "{refused}");
    }
}
