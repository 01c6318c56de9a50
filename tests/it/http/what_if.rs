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
            (json!({ "set": ["kiosk=+1"], "from": "2026-11-24T08:30:00Z" }), "close"),
            (json!({ "close": ["north"], "until": "2026-11-22T08:30:00Z" }), "until"),
            (json!({ "close": ["north"], "from": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z" }), "until"),
        ] {
            assert_eq!(fields(&head.post("/v1/what-if", body.clone()).await.is(422)), [field], "{body}");
        }
        let all_wrong = json!({ "set": ["kiosks=2"], "without": ["kiosk-9"], "close": ["moon"] });
        let refused = head.post("/v1/what-if", all_wrong).await.is(422);
        let mut wrong = fields(&refused);
        wrong.sort_unstable();
        assert_eq!(wrong, ["close", "set", "without"], "all that is wrong at once");
        let twice = head.post("/v1/what-if", json!({ "without": ["kiosk-hq-1", "kiosk-hq-1"] })).await.is(200);
        assert_eq!(twice["changes"], json!(["without kiosk-hq-1"]));
        let answer = theirs.post("/v1/what-if", json!({ "close": ["north", "hq"] })).await.is(200);
        assert_eq!((&answer["promises"], &answer["moved"]), (&json!([]), &json!([])));
    }

    async fn what_has_to_be_added_is_found_by_planning_and_nothing_is_recorded(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        let theirs = house.caller_of(Role::Manager, "DI 0901", Some("Southshire"), &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        // More phones than one kiosk can read in a day.
        for exhibit in 1..=40 {
            intake.post("/v1/submissions", ready(json!({ "exhibit_ref": format!("AB/{exhibit}") }))).await.is(201);
        }
        house.plan().await;
        let (before, plan) = (house.desk.unit(), head.get("/v1/plan").await.is(200));
        let asked = json!({
            "keep": ["victim-phone=100%"], "cost": ["operator=2"], "without": ["kiosk-hq-1", "lab-bench-1"], "set": ["kiosk=-1"],
        });
        let answer = head.post("/v1/what-if/additions", asked.clone()).await.is(200);
        let kept = |unit: &Value| {
            let line = unit["promises"].as_array().unwrap().iter().find(|line| line["promise"] == "victim-phone").unwrap().clone();
            (line["kept"].as_u64().unwrap(), line["of"].as_u64().unwrap())
        };
        assert_eq!(answer["wanted"], json!([{ "promise": "victim-phone", "percent": 100.0 }]));
        assert!(kept(&answer["as_it_is"]).0 < 40, "{answer:#}");
        assert_eq!((&answer["ending"], kept(&answer["best"])), (&json!("found"), (40, 40)), "{answer:#}");
        assert_eq!(answer["changes"], json!(["without kiosk-hq-1", "without lab-bench-1", "1 fewer kiosk"]));
        let kinds = ["dmi", "examiner", "kiosk", "operator"];
        let mut one_more: Vec<&str> =
            answer["one_more"].as_array().unwrap().iter().map(|unit| unit["added"][0]["kind"].as_str().unwrap()).collect();
        one_more.sort_unstable();
        assert_eq!(one_more, kinds);
        let price = |added: &Value| added["slots"].as_u64().unwrap() * if added["kind"] == "operator" { 2 } else { 1 };
        let cost: u64 = answer["best"]["added"].as_array().unwrap().iter().map(price).sum();
        assert_eq!(answer["best"]["cost"], json!(cost));
        assert!(answer["tried"].as_u64().unwrap() > 6, "{answer:#}");

        // As it is, it keeps that; where all is closed, nothing that is added helps.
        let as_it_is = json!({ "keep": ["victim-phone=100%"] });
        assert_eq!(head.post("/v1/what-if/additions", as_it_is).await.is(200)["ending"], "as_it_is");
        let closed = json!({ "keep": ["victim-phone=100%"], "close": ["north", "hq"] });
        assert_eq!(head.post("/v1/what-if/additions", closed).await.is(200)["ending"], "nothing_helps");
        assert_eq!(theirs.post("/v1/what-if/additions", asked).await.is(200)["ending"], "nothing_due", "nothing of Southshire waits");
        assert_eq!(house.desk.unit(), before, "nothing is recorded");
        assert_eq!(head.get("/v1/plan").await.is(200), plan, "nobody's plan changes");
        house.it_is("2026-11-24T09:00:00Z");
        house.plan().await;
        let late = head.post("/v1/what-if/additions", json!({ "keep": ["victim-phone=100%"] })).await.is(200);
        assert_eq!((&late["ending"], kept(&late["as_it_is"])), (&json!("nothing_due"), (0, 0)), "all are missed: {late:#}");
        for (body, field) in [
            (json!({}), "keep"),
            (json!({ "keep": [] }), "keep"),
            (json!({ "keep": ["victim-phone"] }), "keep"),
            (json!({ "keep": ["nothing=5%"] }), "keep"),
            (json!({ "keep": ["victim-phone=5%"], "cost": ["kiosk=0"] }), "cost"),
            (json!({ "keep": ["victim-phone=5%"], "set": ["kiosk"] }), "set"),
        ] {
            assert_eq!(fields(&head.post("/v1/what-if/additions", body.clone()).await.is(422)), [field], "{body}");
        }
    }
}
