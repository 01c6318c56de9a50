//! Flags that a person sets on a submission and that make promises: a risk to somebody, life at immediate risk.
//!
//! What a flag promises counts from when the flag was set, where that was after the request came in: nobody can keep a promise
//! that was not made yet. A flag with a lapse ([`Promise::flag_lapses`](super::policy::Promise)) ends by itself unless somebody
//! renews it, so that what was urgent once does not stay in front for ever.

use serde::{Deserialize, Serialize};

use super::policy::When;
use super::submission::Facts;
use super::time::Timestamp;

/// The flags of a submission; none offline, where nothing lapses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flags {
    /// A risk to somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Flag>,
    /// Life at immediate risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub life_at_risk: Option<Flag>,
}

/// A flag that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Since when; none where the request came in with it, so that its promises count from what they count from.
    pub since: Option<Timestamp>,
    /// When somebody last said so.
    pub renewed: Timestamp,
}

/// What a flag says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody is at risk.
    Risk,
    /// Life is at immediate risk.
    LifeAtRisk,
}

impl Kind {
    /// What a promise rests on, if it rests on a flag.
    pub fn behind(when: &When) -> Option<Self> {
        match &when.life_at_risk {
            Some(values) if *values == [true] => Some(Self::LifeAtRisk),
            _ if when.risk.is_some() => Some(Self::Risk),
            _ => None,
        }
    }

    /// Whether it is said of a request.
    pub fn is_set(self, facts: &Facts) -> bool {
        match self {
            Self::Risk => !facts.risk.is_empty(),
            Self::LifeAtRisk => facts.life_at_risk,
        }
    }
}

impl Flags {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The flag of a kind, if it is set.
    pub const fn of(&self, kind: Kind) -> Option<Flag> {
        match kind {
            Kind::Risk => self.risk,
            Kind::LifeAtRisk => self.life_at_risk,
        }
    }

    /// Sets a flag.
    pub const fn set(&mut self, kind: Kind, flag: Flag) {
        match kind {
            Kind::Risk => self.risk = Some(flag),
            Kind::LifeAtRisk => self.life_at_risk = Some(flag),
        }
    }

    /// The flag on which a promise rests, if it rests on one that is set.
    pub fn behind(&self, when: &When) -> Option<Flag> {
        self.of(Kind::behind(when)?)
    }

    /// As they are once a request came in, or was corrected, at `at`: what is on record was so from the beginning.
    #[must_use]
    pub fn on_record(&self, facts: &Facts, at: Timestamp) -> Self {
        let keep = |kind: Kind| kind.is_set(facts).then(|| self.of(kind).unwrap_or(Flag { since: None, renewed: at }));
        Self { risk: keep(Kind::Risk), life_at_risk: keep(Kind::LifeAtRisk) }
    }
}
