//! Walking up to a kiosk, pausing and going on, as operators do it.

use dfqueue::http::access::Role;
use serde_json::json;

use super::house::{House, fields};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn a_scan_at_a_kiosk_delivers_and_begins_in_one_call(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({ "site": "hq", "delivered_at": null }))).await.is(201);
        house.plan().await;
        let scan = json!({ "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "by": "DC 2231", "seal": "A1" });
        let done = operator.post("/v1/resources/kiosk-north-1/walk-up", scan.clone()).await.is(200);
        assert_eq!(done["recorded"], json!(["delivered", "assigned", "started"]), "though it was meant to come to headquarters");
        assert_eq!((&done["assignment"]["stage"], &done["assignment"]["resource"]), (&json!("prepare"), &json!("operators-north")));
        let again = operator.post("/v1/resources/kiosk-north-1/walk-up", scan.clone()).await.is(200);
        assert_eq!(again["changed"], false);

        let southern = house.caller_of(Role::Operator, "PSE 7009", Some("Southshire"), &["north"]).await;
        southern.post("/v1/resources/kiosk-north-1/walk-up", scan).await.problem(409, "duplicate");
        operator.post("/v1/resources/kiosk-hq-1/walk-up", json!({})).await.is(404);
    }

    async fn an_exhibit_that_nobody_registered_is_registered_with_four_fields(db: &Database) {
        let house = House::open(db).await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", Some("Northshire"), &["north"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        let mut scan = json!({ "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1" });
        let asked = operator.post("/v1/resources/kiosk-north-1/walk-up", scan.clone()).await.is(422);
        assert_eq!(fields(&asked), ["owner", "offence", "device", "taken_at"]);
        for (field, value) in [("owner", "victim"), ("offence", "rasso"), ("device", "phone"), ("taken_at", "2026-11-23T07:20:00Z")] {
            scan[field] = value.into();
        }
        let done = operator.post("/v1/resources/kiosk-north-1/walk-up", scan.clone()).await.is(200);
        assert_eq!((&done["id"], &done["recorded"]), (&json!("Q1"), &json!(["registered", "delivered"])));
        assert_eq!((&done["assignment"], &done["problem"]["gates"][0]), (&json!(null), &json!("agreement")));
        let shut = operator.post("/v1/resources/kiosk-north-1/walk-up", scan).await.problem(409, "gate_shut");
        assert_eq!(shut["gates"][0], "agreement", "nothing was recorded this time");
        let seen = operator.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&seen["place"]["site"], &seen["oic"]), (&json!("north"), &json!("PSE 7002")), "{seen:#}");
    }

    async fn what_is_paused_is_told_planned_for_who_began_it_and_goes_on(db: &Database) {
        let house = House::open(db).await;
        let (intake, oic) = (house.caller(Role::Intake, "PSE 7003").await, house.caller(Role::Investigator, "DC 2231").await);
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        let scan = json!({ "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1" });
        operator.post("/v1/resources/kiosk-north-1/walk-up", scan).await.is(200);
        house.it_is("2026-11-23T08:35:00Z");
        let why = json!({ "reason": "called to the front desk" });
        let paused = operator.post("/v1/assignments/A1/pause", why).await.is(200);
        assert_eq!(paused["recorded"], json!(["paused"]));
        house.plan().await;
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        let prepare = &seen["stages"][0];
        assert_eq!((&prepare["state"], &prepare["resource"]), (&json!("paused"), &json!("operators-north")));
        let next = operator.get("/v1/resources/operators-north/assignments").await.is(200);
        assert_eq!(next["next"][0]["state"], "paused");
        operator.post("/v1/assignments/A1/finish", json!({})).await.problem(409, "illegal_transition");

        house.it_is("2026-11-23T09:00:00Z");
        operator.post("/v1/assignments/A1/resume", json!({})).await.is(200);
        let on = operator.get("/v1/resources/operators-north/assignments").await.is(200);
        assert_eq!(on["now"][0]["end"], "2026-11-23T09:10:00Z", "ten of fifteen minutes are left");
        let schedule = oic.get("/v1/submissions/Q1/schedule").await.is(200);
        let spells: Vec<_> = schedule["methods"].as_array().unwrap().iter().map(|work| &work["outcome"]).collect();
        assert_eq!(spells, ["paused", "under_way"]);
    }

    async fn what_was_accepted_and_not_begun_goes_back_to_the_queue(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        house.plan().await;
        operator.post("/v1/assignments/A1/accept", json!({})).await.is(200);
        house.it_is("2026-11-23T09:20:00Z");
        house.plan().await;
        let still = operator.get("/v1/resources/operators-north/assignments").await.is(200);
        assert_eq!((&still["next"][0]["id"], &still["next"][0]["state"]), (&json!("A1"), &json!("accepted")));
        house.it_is("2026-11-23T09:30:00Z");
        house.plan().await;
        let anew = operator.get("/v1/resources/operators-north/assignments").await.is(200);
        assert_eq!((&anew["next"][0]["id"], &anew["next"][0]["state"]), (&json!("A2"), &json!("offered")));
        let told = intake.get("/v1/submissions/Q1").await.is(200);
        let lapsed = told["timeline"].as_array().unwrap().iter().find(|entry| entry["word"] == "lapsed").unwrap();
        assert_eq!(lapsed["kind"], "released");
    }

    async fn what_could_not_be_done_says_what_follows_and_who_is_asked(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        house.plan().await;
        operator.post("/v1/assignments/A1/start", json!({})).await.is(200);
        let wrong = operator.post("/v1/assignments/A1/fail", json!({ "cause": "cable", "attempts_left": 3 })).await.is(422);
        assert_eq!(fields(&wrong), ["attempts_left"]);
        let failed = operator.post("/v1/assignments/A1/fail", json!({ "cause": "cable" })).await.is(200);
        assert_eq!((&failed["recorded"], &failed["next"]), (&json!(["failed"]), &json!("again")));
        house.plan().await;
        operator.post("/v1/assignments/A2/start", json!({})).await.is(200);
        let failed = operator.post("/v1/assignments/A2/fail", json!({ "cause": "pin_wrong", "attempts_left": 3 })).await.is(200);
        assert_eq!((&failed["recorded"], &failed["next"]), (&json!(["failed", "pin_status_recorded"]), &json!("ask_pin")));
        house.plan().await;
        let list = oic.get("/v1/actions?person=DC%202231").await.is(200);
        let pin = list["items"].as_array().unwrap().iter().find(|action| action["action"] == "pin").unwrap();
        assert!(pin["text"].as_str().unwrap().ends_with("(the last one was wrong; 3 attempts are left)"), "{pin:#}");
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["stages"][0]["failures"][1]["attempts_left"], 3);
    }
}
