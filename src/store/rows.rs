//! The rows of the current-state tables, as they are written. Every one is made from a value of the domain alone.

use super::tx::{Present, Table, Value};
use crate::domain::durations::{Kind, Observed};
use crate::domain::submission::{Facts, digest_of};
use crate::domain::time::Timestamp;
use crate::domain::unit::{
    Assignment, AssignmentState, Breach, BreachState, Ending, StageState, Submission, Unit, Whereabouts, reached,
};

pub(super) const SUBMISSION: Table = Table {
    name: "submission",
    columns: &[
        "number",
        "case_id",
        "version",
        "open",
        "registered_at",
        "force",
        "offence",
        "owner",
        "device",
        "storage_gb",
        "lock_state",
        "taken_at",
        "site",
        "delivered_at",
        "return_site",
        "owner_present_until",
        "level",
        "agreement_at",
        "notice_at",
        "legal_basis",
        "authorised_at",
        "return_authorised",
        "custody_expires_at",
        "bail_at",
        "court_at",
        "evidence_fades_at",
        "risk",
        "repeat_suspect",
        "life_at_risk",
        "case_rank",
        "policy",
        "route",
        "stages",
        "stages_done",
        "tier",
        "place",
        "place_site",
        "place_since",
        "returned_at",
        "received_by",
        "proof",
        "crime_ref",
        "exhibit_ref",
        "request",
        "oic",
        "team",
        "make",
        "model",
        "reference_digest",
        "removed_at",
        "removed_cause",
        "data_taken",
        "parked_at",
        "parked_cause",
        "review_at",
        "provider",
        "provider_due",
        "priority",
        "priority_until",
        "withheld_at",
        "withheld_cause",
        "offered_at",
        "offer_answer",
        "handset",
        "handset_issued_at",
        "owner_told_at",
        "results_received_at",
        "parent",
        "appointment_resource",
        "appointment_from",
        "appointment_until",
        "body",
    ],
    key: 1,
    present: Present::Replace,
};

pub(super) const CASE_REFERENCE: Table =
    Table { name: "case_reference", columns: &["digest", "case_id"], key: 1, present: Present::Replace };

pub(super) const CLOCK: Table = Table {
    name: "clock",
    columns: &["number", "place", "promise", "milestone", "tier", "hard", "due", "applies_from", "ends_at", "reached_at"],
    key: 2,
    present: Present::Refuse,
};

pub(super) const ASSIGNMENT: Table = Table {
    name: "assignment",
    columns: &[
        "id",
        "version",
        "open",
        "submission",
        "stage",
        "resource",
        "slot",
        "start_at",
        "end_at",
        "state",
        "since",
        "started_at",
        "held_by",
        "cause",
        "tool",
        "tool_version",
        "hash",
        "begun_at",
        "worked",
        "review_at",
    ],
    key: 1,
    present: Present::Replace,
};

pub(super) const BREACH: Table = Table {
    name: "breach",
    columns: &[
        "id",
        "submission",
        "promise",
        "milestone",
        "due",
        "state",
        "since",
        "expected",
        "reached_at",
        "unavoidable",
        "acknowledged_at",
        "acknowledged_by",
        "mitigated_at",
    ],
    key: 1,
    present: Present::Replace,
};

pub(super) const OUTAGE: Table =
    Table { name: "outage", columns: &["resource", "place", "from_at", "until_at", "reason"], key: 2, present: Present::Refuse };

pub(super) const DURATION: Table = Table {
    name: "duration",
    columns: &["stage", "device", "level", "band", "base", "per_gb", "seen", "weights"],
    key: 6,
    present: Present::Replace,
};

pub(super) const ESTABLISHMENT: Table = Table {
    name: "establishment",
    columns: &["seq", "version", "adopted_at", "digest", "body"],
    key: 1,
    present: Present::Refuse,
};

pub(super) const POLICY: Table =
    Table { name: "policy", columns: &["version", "seq", "adopted_at", "digest", "body"], key: 1, present: Present::Replace };

