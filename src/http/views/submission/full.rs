//! All there is to know of a submission, as its reader may.

use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::parts::{Parent, Part, parent, parts};
use super::{AsOf, Summary, as_of, line};
use crate::domain::agreement::{DecidedBy, DeviceUser};
use crate::domain::ids::{CaseId, SiteId, Word};
use crate::domain::submission::LockState;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Breach, Proof, Receiver, Submission};
use crate::http::views::action::{ActionView, actions};
use crate::http::views::appointment::KeptView;
use crate::http::views::arrival::{ArrivalView, DisplacedView, arrival, displaced_by};
use crate::http::views::owner::{LentView, OwnerToldView};
use crate::http::views::promise::{PromiseView, promises};
use crate::http::views::stage::{GateView, StageView, gates, stages};
use crate::http::views::timeline::EntryView;
use crate::http::views::treatment::{ConfidentialView, OfferView, WithheldView};
use crate::http::views::{Shown, View};

/// All there is to know of a submission, as its reader may.
///
/// On top of its line in a list.
///
/// ```json
/// { "case": "C9", "parent": null, "parts": [], "route": "victim-phone", "policy": "2026-11", "site": "north", "return_site": null, "make": "Apple",
///   "model": "iPhone 14", "storage_gb": 128, "lock_state": "pin_held", "level": 1, "registered_at": "2026-11-23T07:50:00Z",
///   "delivered_at": "2026-11-23T08:25:00Z", "owner_present_until": null, "return_authorised": true, "returned": null, "offer": null, "confidential": null, "withheld": null,
///   "appointment": null, "handset": null, "owner_told": null, "results_received_at": null,
///   "promises": [], "gates": [], "stages": [], "actions": [], "arrival": null, "displaced_by": [], "asked_for": null, "timeline": [] }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Submission")]
pub struct Full<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    /// Its case: submissions of one force and crime reference share it.
    case: Shown<CaseId>,
    /// The exhibit that it is a part of; null where it is none.
    parent: Option<Parent<'a>>,
    /// Exhibits that are parts of it and open: they go home with it.
    parts: Vec<Part<'a>>,
    /// The route of the policy that it takes; null where none is for it.
    route: Option<&'a Word>,
    /// Version of the policy that its route is of.
    policy: &'a str,
    /// Where it is examined, unless a resource elsewhere does it sooner.
    site: &'a SiteId,
    /// Where its owner gets it back; null: at `site`.
    return_site: Option<&'a SiteId>,
    /// Maker of the device; null where not known.
    make: Option<&'a str>,
    /// Its model; null where not known.
    model: Option<&'a str>,
    /// Its storage in GB; null where not known.
    storage_gb: Option<u32>,
    /// Whether it can be opened.
    lock_state: LockState,
    /// Level of examination: 1 kiosk, 2 and more laboratory.
    level: u8,
    /// When the request was recorded.
    registered_at: Timestamp,
    /// When the device reached its site; null before that.
    delivered_at: Option<Timestamp>,
    /// Until when the owner waits at the site; null where they don't.
    owner_present_until: Option<Timestamp>,
    /// Whether it may go back, once verified.
    return_authorised: bool,
    /// How its owner had it back; null before that.
    returned: Option<ReturnView>,
    /// What came of the last offer to its owner; null where it was not offered.
    offer: Option<OfferView>,
    /// Confidential material that its device may hold; null where none was noted, and for those who only handle devices.
    confidential: Option<ConfidentialView<'a>>,
    /// Why its return is withheld; null where it is not.
    withheld: Option<WithheldView>,
    /// The time that is kept for when it is brought; null where there is none.
    appointment: Option<KeptView<'a>>,
    /// The replacement handset that its owner has, or that is put by for them; null where there is none.
    handset: Option<LentView<'a>>,
    /// What its owner was told last; null where they were told nothing.
    owner_told: Option<OwnerToldView>,
    /// When the officer in the case opened the results; null before that.
    results_received_at: Option<Timestamp>,
    /// Every promise made to it, and how each stands.
    promises: Vec<PromiseView<'a>>,
    /// Every gate of its route, in the order in which they are judged.
    gates: Vec<GateView>,
    /// Every stage of its route, in its order.
    stages: Vec<StageView<'a>>,
    /// What people must do for it.
    actions: Vec<ActionView<'a>>,
    /// What came of it when it came; null once two hundred others have come, and where a whole queue came at once.
    arrival: Option<ArrivalView>,
    /// Promises to it that are missed, or missed by more, since others came.
    displaced_by: Vec<DisplacedView>,
    /// What the case is about; null for those who only handle devices, and once redacted.
    asked_for: Option<AskedFor<'a>>,
    /// What happened to it, entry by entry, oldest first; empty with `timeline=false`.
    timeline: Arc<[EntryView]>,
    /// How fresh this is.
    as_of: AsOf,
}

/// How an owner had a device back.
///
/// ```json
/// { "at": "2026-11-23T11:10:00Z", "received_by": "owner", "proof": "signature" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Return")]
struct ReturnView {
    /// When.
    at: Timestamp,
    /// Who received it.
    #[schemars(with = "Receiver")]
    received_by: &'static str,
    /// How that was proved.
    #[schemars(with = "Proof")]
    proof: &'static str,
}

