//! Quality holds, and the work that one is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Shown, View};
use crate::domain::ids::{AssignmentId, HoldId, QueueNumber, Word};
use crate::domain::quality::{Held, Tool};
use crate::domain::time::Timestamp;
use crate::domain::unit::Submission;
use crate::http::page::Page;
use crate::http::quality::What;
use crate::store::{Kept, Work};

/// Something that must not be used.
///
/// ```json
/// { "id": "H4711", "what": "tool", "name": "Kiosk Reader", "tool_version": "7.61",
///   "since": "2026-11-23T10:00:00Z", "doubtful_from": "2026-11-16T08:00:00Z", "by": "QM 0300",
///   "reason": "loses messages after an update", "lifted": null }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "QualityHold")]
pub struct HoldView {
    /// Its id.
    id: Shown<HoldId>,
    /// What is held.
    what: What,
    /// Which: a resource by its id in the unit file, a tool, a person.
    name: String,
    /// Of a tool: in which version; null where all are, or another thing.
    tool_version: Option<String>,
    /// Since when.
    since: Timestamp,
    /// Since when what it touched is in doubt; null where nobody knows.
    doubtful_from: Option<Timestamp>,
    /// Who placed it.
    by: String,
    /// Why.
    reason: String,
    /// Who lifted it; null while it stands.
    lifted: Option<LiftedView>,
}

/// That a hold was lifted.
///
/// ```json
/// { "at": "2026-11-24T09:00:00Z", "by": "QM 0300" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Lifted")]
struct LiftedView {
    /// When.
    at: Timestamp,
    /// Who.
    by: String,
}

/// A hold and what it is about.
///
/// On top of the hold.
///
/// ```json
/// { "touched": { "items": [], "next_cursor": null } }
/// ```
#[derive(Serialize, JsonSchema)]
pub struct HoldInFull {
    #[serde(flatten)]
    hold: HoldView,
    /// The work that was done by it, or with it, oldest first.
    touched: Page<WorkView>,
}

/// Work that a hold is about.
///
/// ```json
/// { "assignment": "A5", "submission": "Q12", "stage": "extract", "resource": "kiosk-north-1", "state": "finished",
///   "started_at": "2026-11-23T08:40:00Z", "since": "2026-11-23T09:40:00Z", "by": "PSE 7002", "tool": "Kiosk Reader",
///   "tool_version": "7.61", "hash": null, "returned_at": null }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DoubtfulWork")]
struct WorkView {
    /// Its assignment.
    assignment: Shown<AssignmentId>,
    /// Of which submission: its queue number.
    submission: Shown<QueueNumber>,
    /// Which stage; null where its route is known no more.
    stage: Option<Word>,
    /// On which resource.
    resource: String,
    /// How it stands: `started`, `paused`, `finished` or `failed`.
    state: String,
    /// When it was begun.
    started_at: Option<Timestamp>,
    /// Since when it stands so.
    since: Option<Timestamp>,
    /// Who had it last.
    by: Option<String>,
    /// With which tool, where that is on record.
    tool: Option<String>,
    /// In which version.
    tool_version: Option<String>,
    /// SHA-256 of what was extracted, in hex, where that is on record.
    hash: Option<String>,
    /// When its owner had the device back: then the work can be done anew by a further request alone; null where they have not.
    returned_at: Option<Timestamp>,
}

/// A hold.
pub fn hold((hold, lifted): &Kept) -> HoldView {
    let (what, name, tool_version) = match &hold.held {
        Held::Resource { resource } => (What::Resource, resource.as_str(), None),
        Held::Tool { tool, version } => (What::Tool, tool.as_str(), version.clone()),
        Held::Person { person } => (What::Person, person.as_str(), None),
    };
    HoldView {
        id: Shown(hold.id),
        what,
        name: name.to_owned(),
        tool_version,
        since: hold.since,
        doubtful_from: hold.doubtful_from,
        by: hold.by.clone(),
        reason: hold.reason.clone(),
        lifted: lifted.as_ref().map(|lifted| LiftedView { at: lifted.at, by: lifted.by.clone() }),
    }
}

/// A hold with the work that it is about, whose submissions are given.
pub fn in_full(view: &View<'_>, kept: &Kept, page: Page<Work>, of: &BTreeMap<QueueNumber, Arc<Submission>>) -> HoldInFull {
    let touched = page.map(|work| {
        let submission = of.get(&work.number());
        let route = submission.and_then(|submission| view.unit.route_of(submission));
        let stage = route.zip(usize::try_from(work.stage).ok()).and_then(|(route, stage)| route.stages.get(stage));
        WorkView {
            assignment: Shown(AssignmentId(work.id)),
            submission: Shown(work.number()),
            stage: stage.map(|stage| stage.name.clone()),
            resource: work.resource,
            state: work.state,
            started_at: work.started_at.map(Timestamp::from_unix),
            since: work.since.map(Timestamp::from_unix),
            by: work.held_by,
            tool: work.tool,
            tool_version: work.tool_version,
            hash: work.hash,
            returned_at: submission.and_then(|submission| submission.returned.as_ref()).map(|returned| returned.at),
        }
    });
    HoldInFull { hold: hold(kept), touched }
}

/// What a resource works with.
///
/// ```json
/// { "tool": "Kiosk Reader", "tool_version": "7.61", "since": "2026-11-23T09:40:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Tool")]
pub struct ToolView<'a> {
    /// The tool.
    tool: &'a str,
    /// Its version.
    tool_version: &'a str,
    /// Since when that is known.
    since: Timestamp,
}

/// What a resource works with.
pub fn tool(tool: &Tool) -> ToolView<'_> {
    ToolView { tool: &tool.name, tool_version: &tool.version, since: tool.since }
}
