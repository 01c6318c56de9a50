//! The columns of the queue file: how each value of a request is written, read and compared.
//!
//! One table serves the import, the correction of a single field, and the comparison of a row with what is on record.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use super::command::{Command, Supervised};
use super::decide::RETURN_FIELDS;
use super::ids::{QueueNumber, SiteId, Word};
use super::submission::{LockState, Request};

/// One column of the queue file.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The value of a request as this column has it, in canonical form.
    pub get: fn(&Request) -> String,
    /// Reads a value into a request; empty means none.
    set: fn(&mut Request, &str) -> Result<(), String>,
}

/// Where a request differs from the one on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which column.
    pub column: &'static str,
    /// On record.
    pub old: String,
    /// Given.
    pub new: String,
    /// Nothing is on record, so that the value given can be filled in without a correction.
    pub fillable: bool,
}

impl Column {
    /// The column of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        COLUMNS.iter().find(|column| column.name == name)
    }

    /// Reads a value, trimmed and in NFC, into a request; empty means none.
    ///
    /// # Errors
    /// What is wrong with the value and how to write it.
    pub fn set(&self, request: &mut Request, value: &str) -> Result<(), String> {
        let value: String = value.trim().nfc().collect();
        (self.set)(request, &value)
    }
}

/// Every column, in the order of the shipped example.
pub const COLUMNS: &[Column] = &[
    column("force", |r| r.facts.force.clone(), |r, v| key_part(v).map(|v| r.facts.force = v)),
    column("crime_ref", |r| r.particulars.crime_ref.clone(), |r, v| key_part(v).map(|v| r.particulars.crime_ref = v)),
    column("exhibit_ref", |r| r.particulars.exhibit_ref.clone(), |r, v| key_part(v).map(|v| r.particulars.exhibit_ref = v)),
    column("parent", |r| shown(&r.particulars.parent), |r, v| optional(v, key_part).map(|v| r.particulars.parent = v)),
    column("request", |r| r.particulars.request.to_string(), |r, v| number(v, 1).map(|v| r.particulars.request = v)),
    column("oic", |r| r.particulars.oic.clone(), |r, v| required(v).map(|v| r.particulars.oic = v)),
    column("team", |r| shown(&r.particulars.team), |r, v| text(v).map(|v| r.particulars.team = v)),
    column("offence", |r| r.facts.offence.to_string(), |r, v| word(v).map(|v| r.facts.offence = v)),
    column("owner", |r| r.facts.owner.to_string(), |r, v| v.parse().map(|v| r.facts.owner = v)),
    column("device", |r| r.facts.device.to_string(), |r, v| word(v).map(|v| r.facts.device = v)),
    column("make", |r| shown(&r.particulars.make), |r, v| text(v).map(|v| r.particulars.make = v)),
    column("model", |r| shown(&r.particulars.model), |r, v| text(v).map(|v| r.particulars.model = v)),
    column("storage_gb", |r| shown(&r.facts.storage_gb), |r, v| optional(v, whole).map(|v| r.facts.storage_gb = v)),
    column("lock_state", |r| r.facts.lock_state.to_string(), |r, v| lock_state(v).map(|v| r.facts.lock_state = v)),
    column("taken_at", |r| r.facts.taken_at.to_string(), |r, v| v.parse().map(|v| r.facts.taken_at = v)),
    column("site", |r| r.facts.site.to_string(), |r, v| required(v).map(|v| r.facts.site = SiteId::from(v.as_str()))),
    column("delivered_at", |r| shown(&r.facts.delivered_at), |r, v| optional(v, str::parse).map(|v| r.facts.delivered_at = v)),
    column(
        "return_site",
        |r| shown(&r.facts.return_site),
        |r, v| text(v).map(|v| r.facts.return_site = v.map(|v| SiteId::from(v.as_str()))),
    ),
    column(
        "owner_present_until",
        |r| shown(&r.facts.owner_present_until),
        |r, v| optional(v, str::parse).map(|v| r.facts.owner_present_until = v),
    ),
    column("trip", |r| shown(&r.facts.trip), |r, v| optional(v, str::parse).map(|v| r.facts.trip = v)),
    column("level", |r| r.facts.level.to_string(), |r, v| number(v, 1).map(|v| r.facts.level = v)),
    column("scope", |r| r.particulars.scope.join(";"), |r, v| parts(v).map(|v| r.particulars.scope = v)),
    column("scope_from", |r| shown(&r.particulars.scope_from), |r, v| optional(v, date).map(|v| r.particulars.scope_from = v)),
    column("scope_to", |r| shown(&r.particulars.scope_to), |r, v| optional(v, date).map(|v| r.particulars.scope_to = v)),
    column("agreement_at", |r| shown(&r.facts.agreement_at), |r, v| optional(v, str::parse).map(|v| r.facts.agreement_at = v)),
    column("notice_at", |r| shown(&r.facts.notice_at), |r, v| optional(v, str::parse).map(|v| r.facts.notice_at = v)),
    column(
        "legal_basis",
        |r| shown(&r.particulars.legal_basis),
        |r, v| {
            r.particulars.legal_basis = text(v)?;
            r.facts.legal_basis = !v.is_empty();
            Ok(())
        },
    ),
    column("authorised_by", |r| shown(&r.particulars.authorised_by), |r, v| text(v).map(|v| r.particulars.authorised_by = v)),
    column("authorised_at", |r| shown(&r.facts.authorised_at), |r, v| optional(v, str::parse).map(|v| r.facts.authorised_at = v)),
    column(
        "return_authorised_by",
        |r| shown(&r.particulars.return_authorised_by),
        |r, v| {
            r.particulars.return_authorised_by = text(v)?;
            r.facts.return_authorised = !v.is_empty();
            Ok(())
        },
    ),
    column(
        "custody_expires_at",
        |r| shown(&r.facts.custody_expires_at),
        |r, v| optional(v, str::parse).map(|v| r.facts.custody_expires_at = v),
    ),
    column("bail_at", |r| shown(&r.facts.bail_at), |r, v| optional(v, str::parse).map(|v| r.facts.bail_at = v)),
    column("court_at", |r| shown(&r.facts.court_at), |r, v| optional(v, str::parse).map(|v| r.facts.court_at = v)),
    column(
        "evidence_fades_at",
        |r| shown(&r.facts.evidence_fades_at),
        |r, v| optional(v, str::parse).map(|v| r.facts.evidence_fades_at = v),
    ),
    column("risk", risks, |r, v| {
        parts(&v.to_lowercase()).map(|v| r.facts.risk = v.iter().map(|v| Word::from(v.as_str())).collect())
    }),
    column("repeat_suspect", |r| r.facts.repeat_suspect.to_string(), |r, v| flag(v).map(|v| r.facts.repeat_suspect = v)),
    column("life_at_risk", |r| r.facts.life_at_risk.to_string(), |r, v| flag(v).map(|v| r.facts.life_at_risk = v)),
    column("case_rank", |r| shown(&r.facts.case_rank), |r, v| optional(v, whole).map(|v| r.facts.case_rank = v)),
];

