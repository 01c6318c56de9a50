//! The plan made by hand: a victim's phone at a police station, a suspect's laptop in the laboratory, and a phone that
//! nobody has agreed to yet; planned on Monday, 23 November 2026 at 09:00.

use std::sync::Arc;

use crate::domain::clocks::clocks;
use crate::domain::flags::Flags;
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::policy::Milestone;
use crate::domain::submission::{LockState, Request};
use crate::domain::testing::{at, establishment, policy, ready_phone, slot, span, suspects_laptop, victims_phone};
use crate::domain::time::Timestamp;
use crate::domain::unit::{StageState, Submission, Unit, Whereabouts};
use crate::planner::{Hold, MilestoneForecast, Plan, Reason, Step, TierObjective, Waiting};

fn put(unit: &mut Unit, number: i64, request: Request) {
    let Request { facts, particulars } = request;
    let route = unit.policy.route_for(&facts).unwrap();
    let submission = Submission {
        number: QueueNumber(number),
        case: CaseId(number),
        version: 1,
        registered_at: facts.taken_at,
        particulars: Some(particulars),
        policy: unit.policy.version.clone(),
        route: Some(route.name.clone()),
        stages: vec![StageState::Open; route.stages.len()],
        clocks: clocks(&facts, &Flags::default(), &unit.policy, &unit.establishment),
        device: facts.delivered_at.map_or(Whereabouts::NotDelivered, |since| Whereabouts::At { site: facts.site.clone(), since }),
        returned: None,
        too_late: Vec::new(),
        removed: None,
        terms: None,
        parked: None,
        priority: None,
        flags: Flags::default(),
        offer: None,
        appointment: None,
        confidential: None,
        withheld: None,
        handset: None,
        owner_told: None,
        results_received_at: None,
        taken_on: Vec::new(),
        failures: Vec::new(),
        facts,
    };
    unit.submissions.insert_mut(submission.number, Arc::new(submission));
}

/// Changes the facts of a submission, and nothing that follows from them.
pub fn edit(unit: &mut Unit, number: i64, change: impl FnOnce(&mut Submission)) {
    let mut submission = (**unit.submissions.get(&QueueNumber(number)).unwrap()).clone();
    change(&mut submission);
    unit.submissions.insert_mut(submission.number, Arc::new(submission));
}

/// A step of one piece, or of none without a slot.
pub fn step(number: i64, stage: usize, on: Option<(&str, u32)>, from: &str, until: &str) -> Step {
    let (start, end) = (at(from), at(until));
    Step {
        submission: QueueNumber(number),
        stage,
        slot: on.map(|(resource, place)| slot(resource, place)),
        start,
        end,
        segments: if on.is_some() { vec![(start, end)] } else { Vec::new() },
        because: Vec::new(),
        hold: Hold::Free,
    }
}

/// The same, later than now because of another stage.
fn after(step: Step, stage: &str, until: &str) -> Step {
    Step { because: vec![Reason::PreviousStage { stage: stage.into(), until: Some(at(until)) }], ..step }
}

fn line(
    number: i64,
    milestone: Milestone,
    reached: &str,
    (promise, tier): (&str, u8),
    due: &str,
    effective: &str,
) -> MilestoneForecast {
    MilestoneForecast {
        submission: QueueNumber(number),
        milestone,
        at: at(reached),
        promise: promise.into(),
        tier,
        due: at(due),
        effective_due: Some(at(effective)),
    }
}

fn waiting(stage: usize, previous: Option<&str>) -> Waiting {
    let shut = [
        Reason::NoAgreement { agreed: false, notice: false },
        Reason::NotAuthorised,
        Reason::NotDelivered,
        Reason::NoPin { lock_state: LockState::Unknown },
    ];
    let previous = previous.map(|stage| Reason::PreviousStage { stage: stage.into(), until: None });
    Waiting {
        submission: QueueNumber(3),
        stage: Some(stage),
        reasons: shut.into_iter().chain(previous).collect(),
        clear_by: Some(at("23T17:30")),
        if_cleared_now: Some(vec![line(3, Milestone::DeviceBack, "23T12:00", ("victim-phone", 1), "24T07:40", "23T21:00")]),
    }
}

