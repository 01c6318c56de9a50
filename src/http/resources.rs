//! Resources: what there is, what each does now and next, and when it is out of use.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::access::Caller;
use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{AT, Answer, Doc, Kind, may, need};
use super::order::{Asked, refused};
use super::page::{self, Page, Params};
use super::views::View;
use super::views::appointment::{AppointmentView, appointments};
use super::views::assignment::{AssignmentView, NextView, assignment, next};
use super::views::resource::{ResourceView, resource};
use super::{House, reach};
use crate::daemon::desk::Verdict;
use crate::domain::command::Command;
use crate::domain::unit::Unit;

/// Planned steps shown after what was given.
const AHEAD: usize = 20;

/// What [`list`] is for.
pub const LIST: Doc =
    Doc::read("List the resources at the token's sites", &[Answer::json::<Page<ResourceView<'static>>>(200, "All of them.")]);

/// `GET /v1/resources`: every resource at the caller's sites. See [`ResourceView`].
pub async fn list(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let own = view.unit.establishment.resources.iter().filter(|resource| caller.works_at(&resource.site));
    let items: Vec<ResourceView<'_>> = own.map(|r| resource(&view, r)).collect();
    page::answer(&headers, &Page::all(items))
}

/// What a resource does.
///
/// ```json
/// { "now": [], "next": [], "planned": [], "appointments": [] }
/// ```
#[derive(Serialize, JsonSchema)]
struct NowAndNext<'a> {
    /// The resource.
    resource: ResourceView<'a>,
    /// What is being worked on.
    now: Vec<AssignmentView<'a>>,
    /// What was given and is not begun, by planned start.
    next: Vec<AssignmentView<'a>>,
    /// What the plan has after that, soonest first; twenty at most.
    planned: Vec<NextView<'a>>,
    /// For whom its time is kept, soonest first.
    appointments: Vec<AppointmentView<'a>>,
}

/// What [`assignments`] is for.
pub const ASSIGNMENTS: Doc = Doc::read(
    "Read what a resource does now and next",
    &[Answer::json::<NowAndNext<'static>>(200, "What it does, what it was given, and what the plan has after that.")],
);

/// `GET /v1/resources/{id}/assignments`: `{"resource": {...}, "now": [...], "next": [...], "planned": [...], "appointments": [...]}`: what
/// is being worked on, what was given and is not begun, by planned start, what the plan has after that, and for whom its time is kept. See
/// [`AssignmentView`] and [`NextView`].
pub async fn assignments(
    State(house): State<House>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let found = reach::resource(&view.unit, &caller, &id)?;
    let here = view.unit.assignments.values().filter(|a| a.slot.resource == found.id);
    let seen = here.filter_map(|a| Some((a, view.unit.submissions.get(&a.submission).filter(|s| caller.sees(&view.unit, s))?)));
    let mut given: Vec<_> = seen.collect();
    given.sort_by_key(|(a, _)| (a.start, a.slot.slot, a.id));
    let (now, later): (Vec<_>, Vec<_>) = given.into_iter().partition(|(a, _)| a.started_at().is_some());
    let body = NowAndNext {
        resource: resource(&view, found),
        now: now.into_iter().map(|(a, s)| assignment(&view, a, s)).collect(),
        next: later.into_iter().map(|(a, s)| assignment(&view, a, s)).collect(),
        planned: next(&view, &found.id).take(AHEAD).collect(),
        appointments: appointments(&view, Some(&found.id)),
    };
    let rows = body.now.len() + body.next.len() + body.planned.len() + body.appointments.len();
    page::showing(rows, page::answer(&headers, &body)?)
}

/// Whether a resource is in use now.
///
/// ```json
/// { "id": "kiosk-north-1", "changed": true, "available": false }
/// ```
#[derive(Serialize, JsonSchema)]
struct Availability<'a> {
    /// Which resource.
    id: &'a str,
    /// Whether anything was recorded; false where the same was on record.
    changed: bool,
    /// Whether it is not out of use now.
    available: bool,
}

/// What [`availability`] is for.
pub const AVAILABILITY: Doc = Doc::change(
    "Take a resource out of use for a time, or put it back in use",
    &[
        need("available", Kind::Flag(false), "Whether it is in use from then on."),
        may("from", AT, "From when on; now unless given."),
        may("until", Kind::Instant("2026-11-24T12:00:00Z"), "The first moment at which it is back; must be given where it is not available."),
        may("reason", Kind::Text("licence expired"), "Why; must be given where it is not available."),
    ],
)
.more(
    "Back in use, it ends what puts the resource out of use at that instant (then without `until` and `reason`); what was announced \
     for later is called off by naming the instant at which it would begin.",
)
.answers(&[Answer::json::<Availability<'static>>(200, "Recorded, or on record already.")]);

/// `POST /v1/resources/{id}/availability`: out of use for a time, or back.
///
/// ```json
/// { "available": false, "from": "2026-11-23T09:00:00Z", "until": "2026-11-23T12:00:00Z", "reason": "licence expired" }
/// ```
/// ```json
/// { "available": true, "from": "2026-11-23T10:30:00Z" }
/// ```
///
/// `from` defaults to now. Back in use, it ends what puts the resource out of use at that instant; what was announced for
/// later is called off by naming the instant at which it would begin. Answers with `{"id": "kiosk-north-1", "changed": true, "available": false}`.
pub async fn availability(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let resource = reach::resource(&api.desk.unit(), &asked.caller, &id)?.id.clone();
    let (mut body, now) = (Reader::new(&asked.body), api.clock.now());
    let available = body.need_flag("available");
    let from = body.at("from", now);
    let out = if available == Some(true) { None } else { Some((body.parsed("until"), body.text("reason"))) };
    if let Some((until, reason)) = out.as_ref().filter(|_| available == Some(false)) {
        for (field, given) in [("until", until.is_some()), ("reason", reason.is_some())] {
            if !given && !body.is_wrong(field) {
                body.wrong(field, "must be given");
            }
        }
    }
    body.done()?;
    let command = match out {
        None => Command::EndOutage { resource: resource.clone(), at: from },
        Some((Some(until), Some(reason))) => Command::DeclareOutage { resource: resource.clone(), from, until, reason },
        Some(_) => return Err(Problem::fault()),
    };
    let render = move |unit: &Unit, verdicts: &[Verdict]| {
        let (status, body) = match verdicts.first() {
            Some(Ok(events)) => {
                let available = unit.outage_at(&resource, now).is_none();
                let body = Availability { id: resource.as_str(), changed: !events.is_empty(), available };
                (StatusCode::OK.as_u16(), json!(body))
            }
            Some(Err(refusal)) => refused(&Problem::from(refusal)),
            None => refused(&Problem::fault()),
        };
        (status, body.to_string())
    };
    asked.submit(api, vec![command], Box::new(render)).await
}
