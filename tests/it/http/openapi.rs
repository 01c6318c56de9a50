//! The description of the API: that it is whole, that it is true, and that people can read it. What answers look like is
//! judged in every other test, too ([`described`](super::described)).

use std::collections::BTreeSet;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dfqueue::domain::command::{Command, Oversee};
use dfqueue::domain::entry::Actor;
use dfqueue::domain::ids::{HoldId, QueueNumber};
use dfqueue::domain::quality::Held;
use dfqueue::http::access::{Role, Row, TABLE};
use dfqueue::http::openapi::document;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::described::{resolved, validator};
use super::house::{Caller, House, a_message, phone_with};
use super::oracle::ROUTES;
use crate::harness::Database;

/// Every operation: method, path, and what is said of it.
fn operations() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    let all = document()["paths"].as_object().unwrap().iter();
    all.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, said)| (method.to_uppercase(), path.as_str(), said))
    })
}

fn body_of(operation: &'static Value) -> &'static Value {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    // Several at once are described by one.
    schema["oneOf"].get(0).unwrap_or(schema)
}

fn words(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn every_route_is_described_and_no_other() {
    let described: BTreeSet<String> = operations().map(|(method, path, _)| format!("{method} {path}")).collect();
    let answered: BTreeSet<String> = TABLE.iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    let agreed: BTreeSet<String> = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(described, answered);
    assert_eq!(described, agreed);
    let ids: BTreeSet<&str> = operations().map(|(.., said)| said["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), described.len());
}

#[test]
fn who_may_is_said_as_it_was_agreed() {
    for (method, path, said) in operations() {
        let route = ROUTES.iter().find(|route| (route.method, route.path) == (method.as_str(), path)).unwrap();
        let agreed: BTreeSet<&str> = route.who.split_whitespace().collect();
        assert_eq!(words(&said["x-roles"]), agreed, "{method} {path}");
        assert_eq!(said["security"] == json!([]), agreed.is_empty(), "{method} {path}");
    }
}

/// Each place of the description that holds a value, with where it is.
fn places(value: &'static Value, place: String, each: &mut impl FnMut(&str, &'static Value)) {
    each(&place, value);
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| places(member, format!("{place}/{name}"), each)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| places(item, format!("{place}/{i}"), each)),
        _ => {}
    }
}

fn faults(mut wrong: impl FnMut(&str, &'static Value) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    places(document(), String::new(), &mut |place, value| {
        // What stands in an example is no part of the description.
        if !place.contains("/example") {
            faults.extend(wrong(place, value).map(|fault| format!("{place}: {fault}")));
        }
    });
    faults
}

/// What stands in braces in a path is a parameter, with its pattern.
#[test]
fn every_id_in_a_path_is_a_parameter() {
    let missing: Vec<String> = operations()
        .filter(|(_, path, _)| path.contains("{id}"))
        .filter(|(.., operation)| {
            let named = operation["parameters"].as_array().into_iter().flatten().filter_map(|one| one["$ref"].as_str());
            let of = |name: &str| &document()["components"]["parameters"][name.rsplit('/').next().unwrap_or_default()];
            named.map(of).filter(|parameter| parameter["name"] == "id" && parameter["in"] == "path").count() != 1
        })
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_reference_leads_somewhere() {
    let mut seen = 0;
    let lost = faults(|_, value| {
        let target = value.get("$ref")?.as_str()?;
        seen += 1;
        document().pointer(target.strip_prefix('#')?).is_none().then(|| format!("{target} leads nowhere"))
    });
    assert!(lost.is_empty() && seen > 300, "{seen}: {lost:#?}");
}

#[test]
fn every_field_says_what_it_is_and_shows_one() {
    let mut seen = 0;
    let blank = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty());
    let silent = faults(|place, value| {
        let properties = place.ends_with("/properties").then(|| value.as_object()).flatten()?;
        let wrong: Vec<&str> = properties
            .iter()
            .filter(|(_, field)| {
                seen += 1;
                // What a field refers to, or is made of, shows one.
                let is_scalar = !["$ref", "anyOf", "oneOf", "allOf", "items", "properties", "const"]
                    .iter()
                    .any(|key| field.get(key).is_some());
                blank(field, "description") || (is_scalar && field.get("examples").and_then(|all| all.get(0)).is_none())
            })
            .map(|(name, _)| name.as_str())
            .collect();
        (!wrong.is_empty()).then(|| wrong.join(", "))
    });
    assert!(silent.is_empty() && seen > 400, "{seen}: {silent:#?}");
    let unsaid = faults(|place, value| {
        let parameter = value.get("in").is_some() || place.starts_with("/components/headers/") && value.get("schema").is_some();
        (parameter && (blank(value, "description") || value.get("example").is_none())).then(|| "says nothing".into())
    });
    assert!(unsaid.is_empty(), "{unsaid:#?}");
    for (method, path, said) in operations() {
        assert!(!blank(said, "summary"), "{method} {path}");
    }
}

