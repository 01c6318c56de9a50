//! `dfqueue plan --why`: all that the plan says of one submission.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow, bail};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::table::Shown;
use crate::cli::advice::sooner;
use crate::cli::output::table;
use crate::cli::reference::Reference;
use crate::domain::ids::QueueNumber;
use crate::domain::submission::digest_of;
use crate::domain::unit::{Submission, Unit};
use crate::planner::MilestoneForecast;
use crate::planner::otherwise::{Told, counterfactuals};

/// The submission that a reference names: whole, or an exhibit that the file has once.
pub fn find(unit: &Unit, text: &str) -> Result<QueueNumber> {
    let right = "write force|crime_ref|exhibit_ref|request in quotes, as in the queue file";
    let case = in_case(unit, text);
    if !case.is_empty() {
        bail!("--why {text:?} is a case with {} in it; write one of them in quotes:\n{}", rows(case.len()), keys(unit, &case));
    }
    let named: Vec<QueueNumber> = match Reference::read(text).map_err(|wrong| anyhow!("--why {text:?}: {wrong}"))? {
        Reference::Key { case, exhibit_ref, request } => {
            let key = format!("{}|{}|{exhibit_ref}|{}", case.force, case.crime_ref, request.unwrap_or(1));
            unit.references.get(&digest_of(&key)).copied().into_iter().collect()
        }
        // Rows of a file have no queue numbers: what looks like one is an exhibit, too.
        Reference::Exhibit(_) | Reference::Number(_) => {
            let exhibit: String = text.trim().nfc().collect();
            let has = |submission: &Submission| submission.particulars.as_ref().is_some_and(|p| p.exhibit_ref == exhibit);
            unit.submissions.values().filter(|submission| has(submission)).map(|submission| submission.number).collect()
        }
    };
    match named.as_slice() {
        [one] => Ok(*one),
        [] => bail!("--why {text:?}: no good row has this reference; {right}"),
        many => bail!("--why {text:?} is in {}; write one of them in quotes:\n{}", rows(many.len()), keys(unit, many)),
    }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".into() } else { format!("{count} rows") }
}

/// The rows of a case, where `force|crime_ref` was written.
fn in_case(unit: &Unit, text: &str) -> Vec<QueueNumber> {
    let case: Vec<String> = text.split('|').map(|part| part.trim().nfc().collect()).collect();
    let [force, crime_ref] = case.as_slice() else { return Vec::new() };
    let of_it =
        |s: &Submission| s.facts.force.as_str() == force && s.particulars.as_ref().is_some_and(|p| p.crime_ref == *crime_ref);
    unit.submissions.values().filter(|submission| of_it(submission)).map(|submission| submission.number).collect()
}

/// The first few of many, by their whole references, a line each.
fn keys(unit: &Unit, many: &[QueueNumber]) -> String {
    const SHOWN: usize = 12;
    let key = |number: &QueueNumber| unit.submissions.get(number).map_or_else(|| number.to_string(), |s| s.key());
    let mut lines: Vec<String> = many.iter().take(SHOWN).map(|number| format!("  {}", key(number))).collect();
    if many.len() > SHOWN {
        lines.push(format!("  and {} more", many.len() - SHOWN));
    }
    lines.join("\n")
}

/// The lines of a plan's JSON that are about one submission, and its rank.
pub fn narrowed(mut document: Value, shown: &Shown<'_>, number: QueueNumber) -> Value {
    let name = (shown.name)(number);
    if let Value::Object(members) = &mut document {
        members.remove("objective");
        for lines in members.values_mut().filter_map(Value::as_array_mut) {
            lines.retain(|line| line.get("submission").and_then(Value::as_str) == Some(&name));
        }
        members.insert("submission".into(), name.into());
        members.insert("rank".into(), rank(shown, number).into());
        members.insert("of".into(), shown.plan.order.len().into());
        let otherwise = counterfactuals(shown.unit, shown.plan, number, Told::Nobody);
        let zone = &shown.unit.establishment.zone;
        members.insert(
            "counterfactuals".into(),
            otherwise.iter().map(|one| one.json(zone, &|number| Some((shown.name)(number)))).collect(),
        );
    }
    document
}

