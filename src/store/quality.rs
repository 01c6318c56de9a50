//! Quality holds and tools: kept, read back, and what a hold is about: the work that was done by it, or with it.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::error::Doing;
use super::ledger::of_keys;
use super::tx::{Present, Table, Tx, Value, within};
use super::{Store, StoreError, on};
use crate::domain::ids::{AssignmentId, HoldId, QueueNumber, ResourceId};
use crate::domain::quality::{Held, Hold, Lifted, Tool};
use crate::domain::submission::same_person;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Touched, Unit};

const HOLD: Table = Table {
    name: "quality_hold",
    columns: &["id", "what", "name", "tool_version", "since", "doubtful_from", "placed_by", "reason", "lifted_at", "lifted_by"],
    key: 1,
    present: Present::Replace,
};

const TOOL: Table =
    Table { name: "resource_tool", columns: &["resource", "tool", "version", "since"], key: 1, present: Present::Refuse };

/// A hold, and who lifted it, if somebody did.
pub type Kept = (Hold, Option<Lifted>);

/// Work that a hold is about.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Work {
    /// Its assignment.
    pub id: i64,
    /// Of which submission.
    pub submission: i64,
    /// Index in its route.
    pub stage: i64,
    /// On which resource.
    pub resource: String,
    /// How it stands: `started`, `paused`, `finished` or `failed`.
    pub state: String,
    /// When it was begun, last.
    pub started_at: Option<i64>,
    /// Since when it stands so.
    pub since: Option<i64>,
    /// Who had it last.
    pub held_by: Option<String>,
    /// With which tool.
    pub tool: Option<String>,
    /// In which version.
    pub tool_version: Option<String>,
    /// SHA-256 of what was extracted, in hex.
    pub hash: Option<String>,
}

/// Writes what entries changed of holds and tools.
pub(super) async fn write(tx: &mut Tx, touched: &Touched, unit: &Unit) -> Result<(), StoreError> {
    let holds = touched.holds.values().map(|(hold, lifted)| hold_row(hold, lifted.as_ref())).collect();
    HOLD.write(tx, "writing quality holds", holds).await?;
    let doing = "writing tools";
    let resources = touched.tools.iter().map(|resource| resource.as_str().into());
    of_keys(tx, doing, "delete from resource_tool where resource in", resources.collect()).await?;
    let known = touched.tools.iter().filter_map(|resource| unit.tools.get_key_value(resource));
    let row = |(resource, tool): (&ResourceId, &Tool)| {
        vec![resource.as_str().into(), tool.name.as_str().into(), tool.version.as_str().into(), tool.since.into()]
    };
    TOOL.write(tx, doing, known.map(row).collect()).await?;
    Ok(())
}

fn hold_row(hold: &Hold, lifted: Option<&Lifted>) -> Vec<Value> {
    let (what, name, version) = match &hold.held {
        Held::Resource { resource } => ("resource", resource.as_str(), None),
        Held::Tool { tool, version } => ("tool", tool.as_str(), version.as_deref()),
        Held::Person { person } => ("person", person.as_str(), None),
    };
    vec![
        hold.id.0.into(),
        what.into(),
        name.into(),
        version.into(),
        hold.since.into(),
        hold.doubtful_from.into(),
        hold.by.as_str().into(),
        hold.reason.as_str().into(),
        lifted.map(|lifted| lifted.at).into(),
        lifted.map(|lifted| lifted.by.as_str()).into(),
    ]
}

/// Reads holds that stand, and tools.
pub(super) async fn load(tx: &mut Tx, unit: &mut Unit) -> Result<(), StoreError> {
    let rows: Vec<HoldRow> = within!(tx, connection => {
        sqlx::query_as("select * from quality_hold where lifted_at is null order by id")
            .fetch_all(connection)
            .await
            .doing("reading quality holds")?
    });
    for row in rows {
        let (hold, _) = Kept::try_from(row)?;
        unit.holds.insert_mut(hold.id, hold);
    }
    let rows: Vec<(String, String, String, i64)> = within!(tx, connection => {
        sqlx::query_as("select resource, tool, version, since from resource_tool")
            .fetch_all(connection)
            .await
            .doing("reading tools")?
    });
    for (resource, name, version, since) in rows {
        let tool = Tool { name, version, since: Timestamp::from_unix(since) };
        unit.tools.insert_mut(ResourceId::from(resource.as_str()), tool);
    }
    Ok(())
}

impl Store {
    /// A hold, whether it stands or was lifted.
    pub async fn hold(&self, id: HoldId) -> Result<Option<Kept>, StoreError> {
        let row: Option<HoldRow> = on!(self.readers, pool => {
            sqlx::query_as("select * from quality_hold where id = $1")
                .bind(id.0)
                .fetch_optional(pool)
                .await
                .doing("looking up a quality hold")?
        });
        row.map(Kept::try_from).transpose()
    }