#[test]
fn what_is_shown_is_what_is_described() {
    let mut seen = 0;
    let wrong = faults(|_, value| {
        let of_schema = value.get("examples").map(|shown| (value, shown.as_array().unwrap().iter().collect::<Vec<_>>()));
        let of_other = value.get("schema").zip(value.get("example")).map(|(schema, shown)| (schema, vec![shown]));
        let (schema, shown) = of_schema.or(of_other)?;
        let validator = validator(schema);
        seen += shown.len();
        let faults =
            shown.iter().flat_map(|one| validator.iter_errors(one)).map(|fault| format!("{}: {fault}", fault.instance_path()));
        let faults: Vec<String> = faults.collect();
        (!faults.is_empty()).then(|| faults.join("; "))
    });
    assert!(wrong.is_empty() && seen > 500, "{seen}: {wrong:#?}");
}

/// A house with one phone on which work was offered, and whoever may use a route.
async fn house_with_work(db: &Database) -> House {
    let house = House::open(db).await;
    let intake = house.caller(Role::Intake, "PSE 7003").await;
    let ready = phone_with(json!({
        "agreement_at": "2026-11-23T07:22:00Z", "notice_at": "2026-11-23T07:22:00Z", "delivered_at": "2026-11-23T07:25:00Z",
        "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:26:00Z", "lock_state": "unlocked",
    }));
    assert_eq!(intake.post("/v1/submissions", ready).await.is(201)["id"], "Q1");
    let laptop = json!({ "exhibit_ref": "AB/2", "owner": "suspect", "device": "laptop", "offence": "theft" });
    assert_eq!(intake.post("/v1/submissions", phone_with(laptop)).await.is(201)["id"], "Q2");
    house.plan().await;
    assert_eq!(house.desk.unit().assignments.size(), 1);
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

/// The hold that is there: the number of its entry.
const HOLD: HoldId = HoldId(7);

/// Somebody who may, and speaks as the officer in the case would.
async fn allowed(house: &House, row: &Row) -> Caller {
    house.caller(row.roles.unwrap()[0], "DC 2231").await
}

fn path_of(row: &Row) -> String {
    let path = row.path.replace("submissions/{id}", "submissions/Q1").replace("assignments/{id}", "assignments/A1");
    let path = path.replace("resources/{id}", "resources/kiosk-north-1").replace("breaches/{id}", "breaches/B1");
    path.replace("holds/{id}", &format!("holds/{HOLD}")).replace("notices/{id}", "notices/N1")
}

/// What a problem says of a field.
fn said<'a>(problem: &'a Value, field: &str) -> Option<&'a str> {
    let of = |error: &&Value| error["field"] == field;
    problem["errors"].as_array().into_iter().flatten().find(of).and_then(|error| error["problem"].as_str())
}

/// The names that are known, as the mistake says it: "is not known; known are a, b".
fn known(problem: &str) -> BTreeSet<&str> {
    problem.strip_prefix("is not known; known are ").map_or_else(BTreeSet::new, |names| names.split(", ").collect())
}

const NOBODYS: &str = "a_name_that_nobody_gave";

