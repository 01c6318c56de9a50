//! `roster.csv`: who works besides their usual hours, is away or on call; one line a duty. `config/dfqueue.toml` says where it is.
//!
//! `who,from,until,duty`: a resource of the unit file (or, for `on_call`, any name); RFC 3339 instants, or local times as people
//! write them: `2026-12-24 08:00`, and `2026-12-24` for a whole day, the last one included; `on`, `on_call`, `leave`, `court` or
//! `training`. A roster with a mistake is none: the one that was adopted before rules on.

use chrono::NaiveTime;

use super::error::{Mistake, Mistakes, Wrong, quoted};
use super::pair::utf8;
use super::rows::Records;
use super::text;
use crate::domain::calendar::Zone;
use crate::domain::establishment::Establishment;
use crate::domain::roster::{Duty, DutyKind};
use crate::domain::time::Timestamp;

/// Its columns, in any order.
const COLUMNS: [&str; 4] = ["who", "from", "until", "duty"];
/// The longest name of who is on call, in characters.
const LONGEST_NAME: usize = 100;

/// Reads a roster of the people and machines of a unit.
///
/// # Errors
/// Every mistake in it.
pub fn roster(file: &str, bytes: &[u8], establishment: &Establishment) -> Result<Vec<Duty>, Mistakes> {
    let text = utf8(file, bytes)?;
    let mut records = Records::new(text);
    let unreadable = |error: csv::Error| Mistakes::of_file(file, None, Wrong::new(format!("can't be read: {error}")));
    let Some(first) = records.next().map_err(unreadable)? else {
        return Err(Mistakes::of_file(file, None, Wrong::but("is empty", "write the header who,from,until,duty")));
    };
    let places = header(file, first.fields.iter(), first.line)?;
    let (mut duties, mut mistakes) = (Vec::new(), Vec::new());
    while let Some(record) = records.next().map_err(unreadable)? {
        if record.fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if record.fields.len() != first.fields.len() {
            let what = format!("{} fields in place of {}", record.fields.len(), first.fields.len());
            mistakes.push(Wrong::but(what, "as many as the header has").at(file, Some(record.line), String::new()));
            continue;
        }
        let field = |column: usize| record.fields.get(places[column]).unwrap_or_default().trim();
        match duty([field(0), field(1), field(2), field(3)], establishment) {
            Ok(duty) => duties.push(duty),
            Err(wrongs) => {
                let at = |(column, wrong): (&str, Wrong)| wrong.at(file, Some(record.line), column.to_owned());
                mistakes.extend(wrongs.into_iter().map(at));
            }
        }
    }
    if !mistakes.is_empty() {
        return Err(Mistakes::in_order(mistakes));
    }
    duties.sort_unstable();
    duties.dedup();
    Ok(duties)
}

/// Where each column is.
fn header<'f>(file: &str, fields: impl Iterator<Item = &'f str>, line: usize) -> Result<[usize; 4], Mistakes> {
    let fields: Vec<&str> = fields.map(str::trim).collect();
    let mut mistakes: Vec<Mistake> = Vec::new();
    for name in fields.iter().filter(|name| !COLUMNS.contains(name)) {
        mistakes.push(Wrong::unknown("column", name, COLUMNS).at(file, Some(line), String::new()));
    }
    let mut places = [0; 4];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let found: Vec<usize> = (0..fields.len()).filter(|at| fields[*at] == column).collect();
        match found.as_slice() {
            [one] => *place = *one,
            [] => mistakes.push(Wrong::new("column is missing").at(file, Some(line), column.to_owned())),
            _ => mistakes.push(Wrong::new("is there twice").at(file, Some(line), column.to_owned())),
        }
    }
    if mistakes.is_empty() { Ok(places) } else { Err(Mistakes::in_order(mistakes)) }
}

fn duty([who, from, until, kind]: [&str; 4], establishment: &Establishment) -> Result<Duty, Vec<(&'static str, Wrong)>> {
    let mut wrongs = Vec::new();
    let words = || DutyKind::ALL.iter().map(|kind| kind.as_str());
    let known = DutyKind::ALL.iter().copied().find(|known| known.as_str() == kind);
    if known.is_none() {
        wrongs.push(("duty", Wrong::unknown("duty", kind, words())));
    }
    let resources = || establishment.resources.iter().map(|resource| resource.id.as_str());
    if who.is_empty() || who.chars().count() > LONGEST_NAME {
        wrongs.push(("who", Wrong::new(format!("is not a name of 1 to {LONGEST_NAME} characters"))));
    } else if known != Some(DutyKind::OnCall) && !resources().any(|id| id == who) {
        wrongs.push(("who", Wrong::unknown("resource of the unit", who, resources())));
    }
    let zone = &establishment.zone;
    let mut when = |column, text, edge| moment(text, zone, edge).map_err(|wrong| wrongs.push((column, wrong))).ok();
    let span = when("from", from, Edge::Begins).zip(when("until", until, Edge::Ends));
    if let Some((begins, ends)) = span.filter(|(begins, ends)| begins >= ends) {
        wrongs.push(("until", Wrong::new(format!("{ends} is not after from ({begins})"))));
    }
    match (known, span) {
        (Some(kind), Some((from, until))) if wrongs.is_empty() => Ok(Duty { who: who.to_owned(), kind, from, until }),
        _ => Err(wrongs),
    }
}

