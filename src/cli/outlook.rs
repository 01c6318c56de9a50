//! How sure a promise is, in words.

use std::fmt;

use serde::Deserialize;

use super::output::Times;
use crate::domain::time::Timestamp;

/// When a milestone is reached, as far as that can be known.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Eta {
    p50: Option<Timestamp>,
    p90: Option<Timestamp>,
}

/// How sure a promise is: `back by Mon 23 Nov 14:10 in 5 of 10, by Mon 23 Nov 16:30 in 9 of 10; late with 12 %`.
pub struct Outlook<'a> {
    /// What was promised.
    pub milestone: &'a str,
    /// When it is reached.
    pub eta: Eta,
    /// How likely it is to be late, from 0 to 1.
    pub late: f64,
    /// Shows instants.
    pub times: &'a Times,
}

impl fmt::Display for Outlook<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reached = if self.milestone == "device_back" { "back" } else { self.milestone };
        let show = |at| self.times.show(at);
        match (self.eta.p50, self.eta.p90) {
            (Some(p50), Some(p90)) if p50 == p90 => write!(f, "{reached} by {}", show(p50))?,
            (Some(p50), Some(p90)) => write!(f, "{reached} by {} in 5 of 10, by {} in 9 of 10", show(p50), show(p90))?,
            (Some(p50), None) => write!(f, "{reached} by {} in 5 of 10, never in 1 of 10", show(p50))?,
            (None, _) => write!(f, "{reached} by no date that can be given")?,
        }
        // Some hundreds of runs say nothing of one in a thousand.
        match self.late * 100.0 {
            percent if percent < 0.5 => f.write_str("; late with under 1 %"),
            percent if percent >= 99.5 => f.write_str("; late with over 99 %"),
            percent => write!(f, "; late with {percent:.0} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_sure_a_promise_is_is_said_in_words() {
        let times = Times::named(Some("Europe/London"));
        let at = |text: &str| Some(text.parse().unwrap());
        let (soon, later) = (at("2026-11-23T14:10:00Z"), at("2026-11-23T16:30:00Z"));
        let say = |milestone, (p50, p90), late| Outlook { milestone, eta: Eta { p50, p90 }, late, times: &times }.to_string();
        assert_eq!(
            say("device_back", (soon, later), 0.117),
            "back by Mon 23 Nov 14:10 in 5 of 10, by Mon 23 Nov 16:30 in 9 of 10; late with 12 %"
        );
        assert_eq!(say("results", (soon, soon), 0.0), "results by Mon 23 Nov 14:10; late with under 1 %");
        assert_eq!(say("results", (soon, None), 0.2), "results by Mon 23 Nov 14:10 in 5 of 10, never in 1 of 10; late with 20 %");
        assert_eq!(say("extracted", (None, None), 1.0), "extracted by no date that can be given; late with over 99 %");
    }
}
