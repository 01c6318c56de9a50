//! Appointments of random units: a time is kept for every seventh submission that somebody can still work on.

use crate::domain::event::{Change, Event, Sealed, Treatment};
use crate::domain::ids::{QueueNumber, Slot};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, Unit};

/// Makes them. No chance is drawn for it: the units stay those that they were. The desk's rules hold: nothing that was taken on is in
/// the time that is kept, nor is another's appointment.
pub fn appointed(unit: &mut Unit, later: Timestamp) {
    for number in unit.submissions.keys().copied().filter(|number| number.0 % 7 == 3).collect::<Vec<_>>() {
        let from = later + Seconds(number.0 * 12_347 % 50_000);
        if let Some(slot) = slot_for(unit, number, (from, from + Seconds::hours(2))) {
            let change = Change::Treated(Treatment::AppointmentMade { number, slot, from, until: from + Seconds::hours(2) });
            unit.apply(unit.seq + 1, &Event { happened_at: later, change, sealed: Sealed::default() }).unwrap();
        }
    }
}

fn slot_for(unit: &Unit, number: QueueNumber, (from, until): (Timestamp, Timestamp)) -> Option<Slot> {
    let submission = &unit.submissions[&number];
    let able = unit.establishment.resources.iter().filter(|resource| unit.stage_for(submission, resource).is_some());
    let mut slots = able.flat_map(|resource| (1..=resource.slots).map(|slot| Slot { resource: resource.id.clone(), slot }));
    slots.find(|slot| {
        let in_the_way = |a: &Assignment| match a.state {
            AssignmentState::Offered | AssignmentState::Paused { .. } => a.submission == number,
            AssignmentState::Accepted { .. } | AssignmentState::Started { .. } => a.submission == number || from < a.end,
        };
        let mut kept = unit.appointments(from).filter(|(_, kept)| kept.slot == *slot);
        !unit.assignments_on(slot).any(in_the_way) && !kept.any(|(_, kept)| kept.touches(from, until))
    })
}
