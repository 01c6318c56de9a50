//! A submission: one line of a list, or all there is to know.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::action::{ActionView, actions};
use super::arrival::{ArrivalView, DisplacedView, arrival, displaced_by};
use super::owner::{LentView, OwnerToldView};
use super::promise::{PromiseView, Standing, promises};
use super::stage::{CHANGED, GateView, StageView, gates, stages};
use super::timeline::EntryView;
use super::treatment::{OfferView, ParkedView, PriorityView, RemovedView, WithheldView};
use super::{Shown, View};
use crate::domain::ids::{CaseId, QueueNumber, ResourceId, SiteId, Word};
use crate::domain::state::{Results, State, results, state};
use crate::domain::submission::{LockState, Owner};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Breach, Submission, Whereabouts};
use crate::planner::reason::Said;

/// One line of a list.
///
/// ```json
/// { "id": "Q12", "position": 3, "open": true, "state": "waiting", "results": "pending",
///   "reference": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 },
///   "tier": 1, "owner": "victim", "device": "phone", "place": { "where": "at_site", "site": "north", "since": "2026-11-23T08:25:00Z" },
///   "oic": "DC 2231", "team": "RASSO North", "taken_at": "2026-11-23T07:40:00Z",
///   "removed": null, "parked": null, "priority": null, "promise": { "promise": "victim-phone", "standing": "on_track", "...": "..." },
///   "next": { "stage": "prepare", "resource": "operators-north", "slot": 1, "start": "...", "end": "..." },
///   "waits_for": "", "reasons": [], "clear_by": null }
/// ```
#[derive(Serialize)]
pub struct Summary<'a> {
    id: Shown<QueueNumber>,
    /// Place in the plan's order, from 1.
    position: Option<usize>,
    open: bool,
    /// See [`State`].
    pub state: State,
    results: Option<Results>,
    /// Null once redacted.
    reference: Option<Reference<'a>>,
    /// The smallest among the promises that apply now.
    pub tier: u8,
    owner: Owner,
    device: &'a Word,
    place: Place<'a>,
    oic: Option<&'a str>,
    team: Option<&'a str>,
    taken_at: Timestamp,
    /// Why its examination was ended before its end.
    removed: Option<RemovedView>,
    /// Why nobody works on it.
    parked: Option<ParkedView>,
    /// Whether a person raised or lowered it.
    priority: Option<PriorityView<'a>>,
    /// The one that is due first of those not yet kept.
    promise: Option<PromiseView<'a>>,
    /// The step that ends first.
    next: Option<NextView>,
    /// Why what has no place has none, in words; empty where all is planned.
    waits_for: String,
    reasons: Vec<Said<'a>>,
    /// Behind a shut gate: the latest moment at which meeting it still keeps every promise; null once past.
    clear_by: Option<Timestamp>,
}

/// What names a submission outside.
#[derive(Debug, Serialize)]
pub struct Reference<'a> {
    force: &'a str,
    crime_ref: &'a str,
    exhibit_ref: &'a str,
    request: u32,
}

#[derive(Debug, Serialize)]
struct NextView {
    stage: Option<Word>,
    resource: Option<ResourceId>,
    slot: Option<u32>,
    start: Timestamp,
    end: Timestamp,
}

/// Where a device is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "where")]
enum Place<'a> {
    NotDelivered,
    AtSite { site: &'a SiteId, since: Timestamp },
    SignedOut { since: Timestamp },
    Outside { provider: &'a str, accreditation: Option<&'a str>, since: Timestamp, due: Timestamp },
    WithOwner { since: Timestamp },
}

/// The reference of a submission, unless it was redacted.
pub fn reference(submission: &Submission) -> Option<Reference<'_>> {
    let p = submission.particulars.as_ref()?;
    let (crime_ref, exhibit_ref) = (p.crime_ref.as_str(), p.exhibit_ref.as_str());
    Some(Reference { force: &submission.facts.force, crime_ref, exhibit_ref, request: p.request })
}

impl std::fmt::Display for Reference<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.force, self.crime_ref, self.exhibit_ref)?;
        if self.request == 1 { Ok(()) } else { write!(f, ", request {}", self.request) }
    }
}

fn place(device: &Whereabouts) -> Place<'_> {
    match device {
        Whereabouts::NotDelivered => Place::NotDelivered,
        Whereabouts::At { site, since } => Place::AtSite { site, since: *since },
        Whereabouts::SignedOut { since } => Place::SignedOut { since: *since },
        Whereabouts::Outside { since, provider, accreditation, due } => {
            Place::Outside { provider, accreditation: accreditation.as_deref(), since: *since, due: *due }
        }
        Whereabouts::Returned { since, .. } => Place::WithOwner { since: *since },
    }
}

/// One line of a list. `breaches`: those of the submission.
pub fn summary<'a>(view: &'a View<'_>, submission: &'a Submission, breaches: &[Breach]) -> Summary<'a> {
    line(view, submission, &promises(view, submission, breaches))
}

