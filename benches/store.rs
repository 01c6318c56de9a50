//! How many durable commits a second, one command each and grouped, and how soon a full queue is loaded.
//!
//! `cargo bench --bench store`; PostgreSQL beside SQLite where `DFQUEUE_TEST_POSTGRES` names a server. As a yardstick it
//! also syncs a file of its own: no store that keeps its word commits more often than its disk syncs.

#[path = "../tests/it/harness.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod harness;
#[path = "../tests/it/world.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod world;

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use dfqueue::domain::command::Command;
use dfqueue::store::{Commit, Store};

use harness::Database;
use world::World;

fn syncs_a_second() -> f64 {
    let folder = tempfile::TempDir::new().unwrap();
    let mut file = File::create(folder.path().join("yardstick")).unwrap();
    rate(500, &mut || {
        file.write_all(&[0; 4096]).unwrap();
        file.sync_data().unwrap();
    })
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn rate(times: u32, work: &mut dyn FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        work();
    }
    f64::from(times) / begun.elapsed().as_secs_f64()
}

fn register(world: &mut World, many: usize) {
    for _ in 0..many {
        let request = world.request();
        assert!(world.order(&Command::Register(Box::new(request))));
    }
}

/// Entries a second, committed `group` at a time. They are decided beforehand.
#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
async fn commits(store: &Store, world: &mut World, many: usize, group: usize) -> f64 {
    let first = world.steps.len();
    let mut afters = Vec::new();
    for _ in 0..many / group {
        register(world, group);
        afters.push((world.steps.len(), world.unit.clone()));
    }
    let begun = Instant::now();
    for (to, after) in &afters {
        let steps = &world.steps[world.committed..*to];
        store.commit(&Commit { based_on: world.committed as i64, steps, after, replies: &[] }).await.unwrap();
        world.committed = *to;
    }
    (world.steps.len() - first) as f64 / begun.elapsed().as_secs_f64()
}

#[allow(clippy::disallowed_methods, reason = "a benchmark measures time")]
async fn measure(name: &str, db: &Database) {
    let store = db.serve().await;
    let mut world = World::founded(1);
    world.commit(&store).await.unwrap();
    let single = commits(&store, &mut world, 1_000, 1).await;
    let ten = commits(&store, &mut world, 2_000, 10).await;
    let hundred = commits(&store, &mut world, 2_000, 100).await;
    let import = commits(&store, &mut world, 5_000, 500).await;
    let begun = Instant::now();
    let unit = store.load().await.unwrap();
    let load = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let verification = store.verify().await.unwrap();
    let verify = begun.elapsed().as_secs_f64();
    assert!(unit == world.unit && verification.finding.is_none());
    println!("{name}: entries/s durable: one a commit {single:.0}, 10 {ten:.0}, 100 {hundred:.0}, 500 {import:.0}");
    println!("{name}: load of {} open {load:.2} s, verify of {} entries {verify:.2} s", unit.submissions.size(), unit.seq);
}

#[tokio::main]
async fn main() {
    println!("yardstick: {:.0} syncs/s of this disk", syncs_a_second());
    measure("SQLite", &Database::sqlite()).await;
    if std::env::var_os("DFQUEUE_TEST_POSTGRES").is_some() {
        measure("PostgreSQL", &Database::postgres().await).await;
    } else {
        println!("PostgreSQL: not measured, DFQUEUE_TEST_POSTGRES is not set");
    }
}
