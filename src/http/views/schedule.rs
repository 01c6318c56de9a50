//! The schedule of an exhibit, as a court asks for it: its continuity (who had it, where, from when), by what authority, with which
//! methods, and what was corrected. Read from its ledger entries alone, so that it says what was recorded and nothing else.

mod read;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::submission::{Reference, reference};
use super::{Shown, View};
use crate::domain::entry::Entry;
use crate::domain::event::Event;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::submission::Owner;
use crate::domain::time::Timestamp;
use crate::domain::unit::Submission;
use read::{Read, read};

/// Every copy is marked with it.
pub const MARKING: &str = "OFFICIAL-SENSITIVE";

/// The whole schedule.
///
/// ```json
/// { "marking": "OFFICIAL-SENSITIVE", "id": "Q12", "reference": null, "parent": null, "parts": ["AB/1A"], "owner": "victim", "device": "phone",
///   "make": "Apple", "model": "iPhone 14", "scope": ["messages"], "scope_from": "2026-09-01", "scope_to": "2026-11-22",
///   "continuity": [ { "seq": 7, "at": "2026-11-23T08:25:00Z", "recorded_at": "2026-11-23T08:26:10Z", "what": "delivered",
///     "text": "delivered to north", "place": "north", "from": "DC 2231", "to": "PSE 7001", "seal": "A0012345",
///     "recorded_by": "PSE 7001" } ],
///   "methods": [], "authority": [], "corrections": [],
///   "prepared_at": "2026-11-30T10:00:00Z", "prepared_by": "DC 2231", "ledger_seq": 4711,
///   "ledger_chain": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" }
/// ```
///
/// Lines stand in the order in which things happened; `recorded_at` is when they were told. `ledger_chain` is the hash of the ledger up to
/// `ledger_seq`: `dfqueue ledger verify` shows that nothing before was changed since.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Schedule<'a> {
    /// Protective marking of every copy.
    pub(in crate::http) marking: &'static str,
    /// Queue number of the submission.
    pub(in crate::http) id: Shown<QueueNumber>,
    /// What names it outside; null once redacted: then names and reasons are gone as well.
    pub(in crate::http) reference: Option<Reference<'a>>,
    /// Reference of the exhibit that it is a part of; null where it is none.
    pub(in crate::http) parent: Option<&'a str>,
    /// References of the exhibits that are parts of it.
    pub(in crate::http) parts: Vec<String>,
    /// Whose device it is.
    pub(in crate::http) owner: Owner,
    /// Kind of device: a word of the policy.
    pub(in crate::http) device: &'a Word,
    /// Maker of the device; null where not known.
    pub(in crate::http) make: Option<&'a str>,
    /// Its model; null where not known.
    pub(in crate::http) model: Option<&'a str>,
    /// Kinds of data that could be taken; empty: not limited on record.
    pub(in crate::http) scope: &'a [String],
    /// First day of that data; null where not limited.
    pub(in crate::http) scope_from: Option<NaiveDate>,
    /// Last day of that data; null where not limited.
    pub(in crate::http) scope_to: Option<NaiveDate>,
    /// Who had the device, where, from when on.
    pub(in crate::http) continuity: Vec<Line>,
    /// What was done with it, how and by whom.
    pub(in crate::http) methods: Vec<Work>,
    /// By what authority.
    pub(in crate::http) authority: Vec<Line>,
    /// What was recorded wrongly, and set right.
    pub(in crate::http) corrections: Vec<Line>,
    /// When this was read from the ledger.
    pub(in crate::http) prepared_at: Timestamp,
    /// Who read it; null where nobody was named.
    pub(in crate::http) prepared_by: Option<String>,
    /// Where the ledger ended then: the number of its last entry.
    pub(in crate::http) ledger_seq: i64,
    /// SHA-256 chain of the ledger up to there, in hex.
    pub(in crate::http) ledger_chain: String,
}

