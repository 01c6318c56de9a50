//! Whatever is done to a ledger is found, and the right entry named.

use dfqueue::store::{Finding, Store, Verification};
use sqlx::AssertSqlSafe;

use crate::harness::Database;
use crate::on_both;
use crate::world::{Chance, World};

/// Lets a forger at the ledger.
async fn unlock(db: &Database) {
    db.run(
        "drop trigger ledger_stays; drop trigger ledger_stands",
        "drop trigger ledger_stays on ledger; drop trigger ledger_stands on ledger",
    )
    .await;
}

async fn ledger(db: &Database, events: usize) -> (Store, World) {
    let (store, mut world) = (db.serve().await, World::founded(23));
    while world.steps.len() < events {
        world.happen();
    }
    world.commit(&store).await.unwrap();
    unlock(db).await;
    (store, world)
}

#[track_caller]
fn assert_names(verification: &Verification, seq: i64, what: &str) {
    match &verification.finding {
        Some(Finding::Entry { seq: found, .. }) => assert_eq!(*found, seq, "{what}: {verification}"),
        other => panic!("{what} of entry {seq} not found: {other:?}"),
    }
    assert_eq!(verification.entries, seq - 1, "all before it are whole");
    assert!(verification.to_string().contains("checkpoint"), "it says what it can't find");
}

/// Runs one statement on the ledger, whichever database it is in.
macro_rules! alter {
    ($store:expr, $sql:expr $(, $value:expr)*) => {{
        let sql = String::from($sql);
        let query = AssertSqlSafe(sql.clone());
        let rows = match $store {
            Store::Sqlite { writer, .. } => {
                sqlx::query(query)$(.bind($value))*.execute(writer).await.unwrap().rows_affected()
            }
            Store::Postgres(pool) => sqlx::query(query)$(.bind($value))*.execute(pool).await.unwrap().rows_affected(),
        };
        assert_eq!(rows, 1, "{sql}");
    }};
}

/// A text with one bit of one of its bytes flipped, so that it is still text.
fn flipped_text(text: &str, chance: &mut Chance) -> String {
    loop {
        let mut bytes = text.as_bytes().to_vec();
        let at = chance.below(bytes.len());
        bytes[at] ^= 1 << chance.below(7);
        match String::from_utf8(bytes) {
            // PostgreSQL holds no zero in a text.
            Ok(text) if !text.contains('\0') => return text,
            _ => {}
        }
    }
}

fn flipped(hash: [u8; 32], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = hash.to_vec();
    bytes[chance.below(32)] ^= 1 << chance.below(8);
    bytes
}

