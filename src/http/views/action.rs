//! Actions: what a named person or team must do, with the latest moment at which it still helps.

mod failed;
mod gate;
mod guard;
mod owner;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::submission::parts;
use super::submission::{Reference, reference};
use super::{Shown, View};
use crate::domain::actions::{ActionKind, Helps, Rung, rung};
use crate::domain::clocks::Clock;
use crate::domain::ids::{QueueNumber, SiteId, Word};
use crate::domain::policy::{DateField, Gate, Milestone};
use crate::domain::state::{State, state};
use crate::domain::submission::{Owner, same_person};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Breach, BreachState, StageState, Submission, Whereabouts};
use crate::http::access::Role;
use crate::planner::never::is_dead_end;
use crate::planner::{MilestoneForecast, Reason};
use failed::{failures, reviews};
use gate::{at_gate, decided};
use guard::overrides;
use owner::waiting_owner;

/// One thing to be done.
///
/// ```json
/// { "action": "authorisation", "text": "authorise necessity and scope, or refuse", "submission": "Q12",
///   "reference": { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "request": 1 },
///   "owner": "victim", "device": "phone", "tier": 1,
///   "who": { "role": "supervisor", "person": null, "team": "RASSO North", "site": null },
///   "clear_by": "2026-11-23T16:20:00Z", "past": false, "step": "asked", "on_call": [], "acknowledged": null,
///   "call": { "method": "POST", "path": "/v1/submissions/Q12/authorisation", "body": {} } }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Action")]
pub struct ActionView<'a> {
    /// What is to be done, in one word.
    pub action: ActionKind,
    /// The same for people.
    pub text: Cow<'static, str>,
    /// For which submission: its queue number.
    submission: Shown<QueueNumber>,
    /// What names it outside; null once redacted.
    reference: Option<Reference<'a>>,
    /// Whose device it is.
    owner: Owner,
    /// Kind of device: a word of the policy.
    device: &'a Word,
    /// Tier of the submission now, 0 (highest) to 5.
    pub tier: u8,
    /// Who must do it.
    pub who: Who<'a>,
    /// The latest moment at which it still helps; null where no promise hangs on it, and where it is `past`.
    pub clear_by: Option<Timestamp>,
    /// Whether that moment has passed.
    past: bool,
    /// How far up it has gone, since nobody took it on.
    step: Rung,
    /// Who is on call for the unit, by the roster, once it has gone up to them.
    on_call: Vec<String>,
    /// Who last took it on; null where nobody did.
    acknowledged: Option<TakenOn<'a>>,
    /// The call that does it; null where it is done outside: whoever runs the unit finds someone who can do what nobody can,
    /// an officer hands a replacement handset over, and what the guard holds is begun once it is offered.
    call: Option<Call>,
}

/// Who must do something: the person, or else their team; in which role; at which site.
///
/// ```json
/// { "role": "property_desk", "person": "DC 2231", "team": "RASSO North", "site": "north" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
pub struct Who<'a> {
    /// The role that may.
    pub role: Role,
    /// The officer in the case, where it is theirs to do or to bring about.
    pub person: Option<&'a str>,
    /// The team that acts when they are off duty.
    pub team: Option<&'a str>,
    /// Where, for what is done at a desk.
    pub site: Option<SiteId>,
}

/// Somebody took something on.
///
/// ```json
/// { "by": "DC 2231", "at": "2026-11-23T15:50:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
struct TakenOn<'a> {
    /// Who.
    by: &'a str,
    /// When.
    at: Timestamp,
}

/// The call that does something.
///
/// ```json
/// { "method": "POST", "path": "/v1/submissions/Q12/move", "body": { "site": "hq" } }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
struct Call {
    /// HTTP method.
    method: &'static str,
    /// Path on this server.
    path: String,
    /// What to send, to begin with: empty texts are to be filled in.
    #[schemars(with = "serde_json::Map<String, Value>")]
    body: Value,
}

