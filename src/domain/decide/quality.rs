//! Quality holds: placed, lifted, and what they stop.

use super::{Decided, Draft, explained, named, no_pin, reason};
use crate::domain::event::{Change, Oversight, ReleaseCause, Sealed};
use crate::domain::ids::{HoldId, ResourceId};
use crate::domain::quality::{Held, Hold, Tool};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::Assignment;

impl Draft<'_> {
    /// What was given to whatever is held and is not begun is taken back. Work that is under way stays: the person there says
    /// what becomes of it.
    pub(super) fn place_hold(&mut self, held: &Held, doubtful_from: Option<Timestamp>, words: &str) -> Decided {
        explained("reason", words)?;
        if let Some(from) = doubtful_from.filter(|from| *from > self.now) {
            let message = format!("{from} lies after now ({}): say since when its work is in doubt", self.now);
            return Err(Refusal::invalid("doubtful_from", message));
        }
        match held {
            Held::Resource { resource } => self.resource(resource).map(drop)?,
            Held::Person { person } => named("person", person)?,
            Held::Tool { tool, version } => {
                named("tool", tool)?;
                version.as_deref().map_or(Ok(()), |version| no_pin("tool_version", version))?;
            }
        }
        if self.unit.holds.values().any(|hold| hold.held == *held) {
            return Ok(());
        }
        let by = self.actor.person.clone();
        let change = Change::Overseen(Oversight::HoldPlaced { held: held.clone(), doubtful_from, by });
        self.record(self.now, change, reason(Some(words)))?;
        let stopped = |a: &&Assignment| !a.is_paused() && self.unit.hold_on(&a.slot.resource).is_some();
        let stopped: Vec<Assignment> = self.unit.assignments.values().filter(stopped).cloned().collect();
        self.release(&stopped, ReleaseCause::QualityHold)
    }

    pub(super) fn lift_hold(&mut self, hold: HoldId, words: &str) -> Decided {
        explained("reason", words)?;
        if !self.unit.holds.contains_key(&hold) {
            return Err(Refusal::UnknownHold(hold));
        }
        let by = self.actor.person.clone();
        self.record(self.now, Change::Overseen(Oversight::HoldLifted { hold, by }), reason(Some(words)))
    }

    /// A resource works with a tool from then on, and so is no longer held for the one that it had.
    pub(super) fn install_tool(&mut self, id: &ResourceId, at: Timestamp, tool: &str, version: &str) -> Decided {
        self.resource(id)?;
        named("tool", tool)?;
        named("tool_version", version)?;
        let (tool, version) = (tool.trim().to_owned(), version.trim().to_owned());
        let known = self.unit.tools.get(id);
        if known.is_some_and(|known| (&known.name, &known.version) == (&tool, &version)) {
            return Ok(());
        }
        let first = known.map_or(Timestamp::MIN, |known| known.since);
        self.happened("at", at, first, "it was last known to work with another")?;
        let change = Change::Overseen(Oversight::ToolInstalled { resource: id.clone(), at, tool, version });
        self.record(at, change, Sealed::default())
    }

    /// No hold on a resource, or on what it works with, is there at any of these instants.
    pub(super) fn not_on_hold(&self, id: &ResourceId, instants: &[Timestamp]) -> Decided {
        let what = |hold: &Hold, tool: Option<&Tool>| match (&hold.held, tool) {
            (Held::Tool { .. }, Some(tool)) => format!("{id}, which works with {} {},", tool.name, tool.version),
            _ => id.to_string(),
        };
        match self.unit.hold_on(id).filter(|hold| instants.iter().any(|at| hold.since <= *at)) {
            Some(hold) => Err(on_hold(what(hold, self.unit.tools.get(id)), hold)),
            None => Ok(()),
        }
    }

    /// No hold is on the one who speaks.
    pub(super) fn speaker_not_on_hold(&self) -> Decided {
        let person = &self.actor.person;
        match self.unit.holds.values().find(|hold| hold.held.is_person(person)) {
            Some(hold) => Err(on_hold(person.clone(), hold)),
            None => Ok(()),
        }
    }
}

fn on_hold(what: String, hold: &Hold) -> Refusal {
    Refusal::OnHold { what, hold: hold.id, since: hold.since }
}
