//! A unit with something changed: what it takes to ask what would be otherwise.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::establishment::Resource;
use crate::domain::ids::{ResourceId, SiteId};
use crate::domain::policy::Stage;
use crate::domain::submission::{Facts, LockState};
use crate::domain::time::Timestamp;
use crate::domain::unit::{AssignmentState, Map, StageState, Submission, Table, Unit, Whereabouts};

/// The same submission with every gate met at `now`.
pub fn with_gates_met(submission: &Submission, now: Timestamp) -> Submission {
    let mut met = submission.clone();
    let by_now = |at: Option<Timestamp>| Some(at.map_or(now, |at| at.min(now)));
    let Facts { agreement_at, notice_at, authorised_at, delivered_at, legal_basis, lock_state, .. } = &mut met.facts;
    for at in [agreement_at, notice_at, authorised_at, delivered_at] {
        *at = by_now(*at);
    }
    *legal_basis = true;
    if !matches!(lock_state, LockState::Unlocked) {
        *lock_state = LockState::PinHeld;
    }
    met.parked = None;
    met.confidential = None;
    if matches!(met.device, Whereabouts::SignedOut { .. } | Whereabouts::Outside { .. } | Whereabouts::Returned { .. }) {
        met.device = Whereabouts::At { site: met.facts.site.clone(), since: now };
    }
    met
}

/// Where the device of a submission is, or was seized.
pub fn site_of(submission: &Submission) -> SiteId {
    match &submission.device {
        Whereabouts::At { site, .. } => site.clone(),
        _ => submission.facts.site.clone(),
    }
}

/// The part of a unit with what `counts`, what runs or was accepted, and the rest of the staged cases of either.
pub fn part(unit: &Unit, counts: impl Fn(&Submission) -> bool) -> Unit {
    let taken_on = |submission: &Submission| unit.assignments_of(submission).any(|one| one.state != AssignmentState::Offered);
    let counts = |submission: &Submission| counts(submission) || taken_on(submission);
    let all = || unit.submissions.values();
    let cases: BTreeSet<_> = all().filter(|submission| counts(submission)).map(|submission| submission.case).collect();
    let staged = |submission: &Submission| submission.facts.case_rank.is_some() && cases.contains(&submission.case);
    let mut part = Unit { submissions: Table::new(), assignments: Map::new_sync(), ..unit.clone() };
    for submission in all().filter(|submission| counts(submission) || staged(submission)) {
        part.submissions.insert_mut(submission.number, Arc::clone(submission));
        for assignment in unit.assignments_of(submission) {
            part.assignments.insert_mut(assignment.id, assignment.clone());
        }
    }
    part
}

/// Changes a resource.
pub fn of(unit: &mut Unit, id: &ResourceId, change: impl Fn(&mut Resource)) {
    let resources = Arc::make_mut(&mut unit.establishment).resources.iter_mut();
    resources.filter(|resource| resource.id == *id).for_each(change);
}

/// Who can do a stage of a submission that is not done; those at a site first, each in the order of the unit file.
pub fn able<'u>(unit: &'u Unit, submission: &Submission, site: &SiteId) -> Vec<&'u Resource> {
    let Some(route) = unit.route_of(submission) else { return Vec::new() };
    let to_do = |stage: &usize| !submission.stages.get(*stage).is_some_and(StageState::is_over);
    let stages: Vec<&Stage> = (0..route.stages.len()).filter(to_do).filter_map(|stage| route.stages.get(stage)).collect();
    let can = |resource: &&Resource| stages.iter().any(|stage| can(resource, stage, &submission.facts));
    let mut able: Vec<&Resource> = unit.establishment.resources.iter().filter(can).collect();
    able.sort_by_key(|resource| resource.site != *site);
    able
}

/// Of those who work alike, at the same hours and pace and until the same day, one a site.
pub fn one_of_each<'r>(able: &[&'r Resource]) -> Vec<&'r Resource> {
    let mut first: Vec<&Resource> = Vec::new();
    for resource in able {
        let alike = |other: &&Resource| {
            (other.kind, &other.site, &other.calendar) == (resource.kind, &resource.site, &resource.calendar)
                && (&other.stages, &other.levels, &other.devices) == (&resource.stages, &resource.levels, &resource.devices)
                && (other.speed, other.lapses()) == (resource.speed, resource.lapses())
        };
        if !first.iter().any(alike) {
            first.push(resource);
        }
    }
    first
}

/// Whether a resource can, in principle, do a stage of a submission.
fn can(resource: &Resource, stage: &Stage, facts: &Facts) -> bool {
    stage.by.contains(&resource.kind) && resource.can(&stage.name, facts.level, &facts.device)
}
