use crate::domain::command::{Command, Kind};
use crate::domain::entry::Actor;
use crate::domain::event::{FailureCause, ReleaseCause};
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::submission::LockState;
use crate::domain::testing::*;
use crate::domain::unit::{AssignmentState, StageState};

const A: &str = "AB/1";

/// A phone with every gate met, at nine o'clock.
fn ready() -> (World, QueueNumber) {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone(A));
    (world, number)
}

fn start(assignment: AssignmentId, time: &str) -> Command {
    Command::Start { assignment, at: at(time), overrides: None }
}

fn fail(assignment: AssignmentId, time: &str) -> Command {
    Command::Fail { assignment, at: at(time), cause: FailureCause::Cable, attempts_left: None, reason: None }
}

fn release(assignment: AssignmentId) -> Command {
    Command::Release { assignment, cause: ReleaseCause::GivenBack, reason: None }
}

#[test]
fn a_stage_is_offered_accepted_started_and_finished() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    assert_eq!(world.row(number).stages[0], StageState::Assigned(assignment));
    world.at("23T09:05").does(Command::Accept { assignment, at: at("23T09:04"), overrides: None });
    world.at("23T09:30").does(start(assignment, "23T09:06"));
    let started = &world.unit.assignments[&assignment];
    assert_eq!(started.state, AssignmentState::Started { at: at("23T09:06") });
    assert_eq!(started.end, at("23T09:36"), "half an hour's work from when it began");
    let command = Command::Finish {
        assignment,
        at: at("23T09:20"),
        tool: Some("XRY".into()),
        tool_version: Some("10.9".into()),
        hash: Some("AB".repeat(32)),
        scope: None,
    };
    assert_eq!(world.does(command), ["finished"]);
    let StageState::Done(done) = world.row(number).stages[0].clone() else { panic!("done") };
    assert_eq!((done.slot, done.start, done.end), (Some(slot("operators-north", 1)), at("23T09:06"), at("23T09:20")));
    assert!(world.unit.assignments.is_empty());
    assert!(world.entries.last().unwrap().facts.contains(&"ab".repeat(32)), "hashes are written one way");
}

#[test]
fn nobody_took_on_what_was_not_authorised_yet() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    let authorised = world.row(number).facts.authorised_at.unwrap();
    let accept = |at| Command::Accept { assignment, at, overrides: None };
    assert_eq!(world.refuses(accept(authorised - span("1m"))), "gate_shut");
    assert_eq!(world.does(accept(world.now)), ["accepted"]);
}

#[test]
fn attended_work_is_expected_to_pause_outside_opening_hours() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.works(number, 0, slot("okafor", 1), "23T17:45");
    let assignment = world.starts(number, 1, slot("khan", 1));
    assert_eq!(world.unit.assignments[&assignment].end, at("24T08:15"), "a quarter of an hour tonight, the other tomorrow");
}

#[test]
fn a_failed_or_released_stage_is_open_again() {
    let (mut world, number) = ready();
    let assignment = world.starts(number, 0, slot("operators-north", 1));
    world.at("23T09:10").does(fail(assignment, "23T09:10"));
    assert_eq!(world.row(number).stages[0], StageState::Open);
    let again = world.assigns(number, 0, slot("operators-north", 1));
    world.does(release(again));
    assert_eq!(world.row(number).stages[0], StageState::Open);
}

#[test]
fn a_plan_made_before_somebody_accepted_does_not_take_it_back_from_them() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    world.does(Command::Accept { assignment, at: at("23T09:00"), overrides: None });
    let replanned = Command::Release { assignment, cause: ReleaseCause::Replanned, reason: None };
    assert_eq!(world.refuses(replanned), "illegal_transition");
    world.does(release(assignment));
    assert_eq!(world.row(number).stages[0], StageState::Open, "who took it on gives it back");
}

