//! One change for each rule.

use super::example::{edit, find, place, step};
use super::finds;
use crate::domain::establishment::{Closure, ResourceKind};
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::policy::Gate;
use crate::domain::testing::{at, hours, slot, span};
use crate::domain::time::Seconds;
use crate::domain::unit::Unit;
use crate::planner::check::{Bound, Field, LineFault, Listing, Moment, SlotFault, Violation};
use crate::planner::{Hold, RankRule, Reason};

fn establishment(unit: &mut Unit) -> &mut crate::domain::establishment::Establishment {
    std::sync::Arc::make_mut(&mut unit.establishment)
}

fn resource<'a>(unit: &'a mut Unit, id: &str) -> &'a mut crate::domain::establishment::Resource {
    establishment(unit).resources.iter_mut().find(|resource| resource.id.as_str() == id).unwrap()
}

fn closure(from: &str, until: &str) -> Closure {
    Closure { from: at(from), until: at(until), reason: String::new() }
}

#[test]
fn the_lists_are_complete_and_in_order() {
    finds!(|_, plan| plan.based_on = 39, Violation::Stale { expected: 40, found: 39 });
    finds!(|_, plan| plan.order.truncate(2), Violation::List { list: Listing::Order, at: QueueNumber(3) });
    finds!(|_, plan| plan.order.push(QueueNumber(1)), Violation::List { list: Listing::Order, .. });
    finds!(|_, plan| plan.steps.swap(0, 2), Violation::List { list: Listing::Steps, .. });
    finds!(|_, plan| plan.steps.swap(0, 1), Violation::List { list: Listing::Steps, .. });
    finds!(|_, plan| plan.milestones.swap(0, 3), Violation::List { list: Listing::Milestones, .. });
    finds!(|_, plan| plan.order.swap(0, 2), Violation::List { list: Listing::Milestones, .. });
    finds!(|_, plan| plan.order[2] = QueueNumber(9), Violation::List { list: Listing::Order, at: QueueNumber(9) });
}

#[test]
fn every_open_stage_is_there_once() {
    finds!(|_, plan| plan.steps.truncate(10), Violation::Lost { .. });
    finds!(|_, plan| plan.waiting.truncate(4), Violation::Lost { .. });
    finds!(|_, plan| plan.steps.push(plan.steps[10].clone()), Violation::Doubled { times: 2, .. });
    finds!(|_, plan| plan.waiting.push(plan.waiting[0].clone()), Violation::Doubled { times: 2, .. });
    finds!(|_, plan| plan.waiting[0].submission = QueueNumber(9), Violation::NotOpen { .. });
    finds!(|_, plan| plan.steps[0].stage = 17, Violation::NotOpen { .. });
    finds!(|_, plan| plan.waiting[0].stage = None, Violation::NotOpen { .. });
    finds!(|unit, _| edit(unit, 3, |s| s.route = None), Violation::Lost { .. });
}

#[test]
fn a_slot_is_there_and_can() {
    let to = |to: &'static str, place: u32| move |_: &mut Unit, plan: &mut _| find(plan, 1, 1).slot = Some(slot(to, place));
    finds!(to("kiosk-north", 3), Violation::Slot { fault: SlotFault::Unknown, .. });
    finds!(to("kiosk-north", 0), Violation::Slot { fault: SlotFault::Unknown, .. });
    finds!(to("nobody", 1), Violation::Slot { fault: SlotFault::Unknown, .. });
    finds!(to("khan", 1), Violation::Slot { fault: SlotFault::Kind, .. });
    finds!(|_, plan| find(plan, 1, 1).slot = None, Violation::Slot { fault: SlotFault::Missing, .. });
    finds!(|_, plan| find(plan, 1, 3).slot = Some(slot("khan", 1)), Violation::Slot { fault: SlotFault::Surplus, .. });
    finds!(|u, _| resource(u, "kiosk-north").stages.clear(), Violation::Slot { fault: SlotFault::Stage, .. });
    finds!(|u, _| resource(u, "kiosk-north").levels = Some(vec![2]), Violation::Slot { fault: SlotFault::Level, .. });
    finds!(
        |u, _| resource(u, "kiosk-north").devices = Some(vec!["sim".into()]),
        Violation::Slot { fault: SlotFault::Device, .. }
    );
    finds!(|u, _| resource(u, "kiosk-north").kind = ResourceKind::Dmi, Violation::Slot { fault: SlotFault::Kind, .. });
}

