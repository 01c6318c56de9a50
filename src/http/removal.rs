//! Ends before the end: withdrawal, refusal, and the challenge of a refusal.

use axum::extract::{Path, State};
use axum::response::Response;

use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{AT, Doc, Field, Kind, REASON, may, need, word};
use super::order::Asked;
use super::{House, reach};
use crate::domain::command::Command;
use crate::domain::unit::{DataTaken, RemovalCause};

/// What [`withdrawal`] is for.
pub const WITHDRAWAL: Doc = Doc::change(
    "Stop the examination and return the device now",
    &[
        need("cause", word::<RemovalCause>(&["agreement_withdrawn", "agreement_refused", "withdrawn"]), "Why."),
        DATA,
        may("at", AT, "When; now unless given."),
        may(
            "reason",
            REASON,
            "Why, in words; wanted for `withdrawn` alone: nobody has to say why they take their agreement back.",
        ),
    ],
)
.more("Whatever is under way stops, the device may go back at once, and its clock runs until its owner has it.");

const DATA: Field = need("data", word::<DataTaken>(&["deleted"]), "What happened to data that was taken by then.");

/// `POST /v1/submissions/{id}/withdrawal`: stop, return now. The device user takes their agreement back or does not give it, or whoever
/// asked no longer does. Whatever is under way stops, the device may go back at once, and its clock runs until its owner has it.
///
/// ```json
/// { "cause": "agreement_withdrawn", "data": "deleted", "at": "2026-11-23T14:20:00Z" }
/// ```
///
/// `cause`: agreement_withdrawn, agreement_refused, withdrawn. `data`: what happened to data that was taken by then: none (there
/// was none), deleted, ring_fenced, kept. `reason` is wanted for `withdrawn` alone: nobody has to say why they take their agreement back.
/// `at` defaults to now.
pub async fn withdrawal(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    remove(&house, &id, asked, RemovalCause::is_asked_for).await
}

/// What [`refusal`] is for.
pub const REFUSAL: Doc = Doc::change(
    "Refuse the examination, or the rest of it",
    &[
        need(
            "cause",
            word::<RemovalCause>(&["not_necessary", "duplicate", "negative_triage", "unsupported", "not_unlocked"]),
            "Why.",
        ),
        DATA,
        may("at", AT, "When; now unless given."),
        may("reason", REASON, "Why, in words."),
    ],
)
.more("By the unit's judgement; the officer in the case can challenge it.");

/// `POST /v1/submissions/{id}/refusal`: it is not examined, or not any further, by the unit's judgement. The officer in the case
/// can challenge that.
///
/// ```json
/// { "cause": "not_necessary", "data": "none", "reason": "the messages are on the suspect's phone, which is examined" }
/// ```
///
/// `cause`: not_necessary, duplicate, negative_triage, unsupported, not_unlocked. `data` and `at` as for a withdrawal.
pub async fn refusal(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    remove(&house, &id, asked, RemovalCause::is_refusal).await
}

async fn remove(house: &House, id: &str, asked: Asked, fits: fn(RemovalCause) -> bool) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (cause, data) = (body.need_parsed::<RemovalCause>("cause"), body.need_parsed::<DataTaken>("data"));
    let (at, reason) = (body.at("at", api.clock.now()), body.text("reason"));
    if let Some(cause) = cause.filter(|cause| !fits(*cause)) {
        let causes: Vec<&str> = RemovalCause::ALL.iter().filter(|cause| fits(**cause)).map(|cause| cause.as_str()).collect();
        body.wrong("cause", format!("{cause} is none of {}", causes.join(", ")));
    }
    body.done()?;
    let (Some(cause), Some(data)) = (cause, data) else { return Err(Problem::fault()) };
    asked.order(api, number, Command::Remove { number, at, cause, data, reason }, &[]).await
}

/// What [`challenge`] is for.
pub const CHALLENGE: Doc = Doc::change(
    "Challenge that it was refused",
    &[need("reason", Kind::Text("the suspect's phone was destroyed"), "Why it should be examined all the same.")],
)
.more("The unit's head decides.");

/// `POST /v1/submissions/{id}/challenge`: the officer in the case does not accept that it was refused. The unit's head decides.
///
/// ```json
/// { "reason": "the suspect's phone was destroyed" }
/// ```
pub async fn challenge(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let reason = body.need_text("reason");
    body.done()?;
    asked.order(api, number, Command::Challenge { number, reason }, &[]).await
}

/// What [`challenge_decision`] is for.
pub const CHALLENGE_DECISION: Doc = Doc::change(
    "Decide on a challenge",
    &[
        need("upheld", Kind::Flag(true), "Whether it is examined after all, from where it stopped; else the refusal stands."),
        need("reason", Kind::Text("there is no other source"), "Why."),
    ],
)
.more("Both reasons stay on record.");

/// `POST /v1/submissions/{id}/challenge-decision`: upheld, the examination goes on where it stopped and what was promised runs on;
/// else the refusal stands. Both reasons stay on record.
///
/// ```json
/// { "upheld": true, "reason": "there is no other source" }
/// ```
pub async fn challenge_decision(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (upheld, reason) = (body.need_flag("upheld"), body.need_text("reason"));
    body.done()?;
    let Some(upheld) = upheld else { return Err(Problem::fault()) };
    asked.order(api, number, Command::DecideChallenge { number, upheld, reason }, &[]).await
}
