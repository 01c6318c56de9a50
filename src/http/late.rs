//! Late entries: what was recorded at a kiosk or a desk while it had no line, handed in at once.
//!
//! Each entry is a request of its own, with its own key and the person who did it: it goes to the same routes, is judged by the same
//! rules, and is recorded with the time it happened and the time it came. They are taken in the order in which they happened,
//! whatever the order they are in, so that what follows on one device, and on one slot, follows. What is refused stands in
//! nobody's way but of what rests on it. Handed in again, nothing is done twice.
//!
//! A batch is a [sitting](crate::daemon::desk::Sitting): its entries don't wait for a commit each, and nothing of what they were answered
//! leaves before all of it is on disk.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, State};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::House;
use super::access::{Caller, Row};
use super::auth::PERSON;
use super::body::Reader;
use super::error::{Mistake, Problem};
use super::openapi::doc::{Answer, Doc, Kind, may, need};
use super::openapi::{doc, problems};
use super::order::Asked;
use crate::domain::time::Timestamp;

/// Most entries of one batch.
pub const MOST: usize = 1_000;

/// The routes that entries go to: those of a house that sits at the desk.
#[derive(Clone)]
pub struct Routes(pub Router);

/// Who handed in the batch that an entry is of: they were let in already, and are not counted once more.
#[derive(Clone)]
pub struct LetIn(pub Caller);

/// Whether an entry may go to a row: to whatever records something, but for a batch.
pub fn takes(row: &&Row) -> bool {
    row.changes && row.path != PATH
}

/// Where batches are handed in.
pub const PATH: &str = "/v1/late-entries";

/// What became of a batch.
///
/// ```json
/// { "items": [], "recorded": 3, "unchanged": 0, "refused": 1 }
/// ```
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Handed {
    /// What became of each entry, in the order given.
    items: Vec<Became>,
    /// How many recorded something now.
    recorded: usize,
    /// How many were on record already.
    unchanged: usize,
    /// How many were refused.
    refused: usize,
}

/// What became of one entry.
///
/// ```json
/// { "index": 0, "key": "north-2-0117", "status": 200, "answer": { "id": "Q12", "changed": true }, "problem": null }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
struct Became {
    /// Which, from 0.
    index: usize,
    /// Its key; null where it had none that could be read.
    key: Option<String>,
    /// The HTTP status that it has.
    status: u16,
    /// What its route answers; null where it was refused.
    #[schemars(with = "Option<serde_json::Map<String, Value>>")]
    answer: Option<Value>,
    /// Why it was refused; null where it was not.
    #[schemars(with = "Option<problems::Problem>")]
    problem: Option<Value>,
}

/// What [`enter`] is for.
pub const ENTER: Doc = Doc::read(
    "Hand in what was recorded without a line",
    &[Answer::json::<Handed>(207, "What became of each entry.")],
)
.more(
    "One, or an array of up to 1000, each a request of its own: judged by the same rules, as what the person in it does, and recorded with \
     the time it happened (`at` in its body) and the time it came. They are taken in the order in which they happened. Each stands or falls \
     alone, but for what rests on it: `$` and the key of an earlier entry, as a part of a path, is the assignment that it began, or \
     the submission that it was about. Handing them in again with the same keys changes nothing of what is on record, and what \
     was refused is judged again; so hand them in again where the answer is 503, or none. Nothing is taken for a device from before \
     what is on record of it.",
)
.body(doc::Body::Objects(
    &[
        need("key", Kind::Text("north-2-0117"), "Its own key, under which it is done once: 1 to 200 visible ASCII characters, none of them a slash."),
        may("person", Kind::Text("PSE 7002"), "Who did it; who hands in the batch unless given."),
        need("path", Kind::Text("/v1/resources/kiosk-north-1/walk-up"), "Where it would have been sent, by POST, with a line."),
        may(
            "body",
            Kind::Object(
                "{\"force\": \"Northshire\", \"crime_ref\": \"NS/2026/10411\", \"exhibit_ref\": \"AB/1\", \"at\": \"2026-11-23T09:40:00Z\"}",
            ),
            "What would have been sent there; `at` says when it happened.",
        ),
    ],
    MOST,
));

