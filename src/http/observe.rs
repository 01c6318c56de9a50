//! What is seen of each request: an id, one log line, two metrics; and that a panic becomes an answer.
//!
//! Only route templates are logged and counted: never a path, a query, a body or a reference.

use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use metrics::{counter, histogram};
use tracing::Instrument;

use super::access::TABLE;
use super::error::Problem;
use crate::clock::monotonic;

/// The header that carries the request's id, both ways.
pub const REQUEST_ID: &str = "x-request-id";

/// Wraps every request.
pub async fn observe(request: Request, next: Next) -> Response {
    let begun = monotonic();
    let id = id_of(&request);
    let method = method(request.method());
    let route = route(&request);
    let span = tracing::info_span!("request", id, method, route);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let mut response = answered.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        span.in_scope(|| tracing::error!(panic = said.unwrap_or("no message"), "a request ended in a panic"));
        Problem::fault().into_response()
    });
    let (status, took) = (response.status().as_u16(), begun.elapsed().as_secs_f64());
    // A reader who finds what they look for is no news.
    let quiet = status < 400 && method != "POST";
    span.in_scope(|| {
        if quiet {
            tracing::debug!(status, seconds = took, "answered")
        } else {
            tracing::info!(status, seconds = took, "answered")
        }
    });
    counter!("dfqueue_http_requests_total", "route" => route, "method" => method, "status" => status.to_string()).increment(1);
    histogram!("dfqueue_http_request_seconds", "route" => route).record(took);
    let headers = response.headers_mut();
    // Lists say how they may be kept; nothing else may be.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// The caller's id where it can't hold anything else, or a new one.
fn id_of(request: &Request) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        let plain = id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        plain && (8..=64).contains(&id.len())
    };
    match given.filter(plain) {
        Some(id) => id.to_owned(),
        None => new_id(),
    }
}

/// Ids count up from a random number, so that no two starts of the daemon share one.
fn new_id() -> String {
    static NEXT: LazyLock<AtomicU64> = LazyLock::new(|| {
        let mut random = [0_u8; 8];
        // Without chance ids begin at 0, and nothing else is lost.
        let _ = getrandom::fill(&mut random);
        AtomicU64::new(u64::from_be_bytes(random))
    });
    format!("{:016x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The template of the route, as the matrix has it.
fn route(request: &Request) -> &'static str {
    let matched = request.extensions().get::<MatchedPath>();
    let row = matched.and_then(|matched| TABLE.iter().find(|row| row.path == matched.as_str()));
    row.map_or("unmatched", |row| row.path)
}

/// Methods are counted by name; anybody can make up another.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use serde_json::{Value, json};
    use tower::ServiceExt;

    use super::*;

    async fn answer(id: &str) -> Response {
        async fn broken() -> &'static str {
            panic!("nobody should see this")
        }
        let app = Router::new().route("/broken", get(broken)).layer(from_fn(observe));
        let request = Request::builder().uri("/broken").header(REQUEST_ID, id).body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_answered_and_says_nothing() {
        let response = answer("0a1b2c3d").await;
        assert_eq!((response.status().as_u16(), &response.headers()[REQUEST_ID]), (500, &"0a1b2c3d".parse().unwrap()));
        let body: Value = serde_json::from_slice(&to_bytes(response.into_body(), 10_000).await.unwrap()).unwrap();
        assert_eq!(body["type"], json!("/problems/fault"));
        assert!(!body.to_string().contains("nobody"), "{body}");
    }

    #[tokio::test]
    async fn a_callers_id_can_not_carry_a_reference() {
        for id in ["NS/2026/10411", "", "short", &"a".repeat(65)] {
            let response = answer(id).await;
            assert_eq!(response.headers()[REQUEST_ID].len(), 16, "{id}");
        }
    }
}
