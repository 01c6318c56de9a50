//! A connection that breaks around COMMIT: nobody knows at first, and everybody can find out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dfqueue::store::{CommitError, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Database, SERVE};
use crate::world::World;

/// Where a proxy cuts a connection on which it sees COMMIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The server never hears of it.
    Before,
    /// The server does, and its answer is lost.
    After,
}

/// A proxy before a server that cuts while it is armed; where it listens.
async fn proxy(server: String, cut: Cut, armed: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(carry(client, server, cut, Arc::clone(&armed)));
        }
    });
    address
}

async fn carry(mut client: TcpStream, mut server: TcpStream, cut: Cut, armed: Arc<AtomicBool>) {
    let (mut out, mut back) = ([0; 8192], [0; 8192]);
    loop {
        tokio::select! {
            read = client.read(&mut out) => {
                let Ok(n @ 1..) = read else { return };
                let commit = armed.load(Ordering::SeqCst) && out[..n].windows(7).any(|text| text == b"COMMIT\0");
                if commit && cut == Cut::Before {
                    return;
                }
                if server.write_all(&out[..n]).await.is_err() {
                    return;
                }
                if commit {
                    // Until the server has answered, so that it is done; nothing of that goes on.
                    server.readable().await.ok();
                    return;
                }
            }
            read = server.read(&mut back) => {
                let Ok(n @ 1..) = read else { return };
                if client.write_all(&back[..n]).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn store_behind(db: &Database, cut: Cut) -> (Store, Arc<AtomicBool>) {
    let armed = Arc::new(AtomicBool::new(false));
    let (login, place) = db.url.split_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let address = proxy(server.to_owned(), cut, Arc::clone(&armed)).await;
    let url = format!("{login}@{address}/{name}?sslmode=disable");
    (Store::open(&url, 2, SERVE).await.unwrap(), armed)
}

async fn try_around(cut: Cut) {
    let db = Database::postgres().await;
    let (store, armed) = store_behind(&db, cut).await;
    let mut world = World::founded(31);
    world.commit(&store).await.unwrap();
    for _ in 0..10 {
        while world.committed == world.steps.len() {
            world.happen();
        }
        armed.store(true, Ordering::SeqCst);
        let Err(CommitError::OutcomeUnknown { seq, digest: Some(digest), .. }) = world.commit(&store).await else {
            panic!("{cut:?}: the outcome was known");
        };
        armed.store(false, Ordering::SeqCst);
        assert_eq!(seq, world.unit.seq);
        let there = store.committed(seq, &digest).await.unwrap();
        assert_eq!(there, cut == Cut::After);
        if there {
            // Written once: to write it again is refused.
            assert!(matches!(world.commit(&store).await, Err(CommitError::Stale { .. })));
            world.committed = world.steps.len();
        } else {
            world.commit(&store).await.unwrap();
        }
        assert_eq!(store.load().await.unwrap(), world.unit);
    }
    assert_eq!(store.verify().await.unwrap().finding, None);
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_there() {
    try_around(Cut::After).await;
}

#[tokio::test]
async fn a_commit_that_is_lost_is_not_there() {
    try_around(Cut::Before).await;
}

/// What may still be under way is waited for: "not there" is final.
#[tokio::test]
async fn not_there_is_final() {
    let db = Database::postgres().await;
    let store = db.serve().await;
    let mut world = World::founded(37);
    world.commit(&store).await.unwrap();
    let Store::Postgres(pool) = &store else { unreachable!() };
    let mut slow = pool.begin().await.unwrap();
    sqlx::query("update head set seq = seq where id = 1").execute(&mut *slow).await.unwrap();
    let asked = tokio::spawn({
        let store = store.clone();
        async move { store.committed(3, &[1; 32]).await }
    });
    // A commit of another node is under way; its entry arrives, and only then is there an answer.
    let entry = "insert into ledger values (3, 'k', 1, 0, 0, 'p', null, '{}', null, null, $1, $1, $1)";
    sqlx::query(entry).bind([1_u8; 32].as_slice()).execute(&mut *slow).await.unwrap();
    assert!(!asked.is_finished());
    slow.commit().await.unwrap();
    assert!(asked.await.unwrap().unwrap());
}