on_both! {
    /// One bit of one byte of one field of one entry: 1,000 of them, each found, each with its entry named.
    async fn every_flipped_byte_is_found(db: &Database) {
        let (store, world) = ledger(db, 60).await;
        let mut chance = Chance(4);
        let mut tried = std::collections::BTreeMap::<&str, usize>::new();
        let mut flips = 0;
        while flips < 1_000 {
            let entry = &world.steps[chance.below(world.steps.len())].entry;
            let (seq, field) = (entry.seq, chance.below(12));
            let bit = 1_i64 << chance.below(33);
            macro_rules! flip {
                ($name:literal, $bad:expr, $good:expr) => {{
                    alter!(&store, concat!("update ledger set ", $name, " = $2 where seq = $1"), seq, $bad);
                    assert_names(&store.verify().await.unwrap(), seq, $name);
                    alter!(&store, concat!("update ledger set ", $name, " = $2 where seq = $1"), seq, $good);
                    $name
                }};
            }
            macro_rules! flip_text {
                ($name:literal, $text:expr) => {{
                    let Some(text) = $text else { continue };
                    flip!($name, flipped_text(text, &mut chance), text)
                }};
            }
            let field = match field {
                0 => flip_text!("kind", Some(entry.kind.as_str())),
                1 => flip!("v", i64::from(entry.v) ^ bit, i64::from(entry.v)),
                2 => flip!("happened_at", entry.happened_at.unix() ^ bit, entry.happened_at.unix()),
                3 => flip!("recorded_at", entry.recorded_at.unix() ^ bit, entry.recorded_at.unix()),
                4 => flip_text!("actor_person", Some(entry.actor.person.as_str())),
                5 => flip_text!("actor_token", entry.actor.token.as_deref()),
                6 => flip_text!("facts", Some(entry.facts.as_str())),
                7 => flip_text!("sealed", entry.sealed.as_deref()),
                8 => flip_text!("salt", entry.salt.as_deref()),
                9 => flip!("sealed_hash", flipped(entry.sealed_hash, &mut chance), entry.sealed_hash.to_vec()),
                10 => flip!("digest", flipped(entry.digest, &mut chance), entry.digest.to_vec()),
                _ => flip!("chain", flipped(entry.chain, &mut chance), entry.chain.to_vec()),
            };
            *tried.entry(field).or_default() += 1;
            flips += 1;
        }
        assert_eq!(tried.len(), 12, "every field was tried: {tried:?}");
        assert_eq!(store.verify().await.unwrap().finding, None, "whole again");
    }

    async fn fields_put_in_or_taken_out_are_found(db: &Database) {
        let (store, world) = ledger(db, 40).await;
        let sealed = world.steps.iter().find(|step| step.entry.sealed.is_some()).unwrap().entry.seq;
        let bare = world.steps.iter().find(|step| step.entry.sealed.is_none()).unwrap().entry.seq;
        for (seq, change) in [
            (bare, "sealed = '{\"reason\":\"x\"}'"),
            (bare, "salt = '00'"),
            (sealed, "sealed = null"),
            (sealed, "salt = null"),
            (sealed, "actor_token = null"),
            (bare, "actor_token = ''"),
        ] {
            let sql = format!("update ledger set {change} where seq = {seq}");
            alter!(&store, sql);
            assert_names(&store.verify().await.unwrap(), seq, change);
            let entry = &world.steps[usize::try_from(seq).unwrap() - 1].entry;
            alter!(
                &store,
                "update ledger set sealed = $2, salt = $3, actor_token = $4 where seq = $1",
                seq,
                entry.sealed.clone(),
                entry.salt.clone(),
                entry.actor.token.clone()
            );
        }
        assert_eq!(store.verify().await.unwrap().finding, None);
    }

    async fn entries_removed_swapped_or_added_are_found(db: &Database) {
        let (store, world) = ledger(db, 40).await;
        // Two change places, by way of a third.
        for (from, to) in [(7_i64, 9_000_i64), (8, 7), (9_000, 8)] {
            alter!(&store, "update ledger set seq = $2 where seq = $1", from, to);
        }
        assert_names(&store.verify().await.unwrap(), 7, "swap");
        for (from, to) in [(7_i64, 9_000_i64), (8, 7), (9_000, 8)] {
            alter!(&store, "update ledger set seq = $2 where seq = $1", from, to);
        }
        assert_eq!(store.verify().await.unwrap().finding, None);

        // One is taken out; then the rest is moved up, so that no number lacks.
        alter!(&store, "delete from ledger where seq = $1", 20_i64);
        assert_names(&store.verify().await.unwrap(), 20, "removal");
        for seq in 21..=world.unit.seq {
            alter!(&store, "update ledger set seq = $2 where seq = $1", seq, seq - 1);
        }
        assert_names(&store.verify().await.unwrap(), 20, "removal and moving up");
    }

    /// What is cut off at the end shows in the tables, if they were not cut with it.
    async fn a_ledger_and_tables_that_differ_are_found(db: &Database) {
        let (store, world) = ledger(db, 400).await;
        let number = world.unit.submissions.keys().next().unwrap().0;
        let closed = world.closed.keys().next().map_or(number, |number| number.0);
        for (table, change, undo) in [
            ("submission", format!("update submission set site = site || 'x' where number = {number}"),
             format!("update submission set site = replace(site, 'x', '') where number = {number}")),
            ("submission", format!("update submission set open = not open where number = {closed}"),
             format!("update submission set open = not open where number = {closed}")),
            ("clock", "update clock set due = due + 1 where place = 0 and number = (select min(number) from clock)".into(),
             "update clock set due = due - 1 where place = 0 and number = (select min(number) from clock)".into()),
            ("assignment", "update assignment set slot = slot + 1 where id = 1".into(),
             "update assignment set slot = slot - 1 where id = 1".into()),
            ("breach", "update breach set due = due + 1 where id = (select min(id) from breach)".into(),
             "update breach set due = due - 1 where id = (select min(id) from breach)".into()),
            ("numbers", "update head set next_case = next_case + 1".into(), "update head set next_case = next_case - 1".into()),
            ("head", "update head set seq = seq + 1".into(), "update head set seq = seq - 1".into()),
        ] {
            alter!(&store, change.clone());
            match store.verify().await.unwrap().finding {
                Some(Finding::Table { problem }) => assert!(problem.contains(table), "{change}: {problem}"),
                other => panic!("{change}: {other:?}"),
            }
            alter!(&store, undo);
            assert_eq!(store.verify().await.unwrap().finding, None, "undone");
        }
        alter!(&store, "delete from ledger where seq = $1", world.unit.seq);
        assert!(matches!(store.verify().await.unwrap().finding, Some(Finding::Table { .. })));
    }
}

/// SQLite takes any bytes for a text.
#[tokio::test]
async fn bytes_that_are_no_text_are_found() {
    let db = Database::sqlite();
    let (store, world) = ledger(&db, 30).await;
    for (seq, field) in [(5, "facts"), (9, "kind"), (12, "actor_person"), (3, "actor_token")] {
        let sql = format!("update ledger set {field} = cast(x'c328' as text) where seq = {seq}");
        alter!(&store, sql);
        assert_names(&store.verify().await.unwrap(), seq, field);
        let tail = store.tail(0, 100).await.expect_err("unreadable").to_string();
        assert!(tail.contains(&format!("ledger entry {seq}")), "{tail}");
        let entry = &world.steps[usize::try_from(seq).unwrap() - 1].entry;
        let (kind, person, token) = (entry.kind.clone(), entry.actor.person.clone(), entry.actor.token.clone());
        let sql = "update ledger set facts = $2, kind = $3, actor_person = $4, actor_token = $5 where seq = $1";
        alter!(&store, sql, seq, entry.facts.clone(), kind, person, token);
    }
}
