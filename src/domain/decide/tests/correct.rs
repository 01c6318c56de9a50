use crate::domain::columns::COLUMNS;
use crate::domain::command::{Command, Supervised};
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::refusal::Refusal;
use crate::domain::testing::*;
use crate::domain::unit::{BreachState, Whereabouts};

fn correct(number: QueueNumber, field: &str, value: &str) -> Command {
    by(Supervised::Yes, number, field, value)
}

fn by(supervised: Supervised, number: QueueNumber, field: &str, value: &str) -> Command {
    Command::Correct { number, field: field.into(), value: value.into(), reason: "misread the label".into(), supervised }
}

fn ready() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    (world, number)
}

fn due(world: &World, number: QueueNumber, promise: &str) -> Option<crate::domain::time::Timestamp> {
    world.row(number).clocks.iter().find(|clock| clock.promise.as_str() == promise).map(|clock| clock.due)
}

#[test]
fn a_corrected_taking_moves_the_clock_and_the_ledger_keeps_both() {
    let (mut world, number) = ready();
    assert_eq!(world.does(correct(number, "taken_at", "2026-11-23T06:10:00Z")), ["corrected"]);
    assert_eq!(due(&world, number, "victim-phone"), Some(at("24T06:10")));
    assert_eq!(due(&world, number, "standard"), Some(at("23T08:25") + span("90d")), "what does not count from it stays");
    assert!(world.entries[2].facts.contains("2026-11-24T07:40:00Z"), "the old entry stays");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn no_device_has_a_million_gigabytes_and_more() {
    let (mut world, number) = ready();
    assert_eq!(world.wrong_fields(correct(number, "storage_gb", "1000001")), ["storage_gb"]);
    assert_eq!(world.does(correct(number, "storage_gb", "1000000")), ["corrected"]);
    let mut phone = ready_phone("AB/2");
    phone.facts.storage_gb = Some(4_294_967_295);
    assert_eq!(world.wrong_fields(Command::Register(Box::new(phone))), ["storage_gb"]);
}

#[test]
fn every_column_can_be_corrected_and_reads_back_as_it_was_written() {
    for (field, value) in [
        ("force", "Southshire"),
        ("crime_ref", "NS/1"),
        ("exhibit_ref", "AB/9"),
        ("parent", "AB/8"),
        ("request", "2"),
        ("oic", "DC 1"),
        ("team", "CID"),
        ("offence", "drugs"),
        ("owner", "witness"),
        ("device", "tablet"),
        ("make", "Apple"),
        ("model", "iPhone"),
        ("storage_gb", "64"),
        ("lock_state", "bfu"),
        ("taken_at", "2026-11-23T07:00:00Z"),
        ("site", "hq"),
        ("delivered_at", "2026-11-23T08:26:00Z"),
        ("return_site", "hq"),
        ("owner_present_until", "2026-11-23T12:00:00Z"),
        ("trip", "1h30m"),
        ("level", "2"),
        ("scope", "messages;photos"),
        ("scope_from", "2026-11-01"),
        ("scope_to", "2026-11-02"),
        ("agreement_at", "2026-11-23T08:11:00Z"),
        ("notice_at", "2026-11-23T08:06:00Z"),
        ("legal_basis", "consent"),
        ("authorised_by", "DS 1190"),
        ("authorised_at", "2026-11-23T08:31:00Z"),
        ("return_authorised_by", "DS 1190"),
        ("custody_expires_at", "2026-11-24T12:00:00Z"),
        ("bail_at", "2026-12-24T12:00:00Z"),
        ("court_at", "2027-02-24T12:00:00Z"),
        ("evidence_fades_at", "2026-11-24T12:00:00Z"),
        ("risk", "child_at_risk;missing_person"),
        ("repeat_suspect", "true"),
        ("life_at_risk", "true"),
        ("case_rank", "1"),
    ] {
        let (mut world, number) = ready();
        assert_eq!(world.does(correct(number, field, value)), ["corrected"], "{field}");
        let column = COLUMNS.iter().find(|column| column.name == field).unwrap();
        assert_eq!((column.get)(&world.row(number).request().unwrap()), value, "{field}");
        assert!(world.does(correct(number, field, value)).is_empty(), "{field} is that already");
        assert_eq!(world.folded(), world.unit, "{field}");
    }
    assert_eq!(COLUMNS.len(), 38);
}

#[test]
fn a_correction_needs_a_column_a_value_that_can_be_read_and_a_reason() {
    let (mut world, number) = ready();
    assert_eq!(world.wrong_fields(correct(number, "colour", "red")), ["field"]);
    for (field, value) in [
        ("taken_at", "yesterday"),
        ("taken_at", ""),
        ("oic", ""),
        ("storage_gb", "-1"),
        ("storage_gb", "+1"),
        ("level", "0"),
        ("repeat_suspect", "yes"),
        ("owner", "nobody"),
        ("lock_state", "1234"),
        ("device", "fridge"),
        ("site", "moon"),
        ("scope_from", "2026-1-1"),
        ("trip", "soon"),
        ("crime_ref", "a|b"),
        ("authorised_by", "DC 2231"),
        ("legal_basis", "passcode 4829"),
        ("taken_at", "2026-11-23T09:01:00Z"),
    ] {
        let command = correct(number, field, value);
        let Err(Refusal::Invalid(wrong)) = world.tries(&command) else { panic!("{field} {value}") };
        assert!(wrong.iter().any(|error| error.field == field), "{field} {value}: {wrong:?}");
    }
    let supervised = Supervised::No;
    let silent = Command::Correct { number, field: "make".into(), value: "Apple".into(), reason: " ".into(), supervised };
    assert_eq!(world.wrong_fields(silent), ["reason"]);
    assert_eq!(world.refuses(correct(QueueNumber(9), "make", "Apple")), "unknown_submission");
}

#[test]
fn a_corrected_reference_is_found_under_its_new_name_only_and_may_not_be_anothers() {
    let (mut world, number) = ready();
    world.registers(ready_phone("AB/2"));
    assert_eq!(world.refuses(correct(number, "exhibit_ref", "AB/2")), "duplicate");
    world.does(correct(number, "exhibit_ref", "AB/3"));
    let old = world.registers(ready_phone("AB/1"));
    assert_eq!(old, QueueNumber(3), "the old reference is free again");
    world.does(correct(number, "crime_ref", "NS/2"));
    assert_eq!(world.row(number).case, CaseId(2));
    world.does(correct(number, "crime_ref", "NS/2026/10411"));
    assert_eq!(world.row(number).case, CaseId(1));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_is_not_begun_takes_the_route_of_the_corrected_facts() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    world.does(Command::Accept { assignment, at: at("23T09:00"), overrides: None });
    assert_eq!(world.does(correct(number, "level", "2")), ["released", "corrected"]);
    assert_eq!((world.row(number).route.as_ref().unwrap().as_str(), world.row(number).stages.len()), ("lab", 6));
}

#[test]
fn what_is_begun_keeps_its_route_and_what_only_people_read_disturbs_nothing() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    assert_eq!(world.does(correct(number, "make", "Apple")), ["corrected"], "the offer stands");
    world.does(Command::Start { assignment, at: at("23T09:00"), overrides: None });
    assert_eq!(world.does(correct(number, "level", "2")), ["corrected"]);
    assert_eq!((world.row(number).route.as_ref().unwrap().as_str(), world.row(number).stages.len()), ("owner-waits", 5));
    assert!(world.unit.assignments.contains_key(&assignment));
}

