//! The guard: nothing in tiers 2-5 may take away the last way to keep the promise of `[guard]` for a victim's phone that
//! has not arrived yet (policy file; ARCHITECTURE.md, "How the planner works").
//!
//! A phone may reach any site at any second. What it can't move is in its way: work that runs or was accepted, work of
//! tiers 0 and 1, and of lower tiers the steps that have begun by then. A step that would begin later gives way to it, so
//! it takes nothing from it. A run of lower work is *harmful* if, for some arrival within it, the phone would be back by
//! its due without the run and not with it.
//!
//! [`Watch`] is what both the planner and the desk ask. It is a small timeline of its own over the slots that the phone
//! could use. It knows neither ranks nor plans, and must never decide what happens to a harmful run.

mod cover;
mod harm;
mod latest;
#[cfg(test)]
mod tests;
mod unavoidable;
mod way;

use std::collections::BTreeMap;
use std::fmt;

use super::calendar::{Exceptions, Windows};
use super::establishment::Establishment;
use super::ids::{AssignmentId, ResourceId, SiteId, Word};
use super::policy::{DueRule, From, Milestone, Policy, Promise, Route, Stage};
use super::submission::{Facts, LockState, Owner};
use super::time::{Seconds, Timestamp};
use super::unit::{Assignment, AssignmentState, Unit};
use cover::Piece;
pub use harm::Harm;
pub use latest::latest_start;
pub use unavoidable::{LAST_JUDGED_TIER, is_unavoidable, unavoidable};
use way::{Hop, Way};

/// The tiers of work that the guard judges begin here: before them stand lives at risk and the victims themselves.
pub const FIRST_JUDGED_TIER: u8 = 2;

/// Later starts of one piece of work that are tried until it is let go: each is a second later at least, most by hours.
pub const MOST_HOLDS: usize = 64;

/// The kind of device that is guarded.
const PHONE: &str = "phone";

/// What stands between a victim's phone still to come and its owner: the stages that lead to its promise, the slots that
/// can do them, and what is on these. Instants are seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Debug)]
pub struct Watch {
    /// No phone arrives before.
    now: i64,
    /// Where it may arrive.
    sites: Vec<SiteId>,
    /// Seconds of travel, `[from][to]`.
    travel: Vec<Vec<i64>>,
    /// What leads to the milestone, in the order of the route; the way home apart.
    stages: Vec<Step>,
    /// Return windows and trip of each site, if the milestone is that the owner has it back.
    home: Option<Vec<(Windows, i64)>>,
    /// To which of them it goes back; where it arrived if to none in particular.
    home_at: Option<usize>,
    due: Due,
    pools: Vec<Pool>,
    slots: Vec<Place>,
    /// The number of the first slot of each resource that can do some of the stages.
    first_slot: BTreeMap<ResourceId, usize>,
    /// Compiled windows: pools with the same hours and closures share one.
    windows: Vec<Windows>,
    found: Found,
    /// Whether what the phone can't move may have changed since.
    moved: bool,
    /// Room for the search of a way.
    trace: Vec<Option<Hop>>,
}

/// What was found out with nothing of lower tiers about: true as long as what the phone can't move is as it was.
#[derive(Clone, Debug, Default)]
struct Found {
    /// What that was, by slot.
    fixed: Vec<Runs>,
    /// Ways by site and time of arrival.
    ways: Vec<Vec<Option<Option<Way>>>>,
    /// The pieces of cells, by site and cell.
    covers: Vec<Vec<Option<Vec<Piece>>>>,
}

/// What is on a slot, by start; each from its start until its end.
pub type Runs = Vec<(i64, i64)>;

/// A stage of the phone, and the pools that can do it.
#[derive(Clone, Debug)]
struct Step {
    attended: bool,
    holds: bool,
    able: Vec<usize>,
}

/// When the promise to the phone is due.
#[derive(Clone, Debug)]
struct Due {
    /// From arrival to the moment it counts from.
    from: i64,
    within: i64,
    /// Only this open time counts.
    working: Option<Windows>,
}

/// Slots between which it makes no difference to a phone which of them is free: same site, hours, dates and speed.
#[derive(Clone, Debug)]
struct Pool {
    site: usize,
    windows: usize,
    /// Steps end by then.
    lapse: i64,
    /// p90 seconds of each stage; none of those it can't do.
    lengths: Vec<Option<i64>>,
    slots: Vec<usize>,
}

