//! A submission: one line of a list, or all there is to know.

mod full;
mod parts;

use schemars::JsonSchema;
use serde::Serialize;

use super::promise::{PromiseView, Standing, promises};
use super::stage::CHANGED;
use super::treatment::{ParkedView, PriorityView, RemovedView};
use super::{Shown, View};
use crate::domain::ids::{QueueNumber, ResourceId, SiteId, Word};
use crate::domain::state::{Results, State, results, state};
use crate::domain::submission::Owner;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Submission, Whereabouts};
use crate::planner::reason::Said;
pub use full::{Full, full};
pub use parts::parts;

/// One line of a list.
///
/// ```json
/// { "id": "Q12", "position": 3, "open": true, "state": "waiting", "results": "pending",
///   "reference": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 },
///   "tier": 1, "owner": "victim", "device": "phone", "place": { "where": "at_site", "site": "north", "since": "2026-11-23T08:25:00Z" },
///   "oic": "DC 2231", "team": "RASSO North", "taken_at": "2026-11-23T07:40:00Z",
///   "removed": null, "parked": null, "priority": null, "promise": null,
///   "next": { "stage": "prepare", "resource": "operators-north", "slot": 1, "start": "2026-11-23T08:45:00Z", "end": "2026-11-23T09:00:00Z" },
///   "waits_for": "", "reasons": [], "clear_by": null }
/// ```
#[derive(Serialize, JsonSchema)]
pub struct Summary<'a> {
    /// Its queue number.
    id: Shown<QueueNumber>,
    /// Place in the plan's order, from 1; null where the newest plan does not have it.
    position: Option<usize>,
    /// Whether anything of it is still to be done.
    open: bool,
    /// Where the request and its device are.
    pub state: State,
    /// How its results stand; null where its route leads to none.
    results: Option<Results>,
    /// What names it outside; null once redacted.
    reference: Option<Reference<'a>>,
    /// Its tier now, 0 (highest) to 5: the smallest among the promises that apply now.
    pub tier: u8,
    /// Whose device it is.
    owner: Owner,
    /// Kind of device: a word of the policy.
    device: &'a Word,
    /// Where the device is.
    place: Place<'a>,
    /// Officer in the case; null once redacted.
    oic: Option<&'a str>,
    /// The team that acts when the OIC is off duty; null where none is named.
    team: Option<&'a str>,
    /// When the police took the device.
    taken_at: Timestamp,
    /// Why its examination was ended before its end; null where it was not.
    removed: Option<RemovedView>,
    /// Why nobody works on it; null where somebody does, or may.
    parked: Option<ParkedView>,
    /// How a person raised or lowered it; null where nobody did.
    priority: Option<PriorityView<'a>>,
    /// The promise that is due first of those not yet kept; null where none is.
    promise: Option<PromiseView<'a>>,
    /// The step of the plan that ends first; null where none is planned.
    next: Option<NextView>,
    /// Why what has no place has none, in words; empty where all is planned.
    waits_for: String,
    /// The same as data.
    reasons: Vec<Said<'a>>,
    /// Behind a shut gate: the latest moment at which meeting it still keeps every promise; null once past.
    clear_by: Option<Timestamp>,
}

/// What names a submission outside.
///
/// ```json
/// { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reference<'a> {
    /// The force that asks.
    force: &'a str,
    /// Reference of the crime report.
    crime_ref: &'a str,
    /// Reference of the exhibit.
    exhibit_ref: &'a str,
    /// Which request for this exhibit, from 1.
    request: u32,
}

/// A step of the plan.
///
/// ```json
/// { "stage": "prepare", "resource": "operators-north", "slot": 1, "start": "2026-11-23T08:45:00Z", "end": "2026-11-23T09:00:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NextStep")]
struct NextView {
    /// Which stage; null where its route is no longer known.
    stage: Option<Word>,
    /// Who or what does it; null for the trip home.
    resource: Option<ResourceId>,
    /// Which place of the resource, from 1; null for the trip home.
    slot: Option<u32>,
    /// When it begins.
    start: Timestamp,
    /// When it ends.
    end: Timestamp,
}

/// Where a device is.
///
/// ```json
/// { "where": "at_site", "site": "north", "since": "2026-11-23T08:25:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "where")]
enum Place<'a> {
    /// The police have it; it has not reached its site.
    NotDelivered,
    /// At a site.
    AtSite {
        /// Which site.
        site: &'a SiteId,
        /// Since when.
        since: Timestamp,
    },
    /// An officer has it, to bring it to its owner.
    SignedOut {
        /// Since when.
        since: Timestamp,
    },
    /// Somebody outside the unit has it, who examines it.
    Outside {
        /// Who.
        #[schemars(extend("examples" = ["Eastern Forensics Ltd"]))]
        provider: &'a str,
        /// What they are accredited for; null where nobody said.
        #[schemars(extend("examples" = ["ISO/IEC 17025"]))]
        accreditation: Option<&'a str>,
        /// Since when.
        since: Timestamp,
        /// When they give it back.
        due: Timestamp,
    },
    /// Its owner has it.
    WithOwner {
        /// Since when.
        since: Timestamp,
    },
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

/// How fresh an answer is.
///
/// ```json
/// { "seq": 4711, "plan_seq": 4711, "plan_made_at": "2026-11-23T08:30:00Z", "forecast_seq": 4711 }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
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
