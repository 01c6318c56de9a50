//! What became of a submission beside its gates and its work: parked, outside, raised, flagged, its return offered or withheld.

use serde::{Deserialize, Serialize};

use crate::domain::actions::ActionKind;
use crate::domain::clocks::Clock;
use crate::domain::flags::Flags;
use crate::domain::ids::{CaseId, QueueNumber, SiteId, Slot, Word};
use crate::domain::time::Timestamp;
use crate::domain::unit::{AppointmentEnd, Confidential, OfferAnswer, ParkCause, Receiver, WithholdCause};

/// One decision about a submission; in the ledger a change like any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Treatment {
    /// Nobody works on it until it is taken up again. The reason is sealed.
    Parked {
        /// Which submission.
        number: QueueNumber,
        /// Why.
        cause: ParkCause,
        /// When somebody looks at it again.
        review_at: Timestamp,
    },
    /// It is worked on again.
    TakenUp {
        /// Which submission.
        number: QueueNumber,
    },
    /// Its device went to somebody outside the unit, taken there by the sealed `party`.
    SentOutside {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
        /// To whom.
        provider: String,
        /// Their accreditation, if they have one.
        accreditation: Option<String>,
        /// When it should be back.
        due: Timestamp,
    },
    /// The device is back from outside, brought by the sealed `party`.
    CameBack {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
        /// Where.
        site: SiteId,
        /// Indices of the stages that were done there.
        stages: Vec<usize>,
    },
    /// A person raised or lowered it, or let its own tier hold again. The reason is sealed.
    Prioritised {
        /// Which submission.
        number: QueueNumber,
        /// The tier in which it is served; none: its own.
        tier: Option<u8>,
        /// Until when, if it ends by itself.
        until: Option<Timestamp>,
        /// The person who decided that.
        by: String,
    },
    /// Somebody is at risk, or no longer. The reason is sealed.
    Flagged {
        /// Which submission.
        number: QueueNumber,
        /// All risks there are.
        risk: Vec<Word>,
        /// Whether life is at immediate risk.
        life_at_risk: bool,
        /// Since when, and when that was last said.
        flags: Flags,
        /// Its route, if nothing was begun; else as before.
        route: Option<Word>,
        /// Version of the policy the route is from.
        policy: String,
        /// Number of stages of the route.
        stages: usize,
        /// Every promise made, those that end with it among them.
        clocks: Vec<Clock>,
    },
    /// Its owner was offered the device. What was said is sealed.
    ReturnOffered {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
        /// What came of it.
        answer: OfferAnswer,
        /// When the owner wants it, or when they are tried again.
        until: Option<Timestamp>,
    },
    /// The sealed `party`, an inspector, has the device kept. The reason is sealed.
    ReturnWithheld {
        /// Which submission.
        number: QueueNumber,
        /// Why.
        cause: WithholdCause,
        /// When somebody looks at it again.
        review_at: Timestamp,
    },
    /// It may go back after all. The reason is sealed.
    ReturnAllowed {
        /// Which submission.
        number: QueueNumber,
    },
    /// What is asked for became less, or more. The sealed part has all particulars as they are since, and the reason.
    ScopeChanged {
        /// Which submission.
        number: QueueNumber,
        /// Whether it is more than was agreed to and authorised before.
        wider: bool,
        /// When the device user agreed to that, and had the notice.
        agreed: Option<(Timestamp, Timestamp)>,
    },
    /// A replacement handset is put by for its owner.
    HandsetReserved {
        /// Which submission.
        number: QueueNumber,
        /// Which of the unit's handsets.
        handset: Word,
    },
    /// Its owner has a replacement handset.
    HandsetIssued {
        /// Which submission.
        number: QueueNumber,
        /// Which of the unit's handsets.
        handset: Word,
        /// When.
        at: Timestamp,
        /// Who received it.
        received_by: Receiver,
        /// Whether the SIM of their own phone is in it, which left the exhibit: an item of its own.
        with_sim: bool,
    },
    /// The handset is the unit's again, or is put by no more.
    HandsetTakenBack {
        /// Which submission.
        number: QueueNumber,
        /// Which of the unit's handsets.
        handset: Word,
        /// When.
        at: Timestamp,
    },
    /// A time is kept on a slot for when its device is brought; instead of the one before, where there was one.
    AppointmentMade {
        /// Which submission.
        number: QueueNumber,
        /// On which slot.
        slot: Slot,
        /// First instant.
        from: Timestamp,
        /// First instant that is not kept.
        until: Timestamp,
    },
    /// No time is kept for it any more. What was said is sealed.
    AppointmentEnded {
        /// Which submission.
        number: QueueNumber,
        /// Why.
        cause: AppointmentEnd,
    },
    /// Its owner was told how it stands.
    OwnerTold {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
        /// When they were told they will have their device, if that was said.
        expected: Option<Timestamp>,
    },
    /// The officer in the case opened the results.
    ResultsReceived {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
    },
    /// Its device may hold confidential material. What is known of it is sealed.
    ConfidentialNoted {
        /// Which submission.
        number: QueueNumber,
        /// What sort of material.
        kinds: Vec<Confidential>,
    },
    /// Somebody decided how confidential material is dealt with. How is sealed.
    ConfidentialCleared {
        /// Which submission.
        number: QueueNumber,
        /// Who.
        by: String,
    },
    /// Its references, names and reasons were removed from all entries before this one. The reason is sealed.
    Redacted {
        /// Which submission.
        number: QueueNumber,
        /// Its cases that nobody else is of: their references went with it.
        cases: Vec<CaseId>,
        /// Who decided that.
        by: String,
    },
    /// Somebody took on what was asked for. What they do about it is sealed.
    ActionAcknowledged {
        /// Which submission.
        number: QueueNumber,
        /// What.
        action: ActionKind,
        /// Who.
        by: String,
    },
}

impl Treatment {
    /// The submission that it is about.
    pub const fn number(&self) -> QueueNumber {
        match self {
            Self::Parked { number, .. }
            | Self::TakenUp { number }
            | Self::SentOutside { number, .. }
            | Self::CameBack { number, .. }
            | Self::Prioritised { number, .. }
            | Self::Flagged { number, .. }
            | Self::ReturnOffered { number, .. }
            | Self::ReturnWithheld { number, .. }
            | Self::ReturnAllowed { number }
            | Self::ScopeChanged { number, .. }
            | Self::HandsetReserved { number, .. }
            | Self::HandsetIssued { number, .. }
            | Self::HandsetTakenBack { number, .. }
            | Self::AppointmentMade { number, .. }
            | Self::AppointmentEnded { number, .. }
            | Self::OwnerTold { number, .. }
            | Self::ResultsReceived { number, .. }
            | Self::ConfidentialNoted { number, .. }
            | Self::ConfidentialCleared { number, .. }
            | Self::Redacted { number, .. }
            | Self::ActionAcknowledged { number, .. } => *number,
        }
    }
}
