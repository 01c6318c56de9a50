//! Ends before the end, as those meet them who ask, refuse, challenge, decide and work.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields, phone_with};
use crate::harness::Database;
use crate::on_both;

fn ready(more: Value) -> Value {
    let mut ready = phone_with(json!({
        "agreement_at": "2026-11-23T07:41:00Z", "notice_at": "2026-11-23T07:41:00Z", "authorised_by": "DS 1180",
        "authorised_at": "2026-11-23T07:50:00Z", "delivered_at": "2026-11-23T07:55:00Z", "lock_state": "pin_held",
    }));
    ready.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ready
}

fn wanted<'a>(list: &'a Value, action: &str) -> Option<&'a Value> {
    list["items"].as_array().unwrap().iter().find(|item| item["action"] == action)
}

on_both! {
    async fn agreement_taken_back_stops_the_work_and_sends_the_phone_home(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let operator = house.caller(Role::Operator, "PSE 7002").await;
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        house.plan().await;
        operator.post("/v1/assignments/A1/start", json!({})).await.is(200);

        house.it_is("2026-11-23T08:40:00Z");
        let back = json!({ "cause": "agreement_withdrawn", "data": "deleted", "at": "2026-11-23T08:36:00Z" });
        let done = oic.post("/v1/submissions/Q1/withdrawal", back.clone()).await.is(200);
        assert_eq!((&done["recorded"], &done["state"]), (&json!(["released", "return_authorised", "removed"]), &json!("return_authorised")));
        let again = oic.post("/v1/submissions/Q1/withdrawal", back).await.is(200);
        assert_eq!(again["changed"], false, "told twice, done once");
        operator.post("/v1/assignments/A1/finish", json!({ "hash": "ab".repeat(32) })).await.is(409);

        house.plan().await;
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(
            (&seen["removed"]["cause"], &seen["removed"]["at"], &seen["removed"]["data"]),
            (&json!("agreement_withdrawn"), &json!("2026-11-23T08:36:00Z"), &json!("deleted"))
        );
        assert_eq!((&seen["results"], &seen["waits_for"]), (&json!("not_wanted"), &json!("")));
        let stages: Vec<&str> = seen["stages"].as_array().unwrap().iter().map(|stage| stage["state"].as_str().unwrap()).collect();
        assert_eq!(stages, ["ended", "ended", "ended", "planned", "ended"], "only the way home is left");
        assert_eq!((&seen["promise"]["promise"], &seen["promise"]["standing"]), (&json!("victim-phone"), &json!("on_track")));
        assert!(wanted(&desk.get("/v1/actions").await.is(200), "collection").is_some());

        desk.post("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" })).await.is(200);
        let gone = oic.post("/v1/submissions/Q1/return", json!({ "received_by": "owner", "proof": "signature" })).await.is(200);
        assert_eq!(gone["open"], false);
        let told: Value = oic.get("/v1/submissions/Q1").await.is(200)["timeline"].clone();
        let removed = told.as_array().unwrap().iter().find(|entry| entry["kind"] == "removed").unwrap();
        assert_eq!((&removed["word"], &removed["recorded_by"]), (&json!("agreement_withdrawn"), &json!("DC 2231")));
        assert_eq!(house.store.verify().await.unwrap().finding, None);
    }

    async fn a_refusal_is_challenged_and_the_head_of_the_unit_decides(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let dmi = house.caller(Role::Practitioner, "DMI 12").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        house.it_is("2026-11-23T08:30:00Z");
        let suspects = json!({ "owner": "suspect", "device": "laptop", "legal_basis": "PACE s.19", "agreement_at": null, "notice_at": null });
        intake.post("/v1/submissions", ready(suspects)).await.is(201);
        house.plan().await;

        let refusal = |cause: &str| json!({ "cause": cause, "data": "none", "reason": "the phone holds the same" });
        assert_eq!(fields(&dmi.post("/v1/submissions/Q1/refusal", refusal("withdrawn")).await.is(422)), ["cause"]);
        assert_eq!(fields(&dmi.post("/v1/submissions/Q1/refusal", json!({})).await.is(422)), ["cause", "data"]);
        let unsaid = json!({ "cause": "not_necessary", "data": "none" });
        assert_eq!(fields(&dmi.post("/v1/submissions/Q1/refusal", unsaid).await.is(422)), ["reason"]);
        oic.post("/v1/submissions/Q1/refusal", refusal("not_necessary")).await.is(403);
        oic.post("/v1/submissions/Q1/challenge", json!({ "reason": "not refused yet" })).await.is(409);
        let refused = dmi.post("/v1/submissions/Q1/refusal", refusal("not_necessary")).await.is(200);
        assert_eq!((&refused["open"], &refused["recorded"]), (&json!(false), &json!(["released", "removed"])));
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert!(seen["promises"].as_array().unwrap().iter().all(|promise| promise["standing"] == "void"), "{seen:#}");

        assert!(wanted(&manager.get("/v1/actions").await.is(200), "challenge_decision").is_none());
        oic.post("/v1/submissions/Q1/challenge", json!({ "reason": "the phone is broken" })).await.is(200);
        house.plan().await;
        let list = manager.get("/v1/actions").await.is(200);
        let decide = wanted(&list, "challenge_decision").unwrap();
        assert!(decide["text"].as_str().unwrap().contains("refused (not necessary)"), "{decide:#}");
        let path = decide["call"]["path"].as_str().unwrap();
        let decided = manager.post(path, json!({ "upheld": true, "reason": "no other source" })).await.is(200);
        assert_eq!((&decided["open"], &decided["recorded"]), (&json!(true), &json!(["reinstated"])));
        manager.post(path, json!({ "upheld": true, "reason": "again" })).await.is(409);
        house.plan().await;
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&seen["removed"], &seen["results"]), (&Value::Null, &json!("pending")));
        assert!(seen["next"]["start"].is_string(), "{seen:#}");
        assert_eq!(house.store.verify().await.unwrap().finding, None);
    }
}
