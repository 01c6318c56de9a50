//! Submissions: registering, finding, listing, and all there is to know of one.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::access::Caller;
use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{Answer, Body, CURSOR, Doc, Field, Kind, LIMIT, TIER, may, need, words};
use super::openapi::planner::Counterfactual;
use super::order::Asked;
use super::page::{self, Page, Params};
use super::views::submission::{AsOf, Full, Summary, as_of, full, summary};
use super::views::{View, of};
use super::{House, intake, reach, registration};
use crate::daemon::otherwise::NoAnswer;
use crate::domain::ids::QueueNumber;
use crate::domain::state::{State as Stands, state};
use crate::domain::submission::{Vocabulary, digest_of};
use crate::domain::unit::{Breach, Submission};
use crate::store::Which;

/// What [`create`] is for.
pub const CREATE: Doc = Doc::read("Register requests for an examination", registration::ANSWERS)
    .more(
        "One, or an array of up to 1000, each of which stands or falls alone. Again is no change. Fields are the columns of the queue file; \
         `delivered_at`, `authorised_by`, `authorised_at` and `life_at_risk` are for intake and supervisors to fill.",
    )
    .body(Body::Objects(intake::FIELDS, registration::MOST))
    .query(&[EXISTING]);

const EXISTING: Field = may(
    "existing",
    Kind::Word(&["fill"], registration::Existing::WORDS),
    "What to do with a request that is there with other values; `report` unless given.",
);

/// `POST /v1/submissions`: one request, or an array of up to [`registration::MOST`].
///
/// Fields are the columns of the queue file; `scope` and `risk` are arrays.
///
/// ```json
/// { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "oic": "DC 2231", "team": "RASSO North",
///   "offence": "rasso", "owner": "victim", "device": "phone", "make": "Apple", "model": "iPhone 14", "storage_gb": 128,
///   "lock_state": "pin_held", "taken_at": "2026-11-23T07:40:00Z", "site": "north", "scope": ["messages", "photos"],
///   "scope_from": "2026-09-01", "scope_to": "2026-11-22", "return_authorised_by": "DC 2231" }
/// ```
///
/// One: 201 with Location and a receipt; 200 where the same is there; 409 with `differences` where it is there with other
/// values. Several: 207 with `{"items": [...], "created": 1, "unchanged": 0, "filled": 0, "refused": 0}`, an item being
/// `{"index": 0, "status": 201, "id": "Q12"}` or `{"index": 1, "status": 422, "problem": {...}}`; each stands or falls alone.
/// With `?existing=fill` a request that is there has its empty columns filled in from the one given, each by the command
/// that is for it: status 200 with `filled`, and 409 where others differ all the same.
pub async fn create(State(house): State<House>, uri: Uri, asked: Asked) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let fill = params.words::<registration::Existing>("existing").contains(&registration::Existing::Fill);
    params.done()?;
    registration::register(&house, asked, fill).await
}

/// What [`search`] is for.
pub const SEARCH: Doc = Doc::read("Find submissions by their reference", FOUND)
    .more("References stay out of URLs. Open ones and closed ones; an empty page where there is none.")
    .body(Body::Object(&[
        need("force", FORCE, "The force that asks."),
        need("crime_ref", Kind::Text("NS/2026/10411"), "Reference of the crime report."),
        may("exhibit_ref", Kind::Text("AB/1"), "Reference of the exhibit; without it the whole case."),
        may("request", Kind::Whole(0, i64::MAX, 1), "Which request for the exhibit; without it every one."),
    ]));

