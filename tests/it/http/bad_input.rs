//! What people and programs get wrong: each is told what and where, every mistake at once, and nothing changes.

use axum::body::Body;
use dfqueue::http::access::Role;
use dfqueue::store::Store;
use serde_json::{Value, json};

use super::house::{BODY_LIMIT, House, fields, phone, phone_with};
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn requests_with_mistakes_change_nothing(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let before = house.desk.unit().seq;
        let cases: [(&str, Value, &[&str]); 15] = [
            ("nothing", json!({}), &["force", "crime_ref", "exhibit_ref", "oic", "offence", "owner", "device", "taken_at", "site"]),
            ("unknown fields", phone_with(json!({ "Exhibit": "AB/1", "storage": 64 })), &["Exhibit", "storage"]),
            ("wrong types", phone_with(json!({ "request": "1", "scope": "messages", "repeat_suspect": "no", "make": 14 })), &["make", "repeat_suspect", "request", "scope"]),
            ("taken in the future", phone_with(json!({ "taken_at": "2026-11-23T07:31:00Z" })), &["taken_at"]),
            ("delivered before taken", phone_with(json!({ "delivered_at": "2026-11-23T07:19:59Z" })), &["delivered_at"]),
            ("no instant", phone_with(json!({ "taken_at": "23/11/2026 07:20" })), &["taken_at"]),
            ("no offset", phone_with(json!({ "taken_at": "2026-11-23T07:20:00" })), &["taken_at"]),
            ("unknown site", phone_with(json!({ "site": "south", "return_site": "west" })), &["site", "return_site"]),
            ("negative storage", phone_with(json!({ "storage_gb": -1 })), &["storage_gb"]),
            ("half a gigabyte", phone_with(json!({ "storage_gb": 0.5 })), &["storage_gb"]),
            ("unknown words", phone_with(json!({ "offence": "arson", "owner": "vitcim", "risk": ["chidl_at_risk"] })), &["owner", "offence", "risk"]),
            ("a bar in a reference", phone_with(json!({ "crime_ref": "NS|1" })), &["crime_ref"]),
            ("scope the wrong way round", phone_with(json!({ "scope_to": "2026-08-01" })), &["scope_to"]),
            ("a PIN", phone_with(json!({ "scope": ["messages", "PIN 1234"], "pin": "1234" })), &["pin", "scope"]),
            ("both kinds at once", phone_with(json!({ "storage_gb": "64", "site": "south" })), &["storage_gb", "site"]),
        ];
        for (what, body, wrong) in cases {
            let problem = oic.post("/v1/submissions", body).await.problem(422, "invalid");
            assert_eq!(fields(&problem), wrong, "{what}: {problem:#}");
        }
        assert_eq!(house.desk.unit().seq, before);
        // Close names are guessed; a null is a field left out.
        let near = oic.post("/v1/submissions", phone_with(json!({ "storage_bg": 64 }))).await.problem(422, "invalid");
        assert_eq!(near["errors"][0]["problem"], "is not known; is storage_gb meant?");
        oic.post("/v1/submissions", phone_with(json!({ "storage_gb": null, "request": null }))).await.is(201);
    }

    async fn bodies_that_are_none(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let path = "/v1/submissions";
        oic.post_bytes(path, "{\"force\": ", &[]).await.problem(400, "malformed");
        oic.post_bytes(path, vec![0xff, 0xfe, 0x00], &[]).await.problem(400, "malformed");
        oic.post_bytes(path, "[".repeat(10_000), &[]).await.problem(400, "malformed");
        oic.post_bytes(path, phone().to_string(), &[("content-type", "text/csv")]).await.problem(415, "wrong_content_type");
        oic.post_bytes(path, phone().to_string(), &[("content-type", "application/json; charset=utf-8")]).await.is(201);
        let huge = phone_with(json!({ "model": "x".repeat(BODY_LIMIT) }));
        oic.post(path, huge).await.problem(413, "too_large");
        let stream = futures::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(vec![b' '; BODY_LIMIT / 10])));
        oic.post_bytes(path, Body::from_stream(stream), &[]).await.problem(413, "too_large");
        oic.post(path, json!("Q1")).await.problem(422, "invalid");
    }

    async fn ways_that_lead_nowhere(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let operator = house.caller(Role::Operator, "PSE 7002").await;
        for id in ["Q1", "1", "X1", "Q", "-1", "1.0", "%20", "Q99999999999999999999", "..%2f"] {
            oic.get(&format!("/v1/submissions/{id}")).await.problem(404, "not_found");
            oic.post(&format!("/v1/submissions/{id}/pin"), json!({ "lock_state": "afu" })).await.problem(404, "not_found");
            operator.post(&format!("/v1/assignments/{id}/accept"), json!({})).await.problem(404, "not_found");
        }
        operator.get("/v1/resources/kiosk-9/assignments").await.problem(404, "not_found");
        oic.get("/v1/submission").await.problem(404, "no_such_route");
        oic.get("/").await.problem(404, "no_such_route");
        let denied = oic.send(oic.request("DELETE", "/v1/submissions").body(Body::empty()).unwrap()).await;
        let allow = denied.headers["allow"].to_str().unwrap().to_owned();
        assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
        denied.problem(405, "method_not_allowed");
        for query in ["limit=0", "limit=1001", "limit=x", "cursor=zzz", "cursor=!", "state=lost", "tier=high", "sort=up", "limit=1&limit=2"] {
            oic.get(&format!("/v1/submissions?{query}")).await.problem(400, "wrong_query");
        }
    }

    async fn callers_who_are_not_who_they_should_be(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let path = "/v1/submissions";
        let none = house.nobody().post(path, phone()).await;
        assert!(none.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        none.problem(401, "unauthenticated");
        for secret in ["dfq_wrong", "wrong", "Bearer"] {
            let mut other = oic.clone();
            other.secret = secret.into();
            other.get(path).await.problem(401, "unauthenticated");
        }
        let twice = oic.request("GET", path).header("authorization", "Bearer dfq_wrong").body(Body::empty()).unwrap();
        oic.send(twice).await.problem(401, "unauthenticated");
        // Every change names a person; reading needs none.
        let mut anyone = oic.clone();
        anyone.person = None;
        let unnamed = anyone.post(path, phone()).await.problem(400, "wrong_header");
        assert_eq!(fields(&unnamed), ["Dfqueue-Person"]);
        anyone.get(path).await.is(200);
        for person in ["", "   ", "dfqueue", &"x".repeat(101)] {
            oic.spoken_by(person).post(path, phone()).await.problem(400, "wrong_header");
        }
        // A role that may not is told which may.
        let denied = oic.get("/v1/queue").await.problem(403, "forbidden");
        assert_eq!(denied["roles"], json!(["manager", "auditor"]));
        // An investigator registers, but does not authorise, book in, or raise to the highest tier.
        let slipped = json!({ "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:25:00Z", "delivered_at": "2026-11-23T07:25:00Z", "life_at_risk": true });
        let reserved = oic.post(path, phone_with(slipped)).await.problem(403, "forbidden");
        assert_eq!(fields(&reserved), ["delivered_at", "authorised_by", "authorised_at", "life_at_risk"]);
        let foreign = oic.post(path, phone_with(json!({ "force": "Southshire" }))).await.problem(403, "forbidden");
        assert_eq!(fields(&foreign), ["force"]);
        oic.post(path, phone()).await.is(201);
        for (field, value) in [("authorised_by", "DS 1180"), ("life_at_risk", "true"), ("force", "Southshire")] {
            let body = json!({ "field": field, "value": value, "reason": "a slip" });
            oic.post("/v1/submissions/Q1/correction", body).await.problem(403, "forbidden");
        }
        // A token that expired or was taken back is worth nothing, also to a router that has not seen it yet.
        house.it_is("2027-11-23T00:00:00Z");
        oic.get(path).await.problem(401, "unauthenticated");
    }

    async fn names_that_are_none_are_told_so(db: &Database) {
        let house = House::open(db).await;
        let manager = house.caller_of(Role::Manager, "DFU head", None, &[]).await;
        manager.get("/v1/submissions/%ff").await.problem(404, "no_such_route");
        for (path, field) in [
            ("/v1/actions?site=nroth", "site"), ("/v1/queue?site=nroth", "site"), ("/v1/queue?tier=9", "tier"), ("/v1/submissions?tier=9", "tier"),
        ] {
            assert_eq!(fields(&manager.get(path).await.problem(400, "wrong_query")), [field]);
        }
        let none = house.caller(Role::Investigator, "DC 2231").await.post("/v1/submissions/search", json!([])).await;
        assert_eq!(none.problem(422, "invalid")["detail"], "the request must be a JSON object");
    }

    async fn steps_out_of_order_name_the_state(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let desk = house.caller_of(Role::PropertyDesk, "PSE 7001", None, &["north"]).await;
        oic.post("/v1/submissions", phone()).await.is(201);
        let early = desk.post("/v1/submissions/Q1/delivery", json!({ "at": "2026-11-23T07:00:00Z" })).await.problem(422, "invalid");
        assert_eq!(fields(&early), ["at"]);
        let late = desk.post("/v1/submissions/Q1/delivery", json!({ "at": "2026-11-23T07:31:00Z" })).await.problem(422, "invalid");
        assert_eq!(fields(&late), ["at"]);
        desk.post("/v1/submissions/Q1/delivery", json!({ "site": "hq" })).await.problem(403, "forbidden");
        let moved = desk.post("/v1/submissions/Q1/move", json!({ "site": "north" })).await.problem(409, "illegal_transition");
        assert_eq!(moved["state"], "not delivered");
        desk.post("/v1/submissions/Q1/delivery", json!({})).await.is(200);
        house.it_is("2026-11-23T08:00:00Z");
        let twice = desk.post("/v1/submissions/Q1/delivery", json!({})).await.problem(409, "already_recorded");
        assert_eq!((&twice["recorded"], fields(&twice)), (&json!("2026-11-23T07:30:00Z"), vec!["at"]));
        desk.post("/v1/submissions/Q1/collection", json!({ "by": "DC 2231" })).await.problem(409, "return_not_authorised");
        let wrong = oic.post("/v1/submissions/Q1/return", json!({ "received_by": "mother", "prof": "code" })).await.problem(422, "invalid");
        assert_eq!(fields(&wrong), ["received_by", "proof", "prof"]);
        let pin = oic.post("/v1/submissions/Q1/pin", json!({ "lock_state": "pin_held", "pin": "1234" })).await.problem(422, "invalid");
        assert_eq!(fields(&pin), ["pin"]);
        assert!(!pin.to_string().contains("1234"), "{pin}");
        let basis = oic.post("/v1/submissions/Q1/legal-basis", json!({ "basis": "PIN 4711" })).await.problem(422, "invalid");
        assert_eq!(fields(&basis), ["basis"]);
        let unknown = oic.post("/v1/submissions/Q1/correction", json!({ "field": "storage", "reason": "x" })).await.problem(422, "invalid");
        assert_eq!(fields(&unknown), ["value", "field"]);
    }

    async fn assignments_end_once(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &["north"]).await;
        let ready = phone_with(json!({
            "agreement_at": "2026-11-23T07:22:00Z", "notice_at": "2026-11-23T07:22:00Z", "delivered_at": "2026-11-23T07:25:00Z",
            "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:26:00Z", "lock_state": "unlocked",
        }));
        intake.post("/v1/submissions", ready).await.is(201);
        house.plan().await;
        let unstarted = operator.post("/v1/assignments/A1/finish", json!({})).await.problem(409, "illegal_transition");
        assert_eq!((&unstarted["state"], &unstarted["allowed"]), (&json!("offered"), &json!("accept, start or release")));
        operator.post("/v1/assignments/A1/start", json!({})).await.is(200);
        operator.post("/v1/assignments/A1/fail", json!({ "cause": "gremlins" })).await.problem(422, "invalid");
        let hash = operator.post("/v1/assignments/A1/finish", json!({ "hash": "abc" })).await.problem(422, "invalid");
        assert_eq!(fields(&hash), ["hash"]);
        operator.post("/v1/assignments/a1/fail", json!({ "cause": "cable", "reason": "bent pin in the port" })).await.is(200);
        operator.post("/v1/assignments/A1/finish", json!({})).await.problem(409, "stale_assignment");
        let elsewhere = house.caller_of(Role::Operator, "PSE 7005", None, &["hq"]).await;
        elsewhere.post("/v1/assignments/A1/finish", json!({})).await.problem(404, "not_found");
        let down = json!({ "available": false, "until": "2026-11-23T07:00:00Z" });
        let down = operator.post("/v1/resources/kiosk-north-1/availability", down).await.problem(422, "invalid");
        assert_eq!(fields(&down), ["reason"]);
    }

    async fn a_database_that_is_away(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.get("/readyz").await.is(200);
        oic.get("/v1/submissions").await.is(200);
        house.store.clone().close().await;
        let away = oic.post("/v1/submissions", phone()).await;
        assert!(away.headers.contains_key("retry-after"));
        away.problem(503, "unavailable");
        let ready = oic.get("/readyz").await.problem(503, "unavailable");
        assert_eq!(ready["checks"]["database"], "failing");
        assert_eq!(oic.get("/healthz").await.is(200)["status"], "ok");
    }
}

/// A full disk: whoever asks whether the daemon is fit to serve is told, although it can still be read.
#[tokio::test]
async fn a_database_without_room() {
    let db = Database::sqlite();
    let house = House::open(&db).await;
    let oic = house.caller(Role::Investigator, "DC 2231").await;
    let Store::Sqlite { writer, .. } = &house.store else { unreachable!() };
    sqlx::query("pragma max_page_count = 1").execute(writer).await.unwrap();
    let another = |number: u32| oic.post("/v1/submissions", phone_with(json!({ "exhibit_ref": format!("AB/{number}") })));
    let mut number = 1;
    let full = loop {
        let answer = another(number).await;
        if answer.status != 201 {
            break answer;
        }
        number += 1;
    };
    full.problem(507, "disk_full");
    let ready = oic.get("/readyz").await.problem(503, "unavailable");
    assert_eq!(ready["checks"]["database"], "failing");
    assert!(ready["detail"].as_str().unwrap().contains("no room on the database's disk"), "{ready}");
    oic.get("/v1/submissions").await.is(200);
    sqlx::query("pragma max_page_count = 1000000").execute(writer).await.unwrap();
    another(number).await.is(201);
    oic.get("/readyz").await.is(200);
}