#[test]
fn each_step_has_its_turn() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(finish(assignment, "23T09:00")), "illegal_transition", "not started");
    assert_eq!(world.refuses(fail(assignment, "23T09:00")), "illegal_transition");
    world.does(Command::Accept { assignment, at: at("23T09:00"), overrides: None });
    assert!(
        world.does(Command::Accept { assignment, at: at("23T09:00"), overrides: None }).is_empty(),
        "accepted twice is accepted"
    );
    world.does(start(assignment, "23T09:00"));
    assert!(world.does(start(assignment, "23T09:00")).is_empty(), "told twice");
    world.at("23T09:10");
    assert_eq!(world.refuses(start(assignment, "23T09:10")), "illegal_transition");
    assert_eq!(world.refuses(Command::Accept { assignment, at: at("23T09:10"), overrides: None }), "illegal_transition");
    assert_eq!(world.refuses(release(assignment)), "illegal_transition", "begun work is finished or fails");
    let refusal = world.tries(&release(assignment)).unwrap_err();
    assert!(refusal.to_string().contains("finish, fail or pause"), "{refusal}");
    world.does(finish(assignment, "23T09:10"));
    assert_eq!(world.refuses(finish(assignment, "23T09:10")), "stale_assignment");
    let refusal = world.tries(&start(AssignmentId(77), "23T09:10")).unwrap_err();
    assert_eq!((refusal.code(), refusal.kind()), ("unknown_assignment", Kind::NotFound));
}

#[test]
fn work_can_only_be_told_of_in_the_order_in_which_it_happened() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    world.at("23T09:30");
    assert_eq!(world.wrong_fields(start(assignment, "23T09:31")), ["at"]);
    assert_eq!(world.refuses(start(assignment, "23T08:24")), "gate_shut", "the device was not there yet");
    world.does(start(assignment, "23T09:05"));
    assert_eq!(world.wrong_fields(finish(assignment, "23T09:04")), ["at"]);
    assert_eq!(world.wrong_fields(fail(assignment, "23T09:31")), ["at"]);
    let hash = Some("ab".repeat(31));
    let command = Command::Finish { assignment, at: at("23T09:10"), tool: None, tool_version: None, hash, scope: None };
    assert_eq!(world.wrong_fields(command), ["hash"]);
    world.does(finish(assignment, "23T09:10"));
    let next = world.assigns(number, 1, slot("kiosk-north", 1));
    assert_eq!(world.wrong_fields(start(next, "23T09:09")), ["at"], "before the stage before it ended");
}

#[test]
fn stages_go_in_the_order_of_the_route() {
    let (mut world, number) = ready();
    let early = world.assign(number, 1, slot("kiosk-north", 1));
    assert_eq!(world.refuses(early), "earlier_stage");
    let hand_back = world.assign(number, 3, slot("operators-north", 1));
    assert_eq!(world.refuses(hand_back), "unknown_stage", "no resource hands back");
    let none = world.assign(number, 9, slot("operators-north", 1));
    assert_eq!(world.refuses(none), "unknown_stage");
    world.assigns(number, 0, slot("operators-north", 1));
    let twice = world.assign(number, 0, slot("operators-north", 2));
    assert_eq!(world.refuses(twice), "illegal_transition", "it is given out");
    let ghost = world.assign(QueueNumber(9), 0, slot("operators-north", 2));
    assert_eq!(world.refuses(ghost), "unknown_submission");
}

#[test]
fn a_shut_gate_refuses_the_planner_like_anyone() {
    let mut world = World::new();
    let number = world.registers(victims_phone(A));
    let assign = world.assign(number, 0, slot("operators-north", 1));
    let refusal = world.tries(&assign).unwrap_err();
    assert_eq!(refusal.code(), "gate_shut");
    assert!(refusal.to_string().contains("not met: agreement, authorisation, delivery"), "{refusal}");
}

#[test]
fn gates_are_judged_again_when_work_begins() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    world.at("23T12:00");
    let mut late = ready_phone("AB/2");
    late.facts.authorised_at = Some(at("23T11:00"));
    let number = world.registers(late);
    let other = world.assigns(number, 0, slot("operators-north", 2));
    assert_eq!(world.refuses(start(other, "23T10:59")), "gate_shut", "it was not authorised then");
    world.does(start(assignment, "23T10:59"));
    world.does(start(other, "23T11:00"));
}

#[test]
fn what_changed_since_the_plan_is_looked_at_again() {
    let (mut world, number) = ready();
    let assign = world.assign(number, 0, slot("operators-north", 1));
    world.does(Command::RecordLegalBasis { number, basis: "consent".into() });
    let refusal = world.tries(&assign).unwrap_err();
    assert_eq!((refusal.code(), refusal.kind()), ("stale", Kind::Conflict));
}

