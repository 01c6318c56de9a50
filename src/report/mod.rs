//! Reports as sheets of figures, and sheets as tables, CSV, XLSX and a page.
//!
//! A figure is told once, with its definition, and how it is read off what was counted ([`Figure`]); whatever a report is written as
//! has both from there, so that no figure leaves without what it means. This room counts nothing and reads nothing.

pub mod backlog;
pub mod capacity;
mod csv;
mod page;
pub mod performance;
pub mod quality;
mod xlsx;

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::csv::{csv, safe};
pub use self::page::{page, policy};
pub use self::xlsx::{Unwritable, xlsx};
use crate::domain::calendar::Zone;
use crate::domain::reports::By;
use crate::domain::submission::words;
use crate::domain::time::{Seconds, Timestamp};

/// How every report is marked.
pub const MARKING: &str = "OFFICIAL-SENSITIVE";

/// A report: sheets of figures, each figure with its definition.
///
/// ```json
/// { "report": "backlog", "title": "Backlog", "unit": "Northshire DFU", "from": "2026-11-01", "to": "2026-11-30", "by": null,
///   "as_of": "2026-11-30T08:00:00Z", "classification": "OFFICIAL-SENSITIVE", "sheets": [] }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Which.
    pub report: String,
    /// Its heading.
    pub title: String,
    /// What the unit calls itself.
    pub unit: String,
    /// First day, as the unit's clocks show it.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// What it is broken down by; null where it is not.
    pub by: Option<By>,
    /// When it was made: what is said of now, is said of then.
    pub as_of: Timestamp,
    /// How the report is marked.
    pub classification: String,
    /// One after the other.
    pub sheets: Vec<Sheet>,
}

/// A table of figures.
///
/// ```json
/// { "name": "held", "title": "Held until returned", "about": "Devices of which nothing is left to do.", "columns": [],
///   "rows": [{ "owner": "victim", "held": 3, "p50_seconds": 7200 }] }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ReportSheet")]
pub struct Sheet {
    /// What it is called; unique in its report.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What it counts.
    pub about: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its rows: by the name of each column, what stands there.
    pub rows: Vec<Row>,
    /// How it is drawn; none: it is not.
    #[serde(skip)]
    pub chart: Option<Chart>,
}

/// One row of a sheet: by the name of each column, what stands there.
pub type Row = BTreeMap<Cow<'static, str>, Cell>;

/// One column of a sheet, with its definition.
///
/// ```json
/// { "name": "kept_permille", "title": "Kept", "unit": "permille", "means": "Of those due, how many were kept." }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ReportColumn")]
pub struct Column {
    /// What it is called in rows; it ends in its unit, where it has one.
    pub name: Cow<'static, str>,
    /// Its heading.
    pub title: Cow<'static, str>,
    /// In what it is measured.
    pub unit: Unit,
    /// What it means.
    pub means: Cow<'static, str>,
}

words!(
    /// In what a column is measured.
    Unit {
        /// Not at all: text.
        Text = "text",
        /// A day, like `2026-11-23`.
        Day = "day",
        /// How many.
        Count = "count",
        /// Thousandths of a whole.
        Permille = "permille",
        /// Seconds.
        Seconds = "seconds",
    }
);

/// What stands in one place of a sheet: a number, a text, or null where there is nothing to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Cell {
    /// A number, in the unit of its column.
    Number(i64),
    /// A text, or a day.
    Text(String),
    /// Nothing to tell.
    Nothing,
}

/// How the parts of a row are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bars {
    /// They add up: one bar.
    Whole,
    /// They add up, and the first of them is good, the second bad.
    Judged,
    /// They are compared: a bar each.
    Beside,
}

/// How a sheet is drawn: a bar, or several, for each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// One drawing for each value of these columns; of all rows, where there are none.
    pub apart: &'static [&'static str],
    /// What names a row: these columns.
    pub names: &'static [&'static str],
    /// The parts of a row.
    pub parts: &'static [&'static str],
    /// How they are drawn.
    pub bars: Bars,
}

/// A figure of what was counted: its column, and how it is read off a line.
pub struct Figure<T> {
    /// What it is called in rows.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// In what it is measured.
    pub unit: Unit,
    /// What it means.
    pub means: &'static str,
    /// What it is of a line.
    pub of: fn(&T) -> Cell,
}

/// A sheet of lines, with these figures of each. A column in which nothing is told is left out if it is the `group` of a report that is
/// not broken down.
fn sheet<T>((name, title, about): (&str, &str, &str), by: Option<By>, figures: &[Figure<T>], lines: &[T]) -> Sheet {
    let shown: Vec<&Figure<T>> = figures.iter().filter(|figure| by.is_some() || figure.name != GROUP).collect();
    let column = |figure: &&Figure<T>| Column {
        name: figure.name.into(),
        title: figure.title.into(),
        unit: figure.unit,
        means: figure.means.into(),
    };
    let row = |line: &T| shown.iter().map(|figure| (figure.name.into(), (figure.of)(line))).collect();
    Sheet {
        name: name.into(),
        title: title.into(),
        about: about.into(),
        columns: shown.iter().map(column).collect(),
        rows: lines.iter().map(row).collect(),
        chart: None,
    }
}

/// The column that says what a report is broken down by.
const GROUP: &str = "group";
/// What it means.
const GROUP_MEANS: &str = "What the report is broken down by; nothing where a submission names none.";

impl Sheet {
    /// The same, drawn.
    fn drawn(self, chart: Chart) -> Self {
        Self { chart: Some(chart), ..self }
    }

    /// Its rows as people read them.
    pub fn written(&self) -> impl Iterator<Item = Vec<String>> + '_ {
        self.rows.iter().map(|row| self.columns.iter().map(|column| column.write(row)).collect())
    }
}

impl Column {
    /// What stands there in a row.
    fn of<'a>(&self, row: &'a Row) -> &'a Cell {
        row.get(&self.name).unwrap_or(&Cell::Nothing)
    }

    /// What stands there, as people read it; a dash where there is nothing to tell.
    fn write(&self, row: &Row) -> String {
        match (self.of(row), self.unit) {
            (Cell::Nothing, _) => "-".into(),
            (Cell::Text(text), _) => text.clone(),
            (Cell::Number(number), Unit::Permille) => format!("{}.{} %", number / 10, number % 10),
            (Cell::Number(number), Unit::Seconds) => Seconds(*number).rough(),
            (Cell::Number(number), Unit::Text | Unit::Day | Unit::Count) => number.to_string(),
        }
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Seconds> for Cell {
    fn from(seconds: Seconds) -> Self {
        Self::Number(seconds.0)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<NaiveDate> for Cell {
    fn from(day: NaiveDate) -> Self {
        Self::Text(day.to_string())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(perhaps: Option<T>) -> Self {
        perhaps.map_or(Self::Nothing, Into::into)
    }
}

/// What a word of a vocabulary means.
fn meaning(word: &str, words: &[(&str, &str)]) -> Cell {
    words.iter().find(|(known, _)| *known == word).map(|(_, meaning)| meaning.trim()).into()
}

/// A word as people read it.
fn spelled(word: &str) -> Cell {
    Cell::Text(word.replace('_', " "))
}

/// What heads a report: which days, when it was made, what it is broken down by.
fn heading(report: &Report, zone: &Zone) -> String {
    let by = report.by.map_or_else(String::new, |by| format!(", by {by}"));
    let made = zone.show_in_full(report.as_of);
    format!("{}, {} to {}{by}; as of {made}", report.unit, report.from, report.to)
}

#[cfg(test)]
mod tests;
