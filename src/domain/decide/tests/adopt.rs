use std::collections::BTreeSet;

use crate::domain::command::{Command, Supervised};
use crate::domain::establishment::Establishment;
use crate::domain::policy::{DueRule, From, Policy};
use crate::domain::roster::{Duty, DutyKind};
use crate::domain::testing::*;
use crate::domain::unit::Unit;

fn unit_file(version: &str, change: impl FnOnce(&mut Establishment)) -> Command {
    let mut establishment = establishment();
    establishment.version = version.into();
    change(&mut establishment);
    Command::AdoptEstablishment { establishment: Box::new(establishment), text: format!("unit {version}") }
}

fn policy_file(version: &str, change: impl FnOnce(&mut Policy)) -> Command {
    let mut policy = policy();
    policy.version = version.into();
    change(&mut policy);
    Command::AdoptPolicy { policy: Box::new(policy), text: format!("policy {version}") }
}

#[test]
fn a_newer_file_is_adopted_with_its_text() {
    let mut world = World::new();
    assert_eq!(world.does(unit_file("2026-11-02", |unit| unit.name = "New".into())), ["establishment_adopted"]);
    assert_eq!(world.unit.establishment.name, "New");
    assert_eq!(world.entries.last().unwrap().event().unwrap().sealed.text.as_deref(), Some("unit 2026-11-02"));
    assert_eq!(world.does(policy_file("2026-11-02", |policy| policy.never_above = 4)), ["policy_adopted"]);
    assert_eq!((world.unit.policy.never_above, world.unit.policies.size()), (4, 2), "the older policy is kept");
}

#[test]
fn the_same_file_changes_nothing_the_same_version_with_another_text_is_an_error_an_older_one_is_ignored() {
    let mut world = World::new();
    let same = Command::AdoptEstablishment { establishment: Box::new(establishment()), text: "unit".into() };
    assert!(world.does(same).is_empty());
    let same = Command::AdoptPolicy { policy: Box::new(policy()), text: "policy".into() };
    assert!(world.does(same).is_empty());
    assert_eq!(world.refuses(unit_file("2026-11-01", |_| {})), "same_version");
    assert_eq!(world.refuses(policy_file("2026-11-01", |_| {})), "same_version");
    assert_eq!(world.refuses(unit_file("2026-10-31", |_| {})), "older_version");
    assert_eq!(world.refuses(policy_file("2026-10-31", |_| {})), "older_version");
}

#[test]
fn a_correction_under_a_newer_policy_moves_only_the_promises_that_rest_on_it() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let sooner = |policy: &mut Policy| {
        policy.promises[0].due = DueRule::Within { from: From::TakenAt, within: span("12h"), working: None };
    };
    world.does(policy_file("2026-12-01", sooner));
    let due = |world: &World| world.row(number).clocks.iter().find(|clock| clock.promise.as_str() == "victim-phone").unwrap().due;
    let correct = |field: &str, value: &str| Command::Correct {
        number,
        field: field.into(),
        value: value.into(),
        reason: "misread".into(),
        supervised: Supervised::Yes,
    };
    world.does(correct("storage_gb", "64"));
    assert_eq!((due(&world), world.row(number).policy.as_str()), (at("24T07:40"), "2026-11-01"));
    world.does(correct("taken_at", "2026-11-23T07:00:00Z"));
    assert_eq!(due(&world), at("24T07:00"), "by the policy under which it was promised");
    world.does(Command::Reroute { number, reason: "new policy".into() });
    assert_eq!(due(&world), at("23T19:00"));
}

#[test]
fn a_submission_keeps_the_policy_that_gave_it_its_route_until_it_is_rerouted() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    world.does(policy_file("2026-12-01", |policy| policy.routes[0].name = "quick".into()));
    let assign = world.assign(number, 0, slot("operators-north", 1));
    world.does(assign);
    assert_eq!(world.row(number).policy, "2026-11-01");
    let reroute = Command::Reroute { number, reason: "new policy".into() };
    assert_eq!(world.does(reroute.clone()), ["released", "corrected"], "offers are taken back first");
    assert_eq!((world.row(number).policy.as_str(), world.row(number).route.as_ref().unwrap().as_str()), ("2026-12-01", "quick"));
    assert!(world.does(reroute.clone()).is_empty());
    world.starts(number, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(reroute), "illegal_transition", "begun is begun");
    assert_eq!(world.wrong_fields(Command::Reroute { number, reason: String::new() }), ["reason"]);
}

#[test]
fn a_resource_with_work_can_be_closed_not_dropped() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let assignment = world.assigns(number, 0, slot("operators-north", 2));
    let without = |version: &str| unit_file(version, |unit| unit.resources.retain(|r| r.id.as_str() != "operators-north"));
    assert_eq!(world.refuses(without("2026-12-01")), "resource_has_work");
    let fewer = unit_file("2026-12-01", |unit| unit.resources[2].slots = 1);
    assert_eq!(world.refuses(fewer), "resource_has_work", "nor the slot it works on");
    let release =
        Command::Release { assignment, cause: crate::domain::event::ReleaseCause::Replanned, reason: Some("closing".into()) };
    world.does(release);
    world.does(without("2026-12-01"));
}

#[test]
fn a_resource_with_a_device_in_hand_stays_where_it_is() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(ready_phone("AB/1"));
    let moved = || unit_file("2026-12-01", |unit| unit.resources[2].site = "hq".into());
    world.starts(number, 0, slot("operators-north", 1));
    assert_eq!(world.refuses(moved()), "resource_has_work");
    world.does(finish(crate::domain::ids::AssignmentId(1), "23T09:00"));
    world.does(moved());
}

