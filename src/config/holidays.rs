//! Bank holidays in the format of GOV.UK (`https://www.gov.uk/bank-holidays.json`): by division, with titles that
//! nobody reads here. A date it does not list is no holiday (ARCHITECTURE.md, "Rules of time").

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value;

use super::error::{Mistake, Mistakes, Wrong};
use super::text;

/// The file that is compiled in.
const SHIPPED: &str = include_str!("../../config/bank-holidays.json");
const SHIPPED_NAME: &str = "bank-holidays.json (compiled in)";

/// Bank holidays of every division of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankHolidays {
    divisions: BTreeMap<String, BTreeSet<NaiveDate>>,
}

impl BankHolidays {
    /// Those compiled in, from `config/bank-holidays.json`.
    ///
    /// # Errors
    /// None while the tests pass: they read the shipped file.
    pub fn shipped() -> Result<Self, Mistakes> {
        Self::parse(SHIPPED_NAME, SHIPPED)
    }

    /// Reads a file in GOV.UK's format; keys it does not know are left alone, the format is not ours.
    ///
    /// # Errors
    /// Every mistake: not JSON (with its line), not that format, a date that is none.
    pub fn parse(file: &str, json: &str) -> Result<Self, Mistakes> {
        let root: Value = serde_json::from_str(json.trim_start_matches('\u{feff}')).map_err(|error| {
            let line = Some(error.line()).filter(|line| *line > 0);
            Mistakes::of_file(file, line, Wrong::new(format!("not JSON: {error}")))
        })?;
        let mut mistakes = Vec::new();
        let mut note = |place: String, wrong: Wrong| mistakes.push(wrong.at(file, None, place));
        let mut divisions = BTreeMap::new();
        match root.as_object() {
            Some(found) => {
                for (name, division) in found {
                    divisions.insert(name.clone(), dates(name, division, &mut note));
                }
            }
            None => note(String::new(), Wrong::but("is not a bank-holiday file", SHAPE)),
        }
        if mistakes.is_empty() { Ok(Self { divisions }) } else { Err(Mistakes::in_order(enough(mistakes))) }
    }

    /// The bank holidays of a division.
    pub(super) fn of(&self, division: &str) -> Result<&BTreeSet<NaiveDate>, Wrong> {
        let known = || self.divisions.keys().map(String::as_str);
        self.divisions.get(division).ok_or_else(|| Wrong::unknown("division of the bank-holiday file", division, known()))
    }
}

const SHAPE: &str = "write {\"england-and-wales\": {\"events\": [{\"date\": \"2026-12-25\"}]}}";

fn dates(name: &str, division: &Value, note: &mut impl FnMut(String, Wrong)) -> BTreeSet<NaiveDate> {
    let Some(events) = division.get("events").and_then(Value::as_array) else {
        note(format!("{name}.events"), Wrong::but("is missing or no list", SHAPE));
        return BTreeSet::new();
    };
    let mut dates = BTreeSet::new();
    for (i, event) in events.iter().enumerate() {
        let date = match event.get("date").and_then(Value::as_str) {
            Some(date) => text::date(date),
            None => Err(Wrong::new("is missing")),
        };
        match date {
            Ok(date) => _ = dates.insert(date),
            Err(wrong) => note(format!("{name}.events[{}].date", i + 1), wrong),
        }
    }
    dates
}

/// The first few of a list that could be endless.
fn enough(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.truncate(100);
    mistakes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_lists_the_days_on_which_christmas_is_kept() {
        let shipped = BankHolidays::shipped().unwrap();
        let days = shipped.of("england-and-wales").unwrap();
        for day in ["2026-12-25", "2026-12-28", "2027-01-01"] {
            assert!(days.contains(&day.parse().unwrap()), "{day}");
        }
    }

    #[test]
    fn every_wrong_date_is_told_at_once() {
        let json =
            r#"{"scotland": {"events": [{"date": "2026-13-01"}, {"date": "2026-01-02"}, {"titel": "New Year"}]}, "wales": []}"#;
        let mistakes = BankHolidays::parse("holidays.json", json).unwrap_err();
        assert_eq!(
            mistakes.to_string(),
            "holidays.json: scotland.events[1].date: \"2026-13-01\" is not a date; write YYYY-MM-DD, like 2026-11-23\n\
             holidays.json: scotland.events[3].date: is missing\n\
             holidays.json: wales.events: is missing or no list; write {\"england-and-wales\": {\"events\": [{\"date\": \"2026-12-25\"}]}}"
        );
    }

    #[test]
    fn what_is_no_json_says_in_which_line() {
        let mistakes = BankHolidays::parse("holidays.json", "{\n\"scotland\": nothing\n}").unwrap_err().to_string();
        assert!(mistakes.starts_with("holidays.json:2: not JSON: "), "{mistakes}");
    }
}