impl ActionView<'_> {
    /// First what is late, then by the moment it must be done by, then by tier.
    pub fn urgency(&self) -> (bool, Timestamp, u8, i64) {
        (!self.past, self.clear_by.unwrap_or(Timestamp::MAX), self.tier, self.submission.0.0)
    }

    /// How far up it has gone.
    pub const fn step(&self) -> Rung {
        self.step
    }

    /// Whether it is for who has this role: who may do it, or to whom it has gone up: a supervisor on duty, then who is on
    /// call for the unit.
    pub fn is_for_role(&self, role: Role) -> bool {
        let raised = match self.step {
            Rung::Asked | Rung::Team => false,
            Rung::DutySupervisor => role == Role::Supervisor,
            Rung::OnCall => matches!(role, Role::Supervisor | Role::Manager),
        };
        raised || self.who.role == role
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
    let challenged = challenge(view, submission);
    let unable = nobody_can(view, submission);
    let failed = failures(view, submission);
    challenged
        .into_iter()
        .chain(unable)
        .chain(failed)
        .chain(reviews(view, submission))
        .chain(overrides(view, submission))
        .chain(gated)
        .chain(to_another_site(view, submission))
        .chain(going_back(view, submission))
        .chain(waiting_owner(view, submission))
        .chain(decided(view, submission))
        .collect()
}

/// What nobody can do is for whoever runs the unit: a resource that can, or a request that can be met.
fn nobody_can<'a>(view: &View<'_>, submission: &'a Submission) -> Option<ActionView<'a>> {
    let never = view.plan.never(submission.number).filter(|_| view.plan.fits(submission))?;
    // A return that is withheld is kept back by whoever withholds it, not for want of anyone who can.
    let is_withheld = |clock: &&Clock| submission.withheld.is_some() && clock.milestone == Milestone::DeviceBack;
    let unable = submission.clocks.iter().filter(|clock| never.contains(&clock.promise) && !is_withheld(clock));
    let (dues, promises): (Vec<Timestamp>, Vec<&str>) = unable.map(|clock| (clock.due, clock.promise.as_str())).unzip();
    let due = Some(dues.into_iter().min()?);
    let mut ends: Vec<Reason> = Vec::new();
    for reason in view.plan.waiting(submission.number).flat_map(|waiting| &waiting.reasons).filter(|reason| is_dead_end(reason)) {
        if !ends.contains(reason) {
            ends.push(reason.clone());
        }
    }
    let cause = if ends.is_empty() { "nobody can do it before dates lapse".into() } else { view.text(&ends) };
    let text = format!("find who can, or have the request changed: nothing keeps {} ({cause})", promises.join(", "));
    let mut wanted = action_view(
        view,
        submission,
        (ActionKind::Capability, text.into()),
        (Role::Manager, false, None),
        timed(view, due),
        json!({}),
    );
    (wanted.who.team, wanted.call) = (None, None);
    Some(wanted)
}

/// A refusal that the officer in the case challenges is for the unit's head to decide on.
fn challenge<'a>(view: &View<'_>, submission: &'a Submission) -> Option<ActionView<'a>> {
    let removed = submission.removed.as_ref().filter(|removed| removed.is_challenged())?;
    let cause = removed.cause.as_str().replace('_', " ");
    let text =
        format!("decide whether it is examined after all: it was refused ({cause}), and the officer in the case challenges that");
    let (who, body) = ((Role::Manager, false, None), json!({ "upheld": false, "reason": "" }));
    let mut wanted = action_view(view, submission, (ActionKind::ChallengeDecision, text.into()), who, (None, false), body);
    wanted.who.team = None;
    Some(wanted)
}

/// Longest before a device must leave for another site that anyone is asked to see to it.
const AHEAD: Seconds = Seconds::hours(24);

