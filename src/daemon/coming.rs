//! What comes in, as far as forecasts go by it: worked out of what is on record, anew each hour.

use std::sync::Arc;

use crate::domain::crowding::{Crowding, LOOKS_BACK};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
use crate::store::{Store, StoreError};

/// For so long what is known stays good: it is of four weeks.
const ANEW: Seconds = Seconds::hours(1);

/// How much of everyone's time goes to what comes in.
pub struct Coming {
    store: Store,
    known: Arc<Crowding>,
    asked: Option<Timestamp>,
}

impl Coming {
    /// What is on record there.
    pub fn of(store: Store) -> Self {
        Self { store, known: Arc::default(), asked: None }
    }

    /// As it is known at an instant. What can't be read is told once an hour, and what was known before is gone by.
    pub async fn at(&mut self, unit: &Unit, now: Timestamp) -> Arc<Crowding> {
        if self.asked.is_none_or(|asked| now < asked || now - asked >= ANEW) {
            self.asked = Some(now);
            match self.on_record(unit, now).await {
                Ok(known) => self.known = Arc::new(known),
                Err(cause) => tracing::warn!("what comes in can't be read, so that forecasts may be too early: {cause}"),
            }
        }
        Arc::clone(&self.known)
    }

    async fn on_record(&self, unit: &Unit, now: Timestamp) -> Result<Crowding, StoreError> {
        let Some(began) = self.store.began().await? else { return Ok(Crowding::default()) };
        let taken = self.store.taken_since(began.max(now - LOOKS_BACK)).await?;
        Ok(Crowding::of(unit, taken.iter().map(|submission| &**submission), (began, now)))
    }
}
