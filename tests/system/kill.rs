//! kill -9 under load, again and again: what was acknowledged is there, once, and the tables hold what the ledger says.

use std::time::Duration;

use dfqueue::clock::monotonic;
use futures::future::join_all;

use crate::harness::{Home, number, seconds};
use crate::load::{Officer, Witness, all_are_served, callers};

/// Callers at once.
const OFFICERS: usize = 8;
/// How long a daemon lives under load, at most: longer on PostgreSQL, where it has connections and statements to make.
const LIFE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_millis(800));
/// Kills of one database; then a fresh one, so that a long run isn't one of ever larger queues.
const GENERATION: u64 = 250;
/// Plans and gives out work while it lives, brief as that is; an error in its log fails the test.
const SETTINGS: [(&str, &str); 3] = [("log.level", "error"), ("cycle.settle", "5ms"), ("jobs.breach_sweep", "* * * * * *")];

#[derive(Default)]
struct Totals {
    kills: u64,
    at_start: u64,
    acknowledged: usize,
    replays: usize,
    unknown: usize,
    entries: i64,
}

async fn kills(database: &str, home: impl AsyncFn() -> Home, usual: u64) {
    let (kills, seed, begun) = (number("DFQUEUE_KILLS", usual), number("DFQUEUE_SEED", 1), monotonic());
    let mut totals = Totals::default();
    while totals.kills < kills {
        let rounds = GENERATION.min(kills - totals.kills);
        generation(&home().await, rounds, seed.wrapping_add(totals.kills), &mut totals).await;
    }
    assert!(totals.acknowledged as u64 > totals.kills, "so few acknowledged writes prove nothing: {}", totals.acknowledged);
    println!(
        "{database}: {} kills ({} of them while it started), {} acknowledged writes, lost 0, doubled 0; {} cut off and sent \
         again, {} answered ones sent again; {} ledger entries folded to what the tables hold; seed {seed}; {:.1} s",
        totals.kills,
        totals.at_start,
        totals.acknowledged,
        totals.unknown,
        totals.replays,
        totals.entries,
        seconds(begun)
    );
}

async fn generation(home: &Home, rounds: u64, seed: u64, totals: &mut Totals) {
    let mut random = fastrand::Rng::with_seed(seed);
    let life = if home.url.starts_with("sqlite:") { LIFE.0 } else { LIFE.1 };
    let mut officers: Vec<Officer> = (0..OFFICERS).map(|id| Officer::new(id, seed)).collect();
    let mut witness = Witness::default();
    for round in 1..=rounds {
        let mut process = home.spawn(&SETTINGS);
        if random.u8(..8) == 0 {
            tokio::time::sleep(Duration::from_micros(random.u64(..40_000))).await;
            process.kill();
            totals.at_start += 1;
            continue;
        }
        let mut daemon = process.ready().await;
        let callers = callers(home, &daemon);
        let fuse = Duration::from_micros(random.u64(1_000..life.as_micros() as u64));
        let killed = async {
            tokio::time::sleep(fuse).await;
            daemon.process.kill();
        };
        tokio::join!(join_all(officers.iter_mut().map(|officer| officer.work(&callers))), killed);
        assert_eq!(daemon.process.log(), "", "the daemon logged errors");
        if round % 10 == 0 {
            let tally = witness.check(home, &officers).await;
            totals.unknown += tally.unknown;
        }
        if round % 50 == 0 {
            home.verify().await;
        }
    }

    // Whatever was cut off is sent again; then nothing is unknown, and the counts must be equal.
    let mut daemon = home.start(&SETTINGS).await;
    let callers = callers(home, &daemon);
    for officer in &mut officers {
        officer.once(&callers).await.unwrap().done();
    }
    all_are_served(home, &daemon, &officers).await;
    daemon.process.stop().await;
    let tally = witness.check(home, &officers).await;
    assert_eq!(tally.unknown, 0);
    totals.entries += home.verify().await;
    totals.kills += rounds;
    totals.acknowledged += tally.acknowledged;
    totals.replays += tally.replays;
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    kills("SQLite", Home::sqlite, 200).await;
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_on_postgres() {
    kills("PostgreSQL", Home::postgres, 50).await;
}

/// The eye that finds nothing must be able to find something.
async fn witnessed(home: &Home, officers: &mut [Officer]) {
    let mut daemon = home.start(&SETTINGS).await;
    let callers = callers(home, &daemon);
    for officer in officers {
        for _ in 0..5 {
            officer.once(&callers).await.unwrap().done();
        }
    }
    daemon.process.stop().await;
}

#[tokio::test]
#[should_panic(expected = "LOST")]
async fn what_is_lost_is_found() {
    let (home, other) = (Home::sqlite().await, Home::sqlite().await);
    let mut officers = [Officer::new(0, 1), Officer::new(1, 1)];
    witnessed(&home, &mut officers).await;
    witnessed(&other, &mut [Officer::new(0, 1)]).await;
    Witness::default().check(&home, &officers).await;
    Witness::default().check(&other, &officers).await;
}

#[tokio::test]
#[should_panic(expected = "DOUBLED")]
async fn what_nobody_was_told_of_is_found() {
    let home = Home::sqlite().await;
    let mut officers = [Officer::new(0, 1), Officer::new(1, 1)];
    witnessed(&home, &mut officers).await;
    Witness::default().check(&home, &officers[..1]).await;
}
