//! What the tests of this room read: the example files of the contract, and values made of them.

use crate::config::{BankHolidays, Pair, load_pair};

pub(in crate::config) const UNIT: &str = include_str!("data/unit.toml");
pub(in crate::config) const POLICY: &str = include_str!("data/policy.toml");
pub(in crate::config) const SUBMISSIONS: &str = include_str!("data/submissions.csv");

pub(in crate::config) fn holidays() -> BankHolidays {
    BankHolidays::shipped().unwrap()
}

pub(in crate::config) fn pair() -> Pair {
    load_pair(("unit.toml", UNIT), ("policy.toml", POLICY), &holidays()).unwrap()
}

/// `text` with its one `from` made `to`.
pub(in crate::config) fn edit(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}
