//! A kiosk and a desk that had no line hand in what they recorded: in one go, in the order in which it happened, and once.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

const WALK_UP: &str = "/v1/resources/kiosk-north-1/walk-up";

fn scan(key: &str, at: &str) -> Value {
    let body = json!({ "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "at": at });
    json!({ "key": key, "person": "PSE 7002", "path": WALK_UP, "body": body })
}

fn entry(key: &str, path: &str, body: Value) -> Value {
    json!({ "key": key, "path": path, "body": body })
}

fn statuses(handed: &Value) -> Vec<u64> {
    handed["items"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect()
}

on_both! {
    async fn what_a_kiosk_did_without_a_line_is_on_record_as_it_happened(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let kiosk = house.caller_of(Role::Operator, "PSE 7001", None, &["north"]).await;
        let desk = house.caller_of(Role::PropertyDesk, "PSE 7004", None, &["north"]).await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        house.it_is("2026-11-23T08:10:00Z");
        // Due at half past nine, and back at a quarter past: but nobody hears of that before noon.
        let phone = ready(json!({ "taken_at": "2026-11-22T09:30:00Z", "agreement_at": "2026-11-22T09:40:00Z",
            "notice_at": "2026-11-22T09:40:00Z", "authorised_at": "2026-11-22T09:50:00Z", "delivered_at": "2026-11-22T18:00:00Z" }));
        intake.post("/v1/submissions", phone).await.is(201);
        house.plan().await;
        house.it_is("2026-11-23T12:00:00Z");
        house.sweep().await;
        house.plan().await;
        assert_eq!(head.get("/v1/sla/breaches?state=open").await.is(200)["items"].as_array().unwrap().len(), 1);

        // In no order at all: they were read from three cards.
        let did = json!([
            scan("k-5", "2026-11-23T08:50:00Z"),
            entry("k-6", "/v1/assignments/$k-5/finish", json!({ "at": "2026-11-23T08:55:00Z" })),
            scan("k-1", "2026-11-23T08:12:00Z"),
            entry("k-4", "/v1/assignments/$k-3/finish", json!({ "at": "2026-11-23T08:50:00Z", "tool": "Kiosk Reader", "tool_version": "7.61" })),
            entry("k-2", "/v1/assignments/$k-1/finish", json!({ "at": "2026-11-23T08:20:00Z" })),
            scan("k-3", "2026-11-23T08:20:00Z"),
        ]);
        let handed = kiosk.post("/v1/late-entries", did.clone()).await.is(207);
        assert_eq!((&handed["recorded"], &handed["refused"]), (&json!(6), &json!(0)), "{handed:#}");
        assert_eq!(handed["items"][0]["key"], "k-5", "as they were given");
        let home = json!([
            entry("d-1", "/v1/submissions/Q1/collection", json!({ "by": "DC 2231", "at": "2026-11-23T08:58:00Z" })),
            entry("d-2", "/v1/submissions/$d-1/return", json!({ "received_by": "owner", "proof": "signature", "at": "2026-11-23T09:15:00Z" })),
        ]);
        assert_eq!(statuses(&desk.post("/v1/late-entries", home).await.is(207)), [200, 200]);

        // The clock stopped when she had it, and the breach that was recorded meanwhile was none.
        let breaches = head.get("/v1/sla/breaches?state=disproved").await.is(200);
        assert_eq!(breaches["items"][0]["reached_at"], "2026-11-23T09:15:00Z", "{breaches:#}");
        assert_eq!(head.get("/v1/sla/breaches?state=open").await.is(200)["items"], json!([]));
        let seen = head.get("/v1/submissions/Q1").await.is(200);
        let finished = seen["timeline"].as_array().unwrap().iter().find(|entry| entry["kind"] == "finished").unwrap();
        assert_eq!((&finished["happened_at"], &finished["recorded_at"]), (
            &json!("2026-11-23T08:20:00Z"), &json!("2026-11-23T12:00:00Z")));
        let started = seen["timeline"].as_array().unwrap().iter().find(|entry| entry["kind"] == "started").unwrap();
        assert_eq!(started["recorded_by"], "PSE 7002", "who did it, not who handed it in");

        let before = house.desk.unit().seq;
        let again = kiosk.post("/v1/late-entries", did).await.is(207);
        assert_eq!((&again["recorded"], &again["unchanged"]), (&json!(0), &json!(6)), "{again:#}");
        assert_eq!(again["items"][0]["answer"]["assignment"], handed["items"][0]["answer"]["assignment"]);
        assert_eq!(house.desk.unit().seq, before, "and nothing is done twice");
        assert_eq!(house.store.verify().await.unwrap().finding, None);
    }

    async fn each_entry_stands_or_falls_alone_but_for_what_rests_on_it(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let kiosk = house.caller_of(Role::Operator, "PSE 7001", None, &["north"]).await;
        let far = house.caller_of(Role::Operator, "PSE 7009", None, &["hq"]).await;
        house.it_is("2026-11-23T09:00:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        house.plan().await;
        let batch = json!([
            scan("early", "2026-11-23T07:00:00Z"),
            entry("rests", "/v1/assignments/$early/finish", json!({ "at": "2026-11-23T08:00:00Z" })),
            scan("good", "2026-11-23T08:10:00Z"),
            scan("good", "2026-11-23T08:11:00Z"),
            entry("nobody's", "/v1/assignments/$nothing/finish", json!({})),
            entry("asks", "/v1/queue", json!({})),
            entry("nested", "/v1/late-entries", json!([])),
            entry("may-not", "/v1/submissions/Q1/authorisation", json!({ "at": "2026-11-23T08:10:00Z" })),
            entry("wrong", "/v1/submissions/Q1/delivery", json!({ "sight": "north", "at": "2026-11-23T08:10:00Z" })),
            entry("query", "/v1/submissions?existing=fill", json!({})),
            { "path": WALK_UP, "note": 1 },
            { "key": "nowhere" },
        ]);
        let handed = kiosk.post("/v1/late-entries", batch).await.is(207);
        assert_eq!(statuses(&handed), [409, 422, 200, 422, 422, 404, 422, 403, 422, 422, 422, 422], "{handed:#}");
        let problem = |index: usize| handed["items"][index]["problem"].clone();
        assert_eq!(problem(0)["type"], "/problems/gate_shut", "it was not there yet");
        assert_eq!(problem(1)["errors"][0]["problem"], "rests on an entry that began no assignment: early");
        assert_eq!(problem(3)["errors"][0]["problem"], "is that of another entry of this batch");
        assert_eq!(problem(4)["errors"][0]["problem"], "names no entry of this batch that comes before: nothing");
        assert_eq!(fields(&problem(8)), ["sight"]);
        assert_eq!(fields(&problem(10)), ["key", "note"]);
        assert_eq!(fields(&problem(11)), ["path"], "once");
        assert_eq!((&handed["recorded"], &handed["refused"]), (&json!(1), &json!(11)));

        let elsewhere = far.post("/v1/late-entries", json!([scan("x", "2026-11-23T08:30:00Z")])).await.is(207);
        assert_eq!((statuses(&elsewhere), elsewhere.to_string().contains("Q1")), (vec![404], false), "not theirs");
        let many = vec![json!({ "key": "k" }); 1_001];
        kiosk.post("/v1/late-entries", json!(many)).await.problem(422, "invalid");
        assert_eq!(kiosk.post("/v1/late-entries", json!([])).await.is(207)["items"], json!([]));
        intake.post("/v1/late-entries", json!([])).await.is(403);
    }
    async fn what_was_refused_is_judged_again_when_it_is_handed_in_again(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let kiosk = house.caller_of(Role::Operator, "PSE 7001", None, &["north"]).await;
        house.it_is("2026-11-23T09:00:00Z");
        intake.post("/v1/submissions", ready(json!({ "agreement_at": null, "notice_at": null }))).await.is(201);
        house.plan().await;
        let batch = json!([
            scan("k-1", "2026-11-23T08:30:00Z"),
            entry("k-2", "/v1/assignments/$k-1/finish", json!({ "at": "2026-11-23T08:40:00Z" })),
        ]);
        assert_eq!(statuses(&kiosk.post("/v1/late-entries", batch.clone()).await.is(207)), [409, 422]);
        let agreed = json!({ "answer": "agreed", "agreement_at": "2026-11-23T08:00:00Z", "notice_at": "2026-11-23T08:00:00Z",
            "device_user": "adult", "decided_by": "device_user", "notice": ["information_sought", "why", "how_dealt_with", "may_refuse", "refusal_ends_nothing"] });
        oic.post("/v1/submissions/Q1/agreement", agreed).await.is(200);
        assert_eq!(kiosk.post("/v1/late-entries", batch.clone()).await.is(207)["recorded"], 2);
        assert_eq!(kiosk.post("/v1/late-entries", batch).await.is(207)["unchanged"], 2);
    }
}
