//! `workload.toml` and `faults.toml` of the simulator: what comes in, how people answer, and what goes wrong.
//!
//! What the keys mean is written in the comments of `config/workload.toml` and `config/faults.toml`. Words and sites are those of
//! the unit and the policy that are tried.

use std::collections::BTreeMap;

use super::error::{Mistakes, Wrong, quoted};
use super::reader::{Document, Table, all};
use super::text;
use super::values::{boolean, date, decimal, instant, string, whole};
use crate::domain::establishment::Establishment;
use crate::domain::ids::{SiteId, Word};
use crate::domain::policy::Policy;
use crate::domain::time::Seconds;
use crate::simulate::faults::{Faults, Spells};
use crate::simulate::workload::{Burst, Kind, People, Weighted, Workload};

/// Thousandths.
const CERTAIN: u32 = 1_000;
/// No unit has more in a day.
const MOST_A_DAY: u32 = 10_000_000;
/// Nobody opens with more.
const MOST: i64 = 1_000_000;

/// Reads a workload for a unit and a policy.
///
/// # Errors
/// Every mistake in it.
pub fn workload(file: &str, source: &str, unit: &Establishment, policy: &Policy) -> Result<Workload, Mistakes> {
    let known = Known { unit, policy };
    Document::read(file, source, |root| {
        let from = root.required("from", date);
        let opening_over = root.or("opening_over", Seconds::hours(24 * 90), string(text::duration));
        let weekdays = fixed(root, "weekdays");
        let hours = fixed(root, "hours");
        let tables = root.tables("kind");
        let kinds: Vec<Kind> = all(&tables, |table| kind(table, &known));
        if tables.is_empty() {
            root.wrong(
                "kind",
                Wrong::but("there is none", "say what comes in: a [[kind]] with a name, a_day and what its devices are"),
            );
        }
        let names: BTreeMap<&str, usize> = kinds.iter().zip(0..).map(|(kind, n)| (kind.name.as_str(), n)).collect();
        if names.len() < kinds.len() {
            root.wrong("kind", Wrong::but("has one name twice", "give each kind a name of its own"));
        }
        let bursts = all(&root.tables("burst"), |table| burst(table, &names));
        let people = root.table("people");
        let people = people.as_ref().map(self::people);
        Some(Workload { from: from?, opening_over, weekdays, hours, kinds, bursts, people: people.unwrap_or(People::USUAL) })
    })
}

/// Reads what goes wrong.
///
/// # Errors
/// Every mistake in it.
pub fn faults(file: &str, source: &str) -> Result<Faults, Mistakes> {
    Document::read(file, source, |root| {
        let faults = Faults {
            fails_permille: root.or("fails", 0, decimal(3, 0, CERTAIN)),
            withdrawn_permille: root.or("withdrawn", 0, decimal(3, 0, CERTAIN)),
            down: spells(root, "down"),
            offline: spells(root, "offline"),
            away: spells(root, "away"),
            restarts_every: root.optional("restarts_every", string(text::duration)),
            lapse: root.or("lapse", false, boolean),
        };
        Some(faults)
    })
}

struct Known<'a> {
    unit: &'a Establishment,
    policy: &'a Policy,
}

fn spells(root: &Table<'_, '_>, key: &'static str) -> Option<Spells> {
    let table = root.table(key)?;
    let every = table.required("every", string(text::duration));
    let lasts = table.required("lasts", string(text::duration));
    table.done();
    Some(Spells { every: every?, lasts: lasts? })
}

/// As many numbers as there are days, or hours; 1 each where they are left out.
fn fixed<const N: usize>(root: &Table<'_, '_>, key: &'static str) -> [u32; N] {
    let numbers = root.list(key, decimal(2, 0, 10_000));
    let Some(numbers) = numbers else { return [100; N] };
    let count = numbers.len();
    numbers.try_into().unwrap_or_else(|_| {
        root.wrong(key, Wrong::but(format!("has {count} numbers"), format!("write {N}")));
        [100; N]
    })
}

fn people(table: &Table<'_, '_>) -> People {
    let usual = People::USUAL;
    let mean = |key, usual| table.or(key, usual, string(text::duration));
    let people = People {
        delivery: mean("delivery", usual.delivery),
        agreement: mean("agreement", usual.agreement),
        legal_basis: mean("legal_basis", usual.legal_basis),
        authorisation: mean("authorisation", usual.authorisation),
        pin: mean("pin", usual.pin),
        return_authorisation: mean("return_authorisation", usual.return_authorisation),
        first: table.or("first", usual.first, whole(1, 1_000)),
    };
    table.done();
    people
}

