//! How much of everyone's time goes to what comes in, by tier: what a forecast knows of work that is still to come.
//!
//! Work that is planned for next week is overtaken by whatever of a higher tier comes in until then. Where a share `s` of the time of
//! whoever does it goes to higher tiers, what lies before it takes `1 / (1 - s)` times as long (a queue with priorities: the delay of a
//! class is the work ahead of it over what the classes above it leave). What came in in the last weeks is the best guess of what will, and
//! how much its days differed says how sure that is; what was done says nothing, since while a backlog is worked off more is done than comes in.
//! In the first weeks what waits speaks for what was not seen to come: in a queue that neither grows nor shrinks there is as much as comes in
//! while it stays (Little's law), so that what is there, over how long it has been, is what comes in a day.
//! All in integers, as all that is forecast.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::establishment::{Resource, ResourceKind};
use super::policy::{LOWEST_TIER, Milestone, Route, Stage};
use super::time::{Seconds, Timestamp};
use super::unit::{StageState, Submission, Unit};

/// What came in so long ago says nothing of what will.
pub const LOOKS_BACK: Seconds = Seconds(28 * DAY);
/// What waits counts as so many days that were seen when none were, and less with each until there are [`LOOKS_BACK`].
const SUPPOSED_DAYS: i64 = 7;
/// Higher tiers are never taken to leave less than this, in thousandths: a forecast that never ends helps nobody.
const LEAST_LEFT: i64 = 100;
/// No share is known better than this, in thousandths: other weeks may differ from those that were seen by more than its days do, and
/// what is planned is planned anew each time. With this, as `dfqueue simulate --calibrate` tells, an ETA's p90 holds in nine of ten.
const UNSURE: i64 = 150;
/// All, in thousandths.
const ALL: i64 = 1_000;
const DAY: i64 = 86_400;
const TIERS: usize = LOWEST_TIER as usize + 1;

/// What of the time of each kind of resource goes to tiers before each, by tier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crowding {
    before: BTreeMap<ResourceKind, Vec<Share>>,
}

/// A share of somebody's time that goes to others, and how sure that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// In thousandths.
    pub mean: i64,
    /// Variance of the share of a single day, in thousandths squared.
    daily: i64,
    /// How many days it is known from.
    days: i64,
}

impl Crowding {
    /// Of what was taken in [`LOOKS_BACK`] before `now`, or since `began` where that is later, of some submissions: open ones and others.
    pub fn of<'s>(
        unit: &Unit,
        submissions: impl IntoIterator<Item = &'s Submission>,
        (began, now): (Timestamp, Timestamp),
    ) -> Self {
        // Whole days, up to now.
        let days = (now - began.max(now - LOOKS_BACK)).0.max(0) / DAY;
        let since = now - Seconds(days * DAY);
        let mut asked: BTreeMap<ResourceKind, Vec<[i64; TIERS]>> = BTreeMap::new();
        let none = || vec![[0; TIERS]; usize::try_from(days).unwrap_or(0)];
        for submission in submissions {
            let Ok(day) = usize::try_from((submission.facts.taken_at - since).0.div_euclid(DAY)) else { continue };
            for (kind, tier, time) in asks(unit, submission) {
                if let Some(tiers) = asked.entry(kind).or_insert_with(none).get_mut(day) {
                    tiers[tier] += time;
                }
            }
        }
        let mut supposed = supposed(unit, now);
        for kind in supposed.keys() {
            asked.entry(*kind).or_insert_with(none);
        }
        // No week is taken for one without a weekend.
        let whole = days.max(7);
        let before = asked.into_iter().filter_map(|(kind, every_day)| {
            let there = there(unit, kind, (now - Seconds(whole * DAY), now)) / whole;
            let supposed = supposed.remove(&kind);
            (there > 0).then(|| (kind, (0..TIERS).map(|tier| share(&every_day, supposed.as_ref(), tier, there)).collect()))
        });
        Self { before: before.collect() }
    }

    /// What of the time of a kind goes to tiers before this one.
    pub fn before(&self, kind: ResourceKind, tier: u8) -> Share {
        self.before.get(&kind).and_then(|tiers| tiers.get(usize::from(tier.min(LOWEST_TIER)))).copied().unwrap_or_default()
    }
}

impl Share {
    /// How long it takes until what lies before some work is done, where it would take so many seconds of open time, and so many by the
    /// calendar, if nothing more came in. `luck`: how much more comes in than usual, in thousandths of a standard deviation.
    pub fn stretched(self, open: i64, calendar: i64, luck: i64) -> i64 {
        if self.days == 0 || open <= 0 {
            return open;
        }
        // That of as many days as it takes, and that of the days that it is known from.
        let calendar = calendar.max(1);
        let variance = i128::from(self.daily) * i128::from(DAY * self.days + calendar) / i128::from(calendar * self.days);
        let unknown = i128::from(self.mean.min(UNSURE));
        let variance = variance + unknown * unknown;
        let deviation = i64::try_from(variance.max(0).isqrt()).unwrap_or(ALL).min(ALL);
        let share = (self.mean + deviation * luck / ALL).clamp(0, ALL - LEAST_LEFT);
        open.saturating_mul(ALL) / (ALL - share)
    }
}

