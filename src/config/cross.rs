//! What is odd in a unit and its policy and yet no mistake: told at start and by `dfqueue check`, and the daemon runs on.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{Months, NaiveDate};

use super::error::advice;
use crate::domain::establishment::{Establishment, Resource};
use crate::domain::ids::Word;
use crate::domain::policy::{LOWEST_TIER, Policy, Route, Stage, When};
use crate::domain::time::Timestamp;

/// Bank holidays that end sooner are worth a word.
const HOLIDAYS_AHEAD: Months = Months::new(6);

/// Validation and competence that lapse sooner are worth a word.
const LAPSES_AHEAD: Months = Months::new(1);

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about: `calendar nights`, `route lab, stage triage`.
    pub about: String,
    /// What is odd about it, and what follows.
    pub text: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

fn notice(about: impl Into<String>, text: impl Into<String>) -> Notice {
    Notice { about: about.into(), text: text.into() }
}

/// Everything odd in a unit and a policy that are valid, in the order of the files.
pub fn cross_check(unit: &Establishment, policy: &Policy) -> Vec<Notice> {
    let mut notices = Vec::new();
    sites(unit, &mut notices);
    for calendar in unit.calendars.iter().filter(|calendar| calendar.hours.weekly.is_empty()) {
        notices.push(notice(format!("calendar {}", calendar.id), "never opens"));
    }
    for resource in &unit.resources {
        resource_of_no_use(resource, policy, &mut notices);
    }
    if policy.tier(LOWEST_TIER).is_none() {
        notices.push(notice(format!("tier {LOWEST_TIER}"), "is not listed, yet holds submissions to which no promise applies"));
    }
    for (i, route) in policy.routes.iter().enumerate() {
        routes(route, &policy.routes[..i], unit, policy, &mut notices);
    }
    if policy.promises.iter().all(|promise| promise.name != policy.guard.promise) {
        notices.push(notice("guard", format!("there is no promise \"{}\", so that nothing is guarded", policy.guard.promise)));
    }
    notices
}

/// Whether the bank holidays end within six months of `today`: from then on none is known.
pub fn holidays_end_soon(unit: &Establishment, today: NaiveDate) -> Option<Notice> {
    let about = format!("bank holidays of {}", unit.division);
    match unit.zone.holidays.last() {
        None => Some(notice(about, "none is listed")),
        Some(last) if *last < today.checked_add_months(HOLIDAYS_AHEAD)? => {
            Some(notice(about, format!("the last one listed is {last}; replace the file with a newer one")))
        }
        Some(_) => None,
    }
}

/// Resources that validation or competence keeps from work, or soon will: no work that ends after that day is given to them.
pub fn lapsing(unit: &Establishment, today: NaiveDate) -> Vec<Notice> {
    let soon = today.checked_add_months(LAPSES_AHEAD).unwrap_or(today);
    let lapse = |resource: &Resource| {
        let last = resource.lapses().filter(|last| *last < soon)?;
        let what = if resource.validated_until == Some(last) { "validation" } else { "competence" };
        let when = if last < today { "has lapsed: it ended" } else { "lapses soon: it ends" };
        Some(notice(
            format!("resource {}", resource.id),
            format!("{what} {when} on {last}; no work that ends later is given to it"),
        ))
    };
    unit.resources.iter().filter_map(lapse).collect()
}

/// Sites from which no device ever comes back in time.
fn sites(unit: &Establishment, notices: &mut Vec<Notice>) {
    // Weekly windows are alike at all times, so any instant will do to look from.
    let near = unit.zone.holidays.first().map_or(Timestamp::from_unix(1_767_225_600), |day| unit.zone.end_of_day(*day));
    for site in &unit.sites {
        let about = || format!("site {}", site.id);
        if site.returns.weekly.is_empty() {
            notices.push(notice(about(), "has no return windows: no device comes back to its owner from there"));
        } else if site.return_windows(&unit.zone, near).first_fit(near.unix(), site.to_owner.0).is_none() {
            let text = format!(
                "no return window is as long as the trip to the owner, {}: no device comes back from there",
                site.to_owner
            );
            notices.push(notice(about(), text));
        }
    }
}

/// What a resource is said to do, and no route asks of it.
fn resource_of_no_use(resource: &Resource, policy: &Policy, notices: &mut Vec<Notice>) {
    let about = || format!("resource {}", resource.id);
    let empty = [
        ("stages", resource.stages.is_empty()),
        ("levels", resource.levels.as_ref().is_some_and(Vec::is_empty)),
        ("devices", resource.devices.as_ref().is_some_and(Vec::is_empty)),
    ];
    for (key, _) in empty.into_iter().filter(|(_, empty)| *empty) {
        notices.push(notice(about(), format!("`{key}` is empty, so that it can do nothing")));
    }
    let stages = || policy.routes.iter().flat_map(|route| &route.stages).filter(|stage| !stage.returns_device);
    let names: BTreeSet<&str> = stages().map(|stage| stage.name.as_str()).collect();
    for name in &resource.stages {
        if !names.contains(name.as_str()) {
            notices.push(notice(about(), unknown("no route has a stage", name, names.iter().copied())));
        } else if !stages().any(|stage| stage.name == *name && stage.by.contains(&resource.kind)) {
            notices.push(notice(about(), format!("no route's stage \"{name}\" is done by kind {}", resource.kind)));
        }
    }
    for device in resource.devices.iter().flatten().filter(|device| !policy.devices.contains(device)) {
        notices.push(notice(about(), unknown("the policy has no device", device, policy.devices.iter().map(Word::as_str))));
    }
}

