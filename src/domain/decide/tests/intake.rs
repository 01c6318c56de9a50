use crate::domain::columns::{compare, fill};
use crate::domain::command::{Command, Kind};
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::refusal::Refusal;
use crate::domain::submission::{LockState, Request};
use crate::domain::testing::*;
use crate::domain::unit::Whereabouts;

fn register(request: &Request) -> Command {
    Command::Register(Box::new(request.clone()))
}

/// The wrong fields of a victim's phone with this changed.
fn wrong(change: impl FnOnce(&mut Request)) -> Vec<&'static str> {
    let mut request = victims_phone("AB/1");
    change(&mut request);
    World::new().wrong_fields(register(&request))
}

#[test]
fn a_submission_gets_a_number_a_case_a_route_and_clocks() {
    let mut world = World::new();
    let phone = world.registers(victims_phone("AB/1"));
    let other = world.registers(ready_phone("AB/2"));
    let row = world.row(phone);
    assert_eq!((phone, other), (QueueNumber(1), QueueNumber(2)));
    assert_eq!((row.case, world.row(other).case), (CaseId(1), CaseId(1)), "one crime reference, one case");
    assert_eq!(row.route.as_ref().map(|route| route.as_str()), Some("owner-waits"));
    assert_eq!((row.stages.len(), &row.device), (5, &Whereabouts::NotDelivered));
    let promises: Vec<_> = row.clocks.iter().map(|clock| (clock.promise.as_str(), clock.due)).collect();
    assert_eq!(promises, [("victim-phone", at("24T07:40"))]);
    assert_eq!(world.row(other).clocks.len(), 2, "delivery starts the clock that counts from it");
    assert_eq!(world.row(other).device, Whereabouts::At { site: "north".into(), since: at("23T08:25") });
}

#[test]
fn a_reference_of_another_crime_is_another_case() {
    let mut world = World::new();
    world.registers(victims_phone("AB/1"));
    let mut request = victims_phone("AB/1");
    request.particulars.crime_ref = "NS/2026/10433".into();
    let number = world.registers(request);
    assert_eq!(world.row(number).case, CaseId(2));
}

#[test]
fn a_submission_that_no_route_matches_waits_for_one_and_stays_open() {
    let mut world = World::new();
    let mut request = suspects_laptop("CD/1");
    request.facts.level = 1;
    let number = world.registers(request);
    assert_eq!((world.row(number).route.clone(), world.row(number).stages.len()), (None, 0));
    assert!(world.unit.submissions.contains_key(&number));
}

#[test]
fn before_any_file_is_adopted_nothing_can_be_registered() {
    assert_eq!(World::empty().refuses(register(&victims_phone("AB/1"))), "not_founded");
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let fields = wrong(|request| {
        request.facts.device = "fridge".into();
        request.facts.offence = "parking".into();
        request.facts.risk = words(&["rain"]);
        request.facts.site = "moon".into();
        request.particulars.oic = " ".into();
        request.facts.level = 0;
    });
    assert_eq!(fields, ["offence", "device", "risk", "site", "oic", "level"]);
    let refusal = World::new().tries(&register(&{
        let mut request = victims_phone("AB/1");
        request.facts.device = "fridge".into();
        request
    }));
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.kind(), Kind::Invalid);
    assert!(refusal.to_string().contains("phone, tablet"), "says which words there are: {refusal}");
}

#[test]
fn a_request_must_make_sense() {
    assert_eq!(wrong(|r| r.facts.taken_at = at("23T08:01")), ["taken_at"]);
    assert_eq!(wrong(|r| r.facts.delivered_at = Some(at("23T07:39"))), ["delivered_at"]);
    assert_eq!(wrong(|r| r.particulars.authorised_by = Some(" dc 2231".into())), ["authorised_by"]);
    assert_eq!(wrong(|r| r.particulars.crime_ref = "A|B".into()), ["crime_ref"]);
    assert_eq!(wrong(|r| r.particulars.exhibit_ref = String::new()), ["exhibit_ref"]);
    assert_eq!(wrong(|r| r.particulars.request = 0), ["request"]);
    assert_eq!(wrong(|r| r.facts.return_site = Some("moon".into())), ["return_site"]);
    assert_eq!(wrong(|r| r.facts.trip = Some(crate::domain::time::Seconds(-1))), ["trip"]);
    assert_eq!(
        wrong(|r| {
            r.particulars.scope_from = "2026-11-02".parse().ok();
            r.particulars.scope_to = "2026-11-01".parse().ok();
        }),
        ["scope_to"]
    );
}

