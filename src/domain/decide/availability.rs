//! When a resource is out of use, beyond the unit file.

use super::{Decided, Draft, explained, reason};
use crate::domain::event::{Change, Oversight, ReleaseCause, Sealed};
use crate::domain::ids::ResourceId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::Assignment;

impl Draft<'_> {
    /// What was given to the resource for that time and is not begun is taken back. Work that is under way stays: the
    /// person there says whether it failed.
    pub(super) fn declare_outage(&mut self, id: &ResourceId, from: Timestamp, until: Timestamp, words: &str) -> Decided {
        explained("reason", words)?;
        self.resource(id)?;
        if until <= from || until <= self.now {
            let message = format!("{until} does not lie after from ({from}) and after now ({})", self.now);
            return Err(Refusal::invalid("until", message));
        }
        let mut known = self.unit.outages.get(id).into_iter().flatten();
        if known.any(|outage| outage.from == from && outage.until == until && outage.reason == words.trim()) {
            return Ok(());
        }
        let change = Change::Overseen(Oversight::OutageDeclared { resource: id.clone(), from, until });
        self.record(self.now, change, reason(Some(words)))?;
        let touched = |a: &&Assignment| a.slot.resource == *id && a.start < until && from < a.end;
        let touched: Vec<Assignment> = self.unit.assignments.values().filter(touched).cloned().collect();
        self.release(&touched, ReleaseCause::ResourceDown)
    }

    /// Back in use from an instant on: whatever puts it out of use then ends there. An outage that was announced is called
    /// off by the instant at which it would begin, and by that alone: who says "back now" takes back no leave of tomorrow.
    pub(super) fn end_outage(&mut self, id: &ResourceId, at: Timestamp) -> Decided {
        self.resource(id)?;
        if !self.unit.outages.get(id).into_iter().flatten().any(|outage| outage.covers(at)) {
            return Ok(());
        }
        let change = Change::Overseen(Oversight::OutageEnded { resource: id.clone(), at });
        self.record(self.now.min(at), change, Sealed::default())
    }
}
