//! What was recorded, as those are told who follow the ledger: one server-sent event an entry.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::Shown;
use super::timeline::{EntryView, view};
use crate::domain::event::{Change, Oversight};
use crate::domain::ids::{QueueNumber, ResourceId};
use crate::domain::quality::Held;
use crate::domain::unit::{Submission, Unit};
use crate::http::access::Caller;
use crate::store::{Recorded, StoreError};

/// The data of one event: an entry as the timeline has it, and the submission that it is about.
///
/// ```json
/// { "submission": "Q12", "seq": 4711, "kind": "delivered", "happened_at": "2026-11-23T08:25:00Z",
///   "recorded_at": "2026-11-23T08:26:10Z", "recorded_by": "PSE 7001", "site": "north", "party": "DC 2231" }
/// ```
///
/// `submission` is left out where the entry is about none: a file adopted, a resource out of use.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Event")]
pub struct EventView<'a> {
    /// The submission it is about: its queue number.
    #[serde(skip_serializing_if = "Option::is_none")]
    submission: Option<Shown<QueueNumber>>,
    #[serde(flatten)]
    entry: &'a EntryView,
}

/// An entry ready to be told: written once for all its readers, those who read cases and those who only handle devices.
pub struct Told {
    /// Its place in the ledger.
    pub seq: i64,
    /// The submission it is about.
    about: Option<About>,
    /// The resource, where it is about one alone.
    resource: Option<ResourceId>,
    /// That a closed submission was looked up again is of no interest to people.
    quiet: bool,
    whole: String,
    for_bound: String,
    for_handlers: String,
}

/// The submission that an entry is about.
struct About {
    number: QueueNumber,
    /// As it was when the entry was written.
    then: Option<Arc<Submission>>,
    /// Whether it had closed by then.
    is_closed: bool,
}

impl Told {
    /// Writes an entry. `unit`: as committed at that entry or later.
    pub fn of(recorded: Recorded, unit: &Unit) -> Result<Self, StoreError> {
        let Recorded { entry, number, closed } = recorded;
        let event = entry
            .event()
            .map_err(|cause| StoreError::Corrupt { what: format!("ledger entry {}", entry.seq), problem: cause.to_string() })?;
        let resource = match &event.change {
            Change::Overseen(
                Oversight::OutageDeclared { resource, .. }
                | Oversight::OutageEnded { resource, .. }
                | Oversight::ToolInstalled { resource, .. }
                | Oversight::HoldPlaced { held: Held::Resource { resource }, .. },
            ) => Some(resource.clone()),
            _ => None,
        };
        let seen = view(&entry, event);
        let frame = |entry: &EntryView, kind: &str, seq: i64| {
            let data = serde_json::to_string(&EventView { submission: number.map(Shown), entry }).unwrap_or_default();
            format!("id: {seq}\nevent: {kind}\ndata: {data}\n\n")
        };
        let whole = frame(&seen, &entry.kind, entry.seq);
        let for_bound = frame(&seen.for_bound(), &entry.kind, entry.seq);
        let for_handlers = frame(&seen.for_handlers(), &entry.kind, entry.seq);
        let about = number.map(|number| {
            let open = unit.submissions.get(&number).cloned();
            let is_closed = open.is_none();
            About { number, then: open.or(closed), is_closed }
        });
        Ok(Self { seq: entry.seq, about, resource, quiet: entry.kind == "recalled", whole, for_bound, for_handlers })
    }

    /// The submission it is about.
    pub fn number(&self) -> Option<QueueNumber> {
        self.about.as_ref().map(|about| about.number)
    }

    /// That submission, where it had closed.
    pub fn closed(&self) -> Option<&Arc<Submission>> {
        self.about.as_ref().filter(|about| about.is_closed)?.then.as_ref()
    }

    /// The event as this reader may see it now; none where they may not. What is about a submission follows the reach of that
    /// submission, as its timeline does. `closed`: how one that is open no longer was when it closed, where that is known.
    pub fn to(&self, caller: &Caller, unit: &Unit, closed: impl Fn(QueueNumber) -> Option<Arc<Submission>>) -> Option<&str> {
        let seen = match &self.about {
            _ if self.quiet => false,
            Some(About { number, then, .. }) => match unit.submissions.get(number) {
                Some(open) => caller.sees(unit, open),
                None => closed(*number).or_else(|| then.clone()).is_some_and(|last| caller.sees(unit, &last)),
            },
            None => caller.reads_resources() && self.resource.as_ref().is_none_or(|resource| caller.runs(unit, resource)),
        };
        seen.then_some(match () {
            () if !caller.reads_cases() => &self.for_handlers,
            () if caller.is_bound() => &self.for_bound,
            () => &self.whole,
        })
    }
}
