//! The slots that a victim's phone still to come could use, what is on them, and whether it would be in time.

use super::calendar::{Opening, Span, after, first_fit, merged, windows};
use super::view::View;
use crate::domain::calendar::Zone;
use crate::domain::policy::{DueRule, From, Milestone, Policy, Promise, Route, Stage, When};
use crate::domain::submission::{LockState, Owner};
use crate::planner::Hold;

const DAY: i64 = 86_400;

/// A phone that arrives.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    pub site: usize,
    pub at: i64,
}

/// Lower work that the planner placed.
pub(super) struct Run {
    pub span: Span,
    /// Index of its job, and of its stage.
    pub job: usize,
    pub stage: usize,
    /// The plan says that the guard gave way to it.
    pub let_go: bool,
}

/// One slot that the phone could use.
pub(super) struct Lane {
    pub worker: usize,
    slot: u32,
    /// What the phone can't move: what people took on, tiers 0 and 1.
    pub fixed: Vec<Span>,
    pub lower: Vec<Run>,
}

/// Lanes between which it makes no difference to the phone which of them is free.
struct Alike<'a> {
    site: usize,
    opening: &'a Opening,
    /// Seconds of each of the phone's stages; none of those they can't do.
    takes: Vec<Option<i64>>,
    lapse: i64,
    lanes: Vec<usize>,
}

/// A stage of the phone, as those who can do it need to know it.
#[derive(Clone, Copy)]
struct Need {
    takes: i64,
    attended: bool,
    ready: i64,
    by: i64,
}

/// All of them, and what the phone needs.
pub(super) struct Lanes<'a> {
    pub all: Vec<Lane>,
    alike: Vec<Alike<'a>>,
    /// It goes back to its owner.
    pub back: bool,
    stages: Vec<&'a Stage>,
    /// From arrival to the moment its promise counts from, and how long from there.
    within: (i64, i64),
    /// Open time in which alone it counts.
    working: Option<Vec<Span>>,
}

impl Lane {
    /// The latest end of lower work that lasts at some time of a span.
    pub fn latest(&self, span: Span) -> i64 {
        self.last(span).map_or(i64::MIN, |run| run.span.1)
    }

    /// The last lower work that lasts at some time of a span: nothing on a slot overlaps.
    pub fn last(&self, span: Span) -> Option<&Run> {
        let begun = self.lower.partition_point(|run| run.span.0 <= span.1).checked_sub(1)?;
        self.lower.get(begun).filter(|run| span.0 < run.span.1)
    }

    /// Until when what the phone can't move is in the way of a span.
    fn taken(&self, span: Span) -> Option<i64> {
        after(&self.fixed, span.0).first().filter(|fixed| fixed.0 < span.1).map(|fixed| fixed.1)
    }
}

impl Alike<'_> {
    /// The first span for a stage that begins at `from` or later, on a lane with nothing on it.
    fn first(&self, need: Need, from: i64) -> Option<Span> {
        let mut from = from;
        while from + need.takes <= need.by {
            let start = self.opening.next_open(from)?;
            let end =
                if need.attended { self.opening.finish(start, need.takes) } else { self.opening.handover(start + need.takes) };
            let span = (start, end.filter(|end| *end <= need.by)?);
            match self.opening.touched(span.0, span.1).filter(|_| !need.attended) {
                Some(shut) => from = shut.1,
                None => return Some(span),
            }
        }
        None
    }

    /// When a stage can be over on one of them, none of which is free before `busy` says.
    fn done(&self, all: &[Lane], need: Need, busy: &dyn Fn(usize) -> i64) -> Option<i64> {
        // Sooner than on an empty lane it is over on none.
        let first = self.first(need, need.ready)?;
        if self.lanes.iter().any(|lane| busy(*lane) <= first.0 && all[*lane].taken(first).is_none()) {
            return Some(first.1);
        }
        let on = |lane: &usize| {
            let mut span = self.first(need, need.ready.max(busy(*lane)))?;
            while let Some(until) = all[*lane].taken(span) {
                span = self.first(need, until)?;
            }
            Some(span.1)
        };
        self.lanes.iter().filter_map(on).min()
    }
}

