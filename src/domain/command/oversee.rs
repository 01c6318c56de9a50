//! What those do who hold tools, kiosks and people to their standard.

use crate::domain::ids::{HoldId, ResourceId};
use crate::domain::quality::Held;
use crate::domain::time::Timestamp;

/// What is decided about the unit's means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oversee {
    /// Something must not be used.
    PlaceHold {
        /// What.
        held: Held,
        /// Since when what it touched is in doubt.
        doubtful_from: Option<Timestamp>,
        /// Why.
        reason: String,
    },
    /// It may be used again.
    LiftHold {
        /// Which hold.
        hold: HoldId,
        /// Why.
        reason: String,
    },
    /// A resource works with a tool from now on.
    InstallTool {
        /// Which resource.
        resource: ResourceId,
        /// Since when.
        at: Timestamp,
        /// The tool.
        tool: String,
        /// Its version.
        version: String,
    },
}
