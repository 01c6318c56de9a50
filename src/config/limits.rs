//! `[limits]`: how much one caller, and all of them together, may ask of the daemon.

use super::settings::{Setting, Settings};
use super::text;

/// Its settings, with their defaults.
pub(super) const LIMITS: [Setting; 5] = [
    ("limits", "requests_per_second", "50"),
    ("limits", "request_burst", "200"),
    ("limits", "unknown_per_second", "5"),
    ("limits", "streams_per_token", "20"),
    ("limits", "streams", "500"),
];

/// `[limits]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that one token may make a second, in the long run; 0: as many as it likes.
    pub requests_per_second: u32,
    /// Requests that it may make at once, after a rest.
    pub request_burst: u32,
    /// Requests a second, of everyone together, whose token is unknown; 0: as many as they like.
    pub unknown_per_second: u32,
    /// Streams of events that one token may have open.
    pub streams_per_token: u32,
    /// Streams of events that may be open in all.
    pub streams: u32,
}

impl Limits {
    pub(super) fn take(settings: &mut Settings) -> Option<Self> {
        let rate = |text: &str| text::whole(text, 0, 1_000_000);
        let count = |text: &str| text::whole(text, 0, 10_000);
        let requests = settings.take("limits", "requests_per_second", rate);
        let burst = settings.take("limits", "request_burst", |text| text::whole(text, 1, 1_000_000));
        let unknown = settings.take("limits", "unknown_per_second", rate);
        let each = settings.take("limits", "streams_per_token", count);
        let all = settings.take("limits", "streams", count);
        Some(Self {
            requests_per_second: requests?.0,
            request_burst: burst?.0,
            unknown_per_second: unknown?.0,
            streams_per_token: each?.0,
            streams: all?.0,
        })
    }
}
