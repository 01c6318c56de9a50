//! The whole state of the unit that matters now, as a value: cloning it costs nothing, so that the planner, each reader
//! and each follower hold one and nobody locks.
//!
//! Invariant: [`Unit::apply`] alone changes it, and nothing in it depends on anything but the ledger: folded from its
//! entries or loaded from the rows that [`Touched`] names, it is the same value.

mod apply;
mod appointment;
mod assignment;
mod breach;
mod failed;
mod questions;
mod removed;
mod table;
mod touched;
mod treatment;

use std::sync::Arc;

use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Serialize};

use super::actions::Taken;
use super::agreement::Terms;
use super::clocks::{Clock, native_tier};
use super::durations::{Kind, Observed};
use super::establishment::{Closure, Establishment};
use super::event::FailureCause;
use super::flags::Flags;
use super::ids::{AssignmentId, BreachId, CaseId, HoldId, QueueNumber, ResourceId, SiteId, Slot, Word};
use super::policy::{Gate, LOWEST_TIER, Milestone, Policy, Route, Stage};
use super::quality::{Hold, Tool};
use super::submission::{Facts, Particulars, Request};
use super::time::Timestamp;
pub use apply::Inconsistent;
pub use appointment::{Appointment, AppointmentEnd};
pub use assignment::{Assignment, AssignmentState, Earlier};
pub use breach::{Acknowledged, Breach, BreachState};
pub use questions::reached;
pub use removed::{Challenge, DataTaken, RemovalCause, Removed};
pub use table::{Row, Table};
pub use touched::{Ending, Touched};
pub use treatment::{
    Confidential, Confidentiality, Lent, Offer, OfferAnswer, OwnerTold, ParkCause, Parked, Priority, Withheld, WithholdCause,
};

/// A map that is a value: ordered, persistent, shared between threads.
pub type Map<K, V> = RedBlackTreeMapSync<K, V>;

/// The state of a unit at one place in its ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The last ledger entry it holds; 0 before the first.
    pub seq: i64,
    /// Sites, resources, calendars: as last adopted.
    pub establishment: Arc<Establishment>,
    /// The policy last adopted.
    pub policy: Arc<Policy>,
    /// Every policy ever adopted, by version: a submission keeps its route's.
    pub policies: Map<String, Arc<Policy>>,
    /// Open submissions.
    pub submissions: Table<QueueNumber, Arc<Submission>>,
    /// Assignments of open submissions that have not ended.
    pub assignments: Map<AssignmentId, Assignment>,
    /// Times at which resources are out of use, beyond the unit file.
    pub outages: Map<ResourceId, Vec<Closure>>,
    /// Quality holds that stand.
    pub holds: Map<HoldId, Hold>,
    /// What resources work with, as far as is known.
    pub tools: Map<ResourceId, Tool>,
    /// How long stages really take, by kind.
    pub durations: Map<Kind, Observed>,
    /// Breaches of open submissions, forecast ones among them.
    pub breaches: Table<BreachId, Breach>,
    /// Every submission ever, by digest of its reference; entries leave on redaction.
    pub references: Map<[u8; 32], QueueNumber>,
    /// Every case ever, by digest of its reference; entries leave on redaction.
    pub cases: Map<[u8; 32], CaseId>,
    /// The numbers to be given next.
    pub next: Counters,
    /// Which texts were adopted.
    pub adopted: Digests,
}

/// SHA-256, in hex, of the texts of the adopted files; empty before the first. The same version with another text is an
/// error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// Of the unit file.
    pub establishment: String,
    /// Of the policy file.
    pub policy: String,
}

/// The numbers to be given next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Next queue number.
    pub submission: i64,
    /// Next case.
    pub case: i64,
    /// Next assignment.
    pub assignment: i64,
    /// Next breach.
    pub breach: i64,
}

impl Default for Counters {
    fn default() -> Self {
        Self { submission: 1, case: 1, assignment: 1, breach: 1 }
    }
}

