//! `Prefer: wait=N` (RFC 7240): an answer that rests on a plan made since the last change, and says how sure that is, if
//! it comes within N seconds.
//!
//! A plan follows a change within a moment. Whoever has just changed something and asks what follows from it would be
//! told "changed a moment ago"; whoever prefers to wait that moment is told what follows.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use tokio::time::timeout;

use super::Api;
use crate::daemon::published::Published;

/// The longest that anyone is kept waiting, in seconds.
const LONGEST: u64 = 10;

/// Waits, where the caller prefers to, until the plan rests on what is recorded now, what follows from it is done, and how
/// sure it is is known.
pub async fn wait(api: &Api, headers: &HeaderMap) {
    let Some(seconds) = seconds(headers) else { return };
    let seq = api.desk.unit().seq;
    let (mut plans, mut forecasts) = (api.plan.clone(), api.forecast.clone());
    let known = async {
        let settled = |published: &Arc<Published>| published.rests_on() >= seq && published.settled;
        let planned = plans.wait_for(settled).await.map(|published| published.plan.based_on);
        if let Ok(based_on) = planned {
            let _ = forecasts.wait_for(|forecast| forecast.has_reached(based_on)).await;
        }
    };
    // Too late or stopping: the plan of before is an answer, too, and says what it rests on.
    let _ = timeout(Duration::from_secs(seconds.min(LONGEST)), known).await;
}

/// How long the caller prefers to wait; none where they don't say, or don't say it as the standard has it.
fn seconds(headers: &HeaderMap) -> Option<u64> {
    let values = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let preferences = values.flat_map(|value| value.split(',')).map(str::trim);
    preferences
        .filter_map(|preference| preference.strip_prefix("wait="))
        .find_map(|seconds| seconds.trim_matches('"').parse().ok())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_wait_is_read_among_other_preferences() {
        let of = |value: &'static str| {
            seconds(&HeaderMap::from_iter([(
                axum::http::header::HeaderName::from_static("prefer"),
                HeaderValue::from_static(value),
            )]))
        };
        assert_eq!((of("wait=1"), of("respond-async, wait=3"), of("wait=\"2\"")), (Some(1), Some(3), Some(2)));
        assert_eq!((of("wait"), of("wait=soon"), of("")), (None, None, None));
        assert_eq!(seconds(&HeaderMap::new()), None);
    }
}
