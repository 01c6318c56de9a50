//! A promise missed while the daemon was down is recorded when it is up again: once, with the true time.

use dfqueue::clock::Clock;
use dfqueue::domain::entry::Entry;
use dfqueue::domain::time::{Seconds, Timestamp};
use serde_json::json;

use crate::harness::{Caller, Home, POLICY, request, wait_until};

/// Only what a start does by itself: no sweep comes to its help.
const NO_SWEEPS: [(&str, &str); 2] = [("log.level", "warn"), ("jobs.breach_sweep", "0 0 0 1 1 *")];

async fn home_of_brief_promises(home: Home, within: &str) -> Home {
    home.write("policy.toml", &POLICY.replace("\"24h\"", &format!("\"{within}\"")));
    home
}

async fn register(caller: &Caller, exhibit: &str, taken_at: Timestamp) -> String {
    let created = caller.post("/v1/submissions", &request("phone", exhibit, taken_at), exhibit).await.unwrap().is(201);
    created["id"].as_str().unwrap().to_owned()
}

/// The entries of a kind.
async fn entries(home: &Home, kind: &str) -> Vec<Entry> {
    let mut entries = home.ledger(0).await;
    entries.retain(|entry| entry.kind == kind);
    entries
}

async fn once_with_the_true_time(home: Home) {
    let home = home_of_brief_promises(home, "4s").await;
    let mut daemon = home.start(&NO_SWEEPS).await;
    let taken_at = Clock::System.now();
    let due = taken_at + Seconds(4);
    let caller = home.caller(&daemon, "investigator");
    for exhibit in ["AB/1", "AB/2"] {
        register(&caller, exhibit, taken_at).await;
    }
    daemon.process.kill();
    assert!(Clock::System.now() < due, "the machine is too slow for this test: the promise fell due before the kill");
    assert!(entries(&home, "breached").await.is_empty());

    // Down over the due moment.
    wait_until(due + Seconds(2)).await;
    let up_again = Clock::System.now();
    for start in 0..3 {
        let mut daemon = home.start(&NO_SWEEPS).await;
        let breached = entries(&home, "breached").await;
        assert_eq!(breached.len(), 2, "after start {start}");
        for entry in &breached {
            assert_eq!(entry.happened_at, due);
            assert!(entry.recorded_at >= up_again, "{} is before the daemon was up", entry.recorded_at);
            assert_eq!((entry.actor.person.as_str(), &entry.actor.token), ("dfqueue", &None));
        }
        if start == 1 {
            daemon.process.stop().await;
        } else {
            daemon.process.kill();
        }
    }

    // A late entry shows that one of them was kept. The breach's entry stays; another one disproves it.
    let mut daemon = home.start(&NO_SWEEPS).await;
    let manager = home.caller(&daemon, "manager");
    let open = manager.get("/v1/sla/breaches?state=open").await.is(200);
    assert_eq!(open["items"].as_array().unwrap().len(), 2, "{open:#}");
    assert_eq!(open["items"][0]["due"], due.to_string());
    let (desk, caller) = (home.caller(&daemon, "property_desk"), home.caller(&daemon, "investigator"));
    caller.post("/v1/submissions/Q1/return-authorisation", &json!({}), "return-authorisation").await.unwrap().is(200);
    let back = json!({ "received_by": "owner", "proof": "signature", "at": taken_at + Seconds(2) });
    desk.post("/v1/submissions/Q1/return", &back, "return").await.unwrap().is(200);
    let still_open = manager.get("/v1/sla/breaches?state=open").await.is(200);
    assert_eq!(still_open["items"].as_array().unwrap().len(), 1, "{still_open:#}");
    let disproved = manager.get("/v1/sla/breaches?state=disproved").await.is(200);
    assert_eq!(disproved["items"][0]["submission"], "Q1", "{disproved:#}");
    daemon.process.stop().await;
    assert_eq!(entries(&home, "breached").await.len(), 2);
    assert_eq!(entries(&home, "breach_disproved").await.len(), 1);
    home.verify().await;
}

#[tokio::test]
async fn once_with_the_true_time_on_sqlite() {
    once_with_the_true_time(Home::sqlite().await).await;
}

#[tokio::test]
async fn once_with_the_true_time_on_postgres() {
    once_with_the_true_time(Home::postgres().await).await;
}

/// One that falls due while the daemon runs is recorded within a turn of its sweep.
#[tokio::test]
async fn as_it_happens() {
    let home = home_of_brief_promises(Home::sqlite().await, "2s").await;
    let mut daemon = home.start(&[("jobs.breach_sweep", "* * * * * *")]).await;
    let taken_at = Clock::System.now();
    register(&home.caller(&daemon, "investigator"), "AB/1", taken_at).await;
    let due = taken_at + Seconds(2);
    wait_until(due + Seconds(3)).await;
    let breached = entries(&home, "breached").await;
    assert_eq!(breached.len(), 1);
    assert_eq!(breached[0].happened_at, due);
    assert!(breached[0].recorded_at <= due + Seconds(2), "recorded at {}, due at {due}", breached[0].recorded_at);
    daemon.process.stop().await;
    home.verify().await;
}
