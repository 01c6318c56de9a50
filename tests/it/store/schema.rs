//! The tables: the same on both databases, with the words of the domain's types, readable by people.

use std::collections::BTreeSet;
use std::fs;

use dfqueue::domain::event::{FailureCause, ReleaseCause};
use dfqueue::domain::policy::Milestone;
use dfqueue::domain::submission::{LockState, Owner};
use dfqueue::domain::time::Timestamp;
use dfqueue::domain::unit::{BreachState, DataTaken, OfferAnswer, ParkCause, Proof, Receiver, RemovalCause, WithholdCause};
use dfqueue::store::{Store, schema_version};
use sqlx::Row;

use crate::harness::Database;
use crate::on_both;
use crate::world::World;

fn migrations(database: &str) -> Vec<(String, String)> {
    let folder = format!("{}/migrations/{database}", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn both_databases_have_the_same_migrations_numbered_from_one() {
    let names = |database| migrations(database).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names("sqlite"), names("postgres"));
    for (number, name) in (1..).zip(names("sqlite")) {
        assert!(name.starts_with(&format!("{number:04}_")), "{name} is not number {number}");
    }
    let (known, last) = schema_version();
    assert_eq!((known, Some(format!("{last}.sql"))), (names("sqlite").len(), names("sqlite").pop()), "the program has them all");
}

/// Columns of every table, in order: `table.column`. SQLite makes a table anew where another check is wanted.
fn columns(database: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut table = None;
    for line in migrations(database).iter().flat_map(|(_, text)| text.lines()) {
        let word = line.trim().split([' ', '(']).next().unwrap_or_default();
        if let Some(rest) = line.strip_prefix("create table ") {
            table = rest.split(' ').next();
            found.retain(|column: &String| table.is_none_or(|table| !column.starts_with(&format!("{table}."))));
        } else if let Some((table, column)) = line.strip_prefix("alter table ").and_then(|rest| rest.split_once(" add column ")) {
            found.push(format!("{table}.{}", column.split(' ').next().unwrap_or_default()));
        } else if line.starts_with(')') {
            table = None;
        } else if let Some(table) = table.filter(|_| line.starts_with("    ") && !line.starts_with("     "))
            && !["primary", "--"].contains(&word)
        {
            found.push(format!("{table}.{word}"));
        }
    }
    found
}

#[test]
fn both_databases_have_the_same_columns() {
    let sorted = |database| {
        let mut columns = columns(database);
        columns.sort();
        columns
    };
    let columns = sorted("sqlite");
    assert!(columns.len() > 100, "{columns:?}");
    assert_eq!(columns, sorted("postgres"));
}

/// The words of `check (COLUMN in (...))` of a table.
fn check(database: &str, table: &str, column: &str) -> BTreeSet<String> {
    let text: String = migrations(database).into_iter().map(|(_, text)| text).collect();
    let statements =
        text.split(";\n").map(|statement| statement.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>());
    let statements = statements.map(|lines| lines.join("\n").trim().to_owned());
    let speaks_of = |statement: &String| {
        let begins = |what: &str| statement.starts_with(&format!("{what} {table} "));
        begins("create table") || begins("alter table")
    };
    // The last one rules.
    let list = statements.filter(speaks_of).filter_map(|statement| {
        Some(statement.split(&format!("check ({column} in (")).nth(1)?.split("))").next().unwrap().to_owned())
    });
    let list = list.last().unwrap_or_else(|| panic!("{table}.{column} has no check"));
    list.split(',').map(|word| word.trim().trim_matches('\'').to_owned()).collect()
}

#[test]
fn checks_are_twins_of_the_types() {
    fn words<T: ToString>(all: &[T]) -> Vec<String> {
        all.iter().map(ToString::to_string).collect()
    }
    let at = Timestamp::MIN;
    let milestones = [Milestone::Extracted, Milestone::DeviceBack, Milestone::Results].map(|m| m.as_str().to_owned());
    let breaches = [
        BreachState::Forecast { since: at, expected: None },
        BreachState::Open,
        BreachState::Closed { at },
        BreachState::Void,
        BreachState::Disproved { at },
    ];
    let states = ["offered", "accepted", "started", "paused", "finished", "failed", "released"];
    let places = ["not_delivered", "at", "signed_out", "outside", "returned"];
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let causes = [words(FailureCause::ALL), words(ReleaseCause::ALL)].concat();
    for database in ["sqlite", "postgres"] {
        for (table, column, expected) in [
            ("submission", "owner", words(Owner::ALL)),
            ("submission", "lock_state", words(LockState::ALL)),
            ("submission", "received_by", words(Receiver::ALL)),
            ("submission", "proof", words(Proof::ALL)),
            ("submission", "place", text(&places)),
            ("submission", "removed_cause", words(RemovalCause::ALL)),
            ("submission", "data_taken", words(DataTaken::ALL)),
            ("submission", "parked_cause", words(ParkCause::ALL)),
            ("submission", "withheld_cause", words(WithholdCause::ALL)),
            ("submission", "offer_answer", words(OfferAnswer::ALL)),
            ("clock", "milestone", milestones.to_vec()),
            ("breach", "milestone", milestones.to_vec()),
            ("breach", "state", breaches.iter().map(|state| state.as_str().to_owned()).collect()),
            ("assignment", "state", text(&states)),
            ("assignment", "cause", causes.clone()),
        ] {
            let expected: BTreeSet<String> = expected.into_iter().collect();
            assert_eq!(check(database, table, column), expected, "{database}: {table}.{column}");
        }
    }
}

/// A number or a text of the first column of the first row.
async fn first(store: &Store, sql: &'static str) -> String {
    macro_rules! text {
        ($pool:expr) => {{
            let row = sqlx::query(sql).fetch_one($pool).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
            row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|n| n.to_string())).unwrap()
        }};
    }
    match store {
        Store::Sqlite { readers, .. } => text!(readers),
        Store::Postgres(pool) => text!(pool),
    }
}