#[test]
fn nothing_else_is_on_a_slot() {
    finds!(
        |_, plan| {
            find(plan, 2, 0).slot = Some(slot("okafor", 1));
            place(find(plan, 1, 4), at("23T09:15"), at("23T09:45"));
        },
        Violation::DoubleBooked { .. }
    );
    // Between the pieces of attended work, too.
    finds!(
        |_, plan| {
            find(plan, 2, 5).slot = Some(slot("khan", 1));
            place(find(plan, 2, 5), at("24T08:00"), at("24T08:30"));
        },
        Violation::DoubleBooked { .. }
    );
}

#[test]
fn attended_work_is_inside_windows_and_as_long_as_expected() {
    finds!(|_, plan| place(find(plan, 2, 5), at("24T07:30"), at("24T08:00")), Violation::Moment { moment: Moment::Open, .. });
    finds!(|_, plan| place(find(plan, 2, 5), at("24T18:00"), at("24T18:30")), Violation::Moment { moment: Moment::Open, .. });
    finds!(|_, plan| find(plan, 2, 3).end = at("24T08:59"), Violation::Moment { moment: Moment::AttendedEnd, .. });
    finds!(|_, plan| find(plan, 2, 3).segments.truncate(1), Violation::Segments { .. });
    finds!(|_, plan| find(plan, 2, 3).segments = vec![(at("23T11:00"), at("24T09:00"))], Violation::Segments { .. });
    finds!(|u, _| resource(u, "khan").speed = 75, Violation::Moment { moment: Moment::AttendedEnd, .. });
    finds!(|u, _| resource(u, "khan").closed = vec![closure("23T13:00", "23T13:01")], Violation::Segments { .. });
    finds!(
        |u, _| u.outages.insert_mut("khan".into(), vec![closure("23T13:00", "23T13:01")]),
        Violation::Moment { moment: Moment::AttendedEnd, .. }
    );
    finds!(|u, _| establishment(u).calendars[0].hours = hours(&["Mon-Fri 08:00-17:00"]), Violation::Segments { .. });
    finds!(
        |u, _| {
            let establishment = establishment(u);
            establishment.zone.holidays.insert("2026-11-24".parse().unwrap());
            establishment.calendars[0].hours.closed_on_holidays = true;
        },
        Violation::Segments { .. }
    );
}

#[test]
fn unattended_work_runs_through_and_is_handed_over_in_time() {
    finds!(|_, plan| find(plan, 1, 1).end = at("23T10:29"), Violation::Moment { moment: Moment::HandOver, .. });
    finds!(|_, plan| find(plan, 1, 1).segments.clear(), Violation::Segments { .. });
    finds!(|u, _| resource(u, "kiosk-north").closed = vec![closure("23T10:00", "23T10:10")], Violation::Closure { .. });
    // Not before the desk opens again; until its close is in time.
    let shut = |lines: &'static [&'static str]| move |u: &mut Unit, _: &mut _| establishment(u).calendars[1].hours = hours(lines);
    finds!(shut(&["Mon 07:00-10:29", "Mon 10:31-22:00"]), Violation::Moment { moment: Moment::HandOver, .. });
    let (found, words) = super::broken(shut(&["Mon 07:00-10:30", "Mon 10:30-22:00"]));
    assert!(found.is_empty(), "{words}");
}

