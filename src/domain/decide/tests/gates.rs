use crate::domain::agreement::{DecidedBy, DeviceUser, NoticePart, Terms};
use crate::domain::command::{Command, Kind, Supervised, Treat};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Gate;
use crate::domain::submission::LockState;
use crate::domain::testing::*;
use crate::domain::unit::Confidential;

fn world() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.registers(victims_phone("AB/1"));
    world.at("23T09:00");
    (world, number)
}

fn agreement(number: QueueNumber, agreed: &str, notice: &str) -> Command {
    Command::RecordAgreement { number, agreement_at: at(agreed), notice_at: at(notice), terms: None }
}

fn authorise(number: QueueNumber, by: &str, time: &str) -> Command {
    Command::Authorise { number, by: by.into(), at: at(time) }
}

#[test]
fn gates_open_as_they_are_met() {
    let (mut world, number) = world();
    let shut = |world: &World| {
        let row = world.row(number);
        let route = world.unit.route_of(&row).unwrap().clone();
        row.shut_gates(&route, world.now).collect::<Vec<_>>()
    };
    assert_eq!(shut(&world), [Gate::Agreement, Gate::Authorisation, Gate::Delivery]);
    assert_eq!(world.does(agreement(number, "23T08:10", "23T08:05")), ["agreement_recorded"]);
    assert_eq!(world.does(authorise(number, "DS 1180", "23T08:30")), ["authorised"]);
    world.does(Command::Deliver { number, site: "north".into(), at: at("23T08:25"), by: Some("PC 7".into()), seal: None });
    assert_eq!(shut(&world), []);
    world.does(Command::RecordPin { number, lock_state: LockState::Bfu });
    assert_eq!(shut(&world), [Gate::Pin]);
    let happened: Vec<_> = world.entries.iter().map(|entry| entry.happened_at).skip(3).collect();
    assert_eq!(happened, [at("23T08:10"), at("23T08:30"), at("23T08:25"), at("23T09:00")], "late entries keep both times");
    assert!(world.entries.iter().skip(3).all(|entry| entry.recorded_at == at("23T09:00")));
}

#[test]
fn confidential_material_stops_what_is_not_begun_until_a_supervisor_decides() {
    let mut world = World::new();
    let number = world.registers(ready_phone("AB/1"));
    world.at("23T09:00").assigns(number, 0, slot("operators-north", 1));
    let treat = |treat| Command::Treat { number, treat: Box::new(treat) };
    let note = |kinds: &[Confidential]| treat(Treat::NoteConfidential { kinds: kinds.to_vec(), reason: "her solicitor".into() });
    let clear = || treat(Treat::ClearConfidential { reason: "left out by counsel".into() });
    assert_eq!(world.wrong_fields(note(&[])), ["kinds"]);
    assert_eq!(world.does(note(&[Confidential::Medical, Confidential::Legal])), ["released", "confidential_noted"]);
    assert!(world.does(note(&[Confidential::Legal, Confidential::Medical])).is_empty(), "the same, in another order");
    let row = world.row(number);
    let route = world.unit.route_of(&row).unwrap().clone();
    assert_eq!(row.shut_gates(&route, world.now).collect::<Vec<_>>(), [Gate::Confidential]);
    assert_eq!(world.unit.assignments.size(), 0);

    world.actor.person = "dc 2231".into();
    assert_eq!(world.refuses(clear()), "authorised_by_oic");
    world.actor.person = "DS 1180".into();
    assert_eq!(world.does(clear()), ["confidential_cleared"]);
    assert!(world.does(clear()).is_empty());
    let row = world.row(number);
    assert_eq!(row.shut_gates(&route, world.now).count(), 0);
    assert_eq!(world.does(note(&[Confidential::Legal])), ["confidential_noted"], "more was found: it is decided anew");
}

#[test]
fn telling_the_same_again_changes_nothing() {
    let (mut world, number) = world();
    for command in [
        agreement(number, "23T08:10", "23T08:05"),
        authorise(number, "DS 1180", "23T08:30"),
        Command::RecordLegalBasis { number, basis: "PACE s.19".into() },
        Command::RecordPin { number, lock_state: LockState::Afu },
        Command::AuthoriseReturn { number, by: "DC 2231".into() },
        Command::Deliver { number, site: "north".into(), at: at("23T08:25"), by: None, seal: None },
    ] {
        assert_eq!(world.does(command.clone()).len(), 1, "{command:?}");
        assert!(world.does(command.clone()).is_empty(), "{command:?}");
    }
    assert!(world.does(authorise(number, "ds 1180 ", "23T08:30")).is_empty(), "the same person, written otherwise");
}

