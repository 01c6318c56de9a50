//! What if: the plan of today's queue in a unit that is another, beside the plan of the unit as it is. Nothing is recorded.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Reader;
use super::error::{Mistake, Problem};
use super::openapi::doc::{Answer, Body, Doc, Kind, may};
use super::order::Asked;
use super::views::submission::{AsOf, Reference, as_of, reference};
use super::views::{Shown, View};
use super::{House, page};
use crate::daemon::otherwise::NoAnswer;
use crate::domain::calendar::Zone;
use crate::domain::establishment::Establishment;
use crate::domain::ids::{QueueNumber, ResourceId, SiteId, Word};
use crate::domain::policy::Milestone;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::what_if::{Change, change};
use crate::planner::compare::{Compared, Moved, PromiseCompared, Stands, compared};

/// As many of those whose promise moves are told; the others are counted.
const TOLD: usize = 500;
/// A closure that nobody said the end of lasts as long.
const CLOSED: Seconds = Seconds::hours(14 * 24);

/// What would become of the promises in a unit that is another.
///
/// ```json
/// { "changes": ["2 more kiosk", "without examiner-khan"], "promises": [], "moved": [], "moved_in_all": 12 }
/// ```
#[derive(Serialize, JsonSchema)]
struct WhatIf<'a> {
    /// What is otherwise, in words.
    changes: Vec<String>,
    /// Every promise that runs to somebody and is not reached yet, in the order of the policy.
    promises: Vec<Line<'a>>,
    /// Promises that would be reached at another time: those that come to be late, or in time, first; 500 at most.
    moved: Vec<MovedView<'a>>,
    /// How many there are in all.
    moved_in_all: usize,
    /// How fresh this is.
    as_of: AsOf,
}

/// How one promise stands over the queue, as it is and as it would be.
///
/// ```json
/// { "promise": "victim-phone", "tier": 1, "open": 9, "was": { "late": 2, "late_seconds": 10200, "unplanned": 0 },
///   "is": { "late": 0, "late_seconds": 0, "unplanned": 0 } }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PromiseWhatIf")]
struct Line<'a> {
    /// Which promise.
    promise: &'a Word,
    /// Its tier.
    tier: u8,
    /// To how many it runs and is not reached yet.
    open: usize,
    /// In the unit as it is.
    was: StandsView,
    /// In the unit as it would be.
    is: StandsView,
}

/// How a promise stands in one plan.
///
/// ```json
/// { "late": 2, "late_seconds": 10200, "unplanned": 0 }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StandsWhatIf")]
struct StandsView {
    /// To how many it would be missed.
    late: usize,
    /// By how many seconds, summed.
    late_seconds: i64,
    /// To how many the plan reaches it at no time: nobody can, or an earlier exhibit of the case goes first.
    unplanned: usize,
}

/// A promise that would be reached at another time.
///
/// ```json
/// { "submission": "Q12", "reference": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 },
///   "promise": "victim-phone", "milestone": "device_back", "due": "2026-11-24T07:40:00Z", "was": "2026-11-24T09:10:00Z",
///   "is": "2026-11-23T19:40:00Z" }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MovedWhatIf")]
struct MovedView<'a> {
    /// Whose: a queue number.
    submission: Shown<QueueNumber>,
    /// What names it outside; null once redacted.
    reference: Option<Reference<'a>>,
    /// Which promise.
    promise: &'a Word,
    /// Its milestone.
    milestone: Milestone,
    /// When it is due.
    due: Timestamp,
    /// When it is reached in the unit as it is; null where it is not.
    was: Option<Timestamp>,
    /// When it would be; null where it would not.
    is: Option<Timestamp>,
}