impl<'a> Lanes<'a> {
    /// None where the policy guards nothing that a phone could be promised, or no route leads there.
    pub fn of(view: &'a View<'_>) -> Option<Self> {
        let policy: &'a Policy = &view.unit.policy;
        let promise = policy.promises.iter().find(|promise| promise.name == policy.guard.promise)?;
        let DueRule::Within { from, within, working } = &promise.due else { return None };
        let route = policy.routes.iter().find(|route| fits(policy, promise, &route.when))?;
        let stages = stages(route, promise.milestone).filter(|_| fits(policy, promise, &promise.when))?;
        let from = if *from == From::TakenAt { -policy.guard.arrives_after.0 } else { 0 };
        let calendar = working.as_ref().and_then(|id| view.unit.establishment.calendar(id));
        let end = view.plan.steps.iter().map(|step| step.end.unix()).max().unwrap_or(view.now).max(view.now);
        let zone = &view.unit.establishment.zone;
        let open = |hours| windows(hours, zone, view.now + from - DAY, end + within.0 * 10 + 60 * DAY);
        let mut lanes = Self {
            all: Vec::new(),
            alike: Vec::new(),
            back: promise.milestone == Milestone::DeviceBack,
            stages,
            within: (from, within.0),
            working: calendar.map(|calendar| open(&calendar.hours)),
        };
        lanes.lay_out(view, zone);
        Some(lanes)
    }

    fn lay_out(&mut self, view: &'a View<'_>, zone: &Zone) {
        let guard = &view.unit.policy.guard;
        for (index, worker) in view.workers.iter().enumerate() {
            let resource = worker.resource;
            let takes = |stage: &&Stage| {
                let can = stage.by.contains(&resource.kind)
                    && resource.stages.contains(&stage.name)
                    && resource.levels.as_ref().is_none_or(|levels| levels.contains(&guard.level))
                    && resource.devices.as_ref().is_none_or(|devices| devices.iter().any(|device| device.as_str() == "phone"));
                can.then(|| p90(stage, guard.typical_storage_gb, resource.speed))
            };
            let takes: Vec<Option<i64>> = self.stages.iter().map(takes).collect();
            if takes.iter().all(Option::is_none) {
                continue;
            }
            let dates = [resource.validated_until, resource.competent_until].into_iter().flatten();
            let lapse = dates.map(|date| zone.instant(date, 86_400).unix()).min().unwrap_or(i64::MAX);
            let (site, opening) = (worker.site, &worker.opening);
            let same =
                |other: &Alike<'_>| (other.site, other.lapse, &other.takes, other.opening) == (site, lapse, &takes, opening);
            let alike = self.alike.iter().position(same).unwrap_or_else(|| {
                self.alike.push(Alike { site, opening, takes, lapse, lanes: Vec::new() });
                self.alike.len() - 1
            });
            for slot in 1..=resource.slots {
                self.alike[alike].lanes.push(self.all.len());
                self.all.push(Lane { worker: index, slot, fixed: Vec::new(), lower: Vec::new() });
            }
        }
        for (index, job) in view.jobs.iter().enumerate() {
            for task in &job.tasks {
                let Some((step, worker)) = task.step.zip(task.worker) else { continue };
                let lane = step.slot.as_ref().and_then(|slot| self.lane(worker, slot.slot));
                let Some(lane) = lane.map(|lane| &mut self.all[lane]).filter(|_| step.start < step.end) else { continue };
                let span = (step.start.unix(), step.end.unix());
                if step.hold != Hold::Free || task.tier < 2 {
                    lane.fixed.push(span);
                } else {
                    let gave_way = view.plan.guard.iter().flat_map(|guarded| &guarded.gave_way);
                    let mut named = gave_way.filter(|gave| (gave.submission, gave.stage) == (job.submission.number, task.index));
                    lane.lower.push(Run { span, job: index, stage: task.index, let_go: named.next().is_some() });
                }
            }
        }
        for kept in &view.kept {
            let worker = view.workers.iter().position(|worker| worker.resource.id == kept.slot.resource);
            if let Some(lane) = worker.and_then(|worker| self.lane(worker, kept.slot.slot)) {
                self.all[lane].fixed.push(kept.span);
            }
        }
        for lane in &mut self.all {
            lane.fixed = merged(std::mem::take(&mut lane.fixed));
            lane.lower.sort_unstable_by_key(|run| run.span);
        }
    }

    /// The lane of a slot.
    pub fn lane(&self, worker: usize, slot: u32) -> Option<usize> {
        self.all.iter().position(|lane| (lane.worker, lane.slot) == (worker, slot))
    }

    /// When the promise to a phone is due.
    pub fn due(&self, arrival: i64) -> i64 {
        let from = arrival + self.within.0;
        let mut left = self.within.1;
        let Some(open) = self.working.as_ref().filter(|_| left > 0) else { return from + left };
        for window in open.iter().filter(|window| window.1 > from) {
            let begin = window.0.max(from);
            if begin + left <= window.1 {
                return begin + left;
            }
            left -= window.1 - begin;
        }
        i64::MAX / 4
    }

