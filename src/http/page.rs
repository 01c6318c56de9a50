//! Lists: query parameters, keyset pages with opaque cursors, ETags.

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::str::FromStr;

use super::accessed::Shows;
use super::body::unknown;
use super::error::{Mistake, Problem};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;

/// Items of a page, unless `limit` says otherwise.
pub const USUAL: usize = 100;
/// Most items of a page.
pub const MOST: usize = 1_000;

/// Reads query parameters: every mistake is noted, what was not asked for is one.
pub struct Params {
    given: Vec<(String, String)>,
    asked: Vec<&'static str>,
    mistakes: Vec<Mistake>,
}

impl Params {
    /// The parameters of a request.
    pub fn of(uri: &Uri) -> Result<Self, Problem> {
        let wrong = |_| Problem::query(&[Mistake::new("", "can't be read: write name=value, joined by &")]);
        let Query(given) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(wrong)?;
        Ok(Self { given, asked: Vec::new(), mistakes: Vec::new() })
    }

    /// A text; none where it is left out or empty.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.asked.push(name);
        let mut values = self.given.iter().filter(|(given, _)| given == name).map(|(_, value)| value.trim());
        let first = values.next().filter(|value| !value.is_empty()).map(str::to_owned);
        if values.next().is_some() {
            self.mistakes.push(Mistake::new(name, "must be given once; separate several values by commas"));
        }
        first
    }

    /// Words separated by commas; empty where it is left out.
    pub fn words<T: FromStr<Err = String>>(&mut self, name: &'static str) -> Vec<T> {
        let text = self.text(name).unwrap_or_default();
        let mut words = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word.parse() {
                Ok(word) => words.push(word),
                Err(problem) => self.mistakes.push(Mistake::new(name, problem)),
            }
        }
        words
    }

    /// Tiers of the unit's policy, separated by commas.
    pub fn tiers(&mut self, unit: &Unit) -> Vec<i64> {
        let known: Vec<i64> = unit.policy.tiers.iter().map(|tier| i64::from(tier.number)).collect();
        let tiers: Vec<i64> = self.words::<Whole>("tier").into_iter().map(|Whole(number)| number).collect();
        for tier in tiers.iter().filter(|tier| !known.contains(tier)) {
            let known = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            self.mistakes.push(Mistake::new("tier", format!("{tier} is no tier of the policy; its tiers are {known}")));
        }
        tiers
    }

    /// A site of the unit.
    pub fn site(&mut self, unit: &Unit) -> Option<String> {
        let site = self.text("site")?;
        let known: Vec<&str> = unit.establishment.sites.iter().map(|site| site.id.as_str()).collect();
        if !known.contains(&site.as_str()) {
            self.mistakes.push(Mistake::new("site", format!("{site:?} {}", unknown(&site, &known))));
        }
        Some(site)
    }

    /// A day that must be given.
    pub fn day(&mut self, name: &'static str) -> Option<NaiveDate> {
        let text = self.text(name);
        let day =
            text.as_deref().and_then(|text| text.parse().ok()).filter(|day: &NaiveDate| (1990..=9999).contains(&day.year()));
        if day.is_none() {
            let problem = if text.is_some() {
                "must be a day since 1990, like 2026-11-23"
            } else {
                "must be given: a day, like 2026-11-23"
            };
            self.mistakes.push(Mistake::new(name, problem));
        }
        day
    }

    /// A whole number, 0 or more; none where it is left out.
    pub fn whole(&mut self, name: &'static str) -> Option<i64> {
        match self.text(name)?.parse::<Whole>() {
            Ok(Whole(number)) => Some(number),
            Err(problem) => {
                self.mistakes.push(Mistake::new(name, problem));
                None
            }
        }
    }

    /// An instant; none where it is left out.
    pub fn at(&mut self, name: &'static str) -> Option<Timestamp> {
        match self.text(name)?.parse() {
            Ok(at) => Some(at),
            Err(problem) => {
                self.mistakes.push(Mistake::new(name, problem));
                None
            }
        }
    }

    /// True or false; none where it is left out.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        let text = self.text(name)?;
        if !matches!(text.as_str(), "true" | "false") {
            self.mistakes.push(Mistake::new(name, format!("{text:?} is neither true nor false")));
        }
        Some(text == "true")
    }

    /// How many items a page may have.
    pub fn limit(&mut self) -> usize {
        let Some(text) = self.text("limit") else { return USUAL };
        match text.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => limit,
            _ => {
                self.mistakes.push(Mistake::new("limit", format!("must be a whole number from 1 to {MOST}")));
                USUAL
            }
        }
    }

    /// The number that the page before ended with; 0 for the first page.
    pub fn cursor(&mut self) -> i64 {
        let Some(text) = self.text("cursor") else { return 0 };
        let number = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| Some(i64::from_be_bytes(bytes.try_into().ok()?)));
        number.filter(|number| *number >= 0).unwrap_or_else(|| {
            self.mistakes.push(Mistake::new("cursor", "is none of ours: take next_cursor of the page before"));
            0
        })
    }

    /// Ends the reading.
    pub fn done(mut self) -> Result<(), Problem> {
        for (name, _) in self.given.iter().filter(|(name, _)| !self.asked.contains(&name.as_str())) {
            self.mistakes.push(Mistake::new(name.as_str(), unknown(name, &self.asked)));
        }
        if self.mistakes.is_empty() { Ok(()) } else { Err(Problem::query(&self.mistakes)) }
    }
}

