//! `submissions.csv`: one row an exhibit, columns in any order.
//!
//! A fault of the whole file refuses it; a bad row is told with line, column and reason, and the good rows stay.

use std::collections::BTreeMap;

use super::error::{Mistake, Mistakes, Wrong};
use super::pair::{NOT_UTF8, SAVE_AS, nearly_utf8};
use super::request::{Fault, Known, REQUIRED, columns, form, request};
use super::rows::{Record, Records};
use crate::domain::establishment::Establishment;
use crate::domain::policy::Policy;
use crate::domain::submission::{Particulars, Request};
use crate::domain::time::Timestamp;

/// The largest file, in bytes: some 600,000 rows.
const LARGEST_FILE: usize = 256 << 20;
/// The longest row, in bytes; a longer one has swallowed others, or is no row.
const LONGEST_ROW: usize = 64 << 10;
/// Of so many mistakes nobody mends each: it is another kind of file.
const TOO_MANY_MISTAKES: usize = 50_000;

/// A queue file: the rows that can go in, and what is wrong with the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Good rows in file order, each key once.
    pub rows: Vec<Row>,
    /// Every wrong field of the bad rows, in file order.
    pub bad: Vec<Mistake>,
}

/// One good row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line on which it begins, from 1.
    pub line: usize,
    /// What it asks for.
    pub request: Request,
}

/// Reads a queue file against the sites of a unit and the words of a policy; with `now`, nothing was taken later.
///
/// # Errors
/// Faults of the whole file: UTF-16, a column that is missing, unknown or there twice, no end of mistakes.
pub fn submissions(
    file: &str,
    bytes: &[u8],
    establishment: &Establishment,
    policy: &Policy,
    now: Option<Timestamp>,
) -> Result<Sheet, Mistakes> {
    sheet(file, bytes, Judge::Known(Known { establishment, policy, now }))
}

/// Reads a queue file of which only the form is judged: any word and any site will do, since whoever takes it in knows
/// which there are. `now`: what is taken later is told of rows that are wrong anyway.
///
/// # Errors
/// As [`submissions`].
pub fn submissions_form(file: &str, bytes: &[u8], now: Timestamp) -> Result<Sheet, Mistakes> {
    sheet(file, bytes, Judge::Form(now))
}

/// By what a row is judged.
#[derive(Clone, Copy)]
enum Judge<'k> {
    /// Sites and words.
    Known(Known<'k>),
    /// Its form alone, at this time.
    Form(Timestamp),
}

fn sheet(file: &str, bytes: &[u8], judge: Judge<'_>) -> Result<Sheet, Mistakes> {
    if bytes.len() > LARGEST_FILE {
        return Err(Mistakes::of_file(file, None, Wrong::new(format!("is larger than {} MiB", LARGEST_FILE >> 20))));
    }
    let text = nearly_utf8(file, bytes)?;
    let mut records = Records::new(&text);
    let unreadable = |error: csv::Error| Mistakes::of_file(file, None, Wrong::new(format!("can't be read: {error}")));
    let Some(first) = records.next().map_err(unreadable)? else {
        return Err(Mistakes::of_file(file, None, Wrong::but("is empty", "write a header line and one line an exhibit")));
    };
    let header = Header::read(file, &first)?;
    let (mut sheet, mut before) = (Sheet { rows: Vec::new(), bad: Vec::new() }, Before::default());
    while let Some(record) = records.next().map_err(unreadable)? {
        match header.request(&record, judge).and_then(|request| before.and(request, record.line)) {
            Ok(request) => sheet.rows.push(Row { line: record.line, request }),
            Err(wrongs) => {
                let at = |(column, wrong): (&str, Wrong)| wrong.at(file, Some(record.line), column.to_owned());
                sheet.bad.extend(wrongs.into_iter().map(at));
            }
        }
        if sheet.bad.len() > TOO_MANY_MISTAKES {
            return Err(another_kind_of_file(file, sheet.bad));
        }
    }
    Ok(sheet)
}

fn another_kind_of_file(file: &str, mut bad: Vec<Mistake>) -> Mistakes {
    bad.truncate(20);
    let what = format!("has more than {TOO_MANY_MISTAKES} mistakes; nothing was read");
    Mistakes::of_file(file, None, Wrong::but(what, "these are the first")).and(Mistakes::in_order(bad))
}

