//! One request for examination from named text fields: a row of a queue file, a form.

use super::error::Wrong;
use super::text;
use crate::domain::establishment::Establishment;
use crate::domain::ids::{SiteId, Word};
use crate::domain::pin;
use crate::domain::policy::Policy;
use crate::domain::submission::{EARLIEST, Facts, LockState, MOST_STORAGE_GB, Particulars, Request, same_person};
use crate::domain::time::Timestamp;

/// Columns of `submissions.csv`, in the order of the contract.
const COLUMNS: [&str; 38] = [
    "force",
    "crime_ref",
    "exhibit_ref",
    "parent",
    "request",
    "oic",
    "team",
    "offence",
    "owner",
    "device",
    "make",
    "model",
    "storage_gb",
    "lock_state",
    "taken_at",
    "site",
    "delivered_at",
    "return_site",
    "owner_present_until",
    "trip",
    "level",
    "scope",
    "scope_from",
    "scope_to",
    "agreement_at",
    "notice_at",
    "legal_basis",
    "authorised_by",
    "authorised_at",
    "return_authorised_by",
    "custody_expires_at",
    "bail_at",
    "court_at",
    "evidence_fades_at",
    "risk",
    "repeat_suspect",
    "life_at_risk",
    "case_rank",
];

/// Those that every request must fill.
pub(super) const REQUIRED: [&str; 9] =
    ["force", "crime_ref", "exhibit_ref", "oic", "offence", "owner", "device", "taken_at", "site"];

/// Names of the fields of a request, in the order in which files have them.
pub const fn columns() -> &'static [&'static str] {
    &COLUMNS
}

/// What a request is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// Its sites may be named.
    pub establishment: &'k Establishment,
    /// Its words may be used.
    pub policy: &'k Policy,
    /// No device was taken after this; none: not checked.
    pub now: Option<Timestamp>,
}

/// One field of a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which field.
    pub field: &'static str,
    /// What is wrong with it. Never holds a PIN.
    pub what: String,
    /// What would be right, where that can be told.
    pub right: Option<String>,
}

/// Reads a request from the text of its fields, `field` giving empty text for what is not there.
///
/// # Errors
/// Every wrong field.
pub fn request<'f>(field: impl Fn(&'static str) -> &'f str, known: Known<'_>) -> Result<Request, Vec<Fault>> {
    read(field, Some(known), known.now)
}

/// Reads a request of which only the form is judged: any word and any site will do, since whoever takes it in knows which
/// there are. Whoever takes it in has a clock of their own, too: that a device was taken after `now` is told of a request that
/// is wrong anyway, and makes none wrong.
///
/// # Errors
/// Every wrong field.
pub fn form<'f>(field: impl Fn(&'static str) -> &'f str, now: Timestamp) -> Result<Request, Vec<Fault>> {
    let future = ahead(&field, now);
    read(field, None, None).map_err(|mut faults| {
        faults.extend(future);
        faults
    })
}

/// That a device was taken after now, whatever else is wrong.
fn ahead<'f>(field: &impl Fn(&'static str) -> &'f str, now: Timestamp) -> Option<Fault> {
    let taken_at = text::instant(field("taken_at").trim()).ok().filter(|at| *at > now)?;
    Some(Fault { field: "taken_at", what: format!("{taken_at} is in the future"), right: Some(format!("it is {now}")) })
}

fn read<'f>(
    field: impl Fn(&'static str) -> &'f str,
    known: Option<Known<'_>>,
    now: Option<Timestamp>,
) -> Result<Request, Vec<Fault>> {
    let future = now.and_then(|now| ahead(&field, now));
    let mut fields = Fields { field, faults: Vec::new() };
    let facts = facts(&mut fields, known);
    let particulars = particulars(&mut fields);
    fields.faults.extend(future);
    match (facts, particulars) {
        (Some(facts), Some(particulars)) => {
            consistent(&facts, &particulars, &mut fields.faults);
            if fields.faults.is_empty() { Ok(Request { facts, particulars }) } else { Err(fields.faults) }
        }
        _ => Err(fields.faults),
    }
}

/// The text of the fields, and what was found wrong with them so far.
struct Fields<F> {
    field: F,
    faults: Vec<Fault>,
}

impl<'f, F: Fn(&'static str) -> &'f str> Fields<F> {
    /// A field that may be empty.
    fn optional<T>(&mut self, field: &'static str, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        let value = (self.field)(field).trim();
        if value.is_empty() {
            return None;
        }
        read(value).map_err(|Wrong { what, right }| self.faults.push(Fault { field, what, right })).ok()
    }

    /// A field that must be filled.
    fn required<T>(&mut self, field: &'static str, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        if (self.field)(field).trim().is_empty() {
            self.faults.push(Fault { field, what: "is empty".into(), right: None });
        }
        self.optional(field, read)
    }

    fn instant(&mut self, field: &'static str) -> Option<Timestamp> {
        self.optional(field, text::instant)
    }

    fn flag(&mut self, field: &'static str) -> bool {
        self.optional(field, text::boolean).unwrap_or(false)
    }

    /// Text in a person's own words, which must not give away a PIN.
    fn own_words(&mut self, field: &'static str) -> Option<String> {
        self.optional(field, |value| {
            if pin::given_away(value) {
                return Err(Wrong::but("looks like a PIN", "record only that it is held: lock_state pin_held"));
            }
            text::line(value)
        })
    }
}

