//! Promises that are forecast to be missed, or were.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::domain::ids::{BreachId, QueueNumber, Word};
use crate::domain::policy::Milestone;
use crate::domain::time::Timestamp;

/// A promise that is forecast to be missed or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Its number.
    pub id: BreachId,
    /// Whose promise.
    pub submission: QueueNumber,
    /// Which promise.
    pub promise: Word,
    /// What was promised.
    pub milestone: Milestone,
    /// Since when it is late.
    pub due: Timestamp,
    /// Whether nobody could have kept the promise: judged when this was first known, and never anew. None where it was not
    /// judged.
    pub unavoidable: Option<bool>,
    /// Who answered for it, once somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
    /// Since when the owner has a replacement handset. It still counts, and is shown as mitigated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigated_at: Option<Timestamp>,
    /// How it stands.
    pub state: BreachState,
}

impl Row for Breach {
    type By = QueueNumber;

    fn by(&self) -> Option<QueueNumber> {
        Some(self.submission)
    }
}

/// Somebody answered for a breach: their reason stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// When.
    pub at: Timestamp,
    /// The person.
    pub by: String,
}

/// How a breach stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum BreachState {
    /// Not yet late, but the plan says it will be.
    Forecast {
        /// Since when that is known.
        since: Timestamp,
        /// When the plan reaches the milestone; none where it can't say.
        expected: Option<Timestamp>,
    },
    /// Late, and still not done.
    Open,
    /// Late, and done since.
    Closed {
        /// When it was done.
        at: Timestamp,
    },
    /// A correction showed that there was nothing to miss.
    Void,
    /// A late entry showed that it was done in time.
    Disproved {
        /// When it was done.
        at: Timestamp,
    },
}

impl Breach {
    /// Whether it still stands: forecast, or late and not done.
    pub const fn is_standing(&self) -> bool {
        matches!(self.state, BreachState::Forecast { .. } | BreachState::Open)
    }
}

impl BreachState {
    /// The word for it in tables and JSON.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Forecast { .. } => "forecast",
            Self::Open => "open",
            Self::Closed { .. } => "closed",
            Self::Void => "void",
            Self::Disproved { .. } => "disproved",
        }
    }
}
