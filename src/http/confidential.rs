//! Confidential material: a gate of its own.

use axum::extract::{Path, State};
use axum::response::Response;

use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{Doc, Kind, need, words};
use super::order::Asked;
use super::{House, reach};
use crate::domain::command::Treat;
use crate::domain::unit::Confidential;

/// What [`note`] is for.
pub const NOTE: Doc = Doc::change(
    "Say that the device may hold confidential material",
    &[
        need("kinds", words::<Confidential>(&["legal"]), "What sort of it."),
        need("reason", Kind::Text("she wrote to her solicitor"), "What is known of it."),
    ],
)
.more("Nothing begins until a supervisor, who is not its OIC, decides how that is dealt with. Its clock runs on.");

/// `POST /v1/submissions/{id}/confidential`: the device may hold confidential material.
///
/// ```json
/// { "kinds": ["legal"], "reason": "she wrote to her solicitor" }
/// ```
///
/// `kinds`: legal, medical, counselling, journalistic.
pub async fn note(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (named, reason) = (body.need_list("kinds"), body.need_text("reason"));
    let mut kinds: Vec<Confidential> = Vec::new();
    for kind in &named {
        match kind.parse() {
            Ok(kind) => kinds.push(kind),
            Err(problem) => body.wrong("kinds", problem),
        }
    }
    body.done()?;
    asked.treat(api, number, Treat::NoteConfidential { kinds, reason }).await
}

/// What [`clear`] is for.
pub const CLEAR: Doc = Doc::change(
    "Decide how confidential material is dealt with",
    &[need("reason", Kind::Text("messages with the firm are left out by independent counsel"), "How.")],
);

/// `POST /v1/submissions/{id}/confidential-clearance`: a supervisor, who is not its OIC, decides how it is dealt with.
///
/// ```json
/// { "reason": "messages with the firm are left out by independent counsel" }
/// ```
pub async fn clear(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let reason = body.need_text("reason");
    body.done()?;
    asked.treat(api, number, Treat::ClearConfidential { reason }).await
}