/// What the case is about.
///
/// ```json
/// { "offence": "rasso", "risk": ["child_at_risk"], "repeat_suspect": false, "life_at_risk": false, "case_rank": 1,
///   "scope": ["messages", "photos"], "scope_from": "2026-09-01", "scope_to": "2026-11-22", "legal_basis": "PACE s.19",
///   "device_user": "child", "decided_by": "parent_or_guardian",
///   "authorised_by": "DS 1180", "return_authorised_by": "DC 2231", "trip": 1800, "custody_expires_at": "2026-11-24T19:00:00Z",
///   "bail_at": "2026-12-21T10:00:00Z", "court_at": "2027-02-01T10:00:00Z", "evidence_fades_at": "2026-11-26T09:00:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
struct AskedFor<'a> {
    /// Kind of offence: a word of the policy.
    offence: &'a Word,
    /// Risks: words of the policy.
    risk: &'a [Word],
    /// Whether the suspect is known from another report.
    repeat_suspect: bool,
    /// Whether a life is at immediate risk.
    life_at_risk: bool,
    /// Place in a staged case, smaller first; null where the case is not staged.
    case_rank: Option<u32>,
    /// Kinds of data asked for; empty: not limited on record.
    scope: &'a [String],
    /// First day asked for; null where not limited.
    scope_from: Option<NaiveDate>,
    /// Last day asked for; null where not limited.
    scope_to: Option<NaiveDate>,
    /// By what right a suspect's device is examined; null where none is recorded.
    legal_basis: Option<&'a str>,
    /// Who used the device; null where nobody said with the agreement.
    #[schemars(with = "Option<DeviceUser>")]
    device_user: Option<&'static str>,
    /// In what role somebody agreed; null where nobody said.
    #[schemars(with = "Option<DecidedBy>")]
    decided_by: Option<&'static str>,
    /// Who authorised the examination; null where nobody did.
    authorised_by: Option<&'a str>,
    /// Who authorised the return; null where nobody did.
    return_authorised_by: Option<&'a str>,
    /// Seconds from leaving the site until the owner has it; null: the site's usual time.
    trip: Option<Seconds>,
    /// When the custody clock ends; null where there is none.
    custody_expires_at: Option<Timestamp>,
    /// When bail is answered to; null where there is none.
    bail_at: Option<Timestamp>,
    /// When the case is in court; null where that is not known.
    court_at: Option<Timestamp>,
    /// When evidence is lost, as when a phone reboots; null where none is.
    evidence_fades_at: Option<Timestamp>,
}

/// All there is to know of a submission, as its reader may.
pub fn full<'a>(view: &'a View<'_>, submission: &'a Submission, breaches: &[Breach], timeline: Arc<[EntryView]>) -> Full<'a> {
    let (facts, particulars) = (&submission.facts, submission.particulars.as_ref());
    let promises = promises(view, submission, breaches);
    Full {
        summary: line(view, submission, &promises),
        case: Shown(submission.case),
        parent: parent(view, submission),
        parts: parts(view, submission),
        route: submission.route.as_ref(),
        policy: &submission.policy,
        site: &facts.site,
        return_site: facts.return_site.as_ref(),
        make: particulars.and_then(|p| p.make.as_deref()),
        model: particulars.and_then(|p| p.model.as_deref()),
        storage_gb: facts.storage_gb,
        lock_state: facts.lock_state,
        level: facts.level,
        registered_at: submission.registered_at,
        delivered_at: facts.delivered_at,
        owner_present_until: facts.owner_present_until,
        return_authorised: facts.return_authorised,
        returned: submission.returned.as_ref().map(|r| ReturnView {
            at: r.at,
            received_by: r.received_by.as_str(),
            proof: r.proof.as_str(),
        }),
        offer: submission.offer.as_ref().map(OfferView::of),
        confidential: submission.confidential.as_ref().filter(|_| view.caller.reads_cases()).map(ConfidentialView::of),
        withheld: submission.withheld.as_ref().map(WithheldView::of),
        appointment: view.unit.keeps_time_for(submission, view.now).map(KeptView::of),
        handset: submission.handset.as_ref().map(LentView::of),
        owner_told: submission.owner_told.map(OwnerToldView::of),
        results_received_at: submission.results_received_at,
        promises,
        gates: gates(view, submission),
        stages: stages(view, submission),
        actions: actions(view, submission),
        arrival: arrival(view, submission.number),
        displaced_by: displaced_by(view, submission.number),
        asked_for: asked_for(view, submission),
        timeline,
        as_of: as_of(view),
    }
}

fn asked_for<'a>(view: &View<'_>, submission: &'a Submission) -> Option<AskedFor<'a>> {
    let p = submission.particulars.as_ref().filter(|_| view.caller.reads_cases())?;
    let facts = &submission.facts;
    Some(AskedFor {
        offence: &facts.offence,
        risk: &facts.risk,
        repeat_suspect: facts.repeat_suspect,
        life_at_risk: facts.life_at_risk,
        case_rank: facts.case_rank,
        scope: &p.scope,
        scope_from: p.scope_from,
        scope_to: p.scope_to,
        legal_basis: p.legal_basis.as_deref(),
        device_user: submission.terms.as_ref().map(|terms| terms.device_user.as_str()),
        decided_by: submission.terms.as_ref().map(|terms| terms.decided_by.as_str()),
        authorised_by: p.authorised_by.as_deref(),
        return_authorised_by: p.return_authorised_by.as_deref(),
        trip: facts.trip,
        custody_expires_at: facts.custody_expires_at,
        bail_at: facts.bail_at,
        court_at: facts.court_at,
        evidence_fades_at: facts.evidence_fades_at,
    })
}
