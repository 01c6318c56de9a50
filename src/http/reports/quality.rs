//! The report on data quality.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Asked, BY, FILES, FORMAT, Format};
use crate::domain::data_quality::{Finding, FindingClass, Tally};
use crate::domain::ids::QueueNumber;
use crate::domain::reports::By;
use crate::domain::submission::Vocabulary;
use crate::http::House;
use crate::http::access::Caller;
use crate::http::error::Problem;
use crate::http::openapi::doc::{Answer, Doc, Kind, need};
use crate::http::page;
use crate::report::MARKING;
use crate::report::quality::sheets;

/// What was found in what was registered in a time.
///
/// ```json
/// { "from": "2026-10-01", "to": "2026-12-31", "by": "team", "classification": "OFFICIAL-SENSITIVE",
///   "all": { "group": null, "submissions": 120, "findings": [] }, "groups": [], "definitions": [] }
/// ```
#[derive(Serialize, JsonSchema)]
struct DataQuality {
    /// First day, as the unit's clocks show it.
    from: NaiveDate,
    /// Last day.
    to: NaiveDate,
    /// What it is broken down by; null where it is not.
    by: Option<By>,
    /// How the report is marked.
    classification: &'static str,
    /// All of it.
    all: Group,
    /// The same, by group.
    groups: Vec<Group>,
    /// What each finding means.
    definitions: Vec<Definition>,
}

/// What was found in one group.
///
/// ```json
/// { "group": "RASSO North", "submissions": 40, "findings": [{ "finding": "round_hour", "count": 6, "permille": 150 }] }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "QualityGroup")]
struct Group {
    /// Which; null for all of it, and for those that name none.
    group: Option<String>,
    /// How many submissions were registered.
    submissions: u64,
    /// In how many of them what was found; findings that are in none are left out.
    findings: Vec<Found>,
}

/// One finding in one group.
///
/// ```json
/// { "finding": "round_hour", "count": 6, "permille": 150 }
/// ```
#[derive(Serialize, JsonSchema)]
struct Found {
    /// Which.
    finding: Finding,
    /// In how many submissions.
    count: u64,
    /// That as a share, in thousandths; null of fewer than 20 submissions, which would mislead.
    permille: Option<u64>,
}

/// What a finding means.
///
/// ```json
/// { "finding": "round_hour", "class": "suspicious", "text": "The police are said to have taken the device on the hour sharp." }
/// ```
#[derive(Serialize, JsonSchema)]
struct Definition {
    /// Which.
    finding: Finding,
    /// What sort it is.
    class: FindingClass,
    /// In words.
    text: String,
}

/// What [`quality`] is for.
pub const QUALITY: Doc = Doc::read(
    "Read what is missing, contradictory or suspicious in what was recorded",
    &[Answer::json::<DataQuality>(200, "Counts, with the definition of each.").or(FILES)],
)
.more("Of submissions within the token's reach that were registered in these days, open and closed.")
.query(&[
    need("from", Kind::Day("2026-10-01"), "First day of registration, as the unit's clocks show it."),
    need("to", Kind::Day("2026-12-31"), "Last day."),
    BY,
    FORMAT,
]);

/// `GET /v1/reports/quality?from=&to=&by=&format=`: data quality. See [`DataQuality`].
pub async fn quality(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let asked = Asked::of(&house, &caller, &uri).await?;
    let (period, by) = (asked.period(), asked.by);
    let pasts = house.api.store.pasts().await?;
    let (mut all, mut groups, mut after) = (Tally::default(), BTreeMap::<Option<String>, Tally>::new(), QueueNumber(0));
    loop {
        let some = house.api.store.registered((period.from, period.until), after, page::MOST as i64).await?;
        let Some(last) = some.last() else { break };
        after = last.number;
        for submission in some.iter().filter(|submission| caller.sees(&asked.unit, submission)) {
            let past = pasts.get(&submission.number).copied().unwrap_or_default().beside(&asked.unit, submission);
            all.add(submission, past);
            if let Some(by) = by {
                groups.entry(by.group_of(submission)).or_default().add(submission, past);
            }
        }
    }
    if asked.format == Format::Json {
        let (from, to) = (asked.from, asked.to);
        let groups = groups.into_iter().map(|(name, tally)| group(name, &tally)).collect();
        let view =
            DataQuality { from, to, by, classification: MARKING, all: group(None, &all), groups, definitions: definitions() };
        return page::answer(&headers, &view);
    }
    let of_groups = groups.iter().map(|(name, tally)| (name.as_deref(), tally));
    let sheets = if by.is_some() { sheets(of_groups, by) } else { sheets([(None, &all)], by) };
    asked.answer(&headers, ("quality", "Data quality"), sheets)
}

fn definitions() -> Vec<Definition> {
    let definition = |(finding, (_, text)): (&Finding, &(&str, &str))| Definition {
        finding: *finding,
        class: finding.class(),
        text: text.trim().to_owned(),
    };
    Finding::ALL.iter().zip(Finding::WORDS).map(definition).collect()
}

fn group(name: Option<String>, tally: &Tally) -> Group {
    let found = |finding: &Finding| Found { finding: *finding, count: tally.of(*finding), permille: tally.permille(*finding) };
    let findings = Finding::ALL.iter().map(found).filter(|found| found.count > 0).collect();
    Group { group: name, submissions: tally.submissions, findings }
}
