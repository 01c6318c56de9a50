//! What happened: the changes that a ledger entry can record.
//!
//! Entries last for ever. A change carries *results* (due, tier, route, duration), so applying it evaluates no policy and
//! no calendar. Its serialised form is the entry's `facts`: ids, enums, instants, all that rules read. What only people
//! read (references, names, reasons, free text) stands beside it in [`Sealed`] and can be dropped without breaking
//! the chain. Shapes are never edited: a new shape is a new `v` with a `From` of the old.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::clocks::Clock;
use super::establishment::Establishment;
use super::ids::{AssignmentId, BreachId, CaseId, QueueNumber, ResourceId, SiteId, Slot, Word};
use super::policy::{Milestone, Policy};
use super::submission::{Facts, LockState, Particulars};
use super::time::Timestamp;
use super::unit::{Breach, Returned, Submission};

/// One change and when it happened, which may be before it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happened.
    pub happened_at: Timestamp,
    /// What rules read of it.
    pub change: Change,
    /// What only people read of it.
    pub sealed: Sealed,
}

/// What only people read of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sealed {
    /// References and names of a submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub particulars: Option<Particulars>,
    /// Why, in a person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The other party: who authorised, collected, received, delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// Text of an adopted file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Sealed {
    /// Whether there is nothing to seal.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What rules read of an event. The `kind` of an entry is the variant's name in snake case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// A newer unit file rules from now on.
    EstablishmentAdopted {
        /// SHA-256 of the file's text, in hex.
        digest: String,
        /// What it says.
        establishment: Box<Establishment>,
    },
    /// A newer policy file rules from now on.
    PolicyAdopted {
        /// SHA-256 of the file's text, in hex.
        digest: String,
        /// What it says.
        policy: Box<Policy>,
    },
    /// Bank holidays other than the adopted ones.
    HolidaysAdopted {
        /// All of the unit's division.
        holidays: BTreeSet<NaiveDate>,
    },
    /// A submission entered the queue. References are sealed.
    Registered {
        /// Its queue number.
        number: QueueNumber,
        /// Its case.
        case: CaseId,
        /// What rules read of it.
        facts: Facts,
        /// Version of the policy that gave it its route and clocks.
        policy: String,
        /// Its route; none matched where absent.
        route: Option<Word>,
        /// Number of stages of the route.
        stages: usize,
        /// Every promise made.
        clocks: Vec<Clock>,
    },
    /// The device user agreed, and has the written notice.
    AgreementRecorded {
        /// Whose device.
        number: QueueNumber,
        /// When they agreed.
        agreement_at: Timestamp,
        /// When they had the notice.
        notice_at: Timestamp,
    },
    /// By what right the device is examined. The words are sealed as `reason`.
    LegalBasisRecorded {
        /// Which submission.
        number: QueueNumber,
    },
    /// Necessity and scope authorised by the sealed `party`.
    Authorised {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
        /// Clocks that count from it.
        clocks: Vec<Clock>,
    },
    /// Whether the device can be opened.
    PinStatusRecorded {
        /// Which submission.
        number: QueueNumber,
        /// Its status, never its value.
        lock_state: LockState,
    },
    /// The device reached a site.
    Delivered {
        /// Which submission.
        number: QueueNumber,
        /// Where.
        site: SiteId,
        /// When.
        at: Timestamp,
        /// Clocks that count from it.
        clocks: Vec<Clock>,
    },
    /// The device went to another site and is there.
    Moved {
        /// Which submission.
        number: QueueNumber,
        /// Where it is now.
        site: SiteId,
        /// Since when.
        at: Timestamp,
    },
    /// Return may take place once verified; authorised by the sealed `party`.
    ReturnAuthorised {
        /// Which submission.
        number: QueueNumber,
    },
    /// The device was signed out to the officer who takes it to its owner (sealed `party`). The clock runs on.
    Collected {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
    },
    /// The owner has the device.
    Returned {
        /// Which submission.
        number: QueueNumber,
        /// When, to whom, how proved.
        returned: Returned,
        /// Index of the stage that this finishes, if the route has one.
        stage: Option<usize>,
    },
    /// A closed submission is needed again: it and its breaches as they stood, so that the ledger folds without tables.
    /// References are sealed.
    Recalled {
        /// As it was when it closed, without its particulars.
        submission: Box<Submission>,
        /// Its breaches, all of them ended.
        breaches: Vec<Breach>,
    },
    /// A recorded value was wrong. The sealed part has all particulars as corrected and the reason; old entries stay.
    Corrected {
        /// Which submission.
        number: QueueNumber,
        /// Its case under the corrected reference.
        case: CaseId,
        /// Which column.
        field: String,
        /// All facts as corrected.
        facts: Facts,
        /// Its route under the corrected facts, if nothing was begun; else as before.
        route: Option<Word>,
        /// Version of the policy the route is from.
        policy: String,
        /// Number of stages of the route.
        stages: usize,
        /// Clocks under the corrected facts: old and new due stand in the ledger.
        clocks: Vec<Clock>,
    },
    /// A stage was given to a slot.
    Assigned {
        /// Its number.
        assignment: AssignmentId,
        /// Whose stage.
        number: QueueNumber,
        /// Index in the route.
        stage: usize,
        /// Who does it.
        slot: Slot,
        /// Planned start.
        start: Timestamp,
        /// Planned end.
        end: Timestamp,
    },
    /// The slot took it on.
    Accepted {
        /// Which assignment.
        assignment: AssignmentId,
    },
    /// Work began.
    Started {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Expected end.
        end: Timestamp,
    },
    /// Work ended, and the stage with it.
    Finished {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Tool used, if any.
        tool: Option<String>,
        /// Its version.
        tool_version: Option<String>,
        /// SHA-256 of what was extracted, in hex.
        hash: Option<String>,
    },
    /// Work could not be done; the stage is open again.
    Failed {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// What went wrong.
        cause: FailureCause,
    },
    /// The assignment was taken back before it was started; the stage is open again.
    Released {
        /// Which assignment.
        assignment: AssignmentId,
        /// Why.
        cause: ReleaseCause,
    },
    /// A resource is out of use for a time. The reason is sealed.
    OutageDeclared {
        /// Which resource.
        resource: ResourceId,
        /// First instant.
        from: Timestamp,
        /// First instant that is not.
        until: Timestamp,
    },
    /// A resource is back in use: its outages end now.
    OutageEnded {
        /// Which resource.
        resource: ResourceId,
        /// Since when.
        at: Timestamp,
    },
    /// The plan says that a promise will be missed.
    BreachForecast {
        /// Its number.
        breach: BreachId,
        /// Whose promise.
        number: QueueNumber,
        /// Which promise.
        promise: Word,
        /// What was promised.
        milestone: Milestone,
        /// When it is due.
        due: Timestamp,
        /// When the plan reaches it; none where it can't say.
        expected: Option<Timestamp>,
    },
    /// A forecast breach no longer is: the plan keeps the promise.
    BreachAverted {
        /// Which.
        breach: BreachId,
    },
    /// A promise was missed; it happened when it fell due.
    Breached {
        /// Its number; that of its forecast, where there was one.
        breach: BreachId,
        /// Whose promise.
        number: QueueNumber,
        /// Which promise.
        promise: Word,
        /// What was promised.
        milestone: Milestone,
        /// When it fell due.
        due: Timestamp,
    },
    /// The milestone of a missed promise was reached.
    BreachClosed {
        /// Which.
        breach: BreachId,
        /// When.
        at: Timestamp,
    },
    /// A late entry showed that the milestone was reached in time: kept, and shown apart.
    BreachDisproved {
        /// Which.
        breach: BreachId,
        /// When it was reached.
        at: Timestamp,
    },
}

