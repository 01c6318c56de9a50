//! Builds the plan: in rank order, each stage at its earliest end over the slots that can do it, into what is still
//! free. What comes later fills what is left and never delays what came before.

use super::instance::{Instance, TaskState};
use super::place::place_job;
use super::rank::Ranked;
use super::timeline::Timeline;

/// Where a stage goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Index of the resource and number of the slot among all; none for a hand-back.
    pub on: Option<(usize, usize)>,
    pub start: i64,
    pub end: i64,
}

/// The stages of one job: a place each, or none.
pub type Places = Vec<Option<Placed>>;

/// Every job's places, by index of job, and what is still free.
pub struct Built {
    pub places: Vec<Places>,
    pub free: Vec<Timeline>,
}

/// Gives every stage of every job that may be planned its place.
pub fn build(instance: &mut Instance, order: &[Ranked]) -> Built {
    let mut free = vec![Timeline::free_from(instance.now); instance.slots()];
    let mut places: Vec<Places> = instance.jobs.iter().map(|job| vec![None; job.tasks.len()]).collect();
    for (job, slots) in places.iter_mut().enumerate() {
        for (task, place) in slots.iter_mut().enumerate() {
            if let TaskState::Fixed { resource, slot, start, end, .. } = instance.jobs[job].tasks[task].state {
                *place = Some(Placed { on: Some((resource, slot)), start, end });
                let windows = instance.resources[resource].windows;
                free[slot].occupy(start, end, &mut instance.windows[windows]);
            }
        }
    }
    for ranked in order {
        if !instance.jobs[ranked.job].free() {
            continue;
        }
        let found = place_job(instance, ranked.job, instance.now, &free);
        for placed in found.iter().flatten() {
            if let Some((resource, slot)) = placed.on {
                let windows = instance.resources[resource].windows;
                free[slot].occupy(placed.start, placed.end, &mut instance.windows[windows]);
            }
        }
        places[ranked.job] = found;
    }
    Built { places, free }
}
