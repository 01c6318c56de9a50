//! What happened to a submission, entry by entry.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::Shown;
use crate::domain::columns::COLUMNS;
use crate::domain::entry::{Actor, Entry};
use crate::domain::event::{Change, Event, Oversight, Rework, Treatment};
use crate::domain::ids::{AssignmentId, ResourceId, SiteId, Word};
use crate::domain::quality::Held;
use crate::domain::submission::Request;
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// One entry of the ledger, as its reader may see it.
///
/// ```json
/// { "seq": 4711, "kind": "delivered", "happened_at": "2026-11-23T08:25:00Z", "recorded_at": "2026-11-23T08:26:10Z",
///   "recorded_by": "PSE 7001", "site": "north", "resource": "kiosk-north-1", "assignment": "A5", "word": "pin_held",
///   "party": "DC 2231", "reason": "read from the label again", "before": "128", "after": "256", "given": { "lock_state": "pin_held" } }
/// ```
///
/// The first one, `registered`, has in `given` what was said with it of gates, device and risk; a correction has the field as
/// `word`, its old value as `before` and its new one as `after`. Nothing is left out but what is empty.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Entry")]
pub struct EntryView {
    /// Its place in the ledger, from 1.
    seq: i64,
    /// What kind of change it records.
    kind: String,
    /// When that happened.
    happened_at: Timestamp,
    /// When it was told.
    recorded_at: Timestamp,
    /// Who told it; `dfqueue` for what the daemon did by itself.
    recorded_by: String,
    /// The site it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<SiteId>,
    /// The resource it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<ResourceId>,
    /// The assignment it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment: Option<Shown<AssignmentId>>,
    /// A word of the change: lock state, cause, promise, corrected column.
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<String>,
    /// The other party: who authorised, brought, collected.
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<String>,
    /// Why, in a person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What stood there before a correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    /// What stands there since.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    /// What was said with the request of gates, device and risk, by column of the queue file.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    given: BTreeMap<&'static str, String>,
}

/// What a request may say that is otherwise told later, by an entry of its own: here it stands in the first one.
const TOLD_LATER: [&str; 12] = [
    "delivered_at",
    "agreement_at",
    "notice_at",
    "legal_basis",
    "authorised_by",
    "authorised_at",
    "return_authorised_by",
    "lock_state",
    "risk",
    "repeat_suspect",
    "life_at_risk",
    "owner_present_until",
];

impl EntryView {
    /// For those who are bound to a force or to sites: the daemon's own reasons name whom a place went to, whoever that is of.
    pub fn for_bound(&self) -> Self {
        let reason = self.reason.clone().filter(|_| self.recorded_by != Actor::daemon().person);
        Self { reason, ..self.clone() }
    }

    /// For those who only handle devices: they see nobody's reasons, nor what a case is about.
    pub fn for_handlers(&self) -> Self {
        Self { reason: None, before: None, after: None, given: BTreeMap::new(), ..self.clone() }
    }
}

/// What the entries of a submission record, oldest first. That a closed one was looked up again is of no interest to people.
pub fn read(entries: Vec<Entry>) -> Result<Vec<(Entry, Event)>, StoreError> {
    let event = |entry: Entry| match entry.event() {
        Ok(event) => Ok((entry, event)),
        Err(cause) => Err(StoreError::Corrupt { what: format!("ledger entry {}", entry.seq), problem: cause.to_string() }),
    };
    entries.into_iter().filter(|entry| entry.kind != "recalled").map(event).collect()
}

/// The entries of a submission, oldest first.
pub fn timeline(entries: Vec<Entry>) -> Result<Vec<EntryView>, StoreError> {
    Ok(read(entries)?.into_iter().map(|(entry, event)| view(&entry, event)).collect())
}

/// One entry, as those who read cases see it.
pub fn view(entry: &Entry, event: Event) -> EntryView {
    let particulars = event.sealed.particulars;
    let given = match &event.change {
        Change::Registered { facts, .. } => {
            given(&Request { facts: facts.clone(), particulars: particulars.unwrap_or_default() })
        }
        _ => BTreeMap::new(),
    };
    let said = said(event.change);
    EntryView {
        seq: entry.seq,
        kind: entry.kind.clone(),
        happened_at: entry.happened_at,
        recorded_at: entry.recorded_at,
        recorded_by: entry.actor.person.clone(),
        site: said.site,
        resource: said.resource,
        assignment: said.assignment.map(Shown),
        word: said.word,
        party: event.sealed.party,
        reason: event.sealed.reason,
        before: event.sealed.before,
        after: event.sealed.after,
        given,
    }
}

/// What was said at once of what is otherwise told later; what is not so goes unsaid.
fn given(request: &Request) -> BTreeMap<&'static str, String> {
    let columns = COLUMNS.iter().filter(|column| TOLD_LATER.contains(&column.name));
    let said = |value: &String| !value.is_empty() && value != "false";
    columns.map(|column| (column.name, (column.get)(request))).filter(|(_, value)| said(value)).collect()
}

#[derive(Default)]
struct Said {
    site: Option<SiteId>,
    resource: Option<ResourceId>,
    assignment: Option<AssignmentId>,
    word: Option<String>,
}

