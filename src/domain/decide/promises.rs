//! Promises: recorded once when missed, with the true time; settled when their milestone is reached.
//!
//! A breach happened when it fell due, however late it is recorded, and its entry is never removed. What later shows
//! that it was none (a late entry, a correction) is an entry of its own.

use std::collections::BTreeSet;

use super::{Decided, Draft};
use crate::domain::clocks::{Clock, clocks};
use crate::domain::command::Command;
use crate::domain::event::{Change, Event, Sealed};
use crate::domain::guard::{is_unavoidable, unavoidable};
use crate::domain::ids::{BreachId, QueueNumber, Word};
use crate::domain::policy::Milestone;
use crate::domain::refusal::Refusal;
use crate::domain::submission::Facts;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, BreachState, Removed, Submission, Unit, reached};

/// The breaches to record at `now`, in the order in which they fell due: what a daemon does each cycle, and what it
/// catches up with after it was down.
pub fn sweep(unit: &Unit, now: Timestamp) -> Vec<Command> {
    let recorded: BTreeSet<(QueueNumber, &Word)> =
        unit.breaches.values().filter(|b| is_recorded(b)).map(|b| (b.submission, &b.promise)).collect();
    let mut late = Vec::new();
    for submission in unit.submissions.values() {
        for clock in submission.clocks.iter().filter(|clock| is_missed(unit, submission, clock, now)) {
            if !recorded.contains(&(submission.number, &clock.promise)) {
                late.push((clock.due, submission.number, clock.promise.clone()));
            }
        }
    }
    late.sort();
    late.into_iter().map(|(_, number, promise)| Command::RecordBreach { number, promise }).collect()
}

/// Whether a promise is missed at `now`: due, and its milestone not reached by then. A dated promise that ended since
/// was missed all the same; one that had ended before the device was taken was never made, what ended before it was due
/// (a flag that lapsed) was not missed, and what was due after the examination was ended is void, but for the device's return.
pub fn is_missed(unit: &Unit, submission: &Submission, clock: &Clock, now: Timestamp) -> bool {
    let late = late_from(clock);
    let void = |removed: &Removed| clock.milestone != Milestone::DeviceBack && late > removed.at;
    late <= now
        && !submission.removed.as_ref().is_some_and(void)
        && clock.ends_at > submission.facts.taken_at
        && late <= clock.ends_at
        && reached(submission, unit.route_of(submission), clock.milestone).is_none_or(|at| at > late)
}

/// From when a milestone is reached too late: the due moment, or when the promise began to apply, if that is later.
fn late_from(clock: &Clock) -> Timestamp {
    clock.due.max(clock.applies_from)
}

/// Whether a breach stands in the record: late, be it done since or not.
const fn is_recorded(breach: &Breach) -> bool {
    matches!(breach.state, BreachState::Open | BreachState::Closed { .. })
}

