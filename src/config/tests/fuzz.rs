//! No bytes make a reader panic, and what it lets through it lets through again.

use proptest::prelude::*;

use super::fixtures::{POLICY, SUBMISSIONS, UNIT, holidays, pair};
use crate::config::*;

/// Text that looks enough like a file to get past the first checks.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "[unit]",
        "[[site]]",
        "[[resource]]",
        "[[route]]",
        "[[route.stage]]",
        "[[promise]]",
        "id = ",
        "name = ",
        "when = {",
        "}",
        "[",
        "]",
        "\"",
        "\"days\"",
        "= 1\n",
        "= -9223372036854775809\n",
        "= 1e999\n",
        "= nan\n",
        "2027-02-30",
        "0000-01-01T00:00:00Z",
        "\n",
        "\r",
        ",",
        ";",
        "|",
        "after = [\"a\"]\n",
        "takes = ",
        "\u{feff}",
        "\u{0}",
        "é",
        "force,",
        "crime_ref,",
        "\u{1f4f1}",
    ]);
    prop::collection::vec(prop_oneof![pieces.prop_map(str::to_owned), any::<String>()], 0..30).prop_map(|parts| parts.concat())
}

/// A valid file with a few places cut out, doubled or overwritten.
fn mutated(valid: &'static str) -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0..40_usize, texts());
    prop::collection::vec(edit, 1..4).prop_map(move |edits| {
        let mut text: Vec<char> = valid.chars().collect();
        for (at, cut, put) in edits {
            let at = at.index(text.len() + 1);
            let until = text.len().min(at + cut);
            text.splice(at..until, put.chars());
        }
        text.into_iter().collect()
    })
}

fn any_of(valid: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![1 => texts(), 3 => mutated(valid)]
}

proptest! {
    #![proptest_config(crate::domain::testing::cases(150))]

    #[test]
    fn a_unit_file_is_read_or_refused(text in any_of(UNIT)) {
        match unit("unit.toml", &text, &holidays()) {
            Ok(unit) => _ = cross_check(&unit, &pair().policy),
            Err(mistakes) => prop_assert!(mistakes.iter().count() > 0),
        }
    }

    #[test]
    fn a_policy_file_is_read_or_refused(text in any_of(POLICY)) {
        match policy("policy.toml", &text) {
            Ok(policy) => {
                for stages in policy.routes.iter().map(|route| &route.stages) {
                    for (i, stage) in stages.iter().enumerate() {
                        let looks_back = stage.after.iter().chain(&stage.same_person_as).chain(&stage.different_person_from).all(|other| *other < i);
                        prop_assert!(looks_back);
                    }
                }
                cross_check(&pair().establishment, &policy);
            }
            Err(mistakes) => prop_assert!(mistakes.iter().count() > 0),
        }
    }

    #[test]
    fn a_queue_file_is_read_or_refused(text in any_of(SUBMISSIONS), cut in any::<prop::sample::Index>()) {
        let Pair { establishment, policy } = pair();
        let bytes = &text.as_bytes()[cut.index(text.len() + 1)..];
        for bytes in [text.as_bytes(), bytes] {
            match submissions("queue.csv", bytes, &establishment, &policy, None) {
                Ok(sheet) => {
                    let lines = bytes.split(|b| *b == b'\n' || *b == b'\r').count();
                    prop_assert!(sheet.rows.iter().all(|row| row.line > 1 && row.line <= lines));
                }
                Err(mistakes) => prop_assert!(mistakes.iter().count() > 0),
            }
        }
    }

    #[test]
    fn settings_are_read_or_refused(text in any_of(include_str!("../../../config/dfqueue.toml")), value in texts()) {
        let value = value.as_str();
        let flags = [("http.listen", value), ("jobs.retention", value), ("http.body_limit", value), ("cycle.tick", value), ("database.url", value)];
        _ = daemon(Some(("dfqueue.toml", &text)), [], &flags);
    }

    #[test]
    fn bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), json in texts()) {
        let Pair { establishment, policy } = pair();
        _ = submissions("queue.csv", &bytes, &establishment, &policy, None);
        if let Ok(text) = utf8("any", &bytes) {
            prop_assert!(unit("unit.toml", text, &holidays()).is_err());
        }
        _ = BankHolidays::parse("holidays.json", &json);
    }

    #[test]
    fn a_cron_expression_is_taken_or_refused(fields in prop::collection::vec("[0-9*/,?A-Za-z-]{1,12}", 5..8)) {
        _ = daemon(None, [], &[("jobs.retention", &fields.join(" "))]);
    }
}
