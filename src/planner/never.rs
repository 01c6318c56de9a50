//! Promises that the plan finds no way to keep, however late: what leads to their milestones can be done by nobody, or by
//! nobody before dates lapse. They have no line among the milestones, and would else look as if they were only waiting.

use std::collections::{BTreeMap, BTreeSet};

use super::{MilestoneForecast, Plan, Reason, Waiting};
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::policy::{Milestone, Route, Stage};
use crate::domain::unit::{Submission, Unit, reached};

/// Promises without a way, by submission.
pub type Never = BTreeMap<QueueNumber, BTreeSet<Word>>;

/// The promises that apply when `plan` was made from `unit` and that it finds no way to keep: their gates met, or were
/// they met now. What waits for an earlier exhibit of its case is not judged before its turn.
pub fn never(unit: &Unit, plan: &Plan) -> Never {
    let mut planned: BTreeSet<(QueueNumber, &Word)> = BTreeSet::new();
    let mut waiting: BTreeMap<QueueNumber, &Waiting> = BTreeMap::new();
    for line in plan.waiting.iter().rev() {
        waiting.insert(line.submission, line);
    }
    let cleared = waiting.values().flat_map(|line| line.if_cleared_now.iter().flatten());
    let of_waiting = plan.milestones.iter().filter(|line| waiting.contains_key(&line.submission));
    planned.extend(of_waiting.chain(cleared).map(|line: &MilestoneForecast| (line.submission, &line.promise)));
    let mut never = Never::new();
    for (number, line) in &waiting {
        let Some(submission) = unit.submissions.get(number).filter(|_| is_judged(line)) else { continue };
        let hopeless = hopeless(unit, submission, plan).filter(|promise| !planned.contains(&(*number, *promise)));
        let hopeless: BTreeSet<Word> = hopeless.cloned().collect();
        if !hopeless.is_empty() {
            never.insert(*number, hopeless);
        }
    }
    never
}

/// Whether the plan says what would become of a submission: placed, or tried as if its gates were met.
fn is_judged(line: &Waiting) -> bool {
    let first = |reason: &Reason| matches!(reason, Reason::EarlierExhibitFirst { .. });
    line.if_cleared_now.is_some() || !line.reasons.iter().any(first)
}

/// Running promises whose milestone is to come and is reached by stages; without a route, every one that is not kept.
fn hopeless<'s>(unit: &'s Unit, submission: &'s Submission, plan: &Plan) -> impl Iterator<Item = &'s Word> {
    let route = unit.route_of(submission);
    let open = move |milestone| {
        reached(submission, route, milestone).is_none() && route.is_none_or(|route| has_stages(route, milestone))
    };
    submission.running(plan.now).filter(move |clock| open(clock.milestone)).map(|clock| &clock.promise)
}

fn has_stages(route: &Route, milestone: Milestone) -> bool {
    let counts: fn(&Stage) -> bool = match milestone {
        Milestone::Extracted => |stage| stage.holds_device,
        Milestone::DeviceBack => |stage| stage.returns_device,
        Milestone::Results => |stage| !stage.returns_device,
    };
    route.stages.iter().any(counts)
}

/// Whether a reason does not pass by itself, nor by what people do for the submission: somebody must change what the unit
/// has, or what was asked of it.
pub const fn is_dead_end(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::NoRoute
            | Reason::NobodyCan { .. }
            | Reason::CompetenceLapsed { .. }
            | Reason::QualityHold { .. }
            | Reason::NotValidated { .. }
            | Reason::Closed { until: None }
            | Reason::NoReturnWindow
    )
}
