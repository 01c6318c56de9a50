//! What could be changed so that a promise is kept, in classes, those that cost people least first.

use super::tried::Trial;
use crate::domain::establishment::{Resource, ResourceKind};
use crate::domain::guard::{FIRST_JUDGED_TIER, tier_of};
use crate::domain::ids::{AssignmentId, ResourceId, SiteId};
use crate::domain::policy::{Milestone, Stage};
use crate::domain::unit::{Assignment, AssignmentState};
use crate::planner::changed::{able, one_of_each};

/// The first tier whose running work may be interrupted (domain.md, "Priority": attended work below tier 3).
const FIRST_INTERRUPTED_TIER: u8 = 4;

/// One thing that could be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Accepted work is given back.
    PutOff(AssignmentId),
    /// Running attended work is.
    Pause(AssignmentId),
    /// The device can be handed back from a site at any hour.
    HandBack(SiteId),
    /// Somebody's shifts begin earlier and end later.
    Overtime(ResourceId),
    /// A van goes to a site.
    Van(ResourceId, SiteId),
    /// There is one more of somebody.
    OneMore(ResourceId),
    /// Running unattended work is given back.
    Abort(AssignmentId),
}

/// Every change that could help, by class; of each class what is nearest to the device, or ranks lowest, first.
pub fn menu(trial: &Trial) -> Vec<Vec<Change>> {
    let able = trial.submission().map_or_else(Vec::new, |submission| able(&trial.unit, submission, &trial.site));
    let each = |change: fn(ResourceId) -> Change, resources: &[&Resource]| {
        resources.iter().map(|resource| change(resource.id.clone())).collect::<Vec<_>>()
    };
    let home = trial.submission().map(|submission| submission.facts.home().clone());
    let goes_back = trial.clock.milestone == Milestone::DeviceBack;
    let vans = able.iter().filter(|resource| resource.kind == ResourceKind::Van && resource.site != trial.site);
    // Of those that are in its way, only lower ones give way, and never tiers 0 to 2 to each other.
    let lower = trial.clock.tier.max(FIRST_JUDGED_TIER) + 1;
    vec![
        work(trial, &able, |work, _| matches!(work.state, AssignmentState::Accepted { .. }), lower, Change::PutOff),
        work(trial, &able, |work, stage| is_running(work) && stage.attended, FIRST_INTERRUPTED_TIER, Change::Pause),
        home.filter(|_| goes_back).map(Change::HandBack).into_iter().collect(),
        each(Change::Overtime, &able),
        vans.map(|van| Change::Van(van.id.clone(), trial.site.clone())).collect(),
        each(Change::OneMore, &one_of_each(&able)),
        work(trial, &able, |work, stage| is_running(work) && !stage.attended, FIRST_INTERRUPTED_TIER, Change::Abort),
    ]
}

const fn is_running(assignment: &Assignment) -> bool {
    assignment.started_at().is_some()
}

/// Lower work that takes up those who are able before the promise is due, lowest tier first.
fn work(
    trial: &Trial,
    able: &[&Resource],
    wanted: fn(&Assignment, &Stage) -> bool,
    first_tier: u8,
    change: fn(AssignmentId) -> Change,
) -> Vec<Change> {
    let in_the_way = |assignment: &&Assignment| {
        able.iter().any(|resource| resource.id == assignment.slot.resource)
            && assignment.start < trial.clock.due
            && trial.unit.stage_of(assignment).is_some_and(|stage| wanted(assignment, stage))
    };
    let with_tier = |assignment: &Assignment| Some((tier_of(&trial.unit, assignment, trial.now)?, assignment.id));
    let all = trial.unit.assignments.values().filter(in_the_way).filter_map(with_tier);
    let mut lower: Vec<(u8, AssignmentId)> = all.filter(|(tier, _)| *tier >= first_tier).collect();
    lower.sort_by_key(|(tier, id)| (u8::MAX - tier, *id));
    lower.into_iter().map(|(_, id)| change(id)).collect()
}
