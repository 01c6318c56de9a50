use crate::domain::command::{Command, Supervised};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Gate;
use crate::domain::testing::*;
use crate::domain::unit::{StageState, Whereabouts};

fn deliver(number: QueueNumber, site: &str, time: &str) -> Command {
    Command::Deliver { number, site: site.into(), at: at(time), by: Some("PC 7".into()), seal: None }
}

fn relocate(number: QueueNumber, site: &str, time: &str) -> Command {
    Command::Move { number, site: site.into(), at: at(time), by: None, seal: None }
}

fn collect(number: QueueNumber, time: &str) -> Command {
    Command::Collect { number, at: at(time), by: "DC 2231".into(), seal: None }
}

/// A phone with every gate met, and at 09:00 nothing begun.
fn ready() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    (world, number)
}

/// The same, extracted and verified by 10:40.
fn verified() -> (World, QueueNumber) {
    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    world.works(number, 1, slot("kiosk-north", 1), "23T10:20");
    world.works(number, 2, slot("operators-north", 1), "23T10:40");
    (world, number)
}

#[test]
fn a_device_is_delivered_moved_signed_out_and_returned_to_its_owner() {
    let (mut world, number) = verified();
    world.at("23T12:00").does(relocate(number, "hq", "23T11:30"));
    assert_eq!(world.row(number).device, Whereabouts::At { site: "hq".into(), since: at("23T11:30") });
    world.does(collect(number, "23T11:45"));
    assert_eq!(world.row(number).device, Whereabouts::SignedOut { since: at("23T11:45") });
    world.at("23T13:00").does(to_owner(number, "23T12:30"));
    let row = world.row(number);
    assert_eq!(
        row.device,
        Whereabouts::Returned { since: at("23T12:30"), from: Box::new(Whereabouts::SignedOut { since: at("23T11:45") }) }
    );
    let StageState::Done(hand_back) = &row.stages[3] else { panic!("the hand-back is done") };
    assert_eq!((hand_back.start, hand_back.end), (at("23T11:45"), at("23T12:30")), "from signing out until the owner has it");
    assert!(world.unit.submissions.contains_key(&number), "the review goes on without the device");
}

#[test]
fn a_delivery_starts_the_clocks_that_count_from_it() {
    let mut world = World::new();
    let number = world.registers(victims_phone("AB/1"));
    world.at("23T09:00").does(deliver(number, "north", "23T08:25"));
    let clock = world.row(number).clocks.last().cloned().unwrap();
    assert_eq!((clock.promise.as_str(), clock.due), ("standard", at("23T08:25") + span("90d")));
}

#[test]
fn a_device_is_delivered_once() {
    let (mut world, number) = ready();
    assert_eq!(world.refuses(deliver(number, "north", "23T08:26")), "already_recorded");
    assert_eq!(world.refuses(deliver(number, "hq", "23T08:25")), "already_recorded");
}

#[test]
fn moves_come_one_after_the_other() {
    let mut world = World::new();
    let number = world.registers(victims_phone("AB/1"));
    world.at("23T10:00");
    assert_eq!(world.refuses(relocate(number, "hq", "23T09:00")), "illegal_transition", "not delivered yet");
    assert_eq!(world.wrong_fields(deliver(number, "north", "23T07:30")), ["delivered_at"], "before it was taken");
    assert_eq!(world.wrong_fields(deliver(number, "north", "23T10:01")), ["delivered_at"], "after now");
    assert_eq!(world.wrong_fields(deliver(number, "moon", "23T09:00")), ["site"]);
    world.does(deliver(number, "north", "23T09:00"));
    assert_eq!(world.wrong_fields(relocate(number, "hq", "23T08:59")), ["at"]);
    assert_eq!(world.wrong_fields(relocate(number, "moon", "23T09:30")), ["site"]);
    assert!(world.does(relocate(number, "north", "23T09:30")).is_empty(), "it is there");
    world.does(relocate(number, "hq", "23T09:50"));
    assert_eq!(world.wrong_fields(relocate(number, "north", "23T09:49")), ["at"]);
}

#[test]
fn a_device_that_is_being_worked_on_stays_where_it_is() {
    let (mut world, number) = ready();
    let assignment = world.starts(number, 0, slot("operators-north", 1));
    world.at("23T09:10");
    assert_eq!(world.refuses(relocate(number, "hq", "23T09:10")), "device_in_use");
    assert_eq!(world.refuses(collect(number, "23T09:10")), "device_in_use");
    assert_eq!(world.refuses(to_owner(number, "23T09:10")), "device_in_use");
    world.at("23T09:20").does(finish(assignment, "23T09:20"));
    assert_eq!(world.wrong_fields(relocate(number, "hq", "23T09:15")), ["at"], "nor does it leave before that work ended");
    world.does(relocate(number, "hq", "23T09:20"));
}

#[test]
fn a_device_goes_back_when_its_return_is_authorised() {
    let mut request = ready_phone("AB/1");
    request.facts.return_authorised = false;
    request.particulars.return_authorised_by = None;
    let mut world = World::new();
    let number = world.at("23T09:00").registers(request);
    assert_eq!(world.refuses(collect(number, "23T09:00")), "return_not_authorised");
    assert_eq!(world.refuses(to_owner(number, "23T09:00")), "return_not_authorised");
    world.does(Command::AuthoriseReturn { number, by: "DS 1180".into() });
    world.does(collect(number, "23T09:00"));
}