fn line<'a>(view: &'a View<'_>, submission: &'a Submission, promises: &[PromiseView<'a>]) -> Summary<'a> {
    let (unit, number, facts) = (&view.unit, submission.number, &submission.facts);
    let particulars = submission.particulars.as_ref();
    let fits = view.plan.fits(submission);
    let (open, current) = (unit.submissions.contains_key(&number), view.plan.is_current(submission));
    let first = view.plan.waiting(number).next().filter(|_| current);
    let reasons = first.map_or(&[][..], |waiting| &waiting.reasons);
    let unkept = |promise: &&PromiseView<'_>| {
        !matches!(promise.standing, Standing::Kept | Standing::Dormant | Standing::Void) && promise.reached_at.is_none()
    };
    let stage_of = |index: usize| unit.route_of(submission).and_then(|route| Some(route.stages.get(index)?.name.clone()));
    Summary {
        id: Shown(number),
        position: view.plan.position(number),
        open,
        state: state(unit, submission, view.now),
        results: results(unit, submission),
        reference: reference(submission),
        tier: submission.tier(view.now),
        owner: facts.owner,
        device: &facts.device,
        place: place(&submission.device),
        oic: particulars.map(|p| p.oic.as_str()),
        team: particulars.and_then(|p| p.team.as_deref()),
        taken_at: facts.taken_at,
        removed: submission.removed.as_ref().map(RemovedView::of),
        parked: submission.parked.as_ref().map(ParkedView::of),
        priority: submission.priority.as_ref().filter(|priority| priority.applies(view.now)).map(PriorityView::of),
        promise: promises.iter().filter(unkept).min_by_key(|promise| promise.due).cloned(),
        next: view.plan.next_step(submission).filter(|_| fits).map(|step| NextView {
            stage: stage_of(step.stage),
            resource: step.slot.as_ref().map(|slot| slot.resource.clone()),
            slot: step.slot.as_ref().map(|slot| slot.slot),
            start: step.start,
            end: step.end,
        }),
        waits_for: if open && !current { CHANGED.into() } else { view.text(reasons) },
        reasons: view.reasons(reasons),
        clear_by: first.and_then(|waiting| waiting.clear_by),
    }
}

/// All there is to know of a submission, as its reader may.
///
/// On top of [`Summary`]: `case`, `route`, `policy`, `site`, `return_site`, `make`, `model`, `storage_gb`, `lock_state`,
/// `level`, `delivered_at`, `return_authorised`, `returned`, `offer`, `withheld` ([`super::treatment`]), `handset`, `owner_told` ([`super::owner`]), `results_received_at`, `promises`, `gates`, `stages`, `actions`, `timeline`,
/// `arrival` (what came of it when it came: [`ArrivalView`]), `displaced_by` (whom promises to it were missed for), `asked_for` (what the case is about; null for those who only handle devices), and `as_of`.
#[derive(Serialize)]
pub struct Full<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    case: Shown<CaseId>,
    route: Option<&'a Word>,
    policy: &'a str,
    site: &'a SiteId,
    return_site: Option<&'a SiteId>,
    make: Option<&'a str>,
    model: Option<&'a str>,
    storage_gb: Option<u32>,
    lock_state: LockState,
    level: u8,
    registered_at: Timestamp,
    delivered_at: Option<Timestamp>,
    owner_present_until: Option<Timestamp>,
    return_authorised: bool,
    returned: Option<ReturnView>,
    offer: Option<OfferView>,
    withheld: Option<WithheldView>,
    handset: Option<LentView<'a>>,
    owner_told: Option<OwnerToldView>,
    results_received_at: Option<Timestamp>,
    promises: Vec<PromiseView<'a>>,
    gates: Vec<GateView>,
    stages: Vec<StageView<'a>>,
    actions: Vec<ActionView<'a>>,
    arrival: Option<ArrivalView>,
    displaced_by: Vec<DisplacedView>,
    asked_for: Option<AskedFor<'a>>,
    timeline: Arc<[EntryView]>,
    as_of: AsOf,
}

#[derive(Debug, Serialize)]
struct ReturnView {
    at: Timestamp,
    received_by: &'static str,
    proof: &'static str,
}

/// What the case is about.
#[derive(Debug, Serialize)]
struct AskedFor<'a> {
    offence: &'a Word,
    risk: &'a [Word],
    repeat_suspect: bool,
    life_at_risk: bool,
    case_rank: Option<u32>,
    scope: &'a [String],
    scope_from: Option<NaiveDate>,
    scope_to: Option<NaiveDate>,
    legal_basis: Option<&'a str>,
    /// Who used the device, where somebody said with the agreement: adult, child, adult_without_capacity.
    device_user: Option<&'static str>,
    /// In what role somebody agreed: device_user, parent_or_guardian, social_worker, attorney_or_deputy, responsible_adult.
    decided_by: Option<&'static str>,
    authorised_by: Option<&'a str>,
    return_authorised_by: Option<&'a str>,
    trip: Option<Seconds>,
    custody_expires_at: Option<Timestamp>,
    bail_at: Option<Timestamp>,
    court_at: Option<Timestamp>,
    evidence_fades_at: Option<Timestamp>,
}

/// How fresh an answer is.
#[derive(Debug, Serialize)]
pub struct AsOf {
    /// The last ledger entry it holds.
    seq: i64,
    /// The last ledger entry that the plan rests on.
    plan_seq: i64,
    /// When the plan was made.
    plan_made_at: Timestamp,
    /// The last ledger entry that probabilities rest on: that of the plan, or null while those are still worked out.
    forecast_seq: Option<i64>,
}

/// How fresh a view is.
pub fn as_of(view: &View<'_>) -> AsOf {
    let published = &view.plan.published;
    let plan_seq = published.rests_on();
    AsOf { seq: view.unit.seq, plan_seq, plan_made_at: published.made_at, forecast_seq: view.chances().map(|_| plan_seq) }
}

/// All there is to know of a submission, as its reader may.
pub fn full<'a>(view: &'a View<'_>, submission: &'a Submission, breaches: &[Breach], timeline: Arc<[EntryView]>) -> Full<'a> {
    let (facts, particulars) = (&submission.facts, submission.particulars.as_ref());
    let promises = promises(view, submission, breaches);
    Full {
        summary: line(view, submission, &promises),
        case: Shown(submission.case),
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
        withheld: submission.withheld.as_ref().map(WithheldView::of),
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
