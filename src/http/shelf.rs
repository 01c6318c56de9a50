//! What is kept between requests because making it again would cost more than a look: the newest plan by submission, and
//! timelines of submissions to which nothing has happened since.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Api;
use super::error::Problem;
use super::views::View;
use super::views::index::Indexed;
use super::views::timeline::{EntryView, timeline};
use crate::domain::ids::{BreachId, QueueNumber};
use crate::domain::unit::{Breach, Submission, Unit};

/// Timelines kept at most; then all are forgotten.
const TIMELINES: usize = 2_000;

/// Kept things. They can be dropped at any time.
#[derive(Default)]
pub struct Shelf {
    plan: Mutex<Option<Arc<Indexed>>>,
    timelines: Mutex<BTreeMap<QueueNumber, (Mark, Timelines)>>,
}

/// A timeline for those who read cases, and one for those who do not.
#[derive(Clone)]
struct Timelines {
    whole: Arc<[EntryView]>,
    for_handlers: Arc<[EntryView]>,
}

/// What changes whenever an entry speaks of a submission: its version, those of its assignments, how its breaches stand.
type Mark = (i64, Vec<i64>, Vec<(BreachId, &'static str)>);

fn mark(unit: &Unit, submission: &Submission, breaches: &[Breach]) -> Mark {
    let assignments = unit.assignments_of(submission).map(|assignment| assignment.version).collect();
    let breaches = breaches.iter().map(|breach| (breach.id, breach.state.as_str())).collect();
    (submission.version, assignments, breaches)
}

impl Shelf {
    /// The newest plan.
    pub fn plan(&self, api: &Api) -> Arc<Indexed> {
        let published = Arc::clone(&api.plan.borrow());
        let kept = locked(&self.plan).clone();
        match kept {
            Some(kept) if Arc::ptr_eq(&kept.published, &published) => kept,
            // Two who meet a new plan at once index it twice, and neither waits for the other.
            kept => {
                let indexed = Arc::new(Indexed::new(published, kept.as_deref()));
                *locked(&self.plan) = Some(Arc::clone(&indexed));
                indexed
            }
        }
    }

    /// What happened to a submission, as the reader may see it. `breaches`: those of the submission.
    pub async fn timeline(
        &self,
        api: &Api,
        view: &View<'_>,
        submission: &Submission,
        breaches: &[Breach],
    ) -> Result<Arc<[EntryView]>, Problem> {
        let mark = mark(&view.unit, submission, breaches);
        let kept =
            locked(&self.timelines).get(&submission.number).filter(|(kept, _)| *kept == mark).map(|(_, kept)| kept.clone());
        let timelines = match kept {
            Some(kept) => kept,
            None => {
                let entries = api.store.timeline(submission.number).await?;
                let whole = timeline(entries)?;
                let for_handlers = whole.iter().map(EntryView::for_handlers).collect();
                let made = Timelines { whole: whole.into(), for_handlers };
                let mut kept = locked(&self.timelines);
                if kept.len() >= TIMELINES {
                    kept.clear();
                }
                kept.insert(submission.number, (mark, made.clone()));
                made
            }
        };
        Ok(match () {
            () if !view.caller.reads_cases() => timelines.for_handlers,
            () if view.caller.is_bound() => timelines.whole.iter().map(EntryView::for_bound).collect(),
            () => timelines.whole,
        })
    }
}

/// A panic while something is put on the shelf leaves it whole: it is replaced in one step.
fn locked<T>(shelf: &Mutex<T>) -> MutexGuard<'_, T> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}
