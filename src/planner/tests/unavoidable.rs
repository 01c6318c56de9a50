//! What is said to be unavoidable, against plans of a unit that has nothing else to do.

use std::cell::Cell;
use std::sync::Arc;

use super::over_units;
use crate::domain::clocks::Clock;
use crate::domain::guard::is_unavoidable;
use crate::domain::submission::LockState;
use crate::domain::unit::{Submission, Unit, Whereabouts};
use crate::planner::testing::unit;
use crate::planner::{Reason, plan};

/// Whether a plan keeps a promise with one submission in the unit, its gates met as its device comes to its site; none where
/// nobody can do a stage of it: then the device goes home with less done.
fn is_kept_alone(unit: &Unit, submission: &Submission, clock: &Clock) -> Option<bool> {
    let arrival = submission.facts.taken_at + unit.establishment.to_site;
    let (outages, submissions, durations) = Default::default();
    let mut alone = Unit { outages, submissions, durations, ..unit.clone() };
    let mut ready = Submission { device: Whereabouts::NotDelivered, ..submission.clone() };
    let facts = &mut ready.facts;
    (facts.delivered_at, facts.agreement_at, facts.notice_at) = (Some(arrival), Some(arrival), Some(arrival));
    (facts.legal_basis, facts.authorised_at, facts.lock_state) = (true, Some(arrival), LockState::PinHeld);
    alone.submissions.insert_mut(ready.number, Arc::new(ready));
    let planned = plan(&alone, arrival);
    let waits = planned.waiting.iter().flat_map(|waiting| &waiting.reasons);
    if waits.into_iter().any(|reason| matches!(reason, Reason::NobodyCan { .. })) {
        return None;
    }
    let line = planned.milestones.iter().find(|line| line.promise == clock.promise);
    Some(line.is_some_and(|line| line.at <= clock.due))
}

#[test]
fn what_is_unavoidable_no_plan_keeps_and_most_else_one_does() {
    let (avoidable, kept, unavoidable) = (Cell::new(0), Cell::new(0), Cell::new(0));
    over_units(1_200, unit, |_, unit, _| {
        let mut wrong = Vec::new();
        for submission in unit.submissions.values() {
            let runs = |clock: &&Clock| clock.applies(submission.facts.taken_at + unit.establishment.to_site);
            for clock in submission.clocks.iter().filter(runs) {
                let Some(said) = is_unavoidable(unit, submission, clock) else { continue };
                let Some(is_kept) = is_kept_alone(unit, submission, clock) else { continue };
                if said {
                    unavoidable.set(unavoidable.get() + 1);
                } else {
                    avoidable.set(avoidable.get() + 1);
                    kept.set(kept.get() + u32::from(is_kept));
                }
                if said && is_kept {
                    wrong.push(format!("{} of {} is kept", clock.promise, submission.number));
                }
            }
        }
        wrong
    });
    let (avoidable, kept, unavoidable) = (avoidable.get(), kept.get(), unavoidable.get());
    assert!(unavoidable > 100 && kept * 100 >= avoidable * 80, "{unavoidable} unavoidable; {kept} of {avoidable} others kept");
}
