//! The document, made of the matrix: a path for each row, with what its [`Doc`] says and what follows from the row itself.

use std::sync::LazyLock;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::doc::{Answer, Doc};
use super::{examples, fields, problems};
use crate::http::access::{Row, TABLE, either};

/// What every caller must know, whatever they ask.
const ABOUT: &str = "\
The queue of a police digital forensic unit: who is next, until when, and why not now.

Everyone signs in with a bearer token that has a role. Whatever changes something names a person in `Dfqueue-Person`, and is done \
once under an `Idempotency-Key`: sent again, it has the same answer. An answer of 2xx is on disk.

Instants are RFC 3339 in UTC, to the second; days are `YYYY-MM-DD`; durations are whole seconds. In a body, `null` is a field left \
out, text is trimmed, and what nobody asked for is a mistake. Lists come in pages: `next_cursor` is the `cursor` of the next one. \
Reads carry an `ETag`.

What goes wrong is an `application/problem+json` (RFC 9457) whose `type` is stable; `errors` names every wrong field at once. What \
is out of a token's reach answers like what is not there. Ids may be written without their letter: `Q12` or `12`.";

/// The description of the API: OpenAPI 3.1.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| of(TABLE));
    &DOCUMENT
}

fn of(table: &[Row]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.for_serialize().into_generator();
    let _ = generator.subschema_for::<problems::Problem>();
    let mut paths = Map::new();
    for row in table {
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        path[row.method.to_lowercase()] = operation(row, &mut generator);
    }
    let mut schemas = generator.take_definitions(true);
    examples::spread(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "dfqueue",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": env!("CARGO_PKG_DESCRIPTION"),
            "description": ABOUT,
            "license": { "name": "MIT or Apache-2.0", "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [{ "url": "/", "description": "This daemon." }],
        "tags": TAGS.iter().map(|(name, about)| json!({ "name": name, "description": about })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": problems::responses(),
            "parameters": parameters(),
            "headers": headers(),
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "dfq_ and 43 characters",
                "description": "Made with `dfqueue token create`; each operation says which roles may use it (`x-roles`).",
            } },
        },
    })
}

/// Operations are told together by the first word of their path.
const TAGS: &[(&str, &str)] = &[
    ("submissions", "Requests to examine a device, and what happens to it."),
    ("assignments", "Work that was given to a kiosk, a bench or a person."),
    ("resources", "Kiosks, vans, benches and people."),
    ("appointments", "Times that are kept for when devices are brought."),
    ("actions", "What people must do, and by when it still helps."),
    ("queue", "Who is served in which order."),
    ("plan", "The whole plan."),
    ("what-if", "The plan of a unit that is another."),
    ("sla", "Promises: how they stand, and those that are missed."),
    ("handsets", "Replacement handsets, and who has which."),
    ("events", "What is recorded, as it is recorded."),
    ("access-log", "Who read what."),
    ("daemon", "The daemon itself."),
];

fn tag(row: &Row) -> &'static str {
    let first = row.path.strip_prefix("/v1/").and_then(|rest| rest.split('/').next());
    TAGS.iter().map(|(name, _)| *name).find(|name| Some(*name) == first).unwrap_or("daemon")
}

fn operation(row: &Row, generator: &mut SchemaGenerator) -> Value {
    let doc = row.doc;
    let roles: Vec<&str> = row.roles.unwrap_or_default().iter().map(|role| role.as_str()).collect();
    let who = row
        .roles
        .map_or_else(|| "Open to anyone, without a token.".to_owned(), |roles| format!("For the role {}.", either(roles)));
    let text = [doc.text, &who].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    let mut responses: Map<String, Value> =
        doc.answers.iter().map(|answer| (answer.status.to_string(), response(row, answer, generator))).collect();
    if is_tagged(row) {
        let headers = json!({ "ETag": { "$ref": "#/components/headers/ETag" } });
        responses.insert(
            "304".into(),
            json!({ "description": "The reader has it: the body is that of If-None-Match.", "headers": headers }),
        );
    }
    for status in problems::statuses(row) {
        responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{}", problems::name(status)) }));
    }
    let security = if row.roles.is_some() { json!([{ "token": [] }]) } else { json!([]) };
    let mut operation = json!({
        "operationId": id(row),
        "tags": [tag(row)],
        "summary": doc.summary,
        "description": text,
        "security": security,
        "x-roles": roles,
        "parameters": read_by(row, doc),
        "responses": responses,
    });
    if let Some(body) = fields::body(doc) {
        operation["requestBody"] = body;
    }
    operation
}

/// Whether its answers have an ETag.
fn is_tagged(row: &Row) -> bool {
    !row.changes && row.doc.is_tagged()
}

/// `post_submissions_id_delivery`.
fn id(row: &Row) -> String {
    let words = row.path.trim_start_matches("/v1").split(['/', '{', '}', '-', '.']).filter(|word| !word.is_empty());
    std::iter::once(row.method.to_lowercase()).chain(words.map(str::to_owned)).collect::<Vec<_>>().join("_")
}

