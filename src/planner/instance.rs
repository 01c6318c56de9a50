//! The unit as arrays of integers: what the planner computes with. Instants are seconds since 1970-01-01T00:00:00Z.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use super::place::Part;
use super::resources::Place;
use super::shape::{Forms, Shape};
use crate::domain::calendar::Windows;
use crate::domain::clocks::Clock;
use crate::domain::establishment::{Establishment, Resource};
use crate::domain::ids::{QueueNumber, ResourceId, SiteId, Slot};
use crate::domain::policy::{Gate, Milestone, Policy, Route, Stage};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, StageState, Submission, Unit, Whereabouts};

/// Everything the planner needs to know, at one instant.
pub struct Instance<'a> {
    pub unit: &'a Unit,
    pub now: i64,
    pub resources: Vec<Place<'a>>,
    /// Resources that are as good as each other, by index, in the order of the unit file.
    pub pools: Vec<Vec<usize>>,
    /// The resource of each slot.
    pub resource_of: Vec<usize>,
    /// Compiled windows: resources with the same hours and closures share one.
    pub windows: Vec<Windows>,
    /// Return windows of each site.
    pub returns: Vec<Windows>,
    /// Travel between sites, seconds; `[from][to]`.
    pub travel: Vec<Vec<i64>>,
    pub jobs: Vec<Job<'a>>,
}

/// An open submission.
pub struct Job<'a> {
    pub submission: &'a Submission,
    pub number: QueueNumber,
    pub key: String,
    pub route: Option<&'a Route>,
    pub tasks: Vec<Task>,
    /// Its stages, last first.
    pub backward: Rc<[usize]>,
    /// Whether what needs the device in hand can be planned apart from what does not.
    pub parts: bool,
    /// Gates of its route that are shut.
    pub shut: Vec<Gate>,
    /// Until when its gates could be met, by the plan that people were told before.
    pub told_clear_by: Option<i64>,
    /// An exhibit of its case with a smaller rank that is still open.
    pub earlier: Option<QueueNumber>,
    /// Where its device is, and from when it can leave.
    pub stands: (usize, i64),
    /// Where it is free for what is to be planned, and from when: after what is accepted or running.
    pub device: (usize, i64),
    /// Where its device is handed back.
    pub home: usize,
    /// Seconds from leaving home until the owner has it.
    pub trip: i64,
    pub owner_present_until: Option<i64>,
    /// Promises that apply.
    pub clocks: Vec<JobClock<'a>>,
    pub tier: u8,
    /// That of what does not need the device.
    pub rest_tier: u8,
    /// `tier`, or one less after its longest wait; and the same of `rest_tier`.
    pub effective_tier: u8,
    pub effective_rest: u8,
    /// The tier in which a person has it served.
    pub raised: Option<u8>,
    /// A person put it in another place since the plan that people were told before.
    pub reranked: bool,
}

/// A promise that applies.
pub struct JobClock<'a> {
    pub clock: &'a Clock,
    pub due: i64,
    /// None where no return window is long enough.
    pub effective: Option<i64>,
    /// What ranks it: effective, and sooner for repeat suspects.
    pub rank: i64,
}

/// A stage of a job.
pub struct Task {
    pub state: TaskState,
    /// The number among all of the slot that it was offered to, and that has not answered yet.
    pub offered: Option<usize>,
    /// The number among all of the slot on which it was paused: there it goes on, and nowhere else.
    pub kept: Option<usize>,
    /// Resources that it failed on and is not tried on again.
    pub barred: Vec<usize>,
    /// Where the plan before had it.
    pub told: Option<Told>,
    /// Expected seconds at speed 1 that are left of it.
    pub time: i64,
    /// Seconds at speed 1 of it that were done before it was paused.
    pub done: i64,
    shape: Rc<Shape>,
}

impl Deref for Task {
    type Target = Shape;

    fn deref(&self) -> &Shape {
        &self.shape
    }
}

