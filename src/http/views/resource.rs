//! Resources: who and what does the work.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Shown, View};
use crate::domain::establishment::{Closure, Resource, ResourceKind};
use crate::domain::ids::{AssignmentId, ResourceId, SiteId, Word};
use crate::domain::time::Timestamp;
use crate::domain::unit::Assignment;

/// A kiosk, van, operator, DMI, lab bench or examiner.
///
/// ```json
/// { "id": "kiosk-north-1", "kind": "kiosk", "site": "north", "calendar": "front-desk", "slots": 2, "stages": ["extract"],
///   "levels": [1], "devices": ["phone", "tablet"], "last_day": "2027-03-31", "available": true,
///   "out_of_use": [{ "from": "2026-12-01T08:00:00Z", "until": "2026-12-01T12:00:00Z", "reason": "software update" }],
///   "assignments": ["A5"] }
/// ```
///
/// `levels` and `devices` are null where it takes every one. `last_day`: when validation or competence lapses.
/// `available`: not out of use now; it may be closed for the night all the same.
#[derive(Debug, Serialize)]
pub struct ResourceView<'a> {
    id: &'a ResourceId,
    kind: ResourceKind,
    site: &'a SiteId,
    calendar: &'a Word,
    slots: u32,
    stages: &'a [Word],
    levels: Option<&'a [u8]>,
    devices: Option<&'a [Word]>,
    last_day: Option<NaiveDate>,
    available: bool,
    out_of_use: Vec<OutView<'a>>,
    assignments: Vec<Shown<AssignmentId>>,
}

#[derive(Debug, Serialize)]
struct OutView<'a> {
    from: Timestamp,
    until: Timestamp,
    reason: &'a str,
}

/// A resource as it is now.
pub fn resource<'a>(view: &'a View<'_>, resource: &'a Resource) -> ResourceView<'a> {
    let outages = view.unit.outages.get(&resource.id).into_iter().flatten();
    let mut ahead: Vec<&Closure> = resource.closed.iter().chain(outages).filter(|closed| closed.until > view.now).collect();
    ahead.sort_by_key(|closed| (closed.from, closed.until));
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
        available: ahead.iter().all(|closed| view.now < closed.from),
        out_of_use: ahead.iter().map(|c| OutView { from: c.from, until: c.until, reason: &c.reason }).collect(),
        assignments: busy.map(|assignment| Shown(assignment.id)).collect(),
    }
}