impl Draft<'_> {
    pub(super) fn record_breach(&mut self, number: QueueNumber, promise: &Word) -> Decided {
        let submission = self.submission(number)?;
        let clock = promised(&submission, promise)?;
        let refuse = |why| Err(Refusal::NotMissed { number, promise: promise.clone(), why });
        let known = self.unit.breach_of(number, promise);
        if known.is_some_and(is_recorded) {
            return refuse("it is on record");
        }
        if late_from(clock) > self.now {
            return refuse("it is not due yet");
        }
        if !is_missed(&self.unit, &submission, clock, self.now) {
            return refuse("it was kept");
        }
        let breach = self.forecast_number(known);
        let unavoidable = self.unavoidable(known, &submission, clock);
        self.record(clock.due, breached(breach, number, clock, unavoidable), Sealed::default())?;
        self.mitigate(number)?;
        match reached(&submission, self.unit.route_of(&submission), clock.milestone) {
            Some(at) => self.record(at, Change::BreachClosed { breach, at }, Sealed::default()),
            None => Ok(()),
        }
    }

    pub(super) fn forecast_breach(&mut self, number: QueueNumber, promise: &Word, expected: Option<Timestamp>) -> Decided {
        let submission = self.submission(number)?;
        let clock = promised(&submission, promise)?;
        let refuse = |why| Err(Refusal::NotMissed { number, promise: promise.clone(), why });
        let known = self.unit.breach_of(number, promise);
        if known.is_some_and(is_recorded) {
            return refuse("it is missed already");
        }
        if reached(&submission, self.unit.route_of(&submission), clock.milestone).is_some() {
            return refuse("its milestone is reached");
        }
        if late_from(clock) <= self.now {
            return refuse("it is due: record the breach");
        }
        if known.is_some_and(|b| matches!(b.state, BreachState::Forecast { expected: told, .. } if told == expected)) {
            return Ok(());
        }
        let change = Change::BreachForecast {
            breach: self.forecast_number(known),
            number,
            promise: promise.clone(),
            milestone: clock.milestone,
            due: clock.due,
            expected,
            unavoidable: self.unavoidable(known, &submission, clock),
        };
        self.record(self.now, change, Sealed::default())?;
        self.mitigate(number)
    }

    pub(super) fn avert_breach(&mut self, id: BreachId) -> Decided {
        let breach = self.unit.breaches.get(&id).ok_or(Refusal::UnknownBreach(id))?;
        match breach.state {
            BreachState::Forecast { .. } => self.record(self.now, Change::BreachAverted { breach: id }, Sealed::default()),
            state => Err(Refusal::IllegalTransition {
                what: format!("breach {id}"),
                state: state.as_str().into(),
                allowed: "nothing: a recorded breach stays on record",
            }),
        }
    }

    /// Whether nobody could keep a promise: as was judged when its breach was forecast, or else now.
    fn unavoidable(&self, known: Option<&Breach>, submission: &Submission, clock: &Clock) -> Option<bool> {
        let forecast = known.filter(|breach| matches!(breach.state, BreachState::Forecast { .. }) && breach.due == clock.due);
        unavoidable(&self.unit, submission, clock, forecast)
    }

    /// The number of a forecast, which its breach takes over, or the next one.
    fn forecast_number(&self, known: Option<&Breach>) -> BreachId {
        match known {
            Some(breach) if matches!(breach.state, BreachState::Forecast { .. }) => breach.id,
            _ => BreachId(self.unit.next.breach),
        }
    }

    /// Clocks that count from what is now known and was not before; the others stay frozen.
    pub(super) fn clocks_that_start(&self, submission: &Submission, after: &Facts) -> Vec<Clock> {
        let policy = self.unit.policy_of(submission).unwrap_or(&self.unit.policy);
        let counted = |facts| clocks(facts, &submission.flags, policy, &self.unit.establishment);
        let (before, mut started) = (counted(&submission.facts), counted(after));
        started.retain(|clock| !before.contains(clock));
        started
    }

    /// Records a change that may reach milestones or move due moments, and with it what becomes of the promises: missed
    /// ones that nobody recorded yet before it, and after it those that are closed, disproved or averted by it.
    pub(super) fn settle(&mut self, happened_at: Timestamp, change: Change, sealed: Sealed) -> Decided {
        let mut after = self.unit.clone();
        let event = Event { happened_at, change, sealed };
        let touched = after.apply(after.seq + 1, &event)?;
        let mut settlement = Settlement { next: self.unit.next.breach, before: Vec::new(), after: Vec::new() };
        for submission in touched.submissions.values() {
            settlement.judge(&self.unit, &after, submission, self.now);
        }
        let unsealed = |(at, change)| Event { happened_at: at, change, sealed: Sealed::default() };
        let before = settlement.before.into_iter().map(unsealed);
        let mut told: Vec<Event> = before.chain([event]).chain(settlement.after.into_iter().map(unsealed)).collect();
        let last = told.pop();
        for event in told {
            self.record_midway(event.happened_at, event.change, event.sealed)?;
        }
        last.map_or(Ok(()), |event| self.record(event.happened_at, event.change, event.sealed))
    }
}

/// What becomes of the promises of a submission that a change touches.
struct Settlement {
    next: i64,
    before: Vec<(Timestamp, Change)>,
    after: Vec<(Timestamp, Change)>,
}

impl Settlement {
    fn judge(&mut self, unit: &Unit, after: &Unit, submission: &Submission, now: Timestamp) {
        let route = after.route_of(submission);
        for clock in &submission.clocks {
            let known = unit.breach_of(submission.number, &clock.promise).filter(|b| b.is_standing() || is_recorded(b));
            let at = reached(submission, route, clock.milestone);
            let ended = submission.removed.as_ref().filter(|_| at.is_none() && clock.milestone != Milestone::DeviceBack);
            if let Some(removed) = ended {
                self.ended(known, (submission.number, clock), removed.at, now, is_unavoidable(after, submission, clock));
                continue;
            }
            match known {
                Some(breach) => self.known(breach, clock, at, now),
                None if at.is_some() && is_missed(after, submission, clock, now) => {
                    let breach = BreachId(self.next);
                    self.next += 1;
                    self.late((breach, submission.number), clock, at, is_unavoidable(after, submission, clock));
                }
                None => {}
            }
        }
        // A promise that was not made, it turns out, was not missed.
        let kept = |breach: &&Breach| !submission.clocks.iter().any(|clock| clock.promise == breach.promise);
        for breach in unit.breaches_of(submission.number).filter(kept) {
            self.void(breach, now);
        }
    }

