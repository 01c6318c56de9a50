//! Tests of the real binary, in real time.
fn main() {}
