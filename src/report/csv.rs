//! A report as CSV: one table, whose first columns say how it is marked and which sheet a row is of.
//!
//! It is for programs: numbers stand in the units that the names of their columns say, and nothing is rounded. The last rows are the
//! definitions, so that no figure is without one.

use super::{Cell, Report};

/// The report as comma-separated values (RFC 4180), UTF-8.
///
/// # Errors
/// Where it can't be written, which in memory does not happen.
pub fn csv(report: &Report) -> Result<Vec<u8>, csv::Error> {
    const DEFINITION: [&str; 2] = ["figure", "means"];
    let mut names: Vec<&str> = Vec::new();
    for column in report.sheets.iter().flat_map(|sheet| &sheet.columns) {
        if !names.contains(&&*column.name) {
            names.push(&column.name);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let titles = ["classification", "sheet"].into_iter().chain(names.iter().copied());
    writer.write_record(titles.chain(DEFINITION))?;
    let head = |sheet: &str| [report.classification.clone(), sheet.to_owned()];
    for sheet in &report.sheets {
        for row in &sheet.rows {
            let cells = names.iter().map(|name| row.get(*name).map_or_else(String::new, raw));
            writer.write_record(head(&sheet.name).into_iter().chain(cells).chain(DEFINITION.map(|_| String::new())))?;
        }
    }
    for sheet in &report.sheets {
        for column in &sheet.columns {
            let definition = [column.name.to_string(), safe(&column.means)];
            writer.write_record(head(&sheet.name).into_iter().chain(names.iter().map(|_| String::new())).chain(definition))?;
        }
    }
    writer.into_inner().map_err(|cause| csv::Error::from(cause.into_error()))
}

fn raw(cell: &Cell) -> String {
    match cell {
        Cell::Nothing => String::new(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => safe(text),
    }
}

/// A cell that no spreadsheet takes for a formula.
pub fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}
