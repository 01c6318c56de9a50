//! Redaction on order: references, names and reasons of a closed submission are removed, everywhere.

use axum::extract::{Path, State};
use axum::response::Response;

use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{Doc, Kind, need};
use super::order::Asked;
use super::{House, reach};
use crate::domain::command::Treat;

/// What [`redact`] is for.
pub const REDACT: Doc = Doc::change(
    "Remove the references, names and reasons of a closed submission, everywhere",
    &[need("reason", Kind::Text("ordered by the court, case 4711"), "By what right: it is kept.")],
)
.more("Its device must be back. Who recorded what stays on record. Counts and reports stay as they were, and so does the proof of the ledger. It can't be undone, nor the submission be found by its reference.");

/// `POST /v1/submissions/{id}/redaction`: references, names and reasons of a closed submission are removed.
///
/// ```json
/// { "reason": "ordered by the court, case 4711" }
/// ```
pub async fn redact(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let reason = body.need_text("reason");
    body.done()?;
    let cases = api.settled().await?.cases_of_nobody_else(number).await?;
    let answer = asked.treat(api, number, Treat::Redact { cases, reason }).await?;
    if answer.status().is_success() {
        api.settled().await?.scrub().await?;
    }
    Ok(answer)
}
