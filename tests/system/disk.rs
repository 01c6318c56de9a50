//! A full disk: callers are told, nothing acknowledged is lost, nobody panics, and it works again once there is room.

use std::time::Duration;

use dfqueue::clock::monotonic;
use serde_json::Value;

use crate::harness::{Home, number, seconds};
use crate::load::{Officer, Witness, callers};
use crate::memory_disk::MemoryDisk;

/// Cron jobs come round while the disk is full.
const SETTINGS: [(&str, &str); 3] = [("log.level", "error"), ("jobs.breach_sweep", "* * * * * *"), ("cycle.settle", "5ms")];

/// Fills a disk of 4 MiB, with so many KiB left for the daemon to use up. What the rest of it holds has to be more than ten requests take:
/// the database and its log are 1.5 MiB by then.
async fn fills_up(free: usize, full_for: Duration) -> (usize, u16) {
    let disk = MemoryDisk::new(4_096);
    let mut home = Home::bare(&format!("sqlite:{}", disk.path().join("dfqueue.db").display()));
    home.issue_tokens().await;
    let mut daemon = home.start(&SETTINGS).await;
    let callers = callers(&home, &daemon);
    let (mut officer, mut witness) = (Officer::new(0, free as u64), Witness::default());
    for _ in 0..10 {
        officer.once(&callers).await.unwrap().done();
    }
    disk.fill("ballast", free);

    // A change that finds no room is refused as such, and the next one, too.
    let mut refused = Vec::new();
    let begun = monotonic();
    for _ in 0..5_000 {
        let reply = officer.once(&callers).await.unwrap();
        if reply.status >= 300 {
            assert!([503, 507].contains(&reply.status), "{} {:#}", reply.status, reply.body);
            assert_eq!(reply.kind, "application/problem+json");
            assert!(!reply.body.to_string().contains("dfqdisk"), "what the host looks like is nobody's business: {}", reply.body);
            refused.push(reply.status);
        }
        if refused.len() >= 3 && begun.elapsed() >= full_for {
            break;
        }
        if !refused.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert!(refused.len() >= 3, "the disk never filled up");

    // Who only reads is served; the daemon lives.
    let manager = home.caller(&daemon, "manager");
    assert_eq!(manager.get("/healthz").await.is(200)["status"], "ok");
    manager.get("/v1/submissions").await.is(200);
    manager.get("/v1/plan").await.is(200);
    assert!(daemon.process.runs(), "{}", daemon.process.log());
    witness.check(&home, std::slice::from_ref(&officer)).await;

    // Room again: the same request under the same key is done now, and so is what follows.
    std::fs::remove_file(disk.path().join("ballast")).unwrap();
    for _ in 0..10 {
        officer.once(&callers).await.unwrap().done();
    }
    daemon.process.stop().await;
    let log = daemon.process.log();
    assert!(!log.contains("panic"), "{log}");
    assert!(log.contains("no room"), "{log}");
    assert!(full_for.is_zero() || log.contains("job not begun"), "no job came round while the disk was full: {log}");
    let tally = witness.check(&home, std::slice::from_ref(&officer)).await;
    assert_eq!(tally.unknown, 0);
    home.verify().await;
    (tally.acknowledged, refused[0])
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let (sizes, begun) = (number("DFQUEUE_SIZES", 20), monotonic());
    let (mut acknowledged, mut codes) = (0, std::collections::BTreeMap::new());
    for size in 0..sizes {
        // Some pages more each time, so that another write of another commit finds no room; the first stays full for
        // some rounds of the daemon's cron jobs.
        let full_for = if size == 0 { Duration::from_millis(2_500) } else { Duration::ZERO };
        let (done, code) = fills_up(usize::try_from(size).unwrap() * 36 % 512, full_for).await;
        acknowledged += done;
        *codes.entry(code).or_insert(0) += 1;
    }
    println!("{sizes} full disks, first answered {codes:?}; {acknowledged} acknowledged, lost 0; {:.1} s", seconds(begun));
}

/// Where it can't even start, it says that room is what it lacks, and starts once there is some.
#[tokio::test]
async fn starting_on_a_full_disk() {
    let disk = MemoryDisk::new(4_096);
    let mut home = Home::bare(&format!("sqlite:{}", disk.path().join("dfqueue.db").display()));
    disk.fill("ballast", 0);
    let said = home.refused(&[]).await;
    assert!(said.contains("dfqueue.db") && said.contains("room"), "{said}");
    std::fs::remove_file(disk.path().join("ballast")).unwrap();
    home.issue_tokens().await;
    let mut daemon = home.start(&SETTINGS).await;
    let callers = callers(&home, &daemon);
    let mut officer = Officer::new(0, 1);
    officer.once(&callers).await.unwrap().done();

    // Killed when it is full, it serves again from what is there, and what it can't write it refuses.
    disk.fill("ballast", 0);
    while officer.once(&callers).await.unwrap().status < 300 {}
    daemon.process.kill();
    let process = home.spawn(&SETTINGS);
    let mut daemon = process.ready().await;
    let known: Value = home.caller(&daemon, "manager").get("/v1/submissions/Q1").await.is(200);
    assert_eq!(known["id"], "Q1");
    std::fs::remove_file(disk.path().join("ballast")).unwrap();
    let callers = crate::load::callers(&home, &daemon);
    officer.once(&callers).await.unwrap().done();
    daemon.process.stop().await;
    home.verify().await;
}
