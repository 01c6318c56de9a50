//! A database of its own for each test, on SQLite and on PostgreSQL, gone when the test is.

use std::str::FromStr;

use dfqueue::store::{Access, Durability, Store};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tempfile::TempDir;

/// Opens to run the queue.
pub const SERVE: Access = Access::Serve(Durability::Require);

/// An empty database.
pub struct Database {
    /// How to open it.
    pub url: String,
    // Where SQLite's file is; gone with it.
    _folder: Option<TempDir>,
    /// Name of a PostgreSQL database, to be dropped.
    name: Option<String>,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("dfqueue.db").display());
        Self { url, _folder: Some(folder), name: None }
    }

    pub async fn postgres() -> Self {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let name = format!("it_{}", hex::encode(random));
        let mut server = server().connect().await.expect("the PostgreSQL of DFQUEUE_TEST_POSTGRES does not answer");
        server.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
        server.close().await.unwrap();
        let url = server_url();
        let base = url.rsplit_once('/').expect("DFQUEUE_TEST_POSTGRES names no database").0;
        Self { url: format!("{base}/{name}"), _folder: None, name: Some(name) }
    }

    pub fn is_postgres(&self) -> bool {
        self.name.is_some()
    }

    /// Opens it as a daemon does.
    pub async fn serve(&self) -> Store {
        Store::open(&self.url, 4, SERVE).await.unwrap()
    }

    /// Runs statements of a test's own beside the store, in a connection of their own.
    pub async fn run(&self, sqlite: &str, postgres: &str) {
        if self.is_postgres() {
            let mut connection = PgConnectOptions::from_str(&self.url).unwrap().connect().await.unwrap();
            connection.execute(AssertSqlSafe(postgres.to_owned())).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let options = sqlx::sqlite::SqliteConnectOptions::from_str(&self.url).unwrap();
            let mut connection = options.connect().await.unwrap();
            connection.execute(AssertSqlSafe(sqlite.to_owned())).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(name) = self.name.take() else { return };
        // Drop is not async, and the test's own runtime may be going down: a thread with one of its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut server = server().connect().await.unwrap();
                server.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await.unwrap();
            });
        });
        if dropping.join().is_err() {
            eprintln!("a test's PostgreSQL database could not be dropped");
        }
    }
}

fn server_url() -> String {
    std::env::var("DFQUEUE_TEST_POSTGRES")
        .expect("DFQUEUE_TEST_POSTGRES is not set: start the tests with `tests/run.sh test`, which starts a PostgreSQL for them")
}

fn server() -> PgConnectOptions {
    PgConnectOptions::from_str(&server_url()).expect("DFQUEUE_TEST_POSTGRES is no URL of a PostgreSQL server")
}

/// One test on both databases: `on_both! { async fn what_holds(db: &Database) { ... } }`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($db:ident: &Database) $body:block)+) => {
        $($(#[$doc])* mod $name {
            use super::*;

            async fn test($db: &Database) $body

            #[tokio::test]
            async fn sqlite() {
                test(&Database::sqlite()).await;
            }

            #[tokio::test]
            async fn postgres() {
                test(&Database::postgres().await).await;
            }
        })+
    };
}
