//! Who comes first: a total order over all open submissions.
//!
//! Compared from the left: effective tier; natives of the tier before those that rose into it; in tier 1 those whose
//! device is already missed, oldest due first; then the latest moment at which work can start; the reference last, so
//! that the order of rows decides nothing.

use std::cmp::Ordering;

use super::instance::{Instance, Job, TaskState};
use super::reason::RankRule;
use super::timeline::FAR;
use crate::domain::policy::Milestone;

/// A job with what it is ranked by.
pub struct Ranked {
    pub job: usize,
    tier: u8,
    risen: bool,
    /// Due of a missed `device_back` in tier 1; FAR where none is.
    missed: i64,
    latest_start: i64,
}

/// All jobs, first to be served first.
pub fn order(instance: &mut Instance) -> Vec<Ranked> {
    let now = instance.now;
    let mut ranked: Vec<Ranked> = instance.jobs.iter().enumerate().map(|(i, job)| ranked(i, job, now)).collect();
    let jobs = &instance.jobs;
    ranked.sort_by(|a, b| compare(a, b).0.then_with(|| jobs[a.job].key.cmp(&jobs[b.job].key)));
    ranked
}

fn ranked(index: usize, job: &Job, now: i64) -> Ranked {
    let owed = |due: i64| (due <= now).then_some(due);
    let backs = job.clocks.iter().filter(|c| c.clock.tier == 1 && c.clock.milestone == Milestone::DeviceBack);
    // Work still to be done before the device, or the results, can be there; waiting for anyone is not counted.
    let work = |holding: bool| -> i64 {
        let open = job.tasks.iter().filter(|t| !matches!(t.state, TaskState::Done { .. }) && (!holding || t.holds));
        open.map(|t| t.time).sum()
    };
    let latest = job.clocks.iter().filter(|c| c.clock.tier <= job.tier || job.effective_tier < job.tier);
    let latest = latest.map(|c| match c.clock.milestone {
        Milestone::DeviceBack => c.rank - job.trip - work(true),
        Milestone::Extracted => c.rank - work(true),
        Milestone::Results => c.rank - work(false),
    });
    Ranked {
        job: index,
        tier: job.effective_tier,
        risen: job.effective_tier < job.tier,
        missed: backs.filter_map(|c| owed(c.due)).min().unwrap_or(FAR),
        latest_start: latest.min().unwrap_or(FAR),
    }
}

/// How two jobs compare, and the rule that decides.
pub fn compare(a: &Ranked, b: &Ranked) -> (Ordering, RankRule) {
    let rules = [
        (a.tier.cmp(&b.tier), RankRule::Tier),
        (a.risen.cmp(&b.risen), RankRule::Native),
        (a.missed.cmp(&b.missed), RankRule::Missed),
        (a.latest_start.cmp(&b.latest_start), RankRule::LatestStart),
    ];
    rules.into_iter().find(|(ordering, _)| ordering.is_ne()).unwrap_or((Ordering::Equal, RankRule::Reference))
}
