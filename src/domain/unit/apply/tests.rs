use super::Inconsistent;
use crate::domain::command::{Command, Supervised};
use crate::domain::entry::{Entry, GENESIS, Unreadable};
use crate::domain::event::{Change, Event, FailureCause, Pause, ReleaseCause, Sealed, Treatment};
use crate::domain::flags::Flags;
use crate::domain::ids::{AssignmentId, BreachId, CaseId, QueueNumber};
use crate::domain::submission::LockState;
use crate::domain::testing::*;
use crate::domain::unit::{Ending, ParkCause, Proof, Receiver, Returned, Unit};

fn event(change: Change) -> Event {
    Event { happened_at: at("23T09:00"), change, sealed: Sealed::default() }
}

/// Everything that speaks of something that does not exist.
fn about_nothing() -> Vec<Change> {
    let (number, assignment, breach, at) = (QueueNumber(9), AssignmentId(9), BreachId(9), at("23T09:00"));
    let (site, promise) = ("north".into(), "victim-phone".into());
    let milestone = crate::domain::policy::Milestone::DeviceBack;
    vec![
        Change::AgreementRecorded { number, agreement_at: at, notice_at: at, terms: None },
        Change::LegalBasisRecorded { number },
        Change::Authorised { number, at, clocks: Vec::new() },
        Change::PinStatusRecorded { number, lock_state: LockState::Afu },
        Change::Delivered { number, site, at, clocks: Vec::new() },
        Change::Moved { number, site: "north".into(), at },
        Change::ReturnAuthorised { number },
        Change::Collected { number, at },
        Change::Returned { number, returned: Returned { at, received_by: Receiver::Owner, proof: Proof::Code }, stage: None },
        Change::ReturnCorrected { number, field: "returned_at".into(), returned: None, stage: None },
        Change::Corrected {
            number,
            case: CaseId(1),
            field: "make".into(),
            facts: victims_phone("AB/1").facts,
            route: None,
            policy: String::new(),
            stages: 0,
            clocks: Vec::new(),
            flags: Flags::default(),
        },
        Change::Treated(Treatment::Parked { number, cause: ParkCause::Tool, review_at: at }),
        Change::Treated(Treatment::TakenUp { number }),
        Change::Treated(Treatment::SentOutside { number, at, provider: "Eastern".into(), accreditation: None, due: at }),
        Change::Treated(Treatment::CameBack { number, at, site: "hq".into(), stages: vec![0] }),
        Change::Treated(Treatment::Prioritised { number, tier: Some(2), until: None, by: "DS 1180".into() }),
        Change::Treated(Treatment::ReturnAllowed { number }),
        Change::Treated(Treatment::ScopeChanged { number, wider: false, agreed: None }),
        Change::Assigned { assignment, number, stage: 0, slot: slot("kiosk-hq", 1), start: at, end: at },
        Change::Accepted { assignment, by: "PSE 7002".into(), overrode: None },
        Change::Started { assignment, at, end: at, review_at: None, by: "PSE 7002".into(), overrode: None },
        Change::Finished { assignment, at, tool: None, tool_version: None, hash: None, worked: None, wider: None },
        Change::Failed { assignment, at, cause: FailureCause::Cable, on: None, attempts_left: None },
        Change::Released { assignment, cause: ReleaseCause::NotReady },
        Change::BreachForecast { breach, number, promise, milestone, due: at, expected: None, unavoidable: None },
        Change::Breached { breach, number, promise: "victim-phone".into(), milestone, due: at, unavoidable: None },
        Change::BreachAverted { breach },
        Change::BreachClosed { breach, at },
        Change::BreachAcknowledged { breach, by: "Insp 0450".into() },
        Change::BreachMitigated { breach, at },
        Change::Treated(Treatment::HandsetReserved { number, handset: "spare-1".into() }),
        Change::Treated(Treatment::OwnerTold { number, at, expected: None }),
        Change::Interrupted(Pause::Paused { assignment, at, worked: crate::domain::time::Seconds(1) }),
        Change::BreachReopened { breach },
        Change::BreachVoided { breach },
        Change::BreachDisproved { breach, at },
    ]
}

#[test]
fn an_entry_about_something_unknown_is_an_error_and_changes_nothing() {
    let mut world = World::new();
    world.registers(ready_phone("AB/1"));
    let before = world.unit.clone();
    for change in about_nothing() {
        let refused = world.unit.apply(before.seq + 1, &event(change.clone()));
        assert!(matches!(refused, Err(Inconsistent::Unknown { .. })), "{change:?}");
        assert_eq!(world.unit, before, "{change:?}");
    }
}

