//! A case as a whole, whichever of its exhibits somebody has at hand.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::House;
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

fn promise<'a>(case: &'a Value, name: &str) -> &'a Value {
    case["promises"].as_array().unwrap().iter().find(|line| line["promise"] == name).unwrap()
}

on_both! {
    async fn a_promise_to_a_case_is_kept_once_it_is_for_each_of_its_devices(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let manager = house.caller_of(Role::Manager, "DFU head", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        for exhibit in ["AB/1", "AB/2"] {
            intake.post("/v1/submissions", ready(json!({ "exhibit_ref": exhibit }))).await.is(201);
        }
        intake.post("/v1/submissions", ready(json!({ "crime_ref": "NS/2026/99999" }))).await.is(201);
        house.plan().await;
        let case = oic.get("/v1/submissions/Q2/case").await.is(200);
        let ids: Vec<&Value> = case["items"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
        assert_eq!(ids, ["Q1", "Q2"], "and none of another case");
        let back = promise(&case, "victim-phone");
        assert_eq!((&back["devices"], &back["open"], &back["standing"]), (&json!(2), &json!(2), &json!("on_track")));
        assert!(back["expected"].is_string(), "when the last of them is back: {back:#}");

        // One goes home in time, the other late.
        let home = json!({ "received_by": "owner", "proof": "signature" });
        oic.post("/v1/submissions/Q1/return", home.clone()).await.is(200);
        let lines = manager.get("/v1/sla").await.is(200);
        let line = lines["items"].as_array().unwrap().iter().find(|line| line["promise"] == "victim-phone").unwrap().clone();
        assert_eq!((&line["open"], &line["cases"], &line["cases_breached"]), (&json!(2), &json!(2), &json!(0)));
        let case = oic.get("/v1/submissions/Q1/case").await.is(200);
        let back = promise(&case, "victim-phone");
        assert_eq!((&back["kept"], &back["open"], &back["standing"]), (&json!(1), &json!(1), &json!("on_track")), "not yet");
        house.it_is("2026-11-24T12:00:00Z");
        house.sweep().await;
        oic.post("/v1/submissions/Q2/return", home).await.is(200);
        let case = oic.get("/v1/submissions/Q1/case").await.is(200);
        let back = promise(&case, "victim-phone");
        assert_eq!((&back["kept"], &back["breached"], &back["standing"]), (&json!(1), &json!(1), &json!("breached")));
        assert_eq!((&back["next_due"], &back["expected"]), (&Value::Null, &json!("2026-11-24T12:00:00Z")));
    }

    async fn whoever_sees_nothing_of_a_case_is_not_told_that_there_is_one(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let stranger = house.caller_of(Role::Investigator, "DC 1", Some("Southshire"), &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        assert_eq!(stranger.get("/v1/submissions/Q1/case").await.is(404), stranger.get("/v1/submissions/Q1").await.is(404));
    }
}
