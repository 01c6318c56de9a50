//! Quality holds: a tool, a resource or a person that must not be used until the quality lead says so again.
//!
//! The Forensic Science Regulator's Code asks for method, tool version, equipment and competence on record, so that what a faulty
//! one touched can be found. A hold stops whatever has not begun; what runs is for whoever is there to judge.

use serde::{Deserialize, Serialize};

use super::ids::{HoldId, ResourceId};
use super::submission::same_person;
use super::time::Timestamp;

/// What is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Held {
    /// A kiosk, van, bench, or somebody who is a resource of the unit.
    Resource {
        /// Which.
        resource: ResourceId,
    },
    /// A tool, in one version or in all.
    Tool {
        /// Its name, as finish records have it.
        tool: String,
        /// Its version; none for all of them.
        version: Option<String>,
    },
    /// Somebody, whatever they work on.
    Person {
        /// Their name, as entries have it.
        person: String,
    },
}

/// One hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The number of the entry that placed it.
    pub id: HoldId,
    /// What is held.
    pub held: Held,
    /// Since when.
    pub since: Timestamp,
    /// Since when what it touched is in doubt; always, where nobody knows.
    pub doubtful_from: Option<Timestamp>,
    /// Who placed it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Somebody lifted a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// What a resource works with, as far as is known: what it was last finished with, or said to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Since when that is known.
    pub since: Timestamp,
}

impl Held {
    /// Whether it is this tool; case is no difference.
    pub fn is_tool(&self, name: &str, version: &str) -> bool {
        let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
        match self {
            Self::Tool { tool, version: held } => same(tool, name) && held.as_ref().is_none_or(|held| same(held, version)),
            Self::Resource { .. } | Self::Person { .. } => false,
        }
    }

    /// Whether it is this person.
    pub fn is_person(&self, name: &str) -> bool {
        matches!(self, Self::Person { person } if same_person(person, name))
    }

    /// Whether it is this resource.
    pub fn is_resource(&self, id: &ResourceId) -> bool {
        matches!(self, Self::Resource { resource } if resource == id)
    }
}
