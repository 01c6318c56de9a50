//! `dfqueue simulate`: a unit on trial, from its files.

use super::{Folder, dfqueue, example};

/// Three days of the example unit.
fn simulated(more: &[&str]) -> super::Ran {
    let (unit, policy) = (example("unit.toml"), example("policy.toml"));
    dfqueue(&[&["simulate", "--unit", &unit, "--policy", &policy], more].concat())
}

#[test]
fn a_queue_file_on_trial_is_the_same_whenever_it_is_tried() {
    let queue = example("submissions.csv");
    let asked = ["--submissions", &queue, "--days", "5", "--seed", "7", "--orders", "dfqueue,fifo", "--json"];
    let (first, again) = (simulated(&asked), simulated(&asked));
    assert_eq!((first.code, &first.out), (0, &again.out), "{}", first.err);
    let runs = first.json();
    assert_eq!((&runs["seed"], &runs["days"]), (&7.into(), &5.into()));
    assert_eq!(runs["ledger_digest"].as_str().unwrap().len(), 64);
    let orders = runs["orders"].as_array().unwrap();
    assert_eq!([&orders[0]["order"], &orders[1]["order"]], ["dfqueue", "fifo"]);
    for order in orders {
        assert_eq!(order["submissions"], 7);
        let phone = order["promises"].as_array().unwrap().iter().find(|one| one["promise"] == "victim-phone").unwrap();
        let counts: Vec<u64> =
            ["arrived", "due", "kept", "breached", "void", "open"].iter().map(|key| phone[key].as_u64().unwrap()).collect();
        assert_eq!((counts[0], counts[1]), (3, counts[2] + counts[3] + counts[4]), "{phone}");
        assert!(phone["hours"]["p50"].is_number() && phone["mitigated"] == 0 && phone["unavoidable"].is_u64(), "{phone}");
        assert!(order["utilisation"]["kiosk"].as_f64().unwrap() > 0.0, "{order}");
    }
    let other = simulated(&["--submissions", &queue, "--days", "5", "--seed", "8", "--json"]).json();
    assert_ne!(other["ledger_digest"], orders[0]["ledger_digest"]);
}

#[test]
fn a_workload_its_faults_and_a_page() {
    let folder = Folder::new();
    let workload = folder.write(
        "workload.toml",
        "from = 2026-11-23\n[[kind]]\nname = \"phones\"\na_day = 3\nowner = \"victim\"\noffence = [\"rasso 3\", \"other\"]\ndevice = [\"phone\"]\n",
    );
    let page = folder.path("trial.html").display().to_string();
    let ran = simulated(&["--workload", &workload, "--faults", "config/faults.toml", "--days", "7", "--html", &page]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        ran.out.starts_with(
            "seed 1\nSynthetic example unit, simulated: 7 days from Mon 23 Nov 2026 00:00 to Mon 30 Nov 2026 00:00; "
        ),
        "{}",
        ran.out
    );
    let page = std::fs::read_to_string(folder.path("trial.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg role=\"img\"") && page.ends_with("</html>"));
    assert!(!page.contains("http") && !page.contains("<script"), "it needs nothing from anywhere");
}

#[test]
fn what_can_not_be_tried_is_told_with_the_way_out() {
    let folder = Folder::new();
    let said = |more: &[&str]| {
        let ran = simulated(more);
        assert_ne!(ran.code, 0, "{}", ran.out);
        folder.named(&ran.err)
    };
    let queue = example("submissions.csv");
    let days = ["--submissions", &queue, "--days", "1"];
    assert!(
        said(&[&days[..], &["--set", "kiosks=2"]].concat()).contains("like kiosk=+2 or examiner=-1; kinds: kiosk, van, operator")
    );
    assert_eq!(
        said(&[&days[..], &["--without", "nobody"]].concat()),
        "dfqueue: there is no resource \"nobody\" in the unit file\n"
    );
    assert_eq!(said(&[&days[..], &["--close", "moon"]].concat()), "dfqueue: there is no site \"moon\" in the unit file\n");
    let workload = folder.write("workload.toml", "from = 2026-11-23\n[[kind]]\nname = \"phones\"\ndevice = [\"toaster\"]\n");
    let wrong = said(&["--days", "1", "--workload", &workload]);
    for line in ["workload.toml:2: kind[1].a_day: is missing", "workload.toml:4: kind[1].device[1]: no device \"toaster\""] {
        assert!(wrong.contains(line), "{wrong}");
    }
}

