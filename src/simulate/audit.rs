//! What must hold at every moment of a run, looked at without the rules that are to keep it.

use std::collections::BTreeMap;

use super::world::World;
use crate::domain::ids::{QueueNumber, Slot};
use crate::domain::unit::{Unit, Whereabouts};

impl World<'_> {
    /// After each event: a slot has one piece of work, a device is worked on in one place and is there, and what is known of a breach
    /// is known once.
    pub(super) fn audit(&mut self) {
        let unit = &self.ledger.unit;
        let mut on: BTreeMap<&Slot, QueueNumber> = BTreeMap::new();
        let mut held: BTreeMap<QueueNumber, &Slot> = BTreeMap::new();
        let mut found = Vec::new();
        for assignment in unit.assignments.values().filter(|assignment| assignment.started_at().is_some()) {
            let (number, slot) = (assignment.submission, &assignment.slot);
            if let Some(other) = on.insert(slot, number) {
                found.push(format!("{slot} works on {other} and {number} at once"));
            }
            let stage = unit.stage_of(assignment).filter(|stage| stage.holds_device);
            let Some((_, submission)) = stage.zip(unit.submissions.get(&number)) else { continue };
            if let Some(other) = held.insert(number, slot) {
                found.push(format!("the device of {number} is at {other} and {slot} at once"));
            }
            let here = unit.establishment.resource(&slot.resource).map(|resource| &resource.site);
            if !matches!(&submission.device, Whereabouts::At { site, .. } if Some(site) == here) {
                found.push(format!("the device of {number} is not where {slot} works on it"));
            }
        }
        let mut known = BTreeMap::new();
        for breach in self.ledger.breaches.values() {
            if let Some(other) = known.insert((breach.submission, &breach.promise), breach.id) {
                found.push(format!("{} of {} is breach {other} and {}", breach.promise, breach.submission, breach.id));
            }
        }
        let now = self.now;
        self.ran.faults.extend(found.into_iter().map(|fault| format!("{now}: {fault}")));
    }

    /// At the end: the ledger alone gives the same unit.
    pub(super) fn fold(&mut self) {
        let Some(entries) = &self.ledger.entries else { return };
        let mut unit = Unit::empty();
        let wrong = entries.iter().find_map(|entry| unit.apply_entry(entry).err());
        if let Some(wrong) = wrong {
            self.ran.faults.push(format!("the ledger does not fold: {wrong}"));
        } else if unit != self.ledger.unit {
            self.ran.faults.push("the ledger folds to another unit".to_owned());
        }
    }
}
