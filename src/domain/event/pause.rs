//! Attended work that is put down for something more urgent, and taken up again; a machine's run of unknown length that is looked at.

use serde::{Deserialize, Serialize};

use crate::domain::ids::AssignmentId;
use crate::domain::time::{Seconds, Timestamp};

/// What is recorded of work between its beginning and its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Pause {
    /// Work was put down; the reason is sealed.
    Paused {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// How much was done in all, in seconds at speed 1.
        worked: Seconds,
    },
    /// It goes on.
    Resumed {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Expected end.
        end: Timestamp,
        /// The person who works on it.
        by: String,
    },
    /// Somebody looked at a machine's run of unknown length, and it goes on; the reason is sealed.
    Reviewed {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Expected end.
        end: Timestamp,
        /// When somebody looks again.
        review_at: Timestamp,
    },
}

impl Pause {
    /// The assignment that it is about.
    pub const fn assignment(&self) -> AssignmentId {
        match self {
            Self::Paused { assignment, .. } | Self::Resumed { assignment, .. } | Self::Reviewed { assignment, .. } => *assignment,
        }
    }
}
