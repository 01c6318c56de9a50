//! Problems: what goes wrong on the way, as RFC 9457 `application/problem+json`. The only place with status codes of
//! failure.
//!
//! `type` is `/problems/<code>`; codes are stable, texts are not. `errors` names every wrong field at once. Nothing that
//! a database or a panic says leaves the host.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::daemon::desk::DeskError;
use crate::domain::command::{Kind, Refusal};
use crate::domain::ids::QueueNumber;
use crate::store::StoreError;

/// One wrong field of a request, header or query parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, as in the request; items of an array by index (`scope[2]`).
    pub field: String,
    /// What is wrong with it, and how to write it.
    pub problem: String,
}

impl Mistake {
    /// A mistake in `field`.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    /// Members of the body beside the standard ones.
    more: Map<String, Value>,
    /// When it is worth asking again, where that is known.
    retry: Option<Duration>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), more: Map::new(), retry: None }
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.more.insert(member.into(), value.into());
        self
    }

    fn naming(self, mistakes: &[Mistake]) -> Self {
        let errors: Vec<Value> = mistakes.iter().map(|m| json!({ "field": m.field, "problem": m.problem })).collect();
        self.with("errors", errors)
    }

    /// No token, or one that is worth nothing.
    pub fn unauthenticated(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// A token that is worth something, but not this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// Fields that this token may not set.
    pub fn reserved(mistakes: &[Mistake]) -> Self {
        Self::forbidden(format!("this token may not say that: {}", fields(mistakes))).naming(mistakes)
    }

    /// No such path.
    pub fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no_such_route", "there is nothing at this path")
    }

    /// The path is there, but not for this method.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path has no such method: see Allow")
    }

    /// No such thing, or one out of the token's reach: the two can't be told apart.
    pub fn missing(what: &str, id: &str) -> Self {
        let detail = format!("there is no {what} {id:?} that this token may see");
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// A submission that is not there, or out of the token's reach.
    pub fn missing_submission(id: &str) -> Self {
        Self::missing("submission", id)
    }

    /// A request of this reference is there, and the token may not see it.
    pub fn out_of_reach_already() -> Self {
        let detail = "a request of this reference is in the queue already, out of this token's reach: ask whoever works with it";
        Self::new(StatusCode::CONFLICT, "duplicate", detail)
    }

    /// The body can't be read as JSON at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// A header is missing or wrong.
    pub fn header(name: &str, problem: &str) -> Self {
        let mistake = Mistake::new(name, problem);
        Self::new(StatusCode::BAD_REQUEST, "wrong_header", format!("header {name}: {problem}")).naming(&[mistake])
    }

    /// Query parameters are wrong.
    pub fn query(mistakes: &[Mistake]) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "wrong_query", says("query parameter", mistakes)).naming(mistakes)
    }

    /// The body is no JSON by its own account.
    pub fn media_type() -> Self {
        let detail = "send JSON, with Content-Type: application/json";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", detail)
    }

    /// The body is too large.
    pub fn too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {limit} bytes: send fewer items at once");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// Fields are wrong.
    pub fn invalid(mistakes: &[Mistake]) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", says("field", mistakes)).naming(mistakes)
    }

    /// The program failed: what it says is in the log.
    pub fn fault() -> Self {
        let detail = "the program failed; the log has more, under this x-request-id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", detail)
    }

    /// Can't be done just now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }

    /// More often than one caller may ask; worth asking again after `retry`.
    pub fn too_many_requests(detail: impl Into<String>, retry: Duration) -> Self {
        Self { retry: Some(retry), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail) }
    }

    /// More streams than one caller may have open; worth asking again after `retry`.
    pub fn too_many_streams(detail: impl Into<String>, retry: Duration) -> Self {
        Self { retry: Some(retry), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", detail) }
    }

    /// Whether it says that there is nothing.
    pub fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// With fields by the names that the caller gave them: pairs of the rules' name and the caller's.
    #[must_use]
    pub fn in_words_of(mut self, names: &[(&str, &str)]) -> Self {
        let errors = self.more.get_mut("errors").and_then(Value::as_array_mut);
        for field in errors.into_iter().flatten().filter_map(|error| error.get_mut("field")) {
            if let Some((_, theirs)) = names.iter().find(|(ours, _)| field.as_str() == Some(ours)) {
                *field = (*theirs).into();
            }
        }
        self
    }

    /// The status it is answered with.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The body: `type`, `title`, `status`, `detail`, and what the kind of problem adds.
    pub fn body(&self) -> Value {
        let mut body = self.more.clone();
        body.insert("type".into(), format!("/problems/{}", self.code).into());
        body.insert("title".into(), title(self.code).into());
        body.insert("status".into(), self.status().into());
        body.insert("detail".into(), self.detail.clone().into());
        Value::Object(body)
    }
}

/// `illegal_transition` as people read it: `Illegal transition`.
fn title(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn fields(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|m| m.field.as_str()).collect::<Vec<_>>().join(", ")
}