/// Parameters: the id in the path, the query, and the headers that rows of its sort read.
fn read_by(row: &Row, doc: &Doc) -> Vec<Value> {
    let mut named = Vec::new();
    for (part, name) in [
        ("submissions/{id}", "SubmissionId"),
        ("assignments/{id}", "AssignmentId"),
        ("resources/{id}", "ResourceId"),
        ("breaches/{id}", "BreachId"),
        ("quality-holds/{id}", "HoldId"),
        ("notices/{id}", "MessageId"),
    ] {
        if row.path.contains(part) {
            named.push(name);
        }
    }
    match (row.roles, row.method, row.changes) {
        (None, ..) => {}
        (_, "GET", _) => named.extend(["PersonOptional", "Prefer"]),
        (_, _, true) => named.extend(["Person", "IdempotencyKey"]),
        _ => named.push("PersonOptional"),
    }
    if is_tagged(row) {
        named.push("IfNoneMatch");
    }
    named.extend(doc.headers);
    let named = named.into_iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") }));
    named.chain(doc.query.iter().map(fields::parameter)).collect()
}

fn response(row: &Row, answer: &Answer, generator: &mut SchemaGenerator) -> Value {
    let mut content = Map::new();
    if let Some(shape) = answer.json {
        content.insert("application/json".into(), json!({ "schema": shape(generator) }));
    }
    for (kind, shape) in answer.content {
        let schema = shape.map_or_else(|| json!({ "type": "string" }), |shape| shape(generator).to_value());
        content.insert((*kind).into(), json!({ "schema": schema }));
    }
    let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/RequestId" } });
    if row.changes {
        headers["Idempotency-Replayed"] = json!({ "$ref": "#/components/headers/IdempotencyReplayed" });
    } else if answer.tagged {
        headers["ETag"] = json!({ "$ref": "#/components/headers/ETag" });
    }
    if answer.status == 201 {
        headers["Location"] = json!({ "$ref": "#/components/headers/Location" });
    }
    json!({ "description": answer.about, "headers": headers, "content": content })
}

fn parameters() -> Value {
    let path = |about: &str, pattern: Option<&str>, example: &str| {
        let schema =
            pattern.map_or_else(|| json!({ "type": "string", "minLength": 1 }), |p| json!({ "type": "string", "pattern": p }));
        json!({ "name": "id", "in": "path", "required": true, "description": about, "schema": schema, "example": example })
    };
    let header = |name: &str, required: bool, about: &str, schema: Value, example: &str| json!({ "name": name, "in": "header", "required": required, "description": about, "schema": schema, "example": example });
    let plain = r"^[^\u0000-\u001f\u007f-\u009f\s][^\u0000-\u001f\u007f-\u009f]*$";
    let person = json!({ "type": "string", "minLength": 1, "maxLength": 100, "pattern": plain });
    let any = || json!({ "type": "string" });
    let who = "Who speaks through the token, up to 100 characters of UTF-8, like `DS 1180`.";
    json!({
        "SubmissionId": path("Queue number of a submission, with or without its letter.", Some("^[Qq]?[0-9]+$"), "Q12"),
        "AssignmentId": path("Number of an assignment, with or without its letter.", Some("^[Aa]?[0-9]+$"), "A5"),
        "BreachId": path("Number of a breach, with or without its letter.", Some("^[Bb]?[0-9]+$"), "B3"),
        "HoldId": path("Number of a quality hold, with or without its letter.", Some("^[Hh]?[0-9]+$"), "H4711"),
        "MessageId": path("Number of a message, with or without its letter.", Some("^[Nn]?[0-9]+$"), "N7"),
        "ResourceId": path("Id of a resource in the unit file.", None, "kiosk-north-1"),
        "Person": header("Dfqueue-Person", true, &format!("{who} Every entry of the ledger names a person."), person.clone(), "DS 1180"),
        "PersonOptional": header("Dfqueue-Person", false, who, person, "DS 1180"),
        "IdempotencyKey": header(
            "Idempotency-Key", false,
            "Under it the change is made once: sent again within 72 hours, it has the same answer. 1 to 200 visible ASCII characters.",
            json!({ "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$" }), "0b9d3f0e-6a6f-4f7e-9a1c-3f5f2f1d7c11",
        ),
        "Prefer": header(
            "Prefer", false,
            "`wait=N` (RFC 7240): wait up to N seconds, 10 at most, for a plan that rests on the last change. Other preferences are \
             ignored.",
            any(), "wait=2",
        ),
        "LastEventId": header(
            "Last-Event-ID", false, "The last entry of the ledger that the reader was told of; it goes before `after`.",
            json!({ "type": "string", "pattern": "^[0-9]+$" }), "4711",
        ),
        "IfNoneMatch": header("If-None-Match", false, "ETag of the answer that the reader has: where it is the same, 304.", any(), "\"5f3c\""),
    })
}

fn headers() -> Value {
    let header = |about: &str, example: &str| json!({ "description": about, "schema": { "type": "string" }, "example": example });
    json!({
        "ETag": header("Changes whenever the body does.", "\"5f3c\""),
        "IdempotencyReplayed": header("`true` where the answer is that of an earlier request with the same key.", "true"),
        "Location": header("Where what was created is.", "/v1/submissions/Q12"),
        "RequestId": header("The request's id: that of the request, or a new one; the log has it.", "0a1b2c3d4e5f6071"),
        "RetryAfter": header("Seconds to wait before it is tried again.", "2"),
        "WwwAuthenticate": header("How to sign in.", "Bearer realm=\"dfqueue\""),
    })
}
