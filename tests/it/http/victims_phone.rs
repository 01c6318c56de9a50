//! A victim's phone from submission to return, as the people around it would see it.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{Caller, House, phone};
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn goes_back_within_hours(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let desk = house.caller_of(Role::PropertyDesk, "PSE 7001", None, &["north"]).await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;

        // Half past seven: the phone was taken ten minutes ago; the OIC asks for it to be examined.
        let created = oic.post("/v1/submissions", phone()).await;
        assert_eq!(created.headers["location"], "/v1/submissions/Q1");
        let created = created.is(201);
        assert_eq!((&created["id"], &created["state"]), (&json!("Q1"), &json!("requested")));
        house.plan().await;

        // Nothing is planned: it waits for people, each of whom has it on their list with the time it must be done by.
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["promise"]["promise"], "victim-phone");
        assert_eq!(seen["promise"]["due"], "2026-11-24T07:20:00Z");
        assert_eq!(seen["promise"]["standing"], "waiting");
        let mine = oic.get("/v1/actions?person=DC%202231").await.is(200);
        assert_eq!(words(&mine, "action"), ["agreement", "delivery", "pin", "return_authorisation"]);
        assert!(mine["items"][0]["clear_by"].as_str().unwrap() > "2026-11-23T12:00:00Z", "{mine:#}");
        // The last trip home before its due begins half an hour before the desk's window ends, the evening before.
        let back = mine["items"].as_array().unwrap().iter().find(|action| action["action"] == "return_authorisation").unwrap();
        assert_eq!(back["clear_by"], "2026-11-23T19:30:00Z");
        let theirs = sergeant.get("/v1/actions?role=supervisor").await.is(200);
        assert_eq!(words(&theirs, "action"), ["authorisation"]);

        // Each does what is theirs; the OIC can't authorise their own case.
        house.it_is("2026-11-23T08:10:00Z");
        oic.post("/v1/submissions/Q1/agreement", json!({ "notice_at": "2026-11-23T08:05:00Z" })).await.is(200);
        oic.post("/v1/submissions/Q1/pin", json!({ "lock_state": "pin_held" })).await.is(200);
        oic.post("/v1/submissions/Q1/return-authorisation", json!({})).await.is(200);
        sergeant.spoken_by("dc 2231").post("/v1/submissions/Q1/authorisation", json!({})).await.problem(403, "authorised_by_oic");
        sergeant.post("/v1/submissions/Q1/authorisation", json!({})).await.is(200);
        house.it_is("2026-11-23T08:25:00Z");
        let delivered = desk.post("/v1/submissions/Q1/delivery", json!({ "by": "DC 2231" })).await.is(200);
        assert_eq!((&delivered["state"], &delivered["recorded"]), (&json!("waiting"), &json!(["delivered"])));

        // Now it is planned, and its first stage is offered to the operators of its site.
        house.plan().await;
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["promise"]["standing"], "on_track", "{seen:#}");
        let promised = seen["promise"]["expected"].as_str().unwrap().to_owned();
        assert!(promised.as_str() < "2026-11-23T12:00:00Z", "{promised}");
        work(&house, &operator, "operators-north", "prepare", "2026-11-23T08:25:00Z", "2026-11-23T08:40:00Z").await;
        work(&house, &operator, "kiosk-north-1", "extract", "2026-11-23T08:41:00Z", "2026-11-23T09:35:00Z").await;
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["state"], "in_examination");
        work(&house, &operator, "operators-north", "verify", "2026-11-23T09:36:00Z", "2026-11-23T09:50:00Z").await;

        // Verified: the desk signs it out to the OIC, and the clock runs on until she has it.
        let fetch = desk.get("/v1/actions?role=property_desk&site=north").await.is(200);
        assert_eq!(words(&fetch, "action"), ["collection"]);
        house.it_is("2026-11-23T10:00:00Z");
        let out = desk.post("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" })).await.is(200);
        assert_eq!(out["state"], "signed_out");
        house.it_is("2026-11-23T10:40:00Z");
        let returned = json!({ "received_by": "owner", "proof": "signature" });
        assert_eq!(oic.post("/v1/submissions/Q1/return", returned).await.is(200)["state"], "returned");

        // The promise is kept; her results are still to come, without the phone.
        house.plan().await;
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&seen["state"], &seen["results"], &seen["open"]), (&json!("returned"), &json!("pending"), &json!(true)));
        let kept = seen["promises"].as_array().unwrap().iter().find(|p| p["promise"] == "victim-phone").unwrap();
        assert_eq!((&kept["standing"], &kept["reached_at"]), (&json!("kept"), &json!("2026-11-23T10:40:00Z")));
        let told: Vec<&str> = seen["timeline"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
        for kind in ["registered", "agreement_recorded", "authorised", "delivered", "started", "finished", "collected", "returned"] {
            assert!(told.contains(&kind), "{told:?} lacks {kind}");
        }
        let delivered = seen["timeline"].as_array().unwrap().iter().find(|e| e["kind"] == "delivered").unwrap();
        assert_eq!((&delivered["recorded_by"], &delivered["party"]), (&json!("PSE 7001"), &json!("DC 2231")));
    }

    async fn a_shut_gate_hides_no_promise(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let manager = house.caller_of(Role::Manager, "DFU head", None, &[]).await;
        oic.post("/v1/submissions", phone()).await.is(201);

        // By the evening nobody has done anything: no plan can bring it back in time any more.
        house.it_is("2026-11-24T07:00:00Z");
        house.plan().await;
        let list = oic.get("/v1/actions?team=RASSO%20North").await.is(200);
        let agreement = list["items"].as_array().unwrap().iter().find(|action| action["action"] == "agreement").unwrap();
        assert_eq!((&agreement["past"], &agreement["clear_by"]), (&json!(true), &Value::Null), "{list:#}");
        let forecast = manager.get("/v1/sla/breaches").await.is(200);
        assert_eq!((&forecast["items"][0]["state"], &forecast["items"][0]["promise"]), (&json!("forecast"), &json!("victim-phone")));
        assert!(forecast["items"][0]["cause"].as_str().unwrap().contains("no agreement"), "{forecast:#}");

        // That nothing was begun while it still could be is on record, with the true time, whenever the daemon looked.
        assert_eq!(forecast["items"][0]["latest_start_passed"], true);
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        let passed = seen["timeline"].as_array().unwrap().iter().find(|entry| entry["kind"] == "latest_start_passed").unwrap();
        assert_eq!((&passed["word"], &passed["recorded_by"]), (&json!("victim-phone"), &json!("dfqueue")));
        assert!(passed["happened_at"].as_str().unwrap() < "2026-11-23T20:00:00Z", "{passed:#}");

        let sla = manager.get("/v1/sla").await.is(200);
        let line = sla["items"].as_array().unwrap().iter().find(|line| line["promise"] == "victim-phone").unwrap();
        assert_eq!((&line["open"], &line["forecast_late"]), (&json!(1), &json!(1)));
        let queue = manager.get("/v1/queue").await.is(200);
        assert_eq!((&queue["items"][0]["id"], &queue["items"][0]["position"]), (&json!("Q1"), &json!(1)));
    }
}

