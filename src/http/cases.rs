//! A case: all that was asked for in it, and how its promises stand as a whole, whichever exhibit somebody has at hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::access::Caller;
use super::error::Problem;
use super::openapi::doc::{Answer, Doc};
use super::page::{self, Params};
use super::views::promise::{PromiseView, Standing, promises};
use super::views::submission::{Summary, summary};
use super::views::{Shown, View};
use super::{House, reach};
use crate::domain::ids::{CaseId, QueueNumber, Word};
use crate::domain::policy::Milestone;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Submission};
use crate::store::Which;

/// A case.
///
/// ```json
/// { "case": "C9", "promises": [], "items": [] }
/// ```
#[derive(Serialize, JsonSchema)]
struct CaseView<'a> {
    /// Its number.
    case: Shown<CaseId>,
    /// How each promise that was made in it stands, for the case as a whole.
    promises: Vec<CasePromise<'a>>,
    /// Everything that was asked for in it and is within reach, open or closed, by queue number.
    items: Vec<Summary<'a>>,
}

/// A promise over all devices of a case: it is kept once it is for each of them.
///
/// ```json
/// { "promise": "rasso-suspect", "milestone": "results", "standing": "on_track", "devices": 3, "kept": 1, "breached": 0, "void": 0, "open": 2,
///   "next_due": "2026-12-23T07:40:00Z", "expected": "2026-12-04T15:00:00Z" }
/// ```
#[derive(Serialize, JsonSchema)]
struct CasePromise<'a> {
    /// Its name in the policy.
    promise: &'a Word,
    /// What was promised.
    milestone: Milestone,
    /// How the worst of them stands: one that is late makes the case late; kept where all are that are not void.
    standing: Standing,
    /// To how many devices it was made: the sum of the four after it.
    devices: usize,
    /// For how many it was kept.
    kept: usize,
    /// For how many it was missed, be it reached since or not.
    breached: usize,
    /// For how many it is void.
    void: usize,
    /// For how many it is neither yet.
    open: usize,
    /// When the next of those that are open is due; null where none is.
    next_due: Option<Timestamp>,
    /// When the last of them is reached, or was; null while one of them has no date.
    expected: Option<Timestamp>,
}

/// What [`one`] is for.
pub const CASE: Doc = Doc::read(
    "Read the case of a submission: all its exhibits, and its promises as a whole",
    &[Answer::json::<CaseView<'static>>(200, "All of it that is within the token's reach.")],
);

/// `GET /v1/submissions/{id}/case`: see [`CaseView`].
pub async fn one(
    State(house): State<House>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let case = reach::submission(&house.api, &view.unit, &caller, &id).await?.case;
    let found = exhibits(&house, &view, case).await?;
    let items: Vec<Summary<'_>> = found.values().map(|(submission, breaches)| summary(&view, submission, breaches)).collect();
    let rows = items.len();
    page::showing(rows, page::answer(&headers, &CaseView { case: Shown(case), promises: as_a_whole(&view, &found), items })?)
}

/// Everything of a case within reach, open ones as the unit has them, with its breaches.
pub(super) async fn exhibits(
    house: &House,
    view: &View<'_>,
    case: CaseId,
) -> Result<BTreeMap<QueueNumber, (Arc<Submission>, Vec<Breach>)>, Problem> {
    let mut found = BTreeMap::new();
    for submission in view.unit.submissions.values().filter(|submission| submission.case == case) {
        let breaches = view.unit.breaches_of(submission.number).cloned().collect();
        found.insert(submission.number, (Arc::clone(submission), breaches));
    }
    let (which, mut after) = (Which { case: Some(case), ..Which::default() }, QueueNumber(0));
    loop {
        let batch = house.api.store.submissions(&which, after, page::MOST as i64).await?;
        let Some(last) = batch.last() else { break };
        after = last.number;
        for submission in batch.into_iter().filter(|submission| !view.unit.submissions.contains_key(&submission.number)) {
            let breaches = house.api.store.loaded(submission.number).await?.breaches;
            found.insert(submission.number, (submission, breaches));
        }
    }
    found.retain(|_, (submission, _)| view.caller.sees(&view.unit, submission));
    Ok(found)
}

/// Each promise over all devices, in the order in which they were first made.
fn as_a_whole<'a>(view: &View<'_>, found: &'a BTreeMap<QueueNumber, (Arc<Submission>, Vec<Breach>)>) -> Vec<CasePromise<'a>> {
    let mut made: Vec<Vec<PromiseView<'a>>> = Vec::new();
    for one in found.values().flat_map(|(submission, breaches)| promises(view, submission, breaches)) {
        match made.iter_mut().find(|same| same.iter().any(|other| other.promise == one.promise)) {
            Some(same) => same.push(one),
            None => made.push(vec![one]),
        }
    }
    made.iter().filter_map(|same| whole(same)).collect()
}

/// One promise over all devices to which it was made; none where it was made to none.
fn whole<'a>(made: &[PromiseView<'a>]) -> Option<CasePromise<'a>> {
    let first = made.first()?;
    let count = |standing: Standing| made.iter().filter(|one| one.standing == standing).count();
    let (kept, breached, void) = (count(Standing::Kept), count(Standing::Breached), count(Standing::Void));
    let is_open = |one: &&PromiseView<'_>| !matches!(one.standing, Standing::Kept | Standing::Breached | Standing::Void);
    let reached = made.iter().filter(|one| one.standing != Standing::Void).map(|one| one.reached_at.or(one.expected));
    Some(CasePromise {
        promise: first.promise,
        milestone: first.milestone,
        standing: made.iter().map(|one| one.standing).max_by_key(|standing| severity(*standing))?,
        devices: made.len(),
        kept,
        breached,
        void,
        open: made.len() - kept - breached - void,
        next_due: made.iter().filter(is_open).map(|one| one.due).min(),
        expected: reached.collect::<Option<Vec<Timestamp>>>().and_then(|all| all.into_iter().max()),
    })
}

/// How bad a standing is: the worst of its devices is that of the case.
const fn severity(standing: Standing) -> u8 {
    match standing {
        Standing::Void => 0,
        Standing::Kept => 1,
        Standing::Dormant => 2,
        Standing::OnTrack => 3,
        Standing::Waiting => 4,
        Standing::AtRisk => 5,
        Standing::ForecastLate => 6,
        Standing::Breached => 7,
    }
}