/// Where the plan before had a stage: the number of its slot among all, and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    pub slot: usize,
    pub end: i64,
}

/// How much of a stage is left to plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    Open,
    /// Ended; by this resource, unless it was a hand-back or the resource is gone.
    Done {
        resource: Option<usize>,
        end: i64,
    },
    /// Accepted or running: stays on its slot.
    Fixed {
        resource: usize,
        slot: usize,
        start: i64,
        end: i64,
        running: bool,
    },
}

impl Job<'_> {
    /// Whether its stages may be planned at all.
    pub fn free(&self) -> bool {
        self.route.is_some() && self.shut.is_empty() && self.earlier.is_none()
    }

    /// The tier of a part of it, before it rises.
    pub const fn part_tier(&self, part: Part) -> u8 {
        match part {
            Part::Rest => self.rest_tier,
            Part::Whole | Part::Device => self.tier,
        }
    }

    /// Where what is in a tier of this job is ranked: its own tier rises once it has waited longest, and where a person raised
    /// or lowered it, all of it comes no lower, or no higher, than they said.
    pub fn risen(&self, tier: u8) -> u8 {
        let rest = if tier == self.rest_tier { self.effective_rest } else { tier };
        let aged = if tier == self.tier { self.effective_tier } else { rest };
        match self.raised {
            Some(to) if to < self.tier => aged.min(to),
            Some(to) => tier.max(to),
            None => aged,
        }
    }

    /// The stage behind a task.
    pub fn stage(&self, task: usize) -> Option<&Stage> {
        self.route?.stages.get(task)
    }
}

impl Task {
    /// The slot on which somebody reckons with it: who was asked, or, if the plan before counts, who was to do it.
    pub fn reckoned_on(&self, as_told: bool) -> Option<usize> {
        self.offered.or(self.told.filter(|_| as_told).map(|told| told.slot))
    }

    /// Expected seconds on a resource.
    pub fn time_on(&self, resource: &Resource) -> i64 {
        self.time_at(resource.speed)
    }

    /// Expected seconds at a speed in percent; a machine runs as fast for everyone.
    pub fn time_at(&self, speed: u32) -> i64 {
        if self.attended { (self.time * 100 + i64::from(speed) - 1) / i64::from(speed) } else { self.time }
    }
}

impl<'a> Instance<'a> {
    /// The unit at `now`, as arrays.
    pub fn of(unit: &'a Unit, now: Timestamp) -> Self {
        let establishment = &*unit.establishment;
        let mut instance = Self {
            unit,
            now: now.unix(),
            resources: Vec::new(),
            pools: Vec::new(),
            resource_of: Vec::new(),
            windows: Vec::new(),
            returns: establishment.sites.iter().map(|site| site.return_windows(&establishment.zone, now)).collect(),
            travel: travel(establishment),
            jobs: Vec::new(),
        };
        instance.add_resources(now);
        instance.add_jobs(now);
        instance
    }

    /// How many slots there are in all.
    pub fn slots(&self) -> usize {
        self.resource_of.len()
    }

    fn add_jobs(&mut self, now: Timestamp) {
        let mut forms = Forms::default();
        let cases = staged_cases(self.unit);
        let jobs = self.unit.submissions.values().filter_map(|submission| self.job(submission, now, &cases, &mut forms));
        let mut jobs: Vec<Job> = jobs.collect();
        for job in &mut jobs {
            let (trip, home) = (Seconds(job.trip), job.home);
            job.clocks = job.submission.running(now).map(|clock| job_clock(clock, trip, &mut self.returns[home])).collect();
        }
        self.jobs = jobs;
    }