/// Victims' phones, two kiosks' worth of them.
const PHONES: &str = "from = 2026-11-23\n[[kind]]\nname = \"phones\"\na_day = 6\nopening = 4\nowner = \"victim\"\noffence = [\"rasso\"]\n\
                      device = [\"phone\"]\n";

#[test]
fn a_scenario_is_a_file_and_what_is_said_besides_goes_before_it() {
    let folder = Folder::new();
    folder.write("workload.toml", PHONES);
    let (unit, policy) = (example("unit.toml"), example("policy.toml"));
    let here = std::env::current_dir().unwrap();
    let scenario = format!(
        "unit = \"{0}/{unit}\"\npolicy = \"{0}/{policy}\"\nworkload = \"workload.toml\"\ndays = 3\nseed = 5\nopening = 40\norders = [\"fifo\"]\n",
        here.display()
    );
    let scenario = folder.write("scenario.toml", &scenario);
    let run = |more: &[&str]| dfqueue(&[&["simulate", "--scenario", &scenario, "--json"], more].concat()).json();
    let said = run(&[]);
    assert_eq!((&said["seed"], &said["days"], &said["orders"][0]["order"]), (&5.into(), &3.into(), &"fifo".into()));
    let besides = run(&["--seed", "6", "--days", "2", "--orders", "edf", "--opening", "0"]);
    assert_eq!((&besides["seed"], &besides["days"], &besides["orders"][0]["order"]), (&6.into(), &2.into(), &"edf".into()));
    let came = |runs: &serde_json::Value| runs["orders"][0]["submissions"].as_u64().unwrap();
    assert!(came(&said) >= 40 && came(&besides) < 40, "{} {}", came(&said), came(&besides));

    let bare = folder.write("bare.toml", "seed = 5\n");
    let ran = dfqueue(&["simulate", "--scenario", &bare]);
    assert_eq!(ran.err, "dfqueue: for how many days? Give --days N, or a scenario that says it\n");
}

#[test]
fn the_scenarios_that_are_shipped_can_be_run() {
    let mut tried = 0;
    for file in std::fs::read_dir("config/scenarios").unwrap() {
        let path = file.unwrap().path().display().to_string();
        if path.ends_with(".toml") {
            let ran = dfqueue(&["simulate", "--scenario", &path, "--days", "1", "--opening", "20", "--json"]);
            assert_eq!(ran.code, 0, "{path}: {}", ran.err);
            assert!(ran.json()["orders"][0]["submissions"].as_u64().unwrap() >= 20, "{path}");
            tried += 1;
        }
    }
    assert!(tried >= 7, "{tried}");
}

#[test]
fn what_was_asked_for_is_said_with_the_answer() {
    let (folder, queue) = (Folder::new(), example("submissions.csv"));
    let page = folder.path("page.html").display().to_string();
    let asked = ["--submissions", &queue, "--days", "1", "--set", "lab=+2", "--close", "north", "--html", &page];
    let said = simulated(&asked).out;
    let close = "north closed from";
    assert!(said.contains("simulated (2 more lab, north closed from") && said.contains("1 day from"), "{said}");
    let page = std::fs::read_to_string(&page).unwrap();
    assert!(page.contains("What if: 2 more lab, north closed from"), "{page}");
    let json = simulated(&[&asked[..8], &["--json"]].concat()).json();
    assert_eq!((&json["changes"][0], json["changes"][1].as_str().unwrap().starts_with(close)), (&"2 more lab".into(), true));
    let nowhere = folder.path("none/page.html").display().to_string();
    let ran = simulated(&[&asked[..4], &["--html", &nowhere]].concat());
    assert!(ran.code == 1 && folder.named(&ran.err).contains("writing the page to none/page.html"), "{}", ran.err);
}

