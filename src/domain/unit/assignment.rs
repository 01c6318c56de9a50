//! Assignments: a stage given to a slot for a time, offered, taken on, worked on, put down for a while.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{AssignmentId, QueueNumber, Slot};
use crate::domain::time::{Seconds, Timestamp};

/// A stage given to a slot for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its number.
    pub id: AssignmentId,
    /// The ledger entry that last changed it.
    pub version: i64,
    /// Whose stage.
    pub submission: QueueNumber,
    /// Index in the submission's route.
    pub stage: usize,
    /// Who does it.
    pub slot: Slot,
    /// Planned start.
    pub start: Timestamp,
    /// Planned end.
    pub end: Timestamp,
    /// How far it is.
    pub state: AssignmentState,
    /// The person who took it on or works on it; nobody while it is offered.
    pub held_by: Option<String>,
    /// What of it was done before it was paused, if it was.
    pub earlier: Option<Earlier>,
    /// When somebody looks whether a run of unknown length goes on; none where its length is known, and before it is begun.
    pub review_at: Option<Timestamp>,
}

/// Work that was done before it was paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// When it was first begun.
    pub begun: Timestamp,
    /// How much was done in all, in seconds at speed 1.
    pub worked: Seconds,
}

/// How far an assignment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum AssignmentState {
    /// Offered to the slot.
    Offered,
    /// Taken on: the planner leaves it where it is.
    Accepted {
        /// Since when.
        at: Timestamp,
    },
    /// Being worked on.
    Started {
        /// Since when, or since when again.
        at: Timestamp,
    },
    /// Put down for something more urgent: what is left of it is done where it was begun.
    Paused {
        /// Since when.
        at: Timestamp,
    },
}

impl Assignment {
    /// Since when it is being worked on, if it is.
    pub const fn started_at(&self) -> Option<Timestamp> {
        match self.state {
            AssignmentState::Started { at } => Some(at),
            AssignmentState::Offered | AssignmentState::Accepted { .. } | AssignmentState::Paused { .. } => None,
        }
    }

    /// When it was first begun, if it was; also while it is paused.
    pub fn begun_at(&self) -> Option<Timestamp> {
        self.earlier.map(|earlier| earlier.begun).or(self.started_at())
    }

    /// When it was first begun; its planned start where it was not.
    pub fn begun(&self) -> Timestamp {
        self.begun_at().unwrap_or(self.start)
    }

    /// Whether somebody has taken it on, and perhaps begun it.
    pub fn is_taken_on(&self) -> bool {
        self.state != AssignmentState::Offered
    }

    /// Whether it was put down for something more urgent.
    pub const fn is_paused(&self) -> bool {
        matches!(self.state, AssignmentState::Paused { .. })
    }
}
