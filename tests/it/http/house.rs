//! A house for tests: the contract's small unit, a daemon's parts without its loops, and callers with tokens.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use axum::response::Response;
use dfqueue::clock::{Clock, monotonic};
use dfqueue::config::{BankHolidays, Limits, load_pair};
use dfqueue::daemon::access_log::AccessLog;
use dfqueue::daemon::otherwise::Otherwise;
use dfqueue::daemon::rescue::Rescuer;
use dfqueue::daemon::run::Cycle;
use dfqueue::daemon::{Coming, Desk, Forecaster, Published, Worker};
use dfqueue::domain::command::Command;
use dfqueue::domain::decide::sweep;
use dfqueue::domain::entry::Actor;
use dfqueue::domain::ids::SiteId;
use dfqueue::domain::time::Timestamp;
use dfqueue::http::access::Role;
use dfqueue::http::auth::{PREFIX, hash_of};
use dfqueue::http::{Api, router};
use dfqueue::planner::plan;
use dfqueue::store::{Store, Token};
use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::described::{judge, judge_taken};
use crate::harness::Database;

pub const UNIT: &str = include_str!("../../../src/config/tests/data/unit.toml");
pub const POLICY: &str = include_str!("../../../src/config/tests/data/policy.toml");
/// Bytes that a body may have in these tests.
pub const BODY_LIMIT: usize = 64 * 1024;

/// As much as anyone likes.
pub const UNLIMITED: Limits =
    Limits { requests_per_second: 0, request_burst: 1, unknown_per_second: 0, streams_per_token: 1_000, streams: 1_000 };

pub struct House {
    pub clock: Clock,
    pub store: Store,
    pub desk: Desk,
    pub router: Router,
    pub api: Api,
    pub cycle: Cycle,
    forecaster: Mutex<Forecaster>,
    rescuer: Mutex<Rescuer>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

/// Someone with a token, and who they say they are.
#[derive(Clone)]
pub struct Caller {
    router: Router,
    pub secret: String,
    /// Public id of the token.
    pub token: String,
    pub person: Option<String>,
}

impl House {
    /// Monday, 23 November 2026, half past seven in the morning in Northshire, with nothing in the queue.
    pub async fn open(db: &Database) -> Self {
        Self::open_with(db, UNLIMITED).await
    }

    /// The same, where callers may ask for so much.
    pub async fn open_with(db: &Database, limits: Limits) -> Self {
        let clock = Clock::manual(at("2026-11-23T07:30:00Z"));
        let store = db.serve().await;
        let (unit, (_, chain)) = (store.load().await.unwrap(), store.head().await.unwrap());
        let (desk, writer) = Desk::open(store.clone(), clock.clone(), unit, chain);
        tokio::spawn(writer);
        let pair = load_pair(("unit.toml", UNIT), ("policy.toml", POLICY), &BankHolidays::shipped().unwrap()).unwrap();
        for command in [
            Command::AdoptEstablishment { establishment: Box::new(pair.establishment), text: UNIT.into() },
            Command::AdoptPolicy { policy: Box::new(pair.policy), text: POLICY.into() },
        ] {
            desk.order(&Actor::daemon(), command).await.unwrap().0.unwrap();
        }
        let (unit, now) = (desk.unit(), clock.now());
        let first = Published { settled: true, ..Published::first(unit.clone(), plan(&unit, now), now) };
        let (plans, published) = watch::channel(Arc::new(first));
        let (forecasts, forecast) = watch::channel(Arc::default());
        let forecaster = Mutex::new(Forecaster {
            plans: published.clone(),
            forecasts,
            coming: Some(Coming::of(store.clone())),
            aside: Worker::start("aside").unwrap(),
        });
        let (advice, rescues) = watch::channel(Arc::default());
        let rescuer = Rescuer { plans: published.clone(), rescues: advice, aside: Worker::start("aside").unwrap() };
        let (turned, last_cycle) = watch::channel(Some(monotonic()));
        let (_, sought) = watch::channel(None);
        let cycle = Cycle {
            desk: desk.clone(),
            clock: clock.clone(),
            planner: Worker::start("planner").unwrap(),
            checker: Worker::start("checker").unwrap(),
            tick: Duration::from_secs(3_600),
            settle: Duration::from_millis(1),
            plans,
            sought,
            turned,
        };
        let (access_log, keeping) = AccessLog::open(store.clone());
        tokio::spawn(keeping);
        let api = Api {
            desk: desk.clone(),
            store: store.clone(),
            plan: published,
            forecast,
            rescues,
            otherwise: Otherwise::on(Worker::start("otherwise").unwrap()),
            clock: clock.clone(),
            body_limit: BODY_LIMIT,
            access_log,
            limits,
            stop: CancellationToken::new(),
            last_cycle,
        };
        Self { clock, store, desk, router: router(api.clone()), api, cycle, forecaster, rescuer: Mutex::new(rescuer) }
    }

    /// It is now `text`.
    pub fn it_is(&self, text: &str) {
        self.clock.set(at(text));
    }

    /// The daemon plans and dispatches until nothing changes.
    pub async fn plan(&self) {
        let cycle = &self.cycle;
        for _ in 0..20 {
            let plan = cycle.make(self.desk.unit(), None).await.unwrap();
            let verdict = cycle.judge(plan).await;
            if !cycle.act(verdict).await.unwrap().again {
                return;
            }
        }
        panic!("the cycle does not come to rest");
    }

