//! Who calls: the bearer token, its role, and the person who speaks through it.
//!
//! A token is `dfq_` and 256 random bits; only its SHA-256 is stored and compared, so that neither the database nor the
//! time an answer takes tells one. What was looked up is kept for a second: a revoked token is worth nothing a second
//! later at most.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::RequestExt;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::access::{Caller, Role, Row, either};
use super::accessed::Read;
use super::error::Problem;
use super::late::LetIn;
use super::{House, prefer};
use crate::clock::monotonic;
use crate::domain::entry::{Actor, Hash};
use crate::store::Token;

/// The header that names the person who acts.
pub const PERSON: &str = "dfqueue-person";
/// What every token begins with, so that one that leaked is recognised.
pub const PREFIX: &str = "dfq_";
const KEPT_FOR: Duration = Duration::from_secs(1);
const KEPT_AT_MOST: usize = 1_000;

/// A new secret: nobody can guess it, and it is told once.
///
/// # Errors
/// Where the system has no chance to give.
pub fn new_secret() -> std::io::Result<String> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// What of a secret is stored.
pub fn hash_of(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Tokens that were looked up a moment ago.
#[derive(Default)]
pub struct Tokens(Mutex<Known>);

/// Tokens by the hash of their secret, and when they were looked up.
type Known = BTreeMap<Hash, (Arc<Token>, Instant)>;

impl Tokens {
    async fn find(&self, house: &House, secret: &str) -> Result<Option<Arc<Token>>, Problem> {
        let hash = hash_of(secret);
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        if let Some((token, _)) = kept.as_ref().filter(|(_, at)| at.elapsed() < KEPT_FOR) {
            return Ok(Some(Arc::clone(token)));
        }
        // One that was found before is no guess, whatever has become of it.
        let guess = if kept.is_none() { Some(house.rates.guess(&house.api.limits)?) } else { None };
        let found = house.api.store.token(&hash).await?.map(Arc::new);
        if let Some(guess) = guess.filter(|_| found.is_some()) {
            guess.was_none();
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &found {
            Some(token) => {
                if kept.len() >= KEPT_AT_MOST {
                    kept.clear();
                }
                kept.insert(hash, (Arc::clone(token), monotonic()));
            }
            None => {
                kept.remove(&hash);
            }
        }
        Ok(found)
    }
}

/// What a guard needs: the house, tokens, and the row it stands at.
#[derive(Clone)]
pub struct Post {
    /// The house.
    pub house: House,
    /// The row of the matrix.
    pub row: &'static Row,
}

/// Lets through who the row allows, with their [`Caller`].
pub async fn guard(State(post): State<Post>, mut request: Request, next: Next) -> Result<Response, Problem> {
    // A name in a path that is no text names nothing.
    let params = request.extract_parts::<RawPathParams>().await;
    if matches!(params, Err(RawPathParamsRejection::InvalidUtf8InPathParam(_))) {
        return Err(Problem::no_route());
    }
    let Some(roles) = post.row.roles else { return Ok(next.run(request).await) };
    let mut caller = match request.extensions().get::<LetIn>().cloned() {
        Some(LetIn(caller)) => caller,
        None => {
            let caller = authenticate(&post.house, request.headers()).await?;
            post.house.rates.take(&post.house.api.limits, &caller.token.id)?;
            caller
        }
    };
    if !post.row.allows(caller.role) {
        let needed: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
        let detail = format!("this needs the role {}; this token has {}", either(roles), caller.role);
        return Err(Problem::forbidden(detail).with("roles", needed));
    }
    caller.person = person(request.headers())?;
    if post.row.changes && caller.person.is_none() {
        return Err(Problem::header("Dfqueue-Person", "must name who acts, like DS 1180: every entry names a person"));
    }
    let token = Arc::clone(&caller.token);
    let read = Read::of(post.row, &caller, params.as_ref().ok());
    request.extensions_mut().insert(caller);
    let response = match post.row.method {
        "GET" => {
            prefer::wait(&post.house.api, request.headers()).await;
            post.house.replies.answer(&post.house.api, &token.id, request, next).await?
        }
        _ => next.run(request).await,
    };
    match read {
        Some(read) => read.answered(&post.house, response).await,
        None => Ok(response),
    }
}

/// Who the bearer token of a request is; nobody speaks through it yet.
pub(super) async fn authenticate(house: &House, headers: &HeaderMap) -> Result<Caller, Problem> {
    let worthless = || Problem::unauthenticated("this token is not known, has expired or was revoked");
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let first = given.next().and_then(|value| value.to_str().ok());
    if given.next().is_some() {
        // Whoever stands between might have read the other one.
        return Err(Problem::unauthenticated("send one Authorization header, not several"));
    }
    let Some(secret) = first.and_then(bearer) else {
        return Err(Problem::unauthenticated("send Authorization: Bearer dfq_..."));
    };
    let token = house.tokens.find(house, secret).await?.filter(|token| token.is_valid(house.api.clock.now()));
    let token = token.ok_or_else(worthless)?;
    let role =
        Role::from_str(&token.role).map_err(|_| Problem::forbidden("this token has a role that this program does not know"))?;
    Ok(Caller { token, role, person: None })
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    Some(secret.trim()).filter(|secret| scheme.eq_ignore_ascii_case("bearer") && secret.starts_with(PREFIX))
}

/// Who the header names, if it is there.
fn person(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(PERSON) else { return Ok(None) };
    let wrong = |problem| Err(Problem::header("Dfqueue-Person", problem));
    let Ok(text) = std::str::from_utf8(value.as_bytes()) else { return wrong("must be UTF-8") };
    let person: String = text.trim().nfc().collect();
    match person.chars().count() {
        0 => wrong("must not be empty: name the person who acts"),
        101.. => wrong("must not be longer than 100 characters"),
        _ if person.chars().any(char::is_control) => wrong("must not hold control characters"),
        _ if person.eq_ignore_ascii_case(&Actor::daemon().person) => wrong("is the daemon's own name: name a person"),
        _ => Ok(Some(person)),
    }
}

impl Caller {
    /// As entries name them.
    pub fn actor(&self) -> Actor {
        Actor { person: self.person.clone().unwrap_or_default(), token: Some(self.token.id.clone()) }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only the guard puts one there: a handler that asks for a caller on an open route is a fault.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::fault)
    }
}
