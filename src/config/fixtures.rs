//! What the tests of this room read: the example files of the contract, and values made of them.

use super::{BankHolidays, Pair, load_pair};

pub(super) const UNIT: &str = include_str!("testdata/unit.toml");
pub(super) const POLICY: &str = include_str!("testdata/policy.toml");
pub(super) const SUBMISSIONS: &str = include_str!("testdata/submissions.csv");

pub(super) fn holidays() -> BankHolidays {
    BankHolidays::shipped().unwrap()
}

pub(super) fn pair() -> Pair {
    load_pair(("unit.toml", UNIT), ("policy.toml", POLICY), &holidays()).unwrap()
}

/// `text` with its one `from` made `to`.
pub(super) fn edit(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}
