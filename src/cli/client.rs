//! Talking to a daemon: who asks, what comes back, and how what goes wrong is said.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode, Url, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::files;
use super::output::Times;
use crate::http::auth::PERSON;

/// Until a daemon on this or a near host must have taken the call.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Until the largest batch must be on disk.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// Which daemon, and who asks.
#[derive(Debug, clap::Args)]
pub struct Connection {
    /// The daemon's address
    #[arg(long, value_name = "URL", env = "DFQUEUE_SERVER", default_value = "http://127.0.0.1:8080", hide_env_values = true)]
    server: String,
    /// File that holds the token, instead of the environment's DFQUEUE_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Who acts or asks, like "DS 1180"
    #[arg(long, value_name = "PERSON", env = "DFQUEUE_PERSON", hide_env_values = true)]
    pub person: Option<String>,
}

/// One mistake that the daemon names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FieldProblem {
    /// Column, field, parameter or header.
    pub field: String,
    /// What is wrong with it, and how to write it.
    pub problem: String,
}

/// Why the daemon did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// In two or three words.
    pub title: String,
    /// In a sentence.
    pub detail: String,
    /// Every wrong field.
    #[serde(default)]
    pub errors: Vec<FieldProblem>,
    /// What this kind of problem adds.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)?;
        // One mistake is in the detail already.
        let all_said = |error: &FieldProblem| self.detail.contains(&error.problem);
        for error in self.errors.iter().filter(|error| !all_said(error)) {
            write!(f, "\n  {}: {}", error.field, error.problem)?;
        }
        if self.status == 401 {
            f.write_str("\n  give a token with DFQUEUE_TOKEN or --token-file; dfqueue token create makes one")?;
        }
        Ok(())
    }
}

/// Why there is no answer, or none to go on with.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody answers there.
    #[error(
        "{server}: no daemon answers there; start one with dfqueue serve, or name its address with --server or DFQUEUE_SERVER"
    )]
    Unreachable {
        /// Where.
        server: String,
        /// What the network said.
        #[source]
        cause: reqwest::Error,
    },
    /// The answer did not come to its end: what was asked may have been done.
    #[error("{server}: the answer broke off; what was asked may have been done or not")]
    BrokeOff {
        /// Where.
        server: String,
        /// What the network said.
        #[source]
        cause: reqwest::Error,
    },
    /// The daemon says why not.
    #[error("{0}")]
    Refused(Problem),
    /// Something else answers there.
    #[error("{server}: what answers there (status {status}) is no dfqueue; check the address")]
    Stranger {
        /// Where.
        server: String,
        /// What it answered with.
        status: u16,
    },
}

impl Failure {
    /// Whether trying the same again in a moment may do.
    pub const fn passes(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::BrokeOff { .. } => true,
            Self::Refused(problem) => matches!(problem.status, 429 | 503),
            Self::Stranger { status, .. } => matches!(*status, 502..=504),
        }
    }
}

/// One daemon, spoken to as one person.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    server: Url,
    /// Whether there is a token to show.
    pub signed_in: bool,
    /// Whether an answer was waited for.
    waited: Arc<AtomicBool>,
}

impl Connection {
    /// To an address, as nobody in particular.
    #[cfg(test)]
    pub fn to(server: &str) -> Self {
        Self { server: server.into(), token_file: None, person: None }
    }

    /// A client for it; nothing is sent yet.
    pub fn client(&self) -> Result<Client> {
        let wrong = || format!("--server {:?} is no address; write it like http://127.0.0.1:8080", self.server);
        let server = Url::parse(&self.server).with_context(wrong)?;
        ensure!(matches!(server.scheme(), "http" | "https") && server.has_host() && !server.cannot_be_a_base(), wrong());
        let token = match &self.token_file {
            Some(file) => Some(files::text(file)?),
            None => std::env::var("DFQUEUE_TOKEN").ok(),
        };
        let token = token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
        let mut headers = HeaderMap::new();
        if let Some(token) = &token {
            let value = HeaderValue::from_str(&format!("Bearer {token}"));
            let mut value = value.ok().context("the token holds characters that no token has; copy it again")?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(person) = self.person.as_deref().map(str::trim).filter(|person| !person.is_empty()) {
            let value = HeaderValue::from_bytes(person.as_bytes());
            headers.insert(PERSON, value.with_context(|| format!("--person {person:?} holds control characters"))?);
        }
        // References go to the daemon named and nowhere else: no proxy of the environment, no redirect.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .user_agent(concat!("dfqueue/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .build()
            .context("starting the HTTP client")?;
        Ok(Client { http, server, signed_in: token.is_some(), waited: Arc::default() })
    }
}

impl Client {
    /// Reads `path` with query parameters.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let request = self.reading(path, query);
        self.answer(request).await
    }

    /// The same of what is no JSON.
    pub async fn text(&self, path: &str, query: &[(&str, String)]) -> Result<String, Failure> {
        let request = self.reading(path, query);
        let (status, bytes) = self.succeeds(request).await?;
        String::from_utf8(bytes).map_err(|_| self.stranger(status))
    }