fn facts<'f>(fields: &mut Fields<impl Fn(&'static str) -> &'f str>, known: Option<Known<'_>>) -> Option<Facts> {
    let word_of = |kind: &str, word: &str, words: fn(&Policy) -> &[Word]| match known {
        Some(known) => text::word_of(kind, word, words(known.policy)),
        None => text::word(word),
    };
    let site = |id: &str| {
        let Some(known) = known else { return text::name(id).map(|id| SiteId::from(id.as_str())) };
        let sites = || known.establishment.sites.iter().map(|site| &site.id);
        let found = sites().find(|site| site.as_str() == id).cloned();
        found.ok_or_else(|| Wrong::unknown("site", id, sites().map(SiteId::as_str)))
    };
    let force = fields.required("force", text::key_part);
    let offence = fields.required("offence", |word| word_of("offence", word, |policy| &policy.offences));
    let owner = fields.required("owner", text::owner);
    let device = fields.required("device", |word| word_of("device", word, |policy| &policy.devices));
    let storage_gb = fields.optional("storage_gb", |number| text::whole(number, 0, MOST_STORAGE_GB));
    let lock_state = fields.optional("lock_state", text::lock_state).unwrap_or(LockState::Unknown);
    let taken_at = fields.required("taken_at", text::instant);
    let at_site = fields.required("site", site);
    let level = fields.optional("level", |number| text::whole(number, 1, u8::MAX.into()));
    let facts = Facts {
        delivered_at: fields.instant("delivered_at"),
        return_site: fields.optional("return_site", site),
        owner_present_until: fields.instant("owner_present_until"),
        trip: fields.optional("trip", text::duration),
        agreement_at: fields.instant("agreement_at"),
        notice_at: fields.instant("notice_at"),
        legal_basis: !(fields.field)("legal_basis").trim().is_empty(),
        authorised_at: fields.instant("authorised_at"),
        return_authorised: !(fields.field)("return_authorised_by").trim().is_empty(),
        custody_expires_at: fields.instant("custody_expires_at"),
        bail_at: fields.instant("bail_at"),
        court_at: fields.instant("court_at"),
        evidence_fades_at: fields.instant("evidence_fades_at"),
        risk: fields
            .optional("risk", |words| risks(words, |word| word_of("risk", word, |policy| &policy.risks)))
            .unwrap_or_default(),
        repeat_suspect: fields.flag("repeat_suspect"),
        life_at_risk: fields.flag("life_at_risk"),
        case_rank: fields.optional("case_rank", |number| text::whole(number, 0, u32::MAX)),
        force: force?,
        offence: offence?,
        owner: owner?,
        device: device?,
        storage_gb,
        lock_state,
        taken_at: taken_at?,
        site: at_site?,
        level: u8::try_from(level.unwrap_or(1)).ok()?,
    };
    Some(facts)
}

/// Risks separated by `;`, each once.
fn risks(words: &str, read: impl Fn(&str) -> Result<Word, Wrong>) -> Result<Vec<Word>, Wrong> {
    let mut risks: Vec<Word> = Vec::new();
    for word in parts(words) {
        let risk = read(word)?;
        if !risks.contains(&risk) {
            risks.push(risk);
        }
    }
    Ok(risks)
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(';').map(str::trim).filter(|part| !part.is_empty())
}

fn particulars<'f>(fields: &mut Fields<impl Fn(&'static str) -> &'f str>) -> Option<Particulars> {
    let crime_ref = fields.required("crime_ref", text::key_part);
    let exhibit_ref = fields.required("exhibit_ref", text::key_part);
    let parent = fields.optional("parent", text::key_part);
    let request = fields.optional("request", |number| text::whole(number, 1, u32::MAX)).unwrap_or(1);
    let oic = fields.required("oic", text::line);
    let rest = Particulars {
        parent,
        request,
        team: fields.optional("team", text::line),
        make: fields.own_words("make"),
        model: fields.own_words("model"),
        scope: fields.own_words("scope").map(|scope| parts(&scope).map(str::to_owned).collect()).unwrap_or_default(),
        scope_from: fields.optional("scope_from", text::date),
        scope_to: fields.optional("scope_to", text::date),
        legal_basis: fields.own_words("legal_basis"),
        authorised_by: fields.optional("authorised_by", text::line),
        return_authorised_by: fields.optional("return_authorised_by", text::line),
        ..Particulars::default()
    };
    Some(Particulars { crime_ref: crime_ref?, exhibit_ref: exhibit_ref?, oic: oic?, ..rest })
}

/// What no field shows by itself. An instant after now in a gate and a legal date in the past are no mistakes.
fn consistent(facts: &Facts, particulars: &Particulars, faults: &mut Vec<Fault>) {
    let mut fault = |field, what: String, right: &str| faults.push(Fault { field, what, right: Some(right.to_owned()) });
    if facts.taken_at < EARLIEST {
        fault("taken_at", format!("{} is before {EARLIEST}", facts.taken_at), "give when the police took the device");
    }
    if let Some(delivered) = facts.delivered_at.filter(|at| *at < facts.taken_at) {
        fault("delivered_at", format!("{delivered} is before taken_at"), &format!("the device was taken at {}", facts.taken_at));
    }
    if let (Some(from), Some(to)) = (particulars.scope_from, particulars.scope_to)
        && to < from
    {
        fault("scope_to", format!("{to} is before scope_from"), &format!("scope begins on {from}"));
    }
    if particulars.parent.as_ref() == Some(&particulars.exhibit_ref) {
        fault("parent", "is the exhibit itself".to_owned(), "name the exhibit that it is a part of");
    }
    if particulars.authorised_by.as_deref().is_some_and(|by| same_person(by, &particulars.oic)) {
        fault("authorised_by", "is the OIC".to_owned(), "someone else authorises the examination");
    }
}
