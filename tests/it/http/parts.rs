//! Parts of exhibits, as those meet them who ask for them, bring them home, and take them to court.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::House;
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn a_phone_and_the_sim_that_was_in_it_tell_of_each_other(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let desk = house.caller_of(Role::PropertyDesk, "PSE 7004", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({ "exhibit_ref": "AB/1", "return_authorised_by": "DC 2231" }))).await.is(201);
        intake.post("/v1/submissions", ready(json!({ "exhibit_ref": "AB/1A", "parent": "AB/1", "device": "sim" }))).await.is(201);
        let phone = oic.get("/v1/submissions/Q1").await.is(200);
        let told = json!([{ "submission": "Q2", "exhibit_ref": "AB/1A", "device": "sim", "state": "waiting",
            "place": { "where": "at_site", "site": "north", "since": phone["delivered_at"] } }]);
        assert_eq!((&phone["parent"], &phone["parts"]), (&Value::Null, &told));
        let sim = oic.get("/v1/submissions/Q2").await.is(200);
        assert_eq!(sim["parent"], json!({ "exhibit_ref": "AB/1", "submission": "Q1" }));

        // Whoever fetches the phone is told what goes with it,
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &[]).await;
        let scan = json!({ "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1" });
        for assignment in ["A1", "A2", "A3"] {
            operator.post("/v1/resources/kiosk-north-1/walk-up", scan.clone()).await.is(200);
            operator.post(&format!("/v1/assignments/{assignment}/finish"), json!({})).await.is(200);
        }
        let wanted = desk.get("/v1/actions").await.is(200);
        let fetch = wanted["items"].as_array().unwrap().iter().find(|one| one["action"] == "collection").unwrap().clone();
        assert!(fetch["text"].as_str().unwrap().ends_with("parts of it that go with it: AB/1A (waiting)"), "{fetch:#}");

        // and a court of both, whichever exhibit it asks for.
        let schedule = oic.get("/v1/submissions/Q1/schedule").await.is(200);
        assert_eq!((&schedule["parent"], &schedule["parts"]), (&Value::Null, &json!(["AB/1A"])));
        let schedule = oic.get("/v1/submissions/Q2/schedule").await.is(200);
        assert_eq!((&schedule["parent"], &schedule["parts"]), (&json!("AB/1"), &json!([])));
        for (number, row) in [(1, "part,,,,,AB/1A,"), (2, "part_of,,,,,AB/1,")] {
            let (_, table) = oic.text(&format!("/v1/submissions/Q{number}/schedule?format=csv")).await;
            assert!(table.lines().any(|line| line.starts_with(row)), "{table}");
        }
        let (_, page) = oic.text("/v1/submissions/Q2/schedule?format=html").await;
        assert!(page.contains("<dt>Part of</dt><dd>AB/1</dd>"), "{page}");
        let part_of_itself = ready(json!({ "exhibit_ref": "AB/2", "parent": "AB/2" }));
        let refused = intake.post("/v1/submissions", part_of_itself).await.is(422);
        assert_eq!(refused["errors"][0]["field"], "parent");
    }
}