/// A slot and what is on it.
#[derive(Clone, Debug)]
struct Place {
    pool: usize,
    slot: u32,
    /// What the phone can't move, wherever it stands.
    fixed: Runs,
    /// What gives way to it unless it has begun; none overlap.
    movable: Runs,
}

impl Watch {
    /// Over an idle unit, for phones that arrive from `now` on; none where the policy guards nothing, or nothing that any
    /// route leads to.
    pub fn of(unit: &Unit, now: Timestamp) -> Option<Self> {
        let (policy, establishment) = (&*unit.policy, &*unit.establishment);
        let promise = policy.promises.iter().find(|promise| promise.name == policy.guard.promise)?;
        let facts = phone(policy, promise, establishment.sites.first()?.id.clone(), now);
        let route = policy.route_for(&facts).filter(|_| promise.when.matches(&facts))?;
        let due = due(policy, promise, establishment, now)?;
        let stages = leading(route, promise.milestone)?;
        Self::idle(unit, now, (&facts, Pace::Slow), (&stages, promise.milestone), due)
    }

    /// The idle unit, for a device that passes stages one after the other on its way to a milestone.
    fn idle(
        unit: &Unit,
        now: Timestamp,
        (facts, pace): (&Facts, Pace),
        (stages, milestone): (&[&Stage], Milestone),
        due: Due,
    ) -> Option<Self> {
        let establishment = &*unit.establishment;
        let sites = &establishment.sites;
        let returns = |site: &super::establishment::Site| (site.return_windows(&establishment.zone, now), site.to_owner.0);
        let row = |from: &SiteId| sites.iter().map(|to| establishment.travel_time(from, &to.id).0).collect();
        let mut watch = Self {
            now: now.unix(),
            sites: sites.iter().map(|site| site.id.clone()).collect(),
            travel: sites.iter().map(|site| row(&site.id)).collect(),
            stages: stages.iter().map(|s| Step { attended: s.attended, holds: s.holds_device, able: Vec::new() }).collect(),
            home: (milestone == Milestone::DeviceBack).then(|| sites.iter().map(returns).collect()),
            home_at: None,
            due,
            pools: Vec::new(),
            slots: Vec::new(),
            first_slot: BTreeMap::new(),
            windows: Vec::new(),
            found: Found::default(),
            moved: true,
            trace: Vec::new(),
        };
        watch.add_resources(unit, stages, (facts, pace), now);
        Some(watch)
    }

    /// Over the unit as it stands for whoever takes on `offered`: what runs, what was accepted, and what was offered of
    /// tiers 0 and 1.
    pub fn at_work(unit: &Unit, offered: AssignmentId, now: Timestamp) -> Option<Self> {
        let mut watch = Self::of(unit, now)?;
        for assignment in unit.assignments.values().filter(|assignment| assignment.id != offered) {
            let first = || tier_of(unit, assignment, now).is_some_and(|tier| tier < FIRST_JUDGED_TIER);
            let end = match assignment.state {
                AssignmentState::Offered if !first() => continue,
                // It goes on when somebody has time for it.
                AssignmentState::Paused { .. } => continue,
                AssignmentState::Offered | AssignmentState::Accepted { .. } => assignment.end,
                // Work that takes longer than expected is expected to end any moment; it is never over by itself.
                AssignmentState::Started { .. } => assignment.end.max(now + Seconds(60)),
            };
            if let Some(slot) = watch.slot(&assignment.slot.resource, assignment.slot.slot) {
                watch.fix(slot, assignment.start.unix(), end.unix());
            }
        }
        watch.keep_appointments(unit, now);
        Some(watch)
    }

    /// Puts the times on the slots that are kept for whoever has an appointment there: no phone can move them.
    pub fn keep_appointments(&mut self, unit: &Unit, now: Timestamp) {
        for (_, kept) in unit.appointments(now) {
            if let Some(slot) = self.slot(&kept.slot.resource, kept.slot.slot) {
                self.fix(slot, kept.from.max(now).unix(), kept.until.unix());
            }
        }
    }

