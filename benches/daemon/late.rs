//! A day of three kiosks that had no line, handed in at once: 3,000 entries, each with the time at which it happened.

use dfqueue::clock::{Clock, monotonic};
use dfqueue::domain::time::{Seconds, Timestamp};
use serde_json::{Value, json};

use crate::harness::{Caller, Daemon, Home, seconds};

/// Where there was no line: the kiosk and who runs it at each site.
const KIOSKS: [(&str, &str); 3] = [("custody", "kiosk-custody-1"), ("north", "kiosk-north-1"), ("east", "kiosk-east-1")];
/// Entries of each.
const ENTRIES: usize = 1_000;
/// What is done with a device while it is there: three stages, each begun and ended.
const EACH: usize = 6;

/// When an entry of a kiosk happened: one every half minute.
fn at(first: Timestamp, entry: usize) -> Timestamp {
    first + Seconds(30 * i64::try_from(entry).unwrap())
}

fn reference(site: &str, device: usize) -> Value {
    json!({ "force": "Northshire", "crime_ref": format!("LATE/{site}"), "exhibit_ref": format!("AB/{device}") })
}

/// Devices that were there when the line went.
async fn registered(intake: &Caller, first: Timestamp) {
    let before = first - Seconds::hours(1);
    for (site, _) in KIOSKS {
        let phones = (0..ENTRIES.div_ceil(EACH)).map(|device| {
            let mut phone = json!({
                "oic": "DC 2231", "offence": "rasso", "owner": "witness", "device": "phone", "storage_gb": 128,
                "lock_state": "pin_held", "site": site, "taken_at": before, "delivered_at": before, "agreement_at": before,
                "notice_at": before, "authorised_by": "DS 1180", "authorised_at": before,
            });
            phone.as_object_mut().unwrap().extend(reference(site, device).as_object().unwrap().clone());
            phone
        });
        let batch = Value::Array(phones.collect());
        let done = intake.post("/v1/submissions", &batch, &format!("register-{site}")).await.unwrap().is(207);
        assert_eq!(done["refused"], 0, "{done:#}");
    }
}

/// What one kiosk did, a device after the other.
fn day(site: &str, kiosk: &str, first: Timestamp) -> Value {
    let entry = |entry: usize| {
        let (device, key, at) = (entry / EACH, format!("{site}-{entry}"), at(first, entry));
        if entry.is_multiple_of(2) {
            let mut body = reference(site, device);
            body["at"] = json!(at);
            return json!({ "key": key, "person": "PSE 7002", "path": format!("/v1/resources/{kiosk}/walk-up"), "body": body });
        }
        let path = format!("/v1/assignments/${site}-{}/finish", entry - 1);
        json!({ "key": key, "person": "PSE 7002", "path": path, "body": { "at": at, "tool": "Kiosk Reader", "tool_version": "7.61" } })
    };
    Value::Array((0..ENTRIES).map(entry).collect())
}

/// How long it takes until all of it is on record, all three at once.
pub async fn entries(name: &str, home: &Home, daemon: &Daemon) {
    let first = Clock::System.now() - Seconds::hours(10);
    let (intake, operator, manager) = ("intake", "operator", "manager");
    registered(&home.caller(daemon, intake), first).await;
    let begun = monotonic();
    let handed = KIOSKS.map(|(site, kiosk)| {
        let (caller, day) = (home.caller(daemon, operator), day(site, kiosk, first));
        tokio::spawn(async move { caller.post("/v1/late-entries", &day, &format!("day-{site}")).await.unwrap().is(207) })
    });
    for handed in handed {
        let handed = handed.await.unwrap();
        assert_eq!((&handed["recorded"], &handed["refused"]), (&json!(ENTRIES), &json!(0)), "{handed:#}");
    }
    let took = seconds(begun);
    let manager = home.caller(daemon, manager);
    for (site, _) in KIOSKS {
        for device in [0, 7, 100] {
            let found = manager
                .post("/v1/submissions/search", &reference(site, device), &format!("find-{site}-{device}"))
                .await
                .unwrap()
                .is(200);
            let path = format!("/v1/submissions/{}", found["items"][0]["id"].as_str().unwrap());
            let seen = manager.get(&path).await.is(200);
            let verified = seen["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == "verify").unwrap();
            assert_eq!(verified["end"], json!(at(first, device * EACH + EACH - 1)), "{seen:#}");
        }
    }
    println!("{name}: {} late entries of {} kiosks at once: {took:.2} s", KIOSKS.len() * ENTRIES, KIOSKS.len());
}
