//! Tests of the whole room; those of one file stand beside it.

pub(super) mod fixtures;
mod fuzz;
mod shipped;