#[test]
fn storage_that_is_not_known_is_typical() {
    let per_gb = |unit: &mut Unit, gb: Option<u32>| {
        let mut policy = (*unit.policy).clone();
        policy.routes[0].stages[1].base = Seconds(3_600 - 128);
        policy.routes[0].stages[1].per_gb = Seconds(1);
        unit.policies.insert_mut(policy.version.clone(), std::sync::Arc::new(policy));
        edit(unit, 1, |submission| submission.facts.storage_gb = gb);
    };
    let (found, words) = super::broken(|unit, _| per_gb(unit, None));
    assert!(found.is_empty(), "{words}");
    finds!(|unit, _| per_gb(unit, Some(129)), Violation::Moment { moment: Moment::HandOver, .. });
}

#[test]
fn dates_lapse_at_the_end_of_their_day() {
    let lapses =
        |day: &'static str| move |u: &mut Unit, _: &mut _| resource(u, "khan").competent_until = Some(day.parse().unwrap());
    finds!(lapses("2026-11-23"), Violation::Bound { bound: Bound::Competent, .. });
    let (found, words) = super::broken(lapses("2026-11-24"));
    assert!(found.is_empty(), "{words}");
    finds!(
        |u, _| resource(u, "kiosk-north").validated_until = Some("2026-11-22".parse().unwrap()),
        Violation::Bound { bound: Bound::Validated, .. }
    );
}

#[test]
fn nothing_starts_before_now_or_before_the_stage_before_it() {
    finds!(|_, plan| plan.now = at("23T09:01"), Violation::Bound { bound: Bound::Now, .. });
    finds!(|_, plan| place(find(plan, 1, 2), at("23T10:29"), at("23T10:59")), Violation::Bound { bound: Bound::Predecessor, .. });
    finds!(|_, plan| find(plan, 1, 2).end = at("23T10:29"), Violation::Bound { bound: Bound::Start, .. });
    finds!(|_, plan| plan.steps.retain(|s| (s.submission.0, s.stage) != (1, 1)), Violation::PredecessorWaits { .. });
}

#[test]
fn the_device_is_in_one_place() {
    // The kiosk at headquarters is 50 minutes away.
    finds!(|_, plan| find(plan, 1, 1).slot = Some(slot("kiosk-hq", 1)), Violation::Bound { bound: Bound::Device, .. });
    finds!(|u, _| edit(u, 1, |s| s.facts.site = "hq".into()), Violation::Moment { moment: Moment::HandBackStart, .. });
    let moved = |unit: &mut Unit, _: &mut _| {
        edit(unit, 1, |s| s.device = crate::domain::unit::Whereabouts::At { site: "hq".into(), since: at("23T08:50") });
    };
    finds!(moved, Violation::Bound { bound: Bound::Device, .. });
    finds!(|_, plan| place(find(plan, 1, 0), at("23T09:45"), at("23T10:15")), Violation::Bound { bound: Bound::Predecessor, .. });
}

#[test]
fn a_device_goes_home_by_the_rule() {
    finds!(|_, p| place(find(p, 1, 3), at("23T11:01"), at("23T11:46")), Violation::Moment { moment: Moment::HandBackStart, .. });
    finds!(|_, p| find(p, 1, 3).end = at("23T11:44"), Violation::Moment { moment: Moment::HandBackEnd, .. });
    finds!(|_, p| find(p, 1, 3).segments = vec![(at("23T11:00"), at("23T11:45"))], Violation::Segments { .. });
    finds!(|u, _| edit(u, 1, |s| s.facts.trip = Some(span("46m"))), Violation::Moment { moment: Moment::HandBackEnd, .. });
    finds!(
        |u, _| edit(u, 1, |s| s.facts.return_site = Some("hq".into())),
        Violation::Moment { moment: Moment::HandBackStart, .. }
    );
    finds!(
        |u, _| establishment(u).sites[1].returns = hours(&["Mon-Sun 08:00-11:44"]),
        Violation::Moment { moment: Moment::HandBackStart, .. }
    );
    // An owner who waits takes it at once; one who has gone does not.
    let waits =
        |until: &'static str| move |u: &mut Unit, _: &mut _| edit(u, 1, |s| s.facts.owner_present_until = Some(at(until)));
    finds!(waits("23T11:00"), Violation::Moment { moment: Moment::HandBackEnd, .. });
    let (found, words) = super::broken(waits("23T10:59"));
    assert!(found.is_empty(), "{words}");
}

