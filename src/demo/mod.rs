//! The demonstration: the example unit and queue on the real daemon, in a fresh directory, with simulated people, on a
//! clock that runs faster.
//!
//! People and arrivals are plain functions of what is and of a seeded source of chance; they hand in the same commands
//! as anyone. Everything in it is synthetic.

pub mod arrivals;
pub mod people;
pub mod stage;
