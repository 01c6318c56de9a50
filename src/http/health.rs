//! Whether the process lives, and whether it is fit to serve.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::House;
use super::error::Problem;

/// A cycle runs every few seconds: after this something hangs.
const CYCLE_WITHIN: Duration = Duration::from_secs(90);

/// `GET /healthz`: `{"status": "ok"}` while the process answers at all.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: 200, or 503 with what is not ready.
///
/// ```json
/// { "status": "ready", "database": "ok", "ledger_seq": 4711, "last_cycle_seconds": 2, "plan_made_at": "2026-11-23T08:30:00Z",
///   "time_zone": "Europe/London" }
/// ```
///
/// `time_zone`: the unit's, in which texts name times; readers who show instants beside them show them in it.
///
/// `database`: it answers, takes what is written and has our tables; a daemon whose tables are not those it knows does not start.
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
    let body = json!({
        "status": if ready { "ready" } else { "not_ready" },
        "database": if database.is_ok() { "ok" } else { "failing" },
        "ledger_seq": unit.seq,
        "last_cycle_seconds": age.map(|age| age.as_secs()),
        "plan_made_at": api.plan.borrow().made_at,
        "time_zone": unit.establishment.zone.time_zone.name(),
    });
    match database {
        _ if ready => Json(body).into_response(),
        Err(cause) => Problem::unavailable(format!("nothing can be recorded: {cause}")).with("checks", body).into_response(),
        Ok(_) => {
            Problem::unavailable("the daemon's cycle has not run for too long: see the log").with("checks", body).into_response()
        }
    }
}
