//! The unit and its plan side by side: for each stage what the unit says of it and what the plan does with it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::calendar::{self, Opening, Span, windows};
use super::durations::expected;
use super::job::{Job, Task, jobs};
use super::violation::{SlotFault, Subject, Violation};
use crate::domain::establishment::{Resource, Site};
use crate::domain::ids::{QueueNumber, ResourceId, SiteId, Slot, Word};
use crate::domain::policy::{NextStep, Stage};
use crate::domain::quality::Held;
use crate::domain::roster::DutyKind;
use crate::domain::submission::Facts;
use crate::domain::unit::{Submission, Unit};
use crate::planner::{Hold, Plan};

const DAY: i64 = 86_400;
/// Work that goes on is expected to end any moment.
pub(super) const LEAST_LEFT: i64 = 60;

/// A kind of stage: where it is in memory, level, device kind.
type Class = (usize, u8, Word);

/// A unit and a plan of it.
pub(super) struct View<'a> {
    pub unit: &'a Unit,
    pub plan: &'a Plan,
    pub now: i64,
    /// Open submissions by number.
    pub jobs: Vec<Job<'a>>,
    pub workers: Vec<Worker<'a>>,
    /// In file order, with their return windows from [`Self::now`] on.
    pub sites: Vec<Place<'a>>,
    /// Times that are kept on slots for those who have an appointment.
    pub kept: Vec<Kept<'a>>,
    /// Seconds from one site to another, row by row.
    travel: Vec<i64>,
    able: RefCell<BTreeMap<Class, Rc<[usize]>>>,
}

/// A time that is kept on a slot for a job.
pub(super) struct Kept<'a> {
    pub job: usize,
    pub slot: &'a Slot,
    pub span: Span,
}

/// A site.
pub(super) struct Place<'a> {
    pub site: &'a Site,
    /// Return windows, from some days before now until well after the plan.
    pub returns: Vec<Span>,
}

/// A resource.
pub(super) struct Worker<'a> {
    pub resource: &'a Resource,
    pub site: usize,
    /// From now until well after the last step.
    pub opening: Opening,
}

impl<'a> View<'a> {
    /// Puts the plan beside the unit. Whatever is in it without being open, twice or on an unknown slot is `found`.
    pub fn of(unit: &'a Unit, plan: &'a Plan, found: &mut Vec<Violation>) -> Self {
        let now = plan.now.unix();
        let sites = places(unit, plan);
        let mut view = Self {
            unit,
            plan,
            now,
            jobs: jobs(unit, now),
            workers: workers(unit, plan),
            kept: Vec::new(),
            travel: travel(unit),
            sites,
            able: RefCell::new(BTreeMap::new()),
        };
        view.kept = view.appointments();
        view.place_steps(found);
        view.place_waiting(found);
        for line in &plan.milestones {
            if let Ok(job) = view.job(line.submission) {
                view.jobs[job].lines.push(line);
            }
        }
        view
    }

