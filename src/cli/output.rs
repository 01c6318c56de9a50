//! What commands print: tables no wider than the terminal, times as the unit's clocks show them, JSON.
//!
//! Nothing is coloured: what matters is said in words, which a pipe, a log and a screen reader carry too.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anyhow::{Context, Result};
use chrono_tz::Tz;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use console::Term;
use serde::Serialize;

use crate::config::Mistakes;
use crate::domain::calendar::Zone;
use crate::domain::time::Timestamp;

/// Prints text as it is. A reader that has read enough (`| head`) is no mistake.
pub fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

/// The same of what may be no text.
pub fn print_bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("writing to standard output"),
    }
}

/// Prints one JSON value on one line.
pub fn json(value: &impl Serialize) -> Result<()> {
    print(&format!("{}\n", serde_json::to_string(value).context("writing JSON")?))
}

/// Tells what is wrong or noteworthy on standard error, a line each.
pub fn tell<T: std::fmt::Display>(lines: impl IntoIterator<Item = T>) {
    let mut out = io::BufWriter::new(io::stderr().lock());
    for line in lines {
        // Nobody is left to be told that they can't be told.
        let _ = writeln!(out, "{line}");
    }
}

/// Tells why a command could not be done: mistakes in files each on a line that begins with their place, anything else
/// with its causes.
pub fn complain(error: &anyhow::Error) {
    match error.downcast_ref::<Mistakes>() {
        Some(mistakes) => {
            tell(mistakes.iter());
            tell([format!("dfqueue: {}; nothing was done", count(mistakes.iter().count(), "mistake"))]);
        }
        None => tell([format!("dfqueue: {error:#}")]),
    }
}

/// Columns of the terminal; none where standard output is none, so that nothing is broken into lines there.
pub fn width() -> Option<u16> {
    let terminal = Term::stdout();
    if terminal.is_term() { terminal.size_checked().map(|(_, columns)| columns) } else { None }
}

/// Rows under a header, in columns. Where `width` is given no line is longer: long cells are broken, short ones (a name, an
/// instant) only where nothing else helps. Empty where there are no rows.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    if table.is_empty() {
        return String::new();
    }
    let widths: Vec<u16> = table.column_max_content_widths();
    let short = |content: u16| content <= SHORT;
    let whole: u16 = widths.iter().copied().filter(|content| short(*content)).sum();
    let long = u16::try_from(widths.iter().filter(|content| !short(**content)).count()).unwrap_or(u16::MAX);
    let between = u16::try_from(widths.len()).unwrap_or(u16::MAX).saturating_mul(GAP);
    let least = whole.saturating_add(between).saturating_add(long.saturating_mul(LEAST));
    for (column, content) in table.column_iter_mut().zip(&widths) {
        column.set_padding((0, GAP));
        if short(*content) && width.is_some_and(|width| least <= width) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    match width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Between two columns.
const GAP: u16 = 2;
/// Up to here a cell is short.
const SHORT: u16 = 20;
/// What a column of long cells needs at least to be readable.
const LEAST: u16 = 14;

/// Shows instants.
#[derive(Clone, Debug)]
pub struct Times {
    zone: Option<Zone>,
    /// What is far from it is shown with its year; none: nothing is.
    now: Option<Timestamp>,
}

impl Times {
    /// As clocks in the zone of this name show them; UTC where there is none of it.
    pub fn named(zone: Option<&str>) -> Self {
        let time_zone = zone.and_then(|name| name.parse::<Tz>().ok());
        Self { zone: time_zone.map(|time_zone| Zone { time_zone, holidays: BTreeSet::new() }), now: None }
    }

    /// The same, with the year of what is far from `now`.
    pub fn from(self, now: Option<Timestamp>) -> Self {
        Self { now, ..self }
    }

    /// `Mon 23 Nov 08:25`, or `Mon 23 Nov 08:25 UTC` where no zone is known.
    pub fn show(&self, at: Timestamp) -> String {
        let show = |zone: &Zone| self.now.map_or_else(|| zone.show(at), |now| zone.show_from(at, now));
        match &self.zone {
            Some(zone) => show(zone),
            None => format!("{} UTC", show(&Zone { time_zone: Tz::UTC, holidays: BTreeSet::new() })),
        }
    }

    /// The same, or a dash.
    pub fn maybe(&self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| "-".into(), |at| self.show(at))
    }
}

/// `1 row`, `2 rows`.
pub fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        vec![vec!["Q1".into(), "earlier exhibit first".into()], vec!["Q20".into(), "-".into()]]
    }

    #[test]
    fn columns_line_up_and_nothing_is_broken_outside_a_terminal() {
        assert_eq!(table(&["id", "waits for"], rows(), None), "id   waits for\nQ1   earlier exhibit first\nQ20  -\n");
        assert_eq!(table(&["id"], Vec::new(), None), "");
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        let table = table(&["id", "waits for"], rows(), Some(20));
        assert_eq!(table, "id   waits for\nQ1   earlier\n     exhibit first\nQ20  -\n");
    }

    #[test]
    fn short_cells_stay_whole_as_long_as_that_is_possible() {
        let row = || vec![vec!["Mon 23 Nov 08:25".to_owned(), "a reason that goes on and on".to_owned()]];
        let at = |width| table(&["by", "why"], row(), Some(width));
        assert_eq!(at(36), "by                why\nMon 23 Nov 08:25  a reason that\n                  goes on and on\n");
        assert!(at(24).lines().all(|line| line.chars().count() <= 24), "{}", at(24));
    }

    #[test]
    fn times_are_local_where_the_zone_is_known_and_say_so_where_not() {
        let at = "2026-07-01T09:00:00Z".parse().unwrap();
        assert_eq!(Times::named(Some("Europe/London")).show(at), "Wed 1 Jul 10:00");
        assert_eq!(Times::named(None).show(at), "Wed 1 Jul 09:00 UTC");
        assert_eq!(Times::named(Some("Europe/Lundon")).maybe(None), "-");
    }
}
