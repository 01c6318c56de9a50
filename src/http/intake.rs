//! A request for an examination as JSON: the columns of the queue file under their own names, in JSON's own types.
//!
//! Values go through the same table of columns as the file's, so that the two can't drift apart.

use serde_json::{Map, Value};

use super::access::{Caller, Role};
use super::body;
use super::error::{Mistake, Problem};
use super::openapi::doc::{AT, Field, Kind, PERSON, SITE, may, need, word};
use crate::domain::columns::{COLUMNS, Column};
use crate::domain::decide::wrong_fields;
use crate::domain::submission::{Facts, LockState, MOST_STORAGE_GB, Owner, Particulars, Request, same_person};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;

const REQUIRED: [&str; 9] = ["force", "crime_ref", "exhibit_ref", "oic", "offence", "owner", "device", "taken_at", "site"];

/// The fields of a request.
pub const FIELDS: &[Field] = &[
    need("force", Kind::Text("Northshire"), "The force that asks; without `|`."),
    need("crime_ref", Kind::Text("NS/2026/10411"), "Reference of the crime report; without `|`."),
    need("exhibit_ref", Kind::Text("AB/1"), "Reference of the exhibit; without `|`."),
    may("parent", Kind::Text("AB/2"), "Reference of the exhibit of the same case that it is a part of, as a SIM is of a phone."),
    may("request", Kind::Whole(1, MOST_REQUESTS, 1), "Which request for this exhibit; 1 unless given."),
    need("oic", PERSON, "Officer in the case."),
    may("team", Kind::Text("RASSO North"), "The team that acts when the OIC is off duty."),
    need("offence", Kind::Text("rasso"), "Kind of offence: a word of the policy."),
    need("owner", word::<Owner>(&["victim"]), "Whose device it is."),
    need("device", Kind::Text("phone"), "Kind of device: a word of the policy."),
    may("make", Kind::Text("Apple"), "Its maker."),
    may("model", Kind::Text("iPhone 14"), "Its model."),
    may("storage_gb", Kind::Whole(0, MOST_STORAGE_GB as i64, 128), "Its storage in GB."),
    may("lock_state", word::<LockState>(&["pin_held"]), "Whether it can be opened: a status, never a PIN."),
    need("taken_at", Kind::Instant("2026-11-23T07:40:00Z"), "When the police took it."),
    need("site", SITE, "Where it is examined, unless a resource elsewhere does it sooner: a site of the unit file."),
    may("delivered_at", AT, "When it reached the site."),
    may("return_site", SITE, "Where its owner gets it back, if not there."),
    may("owner_present_until", AT, "Until when its owner waits at the site."),
    may("trip", Kind::Span("45m"), "From leaving the site until the owner has it; the site's usual time unless given."),
    may("level", Kind::Whole(1, u8::MAX as i64, 1), "Level of examination: 1 kiosk, 2 and more laboratory; 1 unless given."),
    may("scope", Kind::Texts(&["messages", "photos"]), "Kinds of data asked for."),
    may("scope_from", Kind::Day("2026-09-01"), "First day asked for."),
    may("scope_to", Kind::Day("2026-11-22"), "Last day asked for."),
    may("agreement_at", AT, "When the device user agreed."),
    may("notice_at", AT, "When they had the written notice."),
    may("legal_basis", Kind::Text("PACE s.19"), "By what right a suspect's device is examined."),
    may("authorised_by", Kind::Text("DS 1180"), "Who authorised the examination; not the OIC."),
    may("authorised_at", AT, "When."),
    may("return_authorised_by", PERSON, "Who lets it go back once verified."),
    may("custody_expires_at", Kind::Instant("2026-11-24T19:00:00Z"), "When the custody clock ends."),
    may("bail_at", Kind::Instant("2026-12-21T10:00:00Z"), "When bail is answered to."),
    may("court_at", Kind::Instant("2027-02-01T10:00:00Z"), "When the case is in court."),
    may("evidence_fades_at", Kind::Instant("2026-11-26T09:00:00Z"), "When evidence is lost, as when a phone reboots."),
    may("risk", Kind::Texts(&["child_at_risk"]), "Risks: words of the policy."),
    may("repeat_suspect", Kind::Flag(false), "Whether the suspect is known from another report."),
    may("life_at_risk", Kind::Flag(false), "Whether a life is at immediate risk."),
    may("case_rank", Kind::Whole(0, MOST_REQUESTS, 1), "Place in a staged case, smaller first."),
];

/// More than anybody asks for.
const MOST_REQUESTS: i64 = u32::MAX as i64;

