//! What is committed is there, whole, once; what is not leaves no trace.

use dfqueue::domain::entry::Entry;
use dfqueue::domain::ids::{BreachId, CaseId, QueueNumber};
use dfqueue::domain::submission::digest_of;
use dfqueue::domain::time::Timestamp;
use dfqueue::domain::unit::Unit;
use dfqueue::store::{Access, Commit, CommitError, IdempotentReply, Store, StoreError, Which, WhichBreaches};
use futures::TryStreamExt;

use crate::harness::{Database, SERVE};
use crate::on_both;
use crate::world::World;

fn entries(world: &World) -> Vec<Entry> {
    world.steps.iter().map(|step| step.entry.clone()).collect()
}

fn reply(key: &str) -> IdempotentReply {
    IdempotentReply {
        token: "t-7".into(),
        key: key.into(),
        request: digest_of("request"),
        status: 201,
        body: "{\"number\":1}".into(),
        created_at: Timestamp::from_unix(1_795_000_000),
    }
}

on_both! {
    async fn a_new_store_is_an_empty_unit(db: &Database) {
        let store = db.serve().await;
        assert_eq!(store.load().await.unwrap(), Unit::empty());
        assert_eq!(store.head().await.unwrap(), (0, [0; 32]));
        assert_eq!(store.tail(0, 10).await.unwrap(), []);
    }

    /// What was committed is there for whoever opens the store later.
    async fn committed_entries_come_back_as_they_were(db: &Database) {
        let (store, mut world) = (db.serve().await, World::founded(1));
        world.happen_times(40);
        world.commit(&store).await.unwrap();
        store.close().await;

        let store = db.serve().await;
        let all = entries(&world);
        assert_eq!(store.tail(0, 10_000).await.unwrap(), all);
        assert_eq!(store.tail(3, 2).await.unwrap(), all[3..5]);
        assert_eq!(store.entries(5).try_collect::<Vec<_>>().await.unwrap(), all[5..]);
        assert_eq!(store.head().await.unwrap(), (world.unit.seq, world.chain));
        assert_eq!(store.load().await.unwrap(), world.unit);
        let last = all.last().unwrap();
        assert!(store.committed(last.seq, &last.digest).await.unwrap());
        assert!(!store.committed(last.seq, &all[0].digest).await.unwrap());
        assert!(!store.committed(last.seq + 1, &last.digest).await.unwrap());
    }

    /// Forecasts ask for what came in lately, whatever became of it.
    async fn what_was_taken_since_a_day_is_found_open_or_closed(db: &Database) {
        let (store, mut world) = (db.serve().await, World::founded(20_261_130));
        while world.closed.is_empty() {
            world.happen_times(100);
        }
        world.commit(&store).await.unwrap();
        let closed = world.closed.values().filter_map(|loaded| loaded.submission.clone());
        let mut all: Vec<_> = world.unit.submissions.values().cloned().chain(closed).collect();
        all.sort_by_key(|submission| submission.number);
        let middle = all[all.len() / 2].facts.taken_at;
        let found = store.taken_since(middle).await.unwrap();
        let since: Vec<_> = all.into_iter().filter(|submission| submission.facts.taken_at >= middle).collect();
        assert_eq!(found, since);
    }

    /// Folding the ledger and loading the tables give the same unit, whatever happened, however it was grouped.
    async fn loading_gives_what_folding_gives(db: &Database) {
        let store = db.serve().await;
        let mut world = World::founded(20_261_123);
        let mut kinds = std::collections::BTreeSet::new();
        while world.steps.len() < 3_000 {
            let many = 1 + world.chance.below(40);
            world.happen_times(many);
            world.commit(&store).await.unwrap();
            if world.chance.below(6) == 0 {
                assert_eq!(store.load().await.unwrap(), world.unit);
            }
        }
        assert_eq!(store.load().await.unwrap(), world.unit);
        kinds.extend(world.steps.iter().map(|step| step.entry.kind.as_str()));
        assert!(kinds.len() >= 29, "too little happened to show anything: {kinds:?}");
        assert!(world.closed.len() > 15, "too little was closed: {}", world.closed.len());
        for (number, loaded) in &world.closed {
            assert_eq!(store.loaded(*number).await.unwrap(), *loaded, "{number}");
        }
        let verification = store.verify().await.unwrap();
        assert_eq!(verification.finding, None);
        assert_eq!((verification.entries, verification.chain), (world.unit.seq, world.chain));
    }

    /// Two decide on the same entry; one wins, and of the other nothing is there.
    async fn of_two_writers_one_wins(db: &Database) {
        let store = db.serve().await;
        let mut one = World::founded(7);
        one.commit(&store).await.unwrap();
        for round in 0..20 {
            let mut two = World::founded(7);
            two.steps.clone_from(&one.steps);
            (two.unit, two.chain, two.now) = (one.unit.clone(), one.chain, one.now);
            two.committed = one.committed;
            two.chance.0 = round;
            let before = one.steps.len();
            while one.steps.len() == before {
                one.happen();
            }
            while two.steps.len() == before {
                two.happen();
            }
            let (mine, yours) = ([reply(&format!("one-{round}"))], [reply(&format!("two-{round}"))]);
            let (a, b) = (one.pending(&mine), two.pending(&yours));
            let (a, b) = tokio::join!(store.commit(&a), store.commit(&b));
            let won = match (a, b) {
                (Ok(()), Err(CommitError::Stale { based_on })) => { assert_eq!(based_on, before as i64); true }
                (Err(CommitError::Stale { .. }), Ok(())) => false,
                other => panic!("not one winner: {other:?}"),
            };
            assert_eq!(store.reply("t-7", &mine[0].key).await.unwrap().is_some(), won);
            assert_eq!(store.reply("t-7", &yours[0].key).await.unwrap().is_some(), !won);
            if !won {
                one = two;
            }
            one.committed = one.steps.len();
            assert_eq!(store.load().await.unwrap(), one.unit);
        }
        assert_eq!(store.tail(0, 10_000).await.unwrap(), entries(&one));
        assert_eq!(store.verify().await.unwrap().finding, None);
    }

    /// Many at once, each deciding again when it lost: every entry once, no gap.
    async fn writers_that_try_again_all_get_through(db: &Database) {
        let store = db.serve().await;
        World::founded(3).commit(&store).await.unwrap();
        let writer = |seed| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut done = 0;
                while done < 10 {
                    let mut world = World::founded(seed);
                    world.unit = store.load().await.unwrap();
                    (_, world.chain) = store.head().await.unwrap();
                    // The head may have moved in between: then the chain is another's, and the commit is refused.
                    world.steps.clear();
                    let request = world.request();
                    assert!(world.order(&dfqueue::domain::command::Command::Register(Box::new(request))));
                    let based_on = world.unit.seq - world.steps.len() as i64;
                    let commit = Commit { based_on, steps: &world.steps, after: &world.unit, replies: &[] };
                    match store.commit(&commit).await {
                        Ok(()) => done += 1,
                        Err(CommitError::Stale { .. }) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            })
        };
        for task in (0..4).map(writer).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(store.head().await.unwrap().0, 2 + 40);
        assert_eq!(store.load().await.unwrap().submissions.size(), 40);
    }

    /// An answer is written with its entries or not at all, and only once.
    async fn a_key_is_answered_once(db: &Database) {
        let (store, mut world) = (db.serve().await, World::founded(5));
        let answers = [reply("k1"), reply("k2")];
        store.commit(&world.pending(&answers)).await.unwrap();
        world.committed = world.steps.len();
        assert_eq!(store.reply("t-7", "k1").await.unwrap(), Some(reply("k1")));
        assert_eq!(store.reply("t-8", "k1").await.unwrap(), None);

        world.happen_times(30);
        let again = [reply("k3"), reply("k1")];
        let refused = store.commit(&world.pending(&again)).await;
        assert!(matches!(refused, Err(CommitError::Answered)), "{refused:?}");
        assert_eq!(store.head().await.unwrap().0, world.committed as i64, "nothing of a refused commit is there");
        assert_eq!(store.reply("t-7", "k3").await.unwrap(), None);
        world.commit(&store).await.unwrap();

        // An answer to a command that changed nothing stands alone.
        let alone = [reply("k4")];
        store.commit(&world.pending(&alone)).await.unwrap();
        assert_eq!(store.reply("t-7", "k4").await.unwrap(), Some(reply("k4")));
        let late = Commit { based_on: 1, ..world.pending(&[]) };
        assert!(store.commit(&late).await.is_err());
    }

    async fn history_finds_what_was_recorded(db: &Database) {
        let (store, mut world) = (db.serve().await, World::founded(11));
        world.happen_times(600);
        world.commit(&store).await.unwrap();

        for submission in world.unit.submissions.values().take(20) {
            let timeline = store.timeline(submission.number).await.unwrap();
            assert_eq!(timeline.first().map(|entry| entry.kind.as_str()), Some("registered"));
            assert_eq!(timeline.last().map(|entry| entry.seq), Some(submission.version.max(timeline.last().unwrap().seq)));
            let found = store.find_reference(&digest_of(&submission.key())).await.unwrap();
            assert_eq!(found, Some(submission.number));
            let case = store.find_case(&digest_of(&submission.request().unwrap().case_key())).await.unwrap();
            assert_eq!(case, Some(submission.case));
            assert_eq!(store.submission(submission.number).await.unwrap(), Some(submission.clone()));
        }
        assert_eq!(store.submission(QueueNumber(99_999)).await.unwrap(), None);
        assert_eq!(store.find_reference(&digest_of("nobody")).await.unwrap(), None);

        let (mut listed, mut after) = (Vec::new(), QueueNumber(0));
        let which = Which { force: Some("Northshire".into()), open: Some(true), ..Which::default() };
        loop {
            let page = store.submissions(&which, after, 7).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.number;
            listed.extend(page);
        }
        let expected: Vec<_> = world.unit.submissions.values().filter(|s| s.facts.force == "Northshire").cloned().collect();
        assert!(!expected.is_empty());
        assert_eq!(listed, expected);
        let case = Which { case: Some(CaseId(1)), ..Which::default() };
        assert!(store.submissions(&case, QueueNumber(0), 100).await.unwrap().iter().all(|s| s.case == CaseId(1)));

        let all = store.breaches(&WhichBreaches::default(), BreachId(0), 1_000).await.unwrap();
        assert!(world.unit.breaches.values().all(|breach| all.contains(breach)) && !all.is_empty());
        let open = WhichBreaches { force: Some("Southshire".into()), state: Some("open") };
        for breach in store.breaches(&open, BreachId(0), 1_000).await.unwrap() {
            assert_eq!(breach.state.as_str(), "open");
            assert_eq!(store.submission(breach.submission).await.unwrap().unwrap().facts.force, "Southshire");
        }
    }

    /// A unit that is not that of the last entry would put wrong rows beside right entries.
    async fn a_commit_must_fit_together(db: &Database) {
        let (store, mut world) = (db.serve().await, World::founded(5));
        let early = world.unit.clone();
        world.happen_times(20);
        let wrong = Commit { after: &early, ..world.pending(&[]) };
        assert!(matches!(store.commit(&wrong).await, Err(CommitError::Store(StoreError::Failed { .. }))));
        assert_eq!(store.load().await.unwrap(), Unit::empty());
    }
}

