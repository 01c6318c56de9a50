//! Proving a store: the ledger is whole, and the tables hold what it says.

use std::collections::BTreeMap;
use std::fmt;

use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row as _};

use super::error::Doing;
use super::ledger::{Damaged, tail_within};
use super::load::load_within;
use super::rows::{self, ASSIGNMENT, BREACH, CLOCK, SUBMISSION};
use super::tx::{Table, Tx, Value, within};
use super::{Hash, Store, StoreError};
use crate::domain::entry::{Entry, GENESIS};
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Touched, Unit};

/// Entries read at a time.
const PAGE: i64 = 1_000;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Entries that are as they were written, from the first on.
    pub entries: i64,
    /// How many of them had their sealed part redacted.
    pub redacted: i64,
    /// The chain after the last of them: what a checkpoint kept elsewhere is compared with.
    pub chain: Hash,
    /// The first thing that is wrong, if anything is.
    pub finding: Option<Finding>,
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// An entry of the ledger.
    Entry {
        /// Which.
        seq: i64,
        /// What is wrong with it.
        problem: String,
    },
    /// The ledger is whole, but a table does not hold what it says.
    Table {
        /// Which rows differ, and how.
        problem: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { seq, problem } => write!(f, "ledger entry {seq}: {problem}"),
            Self::Table { problem } => write!(f, "the ledger is whole, but the tables differ from it: {problem}"),
        }
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entries, redacted, chain) = (self.entries, self.redacted, hex::encode(self.chain));
        writeln!(f, "{entries} entries are as they were written ({redacted} redacted); chain {chain}")?;
        match &self.finding {
            Some(finding) => writeln!(f, "WRONG: {finding}")?,
            None => writeln!(f, "the tables hold what the ledger says")?,
        }
        f.write_str(
            "Without a checkpoint kept elsewhere, entries cut off at the end, or a ledger written anew as a whole, are not found.",
        )
    }
}

impl Store {
    /// Folds the ledger from its beginning and compares: every entry unaltered, in its place and readable, and every row
    /// of the tables as the fold has it. It may run beside a daemon.
    ///
    /// # Errors
    /// Where the database can't be read; what is wrong with what it holds is a [`Finding`].
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        let mut fold = Fold::new();
        // The bulk a page at a time, holding nothing; then the rest and the tables as one transaction sees them.
        loop {
            let mut tx = Tx::read(self).await?;
            let page = tail_within(&mut tx, fold.unit.seq, PAGE).await?;
            let full = page.len() as i64 == PAGE;
            fold.take(page);
            if fold.finding.is_some() {
                break;
            }
            if !full {
                fold.finding = fold.compare(&mut tx).await?.map(|problem| Finding::Table { problem });
                break;
            }
        }
        Ok(Verification { entries: fold.unit.seq, redacted: fold.redacted, chain: fold.chain, finding: fold.finding })
    }
}

/// The state that the ledger gives, and the rows that the tables should hold.
struct Fold {
    unit: Unit,
    chain: Hash,
    redacted: i64,
    finding: Option<Finding>,
    /// When what last changed an open submission was recorded; rows of open ones are made at the end.
    changed_at: BTreeMap<QueueNumber, Timestamp>,
    submissions: Rows,
    clocks: Rows,
    assignments: Rows,
    breaches: Rows,
}

impl Fold {
    fn new() -> Self {
        Self {
            unit: Unit::empty(),
            chain: GENESIS,
            redacted: 0,
            finding: None,
            changed_at: BTreeMap::new(),
            submissions: Rows::of(&SUBMISSION),
            clocks: Rows::of(&CLOCK),
            assignments: Rows::of(&ASSIGNMENT),
            breaches: Rows::of(&BREACH),
        }
    }

    /// Takes entries in order until one is wrong.
    fn take(&mut self, page: Vec<Result<Entry, Damaged>>) {
        for entry in page {
            let wrong = match entry {
                Ok(entry) => self.step(&entry).err().map(|problem| (entry.seq, problem)),
                Err(Damaged { seq, problem }) => Some((seq, problem)),
            };
            if let Some((seq, problem)) = wrong {
                // Where entries lack before it, the first that lacks is the first that is wrong.
                let next = self.unit.seq + 1;
                let (seq, problem) = if seq > next { (next, format!("is missing; entry {seq} follows")) } else { (seq, problem) };
                self.finding = Some(Finding::Entry { seq, problem });
                return;
            }
        }
    }

    fn step(&mut self, entry: &Entry) -> Result<(), String> {
        if entry.seq != self.unit.seq + 1 {
            return Err("is out of order".into());
        }
        let sealed = entry.expected_sealed_hash();
        if sealed.is_some_and(|hash| hash != entry.sealed_hash) {
            return Err("its sealed part is not what was written".into());
        }
        if entry.expected_digest() != entry.digest {
            return Err("its content is not what was written".into());
        }
        if entry.expected_chain(&self.chain) != entry.chain {
            return Err("its chain does not follow from the entry before it".into());
        }
        let touched = self.unit.apply_entry(entry).map_err(|e| e.to_string())?;
        self.chain = entry.chain;
        self.redacted += i64::from(sealed.is_none());
        self.note(touched, entry.recorded_at);
        Ok(())
    }