/// Reads one request. Every mistake is named at once: what can't be read, what is not known, and what contradicts itself
/// or the unit.
pub fn read(value: &Value, unit: &Unit, caller: &Caller, now: Timestamp) -> Result<Request, Problem> {
    let Value::Object(object) = value else {
        return Err(Problem::invalid(&[Mistake::new("", format!("must be a JSON object, not {}", body::kind(value)))]));
    };
    let mut request = blank();
    let mut mistakes = fill(&mut request, object);
    mistakes.extend(missing(object));
    // What could not be read stands there blank: that would be named a second time.
    let unread: Vec<String> = mistakes.iter().map(|m| m.field.clone()).collect();
    let wrong = wrong_fields(unit, &request, now).into_iter().filter(|wrong| !unread.iter().any(|field| field == wrong.field));
    mistakes.extend(wrong.map(|wrong| Mistake::new(wrong.field, wrong.message)));
    if !mistakes.is_empty() {
        return Err(Problem::invalid(&mistakes));
    }
    let reserved = reserved(&request, caller);
    if reserved.is_empty() { Ok(request) } else { Err(Problem::reserved(&reserved)) }
}

/// A request that asks for nothing yet.
fn blank() -> Request {
    let facts = Facts {
        force: String::new(),
        offence: "".into(),
        owner: Owner::Other,
        device: "".into(),
        storage_gb: None,
        lock_state: LockState::Unknown,
        taken_at: Timestamp::MIN,
        site: "".into(),
        delivered_at: None,
        return_site: None,
        owner_present_until: None,
        trip: None,
        level: 1,
        agreement_at: None,
        notice_at: None,
        legal_basis: false,
        authorised_at: None,
        return_authorised: false,
        custody_expires_at: None,
        bail_at: None,
        court_at: None,
        evidence_fades_at: None,
        risk: Vec::new(),
        repeat_suspect: false,
        life_at_risk: false,
        case_rank: None,
    };
    Request { facts, particulars: Particulars { request: 1, ..Particulars::default() } }
}

fn fill(request: &mut Request, object: &Map<String, Value>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, value) in object {
        let Some(column) = Column::named(name) else {
            let known: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
            mistakes.push(Mistake::new(name, body::unknown(name, &known)));
            continue;
        };
        if value.is_null() {
            continue;
        }
        if let Err(problem) = as_written(column, value).and_then(|text| column.set(request, &text)) {
            mistakes.push(Mistake::new(name, problem));
        }
    }
    mistakes
}

fn missing(object: &Map<String, Value>) -> impl Iterator<Item = Mistake> {
    let absent = |name: &&str| object.get(*name).is_none_or(Value::is_null);
    REQUIRED.into_iter().filter(absent).map(|name| Mistake::new(name, "must be given"))
}

/// A value as it would stand in the queue file.
fn as_written(column: &Column, value: &Value) -> Result<String, String> {
    let not = |wanted: &str| format!("must be {wanted}, not {}", body::kind(value));
    match column.name {
        "request" | "storage_gb" | "level" | "case_rank" => match value {
            Value::Number(number) if number.is_u64() => Ok(number.to_string()),
            Value::Number(_) => Err("must be a whole number, 0 or more".into()),
            _ => Err(not("a number")),
        },
        "repeat_suspect" | "life_at_risk" => value.as_bool().map(|flag| flag.to_string()).ok_or_else(|| not("true or false")),
        "scope" | "risk" => {
            let items = value.as_array().ok_or_else(|| not("an array of texts"))?;
            let texts = items.iter().map(|item| match body::text(item)? {
                text if text.contains(';') => Err("must not contain ;, which separates items in the queue file".into()),
                text => Ok(text),
            });
            Ok(texts.collect::<Result<Vec<String>, String>>()?.join(";"))
        }
        _ => body::text(value),
    }
}

/// Columns that this caller may not fill, but did.
fn reserved(request: &Request, caller: &Caller) -> Vec<Mistake> {
    let empty = blank();
    let filled = COLUMNS.iter().filter(|column| (column.get)(request) != (column.get)(&empty));
    let foreign = caller.token.force.as_ref().filter(|force| **force != request.facts.force);
    let foreign = foreign.map(|force| Mistake::new("force", format!("this token is for {force} alone")));
    let problem = |column: &Column| Mistake::new(column.name, format!("is not for the role {} to say", caller.role));
    let released = request.particulars.return_authorised_by.as_ref();
    let released =
        released.filter(|by| caller.role == Role::Investigator && !authorises_return(caller, &request.particulars, by));
    let released = released.map(|_| Mistake::new("return_authorised_by", "must be the OIC, or a supervisor authorises it later"));
    foreign.into_iter().chain(released).chain(filled.filter(|column| !caller.may_fill(column.name)).map(problem)).collect()
}

/// Whether a request that an investigator makes may say who let the device go back: the OIC, or one of the team who speaks.
fn authorises_return(caller: &Caller, particulars: &Particulars, by: &str) -> bool {
    let speaks = caller.person.as_ref().is_some_and(|person| same_person(person, by));
    same_person(by, &particulars.oic) || (speaks && caller.answers_for(particulars))
}
