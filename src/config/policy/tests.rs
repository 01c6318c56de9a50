use super::super::tests::fixtures::{POLICY, edit};
use super::*;
use crate::domain::event::FailureCause;
use crate::domain::policy::{DateField, From, Gate, Milestone, NextStep, Stage};
use crate::domain::submission::Owner;

fn read(text: &str) -> Result<Policy, Mistakes> {
    policy("policy.toml", text)
}

/// What is wrong with a small policy whose one route, promise or other table is `text`.
fn wrong(text: &str) -> String {
    let words =
        "version = \"1\"\ndevices = [\"phone\"]\noffences = [\"rasso\"]\nrisks = []\n[[tier]]\nnumber = 1\nname = \"one\"\n";
    match read(&format!("{words}{text}")) {
        Ok(_) => "nothing".to_owned(),
        Err(mistakes) => mistakes.to_string().replace("policy.toml:", ""),
    }
}

fn promise_of(lines: &str) -> String {
    wrong(&format!("[[promise]]\nname = \"p\"\nmilestone = \"results\"\ntier = 1\n{lines}"))
}

fn route_of(stages: &[&str]) -> String {
    let stages: String = stages.iter().map(|stage| format!("[[route.stage]]\n{stage}\n")).collect();
    wrong(&format!("[[route]]\nname = \"r\"\n{stages}"))
}

const WORK: &str = "by = [\"lab\"]\ntakes = { base = \"1h\" }";

