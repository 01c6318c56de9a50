//! Actions: what a named person or team must do, with the latest moment at which it still helps.

use serde::Serialize;
use serde_json::{Value, json};

use super::submission::{Reference, reference};
use super::{Shown, View};
use crate::domain::ids::{QueueNumber, SiteId, Word};
use crate::domain::policy::{Gate, Milestone};
use crate::domain::state::{State, state};
use crate::domain::submission::{Owner, same_person};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{StageState, Submission, Whereabouts};
use crate::http::access::Role;

/// One thing to be done.
///
/// ```json
/// { "action": "authorisation", "text": "authorise necessity and scope, or refuse", "submission": "Q12",
///   "reference": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 },
///   "owner": "victim", "device": "phone", "tier": 1,
///   "who": { "role": "supervisor", "person": null, "team": "RASSO North", "site": null },
///   "clear_by": "2026-11-23T16:20:00Z", "past": false,
///   "call": { "method": "POST", "path": "/v1/submissions/Q12/authorisation", "body": {} } }
/// ```
///
/// `clear_by` is null where no promise hangs on it, and where it is `past`.
#[derive(Debug, Serialize)]
pub struct ActionView<'a> {
    action: &'static str,
    text: &'static str,
    submission: Shown<QueueNumber>,
    reference: Option<Reference<'a>>,
    owner: Owner,
    device: &'a Word,
    tier: u8,
    /// Who must do it.
    pub who: Who<'a>,
    clear_by: Option<Timestamp>,
    past: bool,
    call: Call,
}

/// Who must do something: the person, or else their team; in which role; at which site.
#[derive(Debug, Serialize)]
pub struct Who<'a> {
    /// The role that may.
    pub role: Role,
    /// The officer in the case, where it is theirs to do or to bring about.
    pub person: Option<&'a str>,
    /// The team that acts when they are off duty.
    pub team: Option<&'a str>,
    /// Where, for what is done at a desk.
    pub site: Option<&'a SiteId>,
}

#[derive(Debug, Serialize)]
struct Call {
    method: &'static str,
    path: String,
    body: Value,
}

impl ActionView<'_> {
    /// First what is late, then by the moment it must be done by, then by tier.
    pub fn urgency(&self) -> (bool, Timestamp, u8, i64) {
        (!self.past, self.clear_by.unwrap_or(Timestamp::MAX), self.tier, self.submission.0.0)
    }

    /// Whether it is for this person or this team; a team's action is anyone's of the team.
    pub fn is_for(&self, person: Option<&str>, team: Option<&str>) -> bool {
        let same = |wanted: Option<&str>, held: Option<&str>| match (wanted, held) {
            (Some(wanted), Some(held)) => same_person(wanted, held),
            _ => false,
        };
        (person.is_none() && team.is_none()) || same(person, self.who.person) || same(team, self.who.team)
    }
}

/// Everything that people must do for a submission, gates in the order in which they are judged.
pub fn actions<'a>(view: &View<'_>, submission: &'a Submission) -> Vec<ActionView<'a>> {
    if !view.unit.submissions.contains_key(&submission.number) {
        return Vec::new();
    }
    let route = view.unit.route_of(submission);
    let shut = route.map(|route| submission.shut_gates(route, view.now).collect::<Vec<_>>()).unwrap_or_default();
    let gated = shut.into_iter().filter(|gate| !in_transit(submission, *gate)).map(|gate| at_gate(view, submission, gate));
    gated.chain(to_another_site(view, submission)).chain(going_back(view, submission)).collect()
}

/// Longest before a device must leave for another site that anyone is asked to see to it.
const AHEAD: Seconds = Seconds::hours(24);

/// Sends a device to where its next work is, early enough for it to begin as planned.
fn to_another_site<'a>(view: &View<'_>, submission: &'a Submission) -> Option<ActionView<'a>> {
    let Whereabouts::At { site: here, since } = &submission.device else { return None };
    let route = view.unit.route_of(submission).filter(|_| view.plan.fits(submission) && *since <= view.now)?;
    let holding = (0..route.stages.len()).filter(|stage| route.stages.get(*stage).is_some_and(|stage| stage.holds_device));
    let undone = holding.filter(|stage| !matches!(submission.stages.get(*stage), Some(StageState::Done(_))));
    let next = undone.filter_map(|stage| view.plan.step(submission.number, stage)).min_by_key(|step| step.start)?;
    let there = &view.unit.establishment.resource(&next.slot.as_ref()?.resource)?.site;
    let leaves = next.start - view.unit.establishment.travel_time(here, there);
    let text = "send the device to the site of its next work; the desk there records that it came";
    let wanted = || {
        let (who, body) = ((Role::PropertyDesk, false, Some(here)), json!({ "site": there }));
        action_view(view, submission, ("move", text), who, timed(view, Some(leaves)), body)
    };
    (here != there && leaves <= view.now + AHEAD).then(wanted)
}

/// A device on its way needs nobody; one that left again unexamined was delivered already.
fn in_transit(submission: &Submission, gate: Gate) -> bool {
    gate == Gate::Delivery && submission.facts.delivered_at.is_some()
}