/// What is wrong with a row, by column; no column: the whole row.
type Bad = Vec<(&'static str, Wrong)>;

/// What earlier rows say that a later one must not contradict.
#[derive(Default)]
struct Before {
    /// By key, on which line.
    keys: BTreeMap<String, usize>,
    /// By case, its exhibits that are parts of others.
    parts: BTreeMap<String, Vec<Particulars>>,
}

impl Before {
    /// The request, if its key is new and it is no part of a part.
    fn and(&mut self, request: Request, line: usize) -> Result<Request, Bad> {
        let key = request.key();
        if let Some(first) = self.keys.get(&key) {
            let what = format!("this force, crime_ref, exhibit_ref and request are at line {first} already");
            return Err(vec![("exhibit_ref", Wrong::new(what))]);
        }
        if request.particulars.parent.is_some() {
            let of_case = self.parts.entry(request.case_key()).or_default();
            if let Some(what) = request.particulars.wrong_parent(&*of_case) {
                return Err(vec![("parent", Wrong::new(what))]);
            }
            of_case.push(request.particulars.clone());
        }
        self.keys.insert(key, line);
        Ok(request)
    }
}

/// Where each column is.
struct Header {
    places: BTreeMap<&'static str, usize>,
    width: usize,
}

impl Header {
    fn read(file: &str, record: &Record<'_>) -> Result<Self, Mistakes> {
        let (mut places, mut mistakes) = (BTreeMap::new(), Vec::new());
        let mut note = |column: &str, wrong: Wrong| mistakes.push(wrong.at(file, Some(record.line), column.to_owned()));
        if record.fields.len() > 2 * columns().len() || record.text.len() > LONGEST_ROW {
            let what = format!("has {} columns and {} bytes", record.fields.len(), record.text.len());
            return Err(Mistakes::of_file(file, Some(record.line), Wrong::but(what, "write the names of the columns")));
        }
        for (i, name) in record.fields.iter().map(str::trim).enumerate() {
            match columns().iter().find(|column| **column == name) {
                Some(column) if places.contains_key(column) => note(column, Wrong::new("is there twice")),
                Some(column) => _ = places.insert(*column, i),
                None if name.is_empty() => note("", Wrong::new(format!("column {} has no name", i + 1))),
                None if record.fields.len() == 1 && name.contains([';', '\t']) => {
                    note("", Wrong::but("columns are not separated by commas", "save it as comma-separated values"));
                }
                None => note("", unknown_column(name)),
            }
        }
        for column in REQUIRED.into_iter().filter(|column| !places.contains_key(column)) {
            note(column, Wrong::new("column is missing"));
        }
        if mistakes.is_empty() { Ok(Self { places, width: record.fields.len() }) } else { Err(Mistakes::in_order(mistakes)) }
    }

    fn request(&self, record: &Record<'_>, judge: Judge<'_>) -> Result<Request, Bad> {
        if let Some(wrong) = self.misshapen(record) {
            return Err(vec![wrong]);
        }
        let field = |column| self.places.get(column).and_then(|place| record.fields.get(*place)).unwrap_or_default();
        let read = match judge {
            Judge::Known(known) => request(field, known),
            Judge::Form(now) => form(field, now),
        };
        read.map_err(|mut faults| {
            faults.sort_by_key(|fault| self.places.get(fault.field));
            faults.into_iter().map(|Fault { field, what, right }| (field, Wrong { what, right })).collect()
        })
    }

    /// What is wrong with a row whose fields can't be told apart or read, and with which, if one can be named.
    fn misshapen(&self, record: &Record<'_>) -> Option<(&'static str, Wrong)> {
        let quotes = record.text.bytes().filter(|b| *b == b'"').count();
        let lines = record.text.trim_end().lines().count();
        let swallowed = || {
            Wrong::but(format!("a quote is not closed: the row goes on for {lines} lines"), "write a quote inside a field twice")
        };
        if record.last && quotes % 2 == 1 {
            return Some(("", swallowed()));
        }
        if record.text.len() > LONGEST_ROW {
            let longest = (0..record.fields.len()).max_by_key(|place| record.fields.get(*place).map_or(0, str::len));
            let long = || (self.column(longest), Wrong::new(format!("makes a row longer than {} KiB", LONGEST_ROW >> 10)));
            return Some(if lines > 1 { ("", swallowed()) } else { long() });
        }
        if record.fields.iter().all(|field| field.trim().is_empty()) {
            return Some(("", Wrong::new("the row is empty")));
        }
        let (found, wanted) = (record.fields.len(), self.width);
        if found != wanted {
            let right = if lines > 1 { "is a quote missing?" } else { "as many as the header has; is a comma to be quoted?" };
            return Some(("", Wrong::but(format!("{found} fields in place of {wanted}"), right)));
        }
        let garbled = record.fields.iter().position(|field| field.contains(NOT_UTF8));
        garbled.map(|place| (self.column(Some(place)), Wrong::but("is not UTF-8", SAVE_AS)))
    }

    /// The column at a place; none where it has no name.
    fn column(&self, place: Option<usize>) -> &'static str {
        self.places.iter().find(|(_, at)| Some(**at) == place).map_or("", |(column, _)| column)
    }
}

fn unknown_column(name: &str) -> Wrong {
    let wrong = Wrong::unknown("column", name, columns().iter().copied());
    // Where no column is near, which there are is worth a long line.
    Wrong { right: wrong.right.or_else(|| Some(format!("the columns are {}", columns().join(", ")))), ..wrong }
}

#[cfg(test)]
mod tests;
