//! A victim's phone that will not be back in time: what could be done about it, and who is asked for a replacement handset.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{Caller, House, phone_with};
use crate::harness::Database;
use crate::on_both;

/// A phone of which every gate was met an hour after it was taken; the owner is a victim unless changed.
async fn asks_for(intake: &Caller, exhibit: &str, taken_at: &str, changes: Value) -> Value {
    let mut ready = json!({
        "exhibit_ref": exhibit, "taken_at": taken_at, "agreement_at": taken_at, "notice_at": taken_at, "authorised_by": "DS 1180",
        "authorised_at": taken_at, "delivered_at": taken_at, "lock_state": "unlocked",
    });
    ready.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    intake.post("/v1/submissions", phone_with(ready)).await.is(201)
}

/// The operators have as many phones of witnesses in hand as they can.
async fn operators_are_busy(house: &House, operator: &Caller) {
    house.plan().await;
    let offers = operator.get("/v1/resources/operators-north/assignments").await.is(200);
    let offers: Vec<Value> = offers["next"].as_array().unwrap().clone();
    assert_eq!(offers.len(), 2, "{offers:#?}");
    for offer in offers {
        operator.post(&format!("/v1/assignments/{}/accept", offer["id"].as_str().unwrap()), json!({})).await.is(200);
    }
}

on_both! {
    async fn what_would_keep_the_promise_is_told_with_the_breach(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let manager = house.caller_of(Role::Manager, "Ms Adeyemi", None, &[]).await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        for exhibit in ["WT/1", "WT/2"] {
            asks_for(&intake, exhibit, "2026-11-23T07:00:00Z", json!({ "owner": "witness" })).await;
        }
        operators_are_busy(&house, &operator).await;
        // It takes just under two hours from the moment somebody begins, a quarter of an hour more behind both of them.
        asks_for(&intake, "AB/1", "2026-11-22T10:35:00Z", json!({})).await;
        house.plan().await;
        let told = manager.get("/v1/sla/breaches").await.is(200);
        assert_eq!((&told["items"][0]["state"], &told["items"][0]["remedies"]), (&json!("forecast"), &Value::Null), "not worked out yet");

        house.rescue().await;
        let told = manager.get("/v1/sla/breaches").await.is(200);
        let first = &told["items"][0]["remedies"][0];
        assert_eq!(first["measures"][0]["kind"], "put_off", "{told:#}");
        assert_eq!(first["text"], "operators-north/1 leaves prepare of Q1 for later");
        assert!(first["at"].as_str().unwrap() <= told["items"][0]["due"].as_str().unwrap(), "{told:#}");
        assert_eq!(told["items"][0]["handset_wanted"], false);
        let seen = manager.get("/v1/submissions/Q3").await.is(200);
        assert_eq!(seen["promise"]["remedies"], told["items"][0]["remedies"]);
        assert_eq!(seen["actions"].as_array().unwrap().iter().filter(|action| action["action"] == "handset").count(), 0);

        // Done as told, the promise is kept and nothing is left to be said.
        let offers = operator.get("/v1/resources/operators-north/assignments").await.is(200);
        let of_first = offers["next"].as_array().unwrap().iter().find(|offer| offer["submission"] == "Q1").unwrap();
        let path = format!("/v1/assignments/{}/release", of_first["id"].as_str().unwrap());
        operator.post(&path, json!({ "reason": "a victim's phone goes first" })).await.is(200);
        house.plan().await;
        let seen = manager.get("/v1/submissions/Q3").await.is(200);
        assert_eq!((&seen["promise"]["remedies"], &seen["promise"]["late_seconds"]), (&Value::Null, &json!(0)), "{seen:#}");
    }

    async fn where_nothing_keeps_it_a_replacement_handset_is_asked_for(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let manager = house.caller_of(Role::Manager, "Ms Adeyemi", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        asks_for(&intake, "AB/1", "2026-11-22T09:30:00Z", json!({})).await;
        house.plan().await;
        let handset = async || {
            let mine = oic.get("/v1/actions?person=DC%202231").await.is(200);
            mine["items"].as_array().unwrap().iter().find(|action| action["action"] == "handset").cloned()
        };
        assert_eq!(handset().await, None, "not worked out yet");
        house.rescue().await;
        let told = manager.get("/v1/sla/breaches").await.is(200);
        assert_eq!((&told["items"][0]["remedies"], &told["items"][0]["handset_wanted"]), (&json!([]), &json!(true)), "{told:#}");
        let wanted = handset().await.unwrap();
        let text = "give the owner a replacement handset, with the SIM of theirs: it comes back too late; \
                    spare-1 (any unlocked smartphone) is at hq";
        assert_eq!((&wanted["text"], &wanted["clear_by"], &wanted["call"]), (&json!(text), &json!("2026-11-23T09:30:00Z"), &Value::Null));

        // Once late it is wanted all the more, until she has her own back.
        house.it_is("2026-11-23T09:31:00Z");
        house.sweep().await;
        house.plan().await;
        assert_eq!(handset().await.unwrap()["past"], true);
        oic.post("/v1/submissions/Q1/return-authorisation", json!({})).await.is(200);
        let returned = json!({ "received_by": "owner", "proof": "signature" });
        oic.post("/v1/submissions/Q1/return", returned).await.is(200);
        house.plan().await;
        assert_eq!(handset().await, None);
    }
}