/// Something that happened, and who was there.
///
/// ```json
/// { "seq": 7, "at": "2026-11-23T08:25:00Z", "recorded_at": "2026-11-23T08:26:10Z", "what": "delivered",
///   "text": "delivered to north", "place": "north", "from": "DC 2231", "to": "PSE 7001", "seal": "A0012345",
///   "recorded_by": "PSE 7001" }
/// ```
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScheduleLine")]
pub struct Line {
    /// Its ledger entry.
    pub(in crate::http) seq: i64,
    /// When it happened.
    pub(in crate::http) at: Timestamp,
    /// When it was told.
    pub(in crate::http) recorded_at: Timestamp,
    /// The word for it.
    pub(in crate::http) what: &'static str,
    /// What happened, in words.
    pub(in crate::http) text: String,
    /// Where the device is from then on; null where that does not change.
    pub(in crate::http) place: Option<String>,
    /// Who gave it out of hand; null where nobody did or is known.
    pub(in crate::http) from: Option<String>,
    /// Who took it; null where nobody did or is known.
    pub(in crate::http) to: Option<String>,
    /// The number of its seal; null where nobody said.
    pub(in crate::http) seal: Option<String>,
    /// Who told it.
    pub(in crate::http) recorded_by: String,
}

/// A stage that was worked on.
///
/// ```json
/// { "stage": "extract", "resource": "kiosk-north-1", "slot": 1, "place": "north", "by": "PC 77",
///   "started_at": "2026-11-23T09:00:00Z", "ended_at": "2026-11-23T10:00:00Z", "outcome": "finished", "tool": "extractor",
///   "tool_version": "7.1", "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "reason": null, "seq": [12, 15] }
/// ```
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScheduleMethod")]
pub struct Work {
    /// Which stage; null where its route is no longer known.
    pub(in crate::http) stage: Option<Word>,
    /// On what it was done.
    pub(in crate::http) resource: String,
    /// Which place of the resource, from 1.
    pub(in crate::http) slot: u32,
    /// Where the resource is, by the unit file in force; null where that no longer has it.
    pub(in crate::http) place: Option<String>,
    /// Who did it.
    pub(in crate::http) by: String,
    /// When it was begun.
    pub(in crate::http) started_at: Timestamp,
    /// When it ended; null while it is under way.
    pub(in crate::http) ended_at: Option<Timestamp>,
    /// What came of it.
    #[schemars(extend("enum" = ["under_way", "paused", "finished", "failed", "stopped"]))]
    pub(in crate::http) outcome: &'static str,
    /// With which tool; null where not told.
    pub(in crate::http) tool: Option<String>,
    /// Which version of it; null where not told.
    pub(in crate::http) tool_version: Option<String>,
    /// SHA-256 of what was extracted, in hex; null where not told.
    pub(in crate::http) hash: Option<String>,
    /// Why it failed or was stopped, or of what was finished, what was taken beyond the scope; null where nobody said.
    pub(in crate::http) reason: Option<String>,
    /// Its ledger entries.
    pub(in crate::http) seq: Vec<i64>,
}

impl<'a> Schedule<'a> {
    /// Of a submission, out of its entries with what they record, oldest first. `parts`: references of the exhibits that are parts of
    /// it; `head`: where the ledger ends.
    pub fn of(
        view: &View<'_>,
        submission: &'a Submission,
        parts: Vec<String>,
        told: Vec<(Entry, Event)>,
        head: (i64, String),
    ) -> Self {
        let particulars = submission.particulars.as_ref();
        let Read { continuity, methods, authority, corrections, .. } = read(&view.unit, submission, told);
        Self {
            marking: MARKING,
            id: Shown(submission.number),
            reference: reference(submission),
            parent: particulars.and_then(|p| p.parent.as_deref()),
            parts,
            owner: submission.facts.owner,
            device: &submission.facts.device,
            make: particulars.and_then(|p| p.make.as_deref()),
            model: particulars.and_then(|p| p.model.as_deref()),
            scope: particulars.map_or(&[], |p| &p.scope),
            scope_from: particulars.and_then(|p| p.scope_from),
            scope_to: particulars.and_then(|p| p.scope_to),
            continuity: in_order(continuity),
            methods,
            authority: in_order(authority),
            corrections,
            prepared_at: view.now,
            prepared_by: view.caller.person.clone(),
            ledger_seq: head.0,
            ledger_chain: head.1,
        }
    }
}

/// By when they happened; of what happened at once, as recorded.
fn in_order(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by_key(|line| (line.at, line.seq));
    lines
}
