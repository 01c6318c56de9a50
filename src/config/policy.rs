//! The policy file: words, tiers, promises, routes, guard. Its keys are explained in `config/policy.toml`.

use super::error::{Mistakes, Wrong};
use super::promise::promise;
use super::reader::{Document, Names, Table, all};
use super::route::route;
use super::text;
use super::values::{boolean, string, version, whole};
use crate::domain::event::FailureCause;
use crate::domain::ids::Word;
use crate::domain::policy::{DueRule, Forecast, Guard, NextStep, OnFail, Policy, Promise, Tier, When};
use crate::domain::submission::MOST_STORAGE_GB;
use crate::domain::time::Seconds;

/// Reads a policy file. Calendars it names are looked up where the unit file is at hand: [`load_pair`](super::load_pair).
///
/// # Errors
/// Every mistake in it.
pub fn policy(file: &str, text: &str) -> Result<Policy, Mistakes> {
    read(file, text, None)
}

/// The same, with the calendars that promises in working time may name.
pub(super) fn read(file: &str, text: &str, calendars: Option<&[Word]>) -> Result<Policy, Mistakes> {
    Document::read(file, text, |root| policy_of(root, calendars))
}

/// What promises and routes refer to. Lists that could not be read are none: what they hold can't be called unknown.
pub(super) struct Context<'c> {
    devices: Option<Vec<Word>>,
    offences: Option<Vec<Word>>,
    risks: Option<Vec<Word>>,
    tiers: Vec<Tier>,
    calendars: Option<&'c [Word]>,
}

fn policy_of(root: &Table<'_, '_>, calendars: Option<&[Word]>) -> Option<Policy> {
    let version = root.required("version", version);
    let context = Context {
        devices: words(root, "devices"),
        offences: words(root, "offences"),
        risks: words(root, "risks"),
        tiers: tiers(root),
        calendars,
    };
    let never_above = never_above(root);
    let (mut promise_names, mut route_names) = (Names::new("promise"), Names::new("route"));
    let promises = all(&root.tables("promise"), |table| promise(table, &mut promise_names, &context));
    let routes = all(&root.tables("route"), |table| route(table, &mut route_names, &context));
    let guard = guard(root.table("guard"), &promises, &promise_names);
    let (dispatch_horizon, lease) = dispatch(root.table("dispatch"));
    let pace = pace(root.table("actions"));
    let on_fail = all(&root.tables("on_fail"), on_fail);
    let forecast = forecast(root.table("forecast"));
    Some(Policy {
        version: version?,
        devices: context.devices?,
        offences: context.offences?,
        risks: context.risks?,
        tiers: context.tiers,
        never_above,
        promises,
        routes,
        guard,
        dispatch_horizon,
        lease,
        pace,
        on_fail,
        forecast,
    })
}

/// A list of words that may occur, each once.
fn words(root: &Table<'_, '_>, key: &'static str) -> Option<Vec<Word>> {
    let words = root.required_list(key, string(text::word))?;
    for (i, word) in words.iter().enumerate() {
        if words[..i].contains(word) {
            root.wrong_element(key, i, Wrong::new(format!("\"{word}\" is listed already")));
        }
    }
    Some(words)
}

/// The tiers, highest first.
fn tiers(root: &Table<'_, '_>) -> Vec<Tier> {
    if !root.has("tier") {
        root.wrong("tier", Wrong::but("is missing", "a policy has at least one [[tier]]"));
    }
    let mut seen: Vec<(u8, usize)> = Vec::new();
    let mut tiers = all(&root.tables("tier"), |table| {
        let number = table.required("number", whole(0, u8::MAX.into()));
        let name = table.required("name", string(text::line));
        let longest_wait = table.optional("longest_wait", string(text::duration));
        let number = number?;
        match seen.iter().find(|(known, _)| *known == number) {
            Some((_, line)) => table.wrong("number", Wrong::new(format!("there is a tier {number} already, at line {line}"))),
            None => seen.push((number, table.line_at("number"))),
        }
        Some(Tier { number, name: name?, longest_wait })
    });
    tiers.sort_by_key(|tier| tier.number);
    tiers
}

fn never_above(root: &Table<'_, '_>) -> u8 {
    const USUAL: u8 = 3;
    let Some(table) = root.table("ageing") else { return USUAL };
    let never_above = table.or("never_above", USUAL, whole(0, u8::MAX.into()));
    table.done();
    never_above
}

/// Which submissions a promise or route is for; every one where `when` is left out.
pub(super) fn when(parent: &Table<'_, '_>, context: &Context<'_>) -> When {
    let Some(table) = parent.table("when") else { return When::default() };
    let word = |kind: &'static str, known: &Option<Vec<Word>>| {
        let known = known.clone();
        string(move |text| known.as_ref().map_or_else(|| text::word(text), |known| text::word_of(kind, text, known)))
    };
    let when = When {
        owner: listed(&table, "owner", string(text::owner)),
        device: listed(&table, "device", word("device", &context.devices)),
        offence: listed(&table, "offence", word("offence", &context.offences)),
        risk: listed(&table, "risk", word("risk", &context.risks)),
        level: listed(&table, "level", whole(1, u8::MAX.into())),
        lock_state: listed(&table, "lock_state", string(text::lock_state)),
        repeat_suspect: listed(&table, "repeat_suspect", boolean),
        life_at_risk: listed(&table, "life_at_risk", boolean),
    };
    table.done();
    when
}