#[test]
fn the_resource_must_be_able_to() {
    let (mut world, number) = ready();
    for (stage, to, code) in [
        (0, slot("nobody", 1), "unknown_resource"),
        (0, slot("operators-north", 3), "unknown_slot"),
        (0, slot("operators-north", 0), "unknown_slot"),
        (0, slot("kiosk-north", 1), "unable"),
        (0, slot("khan", 1), "unable"),
    ] {
        let assign = world.assign(number, stage, to.clone());
        assert_eq!(world.refuses(assign), code, "{to}");
    }
    let mut level_two = ready_phone("AB/2");
    level_two.facts.owner = crate::domain::submission::Owner::Suspect;
    level_two.facts.level = 2;
    level_two.facts.legal_basis = true;
    level_two.particulars.legal_basis = Some("PACE s.19".into());
    let number = world.registers(level_two);
    let operators = world.assign(number, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(operators), "unable");
}

#[test]
fn a_person_whose_competence_lapses_gets_no_work_that_ends_later() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.works(number, 0, slot("okafor", 1), "23T10:00");
    world.at("2027-01-15T22:00:00Z");
    let version = world.row(number).version;
    let until = |end: &str| Command::Assign {
        number,
        version,
        stage: 1,
        slot: slot("khan", 1),
        start: at("2027-01-15T22:00:00Z"),
        end: at(end),
    };
    assert_eq!(world.refuses(until("2027-01-16T00:00:01Z")), "lapsed");
    world.does(until("2027-01-16T00:00:00Z"));
    let started = start(AssignmentId(2), "2027-01-15T22:00:00Z");
    assert_eq!(world.refuses(started), "lapsed", "begun tonight it goes on until Monday");
}

#[test]
fn a_slot_has_one_assignment_at_a_time() {
    let (mut world, number) = ready();
    let other = world.registers(ready_phone("AB/2"));
    let third = world.registers(ready_phone("AB/3"));
    let first = world.assigns(number, 0, slot("operators-north", 1));
    let same = world.assign(other, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(same), "slot_busy");
    let version = world.row(other).version;
    let after = |start: &str, end: &str| Command::Assign {
        number: other,
        version,
        stage: 0,
        slot: slot("operators-north", 1),
        start: at(start),
        end: at(end),
    };
    assert_eq!(world.wrong_fields(after("23T10:00", "23T09:59")), ["end"]);
    assert_eq!(world.refuses(after("23T09:59", "23T10:30")), "slot_busy");
    world.does(after("23T10:00", "23T10:30"));
    let second = AssignmentId(first.0 + 1);
    world.does(start(first, "23T09:00"));
    world.at("23T11:00");
    assert_eq!(world.refuses(start(second, "23T11:00")), "slot_busy", "the first runs over");
    let now = world.assign(third, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(now), "slot_busy", "and has its slot until it is finished");
    world.does(finish(first, "23T11:00"));
    world.does(start(second, "23T11:00"));
}

#[test]
fn work_begins_where_the_device_is() {
    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    let elsewhere = world.assigns(number, 1, slot("kiosk-hq", 1));
    let refusal = world.tries(&start(elsewhere, "23T09:20")).unwrap_err();
    assert_eq!(refusal.code(), "device_elsewhere");
    assert!(refusal.to_string().contains("at north") && refusal.to_string().contains("not at hq"), "{refusal}");
    world.at("23T10:30").does(Command::Move { number, site: "hq".into(), at: at("23T10:10"), by: None, seal: None });
    assert_eq!(world.wrong_fields(start(elsewhere, "23T10:00")), ["at"], "it was on the road");
    world.does(start(elsewhere, "23T10:30"));
}

#[test]
fn work_that_needs_no_device_is_done_anywhere_and_after_it_is_back() {
    let (mut world, number) = ready();
    world.works(number, 0, slot("operators-north", 1), "23T09:20");
    world.works(number, 1, slot("kiosk-north", 1), "23T10:20");
    world.works(number, 2, slot("operators-north", 1), "23T10:40");
    world.does(to_owner(number, "23T10:40"));
    world.works(number, 4, slot("okafor", 1), "23T12:00");
    assert!(!world.unit.submissions.contains_key(&number), "all done, phone back: closed");
}

#[test]
fn a_device_on_its_way_home_gets_no_more_work_that_needs_it() {
    let (mut world, number) = ready();
    world.does(Command::Collect { number, at: at("23T09:00"), by: "DC 2231".into(), seal: None });
    let prepare = world.assign(number, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(prepare), "device_away");
}

#[test]
fn earlier_exhibits_of_a_staged_case_come_first() {
    let mut world = World::new();
    world.at("23T09:00");
    let ranked = |exhibit: &str, rank: Option<u32>| {
        let mut request = ready_phone(exhibit);
        request.facts.case_rank = rank;
        request
    };
    let second = world.registers(ranked("AB/2", Some(2)));
    let unranked = world.registers(ranked("AB/3", None));
    let first = world.registers(ranked("AB/1", Some(1)));
    let assign = world.assign(second, 0, slot("operators-north", 1));
    let refusal = world.tries(&assign).unwrap_err();
    assert_eq!(refusal.code(), "earlier_exhibit");
    assert!(refusal.to_string().contains(&first.to_string()), "{refusal}");
    world.assigns(unranked, 0, slot("operators-north", 1));
    world.assigns(first, 0, slot("operators-north", 2));
}

