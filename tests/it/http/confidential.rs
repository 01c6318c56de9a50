//! Confidential material, as those meet it who note it, wait for a decision, and decide.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields, phone_with};
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn a_phone_that_may_hold_what_a_solicitor_wrote_waits_for_a_supervisor(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let supervisor = house.caller(Role::Supervisor, "DS 1180").await;
        let operator = house.caller(Role::Operator, "PSE 7002").await;
        house.it_is("2026-11-23T08:30:00Z");
        let ready = phone_with(json!({
            "agreement_at": "2026-11-23T07:41:00Z", "notice_at": "2026-11-23T07:41:00Z", "authorised_by": "DS 1180",
            "authorised_at": "2026-11-23T07:50:00Z", "delivered_at": "2026-11-23T07:55:00Z", "lock_state": "pin_held",
        }));
        intake.post("/v1/submissions", ready).await.is(201);
        house.plan().await;
        assert_eq!(operator.get("/v1/resources/operators-north/assignments").await.is(200)["next"].as_array().unwrap().len(), 1);

        let at = "/v1/submissions/Q1/confidential";
        assert_eq!(fields(&oic.post(at, json!({ "kinds": ["secret"] })).await.is(422)), ["reason", "kinds"]);
        let noted = oic.post(at, json!({ "kinds": ["legal"], "reason": "she wrote to her solicitor" })).await.is(200);
        assert_eq!(noted["recorded"], json!(["released", "confidential_noted"]));
        house.plan().await;
        assert_eq!(operator.get("/v1/resources/operators-north/assignments").await.is(200)["next"], json!([]), "nothing begins");
        let scan = json!({ "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1" });
        operator.post("/v1/resources/kiosk-north-1/walk-up", scan).await.problem(409, "gate_shut");

        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&seen["confidential"]["kinds"], &seen["confidential"]["cleared_at"]), (&json!(["legal"]), &Value::Null));
        assert!(seen["waits_for"].as_str().unwrap().contains("confidential material"), "{seen:#}");
        assert_eq!(operator.get("/v1/submissions/Q1").await.is(200)["confidential"], Value::Null, "not for who handles devices");
        let asked = supervisor.get("/v1/actions?role=supervisor").await.is(200);
        let asked = asked["items"].as_array().unwrap().iter().find(|item| item["action"] == "confidential_clearance").unwrap();
        assert_eq!((&asked["who"]["role"], &asked["submission"]), (&json!("supervisor"), &json!("Q1")));
        assert!(asked["clear_by"].is_string(), "by when the promise can still be kept: {asked:#}");

        let how = json!({ "reason": "what she wrote to the firm is left out by independent counsel" });
        oic.post("/v1/submissions/Q1/confidential-clearance", how.clone()).await.is(403);
        let cleared = supervisor.post("/v1/submissions/Q1/confidential-clearance", how).await.is(200);
        assert_eq!(cleared["recorded"], json!(["confidential_cleared"]));
        house.plan().await;
        assert_eq!(operator.get("/v1/resources/operators-north/assignments").await.is(200)["next"].as_array().unwrap().len(), 1);
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["confidential"]["cleared_by"], "DS 1180");
    }
}
