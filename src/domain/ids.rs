//! Names of things: short, ordered, cheap to clone.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

number!(
    /// The queue number of a submission: what leaves the host in place of an exhibit reference.
    QueueNumber, "Q"
);
number!(
    /// A case: one force and crime reference.
    CaseId, "C"
);
number!(
    /// A stage of a submission given to a resource for a time.
    AssignmentId, "A"
);
number!(
    /// A promise that was, is forecast to be, or has been missed.
    BreachId, "B"
);
number!(
    /// A quality hold: the number of the ledger entry that placed it.
    HoldId, "H"
);

name!(
    /// A place with kiosks, a lab or a front desk.
    SiteId
);
name!(
    /// A kiosk, van, operator, DMI, lab bench or examiner.
    ResourceId
);
name!(
    /// A word: device kinds, offences and risks in lower case, for case is ignored in them; names of stages, promises,
    /// routes, calendars and handsets as their file writes them.
    Word
);

/// One place of a resource: resources have `slots` of them, numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// The resource.
    pub resource: ResourceId,
    /// Which of its places, from 1.
    pub slot: u32,
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.resource, self.slot)
    }
}