/// Sends a device to where its next work is: as planned, and at the latest so that what is promised can still be kept.
fn to_another_site<'a>(view: &View<'_>, submission: &'a Submission) -> Option<ActionView<'a>> {
    let Whereabouts::At { site: here, since } = &submission.device else { return None };
    let route = view.unit.route_of(submission).filter(|_| view.plan.fits(submission) && *since <= view.now)?;
    let holding = (0..route.stages.len()).filter(|stage| route.stages.get(*stage).is_some_and(|stage| stage.holds_device));
    let undone = holding.filter(|stage| !submission.stages.get(*stage).is_some_and(StageState::is_over));
    let next = undone.filter_map(|stage| view.plan.step(submission.number, stage)).min_by_key(|step| step.start)?;
    let there = &view.unit.establishment.resource(&next.slot.as_ref()?.resource)?.site;
    let leaves = next.start - view.unit.establishment.travel_time(here, there);
    let wanted = || {
        let text = format!("send the device to {there}; the desk there records that it came");
        let (who, body) = ((Role::PropertyDesk, false, Some(here)), json!({ "site": there }));
        action_view(
            view,
            submission,
            (ActionKind::Move, text.into()),
            who,
            timed(view, Some(leaves + slack(view, submission))),
            body,
        )
    };
    (here != there && leaves <= view.now + AHEAD).then(wanted)
}

/// By how much all that the plan has of a submission could come later and every promise be kept that it keeps now; nothing where one of
/// those that rank it is missed, or will be: each hour counts.
fn slack(view: &View<'_>, submission: &Submission) -> Seconds {
    let tier = submission.tier(view.now);
    let is_missed =
        |clock: &Clock| clock.due <= view.now || view.plan.milestone(submission.number, &clock.promise).is_none_or(is_late);
    if submission.running(view.now).filter(|clock| clock.tier == tier).any(is_missed) {
        return Seconds::ZERO;
    }
    let lines = submission.clocks.iter().filter_map(|clock| view.plan.milestone(submission.number, &clock.promise));
    let spare = lines.map(|line| line.effective_due.unwrap_or(line.due) - line.at).filter(|spare| *spare >= Seconds::ZERO);
    spare.min().unwrap_or(Seconds::ZERO)
}

fn is_late(line: &MilestoneForecast) -> bool {
    line.at > line.due
}

/// A device on its way needs nobody; one that left again unexamined was delivered already.
fn in_transit(submission: &Submission, gate: Gate) -> bool {
    gate == Gate::Delivery && submission.facts.delivered_at.is_some()
}

/// What brings a device back to its owner once it is not needed.
fn going_back<'a>(view: &View<'_>, submission: &'a Submission) -> Vec<ActionView<'a>> {
    let (facts, number) = (&submission.facts, submission.number);
    let route = view.unit.route_of(submission);
    let goes_back = route.is_some_and(|route| route.stages.iter().any(|stage| stage.returns_device))
        || submission.clocks.iter().any(|clock| clock.milestone == Milestone::DeviceBack);
    if !goes_back || submission.returned.is_some() || submission.withheld.is_some() {
        return Vec::new();
    }
    let home = facts.return_site.as_ref().unwrap_or(&facts.site);
    let way = match &submission.device {
        Whereabouts::At { site, .. } => view.unit.establishment.travel_time(site, home),
        _ => Seconds::ZERO,
    };
    // The trip home begins then: whoever acts later makes it later.
    let planned = route
        .and_then(|route| route.stages.iter().position(|stage| stage.returns_device))
        .and_then(|stage| view.plan.step(number, stage))
        .filter(|_| view.plan.fits(submission))
        .map(|step| step.start - way);
    let due = back_by(view, submission);
    let leaves = planned.or_else(|| Some(due?.1 - way));
    let due = due.map(|(due, _)| due);
    let mut wanted = Vec::new();
    if !facts.return_authorised {
        let text = "authorise that the device goes back once verified".into();
        let who = (Role::Investigator, true, None);
        wanted.push(action_view(view, submission, (ActionKind::ReturnAuthorisation, text), who, timed(view, leaves), json!({})));
    }
    match state(&view.unit, submission, view.now) {
        State::ReturnAuthorised => {
            let site = if let Whereabouts::At { site, .. } = &submission.device { Some(site) } else { None };
            let body = json!({ "by": submission.particulars.as_ref().map_or("", |p| p.oic.as_str()) });
            let text = fetch(view, submission).into();
            let who = (Role::PropertyDesk, true, site);
            wanted.push(action_view(view, submission, (ActionKind::Collection, text), who, timed(view, leaves), body));
        }
        State::SignedOut => {
            let body = json!({ "received_by": "owner", "proof": "signature" });
            let text = "record that the owner has the device".into();
            let who = (Role::Investigator, true, None);
            wanted.push(action_view(view, submission, (ActionKind::Return, text), who, timed(view, due), body));
        }
        _ => {}
    }
    wanted
}

