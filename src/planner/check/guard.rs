//! The guard, judged on the finished plan: no work of tiers 2-5 that the planner placed takes away the last way to keep
//! the promise of `[guard]` for a victim's phone still to come; and, for tests, nothing is held for one that it would not
//! harm.
//!
//! A phone is tried at every site when such work begins, a second before it ends, and at and a second before each edge
//! of opening hours and each end of what the phone can't move, while such work lasts. Where the plan says that the guard
//! gave way, it is not judged: that is for the supervisor who is asked.

use std::collections::BTreeSet;

use super::calendar::{Span, after, merged};
use super::completeness::earlier_place;
use super::job::{Job, Task};
use super::lanes::{Arrival, Lanes, Run};
use super::view::View;
use super::violation::{Subject, Violation};
use crate::domain::time::Timestamp;
use crate::planner::{LetGo, Reason};

/// Checks the guard, unless it was left out.
pub(super) fn check(view: &View<'_>, found: &mut Vec<Violation>) {
    let Some(guarded) = &view.plan.guard else { return };
    for gave_way in &guarded.gave_way {
        let job = view.job(gave_way.submission).ok().map(|job| &view.jobs[job]);
        let excused = job.is_some_and(|job| {
            let hard = job.submission.clocks.iter().any(|clock| clock.hard && clock.applies(view.plan.now));
            let judged = job.tasks.get(gave_way.stage).is_some_and(|task| task.step.is_some() && task.tier >= 2);
            judged && (hard || gave_way.why != LetGo::OwnClock)
        });
        if !excused {
            let at = job.map_or(Subject { submission: gave_way.submission, stage: Some(gave_way.stage), name: None }, |job| {
                job.subject(gave_way.stage)
            });
            found.push(Violation::GuardExcuse { at, why: gave_way.why });
        }
    }
    let Some(lanes) = Lanes::of(view) else { return };
    let points = points(view, &lanes);
    for site in 0..view.sites.len() {
        broken(view, &lanes, site, &points, found);
    }
}

/// Checks that nothing is held for a phone that it would not harm. Not judged where the guard gave way anywhere: whom that
/// harms, others need not be held for.
pub(super) fn check_holds(view: &View<'_>, found: &mut Vec<Violation>) {
    if view.plan.guard.as_ref().is_some_and(|guarded| guarded.gave_way.is_empty())
        && let Some(lanes) = Lanes::of(view)
    {
        needless(view, &lanes, found);
    }
}

/// The arrivals to try, in order: those within a run that must excuse itself to nobody.
fn points(view: &View<'_>, lanes: &Lanes<'_>) -> Vec<i64> {
    let runs: Vec<Span> = lanes.all.iter().flat_map(|lane| lane.lower.iter().map(|run| run.span)).collect();
    let let_go =
        merged(lanes.all.iter().flat_map(|lane| lane.lower.iter().filter(|run| run.let_go).map(|run| run.span)).collect());
    let mut points: BTreeSet<i64> = runs.iter().flat_map(|run| [run.0, run.1 - 1]).collect();
    let lasting = merged(runs);
    let lasts = |spans: &[Span], t: i64| after(spans, t).first().is_some_and(|span| span.0 <= t);
    points.extend(edges(view, lanes).into_iter().flat_map(|edge| [edge - 1, edge]).filter(|t| lasts(&lasting, *t)));
    points.into_iter().filter(|t| !lasts(&let_go, *t)).collect()
}

/// Edges of opening hours, and ends of what can't be moved.
fn edges(view: &View<'_>, lanes: &Lanes<'_>) -> BTreeSet<i64> {
    let mut edges: BTreeSet<i64> = BTreeSet::new();
    for lane in &lanes.all {
        edges.extend(view.workers[lane.worker].opening.windows.iter().flat_map(|window| [window.0, window.1]));
        edges.extend(lane.fixed.iter().map(|span| span.1));
    }
    if lanes.back {
        edges.extend(view.sites.iter().flat_map(|site| &site.returns).flat_map(|window| [window.0, window.1]));
    }
    edges
}

