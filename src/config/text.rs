//! Values as text: what files, columns, settings and forms have in common. Each reader says what is wrong in one line.

use chrono::NaiveDate;
use chrono_tz::{TZ_VARIANTS, Tz};
use unicode_normalization::UnicodeNormalization;

use super::error::{Wrong, quoted};
use crate::domain::ids::Word;
use crate::domain::submission::{LockState, Owner};
use crate::domain::time::{Seconds, Timestamp};

/// The longest text a person may write into one field, in characters.
const LONGEST: usize = 2_000;
/// The longest name of anything, in characters.
const LONGEST_NAME: usize = 100;

/// A length of time: `90s`, `45m`, `24h`, `30d`, `1h30m`; no sign, at most a hundred years.
pub(super) fn duration(text: &str) -> Result<Seconds, Wrong> {
    let short = text.len() <= LONGEST_NAME;
    let span = text.parse().ok().filter(|_| short);
    span.ok_or_else(|| Wrong::but(format!("{} is not a duration", quoted(text)), "write it like 90s, 45m, 24h, 30d or 1h30m"))
}

/// A point in time: RFC 3339 with an offset.
pub(super) fn instant(text: &str) -> Result<Timestamp, Wrong> {
    text.parse().map_err(|_| {
        Wrong::but(format!("{} is not an instant", quoted(text)), "write RFC 3339 with an offset, like 2026-11-23T08:25:00Z")
    })
}

/// A local day: `YYYY-MM-DD` and nothing shorter.
pub(super) fn date(text: &str) -> Result<NaiveDate, Wrong> {
    let shape =
        text.len() == 10 && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let day = shape.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten();
    day.ok_or_else(|| Wrong::but(format!("{} is not a date", quoted(text)), "write YYYY-MM-DD, like 2026-11-23"))
}

/// A whole number from `low` to `high`, digits only.
pub(super) fn whole(text: &str, low: u32, high: u32) -> Result<u32, Wrong> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| (low..=high).contains(number)).ok_or_else(|| {
        let what = if digits { "is out of range" } else { "is not a whole number" };
        let right = if high == u32::MAX { format!("{low} or more") } else { format!("from {low} to {high}") };
        Wrong::but(format!("{} {what}", quoted(text)), format!("write a whole number, {right}"))
    })
}

/// `true` or `false`, in any case.
pub(super) fn boolean(text: &str) -> Result<bool, Wrong> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Wrong::but(format!("{} is neither true nor false", quoted(text)), "write true or false")),
    }
}

/// A decimal number of at most `places` decimals, times ten to the power of `places`: `0.75` is 75 at two.
pub(super) fn decimal(text: &str, places: usize) -> Result<u32, Wrong> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(Wrong::but(format!("{} is not a plain number", quoted(text)), "write it like 0.75"));
    }
    if fraction.len() > places {
        return Err(Wrong::new(format!("{} has more than {places} decimals", quoted(text))));
    }
    let scaled = format!("{whole}{fraction:0<places$}").parse();
    scaled.map_err(|_| Wrong::new(format!("{} is out of range", quoted(text))))
}

/// Text for people: not empty, not endless, without control characters other than line breaks and tabs.
pub(super) fn line(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Wrong::new("is empty"));
    }
    if text.chars().nth(LONGEST).is_some() {
        return Err(Wrong::new(format!("is longer than {LONGEST} characters")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Wrong::new("holds a control character"));
    }
    Ok(text.to_owned())
}

/// The name of a thing, as written: ids of the unit file, names of promises, routes and stages.
pub(super) fn name(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::new("is empty"));
    }
    if text.trim() != text {
        return Err(Wrong::but(format!("{} begins or ends with a space", quoted(text)), "leave it out"));
    }
    if text.chars().nth(LONGEST_NAME).is_some() {
        return Err(Wrong::new(format!("is longer than {LONGEST_NAME} characters")));
    }
    if text.chars().any(|c| c.is_control() || matches!(c, ';' | '|')) {
        return Err(Wrong::new(format!("{} holds a control character, `;` or `|`", quoted(text))));
    }
    Ok(text.to_owned())
}

/// A word of the policy, in lower case.
pub(super) fn word(text: &str) -> Result<Word, Wrong> {
    name(text.trim()).map(|word| Word::from(word.to_lowercase().as_str()))
}

