//! Reading the current state back: what folding the ledger gives, without folding it.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::error::Doing;
use super::ledger::hash;
use super::tx::{Tx, within};
use super::{Store, StoreError, on, quality};
use crate::domain::command::Loaded;
use crate::domain::durations::{Kind, Observed};
use crate::domain::establishment::Closure;
use crate::domain::ids::{AssignmentId, BreachId, CaseId, QueueNumber, ResourceId, Slot, Word};
use crate::domain::policy::{Milestone, Policy};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Acknowledged, Assignment, AssignmentState, Breach, BreachState, Counters, Earlier, Submission, Unit};

impl Store {
    /// The unit as it is after the last entry: open submissions with what belongs to them, all at one place in the ledger.
    pub async fn load(&self) -> Result<Unit, StoreError> {
        let mut tx = Tx::read(self).await?;
        load_within(&mut tx).await
    }

    /// A submission, open or closed; none where there never was one of this number.
    pub async fn submission(&self, number: QueueNumber) -> Result<Option<Arc<Submission>>, StoreError> {
        let body: Option<String> = on!(self.readers, pool => {
            sqlx::query_scalar("select body from submission where number = $1")
                .bind(number.0)
                .fetch_optional(pool)
                .await
                .doing("reading a submission")?
        });
        body.map(|body| parse(|| format!("submission {number}"), &body)).transpose()
    }

    /// A submission with all its breaches, oldest first, as a command about a closed one needs it (see
    /// [`Command::needs`](crate::domain::command::Command::needs)).
    pub async fn loaded(&self, number: QueueNumber) -> Result<Loaded, StoreError> {
        let mut tx = Tx::read(self).await?;
        let body: Option<String> = within!(&mut tx, connection => {
            sqlx::query_scalar("select body from submission where number = $1")
                .bind(number.0)
                .fetch_optional(connection)
                .await
                .doing("reading a submission")?
        });
        let rows: Vec<BreachRow> = within!(&mut tx, connection => {
            sqlx::query_as(
                "select id, submission, promise, milestone, due, state, since, expected, reached_at, unavoidable,
                     acknowledged_at, acknowledged_by, mitigated_at from breach
                 where submission = $1 order by id",
            )
            .bind(number.0)
            .fetch_all(connection)
            .await
            .doing("reading the breaches of a submission")?
        });
        Ok(Loaded {
            submission: body.map(|body| parse(|| format!("submission {number}"), &body)).transpose()?,
            breaches: rows.into_iter().map(Breach::try_from).collect::<Result<_, _>>()?,
        })
    }
}

/// The unit as the transaction sees it.
pub(super) async fn load_within(tx: &mut Tx) -> Result<Unit, StoreError> {
    let mut unit = Unit::empty();
    load_head(tx, &mut unit).await?;
    load_adopted(tx, &mut unit).await?;
    load_submissions(tx, &mut unit).await?;
    load_work(tx, &mut unit).await?;
    quality::load(tx, &mut unit).await?;
    load_durations(tx, &mut unit).await?;
    load_index(tx, &mut unit).await?;
    Ok(unit)
}

async fn load_head(tx: &mut Tx, unit: &mut Unit) -> Result<(), StoreError> {
    let (seq, submission, case, assignment, breach): (i64, i64, i64, i64, i64) = within!(tx, connection => {
        sqlx::query_as("select seq, next_submission, next_case, next_assignment, next_breach from head where id = 1")
            .fetch_one(connection)
            .await
            .doing("reading where the ledger ends")?
    });
    unit.seq = seq;
    unit.next = Counters { submission, case, assignment, breach };
    Ok(())
}

async fn load_adopted(tx: &mut Tx, unit: &mut Unit) -> Result<(), StoreError> {
    let file: Option<(String, String)> = within!(tx, connection => {
        sqlx::query_as("select digest, body from establishment order by seq desc limit 1")
            .fetch_optional(connection)
            .await
            .doing("reading the unit file")?
    });
    if let Some((digest, body)) = file {
        unit.establishment = parse(|| "the adopted unit file".into(), &body)?;
        unit.adopted.establishment = digest;
    }
    let files: Vec<(String, String, String)> = within!(tx, connection => {
        sqlx::query_as("select version, digest, body from policy order by seq")
            .fetch_all(connection)
            .await
            .doing("reading the policy files")?
    });
    for (version, digest, body) in files {
        let policy: Arc<Policy> = parse(|| format!("the adopted policy file {version}"), &body)?;
        unit.policies.insert_mut(version, Arc::clone(&policy));
        unit.policy = policy;
        unit.adopted.policy = digest;
    }
    Ok(())
}

