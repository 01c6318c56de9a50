//! What became of each row, and how that is told.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::client::Problem;
use crate::cli::output::{count, tell};
use crate::config::Mistake;

/// Where a row differs from what is on record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Difference {
    /// Which column.
    pub column: String,
    /// What is on record.
    pub recorded: String,
    /// What the file has.
    pub given: String,
}

/// A row with other values than what is on record.
struct Differing {
    line: usize,
    id: String,
    columns: Vec<Difference>,
}

/// Counts and lists of one import.
pub struct Tally {
    file: String,
    new: usize,
    unchanged: usize,
    filled: usize,
    corrected: usize,
    differing: Vec<Differing>,
    bad: Vec<Mistake>,
}

impl Tally {
    /// Of a file in which these rows can't be read.
    pub fn new(file: &str, bad: Vec<Mistake>) -> Self {
        Self { file: file.to_owned(), new: 0, unchanged: 0, filled: 0, corrected: 0, differing: Vec::new(), bad }
    }

    /// A row that was not there.
    pub fn new_row(&mut self) {
        self.new += 1;
    }

    /// A row that was there.
    pub fn was_there(&mut self, filled: bool) {
        if filled { self.filled += 1 } else { self.unchanged += 1 }
    }

    /// A row that was there with other values, and is as in the file now.
    pub fn corrected(&mut self) {
        self.corrected += 1;
    }

    /// A row that is there with other values.
    pub fn differs(&mut self, line: usize, id: &str, columns: Vec<Difference>) {
        self.differing.push(Differing { line, id: id.to_owned(), columns });
    }

    /// A row that the daemon does not take, every wrong column named.
    pub fn refused(&mut self, line: usize, problem: &Problem) {
        let mistake = |place: &str, what: &str| Mistake {
            file: self.file.clone(),
            line: Some(line),
            place: place.to_owned(),
            what: what.to_owned(),
            right: None,
        };
        if problem.errors.is_empty() {
            self.bad.push(mistake("", &problem.detail));
        } else {
            let named: Vec<Mistake> = problem.errors.iter().map(|error| mistake(&error.field, &error.problem)).collect();
            self.bad.extend(named);
        }
    }

    /// Whether the daemon has said nothing of any row.
    pub fn is_empty(&self) -> bool {
        self.new + self.unchanged + self.filled + self.corrected + self.differing.len() == 0
    }

    /// How many rows are bad.
    pub fn bad(&self) -> usize {
        let mut lines: Vec<Option<usize>> = self.bad.iter().map(|mistake| mistake.line).collect();
        lines.sort_unstable();
        lines.dedup();
        lines.len()
    }

    /// Tells every bad row and every differing one on standard error, by line.
    pub fn tell(&mut self, correcting: bool) {
        self.bad.sort_by_key(|mistake| mistake.line);
        self.differing.sort_by_key(|row| row.line);
        tell(&self.bad);
        tell(self.differing.iter().flat_map(|row| {
            let at = format!("{}:{}", self.file, row.line);
            row.columns.iter().map(move |d| {
                format!("{at}: {}: {} has {:?} on record, the file has {:?}", d.column, row.id, d.recorded, d.given)
            })
        }));
        if !self.differing.is_empty() && !correcting {
            tell(["what differs was left as it is; --correct --reason TEXT changes it"]);
        }
    }

    /// The outcome in one line; `would_send`: rows that a dry run did not send.
    pub fn summary(&self, would_send: Option<usize>) -> String {
        if let Some(rows) = would_send {
            let bad = self.bad();
            return format!("nothing was sent: {} would be, {bad} bad; which are new, the daemon knows", count(rows, "row"));
        }
        format!(
            "{} new, {} unchanged, {} filled, {} corrected, {} differ, {} bad",
            self.new,
            self.unchanged,
            self.filled,
            self.corrected,
            self.differing.len(),
            self.bad()
        )
    }

    /// The same for programs.
    pub fn json(&self, would_send: Option<usize>) -> Value {
        let columns = |row: &Differing| -> Vec<Value> {
            let one = |d: &Difference| json!({ "column": d.column, "recorded": d.recorded, "given": d.given });
            row.columns.iter().map(one).collect()
        };
        let differing = self.differing.iter().map(|row| json!({ "line": row.line, "id": row.id, "columns": columns(row) }));
        let bad = self.bad.iter().map(|m| json!({ "line": m.line, "column": m.place, "what": m.what, "right": m.right }));
        json!({
            "new": self.new,
            "unchanged": self.unchanged,
            "filled": self.filled,
            "corrected": self.corrected,
            "differ": self.differing.len(),
            "bad": self.bad(),
            "would_send": would_send,
            "differing_rows": differing.collect::<Vec<_>>(),
            "bad_rows": bad.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_with_two_mistakes_is_one_bad_row() {
        let mut tally = Tally::new("queue.csv", Vec::new());
        let problem = json!({
            "status": 422, "title": "Invalid", "detail": "2 mistakes, in device, site",
            "errors": [{ "field": "device", "problem": "is unknown" }, { "field": "site", "problem": "is unknown" }],
        });
        tally.refused(7, &serde_json::from_value(problem).unwrap());
        tally.refused(9, &serde_json::from_value(json!({ "status": 409, "title": "Duplicate", "detail": "is Q3's" })).unwrap());
        tally.new_row();
        tally.was_there(true);
        assert_eq!(tally.summary(None), "1 new, 0 unchanged, 1 filled, 0 corrected, 0 differ, 2 bad");
        let said: Vec<String> = tally.bad.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["queue.csv:7: device: is unknown", "queue.csv:7: site: is unknown", "queue.csv:9: is Q3's"]);
    }
}
