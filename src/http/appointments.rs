//! Appointments: a time is kept on a resource for when a device is brought, often by an owner who waits for it.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::access::Caller;
use super::assignments::{OVERRIDE, may_override};
use super::body::Reader;
use super::error::{Mistake, Problem};
use super::openapi::doc::{Answer, Doc, Kind, may, need};
use super::order::Asked;
use super::page::{self, Page, Params};
use super::views::View;
use super::views::appointment::{AppointmentView, appointments};
use super::{House, reach};
use crate::domain::command::Treat;
use crate::domain::unit::AppointmentEnd;

/// What [`list`] is for.
pub const LIST: Doc = Doc::read(
    "List the appointments at the token's sites",
    &[Answer::json::<Page<AppointmentView<'static>>>(200, "All of them, soonest first.")],
)
.more("Those for which time is kept: an appointment goes with the start of the work, with its time, and when somebody calls it off.");

/// `GET /v1/appointments`: every appointment at the caller's sites, soonest first. See [`AppointmentView`].
pub async fn list(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let items = appointments(&view, None);
    page::showing(items.len(), page::answer(&headers, &Page::all(items))?)
}

/// What [`make`] is for.
pub const MAKE: Doc = Doc::change(
    "Keep a time on a resource for when a device is brought",
    &[
        need("submission", Kind::Text("Q12"), "Which submission: its queue number."),
        need("resource", Kind::Text("kiosk-north-1"), "On which resource; on which of its slots is found out."),
        need("from", Kind::Instant("2026-11-24T14:00:00Z"), "From when on: in its opening hours, in the next 90 days."),
        may(
            "until",
            Kind::Instant("2026-11-24T15:45:00Z"),
            "The first moment that is not kept; as long as nine of ten such examinations take unless given.",
        ),
        OVERRIDE,
    ],
)
.more(
    "Nobody else's work is planned, taken on or begun on that slot in that time; the submission's own may be. Another appointment for \
     it takes the place of the one before. No clock stops: what was promised counts from when the device was taken.",
);

/// `POST /v1/appointments`: a time is kept on a resource for when a device is brought.
///
/// ```json
/// { "submission": "Q12", "resource": "kiosk-north-1", "from": "2026-11-24T14:00:00Z" }
/// ```
///
/// `until` and `override` may be left out. Answers with a receipt.
pub async fn make(State(house): State<House>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let mut body = Reader::new(&asked.body);
    let (submission, resource) = (body.need_text("submission"), body.need_text("resource"));
    let (from, until, overrides) = (body.need_parsed("from"), body.parsed("until"), body.text("override"));
    body.done()?;
    let Some(from) = from else { return Err(Problem::fault()) };
    may_override(&asked, overrides.as_ref())?;
    let unit = api.desk.unit();
    let found = match reach::submission(api, &unit, &asked.caller, &submission).await {
        Err(problem) if !problem.is_missing() => return Err(problem),
        found => found.map_err(|_| Mistake::new("submission", format!("{submission:?} names none that this token may see"))),
    };
    let on = reach::resource(&unit, &asked.caller, &resource).map(|resource| resource.id.clone());
    let on = on.map_err(|_| Mistake::new("resource", format!("{resource:?} names none at this token's sites")));
    match (found, on) {
        (Ok(found), Ok(resource)) => asked.treat(api, found.number, Treat::Book { resource, from, until, overrides }).await,
        (found, on) => Err(Problem::invalid(&found.err().into_iter().chain(on.err()).collect::<Vec<_>>())),
    }
}

/// What [`cancel`] is for.
pub const CANCEL: Doc =
    Doc::change("Call an appointment off", &[may("reason", Kind::Text("the owner comes another day"), "Why, in words.")])
        .more("No time is kept for its device any more; where it had no appointment, nothing changes.");

/// `POST /v1/submissions/{id}/appointment-cancellation`: no time is kept for its device any more.
///
/// ```json
/// { "reason": "the owner comes another day" }
/// ```
///
/// `reason` may be left out.
pub async fn cancel(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let reason = body.text("reason");
    body.done()?;
    asked.treat(api, number, Treat::EndAppointment { cause: AppointmentEnd::Cancelled, reason }).await
}