#[test]
fn a_corrected_delivery_moves_the_device_unless_it_moved_since() {
    let (mut world, number) = ready();
    world.does(correct(number, "site", "hq"));
    world.does(correct(number, "delivered_at", "2026-11-23T08:40:00Z"));
    assert_eq!(world.row(number).device, Whereabouts::At { site: "hq".into(), since: at("23T08:40") });
    world.does(correct(number, "delivered_at", ""));
    assert_eq!(world.row(number).device, Whereabouts::NotDelivered);
    world.does(correct(number, "delivered_at", "2026-11-23T08:40:00Z"));
    world.at("23T10:00").does(Command::Move { number, site: "north".into(), at: at("23T09:30"), by: None, seal: None });
    world.does(correct(number, "delivered_at", "2026-11-23T08:50:00Z"));
    assert_eq!(world.row(number).device, Whereabouts::At { site: "north".into(), since: at("23T09:30") });
    assert_eq!(world.wrong_fields(correct(number, "delivered_at", "2026-11-23T09:31:00Z")), ["delivered_at"]);
    assert_eq!(world.wrong_fields(correct(number, "delivered_at", "")), ["delivered_at"]);
}

#[test]
fn a_device_in_somebodys_hands_is_where_it_is() {
    let (mut world, number) = ready();
    world.starts(number, 0, slot("operators-north", 1));
    assert_eq!(world.wrong_fields(correct(number, "site", "hq")), ["site"]);
    assert_eq!(world.wrong_fields(correct(number, "delivered_at", "2026-11-23T08:26:00Z")), ["delivered_at"]);
    world.at("23T10:00");
    assert!(world.wrong_fields(correct(number, "taken_at", "2026-11-23T09:01:00Z")).contains(&"taken_at"));
}

