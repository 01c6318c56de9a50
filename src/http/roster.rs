//! The roster: who works besides their usual hours, who is away, who is on call, now and later.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::House;
use super::access::Caller;
use super::error::Problem;
use super::openapi::doc::{Answer, Doc};
use super::page::{self, Params};
use crate::domain::ids::ResourceId;
use crate::domain::roster::DutyKind;
use crate::domain::time::Timestamp;

/// The roster from now on.
///
/// ```json
/// { "on_call": ["DI Shah"], "items": [] }
/// ```
#[derive(Serialize, JsonSchema)]
struct Roster<'a> {
    /// Who is on call for the unit now.
    on_call: Vec<&'a str>,
    /// What is not over yet, soonest first.
    items: Vec<DutyView<'a>>,
}

/// One line of the roster.
///
/// ```json
/// { "who": "examiner-khan", "duty": "leave", "from": "2026-12-24T00:00:00Z", "until": "2027-01-03T00:00:00Z" }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Duty")]
struct DutyView<'a> {
    /// A resource by its id; whoever is on call by their name.
    who: &'a str,
    /// What they do.
    duty: DutyKind,
    /// From when on.
    from: Timestamp,
    /// The first moment at which it is over.
    until: Timestamp,
}

/// What [`list`] is for.
pub const LIST: Doc = Doc::read(
    "List who works besides their usual hours, is away or on call",
    &[Answer::json::<Roster<'static>>(200, "What is not over yet, of the token's sites; who is on call is so for all.")],
)
.more("It is what `roster.csv` says; `on` and `on_call` aside, whoever is in it is away.");

/// `GET /v1/roster`: see [`Roster`].
pub async fn list(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let (unit, now) = (house.api.desk.unit(), house.api.clock.now());
    let establishment = &unit.establishment;
    let seen = |who: &str, duty| duty == DutyKind::OnCall || caller.runs(&unit, &ResourceId::from(who));
    let ahead = establishment.roster.iter().filter(|duty| duty.until > now && seen(&duty.who, duty.kind));
    let mut items: Vec<DutyView<'_>> =
        ahead.map(|duty| DutyView { who: &duty.who, duty: duty.kind, from: duty.from, until: duty.until }).collect();
    items.sort_by_key(|duty| (duty.from, duty.until, duty.who));
    page::answer(&headers, &Roster { on_call: establishment.on_call(now).collect(), items })
}