async fn load_submissions(tx: &mut Tx, unit: &mut Unit) -> Result<(), StoreError> {
    let rows: Vec<(i64, String)> = within!(tx, connection => {
        sqlx::query_as("select number, body from submission where open order by number")
            .fetch_all(connection)
            .await
            .doing("reading open submissions")?
    });
    for (number, body) in rows {
        unit.submissions.insert_mut(QueueNumber(number), parse(|| format!("submission {number}"), &body)?);
    }
    Ok(())
}

/// Assignments, breaches and outages.
async fn load_work(tx: &mut Tx, unit: &mut Unit) -> Result<(), StoreError> {
    let rows: Vec<AssignmentRow> = within!(tx, connection => {
        sqlx::query_as(
            "select id, version, submission, stage, resource, slot, start_at, end_at, state, since, held_by, begun_at, worked,
                 review_at
             from assignment
             where open order by id",
        )
        .fetch_all(connection)
        .await
        .doing("reading assignments")?
    });
    for row in rows {
        unit.assignments.insert_mut(AssignmentId(row.id), row.try_into()?);
    }
    let rows: Vec<BreachRow> = within!(tx, connection => {
        sqlx::query_as(
            "select id, submission, promise, milestone, due, state, since, expected, reached_at, unavoidable,
                     acknowledged_at, acknowledged_by, mitigated_at from breach
             where submission in (select number from submission where open) order by id",
        )
        .fetch_all(connection)
        .await
        .doing("reading breaches")?
    });
    for row in rows {
        unit.breaches.insert_mut(BreachId(row.id), row.try_into()?);
    }
    let rows: Vec<(String, i64, i64, String)> = within!(tx, connection => {
        sqlx::query_as("select resource, from_at, until_at, reason from outage order by resource, place")
            .fetch_all(connection)
            .await
            .doing("reading outages")?
    });
    for (resource, from, until, reason) in rows {
        let resource = ResourceId::from(resource.as_str());
        let mut outages = unit.outages.get(&resource).cloned().unwrap_or_default();
        outages.push(Closure { from: Timestamp::from_unix(from), until: Timestamp::from_unix(until), reason });
        unit.outages.insert_mut(resource, outages);
    }
    Ok(())
}

/// How long stages really take.
async fn load_durations(tx: &mut Tx, unit: &mut Unit) -> Result<(), StoreError> {
    let rows: Vec<DurationRow> = within!(tx, connection => {
        sqlx::query_as("select stage, device, level, band, base, per_gb, seen, weights from duration")
            .fetch_all(connection)
            .await
            .doing("reading durations")?
    });
    for row in rows {
        let (kind, observed) = row.try_into()?;
        unit.durations.insert_mut(kind, observed);
    }
    Ok(())
}

/// Every reference ever, by digest.
async fn load_index(tx: &mut Tx, unit: &mut Unit) -> Result<(), StoreError> {
    let rows: Vec<(Vec<u8>, i64)> = within!(tx, connection => {
        sqlx::query_as("select reference_digest, number from submission where reference_digest is not null")
            .fetch_all(connection)
            .await
            .doing("reading the index of references")?
    });
    for (digest, number) in rows {
        unit.references.insert_mut(hash(&format!("submission {number}"), digest)?, QueueNumber(number));
    }
    let rows: Vec<(Vec<u8>, i64)> = within!(tx, connection => {
        sqlx::query_as("select digest, case_id from case_reference")
            .fetch_all(connection)
            .await
            .doing("reading the index of cases")?
    });
    for (digest, case) in rows {
        unit.cases.insert_mut(hash(&format!("case {case}"), digest)?, CaseId(case));
    }
    Ok(())
}

// --- Rows -----------------------------------------------------------------------------------------------------------

/// A value that was stored as text.
pub(super) fn parse<T: DeserializeOwned>(what: impl FnOnce() -> String, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|e| StoreError::Corrupt { what: what(), problem: e.to_string() })
}

#[derive(sqlx::FromRow)]
struct AssignmentRow {
    id: i64,
    version: i64,
    submission: i64,
    stage: i64,
    resource: String,
    slot: i64,
    start_at: i64,
    end_at: i64,
    state: String,
    since: Option<i64>,
    held_by: Option<String>,
    begun_at: Option<i64>,
    worked: Option<i64>,
    review_at: Option<i64>,
}

impl TryFrom<AssignmentRow> for Assignment {
    type Error = StoreError;