fn unknown<'k>(what: &str, word: &Word, known: impl IntoIterator<Item = &'k str>) -> String {
    let advice = advice(word.as_str(), known).map(|advice| format!("; {advice}"));
    format!("{what} \"{word}\"{}", advice.unwrap_or_default())
}

/// Stages of a route that nobody can do, for the devices and levels that reach it past the `earlier` routes.
fn routes(route: &Route, earlier: &[Route], unit: &Establishment, policy: &Policy, notices: &mut Vec<Notice>) {
    let devices = route.when.device.clone().unwrap_or_else(|| policy.devices.clone());
    let levels = route.when.level.clone().unwrap_or_else(|| levels(unit, policy));
    let pairs = levels.iter().flat_map(|level| devices.iter().map(|device| (*level, device)));
    let reached: Vec<(u8, &Word)> = pairs
        .filter(|(level, device)| !earlier.iter().any(|first| takes_all(&first.when, &route.when, *level, device)))
        .collect();
    if reached.is_empty() && !devices.is_empty() {
        notices.push(notice(format!("route {}", route.name), "no submission takes it: earlier routes match all of them"));
        return;
    }
    for (i, stage) in route.stages.iter().enumerate().filter(|(_, stage)| !stage.returns_device) {
        let about = || format!("route {}, stage {}", route.name, stage.name);
        let able = |(level, device): (u8, &Word)| unit.resources.iter().any(|resource| can(resource, stage, level, device));
        let lacking: Vec<(u8, &Word)> = reached.iter().copied().filter(|pair| !able(*pair)).collect();
        if !lacking.is_empty() {
            notices.push(notice(about(), nobody(&lacking, &reached)));
        } else if let Some(text) = no_such_person(route, i, unit) {
            notices.push(notice(about(), text));
        }
        if stage.holds_device && held_after_return(route, i) {
            notices.push(notice(about(), "holds the device, yet need not be over before the device goes back"));
        }
    }
}

fn can(resource: &Resource, stage: &Stage, level: u8, device: &Word) -> bool {
    stage.by.contains(&resource.kind) && resource.can(&stage.name, level, device)
}

/// Every level that is mentioned anywhere, and 1.
fn levels(unit: &Establishment, policy: &Policy) -> Vec<u8> {
    let able = unit.resources.iter().flat_map(|resource| resource.levels.iter().flatten());
    let routed = policy.routes.iter().flat_map(|route| route.when.level.iter().flatten());
    able.chain(routed).copied().chain([1]).collect::<BTreeSet<u8>>().into_iter().collect()
}

/// Whether `first` matches every submission of this level and device that `second` matches.
fn takes_all(first: &When, second: &When, level: u8, device: &Word) -> bool {
    fn wider<T: PartialEq>(first: Option<&Vec<T>>, second: Option<&Vec<T>>) -> bool {
        first.is_none_or(|first| second.is_some_and(|second| second.iter().all(|value| first.contains(value))))
    }
    first.level.as_ref().is_none_or(|levels| levels.contains(&level))
        && first.device.as_ref().is_none_or(|devices| devices.contains(device))
        && wider(first.owner.as_ref(), second.owner.as_ref())
        && wider(first.offence.as_ref(), second.offence.as_ref())
        && wider(first.risk.as_ref(), second.risk.as_ref())
        && wider(first.lock_state.as_ref(), second.lock_state.as_ref())
        && wider(first.repeat_suspect.as_ref(), second.repeat_suspect.as_ref())
        && wider(first.life_at_risk.as_ref(), second.life_at_risk.as_ref())
}

/// "no resource can do it for level 2: phone, tablet; level 3: every device that comes here".
fn nobody(lacking: &[(u8, &Word)], of: &[(u8, &Word)]) -> String {
    if lacking.len() == of.len() {
        return "no resource can do it".to_owned();
    }
    let at = |pairs: &[(u8, &Word)], level: u8| pairs.iter().filter(|(l, _)| *l == level).count();
    let levels: BTreeSet<u8> = lacking.iter().map(|(level, _)| *level).collect();
    let line = |level: &u8| {
        let devices: Vec<&str> = lacking.iter().filter(|(l, _)| l == level).map(|(_, device)| device.as_str()).collect();
        let all = devices.len() == at(of, *level) && devices.len() > 1;
        format!("level {level}: {}", if all { "every device that comes here".to_owned() } else { devices.join(", ") })
    };
    format!("no resource can do it for {}", levels.iter().map(line).collect::<Vec<_>>().join("; "))
}

/// A stage for the same person as an earlier one needs somebody who can do both.
fn no_such_person(route: &Route, stage: usize, unit: &Establishment) -> Option<String> {
    let later = &route.stages[stage];
    let earlier = &route.stages[later.same_person_as?];
    let both = |resource: &Resource| {
        [later, earlier].iter().all(|stage| stage.by.contains(&resource.kind) && resource.stages.contains(&stage.name))
    };
    let text = || format!("no resource can do it and \"{}\", as `same_person_as` wants", earlier.name);
    (!unit.resources.iter().any(both)).then(text)
}

/// Whether the device may be on its way home while this stage still wants it.
fn held_after_return(route: &Route, holding: usize) -> bool {
    let Some(returning) = route.stages.iter().position(|stage| stage.returns_device) else { return false };
    let (mut open, mut seen) = (vec![returning], BTreeSet::new());
    while let Some(stage) = open.pop() {
        if seen.insert(stage) {
            open.extend(&route.stages[stage].after);
        }
    }
    !seen.contains(&holding)
}

#[cfg(test)]
mod tests;
