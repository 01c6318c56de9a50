//! Commands that need only files: check, plan, and an import that sends nothing.

use super::{Folder, dfqueue, example, squeezed};

const NOW: &str = "2026-11-23T09:00:00Z";

fn planned(more: &[&str], submissions: &str) -> super::Ran {
    let (unit, policy) = (example("unit.toml"), example("policy.toml"));
    let mut arguments = vec!["plan", "--unit", &unit, "--policy", &policy, "--submissions", submissions, "--now", NOW];
    arguments.extend(more);
    dfqueue(&arguments)
}

#[test]
fn good_files_are_told_with_what_is_odd_in_them() {
    let (unit, policy, queue) = (example("unit.toml"), example("policy.toml"), example("submissions.csv"));
    let ran = dfqueue(&["check", "--unit", &unit, "--policy", &policy, "--submissions", &queue, "--now", "2028-11-23T09:00:00Z"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(
        ran.out,
        "\
tests/contract/example/unit.toml: Synthetic example unit, version 2026-11-01, 2 sites, 6 resources
tests/contract/example/policy.toml: version 2026-11-01, 5 promises, 3 routes
tests/contract/example/submissions.csv: 7 good rows
notice: route vehicle, stage extract: no resource can do it
notice: bank holidays of england-and-wales: the last one listed is 2028-12-26; replace the file with a newer one
notice: resource lab: validation has lapsed: it ended on 2026-12-31; no work that ends later is given to it
no mistakes
"
    );
}

#[test]
fn every_mistake_in_every_file_is_told_at_once() {
    let folder = Folder::new();
    let read = |name: &str| std::fs::read_to_string(example(name)).unwrap();
    let unit = folder.write(
        "unit.toml",
        &read("unit.toml").replace("\"60m\"", "\"soon\"").replacen("calendar = \"days\"", "calendar = \"dayz\"", 1),
    );
    let policy = folder.write("policy.toml", &read("policy.toml").replace("[[route]]", "[[rout]]"));
    let ran = dfqueue(&["check", "--unit", &unit, "--policy", &policy]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        folder.named(&ran.err),
        "\
unit.toml:7: unit.travel_default: \"soon\" is not a duration; write it like 90s, 45m, 24h, 30d or 1h30m
unit.toml:56: resource[3].calendar: no calendar \"dayz\"; did you mean \"days\"?
policy.toml:61: unknown key \"rout\"; did you mean \"route\"?
policy.toml:65: route: is a table; write [[route]]
dfqueue: 4 mistakes: the daemon would not take these files
"
    );
}

#[test]
fn a_file_that_is_missing_hides_no_mistake_of_another() {
    let folder = Folder::new();
    let policy = folder.write("policy.toml", "versoin = 3\n");
    let unit = folder.path("unit.toml").display().to_string();
    let ran = dfqueue(&["check", "--unit", &unit, "--policy", &policy]);
    let said = folder.named(&ran.err);
    assert_eq!(ran.code, 1);
    assert!(said.starts_with("unit.toml: can't be read: No such file or directory"), "{said}");
    assert!(said.contains("policy.toml:1: "), "{said}");
}

#[test]
fn bad_rows_alone_are_exit_code_3_and_json_has_them_too() {
    let folder = Folder::new();
    let queue = std::fs::read_to_string(example("submissions.csv")).unwrap();
    let queue =
        folder.write("queue.csv", &queue.replace("NS/3,EF/1,DC 3,other,suspect,vehicle", "NS/3,EF/1,DC 3,other,suspect,boat"));
    let (unit, policy) = (example("unit.toml"), example("policy.toml"));
    let files = ["check", "--unit", &unit, "--policy", &policy, "--submissions", &queue, "--now", NOW];
    let ran = dfqueue(&files);
    assert_eq!(ran.code, 3);
    assert_eq!(folder.named(&ran.err), "queue.csv:7: device: no device \"boat\"; known: phone, tablet, laptop, vehicle, other\n");
    let json = dfqueue(&[&files[..], &["--json"]].concat()).json();
    assert_eq!(json["good_rows"], 6);
    assert_eq!((&json["bad_rows"][0]["line"], &json["bad_rows"][0]["place"]), (&7.into(), &"device".into()));
    assert_eq!(json["mistakes"], serde_json::json!([]));
}

#[test]
fn the_daemons_own_file_leads_to_the_others() {
    let ran = dfqueue(&["check", "--config", "config/dfqueue.toml"]);
    let files: Vec<&str> = ran.out.lines().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(files.first().copied(), Some("config/dfqueue.toml"));
    assert!(files.contains(&"config/unit.toml") && files.contains(&"config/policy.toml"), "{files:?}");
}

#[test]
fn a_plan_is_read_from_top_to_bottom() {
    let ran = planned(&[], &example("submissions.csv"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    // The same as worked out by hand in tests/contract/README.md.
    assert_eq!(
        ran.out,
        "\
Synthetic example unit: 7 submissions from Mon 23 Nov 09:00 (Europe/London); 15 stages planned, 13 stages waiting

#  submission              stage        on          start             end               late
1  Northshire|NS/1|AB/1|1  prepare      operator/1  Mon 23 Nov 09:00  Mon 23 Nov 09:15
1  Northshire|NS/1|AB/1|1  extract      kiosk/1     Mon 23 Nov 09:15  Mon 23 Nov 10:11
1  Northshire|NS/1|AB/1|1  verify       operator/1  Mon 23 Nov 10:11  Mon 23 Nov 10:26
1  Northshire|NS/1|AB/1|1  hand_back    -           Mon 23 Nov 10:26  Mon 23 Nov 10:26
1  Northshire|NS/1|AB/1|1  review       dmi/1       Mon 23 Nov 10:26  Mon 23 Nov 13:17
2  Northshire|NS/1|AB/2|1  prepare      operator/1  Mon 23 Nov 09:15  Mon 23 Nov 09:30
2  Northshire|NS/1|AB/2|1  extract      kiosk/1     Mon 23 Nov 10:11  Mon 23 Nov 10:57
2  Northshire|NS/1|AB/2|1  verify       operator/1  Mon 23 Nov 10:57  Mon 23 Nov 11:12
2  Northshire|NS/1|AB/2|1  hand_back    -           Mon 23 Nov 11:12  Mon 23 Nov 11:42
2  Northshire|NS/1|AB/2|1  review       dmi/1       Mon 23 Nov 13:17  Mon 23 Nov 16:09
4  Northshire|NS/2|CD/1|1  triage       dmi/1       Mon 23 Nov 09:00  Mon 23 Nov 09:42
4  Northshire|NS/2|CD/1|1  extract      lab/1       Mon 23 Nov 09:50  Tue 24 Nov 08:00  LATE 2h 00m (unavoidable) for fading-evidence
4  Northshire|NS/2|CD/1|1  analyse      khan/1      Tue 24 Nov 08:00  Wed 25 Nov 17:22
4  Northshire|NS/2|CD/1|1  report       khan/1      Wed 25 Nov 17:22  Thu 26 Nov 11:22
4  Northshire|NS/2|CD/1|1  peer_review  lloyd/1     Thu 26 Nov 11:22  Thu 26 Nov 13:02

Waiting

#  submission              stage                     waits for                                                   clear by
3  Northshire|NS/1|AB/3|1  prepare (and 4 after it)  no agreement of the device user and no written notice       Mon 23 Nov 17:08
5  Northshire|NS/2|CD/2|1  triage (and 4 after it)   earlier exhibit first: Northshire|NS/2|CD/1|1               -
6  Northshire|NS/3|EF/1|1  extract (and 1 after it)  nobody can: needs van able to extract a vehicle at level 1  -
7  Northshire|NS/4|GH/1|1  -                         no route of the policy is for it                            -

tier  name                                  late  by in all
1     victims' phones, and owners who wait  0     -
2     fading evidence                       1     2h 00m
4     near dates                            0     -
5     the rest                              0     -

Held for victims' phones still to come: 0 stages
Without the guard every tier would be as late as it is.
"
    );
}

#[test]
fn one_submission_is_explained_whole() {
    let ran = planned(&["--why", "Northshire|NS/1|AB/3"], &example("submissions.csv"));
    assert_eq!(ran.code, 0);
    assert_eq!(
        squeezed(&ran.out),
        [
            "Northshire|NS/1|AB/3|1: 3 of 7, tier 1, route owner-waits, taken Mon 23 Nov 08:00",
            "stage waits for clear by",
            "prepare no agreement of the device user and no written notice Mon 23 Nov 17:08",
            "extract no agreement of the device user and no written notice; after prepare, which waits itself Mon 23 Nov 17:08",
            "verify no agreement of the device user and no written notice; after extract, which waits itself Mon 23 Nov 17:08",
            "hand_back no agreement of the device user and no written notice; after verify, which waits itself Mon 23 Nov 17:08",
            "review no agreement of the device user and no written notice; after verify, which waits itself Mon 23 Nov 17:08",
            "promise milestone due at the latest reached late",
            "standard results Thu 26 Nov 18:00 Thu 26 Nov 18:00 if its gates were met now: Mon 23 Nov 16:09 in time",
            "victim-phone device_back Tue 24 Nov 08:00 Mon 23 Nov 21:00 if its gates were met now: Mon 23 Nov 13:43 in time",
            "were its gates met now: extracted Mon 23 Nov 12:08, device back Mon 23 Nov 13:43, results Mon 23 Nov 16:09",
            "with one more like kiosk at north on Mon 23 Nov: extracted Mon 23 Nov 11:22 instead of Mon 23 Nov 12:08, device back Mon 23 Nov 12:57 instead of Mon 23 Nov 13:43",
            "with one more like dmi at hq on Mon 23 Nov: results Mon 23 Nov 14:59 instead of Mon 23 Nov 16:09",
        ]
    );
}

#[test]
fn an_exhibit_reference_will_do_where_it_is_the_only_one() {
    let json = planned(&["--why", "CD/1", "--json"], &example("submissions.csv")).json();
    assert_eq!(json["submission"], "Northshire|NS/2|CD/1|1");
    let stages = json["steps"].as_array().unwrap().len() + json["waiting"].as_array().unwrap().len();
    let otherwise = json["counterfactuals"].as_array().unwrap();
    assert!(otherwise.iter().all(|one| one["text"].is_string() && one["milestones"][0]["is"].is_string()), "{otherwise:#?}");
    assert!(stages > 0 && json["steps"][0]["submission"] == json["submission"]);
    for (reference, said) in [
        ("XX/9", "no good row has this reference; write force|crime_ref|exhibit_ref|request in quotes, as in the queue file"),
        (
            "Northshire|NS/404",
            "it has 2 parts; write force|crime_ref|exhibit_ref|request in quotes, the request perhaps left out",
        ),
    ] {
        let ran = planned(&["--why", reference], &example("submissions.csv"));
        assert_eq!((ran.code, ran.err), (1, format!("dfqueue: --why {reference:?}: {said}\n")));
    }
}

#[test]
fn a_reference_that_several_rows_have_is_answered_with_what_each_is_called() {
    let folder = Folder::new();
    let queue = std::fs::read_to_string(example("submissions.csv")).unwrap();
    let queue = folder.write("queue.csv", &queue.replace("CD/1", "AB/1"));
    for (reference, said) in [
        ("AB/1", "is in 2 rows; write one of them in quotes:\n  Northshire|NS/1|AB/1|1\n  Northshire|NS/2|AB/1|1\n"),
        ("Northshire|NS/3", "is a case with 1 row in it; write one of them in quotes:\n  Northshire|NS/3|EF/1|1\n"),
    ] {
        let ran = planned(&["--why", reference], &queue);
        assert_eq!((ran.code, ran.err), (1, format!("dfqueue: --why {reference:?} {said}")));
    }
}

#[test]
fn bad_rows_are_told_and_the_rest_is_planned_all_the_same() {
    let folder = Folder::new();
    let queue = std::fs::read_to_string(example("submissions.csv")).unwrap();
    let queue =
        folder.write("queue.csv", &queue.replace("pin_held,2026-11-23T08:20:00Z,north", "4821,2026-11-23T08:20:00Z,nroth"));
    let ran = planned(&["--json"], &queue);
    assert_eq!(ran.code, 3);
    assert_eq!(
        folder.named(&ran.err),
        "\
queue.csv:3: lock_state: is not a lock state; a PIN's status is recorded, never its value; known: unlocked, pin_held, afu, bfu, \
         encrypted, unknown
queue.csv:3: site: no site \"nroth\"; did you mean \"north\"?
"
    );
    let plan = ran.json();
    assert!(!plan["steps"].as_array().unwrap().is_empty());
    assert!(!ran.out.contains("AB/2"));
}

#[test]
fn a_plan_without_the_guard_says_so() {
    let ran = planned(&["--no-guard"], &example("submissions.csv"));
    assert!(ran.out.ends_with("\nThe guard was left out (--no-guard).\n"), "{}", ran.out);
}

#[test]
fn another_budget_and_seed_find_the_same_plan_of_a_few_rows() {
    let plain = planned(&["--json"], &example("submissions.csv"));
    let flagged = planned(&["--json", "--budget", "5", "--seed", "7"], &example("submissions.csv"));
    assert_eq!(plain.out, flagged.out);
    assert!(plain.out.starts_with("{\"milestones\":["), "{}", &plain.out[..40]);
}

#[test]
fn an_import_that_sends_nothing_judges_the_form_and_with_the_files_the_words() {
    let folder = Folder::new();
    let header = "force,crime_ref,exhibit_ref,oic,offence,owner,device,taken_at,site,level";
    let row = |exhibit: &str, device: &str, level: &str| {
        format!("Northshire,NS/9,{exhibit},DC 1,rasso,victim,{device},2026-11-23T07:40:00Z,north,{level}\n")
    };
    let text = format!("{header}\n{}{}{}", row("A/1", "phone", "1"), row("A/2", "toaster", "1"), row("A/3", "phone", "one"));
    let queue = folder.write("queue.csv", &text);
    let form = dfqueue(&["import", &queue, "--dry-run"]);
    assert_eq!(
        (form.code, form.out.as_str()),
        (3, "nothing was sent: 2 rows would be, 1 bad; which are new, the daemon knows\n")
    );
    assert_eq!(
        folder.named(&form.err),
        "queue.csv:4: level: \"one\" is not a whole number; write a whole number, from 1 to 255\n"
    );
    let words =
        dfqueue(&["import", &queue, "--dry-run", "--unit", &example("unit.toml"), "--policy", &example("policy.toml"), "--json"]);
    let json = words.json();
    assert_eq!((words.code, &json["would_send"], &json["bad"]), (3, &1.into(), &2.into()));
    assert_eq!((&json["bad_rows"][0]["line"], &json["bad_rows"][0]["column"]), (&3.into(), &"device".into()));
}

#[test]
fn a_file_that_is_no_queue_is_refused_as_a_whole() {
    let folder = Folder::new();
    let queue = folder.write("queue.csv", "force;crime_ref;exhibit_ref\nNorthshire;NS/1;AB/1\n");
    let ran = dfqueue(&["import", &queue, "--dry-run"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        folder.named(&ran.err).lines().next(),
        Some("queue.csv:1: columns are not separated by commas; save it as comma-separated values")
    );
    assert!(ran.err.ends_with("mistakes; nothing was done\n"), "{}", ran.err);
}

#[test]
fn the_description_of_the_api_is_that_of_the_daemon() {
    let ran = dfqueue(&["openapi"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(&ran.json(), dfqueue::http::openapi::document());
}
