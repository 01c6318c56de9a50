//! Writing: entries, the rows they touch, the head and the answers given, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, Stream, TryStreamExt};
use sqlx::{FromRow, Row as _};

use super::error::Doing;
use super::rows::{self, json};
use super::tx::{Present, Table, Tx, Value, execute, within};
use super::{CommitError, Hash, IdempotentReply, Store, StoreError, idempotency, on, quality, redaction};
use crate::domain::entry::{Actor, Entry};
use crate::domain::event::Change;
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Touched, Unit};

/// An entry, and what applying it touched.
#[derive(Clone, Debug)]
pub struct Step {
    /// The entry.
    pub entry: Entry,
    /// What [`Unit::apply_entry`] said it touched.
    pub touched: Touched,
}

/// What is written together.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// The last entry that the caller knew when it decided.
    pub based_on: i64,
    /// What follows it, in order.
    pub steps: &'a [Step],
    /// The unit after the last of them.
    pub after: &'a Unit,
    /// Answers that are given once this is written.
    pub replies: &'a [IdempotentReply],
}

const LEDGER: Table = Table {
    name: "ledger",
    columns: &[
        "seq",
        "kind",
        "v",
        "happened_at",
        "recorded_at",
        "actor_person",
        "actor_token",
        "facts",
        "sealed",
        "salt",
        "sealed_hash",
        "digest",
        "chain",
    ],
    key: 1,
    present: Present::Refuse,
};

const LEDGER_SUBJECT: Table = Table { name: "ledger_subject", columns: &["number", "seq"], key: 2, present: Present::Refuse };

/// Entries read at a time by [`Store::entries`].
const PAGE: i64 = 1_000;

impl Store {
    /// Writes a commit, durably, or nothing.
    ///
    /// # Errors
    /// [`CommitError::Stale`] where the ledger does not end at `based_on`; [`CommitError::Answered`] where one of the keys
    /// was answered before; [`CommitError::OutcomeUnknown`] where only [`Store::committed`] can tell whether it is written
    /// (nobody can, either, where this future is dropped before it is ready).
    pub async fn commit(&self, commit: &Commit<'_>) -> Result<(), CommitError> {
        let last = commit.steps.last().map(|step| (step.entry.seq, step.entry.digest));
        if commit.after.seq != last.map_or(commit.based_on, |(seq, _)| seq) {
            let source = sqlx::Error::InvalidArgument("the unit given is not that of the last entry".into());
            return Err(StoreError::Failed { doing: "committing", source: source.into() }.into());
        }
        let mut tx = Tx::write(self).await?;
        move_head(&mut tx, commit).await?;
        write_entries(&mut tx, commit).await?;
        write_state(&mut tx, commit).await?;
        idempotency::write(&mut tx, commit.replies).await?;
        let digest = last.map(|(_, digest)| digest);
        tx.commit().await.map_err(|source| CommitError::from_sqlx(commit.after.seq, digest, source))
    }

    /// Whether an entry with this seq and digest is in the ledger: what became of a commit whose outcome is unknown.
    /// Final: it waits until no commit is under way any more, as the one in question may still be.
    pub async fn committed(&self, seq: i64, digest: &Hash) -> Result<bool, StoreError> {
        let mut tx = Tx::write(self).await?;
        execute(&mut tx, "waiting for commits under way", "update head set seq = seq where id = 1", []).await?;
        let found: Option<i64> = within!(&mut tx, connection => {
            sqlx::query_scalar("select seq from ledger where seq = $1 and digest = $2")
                .bind(seq)
                .bind(digest.as_slice())
                .fetch_optional(connection)
                .await
                .doing("looking for an entry")?
        });
        Ok(found.is_some())
    }

    /// Where the ledger ends: seq of its last entry (0 before the first) and its chain.
    pub async fn head(&self) -> Result<(i64, Hash), StoreError> {
        let (seq, chain): (i64, Vec<u8>) = on!(self.readers, pool => {
            sqlx::query_as("select seq, chain from head where id = 1")
                .fetch_one(pool)
                .await
                .doing("reading where the ledger ends")?
        });
        Ok((seq, hash("the head of the ledger", chain)?))
    }

