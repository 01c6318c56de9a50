//! An examination is ended before its end: whatever is under way stops, the device goes home, and its clock runs until then.

use crate::domain::command::Command;
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::testing::*;
use crate::domain::time::Timestamp;
use crate::domain::unit::{BreachState, DataTaken, Proof, Receiver, RemovalCause, Returned, StageState};

fn remove(number: QueueNumber, cause: RemovalCause, at: Timestamp) -> Command {
    Command::Remove { number, at, cause, data: DataTaken::Deleted, reason: Some("as asked".into()) }
}

fn challenge(number: QueueNumber) -> Command {
    Command::Challenge { number, reason: "there is no other source".into() }
}

fn decide(number: QueueNumber, upheld: bool) -> Command {
    Command::DecideChallenge { number, upheld, reason: "looked into".into() }
}

/// A victim's phone that is being prepared.
fn in_hand() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.starts(number, 0, slot("operators-north", 1));
    (world, number)
}

#[test]
fn agreement_taken_back_stops_all_and_the_phone_goes_home_with_its_clock_running() {
    let (mut world, number) = in_hand();
    world.at("23T09:10");
    let recorded = world.does(remove(number, RemovalCause::AgreementWithdrawn, at("23T09:05")));
    assert_eq!(recorded, ["released", "removed"], "it was authorised to go back before");
    let row = world.row(number);
    let (left, over): (Vec<_>, Vec<_>) = row.stages.iter().partition(|state| **state == StageState::Open);
    assert_eq!((left.len(), over.len()), (1, row.stages.len() - 1), "only the way home is left");
    assert!(world.unit.assignments.is_empty());
    let running: Vec<&str> = row.running(world.now).map(|clock| clock.promise.as_str()).collect();
    assert_eq!(running, ["victim-phone"]);
    // Nobody has to finish anything, nor to meet any gate, before it is signed out.
    world.at("23T09:30").does(Command::Collect { number, at: at("23T09:30"), by: "DC 2231".into(), seal: None });
    assert_eq!(world.at("24T07:40").sweeps(), 1, "it is late all the same while its owner does not have it");
    world.at("24T08:00").does(to_owner(number, "24T08:00"));
    assert!(!world.unit.submissions.contains_key(&number), "nothing of it is open");
    assert_eq!(world.breach(1).state, BreachState::Closed { at: at("24T08:00") });
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn nobody_says_why_they_take_their_agreement_back_and_everyone_else_does() {
    for cause in RemovalCause::ALL {
        let (mut world, number) = in_hand();
        let command = Command::Remove { number, at: world.now, cause: *cause, data: DataTaken::None, reason: None };
        let owes_none = matches!(cause, RemovalCause::AgreementWithdrawn | RemovalCause::AgreementRefused);
        assert_eq!(world.tries(&command).is_ok(), owes_none, "{cause}");
    }
}

#[test]
fn who_asks_for_the_end_lets_the_device_go_back_and_a_refusal_does_not() {
    for (cause, authorised) in [(RemovalCause::Withdrawn, true), (RemovalCause::NotNecessary, false)] {
        let mut world = World::new();
        let mut phone = victims_phone("AB/1");
        phone.facts.return_authorised = false;
        phone.particulars.return_authorised_by = None;
        let number = world.at("23T09:00").registers(phone);
        world.does(remove(number, cause, at("23T09:00")));
        assert_eq!(world.row(number).facts.return_authorised, authorised, "{cause}");
    }
}

#[test]
fn what_was_refused_is_challenged_and_goes_on_where_it_stopped_if_that_is_upheld() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    let before = world.row(number);
    world.does(remove(number, RemovalCause::NotNecessary, at("23T09:00")));
    assert!(!world.unit.submissions.contains_key(&number), "nothing of a suspect's laptop is left to do");
    world.at("24T09:00").does(challenge(number));
    assert!(world.unit.submissions.contains_key(&number), "somebody has to decide");
    assert_eq!(world.refuses(challenge(number)), "illegal_transition", "once");
    world.does(decide(number, true));
    let after = world.row(number);
    assert_eq!((&after.stages, &after.clocks, &after.removed), (&before.stages, &before.clocks, &None));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_went_home_is_not_examined_after_all_without_a_further_request() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.now = world.row(number).clocks[0].due + span("1h");
    let late = world.now;
    world.does(remove(number, RemovalCause::NotNecessary, late));
    world.does(Command::AuthoriseReturn { number, by: "DI 7".into() });
    let returned = Returned { at: late, received_by: Receiver::Owner, proof: Proof::Signature };
    world.does(Command::Return { number, returned });
    world.does(challenge(number));
    assert_eq!(world.breach(1).state, BreachState::Closed { at: late }, "it ended late");
    assert_eq!(world.refuses(decide(number, true)), "illegal_transition");
    world.does(decide(number, false));
    assert!(!world.unit.submissions.contains_key(&number));
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn nobody_takes_back_an_agreement_that_a_suspect_never_gave() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    for cause in [RemovalCause::AgreementWithdrawn, RemovalCause::AgreementRefused] {
        assert_eq!(world.wrong_fields(remove(number, cause, at("23T09:00"))), ["cause"]);
    }
}

