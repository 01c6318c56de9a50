//! Opening a database: only one that keeps its promises, and a clear message where it can't be had.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::{Store, StoreError, schema};

/// How long a statement waits for another process's lock, a caller for a connection, an opening for a server.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To run the queue: creates an SQLite file where it is missing, brings the tables up to date, keeps every other
    /// daemon off an SQLite file.
    Serve(Durability),
    /// To write beside a daemon (tokens): takes the tables as they are.
    Beside,
    /// To read.
    Read,
}

/// What to do about a PostgreSQL server that may lose what it acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Refuse it (guarantee G1).
    Require,
    /// Warn in the log.
    Warn,
}

impl Store {
    /// Opens the database that `url` names: `sqlite:PATH` or `postgres://user:password@host/database`.
    ///
    /// `max_connections`: of the pool on PostgreSQL; of readers on SQLite, which has one writer besides.
    ///
    /// Errors: [`StoreError::Setup`] or [`StoreError::Schema`], naming the place and the way out.
    pub async fn open(url: &str, max_connections: u32, access: Access) -> Result<Self, StoreError> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => open_sqlite(url, max_connections, access).await,
            Some("postgres" | "postgresql") => open_postgres(url, max_connections, access).await,
            _ => Err(setup(
                "database URL",
                "is neither of SQLite nor of PostgreSQL",
                "write sqlite:PATH or postgres://user@host/database",
                None,
            )),
        }
    }
}

fn setup(place: &str, problem: impl Into<String>, remedy: impl Into<String>, source: Option<sqlx::Error>) -> StoreError {
    StoreError::Setup { place: place.into(), problem: problem.into(), remedy: remedy.into(), source: source.map(Box::new) }
}

// --- SQLite ---------------------------------------------------------------------------------------------------------

async fn open_sqlite(url: &str, max_connections: u32, access: Access) -> Result<Store, StoreError> {
    let remedy = "write sqlite:PATH, like sqlite:/var/lib/dfqueue/dfqueue.db";
    let options = SqliteConnectOptions::from_str(url).map_err(|e| setup("database URL", "can't be read", remedy, Some(e)))?;
    let given = options.get_filename().to_owned();
    if url.contains(":memory:") || url.contains("mode=memory") || given.as_os_str().is_empty() {
        return Err(setup("database URL", "names no file, and records must outlive the process", remedy, None));
    }
    let serve = matches!(access, Access::Serve(_));
    let path = check_file(&given, access)?;
    let place = path.display().to_string();
    let lock = if serve { Some(Arc::new(lock_file(&path)?)) } else { None };

    let options = options
        .filename(&path)
        .busy_timeout(PATIENCE)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        // What is redacted is overwritten, not only let go.
        .pragma("secure_delete", "on")
        .pragma("journal_size_limit", "67108864");
    if serve {
        // WAL is a lasting property of the file, set once, by whoever holds the lock.
        let create = options.clone().read_only(false).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        let mut connection = create.connect().await.map_err(|e| explain_sqlite(&place, e))?;
        schema::migrate(&mut connection, &place).await?;
        connection.close().await.map_err(|e| explain_sqlite(&place, e))?;
    } else {
        let mut connection = options.clone().read_only(true).connect().await.map_err(|e| explain_sqlite(&place, e))?;
        schema::check(&mut connection, &place).await?;
        connection.close().await.map_err(|e| explain_sqlite(&place, e))?;
    }
    let read = options.clone().read_only(true).pragma("query_only", "on");
    let readers = sqlite_pool(max_connections).connect_lazy_with(read);
    let writer = match access {
        Access::Read => readers.clone(),
        Access::Serve(_) | Access::Beside => sqlite_pool(1).connect_lazy_with(options.read_only(false)),
    };
    Ok(Store::Sqlite { writer, readers, lock })
}

fn sqlite_pool(max_connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(max_connections.max(1))
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .before_acquire(|connection: &mut SqliteConnection, _| {
            // SQLite itself rolls back on some errors (disk full); sqlx then counts a transaction that is no more, and
            // would refuse the next. Such a connection is thrown away.
            let usable = !connection.is_in_transaction();
            Box::pin(async move { Ok(usable) })
        })
}

/// The file's true path, if it can be used so.
fn check_file(given: &Path, access: Access) -> Result<PathBuf, StoreError> {
    let place = given.display().to_string();
    let folder = match given.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mend = "create it, owned by the user who runs dfqueue, or correct the database URL";
    let Ok(folder) = folder.canonicalize() else {
        return Err(setup(&place, format!("its directory {} does not exist", folder.display()), mend, None));
    };
    let metadata = match fs::metadata(given) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == ErrorKind::NotFound && matches!(access, Access::Serve(_)) => {
            return Ok(folder.join(given.file_name().unwrap_or_default()));
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {
            return Err(setup(&place, "does not exist", "start the daemon once, or correct the database URL", None));
        }
        Err(e) => return Err(setup(&place, "can't be looked at", "check the rights to it", Some(e.into()))),
    };
    if metadata.is_dir() {
        return Err(setup(&place, "is a directory", "name a file in it", None));
    }
    if access != Access::Read && metadata.permissions().readonly() {
        return Err(setup(&place, "is read-only", format!("allow writing to it (chmod u+w {place})"), None));
    }
    given.canonicalize().map_err(|e| setup(&place, "can't be looked at", "check the rights to it", Some(e.into())))
}