    /// Up to `limit` entries that follow `after`, in order.
    pub async fn tail(&self, after: i64, limit: i64) -> Result<Vec<Entry>, StoreError> {
        on!(self.readers, pool => {
            let rows = sqlx::query(TAIL).bind(after).bind(limit).fetch_all(pool).await.doing("reading the ledger")?;
            rows.iter().map(|row| Ok(entry(row.try_get("seq"), Row::from_row(row))??)).collect()
        })
    }

    /// All entries that follow `after`, in order, read a page at a time and no transaction held between.
    pub fn entries(&self, after: i64) -> impl Stream<Item = Result<Entry, StoreError>> + '_ {
        let pages = stream::try_unfold(after, move |after| async move {
            let page = self.tail(after, PAGE).await?;
            Ok::<_, StoreError>(page.last().map(|entry| entry.seq).map(|last| (stream::iter(page.into_iter().map(Ok)), last)))
        });
        pages.try_flatten()
    }
}

/// Entries that follow one, as a transaction sees them; those that can't be read in their place.
pub(super) async fn tail_within(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Result<Entry, Damaged>>, StoreError> {
    within!(tx, connection => {
        let rows = sqlx::query(TAIL).bind(after).bind(limit).fetch_all(connection).await.doing("reading the ledger")?;
        rows.iter().map(|row| entry(row.try_get("seq"), Row::from_row(row))).collect()
    })
}

// --- Writing --------------------------------------------------------------------------------------------------------

/// Moves the head from where the caller saw it. On PostgreSQL this is also the lock: a second writer waits here for the
/// first, then finds that the head has moved.
async fn move_head(tx: &mut Tx, commit: &Commit<'_>) -> Result<(), CommitError> {
    let next = &commit.after.next;
    let mut values: Vec<Value> = vec![
        commit.based_on.into(),
        commit.after.seq.into(),
        next.submission.into(),
        next.case.into(),
        next.assignment.into(),
        next.breach.into(),
    ];
    values.push(commit.steps.last().map(|step| step.entry.chain).into());
    let sql = "update head set seq = $2, next_submission = $3, next_case = $4, next_assignment = $5, next_breach = $6,
               chain = coalesce($7, chain) where id = 1 and seq = $1";
    match execute(tx, "moving the head of the ledger", sql, values).await? {
        1 => Ok(()),
        _ => Err(CommitError::Stale { based_on: commit.based_on }),
    }
}

async fn write_entries(tx: &mut Tx, commit: &Commit<'_>) -> Result<(), CommitError> {
    let rows = commit.steps.iter().map(|step| ledger_row(&step.entry)).collect();
    LEDGER.write(tx, "writing the ledger", rows).await.map_err(|error| match error {
        // The head said that there is no such entry; the key has the last word.
        StoreError::Failed { source, .. } if source.as_database_error().is_some_and(|e| e.is_unique_violation()) => {
            CommitError::Stale { based_on: commit.based_on }
        }
        other => other.into(),
    })?;
    let subject = |step: &Step| {
        let seq = step.entry.seq;
        subjects(&step.touched).into_iter().map(move |number| vec![number.0.into(), seq.into()])
    };
    LEDGER_SUBJECT.write(tx, "indexing the ledger", commit.steps.iter().flat_map(subject).collect()).await?;
    Ok(())
}

fn ledger_row(entry: &Entry) -> Vec<Value> {
    vec![
        entry.seq.into(),
        entry.kind.as_str().into(),
        i64::from(entry.v).into(),
        entry.happened_at.into(),
        entry.recorded_at.into(),
        entry.actor.person.as_str().into(),
        entry.actor.token.as_deref().into(),
        entry.facts.as_str().into(),
        entry.sealed.as_deref().into(),
        entry.salt.as_deref().into(),
        entry.sealed_hash.into(),
        entry.digest.into(),
        entry.chain.into(),
    ]
}

/// The submissions that an entry speaks of.
fn subjects(touched: &Touched) -> BTreeSet<QueueNumber> {
    let assignments = touched.assignments.values().map(|(assignment, _)| assignment.submission);
    let breaches = touched.breaches.values().flatten().map(|breach| breach.submission);
    touched.submissions.keys().copied().chain(assignments).chain(breaches).collect()
}

/// Writes the rows that the entries touched, as they are after the last of them.
async fn write_state(tx: &mut Tx, commit: &Commit<'_>) -> Result<(), StoreError> {
    if commit.steps.is_empty() {
        return Ok(());
    }
    let unit = commit.after;
    write_adopted(tx, commit).await?;
    let (mut touched, mut changed_at) = (Touched::default(), BTreeMap::new());
    for step in commit.steps {
        changed_at.extend(step.touched.submissions.keys().map(|number| (*number, step.entry.recorded_at)));
        touched.absorb(step.touched.clone());
    }

    let doing = "writing submissions";
    let changed = touched.submissions.values().zip(changed_at.values());
    let rows = changed.map(|(s, at)| rows::submission(s, unit, *at)).collect();
    rows::SUBMISSION.write(tx, doing, rows).await?;
    let numbers = touched.submissions.keys().map(|number| number.0);
    of_keys(tx, doing, "delete from clock where number in", numbers.map(Value::from).collect()).await?;
    let clocks = touched.submissions.values().flat_map(|s| rows::clocks(s, unit)).collect();
    rows::CLOCK.write(tx, doing, clocks).await?;
    let cases = touched.cases.iter().map(|(digest, case)| vec![(*digest).into(), case.0.into()]).collect();
    rows::CASE_REFERENCE.write(tx, doing, cases).await?;

    let rows = touched.assignments.values().map(|(a, ending)| rows::assignment(a, ending.as_ref())).collect();
    rows::ASSIGNMENT.write(tx, "writing assignments", rows).await?;

    let doing = "writing breaches";
    let averted = touched.breaches.iter().filter(|(_, breach)| breach.is_none()).map(|(id, _)| id.0.into());
    of_keys(tx, doing, "delete from breach where id in", averted.collect()).await?;
    rows::BREACH.write(tx, doing, touched.breaches.values().flatten().map(rows::breach).collect()).await?;

    let doing = "writing outages";
    let resources = touched.outages.iter().map(|resource| resource.as_str().into());
    of_keys(tx, doing, "delete from outage where resource in", resources.collect()).await?;
    let mut outages = Vec::new();
    for resource in &touched.outages {
        for (place, outage) in unit.outages.get(resource).into_iter().flatten().enumerate() {
            let (from, until) = (outage.from.into(), outage.until.into());
            outages.push(vec![resource.as_str().into(), rows::count(place), from, until, outage.reason.as_str().into()]);
        }
    }
    rows::OUTAGE.write(tx, doing, outages).await?;
    quality::write(tx, &touched, unit).await?;
    redaction::write(tx, &touched).await?;

    let known = touched.durations.iter().filter_map(|kind| unit.durations.get_key_value(kind));
    let rows = known.map(|(kind, observed)| rows::duration(kind, observed)).collect();
    rows::DURATION.write(tx, "writing durations", rows).await?;
    Ok(())
}

/// Writes the files that were adopted. Of several establishments in one commit the last one stands for all.
async fn write_adopted(tx: &mut Tx, commit: &Commit<'_>) -> Result<(), StoreError> {
    let unit = commit.after;
    if let Some(step) = commit.steps.iter().rfind(|step| step.touched.establishment) {
        let (entry, file) = (&step.entry, &unit.establishment);
        let digest = unit.adopted.establishment.as_str().into();
        let row = vec![entry.seq.into(), file.version.as_str().into(), entry.recorded_at.into(), digest, json(&**file).into()];
        rows::ESTABLISHMENT.write(tx, "writing the unit file", vec![row]).await?;
    }
    for Step { entry, .. } in commit.steps.iter().filter(|step| step.touched.policy) {
        let event = entry.event().map_err(|e| StoreError::corrupt(&e.to_string()))?;
        if let Change::PolicyAdopted { digest, policy } = event.change {
            let (version, body) = (policy.version.as_str().into(), json(&*policy).into());
            let row = vec![version, entry.seq.into(), entry.recorded_at.into(), digest.into(), body];
            rows::POLICY.write(tx, "writing the policy file", vec![row]).await?;
        }
    }
    Ok(())
}

/// Does something to the rows of these keys (`delete from clock where number in`), a few keys at a time.
pub(super) async fn of_keys(tx: &mut Tx, doing: &'static str, sql: &str, keys: Vec<Value>) -> Result<(), StoreError> {
    let (mut keys, mut size) = (keys.into_iter(), 64);
    while keys.len() > 0 {
        while size > keys.len() {
            size /= 4;
        }
        let places: Vec<String> = (1..=size).map(|n| format!("${n}")).collect();
        let some: Vec<Value> = keys.by_ref().take(size).collect();
        execute(tx, doing, format!("{sql} ({})", places.join(", ")), some).await?;
    }
    Ok(())
}

// --- Reading --------------------------------------------------------------------------------------------------------

const TAIL: &str = "select seq, kind, v, happened_at, recorded_at, actor_person, actor_token, facts, sealed, salt,
    sealed_hash, digest, chain from ledger where seq > $1 order by seq limit $2";

/// A row of the ledger.
#[derive(FromRow)]
pub(super) struct Row {
    seq: i64,
    kind: String,
    v: i64,
    happened_at: i64,
    recorded_at: i64,
    actor_person: String,
    actor_token: Option<String>,
    facts: String,
    sealed: Option<String>,
    salt: Option<String>,
    sealed_hash: Vec<u8>,
    digest: Vec<u8>,
    chain: Vec<u8>,
}

/// An entry that can't be read.
#[derive(Debug)]
pub(super) struct Damaged {
    pub(super) seq: i64,
    pub(super) problem: String,
}

impl From<Damaged> for StoreError {
    fn from(damaged: Damaged) -> Self {
        Self::Corrupt { what: format!("ledger entry {}", damaged.seq), problem: damaged.problem }
    }
}

/// The entry of a row. The outer error is of a row whose very number can't be read.
pub(super) fn entry(seq: Result<i64, sqlx::Error>, row: Result<Row, sqlx::Error>) -> Result<Result<Entry, Damaged>, StoreError> {
    let seq = seq.doing("reading the ledger")?;
    Ok(row.map_err(|e| e.to_string()).and_then(Entry::try_from).map_err(|problem| Damaged { seq, problem }))
}

impl TryFrom<Row> for Entry {
    type Error = String;

    fn try_from(row: Row) -> Result<Self, String> {
        let hash = |bytes: Vec<u8>| bytes.try_into().map_err(|_| "a hash of it is not 32 bytes long".to_owned());
        Ok(Self {
            seq: row.seq,
            kind: row.kind,
            v: i32::try_from(row.v).map_err(|_| "its version is no version".to_owned())?,
            happened_at: instant(row.happened_at)?,
            recorded_at: instant(row.recorded_at)?,
            actor: Actor { person: row.actor_person, token: row.actor_token },
            facts: row.facts,
            sealed: row.sealed,
            salt: row.salt,
            sealed_hash: hash(row.sealed_hash)?,
            digest: hash(row.digest)?,
            chain: hash(row.chain)?,
        })
    }
}

/// An instant that was written as one: what is out of range would be bent into it, and hash as if nothing had happened.
fn instant(seconds: i64) -> Result<Timestamp, String> {
    let at = Timestamp::from_unix(seconds);
    if at.unix() == seconds { Ok(at) } else { Err(format!("{seconds} is no instant")) }
}

pub(super) fn hash(what: &str, bytes: Vec<u8>) -> Result<Hash, StoreError> {
    let problem = "a hash of it is not 32 bytes long";
    bytes.try_into().map_err(|_| StoreError::Corrupt { what: what.into(), problem: problem.into() })
}
