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
        assert_eq!(seen["actions"].as_array().unwrap().iter().filter(|action| action["action"] == "handset_issue").count(), 0);

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
            mine["items"].as_array().unwrap().iter().find(|action| action["action"] == "handset_issue").cloned()
        };
        assert_eq!(handset().await, None, "not worked out yet");
        house.rescue().await;
        let told = manager.get("/v1/sla/breaches").await.is(200);
        assert_eq!((&told["items"][0]["remedies"], &told["items"][0]["handset_wanted"]), (&json!([]), &json!(true)), "{told:#}");
        let wanted = handset().await.unwrap();
        let text = "give the owner a replacement handset, with the SIM of theirs: it comes back too late; \
                    spare-1 (any unlocked smartphone) is at hq";
        assert_eq!((&wanted["text"], &wanted["clear_by"]), (&json!(text), &json!("2026-11-23T09:30:00Z")));

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

    async fn a_handset_out_of_stock_and_a_word_in_time_are_on_record_and_the_breach_says_where_the_time_went(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let manager = house.caller_of(Role::Manager, "Ms Adeyemi", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        asks_for(&intake, "AB/1", "2026-11-22T09:30:00Z", json!({})).await;
        house.plan().await;
        house.rescue().await;
        let wanted = async |action: &str| {
            let mine = oic.get("/v1/actions?person=DC%202231").await.is(200);
            mine["items"].as_array().unwrap().iter().find(|item| item["action"] == action).cloned()
        };
        let give = wanted("handset_issue").await.unwrap();
        let call = |action: &Value| (action["call"]["path"].as_str().unwrap().to_owned(), action["call"]["body"].clone());
        let (path, body) = call(&give);
        let done = oic.post(&path, body).await.is(200);
        assert_eq!(done["recorded"], json!(["handset_issued", "breach_mitigated"]));
        assert_eq!(wanted("handset_issue").await, None);
        let stock = manager.get("/v1/handsets").await.is(200);
        let spare = stock["items"].as_array().unwrap().iter().find(|one| one["id"] == "spare-1").unwrap();
        assert_eq!((&spare["state"], &spare["submission"], &spare["with_sim"]), (&json!("issued"), &json!("Q1"), &json!(true)));

        let (path, body) = call(&wanted("owner_told").await.unwrap());
        oic.post(&path, body).await.is(200);
        assert_eq!(wanted("owner_told").await, None);

        let listed = manager.get("/v1/sla/breaches?state=mitigated").await.is(200);
        assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["handset_wanted"]), (&json!("B1"), &json!(false)));
        manager.post("/v1/sla/breaches/B1/acknowledgement", json!({})).await.is(422);
        let why = json!({ "reason": "taken on a Sunday; nobody at the desk until Monday" });
        oic.post("/v1/sla/breaches/B1/acknowledgement", why.clone()).await.is(403);
        manager.post("/v1/sla/breaches/B1/acknowledgement", why.clone()).await.is(200);
        manager.post("/v1/sla/breaches/B9/acknowledgement", why).await.is(404);
        let one = manager.get("/v1/sla/breaches/B1").await.is(200);
        assert_eq!(one["acknowledged"], json!({ "at": "2026-11-23T08:30:00Z", "by": "Ms Adeyemi" }));
        let whole: i64 = one["legs"].as_array().unwrap().iter().map(|leg| leg["seconds"].as_i64().unwrap()).sum();
        assert_eq!(whole, 23 * 3_600, "from when it was taken until now: {one:#}");
        let line = manager.get("/v1/sla").await.is(200);
        let promise = line["items"].as_array().unwrap().iter().find(|line| line["promise"] == "victim-phone").unwrap();
        assert_eq!((&promise["forecast_late"], &promise["mitigated"]), (&json!(1), &json!(1)));
    }
}
