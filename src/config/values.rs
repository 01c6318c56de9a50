//! TOML values into what they mean: the readers that a [`Table`](super::reader::Table) is asked with.

use chrono::NaiveDate;
use toml::de::DeValue;
use toml::value::Datetime;

use super::error::Wrong;
use super::reader::kind_of;
use super::text;
use crate::domain::establishment::ResourceKind;
use crate::domain::time::Timestamp;

/// Text that `read` makes something of.
pub(super) fn string<T>(read: impl Fn(&str) -> Result<T, Wrong>) -> impl Fn(&DeValue<'_>) -> Result<T, Wrong> {
    move |value| match value.as_str() {
        Some(text) => read(text),
        None => Err(Wrong::but(format!("is {}", kind_of(value)), "write text in quotes")),
    }
}

/// A version: text, or a date that is taken as text (`2026-11-01`).
pub(super) fn version(value: &DeValue<'_>) -> Result<String, Wrong> {
    match value.as_datetime() {
        Some(date) => Ok(date.to_string()),
        None => string(text::name)(value),
    }
}

/// `true` or `false`.
pub(super) fn boolean(value: &DeValue<'_>) -> Result<bool, Wrong> {
    value.as_bool().ok_or_else(|| Wrong::but(format!("is {}", kind_of(value)), "write true or false"))
}

/// A whole number from `low` to `high`.
pub(super) fn whole<N: TryFrom<i64>>(low: i64, high: i64) -> impl Fn(&DeValue<'_>) -> Result<N, Wrong> {
    move |value| {
        let right = || format!("write a whole number, from {low} to {high}");
        let Some(number) = value.as_integer() else {
            return Err(Wrong::but(format!("is {}", kind_of(value)), right()));
        };
        let read = i64::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| (low..=high).contains(n));
        let wrong = || Wrong::but("is out of range", right());
        read.and_then(|n| N::try_from(n).ok()).ok_or_else(wrong)
    }
}

/// A number of at most `places` decimals, times ten to the power of `places`, within [low, high].
pub(super) fn decimal(places: usize, low: u32, high: u32) -> impl Fn(&DeValue<'_>) -> Result<u32, Wrong> {
    move |value| {
        let number = match value {
            DeValue::Float(number) => text::decimal(number.as_str(), places)?,
            DeValue::Integer(number) if number.radix() == 10 => text::decimal(number.as_str(), places)?,
            _ => return Err(Wrong::but(format!("is {}", kind_of(value)), "write a number like 0.75")),
        };
        if (low..=high).contains(&number) {
            return Ok(number);
        }
        let show = |scaled: u32| f64::from(scaled) / 10_f64.powi(i32::try_from(places).unwrap_or(0));
        Err(Wrong::but("is out of range", format!("write a number from {} to {}", show(low), show(high))))
    }
}

/// A point in time: an offset date-time, or the same as text.
pub(super) fn instant(value: &DeValue<'_>) -> Result<Timestamp, Wrong> {
    match value.as_datetime() {
        Some(at) => text::instant(&with_seconds(*at).to_string()),
        None => string(text::instant)(value),
    }
}

/// TOML lets the seconds be left out, RFC 3339 doesn't.
fn with_seconds(mut at: Datetime) -> Datetime {
    if let Some(time) = &mut at.time {
        time.second.get_or_insert(0);
    }
    at
}

/// A local day: a date, or the same as text.
pub(super) fn date(value: &DeValue<'_>) -> Result<NaiveDate, Wrong> {
    match value.as_datetime() {
        Some(day) => text::date(&day.to_string()),
        None => string(text::date)(value),
    }
}

/// What a resource is.
pub(super) fn kind(value: &DeValue<'_>) -> Result<ResourceKind, Wrong> {
    string(|text| text::one_of("resource kind", text, &ResourceKind::ALL, ResourceKind::as_str))(value)
}

/// `bank_holidays = "open" | "closed"`: whether bank holidays take windows out.
pub(super) fn closed_on_holidays(value: &DeValue<'_>) -> Result<bool, Wrong> {
    string(|text| text::one_of("setting", text, &[false, true], |closed| if closed { "closed" } else { "open" }))(value)
}
