//! Lists and views: pages, tags, filters, and the least that each reader needs.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, phone, phone_with};
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn pages_follow_each_other(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let batch: Vec<Value> = (1..=7).map(|n| phone_with(json!({ "exhibit_ref": format!("AB/{n}"), "owner": if n == 4 { "suspect" } else { "victim" } }))).collect();
        assert_eq!(intake.post("/v1/submissions", json!(batch)).await.is(207)["created"], 7);
        house.plan().await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        for path in ["/v1/submissions", "/v1/queue"] {
            let (mut seen, mut next) = (Vec::new(), String::new());
            loop {
                let page = manager.get(&format!("{path}?limit=3{next}")).await.is(200);
                seen.extend(ids(&page).into_iter().map(str::to_owned));
                match page["next_cursor"].as_str() {
                    Some(cursor) => next = format!("&cursor={cursor}"),
                    None => break,
                }
            }
            assert_eq!(seen.len(), 7, "{path}: {seen:?}");
            // The suspect's phone comes last in the queue, and in its turn in the list.
            assert_eq!(seen[if path == "/v1/queue" { 6 } else { 3 }], "Q4", "{path}: {seen:?}");
        }
        assert_eq!(ids(&manager.get("/v1/queue?tier=1&limit=2").await.is(200)).len(), 2);
        assert_eq!(ids(&manager.get("/v1/submissions?tier=2,3&force=Northshire").await.is(200)), ["Q4"]);
        assert_eq!(ids(&manager.get("/v1/submissions?state=requested,waiting").await.is(200)).len(), 7);
        assert!(ids(&manager.get("/v1/submissions?state=returned").await.is(200)).is_empty());
        assert!(ids(&manager.get("/v1/submissions?force=Southshire").await.is(200)).is_empty());
    }

    async fn what_is_known_is_not_sent_again(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        for path in ["/v1/submissions", "/v1/submissions/Q1", "/v1/actions"] {
            let first = oic.get(path).await;
            let tag = first.headers["etag"].to_str().unwrap().to_owned();
            let ask = || oic.request("GET", path).header("if-none-match", &tag).body(axum::body::Body::empty()).unwrap();
            let same = oic.send(ask()).await;
            assert_eq!((same.status, &same.body, &same.headers["etag"]), (304, &Value::Null, &first.headers["etag"]));
            oic.post("/v1/submissions/Q1/pin", json!({ "lock_state": if path.ends_with('s') { "afu" } else { "bfu" } })).await.is(200);
            house.plan().await;
            if path.ends_with("Q1") {
                assert_eq!(oic.send(ask()).await.status, 200);
            }
        }
    }

    async fn a_submission_that_left_the_queue_can_be_found(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let cloud = phone_with(json!({ "exhibit_ref": "AB/9", "level": 3 }));
        intake.post("/v1/submissions", json!([phone(), cloud])).await.is(207);
        // The owner gets it back before anything was done: withdrawn, and what is left to do is nothing with the device.
        oic.post("/v1/submissions/Q1/return-authorisation", json!({})).await.is(200);
        let back = oic.post("/v1/submissions/Q1/return", json!({ "received_by": "parent", "proof": "witnessed" })).await.is(200);
        assert_eq!(back["state"], "returned");
        house.plan().await;

        let case = json!({ "force": "Northshire", "crime_ref": "NS/2026/10411" });
        assert_eq!(ids(&oic.post("/v1/submissions/search", case).await.is(200)), ["Q1", "Q2"]);
        let exhibit = json!({ "force": " Northshire ", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/9", "request": 1 });
        assert_eq!(ids(&oic.post("/v1/submissions/search", exhibit).await.is(200)), ["Q2"]);
        let other = json!({ "force": "Northshire", "crime_ref": "NS/2026/1" });
        assert!(ids(&oic.post("/v1/submissions/search", other).await.is(200)).is_empty());
        oic.post("/v1/submissions/search", json!({ "crime_ref": "NS/2026/1" })).await.problem(422, "invalid");

        // A corrected reference is found by its new name alone.
        let correction = json!({ "field": "crime_ref", "value": "NS/2026/10412", "reason": "typed wrongly" });
        assert_eq!(oic.post("/v1/submissions/Q2/correction", correction).await.is(200)["recorded"], json!(["corrected"]));
        let case = json!({ "force": "Northshire", "crime_ref": "NS/2026/10411" });
        assert_eq!(ids(&oic.post("/v1/submissions/search", case).await.is(200)), ["Q1"]);
        let case = json!({ "force": "Northshire", "crime_ref": "NS/2026/10412" });
        assert_eq!(ids(&oic.post("/v1/submissions/search", case).await.is(200)), ["Q2"]);
        let seen = oic.get("/v1/submissions/Q2").await.is(200);
        let told = seen["timeline"].as_array().unwrap().iter().find(|entry| entry["kind"] == "corrected").unwrap();
        assert_eq!((&told["word"], &told["reason"]), (&json!("crime_ref"), &json!("typed wrongly")));
    }

    async fn those_who_handle_devices_see_no_case(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let ready = phone_with(json!({
            "agreement_at": "2026-11-23T07:22:00Z", "notice_at": "2026-11-23T07:22:00Z", "delivered_at": "2026-11-23T07:25:00Z",
            "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:26:00Z", "lock_state": "unlocked",
        }));
        intake.post("/v1/submissions", ready).await.is(201);
        let correction = json!({ "field": "model", "value": "iPhone 15", "reason": "seen by the mother" });
        intake.post("/v1/submissions/Q1/correction", correction).await.is(200);
        house.plan().await;
        let hidden = ["messages", "rasso\"", "seen by the mother"];
        for role in [Role::Operator, Role::PropertyDesk] {
            let handler = house.caller_of(role, "PSE 7002", None, &["north"]).await;
            let seen = handler.get("/v1/submissions/Q1").await.is(200);
            assert_eq!((&seen["asked_for"], &seen["reference"]["exhibit_ref"]), (&Value::Null, &json!("AB/1")));
            for word in hidden {
                assert!(!seen.to_string().contains(word), "{role} sees {word}: {seen:#}");
            }
        }
        let dmi = house.caller(Role::Practitioner, "dmi-okafor").await;
        let seen = dmi.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["asked_for"]["scope"], json!(["messages", "photos"]));
        assert_eq!(seen["asked_for"]["authorised_by"], "DS 1180");
        // The one who does the work must know what may be taken.
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        let next = operator.get("/v1/resources/operators-north/assignments").await.is(200);
        assert_eq!(next["next"][0]["scope_to"], "2026-11-22");
        assert_eq!(next["resource"]["assignments"], json!([next["next"][0]["id"]]));
    }

    async fn a_kiosk_that_fails_is_planned_around(db: &Database) {
        let house = House::open(db).await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        let down = json!({ "available": false, "until": "2026-11-24T12:00:00Z", "reason": "licence expired" });
        let answer = operator.post("/v1/resources/kiosk-north-1/availability", down).await.is(200);
        assert_eq!((&answer["available"], &answer["changed"]), (&json!(false), &json!(true)));
        let listed = operator.get("/v1/resources").await.is(200);
        let kiosk = listed["items"].as_array().unwrap().iter().find(|r| r["id"] == "kiosk-north-1").unwrap();
        assert_eq!((&kiosk["available"], &kiosk["out_of_use"][0]["reason"]), (&json!(false), &json!("licence expired")));
        assert!(!listed.to_string().contains("kiosk-hq-1"));
        house.it_is("2026-11-23T09:00:00Z");
        let up = operator.post("/v1/resources/kiosk-north-1/availability", json!({ "available": true })).await.is(200);
        assert_eq!(up["available"], true);
        let wrong = operator.post("/v1/resources/kiosk-north-1/availability", json!({ "available": "yes" })).await;
        wrong.problem(422, "invalid");
    }

    async fn the_plan_speaks_in_queue_numbers(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller_of(Role::Intake, "PSE 7003", None, &[]).await;
        let ready = json!({
            "agreement_at": "2026-11-23T07:22:00Z", "notice_at": "2026-11-23T07:22:00Z", "delivered_at": "2026-11-23T07:25:00Z",
            "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:26:00Z", "lock_state": "unlocked",
        });
        let mut southern = ready.clone();
        southern["force"] = json!("Southshire");
        intake.post("/v1/submissions", json!([phone_with(ready), phone_with(southern)])).await.is(207);
        house.plan().await;
        let manager = house.caller_of(Role::Manager, "DFU head", None, &[]).await;
        let plan = manager.get("/v1/plan").await.is(200);
        assert_eq!((plan["steps"].as_array().unwrap().len(), plan["waiting"].as_array().unwrap().len()), (10, 0));
        assert!(plan["objective"]["tiers"].is_array() && !plan.to_string().contains("NS/2026"));
        // A manager of one force sees its lines, and of the others only that they are there.
        let own = house.caller_of(Role::Manager, "Chief of Southshire", Some("Southshire"), &[]).await;
        let plan = own.get("/v1/plan").await.is(200);
        assert_eq!(plan["steps"].as_array().unwrap().len(), 5);
        assert!(plan["steps"].as_array().unwrap().iter().all(|step| step["submission"] == "Q2") && !plan.to_string().contains("Q1"));
        assert!(plan.get("objective").is_none());
        assert_eq!(ids(&own.get("/v1/queue").await.is(200)), ["Q2"]);
        let sla = own.get("/v1/sla").await.is(200);
        let line = sla["items"].as_array().unwrap().iter().find(|line| line["promise"] == "victim-phone").unwrap();
        assert_eq!(line["open"], 1);
    }

    async fn a_breach_is_listed_until_it_is_over(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        house.it_is("2026-11-24T07:20:00Z");
        dfqueue::daemon::ticks::sweep(&house.desk, house.clock.now()).await.unwrap();
        house.plan().await;
        let open = manager.get("/v1/sla/breaches?state=open").await.is(200);
        assert_eq!((&open["items"][0]["id"], &open["items"][0]["due"]), (&json!("B1"), &json!("2026-11-24T07:20:00Z")));
        house.it_is("2026-11-24T09:20:00Z");
        oic.post("/v1/submissions/Q1/return-authorisation", json!({})).await.is(200);
        oic.post("/v1/submissions/Q1/return", json!({ "received_by": "owner", "proof": "code" })).await.is(200);
        assert!(ids(&manager.get("/v1/sla/breaches").await.is(200)).is_empty());
        let closed = manager.get("/v1/sla/breaches?state=closed,disproved").await.is(200);
        assert_eq!((ids(&closed), &closed["items"][0]["late_seconds"]), (vec!["B1"], &json!(7_200)));
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        let missed = seen["promises"].as_array().unwrap().iter().find(|p| p["promise"] == "victim-phone").unwrap();
        assert_eq!((&missed["standing"], &missed["late_seconds"]), (&json!("breached"), &json!(7_200)));
        manager.get("/v1/sla/breaches?state=over").await.problem(400, "wrong_query");
    }
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}