/// One exhibit in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Its queue number.
    pub number: QueueNumber,
    /// Its case.
    pub case: CaseId,
    /// The ledger entry that last changed it.
    pub version: i64,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// What rules read.
    pub facts: Facts,
    /// What only people read; none once redacted.
    pub particulars: Option<Particulars>,
    /// Version of the policy that gave it its route.
    pub policy: String,
    /// Name of its route; none matched where absent.
    pub route: Option<Word>,
    /// How far each stage of the route is, in the route's order.
    pub stages: Vec<StageState>,
    /// Every promise made, applying now or later.
    pub clocks: Vec<Clock>,
    /// Where its device is.
    pub device: Whereabouts,
    /// When and how the device was given back.
    pub returned: Option<Returned>,
    /// Promises of which it is on record that their latest start passed with nothing begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub too_late: Vec<Word>,
    /// Why its examination was ended before its end, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Removed>,
    /// On what the device user's agreement rests, where somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
    /// Why nobody works on it, where somebody decided that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<Parked>,
    /// Whether a person raised or lowered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Since when somebody is at risk.
    #[serde(default, skip_serializing_if = "Flags::is_empty")]
    pub flags: Flags,
    /// What came of the last offer to its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// That its device may hold confidential material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidential: Option<Confidentiality>,
    /// Why its device is kept although its owner could have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// The time that is kept on a slot for when its device is brought, where somebody made an appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appointment: Option<Appointment>,
    /// The replacement handset that its owner has, or is to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handset: Option<Lent>,
    /// When its owner was last told how it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_told: Option<OwnerTold>,
    /// When the officer in the case opened the results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results_received_at: Option<Timestamp>,
    /// Who last took on what of what is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_on: Vec<Taken>,
    /// Stages that could not be done, oldest first; forgotten once the stage is done or something else is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// A stage that could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Index in the route.
    pub stage: usize,
    /// Who or what failed.
    pub resource: ResourceId,
    /// When.
    pub at: Timestamp,
    /// What went wrong.
    pub cause: FailureCause,
    /// How many more wrong PINs the device takes, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
}

/// How far a stage is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// Nothing done, nothing assigned.
    Open,
    /// Given to a slot, perhaps started.
    Assigned(AssignmentId),
    /// Finished.
    Done(Done),
    /// Not to be done any more, by nobody, since its examination was ended.
    Dropped(Done),
}

impl StageState {
    /// Whether nothing is left to do of it: done, or not to be done any more.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Dropped(_))
    }

    /// Who did it and when, where it is done.
    pub const fn done(&self) -> Option<&Done> {
        match self {
            Self::Done(done) => Some(done),
            Self::Open | Self::Assigned(_) | Self::Dropped(_) => None,
        }
    }
}

/// A finished stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Who did it; none for a hand-back.
    pub slot: Option<Slot>,
    /// When it was begun.
    pub start: Timestamp,
    /// When it was finished.
    pub end: Timestamp,
    /// The person who worked on it; none for a hand-back, and for what was done outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Where a device is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "place")]
pub enum Whereabouts {
    /// With the police, not yet at a site.
    NotDelivered,
    /// At a site since then.
    At {
        /// Which site.
        site: SiteId,
        /// Since when.
        since: Timestamp,
    },
    /// Signed out to an officer who brings it back; the clock runs on.
    SignedOut {
        /// Since when.
        since: Timestamp,
    },
    /// With somebody outside the unit, who examines it.
    Outside {
        /// Since when.
        since: Timestamp,
        /// With whom.
        provider: String,
        /// Their accreditation, if they have one.
        accreditation: Option<String>,
        /// When it should be back.
        due: Timestamp,
    },
    /// With its owner.
    Returned {
        /// Since when.
        since: Timestamp,
        /// Where it was before: there it is, should the return turn out not to have been one.
        from: Box<Whereabouts>,
    },
}

/// How a device came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// When the owner had it.
    pub at: Timestamp,
    /// Who received it: owner, parent or a nominated person.
    pub received_by: Receiver,
    /// How that was proved.
    pub proof: Proof,
}