#[test]
fn another_value_than_the_recorded_one_needs_a_correction() {
    let (mut world, number) = world();
    world.does(agreement(number, "23T08:10", "23T08:05"));
    world.does(authorise(number, "DS 1180", "23T08:30"));
    world.does(Command::RecordLegalBasis { number, basis: "PACE s.19".into() });
    world.does(Command::AuthoriseReturn { number, by: "DC 2231".into() });
    for command in [
        agreement(number, "23T08:11", "23T08:05"),
        agreement(number, "23T08:10", "23T08:06"),
        authorise(number, "DS 1180", "23T08:31"),
        authorise(number, "DS 1190", "23T08:30"),
        Command::RecordLegalBasis { number, basis: "consent".into() },
        Command::AuthoriseReturn { number, by: "DS 1190".into() },
    ] {
        let refusal = world.tries(&command).unwrap_err();
        assert_eq!((refusal.code(), refusal.kind()), ("already_recorded", Kind::Conflict), "{command:?}");
        assert!(refusal.to_string().contains("correct it"), "{refusal}");
    }
}

#[test]
fn what_was_expected_gives_way_to_what_happened() {
    let mut request = victims_phone("AB/1");
    request.facts.delivered_at = Some(at("23T11:00"));
    request.facts.authorised_at = Some(at("23T11:30"));
    request.particulars.authorised_by = Some("DS 1".into());
    let mut world = World::new();
    let number = world.registers(request);
    world.at("23T09:00");
    world.does(Command::Deliver { number, site: "hq".into(), at: at("23T08:50"), by: None, seal: None });
    world.does(authorise(number, "DS 1180", "23T08:55"));
    assert_eq!(world.row(number).facts.delivered_at, Some(at("23T08:50")));
    assert_eq!(world.row(number).particulars.as_ref().unwrap().authorised_by.as_deref(), Some("DS 1180"));
}

#[test]
fn instants_lie_between_the_taking_and_now() {
    let (mut world, number) = world();
    assert_eq!(world.wrong_fields(agreement(number, "23T09:01", "23T08:05")), ["agreement_at"]);
    assert_eq!(world.wrong_fields(agreement(number, "23T08:10", "23T07:39")), ["notice_at"]);
    assert_eq!(world.wrong_fields(authorise(number, "DS 1180", "23T09:01")), ["authorised_at"]);
    assert_eq!(world.wrong_fields(authorise(number, "DS 1180", "23T07:39")), ["authorised_at"]);
}

#[test]
fn the_officer_in_the_case_authorises_nothing() {
    let (mut world, number) = world();
    let refusal = world.tries(&authorise(number, " dc  2231", "23T08:30")).unwrap_err();
    assert_eq!((refusal.code(), refusal.kind()), ("authorised_by_oic", Kind::Forbidden));
    world.actor.person = "DC 2231".into();
    assert_eq!(world.refuses(authorise(number, "DS 1180", "23T08:30")), "authorised_by_oic", "nor in another's name");
    world.actor.token = None;
    world.does(authorise(number, "DS 1180", "23T08:30"));
}

#[test]
fn no_field_of_a_request_holds_a_pin() {
    let mut world = World::new();
    let mut request = victims_phone("AB/1");
    let p = &mut request.particulars;
    (p.make, p.model, p.team) = (Some("PIN 123456".into()), Some("iPhone 14 code 482190".into()), Some("pw: Hunter22".into()));
    p.scope = vec!["pattern L shape 1-4-7-8-9".into()];
    assert_eq!(world.wrong_fields(Command::Register(Box::new(request))), ["team", "make", "model", "scope"]);
    let number = world.registers(victims_phone("AB/1"));
    let (field, value, reason) = ("make".into(), "PIN 1234".into(), "as on the label".into());
    assert_eq!(world.wrong_fields(Command::Correct { number, field, value, reason, supervised: Supervised::No }), ["make"]);
}