    fn add_resources(&mut self, unit: &Unit, stages: &[&Stage], (facts, pace): (&Facts, Pace), now: Timestamp) {
        let establishment = &*unit.establishment;
        let storage_gb = facts.storage_gb.unwrap_or(unit.policy.guard.typical_storage_gb);
        let mut compiled: Vec<(&Word, Exceptions)> = Vec::new();
        for resource in &establishment.resources {
            let can = |stage: &Stage| stage.by.contains(&resource.kind) && resource.can(&stage.name, facts.level, &facts.device);
            let length = |stage: &&Stage| can(stage).then(|| pace.length(stage, storage_gb, resource.speed));
            let lengths: Vec<Option<i64>> = stages.iter().map(length).collect();
            let calendar = establishment.calendar(&resource.calendar);
            let site = self.sites.iter().position(|site| *site == resource.site);
            let is_of_use = lengths.iter().any(Option::is_some) && unit.hold_on(&resource.id).is_none();
            let (Some(calendar), Some(site), true) = (calendar, site, is_of_use) else { continue };
            let exceptions = unit.exceptions(resource);
            let same = |(id, other): &(&Word, Exceptions)| **id == calendar.id && *other == exceptions;
            let windows = compiled.iter().position(same).unwrap_or_else(|| {
                self.windows.push(Windows::with(&calendar.hours, &establishment.zone, &exceptions, now));
                compiled.push((&calendar.id, exceptions));
                compiled.len() - 1
            });
            let lapse = resource.lapses().map_or(way::FAR, |day| establishment.zone.end_of_day(day).unix());
            self.first_slot.insert(resource.id.clone(), self.slots.len());
            let pool = self.pool(Pool { site, windows, lapse, lengths, slots: Vec::new() });
            for slot in 1..=resource.slots {
                self.pools[pool].slots.push(self.slots.len());
                self.slots.push(Place { pool, slot, fixed: Vec::new(), movable: Vec::new() });
            }
        }
    }

    /// The number of a pool: of the one like it, if there is one.
    fn pool(&mut self, pool: Pool) -> usize {
        let key = |pool: &Pool| (pool.site, pool.windows, pool.lapse);
        let same = |other: &Pool| key(other) == key(&pool) && other.lengths == pool.lengths;
        self.pools.iter().position(same).unwrap_or_else(|| {
            let number = self.pools.len();
            let able = self.stages.iter_mut().zip(&pool.lengths).filter(|(_, length)| length.is_some());
            able.for_each(|(stage, _)| stage.able.push(number));
            self.pools.push(pool);
            number
        })
    }

    /// The number by which a slot is watched; none where no phone could need it.
    pub fn slot(&self, resource: &ResourceId, slot: u32) -> Option<usize> {
        let first = self.first_slot.get(resource)?;
        let number = first + usize::try_from(slot).ok()?.checked_sub(1)?;
        self.slots.get(number).filter(|place| place.slot == slot).map(|_| number)
    }

    /// Puts what the phone can't move on a slot: work that runs or was accepted, work of tiers 0 and 1.
    pub fn fix(&mut self, slot: usize, start: i64, end: i64) {
        let fixed = &mut self.slots[slot].fixed;
        insert(fixed, (start, end));
        // Work that runs over its expected end may overlap what comes after it.
        fixed.dedup_by(|later, sooner| {
            let overlap = later.0 < sooner.1;
            sooner.1 = if overlap { sooner.1.max(later.1) } else { sooner.1 };
            overlap
        });
        self.moved = true;
    }

    /// What the phone can't move, by slot.
    pub fn fixed(&self) -> Vec<Runs> {
        self.slots.iter().map(|place| place.fixed.clone()).collect()
    }

    /// Takes away all but this, as [`Self::fixed`] gave it. What was found out is found out.
    pub fn reset(&mut self, fixed: &[Runs]) {
        for (place, fixed) in self.slots.iter_mut().zip(fixed) {
            place.fixed.clone_from(fixed);
            place.movable.clear();
        }
        self.moved = true;
    }

    /// Puts lower work on a slot: it is in the way of phones that arrive within it.
    pub fn add(&mut self, slot: usize, start: i64, end: i64) {
        insert(&mut self.slots[slot].movable, (start, end));
    }

    /// Takes lower work away again.
    pub fn remove(&mut self, slot: usize, start: i64, end: i64) {
        let movable = &mut self.slots[slot].movable;
        if let Ok(at) = movable.binary_search(&(start, end)) {
            movable.remove(at);
        }
    }
}

