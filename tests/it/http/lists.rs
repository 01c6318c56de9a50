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

    async fn what_nobody_could_have_kept_is_told_apart(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        // Its way home takes all of a day at the front desk: the first that could do is the day after.
        intake.post("/v1/submissions", phone_with(json!({ "trip": "11h" }))).await.is(201);
        intake.post("/v1/submissions", phone_with(json!({ "exhibit_ref": "AB/2" }))).await.is(201);
        house.it_is("2026-11-25T09:00:00Z");
        house.sweep().await;
        house.plan().await;
        let sla = manager.get("/v1/sla").await.is(200);
        let line = |name: &str| sla["items"].as_array().unwrap().iter().find(|line| line["promise"] == name).unwrap().clone();
        let phone = line("victim-phone");
        assert_eq!((&phone["breached"], &phone["unavoidable"]), (&json!(2), &json!(1)), "{sla:#}");
        assert_eq!(line("witness-device")["unavoidable"], Value::Null, "below tier 2 that is not judged");
        let breaches = manager.get("/v1/sla/breaches").await.is(200);
        let judged: Vec<_> = breaches["items"].as_array().unwrap().iter().map(|one| (&one["submission"], &one["unavoidable"])).collect();
        assert_eq!(judged, [(&json!("Q1"), &json!(true)), (&json!("Q2"), &json!(false))]);
    }

    async fn what_nobody_can_do_is_late_everywhere_and_somebody_is_asked(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        intake.post("/v1/submissions", phone_with(json!({ "owner": "suspect", "device": "laptop", "level": 7 }))).await.is(201);
        house.plan().await;
        let sla = manager.get("/v1/sla").await.is(200);
        let line = sla["items"].as_array().unwrap().iter().find(|line| line["promise"] == "rasso-suspect").unwrap();
        assert_eq!((&line["open"], &line["waiting"], &line["forecast_late"]), (&json!(1), &json!(0), &json!(1)));
        assert!(sla.get("next_cursor").is_none(), "it has no pages");
        let breaches = manager.get("/v1/sla/breaches").await.is(200);
        let first = &breaches["items"][0];
        assert_eq!((&first["promise"], &first["expected"], &first["late_seconds"]), (&json!("rasso-suspect"), &Value::Null, &json!(0)));
        assert_eq!(first["cause"], "no route of the policy is for it");
        let queue = manager.get("/v1/queue").await.is(200);
        let promise = &queue["items"][0]["promise"];
        assert_eq!((&promise["standing"], &promise["expected"]), (&json!("forecast_late"), &Value::Null));
        let asked = manager.get("/v1/actions?role=manager").await.is(200);
        let asked = &asked["items"][0];
        assert_eq!((&asked["action"], &asked["call"], &asked["past"]), (&json!("capability"), &Value::Null, &json!(false)));
        let text = asked["text"].as_str().unwrap();
        assert!(text.contains("rasso-suspect") && text.contains("no route of the policy is for it"), "{text}");
        assert_eq!(asked["clear_by"], "2026-12-23T07:20:00Z");
    }

    async fn a_forecast_behind_a_gate_and_a_breach_have_one_figure(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        let promised = async || oic.get("/v1/submissions/Q1").await.is(200)["promises"][0].clone();
        let missed = async || manager.get("/v1/sla/breaches").await.is(200)["items"][0].clone();
        for now in ["2026-11-24T06:00:00Z", "2026-11-24T07:00:00Z"] {
            house.it_is(now);
            house.plan().await;
            let (promise, breach) = (promised().await, missed().await);
            assert_eq!((&promise["promise"], &breach["state"]), (&json!("victim-phone"), &json!("forecast")));
            assert_eq!((&breach["expected"], &breach["late_seconds"]), (&promise["if_cleared_now"], &promise["late_seconds"]), "{now}");
            assert!(breach["expected"].is_string(), "{breach:#}");
        }
        house.it_is("2026-11-24T09:20:00Z");
        house.sweep().await;
        house.plan().await;
        let (promise, breach) = (promised().await, missed().await);
        assert_eq!((&promise["late_seconds"], &breach["late_seconds"]), (&json!(7_200), &json!(7_200)), "what has passed");

        // It was taken an hour sooner than anyone knew: what was recorded stays, what is shown follows.
        let sooner = json!({ "field": "taken_at", "value": "2026-11-23T06:20:00Z", "reason": "as the log book has it" });
        oic.post("/v1/submissions/Q1/correction", sooner).await.is(200);
        house.plan().await;
        let (promise, breach) = (promised().await, missed().await);
        assert_eq!((&breach["due"], &breach["recorded_due"]), (&json!("2026-11-24T06:20:00Z"), &json!("2026-11-24T07:20:00Z")));
        assert_eq!((&promise["due"], &promise["late_seconds"]), (&breach["due"], &breach["late_seconds"]));
    }

    async fn actions_have_pages_and_say_where_to(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let manager = house.caller(Role::Manager, "DFU head").await;
        let batch: Vec<Value> = (1..=5).map(|n| phone_with(json!({ "exhibit_ref": format!("AB/{n}") }))).collect();
        intake.post("/v1/submissions", json!(batch)).await.is(207);
        house.plan().await;
        let all = manager.get("/v1/actions?limit=1000").await.is(200);
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let page = manager.get(&format!("/v1/actions?limit=7{next}")).await.is(200);
            seen.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!((json!(seen), all["next_cursor"].clone()), (all["items"].clone(), Value::Null));

        // The laptop is at the police station; its laboratory is at headquarters.
        let laptop = json!({
            "exhibit_ref": "CD/1", "owner": "suspect", "device": "laptop", "level": 2, "legal_basis": "PACE s.19",
            "delivered_at": "2026-11-23T07:25:00Z", "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:26:00Z",
        });
        intake.post("/v1/submissions", phone_with(laptop)).await.is(201);
        house.plan().await;
        house.it_is("2026-11-23T09:30:00Z");
        let desk = manager.get("/v1/actions?role=property_desk").await.is(200);
        let sent = desk["items"].as_array().unwrap().iter().find(|action| action["action"] == "move").unwrap();
        assert_eq!(sent["text"], "send the device to hq; the desk there records that it came");
        assert_eq!(sent["past"], false, "it is weeks before its due: {sent:#}");

        // So is a victim's phone which needs more than a kiosk: it is late already, so that it goes when it is planned to.
        let late = json!({
            "exhibit_ref": "EF/1", "taken_at": "2026-11-22T07:20:00Z", "level": 2, "agreement_at": "2026-11-22T08:00:00Z",
            "notice_at": "2026-11-22T08:00:00Z", "authorised_by": "DS 1180", "authorised_at": "2026-11-22T08:00:00Z",
            "delivered_at": "2026-11-23T07:25:00Z", "lock_state": "unlocked",
        });
        intake.post("/v1/submissions", phone_with(late)).await.is(201);
        house.plan().await;
        let desk = manager.get("/v1/actions?role=property_desk").await.is(200);
        let sent = desk["items"].as_array().unwrap().iter().find(|a| a["action"] == "move" && a["submission"] == "Q7").unwrap();
        assert!(sent["clear_by"].as_str().unwrap() <= "2026-11-23T09:30:00Z", "every hour counts: {sent:#}");
    }

    async fn a_failure_is_said_and_seen_to(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        let ready = json!({
            "agreement_at": "2026-11-23T07:22:00Z", "notice_at": "2026-11-23T07:22:00Z", "delivered_at": "2026-11-23T07:25:00Z",
            "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:26:00Z", "lock_state": "unlocked",
        });
        intake.post("/v1/submissions", phone_with(ready)).await.is(201);
        let mut causes = vec!["cable", "unsupported", "machine"];
        let asked = async || {
            let list = operator.get("/v1/actions").await.is(200);
            let about = |action: &&Value| ["correction", "availability"].contains(&action["action"].as_str().unwrap());
            list["items"].as_array().unwrap().iter().filter(about).cloned().collect::<Vec<_>>()
        };
        while let Some(cause) = (!causes.is_empty()).then(|| causes.remove(0)) {
            house.plan().await;
            let next = operator.get("/v1/resources/operators-north/assignments").await.is(200);
            let id = next["next"][0]["id"].as_str().unwrap().to_owned();
            operator.post(&format!("/v1/assignments/{id}/start"), json!({})).await.is(200);
            assert!(asked().await.is_empty(), "somebody is at it");
            operator.post(&format!("/v1/assignments/{id}/fail"), json!({ "cause": cause })).await.is(200);
            house.plan().await;
            let seen = operator.get("/v1/submissions/Q1").await.is(200);
            let text = seen["stages"][0]["text"].as_str().unwrap();
            assert!(text.starts_with(&format!("failed on operators-north Mon 23 Nov 07:30 ({cause})")), "{text}");
            let told = seen["timeline"].as_array().unwrap().iter().rfind(|entry| entry["kind"] == "failed").unwrap();
            assert_eq!((&told["resource"], &told["word"]), (&json!("operators-north"), &json!(cause)));
            match (cause, &asked().await[..]) {
                ("cable", asked) => assert!(asked.is_empty(), "tried again at once"),
                ("unsupported", [asked]) => assert_eq!(asked["who"]["role"], "supervisor"),
                ("machine", [asked]) => {
                    assert_eq!((&asked["who"]["site"], &asked["call"]["path"]), (&json!("north"), &json!("/v1/resources/operators-north/availability")));
                }
                (cause, asked) => panic!("{cause}: {asked:#?}"),
            }
        }
        let down = json!({ "available": false, "until": "2026-11-23T12:00:00Z", "reason": "broken" });
        operator.post("/v1/resources/operators-north/availability", down).await.is(200);
        assert!(asked().await.is_empty(), "seen to");
    }

    async fn what_is_closed_says_so(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        oic.post("/v1/submissions/Q1/return-authorisation", json!({})).await.is(200);
        oic.post("/v1/submissions/Q1/return", json!({ "received_by": "owner", "proof": "code" })).await.is(200);
        let closed = oic.post("/v1/submissions/Q1/pin", json!({ "lock_state": "afu" })).await.problem(409, "closed");
        assert!(closed["detail"].as_str().unwrap().starts_with("Q1 is closed"), "{closed:#}");
        let corrected = json!({ "field": "make", "value": "Samsung", "reason": "misread" });
        let corrected = oic.post("/v1/submissions/Q1/correction", corrected).await.is(200);
        assert_eq!((&corrected["open"], &corrected["state"]), (&json!(false), &json!("returned")));
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