#[tokio::test]
async fn what_is_read_is_what_is_described() {
    let db = Database::sqlite();
    let house = house_with_work(&db).await;
    for row in TABLE.iter().filter(|row| row.roles.is_some()) {
        let operation = &document()["paths"][row.path][row.method.to_lowercase()];
        let (caller, path) = (allowed(&house, row).await, path_of(row));
        if row.method == "POST" {
            let body = body_of(operation);
            let described: BTreeSet<&str> = body["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            let problem = caller.post(&path, json!({ NOBODYS: 1 })).await.is(422);
            assert_eq!(known(said(&problem, NOBODYS).unwrap()), described, "{path}");
            // What it misses is what must be there.
            let errors = problem["errors"].as_array().unwrap().iter();
            let missed = errors.filter(|error| {
                let problem = error["problem"].as_str().unwrap();
                problem == "must be given" || problem.starts_with("must be given: true") || problem.starts_with("must be given; ")
            });
            let missed: BTreeSet<&str> = missed.map(|error| error["field"].as_str().unwrap()).collect();
            assert_eq!(missed, words(&body["required"]), "{path}");
        }
        let parameters = operation["parameters"].as_array().unwrap().iter().map(resolved);
        let described: BTreeSet<&str> =
            parameters.filter(|one| one["in"] == "query").map(|one| one["name"].as_str().unwrap()).collect();
        let asked = format!("{path}?{NOBODYS}=1");
        let problem = match row.method {
            "GET" => caller.get(&asked).await,
            // A change has its fields in the body.
            _ if described.is_empty() => continue,
            _ => caller.post(&asked, json!({})).await,
        };
        let problem = problem.problem(400, "wrong_query");
        assert_eq!(known(said(&problem, NOBODYS).unwrap()), described, "{asked}");
    }
}

/// Where a change is shown to be made, what is shown can't be wrong in itself: only how the thing stands may forbid it.
#[tokio::test]
async fn what_is_shown_can_be_sent() {
    for row in TABLE.iter().filter(|row| row.method == "POST") {
        let db = Database::sqlite();
        let house = house_with_work(&db).await;
        // After everything that is shown happened.
        house.it_is("2026-11-24T09:00:00Z");
        let caller = allowed(&house, row).await;
        let shown = &document()["paths"][row.path]["post"]["requestBody"]["content"]["application/json"]["example"];
        // What is of tier 1 is not lowered: a suspect's laptop is of another.
        let path = if row.path.ends_with("/priority") { "/v1/submissions/Q2/priority".into() } else { path_of(row) };
        let reply = caller.post(&path, shown.clone()).await;
        assert!(reply.status < 300 || [403, 409].contains(&reply.status), "{path}: {:#}", reply.body);
    }
}

/// Every word that the description knows is one that the program knows.
#[tokio::test]
async fn every_word_is_understood() {
    let db = Database::sqlite();
    let (house, mut seen) = (house_with_work(&db).await, 0);
    for row in TABLE.iter().filter(|row| row.method == "POST") {
        let (caller, body) = (allowed(&house, row).await, body_of(&document()["paths"][row.path]["post"]));
        for (field, schema) in body["properties"].as_object().unwrap() {
            let listed = schema["items"]["enum"].as_array().map(|words| (words, true));
            let single = schema["enum"].as_array().or(schema["anyOf"][0]["enum"].as_array()).map(|words| (words, false));
            let Some((words, many)) = listed.or(single) else { continue };
            for word in words {
                seen += 1;
                let value = if many { json!([word]) } else { word.clone() };
                // With a field that nobody knows, so that nothing comes of it.
                let problem = caller.post(&path_of(row), json!({ field: value, NOBODYS: 1 })).await.is(422);
                let wrong = said(&problem, field).filter(|problem| problem.contains(word.as_str().unwrap()));
                assert_eq!(wrong, None, "{} {field} {word}", row.path);
            }
        }
    }
    assert!(seen > 40, "{seen}");
}

#[tokio::test]
async fn it_is_served_to_anyone() {
    let db = Database::sqlite();
    let house = House::open(&db).await;
    let reply = house.nobody().get("/openapi.json").await;
    let tag = reply.headers["etag"].clone();
    assert_eq!(&reply.is(200), document());
    let again = house.nobody().request("GET", "/openapi.json").header("if-none-match", tag);
    assert_eq!(house.nobody().send(again.body(Body::empty()).unwrap()).await.status, 304);
}

#[tokio::test]
async fn people_read_it_as_a_page_that_runs_nothing() {
    let db = Database::sqlite();
    let house = House::open(&db).await;
    let request = house.nobody().request("GET", "/docs").body(Body::empty()).unwrap();
    let policy = house.nobody().answer(request).await.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let (kind, page) = house.nobody().text("/docs").await;
    assert_eq!(kind, "text/html; charset=utf-8");
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = STANDARD.encode(Sha256::digest(style));
    assert!(policy.starts_with("default-src 'none'") && policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
    for never in ["<script", "style=", "onclick", "src=", "url(", "@import"] {
        assert!(!page.contains(never), "{never}");
    }
    let named: BTreeSet<&str> = page.split("id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(named.len(), page.matches("id=\"").count(), "an id is there twice");
    for target in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(named.contains(target), "#{target} leads nowhere");
    }
    for (_, path, said) in operations() {
        assert!(page.contains(path) && named.contains(said["operationId"].as_str().unwrap()), "{path}");
    }
}