const FORCE: Kind = Kind::Text("Northshire");
const FOUND: &[Answer] = &[Answer::json::<Page<Summary<'static>>>(200, "A page, by queue number.")];

/// `POST /v1/submissions/search`: by reference, which stays out of URLs. Open ones and closed ones.
///
/// ```json
/// { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 }
/// ```
///
/// Without `exhibit_ref` the whole case; without `request` every request for the exhibit. Answers with a page of summaries:
/// an empty one where there is none.
pub async fn search(State(house): State<House>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let mut body = Reader::new(&asked.body);
    let (force, crime_ref) = (body.need_text("force"), body.need_text("crime_ref"));
    let exhibit_ref = body.text("exhibit_ref");
    let request = body.whole("request");
    body.done()?;
    let view = View::of(&house, &asked.caller);
    let digest = digest_of(&format!("{force}|{crime_ref}"));
    let mut found = match view.unit.cases.get(&digest) {
        Some(case) => {
            let which = Which { case: Some(*case), ..Which::default() };
            house.api.store.submissions(&which, QueueNumber(0), 1_000).await?
        }
        None => Vec::new(),
    };
    // The tables may be a moment behind or ahead: what is open is in the unit.
    for submission in &mut found {
        if let Some(open) = view.unit.submissions.get(&submission.number) {
            *submission = Arc::clone(open);
        }
    }
    found.retain(|submission| {
        let particulars = submission.particulars.as_ref();
        let exhibit = exhibit_ref.as_ref().is_none_or(|wanted| particulars.is_some_and(|p| p.exhibit_ref == *wanted));
        let asked = request.is_none_or(|wanted| particulars.is_some_and(|p| i64::from(p.request) == wanted));
        // A corrected reference leaves its case behind it.
        let case = submission.request().is_some_and(|request| digest_of(&request.case_key()) == digest);
        exhibit && asked && case && view.caller.sees(&view.unit, submission)
    });
    let breaches = view.breaches();
    let items = found.iter().map(|submission| summary(&view, submission, of(&breaches, submission.number))).collect();
    page::show(&headers, &Page::all(items))
}

/// What [`list`] is for.
pub const LIST: Doc = Doc::read("List submissions", FOUND).query(&[
    may("state", words::<Stands>(&["waiting"]), "Only these, separated by commas."),
    TIER,
    may("force", FORCE, "Only this force's."),
    may("open", Kind::Flag(true), "`true`, as without it: the queue; `false`: what left it."),
    CURSOR,
    LIMIT,
]);

/// `GET /v1/submissions?state=&tier=&force=&open=&cursor=&limit=`: summaries by queue number.
///
/// `state`, `tier`: several separated by commas. `open`: `true` (as without it) for the queue, `false` for what left it.
pub async fn list(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let states = params.words::<Stands>("state");
    let tiers = params.tiers(&house.api.desk.unit());
    let force = params.text("force");
    let open = params.flag("open").unwrap_or(true);
    let (after, limit) = (params.cursor(), params.limit());
    params.done()?;
    let view = View::of(&house, &caller);
    let wanted = |submission: &Arc<Submission>| {
        (states.is_empty() || states.contains(&state(&view.unit, submission, view.now)))
            && (tiers.is_empty() || tiers.contains(&i64::from(submission.tier(view.now))))
            && force.as_ref().is_none_or(|force| *force == submission.facts.force)
            && view.caller.sees(&view.unit, submission)
    };
    let found: Vec<Arc<Submission>> = if open {
        let rest = view.unit.submissions.range(QueueNumber(after + 1)..).map(|(_, submission)| submission);
        rest.filter(|submission| wanted(submission)).take(limit + 1).cloned().collect()
    } else {
        closed(&house, &force, after, limit, wanted).await?
    };
    let breaches = view.breaches();
    let page = Page::first(found.iter().collect(), limit, |submission: &&Arc<Submission>| submission.number.0);
    page::show(&headers, &page.map(|submission| summary(&view, submission, of(&breaches, submission.number))))
}

/// What left the queue, read until a page is full.
async fn closed(
    house: &House,
    force: &Option<String>,
    mut after: i64,
    limit: usize,
    wanted: impl Fn(&Arc<Submission>) -> bool,
) -> Result<Vec<Arc<Submission>>, Problem> {
    const BATCH: i64 = 500;
    let which = Which { force: force.clone(), open: Some(false), ..Which::default() };
    let mut found = Vec::new();
    while found.len() <= limit {
        let batch = house.api.store.submissions(&which, QueueNumber(after), BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = last.number.0;
        found.extend(batch.into_iter().filter(|submission| wanted(submission)));
    }
    found.truncate(limit + 1);
    Ok(found)
}

/// What [`one`] is for.
pub const ONE: Doc = Doc::read("Read all there is to know of a submission", &[Answer::json::<Full<'static>>(200, "All of it.")])
    .query(&[may("timeline", Kind::Flag(true), "`false` leaves the timeline out.")]);

/// `GET /v1/submissions/{id}`: everything about one; `id` is its queue number, `Q12` or `12`. See
/// [`Full`](super::views::submission::Full). `?timeline=false` leaves the timeline out.
pub async fn one(
    State(house): State<House>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let with_timeline = params.flag("timeline").unwrap_or(true);
    params.done()?;
    let view = View::of(&house, &caller);
    let submission = reach::submission(&house.api, &view.unit, &caller, &id).await?;
    let breaches: Vec<Breach> = view.unit.breaches_of(submission.number).cloned().collect();
    let timeline = match with_timeline {
        true => house.shelf.timeline(&house.api, &view, &submission, &breaches).await?,
        false => Arc::default(),
    };
    page::answer(&headers, &full(&view, &submission, &breaches, timeline))
}

/// What would make a submission sooner, and how fresh that is.
///
/// ```json
/// { "items": [] }
/// ```
#[derive(Serialize, JsonSchema)]
struct Counterfactuals {
    /// What would make it sooner, each thing by itself; empty where nothing would, and for what is closed.
    #[schemars(with = "Vec<Counterfactual>")]
    items: Vec<Value>,
    /// How fresh this is.
    as_of: AsOf,
}

/// What [`counterfactuals`] is for.
pub const COUNTERFACTUALS: Doc = Doc::read(
    "Read what would make a submission sooner",
    &[Answer::json::<Counterfactuals>(200, "Each thing by itself, and each a plan of its own.")],
)
.more("503 while too many ask.");

/// `GET /v1/submissions/{id}/counterfactuals`: what would make it sooner, each thing by itself and each a plan of its own: its
/// gates met, somebody back who is out of use, one more of somebody (on one day, where that is enough), a tier above its own.
///
/// ```json
/// { "items": [ { "kind": "one_more", "like": "examiner-khan", "site": "hq", "on": "2026-11-24",
///                "milestones": [ { "milestone": "results", "was": "2026-11-30T11:00:00Z", "is": "2026-11-26T15:00:00Z" } ],
///                "displaced": [], "text": "with one more like examiner-khan at hq on Tue 24 Nov: results ..." } ],
///   "as_of": { } }
/// ```
///
/// `kind`: gates_met, back (`resource`), one_more (`like`, `site`, `on` a day, null where it takes every day), tier (`tier`). Behind a shut
/// gate all but the first are on top of the gates being met. `milestones`: those that move by more than a quarter of an hour, also
/// one that would be later. `was` is null where it is not planned. `displaced`: promises
/// to others that would be missed for it, or missed by more; those within the caller's reach, `text` counts them all. No items where nothing helps, and for what is closed. 503 while too many ask.
pub async fn counterfactuals(
    State(house): State<House>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let submission = reach::submission(&house.api, &view.unit, &caller, &id).await?;
    let published = Arc::clone(&view.plan.published);
    let found = house.api.otherwise.of(Arc::clone(&published), submission.number).await.map_err(|cause| match cause {
        NoAnswer::Busy => Problem::unavailable("several others ask what would be otherwise; ask again in a moment"),
        NoAnswer::Failed => Problem::fault(),
    })?;
    let zone = &published.unit.establishment.zone;
    // Whoever may not see another's submission is told that there is one, and nothing of it.
    let name = |number| view.reaches(number).then(|| view.name(number));
    let items = found.iter().map(|one| one.json(zone, &name)).collect();
    page::answer(&headers, &Counterfactuals { items, as_of: as_of(&view) })
}
