//! The daemon as its users meet it, in release build: import, start, memory, how soon a plan shows an arrival, durable
//! commands and status reads a second, each rate beside a reference measured in the same run.
//!
//! `cargo bench --bench daemon`; PostgreSQL beside SQLite where `DFQUEUE_TEST_POSTGRES` names a server. Needs python3,
//! which writes the queues. `benches/README.md` has the figures and the machine.

#[allow(dead_code, reason = "tests use the rest")]
#[path = "../../tests/it/harness.rs"]
mod database;
#[allow(dead_code, reason = "tests use the rest")]
#[path = "../../tests/system/harness.rs"]
mod harness;
mod late;
#[path = "../queue.rs"]
mod queue;
mod rates;
mod reference;
mod wire;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use dfqueue::clock::{Clock, monotonic};
use serde_json::{Value, json};

use database::Database;
use harness::{Daemon, Home, seconds};
use queue::queue;

/// How many open submissions the large queue has.
const LARGE: usize = 10_000;
/// How many open submissions a unit has that is not in trouble.
const USUAL: usize = 450;
/// How many arrivals are timed.
const ARRIVALS: usize = 200;

/// A house with the shipped unit and policy.
async fn furnished(database: Database) -> Home {
    let mut home = Home::bare(&database.url.clone());
    home.database = Some(database);
    home.issue_tokens().await;
    for name in ["unit.toml", "policy.toml"] {
        home.write(name, &std::fs::read_to_string(Path::new("config").join(name)).unwrap());
    }
    home
}

/// Sends a queue with the shipped command; how long it took, whole process.
fn import(home: &Home, daemon: &Daemon, rows: usize) -> f64 {
    home.write("queue.csv", &queue(rows));
    let intake = home.caller(daemon, "intake");
    let begun = monotonic();
    let output = Command::new(env!("CARGO_BIN_EXE_dfqueue"))
        .args(["import", "--server", &format!("http://{}", daemon.api)])
        .arg(home.path("queue.csv"))
        .env("DFQUEUE_TOKEN", &intake.secret)
        .env("DFQUEUE_PERSON", intake.person)
        .output()
        .unwrap();
    let took = seconds(begun);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    took
}

/// Resident memory of a daemon: now, and at most since its start. MB.
fn memory(daemon: &Daemon) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.process.id())).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1_024.0
    };
    (field("VmRSS"), field("VmHWM"))
}

/// Seconds from sending an arrival until a plan that has it can be read, one after another, sorted.
async fn arrivals(home: &Home, daemon: &Daemon) -> Vec<f64> {
    let (intake, manager) = (home.caller(daemon, "intake"), home.caller(daemon, "manager"));
    let mut took = Vec::new();
    for arrival in 0..ARRIVALS {
        let now = Clock::System.now();
        let phone = json!({
            "force": "Northshire", "crime_ref": format!("ARR/{arrival}"), "exhibit_ref": "AB/1", "oic": "DC 2231",
            "offence": "rasso", "owner": "victim", "device": "phone", "storage_gb": 128, "lock_state": "pin_held",
            "site": "custody", "taken_at": now, "delivered_at": now, "agreement_at": now, "notice_at": now,
            "authorised_by": "DS 1180", "authorised_at": now,
        });
        let begun = monotonic();
        let id = intake.post("/v1/submissions", &phone, &format!("arrival-{arrival}")).await.unwrap().is(201)["id"].clone();
        let path = format!("/v1/submissions/{}", id.as_str().unwrap());
        while manager.get(&path).await.is(200)["position"] == Value::Null {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        took.push(seconds(begun));
    }
    took.sort_by(f64::total_cmp);
    took
}

/// The value below which this share of sorted ones lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// What a queue of ten thousand costs.
async fn large(name: &str, database: Database) {
    let home = furnished(database).await;
    let mut daemon = home.start(&[]).await;
    println!("{name}: import of {LARGE} rows {:.1} s", import(&home, &daemon, LARGE));
    daemon.process.stop().await;
    let mut starts = Vec::new();
    for _ in 0..5 {
        let begun = monotonic();
        let mut daemon = home.start(&[]).await;
        starts.push(seconds(begun));
        daemon.process.stop().await;
    }
    starts.sort_by(f64::total_cmp);
    let daemon = home.start(&[]).await;
    let took = arrivals(&home, &daemon).await;
    let (now, most) = memory(&daemon);
    println!("{name}: with {LARGE} open, start to ready {:.2} s (median of 5)", quantile(&starts, 0.5));
    println!(
        "{name}: with {LARGE} open, arrival to visible plan: median {:.0} ms, p99 {:.0} ms (of {ARRIVALS})",
        quantile(&took, 0.5) * 1e3,
        quantile(&took, 0.99) * 1e3
    );
    println!("{name}: with {LARGE} open, resident memory {now:.0} MB, at most {most:.0} MB");
}

/// How fast a usual queue is changed and read.
async fn usual(name: &str, database: Database) {
    let url = database.url.clone();
    let home = furnished(database).await;
    let daemon = home.start(&[]).await;
    import(&home, &daemon, USUAL);
    rates::commands(name, &home, &daemon, &url).await;
    rates::reads(name, &home, &daemon).await;
}

/// How fast a day without a line is taken in.
async fn late(name: &str, database: Database) {
    let home = furnished(database).await;
    let daemon = home.start(&[]).await;
    late::entries(name, &home, &daemon).await;
}

#[tokio::main]
async fn main() {
    if let Some(body) = reference::asked_to_serve() {
        return reference::serve(&body).await;
    }
    let parts: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|word| word == part);
    let postgres = std::env::var_os("DFQUEUE_TEST_POSTGRES").is_some();
    if !postgres {
        println!("PostgreSQL: not measured, DFQUEUE_TEST_POSTGRES is not set");
    }
    if wanted("large") {
        large("SQLite", Database::sqlite()).await;
        if postgres {
            large("PostgreSQL", Database::postgres().await).await;
        }
    }
    if wanted("late") {
        late("SQLite", Database::sqlite()).await;
        if postgres {
            late("PostgreSQL", Database::postgres().await).await;
        }
    }
    if wanted("usual") {
        usual("SQLite", Database::sqlite()).await;
        if postgres {
            usual("PostgreSQL", Database::postgres().await).await;
        }
    }
}
