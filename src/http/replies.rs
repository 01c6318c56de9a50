//! Replies given a moment ago: the same question of the same token in the same second, with nothing new in the ledger,
//! the plan or how sure it is, has the same answer. Boards and kiosks ask again and again; most of what they are told is this.
//!
//! Invariant: what is kept never outlives the moment it was made for, and is told to the token it was made for alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Api;
use super::error::Problem;
use super::page::Written;
use crate::daemon::forecast::Forecast;
use crate::daemon::published::Published;
use crate::daemon::rescue::Rescues;
use crate::domain::time::Timestamp;

/// Replies kept at most.
const MOST: usize = 1_000;
/// The longest reply that is kept, in bytes.
const LONGEST: usize = 256 * 1_024;

/// Everything that an answer to a reader can rest on.
#[derive(Clone)]
struct Moment {
    seq: i64,
    plan: Arc<Published>,
    forecast: Arc<Forecast>,
    rescues: Arc<Rescues>,
    now: Timestamp,
}

impl Moment {
    fn of(api: &Api) -> Self {
        let (plan, forecast) = (Arc::clone(&api.plan.borrow()), Arc::clone(&api.forecast.borrow()));
        let rescues = Arc::clone(&api.rescues.borrow());
        Self { seq: api.desk.seq(), plan, forecast, rescues, now: api.clock.now() }
    }

    fn is(&self, other: &Self) -> bool {
        let same_plan = Arc::ptr_eq(&self.plan, &other.plan) && Arc::ptr_eq(&self.forecast, &other.forecast);
        self.seq == other.seq && self.now == other.now && same_plan && Arc::ptr_eq(&self.rescues, &other.rescues)
    }
}

/// Who asked (the token's public id) and what (path and query).
type Question = (String, String);

/// Replies of one moment.
#[derive(Default)]
pub struct Replies(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    moment: Option<Moment>,
    replies: BTreeMap<Question, Written>,
}

impl Replies {
    /// Answers a reader from what is kept, or lets the handler answer and keeps that.
    pub async fn answer(&self, api: &Api, token: &str, request: Request, next: Next) -> Result<Response, Problem> {
        let moment = Moment::of(api);
        let question = (token.to_owned(), request.uri().to_string());
        if let Some(reply) = self.find(&moment, &question) {
            return Ok(reply.respond(request.headers()));
        }
        let response = next.run(request).await;
        let tag = response.headers().get(header::ETAG).cloned();
        let (StatusCode::OK, Some(tag)) = (response.status(), tag) else { return Ok(response) };
        let (parts, body) = response.into_parts();
        let shows = parts.extensions.get().copied();
        let bytes = to_bytes(body, usize::MAX).await.map_err(|_| Problem::fault())?;
        if bytes.len() <= LONGEST {
            self.keep(&moment, question, Written { bytes: bytes.clone(), tag, shows });
        }
        Ok(Response::from_parts(parts, Body::from(bytes)))
    }

    fn find(&self, moment: &Moment, question: &Question) -> Option<Written> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.moment.as_ref().is_some_and(|known| known.is(moment)) {
            *kept = Kept { moment: Some(moment.clone()), replies: BTreeMap::new() };
        }
        kept.replies.get(question).cloned()
    }

    /// Keeps a reply, unless its moment has passed while it was made.
    fn keep(&self, moment: &Moment, question: Question, reply: Written) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.moment.as_ref().is_some_and(|known| known.is(moment)) && kept.replies.len() < MOST {
            kept.replies.insert(question, reply);
        }
    }
}
