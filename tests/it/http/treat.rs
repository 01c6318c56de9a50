//! What people decide about a submission beside its gates, as those meet it who decide, work, wait and look it up.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields, phone_with};
use crate::harness::Database;
use crate::on_both;

pub fn ready(more: Value) -> Value {
    let mut ready = phone_with(json!({
        "agreement_at": "2026-11-23T07:41:00Z", "notice_at": "2026-11-23T07:41:00Z", "authorised_by": "DS 1180",
        "authorised_at": "2026-11-23T07:50:00Z", "delivered_at": "2026-11-23T07:55:00Z", "lock_state": "pin_held",
        "return_authorised_by": "DC 2231",
    }));
    ready.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    ready
}

fn wanted<'a>(list: &'a Value, action: &str) -> Option<&'a Value> {
    list["items"].as_array().unwrap().iter().find(|item| item["action"] == action)
}

on_both! {
    async fn what_is_parked_waits_with_a_reason_a_clock_and_somebody_to_look_again(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let (sergeant, oic) = (house.caller(Role::Supervisor, "DS 1180").await, house.caller(Role::Investigator, "DC 2231").await);
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        house.plan().await;
        let park = json!({ "cause": "decision", "review_at": "2026-11-23T15:00:00Z", "reason": "the CPS decides first" });
        oic.post("/v1/submissions/Q1/park", park.clone()).await.is(403);
        let wrong = sergeant.post("/v1/submissions/Q1/park", json!({ "cause": "holiday" })).await.is(422);
        assert_eq!(fields(&wrong), ["cause", "review_at", "reason"]);
        let done = sergeant.post("/v1/submissions/Q1/park", park).await.is(200);
        assert_eq!((&done["recorded"], &done["state"]), (&json!(["released", "parked"]), &json!("parked")));

        house.plan().await;
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&seen["parked"]["cause"], &seen["parked"]["review_at"]), (&json!("decision"), &json!("2026-11-23T15:00:00Z")));
        assert_eq!(seen["reasons"][0]["kind"], "parked");
        assert_eq!(seen["waits_for"], "parked, to be reviewed Mon 23 Nov 15:00");
        assert!(seen["clear_by"].is_string(), "until when it can be taken up and the phone still be back in time");
        assert_eq!((&seen["gates"][0]["gate"], &seen["gates"][0]["open"]), (&json!("parked"), &json!(false)));
        let list = sergeant.get("/v1/actions").await.is(200);
        let review = wanted(&list, "resumption").unwrap();
        assert_eq!(review["clear_by"], "2026-11-23T15:00:00Z");
        assert_eq!(sergeant.get("/v1/submissions?state=parked").await.is(200)["items"].as_array().unwrap().len(), 1);

        sergeant.post(review["call"]["path"].as_str().unwrap(), review["call"]["body"].clone()).await.is(200);
        house.plan().await;
        assert_eq!(oic.get("/v1/submissions/Q1").await.is(200)["waits_for"], "");
    }

    async fn a_device_outside_is_where_it_is_said_to_be_and_its_schedule_says_so(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        let elsewhere = house.caller_of(Role::PropertyDesk, "PSE 7009", None, &["hq"]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        let sent = json!({ "provider": "Eastern Forensics", "accreditation": "ISO/IEC 17025", "due": "2026-11-23T16:00:00Z",
            "by": "courier 7", "seal": "A0012345" });
        let gone = sergeant.post("/v1/submissions/Q1/outside", sent).await.is(200);
        assert_eq!((&gone["recorded"], &gone["state"]), (&json!(["sent_outside"]), &json!("outside")));
        house.plan().await;
        let seen = sergeant.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&seen["place"]["where"], &seen["place"]["provider"]), (&json!("outside"), &json!("Eastern Forensics")));
        assert_eq!(seen["reasons"][0], json!({ "kind": "outside", "due": "2026-11-23T16:00:00Z",
            "text": "the device is outside the unit, due back Mon 23 Nov 16:00" }));
        assert!(wanted(&desk.get("/v1/actions").await.is(200), "outside_return").is_some());

        house.it_is("2026-11-23T12:00:00Z");
        let back = json!({ "site": "north", "seal": "A0012346", "done": ["prepare", "extract", "verify"] });
        elsewhere.post("/v1/submissions/Q1/outside-return", json!({ "site": "north" })).await.is(404);
        let done = desk.post("/v1/submissions/Q1/outside-return", back).await.is(200);
        assert_eq!((&done["recorded"], &done["state"]), (&json!(["came_back"]), &json!("return_authorised")));
        let schedule = sergeant.get("/v1/submissions/Q1/schedule").await.is(200);
        let lines = schedule["continuity"].as_array().unwrap();
        let line = |what: &str| lines.iter().find(|line| line["what"] == what).unwrap();
        let out = line("sent_outside");
        assert_eq!((&out["from"], &out["to"], &out["seal"]), (&json!("DS 1180"), &json!("courier 7"), &json!("A0012345")));
        assert_eq!(out["place"], "Eastern Forensics");
        assert_eq!(line("came_back")["text"], "back at north from outside; done there: prepare, extract, verify");
        let (_, table) = sergeant.text("/v1/submissions/Q1/schedule?format=csv").await;
        assert!(table.contains("A0012346"), "{table}");
    }

    async fn who_comes_first_by_a_persons_word_is_shown_with_who_said_so(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let (sergeant, dmi) = (house.caller(Role::Supervisor, "DS 1180").await, house.caller(Role::Practitioner, "okafor").await);
        let head = house.caller(Role::Manager, "DI 0900").await;
        house.it_is("2026-11-23T08:30:00Z");
        for (exhibit, owner) in [("CD/1", "suspect"), ("CD/2", "suspect")] {
            let laptop = json!({ "exhibit_ref": exhibit, "owner": owner, "device": "laptop", "level": 2, "legal_basis": "PACE s.19" });
            intake.post("/v1/submissions", ready(laptop)).await.is(201);
        }
        let order = async || {
            house.plan().await;
            let queue = head.get("/v1/queue").await.is(200);
            queue["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(order().await, ["Q1", "Q2"]);
        let raise = json!({ "tier": 2, "reason": "the interview is on Monday" });
        assert_eq!(sergeant.post("/v1/submissions/Q2/priority", raise).await.is(200)["recorded"], json!(["prioritised"]));
        assert_eq!(order().await, ["Q2", "Q1"]);
        let seen = sergeant.get("/v1/submissions/Q2").await.is(200);
        assert_eq!((&seen["priority"]["tier"], &seen["priority"]["by"], &seen["tier"]), (&json!(2), &json!("DS 1180"), &json!(3)));
        assert_eq!(fields(&sergeant.post("/v1/submissions/Q2/priority", json!({ "tier": 1, "reason": "x" })).await.is(422)), ["tier"]);
        sergeant.post("/v1/submissions/Q2/priority", json!({ "tier": null, "reason": "the interview is put off" })).await.is(200);
        assert_eq!(sergeant.get("/v1/submissions/Q2").await.is(200)["priority"], Value::Null);

        let risk = json!({ "risk": ["child_at_risk"], "reason": "threats in messages of today" });
        dmi.post("/v1/submissions/Q2/risk", risk).await.is(200);
        assert_eq!(sergeant.get("/v1/submissions/Q2").await.is(200)["tier"], 2);
        let life = json!({ "life_at_risk": true, "reason": "a threat to kill" });
        dmi.post("/v1/submissions/Q1/risk", life.clone()).await.is(403);
        sergeant.post("/v1/submissions/Q1/risk", life).await.is(200);
        assert_eq!(order().await, ["Q1", "Q2"], "life first");
        house.it_is("2026-11-23T19:00:00Z");
        house.plan().await;
        let list = sergeant.get("/v1/actions").await.is(200);
        assert_eq!(wanted(&list, "risk").unwrap()["clear_by"], "2026-11-23T20:30:00Z", "say it again, or it lapses");
        house.it_is("2026-11-23T20:30:00Z");
        assert_eq!(sergeant.get("/v1/submissions/Q1").await.is(200)["tier"], 3);
        let told = sergeant.get("/v1/submissions/Q1").await.is(200)["timeline"].clone();
        let flagged = told.as_array().unwrap().iter().find(|entry| entry["kind"] == "flagged").unwrap();
        assert_eq!((&flagged["word"], &flagged["recorded_by"], &flagged["reason"]), (
            &json!("life_at_risk"), &json!("DS 1180"), &json!("a threat to kill")));
    }

    async fn a_return_that_is_offered_or_withheld_stops_no_clock(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({}))).await.is(201);
        let later = json!({ "answer": "later", "until": "2026-11-23T17:30:00Z" });
        assert_eq!(fields(&desk.post("/v1/submissions/Q1/return-offer", json!({ "answer": "later" })).await.is(422)), ["until"]);
        desk.post("/v1/submissions/Q1/return-offer", later).await.is(200);
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&seen["offer"]["answer"], &seen["offer"]["until"]), (&json!("later"), &json!("2026-11-23T17:30:00Z")));
        house.plan().await;
        assert!(wanted(&oic.get("/v1/actions").await.is(200), "return_offer").is_some());

        let keep = json!({ "cause": "evidence", "by": "Insp 0450", "review_at": "2026-11-30T09:00:00Z", "reason": "damaged" });
        oic.post("/v1/submissions/Q1/return-withheld", keep.clone()).await.is(403);
        sergeant.post("/v1/submissions/Q1/return-withheld", keep).await.is(200);
        house.plan().await;
        let seen = oic.get("/v1/submissions/Q1").await.is(200);
        assert_eq!(seen["withheld"]["cause"], "evidence");
        let back = seen["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == "hand_back").unwrap();
        assert_eq!(back["reasons"][0]["kind"], "return_withheld", "{back:#}");
        assert_eq!(seen["promise"]["standing"], "forecast_late", "it can't be kept like that");
        let refused = desk.post("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" })).await.is(409);
        assert_eq!(refused["type"], "/problems/return_withheld");
        let list = sergeant.get("/v1/actions").await.is(200);
        let review = wanted(&list, "return_allowance").unwrap();
        assert!(wanted(&list, "capability").is_none(), "nobody has to find anyone who can");
        let call = (review["call"]["path"].as_str().unwrap(), json!({ "reason": "photographed" }));
        sergeant.post(call.0, call.1).await.is(200);
        desk.post("/v1/submissions/Q1/collection", json!({ "by": "DC 2231", "seal": "A1" })).await.is(200);
    }

    async fn more_than_was_agreed_to_needs_agreement_and_a_supervisor(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let (sergeant, dmi) = (house.caller(Role::Supervisor, "DS 1180").await, house.caller(Role::Practitioner, "okafor").await);
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({ "scope": ["messages", "photos"], "scope_from": null, "scope_to": null }))).await.is(201);
        dmi.post("/v1/submissions/Q1/scope", json!({ "scope": ["messages"], "reason": "photos are on the cloud" })).await.is(200);
        let wider = |more: Value| {
            let mut body = json!({ "scope": ["messages", "location"], "reason": "where were they?" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let agreed = json!({ "agreement_at": "2026-11-23T08:20:00Z", "notice_at": "2026-11-23T08:15:00Z" });
        assert_eq!(dmi.post("/v1/submissions/Q1/scope", wider(agreed.clone())).await.is(403)["type"], "/problems/wider_scope");
        assert_eq!(fields(&sergeant.post("/v1/submissions/Q1/scope", wider(json!({}))).await.is(422)), ["agreement_at"]);
        sergeant.post("/v1/submissions/Q1/scope", wider(agreed)).await.is(200);
        let schedule = sergeant.get("/v1/submissions/Q1/schedule").await.is(200);
        let authority = schedule["authority"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect::<Vec<_>>();
        assert!(authority.iter().any(|line| line.starts_with("more is asked for (messages; location)")), "{authority:#?}");
    }
}
