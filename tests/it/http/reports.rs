//! Reports: counts with their definitions, of what the reader may see.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

fn count(group: &Value, finding: &str) -> u64 {
    let found = group["findings"].as_array().unwrap().iter().find(|found| found["finding"] == finding);
    found.map_or(0, |found| found["count"].as_u64().unwrap())
}

on_both! {
    async fn what_is_odd_in_what_was_recorded_is_counted_by_team_with_its_meaning(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller_of(Role::Intake, "PSE 7003", None, &[]).await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        let theirs = house.caller_of(Role::Auditor, "HMI 1", Some("Southshire"), &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({ "taken_at": "2026-11-23T07:00:00Z" }))).await.is(201);
        let poor = json!({ "exhibit_ref": "AB/2", "team": null, "storage_gb": null, "force": "Southshire" });
        intake.post("/v1/submissions", ready(poor)).await.is(201);
        let correction = json!({ "field": "taken_at", "value": "2026-11-23T07:05:00Z", "reason": "misread" });
        sergeant.post("/v1/submissions/Q1/correction", correction).await.is(200);
        sergeant.post("/v1/submissions/Q1/priority", json!({ "tier": 2, "reason": "an interview" })).await;

        let path = "/v1/reports/quality?from=2026-11-23&to=2026-11-23";
        let report = head.get(&format!("{path}&by=team")).await.is(200);
        assert_eq!(report["all"]["submissions"], 2, "{report:#}");
        let groups = report["groups"].as_array().unwrap();
        let names: Vec<&Value> = groups.iter().map(|group| &group["group"]).collect();
        assert_eq!(names, [&Value::Null, &json!("RASSO North")]);
        assert_eq!((count(&groups[0], "no_storage"), count(&groups[0], "no_team")), (1, 1));
        assert_eq!((count(&groups[1], "taken_corrected"), count(&groups[1], "round_hour")), (1, 0), "it is not on the hour any more");
        assert_eq!(groups[1]["findings"][0]["permille"], Value::Null, "no share of a few");
        let meaning = report["definitions"].as_array().unwrap().iter().find(|one| one["finding"] == "round_hour").unwrap();
        assert_eq!((&meaning["class"], &meaning["text"]), (
            &json!("suspicious"), &json!("The police are said to have taken the device on the hour sharp.")));

        assert_eq!(theirs.get(path).await.is(200)["all"]["submissions"], 1, "of their force alone");
        let other = head.get("/v1/reports/quality?from=2026-11-24&to=2026-11-30").await.is(200);
        assert_eq!(other["all"]["submissions"], 0);
        assert_eq!(fields(&head.get("/v1/reports/quality?from=yesterday").await.is(400)), ["from", "to"]);
        head.get("/v1/reports/quality?from=2026-11-24&to=2026-11-23").await.problem(400, "wrong_query");
        sergeant.get(path).await.is(403);
    }
}
