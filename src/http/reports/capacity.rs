//! The report on capacity.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::{Asked, CHUNK, described};
use crate::domain::ids::{QueueNumber, ResourceId};
use crate::domain::reports::capacity::{Capacity, Record};
use crate::http::House;
use crate::http::access::Caller;
use crate::http::error::Problem;
use crate::http::openapi::doc::Doc;
use crate::report::capacity::sheets;

/// What [`capacity`] is for.
pub const CAPACITY: Doc = described(
    "Read what came in against what was done, and who did it",
    "By week: arrivals, completions, what is left. By site, kind and resource: how much of their open time was worked, and what failed. Of \
     submissions within the token's reach and resources at its sites: the work of other forces is not in it.",
);

/// `GET /v1/reports/capacity?from=&to=&by=&format=`: arrivals and completions, use and failures in these days. See
/// [`crate::domain::reports::capacity`].
pub async fn capacity(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let asked = Asked::of(&house, &caller, &uri).await?;
    let (period, mut counted) = (asked.period(), Capacity::default());
    let weeks = period.weeks();
    let work = house.api.store.work_in((period.from, period.end())).await?;
    // Results may come long after a device was returned: whatever was worked on counts, too.
    let mut numbers: BTreeSet<QueueNumber> = house.api.store.here_since(period.from).await?.into_iter().collect();
    numbers.extend(work.keys());
    for numbers in numbers.into_iter().collect::<Vec<_>>().chunks(CHUNK) {
        for (submission, _) in &asked.seen(numbers).await? {
            let work = work.get(&submission.number).map_or(&[][..], Vec::as_slice);
            let record = Record { submission, route: asked.unit.route_of(submission), work };
            counted.take_in(&record, asked.by, &period, &weeks);
        }
    }
    let shown = |resource: &ResourceId| caller.runs(&asked.unit, resource);
    let failures: Vec<_> = counted.failures(&asked.unit, shown).into_iter().collect();
    // Before the unit's first entry nobody told what was worked: that time is not idle.
    let told = house.api.store.began().await?.map_or(period, |began| period.since(began));
    let sheets = sheets(&counted, &counted.uses(&asked.unit, &told, shown), &failures, asked.by);
    asked.answer(&headers, ("capacity", "Capacity"), sheets)
}