#[test]
fn who_must_be_the_same_is_and_who_must_not_is_not() {
    finds!(|_, plan| find(plan, 2, 4).slot = Some(slot("lloyd", 1)), Violation::Person { same: true, .. });
    finds!(|_, plan| find(plan, 2, 5).slot = Some(slot("khan", 1)), Violation::Person { same: false, .. });
}

#[test]
fn a_shut_gate_or_an_earlier_exhibit_means_no_step() {
    finds!(|u, _| edit(u, 1, |s| s.facts.notice_at = Some(at("23T09:01"))), Violation::GateShut { gate: Gate::Agreement, .. });
    finds!(|u, _| edit(u, 1, |s| s.facts.authorised_at = None), Violation::GateShut { gate: Gate::Authorisation, .. });
    finds!(|u, _| edit(u, 2, |s| s.facts.legal_basis = false), Violation::GateShut { gate: Gate::LegalBasis, .. });
    finds!(|u, _| edit(u, 2, |s| s.facts.delivered_at = None), Violation::GateShut { gate: Gate::Delivery, .. });
    let ranks = |first: u32, second: u32| {
        move |u: &mut Unit, _: &mut _| {
            edit(u, 3, |s| (s.case, s.facts.case_rank) = (CaseId(1), Some(first)));
            edit(u, 1, |s| s.facts.case_rank = Some(second));
        }
    };
    finds!(ranks(1, 2), Violation::EarlierExhibit { first: QueueNumber(3), .. });
    let (found, words) = super::broken(ranks(2, 2));
    assert!(found.is_empty(), "{words}");
    finds!(ranks(2, 1), Violation::ReasonMissing { expected: Reason::EarlierExhibitFirst { first: QueueNumber(1) }, .. });
}

#[test]
fn milestones_follow_from_steps() {
    let field = |change: fn(&mut crate::planner::MilestoneForecast)| {
        move |_: &mut Unit, plan: &mut crate::planner::Plan| change(&mut plan.milestones[0])
    };
    finds!(field(|line| line.at = at("23T11:44")), Violation::Milestone { field: Field::At, .. });
    finds!(field(|line| line.due = at("24T07:41")), Violation::Milestone { field: Field::Due, .. });
    finds!(field(|line| line.effective_due = Some(at("24T07:40"))), Violation::Milestone { field: Field::EffectiveDue, .. });
    finds!(field(|line| line.effective_due = None), Violation::Milestone { field: Field::EffectiveDue, .. });
    finds!(field(|line| line.tier = 2), Violation::Line { fault: LineFault::Promise, .. });
    finds!(field(|line| line.promise = "custody".into()), Violation::Line { fault: LineFault::Surplus, .. });
    finds!(|_, plan| plan.milestones.truncate(3), Violation::Line { fault: LineFault::Missing, .. });
    finds!(|_, plan| plan.milestones.push(plan.milestones[3].clone()), Violation::Line { fault: LineFault::Surplus, .. });
    finds!(|u, _| edit(u, 2, |s| s.clocks[0].ends_at = at("23T09:00")), Violation::Line { fault: LineFault::Surplus, .. });
    finds!(|_, plan| plan.objective[3].late = 1, Violation::Objective { .. });
    finds!(|_, plan| plan.objective.truncate(5), Violation::Objective { .. });
    finds!(|_, plan| plan.milestones[0].due = at("23T11:00"), Violation::Objective { .. });
}

