//! Only a database that keeps its promises is opened; whoever starts a daemon on another is told what to do.

use std::fs;

use dfqueue::store::{Access, Durability, Finding, Store, StoreError};

use crate::harness::{Database, SERVE};
use crate::on_both;
use crate::world::World;

/// The message of a refusal, with its causes.
async fn refusal(url: &str, access: Access) -> String {
    let error = Store::open(url, 2, access).await.expect_err("opened all the same");
    assert!(matches!(error, StoreError::Setup { .. } | StoreError::Schema { .. }), "{error:?}");
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text.push_str(&format!("; {inner}"));
        cause = inner.source();
    }
    text
}

fn assert_tells(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

on_both! {
    /// A program older than its database must not guess.
    async fn newer_tables_are_refused(db: &Database) {
        db.serve().await.close().await;
        let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                     values (9999, 'from the future', true,";
        db.run(&format!("{newer} x'00', 0)"), &format!("{newer} '\\x00', 0)")).await;
        for access in [SERVE, Access::Beside, Access::Read] {
            assert_tells(&refusal(&db.url, access).await, &["newer dfqueue", "9999", "run that version"]);
        }
    }

    async fn an_empty_database_is_for_a_daemon_to_fill(db: &Database) {
        if !db.is_postgres() {
            assert_tells(&refusal(&db.url, Access::Read).await, &["does not exist", "start the daemon once"]);
            fs::write(db.url.trim_start_matches("sqlite:"), "").unwrap();
        }
        assert_tells(&refusal(&db.url, Access::Read).await, &["holds no tables of dfqueue", "dfqueue migrate"]);
        db.serve().await.close().await;
        Store::open(&db.url, 2, Access::Read).await.unwrap();
    }

    async fn a_changed_migration_is_refused(db: &Database) {
        db.serve().await.close().await;
        let changed = "update _sqlx_migrations set checksum =";
        db.run(&format!("{changed} x'00' where version = 2"), &format!("{changed} '\\x00' where version = 2")).await;
        assert_tells(&refusal(&db.url, SERVE).await, &["migration 2 is not the one"]);
        assert_tells(&refusal(&db.url, Access::Read).await, &["migration 2 is not the one"]);
    }

    /// Migration 15 writes into what was done before who did it, as the ledger has it.
    async fn who_did_what_is_known_also_of_what_was_done_before_that_was_kept(db: &Database) {
        let (store, mut world) = (db.serve().await, World::founded(7));
        world.happen_times(1_500);
        world.commit(&store).await.unwrap();
        store.close().await;
        let forget = "update submission set body = replace(body, ',\"by\":\"4471\"}}', '}}')";
        db.run(forget, forget).await;
        let finding = Store::open(&db.url, 2, Access::Read).await.unwrap().verify().await.unwrap().finding;
        assert!(matches!(finding, Some(Finding::Table { .. })), "{finding:?}");
        let undone = "delete from _sqlx_migrations where version = 15";
        db.run(undone, undone).await;
        let verified = db.serve().await.verify().await.unwrap();
        assert_eq!(verified.finding, None, "{verified}");
    }

    async fn readers_do_not_write(db: &Database) {
        let mut world = World::founded(1);
        world.commit(&db.serve().await).await.unwrap();
        let reader = Store::open(&db.url, 2, Access::Read).await.unwrap();
        assert_eq!(reader.load().await.unwrap(), world.unit);
        world.happen_times(30);
        assert!(world.commit(&reader).await.is_err());
    }
}

#[tokio::test]
async fn a_url_of_nothing_we_know_is_refused() {
    assert_tells(&refusal("mysql://root@db/x", SERVE).await, &["sqlite:PATH", "postgres://"]);
    for memory in ["sqlite::memory:", "sqlite://?mode=memory", "sqlite:"] {
        assert_tells(&refusal(memory, SERVE).await, &["sqlite:/var/lib"]);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_with_the_way_out() {
    let folder = tempfile::TempDir::new().unwrap();
    let at = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    assert_tells(&refusal(&at("missing/dfqueue.db"), SERVE).await, &["missing/dfqueue.db", "directory", "does not exist"]);
    fs::create_dir(folder.path().join("dir.db")).unwrap();
    assert_tells(&refusal(&at("dir.db"), SERVE).await, &["dir.db", "is a directory"]);

    fs::write(folder.path().join("letter.db"), "Dear Sir, this is no database at all. ".repeat(200)).unwrap();
    assert_tells(&refusal(&at("letter.db"), SERVE).await, &["letter.db", "is no SQLite database"]);

    Store::open(&at("dfqueue.db"), 2, SERVE).await.unwrap().close().await;
    let file = folder.path().join("dfqueue.db");
    let mut rights = fs::metadata(&file).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(&file, rights).unwrap();
    assert_tells(&refusal(&at("dfqueue.db"), SERVE).await, &["dfqueue.db", "is read-only", "chmod u+w"]);
    assert_tells(&refusal(&at("dfqueue.db"), Access::Beside).await, &["is read-only"]);
}

/// The lock lasts as long as a store that serves, whatever path names the file, and goes with it.
#[tokio::test]
async fn a_second_daemon_on_a_file_is_refused() {
    let db = Database::sqlite();
    let store = db.serve().await;
    let path = db.url.trim_start_matches("sqlite:").to_owned();
    let link = format!("{path}.link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let process = std::process::id().to_string();
    for url in [db.url.clone(), format!("sqlite:{link}"), format!("sqlite://{path}")] {
        assert_tells(&refusal(&url, SERVE).await, &["another dfqueue", &process, "one daemon serves a database"]);
    }
    // Readers and token commands run beside it; a clone of the store holds the lock, too.
    let clone = store.clone();
    drop(store);
    Store::open(&db.url, 1, Access::Beside).await.unwrap().close().await;
    Store::open(&db.url, 1, Access::Read).await.unwrap().close().await;
    assert_tells(&refusal(&db.url, SERVE).await, &["another dfqueue"]);
    clone.close().await;
    db.serve().await.close().await;
}

#[tokio::test]
async fn sqlite_is_set_to_keep_what_it_acknowledged() {
    let db = Database::sqlite();
    let store = db.serve().await;
    let Store::Sqlite { writer, readers, .. } = &store else { unreachable!() };
    for (pragma, expected) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "5000")] {
        for pool in [writer, readers] {
            let row = sqlx::query(sqlx::AssertSqlSafe(format!("pragma {pragma}"))).fetch_one(pool).await.unwrap();
            let text = sqlx::Row::try_get_unchecked::<String, _>(&row, 0).unwrap();
            assert_eq!(text, expected, "{pragma}");
        }
    }
    assert!(sqlx::query("delete from head").execute(readers).await.is_err(), "readers can't write");
}

#[tokio::test]
async fn a_server_that_refuses_is_named_without_the_password() {
    let db = Database::postgres().await;
    let (scheme, rest) = db.url.split_once("://").unwrap();
    let (login, place) = rest.split_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let (server, name) = place.split_once('/').unwrap();

    let text = refusal(&format!("{scheme}://{user}:wr0ngsecret@{server}/{name}"), SERVE).await;
    assert_tells(&text, &["wrong password", name, server]);
    assert!(!text.contains("wr0ngsecret"), "{text}");

    let text = refusal(&format!("{scheme}://{login}@{server}/no_such_db"), SERVE).await;
    assert_tells(&text, &["no such database", "createdb", "no_such_db"]);
    assert!(password.is_empty() || !text.contains(password), "{text}");

    let text = refusal(&format!("{scheme}://{login}@127.0.0.1:1/{name}"), SERVE).await;
    assert_tells(&text, &["can't be reached", "127.0.0.1:1", "check that the server runs"]);
    assert!(password.is_empty() || !text.contains(password), "{text}");
}

#[tokio::test]
async fn a_server_that_forgets_is_refused_or_warned_of() {
    let db = Database::postgres().await;
    let name = db.url.rsplit_once('/').unwrap().1.to_owned();
    db.run("", &format!("alter database {name} set synchronous_commit = off")).await;
    assert_tells(&refusal(&db.url, SERVE).await, &["synchronous_commit off", "postgresql.conf"]);
    Store::open(&db.url, 2, Access::Serve(Durability::Warn)).await.unwrap().close().await;
    db.run("", &format!("alter database {name} set synchronous_commit = on")).await;
    let store = db.serve().await;
    let Store::Postgres(pool) = &store else { unreachable!() };
    let application: String = sqlx::query_scalar("select current_setting('application_name')").fetch_one(pool).await.unwrap();
    assert_eq!(application, "dfqueue");
}