struct Whole(i64);

impl FromStr for Whole {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| *number >= 0);
        number.map(Self).ok_or_else(|| format!("{text:?} is not a whole number, 0 or more"))
    }
}

/// A number as a cursor.
pub fn cursor(last: i64) -> String {
    URL_SAFE_NO_PAD.encode(last.to_be_bytes())
}

/// One page of a list.
///
/// ```json
/// { "items": [], "next_cursor": "AAAAAAAAAGQ" }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// What is on it.
    items: Vec<T>,
    /// Where the next page begins: to be given as `cursor`; null on the last.
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Everything there is.
    pub const fn all(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    /// Up to `limit` of what is there, and where the rest begins. `key`: what the cursor holds of an item.
    pub fn first(mut items: Vec<T>, limit: usize, key: impl Fn(&T) -> i64) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| more).map(|last| cursor(key(last)));
        Self { items, next_cursor }
    }

    /// How many items it has.
    pub const fn size(&self) -> usize {
        self.items.len()
    }

    /// The same with its items turned into what leaves.
    pub fn map<U: Serialize>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(view).collect(), next_cursor: self.next_cursor }
    }
}

/// Answers with a page, like [`answer`], and says how many items it shows.
pub fn show<T: Serialize>(headers: &HeaderMap, page: &Page<T>) -> Result<Response, Problem> {
    showing(page.size(), answer(headers, page)?)
}

/// An answer that shows so many submissions, actions or breaches.
pub fn showing(rows: usize, mut response: Response) -> Result<Response, Problem> {
    response.extensions_mut().insert(Shows(rows));
    Ok(response)
}

/// Answers with what is there, or 304 where the reader has the same.
pub fn answer(headers: &HeaderMap, body: &impl Serialize) -> Result<Response, Problem> {
    let mut bytes = Vec::with_capacity(8 * 1_024);
    serde_json::to_writer(&mut bytes, body).map_err(|cause| {
        tracing::error!(%cause, "a view can't be written as JSON");
        Problem::fault()
    })?;
    let tag =
        HeaderValue::from_str(&format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..16]))).map_err(|_| Problem::fault())?;
    Ok(Written { bytes: bytes.into(), tag, shows: None }.respond(headers))
}

/// A view as JSON, and its tag.
#[derive(Clone)]
pub struct Written {
    /// The body.
    pub bytes: Bytes,
    /// Changes whenever the body does.
    pub tag: HeaderValue,
    /// How much it shows, where that is counted.
    pub shows: Option<Shows>,
}

impl Written {
    /// Answers with it, or with 304 where the reader has it.
    pub fn respond(self, headers: &HeaderMap) -> Response {
        let known = headers.get(header::IF_NONE_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
        let same = known
            .split(|byte| *byte == b',')
            .any(|one| one.trim_ascii().strip_prefix(b"W/").unwrap_or(one.trim_ascii()) == self.tag.as_bytes());
        let mut response = if same {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], self.bytes).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::ETAG, self.tag);
        if let Some(shows) = self.shows {
            response.extensions_mut().insert(shows);
        }
        response
    }
}
