//! Reports: what was recorded, counted, with the definition of each figure beside it.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::House;
use super::access::Caller;
use super::error::{Mistake, Problem};
use super::openapi::doc::{Answer, Doc, Kind, may, need, word};
use super::page::{self, Params};
use crate::domain::data_quality::{Finding, FindingClass, Tally};
use crate::domain::ids::QueueNumber;
use crate::domain::submission::{Vocabulary, words};
use crate::domain::unit::Submission;

words!(
    /// What a report is broken down by.
    By {
        /// The force that asked.
        Force = "force",
        /// The team that acts when the officer in the case is off duty.
        Team = "team",
        /// The site where the device is examined.
        Site = "site",
        /// Whose device it is.
        Owner = "owner",
        /// What device it is.
        Device = "device",
        /// What it is about.
        Offence = "offence",
    }
);

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
    &[Answer::json::<DataQuality>(200, "Counts, with the definition of each.")],
)
.more("Of submissions within the token's reach that were registered in these days, open and closed.")
.query(&[
    need("from", Kind::Day("2026-10-01"), "First day of registration, as the unit's clocks show it."),
    need("to", Kind::Day("2026-12-31"), "Last day."),
    may("by", word::<By>(&["team"]), "What it is broken down by; not at all unless given."),
]);

/// `GET /v1/reports/quality?from=&to=&by=`: data quality. See [`DataQuality`].
pub async fn quality(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let (from, to, by) = (params.day("from"), params.day("to"), params.words::<By>("by"));
    params.done()?;
    let (Some(from), Some(to)) = (from, to) else { return Err(Problem::fault()) };
    if to < from {
        return Err(Problem::query(&[Mistake::new("to", format!("{to} lies before from ({from})"))]));
    }
    let (unit, by) = (house.api.desk.unit(), by.first().copied());
    let zone = &unit.establishment.zone;
    let span = (zone.instant(from, 0), zone.end_of_day(to));
    let pasts = house.api.store.pasts().await?;
    let (mut all, mut groups, mut after) = (Tally::default(), BTreeMap::<Option<String>, Tally>::new(), QueueNumber(0));
    loop {
        let some = house.api.store.registered(span, after, page::MOST as i64).await?;
        let Some(last) = some.last() else { break };
        after = last.number;
        for submission in some.iter().filter(|submission| caller.sees(&unit, submission)) {
            let past = pasts.get(&submission.number).copied().unwrap_or_default();
            all.add(submission, past);
            if let Some(by) = by {
                groups.entry(group_of(submission, by)).or_default().add(submission, past);
            }
        }
    }
    let groups = groups.into_iter().map(|(name, tally)| group(name, &tally)).collect();
    let definition = |(finding, (_, text)): (&Finding, &(&str, &str))| Definition {
        finding: *finding,
        class: finding.class(),
        text: text.trim().to_owned(),
    };
    let definitions = Finding::ALL.iter().zip(Finding::WORDS).map(definition).collect();
    let classification = "OFFICIAL-SENSITIVE";
    page::answer(&headers, &DataQuality { from, to, by, classification, all: group(None, &all), groups, definitions })
}

fn group_of(submission: &Submission, by: By) -> Option<String> {
    let facts = &submission.facts;
    match by {
        By::Force => Some(facts.force.clone()),
        By::Team => submission.particulars.as_ref().and_then(|particulars| particulars.team.clone()),
        By::Site => Some(facts.site.to_string()),
        By::Owner => Some(facts.owner.to_string()),
        By::Device => Some(facts.device.to_string()),
        By::Offence => Some(facts.offence.to_string()),
    }
}

fn group(name: Option<String>, tally: &Tally) -> Group {
    let found = |finding: &Finding| Found { finding: *finding, count: tally.of(*finding), permille: tally.permille(*finding) };
    let findings = Finding::ALL.iter().map(found).filter(|found| found.count > 0).collect();
    Group { group: name, submissions: tally.submissions, findings }
}
