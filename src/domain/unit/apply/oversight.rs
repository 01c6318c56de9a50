//! What became of the unit's means: out of use, held, free again, newly equipped.

use super::{Applied, Step};
use crate::domain::event::Oversight;
use crate::domain::ids::{HoldId, ResourceId};
use crate::domain::quality::{Held, Hold, Lifted, Tool};
use crate::domain::time::Timestamp;

impl Step<'_> {
    pub(super) fn oversee(&mut self, oversight: &Oversight) -> Applied {
        match oversight {
            Oversight::OutageDeclared { resource, from, until } => self.declare_outage(resource, *from, *until),
            Oversight::OutageEnded { resource, at } => self.end_outage(resource, *at),
            Oversight::HoldPlaced { held, doubtful_from, by } => {
                self.place_hold(held, *doubtful_from, by);
                Ok(())
            }
            Oversight::HoldLifted { hold, by } => self.lift_hold(*hold, by),
            Oversight::ToolInstalled { resource, at, tool, version } => {
                self.works_with(resource, (tool, version), *at);
                Ok(())
            }
        }
    }

    fn place_hold(&mut self, held: &Held, doubtful_from: Option<Timestamp>, by: &str) {
        let (id, reason) = (HoldId(self.seq), self.sealed.reason.clone().unwrap_or_default());
        let hold = Hold { id, held: held.clone(), since: self.happened_at, doubtful_from, by: by.into(), reason };
        self.touched.holds.insert(id, (hold.clone(), None));
        self.unit.holds.insert_mut(id, hold);
    }

    fn lift_hold(&mut self, id: HoldId, by: &str) -> Applied {
        let hold = self.unit.holds.get(&id).cloned().ok_or_else(|| self.unknown(id))?;
        self.unit.holds.remove_mut(&id);
        self.touched.holds.insert(id, (hold, Some(Lifted { at: self.happened_at, by: by.into() })));
        Ok(())
    }

    /// A resource works with a tool; unless it is known to have worked with another one since.
    pub(super) fn works_with(&mut self, resource: &ResourceId, (name, version): (&str, &str), since: Timestamp) {
        if self.unit.tools.get(resource).is_some_and(|known| known.since > since) {
            return;
        }
        let tool = Tool { name: name.into(), version: version.into(), since };
        self.unit.tools.insert_mut(resource.clone(), tool);
        self.touched.tools.insert(resource.clone());
    }
}
