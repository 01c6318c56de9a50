//! Work that was done and has to be done anew.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::time::Timestamp;

/// What is recorded of that; in the ledger a change like any other. The reason is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Rework {
    /// Whoever checked it sends it back: their work has ended, and is open again with what it checked.
    SentBack {
        /// The assignment that checked it.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Indices of the stages that are open again, its own among them.
        stages: Vec<usize>,
    },
    /// Somebody has it done anew.
    Reopened {
        /// Which submission.
        number: QueueNumber,
        /// Indices of the stages that are open again.
        stages: Vec<usize>,
    },
}
