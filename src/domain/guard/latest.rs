//! The latest moment at which the first work on a device can begin and a promise to it still be kept, were everybody free
//! for it from then on: past that, no order of work keeps the promise, and somebody must be told.

use super::{Due, Pace, Watch, leading};
use crate::domain::clocks::Clock;
use crate::domain::policy::{Milestone, Stage};
use crate::domain::submission::Facts;
use crate::domain::time::Timestamp;
use crate::domain::unit::{StageState, Submission, Unit, Whereabouts};

/// The latest start of a submission on which nothing was begun, by expected durations, once it has passed; none while it
/// can still be kept.
///
/// Its device is taken to be at its site, and every gate met, by then. An owner who waits at the site needs no trip: for
/// their device there is none.
pub fn latest_start(unit: &Unit, submission: &Submission, clock: &Clock, now: Timestamp) -> Option<Timestamp> {
    let facts = &submission.facts;
    let untouched = submission.stages.iter().all(|stage| match stage {
        StageState::Open => true,
        StageState::Assigned(id) => unit.assignments.get(id).is_none_or(|assignment| assignment.begun_at().is_none()),
        StageState::Done(_) | StageState::Dropped(_) => false,
    });
    if !untouched || submission.returned.is_some() || facts.owner_present_until.is_some_and(|until| until >= now) {
        return None;
    }
    let from = facts.taken_at.min(now);
    let stages = leading(unit.route_of(submission)?, clock.milestone)?;
    let mut watch = idle(unit, &stages, (facts, clock), from)?;
    let site = match &submission.device {
        Whereabouts::At { site, .. } => site,
        _ => &facts.site,
    };
    let site = watch.sites.iter().position(|other| other == site)?;
    let mut kept = |at: i64| watch.way(site, at, clock.due.unix(), super::way::About::Nothing).is_some();
    let (mut last, mut late) = (from.unix(), now.unix());
    if kept(late) {
        return None;
    }
    if !kept(last) {
        return Some(from);
    }
    while late - last > 1 {
        let middle = last + (late - last) / 2;
        if kept(middle) { last = middle } else { late = middle }
    }
    Some(Timestamp::from_unix(last))
}

/// The unit with nothing to do but these stages of one submission.
pub(super) fn idle(unit: &Unit, stages: &[&Stage], (facts, clock): (&Facts, &Clock), from: Timestamp) -> Option<Watch> {
    // Its due is frozen in its clock.
    let due = Due { from: 0, within: 0, working: None };
    let mut watch = Watch::idle(unit, from, (facts, Pace::Expected), (stages, clock.milestone), due)?;
    let home = watch.sites.iter().position(|site| site == facts.home())?;
    // Only what goes back has to be at home for it.
    watch.home_at = (clock.milestone == Milestone::DeviceBack).then_some(home);
    if let (Some(homes), Some(trip)) = (&mut watch.home, facts.trip) {
        homes[home].1 = trip.0;
    }
    Some(watch)
}
