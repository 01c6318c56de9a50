//! The API as its callers meet it: the real router on a real desk and store, with a clock of the test's own.

mod house;
mod interrupted;

mod access_log;
mod bad_input;
mod corrections;
mod described;
mod events;
mod guarded;
mod how_sure;
mod limits;
mod lists;
mod matrix;
mod matrix_random;
mod once;
mod openapi;
mod oracle;
mod random_request;
mod removal;
mod rescue;
mod schedule;
mod seen_at_once;
mod treat;
mod victims_phone;