const fn column(name: &'static str, get: fn(&Request) -> String, set: fn(&mut Request, &str) -> Result<(), String>) -> Column {
    Column { name, get, set }
}

/// Where `new` differs from what is on record, column by column. An empty value says nothing against what was recorded
/// since; one that is not empty can fill an empty one.
pub fn compare(existing: &Request, new: &Request) -> Vec<Difference> {
    let differs = |column: &Column| {
        let (old, new) = ((column.get)(existing), (column.get)(new));
        let nothing = |value: &str| value.is_empty() || (column.name == "lock_state" && value == LockState::Unknown.as_str());
        let differs = old != new && !nothing(&new);
        differs.then(|| Difference { column: column.name, fillable: nothing(&old), old, new })
    };
    COLUMNS.iter().filter_map(differs).collect()
}

/// The commands that fill in what `differences` of the submission `number` can be filled in from `new`: agreement,
/// legal basis, authorisation, delivery, PIN status, return authorisation; any other empty field by a correction that
/// says so.
pub fn fill(number: QueueNumber, new: &Request, differences: &[Difference]) -> Vec<Command> {
    let (facts, particulars) = (&new.facts, &new.particulars);
    let mut left: Vec<&Difference> = differences.iter().filter(|difference| difference.fillable).collect();
    let mut commands = Vec::new();
    // Takes the columns of one command out of those left, if one of them is.
    let mut take = |columns: &[&str], command: Option<Command>| {
        if let Some(command) = command.filter(|_| left.iter().any(|difference| columns.contains(&difference.column))) {
            left.retain(|difference| !columns.contains(&difference.column));
            commands.push(command);
        }
    };
    let agreed = facts.agreement_at.zip(facts.notice_at);
    let authorised = particulars.authorised_by.clone().zip(facts.authorised_at);
    take(
        &["agreement_at", "notice_at"],
        agreed.map(|(agreement_at, notice_at)| Command::RecordAgreement { number, agreement_at, notice_at, terms: None }),
    );
    take(&["legal_basis"], particulars.legal_basis.clone().map(|basis| Command::RecordLegalBasis { number, basis }));
    take(&["authorised_by", "authorised_at"], authorised.map(|(by, at)| Command::Authorise { number, by, at }));
    let deliver = |at| Command::Deliver { number, site: facts.site.clone(), at, by: None, seal: None };
    take(&["delivered_at"], facts.delivered_at.map(deliver));
    take(&["lock_state"], Some(Command::RecordPin { number, lock_state: facts.lock_state }));
    take(&["return_authorised_by"], particulars.return_authorised_by.clone().map(|by| Command::AuthoriseReturn { number, by }));
    commands.extend(left.into_iter().map(|difference| Command::Correct {
        number,
        field: difference.column.into(),
        value: difference.new.clone(),
        reason: "was empty; filled in by import".into(),
        supervised: Supervised::No,
    }));
    commands
}