/// Takes the lock that a second daemon on the same file meets. It goes with the process, however that ends.
fn lock_file(path: &Path) -> Result<File, StoreError> {
    let place = path.display().to_string();
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let beside = PathBuf::from(name).display().to_string();
    let cant = |e: std::io::Error| {
        let (why, remedy) = match e.kind() {
            ErrorKind::StorageFull => (": there is no room", "free some space on its disk"),
            _ => ("", "check the rights to its directory, and whether the disk is read-only"),
        };
        setup(&place, format!("its lock file {beside} can't be written{why}"), remedy, Some(e.into()))
    };
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&beside).map_err(cant)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            file.read_to_string(&mut owner).ok();
            let problem = match owner.trim() {
                "" => "another dfqueue serves this file".to_owned(),
                owner => format!("another dfqueue (process {owner}) serves this file"),
            };
            return Err(setup(&place, problem, "stop that one: one daemon serves a database", None));
        }
        Err(TryLockError::Error(e)) => return Err(cant(e)),
    }
    // The number is for the message above alone; the lock is what counts.
    file.set_len(0).and_then(|()| file.rewind()).map_err(cant)?;
    write!(file, "{}", std::process::id()).map_err(cant)?;
    Ok(file)
}

fn explain_sqlite(place: &str, source: sqlx::Error) -> StoreError {
    let code = match &source {
        sqlx::Error::Database(e) => e.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default() & 0xff,
        _ => 0,
    };
    let (problem, remedy) = match code {
        8 => ("can't be written", "check the rights to it and to its directory, and whether the disk is read-only"),
        11 => ("is damaged", "restore a backup"),
        13 => ("has no room to grow", "free some space on its disk"),
        14 => ("can't be opened", "check the rights to it and to its directory"),
        26 => ("is no SQLite database", "correct the database URL, or restore a backup"),
        _ => ("can't be used", "see the cause"),
    };
    setup(place, problem, remedy, Some(source))
}

// --- PostgreSQL -----------------------------------------------------------------------------------------------------

async fn open_postgres(url: &str, max_connections: u32, access: Access) -> Result<Store, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|e| setup("database URL", "can't be read", "write postgres://user:password@host:port/database", Some(e)))?;
    let place = place_of(&options);
    let options = options.application_name("dfqueue").options([
        // A node that stops in the middle of a commit must not hold the others for ever.
        ("idle_in_transaction_session_timeout", "10s"),
        ("lock_timeout", "10s"),
    ]);
    // A connection of its own: a pool would try a server that is down again and again, and say "timed out" in the end.
    let mut connection = match tokio::time::timeout(PATIENCE * 2, options.connect()).await {
        Ok(connected) => connected.map_err(|e| explain_postgres(&place, e))?,
        Err(_) => return Err(explain_postgres(&place, sqlx::Error::PoolTimedOut)),
    };
    if let Access::Serve(durability) = access {
        check_server(&mut connection, &place, durability).await?;
        schema::migrate(&mut connection, &place).await?;
    } else {
        schema::check(&mut connection, &place).await?;
    }
    connection.close().await.map_err(|e| explain_postgres(&place, e))?;
    let pool = PgPoolOptions::new().max_connections(max_connections.max(1)).acquire_timeout(PATIENCE);
    let options = if access == Access::Read { options.options([("default_transaction_read_only", "on")]) } else { options };
    Ok(Store::Postgres(pool.connect_lazy_with(options)))
}

/// Where it is, without the password.
fn place_of(options: &PgConnectOptions) -> String {
    let at = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let user = options.get_username();
    format!("PostgreSQL database {:?} at {at} as user {user:?}", options.get_database().unwrap_or(user))
}

/// Refuses a server that can't be written, or that may lose what it acknowledged.
async fn check_server(connection: &mut PgConnection, place: &str, durability: Durability) -> Result<(), StoreError> {
    let (fsync, commit, standby): (String, String, bool) =
        sqlx::query_as("select current_setting('fsync'), current_setting('synchronous_commit'), pg_is_in_recovery()")
            .fetch_one(connection)
            .await
            .map_err(|e| explain_postgres(place, e))?;
    if standby {
        return Err(setup(place, "is a standby, which can't be written", "name the primary server", None));
    }
    let problem = match (fsync.as_str(), commit.as_str()) {
        ("on", "off") => "has synchronous_commit off: it forgets what it acknowledged when the power fails",
        ("on", _) => return Ok(()),
        _ => "has fsync off: it loses everything when the power fails",
    };
    match durability {
        Durability::Require => Err(setup(place, problem, "turn it on in postgresql.conf", None)),
        Durability::Warn => {
            tracing::warn!("{place} {problem}; records are not safe");
            Ok(())
        }
    }
}

fn explain_postgres(place: &str, source: sqlx::Error) -> StoreError {
    let code = match &source {
        sqlx::Error::Database(e) => e.code().unwrap_or_default().into_owned(),
        _ => String::new(),
    };
    let (problem, remedy) = match (code.as_str(), &source) {
        ("28P01", _) => ("wrong password", "correct it where the database URL is kept"),
        ("28000", _) => ("this user may not connect from here", "see pg_hba.conf on the server, or use TLS"),
        ("3D000", _) => ("there is no such database", "create it (createdb), or correct the database URL"),
        ("42501", _) => ("this user lacks rights", "make it the owner of the database"),
        ("53300", _) => ("the server has no connection left", "raise its max_connections, or lower ours"),
        ("57P03", _) => ("the server is starting or stopping", "try again in a moment"),
        (_, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut) => {
            ("can't be reached", "check that the server runs and that host and port are right")
        }
        (_, sqlx::Error::Tls(_)) => ("TLS failed", "check sslmode and sslrootcert in the database URL"),
        _ => ("can't be used", "see the cause"),
    };
    setup(place, problem, remedy, Some(source))
}
