//! What becomes of promises: forecast to be missed, missed, done late, shown to have been kept.

use super::{Applied, Step};
use crate::domain::event::Change;
use crate::domain::ids::BreachId;
use crate::domain::unit::{Breach, BreachState, Inconsistent};

impl Step<'_> {
    pub(super) fn miss(&mut self, change: &Change) -> Applied {
        let (id, number, promise, milestone, due, expected, unavoidable) = match change {
            Change::BreachForecast { breach, number, promise, milestone, due, expected, unavoidable } => {
                (breach, number, promise, milestone, due, Some(*expected), *unavoidable)
            }
            Change::Breached { breach, number, promise, milestone, due, unavoidable } => {
                (breach, number, promise, milestone, due, None, *unavoidable)
            }
            _ => return Ok(()),
        };
        self.submission(*number)?;
        let known = self.unit.breaches.get(id);
        let (acknowledged, mitigated_at) = known.map_or((None, None), |known| (known.acknowledged.clone(), known.mitigated_at));
        let state = match (expected, known.map(|known| known.state)) {
            (None, _) => BreachState::Open,
            // A forecast that says more keeps the moment from which it was known.
            (Some(expected), Some(BreachState::Forecast { since, .. })) => BreachState::Forecast { since, expected },
            (Some(expected), _) => BreachState::Forecast { since: self.happened_at, expected },
        };
        let promise = promise.clone();
        let (submission, milestone, due) = (*number, *milestone, *due);
        let breach = Breach { id: *id, submission, promise, milestone, due, unavoidable, acknowledged, mitigated_at, state };
        self.unit.next.breach = self.unit.next.breach.max(id.0 + 1);
        self.unit.breaches.insert_mut(*id, breach.clone());
        self.touched.breaches.insert(*id, Some(breach));
        Ok(())
    }

    pub(super) fn avert(&mut self, id: BreachId) -> Applied {
        let breach = self.breach(id)?;
        self.unit.breaches.remove_mut(&id);
        self.touched.breaches.insert(id, None);
        self.look_again(&breach)
    }

    /// What people do about a breach leaves it as it stands.
    pub(super) fn note(&mut self, id: BreachId, change: impl FnOnce(&mut Breach)) -> Applied {
        let mut breach = self.breach(id)?;
        change(&mut breach);
        self.unit.breaches.insert_mut(id, breach.clone());
        self.touched.breaches.insert(id, Some(breach));
        Ok(())
    }

    pub(super) fn settle(&mut self, id: BreachId, state: BreachState) -> Applied {
        let before = self.breach(id)?;
        let breach = Breach { state, ..before.clone() };
        self.unit.breaches.insert_mut(id, breach.clone());
        self.touched.breaches.insert(id, Some(breach));
        self.look_again(&before)
    }

    /// A breach that stood may have been all that kept its submission open. One that had ended before held nothing.
    fn look_again(&mut self, before: &Breach) -> Applied {
        if before.is_standing() {
            let submission = self.submission(before.submission)?;
            self.keep_or_let_go(&submission);
        }
        Ok(())
    }

    fn breach(&self, id: BreachId) -> Result<Breach, Inconsistent> {
        let breach = self.unit.breaches.get(&id).cloned().ok_or_else(|| self.unknown(id))?;
        self.submission(breach.submission)?;
        Ok(breach)
    }
}