fn shown<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map(T::to_string).unwrap_or_default()
}

fn risks(request: &Request) -> String {
    request.facts.risk.iter().map(Word::as_str).collect::<Vec<_>>().join(";")
}

/// Any text will do; a result so that every column reads alike.
fn text(value: &str) -> Result<Option<String>, String> {
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

fn required(value: &str) -> Result<String, String> {
    if value.is_empty() { Err("must not be empty".into()) } else { Ok(value.to_owned()) }
}

fn key_part(value: &str) -> Result<String, String> {
    if value.contains('|') { Err("must not contain |".into()) } else { required(value) }
}

fn word(value: &str) -> Result<Word, String> {
    required(&value.to_lowercase()).map(|value| Word::from(value.as_str()))
}

fn optional<T>(value: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if value.is_empty() { Ok(None) } else { read(value).map(Some) }
}

fn whole<T: std::str::FromStr>(value: &str) -> Result<T, String> {
    // `parse` alone would take a leading plus.
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    value.parse().ok().filter(|_| digits).ok_or_else(|| format!("{value:?} is not a whole number of a sensible size"))
}

fn number<T: std::str::FromStr>(value: &str, empty: T) -> Result<T, String> {
    Ok(optional(value, whole)?.unwrap_or(empty))
}

fn date(value: &str) -> Result<chrono::NaiveDate, String> {
    let date = value.parse().ok().filter(|_| value.len() == 10);
    date.ok_or_else(|| format!("{value:?} is not a date; write it like 2026-11-23"))
}

fn flag(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(format!("{value:?} is neither true nor false")),
    }
}

fn lock_state(value: &str) -> Result<LockState, String> {
    if value.is_empty() { Ok(LockState::Unknown) } else { value.parse() }
}

fn parts(value: &str) -> Result<Vec<String>, String> {
    Ok(value.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

/// What can be done about a recorded value.
pub(super) fn way_out(field: &str) -> &'static str {
    match Column::named(field) {
        Some(_) => "if that is wrong, correct it with a reason",
        None if RETURN_FIELDS.contains(&field) => "if that is wrong, correct it with a reason",
        None => "it is recorded once, and corrections do not reach it",
    }
}
