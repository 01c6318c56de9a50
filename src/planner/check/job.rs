//! An open submission and its stages: what the unit says of each, and what the plan does with it.

use std::collections::BTreeMap;

use super::violation::Subject;
use crate::domain::clocks::Clock;
use crate::domain::ids::{CaseId, QueueNumber, ResourceId, Slot};
use crate::domain::policy::{Gate, Milestone, Route, Stage};
use crate::domain::submission::{Facts, LockState};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Assignment, AssignmentState, Done, StageState, Submission, Unit, Whereabouts};
use crate::planner::{Hold, MilestoneForecast, Step, Waiting};

/// An open submission.
pub(super) struct Job<'a> {
    pub submission: &'a Submission,
    pub route: Option<&'a Route>,
    /// One for each stage of the route.
    pub tasks: Vec<Task<'a>>,
    /// Gates of its route that are shut now.
    pub shut: Vec<Gate>,
    /// Exhibits of the same case with a smaller rank and an unfinished stage.
    pub before: Vec<QueueNumber>,
    pub lines: Vec<&'a MilestoneForecast>,
    /// Waiting lines for the submission as a whole.
    pub waiting: Vec<&'a Waiting>,
}

/// A stage of an open submission.
pub(super) struct Task<'a> {
    pub index: usize,
    pub stage: &'a Stage,
    /// The smallest among the promises that apply now, of the results alone where it stands apart from the device; 5 where
    /// none does.
    pub tier: u8,
    pub state: State<'a>,
    pub step: Option<&'a Step>,
    /// Index of the worker that does the step.
    pub worker: Option<usize>,
    pub waiting: Option<&'a Waiting>,
    /// Steps and waiting lines found for it.
    pub times: usize,
}

/// What the unit says of a stage.
#[derive(Clone, Copy)]
pub(super) enum State<'a> {
    /// To be planned; offered work is free to move.
    Open,
    /// Paused: what is left of it is to be planned, where it was begun.
    Paused(&'a Assignment),
    /// Accepted.
    Pinned(&'a Assignment),
    /// Started, and when.
    Running(&'a Assignment, i64),
    Done(&'a Done),
}

impl<'a> State<'a> {
    fn of(unit: &'a Unit, state: Option<&'a StageState>) -> Self {
        let assignment = match state {
            // Work that will not be done is over, and was nobody's.
            Some(StageState::Done(done) | StageState::Dropped(done)) => return Self::Done(done),
            Some(StageState::Assigned(id)) => unit.assignments.get(id),
            Some(StageState::Open) | None => None,
        };
        match assignment.map(|assignment| (assignment, assignment.state)) {
            Some((assignment, AssignmentState::Accepted { .. })) => Self::Pinned(assignment),
            Some((assignment, AssignmentState::Started { at })) => Self::Running(assignment, at.unix()),
            Some((assignment, AssignmentState::Paused { .. })) => Self::Paused(assignment),
            Some((_, AssignmentState::Offered)) | None => Self::Open,
        }
    }

    /// What was begun and put down.
    pub fn paused(self) -> Option<&'a Assignment> {
        match self {
            Self::Paused(assignment) => Some(assignment),
            _ => None,
        }
    }

    /// Where it was taken on.
    pub fn on(self) -> Option<&'a Slot> {
        match self {
            Self::Pinned(given) | Self::Running(given, _) | Self::Paused(given) => Some(&given.slot),
            Self::Open | Self::Done(_) => None,
        }
    }

    /// How fixed a step of it is.
    pub fn hold(self) -> Hold {
        match self {
            Self::Pinned(_) => Hold::Pinned,
            Self::Running(..) => Hold::Running,
            Self::Open | Self::Paused(_) | Self::Done(_) => Hold::Free,
        }
    }
}

impl<'a> Task<'a> {
    /// When it ended or is to end; none while it waits.
    pub fn end(&self) -> Option<i64> {
        match self.state {
            State::Done(done) => Some(done.end.unix()),
            _ => self.step.map(|step| step.end.unix()),
        }
    }

    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    /// Who did it or is to do it.
    pub fn person(&self) -> Option<&'a ResourceId> {
        let slot = match self.state {
            State::Done(done) => done.slot.as_ref(),
            _ => self.step.and_then(|step| step.slot.as_ref()),
        };
        slot.map(|slot| &slot.resource)
    }

    /// Whether its step is as the planner wants it.
    pub fn is_free(&self) -> bool {
        matches!(self.state, State::Open | State::Paused(_))
    }
}

impl<'a> Job<'a> {
    pub fn subject(&self, stage: usize) -> Subject {
        let name = self.route.and_then(|route| route.stages.get(stage)).map(|stage| stage.name.clone());
        Subject { submission: self.submission.number, stage: Some(stage), name }
    }

    pub fn facts(&self) -> &'a Facts {
        &self.submission.facts
    }
}

