//! What one entry did to the rows that tables hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Assignment, Breach, Submission};
use crate::domain::durations::Kind;
use crate::domain::event::{FailureCause, ReleaseCause};
use crate::domain::ids::{AssignmentId, BreachId, CaseId, HoldId, QueueNumber, ResourceId};
use crate::domain::quality::{Hold, Lifted};
use crate::domain::time::Timestamp;

/// The rows that a change touched, as they are after it. Writing them makes the tables hold what the unit holds.
///
/// It also has what left the unit with the change: a submission that closed, an assignment that ended. Whether a
/// submission is open is whether the unit after the change holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The establishment is another one.
    pub establishment: bool,
    /// The policy is another one.
    pub policy: bool,
    /// Submissions, those that closed among them.
    pub submissions: BTreeMap<QueueNumber, Arc<Submission>>,
    /// Assignments; with how they ended, if they did and so left the unit.
    pub assignments: BTreeMap<AssignmentId, (Assignment, Option<Ending>)>,
    /// Breaches; none for a forecast that was averted and so left the unit without trace outside the ledger.
    pub breaches: BTreeMap<BreachId, Option<Breach>>,
    /// Resources whose outages are other ones.
    pub outages: BTreeSet<ResourceId>,
    /// Quality holds; with who lifted them, if somebody did and they so left the unit.
    pub holds: BTreeMap<HoldId, (Hold, Option<Lifted>)>,
    /// Resources that work with other tools.
    pub tools: BTreeSet<ResourceId>,
    /// Kinds of stages of whose durations more is known.
    pub durations: BTreeSet<Kind>,
    /// Digests of case references and the cases they name. They stay when a reference is corrected.
    pub cases: BTreeMap<[u8; 32], CaseId>,
    /// Submissions that were redacted, and the entry that says so: what is sealed of them before it goes.
    pub redacted: BTreeMap<QueueNumber, i64>,
    /// Cases whose references go with them.
    pub forgotten: BTreeSet<CaseId>,
}

/// How an assignment ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ended")]
pub enum Ending {
    /// The stage is done.
    Finished {
        /// When.
        at: Timestamp,
        /// Tool used, if any.
        tool: Option<String>,
        /// Its version.
        tool_version: Option<String>,
        /// SHA-256 of what was extracted, in hex.
        hash: Option<String>,
    },
    /// The stage is open again.
    Failed {
        /// When.
        at: Timestamp,
        /// What went wrong.
        cause: FailureCause,
    },
    /// Taken back before it was started.
    Released {
        /// Why.
        cause: ReleaseCause,
    },
}

impl Touched {
    /// Adds what a later change touched: of two forms of one row the later one stays.
    pub fn absorb(&mut self, later: Self) {
        self.establishment |= later.establishment;
        self.policy |= later.policy;
        self.submissions.extend(later.submissions);
        self.assignments.extend(later.assignments);
        self.breaches.extend(later.breaches);
        self.outages.extend(later.outages);
        self.holds.extend(later.holds);
        self.tools.extend(later.tools);
        self.durations.extend(later.durations);
        self.cases.extend(later.cases);
        self.redacted.extend(later.redacted);
        self.forgotten.extend(later.forgotten);
    }
}