/// The share of the tiers before one, of so many seconds a day: as it was each day, and as it is supposed to have been before.
fn share(every_day: &[[i64; TIERS]], supposed: Option<&[i64; TIERS]>, tier: usize, there: i64) -> Share {
    let of = |tiers: &[i64; TIERS]| tiers[..tier].iter().sum::<i64>() * ALL / there;
    let seen = i64::try_from(every_day.len()).unwrap_or(0);
    let unseen = supposed.map_or(0, |_| SUPPOSED_DAYS - SUPPOSED_DAYS * seen * DAY / LOOKS_BACK.0);
    let (supposed, days) = (supposed.map_or(0, of), seen + unseen);
    if days == 0 {
        return Share::default();
    }
    let mean = (every_day.iter().map(of).sum::<i64>() + supposed * unseen) / days;
    let squares = every_day.iter().map(|day| (of(day) - mean) * (of(day) - mean)).sum::<i64>();
    // Nobody saw how much days differ that nobody saw: by as much as comes, as with what comes now and then.
    let daily = (squares + supposed * supposed * unseen) / (days - 1).max(1);
    Share { mean, daily, days }
}

/// What comes in a day, as what waits tells: seconds of work, by kind of who does it and tier.
fn supposed(unit: &Unit, now: Timestamp) -> BTreeMap<ResourceKind, [i64; TIERS]> {
    let mut waits: BTreeMap<ResourceKind, [(i128, i128); TIERS]> = BTreeMap::new();
    for submission in unit.submissions.values() {
        let stayed = (now - submission.facts.taken_at).0.max(DAY);
        for (kind, tier, time) in asks(unit, submission) {
            let (work, stays) = &mut waits.entry(kind).or_default()[tier];
            *work += i128::from(time);
            *stays += i128::from(time) * i128::from(stayed);
        }
    }
    // Work over its mean stay, which is its sum over the work.
    let a_day = |(work, stays): (i128, i128)| i64::try_from(work * work * i128::from(DAY) / stays.max(1)).unwrap_or(i64::MAX);
    waits.into_iter().map(|(kind, tiers)| (kind, tiers.map(a_day))).collect()
}

/// What a submission asks, from its first stage to its last: of whom, in which tier, and for how many seconds.
fn asks(unit: &Unit, submission: &Submission) -> impl Iterator<Item = (ResourceKind, usize, i64)> {
    let route = unit.route_of(submission);
    let stages = route.into_iter().flat_map(|route| route.stages.iter().map(move |stage| (route, stage))).enumerate();
    stages.filter_map(move |(index, (route, stage))| {
        let kind = by_whom(unit, submission, index, stage)?;
        Some((kind, usize::from(tier(submission, route, stage)), unit.expected_time(submission, stage).0))
    })
}

/// Seconds of work at speed 1 that those of a kind can do between two instants.
fn there(unit: &Unit, kind: ResourceKind, (since, now): (Timestamp, Timestamp)) -> i64 {
    let of_kind = unit.establishment.resources.iter().filter(|resource| resource.kind == kind);
    let each = of_kind.map(|resource| {
        let open = unit.windows(resource, now).map_or(0, |mut windows| windows.between(since, now).0);
        open * i64::from(resource.slots) * i64::from(resource.speed) / 100
    });
    each.sum()
}

/// The highest tier that a stage of a submission is ever worked in: dates that come nearer let it rise.
fn tier(submission: &Submission, route: &Route, stage: &Stage) -> u8 {
    let all = stage.needs_device() || !route.comes_apart();
    let promised = submission.promised().iter().filter(|clock| all || clock.milestone == Milestone::Results);
    promised.map(|clock| clock.tier).min().unwrap_or(LOWEST_TIER).min(LOWEST_TIER)
}

/// Who does a stage of a submission: whoever did, or the first of those who could; none for what nobody of the unit does.
fn by_whom(unit: &Unit, submission: &Submission, index: usize, stage: &Stage) -> Option<ResourceKind> {
    let resources = &unit.establishment.resources;
    let did = submission.stages.get(index).and_then(StageState::done).and_then(|done| done.slot.as_ref());
    let did = did.and_then(|slot| unit.establishment.resource(&slot.resource)).map(|resource| resource.kind);
    let facts = &submission.facts;
    let could = |kind: &ResourceKind| {
        let can = |resource: &Resource| resource.kind == *kind && resource.can(&stage.name, facts.level, &facts.device);
        resources.iter().any(can)
    };
    did.or_else(|| stage.by.iter().copied().find(could))
}
