//! What if: today's queue in a unit that is another.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

fn line<'a>(answer: &'a Value, promise: &str) -> &'a Value {
    answer["promises"].as_array().unwrap().iter().find(|line| line["promise"] == promise).unwrap()
}

on_both! {
    async fn a_closed_site_makes_phones_late_on_paper_and_nowhere_else(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        for exhibit in ["AB/1", "AB/2", "AB/3"] {
            intake.post("/v1/submissions", ready(json!({ "exhibit_ref": exhibit }))).await.is(201);
        }
        house.plan().await;
        let (before, plan) = (house.desk.unit(), head.get("/v1/plan").await.is(200));

        // Two days with no front desk anywhere: nobody prepares or extracts a phone until the day after tomorrow.
        let closed = json!({ "close": ["north", "hq"], "from": "2026-11-23T08:30:00Z", "until": "2026-11-25T08:30:00Z" });
        let answer = head.post("/v1/what-if", closed).await.is(200);
        let phones = line(&answer, "victim-phone");
        assert_eq!((&phones["open"], &phones["was"]["late"], &phones["is"]["late"]), (&json!(3), &json!(0), &json!(3)), "{answer:#}");
        assert_eq!(phones["was"]["late_seconds"], 0);
        assert!(phones["is"]["late_seconds"].as_i64().unwrap() > 3 * 24 * 3_600, "{phones}");
        assert_eq!(answer["changes"], json!(["north closed from Mon 23 Nov 08:30 until Wed 25 Nov 08:30",
            "hq closed from Mon 23 Nov 08:30 until Wed 25 Nov 08:30"]));
        let moved = answer["moved"].as_array().unwrap();
        assert_eq!(moved.len(), answer["moved_in_all"].as_u64().unwrap() as usize);
        assert!(moved[..3].iter().all(|one| one["promise"] == "victim-phone"), "those that come to be late first: {answer:#}");
        assert_eq!(moved[0]["reference"]["exhibit_ref"], "AB/1");

        // More of what is not short changes nothing.
        let answer = head.post("/v1/what-if", json!({ "set": ["examiner=+2"] })).await.is(200);
        assert_eq!((&answer["changes"], &answer["moved_in_all"]), (&json!(["2 more examiner"]), &json!(0)));
        assert_eq!(house.desk.unit(), before, "nothing is recorded");
        assert_eq!(head.get("/v1/plan").await.is(200), plan, "nobody's plan changes");
    }

    async fn what_can_not_be_is_told_by_field_and_who_sees_nothing_is_told_nothing(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        let theirs = house.caller_of(Role::Manager, "DI 0901", Some("Southshire"), &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        for (body, field) in [
            (json!({}), "set"),
            (json!({ "set": ["kiosks=2"] }), "set"),
            (json!({ "set": ["kiosk=-99"] }), "set"),
            (json!({ "without": ["kiosk-9"] }), "without"),
            (json!({ "close": ["moon"] }), "close"),
            (json!({ "close": ["north"], "until": "2026-11-22T08:30:00Z" }), "until"),
            (json!({ "close": ["north"], "from": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z" }), "until"),
        ] {
            assert_eq!(fields(&head.post("/v1/what-if", body.clone()).await.is(422)), [field], "{body}");
        }
        let twice = head.post("/v1/what-if", json!({ "without": ["kiosk-hq-1", "kiosk-hq-1"] })).await.is(200);
        assert_eq!(twice["changes"], json!(["without kiosk-hq-1"]));
        let answer = theirs.post("/v1/what-if", json!({ "close": ["north", "hq"] })).await.is(200);
        assert_eq!((&answer["promises"], &answer["moved"]), (&json!([]), &json!([])));
    }
}