#[test]
fn a_correction_that_shows_a_promise_was_missed_or_kept_says_so() {
    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    world.works(number, 1, slot("kiosk-north", 1), "23T10:20");
    world.works(number, 2, slot("operators-north", 1), "23T10:40");
    world.works(number, 4, slot("okafor", 1), "23T12:00");
    world.does(to_owner(number, "23T12:00"));
    assert!(world.unit.submissions.is_empty(), "closed, and kept");
    let kinds = world.does(correct(number, "taken_at", "2026-11-22T07:40:00Z"));
    assert_eq!(kinds, ["recalled", "breached", "corrected", "breach_closed"], "taken a day earlier it was late");
    assert_eq!((world.breach(1).due, world.breach(1).state), (at("23T07:40"), BreachState::Closed { at: at("23T12:00") }));
    let kinds = world.does(correct(number, "taken_at", "2026-11-23T07:40:00Z"));
    assert_eq!(kinds, ["recalled", "breach_disproved", "corrected"], "and it was not");
    assert!(world.unit.submissions.is_empty() && world.unit.breaches.is_empty());
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_promise_that_was_never_made_was_not_missed() {
    let (mut world, number) = ready();
    world.at("24T09:00");
    assert_eq!(world.sweeps(), 1);
    let kinds = world.does(correct(number, "owner", "witness"));
    assert_eq!(kinds, ["corrected", "breach_voided"]);
    assert_eq!((world.breach(1).state, world.sweeps()), (BreachState::Void, 0));
}

#[test]
fn an_open_breach_of_a_clock_that_moves_into_the_future_is_void_and_can_be_missed_anew() {
    let (mut world, number) = ready();
    world.at("24T07:45");
    assert_eq!(world.sweeps(), 1);
    assert_eq!(world.does(correct(number, "taken_at", "2026-11-23T07:50:00Z")), ["corrected", "breach_voided"]);
    assert_eq!(world.sweeps(), 0);
    world.at("24T07:50");
    assert_eq!(world.sweeps(), 1);
    assert_eq!((world.breach(2).due, world.breach(2).state), (at("24T07:50"), BreachState::Open));
}

#[test]
fn what_takes_a_promise_back_is_a_supervisors_to_correct() {
    let (mut world, number) = ready();
    assert_eq!(world.refuses(by(Supervised::No, number, "owner", "witness")), "needs_supervisor", "her 24 hours");
    assert_eq!(world.does(by(Supervised::No, number, "taken_at", "2026-11-23T07:45:00Z")), ["corrected"], "still promised");
    world.at("24T07:46").sweeps();
    let later = by(Supervised::No, number, "taken_at", "2026-11-23T07:50:00Z");
    assert_eq!(world.refuses(later), "needs_supervisor", "and a miss on record would be none");
    assert_eq!(world.does(by(Supervised::Yes, number, "owner", "witness")), ["corrected", "breach_voided"]);
    assert_eq!(world.does(by(Supervised::No, number, "owner", "victim")), ["corrected"], "anyone makes a promise again");
}

#[test]
fn a_correction_keeps_the_old_value_and_the_new_one() {
    let (mut world, number) = ready();
    for (value, before, after) in
        [("Apple", None, Some("Apple")), ("Sony", Some("Apple"), Some("Sony")), ("", Some("Sony"), None)]
    {
        world.does(correct(number, "make", value));
        let sealed = world.entries.last().unwrap().event().unwrap().sealed;
        assert_eq!((sealed.before.as_deref(), sealed.after.as_deref()), (before, after));
    }
}
