//! Which submissions a promise or a route is for.

use serde::{Deserialize, Serialize};

use crate::domain::ids::Word;
use crate::domain::submission::{Facts, LockState, Owner};

/// Which submissions a promise or route is for: every listed field has one of the listed values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Owner roles.
    pub owner: Option<Vec<Owner>>,
    /// Device kinds.
    pub device: Option<Vec<Word>>,
    /// Offences.
    pub offence: Option<Vec<Word>>,
    /// Risks; one in common is enough.
    pub risk: Option<Vec<Word>>,
    /// Levels.
    pub level: Option<Vec<u8>>,
    /// Lock states.
    pub lock_state: Option<Vec<LockState>>,
    /// Repeat suspects or not.
    pub repeat_suspect: Option<Vec<bool>>,
    /// Life at immediate risk or not.
    pub life_at_risk: Option<Vec<bool>>,
}

impl When {
    /// Whether every listed field has one of the listed values.
    pub fn matches(&self, facts: &Facts) -> bool {
        fn listed<T: PartialEq>(values: Option<&Vec<T>>, value: &T) -> bool {
            values.is_none_or(|values| values.contains(value))
        }
        listed(self.owner.as_ref(), &facts.owner)
            && listed(self.device.as_ref(), &facts.device)
            && listed(self.offence.as_ref(), &facts.offence)
            && self.risk.as_ref().is_none_or(|risks| facts.risk.iter().any(|risk| risks.contains(risk)))
            && listed(self.level.as_ref(), &facts.level)
            && listed(self.lock_state.as_ref(), &facts.lock_state)
            && listed(self.repeat_suspect.as_ref(), &facts.repeat_suspect)
            && listed(self.life_at_risk.as_ref(), &facts.life_at_risk)
    }
}
