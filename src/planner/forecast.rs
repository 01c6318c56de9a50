//! When milestones are reached, how late that is, and until when a shut gate can still be cleared.

use super::free::Free;
use super::instance::{Instance, TaskState, leads_to};
use super::place::{Places, place_job};
use super::rank::Ranked;
use super::{MilestoneForecast, TierObjective};
use crate::domain::policy::{Milestone, Policy};
use crate::domain::time::Timestamp;

/// The milestones of every promise that applies, where they are planned.
pub fn milestones(instance: &Instance, places: &[Places], order: &[Ranked]) -> Vec<MilestoneForecast> {
    order.iter().flat_map(|ranked| of_job(instance, ranked.job, &places[ranked.job])).collect()
}

/// The milestones of one job's promises, were its stages placed so.
pub fn of_job(instance: &Instance, job: usize, places: &Places) -> Vec<MilestoneForecast> {
    let j = &instance.jobs[job];
    let lines = j.clocks.iter().filter_map(|clock| {
        let at = reached(instance, job, places, clock.clock.milestone)?;
        Some(MilestoneForecast {
            submission: j.number,
            milestone: clock.clock.milestone,
            at: Timestamp::from_unix(at),
            promise: clock.clock.promise.clone(),
            tier: clock.clock.tier,
            due: clock.clock.due,
            effective_due: clock.effective.map(Timestamp::from_unix),
        })
    });
    lines.collect()
}

/// The latest end of the stages that lead to a milestone; none where one of them, or every one, has no place.
fn reached(instance: &Instance, job: usize, places: &Places, milestone: Milestone) -> Option<i64> {
    let tasks = instance.jobs[job].tasks.iter().zip(places).filter(|(task, _)| leads_to(task, milestone));
    let ends = tasks.map(|(task, place)| match task.state {
        TaskState::Done { end, .. } => Some(end),
        _ => place.map(|placed| placed.end),
    });
    ends.collect::<Option<Vec<i64>>>()?.into_iter().max()
}

/// What a job behind a shut gate can still hope for.
pub struct Gated {
    /// The latest instant at which its gates can be met and every running promise still kept; none once past.
    pub clear_by: Option<Timestamp>,
    /// Its milestones, were they met now.
    pub if_cleared_now: Vec<MilestoneForecast>,
    /// Its stages, were they met now.
    pub places: Places,
}

/// What would become of a gated job, were its gates met now or later. `free`: what those that come before it leave.
pub fn gated(instance: &mut Instance, free: &Free, job: usize) -> Gated {
    let now = instance.now;
    let places = place_job(instance, job, now, free);
    let if_cleared_now = of_job(instance, job, &places);
    let due = instance.jobs[job].clocks.iter().map(|clock| clock.due).min();
    let clear_by = match due {
        Some(due) if kept(instance, job, &places) => Some(last_kept(instance, free, job, due)),
        _ => None,
    };
    Gated { clear_by: clear_by.map(Timestamp::from_unix), if_cleared_now, places }
}

/// Whether every running promise is kept, were the job's stages placed so.
fn kept(instance: &Instance, job: usize, places: &Places) -> bool {
    instance.jobs[job].clocks.iter().all(|clock| {
        let led_to = instance.jobs[job].tasks.iter().any(|task| leads_to(task, clock.clock.milestone));
        !led_to || reached(instance, job, places, clock.clock.milestone).is_some_and(|at| at <= clock.due)
    })
}

/// The last second at which clearing keeps every promise, knowing that now does and that `due` is too late for any work.
fn last_kept(instance: &mut Instance, free: &Free, job: usize, due: i64) -> i64 {
    let (mut good, mut bad) = (instance.now, due + 1);
    // Most answers lie hours before the due, however far that is: look back from it in growing steps first.
    let mut step = 3_600;
    while bad - step > good {
        let at = bad - step;
        let places = place_job(instance, job, at, free);
        if kept(instance, job, &places) {
            good = at;
        } else {
            bad = at;
            step *= 2;
        }
    }
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        let places = place_job(instance, job, middle, free);
        if kept(instance, job, &places) { good = middle } else { bad = middle }
    }
    good
}

/// Late milestones by tier of their promises, every tier of the policy.
pub fn objective(policy: &Policy, milestones: &[MilestoneForecast]) -> Vec<TierObjective> {
    let tier = |number| {
        let late = milestones.iter().filter(|m| m.tier == number && m.late_seconds() > 0);
        let (count, seconds) = late.fold((0, 0), |(n, s), m| (n + 1, s + m.late_seconds()));
        TierObjective { tier: number, late: count, late_seconds: seconds }
    };
    policy.tiers.iter().map(|t| tier(t.number)).collect()
}
