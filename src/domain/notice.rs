//! What people are told of without their asking, and how often that is tried.

use super::submission::words;
use super::time::Seconds;

words!(
    /// What somebody is told of.
    NoticeKind {
        /// Something is wanted of somebody, or has gone up a step.
        Wanted = "wanted",
        /// A promise is forecast to be missed.
        ForecastBreach = "forecast_breach",
        /// A promise was missed.
        Breach = "breach",
        /// A device is ready to go home.
        ReadyForReturn = "ready_for_return",
        /// An owner is to have a replacement handset.
        Handset = "handset",
    }
);

/// Waits after the first failures: those of Standard Webhooks, two days in all.
const WAITS: [Seconds; 8] = [
    Seconds(5),
    Seconds(5 * 60),
    Seconds(30 * 60),
    Seconds::hours(2),
    Seconds::hours(5),
    Seconds::hours(10),
    Seconds::hours(14),
    Seconds::hours(20),
];

/// How long a message that could not be delivered so many times waits before it is tried again; none where it is given up.
pub fn wait_after(attempts: u32) -> Option<Seconds> {
    let index = usize::try_from(attempts).unwrap_or(usize::MAX).checked_sub(1)?;
    WAITS.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_soon_then_seldom_and_given_up_after_two_days() {
        let waits: Vec<i64> = (1..).map_while(wait_after).map(|wait| wait.0).collect();
        assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
        assert!((48 * 3_600..60 * 3_600).contains(&waits.iter().sum::<i64>()), "{waits:?}");
        assert_eq!((wait_after(0), wait_after(9)), (None, None));
    }
}
