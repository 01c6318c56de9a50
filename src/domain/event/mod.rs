//! What happened: the changes that a ledger entry can record.
//!
//! Entries last for ever. A change carries *results* (due, tier, route, duration), so applying it evaluates no policy and
//! no calendar. Its serialised form is the entry's `facts`: ids, enums, instants, all that rules read. What only people
//! read (references, names, reasons, free text) stands beside it in [`Sealed`] and can be dropped without breaking
//! the chain. Shapes are never edited: a new shape is a new `v` with a `From` of the old.

mod change;
mod oversight;
mod pause;
mod rework;
mod treatment;

use serde::{Deserialize, Serialize};

use super::submission::Particulars;
use super::time::Timestamp;
pub use change::Change;
pub use oversight::Oversight;
pub use pause::Pause;
pub use rework::Rework;
pub use treatment::Treatment;

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

impl Change {
    /// Every kind this program knows, in the order of the variants.
    pub const KINDS: [&'static str; 68] = [
        "establishment_adopted",
        "policy_adopted",
        "holidays_adopted",
        "roster_adopted",
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
        "return_corrected",
        "recalled",
        "corrected",
        "removed",
        "challenged",
        "challenge_rejected",
        "reinstated",
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
        "latest_start_passed",
        "breached",
        "breach_closed",
        "breach_acknowledged",
        "breach_mitigated",
        "breach_reopened",
        "breach_voided",
        "breach_disproved",
        "parked",
        "taken_up",
        "sent_outside",
        "came_back",
        "prioritised",
        "flagged",
        "return_offered",
        "return_withheld",
        "return_allowed",
        "scope_changed",
        "handset_reserved",
        "handset_issued",
        "handset_taken_back",
        "appointment_made",
        "appointment_ended",
        "owner_told",
        "results_received",
        "confidential_noted",
        "confidential_cleared",
        "redacted",
        "action_acknowledged",
        "paused",
        "resumed",
        "reviewed",
        "hold_placed",
        "hold_lifted",
        "tool_installed",
        "sent_back",
        "reopened",
    ];
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
    /// What a corrected field held before, as the queue file would have it; none for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it holds since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The other party: who authorised, collected, received, delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// Number of the seal under which a device changed hands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
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
        /// The device hides a second profile, or a locked folder.
        HiddenProfile = "hidden_profile",
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
        /// A quality hold is on the resource.
        QualityHold = "quality_hold",
        /// A gate is shut again, or the submission was corrected.
        NotReady = "not_ready",
        /// Its examination was ended: put it down, whatever was begun.
        Stopped = "stopped",
        /// Nobody began it in time, though it could have been.
        Lapsed = "lapsed",
        /// Its device was brought elsewhere, and is worked on there.
        WalkedUp = "walked_up",
    }
);
