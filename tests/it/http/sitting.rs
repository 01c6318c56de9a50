//! A batch of late entries is a sitting at the desk: its entries don't wait for a commit each, nothing of what they were answered
//! leaves before all of it is on disk, and where that fails the batch is handed in again.

use std::time::Duration;

use dfqueue::daemon::{Answer, Desk, DeskError};
use dfqueue::domain::command::Command;
use dfqueue::domain::entry::Actor;
use dfqueue::domain::ids::{QueueNumber, SiteId};
use dfqueue::http::access::Role;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::house::{Caller, House, at};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

/// More than there are entries.
const MOST: usize = 100;
/// Devices that each of two kiosks worked on.
const DEVICES: usize = 12;

fn reference(site: &str, device: usize) -> Value {
    json!({ "force": "Northshire", "crime_ref": format!("NS/2026/{site}"), "exhibit_ref": format!("AB/{device}") })
}

/// Devices at two sites, `DEVICES` at each, and as many that are yet to be delivered.
async fn registered(house: &House) {
    let intake = house.caller(Role::Intake, "PSE 7003").await;
    house.it_is("2026-11-23T08:00:00Z");
    for site in ["north", "hq", "new"] {
        for device in 0..DEVICES {
            let mut phone = ready(json!({ "site": if site == "new" { "north" } else { site } }));
            phone.as_object_mut().unwrap().extend(reference(site, device).as_object().unwrap().clone());
            if site == "new" {
                phone["delivered_at"] = Value::Null;
            }
            intake.post("/v1/submissions", phone).await.is(201);
        }
    }
    house.it_is("2026-11-23T12:00:00Z");
}

/// What the kiosk of a site did, one device after the other, every second entry resting on the one before.
fn day(site: &str) -> Value {
    let entries = (0..DEVICES).flat_map(|device| {
        let minute = |minute: usize| json!(at("2026-11-23T08:05:00Z").to_string().replace(":05:", &format!(":{minute:02}:")));
        let (begun, ended) = (minute(10 + 2 * device), minute(11 + 2 * device));
        let (scanned, finished) = (format!("{site}-{device}"), format!("{site}-{device}-done"));
        let mut scan = reference(site, device);
        scan["at"] = begun;
        let finish = format!("/v1/assignments/${scanned}/finish");
        [
            json!({ "key": scanned, "person": "PSE 7002", "path": format!("/v1/resources/kiosk-{site}-1/walk-up"), "body": scan }),
            json!({ "key": finished, "person": "PSE 7002", "path": finish, "body": { "at": ended } }),
        ]
    });
    Value::Array(entries.collect())
}

async fn kiosk(house: &House) -> Caller {
    house.caller_of(Role::Operator, "PSE 7001", None, &["north", "hq"]).await
}

fn counts(handed: &Value) -> (u64, u64, u64) {
    let count = |of: &str| handed[of].as_u64().unwrap();
    (count("recorded"), count("unchanged"), count("refused"))
}

/// How many entries of a kind the ledger has.
async fn entries(house: &House, kind: &str) -> usize {
    house.store.tail(0, 10_000).await.unwrap().iter().filter(|entry| entry.kind == kind).count()
}

fn delivery(device: usize) -> Command {
    // Those at the two kiosks were registered before them.
    let number = QueueNumber(i64::try_from(2 * DEVICES + device + 1).unwrap());
    Command::Deliver { number, site: SiteId::from("north"), at: at("2026-11-23T11:00:00Z"), by: None, seal: None }
}

async fn delivered(desk: &Desk, device: usize) {
    let actor = Actor { person: "PSE 7004".into(), token: None };
    let (verdict, unit) = desk.order(&actor, delivery(device)).await.unwrap();
    assert_eq!(verdict.unwrap().len(), 1);
    assert_eq!(unit.seq, desk.unit().seq);
}