#[test]
fn the_example_of_the_contract_reads_as_its_comments_say() {
    let policy = read(POLICY).unwrap();
    assert_eq!(policy.tiers.iter().map(|tier| tier.number).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!((policy.never_above, policy.tiers[4].longest_wait), (3, Some(Seconds::hours(120 * 24))));
    let promise = |name: &str| policy.promises.iter().find(|promise| promise.name.as_str() == name).unwrap();
    let phone = promise("victim-phone");
    assert_eq!(phone.when.owner, Some(vec![Owner::Victim]));
    assert_eq!(phone.due, DueRule::Within { from: From::TakenAt, within: Seconds::hours(24), working: None });
    assert_eq!((phone.milestone, phone.hard, phone.at_risk_permille), (Milestone::DeviceBack, true, 100));
    assert_eq!(promise("custody").due, DueRule::By { date: DateField::CustodyExpiresAt, before: Seconds::hours(4) });
    assert_eq!(promise("owner-waits").due, DueRule::By { date: DateField::OwnerPresentUntil, before: Seconds::ZERO });
    assert_eq!(promise("rasso-suspect").stretch, Some(Seconds::hours(7 * 24)));
    assert_eq!(promise("bail").applies_within, Some(Seconds::hours(28 * 24)));
    let route = policy.route(&"owner-waits".into()).unwrap();
    assert_eq!(route.gates, [Gate::Agreement, Gate::Authorisation, Gate::Delivery, Gate::Pin]);
    let after: Vec<&[usize]> = route.stages.iter().map(|stage| &stage.after[..]).collect();
    assert_eq!(after, [&[][..], &[0], &[1], &[2], &[2]]);
    assert_eq!(route.stages.iter().map(|stage| stage.p90).collect::<Vec<_>>(), [150, 180, 150, 150, 150]);
    let lab = policy.route(&"lab".into()).unwrap();
    assert_eq!((lab.stages[4].same_person_as, &lab.stages[5].different_person_from), (Some(3), &vec![3, 4]));
    assert_eq!(
        (policy.guard.typical_storage_gb, policy.forecast.learn_after, policy.dispatch_horizon),
        (128, 20, Seconds(1_800))
    );
}

#[test]
fn sections_that_are_left_out_are_as_in_the_example() {
    let shorter = &POLICY[..POLICY.find("[guard]").unwrap()];
    assert_eq!(read(&edit(shorter, "[ageing]\nnever_above = 3\n", "")), read(POLICY));
}

#[test]
fn words_are_lower_case_whatever_the_file_writes() {
    let text = edit(
        POLICY,
        "\"phone\", \"tablet\", \"laptop\", \"drive\", \"sim\", \"memory_card\", \"vehicle\", \"cloud",
        "\"Phone\", \"tablet\", \"laptop\", \"drive\", \"sim\", \"memory_card\", \"vehicle\", \"cloud",
    );
    let text = edit(&text, "owner = [\"suspect\"]", "owner = [\"Suspect\"]");
    assert_eq!(read(&text), read(POLICY));
}

#[test]
fn every_mistake_is_told_at_once_with_its_line_and_what_would_be_right() {
    let text = r#"version = ""
devices = ["phone", "tablet", "Phone"]
offences = ["rasso", "mur;der"]

[[tier]]
number = 1
name = "one"
[[tier]]
number = 1
longest_wait = "long"

[[promise]]
name = "p"
when = { owner = ["victims"], device = ["fone"], offence = ["raso"], level = "1", life_at_risk = ["yes"], colour = [] }
milestone = "device-back"
from = "taken"
within = "24"
tier = 3
at_risk = 1.1
[[promise]]
name = "p"
milestone = "results"
tier = 1

[[route]]
name = "r"
when = { device = [] }
gates = ["agreement", "authorization"]
[[route.stage]]
name = "prepare"
by = ["operators"]
attended = "yes"
takes = { base = "15m", per_GB = "5s" }
after = ["extract", "verify"]
[[route.stage]]
name = "extract"
by = []
p90 = 0.9
takes = "1h"
same_person_as = "extract"

[guard]
promise = "victim-phone"
level = 0
[forecast]
runs = -1
"#;
    let expected = r#"policy.toml:1: version: is empty
policy.toml:1: risks: is missing
policy.toml:2: devices[3]: "phone" is listed already
policy.toml:3: offences[2]: "mur;der" holds a control character, `;` or `|`
policy.toml:8: tier[2].name: is missing
policy.toml:9: tier[2].number: there is a tier 1 already, at line 6
policy.toml:10: tier[2].longest_wait: "long" is not a duration; write it like 90s, 45m, 24h, 30d or 1h30m
policy.toml:14: promise[1].when.owner[1]: no owner "victims"; did you mean "victim"?
policy.toml:14: promise[1].when.device[1]: no device "fone"; did you mean "phone"?
policy.toml:14: promise[1].when.level: is text; write a list, like ["1"]
policy.toml:14: promise[1].when.life_at_risk[1]: is text; write true or false
policy.toml:14: promise[1].when: unknown key "colour"; known: owner, device, offence, risk, level, lock_state, repeat_suspect, life_at_risk
policy.toml:15: promise[1].milestone: no milestone "device-back"; did you mean "device_back"?
policy.toml:16: promise[1].from: no moment "taken"; did you mean "taken_at"?
policy.toml:17: promise[1].within: "24" is not a duration; write it like 90s, 45m, 24h, 30d or 1h30m
policy.toml:18: promise[1].tier: no tier 3; known: 1
policy.toml:19: promise[1].at_risk: is out of range; write a number from 0 to 1
policy.toml:20: promise[2].from: is missing; write `from` and `within`, or `by`
policy.toml:21: promise[2].name: there is a promise "p" already, at line 13
policy.toml:27: route[1].when.device: is empty, so that nothing matches; leave it out where every value will do
policy.toml:28: route[1].gates[2]: no gate "authorization"; did you mean "authorisation"?
policy.toml:31: route[1].stage[1].by[1]: no resource kind "operators"; did you mean "operator"?
policy.toml:32: route[1].stage[1].attended: is text; write true or false
policy.toml:33: route[1].stage[1].takes: unknown key "per_GB"; did you mean "per_gb"?
policy.toml:34: route[1].stage[1].after[2]: no stage in this route "verify"; known: prepare, extract
policy.toml:37: route[1].stage[2].by: is empty; list the kinds of resource that can do it, like ["kiosk", "lab"]
policy.toml:38: route[1].stage[2].p90: is out of range; write a number from 1 to 100
policy.toml:39: route[1].stage[2].takes: is text; write { key = value }
policy.toml:40: route[1].stage[2].same_person_as: is this stage itself
policy.toml:43: guard.promise: no promise "victim-phone"; known: p
policy.toml:44: guard.level: is out of range; write a whole number, from 1 to 255
policy.toml:46: forecast.runs: is out of range; write a whole number, from 0 to 100000
"#;
    assert_eq!(read(text).unwrap_err().to_string() + "\n", expected);
}

#[test]
fn a_promise_counts_from_a_moment_or_leads_up_to_a_date() {
    assert_eq!(promise_of("from = \"taken_at\"\nwithin = \"24h\""), "nothing");
    assert_eq!(promise_of("by = \"bail_at\"\nbefore = \"14d\"\napplies_within = \"28d\""), "nothing");
    let cases = [
        ("", "8: promise[1].from: is missing; write `from` and `within`, or `by`"),
        ("from = \"taken_at\"", "8: promise[1].within: is missing; `from` needs it"),
        ("within = \"24h\"", "8: promise[1].from: is missing; `within` needs it"),
        (
            "by = \"bail_at\"\nwithin = \"24h\"",
            "12: promise[1].by: stands beside `from` or `within`; write `from` and `within`, or `by`",
        ),
        (
            "by = \"bail_at\"\nstretch = \"24h\"",
            "13: promise[1].stretch: doesn't belong here; only a promise with `from` and `within` has it",
        ),
        (
            "from = \"taken_at\"\nwithin = \"24h\"\nbefore = \"1h\"\napplies_within = \"1h\"",
            "14: promise[1].before: doesn't belong here; only a promise with `by` has it\n\
             15: promise[1].applies_within: doesn't belong here; only a promise with `by` has it",
        ),
    ];
    for (lines, mistakes) in cases {
        assert_eq!(promise_of(lines), mistakes);
    }
}

#[test]
fn working_time_needs_a_calendar_and_elapsed_time_has_none() {
    let within = "from = \"taken_at\"\nwithin = \"24h\"\n";
    assert_eq!(promise_of(&format!("{within}counts = \"working\"\ncalendar = \"days\"")), "nothing");
    assert_eq!(promise_of(&format!("{within}counts = \"working\"")), "8: promise[1].calendar: is missing");
    assert_eq!(
        promise_of(&format!("{within}calendar = \"days\"")),
        "14: promise[1].calendar: is there, but time counts as elapsed; add counts = \"working\" or leave it out"
    );
    assert_eq!(
        promise_of(&format!("{within}counts = \"workin\"\ncalendar = \"days\"")),
        "14: promise[1].counts: no way to count \"workin\"; did you mean \"working\"?"
    );
}

#[test]
fn stages_are_put_behind_those_they_name_and_the_rest_stay() {
    let text = edit(POLICY, "name = \"triage\"\n", "name = \"triage\"\nafter = [\"report\"]\n");
    let text = edit(&text, "name = \"prepare\"\nby = [\"examiner\"]\n", "name = \"prepare\"\nby = [\"examiner\"]\nafter = []\n");
    let policy = read(&text).unwrap();
    let named = |stage: &Stage| format!("{}{:?}", stage.name, stage.after);
    let stages: Vec<String> = policy.route(&"lab".into()).unwrap().stages.iter().map(named).collect();
    assert_eq!(stages, ["prepare[]", "extract[0]", "analyse[1]", "report[2]", "triage[3]", "peer_review[3]"]);
}

#[test]
fn a_route_whose_stages_contradict_each_other_is_refused() {
    let stage = |name: &str, more: &str| format!("name = \"{name}\"\n{WORK}\n{more}");
    let back = "name = \"back\"\nreturns_device = true";
    let cases: [(&[&str], &str); 7] = [
        (&[], "8: route[1].stage: is missing; a route has at least one [[route.stage]]"),
        (&[&stage("a", "after = [\"b\"]"), &stage("b", "")], "14: route[1].stage[1].after: stages wait for each other: a, b"),
        (
            &[&stage("a", ""), &stage("a", "")],
            "16: route[1].stage[2].name: there is a stage in this route \"a\" already, at line 11",
        ),
        (
            &[&stage("a", ""), &stage("b", "same_person_as = \"a\"\ndifferent_person_from = [\"a\"]")],
            "20: route[1].stage[2].different_person_from: \"a\" is for the same person, by `same_person_as`",
        ),
        (
            &[&stage("a", ""), back, &stage("c", "same_person_as = \"back\""), "name = \"d\"\nreturns_device = true"],
            "22: route[1].stage[3].same_person_as: \"back\" returns the device: no resource does it\n\
             25: route[1].stage[4].returns_device: \"back\" returns the device already",
        ),
        (
            &["name = \"a\""],
            "10: route[1].stage[1].by: is missing; list the kinds of resource that can do it, like [\"kiosk\", \"lab\"]\n\
             10: route[1].stage[1].takes: is missing; write it like { base = \"30m\", per_gb = \"5s\" }",
        ),
        (
            &["name = \"a\"\nreturns_device = true\nby = [\"lab\"]"],
            "13: route[1].stage[1].by: doesn't belong here; a stage that returns the device has no resource",
        ),
    ];
    for (stages, mistakes) in cases {
        assert_eq!(route_of(stages), mistakes, "{stages:?}");
    }
}

#[test]
fn the_guard_stands_before_a_promise_that_counts_from_a_moment() {
    let text = edit(POLICY, "promise = \"victim-phone\"", "promise = \"bail\"");
    assert_eq!(
        read(&text).unwrap_err().to_string(),
        "policy.toml:273: guard.promise: \"bail\" leads up to a date, which a device that has not arrived doesn't have; \
         name a promise with `from` and `within`"
    );
}

#[test]
fn what_follows_a_failure_is_read_in_the_order_of_the_file() {
    let rules = "[[on_fail]]\ntimes = 2\nthen = \"park\"\nreview = \"14d\"\n[[on_fail]]\ncause = [\"machine\", \"cable\"]\nthen = \"elsewhere\"\n";
    let policy = read(&format!("{POLICY}\n{rules}")).unwrap();
    let follows = |cause, times| policy.after_failure(cause, times).then;
    assert_eq!(follows(FailureCause::Cable, 1), NextStep::Elsewhere);
    assert_eq!(follows(FailureCause::Cable, 2), NextStep::Park);
    assert_eq!((follows(FailureCause::Battery, 1), follows(FailureCause::Unsupported, 1)), (NextStep::Again, NextStep::Decide));
    assert_eq!(policy.after_failure(FailureCause::Battery, 3).review, Seconds::hours(14 * 24));
}

#[test]
fn what_follows_a_failure_is_one_of_the_known_steps_and_parking_has_an_end() {
    let wrong = |rule: &str| read(&format!("{POLICY}\n[[on_fail]]\n{rule}\n")).unwrap_err().to_string();
    assert!(wrong("then = \"hope\"").contains("on_fail[1].then"), "{}", wrong("then = \"hope\""));
    assert!(wrong("then = \"park\"").contains("say after how long what is parked is looked at again"));
    assert!(wrong("then = \"again\"\nreview = \"1d\"").contains("only what is parked is looked at again"));
    assert!(wrong("cause = [\"gremlins\"]\nthen = \"again\"").contains("gremlins"));
}
