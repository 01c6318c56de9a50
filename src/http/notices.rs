//! Notices: how the messages fared that tell people without their asking, and another try for those that were given up.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::access::Caller;
use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{Answer, CURSOR, Doc, LIMIT, may, words};
use super::order::Asked;
use super::page::{self, Page, Params};
use super::{House, reach};
use crate::domain::submission::words as vocabulary;
use crate::domain::time::Timestamp;
use crate::store::Message;

vocabulary!(
    /// How a message stands.
    MessageState {
        /// It is on its way, or tried again later.
        Pending = "pending",
        /// It was delivered.
        Sent = "sent",
        /// It was given up.
        Dead = "dead",
    }
);

/// A message to somebody who is told without asking.
///
/// ```json
/// { "id": "N7", "recipient": "duty desk", "created_at": "2026-11-23T09:00:00Z", "state": "dead", "attempts": 9,
///   "next_at": "2026-11-25T13:40:00Z", "error": "answered 502 Bad Gateway", "notices": 3 }
/// ```
///
/// What it tells is not shown: it may be of another force.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Message")]
struct MessageView {
    /// Its id: without its letter the one in the header `webhook-id`.
    id: String,
    /// For whom, by the name in the configuration.
    recipient: String,
    /// When it was made.
    created_at: Timestamp,
    /// How it stands.
    state: MessageState,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next; when it was delivered, or given up.
    next_at: Timestamp,
    /// What went wrong last; null where nothing did.
    error: Option<String>,
    /// How many things it tells.
    notices: usize,
}

/// What [`list`] is for.
pub const LIST: Doc = Doc::read(
    "List the messages that tell people without their asking",
    &[Answer::json::<Page<MessageView>>(200, "A page, newest first.")],
)
.query(&[
    may("state", words::<MessageState>(&["dead"]), "Only those that stand so, separated by commas; all unless given."),
    CURSOR,
    LIMIT,
]);

/// `GET /v1/notices?state=&cursor=&limit=`: messages, newest first. See [`MessageView`].
pub async fn list(State(house): State<House>, _: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let states = params.words::<MessageState>("state");
    let (before, limit) = (params.cursor(), params.limit());
    params.done()?;
    let (mut before, mut found) = (if before == 0 { i64::MAX } else { before }, Vec::new());
    // One state is the database's to find; several, or none, are looked through.
    let only = if let [state] = states.as_slice() { Some(state.as_str()) } else { None };
    while found.len() <= limit {
        let messages = house.api.store.messages(only, before, page::MOST as i64).await?;
        let Some(last) = messages.last() else { break };
        before = last.id;
        let wanted = |message: &Message| states.is_empty() || states.iter().any(|state| state.as_str() == message.state);
        found.extend(messages.into_iter().filter(wanted));
    }
    found.truncate(limit + 1);
    let page = Page::first(found, limit, |message| message.id);
    page::show(&headers, &page.map(view))
}

fn view(message: Message) -> MessageView {
    let told = serde_json::from_str::<Vec<serde_json::Value>>(&message.items).map_or(0, |items| items.len());
    MessageView {
        id: format!("N{}", message.id),
        recipient: message.recipient,
        created_at: Timestamp::from_unix(message.created_at),
        state: message.state.parse().unwrap_or(MessageState::Pending),
        attempts: message.attempts,
        next_at: Timestamp::from_unix(message.next_at),
        error: message.error,
        notices: told + usize::try_from(message.more).unwrap_or(0),
    }
}

/// Whether a message is tried again.
///
/// ```json
/// { "id": "N7", "changed": true }
/// ```
#[derive(Serialize, JsonSchema)]
struct Retried {
    /// Which.
    id: String,
    /// Whether it is; false where it was not given up.
    changed: bool,
}

/// What [`retry`] is for.
pub const RETRY: Doc = Doc::change("Try a message again that was given up", &[])
    .answers(&[Answer::json::<Retried>(200, "It is tried again, unless it was not given up.")]);

/// `POST /v1/notices/{id}/retry`: a message that was given up is tried again from now on.
///
/// ```json
/// {}
/// ```
pub async fn retry(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let missing = || Problem::missing("message", &id);
    let number = reach::number(&id, 'N').ok_or_else(missing)?;
    let there = api.store.messages(None, number.saturating_add(1), 1).await?;
    if there.first().is_none_or(|message| message.id != number) {
        return Err(missing());
    }
    Reader::new(&asked.body).done()?;
    let changed = api.store.retry_message(number, api.clock.now()).await?;
    Ok((StatusCode::OK, Json(Retried { id: format!("N{number}"), changed })).into_response())
}
