//! The ledger of a run: every event an entry of the chain, as the daemon's, so that two runs can be told apart by one number.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chance::{About, Chance};
use crate::domain::command::{Command, Loaded};
use crate::domain::decide::decide;
use crate::domain::entry::{Actor, Entry, GENESIS, Hash};
use crate::domain::event::Event;
use crate::domain::ids::{BreachId, QueueNumber};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Submission, Unit};

/// A unit, and what made it.
pub struct Ledger {
    /// As it stands.
    pub unit: Unit,
    /// The newest entry's.
    pub chain: Hash,
    /// Every submission ever, closed ones as they were last.
    pub submissions: BTreeMap<QueueNumber, Arc<Submission>>,
    /// Every breach ever, but forecasts that were averted.
    pub breaches: BTreeMap<BreachId, Breach>,
    /// Every entry, where they are kept.
    pub entries: Option<Vec<Entry>>,
    /// What happened to each submission, where that is kept.
    pub events: Option<BTreeMap<QueueNumber, Vec<Event>>>,
}

/// What is kept beside how things stand.
#[derive(Clone, Copy, Debug)]
pub struct Keeps {
    /// Every entry.
    pub entries: bool,
    /// What happened to each submission.
    pub events: bool,
}

impl Ledger {
    /// With nothing in it.
    pub fn empty(keeps: Keeps) -> Self {
        Self {
            unit: Unit::empty(),
            chain: GENESIS,
            submissions: BTreeMap::new(),
            breaches: BTreeMap::new(),
            entries: keeps.entries.then(Vec::new),
            events: keeps.events.then(BTreeMap::new),
        }
    }

    /// Decides a command and records what follows.
    ///
    /// # Errors
    /// Why it can't be done; nothing has changed.
    pub fn record(&mut self, command: &Command, actor: &Actor, now: Timestamp, chance: &Chance) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.unit, &self.loaded(command), command, actor, now)?;
        for event in &events {
            let mut rng = chance.about(About::Salt, &[self.unit.seq]);
            let (high, low) = (rng.next().to_le_bytes(), rng.next().to_le_bytes());
            let mut salt = [0; 16];
            salt[..8].copy_from_slice(&high);
            salt[8..].copy_from_slice(&low);
            let entry = Entry::new((self.unit.seq, self.chain), event, actor, now, salt);
            let touched = self.unit.apply(entry.seq, event)?;
            self.chain = entry.chain;
            if let Some(events) = &mut self.events {
                touched.submissions.keys().for_each(|number| events.entry(*number).or_default().push(event.clone()));
            }
            self.submissions.extend(touched.submissions);
            for (id, breach) in touched.breaches {
                match breach {
                    Some(breach) => drop(self.breaches.insert(id, breach)),
                    None => drop(self.breaches.remove(&id)),
                }
            }
            if let Some(entries) = &mut self.entries {
                entries.push(entry);
            }
        }
        Ok(events)
    }

    /// What tables would give for a command about a closed submission.
    fn loaded(&self, command: &Command) -> Loaded {
        let Some(number) = command.needs(&self.unit) else { return Loaded::default() };
        let breaches = self.breaches.values().filter(|breach| breach.submission == number).cloned().collect();
        Loaded { submission: self.submissions.get(&number).cloned(), breaches }
    }
}