    /// Whether a phone is in time, its stages done one after another by whoever is soonest, no slot before `busy` says.
    pub fn back_by(&self, view: &View<'_>, arrival: Arrival, due: i64, busy: &dyn Fn(usize) -> i64) -> bool {
        let mut there: Vec<Option<i64>> = vec![None; view.sites.len()];
        there[arrival.site] = Some(arrival.at);
        for (stage, rule) in self.stages.iter().enumerate() {
            let mut next: Vec<Option<i64>> = vec![None; there.len()];
            // Work that needs no device leaves it where it is.
            let come = |to: usize| {
                let from = there.iter().enumerate().filter_map(|(from, at)| Some((*at)? + view.travel(from, to)));
                if rule.holds_device { from.min() } else { there[to] }
            };
            for alike in &self.alike {
                let Some(takes) = alike.takes[stage] else { continue };
                for to in if rule.holds_device { alike.site..alike.site + 1 } else { 0..there.len() } {
                    let by = next[to].map_or(due, |best| best - 1).min(alike.lapse);
                    let Some(ready) = come(to) else { continue };
                    let need = Need { takes, attended: rule.attended, ready, by };
                    next[to] = alike.done(&self.all, need, busy).or(next[to]);
                }
            }
            there = next;
        }
        let reached = there.iter().enumerate().filter_map(|(from, at)| Some((from, (*at)?)));
        let home = &view.sites[arrival.site];
        reached.into_iter().any(|(from, at)| {
            let trip = || first_fit(&home.returns, at + view.travel(from, arrival.site), home.site.to_owner.0);
            if self.back { trip().is_some_and(|trip| trip.1 <= due) } else { at <= due }
        })
    }
}

/// p90 on a resource of this speed, rounded up.
fn p90(stage: &Stage, storage: u32, speed: u32) -> i64 {
    let time = stage.base.0 + stage.per_gb.0 * i64::from(storage);
    let speed = i64::from(speed.max(1));
    let time = if stage.attended { time * 100 / speed + i64::from(time * 100 % speed != 0) } else { time };
    let hundredths = time * i64::from(stage.p90);
    hundredths / 100 + i64::from(hundredths % 100 != 0)
}

/// Whether a rule is for the phone: a victim's, of the guard's level, all else as its promise lists it first.
fn fits(policy: &Policy, promise: &Promise, when: &When) -> bool {
    let offence = promise.when.offence.as_ref().and_then(|all| all.first()).or(policy.offences.first());
    let risk = promise.when.risk.as_ref().and_then(|all| all.first());
    when.owner.as_ref().is_none_or(|all| all.contains(&Owner::Victim))
        && when.device.as_ref().is_none_or(|all| all.iter().any(|device| device.as_str() == "phone"))
        && when.offence.as_ref().is_none_or(|all| offence.is_some_and(|offence| all.contains(offence)))
        && when.risk.as_ref().is_none_or(|all| risk.is_some_and(|risk| all.contains(risk)))
        && when.level.as_ref().is_none_or(|all| all.contains(&policy.guard.level))
        && when.lock_state.as_ref().is_none_or(|all| all.contains(&LockState::PinHeld))
        && when.repeat_suspect.as_ref().is_none_or(|all| all.contains(&false))
        && when.life_at_risk.as_ref().is_none_or(|all| all.contains(&false))
}

/// The stages that the phone passes on its way to the milestone; none where its route does not lead there.
fn stages(route: &Route, milestone: Milestone) -> Option<Vec<&Stage>> {
    let counts = |stage: &Stage| match milestone {
        Milestone::Extracted => stage.holds_device,
        Milestone::DeviceBack => stage.returns_device,
        Milestone::Results => !stage.returns_device,
    };
    let held = |stage: &Stage| milestone == Milestone::DeviceBack && stage.holds_device;
    let mut needed: Vec<usize> =
        (0..route.stages.len()).filter(|stage| counts(&route.stages[*stage]) || held(&route.stages[*stage])).collect();
    if !route.stages.iter().any(counts) {
        return None;
    }
    let mut next = 0;
    while let Some(stage) = needed.get(next).copied() {
        let new: Vec<usize> = route.stages[stage].after.iter().copied().filter(|before| !needed.contains(before)).collect();
        needed.extend(new);
        next += 1;
    }
    needed.sort_unstable();
    needed.dedup();
    Some(needed.into_iter().map(|stage| &route.stages[stage]).filter(|stage| !stage.returns_device).collect())
}