    fn job(&self, submission: &'a Submission, now: Timestamp, cases: &Cases, forms: &mut Forms<'a>) -> Option<Job<'a>> {
        let establishment = &*self.unit.establishment;
        let route = self.unit.route_of(submission);
        let facts = &submission.facts;
        let home = site_index(establishment, facts.home())?;
        let mut job = Job {
            submission,
            number: submission.number,
            key: submission.key(),
            route,
            tasks: Vec::new(),
            backward: Rc::from([]),
            parts: false,
            shut: route.map(|route| submission.shut_gates(route, now).collect()).unwrap_or_default(),
            told_clear_by: None,
            earlier: cases.earlier(submission),
            stands: self.device(submission, now)?,
            device: self.device(submission, now)?,
            home,
            trip: facts.trip.unwrap_or(establishment.sites[home].to_owner).0,
            owner_present_until: facts.owner_present_until.map(Timestamp::unix),
            clocks: Vec::new(),
            tier: submission.tier(now),
            rest_tier: submission.tier(now),
            effective_tier: 0,
            effective_rest: 0,
            raised: submission.raised(now),
            reranked: false,
        };
        job.effective_tier = effective_tier(&self.unit.policy, &job, job.tier, now);
        if let Some(route) = route {
            let form = forms.of(route, facts.level, &facts.device, self);
            (job.parts, job.backward) = (form.parts, Rc::clone(&form.backward));
            let rest = (0..route.stages.len()).find(|stage| !route.stages[*stage].needs_device());
            job.rest_tier = rest.map_or(job.tier, |stage| submission.stage_tier(route, stage, now));
            job.effective_rest = effective_tier(&self.unit.policy, &job, job.rest_tier, now);
            let stages = route.stages.iter().zip(&form.shapes).enumerate();
            job.tasks.extend(stages.map(|(index, (stage, shape))| {
                let given = self.unit.assignment_of(submission, index);
                let earlier = given.and_then(|given| given.earlier.as_ref());
                let on = |given: &Assignment| self.slot(&given.slot);
                Task {
                    state: self.state(submission, index),
                    offered: given.filter(|given| given.state == AssignmentState::Offered).and_then(on),
                    kept: given.filter(|given| given.is_paused()).and_then(on),
                    barred: self.barred(submission, index),
                    told: None,
                    time: self.unit.time_left(submission, stage, earlier).0,
                    done: earlier.map_or(0, |earlier| earlier.worked.0),
                    shape: Rc::clone(shape),
                }
            }));
        }
        Some(job)
    }

    fn device(&self, submission: &Submission, now: Timestamp) -> Option<(usize, i64)> {
        let facts = &submission.facts;
        let site = |id: &SiteId| site_index(&self.unit.establishment, id);
        match &submission.device {
            Whereabouts::At { site: at, since } => Some((site(at)?, since.unix().max(now.unix()))),
            _ => Some((site(&facts.site)?, facts.delivered_at.unwrap_or(now).unix().max(now.unix()))),
        }
    }

    /// The resources that a stage is not tried on again.
    fn barred(&self, submission: &Submission, stage: usize) -> Vec<usize> {
        if submission.failures.is_empty() {
            return Vec::new();
        }
        let barred = self.unit.barred(submission, stage);
        (0..self.resources.len()).filter(|resource| barred.contains(&&self.resources[*resource].resource.id)).collect()
    }

    /// The number of a slot among all; none where its resource is gone.
    pub fn slot(&self, slot: &Slot) -> Option<usize> {
        let place = self.resources.iter().find(|place| place.resource.id == slot.resource)?;
        Some(place.first_slot + slot.slot.saturating_sub(1) as usize)
    }

    fn state(&self, submission: &Submission, index: usize) -> TaskState {
        let find = |id: &ResourceId| self.resources.iter().position(|place| place.resource.id == *id);
        match submission.stages.get(index) {
            Some(StageState::Done(done) | StageState::Dropped(done)) => {
                TaskState::Done { resource: done.slot.as_ref().and_then(|slot| find(&slot.resource)), end: done.end.unix() }
            }
            Some(StageState::Assigned(_)) => {
                let Some(assignment) = self.unit.assignment_of(submission, index) else { return TaskState::Open };
                let Some(resource) = find(&assignment.slot.resource) else { return TaskState::Open };
                let slot = self.resources[resource].first_slot + assignment.slot.slot.saturating_sub(1) as usize;
                let (planned_start, planned_end) = (assignment.start.unix(), assignment.end.unix());
                match assignment.state {
                    AssignmentState::Offered | AssignmentState::Paused { .. } => TaskState::Open,
                    // Work that takes longer than expected is expected to end any moment; it is never over by itself.
                    AssignmentState::Started { at } => {
                        let end = planned_end.max(self.now + 60);
                        TaskState::Fixed { resource, slot, start: at.unix(), end, running: true }
                    }
                    // Whether it can still begin when it was to is seen when what is fixed is laid out together.
                    AssignmentState::Accepted { .. } => {
                        TaskState::Fixed { resource, slot, start: planned_start, end: planned_end, running: false }
                    }
                }
            }
            Some(StageState::Open) | None => TaskState::Open,
        }
    }
}

