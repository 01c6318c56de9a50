//! What leaves: chosen field by field, the least that its reader needs. Domain types have no way out of their own.
//!
//! Those who only handle devices see no scope, no legal basis and nobody's reasons; nobody sees another force's things.

pub mod action;
pub mod assignment;
pub mod breach;
pub mod index;
pub mod promise;
pub mod resource;
pub mod stage;
pub mod submission;
pub mod timeline;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::House;
use super::access::Caller;
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Submission, Unit};
use crate::planner::Reason;
use crate::planner::reason::sentence;
use index::Indexed;

/// What a view is made from.
pub struct View<'a> {
    /// The unit as last committed.
    pub unit: Unit,
    /// The newest plan, which may be a little older.
    pub plan: Arc<Indexed>,
    /// Who reads.
    pub caller: &'a Caller,
    /// When.
    pub now: Timestamp,
}

impl<'a> View<'a> {
    /// For one reader, now.
    pub fn of(house: &House, caller: &'a Caller) -> Self {
        Self { unit: house.api.desk.unit(), plan: house.shelf.plan(&house.api), caller, now: house.api.clock.now() }
    }

    /// Open submissions within the reader's reach, by queue number.
    pub fn submissions(&self) -> impl Iterator<Item = &Arc<Submission>> {
        self.unit.submissions.values().filter(|submission| self.caller.sees(&self.unit, submission))
    }

    /// Breaches of open submissions, by submission.
    pub fn breaches(&self) -> Breaches {
        let mut breaches = Breaches::new();
        for breach in self.unit.breaches.values() {
            breaches.entry(breach.submission).or_default().push(breach.clone());
        }
        breaches
    }

    /// What a reader knows another submission by: its queue number, unless it is out of their reach.
    pub fn name(&self, number: QueueNumber) -> String {
        let known = |unit: &Unit| unit.submissions.get(&number).is_some_and(|submission| self.caller.sees(unit, submission));
        if known(&self.unit) || known(&self.plan.published.unit) { number.to_string() } else { "another submission".into() }
    }

    /// Reasons as JSON: `kind`, data and `text`.
    pub fn reasons(&self, reasons: &[Reason]) -> Vec<Value> {
        let name = |number| self.name(number);
        reasons.iter().map(|reason| reason.json(&self.unit.establishment.zone, &name)).collect()
    }

    /// Reasons in one line.
    pub fn text(&self, reasons: &[Reason]) -> String {
        sentence(reasons, &self.unit.establishment.zone, &|number| self.name(number))
    }
}

/// Breaches by submission.
pub type Breaches = BTreeMap<QueueNumber, Vec<Breach>>;

/// The breaches of one submission.
pub fn of(breaches: &Breaches, number: QueueNumber) -> &[Breach] {
    breaches.get(&number).map_or(&[], Vec::as_slice)
}

/// Something that leaves as its text.
#[derive(Clone, Copy, Debug)]
pub struct Shown<T>(pub T);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