/// One entry, as it was read.
struct Entry {
    key: String,
    person: Option<String>,
    path: String,
    body: Value,
    /// When it happened; without a time, now: after all others.
    at: Timestamp,
}

/// `POST /v1/late-entries`: one entry, or an array of up to [`MOST`].
///
/// ```json
/// [ { "key": "north-2-0117", "person": "PSE 7002", "path": "/v1/resources/kiosk-north-1/walk-up",
///     "body": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "at": "2026-11-23T09:40:00Z" } },
///   { "key": "north-2-0118", "path": "/v1/assignments/$north-2-0117/finish", "body": { "at": "2026-11-23T09:55:00Z" } } ]
/// ```
///
/// Answers 207 with what became of each, once all of it is on disk: see [`Handed`]. Where the database fails meanwhile, or another node
/// is quicker, 503: handed in again, what is on record already is unchanged.
pub async fn enter(State(house): State<House>, Extension(routes): Extension<Routes>, asked: Asked) -> Result<Response, Problem> {
    let entries = match &asked.body {
        Value::Array(entries) => entries.as_slice(),
        one => {
            Entry::read(one)?;
            std::slice::from_ref(one)
        }
    };
    if entries.len() > MOST {
        return Err(Problem::invalid(&[Mistake::new("", format!("must hold at most {MOST} entries, not {}", entries.len()))]));
    }
    let mut batch = Batch { routes, caller: asked.caller, given: BTreeMap::new() };
    let (mut handed, mut read) = (Handed::default(), Vec::with_capacity(entries.len()));
    for (index, entry) in entries.iter().enumerate() {
        match Entry::read(entry) {
            Ok(entry) => read.push((index, entry)),
            Err(problem) => handed.add(Became::refused(index, entry["key"].as_str().map(str::to_owned), &problem)),
        }
    }
    let sitting = house.api.desk.sit();
    for (index, entry) in in_order(read) {
        handed.add(batch.hand_in(index, entry, house.api.body_limit).await);
        if sitting.is_void() {
            break;
        }
    }
    sitting.close().await?;
    handed.items.sort_by_key(|became| became.index);
    tracing::info!(
        entries = handed.items.len(),
        recorded = handed.recorded,
        unchanged = handed.unchanged,
        refused = handed.refused,
        "late entries"
    );
    Ok((StatusCode::MULTI_STATUS, Json(handed)).into_response())
}

impl Entry {
    fn read(entry: &Value) -> Result<Self, Problem> {
        let mut fields = Reader::new(entry);
        let (key, person, path) = (fields.need_text("key"), fields.text("person"), fields.need_text("path"));
        let body = fields.object("body").cloned().unwrap_or_else(|| json!({}));
        // Part of a path and of a header: what could be more than one of those is none.
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) || key.len() > 200 || key.contains('/') {
            fields.wrong("key", "must be 1 to 200 visible ASCII characters, and none of them a slash");
        }
        let is_path = path.starts_with("/v1/") && !path.contains(['?', '#']) && path.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_path && !fields.is_wrong("path") {
            fields.wrong("path", "must be that of a route that records something, like /v1/assignments/A5/finish");
        }
        fields.done()?;
        let at = body.get("at").and_then(Value::as_str).and_then(|at| at.trim().parse().ok());
        Ok(Self { key, person, path, body, at: at.unwrap_or(Timestamp::MAX) })
    }

    /// Whether work begins with it.
    fn begins(&self) -> bool {
        ["/walk-up", "/start", "/resume"].iter().any(|begins| self.path.ends_with(begins))
    }

    /// The keys of the entries that its path rests on.
    fn rests_on(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('$'))
    }
}

