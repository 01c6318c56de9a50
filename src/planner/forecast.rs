//! When milestones are reached, how late that is, and until when a shut gate can still be cleared.

use super::guard::Keeper;
use super::instance::{Instance, TaskState, leads_to};
use super::place::{Part, Placer, Places, Portion};
use super::rank::Order;
use super::{MilestoneForecast, TierObjective};
use crate::domain::policy::{Milestone, Policy};
use crate::domain::time::Timestamp;

/// The milestones of every promise that applies, where they are planned.
pub fn milestones(instance: &Instance, places: &[Places], order: &Order) -> Vec<MilestoneForecast> {
    order.jobs.iter().flat_map(|job| of_job(instance, *job, &places[*job])).collect()
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
pub fn reached(instance: &Instance, job: usize, places: &Places, milestone: Milestone) -> Option<i64> {
    let mut latest = None;
    for (task, place) in instance.jobs[job].tasks.iter().zip(places).filter(|(task, _)| leads_to(task, milestone)) {
        latest = latest.max(Some(match task.state {
            TaskState::Done { end, .. } => end,
            _ => place.as_ref()?.end,
        }));
    }
    latest
}

/// What a job behind a shut gate can still hope for.
pub struct Gated {
    /// The latest instant at which its gates can be met and every running promise still kept; none once past.
    pub clear_by: Option<Timestamp>,
    /// Its milestones, were they met now.
    pub if_cleared_now: Vec<MilestoneForecast>,
    /// Where its stages would be, were they met now.
    pub places: Places,
}

impl Gated {
    /// What would become of a gated job, were its gates met now or later, at the turn of its first part. Takes nothing.
    pub fn of((placer, guard): (&mut Placer, &mut Keeper), job: usize, part: Part) -> Self {
        let now = placer.instance.now;
        let places = tried((placer, guard), Portion::all(job, part), now);
        let if_cleared_now = of_job(placer.instance, job, &places);
        let first_due = placer.instance.jobs[job].clocks.iter().map(|clock| clock.due).min();
        let clear_by = first_due.and_then(|due| {
            let still = match part {
                Part::Whole => keeps(placer.instance, job, &places),
                Part::Device | Part::Rest => kept((placer, guard), job, now),
            };
            still.then(|| last_kept((placer, guard), job, due))
        });
        Self { clear_by: clear_by.map(Timestamp::from_unix), if_cleared_now, places }
    }

    /// The same for what does not need the device, at its own turn.
    pub fn rest(&mut self, (placer, guard): (&mut Placer, &mut Keeper), job: usize) {
        let now = placer.instance.now;
        let fixed = std::mem::replace(&mut placer.places[job], std::mem::take(&mut self.places));
        self.places = tried((placer, guard), Portion::all(job, Part::Rest), now);
        placer.places[job] = fixed;
        self.if_cleared_now = of_job(placer.instance, job, &self.places);
        if self.if_cleared_now.iter().any(|line| line.late_seconds() > 0) {
            self.clear_by = None;
        }
    }
}

/// Where a part of a job would go, were its gates met at `release`. Takes nothing.
fn tried((placer, guard): (&mut Placer, &mut Keeper), portion: Portion, release: i64) -> Places {
    let mark = placer.mark();
    let kept = guard.place(placer, portion, release);
    placer.undo(mark);
    kept.places
}

/// Whether every running promise is kept, were the gates of a job met at an instant.
fn kept((placer, guard): (&mut Placer, &mut Keeper), job: usize, at: i64) -> bool {
    let places = tried((placer, guard), Portion::all(job, Part::Whole), at);
    keeps(placer.instance, job, &places)
}

/// Whether every running promise is kept with the stages of a job placed so.
fn keeps(instance: &Instance, job: usize, places: &Places) -> bool {
    instance.jobs[job].clocks.iter().all(|clock| {
        let led_to = instance.jobs[job].tasks.iter().any(|task| leads_to(task, clock.clock.milestone));
        !led_to || reached(instance, job, places, clock.clock.milestone).is_some_and(|at| at <= clock.due)
    })
}

/// The last second at which clearing keeps every promise, knowing that now does and that `due` is too late for any work.
fn last_kept((placer, guard): (&mut Placer, &mut Keeper), job: usize, due: i64) -> i64 {
    let (mut good, mut bad) = (placer.instance.now, due + 1);
    // Mostly it is what it was.
    if let Some(told) = placer.instance.jobs[job].told_clear_by.filter(|told| (good..bad).contains(told)) {
        if kept((placer, guard), job, told) {
            good = told;
            if told + 1 == bad || !kept((placer, guard), job, told + 1) {
                return told;
            }
        } else {
            bad = told;
        }
    }
    // Most answers lie hours before the due, however far that is: look back from it in growing steps first.
    let mut step = 3_600;
    while bad - step > good {
        let at = bad - step;
        if kept((placer, guard), job, at) {
            good = at;
        } else {
            bad = at;
            step *= 2;
        }
    }
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if kept((placer, guard), job, middle) { good = middle } else { bad = middle }
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
