//! The device: in one place at a time, there before work on it starts, home again by the rule of hand-backs; and what
//! keeps a whole submission from being planned: its gates, and earlier exhibits of its case.

use super::calendar::first_fit;
use super::job::{Job, State, Task};
use super::view::View;
use super::violation::{Bound, Moment, Violation};
use crate::domain::time::Timestamp;
use crate::domain::unit::Whereabouts;
use crate::planner::Step;

/// Checks every submission.
pub(super) fn check(view: &View<'_>, found: &mut Vec<Violation>) {
    for job in &view.jobs {
        admission(job, found);
        let last = holding(view, job, found);
        for task in job.tasks.iter().filter(|task| task.stage.returns_device) {
            if let (Some(step), None) = (task.step, &task.step.and_then(|step| step.slot.as_ref())) {
                hand_back(view, job, task, step, last, found);
            }
        }
    }
}

/// Behind a shut gate, or an earlier exhibit, there is no step but of work that people took on already.
fn admission(job: &Job<'_>, found: &mut Vec<Violation>) {
    for task in job.tasks.iter().filter(|task| task.step.is_some() && task.is_free()) {
        for gate in &job.shut {
            found.push(Violation::GateShut { at: job.subject(task.index), gate: *gate });
        }
        for first in job.before.iter().take(1) {
            found.push(Violation::EarlierExhibit { at: job.subject(task.index), first: *first });
        }
    }
}

/// A site, and from when a device is free there. No site: nobody can say.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub site: Option<usize>,
    pub since: i64,
    /// Where the last stage was that held the device, if there was one; it may have been moved since.
    pub held: Option<usize>,
}

/// Where a device is before anything that is planned: where it was recorded last. Work begins where the device is and
/// it is moved after work only, so that finished work never says otherwise.
pub(super) fn position(view: &View<'_>, job: &Job<'_>) -> Position {
    let (site, since) = match &job.submission.device {
        Whereabouts::At { site, since } => (view.site(site), since.unix()),
        Whereabouts::NotDelivered => (view.site(&job.facts().site), job.facts().delivered_at.map_or(i64::MIN, Timestamp::unix)),
        Whereabouts::SignedOut { .. } | Whereabouts::Outside { .. } | Whereabouts::Returned { .. } => (None, view.now),
    };
    let mut position = Position { site, since: since.max(view.now), held: None };
    let mut latest = i64::MIN;
    for task in job.tasks.iter().filter(|task| task.stage.holds_device) {
        let State::Done(done) = task.state else { continue };
        let Some(slot) = done.slot.as_ref().filter(|_| done.end.unix() >= latest) else { continue };
        latest = done.end.unix();
        position.held = view.workers.iter().find(|worker| worker.resource.id == slot.resource).map(|worker| worker.site);
    }
    position
}

/// Checks the stages that hold the device, in turn; gives where it is after the last.
fn holding(view: &View<'_>, job: &Job<'_>, found: &mut Vec<Violation>) -> Position {
    let mut at = position(view, job);
    let held = job.tasks.iter().filter(|task| task.stage.holds_device);
    let mut steps: Vec<(usize, &Step, usize)> = held.filter_map(|task| Some((task.index, task.step?, task.worker?))).collect();
    steps.sort_unstable_by_key(|(index, step, _)| (step.start, step.end, *index));
    let mut planned = false;
    for (index, step, worker) in steps {
        let site = view.workers[worker].site;
        let travel = at.site.map_or(0, |from| view.travel(from, site));
        let there = at.since.saturating_add(travel);
        // Work that people took on may have its device on the way already; but not out of other hands.
        let exempt = match job.tasks[index].state {
            State::Running(..) => true,
            State::Pinned(_) => !planned,
            State::Open | State::Paused(_) | State::Done(_) => false,
        };
        planned = true;
        if step.start.unix() < there && !exempt {
            let (expected, found_at) = (Timestamp::from_unix(there), step.start);
            found.push(Violation::Bound { at: job.subject(index), bound: Bound::Device, expected, found: found_at });
        }
        at = Position { site: Some(site), since: step.end.unix(), held: Some(site) };
    }
    at
}

/// The rule of hand-backs, exactly: with its owner who waits at home at once, else in the first window long enough for
/// the trip. Finished work frees the device now, not in the past. Whether a device may go back while a stage that needs it
/// waits, where the route lets it, the rules leave open.
fn hand_back(view: &View<'_>, job: &Job<'_>, task: &Task<'_>, step: &Step, last: Position, found: &mut Vec<Violation>) {
    // A device that an officer has signed out is on its way already: nobody can say when it arrives.
    let (Some(from), Some(home)) = (last.site, view.site(job.facts().home())) else { return };
    let expected = expected_hand_back(view, job, task, last, from, home).filter(|_| job.submission.withheld.is_none());
    for (moment, expected, found_at) in [
        (Moment::HandBackStart, expected.map(|trip| trip.0), step.start),
        (Moment::HandBackEnd, expected.map(|trip| trip.1), step.end),
    ] {
        if expected != Some(found_at.unix()) {
            let expected = expected.map(Timestamp::from_unix);
            found.push(Violation::Moment { at: job.subject(task.index), moment, expected, found: found_at });
        }
    }
}

fn expected_hand_back(
    view: &View<'_>,
    job: &Job<'_>,
    task: &Task<'_>,
    last: Position,
    from: usize,
    home: usize,
) -> Option<(i64, i64)> {
    let before = task.stage.after.iter().filter_map(|before| job.tasks.get(*before)?.end()).max().unwrap_or(i64::MIN);
    let ready = last.since.max(before).max(view.now);
    let waits = job.facts().owner_present_until.is_some_and(|until| ready <= until.unix());
    if waits && last.held == Some(home) && from == home {
        return Some((ready, ready));
    }
    let at_home = last.since.saturating_add(view.travel(from, home)).max(before).max(view.now);
    first_fit(&view.sites[home].returns, at_home, trip(view, job, home))
}

/// Seconds from leaving home until the owner has the device.
pub(super) fn trip(view: &View<'_>, job: &Job<'_>, home: usize) -> i64 {
    job.facts().trip.map_or(view.sites[home].site.to_owner.0, |trip| trip.0)
}