fn says(what: &str, mistakes: &[Mistake]) -> String {
    match mistakes {
        [one] if one.field.is_empty() => format!("the request {}", one.problem),
        [one] => format!("{what} {}: {}", one.field, one.problem),
        many => format!("{} mistakes, in {}", many.len(), fields(many)),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer realm="dfqueue""#));
        }
        let usual = (self.status == StatusCode::SERVICE_UNAVAILABLE).then_some(Duration::from_secs(2));
        if let Some(retry) = self.retry.or(usual) {
            let seconds = retry.as_secs() + u64::from(retry.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.max(1).into());
        }
        response
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let status = match refusal.kind() {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::Fault => {
                tracing::error!(%refusal, "a command led to a fault");
                return Self::fault();
            }
        };
        let problem = Self::new(status, refusal.code(), refusal.to_string());
        match refusal {
            Refusal::UnknownSubmission(number) => Self::missing_submission(&number.to_string()),
            Refusal::NotFounded => Self { status: StatusCode::SERVICE_UNAVAILABLE, ..problem },
            Refusal::Invalid(fields) => {
                let mistakes: Vec<Mistake> = fields.iter().map(|f| Mistake::new(f.field, f.message.clone())).collect();
                Self::invalid(&mistakes)
            }
            Refusal::IllegalTransition { state, allowed, .. } => problem.with("state", state.as_str()).with("allowed", *allowed),
            Refusal::AlreadyRecorded { field, recorded, .. } => {
                problem.with("recorded", recorded.as_str()).naming(&[Mistake::new(*field, format!("{recorded} is on record"))])
            }
            Refusal::DeviceElsewhere { place, .. } | Refusal::DeviceAway { place, .. } => problem.with("state", place.as_str()),
            Refusal::GateShut { gates, .. } => {
                problem.with("gates", gates.iter().map(|gate| gate.as_str().into()).collect::<Vec<Value>>())
            }
            Refusal::Differs { number, differences } => {
                let mistakes =
                    differences.iter().map(|d| Mistake::new(d.column, format!("{:?} is on record, not {:?}", d.old, d.new)));
                let columns = differences
                    .iter()
                    .map(|d| json!({ "column": d.column, "recorded": d.old, "given": d.new, "fillable": d.fillable }));
                let columns: Vec<Value> = columns.collect();
                problem.naming(&mistakes.collect::<Vec<_>>()).about(*number).with("differences", columns)
            }
            Refusal::Duplicate(number) => problem.about(*number),
            Refusal::Held { number, site, until, instead, .. } => problem
                .about(*number)
                .with("site", site.as_str())
                .with("until", until.map(|until| until.to_string()))
                .with("instead", instead.as_ref().map(|slot| json!({ "resource": slot.resource, "slot": slot.slot }))),
            _ => problem,
        }
    }
}

impl Problem {
    /// Naming the submission that it is about.
    fn about(self, number: QueueNumber) -> Self {
        self.with("submission", number.to_string())
    }
}

impl From<&StoreError> for Problem {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Full { .. } => {
                let detail = "there is no room on the database's disk; nothing was recorded";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail)
            }
            StoreError::Corrupt { .. } | StoreError::Failed { .. } | StoreError::Schema { .. } => Self::fault(),
            // A commit may have been cut off before its answer came.
            StoreError::Setup { .. } | StoreError::Unavailable { .. } => Self::unavailable(
                "the database does not answer just now: repeat the request, a change with the same Idempotency-Key",
            ),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(cause = %chain(&error), "reading failed");
        Self::from(&error)
    }
}

impl From<DeskError> for Problem {
    /// The desk has logged what the store said.
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Stopping => Self::unavailable("the daemon is stopping; nothing was recorded; try again in a moment"),
            DeskError::KeyReused => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", "this Idempotency-Key was used for another request")
            }
            DeskError::Void => Self::unavailable(error.to_string()),
            DeskError::Store(error) => Self::from(Arc::as_ref(&error)),
        }
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line = format!("{line}: {cause}");
        source = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    fn said() -> Box<sqlx::Error> {
        Box::new(sqlx::Error::Protocol("password=hunter2".into()))
    }

    #[tokio::test]
    async fn what_the_database_says_stays_here() {
        let doing = "writing the ledger";
        let errors = [
            (StoreError::Full { doing, source: said() }, 507, "disk_full"),
            (StoreError::Unavailable { doing, source: Some(said()) }, 503, "unavailable"),
            (StoreError::Failed { doing, source: said() }, 500, "fault"),
            (StoreError::Corrupt { what: "ledger entry 7".into(), problem: "password=hunter2".into() }, 500, "fault"),
        ];
        for (error, status, code) in errors {
            let response = Problem::from(DeskError::Store(Arc::new(error))).into_response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), status == 503);
            let body = String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap();
            assert!(body.contains(&format!("/problems/{code}")) && !body.contains("hunter2"), "{body}");
        }
    }

    #[test]
    fn a_fault_of_the_rules_is_nobodys_mistake() {
        let problem = Problem::from(&Refusal::UnknownSubmission(QueueNumber(7)));
        assert_eq!((problem.status(), problem.body()["type"].as_str()), (404, Some("/problems/not_found")));
        assert_eq!(Problem::from(&Refusal::NotFounded).status(), 503);
        assert_eq!(title("illegal_transition"), "Illegal transition");
    }

    #[test]
    fn fields_are_called_what_the_caller_calls_them() {
        let problem = Problem::invalid(&[Mistake::new("delivered_at", "too early"), Mistake::new("site", "unknown")]);
        let body = problem.in_words_of(&[("delivered_at", "at")]).body();
        assert_eq!((&body["errors"][0]["field"], &body["errors"][1]["field"]), (&json!("at"), &json!("site")));
    }
}