    /// An appointment keeps its time as long as there is work for it that nobody has taken on, and none at its resource that somebody has.
    fn appointments(&self) -> Vec<Kept<'a>> {
        let mut kept = Vec::new();
        for (index, job) in self.jobs.iter().enumerate() {
            let Some(appointment) = &job.submission.appointment else { continue };
            let slot = &appointment.slot;
            let Some(worker) = self.workers.iter().position(|worker| worker.resource.id == slot.resource) else { continue };
            let is_left = |task: &Task<'_>| {
                !task.is_done()
                    && task.state.on().is_none()
                    && task.stage.holds_device
                    && self.means(worker, task.stage, job.facts()).is_ok()
            };
            let is_slot = slot.slot >= 1 && slot.slot <= self.workers[worker].resource.slots;
            let taken_on = job.tasks.iter().any(|task| task.state.on().is_some_and(|on| on.resource == slot.resource));
            if is_slot && !taken_on && appointment.until.unix() > self.now && job.tasks.iter().any(is_left) {
                let span = (appointment.from.unix().max(self.now), appointment.until.unix());
                kept.push(Kept { job: index, slot, span });
            }
        }
        kept
    }

    /// The times on a slot that are kept for others than a submission.
    pub fn kept_from<'b>(&'b self, number: QueueNumber, slot: &'b Slot) -> impl Iterator<Item = &'b Kept<'a>> {
        self.kept.iter().filter(move |kept| kept.slot == slot && self.jobs[kept.job].submission.number != number)
    }

    /// Index of an open submission.
    pub fn job(&self, number: QueueNumber) -> Result<usize, usize> {
        self.jobs.binary_search_by_key(&number, |job| job.submission.number)
    }

    fn place_steps(&mut self, found: &mut Vec<Violation>) {
        let workers: BTreeMap<&str, usize> =
            self.workers.iter().enumerate().map(|(i, worker)| (worker.resource.id.as_str(), i)).collect();
        for step in &self.plan.steps {
            let job = self.job(step.submission).ok();
            let Some(task) = job.and_then(|job| self.jobs[job].tasks.get_mut(step.stage)).filter(|task| !task.is_done()) else {
                found.push(Violation::NotOpen { at: self.name(step.submission, Some(step.stage)) });
                continue;
            };
            task.times += 1;
            if task.step.is_none() {
                task.step = Some(step);
                let worker = step.slot.as_ref().and_then(|slot| workers.get(slot.resource.as_str())).copied();
                task.worker = worker;
            }
        }
    }

    fn place_waiting(&mut self, found: &mut Vec<Violation>) {
        for waiting in &self.plan.waiting {
            let job = self.job(waiting.submission).ok();
            let task = match (job, waiting.stage) {
                (Some(job), Some(stage)) => self.jobs[job].tasks.get_mut(stage).filter(|task| !task.is_done()),
                (Some(job), None) if self.jobs[job].route.is_none() => {
                    self.jobs[job].waiting.push(waiting);
                    continue;
                }
                _ => None,
            };
            let Some(task) = task else {
                found.push(Violation::NotOpen { at: self.name(waiting.submission, waiting.stage) });
                continue;
            };
            task.times += 1;
            task.waiting = task.waiting.or(Some(waiting));
        }
    }

    fn name(&self, number: QueueNumber, stage: Option<usize>) -> Subject {
        match (self.job(number), stage) {
            (Ok(job), Some(stage)) => self.jobs[job].subject(stage),
            _ => Subject { submission: number, stage, name: None },
        }
    }

    /// Every unfinished stage once, and every submission without a route once.
    pub fn coverage(&self, found: &mut Vec<Violation>) {
        for job in &self.jobs {
            for task in job.tasks.iter().filter(|task| !task.is_done()) {
                let at = || job.subject(task.index);
                match (task.times, task.state.hold()) {
                    (0, _) => found.push(Violation::Lost { at: at() }),
                    (1, _) => {}
                    (times, _) => found.push(Violation::Doubled { at: at(), times }),
                }
                let hold = task.state.hold();
                if task.step.is_none() && hold != Hold::Free {
                    found.push(Violation::Dropped { at: at(), hold });
                }
            }
            let whole = || Subject { submission: job.submission.number, stage: None, name: None };
            match (job.route.is_none(), job.waiting.len()) {
                (true, 0) => found.push(Violation::Lost { at: whole() }),
                (true, times) if times > 1 => found.push(Violation::Doubled { at: whole(), times }),
                _ => {}
            }
        }
    }

    pub fn site(&self, id: &SiteId) -> Option<usize> {
        self.sites.iter().position(|place| place.site.id == *id)
    }

    /// Seconds that a device travels.
    pub fn travel(&self, from: usize, to: usize) -> i64 {
        self.travel[from * self.sites.len() + to]
    }

    /// Whether a worker has what a stage of a submission needs, or what it lacks.
    pub fn ability(&self, worker: usize, stage: &Stage, facts: &Facts) -> Result<(), SlotFault> {
        self.means(worker, stage, facts)?;
        if self.is_held(worker) { Err(SlotFault::Held) } else { Ok(()) }
    }

    /// Whether a quality hold is on a worker, or on the tool that it is known to work with.
    pub fn is_held(&self, worker: usize) -> bool {
        let id = &self.workers[worker].resource.id;
        let tool = self.unit.tools.get(id);
        self.unit.holds.values().any(|hold| match &hold.held {
            Held::Resource { resource } => resource == id,
            Held::Tool { tool: name, version } => tool.is_some_and(|tool| {
                let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
                same(name, &tool.name) && version.as_ref().is_none_or(|version| same(version, &tool.version))
            }),
            Held::Person { .. } => false,
        })
    }

    /// The same, quality holds aside.
    pub fn means(&self, worker: usize, stage: &Stage, facts: &Facts) -> Result<(), SlotFault> {
        let resource = self.workers[worker].resource;
        if !stage.by.contains(&resource.kind) {
            return Err(SlotFault::Kind);
        }
        if !resource.stages.contains(&stage.name) {
            return Err(SlotFault::Stage);
        }
        if resource.levels.as_ref().is_some_and(|levels| !levels.contains(&facts.level)) {
            return Err(SlotFault::Level);
        }
        if resource.devices.as_ref().is_some_and(|devices| !devices.contains(&facts.device)) {
            return Err(SlotFault::Device);
        }
        Ok(())
    }

    /// Every worker that can do a stage of a submission, its dates aside.
    pub fn able(&self, stage: &Stage, facts: &Facts) -> Rc<[usize]> {
        // A policy stays where it is while the view borrows it, so an address names a stage.
        let key = (std::ptr::from_ref(stage).addr(), facts.level, facts.device.clone());
        let able = || (0..self.workers.len()).filter(|worker| self.ability(*worker, stage, facts).is_ok()).collect();
        Rc::clone(self.able.borrow_mut().entry(key).or_insert_with(able))
    }

    /// Whether a worker is who must do a stage, whoever began it before it was paused, and as far as the other stages of its
    /// submission have a person; what they say of this stage counts as much as what it says of them.
    pub fn may(&self, job: &Job<'_>, task: &Task<'_>, worker: usize) -> bool {
        let me = &self.workers[worker].resource.id;
        if task.state.paused().is_some_and(|paused| paused.slot.resource != *me) {
            return false;
        }
        if task.is_free() && self.failed_on(job, task).contains(&me) {
            return false;
        }
        job.tasks.iter().filter(|other| other.index != task.index).all(|other| {
            let Some(them) = other.person().filter(|them| self.works_here(them)) else { return true };
            let same = task.stage.same_person_as == Some(other.index) || other.stage.same_person_as == Some(task.index);
            let different = task.stage.different_person_from.contains(&other.index)
                || other.stage.different_person_from.contains(&task.index);
            (!same || me == them) && (!different || me != them)
        })
    }

    /// Where a stage failed, by rules that have it done elsewhere; nowhere, where there is no elsewhere.
    fn failed_on<'b>(&self, job: &Job<'b>, task: &Task<'_>) -> Vec<&'b ResourceId> {
        let Some(policy) = self.unit.policy_of(job.submission) else { return Vec::new() };
        let (mut times, mut places) = (0, Vec::new());
        for failure in job.submission.failures.iter().filter(|failure| failure.stage == task.index) {
            times += 1;
            if policy.after_failure(failure.cause, times).then == NextStep::Elsewhere {
                places.push(&failure.resource);
            }
        }
        let able = self.able(task.stage, job.facts());
        let elsewhere = able.iter().any(|worker| !places.contains(&&self.workers[*worker].resource.id));
        if elsewhere { places } else { Vec::new() }
    }

    /// Whether somebody is still of the unit: who has left binds nobody to them.
    pub fn works_here(&self, who: &ResourceId) -> bool {
        self.unit.establishment.resource(who).is_some()
    }

    /// Expected seconds of a stage of a submission on a worker, less what was done of it before it was paused.
    pub fn time(&self, task: &Task<'_>, submission: &Submission, worker: usize) -> i64 {
        let stage = task.stage;
        let mut time = expected(self.unit, submission, stage);
        if let Some(earlier) = task.state.paused().and_then(|paused| paused.earlier) {
            time = (time - earlier.worked.0).max(LEAST_LEFT);
        }
        if !stage.attended {
            return time;
        }
        let speed = i64::from(self.workers[worker].resource.speed.max(1));
        let hundredths = time * 100;
        hundredths / speed + i64::from(hundredths % speed != 0)
    }
}