/// The number of a site.
pub fn site_index(establishment: &Establishment, id: &SiteId) -> Option<usize> {
    establishment.sites.iter().position(|site| site.id == *id)
}

fn travel(establishment: &Establishment) -> Vec<Vec<i64>> {
    let sites = &establishment.sites;
    let row = |from| sites.iter().map(|to| establishment.travel_time(from, &to.id).0).collect();
    sites.iter().map(|from| row(&from.id)).collect()
}

fn job_clock<'a>(clock: &'a Clock, trip: Seconds, returns: &mut Windows) -> JobClock<'a> {
    let effective = clock.effective(trip, returns).map(Timestamp::unix);
    let due = clock.due.unix();
    // A device that no window is long enough for still ranks by its due.
    let lead = due - effective.unwrap_or(due);
    JobClock { clock, due, effective, rank: clock.rank_due.unix() - lead }
}

/// The tier in which what is of a tier is ranked: that, or one less once its longest wait has passed, counted from when
/// its gates were met so that sitting on an exhibit gains nothing.
fn effective_tier(policy: &Policy, job: &Job, tier: u8, now: Timestamp) -> u8 {
    let (Some(route), true) = (job.route, job.shut.is_empty()) else { return tier };
    let facts = &job.submission.facts;
    let met = route.gates.iter().filter_map(|gate| facts.gate_opens(*gate)).max().unwrap_or(Timestamp::MIN).max(facts.taken_at);
    match policy.tier(tier).and_then(|tier| tier.longest_wait) {
        Some(longest) if now - met >= longest && tier > policy.never_above => tier - 1,
        _ => tier,
    }
}

/// The smallest open rank of each staged case.
struct Cases(BTreeMap<i64, (u32, String, QueueNumber)>);

fn staged_cases(unit: &Unit) -> Cases {
    let mut first = BTreeMap::new();
    for submission in unit.submissions.values() {
        let Some(rank) = submission.facts.case_rank.filter(|_| submission.is_unfinished()) else { continue };
        // By reference where ranks are equal, so that the order in which they came in decides nothing.
        let this = (rank, submission.key(), submission.number);
        match first.get_mut(&submission.case.0) {
            Some(smallest) if *smallest <= this => {}
            Some(smallest) => *smallest = this,
            None => {
                first.insert(submission.case.0, this);
            }
        }
    }
    Cases(first)
}

impl Cases {
    fn earlier(&self, submission: &Submission) -> Option<QueueNumber> {
        let rank = submission.facts.case_rank?;
        self.0.get(&submission.case.0).filter(|(first, ..)| *first < rank).map(|(.., number)| *number)
    }
}

/// Whether a job's milestone can be planned: it has stages that lead to it.
pub fn leads_to(task: &Task, milestone: Milestone) -> bool {
    match milestone {
        Milestone::Extracted => task.holds,
        Milestone::DeviceBack => task.returns,
        Milestone::Results => !task.returns,
    }
}
