//! Commands that open the database themselves: migrate, token, ledger.

use serde_json::json;

use super::{Folder, Ran, dfqueue_with, squeezed};

fn run(folder: &Folder, arguments: &[&str]) -> Ran {
    let state = folder.path("").display().to_string();
    dfqueue_with(&[("DFQUEUE__STATE__DIR", &state)], arguments)
}

fn migrated() -> Folder {
    let folder = Folder::new();
    assert_eq!(run(&folder, &["migrate"]).code, 0);
    folder
}

#[test]
fn a_new_database_gets_its_tables_and_says_their_version() {
    let folder = Folder::new();
    let first = run(&folder, &["migrate"]);
    assert_eq!((first.code, first.err.as_str()), (0, ""));
    assert!(first.out.starts_with("the tables are up to date: schema version "), "{}", first.out);
    let again = run(&folder, &["migrate", "--json"]).json();
    assert!(again["schema_version"].as_u64().is_some_and(|version| version >= 4), "{again}");
}

#[test]
fn without_a_database_the_way_out_is_named() {
    let folder = Folder::new();
    let ran = run(&folder, &["token", "list"]);
    assert_eq!(ran.code, 1);
    assert_eq!(
        folder.named(&ran.err),
        "dfqueue: dfqueue.db: does not exist; start the daemon once, or correct the database URL\n"
    );
}

#[test]
fn a_token_is_made_listed_and_taken_back() {
    let folder = migrated();
    let made = run(
        &folder,
        &[
            "token",
            "create",
            "--role",
            "supervisor",
            "--person",
            "DS 1180",
            "--label",
            "own phone",
            "--team",
            "RASSO North",
            "--force",
            "Northshire",
        ],
    );
    assert_eq!(made.code, 0, "{}", made.err);
    // Only the secret is on standard output, so that a script can take it from there.
    let secret = made.out.trim_end();
    assert!(secret.strip_prefix("dfq_").is_some_and(|rest| rest.len() == 43) && !made.err.contains(secret), "{secret}");
    assert!(made.err.ends_with("It is shown this once: keep it where only its bearer can read it.\n"), "{}", made.err);

    let list = run(&folder, &["token", "list", "--json"]);
    assert!(!list.out.contains(secret));
    let token = &list.json()["items"][0];
    assert_eq!(
        json!([token["state"], token["role"], token["person"], token["label"], token["team"], token["force"], token["sites"]]),
        json!(["valid", "supervisor", "DS 1180", "own phone", "RASSO North", "Northshire", []])
    );
    let id = token["id"].as_str().unwrap();
    let table = squeezed(&run(&folder, &["token", "list"]).out);
    assert_eq!(table[0], "id state role for team force sites made expires");
    assert!(
        table[1].starts_with(&format!("{id} valid supervisor DS 1180 (own phone) RASSO North Northshire every site ")),
        "{}",
        table[1]
    );

    let revoked = run(&folder, &["token", "revoke", id]);
    assert_eq!((revoked.code, revoked.out), (0, format!("token {id} is revoked; a running daemon refuses it within a second\n")));
    assert_eq!(run(&folder, &["token", "list", "--json"]).json()["items"][0]["state"], "revoked");
}

#[test]
fn tokens_that_would_be_worth_nothing_are_refused() {
    let folder = migrated();
    let create = |more: &[&str]| run(&folder, &[&["token", "create", "--role", "operator", "--person", "PC 1"], more].concat());
    let site = create(&["--site", "north"]);
    assert_eq!(
        (site.code, site.err.as_str()),
        (1, "dfqueue: --site: no unit file has been adopted yet, so that there is no site; start the daemon once\n")
    );
    let expires = create(&["--expires", "0s"]);
    assert_eq!(
        (expires.code, expires.err.as_str()),
        (1, "dfqueue: --expires 0s: the token would never be worth anything; write it like 90d\n")
    );
    assert_eq!(create(&["--expires", "soon"]).code, 2);
    assert_eq!(run(&folder, &["token", "list"]).out, "no token has been made yet: dfqueue token create makes one\n");
    let unknown = run(&folder, &["token", "revoke", "t1"]);
    assert_eq!((unknown.code, unknown.err.as_str()), (1, "dfqueue: there is no token \"t1\": dfqueue token list names them\n"));
}

#[test]
fn a_token_for_a_force_of_which_nothing_is_open_is_made_and_doubted() {
    let folder = migrated();
    let made = run(&folder, &["token", "create", "--role", "intake", "--person", "PC 1", "--force", "Nowhere"]);
    assert_eq!(made.code, 0);
    let note =
        "note: --force Nowhere: no open submission is of this force, so this token sees nothing yet; no submission is open\n";
    assert!(made.err.starts_with(note), "{}", made.err);
    assert!(made.out.starts_with("dfq_"), "{}", made.out);
}

#[test]
fn an_empty_ledger_is_whole() {
    let folder = migrated();
    let ran = run(&folder, &["ledger", "verify"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.out,
        "\
0 entries are as they were written (0 redacted); chain 0000000000000000000000000000000000000000000000000000000000000000
the tables hold what the ledger says
Without a checkpoint kept elsewhere, entries cut off at the end, or a ledger written anew as a whole, are not found.
"
    );
}