    fn note(&mut self, touched: Touched, at: Timestamp) {
        for (number, submission) in touched.submissions {
            if self.unit.submissions.contains_key(&number) {
                self.changed_at.insert(number, at);
            } else {
                self.changed_at.remove(&number);
                self.note_submission(&submission, at);
            }
        }
        for (assignment, ending) in touched.assignments.into_values() {
            self.assignments.note(&rows::assignment(&assignment, ending.as_ref()));
        }
        for (id, breach) in touched.breaches {
            match breach {
                Some(breach) => self.breaches.note(&rows::breach(&breach)),
                None => self.breaches.drop(id.0),
            }
        }
    }

    fn note_submission(&mut self, submission: &Submission, at: Timestamp) {
        self.submissions.note(&rows::submission(submission, &self.unit, at));
        self.clocks.drop(submission.number.0);
        for row in rows::clocks(submission, &self.unit) {
            self.clocks.note(&row);
        }
    }

    /// How the tables differ from the fold, if they do.
    async fn compare(&mut self, tx: &mut Tx) -> Result<Option<String>, StoreError> {
        let (seq, chain): (i64, Vec<u8>) = within!(&mut *tx, connection => {
            sqlx::query_as("select seq, chain from head where id = 1")
                .fetch_one(connection)
                .await
                .doing("reading where the ledger ends")?
        });
        if (seq, chain.as_slice()) != (self.unit.seq, self.chain.as_slice()) {
            return Ok(Some(format!(
                "the head is at entry {seq}, the ledger ends at entry {}, or their chains differ",
                self.unit.seq
            )));
        }
        let changed_at = std::mem::take(&mut self.changed_at);
        for (submission, at) in self.unit.submissions.clone().values().zip(changed_at.values()) {
            self.note_submission(submission, *at);
        }
        for rows in [&mut self.submissions, &mut self.clocks, &mut self.assignments, &mut self.breaches] {
            if let Some(problem) = rows.compare(tx).await? {
                return Ok(Some(problem));
            }
        }
        let loaded = match load_within(tx).await {
            Err(StoreError::Corrupt { what, problem }) => return Ok(Some(format!("{what}: {problem}"))),
            loaded => loaded?,
        };
        Ok(difference(&loaded, &self.unit).map(|part| format!("{part} as loaded differ from the ledger's")))
    }
}

/// The part of two units in which they differ first.
fn difference(a: &Unit, b: &Unit) -> Option<&'static str> {
    let parts = [
        ("establishments", a.establishment == b.establishment),
        ("policies", a.policy == b.policy && a.policies == b.policies),
        ("digests of the adopted files", a.adopted == b.adopted),
        ("submissions", a.submissions == b.submissions),
        ("assignments", a.assignments == b.assignments),
        ("outages", a.outages == b.outages),
        ("quality holds", a.holds == b.holds),
        ("tools", a.tools == b.tools),
        ("durations", a.durations == b.durations),
        ("breaches", a.breaches == b.breaches),
        ("references", a.references == b.references),
        ("cases", a.cases == b.cases),
        ("numbers given next", a.next == b.next),
        ("units", a == b),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(part, _)| part)
}

/// The rows that a table should hold, by key, as hashes.
struct Rows {
    table: &'static Table,
    /// Any row, for its types.
    sample: Vec<Value>,
    expected: BTreeMap<Vec<i64>, Hash>,
}

impl Rows {
    const fn of(table: &'static Table) -> Self {
        Self { table, sample: Vec::new(), expected: BTreeMap::new() }
    }

    fn note(&mut self, row: &[Value]) {
        if self.sample.is_empty() {
            self.sample = row.to_vec();
        }
        self.expected.insert(key(row, self.table), digest(row));
    }

    /// Drops every row whose key begins so.
    fn drop(&mut self, first: i64) {
        let gone: Vec<_> = self.expected.range(vec![first]..vec![first + 1]).map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.expected.remove(&key);
        }
    }

    /// The first row that is not as it should be, or is missing, or should not be there.
    async fn compare(&mut self, tx: &mut Tx) -> Result<Option<String>, StoreError> {
        let Table { name, columns, .. } = self.table;
        let columns = if self.sample.is_empty() { "1".to_owned() } else { columns.join(", ") };
        let sql = format!("select {columns} from {name}");
        within!(tx, connection => {
            let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(connection);
            while let Some(row) = rows.try_next().await.doing("reading the tables")? {
                let mut values = Vec::with_capacity(self.sample.len());
                for (at, like) in self.sample.iter().enumerate() {
                    let value = match like {
                        Value::Int(_) => row.try_get(at).map(Value::Int),
                        Value::Bool(_) => row.try_get(at).map(Value::Bool),
                        Value::Text(_) => row.try_get(at).map(Value::Text),
                        Value::Bytes(_) => row.try_get(at).map(Value::Bytes),
                    };
                    match value {
                        Ok(value) => values.push(value),
                        Err(e) => return Ok(Some(format!("a row of {name} can't be read: {e}"))),
                    }
                }
                let key = key(&values, self.table);
                match self.expected.remove(&key) {
                    Some(hash) if hash == digest(&values) => {}
                    Some(_) => return Ok(Some(format!("{name} {key:?} is not as the ledger has it"))),
                    None => return Ok(Some(format!("{name} {key:?} is not in the ledger"))),
                }
            }
        });
        Ok(self.expected.keys().next().map(|key| format!("{name} {key:?} is missing")))
    }
}

fn key(row: &[Value], table: &Table) -> Vec<i64> {
    let int = |value: &Value| if let Value::Int(Some(n)) = value { *n } else { i64::MIN };
    row.iter().take(table.key).map(int).collect()
}

fn digest(row: &[Value]) -> Hash {
    Sha256::digest(format!("{row:?}")).into()
}