/// The values of one field of `when`.
fn listed<'t, T>(
    table: &Table<'_, 't>,
    key: &'static str,
    read: impl Fn(&toml::de::DeValue<'t>) -> Result<T, Wrong>,
) -> Option<Vec<T>> {
    let values = table.list(key, read)?;
    if values.is_empty() {
        table.wrong(key, Wrong::but("is empty, so that nothing matches", "leave it out where every value will do"));
    }
    Some(values)
}

impl Context<'_> {
    /// A tier that the policy has.
    pub fn tier(&self, number: u8) -> Result<u8, Wrong> {
        let known: Vec<String> = self.tiers.iter().map(|tier| tier.number.to_string()).collect();
        let others = if known.is_empty() {
            "the file has no [[tier]] that can be read".into()
        } else {
            format!("known: {}", known.join(", "))
        };
        let missing = || Wrong::but(format!("no tier {number}"), others.clone());
        self.tiers.iter().find(|tier| tier.number == number).map(|tier| tier.number).ok_or_else(missing)
    }

    /// A calendar of the unit; any name where the unit is not at hand.
    pub fn calendar(&self, id: &str) -> Result<Word, Wrong> {
        let id = text::name(id)?;
        match self.calendars {
            Some(known) if !known.iter().any(|calendar| calendar.as_str() == id) => {
                Err(Wrong::unknown("calendar of the unit", &id, known.iter().map(Word::as_str)))
            }
            _ => Ok(Word::from(id.as_str())),
        }
    }
}

/// The guard; left out, it stands before the victim's phone as in the shipped policy.
fn guard(table: Option<Table<'_, '_>>, promises: &[Promise], names: &Names) -> Guard {
    let mut guard = Guard {
        promise: Word::from("victim-phone"),
        level: 1,
        typical_storage_gb: 128,
        arrives_after: Seconds::hours(2),
        max_hold: Seconds::hours(24),
    };
    let Some(table) = table else { return guard };
    if let Some(name) = table.optional("promise", string(|name| names.find(name))) {
        guard.promise = Word::from(name.as_str());
    }
    let dated = |promise: &&Promise| promise.name == guard.promise && matches!(promise.due, DueRule::By { .. });
    if let Some(promise) = promises.iter().find(dated) {
        let what = format!("\"{}\" leads up to a date, which a device that has not arrived doesn't have", promise.name);
        table.wrong("promise", Wrong::but(what, "name a promise with `from` and `within`"));
    }
    guard.level = table.or("level", guard.level, whole(1, u8::MAX.into()));
    guard.typical_storage_gb = table.or("typical_storage_gb", guard.typical_storage_gb, whole(0, MOST_STORAGE_GB.into()));
    guard.arrives_after = table.or("arrives_after", guard.arrives_after, string(text::duration));
    guard.max_hold = table.or("max_hold", guard.max_hold, string(text::duration));
    table.done();
    guard
}

/// How far ahead steps are offered, and how long what was taken on may wait although it could be begun.
fn dispatch(table: Option<Table<'_, '_>>) -> (Seconds, Seconds) {
    let (horizon, lease) = (Seconds(30 * 60), Seconds::hours(1));
    let Some(table) = table else { return (horizon, lease) };
    let given = (table.or("horizon", horizon, string(text::duration)), table.or("lease", lease, string(text::duration)));
    table.done();
    given
}

/// What follows when a stage could not be done.
fn on_fail(table: &Table<'_, '_>) -> Option<OnFail> {
    let cause = |text: &str| text::one_of("cause of a failure", text, FailureCause::ALL, |cause| cause.as_str());
    let step = |text: &str| text::one_of("next step", text, NextStep::ALL, |step| step.as_str());
    let causes = listed(table, "cause", string(cause)).unwrap_or_default();
    let times = table.or("times", 1, whole(1, u32::MAX.into()));
    let then = table.required("then", string(step));
    let review = table.optional("review", string(text::duration));
    match then {
        Some(NextStep::Park) if !table.has("review") => {
            table.wrong("review", Wrong::but("is missing", "say after how long what is parked is looked at again, like \"14d\""));
        }
        Some(then) if then != NextStep::Park && table.has("review") => {
            table.wrong("review", Wrong::but("is not for this", "only what is parked is looked at again"));
        }
        _ => {}
    }
    table.done();
    Some(OnFail { causes, times, then: then?, review: review.unwrap_or(Seconds::ZERO) })
}

/// How long what nobody took on waits before it goes up a step.
fn pace(table: Option<Table<'_, '_>>) -> Seconds {
    let pace = Seconds(30 * 60);
    let Some(table) = table else { return pace };
    let given = table.or("step", pace, string(text::duration));
    table.done();
    given
}

fn forecast(table: Option<Table<'_, '_>>) -> Forecast {
    const MOST_RUNS: i64 = 100_000;
    let mut forecast = Forecast { gate_clears: Seconds::hours(12), runs: 300, learn_after: 20 };
    let Some(table) = table else { return forecast };
    forecast.gate_clears = table.or("gate_clears", forecast.gate_clears, string(text::duration));
    forecast.runs = table.or("runs", forecast.runs, whole(0, MOST_RUNS));
    forecast.learn_after = table.or("learn_after", forecast.learn_after, whole(0, u32::MAX.into()));
    table.done();
    forecast
}

#[cfg(test)]
mod tests;
