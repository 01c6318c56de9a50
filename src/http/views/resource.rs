//! Resources: who and what does the work.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::quality::{ToolView, tool};
use super::{Shown, View};
use crate::domain::establishment::{Closure, Resource, ResourceKind};
use crate::domain::ids::{AssignmentId, HoldId, ResourceId, SiteId, Word};
use crate::domain::time::Timestamp;
use crate::domain::unit::Assignment;

/// A kiosk, van, operator, DMI, lab bench or examiner.
///
/// ```json
/// { "id": "kiosk-north-1", "kind": "kiosk", "site": "north", "calendar": "front-desk", "slots": 2, "stages": ["extract"],
///   "levels": [1], "devices": ["phone", "tablet"], "last_day": "2027-03-31", "available": true,
///   "out_of_use": [{ "from": "2026-12-01T08:00:00Z", "until": "2026-12-01T12:00:00Z", "reason": "software update" }],
///   "on_hold": null, "tool": { "tool": "Kiosk Reader", "tool_version": "7.61", "since": "2026-11-23T09:40:00Z" },
///   "assignments": ["A5"] }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Resource")]
pub struct ResourceView<'a> {
    /// Its id in the unit file.
    id: &'a ResourceId,
    /// What it is.
    kind: ResourceKind,
    /// The site it is at.
    site: &'a SiteId,
    /// The calendar of its opening hours, by its name in the unit file.
    calendar: &'a Word,
    /// How many pieces of work it can have at a time.
    slots: u32,
    /// Stages that it can do.
    stages: &'a [Word],
    /// Levels of examination, 1 to 3, that it can do; null where it takes every one.
    levels: Option<&'a [u8]>,
    /// Kinds of device that it can do; null where it takes every one.
    devices: Option<&'a [Word]>,
    /// The last day of its validation or competence; null where neither lapses.
    last_day: Option<NaiveDate>,
    /// Whether it is not out of use now, nor on quality hold; it may be closed for the night all the same.
    available: bool,
    /// When it is out of use, now and later, soonest first.
    out_of_use: Vec<OutView<'a>>,
    /// The quality hold that is on it, or on what it works with; null where there is none.
    on_hold: Option<Shown<HoldId>>,
    /// What it works with, as far as finish records and people say; null where nothing does.
    tool: Option<ToolView<'a>>,
    /// The assignments it has, within the reader's reach.
    assignments: Vec<Shown<AssignmentId>>,
}

/// A time in which a resource is out of use.
///
/// ```json
/// { "from": "2026-12-01T08:00:00Z", "until": "2026-12-01T12:00:00Z", "reason": "software update" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OutOfUse")]
struct OutView<'a> {
    /// The first moment.
    from: Timestamp,
    /// The first moment at which it is back; the year 9999 where nobody said when.
    until: Timestamp,
    /// Why.
    reason: &'a str,
}

/// A resource as it is now.
pub fn resource<'a>(view: &'a View<'_>, resource: &'a Resource) -> ResourceView<'a> {
    let outages = view.unit.outages.get(&resource.id).into_iter().flatten();
    let out = |closed: &'a Closure| OutView { from: closed.from, until: closed.until, reason: &closed.reason };
    let away = view.unit.establishment.away(&resource.id);
    let away = away.map(|duty| OutView { from: duty.from, until: duty.until, reason: duty.kind.as_str() });
    let mut ahead: Vec<OutView<'_>> = resource.closed.iter().chain(outages).map(out).chain(away).collect();
    ahead.retain(|out| out.until > view.now);
    ahead.sort_by_key(|out| (out.from, out.until));
    let seen = |assignment: &Assignment| {
        let submission = view.unit.submissions.get(&assignment.submission);
        submission.is_some_and(|submission| view.caller.sees(&view.unit, submission))
    };
    let busy = view.unit.assignments.values().filter(|a| a.slot.resource == resource.id && seen(a));
    ResourceView {
        id: &resource.id,
        kind: resource.kind,
        site: &resource.site,
        calendar: &resource.calendar,
        slots: resource.slots,
        stages: &resource.stages,
        levels: resource.levels.as_deref(),
        devices: resource.devices.as_deref(),
        last_day: resource.lapses(),
        available: view.unit.hold_on(&resource.id).is_none() && ahead.iter().all(|out| view.now < out.from),
        out_of_use: ahead,
        on_hold: view.unit.hold_on(&resource.id).map(|hold| Shown(hold.id)),
        tool: view.unit.tools.get(&resource.id).map(tool),
        assignments: busy.map(|assignment| Shown(assignment.id)).collect(),
    }
}
