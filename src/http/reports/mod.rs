//! Reports: what was recorded, counted, with the definition of each figure beside it.
//!
//! Each counts what the caller may see and nothing else, a thousand submissions at a time, from the store alone: nobody waits for it.

mod backlog;
mod capacity;
mod performance;
mod quality;

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::House;
use super::access::Caller;
use super::accessed::WORKBOOK;
use super::error::{Mistake, Problem};
use super::openapi::doc::{Answer, Doc, Field, Kind, Shape, may, need, word};
use super::page::{self, Params};
use crate::domain::ids::QueueNumber;
use crate::domain::reports::{By, Period};
use crate::domain::submission::words;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit};
use crate::report::{MARKING, Report, Sheet};
pub use backlog::{BACKLOG, backlog};
pub use capacity::{CAPACITY, capacity};
pub use performance::{PERFORMANCE, performance};
pub use quality::{QUALITY, quality};

/// Submissions that are read and counted at a time.
const CHUNK: usize = 1_000;

words!(
    /// How a report is written.
    Format {
        /// Sheets of figures, each with its definition.
        Json = "json",
        /// One table, whose first columns say which sheet a row is of; the definitions come last.
        Csv = "csv",
        /// A workbook.
        Xlsx = "xlsx",
        /// One page with charts, each with its table: nothing to load, nothing that runs.
        Html = "html",
    }
);

const FROM: Field = need("from", Kind::Day("2026-10-01"), "First day, as the unit's clocks show it.");
const TO: Field = need("to", Kind::Day("2026-12-31"), "Last day.");
const BY: Field = may("by", word::<By>(&["force"]), "What it is broken down by; not at all unless given.");
const FORMAT: Field = may("format", word::<Format>(&["json"]), "How it is written; `json` unless given.");
const QUERY: &[Field] = &[FROM, TO, BY, FORMAT];
/// What a report is written as besides JSON.
const FILES: &[(&str, Option<Shape>)] = &[("text/csv", None), ("text/html", None), (WORKBOOK, Some(binary))];
/// What a report that is made of sheets is answered with.
const SHEETS: &[Answer] = &[Answer::json::<Report>(200, "Sheets of figures, each with its definition.").or(FILES)];

fn binary(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "binary" })
}

/// A report of which the caller was told what it is for.
const fn described(summary: &'static str, text: &'static str) -> Doc {
    Doc::read(summary, SHEETS).more(text).query(QUERY)
}

/// What was asked for: which days, broken down by what, written how; and of what is read for it.
struct Asked<'a> {
    house: &'a House,
    caller: &'a Caller,
    unit: Unit,
    now: Timestamp,
    from: NaiveDate,
    to: NaiveDate,
    by: Option<By>,
    format: Format,
}

/// A report that can't be written, which is a fault of ours.
fn unwritten(cause: impl std::fmt::Display) -> Problem {
    tracing::error!(%cause, "a report can't be written");
    Problem::fault()
}

impl<'a> Asked<'a> {
    async fn of(house: &'a House, caller: &'a Caller, uri: &Uri) -> Result<Self, Problem> {
        let mut params = Params::of(uri)?;
        let (from, to) = (params.day("from"), params.day("to"));
        let (by, format) = (params.words::<By>("by"), params.words::<Format>("format"));
        params.done()?;
        let (Some(from), Some(to)) = (from, to) else { return Err(Problem::fault()) };
        if to < from {
            return Err(Problem::query(&[Mistake::new("to", format!("{to} lies before from ({from})"))]));
        }
        // What was answered before is in the store by then: a report is no older than what its reader knows.
        house.api.settled().await?;
        let unit = house.api.desk.unit();
        let (by, format) = (by.first().copied(), format.first().copied().unwrap_or(Format::Json));
        Ok(Self { house, caller, unit, now: house.api.clock.now(), from, to, by, format })
    }

    fn period(&self) -> Period<'_> {
        Period::of(self.from, self.to, &self.unit.establishment.zone, self.now)
    }

    /// Those of some submissions that the caller may see, each with whether it is open.
    async fn seen(&self, numbers: &[QueueNumber]) -> Result<Vec<(Arc<Submission>, bool)>, Problem> {
        let mut found = self.house.api.store.submissions_of(numbers).await?;
        found.retain(|(submission, _)| self.caller.sees(&self.unit, submission));
        Ok(found)
    }

    /// The report, as it was asked for.
    fn answer(&self, headers: &HeaderMap, (name, title): (&str, &str), sheets: Vec<Sheet>) -> Result<Response, Problem> {
        let report = Report {
            report: name.into(),
            title: title.into(),
            unit: self.unit.establishment.name.clone(),
            from: self.from,
            to: self.to,
            by: self.by,
            as_of: self.now,
            classification: MARKING.into(),
            sheets,
        };
        if self.format == Format::Json { page::answer(headers, &report) } else { self.file(&report) }
    }

    /// The report as a file, or a page.
    fn file(&self, report: &Report) -> Result<Response, Problem> {
        let zone = &self.unit.establishment.zone;
        let (kind, bytes) = match self.format {
            Format::Csv => ("text/csv; charset=utf-8", crate::report::csv(report).map_err(unwritten)?),
            Format::Xlsx => (WORKBOOK, crate::report::xlsx(report, zone).map_err(unwritten)?),
            Format::Html | Format::Json => ("text/html; charset=utf-8", crate::report::page(report, zone).into_bytes()),
        };
        let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], bytes).into_response();
        let header_of = |text: String| HeaderValue::from_str(&text).map_err(|_| Problem::fault());
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        match self.format {
            Format::Html | Format::Json => headers.insert(header::CONTENT_SECURITY_POLICY, header_of(crate::report::policy())?),
            Format::Csv | Format::Xlsx => {
                let name = format!("{}-{}-{}.{}", report.report, self.from, self.to, self.format);
                headers.insert(header::CONTENT_DISPOSITION, header_of(format!("attachment; filename=\"{name}\""))?)
            }
        };
        Ok(response)
    }
}