/// An operator does what is offered at a resource.
async fn work(house: &House, operator: &Caller, resource: &str, stage: &str, start: &str, end: &str) {
    house.it_is(start);
    house.plan().await;
    let offered = operator.get(&format!("/v1/resources/{resource}/assignments")).await.is(200);
    let next = &offered["next"][0];
    assert_eq!(
        (&next["stage"], &next["submission"], &next["state"]),
        (&json!(stage), &json!("Q1"), &json!("offered")),
        "{offered:#}"
    );
    assert_eq!(next["scope"], json!(["messages", "photos"]));
    let id = next["id"].as_str().unwrap();
    operator.post(&format!("/v1/assignments/{id}/accept"), json!({})).await.is(200);
    operator.post(&format!("/v1/assignments/{id}/start"), json!({})).await.is(200);
    let now = operator.get(&format!("/v1/resources/{resource}/assignments")).await.is(200);
    assert_eq!((&now["now"][0]["id"], &now["now"][0]["state"]), (&json!(id), &json!("started")));
    house.it_is(end);
    let done =
        operator.post(&format!("/v1/assignments/{id}/finish"), json!({ "tool": "Kiosk Reader", "tool_version": "7.61" })).await;
    assert_eq!(done.is(200)["recorded"], json!(["finished"]));
}

fn words<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}