#[test]
fn reasons_hold_and_none_is_missing() {
    let because = |reason: Reason| move |_: &mut Unit, plan: &mut crate::planner::Plan| find(plan, 2, 5).because.push(reason);
    finds!(|_, plan| find(plan, 2, 5).because.clear(), Violation::NoReason { .. });
    finds!(|_, plan| plan.steps[0].because.push(Reason::NoRoute), Violation::ReasonForNothing { .. });
    finds!(because(Reason::NotAuthorised), Violation::ReasonFalse { .. });
    finds!(because(Reason::Closed { until: Some(at("24T09:30")) }), Violation::ReasonFalse { .. });
    finds!(because(Reason::Closed { until: None }), Violation::ReasonFalse { .. });
    finds!(because(Reason::InTransit { until: at("24T09:31") }), Violation::ReasonFalse { .. });
    finds!(because(Reason::ResourceDown { resource: "khan".into(), until: at("24T09:00") }), Violation::ReasonFalse { .. });
    finds!(because(Reason::CompetenceLapsed { resource: "lloyd".into() }), Violation::ReasonFalse { .. });
    finds!(because(Reason::NoReturnWindow), Violation::ReasonFalse { .. });
    let behind = |first| Reason::Behind { others: 1, first: QueueNumber(first), rule: RankRule::Tier };
    finds!(because(behind(1)), Violation::ReasonFalse { .. });
    finds!(
        |_, plan| find(plan, 2, 5).because = vec![Reason::PreviousStage { stage: "report".into(), until: Some(at("24T09:29")) }],
        Violation::ReasonMissing { .. }
    );
    finds!(|_, plan| plan.waiting[0].reasons.clear(), Violation::NoReason { .. });
    finds!(|_, plan| drop(plan.waiting[0].reasons.remove(1)), Violation::ReasonMissing { expected: Reason::NotAuthorised, .. });
    finds!(|_, plan| plan.waiting[0].reasons.push(Reason::NoLegalBasis), Violation::ReasonFalse { .. });
    finds!(|u, _| edit(u, 3, |s| s.facts.notice_at = Some(at("23T08:00"))), Violation::ReasonFalse { .. });
    finds!(|_, plan| plan.waiting[0].clear_by = Some(at("23T08:59")), Violation::ClearBy { shut: true, .. });
    finds!(|_, plan| plan.waiting[0].if_cleared_now = None, Violation::IfCleared { shut: true, .. });
}

#[test]
fn nothing_waits_without_cause() {
    let waits = |_: &mut Unit, plan: &mut crate::planner::Plan| {
        plan.steps.retain(|step| (step.submission.0, step.stage) != (1, 4));
        let reasons = vec![Reason::Closed { until: None }];
        let waiting =
            crate::planner::Waiting { submission: QueueNumber(1), stage: Some(4), reasons, clear_by: None, if_cleared_now: None };
        plan.waiting.insert(0, waiting);
    };
    finds!(waits, Violation::WithoutCause { .. });
    finds!(waits, Violation::ReasonFalse { found: Reason::Closed { until: None }, .. });
    let (mut unit, mut plan) = super::example();
    waits(&mut unit, &mut plan);
    let omitted = crate::planner::check::omissions(&unit, &plan);
    let expected = [(slot("okafor", 1), (at("23T11:00"), at("23T11:30")))];
    let found: Vec<_> = omitted
        .iter()
        .filter_map(|violation| match violation {
            Violation::Omitted { slot, place, .. } => Some((slot.clone()?, *place)),
            _ => None,
        })
        .collect();
    assert_eq!(found, expected);
    // A date that lapses first is a cause.
    resource(&mut unit, "okafor").validated_until = Some("2026-11-22".parse().unwrap());
    assert_eq!(crate::planner::check::omissions(&unit, &plan), []);
}

#[test]
fn a_step_that_is_free_is_said_to_be() {
    finds!(|_, plan| plan.steps[0].hold = Hold::Pinned, Violation::Hold { expected: Hold::Free, found: Hold::Pinned, .. });
    finds!(
        |_, plan| plan.steps.insert(0, step(3, 0, Some(("operators-north", 2)), "23T09:00", "23T09:30")),
        Violation::GateShut { .. }
    );
}
