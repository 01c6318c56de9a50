//! The language of a digital forensic unit and its rules: what a submission is, what was promised, when something may
//! happen and what follows when it does.
//!
//! Everything here is a value or a pure function of values. Time, identifiers and chance are arguments.
//! Invariant: [`Unit::apply`](unit::Unit::apply) and [`decide`](decide::decide) are the only rules of change.
//! This room never holds I/O, async, `now()`, randomness, logging or unordered maps.

pub mod actions;
pub mod agreement;
pub mod calendar;
pub mod clocks;
pub mod columns;
pub mod command;
pub mod crowding;
pub mod data_quality;
pub mod decide;
pub mod durations;
pub mod entry;
pub mod establishment;
pub mod event;
pub mod flags;
pub mod guard;
pub mod ids;
pub mod legs;
pub mod notice;
pub mod pin;
pub mod policy;
pub mod quality;
pub mod refusal;
pub mod reports;
pub mod roster;
pub mod state;
pub mod submission;
#[cfg(test)]
pub mod testing;
pub mod time;
pub mod unit;
pub mod what_if;