#[test]
fn an_entry_about_a_stage_that_is_not_there_or_not_open_is_an_error_too() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.assigns(number, 0, slot("operators-north", 1));
    let before = world.unit.clone();
    let (assignment, at) = (AssignmentId(2), at("23T09:00"));
    for stage in [0, 77] {
        let change = Change::Assigned { assignment, number, stage, slot: slot("kiosk-hq", 1), start: at, end: at };
        assert!(world.unit.apply(before.seq + 1, &event(change)).is_err());
    }
    let returned = Returned { at, received_by: Receiver::Owner, proof: Proof::Code };
    let change = Change::Returned { number, returned, stage: Some(77) };
    assert!(world.unit.apply(before.seq + 1, &event(change)).is_err());
    assert_eq!(world.unit, before);
}

#[test]
fn entries_are_applied_in_their_order_each_once() {
    let world = World::new();
    let mut unit = Unit::empty();
    assert_eq!(unit.apply_entry(&world.entries[1]), Err(Inconsistent::Order { seq: 2, last: 0 }));
    unit.apply_entry(&world.entries[0]).unwrap();
    assert_eq!(unit.apply_entry(&world.entries[0]), Err(Inconsistent::Order { seq: 1, last: 1 }));
}

#[test]
fn an_entry_of_a_newer_program_stops_the_node_with_a_clear_message() {
    let mut world = World::new();
    let mut entry = world.entries[1].clone();
    entry.seq = 3;
    entry.v = 2;
    let refused = world.unit.apply_entry(&entry).unwrap_err();
    assert!(matches!(refused, Inconsistent::Unreadable(Unreadable::Unknown { seq: 3, v: 2, .. })));
    assert!(refused.to_string().contains("newer dfqueue"));
}

#[test]
fn what_leaves_the_unit_is_told_for_the_tables_to_keep() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let assignment = world.starts(number, 0, slot("operators-north", 1));
    world.at("23T09:20").does(finish(assignment, "23T09:20"));
    let (row, ending) = &world.rows.assignments[&assignment];
    assert_eq!((row.start, row.version), (at("23T09:00"), world.unit.seq));
    assert!(matches!(ending, Some(Ending::Finished { .. })));
    world.does(Command::ForecastBreach { number, promise: "victim-phone".into(), expected: None });
    world.does(Command::AvertBreach { breach: BreachId(1) });
    assert_eq!(world.rows.breaches[&BreachId(1)], None);
    assert_eq!(world.unit.next.breach, 2, "a number is given once");
}

#[test]
fn a_redacted_ledger_folds_to_a_unit_without_particulars_or_references() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.does(Command::Correct {
        number,
        field: "make".into(),
        value: "Apple".into(),
        reason: "misread".into(),
        supervised: Supervised::No,
    });
    world.does(Command::RecordLegalBasis { number, basis: "PACE s.19".into() });
    let redacted = |entry: &Entry| Entry { sealed: None, salt: None, ..entry.clone() };
    let mut unit = Unit::empty();
    for entry in world.entries.iter().map(redacted) {
        unit.apply_entry(&entry).unwrap();
    }
    let submission = &unit.submissions[&number];
    assert_eq!((submission.particulars.clone(), submission.key()), (None, "Q1".into()));
    assert!(unit.references.is_empty() && unit.cases.is_empty());
    assert_eq!(submission.facts, world.row(number).facts, "what rules read stays");
    let chain = world.entries.iter().map(redacted).fold(GENESIS, |previous, entry| entry.expected_chain(&previous));
    assert_eq!(chain, world.entries.last().unwrap().chain, "and the chain stays whole");
}

/// Entries carry results: what an older program wrote gives the unit that it gave then.
#[test]
fn an_entry_from_before_flags_were_kept_sets_none() {
    let mut world = World::new();
    let before = world.unit.clone();
    let mut laptop = suspects_laptop("CD/1");
    laptop.facts.life_at_risk = true;
    let number = world.at("23T09:00").registers(laptop);
    assert!(!world.row(number).flags.is_empty());
    let mut written: serde_json::Value = serde_json::from_str(&world.entries.last().unwrap().facts).unwrap();
    written.as_object_mut().unwrap().remove("flags").expect("what an older program did not write");
    let mut unit = before;
    unit.apply(unit.seq + 1, &event(serde_json::from_value(written).unwrap())).unwrap();
    assert!(unit.submissions.get(&number).unwrap().flags.is_empty());
}
