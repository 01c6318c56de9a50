//! Builds the plan: in rank order, each stage at its earliest end over the slots that can do it, into what is still
//! free. What comes later fills what is left and never delays what came before.

use super::forecast::{Gated, gated};
use super::free::Free;
use super::guard::Keeper;
use super::instance::{Instance, TaskState};
use super::place::{Placed, Places};
use super::rank::Ranked;
use super::timeline::{FAR, Need};
use super::{Guarded, Options, Reason};

/// What there is for each job, by its index.
pub struct Built {
    pub places: Vec<Places>,
    /// Behind a shut gate: what can still be hoped for.
    pub gated: Vec<Option<Gated>>,
    /// Stages held for a victim's phone, and why.
    pub held: Vec<Vec<(usize, Reason)>>,
    /// What the guard did; none where it was left out.
    pub guarded: Option<Guarded>,
}

/// Gives every stage of every job that may be planned its place.
pub fn build(instance: &mut Instance, order: &[Ranked], options: &Options) -> Built {
    let mut free = Free::all(instance);
    let mut places: Vec<Places> = instance.jobs.iter().map(|job| vec![None; job.tasks.len()]).collect();
    lay_out_fixed(instance, &mut free);
    for (job, slots) in places.iter_mut().enumerate() {
        for (task, place) in slots.iter_mut().enumerate() {
            if let TaskState::Fixed { resource, slot, start, end, .. } = instance.jobs[job].tasks[task].state {
                *place = Some(Placed { on: Some((resource, slot)), start, end });
            }
        }
    }
    let mut guard = Keeper::of(instance, options);
    let mut held: Vec<Vec<(usize, Reason)>> = instance.jobs.iter().map(|_| Vec::new()).collect();
    let mut hopes: Vec<Option<Gated>> = instance.jobs.iter().map(|_| None).collect();
    for ranked in order {
        if !instance.jobs[ranked.job].free() {
            // Its own turn: once its gates are met, it gives way to those before it and to nobody after.
            if !instance.jobs[ranked.job].shut.is_empty() {
                hopes[ranked.job] = Some(gated(instance, (&free, &mut guard), ranked.job));
            }
            continue;
        }
        let found = guard.place(instance, ranked.job, instance.now, &free);
        held[ranked.job] = guard.take(instance, ranked.job, &found);
        let found = found.places;
        for placed in found.iter().flatten() {
            if let Some((resource, slot)) = placed.on {
                let windows = instance.resources[resource].windows;
                free.occupy(slot, placed.start, placed.end, &mut instance.windows[windows]);
            }
        }
        places[ranked.job] = found;
    }
    Built { places, gated: hopes, held, guarded: guard.outcome(options) }
}

/// Gives what is running and what was accepted its time on its slot. Running work is where it is; accepted work keeps its
/// time unless that has passed, or something that can't be moved is in the way: then it has the next the slot is free.
fn lay_out_fixed(instance: &mut Instance, free: &mut Free) {
    let mut fixed: Vec<(bool, i64, usize, usize)> = Vec::new();
    for (job, j) in instance.jobs.iter().enumerate() {
        for (task, t) in j.tasks.iter().enumerate() {
            if let TaskState::Fixed { start, running, .. } = t.state {
                fixed.push((!running, start, job, task));
            }
        }
    }
    fixed.sort_by(|a, b| (a.0, a.1, &instance.jobs[a.2].key, a.3).cmp(&(b.0, b.1, &instance.jobs[b.2].key, b.3)));
    let mut taken: Vec<(usize, i64, i64)> = Vec::new();
    for (_, _, job, task) in fixed {
        let TaskState::Fixed { resource, slot, mut start, mut end, running } = instance.jobs[job].tasks[task].state else {
            continue;
        };
        let place = &instance.resources[resource];
        let windows = &mut instance.windows[place.windows];
        let t = &instance.jobs[job].tasks[task];
        let (from, at) = instance.jobs[job].device;
        let there = if t.holds { at + instance.travel[from][place.site] } else { instance.now };
        // A device that other work holds until later is in the way; one that has only to be fetched is fetched.
        let held = t.holds && instance.jobs[job].device != instance.jobs[job].stands && there > start;
        let is_free = || taken.iter().all(|other| other.0 != slot || other.2 <= start || end <= other.1);
        if !running && (held || start < instance.now || !is_free()) {
            let need = Need {
                ready: start.max(instance.now).max(there),
                length: t.time_on(place.resource),
                attended: t.attended,
                lapse: FAR,
                beat: FAR,
            };
            if let Some(found) = free.slot(slot).earliest(need, windows) {
                (start, end) = found;
            }
        }
        free.occupy(slot, start, end, windows);
        taken.push((slot, start, end));
        if t.holds {
            instance.jobs[job].device = (place.site, end.max(instance.jobs[job].device.1));
        }
        instance.jobs[job].tasks[task].state = TaskState::Fixed { resource, slot, start, end, running };
    }
}