on_both! {
    async fn those_who_sit_see_what_was_decided_and_others_what_is_on_disk(db: &Database) {
        let house = House::open(db).await;
        registered(&house).await;
        let (desk, seat, sitting) = (&house.desk, house.desk.seat(), house.desk.sit());
        let before = desk.unit().seq;
        delivered(&seat, 0).await;
        delivered(&seat, 1).await;
        assert_eq!((seat.unit().seq, desk.unit().seq), (before + 2, before), "nobody else hears of it");
        sitting.close().await.unwrap();
        assert_eq!((desk.unit().seq, house.store.head().await.unwrap().0), (before + 2, before + 2));

        // Whoever does not sit waits for a commit, as ever, and has all that was decided before them in it.
        delivered(&seat, 2).await;
        delivered(desk, 3).await;
        assert_eq!((desk.unit().seq, house.store.head().await.unwrap().0), (before + 4, before + 4));
        assert_eq!(seat.unit(), desk.unit());

        // What was decided when somebody leaves without a word stands, and nobody waits for them.
        let sitting = desk.sit();
        delivered(&seat, 4).await;
        drop(sitting);
        let mut changes = desk.changes();
        timeout(Duration::from_secs(10), changes.wait_for(|unit| unit.seq == before + 5)).await.unwrap().unwrap();
        seat.settle().await.unwrap();
        assert_eq!(house.store.load().await.unwrap(), desk.unit());
    }

    async fn whoever_wants_every_core_waits_for_those_who_sit_but_not_for_long(db: &Database) {
        let house = House::open(db).await;
        let (one, two) = (house.desk.sit(), house.desk.sit());
        let mut lull = std::pin::pin!(house.desk.lull(Duration::from_secs(3_600)));
        one.close().await.unwrap();
        assert!(futures::poll!(lull.as_mut()).is_pending());
        house.desk.lull(Duration::from_millis(1)).await;
        drop(two);
        lull.await;
    }

    async fn what_was_answered_is_void_where_another_node_was_quicker(db: &Database) {
        let house = House::open(db).await;
        registered(&house).await;
        let (_, chain) = house.store.head().await.unwrap();
        let (other, writer) = Desk::open(house.store.clone(), house.clock.clone(), house.desk.unit(), chain);
        tokio::spawn(writer);
        let (before, seat, sitting) = (house.desk.unit().seq, house.desk.seat(), house.desk.sit());
        delivered(&seat, 0).await;
        assert!(!sitting.is_void());
        let (verdict, _) = other.order(&Actor::daemon(), delivery(1)).await.unwrap();
        verdict.unwrap();
        // Whoever does not sit is told nothing that is void: what they want is decided again.
        delivered(&house.desk, 2).await;
        assert!(sitting.is_void());
        assert!(matches!(sitting.close().await, Err(DeskError::Void)));
        assert_eq!((house.desk.unit().seq, entries(&house, "delivered").await), (before + 2, 2));
        assert_eq!(seat.unit(), house.desk.unit(), "what is void is seen no more");

        // And a whole batch is handed in again, once.
        other.submit(&Actor::daemon(), vec![delivery(3)], None).await.unwrap();
        let answer = other.submit(&Actor::daemon(), vec![delivery(4)], None).await.unwrap();
        assert!(matches!(answer, Answer::Decided { verdicts, .. } if verdicts[0].is_ok()));
        let kiosk = kiosk(&house).await;
        let refused = kiosk.post("/v1/late-entries", day("north")).await;
        assert!(refused.headers.contains_key("retry-after"));
        let problem = refused.problem(503, "unavailable");
        assert!(problem["detail"].as_str().unwrap().ends_with("hand it in again: nothing is done twice"), "{problem}");
        assert_eq!(entries(&house, "finished").await, 0);
        assert_eq!(counts(&kiosk.post("/v1/late-entries", day("north")).await.is(207)), (2 * DEVICES as u64, 0, 0));
        assert_eq!(entries(&house, "finished").await, DEVICES);
        assert_eq!(house.store.verify().await.unwrap().finding, None);
    }

    async fn what_was_answered_is_void_where_the_database_fails(db: &Database) {
        let house = House::open(db).await;
        registered(&house).await;
        let kiosk = kiosk(&house).await;
        let breaks = format!("when (new.seq > {})", house.desk.unit().seq + 20);
        let sqlite = format!("create trigger broken before insert on ledger {breaks} begin select raise(abort, 'broken'); end");
        let postgres = format!(
            "create function broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
             create trigger broken before insert on ledger for each row {breaks} execute function broken()"
        );
        db.run(&sqlite, &postgres).await;
        kiosk.post("/v1/late-entries", day("north")).await.problem(503, "unavailable");
        assert!(house.desk.trouble().is_some());
        assert_eq!(house.store.load().await.unwrap(), house.desk.unit());
        db.run("drop trigger broken", "drop trigger broken on ledger").await;
        let (recorded, unchanged, refused) = counts(&kiosk.post("/v1/late-entries", day("north")).await.is(207));
        assert_eq!((recorded + unchanged, refused), (2 * DEVICES as u64, 0));
        assert!(house.desk.trouble().is_none());
        let again = kiosk.post("/v1/late-entries", day("north")).await.is(207);
        assert_eq!(counts(&again), (0, 2 * DEVICES as u64, 0));
        assert_eq!((entries(&house, "started").await, entries(&house, "finished").await), (DEVICES, DEVICES));
        assert_eq!(house.store.verify().await.unwrap().finding, None);
    }

    /// What has left the unit is asked of the store: that has to have it by then.
    async fn a_batch_is_judged_as_its_entries_one_by_one(db: &Database) {
        let other = if db.is_postgres() { Database::postgres().await } else { Database::sqlite() };
        let together = judged(&House::open(db).await, MOST).await;
        let one_by_one = judged(&House::open(&other).await, 1).await;
        assert_eq!(together, one_by_one);
        let statuses: Vec<u64> = together.iter().map(|item| item["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [200, 200, 200, 409, 404, 409, 200, 200, 200, 200, 409, 404, 200], "{together:#?}");
    }

    async fn three_batches_at_once_and_whoever_comes_between_are_on_record_once(db: &Database) {
        let house = House::open(db).await;
        registered(&house).await;
        let (kiosk, desk) = (kiosk(&house).await, house.caller_of(Role::PropertyDesk, "PSE 7004", None, &["north"]).await);
        let entry = |device: usize| {
            let (mut body, path) = (json!({ "at": "2026-11-23T11:00:00Z" }), format!("/v1/submissions/Q{}/delivery", 2 * DEVICES + device + 1));
            body["site"] = json!("north");
            json!({ "key": format!("new-{device}"), "path": path, "body": body })
        };
        let deliveries = Value::Array((0..DEVICES / 2).map(entry).collect());
        let between = async {
            for device in DEVICES / 2..DEVICES {
                delivered(&house.desk, device).await;
                let seq = house.desk.unit().seq;
                assert!(house.store.head().await.unwrap().0 >= seq, "nobody sees what is not on disk");
            }
        };
        let (north, hq, new, ()) = tokio::join!(
            kiosk.post("/v1/late-entries", day("north")),
            kiosk.post("/v1/late-entries", day("hq")),
            desk.post("/v1/late-entries", deliveries),
            between
        );
        for (handed, all) in [(north, 2 * DEVICES), (hq, 2 * DEVICES), (new, DEVICES / 2)] {
            let handed = handed.is(207);
            assert_eq!(counts(&handed), (all as u64, 0, 0), "{handed:#}");
        }
        assert_eq!((entries(&house, "started").await, entries(&house, "finished").await), (2 * DEVICES, 2 * DEVICES));
        assert_eq!(entries(&house, "delivered").await, DEVICES);
        assert_eq!(house.store.load().await.unwrap(), house.desk.unit());
        assert_eq!(house.store.verify().await.unwrap().finding, None);
    }

    async fn the_same_batch_twice_at_once_is_on_record_once(db: &Database) {
        let house = House::open(db).await;
        registered(&house).await;
        let kiosk = kiosk(&house).await;
        let (one, two) = tokio::join!(kiosk.post("/v1/late-entries", day("hq")), kiosk.post("/v1/late-entries", day("hq")));
        let (one, two) = (counts(&one.is(207)), counts(&two.is(207)));
        assert_eq!((one.0 + two.0, one.1 + two.1, one.2 + two.2), (2 * DEVICES as u64, 2 * DEVICES as u64, 0));
        assert_eq!(entries(&house, "finished").await, DEVICES);
    }

    async fn whoever_hangs_up_in_the_middle_keeps_nobody_waiting(db: &Database) {
        let house = House::open(db).await;
        registered(&house).await;
        let kiosk = kiosk(&house).await;
        let mut seat = house.desk.seat();
        let begun = seat.unit().seq;
        {
            let mut batch = std::pin::pin!(kiosk.post("/v1/late-entries", day("north")));
            while house.desk.seat().unit().seq < begun + 6 {
                assert!(futures::poll!(batch.as_mut()).is_pending(), "all of it is on disk before anything was decided");
                tokio::task::yield_now().await;
            }
        }
        timeout(Duration::from_secs(10), delivered(&house.desk, 0)).await.unwrap();
        seat = house.desk.seat();
        assert_eq!(seat.unit(), house.desk.unit());
        let (recorded, unchanged, refused) = counts(&kiosk.post("/v1/late-entries", day("north")).await.is(207));
        assert_eq!((recorded + unchanged, refused), (2 * DEVICES as u64, 0));
        assert!(unchanged > 0, "what was decided stands");
        assert_eq!(entries(&house, "finished").await, DEVICES);
    }
}

/// What becomes of entries that are handed in so many at a time.
async fn judged(house: &House, at_a_time: usize) -> Vec<Value> {
    registered(house).await;
    let oic = house.caller(Role::Investigator, "DC 2231").await;
    let withdrawn = json!({ "cause": "agreement_withdrawn", "data": "none", "at": "2026-11-23T08:36:00Z" });
    oic.post("/v1/submissions/Q1/withdrawal", withdrawn).await.is(200);
    let entry = |key: &str, path: &str, at: &str, mut body: Value| {
        body["at"] = json!(format!("2026-11-23T{at}:00Z"));
        json!({ "key": key, "path": path, "body": body })
    };
    let (by, back) = (json!({ "by": "DC 2231" }), json!({ "received_by": "owner", "proof": "signature" }));
    let home = [
        entry("out", "/v1/submissions/Q1/collection", "09:00", by.clone()),
        entry("home", "/v1/submissions/Q1/return", "09:30", back.clone()),
        entry("twice", "/v1/submissions/Q1/return", "09:30", back),
        entry("after", "/v1/submissions/Q1/collection", "09:40", by.clone()),
        entry("nowhere", "/v1/submissions/Q99/collection", "09:41", by),
    ];
    let kiosk_north = "/v1/resources/kiosk-north-1/walk-up";
    let did = [
        entry("closed", kiosk_north, "09:50", reference("north", 0)),
        entry("first", kiosk_north, "10:00", reference("north", 1)),
        entry("second", kiosk_north, "10:01", reference("north", 2)),
        entry("first-done", "/v1/assignments/A1/finish", "10:05", json!({})),
        entry("second-done", "/v1/assignments/A2/finish", "10:06", json!({})),
        entry("done-again", "/v1/assignments/A1/finish", "10:05", json!({})),
        entry("never", "/v1/assignments/A99/finish", "10:08", json!({})),
        entry("third", kiosk_north, "10:10", reference("north", 1)),
    ];
    let desk = house.caller_of(Role::PropertyDesk, "PSE 7004", None, &["north"]).await;
    let mut became = Vec::new();
    for (caller, entries) in [(desk, &home[..]), (kiosk(house).await, &did[..])] {
        for batch in entries.chunks(at_a_time) {
            let handed = caller.post("/v1/late-entries", json!(batch)).await.is(207);
            let items = handed["items"].as_array().unwrap().iter().cloned();
            became.extend(items.map(|mut item| {
                item.as_object_mut().unwrap().remove("index");
                item
            }));
        }
    }
    assert_eq!(house.store.verify().await.unwrap().finding, None);
    became
}
