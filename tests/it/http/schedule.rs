//! What a court asks for: who had the device, what was done with it and by whose leave, in one call.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, phone_with};
use crate::harness::Database;
use crate::on_both;

/// What happened, line by line: the word for it, who gave the device, who took it, where it was then.
fn moves(schedule: &Value) -> Vec<(String, String, String, String)> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or("-").to_owned();
    let lines = schedule["continuity"].as_array().unwrap().iter();
    lines.map(|line| (text(line, "what"), text(line, "from"), text(line, "to"), text(line, "place"))).collect()
}

on_both! {
    async fn the_schedule_of_an_exhibit_names_every_hand_and_every_method(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        let operator = house.caller(Role::Operator, "PSE 7002").await;
        house.it_is("2026-11-23T08:30:00Z");
        let phone = phone_with(json!({ "lock_state": "pin_held", "return_authorised_by": "DC 2231", "scope": ["messages"] }));
        oic.post("/v1/submissions", phone).await.is(201);
        let agreed = json!({ "agreement_at": "2026-11-23T08:10:00Z", "notice_at": "2026-11-23T08:05:00Z", "device_user": "child",
            "decided_by": "parent_or_guardian", "views": "wants it back by Friday",
            "notice": ["information_sought", "why", "how_dealt_with", "may_refuse", "refusal_ends_nothing"] });
        oic.post("/v1/submissions/Q1/agreement", agreed).await.is(200);
        sergeant.post("/v1/submissions/Q1/authorisation", json!({})).await.is(200);
        // A name that a spreadsheet would take for a formula.
        let brought = json!({ "by": "=DC 2231", "at": "2026-11-23T08:20:00Z" });
        desk.post("/v1/submissions/Q1/delivery", brought).await.is(200);
        house.plan().await;
        operator.post("/v1/assignments/A1/start", json!({})).await.is(200);
        house.it_is("2026-11-23T08:45:00Z");
        let done = json!({ "tool": "extractor", "tool_version": "7.1", "hash": "ab".repeat(32), "within_scope": false,
            "wider_data": "ring_fenced", "reason": "the tool takes whole threads" });
        operator.post("/v1/assignments/A1/finish", done).await.is(200);
        oic.post("/v1/submissions/Q1/withdrawal", json!({ "cause": "agreement_withdrawn", "data": "deleted" })).await.is(200);
        desk.post("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" })).await.is(200);
        oic.post("/v1/submissions/Q1/return", json!({ "received_by": "owner", "proof": "signature" })).await.is(200);
        let correction = json!({ "field": "model", "value": "14 Pro", "reason": "read from the case" });
        oic.post("/v1/submissions/Q1/correction", correction).await.is(200);

        let schedule = oic.get("/v1/submissions/Q1/schedule").await.is(200);
        let line = |what: &str, from: &str, to: &str, place: &str| (what.into(), from.into(), to.into(), place.into());
        assert_eq!(moves(&schedule), [
            line("taken", "victim", "DC 2231", "police"),
            line("delivered", "=DC 2231", "PSE 7001", "north"),
            line("in_hand", "-", "PSE 7002", "north"),
            line("out_of_hand", "PSE 7002", "-", "north"),
            line("collected", "PSE 7001", "DC 2231", "signed out"),
            line("returned", "DC 2231", "owner", "victim"),
        ]);
        let method = &schedule["methods"][0];
        assert_eq!((&method["stage"], &method["outcome"], &method["by"]), (&json!("prepare"), &json!("finished"), &json!("PSE 7002")));
        assert_eq!((&method["tool_version"], &method["hash"]), (&json!("7.1"), &json!("ab".repeat(32))));
        let allowed: Vec<&str> = schedule["authority"].as_array().unwrap().iter().map(|line| line["what"].as_str().unwrap()).collect();
        assert_eq!(allowed, ["agreement", "return_authorised", "authorised", "removed"]);
        let text = |section: &str, place: usize, field: &str| schedule[section][place][field].as_str().unwrap().to_owned();
        let agreed = text("authority", 0, "text");
        assert!(agreed.ends_with("decided by: parent or guardian; the user said: wants it back by Friday"), "{agreed}");
        let beyond = "more was taken than was asked for (ring fenced): the tool takes whole threads";
        assert_eq!(text("methods", 0, "reason"), beyond);
        let corrected = schedule["corrections"][0]["text"].as_str().unwrap();
        assert!(corrected.contains("14 Pro") && corrected.contains("read from the case"), "{corrected}");
        let (seq, chain) = house.store.head().await.unwrap();
        assert_eq!((&schedule["ledger_seq"], &schedule["ledger_chain"]), (&json!(seq), &json!(hex::encode(chain))));
        assert_eq!((&schedule["marking"], &schedule["prepared_by"]), (&json!("OFFICIAL-SENSITIVE"), &json!("DC 2231")));

        let (kind, table) = oic.text("/v1/submissions/Q1/schedule?format=csv").await;
        assert_eq!(kind, "text/csv; charset=utf-8");
        let mut rows = csv::Reader::from_reader(table.as_bytes());
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 6 + 4 + 1 + 1);
        assert!(rows.iter().any(|row| &row[7] == "'=DC 2231"), "no spreadsheet runs what somebody wrote");

        let (kind, page) = oic.text("/v1/submissions/Q1/schedule?format=html").await;
        assert_eq!(kind, "text/html; charset=utf-8");
        assert_eq!(page.matches("OFFICIAL-SENSITIVE").count(), 2, "above and below");
        assert!(page.contains("written notice given 2026-11-23 08:05:00 GMT"), "in the unit's time: {page}");
        assert!(page.contains("2026-11-23 08:45:00 GMT") && page.contains("recorded 2026-11-23 08:30:00 GMT"), "{page}");
        oic.get("/v1/submissions/Q1/schedule?format=pdf").await.is(400);
        desk.get("/v1/submissions/Q1/schedule").await.is(403);
        let elsewhere = house.caller_of(Role::Investigator, "DC 9", Some("Southshire"), &[]).await;
        elsewhere.get("/v1/submissions/Q1/schedule?format=csv").await.is(404);
    }
}
