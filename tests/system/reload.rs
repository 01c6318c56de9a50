//! SIGHUP: newer files are adopted, as ledger entries; what is wrong with the others is said, and what was adopted rules on.

use dfqueue::clock::Clock;
use dfqueue::domain::time::Seconds;
use serde_json::Value;

use crate::harness::{Daemon, Home, POLICY, UNIT, request};

const LOUD: [(&str, &str); 1] = [("log.level", "info")];

/// Reads the files again; what the log says of it.
async fn hangup(daemon: &mut Daemon) -> String {
    let before = daemon.process.log().len();
    daemon.process.signal("HUP");
    daemon.process.notice("RELOADING=1").await;
    let ready = daemon.process.notice("READY=1").await;
    let log = daemon.process.log()[before..].to_owned();
    assert_eq!(ready.contains("STATUS=files not adopted"), log.contains("ERROR"), "{ready}: {log}");
    log
}

/// Which files were adopted so far, in order: kind and version.
async fn adopted(home: &Home) -> Vec<String> {
    let entries = home.ledger(0).await;
    let adopted = entries.iter().filter_map(|entry| {
        let facts: Value = serde_json::from_str(&entry.facts).unwrap();
        let file = ["policy", "establishment"].into_iter().find(|file| facts.get(file).is_some())?;
        entry.kind.ends_with("_adopted").then(|| format!("{file} {}", facts[file]["version"].as_str().unwrap()))
    });
    adopted.collect()
}

/// The version of the policy that gives a submission registered now its route, and the seconds that its promise grants.
async fn rules(home: &Home, daemon: &Daemon, exhibit: &str) -> (String, i64) {
    let taken_at = Clock::System.now() - Seconds(60);
    let caller = home.caller(daemon, "investigator");
    let created = caller.post("/v1/submissions", &request("phone", exhibit, taken_at), exhibit).await.unwrap().is(201);
    let seen = caller.get(&format!("/v1/submissions/{}", created["id"].as_str().unwrap())).await.is(200);
    let due: dfqueue::domain::time::Timestamp = seen["promises"][0]["due"].as_str().unwrap().parse().unwrap();
    (seen["policy"].as_str().unwrap().to_owned(), (due - taken_at).0)
}

fn dated(text: &str, version: &str) -> String {
    text.replace("version = \"2026-11-01\"", &format!("version = \"{version}\""))
}

async fn files_are_read_again(home: Home) {
    const DAY: i64 = 24 * 3_600;
    let mut daemon = home.start(&LOUD).await;
    let first = ["establishment 2026-11-01", "policy 2026-11-01"];
    assert_eq!(adopted(&home).await, first);
    assert_eq!(rules(&home, &daemon, "AB/1").await, ("2026-11-01".into(), DAY));

    // Nothing new: nothing happens.
    hangup(&mut daemon).await;
    assert_eq!(adopted(&home).await, first);

    // A newer policy rules from now on; what was promised before stands.
    home.write("policy.toml", &dated(POLICY, "2026-11-02").replace("\"24h\"", "\"12h\""));
    let log = hangup(&mut daemon).await;
    assert!(log.contains("policy file adopted") && log.contains("2026-11-02"), "{log}");
    assert_eq!(adopted(&home).await[2..], ["policy 2026-11-02"]);
    assert_eq!(rules(&home, &daemon, "AB/2").await, ("2026-11-02".into(), DAY / 2));
    let old = home.caller(&daemon, "manager").get("/v1/submissions/Q1").await.is(200);
    assert_eq!(old["policy"], "2026-11-01");

    // A file with mistakes: every one is named with file, line and key; what was adopted rules on.
    let wrong = dated(POLICY, "2026-11-03").replace("\"device_back\"", "\"devise_back\"").replace("hard = true", "hart = true");
    home.write("policy.toml", &wrong);
    let log = hangup(&mut daemon).await;
    assert!(log.contains("ERROR") && log.contains("what was adopted before rules on"), "{log}");
    for key in ["milestone", "hart"] {
        let line = 1 + wrong.lines().position(|line| line.starts_with(key)).unwrap();
        let named = log.lines().any(|said| said.contains(&format!("policy.toml:{line}")) && said.contains(key));
        assert!(named, "{key} at line {line}: {log}");
    }
    assert_eq!(rules(&home, &daemon, "AB/3").await, ("2026-11-02".into(), DAY / 2));

    // The same version with another text is an error; an older one is ignored, with a warning.
    home.write("policy.toml", &dated(POLICY, "2026-11-02").replace("\"24h\"", "\"6h\""));
    let log = hangup(&mut daemon).await;
    assert!(log.contains("ERROR") && log.contains("2026-11-02"), "{log}");
    home.write("policy.toml", POLICY);
    let log = hangup(&mut daemon).await;
    assert!(log.contains("WARN") && log.contains("file ignored") && !log.contains("ERROR"), "{log}");
    assert_eq!(rules(&home, &daemon, "AB/4").await, ("2026-11-02".into(), DAY / 2));
    assert_eq!(adopted(&home).await.len(), 3);

    // A file that is gone is an error, too, and says why.
    std::fs::remove_file(home.path("unit.toml")).unwrap();
    let log = hangup(&mut daemon).await;
    assert!(log.contains("ERROR") && log.contains("unit.toml") && log.contains("No such file"), "{log}");

    // A newer unit whose policy can't be adopted beside it: neither is, and nothing is half-loaded.
    home.write("unit.toml", &dated(UNIT, "2026-11-02").replace("slots = 4", "slots = 3"));
    home.write("policy.toml", &dated(POLICY, "2026-11-02").replace("\"24h\"", "\"6h\""));
    let log = hangup(&mut daemon).await;
    assert!(log.contains("ERROR"), "{log}");
    assert_eq!(adopted(&home).await.len(), 3, "the unit was adopted without the policy it came with");

    home.write("policy.toml", POLICY);
    let log = hangup(&mut daemon).await;
    assert!(log.contains("unit file adopted"), "{log}");
    assert_eq!(adopted(&home).await[3..], ["establishment 2026-11-02"]);

    // Who starts with older files finds what was adopted in the ledger.
    daemon.process.stop().await;
    home.write("unit.toml", UNIT);
    let mut daemon = home.start(&LOUD).await;
    assert_eq!(rules(&home, &daemon, "AB/5").await, ("2026-11-02".into(), DAY / 2));
    daemon.process.stop().await;
    assert_eq!(adopted(&home).await.len(), 4);
    home.verify().await;
}

#[tokio::test]
async fn files_are_read_again_on_sqlite() {
    files_are_read_again(Home::sqlite().await).await;
}

#[tokio::test]
async fn files_are_read_again_on_postgres() {
    files_are_read_again(Home::postgres().await).await;
}