/// Every arrival at a site that would be in time without the lower work begun by then, and is not with it.
fn broken(view: &View<'_>, lanes: &Lanes<'_>, site: usize, points: &[i64], found: &mut Vec<Violation>) {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return };
    // Whoever comes first is in time even if they wait for all that lasts meanwhile: so is everyone.
    let all = |lane: usize| lanes.all[lane].latest((first, last));
    if lanes.back_by(view, Arrival { site, at: last }, lanes.due(first), &all) {
        return;
    }
    let nothing = |_: usize| i64::MIN;
    if !lanes.back_by(view, Arrival { site, at: first }, lanes.due(last), &nothing) {
        return;
    }
    if points.len() > 1 {
        let (sooner, later) = points.split_at(points.len() / 2);
        broken(view, lanes, site, sooner, found);
        broken(view, lanes, site, later, found);
        return;
    }
    let lasting = lanes.all.iter().filter_map(|lane| lane.last((first, first)));
    if let Some(run) = lasting.max_by_key(|run| run.span.0) {
        let (at, arrival) = (view.jobs[run.job].subject(run.stage), Timestamp::from_unix(first));
        found.push(Violation::GuardBroken { at, site: view.sites[site].site.id.clone(), arrival });
    }
}

/// Steps that are held although they would harm nobody as soon as their slot has room for them. Judged where there is
/// one slot at its site that could do the stage: of several, which one stays free makes a difference.
fn needless(view: &View<'_>, lanes: &Lanes<'_>, found: &mut Vec<Violation>) {
    for job in &view.jobs {
        for task in &job.tasks {
            let held = task.step.filter(|step| step.because.iter().any(|reason| matches!(reason, Reason::Held { .. })));
            let Some((step, worker)) = held.zip(task.worker) else { continue };
            let site = view.workers[worker].site;
            let able = view.able(task.stage, job.facts());
            let slots =
                able.iter().filter(|other| view.workers[**other].site == site).map(|other| view.workers[*other].resource.slots);
            let lane = step.slot.as_ref().and_then(|slot| lanes.lane(worker, slot.slot));
            let (Some(lane), 1) = (lane, slots.sum::<u32>()) else { continue };
            let Some(place) = earlier_place(view, job, task, worker).filter(|place| place.0 < step.start.unix()) else {
                continue;
            };
            if !harms(view, lanes, (lane, place), (job, task)) {
                let place = (Timestamp::from_unix(place.0), Timestamp::from_unix(place.1));
                found.push(Violation::HeldNeedlessly { at: job.subject(task.index), place });
            }
        }
    }
}

/// Whether a run there instead of where it is would break the guard for any arrival within it.
fn harms(view: &View<'_>, lanes: &Lanes<'_>, (lane, place): (usize, Span), (job, task): (&Job<'_>, &Task<'_>)) -> bool {
    let own = |run: &&Run| view.jobs[run.job].submission.number == job.submission.number && run.stage == task.index;
    let others = |other: usize, t: i64| lanes.all[other].last((t, t)).filter(|run| !own(run)).map_or(i64::MIN, |run| run.span.1);
    let mut points: BTreeSet<i64> = edges(view, lanes).into_iter().flat_map(|edge| [edge - 1, edge]).collect();
    points.extend(lanes.all.iter().flat_map(|lane| &lane.lower).flat_map(|run| [run.span.0, run.span.1 - 1]));
    points.extend([place.0, place.1 - 1]);
    points.extend((place.0..place.1).step_by(60));
    let harmed = |site: usize, at: i64| {
        let (arrival, due) = (Arrival { site, at }, lanes.due(at));
        let with = |other: usize| if other == lane { place.1.max(others(other, at)) } else { others(other, at) };
        !lanes.back_by(view, arrival, due, &with) && lanes.back_by(view, arrival, due, &|other| others(other, at))
    };
    points.range(place.0..place.1).any(|at| (0..view.sites.len()).any(|site| harmed(site, *at)))
}
