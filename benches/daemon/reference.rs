//! What there is to compare with: the bare database, which commits one row at a time, and a bare axum handler.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use dfqueue::clock::monotonic;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Executor};

use crate::harness::seconds;

/// Names the file that a bare server is to answer with.
const BODY: &str = "BARE_BODY";

/// The body that this process is to serve, where it is a bare server.
pub fn asked_to_serve() -> Option<String> {
    let path = std::env::var_os(BODY)?;
    Some(std::fs::read_to_string(path).unwrap())
}

/// Answers every question with the same body, on a free port that it prints.
pub async fn serve(body: &str) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let body = axum::body::Bytes::from(body.to_owned());
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body.clone()) };
    axum::serve(listener, Router::new().route("/v1/submissions/{id}", get(answer))).await.unwrap();
}

/// A bare axum server in a process of its own.
pub struct Bare {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Bare {
    /// Starts one that answers with a file.
    pub fn start(body: &std::path::Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.env(BODY, body).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut said = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut said, &mut line).unwrap();
        Self { child, address: line.trim().parse().unwrap() }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One-row commits a second of the bare database, the way it is opened by the daemon: SQLite over its one writer,
/// PostgreSQL over `connections` at once.
pub async fn commits(url: &str, connections: u32, time: Duration) -> f64 {
    if url.starts_with("sqlite:") { sqlite(time).await } else { postgres(url, connections, time).await }
}

async fn sqlite(time: Duration) -> f64 {
    let folder = tempfile::TempDir::new().unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await.unwrap();
    connection.execute("create table bare (id integer primary key, words text not null)").await.unwrap();
    let (begun, mut commits) = (monotonic(), 0);
    while begun.elapsed() < time {
        sqlx::query("insert into bare (words) values (?)")
            .bind("a row of some forty characters of text")
            .execute(&mut connection)
            .await
            .unwrap();
        commits += 1;
    }
    f64::from(commits) / seconds(begun)
}

async fn postgres(url: &str, connections: u32, time: Duration) -> f64 {
    let options = sqlx::postgres::PgConnectOptions::from_str(url).unwrap();
    let pool =
        PgPoolOptions::new().min_connections(connections).max_connections(connections).connect_with(options).await.unwrap();
    pool.execute("create table if not exists bare (id bigserial primary key, words text not null)").await.unwrap();
    let begun = monotonic();
    let writers = (0..connections).map(|_| async {
        let (mut connection, mut commits) = (pool.acquire().await.unwrap(), 0);
        while begun.elapsed() < time {
            sqlx::query("insert into bare (words) values ($1)")
                .bind("a row of some forty characters of text")
                .execute(&mut *connection)
                .await
                .unwrap();
            commits += 1;
        }
        commits
    });
    let commits: i32 = futures::future::join_all(writers).await.into_iter().sum();
    f64::from(commits) / seconds(begun)
}
