//! The API as its callers meet it: the real router on a real desk and store, with a clock of the test's own.

mod house;

mod bad_input;
mod corrections;
mod guarded;
mod how_sure;
mod lists;
mod matrix;
mod once;
mod removal;
mod rescue;
mod schedule;
mod seen_at_once;
mod treat;
mod victims_phone;