/// Every resource with its windows, until well after the last step.
fn workers<'a>(unit: &'a Unit, plan: &Plan) -> Vec<Worker<'a>> {
    let establishment = &unit.establishment;
    // Long enough for a weekly opening to come round, past a run of holidays. One horizon for all: a phone that arrives while
    // one works may need another.
    let last = plan.steps.iter().filter(|step| step.slot.is_some()).map(|step| step.end.unix()).max();
    let until = last.unwrap_or(i64::MIN).max(plan.now.unix()) + 30 * DAY;
    let mut compiled: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for calendar in &establishment.calendars {
        let spans = windows(&calendar.hours, &establishment.zone, plan.now.unix(), until);
        compiled.insert(calendar.id.as_str(), spans);
    }
    let worker = |resource: &'a Resource| {
        let outages = unit.outages.get(&resource.id).into_iter().flatten();
        let mut closures: Vec<Span> = resource.closed.iter().chain(outages).map(|c| (c.from.unix(), c.until.unix())).collect();
        let mut windows = compiled.get(resource.calendar.as_str()).cloned().unwrap_or_default();
        for duty in establishment.roster.iter().filter(|duty| duty.who == resource.id.as_str()) {
            let span = (duty.from.unix(), duty.until.unix());
            match duty.kind {
                DutyKind::On => windows.push(span),
                DutyKind::OnCall => {}
                DutyKind::Leave | DutyKind::Court | DutyKind::Training => closures.push(span),
            }
        }
        let windows = calendar::merged(windows);
        let site = establishment.sites.iter().position(|site| site.id == resource.site).unwrap_or(0);
        Worker { resource, site, opening: Opening::new(&windows, closures) }
    };
    establishment.resources.iter().map(worker).collect()
}

fn places<'a>(unit: &'a Unit, plan: &Plan) -> Vec<Place<'a>> {
    let end = plan.steps.iter().map(|step| step.end.unix()).max().unwrap_or(i64::MIN);
    let (from, until) = (plan.now.unix() - 30 * DAY, end.max(plan.now.unix()) + 60 * DAY);
    let zone = &unit.establishment.zone;
    unit.establishment.sites.iter().map(|site| Place { site, returns: calendar::returns(site, zone, (from, until)) }).collect()
}

fn travel(unit: &Unit) -> Vec<i64> {
    let establishment = &unit.establishment;
    let mut matrix = Vec::with_capacity(establishment.sites.len() * establishment.sites.len());
    for from in &establishment.sites {
        for to in &establishment.sites {
            let pair =
                |ends: &[SiteId; 2]| *ends == [from.id.clone(), to.id.clone()] || *ends == [to.id.clone(), from.id.clone()];
            let own = establishment.travel.iter().find(|travel| pair(&travel.between));
            let takes = own.map_or(establishment.travel_default.0, |travel| travel.takes.0);
            matrix.push(if from.id == to.id { 0 } else { takes });
        }
    }
    matrix
}