#[test]
fn a_device_goes_back_unexamined_or_verified_but_not_half_examined() {
    let (mut world, number) = ready();
    let unexamined = world.assigns(number, 0, slot("operators-north", 1));
    let kinds = world.does(collect(number, "23T09:00"));
    assert_eq!(kinds, ["released", "collected"], "what was only offered is taken back");
    assert_eq!(world.refuses(Command::Start { assignment: unexamined, at: at("23T09:00"), overrides: None }), "stale_assignment");

    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    assert_eq!(world.refuses(collect(number, "23T09:20")), "examination_unfinished");
    assert_eq!(world.refuses(to_owner(number, "23T09:20")), "examination_unfinished");

    let (mut world, number) = verified();
    world.does(collect(number, "23T10:40"));
    assert!(world.does(collect(number, "23T10:40")).is_empty(), "told twice");
    assert_eq!(world.at("23T11:00").refuses(collect(number, "23T11:00")), "illegal_transition", "it is signed out");
}

#[test]
fn what_goes_home_unexamined_leaves_no_work_behind() {
    let mut request = suspects_laptop("CD/1");
    request.facts.return_authorised = true;
    request.particulars.return_authorised_by = Some("DC 2231".into());
    let mut world = World::new();
    let number = world.at("23T09:00").registers(request);
    world.assigns(number, 0, slot("okafor", 1));
    // Triage holds nothing, yet it can't begin on a device that is not there: it would keep the submission open for good.
    assert_eq!(world.does(to_owner(number, "23T09:00")), ["released", "returned"]);
    assert!(world.unit.submissions.is_empty());
    let (field, value, reason) = ("level".into(), "1".into(), "misread".into());
    world.does(Command::Correct { number, field, value, reason, supervised: Supervised::Yes });
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_went_home_unexamined_is_not_examined_and_not_waited_for() {
    let (mut world, number) = ready();
    world.does(collect(number, "23T09:00"));
    let route = world.unit.route_of(&world.row(number)).unwrap().clone();
    let shut = |world: &World| world.row(number).shut_gates(&route, world.now).collect::<Vec<_>>();
    assert_eq!(shut(&world), [Gate::Delivery], "it would have to be brought again");

    world.at("23T10:00").does(relocate(number, "north", "23T10:00"));
    assert_eq!(shut(&world), [], "its owner did not want it back");
    world.does(collect(number, "23T10:00"));
    world.at("23T11:00").does(to_owner(number, "23T11:00"));
    assert!(!world.unit.submissions.contains_key(&number), "asking again is a further request");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_return_that_was_not_accepted_brings_the_device_back_to_a_site() {
    let (mut world, number) = verified();
    world.does(collect(number, "23T10:40"));
    world.at("23T12:00").does(relocate(number, "north", "23T12:00"));
    world.at("23T13:00").does(collect(number, "23T13:00"));
}

#[test]
fn a_phone_can_go_back_to_its_owner_before_it_is_ever_delivered() {
    let mut world = World::new();
    let number = world.registers(victims_phone("AB/1"));
    assert_eq!(world.refuses(collect(number, "23T08:00")), "illegal_transition", "nobody has it but the officer");
    world.does(Command::AuthoriseReturn { number, by: "DC 2231".into() });
    world.does(to_owner(number, "23T08:00"));
    assert_eq!(world.refuses(deliver(number, "north", "23T08:00")), "illegal_transition");
    assert_eq!(world.refuses(relocate(number, "north", "23T08:00")), "illegal_transition");
}

#[test]
fn a_device_is_returned_once() {
    let (mut world, number) = verified();
    world.at("23T12:00").does(to_owner(number, "23T11:00"));
    assert!(world.does(to_owner(number, "23T11:00")).is_empty());
    assert_eq!(world.refuses(to_owner(number, "23T11:30")), "already_recorded");
    assert_eq!(world.refuses(collect(number, "23T11:30")), "illegal_transition");
}

#[test]
fn signing_out_and_returning_name_a_person_and_a_time_that_has_come() {
    let (mut world, number) = verified();
    assert_eq!(world.wrong_fields(Command::Collect { number, at: at("23T10:40"), by: " ".into(), seal: None }), ["by"]);
    assert_eq!(world.wrong_fields(collect(number, "23T10:41")), ["at"]);
    assert_eq!(world.wrong_fields(to_owner(number, "23T10:39")), ["at"], "before it was verified");
}

#[test]
fn a_stored_device_is_not_open_and_comes_back_when_somebody_moves_it() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    for (stage, resource, end) in
        [(0, "okafor", "23T09:30"), (1, "khan", "23T10:30"), (2, "bench", "23T14:00"), (3, "khan", "23T16:00")]
    {
        world.works(number, stage, slot(resource, 1), end);
    }
    world.works(number, 4, slot("khan", 1), "23T17:00");
    world.works(number, 5, slot("lloyd", 1), "23T18:00");
    assert!(!world.unit.submissions.contains_key(&number), "examined and stored: not open");

    world.at("24T10:00");
    assert_eq!(world.does(relocate(number, "north", "24T10:00")), ["recalled", "moved"]);
    assert!(!world.unit.submissions.contains_key(&number), "and stored elsewhere");
    assert!(world.does(relocate(number, "north", "24T10:00")).is_empty(), "no entry where nothing changes");
    assert_eq!(world.refuses(collect(number, "24T10:00")), "return_not_authorised");
    world.does(Command::AuthoriseReturn { number, by: "DC 2231".into() });
    assert_eq!(world.does(collect(number, "24T10:00")), ["recalled", "collected"]);
    assert!(world.unit.submissions.contains_key(&number), "on its way: somebody has to say that it arrived");
    world.at("24T11:00").does(to_owner(number, "24T11:00"));
    assert!(!world.unit.submissions.contains_key(&number));
    assert_eq!(world.folded(), world.unit, "the ledger alone gives the same unit");
}
