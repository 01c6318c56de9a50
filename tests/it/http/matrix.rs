//! The authorisation matrix, tried out: every route in every role, on one's own things and on others'.

use std::fs;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use dfqueue::domain::command::{Command, Oversee};
use dfqueue::domain::entry::Actor;
use dfqueue::domain::ids::{HoldId, QueueNumber};
use dfqueue::domain::quality::Held;
use dfqueue::http::access::{Role, Row, TABLE};
use dfqueue::http::scrape;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::house::{Caller, House, Reply, a_message, phone_with};
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn every_route_in_every_role(db: &Database) {
        let house = house_with_work(db).await;
        for role in Role::ALL {
            let own = house.caller(*role, "PSE 1").await;
            let near = house.caller_of(*role, "PSE 1", None, &["north"]).await;
            let foreign = house.caller_of(*role, "PSE 1", Some("Southshire"), &[]).await;
            let far = house.caller_of(*role, "PSE 1", None, &["hq"]).await;
            for row in TABLE {
                let name = format!("{} {} as {role}", row.method, row.path);
                let Some(_) = row.roles else {
                    assert_eq!(call(&own, row).await.status, 200, "{name}");
                    continue;
                };
                if !row.allows(*role) {
                    for caller in [&own, &near, &foreign, &far] {
                        assert_eq!(call(caller, row).await.status, 403, "{name}");
                    }
                    continue;
                }
                for (whose, caller) in [("own force", &own), ("own site", &near)] {
                    // What the OIC alone may do, their role does not decide.
                    let speaker = if row.path.ends_with("/return-authorisation") { "DC 2231" } else { "PSE 1" };
                    let reply = call(&caller.spoken_by(speaker), row).await;
                    assert!(![401, 403, 404, 405].contains(&reply.status) && reply.status < 500, "{name}, {whose}: {:#}", reply.body);
                }
                for (whose, caller, hidden) in [("other force", &foreign, of_a_force(row)), ("other site", &far, of_a_site(row))] {
                    let reply = call(caller, row).await;
                    if hidden {
                        assert_eq!(reply.status, 404, "{name}, {whose}: {:#}", reply.body);
                    }
                    for secret in ["NS/2026/10411", "AB/1", "DC 2231", "Q1\""] {
                        assert!(!reply.body.to_string().contains(secret), "{name}, {whose} tells {secret}: {:#}", reply.body);
                    }
                }
            }
        }
    }

    async fn nothing_without_a_token(db: &Database) {
        let house = house_with_work(db).await;
        for row in TABLE {
            let reply = call(&house.nobody(), row).await;
            assert_eq!(reply.status, if row.roles.is_none() { 200 } else { 401 }, "{} {}", row.method, row.path);
        }
    }

    async fn metrics_off_loopback_take_a_token_of_their_own(db: &Database) {
        let house = House::open(db).await;
        let (scraper, manager) = (house.caller(Role::Metrics, "prometheus").await, house.caller(Role::Manager, "DI 0900").await);
        let handle = || PrometheusBuilder::new().build_recorder().handle();
        let metrics = |loopback| Router::new().route("/metrics", scrape::metrics(house.api.clone(), handle(), loopback));
        for (loopback, caller, expected) in [
            (true, &house.nobody(), 200),
            (false, &house.nobody(), 401),
            (false, &manager, 403),
            (false, &scraper, 200),
        ] {
            let request = Request::get("/metrics").header("authorization", format!("Bearer {}", caller.secret));
            let answer = metrics(loopback).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), expected, "loopback: {loopback}");
        }
    }

    async fn what_is_there_already_is_told_to_nobody_who_may_not_see_it(db: &Database) {
        let house = house_with_work(db).await;
        let far = house.caller_of(Role::Intake, "PSE 1", None, &["hq"]).await;
        for path in ["/v1/submissions", "/v1/submissions?existing=fill"] {
            let other = phone_with(json!({ "site": "hq", "oic": "DC 1", "make": "Apple" }));
            let refused = far.post(path, other).await.is(409);
            assert_eq!((&refused["type"], refused.get("differences")), (&json!("/problems/duplicate"), None));
            assert!(!refused.to_string().contains("Q1"), "{refused:#}");
        }
        // Nor to whoever runs into it by a correction of what is theirs.
        assert_eq!(far.post("/v1/submissions", phone_with(json!({ "site": "hq", "exhibit_ref": "AB/9" }))).await.is(201)["id"], "Q2");
        let correction = json!({ "field": "exhibit_ref", "value": "AB/1", "reason": "misread" });
        let refused = far.post("/v1/submissions/Q2/correction", correction).await.is(409).to_string();
        assert!(!refused.contains("Q1"), "{refused}");
    }

    async fn what_is_out_of_reach_answers_like_what_is_not_there(db: &Database) {
        let house = house_with_work(db).await;
        let foreign = house.caller_of(Role::Investigator, "DC 1", Some("Southshire"), &[]).await;
        let there = foreign.get("/v1/submissions/Q1").await.is(404).to_string();
        let nowhere = foreign.get("/v1/submissions/Q8").await.is(404).to_string();
        assert_eq!(there, nowhere.replace("Q8", "Q1"));
        let far = house.caller_of(Role::Operator, "PSE 1", None, &["hq"]).await;
        let there = far.post("/v1/assignments/A1/start", json!({})).await.is(404).to_string();
        let nowhere = far.post("/v1/assignments/A8/start", json!({})).await.is(404).to_string();
        assert_eq!(there, nowhere.replace("A8", "A1"));
    }
}

