//! Units and plans in few words.

use crate::domain::calendar::OpeningHours;
use crate::domain::establishment::Closure;
use crate::domain::ids::Word;
use crate::domain::unit::{StageState, Submission, Unit};
use crate::planner::Plan;

/// A unit and its plan in few words, to read a failure by.
pub fn sketch(unit: &Unit, plan: &Plan) -> String {
    let mut lines = vec![format!("now {}, {}", plan.now, unit.establishment.zone.time_zone)];
    let hours = |hours: &OpeningHours| {
        let weekly: Vec<String> = hours.weekly.iter().map(ToString::to_string).collect();
        format!("{weekly:?}{}", if hours.closed_on_holidays { " but holidays" } else { "" })
    };
    let spans = |closures: &[Closure]| closures.iter().map(|c| format!(" [{} {}]", c.from, c.until)).collect::<String>();
    for site in &unit.establishment.sites {
        lines.push(format!("site {}: returns {}, trip {}", site.id, hours(&site.returns), site.to_owner));
    }
    lines.push(format!("travel {} {:?}", unit.establishment.travel_default, unit.establishment.travel));
    for calendar in &unit.establishment.calendars {
        lines.push(format!("calendar {}: {}", calendar.id, hours(&calendar.hours)));
    }
    for r in &unit.establishment.resources {
        let stages: Vec<&str> = r.stages.iter().map(Word::as_str).collect();
        lines.push(format!(
            "{} x{} {} at {}, {}, speed {}, {stages:?} levels {:?} devices {:?} until {:?} {:?} closed{}{}",
            r.id,
            r.slots,
            r.kind,
            r.site,
            r.calendar,
            r.speed,
            r.levels,
            r.devices,
            r.validated_until,
            r.competent_until,
            spans(&r.closed),
            spans(unit.outages.get(&r.id).map_or(&[], Vec::as_slice)),
        ));
    }
    for submission in unit.submissions.values() {
        lines.push(sketch_of(unit, submission));
    }
    lines.extend(plan.steps.iter().map(|step| {
        let slot = step.slot.as_ref().map_or_else(String::new, ToString::to_string);
        let place = format!("{} {} {slot} {} .. {}", step.submission, step.stage, step.start, step.end);
        format!("{place} {:?} {:?} because {:?}", step.hold, step.segments, step.because)
    }));
    lines.extend(plan.milestones.iter().map(|line| format!("{line:?}")));
    lines.extend(plan.waiting.iter().map(|waiting| format!("{waiting:?}")));
    lines.join("\n")
}

fn sketch_of(unit: &Unit, submission: &Submission) -> String {
    let facts = &submission.facts;
    let mut lines = vec![format!(
        "{} {}: {} {} level {} {:?} GB at {} {:?} home {} present {:?} trip {:?} rank {:?}",
        submission.number,
        submission.case,
        facts.owner,
        facts.device,
        facts.level,
        facts.storage_gb,
        facts.site,
        submission.device,
        facts.home(),
        facts.owner_present_until,
        facts.trip,
        facts.case_rank,
    )];
    if let Some(route) = unit.route_of(submission) {
        lines.push(format!("  route {} gates {:?}", route.name, route.gates));
        for (i, (stage, state)) in route.stages.iter().zip(&submission.stages).enumerate() {
            let mut flags = String::new();
            for (flag, word) in
                [(stage.attended, "attended "), (stage.holds_device, "holds "), (stage.returns_device, "returns ")]
            {
                flags.push_str(if flag { word } else { "" });
            }
            let people = format!("same {:?} different {:?}", stage.same_person_as, stage.different_person_from);
            let state = match (state, unit.assignment_of(submission, i)) {
                (StageState::Done(done), _) => format!("done {} {}", done.start, done.end),
                (_, Some(assignment)) => {
                    format!("{:?} {} {} {}", assignment.state, assignment.slot, assignment.start, assignment.end)
                }
                _ => "open".into(),
            };
            lines.push(format!(
                "  {i} {} {flags}{:?} {}+{}/GB after {:?} {people}: {state}",
                stage.name, stage.by, stage.base, stage.per_gb, stage.after,
            ));
        }
    }
    for clock in &submission.clocks {
        lines.push(format!(
            "  {} {:?} tier {} due {} from {} until {}",
            clock.promise, clock.milestone, clock.tier, clock.due, clock.applies_from, clock.ends_at
        ));
    }
    lines.join("\n")
}
