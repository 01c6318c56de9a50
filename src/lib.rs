//! dfqueue: the queue of a police digital forensic unit.
//!
//! Rooms and what each may use stand in ARCHITECTURE.md; `tests/tidy.rs` enforces them.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod demo;
pub mod domain;
pub mod http;
pub mod notices;
pub mod planner;
pub mod report;
pub mod simulate;
pub mod store;
pub mod telemetry;
