//! What people decided about a submission beside its gates: parked, raised or lowered, its return offered or withheld.
//!
//! None of it stops a clock: what is promised runs on, and a breach counts.

use serde::{Deserialize, Serialize};

use super::Submission;
use crate::domain::flags::Flags;
use crate::domain::ids::Word;
use crate::domain::submission::words;
use crate::domain::time::Timestamp;

words!(
    /// Why a request is parked.
    ParkCause {
        /// The officer in the case, or the prosecutor, decides something first.
        Decision = "decision",
        /// Other evidence may make it unnecessary.
        OtherEvidence = "other_evidence",
        /// No tool can do it yet.
        Tool = "tool",
        /// It can't be unlocked yet.
        Unlock = "unlock",
        /// Something else; the reason says what.
        Other = "other",
    }
);

/// A request that nobody works on until somebody takes it up again: its device is held, its clocks run, and it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub cause: ParkCause,
    /// When somebody looks at it again.
    pub review_at: Timestamp,
}

/// A submission that a person raised or lowered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priority {
    /// The tier in which it is served, behind those that belong there.
    pub tier: u8,
    /// Since when.
    pub since: Timestamp,
    /// Until when, if it ends by itself.
    pub until: Option<Timestamp>,
    /// The person who decided that.
    pub by: String,
}

words!(
    /// What came of offering an owner their device.
    OfferAnswer {
        /// It goes home as offered.
        Accepted = "accepted",
        /// The owner wants it later.
        Later = "later",
        /// The owner could not be reached.
        Unreachable = "unreachable",
        /// The owner does not want it back.
        Declined = "declined",
    }
);

/// A return that was offered. The clock runs on: it stops when the owner has the device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// When it was offered.
    pub at: Timestamp,
    /// What came of it.
    pub answer: OfferAnswer,
    /// When the owner wants it instead, or when they are tried again.
    pub until: Option<Timestamp>,
}

words!(
    /// Why a device does not go back to its owner although it is not needed for work.
    WithholdCause {
        /// It holds indecent images of a child.
        IndecentImages = "indecent_images",
        /// The original itself is evidence.
        Evidence = "evidence",
        /// A court or another force ordered it.
        Ordered = "ordered",
        /// Something else; the reason says what.
        Other = "other",
    }
);

/// A return that is withheld: by whom stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub cause: WithholdCause,
    /// When somebody looks at it again.
    pub review_at: Timestamp,
}

words!(
    /// Confidential material that a device may hold.
    Confidential {
        /// Between somebody and their lawyer.
        Legal = "legal",
        /// Health records.
        Medical = "medical",
        /// Counselling and therapy.
        Counselling = "counselling",
        /// A journalist's material.
        Journalistic = "journalistic",
    }
);

/// That a device may hold confidential material, and whether somebody decided how that is dealt with: how stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confidentiality {
    /// What sort of material.
    pub kinds: Vec<Confidential>,
    /// Since when that is known.
    pub since: Timestamp,
    /// When somebody decided how it is dealt with, and who.
    pub cleared: Option<(Timestamp, String)>,
}

/// A replacement handset that was put by for an owner, or that they have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent {
    /// Which of the unit's.
    pub handset: Word,
    /// Since when it is put by.
    pub reserved_at: Timestamp,
    /// Since when the owner has it, once they do.
    pub issued_at: Option<Timestamp>,
    /// Whether the SIM of their own phone is in it: an item of its own.
    pub with_sim: bool,
}

/// An owner was told how their device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerTold {
    /// When.
    pub at: Timestamp,
    /// When they were told they will have it, if that was said.
    pub expected: Option<Timestamp>,
}

impl Priority {
    /// Whether it has not ended by itself.
    pub fn applies(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Submission {
    /// The tier in which a person has it served at `now`.
    pub fn raised(&self, now: Timestamp) -> Option<u8> {
        self.priority.as_ref().filter(|priority| priority.applies(now)).map(|priority| priority.tier)
    }

    /// When a person last put it in another place of the queue.
    pub fn reranked_at(&self) -> Option<Timestamp> {
        let Flags { risk, life_at_risk } = &self.flags;
        let flagged = risk.iter().chain(life_at_risk).filter_map(|flag| flag.since);
        flagged.chain(self.priority.as_ref().map(|priority| priority.since)).max()
    }
}