/// A row of a submission. `unit`: as it is after the change; `changed_at`: when that was recorded.
pub(super) fn submission(s: &Submission, unit: &Unit, changed_at: Timestamp) -> Vec<Value> {
    let (f, p) = (&s.facts, s.particulars.as_ref());
    let (place, place_site, place_since) = whereabouts(&s.device);
    let done = s.stages.iter().filter(|stage| matches!(stage, StageState::Done(_))).count();
    let risk: Vec<&str> = f.risk.iter().map(|word| word.as_str()).collect();
    let mut row: Vec<Value> = Vec::with_capacity(SUBMISSION.columns.len());
    row.extend([
        s.number.0.into(),
        s.case.0.into(),
        s.version.into(),
        unit.submissions.contains_key(&s.number).into(),
        s.registered_at.into(),
    ]);
    row.extend(facts(f, &risk.join(";")));
    row.extend([
        s.policy.as_str().into(),
        s.route.as_ref().map(|route| route.as_str()).into(),
        count(s.stages.len()),
        count(done),
        i64::from(s.tier(changed_at)).into(),
        place.into(),
        place_site.into(),
        place_since.into(),
        s.returned.as_ref().map(|r| r.at).into(),
        s.returned.as_ref().map(|r| r.received_by.as_str()).into(),
        s.returned.as_ref().map(|r| r.proof.as_str()).into(),
        p.map(|p| p.crime_ref.as_str()).into(),
        p.map(|p| p.exhibit_ref.as_str()).into(),
        p.map(|p| i64::from(p.request)).into(),
        p.map(|p| p.oic.as_str()).into(),
        p.and_then(|p| p.team.as_deref()).into(),
        p.and_then(|p| p.make.as_deref()).into(),
        p.and_then(|p| p.model.as_deref()).into(),
        p.map(|_| digest_of(&s.key())).into(),
        s.removed.as_ref().map(|removed| removed.at).into(),
        s.removed.as_ref().map(|removed| removed.cause.as_str()).into(),
        s.removed.as_ref().map(|removed| removed.data.as_str()).into(),
    ]);
    row.extend(treatment(s));
    row.push(json(s).into());
    row
}

/// What people decided beside gates and work.
fn treatment(s: &Submission) -> [Value; 19] {
    let (provider, due) = match &s.device {
        Whereabouts::Outside { provider, due, .. } => (Some(provider.as_str()), Some(*due)),
        _ => (None, None),
    };
    let (parked, priority, withheld, offer) = (s.parked.as_ref(), s.priority.as_ref(), s.withheld.as_ref(), s.offer.as_ref());
    let booked = s.appointment.as_ref();
    [
        parked.map(|parked| parked.since).into(),
        parked.map(|parked| parked.cause.as_str()).into(),
        parked.map(|parked| parked.review_at).into(),
        provider.into(),
        due.into(),
        priority.map(|priority| i64::from(priority.tier)).into(),
        priority.and_then(|priority| priority.until).into(),
        withheld.map(|withheld| withheld.since).into(),
        withheld.map(|withheld| withheld.cause.as_str()).into(),
        offer.map(|offer| offer.at).into(),
        offer.map(|offer| offer.answer.as_str()).into(),
        s.handset.as_ref().map(|lent| lent.handset.as_str()).into(),
        s.handset.as_ref().and_then(|lent| lent.issued_at).into(),
        s.owner_told.map(|told| told.at).into(),
        s.results_received_at.into(),
        s.particulars.as_ref().and_then(|p| p.parent.as_deref()).into(),
        booked.map(|booked| booked.slot.resource.as_str()).into(),
        booked.map(|booked| booked.from).into(),
        booked.map(|booked| booked.until).into(),
    ]
}

fn facts(f: &Facts, risk: &str) -> [Value; 25] {
    [
        f.force.as_str().into(),
        f.offence.as_str().into(),
        f.owner.as_str().into(),
        f.device.as_str().into(),
        f.storage_gb.map(i64::from).into(),
        f.lock_state.as_str().into(),
        f.taken_at.into(),
        f.site.as_str().into(),
        f.delivered_at.into(),
        f.return_site.as_ref().map(|site| site.as_str()).into(),
        f.owner_present_until.into(),
        i64::from(f.level).into(),
        f.agreement_at.into(),
        f.notice_at.into(),
        f.legal_basis.into(),
        f.authorised_at.into(),
        f.return_authorised.into(),
        f.custody_expires_at.into(),
        f.bail_at.into(),
        f.court_at.into(),
        f.evidence_fades_at.into(),
        risk.into(),
        f.repeat_suspect.into(),
        f.life_at_risk.into(),
        f.case_rank.map(i64::from).into(),
    ]
}