/// When the device must be back at the latest, by the promise that is due first and the last return window before; and when
/// the last trip home begins that keeps it. An owner who waits at the site needs none.
fn back_by(view: &View<'_>, submission: &Submission) -> Option<(Timestamp, Timestamp)> {
    let back = submission.running(view.now).filter(|clock| clock.milestone == Milestone::DeviceBack);
    let first = back.min_by_key(|clock| clock.due)?;
    let planned = view.plan.milestone(submission.number, &first.promise);
    let line = planned.or_else(|| view.plan.if_cleared(submission.number, &first.promise)).filter(|_| view.plan.fits(submission));
    let due = line.and_then(|line| line.effective_due).unwrap_or(first.due);
    let facts = &submission.facts;
    let usual = || view.unit.establishment.site(facts.home()).map_or(Seconds::ZERO, |home| home.to_owner);
    let waits = first.by == Some(DateField::OwnerPresentUntil);
    Some((due, if waits { due } else { due - facts.trip.unwrap_or_else(usual) }))
}

/// By when, and whether that is past: by the plan that says so, which is a moment old.
fn timed(view: &View<'_>, by: Option<Timestamp>) -> (Option<Timestamp>, bool) {
    (by, by.is_some_and(|at| at < view.plan.published.plan.now))
}

/// Until when it helps. Of what is past without a moment the plan no longer says since when: a breach that is forecast or open does.
fn helps(view: &View<'_>, submission: &Submission, (clear_by, past): (Option<Timestamp>, bool)) -> Helps {
    let since = |breach: &Breach| match breach.state {
        BreachState::Forecast { since, .. } => Some(since),
        BreachState::Open => Some(breach.due),
        _ => None,
    };
    let passed = || view.unit.breaches_of(submission.number).filter_map(since).min().unwrap_or(view.now);
    match clear_by.or_else(|| past.then(passed)) {
        Some(until) => Helps::Until(until),
        None => Helps::Always,
    }
}

fn action_view<'a>(
    view: &View<'_>,
    submission: &'a Submission,
    (action, text): (ActionKind, Cow<'static, str>),
    (role, personal, site): (Role, bool, Option<&SiteId>),
    (clear_by, past): (Option<Timestamp>, bool),
    body: Value,
) -> ActionView<'a> {
    let particulars = submission.particulars.as_ref();
    let taken = submission.taken_on.iter().find(|taken| taken.action == action);
    let step = rung(helps(view, submission, (clear_by, past)), taken.map(|taken| taken.at), view.unit.policy.pace, view.now);
    let on_call = view.unit.establishment.on_call(view.now).filter(|_| step == Rung::OnCall);
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
            site: site.cloned(),
        },
        clear_by,
        past,
        step,
        on_call: on_call.map(str::to_owned).collect(),
        acknowledged: taken.map(|taken| TakenOn { by: &taken.by, at: taken.at }),
        call: Some(Call {
            method: "POST",
            path: format!("/v1/submissions/{}/{}", submission.number, action.as_str().replace('_', "-")),
            body,
        }),
    }
}

/// What whoever brings a device home is told: what was taken out of it goes with it.
fn fetch(view: &View<'_>, submission: &Submission) -> String {
    let here = "fetch the device and bring it to its owner; the desk signs it out";
    let parts = parts(view, submission).into_iter().filter(|part| part.state != State::Returned);
    let parts: Vec<String> =
        parts.map(|part| format!("{} ({})", part.exhibit_ref, part.state.as_str().replace('_', " "))).collect();
    if parts.is_empty() { here.to_owned() } else { format!("{here}; parts of it that go with it: {}", parts.join(", ")) }
}
