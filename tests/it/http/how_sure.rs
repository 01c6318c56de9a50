//! How sure the plan is, as its readers are told.

use axum::body::Body;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, phone_with};
use crate::harness::Database;
use crate::on_both;

/// A phone of which nothing is missing.
fn ready(exhibit: &str, owner: &str) -> Value {
    phone_with(json!({
        "exhibit_ref": exhibit, "owner": owner, "lock_state": "pin_held", "return_authorised_by": "DC 2231",
        "agreement_at": "2026-11-23T07:25:00Z", "notice_at": "2026-11-23T07:25:00Z", "authorised_by": "DS 1180",
        "authorised_at": "2026-11-23T07:28:00Z", "delivered_at": "2026-11-23T07:29:00Z",
    }))
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap_or_else(|| panic!("{value} is no instant")).parse().unwrap()
}

fn unknown(promise: &Value) -> bool {
    let fields = promise.as_object().unwrap();
    fields["probability_late"].is_null() && fields["eta"].is_null()
}

on_both! {
    async fn is_told_of_the_newest_plan_alone(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "Import").await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        intake.post("/v1/submissions", ready("AB/1", "victim")).await.is(201);
        house.plan().await;

        // Given a plan, nothing is known of how sure it is until its runs are made.
        let seen = manager.get("/v1/submissions/Q1").await.is(200);
        assert!(unknown(&seen["promise"]) && seen["promises"].as_array().unwrap().iter().all(unknown), "{seen:#}");
        assert_eq!(seen["as_of"]["forecast_seq"], Value::Null);

        // Then every running promise has its probability and its range, in the status and in the queue.
        house.forecast().await;
        let seen = manager.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["as_of"]["forecast_seq"], seen["as_of"]["plan_seq"]);
        assert_eq!(seen["promises"].as_array().unwrap().len(), 2, "{seen:#}");
        for promise in seen["promises"].as_array().unwrap() {
            let late = promise["probability_late"].as_f64().unwrap();
            let (p50, p90) = (instant(&promise["eta"]["p50"]), instant(&promise["eta"]["p90"]));
            assert!(late < 0.05 && p50 < p90, "due in a day, planned in hours: {promise:#}");
        }
        assert_eq!(seen["promise"]["standing"], "on_track");
        let queue = manager.get("/v1/queue").await.is(200);
        assert_eq!((&queue["items"][0]["promise"], &queue["as_of"]), (&seen["promise"], &seen["as_of"]));

        // When another arrives, what was known of the plan before is not said of the new one.
        intake.post("/v1/submissions", ready("AB/2", "victim")).await.is(201);
        house.plan().await;
        assert!(unknown(&manager.get("/v1/submissions/Q1").await.is(200)["promise"]));

        // Who prefers to wait is told what is known then.
        let patient = manager.request("GET", "/v1/submissions/Q2").header("prefer", "wait=10").body(Body::empty()).unwrap();
        let (seen, ()) = tokio::join!(manager.send(patient), house.forecast());
        assert!(!unknown(&seen.is(200)["promise"]));
        for number in ["Q1", "Q2"] {
            let seen = manager.get(&format!("/v1/submissions/{number}")).await.is(200);
            assert!(!unknown(&seen["promise"]), "{seen:#}");
        }

        // And of the device that went back nothing is forecast any more.
        let desk = house.caller_of(Role::PropertyDesk, "PSE 7001", None, &["north"]).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        house.it_is("2026-11-23T08:00:00Z");
        desk.post("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" })).await.is(200);
        oic.post("/v1/submissions/Q1/return", json!({ "received_by": "owner", "proof": "signature" })).await.is(200);
        house.plan().await;
        house.forecast().await;
        let seen = manager.get("/v1/submissions/Q1").await.is(200);
        assert!(seen["promises"].as_array().unwrap().iter().all(unknown), "{seen:#}");
    }

    async fn makes_a_promise_at_risk_that_the_plan_keeps(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "Import").await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        intake.post("/v1/submissions", ready("AB/1", "witness")).await.is(201);
        house.plan().await;
        let promise = manager.get("/v1/submissions/Q1").await.is(200)["promise"].clone();
        assert_eq!((&promise["promise"], &promise["standing"]), (&json!("witness-device"), &json!("on_track")));

        // Given that it was taken two days before the plan brings it back, but for ten minutes,
        let taken = instant(&promise["expected"]) + Seconds(600) - Seconds::hours(48);
        let corrected = json!({ "field": "taken_at", "value": taken, "reason": "read from the label again" });
        sergeant.post("/v1/submissions/Q1/correction", corrected).await.is(200);
        house.plan().await;
        let standing = async || {
            let promise = manager.get("/v1/submissions/Q1").await.is(200)["promise"].clone();
            let sla = manager.get("/v1/sla").await.is(200);
            let line = sla["items"].as_array().unwrap().iter().find(|line| line["promise"] == "witness-device").unwrap().clone();
            (promise, line)
        };
        let (promise, line) = standing().await;
        assert_eq!((&promise["late_seconds"], &promise["standing"]), (&json!(0), &json!("on_track")), "{promise:#}");
        assert_eq!((&line["on_track"], &line["at_risk"]), (&json!(1), &json!(0)));

        // it is as likely late as the policy calls at risk, and counted so.
        house.forecast().await;
        let (promise, line) = standing().await;
        let late = promise["probability_late"].as_f64().unwrap();
        assert!((0.1..0.9).contains(&late), "{promise:#}");
        assert_eq!((&promise["late_seconds"], &promise["standing"]), (&json!(0), &json!("at_risk")), "{promise:#}");
        assert_eq!((&line["on_track"], &line["at_risk"]), (&json!(0), &json!(1)));
    }
}
