//! Slots and time: who does a step, in which windows, until when, and that nobody does two at once.
//!
//! Work the planner placed is checked to the second. Work that people took on is where they put it: its slot and start
//! follow from its assignment, and windows, dates and abilities are not held against it.

use super::calendar::Span;
use super::device;
use super::job::{Job, State, Task};
use super::view::{LEAST_LEFT, View};
use super::violation::{Bound, Moment, SlotFault, Subject, Violation};
use crate::domain::ids::{ResourceId, Slot};
use crate::domain::time::Timestamp;
use crate::planner::{Hold, Step};

/// Checks every step on its own, then each slot.
pub(super) fn check(view: &View<'_>, found: &mut Vec<Violation>) {
    for job in &view.jobs {
        for task in &job.tasks {
            if let Some(step) = task.step {
                Checked { view, job, task, step }.check(found);
            }
        }
    }
    double_booking(view, found);
}

/// A step being checked.
struct Checked<'a> {
    view: &'a View<'a>,
    job: &'a Job<'a>,
    task: &'a Task<'a>,
    step: &'a Step,
}

impl Checked<'_> {
    fn check(&self, found: &mut Vec<Violation>) {
        let (step, hold) = (self.step, self.task.state.hold());
        if step.hold != hold {
            found.push(Violation::Hold { at: self.at(), expected: hold, found: step.hold });
        }
        if step.end < step.start {
            found.push(self.bound(Bound::Start, step.start, step.end));
        }
        let able = self.slot(found);
        self.kept(found);
        self.predecessors(found);
        self.person(found);
        match self.task.state {
            State::Running(assignment, at) => self.running(assignment.end.unix(), at, found),
            State::Pinned(assignment) => self.pinned(assignment.start.unix(), found),
            State::Open | State::Paused(_) | State::Done(_) => {
                if step.start < self.view.plan.now {
                    found.push(self.bound(Bound::Now, self.view.plan.now, step.start));
                }
                match (self.task.worker, able) {
                    (Some(worker), true) => self.placed(worker, found),
                    // A hand-back has no pieces of work; its times are checked with the device.
                    (None, true) if !step.segments.is_empty() => found.push(self.segments(Vec::new())),
                    _ => {}
                }
            }
        }
    }

    fn at(&self) -> Subject {
        self.job.subject(self.task.index)
    }

    fn bound(&self, bound: Bound, expected: Timestamp, found: Timestamp) -> Violation {
        Violation::Bound { at: self.at(), bound, expected, found }
    }

    fn moment(&self, moment: Moment, expected: Option<i64>, found: Timestamp) -> Violation {
        Violation::Moment { at: self.at(), moment, expected: expected.map(Timestamp::from_unix), found }
    }

    fn segments(&self, expected: Vec<Span>) -> Violation {
        let instants = |span: &Span| (Timestamp::from_unix(span.0), Timestamp::from_unix(span.1));
        let expected = expected.iter().map(instants).collect();
        Violation::Segments { at: self.at(), expected, found: self.step.segments.clone() }
    }

    /// Whether the slot exists and may have the step.
    fn slot(&self, found: &mut Vec<Violation>) -> bool {
        let fault = self.slot_fault();
        if let Some(fault) = fault {
            found.push(Violation::Slot { at: self.at(), fault, found: self.step.slot.clone() });
        }
        fault.is_none()
    }

    fn slot_fault(&self) -> Option<SlotFault> {
        let slot = match (&self.step.slot, self.task.stage.returns_device) {
            (None, true) => return None,
            (None, false) => return Some(SlotFault::Missing),
            (Some(_), true) => return Some(SlotFault::Surplus),
            (Some(slot), false) => slot,
        };
        if let Some(fault) = self.task.state.paused().filter(|paused| paused.slot != *slot).map(|_| SlotFault::Assignment) {
            return Some(fault);
        }
        if let State::Pinned(assignment) | State::Running(assignment, _) = self.task.state {
            return (assignment.slot != *slot).then_some(SlotFault::Assignment);
        }
        let Some(worker) = self.task.worker else { return Some(SlotFault::Unknown) };
        let slots = 1..=self.view.workers[worker].resource.slots;
        if slots.contains(&slot.slot) {
            self.view.ability(worker, self.task.stage, self.job.facts()).err()
        } else {
            Some(SlotFault::Unknown)
        }
    }

    /// What the planner placed keeps out of another's appointment.
    fn kept(&self, found: &mut Vec<Violation>) {
        let Some(slot) = self.step.slot.as_ref().filter(|_| self.task.is_free()) else { return };
        let (start, end) = (self.step.start.unix(), self.step.end.unix());
        let kept = self.view.kept_from(self.job.submission.number, slot);
        for kept in kept.filter(|kept| start < kept.span.1 && kept.span.0 < end) {
            let (at, other) = (self.at(), self.view.jobs[kept.job].submission.number);
            let span = (Timestamp::from_unix(kept.span.0), Timestamp::from_unix(kept.span.1));
            found.push(Violation::Reserved {
                at,
                other,
                slot: slot.clone(),
                kept: span,
                found: (self.step.start, self.step.end),
            });
        }
    }

    /// Started work is a fact; accepted work may wait for a predecessor that has no place.
    fn predecessors(&self, found: &mut Vec<Violation>) {
        let hold = self.task.state.hold();
        for before in self.task.stage.after.iter().filter_map(|before| self.job.tasks.get(*before)) {
            match before.end() {
                Some(end) if end > self.step.start.unix() && hold != Hold::Running => {
                    found.push(self.bound(Bound::Predecessor, Timestamp::from_unix(end), self.step.start));
                }
                None if hold == Hold::Free => {
                    found.push(Violation::PredecessorWaits { at: self.at(), predecessor: self.job.subject(before.index) });
                }
                _ => {}
            }
        }
    }

    /// Of two stages that people took on, neither could be given to somebody else.
    fn person(&self, found: &mut Vec<Violation>) {
        let same = self.task.stage.same_person_as.iter().map(|other| (*other, true));
        let others = self.task.stage.different_person_from.iter().map(|other| (*other, false));
        let Some(me) = self.task.person() else { return };
        for (other, same) in same.chain(others) {
            let Some(other) = self.job.tasks.get(other).filter(|other| other.is_free() || self.task.is_free()) else { continue };
            let wrong = |them: &&ResourceId| (*them == me) != same && self.view.works_here(them);
            let Some(them) = other.person().filter(wrong) else { continue };
            let (at, other) = (self.at(), self.job.subject(other.index));
            found.push(Violation::Person { at, other, same, expected: them.clone(), found: me.clone() });
        }
    }

    /// Work past its expected end may end at any time to come.
    fn running(&self, end: i64, started: i64, found: &mut Vec<Violation>) {
        let (step, now) = (self.step, self.view.now);
        if step.start.unix() != started {
            found.push(self.moment(Moment::Started, Some(started), step.start));
        }
        let in_time = step.end.unix() == end || (end < now + LEAST_LEFT && step.end.unix() <= now + LEAST_LEFT);
        if end > now && !in_time {
            found.push(self.moment(Moment::RunningEnd, Some(end), step.end));
        } else if step.end.unix() <= now {
            found.push(self.bound(Bound::Running, self.view.plan.now, step.end));
        }
        self.loose_segments(found);
    }

    /// Accepted work starts when it was accepted for, or now if that has passed. It may start later only where it could
    /// not start then: its slot is closed, or other work that is not the planner's to move is in its way.
    fn pinned(&self, accepted: i64, found: &mut Vec<Violation>) {
        let (start, earliest) = (self.step.start.unix(), accepted.max(self.view.now));
        if start < earliest {
            found.push(self.bound(Bound::Accepted, Timestamp::from_unix(earliest), self.step.start));
        }
        if start > earliest && !self.kept_from(earliest) {
            found.push(self.moment(Moment::Accepted, Some(earliest), self.step.start));
        }
        // A time that nobody accepted is the planner's choice: work does not begin behind closed doors.
        let closed = |worker: &usize| !self.view.workers[*worker].opening.is_open(start);
        if let Some(worker) = self.task.worker.filter(|worker| start != accepted && closed(worker)) {
            found.push(self.moment(Moment::Open, self.view.workers[worker].opening.next_open(start), self.step.start));
        }
        self.loose_segments(found);
    }

    fn kept_from(&self, earliest: i64) -> bool {
        let Some(worker) = self.task.worker else { return true };
        let fixed = |other: &Step| other.hold != Hold::Free && other.end.unix() > earliest && other.start < self.step.start;
        !self.view.workers[worker].opening.is_open(earliest)
            || self.view.plan.steps.iter().any(|other| other.slot == self.step.slot && fixed(other))
            || self.step.slot.as_ref().is_some_and(|slot| {
                let mut kept = self.view.kept_from(self.job.submission.number, slot);
                kept.any(|kept| kept.span.1 > earliest && kept.span.0 < self.step.start.unix())
            })
            || self.task.stage.after.iter().any(|before| self.job.tasks[*before].end().is_some_and(|end| end > earliest))
            || (self.task.stage.holds_device && self.device_elsewhere(worker, earliest))
    }

    /// Whether the device, coming from where it is or from an earlier stage, can't be with the worker at `earliest`.
    fn device_elsewhere(&self, worker: usize, earliest: i64) -> bool {
        let to = self.view.workers[worker].site;
        let arrives = |from: usize, since: i64| since.saturating_add(self.view.travel(from, to));
        let first = device::position(self.view, self.job);
        let mut others = self.job.tasks.iter().filter(|task| task.index != self.task.index && task.stage.holds_device);
        first.site.is_none_or(|from| arrives(from, first.since) > earliest)
            || others.any(|task| match (task.step, task.worker) {
                (Some(step), Some(worker)) if step.start < self.step.start => {
                    arrives(self.view.workers[worker].site, step.end.unix()) > earliest
                }
                _ => false,
            })
    }

    /// Pieces in order within the step.
    fn loose_segments(&self, found: &mut Vec<Violation>) {
        let mut from = self.step.start;
        for segment in &self.step.segments {
            if segment.0 < from || segment.1 < segment.0 {
                found.push(self.segments(vec![(self.step.start.unix(), self.step.end.unix())]));
                return;
            }
            from = segment.1;
        }
        if from > self.step.end {
            found.push(self.segments(vec![(self.step.start.unix(), self.step.end.unix())]));
        }
    }

    /// A step that the planner placed on a worker that can do it.
    fn placed(&self, worker: usize, found: &mut Vec<Violation>) {
        let opening = &self.view.workers[worker].opening;
        let start = self.step.start.unix();
        let time = self.view.time(self.task, self.job.submission, worker);
        if !opening.is_open(start) {
            found.push(self.moment(Moment::Open, opening.next_open(start), self.step.start));
        } else if self.task.stage.attended {
            self.attended(opening.spread(start, time), found);
        } else {
            self.unattended(opening.handover(start + time), found);
        }
        if let Some(closed) = opening.touched(start, self.step.end.unix()).filter(|_| !self.task.stage.attended) {
            let closed = (Timestamp::from_unix(closed.0), Timestamp::from_unix(closed.1));
            found.push(Violation::Closure { at: self.at(), closed, found: (self.step.start, self.step.end) });
        }
        self.dates(worker, found);
    }

    fn attended(&self, expected: Option<Vec<Span>>, found: &mut Vec<Violation>) {
        let end = expected.as_ref().and_then(|pieces| pieces.last()).map(|piece| piece.1);
        if end != Some(self.step.end.unix()) {
            found.push(self.moment(Moment::AttendedEnd, end, self.step.end));
        }
        self.exact_segments(expected, found);
    }

    fn unattended(&self, expected: Option<i64>, found: &mut Vec<Violation>) {
        if expected != Some(self.step.end.unix()) {
            found.push(self.moment(Moment::HandOver, expected, self.step.end));
        }
        self.exact_segments(Some(vec![(self.step.start.unix(), self.step.end.unix())]), found);
    }

    fn exact_segments(&self, expected: Option<Vec<Span>>, found: &mut Vec<Violation>) {
        let Some(expected) = expected else { return };
        let segments = &self.step.segments;
        let same = |(piece, segment): (&Span, &(Timestamp, Timestamp))| (segment.0.unix(), segment.1.unix()) == *piece;
        // Work that takes no time may have no piece.
        let none = segments.is_empty() && expected.iter().all(|piece| piece.0 == piece.1);
        if !none && (expected.len() != segments.len() || !expected.iter().zip(segments).all(same)) {
            found.push(self.segments(expected));
        }
    }

    /// The last day on which a step may end is a local one.
    fn dates(&self, worker: usize, found: &mut Vec<Violation>) {
        let resource = self.view.workers[worker].resource;
        for (bound, last) in [(Bound::Validated, resource.validated_until), (Bound::Competent, resource.competent_until)] {
            let Some(last) = last else { continue };
            let over = self.view.unit.establishment.zone.instant(last, 86_400);
            if self.step.end > over {
                found.push(self.bound(bound, over, self.step.end));
            }
        }
    }
}

/// Nothing else uses a slot between the start and the end of a step.
fn double_booking(view: &View<'_>, found: &mut Vec<Violation>) {
    let mut booked: Vec<(&Slot, i64, i64, usize, usize)> = Vec::with_capacity(view.plan.steps.len());
    for (i, job) in view.jobs.iter().enumerate() {
        for task in &job.tasks {
            if let Some((step, slot)) = task.step.and_then(|step| Some((step, step.slot.as_ref()?))) {
                booked.push((slot, step.start.unix(), step.end.unix(), i, task.index));
            }
        }
    }
    booked.sort_unstable();
    let mut last: Option<&(&Slot, i64, i64, usize, usize)> = None;
    for this in &booked {
        if let Some(last) = last.filter(|last| last.0 == this.0 && last.2 > this.1) {
            found.push(Violation::DoubleBooked {
                at: view.jobs[this.3].subject(this.4),
                other: view.jobs[last.3].subject(last.4),
                slot: this.0.clone(),
                expected: Timestamp::from_unix(last.2),
                found: Timestamp::from_unix(this.1),
            });
        }
        // Of those before, the one that ends last is in the way longest.
        if last.is_none_or(|last| last.0 != this.0 || last.2 < this.2) {
            last = Some(this);
        }
    }
}
