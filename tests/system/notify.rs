//! What the service manager is told: ready, alive, reloading, stopping.

use std::time::Duration;

use crate::harness::Home;

/// The value of `NAME=` in a notice.
fn value<'a>(notice: &'a str, name: &str) -> Option<&'a str> {
    notice.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[tokio::test]
async fn the_service_manager_is_told() {
    let home = Home::sqlite().await;
    let process = home.spawn_under(&[], &[("WATCHDOG_USEC", "1000000")], &[("log.level", "warn")]);
    // Its READY=1 names the address, without which the harness would not get here.
    let mut daemon = process.ready().await;
    assert_eq!(home.caller(&daemon, "manager").get("/readyz").await.is(200)["status"], "ready");

    // Half a second between two, so that one late one does no harm; never the whole second.
    daemon.process.notice("WATCHDOG=1").await;
    for _ in 0..3 {
        let next = tokio::time::timeout(Duration::from_secs(1), daemon.process.notice("WATCHDOG=1")).await;
        assert!(next.is_ok(), "the watchdog was left hungry");
    }

    daemon.process.signal("HUP");
    let reloading = daemon.process.notice("RELOADING=1").await;
    let at: u64 = value(&reloading, "MONOTONIC_USEC").expect("no time in it, which Type=notify-reload wants").parse().unwrap();
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    assert!((uptime - at as f64 / 1e6).abs() < 60.0, "{at} is no time on this machine, which has been up for {uptime} s");
    let ready = daemon.process.notice("READY=1").await;
    assert!(value(&ready, "STATUS").is_some_and(|status| !status.is_empty()), "{ready}");

    daemon.process.signal("TERM");
    let stopping = daemon.process.notice("STOPPING=1").await;
    assert_eq!(value(&stopping, "STATUS"), Some("draining"));
    assert_eq!(daemon.process.ended(Duration::from_secs(6)).await.code(), Some(0));
    assert_eq!(daemon.process.log(), "");
}

/// Without a service manager it just runs; in a pipe or the journal its log holds no colours.
#[tokio::test]
async fn nobody_to_tell_is_no_trouble() {
    let home = Home::sqlite().await;
    let mut process = home.spawn_under(&["env", "--unset=NOTIFY_SOCKET"], &[], &[]);
    let log = process.logs("ready").await;
    assert!(!log.contains('\u{1b}'), "{log:?}");
    process.stop().await;
    process.logs("stopped").await;
}
