//! The HTTP API: what people, kiosks and other programs say to the daemon and hear from it.
//!
//! A request passes [`observe`] (id, log, metrics, panics), then the guard of its row in [`access::TABLE`] (token, role,
//! person), then a handler: it reads the body into a command, hands it to the desk, and answers with a view. Whatever goes
//! wrong becomes a [`Problem`](error::Problem).
//!
//! Invariants: no route without a row in the matrix; no status of failure outside [`error`]; what leaves is chosen field
//! by field in [`views`]. This room never holds SQL, rules, or the planner.

pub mod access;
mod accessed;
mod actions;
mod additions;
mod appointments;
mod assignments;
mod attend;
pub mod auth;
mod body;
mod cases;
mod confidential;
mod device;
pub mod error;
mod events;
mod feed;
mod gates;
mod health;
mod intake;
mod late;
pub mod notices;
mod observe;
pub mod openapi;
mod order;
mod page;
mod plan;
mod prefer;
pub mod quality;
mod rate;
mod reach;
mod redaction;
pub mod registration;
mod removal;
mod replies;
pub mod reports;
mod resources;
mod roster;
pub mod schedule;
pub mod scrape;
mod shelf;
pub mod sla;
mod submissions;
mod treat;
pub mod views;
mod walk_up;
mod what_if;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension};
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Limits;
use crate::daemon::access_log::AccessLog;
use crate::daemon::desk::{Desk, DeskError};
use crate::daemon::forecast::Forecast;
use crate::daemon::otherwise::Otherwise;
use crate::daemon::published::Published;
use crate::daemon::rescue::Rescues;
use crate::store::Store;

/// What handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// Where commands go.
    pub desk: Desk,
    /// Where tokens, closed submissions and history are.
    pub store: Store,
    /// The newest plan.
    pub plan: watch::Receiver<Arc<Published>>,
    /// How sure it is, or one before it.
    pub forecast: watch::Receiver<Arc<Forecast>>,
    /// What could be done about promises that are forecast to be missed.
    pub rescues: watch::Receiver<Arc<Rescues>>,
    /// Answers what would be otherwise.
    pub otherwise: Otherwise,
    /// What time it is.
    pub clock: Clock,
    /// Bytes that a body may have.
    pub body_limit: usize,
    /// Where it is noted who reads what.
    pub access_log: AccessLog,
    /// How much callers may ask for.
    pub limits: Limits,
    /// Cancelled once the daemon stops: whatever would go on for ever ends then.
    pub stop: CancellationToken,
    /// When the last cycle ended, by the monotonic clock; none before the first.
    pub last_cycle: watch::Receiver<Option<Instant>>,
}

impl Api {
    /// The store, once all that the desk has answered is in it: for what is no longer in the unit.
    async fn settled(&self) -> Result<&Store, DeskError> {
        self.desk.settle().await?;
        Ok(&self.store)
    }

    /// The same for those who sit at the desk.
    fn seated(&self) -> Self {
        Self { desk: self.desk.seat(), ..self.clone() }
    }
}

/// What handlers and guards are given: the API and what it keeps between requests. One pointer, since each request has
/// some of its own.
#[derive(Clone)]
pub struct House(Arc<Parts>);

/// What a house is made of.
pub struct Parts {
    api: Api,
    shelf: shelf::Shelf,
    feed: feed::Feed,
    rates: rate::Rates,
    tokens: auth::Tokens,
    replies: replies::Replies,
}

impl std::ops::Deref for House {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl House {
    fn of(api: Api) -> Self {
        let (shelf, feed, rates) = Default::default();
        Self(Arc::new(Parts { api, shelf, feed, rates, tokens: Default::default(), replies: Default::default() }))
    }
}

/// The API, ready to be served.
pub fn router(api: Api) -> Router {
    let limit = api.body_limit;
    let late = late::Routes(routes(&House::of(api.seated()), access::TABLE.iter().filter(late::takes)));
    let house = House::of(api);
    routes(&house, access::TABLE.iter())
        .layer(Extension(late))
        .layer(DefaultBodyLimit::max(limit))
        .layer(from_fn(observe::observe))
}

/// Rows of the matrix, each behind its guard.
fn routes(house: &House, rows: impl Iterator<Item = &'static access::Row>) -> Router {
    let mut router = Router::new();
    for row in rows {
        let post = auth::Post { house: house.clone(), row };
        router = router.route(row.path, (row.handler)().route_layer(from_fn_with_state(post, auth::guard)));
    }
    router
        .fallback(|| std::future::ready(error::Problem::no_route()))
        .method_not_allowed_fallback(|| std::future::ready(error::Problem::method_not_allowed()))
        .with_state(house.clone())
}