/// The gates that are shut at `now`, by the comments in the policy file; a device that went home with a stage that needs
/// it unfinished is not delivered. Nothing is planned of what is parked, nor while its device is outside.
fn shut_gates(route: &Route, submission: &Submission, now: i64) -> Vec<Gate> {
    let facts = &submission.facts;
    let met = |at: Option<Timestamp>| at.is_some_and(|at| at.unix() <= now);
    let shut = |gate: &Gate| match gate {
        Gate::Agreement => !(met(facts.agreement_at) && met(facts.notice_at)),
        Gate::LegalBasis => !facts.legal_basis,
        Gate::Authorisation => !met(facts.authorised_at),
        Gate::Delivery => !met(facts.delivered_at),
        Gate::Pin => facts.lock_state != LockState::Unlocked && facts.lock_state != LockState::PinHeld,
        // No route names these.
        Gate::Parked | Gate::Outside | Gate::Confidential => false,
    };
    // A device whose examination was ended goes home whatever else was not met.
    let matters = |gate: &Gate| submission.removed.is_none() || *gate == Gate::Delivery;
    let mut gates: Vec<Gate> = route.gates.iter().copied().filter(matters).filter(shut).collect();
    if submission.parked.is_some() {
        gates.push(Gate::Parked);
    }
    if submission.removed.is_none() && submission.confidential.as_ref().is_some_and(|noted| noted.cleared.is_none()) {
        gates.push(Gate::Confidential);
    }
    if let Whereabouts::Outside { .. } = submission.device {
        gates.push(Gate::Outside);
    }
    if let Whereabouts::SignedOut { .. } | Whereabouts::Returned { .. } = submission.device {
        let mut holding = (0..route.stages.len()).filter(|stage| route.stages[*stage].holds_device);
        if !holding.all(|stage| matches!(submission.stages[stage], StageState::Done(_) | StageState::Dropped(_))) {
            gates.push(Gate::Delivery);
        }
    }
    gates.sort_unstable();
    gates.dedup();
    gates
}

/// Every open submission, by number; nothing of the plan beside it yet.
pub(super) fn jobs(unit: &Unit, now: i64) -> Vec<Job<'_>> {
    let ranked = ranked(unit);
    let submissions = unit.submissions.values().map(AsRef::as_ref);
    let job = |submission| job(unit, submission, now, &ranked);
    submissions.map(job).collect()
}

type Ranked = BTreeMap<CaseId, Vec<(u32, QueueNumber)>>;

/// Exhibits with a rank in their case that have an unfinished stage.
fn ranked(unit: &Unit) -> Ranked {
    let mut ranked = Ranked::new();
    for submission in unit.submissions.values() {
        let unfinished = submission.stages.iter().any(|state| !matches!(state, StageState::Done(_)));
        if let (Some(rank), true, None) = (submission.facts.case_rank, unfinished, &submission.removed) {
            ranked.entry(submission.case).or_default().push((rank, submission.number));
        }
    }
    ranked
}

fn job<'a>(unit: &'a Unit, submission: &'a Submission, now: i64, ranked: &Ranked) -> Job<'a> {
    let route = submission.route.as_ref().and_then(|name| unit.policies.get(&submission.policy)?.route(name));
    let stages = route.map_or(&[][..], |route| &route.stages);
    let applying = |c: &&Clock| c.applies_from.unix() <= now && now < c.ends_at.unix();
    let tier = |results: bool| {
        let clocks = submission.clocks.iter().filter(applying).filter(|c| !results || c.milestone == Milestone::Results);
        clocks.map(|clock| clock.tier).min().unwrap_or(5)
    };
    let apart = route.is_some_and(stands_apart);
    let tasks = stages.iter().enumerate().map(|(index, stage)| Task {
        index,
        stage,
        tier: tier(apart && !touches(stage)),
        state: State::of(unit, submission.stages.get(index)),
        step: None,
        worker: None,
        waiting: None,
        times: 0,
    });
    let in_case = ranked.get(&submission.case).filter(|_| submission.facts.case_rank.is_some());
    let before = in_case.into_iter().flatten().filter(|(rank, _)| Some(*rank) < submission.facts.case_rank);
    Job {
        submission,
        route,
        tasks: tasks.collect(),
        shut: route.map_or_else(Vec::new, |route| shut_gates(route, submission, now)),
        before: before.map(|(_, number)| *number).collect(),
        lines: Vec::new(),
        waiting: Vec::new(),
    }
}

/// Whether a stage has to do with the device itself.
fn touches(stage: &Stage) -> bool {
    stage.holds_device || stage.returns_device
}

/// Whether a route's work on the device waits for nothing, and for nobody's hands, of its work without the device.
fn stands_apart(route: &Route) -> bool {
    let stages = &route.stages;
    let crosses = |a: usize, b: usize| touches(&stages[a]) != touches(&stages[b]);
    let tied = stages.iter().enumerate().any(|(a, stage)| {
        let hands = stage.same_person_as.iter().chain(&stage.different_person_from);
        hands.chain(stage.after.iter().filter(|_| touches(stage))).any(|b| crosses(a, *b))
    });
    !tied && stages.iter().any(touches) && !stages.iter().all(touches)
}
