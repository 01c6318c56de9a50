//! A tool loses messages: what is stopped, who is told, what it touched, and how work goes on.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn a_faulty_tool_is_stopped_wherever_it_is_used_and_all_that_it_touched_is_found(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let kiosk = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        let lead = house.caller_of(Role::QualityLead, "QM 0300", None, &[]).await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        let scan = |exhibit: &str| json!({ "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": exhibit });
        for exhibit in ["AB/1", "AB/2"] {
            intake.post("/v1/submissions", ready(json!({ "exhibit_ref": exhibit }))).await.is(201);
            let begun = kiosk.post("/v1/resources/operators-north/walk-up", scan(exhibit)).await.is(200);
            let path = format!("/v1/assignments/{}/finish", begun["assignment"]["id"].as_str().unwrap());
            kiosk.post(&path, json!({})).await.is(200);
        }
        let extract = async |exhibit: &str| kiosk.post("/v1/resources/kiosk-north-1/walk-up", scan(exhibit)).await;
        assert_eq!(extract("AB/1").await.is(200)["assignment"]["stage"], "extract");
        house.it_is("2026-11-23T09:30:00Z");
        let used = json!({ "tool": "Kiosk Reader", "tool_version": "7.61", "hash": "ab".repeat(32) });
        kiosk.post("/v1/assignments/A3/finish", used).await.is(200);
        let shown = kiosk.get("/v1/resources/kiosk-north-1/assignments").await.is(200);
        assert_eq!(shown["resource"]["tool"]["tool_version"], "7.61");

        let wrong = lead.post("/v1/quality-holds", json!({ "what": "person", "tool_version": "7.61" })).await.is(422);
        assert_eq!(fields(&wrong), ["name", "reason", "tool_version"]);
        kiosk.post("/v1/quality-holds", json!({})).await.is(403);
        let hold = json!({ "what": "tool", "name": "kiosk reader", "tool_version": "7.61", "doubtful_from": "2026-11-23T08:00:00Z",
            "reason": "loses messages after an update" });
        let placed = lead.post("/v1/quality-holds", hold.clone()).await.is(201);
        assert_eq!((&placed["by"], &placed["lifted"]), (&json!("QM 0300"), &Value::Null));
        lead.post("/v1/quality-holds", hold).await.is(200);
        let path = format!("/v1/quality-holds/{}", placed["id"].as_str().unwrap());
        assert_eq!(kiosk.get("/v1/quality-holds?standing=true").await.is(200)["items"], json!([placed]));

        // The next phone waits for another kiosk, and says why; at the kiosk it is refused with the way out.
        let refused = extract("AB/2").await.problem(409, "on_hold");
        assert!(refused["detail"].as_str().unwrap().starts_with("kiosk-north-1, which works with Kiosk Reader 7.61, is on quality hold"));
        house.plan().await;
        let seen = head.get("/v1/submissions/Q2").await.is(200);
        let extraction = seen["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == "extract").unwrap();
        assert_ne!(extraction["resource"], "kiosk-north-1", "{seen:#}");
        let resources = kiosk.get("/v1/resources").await.is(200);
        let stopped = resources["items"].as_array().unwrap().iter().find(|one| one["id"] == "kiosk-north-1").unwrap();
        assert_eq!((&stopped["available"], &stopped["on_hold"]), (&json!(false), &placed["id"]));

        let found = lead.get(&path).await.is(200);
        let touched = found["touched"]["items"].as_array().unwrap();
        assert_eq!(touched.len(), 1, "{found:#}");
        assert_eq!((&touched[0]["submission"], &touched[0]["stage"], &touched[0]["hash"]), (
            &json!("Q1"), &json!("extract"), &json!("ab".repeat(32))));

        let updated = json!({ "tool": "Kiosk Reader", "tool_version": "7.62" });
        assert_eq!(kiosk.post("/v1/resources/kiosk-north-1/tool", updated).await.is(200)["changed"], true);
        assert_eq!(extract("AB/2").await.is(200)["assignment"]["resource"], "kiosk-north-1");
        head.post(&format!("{path}/lifting"), json!({ "reason": "all are updated" })).await.is(403);
        lead.post(&format!("{path}/lifting"), json!({ "reason": "all are updated" })).await.is(200);
        assert_eq!(lead.get(&path).await.is(200)["lifted"]["by"], "QM 0300");
        lead.post(&format!("{path}/lifting"), json!({ "reason": "again" })).await.problem(404, "unknown_hold");
        assert_eq!(house.store.verify().await.unwrap().finding, None);
        assert_eq!(house.store.load().await.unwrap(), house.desk.unit());
    }

    async fn what_somebody_touched_is_found_however_their_name_is_written(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let kiosk = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        let lead = house.caller_of(Role::QualityLead, "QM 0300", None, &[]).await;
        let far = house.caller_of(Role::QualityLead, "QM 0301", None, &["hq"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        house.plan().await;
        kiosk.post("/v1/assignments/A1/start", json!({})).await.is(200);
        // Another goes on with what they began.
        kiosk.post("/v1/assignments/A1/pause", json!({})).await.is(200);
        kiosk.spoken_by("PSE 7005").post("/v1/assignments/A1/resume", json!({})).await.is(200);
        let person = json!({ "what": "person", "name": "pse-7002", "reason": "competence in question" });
        far.post("/v1/quality-holds", person.clone()).await.is(403);
        let of_one_force = house.caller(Role::QualityLead, "QM 0302").await;
        of_one_force.post("/v1/quality-holds", person.clone()).await.is(403);
        let placed = lead.post("/v1/quality-holds", person).await.is(201);
        let path = format!("/v1/quality-holds/{}", placed["id"].as_str().unwrap());
        of_one_force.post(&format!("{path}/lifting"), json!({ "reason": "it is ours" })).await.is(403);
        let touched = lead.get(&path).await.is(200)["touched"]["items"].clone();
        assert_eq!((touched[0]["assignment"].as_str(), touched[0]["by"].as_str()), (Some("A1"), Some("PSE 7005")));
        assert_eq!(far.get(&path).await.is(200)["touched"]["items"], json!([]), "not at a site of theirs");
        kiosk.spoken_by("PSE 7005").post("/v1/assignments/A1/finish", json!({})).await.is(200);
        house.plan().await;
        let next = kiosk.get("/v1/resources/kiosk-north-1/assignments").await.is(200)["next"][0]["id"].as_str().unwrap().to_owned();
        kiosk.post(&format!("/v1/assignments/{next}/start"), json!({})).await.problem(409, "on_hold");
        kiosk.spoken_by("PSE 7005").post(&format!("/v1/assignments/{next}/start"), json!({})).await.is(200);
    }
}
