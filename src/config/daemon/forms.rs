//! How single settings are written: addresses, sizes, lengths of time, jobs.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use super::Job;
use crate::config::error::{Wrong, quoted};
use crate::config::text;

/// Where to listen.
pub(super) fn address(text: &str) -> Result<SocketAddr, Wrong> {
    let wrong = || Wrong::but(format!("{} is not an address", quoted(text)), "write IP:PORT, like 127.0.0.1:8080 or [::1]:8080");
    text.parse().map_err(|_| wrong())
}

/// Bytes: a whole number, or one with KiB, MiB or GiB.
pub(super) fn size(text: &str) -> Result<usize, Wrong> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..).unwrap_or_default() {
        "" | "B" => Some(1_usize),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let bytes =
        unit.and_then(|unit| text::whole(digits, 1, u32::MAX).ok().and_then(|n| usize::try_from(n).ok()?.checked_mul(unit)));
    bytes.ok_or_else(|| Wrong::but(format!("{} is not a size", quoted(text)), "write it like 8MiB, 512KiB or 1000000"))
}

/// A length of time of the machine: a duration, or milliseconds.
pub(super) fn millis(text: &str) -> Result<Duration, Wrong> {
    let (whole, wrong) =
        (text.strip_suffix("ms"), |_| Wrong::but(format!("{} is not a duration", quoted(text)), "write it like 50ms, 30s or 5m"));
    match whole {
        Some(digits) => text::whole(digits, 0, u32::MAX).map(|n| Duration::from_millis(n.into())).map_err(wrong),
        None => text::duration(text).map(|span| Duration::from_secs(span.0.unsigned_abs())).map_err(wrong),
    }
}

/// The same, but not none at all.
pub(super) fn some_time(text: &str) -> Result<Duration, Wrong> {
    let span = millis(text)?;
    if span.is_zero() { Err(Wrong::but("is no time at all", "write it like 30s")) } else { Ok(span) }
}

/// Second, minute, hour, day of month, month, day of week.
pub(super) fn job(text: &str) -> Result<Job, Wrong> {
    let right = "write six fields: second minute hour day-of-month month day-of-week, like \"0 30 3 * * *\"";
    let wrong = || Wrong::but(format!("{} is not a cron expression", quoted(text)), right);
    let six = text.len() <= 200 && text.split_whitespace().count() == 6;
    let schedule = six.then(|| cron::Schedule::from_str(text).ok()).flatten();
    schedule.map(Job).ok_or_else(wrong)
}