#[test]
fn a_site_that_open_submissions_need_stays() {
    let mut world = World::new();
    world.registers(ready_phone("AB/1"));
    let without = unit_file("2026-12-01", |unit| {
        unit.sites.retain(|site| site.id.as_str() != "north");
        unit.resources.retain(|resource| resource.site.as_str() != "north");
    });
    assert_eq!(world.refuses(without), "site_in_use");
}

#[test]
fn a_calendar_that_promises_count_in_must_exist() {
    let working = |policy: &mut Policy| {
        policy.promises[0].due = DueRule::Within { from: From::TakenAt, within: span("9h"), working: Some("days".into()) };
    };
    let mut world = World::new();
    let unknown = policy_file("2026-12-01", |policy| {
        policy.promises[0].due = DueRule::Within { from: From::TakenAt, within: span("9h"), working: Some("lunar".into()) };
    });
    assert_eq!(world.refuses(unknown), "calendar_missing");
    world.does(policy_file("2026-12-01", working));
    let without = unit_file("2026-12-01", |unit| unit.calendars.retain(|calendar| calendar.id.as_str() != "days"));
    assert_eq!(world.refuses(without), "calendar_missing");
}

#[test]
fn bank_holidays_are_adopted_when_they_change() {
    let mut world = World::new();
    let holidays: BTreeSet<chrono::NaiveDate> = ["2026-12-25".parse().unwrap()].into();
    assert_eq!(world.does(Command::AdoptHolidays { holidays: holidays.clone() }), ["holidays_adopted"]);
    assert!(world.does(Command::AdoptHolidays { holidays: holidays.clone() }).is_empty());
    assert_eq!(world.unit.establishment.zone.holidays, holidays);
    assert_eq!(world.folded(), world.unit);
}

fn duty(who: &str, kind: DutyKind, from: &str, until: &str) -> Duty {
    Duty { who: who.into(), kind, from: at(from), until: at(until) }
}

#[test]
fn a_roster_is_adopted_when_it_changes_and_outlives_a_newer_unit_file() {
    let mut world = World::new();
    let roster =
        vec![duty("DI Shah", DutyKind::OnCall, "23T18:00", "24T08:00"), duty("khan", DutyKind::Leave, "24T00:00", "25T00:00")];
    assert_eq!(world.does(Command::AdoptRoster { roster: roster.clone() }), ["roster_adopted"]);
    assert!(world.does(Command::AdoptRoster { roster: roster.clone() }).is_empty());
    world.does(unit_file("2026-12-01", |unit| unit.name = "Northshire and Southshire".into()));
    assert_eq!(world.unit.establishment.roster, roster);
    let on_call = |time: &str| world.unit.establishment.on_call(at(time)).collect::<Vec<_>>();
    assert_eq!((on_call("23T17:59"), on_call("23T18:00"), on_call("24T08:00")), (vec![], vec!["DI Shah"], vec![]));
    assert_eq!(world.folded(), world.unit);
    assert_eq!(world.does(Command::AdoptRoster { roster: Vec::new() }), ["roster_adopted"], "there is none any more");
}

#[test]
fn who_is_away_gives_back_what_they_were_to_do_and_is_given_nothing() {
    let mut world = World::new();
    let [number, other] = ["AB/1", "AB/2"].map(|exhibit| world.at("23T09:00").registers(ready_phone(exhibit)));
    let begun = world.starts(number, 0, slot("operators-north", 1));
    let offered = world.assigns(other, 0, slot("operators-north", 2));
    let court = duty("operators-north", DutyKind::Court, "23T09:30", "23T12:00");
    assert_eq!(world.does(Command::AdoptRoster { roster: vec![court] }), ["roster_adopted", "released"]);
    assert!(world.unit.assignments.contains_key(&begun) && !world.unit.assignments.contains_key(&offered));
    world.at("23T10:00").does(finish(begun, "23T10:00"));
    let again = world.assign(other, 0, slot("operators-north", 2));
    assert_eq!(world.refuses(again), "resource_down");
}

#[test]
fn who_is_on_besides_their_usual_hours_works_then() {
    let mut world = World::new();
    let number = world.at("23T09:00").registers(suspects_laptop("CD/1"));
    world.works(number, 0, slot("okafor", 1), "23T17:45");
    world.does(Command::AdoptRoster { roster: vec![duty("khan", DutyKind::On, "23T18:00", "23T20:00")] });
    let assignment = world.starts(number, 1, slot("khan", 1));
    assert_eq!(world.unit.assignments[&assignment].end, at("23T18:15"), "and not tomorrow at a quarter past eight");
}

#[test]
fn outages_of_a_dropped_resource_go_with_it() {
    let mut world = World::new();
    let (from, until) = (at("23T08:00"), at("23T12:00"));
    world.does(Command::DeclareOutage { resource: "lloyd".into(), from, until, reason: "leave".into() });
    world.does(unit_file("2026-12-01", |unit| unit.resources.retain(|resource| resource.id.as_str() != "lloyd")));
    assert!(world.unit.outages.is_empty());
}

#[test]
fn a_founded_unit_is_what_a_new_ledger_with_both_files_gives_but_for_its_place() {
    let world = World::new();
    let founded = Unit::founded(establishment(), policy());
    assert_eq!(founded, Unit { seq: 0, adopted: Default::default(), ..world.unit.clone() });
    assert_eq!(World::empty().folded(), Unit::empty());
}
