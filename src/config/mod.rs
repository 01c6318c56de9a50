//! The door: files, rows and settings become types that can't be wrong, or a list of what is wrong with them.
//!
//! Invariant: parse at the door. What this room hands out is whole and valid: every reference in it resolves, every
//! name is there once, every number is in its range. Nothing is half-loaded: one mistake, and there is no value.
//! *All* mistakes are told at once, each with file, line, key or column, what is wrong and what would be right, so that
//! a person mends a file in one go. An unknown key or word is a mistake that names the nearest known one.
//!
//! What the keys mean is written in the comments of `config/unit.toml` and `config/policy.toml`.
//!
//! This room never reads the clock or the environment by itself, and never echoes what could be a secret: a PIN, a
//! password in a database URL.

mod arrange;
mod cross;
mod daemon;
mod error;
mod holidays;
mod limits;
mod notices;
mod pair;
mod policy;
mod promise;
mod reader;
mod request;
mod roster;
mod route;
mod rows;
mod scenario;
mod settings;
mod submissions;
mod text;
mod unit;
mod values;
mod workload;

pub use cross::{Notice, cross_check, holidays_end_soon, lapsing};
pub use daemon::{
    Cycle, DaemonConfig, Database, DatabaseUrl, Files, Http, Job, Jobs, Level, Log, LogFormat, Metrics, Retention, Secret, State,
    daemon,
};
pub use error::{Mistake, Mistakes};
pub use holidays::BankHolidays;
pub use limits::Limits;
pub use notices::{Notices, Recipient, Smtp, SmtpTls, Way};
pub use pair::{Pair, load_pair, utf8};
pub use policy::policy;
pub use request::{Fault, Known, columns, form, request};
pub use roster::roster;
pub use scenario::{MOST_DAYS, MOST_OPENING, MOST_SEEDS, ScenarioFile, scenario};
pub use submissions::{Row, Sheet, submissions, submissions_form};
pub use unit::unit;
pub use workload::{faults, workload};

#[cfg(test)]
mod tests;
