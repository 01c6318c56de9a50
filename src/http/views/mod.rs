//! What leaves: chosen field by field, the least that its reader needs. Domain types have no way out of their own.
//!
//! Those who only handle devices see no scope, no legal basis and nobody's reasons; nobody sees another force's things.

pub mod action;
pub mod appointment;
pub mod arrival;
pub mod assignment;
pub mod breach;
pub mod event;
pub mod index;
pub mod owner;
pub mod promise;
pub mod quality;
pub mod remedy;
pub mod resource;
pub mod schedule;
pub mod stage;
pub mod submission;
pub mod timeline;
pub mod treatment;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::access::Caller;
use super::{Api, House};
use crate::daemon::forecast::Forecast;
use crate::daemon::rescue::Rescues;
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Submission, Unit};
use crate::planner::Reason;
use crate::planner::chance::Chances;
use crate::planner::reason::{Said, sentence};
use index::Indexed;

/// What a view is made from.
pub struct View<'a> {
    /// The unit as last committed.
    pub unit: Unit,
    /// The newest plan, which may be a little older.
    pub plan: Arc<Indexed>,
    forecast: Arc<Forecast>,
    rescues: Arc<Rescues>,
    /// Who reads.
    pub caller: &'a Caller,
    /// When.
    pub now: Timestamp,
    name: Name<'a>,
}

/// What a reader knows a submission by.
type Name<'a> = Box<dyn Fn(QueueNumber) -> String + Send + Sync + 'a>;

impl<'a> View<'a> {
    /// For one reader, now.
    pub fn of(house: &House, caller: &'a Caller) -> Self {
        let (unit, plan) = (house.api.desk.unit(), house.shelf.plan(&house.api));
        let forecast = Arc::clone(&house.api.forecast.borrow());
        let rescues = Arc::clone(&house.api.rescues.borrow());
        let name = names(unit.clone(), Arc::clone(&plan), caller);
        Self { unit, plan, forecast, rescues, caller, now: house.api.clock.now(), name }
    }

    /// For the daemon itself, beside requests.
    pub fn beside(api: &Api, caller: &'a Caller) -> Self {
        let (unit, plan) = (api.desk.unit(), Arc::new(Indexed::new(Arc::clone(&api.plan.borrow()), None)));
        let (forecast, rescues) = (Arc::clone(&api.forecast.borrow()), Arc::clone(&api.rescues.borrow()));
        let name = names(unit.clone(), Arc::clone(&plan), caller);
        Self { unit, plan, forecast, rescues, caller, now: api.clock.now(), name }
    }

    /// How sure the plan is; none while that is still worked out.
    pub fn chances(&self) -> Option<&Chances> {
        self.forecast.speaks_of(&self.plan.published.plan)
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

    /// What the reader knows another submission by: its queue number, unless it is out of their reach.
    pub fn name(&self, number: QueueNumber) -> String {
        (self.name)(number)
    }

    /// Whether another submission is open and within the reader's reach.
    pub fn reaches(&self, number: QueueNumber) -> bool {
        reaches(self.caller, &self.unit, number)
    }

    /// Reasons with their data and in words.
    pub fn reasons<'s>(&'s self, reasons: &'s [Reason]) -> Vec<Said<'s>> {
        reasons.iter().map(|reason| reason.say(&self.unit.establishment.zone, &*self.name)).collect()
    }

    /// Reasons in one line.
    pub fn text(&self, reasons: &[Reason]) -> String {
        sentence(reasons, &self.unit.establishment.zone, &*self.name)
    }
}

fn names<'a>(unit: Unit, plan: Arc<Indexed>, caller: &'a Caller) -> Name<'a> {
    Box::new(move |number| match reaches(caller, &unit, number) || reaches(caller, &plan.published.unit, number) {
        true => number.to_string(),
        false => "another submission".into(),
    })
}

/// Whether a reader may see a submission, where it is open.
fn reaches(caller: &Caller, unit: &Unit, number: QueueNumber) -> bool {
    unit.submissions.get(&number).is_some_and(|submission| caller.sees(unit, submission))
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
