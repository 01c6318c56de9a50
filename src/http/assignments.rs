//! Assignments: what a resource does with the work it was given.

use axum::extract::{Path, State};
use axum::response::Response;

use super::access::Role;
use super::body::Reader;
use super::error::{Mistake, Problem};
use super::order::Asked;
use super::{House, reach};
use crate::domain::command::Command;
use crate::domain::event::ReleaseCause;

/// `POST /v1/assignments/{id}/accept`: taken on; the planner leaves it where it is. `id` is `A5` or `5`.
///
/// ```json
/// { "at": "2026-11-23T08:31:00Z" }
/// ```
///
/// `at` defaults to now, here and below. Answers with a receipt of its submission, as all of these do.
///
/// Work of tiers 2-5 that would take away the last way to bring back a victim's phone still to come in time is refused (409,
/// `/problems/held`, with `until` and in `instead` the slot that is free, if one is). A supervisor has it done all the same
/// with `"override": "why"`, which is kept in the ledger.
pub async fn accept(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, overrides) = (body.at("at", api.clock.now()), body.text("override"));
    body.done()?;
    may_override(&asked, overrides.as_ref())?;
    asked.order(api, number, Command::Accept { assignment, at, overrides }, &[]).await
}

/// `POST /v1/assignments/{id}/start`: work begins. Refused and overridden like accepting, unless it was accepted.
///
/// ```json
/// { "at": "2026-11-23T08:45:00Z" }
/// ```
pub async fn start(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, overrides) = (body.at("at", api.clock.now()), body.text("override"));
    body.done()?;
    may_override(&asked, overrides.as_ref())?;
    asked.order(api, number, Command::Start { assignment, at, overrides }, &[]).await
}

/// The guard is a supervisor's to override.
fn may_override(asked: &Asked, reason: Option<&String>) -> Result<(), Problem> {
    match reason {
        Some(_) if asked.caller.role != Role::Supervisor => {
            Err(Problem::reserved(&[Mistake::new("override", "a supervisor overrides the guard")]))
        }
        _ => Ok(()),
    }
}

/// `POST /v1/assignments/{id}/finish`: work and its stage end.
///
/// ```json
/// { "at": "2026-11-23T09:40:00Z", "tool": "Kiosk Reader", "tool_version": "7.61",
///   "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
/// ```
///
/// All may be left out. `hash`: SHA-256 of what was extracted.
pub async fn finish(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, tool, tool_version) = (body.at("at", api.clock.now()), body.text("tool"), body.text("tool_version"));
    let hash = body.text("hash");
    body.done()?;
    asked.order(api, number, Command::Finish { assignment, at, tool, tool_version, hash }, &[]).await
}

/// `POST /v1/assignments/{id}/fail`: it could not be done; the stage is open again.
///
/// ```json
/// { "cause": "pin_wrong", "reason": "asked the OIC for another", "at": "2026-11-23T08:50:00Z" }
/// ```
///
/// `cause`: cable, unsupported, pin_wrong, locked, battery, device_full, partial, machine. `reason` may be left out.
pub async fn fail(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (cause, reason, at) = (body.need_parsed("cause"), body.text("reason"), body.at("at", api.clock.now()));
    body.done()?;
    let Some(cause) = cause else { return Err(Problem::fault()) };
    asked.order(api, number, Command::Fail { assignment, at, cause, reason }, &[]).await
}

/// `POST /v1/assignments/{id}/release`: given back before it was begun; the stage is open again.
///
/// ```json
/// { "reason": "called away to a scene" }
/// ```
pub async fn release(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let reason = body.text("reason");
    body.done()?;
    let command = Command::Release { assignment, cause: ReleaseCause::GivenBack, reason };
    asked.order(api, number, command, &[]).await
}
