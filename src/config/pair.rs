//! Unit and policy file together: what one of them says of the other is checked too.

use std::borrow::Cow;

use super::error::{Mistakes, Wrong};
use super::holidays::BankHolidays;
use super::policy::read;
use super::unit::unit;
use crate::domain::establishment::Establishment;
use crate::domain::ids::Word;
use crate::domain::policy::Policy;

/// A unit file and a policy file that fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// From the unit file.
    pub establishment: Establishment,
    /// From the policy file.
    pub policy: Policy,
}

/// Reads both files, each given as its name and its text, and looks up in the unit the calendars that promises in
/// working time name. What is odd but not wrong is for [`cross_check`](super::cross_check).
///
/// # Errors
/// Every mistake in either file.
pub fn load_pair(unit_file: (&str, &str), policy_file: (&str, &str), holidays: &BankHolidays) -> Result<Pair, Mistakes> {
    let establishment = unit(unit_file.0, unit_file.1, holidays);
    // The calendars of a unit file with mistakes are not known; its own mistakes come first.
    let calendars: Option<Vec<Word>> =
        establishment.as_ref().ok().map(|unit| unit.calendars.iter().map(|calendar| calendar.id.clone()).collect());
    let policy = read(policy_file.0, policy_file.1, calendars.as_deref());
    match (establishment, policy) {
        (Ok(establishment), Ok(policy)) => Ok(Pair { establishment, policy }),
        (Err(unit), Err(policy)) => Err(unit.and(policy)),
        (Err(mistakes), _) | (_, Err(mistakes)) => Err(mistakes),
    }
}

/// The bytes of a file as text, in which [`NOT_UTF8`] stands for what is none; a byte-order mark is dropped.
///
/// # Errors
/// Not made of bytes that could be UTF-8 at all.
pub(super) fn nearly_utf8<'b>(file: &str, bytes: &'b [u8]) -> Result<Cow<'b, str>, Mistakes> {
    not_utf16(file, bytes)?;
    Ok(String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)))
}

/// What stands for bytes that are not UTF-8.
pub(super) const NOT_UTF8: char = char::REPLACEMENT_CHARACTER;

fn not_utf16(file: &str, bytes: &[u8]) -> Result<(), Mistakes> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Mistakes::of_file(file, None, Wrong::but("is UTF-16, not UTF-8", SAVE_AS)));
    }
    Ok(())
}

/// What to do about a file of another encoding.
pub(super) const SAVE_AS: &str = "save it as UTF-8";

/// The bytes of a file as text; a byte-order mark is dropped.
///
/// # Errors
/// Not UTF-8: in which line, and what a spreadsheet probably did.
pub fn utf8<'b>(file: &str, bytes: &'b [u8]) -> Result<&'b str, Mistakes> {
    not_utf16(file, bytes)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let good = &bytes[..error.valid_up_to()];
            let line = 1 + good.iter().filter(|b| **b == b'\n').count();
            Err(Mistakes::of_file(file, Some(line), Wrong::but("is not UTF-8", SAVE_AS)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixtures::{POLICY, UNIT, holidays};
    use super::*;

    fn load(unit: &str, policy: &str) -> Result<Pair, Mistakes> {
        load_pair(("unit.toml", unit), ("policy.toml", policy), &holidays())
    }

    #[test]
    fn a_promise_in_working_time_names_a_calendar_of_the_unit() {
        let policy = POLICY.replace("counts = \"elapsed\" ", "counts = \"working\"\ncalendar = \"dayz\" ");
        assert_eq!(
            load(UNIT, &policy).unwrap_err().to_string(),
            "policy.toml:134: promise[12].calendar: no calendar of the unit \"dayz\"; did you mean \"days\"?"
        );
        assert!(load(UNIT, &policy.replace("dayz", "days")).is_ok());
    }

    #[test]
    fn mistakes_of_both_files_are_told_at_once() {
        let mistakes = load(&UNIT.replace("60m", "60"), &POLICY.replace("never_above", "never_over")).unwrap_err();
        let files: Vec<&str> = mistakes.iter().map(|mistake| mistake.file.as_str()).collect();
        assert_eq!(files, ["unit.toml", "policy.toml"]);
    }

    #[test]
    fn text_is_utf_8_with_or_without_a_byte_order_mark() {
        assert_eq!(utf8("f", b"\xef\xbb\xbfa"), Ok("a"));
        assert_eq!(utf8("f", b"a\nb\xe9").unwrap_err().to_string(), "f:2: is not UTF-8; save it as UTF-8");
        assert!(utf8("f", b"\xff\xfea\0").is_err());
    }
}