/// What [`ask`] is for.
pub const ASK: Doc = Doc::read(
    "Ask what would become of today's queue in a unit that is another",
    &[Answer::json::<WhatIf<'static>>(200, "Both plans side by side, promise by promise.")],
)
.body(Body::Object(&[
    may("set", Kind::Texts(&["kiosk=+2", "examiner=-1"]), "So many more of a kind of resource, or fewer."),
    may("without", Kind::Texts(&["examiner-khan"]), "Resources that are not there."),
    may("close", Kind::Texts(&["north"]), "Sites that are closed."),
    may("from", Kind::Instant("2026-11-24T08:00:00Z"), "From when on they are closed; now unless given."),
    may("until", Kind::Instant("2026-11-27T08:00:00Z"), "Until when; a fortnight later unless given."),
]))
.more(
    "On a copy: nothing is recorded, and no plan of anybody's changes. One of `set`, `without` and `close` at least. Both plans are made anew \
     and alike; what waits at a shut gate is compared as if that were met now. A reader who is bound to a force or to sites is told of what they \
     may see. What is still to come is not in it: `dfqueue simulate` tries that. 503 while too many ask.",
);

/// `POST /v1/what-if`: both plans side by side. See [`WhatIf`].
///
/// ```json
/// { "set": ["kiosk=+2"], "without": ["examiner-khan"], "close": ["north"], "from": "2026-11-24T08:00:00Z" }
/// ```
pub async fn ask(State(house): State<House>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let caller = asked.caller.clone();
    let view = View::of(&house, &caller);
    let published = Arc::clone(&view.plan.published);
    let unit = &published.unit;
    let mut body = Reader::new(&asked.body);
    let (changed, changes) = changes(&mut body, &unit.establishment, view.now);
    body.done()?;
    if changes.is_empty() {
        return Err(Problem::invalid(&[Mistake::new("set", "say what is otherwise: set, without or close")]));
    }
    let plans = house.api.otherwise.in_another(Arc::clone(&published), changed).await.map_err(no_answer)?;
    let Compared { promises, moved } = compared(unit, (&plans.0, &plans.1), |submission| caller.sees(unit, submission));
    let zone = &unit.establishment.zone;
    let told = moved.iter().take(TOLD).map(|one| shown(&view, one)).collect::<Vec<_>>();
    let rows = told.len();
    let body = WhatIf {
        changes: said(&changes, zone, view.now),
        promises: promises.iter().map(line).collect(),
        moved: told,
        moved_in_all: moved.len(),
        as_of: as_of(&view),
    };
    page::showing(rows, page::answer(&headers, &body)?)
}

/// A unit as a body says that it is otherwise, and what is; mistakes are noted with the body.
pub fn changes(body: &mut Reader<'_>, unit: &Establishment, now: Timestamp) -> (Establishment, Vec<Change>) {
    let (set, without, close) = (body.list("set"), body.list("without"), body.list("close"));
    let from = body.parsed("from").unwrap_or(now);
    let until = body.parsed("until").unwrap_or(from + CLOSED);
    let mut changes: Vec<(&'static str, Change)> = Vec::new();
    // Named twice it is gone once.
    let without: BTreeSet<String> = without.into_iter().flatten().collect();
    changes.extend(without.into_iter().map(|id| ("without", Change::Without(ResourceId::from(id.as_str())))));
    for text in set.into_iter().flatten() {
        match Change::set(&text) {
            Ok(change) => changes.push(("set", change)),
            Err(how) => body.wrong("set", how),
        }
    }
    let closed = close.iter().flatten();
    changes.extend(closed.map(|site| ("close", Change::Close(SiteId::from(site.as_str()), from, until))));
    if close.is_none() && (body.has("from") || body.has("until")) {
        body.wrong("close", "must be given with from and until: it is what they say the time of");
    } else if until <= from || until <= now {
        body.wrong("until", format!("must lie after from ({from}) and after now ({now})"));
    }
    let mut changed = unit.clone();
    for (field, one) in &changes {
        if let Err(cause) = change(&mut changed, one) {
            body.wrong(field, cause.to_string());
        }
    }
    (changed, changes.into_iter().map(|(_, change)| change).collect())
}

/// In words.
pub fn said(changes: &[Change], zone: &Zone, now: Timestamp) -> Vec<String> {
    changes.iter().map(|change| change.say(|at| zone.show_from(at, now))).collect()
}

/// Why nobody works it out.
pub fn no_answer(cause: NoAnswer) -> Problem {
    match cause {
        NoAnswer::Busy => Problem::unavailable("several others ask what would be otherwise; ask again in a moment"),
        NoAnswer::Failed => Problem::fault(),
    }
}

fn line(line: &PromiseCompared) -> Line<'_> {
    let stands = |Stands { late, late_seconds, unplanned }: Stands| StandsView { late, late_seconds, unplanned };
    Line { promise: &line.promise, tier: line.tier, open: line.open, was: stands(line.was), is: stands(line.is) }
}

fn shown<'a>(view: &'a View<'_>, one: &'a Moved) -> MovedView<'a> {
    let submission = view.plan.published.unit.submissions.get(&one.submission);
    MovedView {
        submission: Shown(one.submission),
        reference: submission.and_then(|submission| reference(submission)),
        promise: &one.promise,
        milestone: one.milestone,
        due: one.due,
        was: one.was,
        is: one.is,
    }
}
