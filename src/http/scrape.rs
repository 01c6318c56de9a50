//! `GET /metrics`, on a listener of its own, so that scraping needs no way into the API.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use metrics_exporter_prometheus::PrometheusHandle;

use super::access::Role;
use super::auth::authenticate;
use super::error::Problem;
use super::{Api, House};

#[derive(Clone)]
struct Scrape {
    handle: PrometheusHandle,
    /// Whom to ask for a token; none where only this host can knock.
    house: Option<House>,
}

/// The metrics, for a listener that is not the API's: they stand in no row of its matrix. Whoever can knock may read them
/// on loopback; elsewhere it takes a token with the role `metrics`.
pub fn metrics(api: Api, handle: PrometheusHandle, loopback: bool) -> MethodRouter {
    let house = (!loopback).then(|| House::of(api));
    get(render).with_state(Scrape { handle, house })
}

async fn render(State(scrape): State<Scrape>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(house) = &scrape.house {
        let caller = authenticate(house, &headers).await?;
        if caller.role != Role::Metrics {
            return Err(Problem::forbidden(format!("this needs the role {}; this token has {}", Role::Metrics, caller.role)));
        }
    }
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], scrape.handle.render()).into_response())
}