crate::domain::submission::words!(
    /// Who received a device that came back.
    Receiver {
        /// Its owner.
        Owner = "owner",
        /// A parent of its owner.
        Parent = "parent",
        /// Someone its owner named.
        Nominated = "nominated",
    }
);

crate::domain::submission::words!(
    /// How receipt of a device was proved.
    Proof {
        /// A signature on paper or glass.
        Signature = "signature",
        /// A code sent to the owner.
        Code = "code",
        /// An officer saw it.
        Witnessed = "witnessed",
    }
);

impl Submission {
    /// The clocks that apply at `now`.
    pub fn running(&self, now: Timestamp) -> impl Iterator<Item = &Clock> {
        self.clocks.iter().filter(move |clock| clock.applies(now))
    }

    /// The clocks of every promise made, also where its examination was ended and they no longer run.
    pub fn promised(&self) -> &[Clock] {
        self.removed.as_ref().map_or(&self.clocks, |removed| &removed.clocks)
    }

    /// The smallest tier among the promises that apply at `now`.
    pub fn tier(&self, now: Timestamp) -> u8 {
        native_tier(&self.clocks, now)
    }

    /// The tier in which a stage of its route is worked: its own; where what needs no device comes apart from what does,
    /// that of the promises which wait for it, so that a victim's phone does not drag its report along.
    pub fn stage_tier(&self, route: &Route, stage: usize, now: Timestamp) -> u8 {
        if route.stages.get(stage).is_none_or(Stage::needs_device) || !route.comes_apart() {
            return self.tier(now);
        }
        let results = self.running(now).filter(|clock| clock.milestone == Milestone::Results);
        results.map(|clock| clock.tier).min().unwrap_or(LOWEST_TIER)
    }

    /// The gates that are shut at `now`, in the order in which they are judged: those of its route, and that it is parked or outside.
    /// A device that left before it was examined has to be delivered again. Nothing but where it is keeps one from going home
    /// whose examination was ended.
    pub fn shut_gates<'a>(&'a self, route: &'a Route, now: Timestamp) -> impl Iterator<Item = Gate> + 'a {
        let gone = self.left_unexamined(route);
        let shut = move |gate: Gate| match gate {
            Gate::Parked => self.parked.is_some(),
            Gate::Outside => matches!(self.device, Whereabouts::Outside { .. }),
            Gate::Confidential => self.is_confidential() && self.removed.is_none(),
            Gate::Delivery if gone => true,
            gate if gate != Gate::Delivery && self.removed.is_some() => false,
            _ => route.gates.contains(&gate) && !self.facts.gate_open(gate, now),
        };
        Gate::ALL.into_iter().filter(move |gate| shut(*gate))
    }

    /// Whether confidential material was noted, and nobody has decided how it is dealt with.
    pub fn is_confidential(&self) -> bool {
        self.confidential.as_ref().is_some_and(|noted| noted.cleared.is_none())
    }

    /// Whether its device was signed out or returned while a stage still needs it in hand.
    pub fn left_unexamined(&self, route: &Route) -> bool {
        matches!(self.device, Whereabouts::SignedOut { .. } | Whereabouts::Returned { .. }) && self.is_unexamined(route)
    }

    /// Whether a stage still needs its device in hand.
    pub fn is_unexamined(&self, route: &Route) -> bool {
        route.stages.iter().zip(&self.stages).any(|(stage, state)| stage.holds_device && !state.is_over())
    }

    /// Whether a later exhibit of its case waits for it: a stage is not done, and its examination was not ended.
    pub fn is_unfinished(&self) -> bool {
        self.removed.is_none() && self.stages.iter().any(|stage| !stage.is_over())
    }

    /// What it was asked for as; none once redacted.
    pub fn request(&self) -> Option<Request> {
        Some(Request { facts: self.facts.clone(), particulars: self.particulars.clone()? })
    }

    /// What names it outside, or its queue number once that is redacted.
    pub fn key(&self) -> String {
        match &self.particulars {
            Some(p) => format!("{}|{}|{}|{}", self.facts.force, p.crime_ref, p.exhibit_ref, p.request),
            None => self.number.to_string(),
        }
    }
}
