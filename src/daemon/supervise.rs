//! The service manager: readiness, watchdog, reload and stop, told over `$NOTIFY_SOCKET` where there is one.

use std::time::Duration;

use sd_notify::NotifyState;

/// Tells the service manager something; without one, nobody.
pub fn notify(states: &[NotifyState<'_>]) {
    if let Err(cause) = sd_notify::notify(states) {
        tracing::warn!(%cause, "the service manager can't be told");
    }
}

/// Everything is up: the API answers and the first plan is published.
pub fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Files are being read again; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

/// The daemon drains and ends.
pub fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("draining")]);
}

/// Pets the watchdog at half its time while `alive` says so; never returns where there is none.
pub async fn pet_watchdog(alive: impl Fn() -> bool) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return std::future::pending().await };
    let mut interval = tokio::time::interval((limit / 2).max(Duration::from_millis(10)));
    loop {
        interval.tick().await;
        if alive() {
            notify(&[NotifyState::Watchdog]);
        } else {
            tracing::error!("the cycle no longer turns; leaving the watchdog hungry so that the service is restarted");
        }
    }
}