/// Entries in the order in which they happened. What ends at a moment comes before what begins then, and what rests on another
/// entry after that one.
fn in_order(mut entries: Vec<(usize, Entry)>) -> Vec<(usize, Entry)> {
    let keys: BTreeSet<String> = entries.iter().map(|(_, entry)| entry.key.clone()).collect();
    entries.sort_by_key(|(index, entry)| (entry.at, entry.begins(), *index));
    let (mut ordered, mut known) = (Vec::with_capacity(entries.len()), BTreeSet::new());
    while !entries.is_empty() {
        let rests = |entry: &Entry| entry.rests_on().any(|key| keys.contains(key) && !known.contains(key));
        // Entries that rest on each other are refused, whichever comes first.
        let next = entries.iter().position(|(_, entry)| !rests(entry)).unwrap_or(0);
        let next = entries.remove(next);
        known.insert(next.1.key.clone());
        ordered.push(next);
    }
    ordered
}

/// A batch on its way.
struct Batch {
    routes: Routes,
    caller: Caller,
    /// What each entry so far answered, by its key.
    given: BTreeMap<String, Value>,
}

impl Batch {
    async fn hand_in(&mut self, index: usize, entry: Entry, most: usize) -> Became {
        let key = Some(entry.key.clone());
        if self.given.contains_key(&entry.key) {
            let problem = Problem::invalid(&[Mistake::new("key", "is that of another entry of this batch")]);
            return Became::refused(index, key, &problem);
        }
        let answered = match self.request(&entry) {
            // A router has no failures of its own.
            Ok(request) => self.routes.0.clone().oneshot(request).await.unwrap_or_else(|never| match never {}),
            Err(problem) => problem.into_response(),
        };
        let (status, again) = (answered.status(), answered.headers().contains_key("idempotency-replayed"));
        let body = to_bytes(answered.into_body(), most).await.ok();
        let mut body: Value = body.and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or(Value::Null);
        self.given.insert(entry.key, if status.is_success() { body.clone() } else { Value::Null });
        if again && let Some(changed) = body.get_mut("changed") {
            *changed = json!(false);
        }
        let (answer, problem) = if status.is_success() { (Some(body), None) } else { (None, Some(body)) };
        Became { index, key, status: status.as_u16(), answer, problem }
    }

    fn request(&self, entry: &Entry) -> Result<Request<Body>, Problem> {
        let path = self.resolved(&entry.path)?;
        let person = entry.person.as_deref().or(self.caller.person.as_deref()).unwrap_or_default();
        let person = HeaderValue::from_bytes(person.as_bytes()).map_err(|_| wrong("person", "is no name"))?;
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", &entry.key)
            .header(PERSON, person)
            .extension(LetIn(self.caller.clone()))
            .body(Body::from(entry.body.to_string()));
        request.map_err(|_| wrong("path", "is no path"))
    }

    /// A path with what earlier entries began, or were about, in place of their keys.
    fn resolved(&self, path: &str) -> Result<String, Problem> {
        let parts = path.split('/').map(|part| match part.strip_prefix('$') {
            Some(key) => self.what(key, path.starts_with("/v1/assignments/")),
            None => Ok(part.to_owned()),
        });
        Ok(parts.collect::<Result<Vec<_>, _>>()?.join("/"))
    }

    fn what(&self, key: &str, assignment: bool) -> Result<String, Problem> {
        let Some(given) = self.given.get(key) else {
            return Err(wrong("path", &format!("names no entry of this batch that comes before: {key}")));
        };
        let id = if assignment { &given["assignment"]["id"] } else { &given["id"] };
        let what = if assignment { "began no assignment" } else { "was about no submission" };
        id.as_str().map(str::to_owned).ok_or_else(|| wrong("path", &format!("rests on an entry that {what}: {key}")))
    }
}

fn wrong(field: &str, problem: &str) -> Problem {
    Problem::invalid(&[Mistake::new(field, problem)])
}

impl Became {
    fn refused(index: usize, key: Option<String>, problem: &Problem) -> Self {
        Self { index, key, status: problem.status(), answer: None, problem: Some(problem.body()) }
    }
}

impl Handed {
    fn add(&mut self, became: Became) {
        match &became.answer {
            None => self.refused += 1,
            Some(answer) if answer["changed"] == json!(false) => self.unchanged += 1,
            Some(_) => self.recorded += 1,
        }
        self.items.push(became);
    }
}
