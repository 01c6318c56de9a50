//! The daemon: one writer, a level-triggered cycle, cron jobs, the service manager.
//!
//! Data goes one way: commands reach the [`desk`], which commits them; every commit wakes the loop in [`run`], which plans
//! and publishes, has the plan judged, and sends what should be done about it ([`dispatch`]) back to the desk; how sure a
//! plan is, and a better one for a large unit, are worked out beside that, in [`forecast`] and [`search`]. A tick or a
//! notice only means "look again".
//! This room holds no SQL, no status codes and no rules.

pub mod access_log;
pub mod adopt;
mod appointments;
pub mod coming;
pub mod cycle;
pub mod desk;
pub mod dispatch;
pub mod forecast;
pub mod keeper;
pub mod otherwise;
pub mod published;
pub mod rescue;
pub mod run;
pub mod schedule;
pub mod search;
pub mod supervise;
pub mod ticks;
pub mod worker;

pub use coming::Coming;
pub use desk::{Answer, Desk, DeskError, Idempotency, Verdict};
pub use forecast::{Forecast, Forecaster};
pub use published::Published;
pub use search::Search;
pub use worker::Worker;