#[test]
fn a_pin_in_free_text_is_refused() {
    for text in ["482913", "48 29 13", "PIN: 4829", "unlocks with 482913", "the passcode is 0000"] {
        let fields = wrong(|r| {
            r.particulars.legal_basis = Some(text.into());
            r.facts.legal_basis = true;
        });
        assert_eq!(fields, ["legal_basis"], "{text}");
    }
    for text in ["PACE s.19", "DC 2231 asked", "warrant 20261123/7", "see NS/2026/10411"] {
        let mut request = victims_phone("AB/1");
        request.particulars.legal_basis = Some(text.into());
        request.facts.legal_basis = true;
        World::new().registers(request);
    }
}

#[test]
fn an_instant_after_now_in_a_gate_is_taken_and_leaves_the_gate_shut() {
    let mut request = ready_phone("AB/1");
    request.facts.delivered_at = Some(at("23T11:00"));
    let mut world = World::new();
    let number = world.registers(request);
    let assign = world.assign(number, 0, slot("operators-north", 1));
    assert_eq!(world.at("23T10:59").refuses(assign), "gate_shut");
}

#[test]
fn asking_again_for_the_same_changes_nothing() {
    let mut world = World::new();
    world.registers(victims_phone("AB/1"));
    assert!(world.does(register(&victims_phone("AB/1"))).is_empty());
}

#[test]
fn asking_again_after_its_gates_opened_changes_nothing_either() {
    let mut world = World::new();
    let number = world.registers(victims_phone("AB/1"));
    world.does(Command::RecordAgreement { number, agreement_at: at("23T08:00"), notice_at: at("23T07:50"), terms: None });
    world.does(Command::Deliver { number, site: "north".into(), at: at("23T07:59"), by: None, seal: None });
    assert!(world.does(register(&victims_phone("AB/1"))).is_empty(), "an empty column says nothing against what is recorded");
}

#[test]
fn asking_otherwise_is_refused_and_says_in_which_columns() {
    let mut world = World::new();
    world.registers(victims_phone("AB/1"));
    let mut request = victims_phone("AB/1");
    request.facts.taken_at = at("23T07:00");
    request.particulars.model = Some("iPhone 14".into());
    let refusal = world.tries(&register(&request)).unwrap_err();
    let Refusal::Differs { number, differences } = &refusal else { panic!("{refusal}") };
    let columns: Vec<_> = differences.iter().map(|d| (d.column, d.old.as_str(), d.new.as_str(), d.fillable)).collect();
    assert_eq!(*number, QueueNumber(1));
    assert_eq!(columns, [("model", "", "iPhone 14", true), ("taken_at", "2026-11-23T07:40:00Z", "2026-11-23T07:00:00Z", false)]);
    assert_eq!((refusal.code(), refusal.kind()), ("differs", Kind::Conflict));
}

#[test]
fn a_row_of_a_closed_submission_is_recognised_too() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    complete(&mut world, number);
    assert!(!world.unit.submissions.contains_key(&number), "it is closed");
    assert!(world.does(register(&ready_phone("AB/1"))).is_empty());
}

/// Everything done and the phone back by 16:00.
fn complete(world: &mut World, number: QueueNumber) {
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    world.works(number, 1, slot("kiosk-north", 1), "23T10:20");
    world.works(number, 2, slot("operators-north", 1), "23T10:40");
    world.works(number, 4, slot("okafor", 1), "23T13:00");
    world.at("23T16:00").does(to_owner(number, "23T15:30"));
}

#[test]
fn what_was_empty_is_filled_in_by_the_commands_that_record_it() {
    let mut world = World::new();
    let mut first = victims_phone("AB/1");
    first.facts.lock_state = LockState::Unknown;
    let number = world.registers(first.clone());
    let mut full = ready_phone("AB/1");
    full.particulars.legal_basis = Some("PACE s.19".into());
    full.facts.legal_basis = true;
    full.particulars.make = Some("Apple".into());
    let differences = compare(&first, &full);
    assert!(differences.iter().all(|difference| difference.fillable), "{differences:?}");
    world.at("23T09:00");
    let commands = fill(number, &full, &differences);
    let kinds: Vec<String> = commands.into_iter().flat_map(|command| world.does(command)).collect();
    assert_eq!(
        kinds,
        [
            "agreement_recorded",
            "legal_basis_recorded",
            "authorised",
            "delivered",
            "pin_status_recorded",
            "return_authorised",
            "corrected"
        ]
    );
    assert!(world.does(register(&full)).is_empty(), "now it is the same");
    assert_eq!(world.row(number).request().unwrap(), full);
}

#[test]
fn half_an_agreement_is_filled_in_as_a_correction_for_the_gate_needs_both() {
    let first = victims_phone("AB/1");
    let mut new = first.clone();
    new.facts.agreement_at = Some(at("23T08:00"));
    let commands = fill(QueueNumber(1), &new, &compare(&first, &new));
    assert!(matches!(&commands[..], [Command::Correct { field, .. }] if field == "agreement_at"), "{commands:?}");
}