/// What a change says, beside when and by whom.
fn said(change: Change) -> Said {
    let word = |word: &dyn std::fmt::Display| Some(word.to_string());
    let on = |assignment| Said { assignment: Some(assignment), ..Said::default() };
    match change {
        Change::Registered { facts, .. } => Said { site: Some(facts.site), ..Said::default() },
        Change::Delivered { site, .. } | Change::Moved { site, .. } => Said { site: Some(site), ..Said::default() },
        Change::AgreementRecorded { terms: Some(terms), .. } => Said { word: word(&terms.decided_by), ..Said::default() },
        Change::PinStatusRecorded { lock_state, .. } => Said { word: word(&lock_state), ..Said::default() },
        Change::Returned { returned, .. } => Said { word: word(&returned.received_by), ..Said::default() },
        Change::Corrected { field, .. } | Change::ReturnCorrected { field, .. } => Said { word: Some(field), ..Said::default() },
        Change::Removed { cause, .. } => Said { word: word(&cause), ..Said::default() },
        Change::Assigned { assignment, slot, .. } => Said { resource: Some(slot.resource), ..on(assignment) },
        Change::Accepted { assignment, overrode, .. } | Change::Started { assignment, overrode, .. } => {
            Said { word: overrode.as_ref().map(|_| "guard_overridden".to_owned()), site: overrode, ..on(assignment) }
        }
        Change::Finished { assignment, tool, .. } => Said { word: tool, ..on(assignment) },
        Change::Failed { assignment, cause, on: resource, .. } => Said { word: word(&cause), resource, ..on(assignment) },
        Change::Released { assignment, cause } => Said { word: word(&cause), ..on(assignment) },
        Change::Treated(treatment) => treated(treatment),
        Change::Interrupted(pause) => on(pause.assignment()),
        Change::Reworked(Rework::SentBack { assignment, .. }) => on(assignment),
        Change::Overseen(oversight) => overseen(oversight),
        Change::BreachForecast { promise, .. } | Change::Breached { promise, .. } | Change::LatestStartPassed { promise, .. } => {
            Said { word: word(&promise), ..Said::default() }
        }
        _ => Said::default(),
    }
}

fn overseen(oversight: Oversight) -> Said {
    let of = |resource| Said { resource: Some(resource), ..Said::default() };
    match oversight {
        Oversight::OutageDeclared { resource, .. } | Oversight::OutageEnded { resource, .. } => of(resource),
        Oversight::ToolInstalled { resource, tool, version, .. } => {
            Said { word: Some(format!("{tool} {version}")), ..of(resource) }
        }
        Oversight::HoldPlaced { held: Held::Resource { resource }, .. } => of(resource),
        Oversight::HoldPlaced { held: Held::Tool { tool, version }, .. } => {
            let words: Vec<String> = [Some(tool), version].into_iter().flatten().collect();
            Said { word: Some(words.join(" ")), ..Said::default() }
        }
        Oversight::HoldPlaced { held: Held::Person { person }, .. } => Said { word: Some(person), ..Said::default() },
        Oversight::HoldLifted { hold, .. } => Said { word: Some(hold.to_string()), ..Said::default() },
    }
}

fn treated(treatment: Treatment) -> Said {
    let word = |word: &dyn std::fmt::Display| Some(word.to_string());
    match treatment {
        Treatment::Parked { cause, .. } => Said { word: word(&cause), ..Said::default() },
        Treatment::SentOutside { provider, .. } => Said { word: Some(provider), ..Said::default() },
        Treatment::CameBack { site, .. } => Said { site: Some(site), ..Said::default() },
        Treatment::Prioritised { tier, .. } => {
            Said { word: tier.map_or_else(|| Some("own_tier".into()), |tier| Some(format!("tier_{tier}"))), ..Said::default() }
        }
        Treatment::Flagged { risk, life_at_risk, .. } => {
            let flags = life_at_risk.then_some("life_at_risk").into_iter().chain(risk.iter().map(Word::as_str));
            Said { word: Some(flags.collect::<Vec<_>>().join(";")), ..Said::default() }
        }
        Treatment::ReturnOffered { answer, .. } => Said { word: word(&answer), ..Said::default() },
        Treatment::ReturnWithheld { cause, .. } => Said { word: word(&cause), ..Said::default() },
        Treatment::ScopeChanged { wider, .. } => {
            Said { word: Some(if wider { "wider".into() } else { "narrower".into() }), ..Said::default() }
        }
        Treatment::HandsetReserved { handset, .. }
        | Treatment::HandsetIssued { handset, .. }
        | Treatment::HandsetTakenBack { handset, .. } => Said { word: word(&handset), ..Said::default() },
        Treatment::AppointmentMade { slot, .. } => Said { resource: Some(slot.resource), ..Said::default() },
        Treatment::AppointmentEnded { cause, .. } => Said { word: word(&cause), ..Said::default() },
        Treatment::ActionAcknowledged { action, .. } => Said { word: word(&action), ..Said::default() },
        Treatment::ConfidentialNoted { kinds, .. } => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            Said { word: Some(kinds.join(";")), ..Said::default() }
        }
        Treatment::ConfidentialCleared { .. }
        | Treatment::Redacted { .. }
        | Treatment::TakenUp { .. }
        | Treatment::ReturnAllowed { .. }
        | Treatment::OwnerTold { .. }
        | Treatment::ResultsReceived { .. } => Said::default(),
    }
}
