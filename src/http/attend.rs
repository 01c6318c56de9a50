//! What is done for an owner who waits: a replacement handset out of the unit's stock, and a word in time. And whether the officer in
//! the case has opened the results.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::access::{Caller, Role};
use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{AT, Answer, Doc, Kind, may, need, word};
use super::order::Asked;
use super::page::{self, Page, Params};
use super::views::View;
use super::views::action::actions;
use super::views::owner::{HandsetView, handset};
use super::{House, reach};
use crate::domain::actions::ActionKind;
use crate::domain::command::Treat;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::refusal::Refusal;
use crate::domain::unit::Receiver;

/// What [`handsets`] is for.
pub const HANDSETS: Doc = Doc::read(
    "List the replacement handsets at the token's sites",
    &[Answer::json::<Page<HandsetView<'static>>>(200, "All of them, and who has which.")],
);

/// `GET /v1/handsets`: the unit's replacement handsets at the caller's sites, and who has which. See [`HandsetView`].
pub async fn handsets(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let held = view.unit.establishment.handsets.iter().filter(|one| caller.works_at(&one.site));
    let items: Vec<HandsetView<'_>> = held.map(|one| handset(&view, one)).collect();
    page::answer(&headers, &Page::all(items))
}

/// One of the unit file.
const HANDSET: Kind = Kind::Text("spare-1");

/// What [`reserve`] is for.
pub const RESERVE: Doc =
    Doc::change("Put a replacement handset by for its owner", &[need("handset", HANDSET, "Its id in the unit file.")])
        .more("Nobody else is given it.");

/// `POST /v1/submissions/{id}/handset`: a replacement handset is put by for its owner, so that nobody else is given it.
///
/// ```json
/// { "handset": "spare-1" }
/// ```
///
/// Answers with a receipt, as all of these do.
pub async fn reserve(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let handset = Word::from(body.need_text("handset").as_str());
    body.done()?;
    asked.treat(api, number, Treat::ReserveHandset { handset }).await
}

/// What [`issue`] is for.
pub const ISSUE: Doc = Doc::change(
    "Record that its owner received a replacement handset",
    &[
        may("handset", HANDSET, "Its id in the unit file; the one that was put by unless given."),
        need("received_by", word::<Receiver>(&["owner"]), "Who received it."),
        need("with_sim", Kind::Flag(true), "Whether the SIM of their own phone is in it: an item of its own from then on."),
        may("at", AT, "When; now unless given."),
    ],
)
.more("What is missed counts all the same, and is shown as mitigated.");

/// `POST /v1/submissions/{id}/handset-issue`: its owner receives a replacement handset. What is missed counts all the same, and
/// is shown as mitigated.
///
/// ```json
/// { "handset": "spare-1", "received_by": "owner", "with_sim": true, "at": "2026-11-23T17:40:00Z" }
/// ```
///
/// `handset` defaults to the one that was put by, `at` to now. `received_by`: owner, parent, nominated. `with_sim`: whether the SIM of their
/// own phone is in it: an item of its own from then on.
pub async fn issue(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let handset = body.text("handset").map(|handset| Word::from(handset.as_str()));
    let (at, received_by, with_sim) =
        (body.at("at", api.clock.now()), body.need_parsed("received_by"), body.need_flag("with_sim"));
    body.done()?;
    let (Some(received_by), Some(with_sim)) = (received_by, with_sim) else { return Err(Problem::fault()) };
    asked.treat(api, number, Treat::IssueHandset { at, handset, received_by, with_sim }).await
}

/// What [`take_back`] is for.
pub const TAKE_BACK: Doc =
    Doc::change("Record that the handset is the unit's again", &[may("at", AT, "When; now unless given.")])
        .more("Or is put by no more.");

/// `POST /v1/submissions/{id}/handset-return`: the handset is the unit's again, or is put by no more.
///
/// ```json
/// { "at": "2026-11-25T10:00:00Z" }
/// ```
pub async fn take_back(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let at = body.at("at", api.clock.now());
    body.done()?;
    asked.treat(api, number, Treat::TakeBackHandset { at }).await
}

/// What [`owner_told`] is for.
pub const OWNER_TOLD: Doc = Doc::change(
    "Record that the owner was told how their device stands",
    &[
        may("at", AT, "When; now unless given."),
        may("expected", Kind::Instant("2026-11-24T11:00:00Z"), "When they were told they will have it."),
        may("reason", Kind::Text("told by phone; asked for a call when it is ready"), "What was said, in words."),
    ],
)
.more("They hear of a delay before the deadline, not after.");

/// `POST /v1/submissions/{id}/owner-told`: the owner was told how their device stands: of a delay before the deadline, not after.
///
/// ```json
/// { "at": "2026-11-23T17:40:00Z", "expected": "2026-11-24T11:00:00Z", "reason": "told by phone; asked for a call when it is ready" }
/// ```
///
/// `expected`: when they were told they will have it. All may be left out; `at` defaults to now.
pub async fn owner_told(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (at, expected, reason) = (body.at("at", api.clock.now()), body.parsed("expected"), body.text("reason"));
    body.done()?;
    asked.treat(api, number, Treat::TellOwner { at, expected, reason }).await
}

/// What [`results_received`] is for.
pub const RESULTS_RECEIVED: Doc =
    Doc::change("Record that the officer in the case opened the results", &[may("at", AT, "When; now unless given.")]);

/// `POST /v1/submissions/{id}/results-received`: the officer in the case opened the results.
///
/// ```json
/// { "at": "2026-12-03T09:20:00Z" }
/// ```
pub async fn results_received(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let at = body.at("at", api.clock.now());
    body.done()?;
    asked.treat(api, number, Treat::ReceiveResults { at }).await
}

/// What [`take_on`] is for.
pub const TAKE_ON: Doc = Doc::change(
    "Take on what is asked for",
    &[
        need("action", word::<ActionKind>(&["pin"]), "Which action of the submission."),
        may("reason", Kind::Text("ringing the owner now"), "What is done about it, in words."),
    ],
)
.more("What nobody takes on goes up a step: to the team, the duty supervisor, who is on call. Whoever takes it on stops that until its moment \
     passes; whoever does after that keeps it where it is.");

/// `POST /v1/submissions/{id}/action-acknowledgement`: somebody takes on what is asked for, so that it goes no further up.
///
/// ```json
/// { "action": "pin", "reason": "ringing the owner now" }
/// ```
///
/// `reason` may be left out.
pub async fn take_on(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (action, reason) = (body.need_parsed("action"), body.text("reason"));
    body.done()?;
    let Some(action) = action else { return Err(Problem::fault()) };
    // What it asked for may have been done since: the same call has the same answer.
    if let Some(told) = asked.told_before(api).await? {
        return Ok(told);
    }
    is_asked_for(&View::of(&house, &asked.caller), number, action)?;
    asked.treat(api, number, Treat::TakeOn { action, reason }).await
}

/// Nobody answers for what is not wanted, or is for somebody of another role; whoever it goes up to may at any time.
fn is_asked_for(view: &View<'_>, number: QueueNumber, action: ActionKind) -> Result<(), Problem> {
    let role = view.caller.role;
    let wanted = view.unit.submissions.get(&number).map(|submission| actions(view, submission)).unwrap_or_default();
    let state = match wanted.iter().find(|wanted| wanted.action == action) {
        Some(wanted) if wanted.is_for_role(role) || matches!(role, Role::Supervisor | Role::Manager) => return Ok(()),
        Some(wanted) => format!("for the role {} to take on", wanted.who.role.as_str()),
        None => "not asked for".into(),
    };
    let what = format!("{action} of {number}");
    Err((&Refusal::IllegalTransition { what, state, allowed: "what /v1/actions lists" }).into())
}