fn unit() -> Unit {
    let mut policy = policy();
    // Long enough to go on the next day.
    policy.routes[1].stages[3].base = span("8h");
    let mut unit = Unit { seq: 40, ..Unit::founded(establishment(), policy) };
    put(&mut unit, 1, ready_phone("AB/1"));
    put(&mut unit, 2, suspects_laptop("CD/1"));
    let mut third = victims_phone("EF/1");
    third.facts.lock_state = LockState::Unknown;
    put(&mut unit, 3, third);
    unit
}

/// The unit and its plan.
pub fn example() -> (Unit, Plan) {
    let analyse = Step {
        segments: vec![(at("23T11:00"), at("23T18:00")), (at("24T08:00"), at("24T09:00"))],
        ..step(2, 3, Some(("khan", 1)), "23T11:00", "24T09:00")
    };
    let plan = Plan {
        based_on: 40,
        now: at("23T09:00"),
        steps: vec![
            step(1, 0, Some(("operators-north", 1)), "23T09:00", "23T09:30"),
            step(2, 0, Some(("okafor", 1)), "23T09:00", "23T09:30"),
            after(step(1, 1, Some(("kiosk-north", 1)), "23T09:30", "23T10:30"), "prepare", "23T09:30"),
            after(step(2, 1, Some(("khan", 1)), "23T09:30", "23T10:00"), "triage", "23T09:30"),
            after(step(2, 2, Some(("bench", 1)), "23T10:00", "23T11:00"), "prepare", "23T10:00"),
            after(step(1, 2, Some(("operators-north", 1)), "23T10:30", "23T11:00"), "extract", "23T10:30"),
            after(step(1, 3, None, "23T11:00", "23T11:45"), "verify", "23T11:00"),
            after(step(1, 4, Some(("okafor", 1)), "23T11:00", "23T11:30"), "verify", "23T11:00"),
            after(analyse, "extract", "23T11:00"),
            after(step(2, 4, Some(("khan", 1)), "24T09:00", "24T09:30"), "analyse", "24T09:00"),
            after(step(2, 5, Some(("lloyd", 1)), "24T09:30", "24T10:00"), "report", "24T09:30"),
        ],
        guard: Some(crate::planner::Guarded::default()),
        milestones: vec![
            line(1, Milestone::DeviceBack, "23T11:45", ("victim-phone", 1), "24T07:40", "23T21:00"),
            line(1, Milestone::Results, "23T11:30", ("standard", 5), "2027-02-21T08:25:00Z", "2027-02-21T08:25:00Z"),
            line(2, Milestone::Results, "24T10:00", ("rasso-suspect", 3), "2026-12-21T22:10:00Z", "2026-12-21T22:10:00Z"),
            line(2, Milestone::Results, "24T10:00", ("standard", 5), "2027-02-20T09:00:00Z", "2027-02-20T09:00:00Z"),
        ],
        waiting: vec![
            waiting(0, None),
            waiting(1, Some("prepare")),
            waiting(2, Some("extract")),
            waiting(3, Some("verify")),
            waiting(4, Some("verify")),
        ],
        // No rule of plans speaks of what may be.
        if_cleared: Vec::new(),
        order: vec![QueueNumber(1), QueueNumber(2), QueueNumber(3)],
        turns: Vec::new(),
        objective: (0..=5).map(|tier| TierObjective { tier, late: 0, late_seconds: 0 }).collect(),
    };
    (unit(), plan)
}

/// The place in the plan of a stage's step.
pub fn find(plan: &mut Plan, number: i64, stage: usize) -> &mut Step {
    plan.steps.iter_mut().find(|step| step.submission == QueueNumber(number) && step.stage == stage).unwrap()
}

/// Moves a step of one piece.
pub fn place(step: &mut Step, from: Timestamp, until: Timestamp) {
    (step.start, step.end) = (from, until);
    if !step.segments.is_empty() {
        step.segments = vec![(from, until)];
    }
}
