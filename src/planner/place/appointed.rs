//! Times that are kept on slots for those who have an appointment: for everybody else they are taken; who has one finds its own time
//! free, and what is free beside it.

use super::Placer;
use crate::domain::time::Timestamp;
use crate::planner::free::Free;
use crate::planner::instance::Instance;

/// A time that is kept on a slot for a job: seconds since 1970, none of them before now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appointed {
    pub job: usize,
    /// Its number among all.
    pub slot: usize,
    pub from: i64,
    pub until: i64,
}

impl Appointed {
    /// Whether it keeps another job off a slot between the moment a step could start and the moment it does.
    pub fn keeps_off(&self, job: usize, slot: usize, (ready, start): (i64, i64)) -> bool {
        self.job != job && self.slot == slot && ready < self.until && self.until <= start
    }
}

/// Every time that is kept, in the order of the jobs.
pub fn appointed(instance: &Instance) -> Vec<Appointed> {
    let now = Timestamp::from_unix(instance.now);
    let kept = instance.jobs.iter().enumerate().filter(|(_, job)| job.submission.appointment.is_some());
    let kept = kept.filter_map(|(job, j)| {
        let kept = instance.unit.keeps_time_for(j.submission, now)?;
        let slot = instance.slot(&kept.slot)?;
        Some(Appointed { job, slot, from: kept.from.unix().max(instance.now), until: kept.until.unix() })
    });
    kept.collect()
}

/// Takes every time that is kept out of what is free. Returns what of them was free: work that runs on may reach into one.
pub fn keep(instance: &Instance, free: &mut Free) -> Vec<Appointed> {
    let mut taken = Vec::new();
    for kept in appointed(instance) {
        let windows = &instance.windows[instance.resources[instance.resource_of[kept.slot]].windows];
        while let Some((from, until)) = free.occupy_first(kept.slot, (kept.from, kept.until), windows) {
            taken.push(Appointed { from, until, ..kept });
        }
    }
    taken
}

impl Placer<'_, '_> {
    /// Gives back to a job, for its turn, what is kept for it and it has not used yet.
    pub(super) fn give_back_kept(&mut self, job: usize) -> Vec<Appointed> {
        let own: Vec<Appointed> = self.kept.iter().filter(|kept| kept.job == job).copied().collect();
        let unused: Vec<Appointed> = own.into_iter().flat_map(|kept| self.unused(kept)).collect();
        for kept in &unused {
            let windows = &self.instance.windows[self.instance.resources[self.instance.resource_of[kept.slot]].windows];
            self.free.release(kept.slot, (kept.from, kept.until), windows);
        }
        unused
    }

    /// Keeps again what of it the job did not use at its turn.
    pub(super) fn keep_again(&mut self, given_back: &[Appointed]) {
        for kept in given_back {
            let windows = &self.instance.windows[self.instance.resources[self.instance.resource_of[kept.slot]].windows];
            self.free.occupy(kept.slot, kept.from, kept.until, windows);
        }
    }

    /// What of a time is not used by stages of its job that have a place already.
    fn unused(&self, kept: Appointed) -> Vec<Appointed> {
        let placed = self.places[kept.job].iter().flatten().filter(|placed| placed.on.is_some_and(|(_, slot)| slot == kept.slot));
        let mut used: Vec<(i64, i64)> = placed.map(|placed| (placed.start, placed.end)).collect();
        used.sort_unstable();
        let (mut from, mut unused) = (kept.from, Vec::new());
        for (start, end) in used.into_iter().filter(|(start, end)| kept.from < *end && *start < kept.until) {
            if from < start {
                unused.push(Appointed { from, until: start, ..kept });
            }
            from = from.max(end);
        }
        if from < kept.until {
            unused.push(Appointed { from, ..kept });
        }
        unused
    }
}