fn at_gate<'a>(view: &View<'_>, submission: &'a Submission, gate: Gate) -> ActionView<'a> {
    let waiting = view.plan.waiting(submission.number).find(|_| view.plan.fits(submission));
    let clear_by = waiting.and_then(|waiting| waiting.clear_by);
    let past = clear_by.is_none_or(|at| at < view.now) && waiting.is_some() && submission.running(view.now).next().is_some();
    let site = Some(&submission.facts.site);
    let (role, action, text, site, body) = match gate {
        Gate::Agreement => {
            let body = json!({ "agreement_at": view.now, "notice_at": view.now });
            (Role::Investigator, "agreement", "record the device user's agreement and the written notice", None, body)
        }
        Gate::LegalBasis => {
            (Role::Investigator, "legal_basis", "record by what right the device is examined", None, json!({ "basis": "" }))
        }
        Gate::Authorisation => (Role::Supervisor, "authorisation", "authorise necessity and scope, or refuse", None, json!({})),
        Gate::Delivery => (
            Role::PropertyDesk,
            "delivery",
            "bring the device to its site and book it in",
            site,
            json!({ "site": submission.facts.site }),
        ),
        Gate::Pin => (
            Role::Investigator,
            "pin",
            "find out whether it can be opened: never write the PIN down",
            None,
            json!({ "lock_state": "pin_held" }),
        ),
    };
    // Whom to ask is the OIC, but for what the OIC may not do.
    let personal = gate != Gate::Authorisation;
    action_view(view, submission, (action, text), (role, personal, site), (clear_by, past), body)
}

/// What brings a device back to its owner once it is not needed.
fn going_back<'a>(view: &View<'_>, submission: &'a Submission) -> Vec<ActionView<'a>> {
    let (facts, number) = (&submission.facts, submission.number);
    let route = view.unit.route_of(submission);
    let goes_back = route.is_some_and(|route| route.stages.iter().any(|stage| stage.returns_device))
        || submission.clocks.iter().any(|clock| clock.milestone == Milestone::DeviceBack);
    if !goes_back || submission.returned.is_some() {
        return Vec::new();
    }
    let due = submission.running(view.now).filter(|clock| clock.milestone == Milestone::DeviceBack).map(|clock| clock.due).min();
    let home = facts.return_site.as_ref().unwrap_or(&facts.site);
    let way = match &submission.device {
        Whereabouts::At { site, .. } => view.unit.establishment.travel_time(site, home),
        _ => Seconds::ZERO,
    };
    // The trip home begins then: whoever acts later makes it later.
    let leaves = route
        .and_then(|route| route.stages.iter().position(|stage| stage.returns_device))
        .and_then(|stage| view.plan.step(number, stage))
        .filter(|_| view.plan.fits(submission))
        .map(|step| step.start - way);
    let mut wanted = Vec::new();
    if !facts.return_authorised {
        let text = "authorise that the device goes back once verified";
        let who = (Role::Investigator, true, None);
        wanted.push(action_view(view, submission, ("return_authorisation", text), who, timed(view, leaves.or(due)), json!({})));
    }
    match state(&view.unit, submission, view.now) {
        State::ReturnAuthorised => {
            let site = if let Whereabouts::At { site, .. } = &submission.device { Some(site) } else { None };
            let body = json!({ "by": submission.particulars.as_ref().map_or("", |p| p.oic.as_str()) });
            let text = "fetch the device and bring it to its owner; the desk signs it out";
            let who = (Role::PropertyDesk, true, site);
            wanted.push(action_view(view, submission, ("collection", text), who, timed(view, leaves.or(due)), body));
        }
        State::SignedOut => {
            let body = json!({ "received_by": "owner", "proof": "signature" });
            let text = "record that the owner has the device";
            let who = (Role::Investigator, true, None);
            wanted.push(action_view(view, submission, ("return", text), who, timed(view, due), body));
        }
        _ => {}
    }
    wanted
}

/// By when, and whether that is past: by the plan that says so, which is a moment old.
fn timed(view: &View<'_>, by: Option<Timestamp>) -> (Option<Timestamp>, bool) {
    (by, by.is_some_and(|at| at < view.plan.published.plan.now))
}

fn action_view<'a>(
    view: &View<'_>,
    submission: &'a Submission,
    (action, text): (&'static str, &'static str),
    (role, personal, site): (Role, bool, Option<&'a SiteId>),
    (clear_by, past): (Option<Timestamp>, bool),
    body: Value,
) -> ActionView<'a> {
    let particulars = submission.particulars.as_ref();
    ActionView {
        action,
        text,
        submission: Shown(submission.number),
        reference: reference(submission),
        owner: submission.facts.owner,
        device: &submission.facts.device,
        tier: submission.tier(view.now),
        who: Who {
            role,
            person: particulars.map(|p| p.oic.as_str()).filter(|_| personal),
            team: particulars.and_then(|p| p.team.as_deref()),
            site,
        },
        clear_by,
        past,
        call: Call { method: "POST", path: format!("/v1/submissions/{}/{}", submission.number, action.replace('_', "-")), body },
    }
}
