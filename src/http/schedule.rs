//! The schedule of an exhibit, as JSON, as CSV, or as one page to be printed.

mod page;

use std::collections::BTreeSet;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};

use super::access::Caller;
use super::cases::exhibits;
use super::error::Problem;
use super::openapi::doc::{Answer, Doc, may, word};
use super::page::{Params, answer};
use super::views::View;
use super::views::schedule::{Line, Schedule, Work};
use super::views::timeline::read;
use super::{House, reach};
use crate::domain::submission::words;
use crate::domain::unit::Submission;
use crate::report::safe;

words!(
    /// How it is written.
    Format {
        /// With types, and times in UTC.
        Json = "json",
        /// One line for each thing that happened, methods last.
        Csv = "csv",
        /// One page to be printed, times as the unit's clocks show them.
        Html = "html",
    }
);

/// What [`schedule`] is for.
pub const SCHEDULE: Doc = Doc::read(
    "Read the schedule of an exhibit, ready for court",
    &[Answer::json::<Schedule<'static>>(200, "Its continuity and methods, by what authority, and what was corrected.")
        .or(&[("text/csv", None), ("text/html", None)])],
)
.query(&[may("format", word::<Format>(&["json"]), "How it is written; `json` unless given.")]);

/// `GET /v1/submissions/{id}/schedule?format=json|csv|html`: continuity and methods of an exhibit, ready for court. See [`Schedule`].
///
/// `csv`: one line for each thing, continuity, authority and corrections first, then the methods. `html`: one page to be printed, with
/// nothing to load and nothing that runs.
pub async fn schedule(
    State(house): State<House>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let formats = params.words::<Format>("format");
    params.done()?;
    let view = View::of(&house, &caller);
    let submission = reach::submission(&house.api, &view.unit, &caller, &id).await?;
    let (seq, chain) = house.api.store.head().await?;
    let told = read(house.api.store.timeline(submission.number).await?)?;
    let parts = parts(&house, &view, &submission).await?;
    let schedule = Schedule::of(&view, &submission, parts, told, (seq, hex::encode(chain)));
    match formats.first() {
        None | Some(Format::Json) => answer(&headers, &schedule),
        Some(Format::Csv) => {
            let name = format!("attachment; filename=\"{}-schedule.csv\"", submission.number);
            let text = csv_of(&schedule).map_err(|_| Problem::fault())?;
            Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)], text)
                .into_response())
        }
        Some(Format::Html) => {
            let page = page::page(&schedule, &view.unit.establishment.zone);
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            let policy = HeaderValue::from_str(&page::policy()).map_err(|_| Problem::fault())?;
            Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], page).into_response())
        }
    }
}

/// References of the exhibits that are parts of one, open or closed, in order.
async fn parts(house: &House, view: &View<'_>, submission: &Submission) -> Result<Vec<String>, Problem> {
    let Some(own) = &submission.particulars else { return Ok(Vec::new()) };
    let of_case = exhibits(house, view, submission.case).await?;
    let of_case = of_case.values().filter_map(|(other, _)| other.particulars.as_ref());
    let parts = of_case.filter(|part| part.parent.as_ref() == Some(&own.exhibit_ref)).map(|part| part.exhibit_ref.clone());
    // A part that was asked for again is one part.
    Ok(parts.collect::<BTreeSet<String>>().into_iter().collect())
}

const COLUMNS: [&str; 18] = [
    "section",
    "seq",
    "at",
    "recorded_at",
    "what",
    "text",
    "place",
    "from",
    "to",
    "recorded_by",
    "seal",
    "resource",
    "ended_at",
    "outcome",
    "tool",
    "tool_version",
    "hash",
    "reason",
];

fn csv_of(schedule: &Schedule<'_>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    let whole = schedule.parent.iter().map(|parent| ("part_of", (*parent).to_owned()));
    for (section, exhibit) in whole.chain(schedule.parts.iter().map(|part| ("part", part.clone()))) {
        writer.write_record(exhibit_row(section, &exhibit).iter().map(|cell| safe(cell)))?;
    }
    let sections =
        [("continuity", &schedule.continuity), ("authority", &schedule.authority), ("correction", &schedule.corrections)];
    for (section, lines) in sections {
        for line in lines {
            writer.write_record(row(section, line).iter().map(|cell| safe(cell)))?;
        }
    }
    for work in &schedule.methods {
        writer.write_record(method(work).iter().map(|cell| safe(cell)))?;
    }
    writer.into_inner().map_err(|cause| csv::Error::from(cause.into_error()))
}

/// A row that names another exhibit, in the column of what is told in words.
fn exhibit_row(section: &str, exhibit: &str) -> [String; 18] {
    let mut row: [String; 18] = Default::default();
    (row[0], row[5]) = (section.to_owned(), exhibit.to_owned());
    row
}

fn row(section: &str, line: &Line) -> [String; 18] {
    let or_blank = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut row: [String; 18] = Default::default();
    let filled = [
        section.to_owned(),
        line.seq.to_string(),
        line.at.to_string(),
        line.recorded_at.to_string(),
        line.what.to_owned(),
        line.text.clone(),
        or_blank(&line.place),
        or_blank(&line.from),
        or_blank(&line.to),
        line.recorded_by.clone(),
        or_blank(&line.seal),
    ];
    row.iter_mut().zip(filled).for_each(|(cell, text)| *cell = text);
    row
}

fn method(work: &Work) -> [String; 18] {
    let or_blank = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        "method".into(),
        work.seq.first().map_or_else(String::new, ToString::to_string),
        work.started_at.to_string(),
        String::new(),
        work.stage.as_ref().map_or_else(String::new, ToString::to_string),
        String::new(),
        or_blank(&work.place),
        String::new(),
        work.by.clone(),
        String::new(),
        String::new(),
        format!("{}/{}", work.resource, work.slot),
        work.ended_at.map_or_else(String::new, |at| at.to_string()),
        work.outcome.into(),
        or_blank(&work.tool),
        or_blank(&work.tool_version),
        or_blank(&work.hash),
        or_blank(&work.reason),
    ]
}