    /// Holds, newest first: those that stand, or all; before `before`, at most `limit`.
    pub async fn holds(&self, standing: bool, before: HoldId, limit: i64) -> Result<Vec<Kept>, StoreError> {
        let rows: Vec<HoldRow> = on!(self.readers, pool => {
            sqlx::query_as(
                "select * from quality_hold where id < $1 and (not $2 or lifted_at is null) order by id desc limit $3",
            )
            .bind(before.0)
            .bind(standing)
            .bind(limit)
            .fetch_all(pool)
            .await
            .doing("listing quality holds")?
        });
        rows.into_iter().map(Kept::try_from).collect()
    }

    /// Work that was begun and that a hold is about, by assignment: those after `after`, at most `limit`.
    pub async fn touched(&self, hold: &Hold, after: AssignmentId, limit: i64) -> Result<Vec<Work>, StoreError> {
        let person = match &hold.held {
            Held::Person { person } => Some(self.work_of(person, after).await?),
            _ => None,
        };
        let Some(ids) = person else { return self.work(hold, (after, None), limit).await };
        let mut work = Vec::new();
        for id in ids {
            work.extend(self.work(hold, (after, Some(id)), 1).await?);
            if work.len() as i64 >= limit {
                break;
            }
        }
        Ok(work)
    }

    async fn work(&self, hold: &Hold, (after, one): (AssignmentId, Option<i64>), limit: i64) -> Result<Vec<Work>, StoreError> {
        let (resource, tool, version) = match &hold.held {
            Held::Resource { resource } => (Some(resource.as_str()), None, None),
            Held::Tool { tool, version } => (None, Some(tool.as_str()), version.as_deref()),
            Held::Person { .. } => (None, None, None),
        };
        Ok(on!(self.readers, pool => {
            sqlx::query_as(
                "select id, submission, stage, resource, state, started_at, since, held_by, tool, tool_version, hash
                 from assignment
                 where id > $1 and ($2 is null or id = $2) and ($3 is null or resource = $3)
                     and ($4 is null or lower(tool) = lower($4)) and ($5 is null or lower(tool_version) = lower($5))
                     and state in ('started', 'paused', 'finished', 'failed')
                     and ($6 is null or state in ('started', 'paused') or since >= $6)
                 order by id limit $7",
            )
            .bind(after.0)
            .bind(one)
            .bind(resource)
            .bind(tool)
            .bind(version)
            .bind(hold.doubtful_from.map(Timestamp::unix))
            .bind(limit)
            .fetch_all(pool)
            .await
            .doing("reading what a quality hold is about")?
        }))
    }

    /// The assignments that somebody worked on, however their name was written, by the ledger: whoever began one that another
    /// ended had it in hand, too.
    async fn work_of(&self, person: &str, after: AssignmentId) -> Result<BTreeSet<i64>, StoreError> {
        let doing = "reading what somebody worked on";
        let names: Vec<String> = on!(self.readers, pool => {
            sqlx::query_scalar("select distinct actor_person from ledger").fetch_all(pool).await.doing(doing)?
        });
        let mut work = BTreeSet::new();
        for name in names.iter().filter(|name| same_person(name, person)) {
            let facts: Vec<String> = on!(self.readers, pool => {
                sqlx::query_scalar(
                    "select facts from ledger
                     where actor_person = $1 and kind in ('started', 'paused', 'resumed', 'finished', 'failed')",
                )
                .bind(name)
                .fetch_all(pool)
                .await
                .doing(doing)?
            });
            let ids = facts.iter().filter_map(|facts| serde_json::from_str::<OfWork>(facts).ok());
            work.extend(ids.map(|of| of.assignment.0).filter(|id| *id > after.0));
        }
        Ok(work)
    }
}

/// What facts of work say whose it is.
#[derive(Deserialize)]
struct OfWork {
    assignment: AssignmentId,
}

#[derive(sqlx::FromRow)]
struct HoldRow {
    id: i64,
    what: String,
    name: String,
    tool_version: Option<String>,
    since: i64,
    doubtful_from: Option<i64>,
    placed_by: String,
    reason: String,
    lifted_at: Option<i64>,
    lifted_by: Option<String>,
}

impl TryFrom<HoldRow> for Kept {
    type Error = StoreError;

    fn try_from(row: HoldRow) -> Result<Self, StoreError> {
        let damaged = |problem: &str| StoreError::Corrupt { what: format!("quality hold {}", row.id), problem: problem.into() };
        let held = match row.what.as_str() {
            "resource" => Held::Resource { resource: ResourceId::from(row.name.as_str()) },
            "tool" => Held::Tool { tool: row.name, version: row.tool_version },
            "person" => Held::Person { person: row.name },
            _ => return Err(damaged("it is on none of resource, tool and person")),
        };
        let lifted = match (row.lifted_at, row.lifted_by) {
            (Some(at), Some(by)) => Some(Lifted { at: Timestamp::from_unix(at), by }),
            (None, None) => None,
            _ => return Err(damaged("it was lifted by nobody, or never by somebody")),
        };
        let hold = Hold {
            id: HoldId(row.id),
            held,
            since: Timestamp::from_unix(row.since),
            doubtful_from: row.doubtful_from.map(Timestamp::from_unix),
            by: row.placed_by,
            reason: row.reason,
        };
        Ok((hold, lifted))
    }
}

impl Work {
    /// The submission that it was for.
    pub const fn number(&self) -> QueueNumber {
        QueueNumber(self.submission)
    }
}