#[test]
fn a_challenge_that_is_rejected_leaves_the_refusal_and_both_reasons() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.does(remove(number, RemovalCause::NegativeTriage, at("23T09:00")));
    world.does(challenge(number));
    world.does(decide(number, false));
    assert!(!world.unit.submissions.contains_key(&number));
    assert_eq!(world.refuses(challenge(number)), "illegal_transition", "it was decided");
    let told: Vec<String> = world.entries.iter().filter_map(|entry| entry.sealed.clone()).collect();
    assert!(["as asked", "there is no other source", "looked into"].iter().all(|why| told.iter().any(|told| told.contains(why))));
}

#[test]
fn what_was_refused_and_is_closed_can_still_be_withdrawn_and_may_go_back() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.does(remove(number, RemovalCause::NotNecessary, at("23T09:00")));
    assert!(!world.unit.submissions.contains_key(&number), "nothing of it is left to do");
    let withdrawn = remove(number, RemovalCause::Withdrawn, at("23T09:00"));
    assert_eq!(world.does(withdrawn.clone()), ["recalled", "return_authorised", "recalled", "removed"]);
    let row = world.loaded(&withdrawn).submission.unwrap();
    assert_eq!(row.removed.as_ref().map(|removed| removed.cause), Some(RemovalCause::Withdrawn));
    assert!(row.facts.return_authorised);
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn what_the_owner_wants_is_open_to_no_challenge() {
    let (mut world, number) = in_hand();
    world.does(remove(number, RemovalCause::AgreementWithdrawn, at("23T09:00")));
    assert_eq!(world.refuses(challenge(number)), "illegal_transition");
    assert_eq!(world.refuses(decide(number, true)), "illegal_transition");
}

#[test]
fn agreement_is_taken_back_also_of_what_was_refused_and_then_nobody_has_it_examined_after_all() {
    let (mut world, number) = in_hand();
    world.at("23T09:10").does(remove(number, RemovalCause::NotNecessary, at("23T09:10")));
    world.does(challenge(number));
    world.at("23T10:00").does(remove(number, RemovalCause::AgreementWithdrawn, at("23T10:00")));
    let removed = world.row(number).removed.clone().unwrap();
    assert_eq!((removed.cause, removed.at), (RemovalCause::AgreementWithdrawn, at("23T09:10")), "it ended when it was refused");
    assert_eq!(world.refuses(decide(number, true)), "illegal_transition");
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn a_promise_that_was_not_due_is_void_and_one_that_was_missed_stays_missed() {
    let missed = |sweeps: bool, ended: &str| {
        let mut world = World::new();
        let mut laptop = suspects_laptop("CD/1");
        laptop.facts.taken_at = laptop.facts.taken_at - span("30d");
        let number = world.at("23T09:00").registers(laptop);
        let due = world.row(number).clocks[0].due;
        world.now = due + span("1h");
        if sweeps {
            assert_eq!(world.sweeps(), 1);
        }
        let at = if ended == "before" { due - span("1h") } else { due + span("30m") };
        world.does(remove(number, RemovalCause::NotNecessary, at));
        assert_eq!(world.sweeps(), 0, "nothing more is missed");
        assert_eq!(world.folded(), world.unit);
        world.rows.breaches.values().last().cloned().flatten().map(|breach| breach.state)
    };
    assert_eq!(missed(false, "before"), None);
    assert_eq!(missed(true, "before"), Some(BreachState::Void), "a late entry shows that there was nothing to miss");
    assert!(matches!(missed(true, "after"), Some(BreachState::Closed { .. })));
    assert!(matches!(missed(false, "after"), Some(BreachState::Closed { .. })), "nobody had recorded it yet");
}

#[test]
fn a_later_exhibit_of_the_case_waits_no_longer() {
    let mut world = World::new();
    world.at("23T09:00");
    let [first, second] = [("CD/1", 1), ("CD/2", 2)].map(|(exhibit, rank)| {
        let mut laptop = suspects_laptop(exhibit);
        laptop.facts.case_rank = Some(rank);
        world.registers(laptop)
    });
    let work = world.assign(second, 0, slot("okafor", 1));
    assert_eq!(world.refuses(work.clone()), "earlier_exhibit");
    world.does(remove(first, RemovalCause::Duplicate, at("23T09:00")));
    world.does(work);
}

#[test]
fn what_is_done_is_not_refused_but_agreement_can_still_be_taken_back() {
    let (mut world, number) = in_hand();
    world.does(finish(AssignmentId(1), "23T09:00"));
    world.works(number, 1, slot("kiosk-north", 1), "23T10:00");
    world.works(number, 2, slot("operators-north", 1), "23T10:20");
    world.works(number, 4, slot("okafor", 1), "23T12:00");
    world.at("23T13:00").does(to_owner(number, "23T13:00"));
    assert_eq!(world.refuses(remove(number, RemovalCause::NotNecessary, at("23T13:00"))), "illegal_transition");
    assert_eq!(world.does(remove(number, RemovalCause::AgreementWithdrawn, at("23T13:00"))), ["recalled", "removed"]);
    let row = world.row(number);
    assert!(row.stages.iter().all(|state| matches!(state, StageState::Done(_))), "what was done was done");
    assert!(!world.unit.submissions.contains_key(&number));
}
