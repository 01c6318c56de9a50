//! The API as its callers meet it: the real router on a real desk and store, with a clock of the test's own.

mod house;
mod interrupted;

mod access_log;
mod bad_input;
mod cases;
mod confidential;
mod corrections;
mod described;
mod escalation;
mod events;
mod guarded;
mod how_sure;
mod late;
mod limits;
mod lists;
mod matrix;
mod matrix_random;
mod once;
mod one_turn;
mod openapi;
mod oracle;
mod quality;
mod random_request;
mod redaction;
mod removal;
mod reports;
mod rescue;
mod schedule;
mod seen_at_once;
mod sitting;
mod telling;
mod treat;
mod victims_phone;
