//! The end of an examination before its end: agreement withdrawn or refused, the request withdrawn, refused as not
//! necessary, negative at triage, and so on. The device goes home all the same, and its clock runs until its owner has it.

use serde::{Deserialize, Serialize};

use crate::domain::clocks::Clock;
use crate::domain::submission::words;
use crate::domain::time::Timestamp;

words!(
    /// Why an examination was ended.
    RemovalCause {
        /// The device user takes their agreement back: stop, return now (PCSC Act 2022 s.39).
        AgreementWithdrawn = "agreement_withdrawn",
        /// The device user does not agree. That alone ends no case.
        AgreementRefused = "agreement_refused",
        /// Whoever asked no longer does.
        Withdrawn = "withdrawn",
        /// Less intrusive means do, or the request is out of proportion.
        NotNecessary = "not_necessary",
        /// The same was asked for twice.
        Duplicate = "duplicate",
        /// Triage found that the device holds nothing of interest.
        NegativeTriage = "negative_triage",
        /// No tool can do it.
        Unsupported = "unsupported",
        /// It could not be unlocked.
        NotUnlocked = "not_unlocked",
    }
);

words!(
    /// What happened to data that was taken from the device by then.
    DataTaken {
        /// None was.
        None = "none",
        /// Deleted.
        Deleted = "deleted",
        /// Kept where nobody works with it, until it is decided on.
        RingFenced = "ring_fenced",
        /// Kept: there is a right to.
        Kept = "kept",
    }
);

impl RemovalCause {
    /// Whether it is the unit's own judgement, which the officer in the case can challenge.
    pub const fn is_refusal(self) -> bool {
        !self.is_asked_for()
    }

    /// Whether the device user or whoever asked wants it so.
    pub const fn is_asked_for(self) -> bool {
        matches!(self, Self::AgreementWithdrawn | Self::AgreementRefused | Self::Withdrawn)
    }
}

/// An examination that was ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub cause: RemovalCause,
    /// What happened to data that was taken.
    pub data: DataTaken,
    /// Whether the officer in the case challenges that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// Its clocks as they were, for when it goes on after all.
    pub clocks: Vec<Clock>,
}

impl Removed {
    /// Whether the officer in the case challenges it and the unit's head has to decide.
    pub fn is_challenged(&self) -> bool {
        self.challenge.is_some_and(|challenge| challenge.rejected_at.is_none())
    }
}

/// A refusal that the officer in the case challenges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Since when.
    pub at: Timestamp,
    /// When the unit's head let the refusal stand; none while that is to be decided.
    pub rejected_at: Option<Timestamp>,
}
