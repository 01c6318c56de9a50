//! Appointments: times that are kept on resources for when devices are brought.

use schemars::JsonSchema;
use serde::Serialize;

use super::submission::{Reference, reference};
use super::{Shown, View};
use crate::domain::ids::{QueueNumber, ResourceId};
use crate::domain::policy::Gate;
use crate::domain::state::{State, state};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Appointment, Submission};

/// A time that is kept for a device.
///
/// ```json
/// { "resource": "kiosk-north-1", "slot": 1, "from": "2026-11-24T14:00:00Z", "until": "2026-11-24T15:41:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KeptTime")]
pub struct KeptView<'a> {
    /// On which resource.
    resource: &'a ResourceId,
    /// On which place of it, from 1.
    slot: u32,
    /// From when on.
    from: Timestamp,
    /// The first moment that is not kept.
    until: Timestamp,
}

impl<'a> KeptView<'a> {
    /// Of one.
    pub fn of(kept: &'a Appointment) -> Self {
        Self { resource: &kept.slot.resource, slot: kept.slot.slot, from: kept.from, until: kept.until }
    }
}

/// An appointment.
///
/// On top of the time that is kept.
///
/// ```json
/// { "submission": "Q12", "reference": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 },
///   "state": "booked", "shut": ["authorisation"] }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Appointment")]
pub struct AppointmentView<'a> {
    #[serde(flatten)]
    kept: KeptView<'a>,
    /// For whose device: a queue number.
    submission: Shown<QueueNumber>,
    /// What names the submission outside; null once redacted.
    reference: Option<Reference<'a>>,
    /// Where it is: booked, until it was brought.
    state: State,
    /// What else has to be met before work can begin then, besides its delivery.
    shut: Vec<Gate>,
}

/// The appointments that the reader may see, soonest first; of one resource, or at all of the reader's sites.
pub fn appointments<'a>(view: &'a View<'_>, resource: Option<&ResourceId>) -> Vec<AppointmentView<'a>> {
    let (unit, caller) = (&view.unit, view.caller);
    let seen = unit.appointments(view.now).filter(|(submission, kept)| {
        resource.is_none_or(|resource| kept.slot.resource == *resource)
            && caller.runs(unit, &kept.slot.resource)
            && caller.sees(unit, submission)
    });
    let mut seen: Vec<(&Submission, &Appointment)> = seen.map(|(submission, kept)| (&**submission, kept)).collect();
    seen.sort_by_key(|(submission, kept)| (kept.from, &kept.slot, submission.number));
    let shown = seen.into_iter().map(|(submission, kept)| AppointmentView {
        kept: KeptView::of(kept),
        submission: Shown(submission.number),
        reference: reference(submission),
        state: state(unit, submission, view.now),
        shut: shut(view, submission),
    });
    shown.collect()
}

/// The gates that keep work from beginning, though its device is brought.
fn shut(view: &View<'_>, submission: &Submission) -> Vec<Gate> {
    let Some(route) = view.unit.route_of(submission) else { return Vec::new() };
    submission.shut_gates(route, view.now).filter(|gate| *gate != Gate::Delivery).collect()
}
