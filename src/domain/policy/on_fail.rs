//! What follows when a stage could not be done.

use serde::{Deserialize, Serialize};

use super::Policy;
use crate::domain::event::FailureCause;
use crate::domain::submission::words;
use crate::domain::time::Seconds;

words!(
    /// What follows when a stage could not be done.
    NextStep {
        /// It is tried again, by whoever is free.
        Again = "again",
        /// It is tried elsewhere: on another machine, with another tool.
        Elsewhere = "elsewhere",
        /// It is examined one level higher.
        LevelUp = "level_up",
        /// Somebody finds out whether it can be opened.
        AskPin = "ask_pin",
        /// It is parked, to be looked at again.
        Park = "park",
        /// A supervisor decides.
        Decide = "decide",
    }
);

/// One rule of what follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnFail {
    /// For these causes; for all where it lists none.
    pub causes: Vec<FailureCause>,
    /// From so many failures of the stage on.
    pub times: u32,
    /// What follows.
    pub then: NextStep,
    /// When what is parked is looked at again, counted from the failure.
    pub review: Seconds,
}

impl Policy {
    /// What follows the failure of a stage that has now failed so many times. What no rule says is asked for where it is a PIN, for a
    /// supervisor to decide where the tool can't do it or it failed twice, and else tried again.
    pub fn after_failure(&self, cause: FailureCause, times: usize) -> OnFail {
        let is_for = |rule: &&OnFail| {
            (rule.causes.is_empty() || rule.causes.contains(&cause)) && times >= usize::try_from(rule.times).unwrap_or(usize::MAX)
        };
        let usual = || {
            let then = match cause {
                FailureCause::PinWrong | FailureCause::Locked => NextStep::AskPin,
                FailureCause::Unsupported => NextStep::Decide,
                _ if times > 1 => NextStep::Decide,
                _ => NextStep::Again,
            };
            OnFail { causes: Vec::new(), times: 1, then, review: Seconds::ZERO }
        };
        self.on_fail.iter().find(is_for).cloned().unwrap_or_else(usual)
    }
}
