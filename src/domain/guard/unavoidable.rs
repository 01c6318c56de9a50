//! Whether a promise could ever have been kept with the sites and hours that there are: what nobody could have done about
//! is told apart from what there were too few people for.
//!
//! It must never excuse what could have been avoided. So where a way home leaves a choice, what is judged is less than what
//! has to be done: of a device's way home the stages that hold it, of results one chain of stages, each of which needs the
//! one before. Who must be the same person as whom is left aside.

use super::latest::idle;
use super::leading;
use super::way::{About, FAR};
use crate::domain::clocks::Clock;
use crate::domain::policy::{Milestone, Route, Stage};
use crate::domain::time::Seconds;
use crate::domain::unit::{Breach, Submission, Unit};

/// The last tier whose promises are judged.
pub const LAST_JUDGED_TIER: u8 = 2;

/// Whether a promise would be missed although the device came to its site as soon as devices usually do after they are
/// taken (the unit's `to_site`), every gate was met by then, nobody had anything else to do and nothing was out of use.
///
/// Delay can't excuse itself: it counts from `taken_at`, whatever has happened since. None below tier 2, and where no
/// route leads to what was promised.
pub fn is_unavoidable(unit: &Unit, submission: &Submission, clock: &Clock) -> Option<bool> {
    if clock.tier > LAST_JUDGED_TIER {
        return None;
    }
    let facts = &submission.facts;
    let stages = needed(unit.route_of(submission)?, clock.milestone)?;
    let as_configured = Unit { outages: Default::default(), ..unit.clone() };
    let mut watch = idle(&as_configured, &stages, (facts, clock), facts.taken_at)?;
    let site = watch.sites.iter().position(|site| *site == facts.site)?;
    let (arrival, due) = ((facts.taken_at + unit.establishment.to_site).unix(), clock.due.unix());
    if watch.way(site, arrival, due, About::Nothing).is_some() {
        return Some(false);
    }
    if clock.milestone != Milestone::DeviceBack {
        return Some(true);
    }
    // What nobody can do, ever, keeps no device from going home without it.
    if watch.way(site, arrival, FAR, About::Nothing).is_none() {
        return Some(false);
    }
    // An owner who waits at home has the device where and when the last stage ends.
    let Some(until) = facts.owner_present_until else { return Some(true) };
    watch.home = None;
    Some(watch.way(site, arrival, due.min(until.unix()), About::Nothing).is_none())
}

/// As it was judged when a promise's breach was first known, else as it is judged now.
pub fn unavoidable(unit: &Unit, submission: &Submission, clock: &Clock, known: Option<&Breach>) -> Option<bool> {
    known.and_then(|breach| breach.unavoidable).or_else(|| is_unavoidable(unit, submission, clock))
}

/// Stages that have to be done one after the other for a milestone to be reached, in the order of the route.
fn needed(route: &Route, milestone: Milestone) -> Option<Vec<&Stage>> {
    match milestone {
        Milestone::Extracted | Milestone::DeviceBack => {
            Some(leading(route, milestone)?.into_iter().filter(|stage| stage.holds_device).collect())
        }
        Milestone::Results => Some(longest_chain(route)),
    }
}

/// The chain of stages that takes longest, by what is expected of a small device: each needs the one before. Of what comes
/// before a stage that holds the device only what holds it as well: it may travel while the rest is done.
fn longest_chain(route: &Route) -> Vec<&Stage> {
    let mut best: Vec<(Seconds, Option<usize>)> = Vec::with_capacity(route.stages.len());
    for stage in &route.stages {
        let before = stage.after.iter().copied().max_by_key(|before| best.get(*before).map(|(length, _)| *length));
        let length = before.and_then(|before| best.get(before)).map_or(Seconds::ZERO, |(length, _)| *length);
        best.push((Seconds(length.0 + stage.time_at(0, 100).0), before));
    }
    let leads = |stage: &usize| !route.stages[*stage].returns_device;
    let mut at = (0..best.len()).filter(leads).max_by_key(|stage| best[*stage].0);
    let mut chain: Vec<&Stage> = Vec::new();
    while let Some(stage) = at {
        chain.push(&route.stages[stage]);
        at = best[stage].1;
    }
    chain.reverse();
    let last_hold = chain.iter().rposition(|stage| stage.holds_device).unwrap_or(0);
    let counts = |(place, stage): (usize, &Stage)| !stage.returns_device && (place >= last_hold || stage.holds_device);
    chain.into_iter().enumerate().filter(|(place, stage)| counts((*place, stage))).map(|(_, stage)| stage).collect()
}