#[test]
fn names_and_reasons_must_be_given_and_hold_no_pin() {
    let (mut world, number) = world();
    assert_eq!(world.wrong_fields(authorise(number, " ", "23T08:30")), ["authorised_by"]);
    assert_eq!(world.wrong_fields(Command::AuthoriseReturn { number, by: String::new() }), ["return_authorised_by"]);
    assert_eq!(world.wrong_fields(Command::RecordLegalBasis { number, basis: String::new() }), ["legal_basis"]);
    assert_eq!(world.wrong_fields(Command::RecordLegalBasis { number, basis: "PIN 482913".into() }), ["legal_basis"]);
}

#[test]
fn a_gate_that_shuts_again_takes_back_what_is_not_begun() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    world.does(Command::Accept { assignment, at: at("23T09:00"), overrides: None });
    let kinds = world.does(Command::RecordPin { number, lock_state: LockState::Bfu });
    assert_eq!(kinds, ["pin_status_recorded", "released"]);
}

#[test]
fn nothing_can_be_recorded_of_a_submission_that_does_not_exist() {
    let (mut world, _) = world();
    let number = QueueNumber(99);
    assert_eq!(world.refuses(agreement(number, "23T08:10", "23T08:05")), "unknown_submission");
    let refusal = world.tries(&Command::RecordPin { number, lock_state: LockState::Afu }).unwrap_err();
    assert_eq!(refusal.kind(), Kind::NotFound);
    assert!(refusal.to_string().contains("Q99"));
}

#[test]
fn an_oic_does_not_take_their_name_off_a_case_to_authorise_it() {
    let mut world = World::new();
    let number = world.registers(victims_phone("AB/1"));
    let rename = |name: &str| {
        let (field, value, reason) = ("oic".into(), name.into(), "handed over".into());
        Command::Correct { number, field, value, reason, supervised: Supervised::Yes }
    };
    let oic = world.row(number).particulars.as_ref().unwrap().oic.clone();
    world.actor.person.clone_from(&oic);
    assert_eq!(world.refuses(rename("DC 1")), "corrected_by_oic");
    assert_eq!(world.does(rename(&oic.to_lowercase())), ["corrected"], "the same person, written otherwise");
    world.actor.person = "DS 1180".into();
    assert_eq!(world.does(rename("DC 1")), ["corrected"], "somebody else hands the case over");
}

/// Agreement of a device user, with all five contents of the notice.
fn terms(device_user: DeviceUser, decided_by: DecidedBy) -> Terms {
    Terms { device_user, decided_by, notice: NoticePart::ALL.to_vec() }
}

fn agrees(number: QueueNumber, terms: Terms, views: Option<&str>) -> Command {
    let at = at("23T08:10");
    Command::RecordAgreement { number, agreement_at: at, notice_at: at, terms: Some((terms, views.map(str::to_owned))) }
}

#[test]
fn a_child_does_not_decide_alone_and_is_heard_and_an_adult_decides_themselves() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(victims_phone("AB/1"));
    for (user, by, views, wrong) in [
        (DeviceUser::Child, DecidedBy::DeviceUser, Some("yes"), "decided_by"),
        (DeviceUser::Child, DecidedBy::Parent, None, "views"),
        (DeviceUser::WithoutCapacity, DecidedBy::Attorney, None, "views"),
        (DeviceUser::Adult, DecidedBy::Parent, None, "decided_by"),
    ] {
        assert_eq!(world.wrong_fields(agrees(number, terms(user, by), views)), [wrong], "{user} {by}");
    }
    world.does(agrees(number, terms(DeviceUser::Child, DecidedBy::Parent), Some("wants it back by Friday")));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_notice_says_all_that_it_must() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(victims_phone("AB/1"));
    for part in NoticePart::ALL {
        let mut short = terms(DeviceUser::Adult, DecidedBy::DeviceUser);
        short.notice.retain(|other| other != part);
        assert_eq!(world.wrong_fields(agrees(number, short, None)), ["notice"], "{part}");
    }
}

#[test]
fn on_what_agreement_rests_can_be_told_later_and_once() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(victims_phone("AB/1"));
    world.does(Command::RecordAgreement { number, agreement_at: at("23T08:10"), notice_at: at("23T08:10"), terms: None });
    let told = agrees(number, terms(DeviceUser::Adult, DecidedBy::DeviceUser), None);
    assert_eq!(world.does(told.clone()), ["agreement_recorded"]);
    assert_eq!(world.does(told), [""; 0]);
    let bare = Command::RecordAgreement { number, agreement_at: at("23T08:10"), notice_at: at("23T08:10"), terms: None };
    assert_eq!(world.does(bare), [""; 0]);
    assert!(world.row(number).terms.is_some());
}
