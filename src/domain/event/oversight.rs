//! What became of the unit's means: out of use, held, free again, newly equipped.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{HoldId, ResourceId};
use crate::domain::quality::Held;
use crate::domain::time::Timestamp;

/// What is recorded of that; in the ledger a change like any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Oversight {
    /// A resource is out of use for a time. The reason is sealed.
    OutageDeclared {
        /// Which resource.
        resource: ResourceId,
        /// First instant.
        from: Timestamp,
        /// First instant that is not.
        until: Timestamp,
    },
    /// A resource is back in use: what puts it out of use at that instant ends there.
    OutageEnded {
        /// Which resource.
        resource: ResourceId,
        /// From when on.
        at: Timestamp,
    },
    /// Something must not be used. Its number is that of the entry; the reason is sealed.
    HoldPlaced {
        /// What.
        held: Held,
        /// Since when what it touched is in doubt.
        doubtful_from: Option<Timestamp>,
        /// Who decided that.
        by: String,
    },
    /// It may be used again. The reason is sealed.
    HoldLifted {
        /// Which hold.
        hold: HoldId,
        /// Who decided that.
        by: String,
    },
    /// A resource works with a tool.
    ToolInstalled {
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
