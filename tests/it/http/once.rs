//! Registering: one, many, the same again, and once under a key.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields, phone, phone_with};
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn the_same_request_again_changes_nothing(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        let again = oic.post("/v1/submissions", phone()).await.is(200);
        assert_eq!((&again["id"], &again["changed"]), (&json!("Q1"), &json!(false)));

        // Other values need a correction: the answer says where they differ, and from what.
        let differs = oic.post("/v1/submissions", phone_with(json!({ "storage_gb": 256, "case_rank": 2 }))).await.problem(409, "differs");
        assert_eq!(fields(&differs), ["storage_gb", "case_rank"]);
        assert_eq!(differs["submission"], "Q1");
        let storage = json!({ "column": "storage_gb", "recorded": "128", "given": "256", "fillable": false });
        assert_eq!(differs["differences"][0], storage);
        assert_eq!(differs["differences"][1]["fillable"], true);

        // A further request for the same exhibit is another submission of the same case.
        let second = oic.post("/v1/submissions", phone_with(json!({ "request": 2 }))).await.is(201);
        assert_eq!(second["id"], "Q2");
    }

    async fn each_of_a_batch_stands_or_falls_alone(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        intake.post("/v1/submissions", phone()).await.is(201);
        let batch = json!([
            phone_with(json!({ "exhibit_ref": "AB/2" })),
            phone_with(json!({ "exhibit_ref": "AB/3", "device": "telephone", "colour": "red" })),
            phone(),
            phone_with(json!({ "make": "Samsung" })),
            7,
        ]);
        let answer = intake.post("/v1/submissions", batch).await.is(207);
        let statuses: Vec<u64> = answer["items"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [201, 422, 200, 409, 422]);
        assert_eq!((&answer["created"], &answer["unchanged"], &answer["refused"]), (&json!(1), &json!(1), &json!(3)));
        assert_eq!(answer["items"][0]["id"], "Q2");
        assert_eq!(fields(&answer["items"][1]["problem"]), ["colour", "device"]);
        assert_eq!(house.desk.unit().submissions.size(), 2);
        let many: Vec<Value> = (0..1_001).map(|_| json!(0)).collect();
        intake.post("/v1/submissions", json!(many)).await.problem(422, "invalid");
    }

    async fn an_import_fills_in_what_was_empty(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        intake.post("/v1/submissions", phone()).await.is(201);
        house.it_is("2026-11-23T09:00:00Z");
        let fuller = phone_with(json!({
            "agreement_at": "2026-11-23T08:10:00Z", "notice_at": "2026-11-23T08:05:00Z", "delivered_at": "2026-11-23T08:25:00Z",
            "authorised_by": "DS 1180", "authorised_at": "2026-11-23T08:30:00Z", "lock_state": "unlocked",
        }));
        let filled = intake.post("/v1/submissions?existing=fill", fuller.clone()).await.is(200);
        let recorded: Vec<&str> = filled["recorded"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
        for kind in ["agreement_recorded", "authorised", "delivered", "pin_status_recorded"] {
            assert!(recorded.contains(&kind), "{recorded:?} lacks {kind}");
        }
        assert_eq!(filled["state"], "waiting");
        intake.post("/v1/submissions", fuller).await.is(200);
        let seen = intake.get("/v1/submissions/Q1").await.is(200);
        assert!(seen["gates"].as_array().unwrap().iter().all(|gate| gate["open"] == true), "{seen:#}");
        // What differs is not filled in, but told.
        let other = phone_with(json!({ "make": "Samsung", "case_rank": 3 }));
        intake.post("/v1/submissions?existing=fill", other).await.problem(409, "differs");
        assert_eq!(intake.get("/v1/submissions/Q1").await.is(200)["asked_for"]["case_rank"], 3);
        intake.post("/v1/submissions?existing=overwrite", phone()).await.problem(400, "wrong_query");
    }

    async fn a_key_makes_it_happen_once(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let key = [("idempotency-key", "2f1b7c1e-7d6c-4b1f-9f0e-5b0f6b1f3a01")];
        let first = oic.post_with("/v1/submissions", phone(), &key).await;
        assert!(!first.headers.contains_key("idempotency-replayed"));
        let first = first.is(201);
        // Meanwhile it has changed; the answer is the one given then, location and all.
        oic.post("/v1/submissions/Q1/pin", json!({ "lock_state": "afu" })).await.is(200);
        let seq = house.desk.unit().seq;
        let again = oic.post_with("/v1/submissions", phone(), &key).await;
        assert_eq!((&again.headers["idempotency-replayed"], &again.headers["location"]), (&"true".parse().unwrap(), &"/v1/submissions/Q1".parse().unwrap()));
        assert_eq!(again.is(201), first);
        assert_eq!(house.desk.unit().seq, seq);

        // The same key for something else, or by someone else, is a mistake; another token's keys are its own.
        oic.post_with("/v1/submissions", phone_with(json!({ "exhibit_ref": "AB/2" })), &key).await.problem(422, "key_reused");
        oic.post_with("/v1/submissions/Q1/pin", json!({ "lock_state": "bfu" }), &key).await.problem(422, "key_reused");
        oic.spoken_by("DC 9").post_with("/v1/submissions", phone(), &key).await.problem(422, "key_reused");
        let other = house.caller(Role::Investigator, "DC 2231").await;
        other.post_with("/v1/submissions", phone(), &key).await.is(200);

        // A refusal is an answer, too.
        let key = [("idempotency-key", "collect-1")];
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        let refused = desk.post_with("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" }), &key).await.problem(409, "illegal_transition");
        assert_eq!((&refused["state"], &refused["allowed"]), (&json!("not delivered"), &json!("delivery, or return")));
        assert_eq!(desk.post_with("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" }), &key).await.is(409), refused);
        let long = "k".repeat(201);
        for key in [long.as_str(), "two words", "a\ttab"] {
            desk.post_with("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" }), &[("idempotency-key", key)]).await.problem(400, "wrong_header");
        }
    }
}
