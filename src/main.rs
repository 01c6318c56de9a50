//! The `dfqueue` command.
fn main() {}