    /// The daemon works out how sure the newest plan is.
    pub async fn forecast(&self) {
        self.forecaster.lock().await.turn().await;
    }

    /// The daemon works out what could be done about promises that will be missed.
    pub async fn rescue(&self) {
        while self.rescuer.lock().await.turn().await {}
    }

    /// The daemon records what was missed by now.
    pub async fn sweep(&self) {
        let missed = sweep(&self.desk.unit(), self.clock.now());
        self.desk.submit(&Actor::daemon(), missed, None).await.unwrap();
    }

    /// Someone of a role, of the force of Northshire.
    pub async fn caller(&self, role: Role, person: &str) -> Caller {
        self.caller_of(role, person, Some("Northshire"), &[]).await
    }

    /// The same, of a team.
    pub async fn caller_in(&self, role: Role, person: &str, team: &str) -> Caller {
        self.bearer(role, person, |token| (token.force, token.team) = (Some("Northshire".into()), Some(team.into()))).await
    }

    /// Someone of a role, bound to a force and to sites.
    pub async fn caller_of(&self, role: Role, person: &str, force: Option<&str>, sites: &[&str]) -> Caller {
        let sites = sites.iter().map(|site| SiteId::from(*site)).collect();
        self.bearer(role, person, |token| (token.force, token.sites) = (force.map(str::to_owned), sites)).await
    }

    async fn bearer(&self, role: Role, person: &str, bind: impl FnOnce(&mut Token)) -> Caller {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random).unwrap();
        let secret = format!("{PREFIX}{}", hex::encode(random));
        let id = format!("t-{}", hex::encode(&random[..6]));
        let mut token = Token::new(&id, person, role.as_str(), self.clock.now(), at("2027-11-23T00:00:00Z"));
        bind(&mut token);
        self.store.create_token(&token, &hash_of(&secret)).await.unwrap();
        Caller { router: self.router.clone(), secret, token: id, person: Some(person.into()) }
    }

    /// Nobody at all.
    pub fn nobody(&self) -> Caller {
        Caller { router: self.router.clone(), secret: String::new(), token: String::new(), person: None }
    }
}

impl Caller {
    /// The same token in another person's hands.
    pub fn spoken_by(&self, person: &str) -> Self {
        Self { person: Some(person.into()), ..self.clone() }
    }

    /// Somebody with another secret.
    pub fn with_secret(&self, secret: String) -> Self {
        Self { secret, ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// What is there and is no JSON: of which kind, and the text.
    pub async fn text(&self, path: &str) -> (String, String) {
        let response = self.router.clone().oneshot(self.request("GET", path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{path}");
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        judge("GET", path, 200, Some(&kind), &text);
        (kind, text)
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.post_with(path, body, &[]).await
    }

    pub async fn post_with(&self, path: &str, body: Value, headers: &[(&str, &str)]) -> Reply {
        let reply = self.post_bytes(path, body.to_string(), headers).await;
        // Of several, each stands or falls alone.
        if reply.status < 300 && reply.status != 207 {
            judge_taken(path, &body);
        }
        reply
    }

    pub async fn post_bytes(&self, path: &str, body: impl Into<Body>, headers: &[(&str, &str)]) -> Reply {
        let mut request = self.request("POST", path);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path);
        if !self.secret.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.secret));
        }
        if let Some(person) = &self.person {
            request = request.header("dfqueue-person", person);
        }
        request
    }

    /// What the router answers, its body not yet read.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().to_string());
        let response = self.answer(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let kind = headers.get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        judge(method.as_str(), &path, status, kind.as_deref(), std::str::from_utf8(&bytes).unwrap());
        let is_json = kind.as_ref().is_some_and(|kind| kind.ends_with("json"));
        let body = if is_json { serde_json::from_slice(&bytes).expect("a body that is no JSON") } else { Value::Null };
        if status >= 400 {
            assert_eq!(kind.as_deref(), Some("application/problem+json"), "{body}");
            assert_eq!(body["status"], status, "{body}");
            assert!(body["type"].as_str().unwrap().starts_with("/problems/"), "{body}");
        }
        assert!(headers.contains_key("x-request-id"));
        Reply { status, headers, body }
    }
}

impl Reply {
    /// It was answered so.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// It is a problem of this kind.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.body["type"], format!("/problems/{code}"), "{:#}", self.body);
        self.is(status)
    }
}

/// The fields that a problem names, in order.
pub fn fields(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A victim's phone, just taken.
pub fn phone() -> Value {
    json!({
        "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "oic": "DC 2231", "team": "RASSO North",
        "offence": "rasso", "owner": "victim", "device": "phone", "make": "Apple", "model": "iPhone 14", "storage_gb": 128,
        "taken_at": "2026-11-23T07:20:00Z", "site": "north", "scope": ["messages", "photos"],
        "scope_from": "2026-09-01", "scope_to": "2026-11-22",
    })
}

/// The same with some fields otherwise; null takes one out.
pub fn phone_with(changes: Value) -> Value {
    let mut phone = phone();
    for (field, value) in changes.as_object().unwrap() {
        phone[field] = value.clone();
    }
    phone
}

/// A message that somebody is told by: the first.
pub async fn a_message(house: &House) {
    let told = [("Q1/pin/asked".to_owned(), ("wanted", json!({ "submission": "Q1" }).to_string()))].into();
    assert_eq!(house.store.notice("duty desk", &told, house.clock.now()).await.unwrap(), 1);
    assert!(house.store.compose("duty desk", house.clock.now()).await.unwrap());
}
