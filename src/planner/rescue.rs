//! Rescue: what would keep a promise that the plan misses, and costs the least.
//!
//! What is late is planned again, with something changed, on the part of the unit that can be in its way: what is of tiers 0 to
//! 2, and what runs or was accepted. Lower work that nobody has taken on gives way to it already. Changes come in classes, those
//! that cost people least first: gates met now; accepted work put off; running work paused; a hand-back outside the return
//! window; overtime; a van; one more of somebody; and last unattended work that has to begin anew. Of each class that
//! keeps the promise the least that does is told; where no class does, the least of all together.
//!
//! Invariant: a remedy makes no other promise of tiers 0 to 2 late. It is advice: nothing is changed but by a person.

mod menu;
mod say;
mod tried;

use super::Plan;
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, SiteId, Slot, Word};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
pub use say::Said;
use tried::Trial;

/// Something that people can do so that a promise is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What, all of it, least first.
    pub measures: Vec<Measure>,
    /// When the milestone is reached then.
    pub at: Timestamp,
}

/// One thing that people can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Every gate of the submission is met; none where now is just in time.
    Gates {
        /// By then.
        by: Option<Timestamp>,
    },
    /// Work that was accepted and not begun is done later.
    PutOff(Work),
    /// Running attended work stops, and goes on later.
    Pause(Work),
    /// The device is handed back outside the return windows of its home.
    HandBack {
        /// From where.
        site: SiteId,
        /// When it leaves.
        from: Timestamp,
        /// When its owner has it.
        until: Timestamp,
    },
    /// Somebody works outside their hours.
    Overtime {
        /// Who.
        resource: ResourceId,
        /// From when until when, in order; for the setting up or taking over of a machine's work one moment.
        periods: Vec<(Timestamp, Timestamp)>,
    },
    /// A van comes to the device.
    Van {
        /// Which.
        resource: ResourceId,
        /// Where to.
        to: SiteId,
    },
    /// There is one more like somebody.
    OneMore {
        /// Like whom.
        like: ResourceId,
        /// Where.
        site: SiteId,
    },
    /// Running unattended work stops, and begins anew later.
    Abort {
        /// What.
        work: Work,
        /// How long it has run for nothing.
        lost: Seconds,
    },
}

/// Work that is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Its assignment.
    pub assignment: AssignmentId,
    /// Whose stage.
    pub submission: QueueNumber,
    /// Which.
    pub stage: Word,
    /// Where.
    pub slot: Slot,
}

/// The remedies for a promise of tiers 0 to 2 that is not due yet, and that `plan` of `unit` misses or a shut gate may;
/// cheapest first; empty where nothing on the menu keeps it. None where there is nothing to remedy.
pub fn remedies(unit: &Unit, plan: &Plan, number: QueueNumber, promise: &Word) -> Option<Vec<Remedy>> {
    let trial = Trial::of(unit, plan, number, promise)?;
    if let Some(kept) = trial.with(&[]) {
        // All that it takes, if anything, is that its gates are met.
        return trial.is_gated().then(|| vec![trial.remedy(&[], &kept)]);
    }
    let classes = menu::menu(&trial);
    let mut found: Vec<Remedy> = classes.iter().filter_map(|class| trial.least(class)).collect();
    if found.is_empty() {
        found.extend(trial.least(&classes.concat()));
    }
    Some(found)
}
