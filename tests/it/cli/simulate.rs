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
        ran.out.starts_with("seed 1\nSynthetic example unit, simulated: 7 days from Mon 23 Nov 00:00 to Mon 30 Nov 00:00; "),
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