on_both! {
    /// Typed columns say what the exact value beside them says.
    async fn columns_and_views_say_what_the_values_say(db: &Database) {
        let (store, mut world) = (db.serve().await, World::founded(17));
        world.happen_times(900);
        world.commit(&store).await.unwrap();
        // Row by row, column by column, against a fold of the ledger.
        assert_eq!(store.verify().await.unwrap().finding, None);

        let open = world.unit.submissions.size().to_string();
        assert_eq!(first(&store, "select count(*) from queue_view").await, open);
        let all = (world.unit.submissions.size() + world.closed.len()).to_string();
        assert_eq!(first(&store, "select count(*) from submission_view").await, all);
        let one = world.unit.submissions.values().next().unwrap();
        let sql = "select taken_at from queue_view order by number limit 1";
        assert_eq!(first(&store, sql).await, one.facts.taken_at.to_string());
        let sql = "select force || '|' || crime_ref || '|' || exhibit_ref || '|' || request from queue_view order by number limit 1";
        assert_eq!(first(&store, sql).await, one.key());
        let clocks: usize = world.unit.submissions.values().map(|s| s.clocks.len()).sum();
        assert_eq!(first(&store, "select count(*) from clock_view where open").await, clocks.to_string());
        let sql = "select due from clock_view where due is null or length(due) <> 20 union all select 'none' limit 1";
        assert_eq!(first(&store, sql).await, "none");
        let breach = world.unit.breaches.values().next().unwrap();
        let sql = "select b.due from breach_view b join queue_view q on q.number = b.number order by b.id limit 1";
        assert_eq!(first(&store, sql).await, breach.due.to_string());
        for sql in [
            "select count(*) from assignment_view where state = 'finished' and tool = 'Tool'",
            "select count(*) from continuity_view where kind = 'returned' and recorded_by = '4471'",
            "select count(*) from outage_view where reason = 'no power'",
            "select count(*) from breach_view where late_seconds > 0",
            "select count(*) from ledger_view where recorded_at like '2026-%Z'",
        ] {
            assert_ne!(first(&store, sql).await, "0", "{sql}");
        }
    }

    /// A careless hand is stopped by the database itself.
    async fn the_ledger_refuses_to_be_changed(db: &Database) {
        let (store, mut world) = (db.serve().await, World::founded(19));
        world.commit(&store).await.unwrap();
        macro_rules! refused {
            ($pool:expr, $sql:literal) => {
                assert!(sqlx::query($sql).execute($pool).await.is_err(), "{}", $sql)
            };
        }
        macro_rules! all {
            ($pool:expr) => {{
                refused!($pool, "delete from ledger where seq = 1");
                refused!($pool, "update ledger set facts = '{}' where seq = 1");
                refused!($pool, "update ledger set sealed = 'other' where seq = 1");
                refused!($pool, "update ledger set recorded_at = 0 where seq = 1");
                refused!($pool, "update ledger set actor_token = null where seq = 1");
                // Redaction alone is allowed, and the chain still verifies.
                sqlx::query("update ledger set sealed = null, salt = null where seq = 2").execute($pool).await.unwrap();
            }};
        }
        match &store {
            Store::Sqlite { writer, .. } => all!(writer),
            Store::Postgres(pool) => all!(pool),
        }
        let verification = store.verify().await.unwrap();
        assert_eq!((verification.finding, verification.redacted), (None, 1));
    }
}
