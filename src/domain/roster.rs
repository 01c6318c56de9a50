//! The roster: who works besides their usual hours, who is away, who is on call.
//!
//! The unit file says when a resource usually works; the roster what is otherwise on certain days. It changes more often, and is a file
//! of its own (`roster.csv`), so that nobody writes a new unit file because somebody is ill.

use serde::{Deserialize, Serialize};

use super::calendar::Exceptions;
use super::establishment::{Establishment, Resource};
use super::ids::ResourceId;
use super::submission::words;
use super::time::Timestamp;

words!(
    /// What somebody does for a time.
    DutyKind {
        /// Works, besides their usual hours.
        On = "on",
        /// Answers for the unit when nobody else does.
        OnCall = "on_call",
        /// Is not there.
        Leave = "leave",
        /// Gives evidence.
        Court = "court",
        /// Learns.
        Training = "training",
    }
);

impl DutyKind {
    /// Whether whoever has it can't work meanwhile.
    pub const fn is_away(self) -> bool {
        matches!(self, Self::Leave | Self::Court | Self::Training)
    }
}

/// One line of the roster: [from, until).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Duty {
    /// A resource by its id; whoever is on call by any name.
    pub who: String,
    /// What they do.
    pub kind: DutyKind,
    /// From when on.
    pub from: Timestamp,
    /// The first instant at which it is over.
    pub until: Timestamp,
}

impl Duty {
    /// Whether an instant lies in it.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

impl Establishment {
    /// The lines of the roster that keep a resource from working.
    pub fn away<'a>(&'a self, resource: &'a ResourceId) -> impl Iterator<Item = &'a Duty> {
        self.roster.iter().filter(move |duty| duty.kind.is_away() && duty.who == resource.as_str())
    }

    /// Who is on call at an instant.
    pub fn on_call(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        let on_call = move |duty: &&Duty| duty.kind == DutyKind::OnCall && duty.covers(at);
        self.roster.iter().filter(on_call).map(|duty| duty.who.as_str())
    }

    /// What is other for a resource than its calendar says, by the unit file and the roster.
    pub fn exceptions(&self, resource: &Resource) -> Exceptions {
        let away = self.away(&resource.id).map(|duty| (duty.from, duty.until));
        let closed = resource.closed.iter().map(|closure| (closure.from, closure.until));
        let on = self.roster.iter().filter(|duty| duty.kind == DutyKind::On && duty.who == resource.id.as_str());
        Exceptions::new(closed.chain(away).collect(), on.map(|duty| (duty.from, duty.until)).collect())
    }
}
