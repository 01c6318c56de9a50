//! The report on performance.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::{Asked, CHUNK, described};
use crate::domain::ids::QueueNumber;
use crate::domain::reports::performance::{Performance, Record};
use crate::domain::unit::{Breach, BreachState};
use crate::http::House;
use crate::http::access::Caller;
use crate::http::error::Problem;
use crate::http::openapi::doc::Doc;
use crate::report::performance::sheets;

/// What [`performance`] is for.
pub const PERFORMANCE: Doc = described(
    "Read what became of the promises that fell due",
    "By promise and week: kept, breached, mitigated, unavoidable, void; how long they took; where the time of those missed went; of \
     submissions within the token's reach. The cohort of a week are the promises that were due in it, those still late among them.",
);

/// `GET /v1/reports/performance?from=&to=&by=&format=`: promises, by the days on which they were due. See
/// [`crate::domain::reports::performance`].
pub async fn performance(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let asked = Asked::of(&house, &caller, &uri).await?;
    let (period, mut counted) = (asked.period(), Performance::default());
    for numbers in house.api.store.promised_by((period.from, period.until)).await?.chunks(CHUNK) {
        let seen = asked.seen(numbers).await?;
        let seen_numbers: Vec<QueueNumber> = seen.iter().map(|(submission, _)| submission.number).collect();
        let mut breaches: BTreeMap<QueueNumber, Vec<Breach>> = BTreeMap::new();
        for breach in house.api.store.breaches_of(&seen_numbers).await? {
            breaches.entry(breach.submission).or_default().push(breach);
        }
        let missed: Vec<QueueNumber> =
            breaches.iter().filter(|(_, breaches)| breaches.iter().any(is_missed)).map(|(number, _)| *number).collect();
        let events = house.api.store.events_of(&missed).await?;
        for (submission, is_open) in &seen {
            let record = Record {
                submission,
                route: asked.unit.route_of(submission),
                is_open: *is_open,
                breaches: breaches.get(&submission.number).map_or(&[], Vec::as_slice),
                events: events.get(&submission.number).map_or(&[], Vec::as_slice),
            };
            counted.take_in(&record, asked.by, &period);
        }
    }
    asked.answer(&headers, ("performance", "Performance"), sheets(&counted, asked.by))
}

const fn is_missed(breach: &Breach) -> bool {
    matches!(breach.state, BreachState::Open | BreachState::Closed { .. })
}
