//! The check of plans: a second, dumber program that reads the rules (ARCHITECTURE.md, "Rules of time", and the
//! comments in the policy and unit files) by itself and compares. It runs before every dispatch and in every test.
//!
//! Invariant: it shares no code with the builder, so that a rule misread on one side shows. It has its own calendar (lists
//! of windows made day by day), its own time of a stage, its own gates; of the domain it uses stored values and
//! [`Zone::instant`](crate::domain::calendar::Zone::instant).
//!
//! What it leaves alone: rank (a plan may be poor and still be right), and the windows, dates and abilities of work that
//! people took on: an accepted assignment may say what it likes, and where the plan starts it later than accepted,
//! something that can't be moved must be in the way. Gates and earlier exhibits don't take back work that was accepted or
//! started either: releasing it is a command.

mod calendar;
mod causes;
mod completeness;
mod device;
mod durations;
mod fault;
mod guard;
mod job;
mod lanes;
mod milestones;
mod say;
mod time;
mod view;
mod violation;

use super::Plan;
use crate::domain::unit::Unit;
use view::View;
pub use violation::{Bound, Field, LineFault, Listing, Moment, SlotFault, Subject, Violation};

/// Every rule that a plan of `unit` breaks; none for a right plan.
pub fn violations(unit: &Unit, plan: &Plan) -> Vec<Violation> {
    let mut found = Vec::new();
    if plan.based_on != unit.seq {
        found.push(Violation::Stale { expected: unit.seq, found: plan.based_on });
    }
    let view = View::of(unit, plan, &mut found);
    let effective = milestones::Effective::of(&view);
    view.coverage(&mut found);
    lists(&view, &mut found);
    time::check(&view, &mut found);
    device::check(&view, &mut found);
    milestones::check(&view, &effective, &mut found);
    causes::check(&view, &effective, &mut found);
    guard::check(&view, &mut found);
    found
}

/// Stages that wait although some slot could still do them after all else is planned, before its dates lapse, and steps
/// that the guard holds for a phone they would not harm. Tries every gap: for tests.
pub fn omissions(unit: &Unit, plan: &Plan) -> Vec<Violation> {
    let view = View::of(unit, plan, &mut Vec::new());
    let mut found = completeness::omissions(&view);
    guard::check_holds(&view, &mut found);
    found
}

/// Whether the lists of the plan are in the order they promise.
fn lists(view: &View<'_>, found: &mut Vec<Violation>) {
    let plan = view.plan;
    let mut rank: Vec<Option<usize>> = vec![None; view.jobs.len()];
    for (place, number) in plan.order.iter().enumerate() {
        match view.job(*number) {
            Ok(job) if rank[job].is_none() => rank[job] = Some(place),
            _ => found.push(Violation::List { list: Listing::Order, at: *number }),
        }
    }
    for (job, _) in view.jobs.iter().zip(&rank).filter(|(_, rank)| rank.is_none()) {
        found.push(Violation::List { list: Listing::Order, at: job.submission.number });
    }
    let rank = |number| view.job(number).ok().and_then(|job| rank[job]);
    let steps =
        plan.steps.windows(2).find(|two| (two[0].start, rank(two[0].submission)) > (two[1].start, rank(two[1].submission)));
    let milestones = plan.milestones.windows(2).find(|two| rank(two[0].submission) > rank(two[1].submission));
    let waiting = plan.waiting.windows(2).find(|two| rank(two[0].submission) > rank(two[1].submission));
    let wrong = [
        (Listing::Steps, steps.map(|two| two[1].submission)),
        (Listing::Milestones, milestones.map(|two| two[1].submission)),
        (Listing::Waiting, waiting.map(|two| two[1].submission)),
    ];
    found.extend(wrong.into_iter().filter_map(|(list, at)| Some(Violation::List { list, at: at? })));
}

#[cfg(test)]
pub(super) mod tests;
