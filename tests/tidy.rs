//! The house's rules, enforced: who may import what, how long a file may be, what the documents must name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

type Words = &'static [&'static str];

/// Each room, what it may import from the crate, and the words it may not contain.
const ROOMS: &[(&str, Words, Words)] = &[
    ("domain", &["domain"], &["async fn", "tokio", "sqlx", "axum", "tracing", "HashMap", "std::fs", "std::net", "Utc::now"]),
    (
        "planner",
        &["domain", "planner"],
        &["async fn", "tokio", "sqlx", "axum", "tracing", "HashMap", ".unwrap()", ".expect(", "std::fs"],
    ),
    (
        "simulate",
        &["domain", "planner", "simulate"],
        &["async fn", "tokio", "sqlx", "axum", "tracing", "HashMap", ".unwrap()", ".expect(", "std::fs"],
    ),
    ("config", &["config", "domain", "simulate"], &["async fn", "tokio", "sqlx", "axum", "tracing"]),
    ("store", &["domain", "store"], &["axum", "planner"]),
    ("daemon", &["clock", "config", "daemon", "domain", "planner", "store"], &["sqlx::query", "StatusCode"]),
    ("notices", &["clock", "config", "daemon", "domain", "http", "notices", "store"], &["sqlx", "planner"]),
    ("report", &["domain", "report"], &["async fn", "tokio", "sqlx", "axum", "tracing", "HashMap"]),
    ("http", &["clock", "config", "daemon", "domain", "http", "planner", "report", "store"], &["sqlx", "planner::plan("]),
];

/// Lines a source file may have: aim for fewer than 400; longer ones are two things.
const LONGEST: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_under(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|cause| panic!("{}: {cause}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// The code of a file without its tests and comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    lines.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    let name = shown(path);
    name.ends_with("/tests.rs") || name.contains("/tests/") || name.contains("/testing")
}

fn complain(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

#[test]
fn rooms_use_only_what_they_may() {
    let mut faults = Vec::new();
    for (room, may_use, never) in ROOMS {
        for path in files_under(&format!("src/{room}"), "rs").into_iter().filter(|path| !is_test(path)) {
            let code = code(&path);
            for import in code.split("crate::").skip(1) {
                let used: String = import.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !used.is_empty() && !may_use.contains(&used.as_str()) {
                    faults.push(format!("{} uses crate::{used}", shown(&path)));
                }
            }
            faults.extend(
                never.iter().filter(|word| code.contains(**word)).map(|word| format!("{} contains {word}", shown(&path))),
            );
        }
    }
    complain("rooms may use what ARCHITECTURE.md says", &faults);
}

#[test]
fn only_the_clock_reads_the_clock() {
    let banned = ["Utc::now", "Local::now", "SystemTime::now", "Instant::now"];
    let mut faults = Vec::new();
    for path in files_under("src", "rs").into_iter().filter(|path| shown(path) != "src/clock.rs") {
        let code = code(&path);
        faults.extend(banned.iter().filter(|word| code.contains(**word)).map(|word| format!("{}: {word}", shown(&path))));
    }
    complain("time is an argument; src/clock.rs is the only now()", &faults);
}

#[test]
fn files_are_one_thing() {
    let long = files_under("src", "rs").into_iter().chain(files_under("tests", "rs")).filter_map(|path| {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        (lines > LONGEST).then(|| format!("{}: {lines} lines", shown(&path)))
    });
    complain(&format!("files have at most {LONGEST} lines"), &long.collect::<Vec<_>>());
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder| files_under(folder, "sql").iter().map(|p| p.file_name().unwrap().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names("migrations/sqlite"), names("migrations/postgres"));
}

#[test]
fn every_source_file_has_its_place_in_the_architecture() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let missing =
        files_under("src", "rs").into_iter().map(|path| shown(&path)).filter(|name| !text.contains(&format!("`{name}`")));
    complain("ARCHITECTURE.md names each file in one line; add", &missing.collect::<Vec<_>>());
    let named = text.split('`').skip(1).step_by(2).filter(|word| word.starts_with("src/") && word.ends_with(".rs"));
    let gone = named.filter(|name| !root().join(name).exists()).map(str::to_owned);
    complain("ARCHITECTURE.md names files that are gone", &gone.collect::<Vec<_>>());
}

#[test]
fn the_project_stands_alone() {
    // Spelled in two parts, so that this file does not name them.
    let foreign = [concat!("../", "shared"), concat!("/work", "/"), concat!("crates", ".io/api")];
    let mut faults = Vec::new();
    for (folder, extension) in
        [("src", "rs"), ("tests", "rs"), ("tests", "py"), ("config", "toml"), ("systemd", "service"), ("migrations", "sql")]
    {
        for path in files_under(folder, extension) {
            let text = fs::read_to_string(&path).unwrap();
            faults.extend(foreign.iter().filter(|word| text.contains(**word)).map(|word| format!("{}: {word}", shown(&path))));
        }
    }
    complain("nothing outside the repository is named", &faults);
}

#[test]
fn tests_do_not_sleep_and_read_no_clock() {
    let banned = ["thread::sleep", "time::sleep(", "Instant::now", "SystemTime::now", "Utc::now"];
    let mut faults = Vec::new();
    for path in files_under("tests/it", "rs") {
        let code = fs::read_to_string(&path).unwrap();
        faults.extend(banned.iter().filter(|word| code.contains(**word)).map(|word| format!("{}: {word}", shown(&path))));
    }
    complain("tests own their clock; only tests/system may use real time", &faults);
}
