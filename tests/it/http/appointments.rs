//! Appointments: a time is kept on a resource for when a device is brought.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, phone_with};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

/// A victim's phone of which all is there but the phone.
fn on_its_way(exhibit: &str) -> Value {
    let mut phone = ready(json!({ "exhibit_ref": exhibit }));
    phone.as_object_mut().unwrap().remove("delivered_at");
    phone
}

on_both! {
    async fn who_comes_by_appointment_finds_the_kiosk_free(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", on_its_way("AB/1")).await.is(201);
        assert_eq!(operator.get("/v1/submissions/Q1").await.is(200)["state"], "requested");

        // Given that its time is kept on both slots of the kiosk, as it is for another,
        let book = json!({ "submission": "Q1", "resource": "kiosk-north-1", "from": "2026-11-23T10:00:00Z" });
        let receipt = operator.post("/v1/appointments", book.clone()).await.is(200);
        assert_eq!(receipt["recorded"], json!(["appointment_made"]));
        assert_eq!(operator.post("/v1/appointments", book).await.is(200)["changed"], json!(false), "said twice");
        let mut unauthorised = on_its_way("AB/2");
        unauthorised.as_object_mut().unwrap().retain(|field, _| !field.starts_with("authorised"));
        intake.post("/v1/submissions", unauthorised).await.is(201);
        let other = json!({ "submission": "Q2", "resource": "kiosk-north-1", "from": "2026-11-23T10:00:00Z" });
        operator.post("/v1/appointments", other).await.is(200);
        let one = operator.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&one["state"], &one["appointment"]["resource"]), (&json!("booked"), &json!("kiosk-north-1")));
        let list = operator.get("/v1/appointments").await.is(200);
        let told: Vec<_> = list["items"].as_array().unwrap().iter().map(|one| (&one["submission"], &one["slot"])).collect();
        assert_eq!(told, [(&json!("Q1"), &json!(1)), (&json!("Q2"), &json!(2))]);
        let next = operator.get("/v1/resources/kiosk-north-1/assignments").await.is(200);
        assert_eq!(next["appointments"], list["items"]);
        let shut: Vec<_> = list["items"].as_array().unwrap().iter().map(|one| &one["shut"]).collect();
        assert_eq!(shut, [&json!([]), &json!(["authorisation"])], "told while there is time to see to it");

        // whoever walks up with a phone a little earlier is told until when, and of nobody else,
        let scan = |exhibit: &str| json!({ "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": exhibit });
        intake.post("/v1/submissions", ready(json!({ "exhibit_ref": "AB/3" }))).await.is(201);
        house.it_is("2026-11-23T09:40:00Z");
        operator.post("/v1/resources/kiosk-north-1/walk-up", scan("AB/3")).await.is(200);
        house.it_is("2026-11-23T09:55:00Z");
        operator.post("/v1/assignments/A1/finish", json!({})).await.is(200);
        let refused = operator.post("/v1/resources/kiosk-north-1/walk-up", scan("AB/3")).await.is(409);
        assert_eq!(refused["type"], "/problems/reserved");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("2026-11-23T10:00:00Z") && !detail.contains('Q'), "{detail}");

        // and whoever comes then is served.
        house.it_is("2026-11-23T09:58:00Z");
        operator.post("/v1/resources/kiosk-north-1/walk-up", scan("AB/1")).await.is(200);
        house.it_is("2026-11-23T10:13:00Z");
        let preparing = house.desk.unit().assignments.values().find(|a| a.submission.0 == 1).unwrap().id;
        operator.post(&format!("/v1/assignments/{preparing}/finish"), json!({})).await.is(200);
        let served = operator.post("/v1/resources/kiosk-north-1/walk-up", scan("AB/1")).await.is(200);
        assert_eq!((&served["assignment"]["stage"], &served["assignment"]["slot"]), (&json!("extract"), &json!(1)));
        assert_eq!(operator.get("/v1/submissions/Q1").await.is(200)["appointment"], Value::Null);
        assert_eq!(operator.get("/v1/appointments").await.is(200)["items"].as_array().unwrap().len(), 1);
    }

    async fn who_books_names_a_device_and_a_resource_that_they_may_see(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", Some("Southshire"), &["north"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", on_its_way("AB/1")).await.is(201);
        let fields = |answer: &Value| -> Vec<String> {
            let errors = answer["errors"].as_array().unwrap();
            errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
        };
        let from = "2026-11-23T10:00:00Z";
        for (submission, resource) in [("Q1", "kiosk-hq-1"), ("Q9", "kiosk-9"), ("nothing", "")] {
            let body = json!({ "submission": submission, "resource": resource, "from": from });
            let refused = operator.post("/v1/appointments", body).await.is(422);
            assert!(["submission", "resource"].contains(&fields(&refused)[0].as_str()), "{refused}");
        }
        let overridden = json!({ "submission": "Q1", "resource": "kiosk-north-1", "from": from, "override": "I say so" });
        operator.post("/v1/appointments", overridden).await.is(403);
        assert_eq!(house.desk.unit().appointments(house.clock.now()).count(), 0);
    }

    async fn an_appointment_outlives_the_daemon_and_is_called_off(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let desk = house.caller_of(Role::PropertyDesk, "PSE 7004", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", phone_with(json!({ "exhibit_ref": "AB/1" }))).await.is(201);
        let book = json!({ "submission": "Q1", "resource": "kiosk-hq-1", "from": "2026-11-24T10:00:00Z", "until": "2026-11-24T12:00:00Z" });
        desk.post("/v1/appointments", book).await.is(200);
        let kept = house.desk.unit();
        assert_eq!(house.store.load().await.unwrap().submissions, kept.submissions, "as tables have it");
        let cancel = json!({ "reason": "they come another day" });
        let receipt = desk.post("/v1/submissions/Q1/appointment-cancellation", cancel).await.is(200);
        assert_eq!(receipt["recorded"], json!(["appointment_ended"]));
        assert_eq!(desk.get("/v1/appointments").await.is(200)["items"], json!([]));
    }
}