    /// The same of what may be no text.
    pub async fn bytes(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<u8>, Failure> {
        let request = self.reading(path, query);
        Ok(self.succeeds(request).await?.1)
    }

    fn reading(&self, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(Method::GET, url);
        // Whoever types one command after the other wants to see what the first one led to; once is enough.
        if !self.waited.swap(true, Ordering::Relaxed) {
            request = request.header("prefer", "wait=1");
        }
        request
    }

    /// Posts a body, under a key if it must be done once only.
    pub async fn post(&self, path: &str, body: &Value, key: Option<&str>) -> Result<Value, Failure> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut url = self.url(path);
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let mut request = self.http.request(Method::POST, url).json(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.answer(request).await
    }

    /// Reads a list page by page; what stands beside the items is that of the first page.
    pub async fn pages(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let mut query = query.to_vec();
        query.push(("limit", "1000".into()));
        let mut whole = self.get(path, &query).await?;
        let mut cursor = next(&whole);
        while let Some(after) = cursor.take() {
            query.retain(|(name, _)| *name != "cursor");
            query.push(("cursor", after));
            let mut page = self.get(path, &query).await?;
            cursor = next(&page);
            if let (Some(items), Some(more)) = (whole["items"].as_array_mut(), page["items"].as_array_mut()) {
                items.append(more);
            }
        }
        if let Value::Object(members) = &mut whole {
            members.remove("next_cursor");
        }
        Ok(whole)
    }

    /// How the unit's clocks show instants; UTC where the daemon does not say.
    pub async fn times(&self) -> Times {
        let body = match self.get("/readyz", &[]).await {
            Ok(body) => body,
            Err(Failure::Refused(problem)) => problem.more.get("checks").cloned().unwrap_or_default(),
            Err(_) => Value::Null,
        };
        // The unit's now is the daemon's: a demonstration has its own.
        let made = body["plan_made_at"].as_str().and_then(|at| at.parse().ok());
        Times::named(body["time_zone"].as_str()).from(made)
    }

    /// Where it is, as people write it.
    pub fn server(&self) -> &str {
        self.server.as_str().trim_end_matches('/')
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.server.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let (status, bytes) = self.succeeds(request).await?;
        serde_json::from_slice(&bytes).map_err(|_| self.stranger(status))
    }

    /// The body of what went well.
    async fn succeeds(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), Failure> {
        let server = || self.server().to_owned();
        let response = request.send().await.map_err(|cause| match cause.is_connect() {
            true => Failure::Unreachable { server: server(), cause: cause.without_url() },
            false => Failure::BrokeOff { server: server(), cause: cause.without_url() },
        })?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|cause| Failure::BrokeOff { server: server(), cause: cause.without_url() })?;
        if status.is_success() {
            return Ok((status, bytes.into()));
        }
        Err(serde_json::from_slice(&bytes).map_or_else(|_| self.stranger(status), Failure::Refused))
    }

    /// It answers, but not as a daemon does.
    fn stranger(&self, status: StatusCode) -> Failure {
        Failure::Stranger { server: self.server().to_owned(), status: status.as_u16() }
    }
}

fn next(page: &Value) -> Option<String> {
    page["next_cursor"].as_str().map(str::to_owned)
}

/// An answer as what it should be.
pub fn typed<T: DeserializeOwned>(value: &Value) -> Result<T> {
    T::deserialize(value).context("the daemon's answer is not what this version knows; use the dfqueue of the daemon's version")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problem(value: Value) -> String {
        serde_json::from_value::<Problem>(value).unwrap().to_string()
    }

    #[test]
    fn a_problem_is_its_title_its_detail_and_every_field() {
        let two = json!({
            "type": "/problems/invalid", "status": 422, "title": "Invalid", "detail": "2 mistakes, in oic, level",
            "errors": [{ "field": "oic", "problem": "must be given" }, { "field": "level", "problem": "must be a number" }],
        });
        assert_eq!(problem(two), "Invalid: 2 mistakes, in oic, level\n  oic: must be given\n  level: must be a number");
        let one = json!({
            "type": "/problems/invalid", "status": 422, "title": "Invalid", "detail": "field oic: must be given",
            "errors": [{ "field": "oic", "problem": "must be given" }],
        });
        assert_eq!(problem(one), "Invalid: field oic: must be given");
    }

    #[test]
    fn without_a_token_it_says_where_one_comes_from() {
        let problem = problem(json!({ "status": 401, "title": "Unauthenticated", "detail": "send a token" }));
        assert!(problem.ends_with("dfqueue token create makes one"), "{problem}");
    }

    #[test]
    fn addresses_are_those_of_http() {
        for wrong in ["", "127.0.0.1:8080", "localhost", "ftp://host", "mailto:x@y"] {
            assert!(Connection::to(wrong).client().unwrap_err().to_string().contains("http://127.0.0.1:8080"), "{wrong}");
        }
        let client = Connection::to("https://dfu.example/queue/").client().unwrap();
        assert_eq!(client.url("/v1/queue").as_str(), "https://dfu.example/queue/v1/queue");
        assert_eq!(client.server(), "https://dfu.example/queue");
    }

    #[test]
    fn nobody_there_is_said_with_the_way_out() {
        let failed = crate::cli::database::block_on(async {
            Ok(Connection::to("http://127.0.0.1:1").client().unwrap().get("/healthz", &[]).await.unwrap_err())
        });
        let failed = failed.unwrap();
        assert!(failed.passes());
        assert_eq!(
            failed.to_string(),
            "http://127.0.0.1:1: no daemon answers there; start one with dfqueue serve, or name its address with --server or \
             DFQUEUE_SERVER"
        );
    }
}