#[test]
fn several_seeds_say_how_sure_a_share_is() {
    let folder = Folder::new();
    let workload = folder.write("workload.toml", PHONES);
    let asked = ["--workload", &workload, "--days", "4", "--seeds", "3", "--orders", "dfqueue,fifo"];
    let runs = simulated(&[&asked[..], &["--json"]].concat()).json();
    let over = &runs["over_seeds"];
    let seeds: Vec<u64> = over["seeds"].as_array().unwrap().iter().map(|one| one["seed"].as_u64().unwrap()).collect();
    assert_eq!((seeds, &over["seeds"][0]["ledger_digest"]), (vec![1, 2, 3], &runs["ledger_digest"]));
    let lines = over["promises"].as_array().unwrap().iter().filter(|line| line["promise"] == "victim-phone");
    let lines: Vec<&serde_json::Value> = lines.collect();
    assert_eq!((lines[0]["order"].as_str(), lines[1]["order"].as_str()), (Some("dfqueue"), Some("fifo")));
    assert!(lines[0]["kept_share"]["within"].is_number() && lines[0]["than_first"].is_null(), "{}", lines[0]);
    assert_eq!(lines[1]["than_first"]["seeds"], 3, "seed by seed: {}", lines[1]);
    let alone = simulated(&["--workload", &workload, "--days", "4", "--seed", "3", "--orders", "dfqueue,fifo", "--json"]).json();
    assert_eq!(alone["ledger_digest"], over["seeds"][2]["ledger_digest"], "beside others as by itself");
    assert_eq!(alone["over_seeds"], serde_json::Value::Null);
    let text = simulated(&asked).out;
    assert!(text.contains("seeds 1 to 3, the figures above being those of the first:"), "{text}");
    let page = folder.path("page.html").display().to_string();
    simulated(&[&asked[..], &["--html", &page]].concat());
    let page = std::fs::read_to_string(page).unwrap();
    let (_, all) = page.split_once("<h2>All seeds together</h2>").unwrap();
    let (all, _) = all.split_once("</section>").unwrap();
    let due = lines.iter().map(|line| line["kept"].as_u64().unwrap() + line["breached"].as_u64().unwrap());
    assert!(all.contains("Seeds 1 to 3") && due.filter(|due| all.contains(&format!("<td>{due}</td>"))).count() == 2, "{all}");
    let many = over["promises"].as_array().unwrap().iter();
    let many = many.filter(|line| line["kept"].as_u64().unwrap() + line["breached"].as_u64().unwrap() >= 20).count();
    assert_eq!((many, all.matches("<circle").count()), (2, 2), "a dot for each share that the table tells: {all}");
}

#[test]
fn what_would_have_to_be_added_is_searched_for() {
    let folder = Folder::new();
    let many = PHONES.replace("a_day = 6", "a_day = 40");
    let workload = folder.write("workload.toml", &many);
    let asked = ["--workload", &workload, "--days", "3", "--keep", "victim-phone=60%", "--cost", "kiosk=2"];
    let found = simulated(&[&asked[..], &["--json"]].concat()).json();
    assert_eq!(found["keep"][0]["permille"], 600);
    assert_eq!(found["as_it_is"]["cost"], 0);
    let kinds = found["one_more"].as_array().unwrap();
    let kiosk = kinds.iter().find(|one| one["added"]["kiosk"] == 1).unwrap();
    assert_eq!(kiosk["cost"], 2);
    let kept = |one: &serde_json::Value| {
        let share = one["shares"].as_array().unwrap().iter().find(|share| share["promise"] == "victim-phone").unwrap();
        (share["kept"].as_u64().unwrap(), share["of"].as_u64().unwrap())
    };
    let ((before, of), (after, still)) = (kept(&found["as_it_is"]), kept(&found["best"]));
    assert!(before * 10 < of * 6 && after > before, "{found}");
    if found["ending"] == "found" {
        assert!(after * 10 >= still * 6, "{found}");
    }
    let text = simulated(&asked).out;
    assert!(text.contains("wanted: victim-phone in 60.0 %, in the order dfqueue; 3 days, seed 1"), "{text}");

    let refused = simulated(&["--days", "1", "--keep", "victims=60%"]);
    assert!(refused.err.starts_with("dfqueue: --keep victims: is no promise of the policy; it has "), "{}", refused.err);
}
