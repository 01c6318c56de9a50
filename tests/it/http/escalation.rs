//! What nobody takes on goes up a step, until somebody does.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields, phone_with};
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn what_nobody_takes_on_goes_up_from_the_officer_to_whoever_is_on_call(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let (sergeant, oic) = (house.caller(Role::Supervisor, "DS 1180").await, house.caller(Role::Investigator, "DC 2231").await);
        let head = house.caller(Role::Manager, "DI 0900").await;
        house.it_is("2026-11-23T08:30:00Z");
        let phone = phone_with(json!({ "taken_at": "2026-11-23T07:40:00Z", "delivered_at": "2026-11-23T08:00:00Z",
            "authorised_by": "DS 1180", "authorised_at": "2026-11-23T08:00:00Z", "lock_state": "pin_held" }));
        intake.post("/v1/submissions", phone).await.is(201);
        let agreement = async |step: &str| -> Value {
            house.plan().await;
            let list = oic.get(&format!("/v1/actions?step={step}")).await.is(200);
            list["items"].as_array().unwrap().iter().find(|item| item["action"] == "agreement").cloned().unwrap_or_default()
        };
        let asked = agreement("asked").await;
        let clear_by = asked["clear_by"].as_str().unwrap().to_owned();
        assert_eq!((&asked["who"]["person"], &asked["acknowledged"]), (&json!("DC 2231"), &Value::Null));
        assert_eq!(clear_by, "2026-11-23T18:03:40Z");

        house.it_is("2026-11-23T17:40:00Z");
        assert_eq!(agreement("team").await["who"]["team"], "RASSO North");
        assert!(agreement("asked").await.is_null());
        let wrong = oic.post("/v1/submissions/Q1/action-acknowledgement", json!({ "action": "hope" })).await.is(422);
        assert_eq!(fields(&wrong), ["action"]);
        let unasked = oic.post("/v1/submissions/Q1/action-acknowledgement", json!({ "action": "confidential_clearance" })).await;
        unasked.problem(409, "illegal_transition");
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        let not_theirs = desk.post("/v1/submissions/Q1/action-acknowledgement", json!({ "action": "agreement" })).await;
        let not_theirs = not_theirs.problem(409, "illegal_transition")["detail"].clone();
        assert!(not_theirs.as_str().unwrap().contains("for the role investigator to take on"), "{not_theirs}");
        let take_on = json!({ "action": "agreement", "reason": "ringing her now" });
        let key = [("idempotency-key", "ringing-1")];
        let done = oic.post_with("/v1/submissions/Q1/action-acknowledgement", take_on.clone(), &key).await.is(200);
        assert_eq!(done["recorded"], json!(["action_acknowledged"]));
        assert_eq!(agreement("asked").await["acknowledged"], json!({ "by": "DC 2231", "at": "2026-11-23T17:40:00Z" }));

        // Its moment passes all the same: then there is something else to decide, and somebody else to know of it.
        house.it_is("2026-11-23T18:10:00Z");
        let past = agreement("duty_supervisor").await;
        let text = past["text"].as_str().unwrap();
        assert!(text.ends_with("too late to have it back as promised: return it unexamined now and book again, or accept the breach"), "{text}");
        let of_supervisors = sergeant.get("/v1/actions?role=supervisor").await.is(200);
        assert!(of_supervisors["items"].as_array().unwrap().iter().any(|item| item["action"] == "agreement"));
        let of_managers = async || head.get("/v1/actions?role=manager").await.is(200)["items"].as_array().unwrap().len();
        assert_eq!(of_managers().await, 0);

        house.it_is("2026-11-23T18:40:00Z");
        assert!(agreement("on_call").await.is_object());
        assert_eq!(of_managers().await, 1);
        sergeant.post("/v1/submissions/Q1/action-acknowledgement", take_on).await.is(200);
        house.it_is("2026-11-23T20:00:00Z");
        assert_eq!(agreement("on_call").await["acknowledged"]["by"], "DS 1180", "it stays where it was taken on");
        let timeline = oic.get("/v1/submissions/Q1").await.is(200)["timeline"].clone();
        let taken: Vec<&Value> =
            timeline.as_array().unwrap().iter().filter(|entry| entry["kind"] == "action_acknowledged").collect();
        assert_eq!((taken.len(), &taken[0]["word"], &taken[0]["reason"]), (2, &json!("agreement"), &json!("ringing her now")));

        // The same call has the same answer, also once there is nothing more to take on.
        oic.post("/v1/submissions/Q1/agreement", json!({})).await.is(200);
        let wanted = json!({ "action": "agreement", "reason": "ringing her now" });
        let again = oic.post_with("/v1/submissions/Q1/action-acknowledgement", wanted.clone(), &key).await;
        assert!(again.headers.contains_key("idempotency-replayed"), "{again:?}");
        assert_eq!(again.is(200), done);
        oic.post("/v1/submissions/Q1/action-acknowledgement", wanted).await.problem(409, "illegal_transition");
    }
}