/// Where a device is: word, site, since when.
fn whereabouts(device: &Whereabouts) -> (&'static str, Option<&str>, Option<Timestamp>) {
    match device {
        Whereabouts::NotDelivered => ("not_delivered", None, None),
        Whereabouts::At { site, since } => ("at", Some(site.as_str()), Some(*since)),
        Whereabouts::SignedOut { since } => ("signed_out", None, Some(*since)),
        Whereabouts::Outside { since, .. } => ("outside", None, Some(*since)),
        Whereabouts::Returned { since, .. } => ("returned", None, Some(*since)),
    }
}

/// A row for each promise made to a submission.
pub(super) fn clocks<'a>(s: &'a Submission, unit: &'a Unit) -> impl Iterator<Item = Vec<Value>> + 'a {
    let route = unit.route_of(s);
    s.clocks.iter().enumerate().map(move |(place, clock)| {
        vec![
            s.number.0.into(),
            count(place),
            clock.promise.as_str().into(),
            clock.milestone.as_str().into(),
            i64::from(clock.tier).into(),
            clock.hard.into(),
            clock.due.into(),
            clock.applies_from.into(),
            clock.ends_at.into(),
            reached(s, route, clock.milestone).into(),
        ]
    })
}

/// A row of an assignment, and how it ended, if it did.
pub(super) fn assignment(a: &Assignment, ending: Option<&Ending>) -> Vec<Value> {
    let (mut tool, mut tool_version, mut hash) = (None, None, None);
    let (state, since, cause) = match ending {
        None => match a.state {
            AssignmentState::Offered => ("offered", None, None),
            AssignmentState::Accepted { at } => ("accepted", Some(at), None),
            AssignmentState::Started { at } => ("started", Some(at), None),
            AssignmentState::Paused { at } => ("paused", Some(at), None),
        },
        Some(Ending::Finished { at, tool: by, tool_version: version, hash: of }) => {
            (tool, tool_version, hash) = (by.as_deref(), version.as_deref(), of.as_deref());
            ("finished", Some(*at), None)
        }
        Some(Ending::Failed { at, cause }) => ("failed", Some(*at), Some(cause.as_str())),
        Some(Ending::Released { cause }) => ("released", None, Some(cause.as_str())),
    };
    vec![
        a.id.0.into(),
        a.version.into(),
        ending.is_none().into(),
        a.submission.0.into(),
        count(a.stage),
        a.slot.resource.as_str().into(),
        i64::from(a.slot.slot).into(),
        a.start.into(),
        a.end.into(),
        state.into(),
        since.into(),
        a.started_at().into(),
        a.held_by.as_deref().into(),
        cause.into(),
        tool.into(),
        tool_version.into(),
        hash.into(),
        a.earlier.map(|earlier| earlier.begun).into(),
        a.earlier.map(|earlier| earlier.worked.0).into(),
        a.review_at.into(),
    ]
}

/// A row of a breach.
pub(super) fn breach(b: &Breach) -> Vec<Value> {
    let (since, expected, reached_at) = match b.state {
        BreachState::Forecast { since, expected } => (Some(since), expected, None),
        BreachState::Open | BreachState::Void => (None, None, None),
        BreachState::Closed { at } | BreachState::Disproved { at } => (None, None, Some(at)),
    };
    vec![
        b.id.0.into(),
        b.submission.0.into(),
        b.promise.as_str().into(),
        b.milestone.as_str().into(),
        b.due.into(),
        b.state.as_str().into(),
        since.into(),
        expected.into(),
        reached_at.into(),
        b.unavoidable.into(),
        b.acknowledged.as_ref().map(|known| known.at).into(),
        b.acknowledged.as_ref().map(|known| known.by.as_str()).into(),
        b.mitigated_at.into(),
    ]
}

/// A row of what is known of how long a kind of stage takes.
pub(super) fn duration(kind: &Kind, observed: &Observed) -> Vec<Value> {
    vec![
        kind.stage.as_str().into(),
        kind.device.as_str().into(),
        i64::from(kind.level).into(),
        i64::from(kind.band).into(),
        kind.base.0.into(),
        kind.per_gb.0.into(),
        i64::try_from(observed.seen()).unwrap_or(i64::MAX).into(),
        json(&observed.weights()).into(),
    ]
}

/// A count or a place in a list.
pub(super) fn count(n: usize) -> Value {
    i64::try_from(n).unwrap_or(i64::MAX).into()
}

/// The exact value as text. Serialising a value of the domain to memory can't fail: no map of it has keys but text.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