impl Change {
    /// Every kind this program knows, in the order of the variants.
    pub const KINDS: [&'static str; 28] = [
        "establishment_adopted",
        "policy_adopted",
        "holidays_adopted",
        "registered",
        "agreement_recorded",
        "legal_basis_recorded",
        "authorised",
        "pin_status_recorded",
        "delivered",
        "moved",
        "return_authorised",
        "collected",
        "returned",
        "recalled",
        "corrected",
        "assigned",
        "accepted",
        "started",
        "finished",
        "failed",
        "released",
        "outage_declared",
        "outage_ended",
        "breach_forecast",
        "breach_averted",
        "breached",
        "breach_closed",
        "breach_disproved",
    ];
}

super::submission::words!(
    /// What went wrong with an examination.
    FailureCause {
        /// Cable or port.
        Cable = "cable",
        /// The tool can't do this device.
        Unsupported = "unsupported",
        /// The PIN held is wrong.
        PinWrong = "pin_wrong",
        /// The device locked itself.
        Locked = "locked",
        /// Battery empty or failing.
        Battery = "battery",
        /// The device is full.
        DeviceFull = "device_full",
        /// Only part could be read.
        Partial = "partial",
        /// The machine failed.
        Machine = "machine",
    }
);

super::submission::words!(
    /// Why an assignment was taken back.
    ReleaseCause {
        /// The plan has a better place for it.
        Replanned = "replanned",
        /// Whoever had it gave it back.
        GivenBack = "given_back",
        /// The resource is out of use.
        ResourceDown = "resource_down",
        /// A gate is shut again, or the submission was corrected.
        NotReady = "not_ready",
    }
);
