//! SIGTERM: what was acknowledged is on disk, the exit is clean and soon, and nobody is let in any more.

use std::io::ErrorKind;
use std::time::Duration;

use dfqueue::store::WhichAccess;
use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Home, number};
use crate::load::{Officer, Witness, callers};

/// What the daemon grants requests under way, and a margin for the machine.
const SOON: Duration = Duration::from_secs(6);

async fn drains_under_load(database: &str, home: Home) {
    let mut officers: Vec<Officer> = (0..8).map(|id| Officer::new(id, 7)).collect();
    let (mut witness, mut slowest) = (Witness::default(), Duration::ZERO);
    let stops = number("DFQUEUE_STOPS", 10);
    for round in 0..stops {
        let mut daemon = home.start(&[("log.level", "warn")]).await;
        let callers = callers(&home, &daemon);
        let stopped = async {
            tokio::time::sleep(Duration::from_millis(20 + 13 * round)).await;
            daemon.process.stop().await
        };
        let (_, took) = tokio::join!(join_all(officers.iter_mut().map(|officer| officer.work(&callers))), stopped);
        assert!(took < SOON, "took {took:?}");
        slowest = slowest.max(took);
        let refused = TcpStream::connect(daemon.api).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(daemon.process.log(), "", "something to complain about");
        witness.check(&home, &officers).await;
    }
    let tally = witness.check(&home, &officers).await;
    let entries = home.verify().await;
    println!(
        "{database}: {stops} stops under load, {} acknowledged writes, lost 0; {entries} entries; slowest {slowest:?}",
        tally.acknowledged
    );
}

#[tokio::test]
async fn drains_under_load_on_sqlite() {
    drains_under_load("SQLite", Home::sqlite().await).await;
}

#[tokio::test]
async fn drains_under_load_on_postgres() {
    drains_under_load("PostgreSQL", Home::postgres().await).await;
}

/// A caller who never comes to the end of a request is cut off, and one who keeps a connection for later holds nobody up.
#[tokio::test]
async fn does_not_wait_for_a_caller_who_hangs() {
    let home = Home::sqlite().await;
    let mut daemon = home.start(&[("log.level", "warn")]).await;
    let mut idle = TcpStream::connect(daemon.api).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: dfqueue\r\n\r\n").await.unwrap();
    assert!(idle.read(&mut [0; 512]).await.unwrap() > 0);
    let mut hanging = TcpStream::connect(daemon.api).await.unwrap();
    let head = format!(
        "POST /v1/submissions HTTP/1.1\r\nhost: dfqueue\r\nauthorization: Bearer {}\r\ndfqueue-person: DC 2231\r\n\
         content-type: application/json\r\ncontent-length: 500\r\n\r\n{{",
        home.caller(&daemon, "investigator").secret
    );
    hanging.write_all(head.as_bytes()).await.unwrap();
    // The daemon has read that when it has answered whoever came later.
    home.caller(&daemon, "manager").get("/v1/sla").await.is(200);
    let took = daemon.process.stop().await;
    assert!(took < SOON, "took {took:?}");
    let log = daemon.process.log();
    assert!(log.contains("cut off"), "{log}");
    println!("a caller who hangs is cut off, and the daemon gone, after {took:?}");
}

/// A stream of events ends when the daemon stops, and who opened it, and read a moment before, is on record.
#[tokio::test]
async fn streams_end_and_the_access_log_is_written() {
    let home = Home::sqlite().await;
    let mut daemon = home.start(&[("log.level", "warn")]).await;
    let mut stream = TcpStream::connect(daemon.api).await.unwrap();
    let secret = home.caller(&daemon, "manager").secret;
    let head = format!("GET /v1/events HTTP/1.1\r\nhost: dfqueue\r\nauthorization: Bearer {secret}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    while !String::from_utf8_lossy(&told).contains("event: plan") {
        assert!(stream.read_buf(&mut told).await.unwrap() > 0);
    }
    home.caller(&daemon, "manager").get("/v1/queue").await.is(200);
    let took = daemon.process.stop().await;
    assert!(took < Duration::from_secs(2), "took {took:?}");
    stream.read_to_end(&mut told).await.unwrap();
    assert_eq!(daemon.process.log(), "", "something to complain about");
    let store = home.store().await;
    let log = store.access_log(&WhichAccess::default(), 0, 10).await.unwrap();
    store.close().await;
    let routes: Vec<&str> = log.iter().map(|line| line.reading.route.as_str()).collect();
    assert!(routes.contains(&"/v1/queue") && routes.contains(&"/v1/events"), "{routes:?}");
    println!("a stream ended, and the access log was written, {took:?} after SIGTERM");
}

/// One who is told to stop while it is still starting stops all the same.
#[tokio::test]
async fn stops_while_it_starts() {
    let home = Home::sqlite().await;
    let mut clean = 0;
    for round in 0..20 {
        let mut process = home.spawn(&[("log.level", "warn")]);
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        process.signal("TERM");
        // By the signal itself where it came before the daemon could hear it.
        let status = process.ended(SOON).await;
        clean += u32::from(status.code() == Some(0));
        assert!(status.code().is_none_or(|code| code == 0), "{status}: {}", process.log());
    }
    assert!(clean > 0, "not one of them heard it");
    home.verify().await;
}
