//! Instants and durations in whole seconds: the only time the rules know.
//!
//! Clocks run on instants (UTC), so a night on which the clocks change needs no care here; local time lives in
//! [`calendar`](super::calendar) alone.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC.
///
/// Fractions of a second are dropped on reading: every rule counts in whole seconds (ARCHITECTURE.md, "Rules of time").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Earlier than any instant a file or a request can hold.
    pub const MIN: Self = Self(-62_135_596_800);
    /// Later than any instant a file or a request can hold.
    pub const MAX: Self = Self(253_402_300_799);

    /// The instant `seconds` after 1970-01-01T00:00:00Z, kept within [`Self::MIN`] and [`Self::MAX`].
    pub const fn from_unix(seconds: i64) -> Self {
        if seconds < Self::MIN.0 {
            Self::MIN
        } else if seconds > Self::MAX.0 {
            Self::MAX
        } else {
            Self(seconds)
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The same instant as chrono knows it.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(value: DateTime<Utc>) -> Self {
        Self::from_unix(value.timestamp())
    }
}

impl Add<Seconds> for Timestamp {
    type Output = Self;
    fn add(self, rhs: Seconds) -> Self {
        Self::from_unix(self.0.saturating_add(rhs.0))
    }
}

impl Sub<Seconds> for Timestamp {
    type Output = Self;
    fn sub(self, rhs: Seconds) -> Self {
        Self::from_unix(self.0.saturating_sub(rhs.0))
    }
}

impl Sub for Timestamp {
    type Output = Seconds;
    fn sub(self, rhs: Self) -> Seconds {
        Seconds(self.0 - rhs.0)
    }
}

impl Timestamp {
    /// RFC 3339 in UTC. By hand: every list, entry and plan is full of them, and chrono takes ten times as long.
    fn text(self) -> [u8; 20] {
        let (year, month, day) = civil(self.0.div_euclid(86_400));
        let second = self.0.rem_euclid(86_400);
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut write = |at: usize, width: usize, mut number: i64| {
            for place in text[at..at + width].iter_mut().rev() {
                *place += u8::try_from(number % 10).unwrap_or(0);
                number /= 10;
            }
        };
        write(0, 4, year);
        write(5, 2, month);
        write(8, 2, day);
        write(11, 2, second / 3_600);
        write(14, 2, second / 60 % 60);
        write(17, 2, second % 60);
        text
    }
}

/// Year, month and day of a day counted from 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
const fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Timestamp {
    type Err = String;

    /// Reads RFC 3339 with an offset (`2026-11-23T08:25:00Z`, `2026-07-01T09:00:00+01:00`).
    fn from_str(text: &str) -> Result<Self, String> {
        match DateTime::parse_from_rfc3339(text) {
            Ok(at) => Ok(Self::from(at.with_timezone(&Utc))),
            Err(_) => Err(format!("{text:?} is not an instant; write RFC 3339 with an offset, like 2026-11-23T08:25:00Z")),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.text()).map_err(ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A length of time in whole seconds; negative where a difference runs backwards.
///
/// Written as in the policy file: `90s`, `45m`, `24h`, `30d`, joined as in `1h30m` (a day is 24 elapsed hours).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(pub i64);

impl Seconds {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

    /// `n` hours.
    pub const fn hours(n: i64) -> Self {
        Self(n * 3_600)
    }

    /// The two largest units only: what a person wants to read (`3d 4h`, `2h 05m`, `40s`).
    pub fn rough(self) -> String {
        let (sign, s) = if self.0 < 0 { ("-", -self.0) } else { ("", self.0) };
        match s {
            s if s >= 86_400 => format!("{sign}{}d {}h", s / 86_400, s % 86_400 / 3_600),
            s if s >= 3_600 => format!("{sign}{}h {:02}m", s / 3_600, s % 3_600 / 60),
            s if s >= 60 => format!("{sign}{}m", s / 60),
            s => format!("{sign}{s}s"),
        }
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in Self::UNITS {
            let size = size.unsigned_abs();
            if rest >= size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a duration; write it like 90s, 45m, 24h, 30d or 1h30m");
        let (mut total, mut digits, mut smallest) = (0_i64, String::new(), i64::MAX);
        for c in text.chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let (_, size) = Self::UNITS.into_iter().find(|(unit, _)| *unit == c).ok_or_else(wrong)?;
            let count: i64 = digits.parse().map_err(|_| wrong())?;
            if size >= smallest {
                return Err(wrong());
            }
            total = count.checked_mul(size).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
            smallest = size;
            digits.clear();
        }
        // A hundred years is longer than any promise or examination: more is a slip of the keyboard.
        if !digits.is_empty() || text.is_empty() || total > 36_525 * 86_400 {
            return Err(wrong());
        }
        Ok(Self(total))
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_the_policy_file() {
        for (text, seconds) in [("90s", 90), ("45m", 2_700), ("24h", 86_400), ("30d", 2_592_000), ("1h30m", 5_400), ("0s", 0)] {
            assert_eq!(text.parse(), Ok(Seconds(seconds)), "{text}");
        }
        for text in ["", "5", "h", "1.5h", "-1h", "30m1h", "1h1h", "1 h", "99999999999999d", "36526d"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_print_the_way_they_are_read() {
        for text in ["0s", "90s", "1h30m", "1d", "2d3h4m5s"] {
            let span: Seconds = text.parse().unwrap();
            assert_eq!(span.to_string().parse(), Ok(span));
        }
    }

    #[test]
    fn instants_are_written_as_chrono_writes_them() {
        let by_chrono = |at: Timestamp| at.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let mut at = Timestamp::MIN;
        while at < Timestamp::MAX {
            assert_eq!(at.to_string(), by_chrono(at));
            at = at + Seconds(13 * 86_400 + 45_679);
        }
        assert_eq!(Timestamp::MAX.to_string(), by_chrono(Timestamp::MAX));
    }

    #[test]
    fn instants_need_an_offset_and_drop_fractions() {
        assert_eq!("2026-07-01T10:00:00+01:00".parse(), Ok("2026-07-01T09:00:00.9Z".parse::<Timestamp>().unwrap()));
        assert!("2026-07-01T10:00:00".parse::<Timestamp>().is_err());
        assert!("2026-07-01".parse::<Timestamp>().is_err());
    }
}