#[test]
fn one_person_reports_what_they_analysed_and_another_reviews_it() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    for (stage, resource, end) in [(0, "okafor", "23T09:30"), (1, "khan", "23T10:30"), (2, "bench", "23T14:00")] {
        world.works(number, stage, slot(resource, 1), end);
    }
    world.works(number, 3, slot("khan", 1), "23T16:00");
    let lloyd = world.assign(number, 4, slot("lloyd", 1));
    assert_eq!(world.refuses(lloyd), "wrong_person");
    world.works(number, 4, slot("khan", 1), "23T17:00");
    let khan = world.assign(number, 5, slot("khan", 1));
    assert_eq!(world.refuses(khan), "wrong_person");
    world.works(number, 5, slot("lloyd", 1), "23T18:00");
    assert_eq!(world.kinds()["finished"], 6);
}

#[test]
fn somebody_else_reports_what_an_examiner_analysed_who_has_left_the_unit() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    for (stage, who, end) in
        [(0, "okafor", "23T09:30"), (1, "khan", "23T10:30"), (2, "bench", "23T14:00"), (3, "lloyd", "23T16:00")]
    {
        world.works(number, stage, slot(who, 1), end);
    }
    let khan = world.assign(number, 4, slot("khan", 1));
    assert_eq!(world.refuses(khan.clone()), "wrong_person");
    let mut without_lloyd = establishment();
    without_lloyd.version = "2026-12-01".into();
    without_lloyd.resources.retain(|resource| resource.id.as_str() != "lloyd");
    world.does(Command::AdoptEstablishment { establishment: Box::new(without_lloyd), text: "lloyd left".into() });
    world.does(khan);
}

#[test]
fn reasons_hold_no_pin() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    let pin = || Some("pin was 4829".into());
    let release = Command::Release { assignment, cause: ReleaseCause::GivenBack, reason: pin() };
    assert_eq!(world.wrong_fields(release), ["reason"]);
    world.does(start(assignment, "23T09:00"));
    let fail =
        Command::Fail { assignment, at: at("23T09:00"), cause: FailureCause::PinWrong, attempts_left: None, reason: pin() };
    assert_eq!(world.wrong_fields(fail), ["reason"]);
}

#[test]
fn who_comes_second_is_told_who_was_first() {
    let (mut world, number) = ready();
    let assignment = world.assigns(number, 0, slot("operators-north", 1));
    let (first, second) = (world.actor.clone(), Actor { person: "PSE 7009".into(), token: Some("t-9".into()) });
    world.does(Command::Accept { assignment, at: at("23T09:00"), overrides: None });
    world.actor = second.clone();
    let refusal = world.tries(&Command::Accept { assignment, at: at("23T09:00"), overrides: None }).unwrap_err().to_string();
    assert!(refusal.contains(&format!("accepted by {}", first.person)), "{refusal}");
    world.actor = first.clone();
    world.does(start(assignment, "23T09:00"));
    world.actor = second;
    let refusal = world.tries(&start(assignment, "23T09:00")).unwrap_err().to_string();
    assert!(refusal.contains(&format!("started by {}", first.person)), "{refusal}");
    assert_eq!(world.unit.assignments[&assignment].held_by, Some(first.person));
}

#[test]
fn a_pin_that_was_wrong_or_a_device_that_locked_shuts_the_gate_until_somebody_helps() {
    for (cause, lock_state) in [(FailureCause::PinWrong, LockState::Unknown), (FailureCause::Locked, LockState::Bfu)] {
        let (mut world, number) = ready();
        world.works(number, 0, slot("operators-north", 1), "23T09:20");
        let assignment = world.starts(number, 1, slot("kiosk-north", 1));
        let failed = Command::Fail { assignment, at: at("23T09:20"), cause, attempts_left: None, reason: None };
        assert_eq!(world.does(failed), ["failed", "pin_status_recorded"]);
        assert_eq!(world.row(number).facts.lock_state, lock_state);
        let extract = world.assign(number, 1, slot("kiosk-north", 1));
        assert_eq!(world.refuses(extract), "gate_shut");
    }
}