/// What a day stands for.
#[derive(Clone, Copy)]
enum Edge {
    /// Its beginning.
    Begins,
    /// Its end.
    Ends,
}

/// An instant, a local time of day, or the edge of a local day.
fn moment(text: &str, zone: &Zone, edge: Edge) -> Result<Timestamp, Wrong> {
    let shape = || {
        let what = format!("{} is no time", quoted(text));
        Wrong::but(what, "write 2026-12-24, 2026-12-24 08:00, or RFC 3339 with an offset")
    };
    if let Some((day, time)) = text.split_once(' ') {
        let time = NaiveTime::parse_from_str(time.trim(), "%H:%M").map_err(|_| shape())?;
        let seconds = chrono::Timelike::num_seconds_from_midnight(&time);
        return Ok(zone.instant(text::date(day).map_err(|_| shape())?, seconds));
    }
    match (text::date(text), edge) {
        (Ok(day), Edge::Begins) => Ok(zone.instant(day, 0)),
        (Ok(day), Edge::Ends) => Ok(zone.end_of_day(day)),
        (Err(_), _) => text.parse().map_err(|_| shape()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixtures::{UNIT, holidays};
    use super::super::unit::unit;
    use super::*;

    fn read(text: &str) -> Result<Vec<Duty>, String> {
        let establishment = unit("unit.toml", UNIT, &holidays()).unwrap();
        roster("roster.csv", text.as_bytes(), &establishment).map_err(|mistakes| mistakes.to_string())
    }

    fn span(text: &str) -> (String, String) {
        let duty = &read(&format!("who,from,until,duty\n{text}\n")).unwrap()[0];
        (duty.from.to_string(), duty.until.to_string())
    }

    #[test]
    fn days_are_whole_and_local_and_the_last_one_counts() {
        assert_eq!(
            span("examiner-khan,2026-07-24,2026-07-25,leave"),
            ("2026-07-23T23:00:00Z".into(), "2026-07-25T23:00:00Z".into())
        );
        assert_eq!(
            span("examiner-khan,2026-12-24 08:00,2026-12-24 12:30,court"),
            ("2026-12-24T08:00:00Z".into(), "2026-12-24T12:30:00Z".into())
        );
        let instants = "examiner-khan,2026-12-24T08:00:00+01:00,2026-12-24T08:00:00Z,on";
        assert_eq!(span(instants), ("2026-12-24T07:00:00Z".into(), "2026-12-24T08:00:00Z".into()));
    }

    #[test]
    fn columns_come_in_any_order_and_a_line_told_twice_counts_once() {
        let duties =
            read("duty,until,from,who\non_call,2026-12-25,2026-12-24,DI Shah\n\non_call,2026-12-25,2026-12-24,DI Shah\n");
        assert_eq!(duties.unwrap().len(), 1, "who is on call need be no resource");
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let wrong = read("who,from,until,duty\nexaminer-kahn,2026-12-24,2026-12-23,leaf\n,soon,2026-12-24,on\n").unwrap_err();
        let expected = [
            "roster.csv:2: duty: no duty \"leaf\"; did you mean \"leave\"?",
            "roster.csv:2: who: no resource of the unit \"examiner-kahn\"; did you mean \"examiner-khan\"?",
            "roster.csv:2: until: 2026-12-24T00:00:00Z is not after from (2026-12-24T00:00:00Z)",
            "roster.csv:3: who: is not a name of 1 to 100 characters",
            "roster.csv:3: from: \"soon\" is no time; write 2026-12-24, 2026-12-24 08:00, or RFC 3339 with an offset",
        ];
        assert_eq!(wrong.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_line_with_a_field_missing_says_so() {
        let wrong = read("who,from,until,duty\nexaminer-khan,2026-12-24,leave\n").unwrap_err();
        assert_eq!(wrong, "roster.csv:2: 3 fields in place of 4; as many as the header has");
    }

    #[test]
    fn a_header_with_mistakes_is_none() {
        assert!(read("").unwrap_err().contains("is empty"));
        let wrong = read("who,form,until,until\n").unwrap_err();
        for part in
            ["no column \"form\"; did you mean \"from\"?", "from: column is missing", "until: is there twice", "duty: column"]
        {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
    }
}