/// A full disk is an error and no more: what was there stays, and the same commit works once there is room.
#[tokio::test]
async fn a_full_disk_can_be_got_over() {
    let db = Database::sqlite();
    let (store, mut world) = (db.serve().await, World::founded(9));
    world.commit(&store).await.unwrap();
    let Store::Sqlite { writer, .. } = &store else { unreachable!() };
    let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(writer).await.unwrap();
    for round in 0..20 {
        // The writer's own connection, and a little more room each time: the disk is full at another statement.
        let room = pages + round;
        sqlx::query(sqlx::AssertSqlSafe(format!("pragma max_page_count = {room}"))).execute(writer).await.unwrap();
        let before = store.head().await.unwrap();
        world.happen_times(200);
        match world.commit(&store).await {
            Err(CommitError::Store(StoreError::Full { .. })) => assert_eq!(store.head().await.unwrap(), before),
            other => panic!("round {round}: no full disk: {other:?}"),
        }
        assert!(store.load().await.is_ok());
        sqlx::query("pragma max_page_count = 1000000").execute(writer).await.unwrap();
        if round % 5 == 4 {
            break;
        }
    }
    world.commit(&store).await.unwrap();
    assert_eq!(store.load().await.unwrap(), world.unit);
    assert_eq!(store.verify().await.unwrap().finding, None);
}

/// Readers of a file see whole commits only, and wait for no writer.
#[tokio::test]
async fn readers_beside_a_daemon_see_whole_commits() {
    let db = Database::sqlite();
    let (store, mut world) = (db.serve().await, World::founded(13));
    world.commit(&store).await.unwrap();
    let reader = Store::open(&db.url, 1, Access::Read).await.unwrap();
    for _ in 0..20 {
        world.happen_times(5);
        let (committed, seen) = tokio::join!(world.commit(&store), reader.load());
        committed.unwrap();
        let seen = seen.unwrap();
        assert_eq!(seen.submissions.values().map(|s| s.version).max().unwrap_or(0).max(seen.seq), seen.seq);
    }
    assert_eq!(reader.load().await.unwrap(), world.unit);
    assert!(matches!(Store::open(&db.url, 1, SERVE).await, Err(StoreError::Setup { .. })));
}
