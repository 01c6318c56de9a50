//! The files in `config/` are what a newcomer starts from: they must load clean, and fit each other.

use crate::config::*;

const UNIT: &str = include_str!("../../../config/unit.toml");
const POLICY: &str = include_str!("../../../config/policy.toml");
const SUBMISSIONS: &str = include_str!("../../../config/example/submissions.csv");

#[test]
fn unit_policy_and_submissions_load_without_a_mistake_or_a_notice() {
    let holidays = BankHolidays::shipped().unwrap();
    let Pair { establishment, policy } =
        load_pair(("config/unit.toml", UNIT), ("config/policy.toml", POLICY), &holidays).unwrap_or_else(|m| panic!("{m}"));
    let odd: Vec<String> = cross_check(&establishment, &policy).iter().map(ToString::to_string).collect();
    assert_eq!(odd, Vec::<String>::new());
    let sheet = submissions("config/example/submissions.csv", SUBMISSIONS.as_bytes(), &establishment, &policy, None).unwrap();
    assert_eq!(sheet.bad.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(sheet.rows.len(), SUBMISSIONS.lines().count() - 1);
}
