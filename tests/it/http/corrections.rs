//! What was recorded wrongly, set right in the open: by whom, and what becomes of the promises.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields, phone, phone_with};
use crate::harness::Database;
use crate::on_both;

fn correction(field: &str, value: &str) -> Value {
    json!({ "field": field, "value": value, "reason": "that was another phone" })
}

/// The entries of a kind in a submission's timeline.
fn entries<'a>(seen: &'a Value, kind: &str) -> Vec<&'a Value> {
    seen["timeline"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).collect()
}

on_both! {
    async fn a_return_recorded_for_the_wrong_phone_is_taken_back(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        let manager = house.caller_of(Role::Manager, "DFU head", None, &[]).await;
        oic.post("/v1/submissions", phone()).await.is(201);
        oic.post("/v1/submissions/Q1/return-authorisation", json!({})).await.is(200);
        // A day later the desk means Q2 and types Q1: a breach is closed that is none the less.
        house.it_is("2026-11-24T09:00:00Z");
        house.sweep().await;
        desk.post("/v1/submissions/Q1/return", json!({ "received_by": "owner", "proof": "signature" })).await.is(200);
        let closed = manager.get("/v1/sla/breaches?state=closed").await.is(200);
        assert_eq!(closed["items"][0]["submission"], "Q1", "{closed:#}");

        let back = desk.post("/v1/submissions/Q1/correction", correction("returned_at", "")).await.is(200);
        assert_eq!(back["recorded"], json!(["return_corrected", "breach_reopened"]));
        assert_eq!((&back["open"], &back["state"]), (&json!(true), &json!("requested")));
        house.plan().await;
        let open = manager.get("/v1/sla/breaches").await.is(200);
        assert_eq!((&open["items"][0]["state"], &open["items"][0]["reached_at"]), (&json!("open"), &Value::Null));
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        let told = entries(&seen, "return_corrected")[0];
        assert_eq!((&told["word"], &told["before"], &told["after"]), (&json!("returned_at"), &json!("2026-11-24T09:00:00Z"), &Value::Null));
        assert_eq!(entries(&seen, "returned").len(), 1, "what was recorded stays on record");
        // The desk sets right what it records, and nothing else.
        desk.post("/v1/submissions/Q1/correction", correction("oic", "DC 1")).await.problem(403, "forbidden");
    }

    async fn what_takes_a_promise_back_needs_a_supervisor(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let manager = house.caller_of(Role::Manager, "DFU head", None, &[]).await;
        oic.post("/v1/submissions", phone()).await.is(201);
        oic.post("/v1/submissions/Q1/correction", correction("owner", "suspect")).await.problem(403, "needs_supervisor");
        house.it_is("2026-11-24T09:00:00Z");
        house.sweep().await;
        let done = sergeant.post("/v1/submissions/Q1/correction", correction("owner", "suspect")).await.is(200);
        assert_eq!(done["recorded"], json!(["corrected", "breach_voided"]));
        let void = manager.get("/v1/sla/breaches?state=void").await.is(200);
        assert_eq!((&void["items"][0]["promise"], &void["items"][0]["cause"]), (&json!("victim-phone"), &json!("")), "{void:#}");
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        let told = entries(&seen, "corrected")[0];
        assert_eq!((&told["word"], &told["before"], &told["after"]), (&json!("owner"), &json!("victim"), &json!("suspect")));
    }

    async fn the_return_is_let_go_by_the_oic_the_team_or_a_supervisor(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let stranger = house.caller(Role::Investigator, "DC 9").await;
        let colleague = house.caller_in(Role::Investigator, "DC 4410", "RASSO North").await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let named = phone_with(json!({ "return_authorised_by": "DS 1180" }));
        assert_eq!(fields(&oic.post("/v1/submissions", named).await.problem(403, "forbidden")), ["return_authorised_by"]);
        for exhibit in ["AB/1", "AB/2", "AB/3"] {
            oic.post("/v1/submissions", phone_with(json!({ "exhibit_ref": exhibit }))).await.is(201);
        }
        stranger.post("/v1/submissions/Q1/return-authorisation", json!({})).await.problem(403, "forbidden");
        stranger.post("/v1/submissions/Q1/correction", correction("return_authorised_by", "DC 9")).await.problem(403, "forbidden");
        for (who, id) in [(&oic, "Q1"), (&colleague, "Q2"), (&sergeant, "Q3")] {
            who.post(&format!("/v1/submissions/{id}/return-authorisation"), json!({})).await.is(200);
        }
    }

    async fn nobody_authorises_their_own_case_through_another_name(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        // The OIC, with a supervisor's token that was made out to them.
        let promoted = house.caller(Role::Supervisor, "DC 2231").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        promoted.spoken_by("DS 1180").post("/v1/submissions/Q1/authorisation", json!({})).await.problem(403, "authorised_by_oic");
        // Nor once they have taken their name off it, in their own name or another's.
        let handed_over = || correction("oic", "DC 9");
        oic.post("/v1/submissions/Q1/correction", handed_over()).await.problem(403, "corrected_by_oic");
        let spoken = promoted.spoken_by("DS 1180");
        spoken.post("/v1/submissions/Q1/correction", handed_over()).await.problem(403, "corrected_by_oic");
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        sergeant.post("/v1/submissions/Q1/correction", handed_over()).await.is(200);
    }

    async fn a_timeline_begins_with_what_was_said_of_gates_at_registration(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        let said = json!({ "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:25:00Z", "lock_state": "pin_held" });
        intake.post("/v1/submissions", phone_with(said.clone())).await.is(201);
        let seen = intake.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["timeline"][0]["given"], said);
        assert_eq!(desk.get("/v1/submissions/Q1").await.is(200)["timeline"][0].get("given"), None, "not for the desk");
    }

    async fn a_device_that_is_needed_elsewhere_is_asked_for(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let desk = house.caller_of(Role::PropertyDesk, "PSE 7001", None, &["north"]).await;
        let ready = json!({
            "level": 2, "delivered_at": "2026-11-23T07:25:00Z", "agreement_at": "2026-11-23T07:22:00Z", "notice_at": "2026-11-23T07:21:00Z",
            "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:25:00Z", "lock_state": "pin_held", "return_authorised_by": "DC 2231",
        });
        intake.post("/v1/submissions", phone_with(ready)).await.is(201);
        house.plan().await;
        let list = desk.get("/v1/actions?role=property_desk&site=north").await.is(200);
        let action = &list["items"][0];
        assert_eq!((&action["action"], &action["past"]), (&json!("move"), &json!(false)), "{list:#}");
        assert_eq!(action["call"]["body"], json!({ "site": "hq" }), "the lab is there");
        assert_eq!(action["call"]["path"], "/v1/submissions/Q1/move");
    }
}
