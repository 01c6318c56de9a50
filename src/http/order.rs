//! A change on its way to the desk: its body, who asks, and the key under which it is done once.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::access::Caller;
use super::error::Problem;
use super::late::LetIn;
use super::views::Shown;
use super::{Api, House, reach};
use crate::daemon::desk::{Answer, Idempotency, Render, Verdict};
use crate::domain::command::Command;
use crate::domain::entry::Hash;
use crate::domain::event::{Change, Event};
use crate::domain::ids::QueueNumber;
use crate::domain::state::{State, state};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit};

/// A POST as it came.
pub struct Asked {
    /// Who asks.
    pub caller: Caller,
    /// What it says; an empty object where it has no body.
    pub body: Value,
    /// The caller's `Idempotency-Key`.
    key: Option<String>,
    /// Hash of method, path, person and body: the same key for another request is a mistake.
    digest: Hash,
    /// Whether it is a late entry, which is handed in again until it is on record.
    late: bool,
}

impl FromRequest<House> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, house: &House) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, house).await?;
        let (key, late) = (key(&parts.headers)?, parts.extensions.get::<LetIn>().is_some());
        let head = format!("{} {}\n{}\n", parts.method, parts.uri, caller.person.as_deref().unwrap_or(""));
        let typed = is_json(&parts.headers);
        let bytes = Bytes::from_request(Request::from_parts(parts, body), house).await.map_err(|cause| match cause.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(house.api.body_limit),
            _ => Problem::malformed("the body broke off"),
        })?;
        let body = match bytes.is_empty() {
            true => json!({}),
            false if !typed => return Err(Problem::media_type()),
            false => {
                serde_json::from_slice(&bytes).map_err(|cause| Problem::malformed(format!("the body is no JSON: {cause}")))?
            }
        };
        let digest = Sha256::new().chain_update(head).chain_update(&bytes).finalize().into();
        Ok(Self { caller, body, key, digest, late })
    }
}

/// Fields that a body calls otherwise than the rules do.
pub type Names = &'static [(&'static str, &'static str)];

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all("idempotency-key").iter();
    let Some(value) = given.next() else { return Ok(None) };
    if given.next().is_some() {
        return Err(Problem::header("Idempotency-Key", "must be given once"));
    }
    let key = value.to_str().unwrap_or("").trim();
    if (1..=200).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Some(key.to_owned()))
    } else {
        Err(Problem::header("Idempotency-Key", "must be 1 to 200 visible ASCII characters, like a UUID"))
    }
}

impl Asked {
    /// Hands in one command about a submission and answers with a receipt. `names`: fields that the body calls otherwise
    /// than the rules do, as pairs of the rules' name and the body's.
    pub async fn order(self, api: &Api, number: QueueNumber, command: Command, names: Names) -> Result<Response, Problem> {
        let now = api.clock.now();
        // One that is closed is not in the unit.
        let closed = match api.desk.unit().submissions.contains_key(&number) {
            true => None,
            false => api.settled().await?.submission(number).await?,
        };
        let caller = self.caller.clone();
        let render = move |unit: &Unit, verdicts: &[Verdict]| {
            let (status, body) = match verdicts.first() {
                Some(Ok(events)) => (StatusCode::OK.as_u16(), receipt(unit, (number, closed.as_deref()), events, now)),
                Some(Err(refusal)) => refused(&reach::told(refusal, unit, &caller).in_words_of(names)),
                None => refused(&Problem::fault()),
            };
            (status, body.to_string())
        };
        self.submit(api, vec![command], Box::new(render)).await
    }

    /// What was answered to the same call under its key before, for whoever looks at what may have changed since.
    pub async fn told_before(&self, api: &Api) -> Result<Option<Response>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        let told = api.settled().await?.reply(&self.caller.token.id, key).await?;
        Ok(told.filter(|told| told.request == self.digest).map(|told| replayed(told.status, told.body)))
    }

    /// Hands in commands, once under the caller's key, and answers as `render` says.
    pub async fn submit(self, api: &Api, commands: Vec<Command>, render: Render) -> Result<Response, Problem> {
        let actor = self.caller.actor();
        let Some(key) = self.key else {
            let (status, body) = match api.desk.submit(&actor, commands, None).await? {
                Answer::Decided { verdicts, unit, .. } => render(&unit, &verdicts),
                Answer::Replayed(status, body) => (status, body),
            };
            return Ok(respond(status, body));
        };
        let (token, keeps_refusals) = (self.caller.token.id.clone(), !self.late);
        let once = Idempotency { token, key, request: self.digest, keeps_refusals, render };
        match api.desk.submit(&actor, commands, Some(once)).await? {
            Answer::Decided { reply: Some((status, body)), .. } => Ok(respond(status, body)),
            Answer::Decided { reply: None, .. } => Err(Problem::fault()),
            Answer::Replayed(status, body) => Ok(replayed(status, body)),
        }
    }
}

/// An answer that was given before.
fn replayed(status: u16, body: String) -> Response {
    let mut response = respond(status, body);
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

/// A problem as status and body.
pub fn refused(problem: &Problem) -> (u16, Value) {
    (problem.status(), problem.body())
}

/// What became of a submission.
///
/// ```json
/// { "id": "Q12", "changed": true, "recorded": ["delivered"], "open": true, "state": "waiting" }
/// ```
///
#[derive(Debug, Serialize, JsonSchema)]
pub struct Receipt {
    /// Its queue number.
    id: Shown<QueueNumber>,
    /// Whether anything was recorded; false where the same was on record.
    changed: bool,
    /// What was recorded: the kinds of the ledger's entries.
    recorded: Vec<String>,
    /// Whether anything of it is still to be done.
    open: bool,
    /// Where the request and its device are; null where it closed with this.
    state: Option<State>,
}

impl Receipt {
    /// The same of one that was registered first, in an errand of its own.
    pub fn of_registered(mut self) -> Self {
        self.recorded.insert(0, "registered".into());
        Self { changed: true, ..self }
    }
}

/// What became of a submission, as JSON.
pub fn receipt(unit: &Unit, submission: (QueueNumber, Option<&Submission>), events: &[Event], now: Timestamp) -> Value {
    json!(received(unit, submission, events, now))
}

/// What became of a submission. `closed`: the submission as it was, where the unit no longer had it.
pub fn received(unit: &Unit, (number, closed): (QueueNumber, Option<&Submission>), events: &[Event], now: Timestamp) -> Receipt {
    let open = unit.submissions.get(&number);
    let returned = events.iter().any(|event| matches!(event.change, Change::Returned { .. }));
    let word = |submission: &Submission| state(unit, submission, now);
    let state = open.map(|submission| word(submission)).or(returned.then_some(State::Returned)).or(closed.map(word));
    let recorded: Vec<String> = events.iter().map(|event| kind(&event.change)).filter(|kind| kind != "recalled").collect();
    Receipt { id: Shown(number), changed: !events.is_empty(), recorded, open: open.is_some(), state }
}

/// The word for a change, as entries have it.
fn kind(change: &Change) -> String {
    let change = serde_json::to_value(change).unwrap_or_default();
    change.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn respond(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    let place = (status == StatusCode::CREATED).then(|| location(&body)).flatten();
    let mut response = (status, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response();
    if let Some(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// Where what was created is, by the id in the reply.
fn location(body: &str) -> Option<HeaderValue> {
    let body: Value = serde_json::from_str(body).ok()?;
    let id = body.get("id")?.as_str()?;
    let of = if id.starts_with('H') { "quality-holds" } else { "submissions" };
    HeaderValue::from_str(&format!("/v1/{of}/{id}")).ok()
}
