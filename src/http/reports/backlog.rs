//! The report on the backlog.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::{Asked, CHUNK, described};
use crate::domain::reports::backlog::{Backlog, Record};
use crate::domain::state::state;
use crate::http::House;
use crate::http::access::Caller;
use crate::http::error::Problem;
use crate::http::openapi::doc::Doc;
use crate::report::backlog::sheets;

/// What [`backlog`] is for.
pub const BACKLOG: Doc = described(
    "Read the backlog, as forces are asked for it",
    "What waits now, by device and owner, how long, the oldest and what it is about; what was examined against what was removed in these \
     days, and why, in-house or outside; what is held until it is returned; what nobody can place. Of submissions within the token's \
     reach.",
);

/// `GET /v1/reports/backlog?from=&to=&by=&format=`: what waits now, and what became of requests in these days. See
/// [`crate::domain::reports::backlog`].
pub async fn backlog(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let asked = Asked::of(&house, &caller, &uri).await?;
    let (period, mut counted) = (asked.period(), Backlog::default());
    for numbers in house.api.store.here_since(period.from).await?.chunks(CHUNK) {
        for (submission, is_open) in &asked.seen(numbers).await? {
            let record = Record {
                submission,
                route: asked.unit.route_of(submission),
                state: state(&asked.unit, submission, asked.now),
                is_open: *is_open,
            };
            counted.take_in(&record, asked.by, &period);
        }
    }
    asked.answer(&headers, ("backlog", "Backlog"), sheets(&counted, asked.by))
}
