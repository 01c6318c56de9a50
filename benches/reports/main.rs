//! How soon a report is there when the ledger is long: the real daemon, over HTTP, on a database of a million entries.
//!
//! `cargo bench --bench reports -- [ENTRIES]`; PostgreSQL beside SQLite where `DFQUEUE_TEST_POSTGRES` names a server. As a yardstick all
//! bodies of submissions are read once, and nothing made of them. `benches/README.md` has the figures and the machine.

#[allow(dead_code, reason = "tests use the rest")]
#[path = "../../tests/it/harness.rs"]
mod database;
mod fill;
#[allow(dead_code, reason = "tests use the rest")]
#[path = "../../tests/system/harness.rs"]
mod harness;
#[allow(dead_code, reason = "tests use the rest")]
#[path = "../../tests/it/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::path::Path;

use dfqueue::clock::{Clock, monotonic};
use dfqueue::domain::ids::QueueNumber;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::store::{Store, Which};

use database::Database;
use harness::{Daemon, Home, seconds};

/// Entries that the ledger has, unless somebody says otherwise.
const ENTRIES: i64 = 1_000_000;
/// How often each report is asked for; the slowest counts.
const TIMES: usize = 3;

#[tokio::main]
async fn main() {
    let asked = std::env::args().skip(1).find_map(|word| word.parse().ok());
    measure("SQLite", Database::sqlite(), asked.unwrap_or(ENTRIES)).await;
    if std::env::var_os("DFQUEUE_TEST_POSTGRES").is_some() {
        measure("PostgreSQL", Database::postgres().await, asked.unwrap_or(ENTRIES)).await;
    } else {
        println!("PostgreSQL: not measured, DFQUEUE_TEST_POSTGRES is not set");
    }
}

async fn measure(name: &str, database: Database, entries: i64) {
    let mut home = Home::bare(&database.url.clone());
    home.database = Some(database);
    home.issue_tokens().await;
    for file in ["unit.toml", "policy.toml"] {
        home.write(file, &std::fs::read_to_string(Path::new("config").join(file)).unwrap());
    }
    let store = home.database.as_ref().unwrap().serve().await;
    let begin = Clock::System.now() - Seconds::hours(24 * 900);
    let begun = monotonic();
    let end = fill::fill(&store, entries, begin).await;
    println!("{name}: {entries} entries from {begin} to {end}, made in {:.0} s", seconds(begun));
    kinds(name, &store).await;
    let begun = monotonic();
    let bodies = read_all(&store).await;
    println!("{name}: {bodies} submissions read and nothing made of them {:.2} s", seconds(begun));
    store.close().await;
    let mut daemon = home.start(&[]).await;
    ask(name, &home, &daemon, (begin, end)).await;
    daemon.process.stop().await;
}

/// What the ledger is made of.
async fn kinds(name: &str, store: &Store) {
    let (mut kinds, mut after) = (BTreeMap::<String, u64>::new(), 0);
    loop {
        let some = store.tail(after, 10_000).await.unwrap();
        let Some(last) = some.last() else { break };
        after = last.seq;
        some.into_iter().for_each(|entry| *kinds.entry(entry.kind).or_default() += 1);
    }
    println!("{name}: {kinds:?}");
}

async fn read_all(store: &Store) -> usize {
    let (mut count, mut after) = (0, QueueNumber(0));
    loop {
        let some = store.submissions(&Which::default(), after, 1_000).await.unwrap();
        let Some(last) = some.last() else { return count };
        (after, count) = (last.number, count + some.len());
    }
}

/// Every report of all that the ledger holds, and of its last week.
async fn ask(name: &str, home: &Home, daemon: &Daemon, (begin, end): (Timestamp, Timestamp)) {
    let manager = home.caller(daemon, "manager");
    let day = |at: Timestamp| at.to_string()[..10].to_owned();
    let last = day(end - Seconds::hours(7 * 24));
    for report in ["performance", "backlog", "capacity", "quality"] {
        for (what, from) in [("all of it", day(begin)), ("its last week", last.clone())] {
            let path = format!("/v1/reports/{report}?from={from}&to={}&by=force", day(end));
            let mut slowest: f64 = 0.0;
            for _ in 0..TIMES {
                let begun = monotonic();
                manager.get(&path).await.is(200);
                slowest = slowest.max(seconds(begun));
            }
            println!("{name}: {report} of {what} {slowest:.2} s (slowest of {TIMES})");
        }
    }
}