/// The tier in which an assignment is worked.
pub fn tier_of(unit: &Unit, assignment: &Assignment, now: Timestamp) -> Option<u8> {
    let submission = unit.submissions.get(&assignment.submission)?;
    Some(submission.stage_tier(unit.route_of(submission)?, assignment.stage, now))
}

/// How it is said that something is held, by planner and desk alike; `until`: as the reader is told instants.
pub fn held(site: &SiteId, until: &dyn fmt::Display) -> String {
    format!("held for a victim's phone that may reach {site}, until {until}")
}

fn insert(runs: &mut Runs, run: (i64, i64)) {
    if run.0 < run.1 {
        let at = runs.partition_point(|other| *other < run);
        runs.insert(at, run);
    }
}

/// How long stages are taken to last.
#[derive(Clone, Copy, Debug)]
enum Pace {
    /// As long as expected.
    Expected,
    /// As long as nine of ten do not exceed (p90).
    Slow,
}

impl Pace {
    /// Seconds of a stage on a resource of this speed, rounded up.
    fn length(self, stage: &Stage, storage_gb: u32, speed: u32) -> i64 {
        let expected = stage.time_at(storage_gb, speed.max(1)).0;
        match self {
            Self::Expected => expected,
            Self::Slow => (expected * i64::from(stage.p90) + 99) / 100,
        }
    }
}

/// The device of `[guard]`: a victim's phone, all else as the promise lists it first, with every gate met.
fn phone(policy: &Policy, promise: &Promise, site: SiteId, now: Timestamp) -> Facts {
    let listed = promise.when.offence.as_ref().and_then(|offences| offences.first());
    let offence = listed.or(policy.offences.first()).cloned().unwrap_or_else(|| Word::from(""));
    Facts {
        force: String::new(),
        offence,
        owner: Owner::Victim,
        device: PHONE.into(),
        storage_gb: Some(policy.guard.typical_storage_gb),
        lock_state: LockState::PinHeld,
        taken_at: now - policy.guard.arrives_after,
        site,
        delivered_at: Some(now),
        return_site: None,
        owner_present_until: None,
        trip: None,
        level: policy.guard.level,
        agreement_at: Some(now),
        notice_at: Some(now),
        legal_basis: true,
        authorised_at: Some(now),
        return_authorised: true,
        custody_expires_at: None,
        bail_at: None,
        court_at: None,
        evidence_fades_at: None,
        risk: promise.when.risk.as_ref().map(|risks| risks.iter().take(1).cloned().collect()).unwrap_or_default(),
        repeat_suspect: false,
        life_at_risk: false,
        case_rank: None,
    }
}

/// The stages that lead to a milestone, in the order of the route: those it is made of, those before them, and, for a device
/// to go back, all that hold it. None where the route does not lead there.
fn leading(route: &Route, milestone: Milestone) -> Option<Vec<&Stage>> {
    let back = milestone == Milestone::DeviceBack;
    let part = |stage: &Stage| match milestone {
        Milestone::Extracted => stage.holds_device,
        Milestone::DeviceBack => stage.holds_device || stage.returns_device,
        Milestone::Results => !stage.returns_device,
    };
    let mut leads: Vec<bool> = route.stages.iter().map(part).collect();
    if !route.stages.iter().any(|stage| if back { stage.returns_device } else { part(stage) }) {
        return None;
    }
    for (index, stage) in route.stages.iter().enumerate().rev() {
        if leads[index] {
            stage.after.iter().for_each(|before| leads[*before] = true);
        }
    }
    let stages = route.stages.iter().zip(leads).filter(|(stage, leads)| *leads && !stage.returns_device);
    Some(stages.map(|(stage, _)| stage).collect())
}

/// None for a promise that leads up to a date: who has not come has none.
fn due(policy: &Policy, promise: &Promise, establishment: &Establishment, now: Timestamp) -> Option<Due> {
    let DueRule::Within { from, within, working } = &promise.due else { return None };
    let calendar = working.as_ref().and_then(|id| establishment.calendar(id));
    Some(Due {
        from: if *from == From::TakenAt { -policy.guard.arrives_after.0 } else { 0 },
        within: within.0,
        working: calendar.map(|calendar| Windows::new(&calendar.hours, &establishment.zone, &[], now)),
    })
}