fn burst(table: &Table<'_, '_>, kinds: &BTreeMap<&str, usize>) -> Option<Burst> {
    let at = table.required("at", instant);
    let find = |name: &str| kinds.get(name).copied().ok_or_else(|| Wrong::unknown("kind", name, kinds.keys().copied()));
    let kind = table.required("kind", string(find));
    let cases = table.required("cases", whole(1, MOST));
    Some(Burst { at: at?, kind: kind?, cases: cases? })
}

fn kind(table: &Table<'_, '_>, known: &Known<'_>) -> Option<Kind> {
    let sites = |text: &str| {
        let id = SiteId::from(text);
        let ids = || known.unit.sites.iter().map(|site| site.id.as_str());
        known.unit.site(&id).map(|_| id).ok_or_else(|| Wrong::unknown("site", text, ids()))
    };
    let number = |text: &str| {
        text.parse::<u32>().map_err(|_| Wrong::but(format!("{} is no number", quoted(text)), "write a whole number"))
    };
    let level =
        |text: &str| text.parse::<u8>().map_err(|_| Wrong::but(format!("{} is no level", quoted(text)), "write 1 to 255"));
    let name = table.required("name", string(text::name));
    let a_day = table.required("a_day", decimal(2, 0, MOST_A_DAY));
    let opening = table.or("opening", 0, whole(0, MOST));
    let devices = table.list("devices", whole(1, 1_000)).unwrap_or_else(|| vec![1]);
    let owner = table.required("owner", string(text::owner));
    let share = |key| table.or(key, 0, decimal(3, 0, CERTAIN));
    let day = |key, days: i64| table.or(key, Seconds::hours(24 * days), string(text::duration));
    let force = weighted(table, "force", |text| Ok(Word::from(text)));
    let site = weighted(table, "site", sites);
    let offence = needed(table, "offence", |text| text::word_of("offence", text, &known.policy.offences));
    let device = needed(table, "device", |text| text::word_of("device", text, &known.policy.devices));
    let storage_gb = weighted(table, "storage_gb", number);
    let level = weighted(table, "level", level);
    let lock_state = weighted(table, "lock_state", text::lock_state);
    let risk = weighted(table, "risk", |text| text::word_of("risk", text, &known.policy.risks)).0;
    let (repeat_permille, waits_permille) = (share("repeat_suspect"), share("owner_waits"));
    let staged_permille = share("staged");
    let bail = (share("bail"), day("bail_after", 28));
    let court = (share("court"), day("court_after", 120));
    let devices = (*devices.first()?, *devices.last()?);
    Some(Kind {
        name: name?,
        a_day: a_day?,
        opening,
        devices,
        owner: owner?,
        force,
        site,
        offence,
        device,
        storage_gb,
        level,
        lock_state,
        risk,
        repeat_permille,
        waits_permille,
        staged_permille,
        bail,
        court,
    })
}

/// The same of what there must be one of at least.
fn needed<T>(table: &Table<'_, '_>, key: &'static str, read: impl Fn(&str) -> Result<T, Wrong>) -> Weighted<T> {
    if !table.has(key) {
        table.wrong(key, Wrong::new("is missing"));
    }
    weighted(table, key, read)
}

/// `["phone 3", "tablet"]`: a word and how often it is drawn beside the others, 1 where that is left out.
fn weighted<T>(table: &Table<'_, '_>, key: &'static str, read: impl Fn(&str) -> Result<T, Wrong>) -> Weighted<T> {
    let one = |text: &str| {
        let (word, weight) = text.rsplit_once(' ').unwrap_or((text, "1"));
        let weight = weight.parse::<u32>().ok().filter(|weight| *weight <= 1_000_000);
        let weight = weight.ok_or_else(|| {
            Wrong::but(format!("{} has no weight", quoted(text)), "write a word and a whole number, like \"phone 3\"")
        })?;
        Ok((read(word.trim())?, weight))
    };
    Weighted(table.list(key, string(one)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_once() {
        let wrong = faults("faults.toml", "fails = 2\nfoo = 1\n").unwrap_err();
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "faults.toml:1: fails: is out of range; write a number from 0 to 1",
                "faults.toml:2: unknown key \"foo\"; known: fails, withdrawn, down, offline, away, restarts_every, lapse",
            ]
        );
    }
}
