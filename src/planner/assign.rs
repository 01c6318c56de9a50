//! Builds the plan: in rank order, each stage at its earliest end over the slots that can do it, into what is still
//! free. What comes later fills what is left and never delays what came before.

use super::forecast::Gated;
use super::free::Free;
use super::gap::{FAR, Need};
use super::guard::Keeper;
use super::instance::{Instance, TaskState};
use super::place::{self, Appointed, Part, Placed, Placer, Places};
use super::rank::Ranked;
use super::{Guarded, Reason};

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

/// Gives every stage of every job that may be planned its place, as far as the guard lets it; as the plan before had it
/// where that is as good, if `as_told`.
pub fn build(instance: &mut Instance, order: &[Ranked], guard: &mut Keeper, as_told: bool) -> Built {
    let mut placer = with_fixed(instance);
    placer.as_told = as_told;
    let mut gated: Vec<Option<Gated>> = placer.places.iter().map(|_| None).collect();
    let mut held: Vec<Vec<(usize, Reason)>> = placer.places.iter().map(|_| Vec::new()).collect();
    for item in order {
        let (job, portion) = (item.job, item.portion());
        let j = &placer.instance.jobs[job];
        if j.free() {
            let now = placer.instance.now;
            let kept = guard.place(&mut placer, portion, now);
            held[job].extend(guard.take(placer.instance, portion, &kept));
        } else if !j.shut.is_empty() {
            // Its own turn: once its gates are met, it gives way to those before it and to nobody after.
            match (item.part, &mut gated[job]) {
                (Part::Rest, Some(gated)) => gated.rest((&mut placer, guard), job),
                (_, gated) => *gated = Some(Gated::of((&mut placer, guard), job, item.part)),
            }
        }
    }
    Built { places: placer.places, gated, held, guarded: guard.finish() }
}

/// Everything free but what is running or was accepted, and what is kept for those who have an appointment.
pub fn with_fixed<'i, 'u>(instance: &'i mut Instance<'u>) -> Placer<'i, 'u> {
    let mut placer = Placer::new(instance);
    let Placer { instance, free, places, .. } = &mut placer;
    for (job, places) in places.iter_mut().enumerate() {
        for (task, place) in places.iter_mut().enumerate() {
            if let TaskState::Fixed { resource, slot, start, end, .. } = instance.jobs[job].tasks[task].state {
                free.occupy(slot, start, end, &instance.windows[instance.resources[resource].windows]);
                *place = Some(Placed { on: Some((resource, slot)), start, end });
            }
        }
    }
    placer.kept = place::keep(placer.instance, &mut placer.free);
    placer
}

/// Gives what is running and what was accepted its time on its slot. Running work is where it is; accepted work keeps its
/// time unless that has passed, or something that can't be moved is in the way, another's appointment too: then it has the next the slot
/// is free.
pub fn lay_out_fixed(instance: &mut Instance) {
    let mut free = Free::all(instance);
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
    let running = fixed.partition_point(|(accepted, ..)| !accepted);
    for (place, (_, _, job, task)) in fixed.into_iter().enumerate() {
        if place == running {
            let kept = place::keep(instance, &mut free);
            taken.extend(kept.iter().map(|Appointed { slot, from, until, .. }| (*slot, *from, *until)));
        }
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
            if let Some(found) = free.earliest(place.pool, need, windows, |other| other == slot) {
                (start, end) = (found.start, found.end);
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