    fn try_from(row: AssignmentRow) -> Result<Self, StoreError> {
        let damaged = |problem: &str| StoreError::Corrupt { what: format!("assignment {}", row.id), problem: problem.into() };
        let state = match (row.state.as_str(), row.since.map(Timestamp::from_unix)) {
            ("offered", None) => AssignmentState::Offered,
            ("accepted", Some(at)) => AssignmentState::Accepted { at },
            ("started", Some(at)) => AssignmentState::Started { at },
            ("paused", Some(at)) => AssignmentState::Paused { at },
            _ => return Err(damaged("its state is none of an open assignment")),
        };
        let slot = u32::try_from(row.slot).map_err(|_| damaged("its slot is no number of a slot"))?;
        Ok(Self {
            id: AssignmentId(row.id),
            version: row.version,
            submission: QueueNumber(row.submission),
            stage: usize::try_from(row.stage).map_err(|_| damaged("its stage is no number of a stage"))?,
            slot: Slot { resource: ResourceId::from(row.resource.as_str()), slot },
            start: Timestamp::from_unix(row.start_at),
            end: Timestamp::from_unix(row.end_at),
            state,
            held_by: row.held_by,
            earlier: row
                .begun_at
                .zip(row.worked)
                .map(|(begun, worked)| Earlier { begun: Timestamp::from_unix(begun), worked: Seconds(worked) }),
            review_at: row.review_at.map(Timestamp::from_unix),
        })
    }
}

#[derive(sqlx::FromRow)]
struct DurationRow {
    stage: String,
    device: String,
    level: i64,
    band: i64,
    base: i64,
    per_gb: i64,
    seen: i64,
    weights: String,
}

impl TryFrom<DurationRow> for (Kind, Observed) {
    type Error = StoreError;

    fn try_from(row: DurationRow) -> Result<Self, StoreError> {
        let what = || format!("what is known of how long {} of a {} takes", row.stage, row.device);
        let damaged = |problem: &str| StoreError::Corrupt { what: what(), problem: problem.into() };
        let small = |n: i64| u8::try_from(n).map_err(|_| damaged("its level or band is out of range"));
        let kind = Kind {
            stage: Word::from(row.stage.as_str()),
            device: Word::from(row.device.as_str()),
            level: small(row.level)?,
            band: small(row.band)?,
            base: Seconds(row.base),
            per_gb: Seconds(row.per_gb),
        };
        let seen = u64::try_from(row.seen).map_err(|_| damaged("it was seen less than never"))?;
        let observed = Observed::stored(seen, parse(what, &row.weights)?);
        Ok((kind, observed.ok_or_else(|| damaged("its histogram is none"))?))
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct BreachRow {
    pub(super) id: i64,
    submission: i64,
    promise: String,
    milestone: String,
    due: i64,
    state: String,
    since: Option<i64>,
    expected: Option<i64>,
    reached_at: Option<i64>,
    unavoidable: Option<bool>,
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<String>,
    mitigated_at: Option<i64>,
}

impl TryFrom<BreachRow> for Breach {
    type Error = StoreError;

    fn try_from(row: BreachRow) -> Result<Self, StoreError> {
        let damaged = |problem: &str| StoreError::Corrupt { what: format!("breach {}", row.id), problem: problem.into() };
        let (since, reached_at) = (row.since.map(Timestamp::from_unix), row.reached_at.map(Timestamp::from_unix));
        let state = match (row.state.as_str(), since, reached_at) {
            ("forecast", Some(since), None) => BreachState::Forecast { since, expected: row.expected.map(Timestamp::from_unix) },
            ("open", None, None) => BreachState::Open,
            ("void", None, None) => BreachState::Void,
            ("closed", None, Some(at)) => BreachState::Closed { at },
            ("disproved", None, Some(at)) => BreachState::Disproved { at },
            _ => return Err(damaged("its state is none of a breach")),
        };
        let milestone = [Milestone::Extracted, Milestone::DeviceBack, Milestone::Results]
            .into_iter()
            .find(|milestone| milestone.as_str() == row.milestone)
            .ok_or_else(|| damaged("its milestone is not known"))?;
        Ok(Self {
            id: BreachId(row.id),
            submission: QueueNumber(row.submission),
            promise: Word::from(row.promise.as_str()),
            milestone,
            due: Timestamp::from_unix(row.due),
            acknowledged: row
                .acknowledged_at
                .zip(row.acknowledged_by)
                .map(|(at, by)| Acknowledged { at: Timestamp::from_unix(at), by }),
            mitigated_at: row.mitigated_at.map(Timestamp::from_unix),
            unavoidable: row.unavoidable,
            state,
        })
    }
}