    fn known(&mut self, known: &Breach, clock: &Clock, at: Option<Timestamp>, now: Timestamp) {
        let breach = known.id;
        let late = late_from(clock);
        match (known.state, at) {
            (BreachState::Forecast { .. }, Some(at)) if at > late => {
                self.late((breach, known.submission), clock, Some(at), known.unavoidable);
            }
            (BreachState::Forecast { .. }, Some(_)) => self.after.push((now, Change::BreachAverted { breach })),
            // Forecast against a due moment that is no longer so: the next plan says it anew.
            (BreachState::Forecast { .. }, None) if known.due != clock.due => {
                self.after.push((now, Change::BreachAverted { breach }));
            }
            (BreachState::Open, Some(at)) if at > late => self.after.push((at, Change::BreachClosed { breach, at })),
            (BreachState::Open, Some(at)) => self.after.push((at, Change::BreachDisproved { breach, at })),
            (BreachState::Open, None) if late > now => self.after.push((now, Change::BreachVoided { breach })),
            (BreachState::Closed { .. }, None) if late > now => self.before.push((now, Change::BreachVoided { breach })),
            (BreachState::Closed { .. }, None) => self.after.push((now, Change::BreachReopened { breach })),
            (BreachState::Closed { .. }, Some(at)) if at <= late => {
                self.before.push((at, Change::BreachDisproved { breach, at }));
            }
            (BreachState::Closed { at: told }, Some(at)) if at != told => {
                self.before.push((at, Change::BreachClosed { breach, at }));
            }
            _ => {}
        }
    }

    /// A promise of an examination that was ended: missed before that, or void.
    fn ended(
        &mut self,
        known: Option<&Breach>,
        (number, clock): (QueueNumber, &Clock),
        at: Timestamp,
        now: Timestamp,
        unavoidable: Option<bool>,
    ) {
        let missed = late_from(clock) <= at;
        match known.map(|known| (known.id, known.state)) {
            Some((breach, BreachState::Forecast { .. })) if missed => {
                self.late((breach, number), clock, Some(at), known.and_then(|known| known.unavoidable));
            }
            Some((breach, BreachState::Forecast { .. })) => self.after.push((now, Change::BreachAverted { breach })),
            Some((breach, BreachState::Open)) if missed => self.after.push((at, Change::BreachClosed { breach, at })),
            Some((breach, BreachState::Open)) => self.after.push((now, Change::BreachVoided { breach })),
            None if missed => {
                let breach = BreachId(self.next);
                self.next += 1;
                self.late((breach, number), clock, Some(at), unavoidable);
            }
            _ => {}
        }
    }

    fn late(
        &mut self,
        (breach, number): (BreachId, QueueNumber),
        clock: &Clock,
        at: Option<Timestamp>,
        unavoidable: Option<bool>,
    ) {
        self.before.push((clock.due, breached(breach, number, clock, unavoidable)));
        self.after.extend(at.map(|at| (at, Change::BreachClosed { breach, at })));
    }

    fn void(&mut self, known: &Breach, now: Timestamp) {
        let breach = known.id;
        match known.state {
            BreachState::Forecast { .. } => self.after.push((now, Change::BreachAverted { breach })),
            BreachState::Open => self.after.push((now, Change::BreachVoided { breach })),
            BreachState::Closed { .. } => self.before.push((now, Change::BreachVoided { breach })),
            BreachState::Disproved { .. } | BreachState::Void => {}
        }
    }
}

pub(super) fn promised<'a>(submission: &'a Submission, promise: &Word) -> Result<&'a Clock, Refusal> {
    let clock = submission.clocks.iter().find(|clock| clock.promise == *promise);
    clock.ok_or_else(|| Refusal::UnknownPromise { number: submission.number, promise: promise.clone() })
}

fn breached(breach: BreachId, number: QueueNumber, clock: &Clock, unavoidable: Option<bool>) -> Change {
    let (promise, milestone, due) = (clock.promise.clone(), clock.milestone, clock.due);
    Change::Breached { breach, number, promise, milestone, due, unavoidable }
}