/// One of the words of the policy's list, whatever its case.
pub(super) fn word_of(kind: &str, text: &str, known: &[Word]) -> Result<Word, Wrong> {
    let plain = text.trim().to_lowercase();
    let found = known.iter().find(|word| word.as_str() == plain).cloned();
    found.ok_or_else(|| Wrong::unknown(kind, text, known.iter().map(Word::as_str)))
}

/// A part of what names a submission: trimmed, NFC, `|` not allowed inside.
pub(super) fn key_part(text: &str) -> Result<String, Wrong> {
    if text.trim().chars().nth(LONGEST_NAME).is_some() {
        return Err(Wrong::new(format!("is longer than {LONGEST_NAME} characters")));
    }
    let part: String = text.trim().nfc().collect();
    if part.is_empty() {
        return Err(Wrong::new("is empty"));
    }
    if part.contains('|') {
        return Err(Wrong::new("holds `|`, which joins the parts of a key"));
    }
    if part.chars().any(char::is_control) {
        return Err(Wrong::new("holds a control character"));
    }
    Ok(part)
}

/// Whose device it is.
pub(super) fn owner(text: &str) -> Result<Owner, Wrong> {
    one_of("owner", text, Owner::ALL, |owner| owner.as_str())
}

/// Whether a device can be opened. What is wrong is never echoed: it could be the PIN itself.
pub(super) fn lock_state(text: &str) -> Result<LockState, Wrong> {
    one_of("lock state", text, LockState::ALL, |state| state.as_str()).map_err(|_| {
        let words: Vec<&str> = LockState::ALL.iter().map(|state| state.as_str()).collect();
        Wrong::but("is not a lock state; a PIN's status is recorded, never its value", format!("known: {}", words.join(", ")))
    })
}

/// One of a fixed set of values by its word, whatever its case.
pub(super) fn one_of<T: Copy>(kind: &str, text: &str, all: &[T], word: impl Fn(T) -> &'static str) -> Result<T, Wrong> {
    let plain = text.trim().to_lowercase();
    let found = all.iter().copied().find(|value| word(*value) == plain);
    found.ok_or_else(|| Wrong::unknown(kind, text, all.iter().map(|value| word(*value))))
}

/// An IANA time zone.
pub(super) fn time_zone(text: &str) -> Result<Tz, Wrong> {
    let unknown = |_| Wrong::unknown("time zone", text, TZ_VARIANTS.iter().map(|zone| zone.name()));
    let advised =
        |Wrong { what, right }| Wrong::but(what, right.unwrap_or_else(|| "write an IANA name, like Europe/London".into()));
    text.parse().map_err(unknown).map_err(advised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, hundredths) in [("0.75", 75), ("1", 100), ("1.0", 100), ("0.7", 70), ("2.500", 250), ("00.05", 5)] {
            assert_eq!(decimal(text, 2), Ok(hundredths), "{text}");
        }
        for text in ["", ".5", "0.755", "-1", "+1", "1e2", "nan", "inf", "1.2.3", "99999999999"] {
            assert!(decimal(text, 2).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_are_whole_and_real() {
        assert_eq!(date("2028-02-29"), Ok(NaiveDate::from_ymd_opt(2028, 2, 29).unwrap()));
        for text in ["", "2026-9-1", "2027-02-29", "23/11/2026", "2026-11-23T00:00:00Z", "+026-11-23"] {
            assert!(date(text).is_err(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_have_digits_only_and_a_range() {
        assert_eq!(whole("007", 0, 10), Ok(7));
        for text in ["", "+5", "-1", "5.0", "11", "99999999999999999999", "½", "٣"] {
            assert!(whole(text, 0, 10).is_err(), "{text}");
        }
    }

    #[test]
    fn key_parts_of_the_same_letters_are_the_same() {
        assert_eq!(key_part(" Cafe\u{301}/1 "), key_part("Caf\u{e9}/1"));
        for text in ["", "  ", "AB|1", "AB\n1"] {
            assert!(key_part(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_wrong_lock_state_is_not_echoed() {
        assert!(!format!("{:?}", lock_state("482193")).contains("482193"));
    }
}
