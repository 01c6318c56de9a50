//! What a daemon can't start on: it says what is wrong and what would be right, ends with 1, and touches nothing.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use dfqueue::clock::monotonic;

use crate::harness::{Home, run};
use crate::memory_disk::MemoryDisk;

fn sqlite(path: &std::path::Path) -> String {
    format!("sqlite:{}", path.display())
}

#[track_caller]
fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in: {said}");
    }
}

#[tokio::test]
async fn a_second_daemon_on_the_same_file() {
    let home = Home::sqlite().await;
    let mut daemon = home.start(&[]).await;
    let said = home.refused(&[]).await;
    says(&said, &["dfqueue.db", "another dfqueue (process ", "serves this file", "one daemon serves a database"]);
    // By whatever name it is called.
    let folder = home.url.strip_prefix("sqlite:").unwrap().strip_suffix("/dfqueue.db").unwrap().to_owned();
    std::os::unix::fs::symlink(format!("{folder}/dfqueue.db"), format!("{folder}/other.db")).unwrap();
    let other = Home::bare(&format!("sqlite:{folder}/other.db"));
    says(&other.refused(&[]).await, &["another dfqueue", "serves this file"]);
    // The first one never noticed; and nothing is left of it that keeps the next one off, even where it is killed.
    assert_eq!(home.caller(&daemon, "manager").get("/readyz").await.is(200)["database"], "ok");
    daemon.process.kill();
    home.start(&[]).await.process.stop().await;
}

#[tokio::test]
async fn a_port_in_use() {
    let home = Home::sqlite().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for key in ["http.listen", "metrics.listen"] {
        let mut process = home.spawn(&[(key, &address)]);
        assert_eq!(process.ended(Duration::from_secs(10)).await.code(), Some(1), "{}", process.log());
        let said = process.log();
        says(&said, &[key, &address, "another daemon"]);
        // One that says it is ready and then goes keeps a service manager guessing.
        assert!(!said.contains(" ready "), "{said}");
    }
}

#[tokio::test]
async fn a_place_that_holds_no_database() {
    let home = Home::bare("sqlite:/nowhere/at/all/dfqueue.db");
    says(&home.refused(&[]).await, &["/nowhere/at/all", "does not exist", "create it"]);

    let folder = Home::bare(&sqlite(home.folder.path()));
    says(&folder.refused(&[]).await, &["is a directory", "name a file"]);

    home.write("letter.db", &"Dear Sir or Madam, ".repeat(100));
    let letter = Home::bare(&sqlite(&home.path("letter.db")));
    says(&letter.refused(&[]).await, &["letter.db", "is no SQLite database"]);
    assert!(std::fs::read_to_string(home.path("letter.db")).unwrap().starts_with("Dear Sir"));
}

#[tokio::test]
async fn a_database_that_is_read_only() {
    // A file that may not be written, by its mode: even root, whom no mode stops, takes it at its word.
    let home = Home::sqlite().await;
    let path = home.url.strip_prefix("sqlite:").unwrap().to_owned();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    says(&home.refused(&[]).await, &["is read-only", "chmod u+w"]);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    home.start(&[]).await.process.stop().await;

    // A disk mounted read-only, with a database on it and without one.
    let disk = MemoryDisk::new(4_096);
    run("cp", &[&path, &disk.path().join("dfqueue.db").display().to_string()]);
    disk.remount("ro");
    for file in ["dfqueue.db", "new.db"] {
        let home = Home::bare(&sqlite(&disk.path().join(file)));
        says(&home.refused(&[]).await, &[file, "can't be written", "Read-only file system"]);
    }
}

#[tokio::test]
async fn a_postgresql_that_does_not_let_us_in() {
    let home = Home::postgres().await;
    let (base, name) = home.url.rsplit_once('/').unwrap();
    let (user, host) = base.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
    let (user, password) = user.split_once(':').expect("DFQUEUE_TEST_POSTGRES has no password in it");

    let quick = |begun: std::time::Instant| assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    let begun = monotonic();
    let wrong = Home::bare(&format!("postgres://{user}:not-{password}@{host}/{name}"));
    let said = wrong.refused(&[]).await;
    says(&said, &[name, host, "wrong password", "correct it"]);
    assert!(!said.contains(password), "the password is in what it says");
    quick(begun);

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let begun = monotonic();
    let away = Home::bare(&format!("postgres://{user}:{password}@{closed}/{name}"));
    let said = away.refused(&[]).await;
    says(&said, &[&closed.to_string(), "can't be reached", "check that the server runs"]);
    assert!(!said.contains(password), "the password is in what it says");
    quick(begun);

    let missing = Home::bare(&format!("{base}/nothing_here"));
    let said = missing.refused(&[]).await;
    says(&said, &["nothing_here", "there is no such database", "createdb"]);
    assert!(!said.contains(password), "the password is in what it says");

    // What of a server that takes the connection and never says a word.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let begun = monotonic();
    let hung = Home::bare(&format!("postgres://{user}:{password}@{}/{name}", mute.local_addr().unwrap()));
    says(&hung.refused(&[]).await, &["can't be reached"]);
    quick(begun);
}