/// The hold that is there: the number of its entry.
const HOLD: HoldId = HoldId(6);

/// One phone of Northshire at its northern site, ready to be worked on, with an assignment.
async fn house_with_work(db: &Database) -> House {
    let house = House::open(db).await;
    let intake = house.caller(Role::Intake, "PSE 7003").await;
    let ready = phone_with(json!({
        "agreement_at": "2026-11-23T07:22:00Z", "notice_at": "2026-11-23T07:22:00Z", "delivered_at": "2026-11-23T07:25:00Z",
        "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:26:00Z", "lock_state": "unlocked",
    }));
    assert_eq!(intake.post("/v1/submissions", ready).await.is(201)["id"], "Q1");
    house.plan().await;
    assert!(house.desk.unit().assignments.size() == 1);
    let (number, promise) = (QueueNumber(1), "victim-phone".into());
    let forecast = Command::ForecastBreach { number, promise, expected: None };
    house.desk.order(&Actor::daemon(), forecast).await.unwrap().0.unwrap();
    let held = Held::Resource { resource: "dmi-okafor".into() };
    let hold = Oversee::PlaceHold { held, doubtful_from: None, reason: "to be trained anew".into() };
    house.desk.order(&Actor::daemon(), Command::Oversee(hold)).await.unwrap().0.unwrap();
    a_message(&house).await;
    assert_eq!(house.desk.unit().holds.keys().copied().collect::<Vec<_>>(), [HOLD]);
    house
}

/// Whether the row's path names something that belongs to a force.
fn of_a_force(row: &Row) -> bool {
    ["submissions/{id}", "assignments/{id}", "breaches/{id}"].iter().any(|named| row.path.contains(named))
}

/// Whether it names something that is at a site.
fn of_a_site(row: &Row) -> bool {
    // A message is nobody's at a site, and tells nothing of what it tells.
    row.path.contains("{id}") && !row.path.contains("notices")
}

async fn call(caller: &Caller, row: &Row) -> Reply {
    let path = row.path.replace("resources/{id}", "resources/kiosk-north-1").replace("submissions/{id}", "submissions/Q1");
    let path = path.replace("assignments/{id}", "assignments/A1").replace("breaches/{id}", "breaches/B1");
    let path = path.replace("holds/{id}", &format!("holds/{HOLD}")).replace("notices/{id}", "notices/N1");
    match row.method {
        // It goes on for as long as the reader listens: what it tells is tried in `events`.
        "GET" if row.path == "/v1/events" => {
            let response = caller.answer(caller.request("GET", &path).body(Body::empty()).unwrap()).await;
            Reply { status: response.status().as_u16(), headers: response.headers().clone(), body: Value::Null }
        }
        "GET" => caller.get(&path).await,
        _ => caller.post(&path, body(row.path)).await,
    }
}

/// A search that would find it; otherwise nothing, which is a mistake at most.
fn body(path: &str) -> Value {
    match path {
        "/v1/submissions/search" => json!({ "force": "Northshire", "crime_ref": "NS/2026/10411" }),
        _ => json!({}),
    }
}

#[test]
fn no_row_is_there_twice() {
    let mut rows: Vec<(&str, &str)> = TABLE.iter().map(|row| (row.path, row.method)).collect();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), TABLE.len());
}

#[test]
fn what_changes_something_is_never_a_get() {
    for row in TABLE {
        assert!(matches!((row.method, row.changes), ("GET", false) | ("POST", _)), "{} {}", row.method, row.path);
        assert!(row.roles.is_some() || !row.changes, "{} {}", row.method, row.path);
        assert!(!row.changes || !row.allows(Role::Auditor), "an auditor changes nothing: {}", row.path);
    }
}

#[tokio::test]
async fn methods_beside_the_matrix_are_denied() {
    let db = Database::sqlite();
    let house = House::open(&db).await;
    let manager = house.caller(Role::Manager, "DFU head").await;
    for row in TABLE {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
            let listed = TABLE.iter().any(|other| other.path == row.path && other.method == method);
            if !listed {
                let request = manager.request(method, &row.path.replace("{id}", "1")).body(Body::empty()).unwrap();
                // Only `GET /v1/submissions/{id}` would also take the word for an id.
                let status = manager.send(request).await.status;
                assert!(
                    status == 405 || (row.path.ends_with("search") && method == "GET" && status == 404),
                    "{method} {}: {status}",
                    row.path
                );
            }
        }
    }
}

/// The router is built from the matrix alone: nobody else adds a route.
#[test]
fn a_route_without_a_row_can_not_exist() {
    let mut adding = Vec::new();
    let mut folders: Vec<PathBuf> = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let ways = [".route(", ".nest(", ".merge(", ".route_service(", ".fallback_service("];
            adding.extend(ways.iter().flat_map(|way| code.matches(way)).map(|way| format!("{way} in {}", path.display())));
        }
    }
    assert_eq!(adding.len(), 1, "{adding:?}");
    assert!(adding[0].ends_with("src/http/mod.rs"), "{adding:?}");
}