/// Place in the order of the plan, from 1.
fn rank(shown: &Shown<'_>, number: QueueNumber) -> Option<usize> {
    shown.plan.order.iter().position(|other| *other == number).map(|index| index + 1)
}

/// The same for people.
pub fn text(shown: &Shown<'_>, number: QueueNumber, width: Option<u16>) -> String {
    let plan = shown.plan;
    let steps: Vec<_> = plan.steps.iter().filter(|step| step.submission == number).collect();
    let milestones: Vec<_> = plan.milestones.iter().filter(|m| m.submission == number).collect();
    let waiting: Vec<_> = plan.waiting.iter().filter(|waiting| waiting.submission == number).collect();
    let step_rows = steps.iter().map(|step| {
        let on = step.slot.as_ref().map_or_else(|| "-".into(), ToString::to_string);
        let because = if step.because.is_empty() { "-".into() } else { shown.say(&step.because) };
        vec![shown.stage(number, step.stage), on, shown.time(step.start), shown.time(step.end), because]
    });
    let waiting_rows = waiting.iter().map(|waiting| {
        let stage = waiting.stage.map_or_else(|| "-".into(), |stage| shown.stage(number, stage));
        vec![stage, shown.say(&waiting.reasons), shown.clear_by(waiting)]
    });
    let cleared = waiting.iter().filter_map(|waiting| waiting.if_cleared_now.as_ref()).flatten();
    let promise_rows = milestones.iter().map(|m| promise_row(shown, m, "")).chain(
        // Every stage behind the same gate tells the same milestones: once is enough.
        cleared.map(|m| promise_row(shown, m, "if its gates were met now: ")).collect::<BTreeSet<_>>(),
    );
    let parts = [
        title(shown, number),
        table(&["stage", "on", "start", "end", "why not sooner"], step_rows, width),
        table(&["stage", "waits for", "clear by"], waiting_rows, width),
        table(&["promise", "milestone", "due", "at the latest", "reached", "late"], promise_rows, width),
        otherwise(shown, number),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What would make it sooner, a line each.
fn otherwise(shown: &Shown<'_>, number: QueueNumber) -> String {
    let (found, zone) = (counterfactuals(shown.unit, shown.plan, number, Told::Nobody), &shown.unit.establishment.zone);
    sooner(found.iter().map(|one| one.say(zone, &|number| Some((shown.name)(number)))))
}

fn title(shown: &Shown<'_>, number: QueueNumber) -> String {
    let name = (shown.name)(number);
    let Some(submission) = shown.unit.submissions.get(&number) else { return format!("{name}\n") };
    let rank = rank(shown, number).map_or_else(|| "-".into(), |rank| rank.to_string());
    let route = submission.route.as_ref().map_or("none of the policy", |route| route.as_str());
    let (tier, of, taken) = (submission.tier(shown.plan.now), shown.plan.order.len(), shown.time(submission.facts.taken_at));
    format!("{name}: {rank} of {of}, tier {tier}, route {route}, taken {taken}\n")
}

fn promise_row(shown: &Shown<'_>, m: &MilestoneForecast, when: &str) -> Vec<String> {
    let late = if m.late_seconds() > 0 { shown.how_late(m) } else { "in time".into() };
    let taken = shown.unit.submissions.get(&m.submission).map(|submission| submission.facts.taken_at);
    // The last return window before the deadline may have closed before there was anything to return.
    let reachable = m.effective_due.filter(|at| taken.is_none_or(|taken| taken < *at));
    vec![
        m.promise.to_string(),
        m.milestone.as_str().to_owned(),
        shown.time(m.due),
        reachable.map_or_else(|| "never".into(), |at| shown.time(at)),
        format!("{when}{}", shown.time(m.at)),
        late,
    ]
}
