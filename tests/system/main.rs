//! The real daemon, in real time: killed, stopped, starved of disk, watched by strace. `tests/run.sh system` runs this.
//!
//! Long runs, by hand: `DFQUEUE_KILLS=10000 cargo nextest run --profile long --release --test system kill:: --no-capture`;
//! likewise DFQUEUE_STOPS, DFQUEUE_SIZES (of a full disk), and DFQUEUE_SEED for another course of events.
//!
//! Nothing is skipped: what a test needs and does not find (root, strace, PostgreSQL) fails it with a message.

#[allow(dead_code, reason = "shared with tests/it, which uses all of it")]
#[path = "../it/harness.rs"]
mod database;
mod harness;
mod load;
mod memory_disk;

mod breach;
mod disk;
mod jobs;
mod kill;
mod notify;
mod refusal;
mod reload;
mod stop;
mod sync;
