//! Gates, and the correction of what was recorded.

use axum::extract::{Path, State};
use axum::response::Response;

use super::access::RESERVED;
use super::body::{Reader, unknown};
use super::error::{Mistake, Problem};
use super::order::Asked;
use super::{House, reach};
use crate::domain::columns::{COLUMNS, Column};
use crate::domain::command::Command;

/// `POST /v1/submissions/{id}/agreement`: the device user agreed and had the five-part written notice.
///
/// ```json
/// { "agreement_at": "2026-11-23T08:10:00Z", "notice_at": "2026-11-23T08:05:00Z" }
/// ```
///
/// Both default to now. Answers with a receipt, as all of these do.
pub async fn agreement(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let (mut body, now) = (Reader::new(&asked.body), api.clock.now());
    let (agreement_at, notice_at) = (body.at("agreement_at", now), body.at("notice_at", now));
    body.done()?;
    asked.order(api, number, Command::RecordAgreement { number, agreement_at, notice_at }, &[]).await
}

/// `POST /v1/submissions/{id}/legal-basis`: by what right the device is examined.
///
/// ```json
/// { "basis": "PACE s.19" }
/// ```
pub async fn legal_basis(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let basis = body.need_text("basis");
    body.done()?;
    asked.order(api, number, Command::RecordLegalBasis { number, basis }, &[("legal_basis", "basis")]).await
}

/// `POST /v1/submissions/{id}/authorisation`: the person who speaks authorises necessity and scope; 403 where that is the
/// OIC.
///
/// ```json
/// { "at": "2026-11-23T08:30:00Z" }
/// ```
///
/// `at` defaults to now.
pub async fn authorisation(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let at = body.at("at", api.clock.now());
    body.done()?;
    let by = asked.caller.actor().person;
    asked.order(api, number, Command::Authorise { number, by, at }, &[("authorised_at", "at")]).await
}

/// `POST /v1/submissions/{id}/pin`: whether it can be opened. A status, never a PIN.
///
/// ```json
/// { "lock_state": "pin_held" }
/// ```
pub async fn pin(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let lock_state = body.need_parsed("lock_state");
    body.done()?;
    let Some(lock_state) = lock_state else { return Err(Problem::fault()) };
    asked.order(api, number, Command::RecordPin { number, lock_state }, &[]).await
}

/// `POST /v1/submissions/{id}/return-authorisation`: the person who speaks lets it go back once verified. No body.
pub async fn return_authorisation(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    Reader::new(&asked.body).done()?;
    let by = asked.caller.actor().person;
    asked.order(api, number, Command::AuthoriseReturn { number, by }, &[]).await
}

/// `POST /v1/submissions/{id}/correction`: a recorded value was wrong. The old one stays in the ledger.
///
/// ```json
/// { "field": "storage_gb", "value": "256", "reason": "read from the label again" }
/// ```
///
/// `field` is a column of the queue file, `value` what would stand in it (text; empty for none).
pub async fn correction(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (field, reason) = (body.need_text("field"), body.need_text("reason"));
    let value = body.maybe_empty("value");
    if !field.is_empty() && Column::named(&field).is_none() {
        let known: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        body.wrong("field", format!("{field:?} {}", unknown(&field, &known)));
    }
    body.done()?;
    // Whoever is bound to one force can't give a case away to another.
    let foreign = field == "force" && asked.caller.token.force.is_some();
    if foreign || !asked.caller.may_fill(&field) {
        let roles = RESERVED.iter().find(|(column, _)| *column == field).map_or(&[][..], |(_, roles)| roles);
        let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        let whose = if foreign { "a token for every force".into() } else { format!("the role {}", roles.join(" or ")) };
        return Err(Problem::reserved(&[Mistake::new("field", format!("correcting {field} needs {whose}"))]));
    }
    asked.order(api, number, Command::Correct { number, field, value, reason }, &[]).await
}
