//! Whether the process lives, and whether it is fit to serve.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::House;
use super::error::Problem;
use super::openapi::doc::{Answer, Doc};
use crate::domain::time::Timestamp;

/// A cycle runs every few seconds: after this something hangs.
const CYCLE_WITHIN: Duration = Duration::from_secs(90);

/// The process lives.
///
/// ```json
/// { "status": "ok" }
/// ```
#[derive(Serialize, JsonSchema)]
pub struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// What [`live`] is for.
pub const LIVE: Doc = Doc::read("Ask whether the process answers at all", &[Answer::json::<Health>(200, "It does.").untagged()]);

/// `GET /healthz`: `{"status": "ok"}` while the process answers at all.
pub async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// How fit the daemon is to serve.
///
/// ```json
/// { "status": "ready", "database": "ok", "ledger_seq": 4711, "last_cycle_seconds": 2, "plan_made_at": "2026-11-23T08:30:00Z",
///   "time_zone": "Europe/London" }
/// ```
#[derive(Serialize, JsonSchema)]
struct Readiness {
    /// `ready` or `not_ready`.
    #[schemars(extend("enum" = ["ready", "not_ready"]))]
    status: &'static str,
    /// Whether the database answers, takes what is written and has our tables: `ok` or `failing`.
    #[schemars(extend("enum" = ["ok", "failing"]))]
    database: &'static str,
    /// Where the ledger ends: the number of its last entry.
    ledger_seq: i64,
    /// Seconds since the last cycle ended; null before the first.
    last_cycle_seconds: Option<u64>,
    /// When the newest plan was made.
    plan_made_at: Timestamp,
    /// The unit's time zone, in which texts name times; readers who show instants beside them show them in it.
    time_zone: &'static str,
}

/// What [`ready`] is for.
pub const READY: Doc = Doc::read("Ask whether the daemon is fit to serve", &[Answer::json::<Readiness>(200, "It is.")])
    .more("Else 503, with the same under `checks`.");

/// `GET /readyz`: 200, or 503 with what is not ready.
///
/// ```json
/// { "status": "ready", "database": "ok", "ledger_seq": 4711, "last_cycle_seconds": 2, "plan_made_at": "2026-11-23T08:30:00Z",
///   "time_zone": "Europe/London" }
/// ```
///
/// A daemon whose tables are not those it knows does not start.
pub async fn ready(State(house): State<House>) -> Response {
    let api = &house.api;
    let database = api.store.head().await.map_err(Arc::new);
    let database = match api.desk.trouble() {
        Some(trouble) => database.and(Err(trouble)),
        None => database,
    };
    let age = api.last_cycle.borrow().map(|at| at.elapsed());
    let turning = age.is_some_and(|age| age <= CYCLE_WITHIN);
    let ready = database.is_ok() && turning;
    let unit = api.desk.unit();
    let body = json!(Readiness {
        status: if ready { "ready" } else { "not_ready" },
        database: if database.is_ok() { "ok" } else { "failing" },
        ledger_seq: unit.seq,
        last_cycle_seconds: age.map(|age| age.as_secs()),
        plan_made_at: api.plan.borrow().made_at,
        time_zone: unit.establishment.zone.time_zone.name(),
    });
    match database {
        _ if ready => Json(body).into_response(),
        Err(cause) => Problem::unavailable(format!("nothing can be recorded: {cause}")).with("checks", body).into_response(),
        Ok(_) => {
            Problem::unavailable("the daemon's cycle has not run for too long: see the log").with("checks", body).into_response()
        }
    }
}
