//! Promises: how each stands over all of the queue, and those that were, are or will be missed.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::access::Caller;
use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{Answer, CURSOR, Doc, Kind, LIMIT, may, need, words};
use super::order::Asked;
use super::page::{self, Page, Params};
use super::views::breach::{BreachInFull, BreachView, breach, in_full};
use super::views::promise::{Standing, promise};
use super::views::timeline::read;
use super::views::{View, of};
use super::{House, reach};
use crate::domain::command::Command;
use crate::domain::event::Event;
use crate::domain::guard::LAST_JUDGED_TIER;
use crate::domain::ids::{BreachId, CaseId, Word};
use crate::domain::policy::Milestone;
use crate::domain::submission::words as vocabulary;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Submission};
use crate::store::WhichBreaches;

/// One promise over all that is open.
///
/// ```json
/// { "promise": "victim-phone", "milestone": "device_back", "tier": 1, "hard": true, "open": 7, "on_track": 4,
///   "waiting": 1, "at_risk": 1, "forecast_late": 0, "breached": 1, "mitigated": 0, "unavoidable": 0,
///   "cases": 5, "cases_breached": 1, "next_due": "2026-11-23T17:05:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
struct PromiseLine {
    /// Its name in the policy.
    promise: Word,
    /// What was promised.
    milestone: Milestone,
    /// The tier it gives, 0 (highest) to 5.
    tier: u8,
    /// Whether it must not be broken for a lesser one.
    hard: bool,
    /// How many are not kept yet, and apply now: the sum of the five after it.
    open: usize,
    /// Of those: how many the plan reaches in time.
    on_track: usize,
    /// For how many something must happen before they can be planned.
    waiting: usize,
    /// How many are reached in time with less to spare than they should have, or are as likely late as the policy calls at risk.
    at_risk: usize,
    /// How many are not due yet, and will be late.
    forecast_late: usize,
    /// How many are late.
    breached: usize,
    /// Of those breached or forecast late: how many owners have a replacement handset.
    mitigated: usize,
    /// Of those breached or forecast late: how many nobody could have kept, with present sites and hours; null below tier 2,
    /// where that is not judged.
    unavoidable: Option<usize>,
    /// Of how many cases those that are open are.
    cases: usize,
    /// Of how many of these cases one or more are late.
    cases_breached: usize,
    /// When the next of those not yet late is due; null where none is.
    next_due: Option<Timestamp>,
}

/// What [`promises`] is for.
pub const PROMISES: Doc = Doc::read(
    "Read how every promise stands over all that is open",
    &[Answer::json::<Lines>(200, "One line a promise, in the policy's order.")],
);

/// `GET /v1/sla`: `{"items": [...]}`, one line a promise, in the policy's order.
pub async fn promises(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let mut lines: Vec<PromiseLine> = Vec::new();
    // Whether a case has one that is late, by line.
    let mut cases: BTreeMap<(usize, CaseId), bool> = BTreeMap::new();
    for promise in &view.unit.policy.promises {
        lines.push(line(&promise.name, promise.milestone, promise.tier, promise.hard));
    }
    let breaches = view.breaches();
    for submission in view.submissions() {
        let breaches = of(&breaches, submission.number);
        for clock in &submission.clocks {
            let stands = promise(&view, submission, clock, breaches);
            if stands.reached_at.is_some() || matches!(stands.standing, Standing::Dormant | Standing::Void) {
                continue;
            }
            // A promise of an older policy has no line yet.
            let known = lines.iter().position(|line| line.promise == clock.promise);
            let index = known.unwrap_or_else(|| {
                lines.push(line(&clock.promise, clock.milestone, clock.tier, clock.hard));
                lines.len() - 1
            });
            let is_missed = matches!(stands.standing, Standing::Breached | Standing::ForecastLate);
            lines[index].count(stands.standing, stands.due, is_missed && stands.unavoidable == Some(true));
            *cases.entry((index, submission.case)).or_default() |= stands.standing == Standing::Breached;
            let has_handset = |breach: &&Breach| breach.promise == clock.promise && breach.mitigated_at.is_some();
            lines[index].mitigated += usize::from(is_missed && breaches.iter().any(|breach| has_handset(&breach)));
        }
    }
    for ((index, _), is_breached) in cases {
        lines[index].cases += 1;
        lines[index].cases_breached += usize::from(is_breached);
    }
    page::answer(&headers, &Lines { items: lines })
}

/// Every line at once: a policy has a handful of promises.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PromiseLines")]
struct Lines {
    /// One line a promise, in the policy's order.
    items: Vec<PromiseLine>,
}

fn line(promise: &Word, milestone: Milestone, tier: u8, hard: bool) -> PromiseLine {
    PromiseLine {
        promise: promise.clone(),
        milestone,
        tier,
        hard,
        open: 0,
        on_track: 0,
        waiting: 0,
        at_risk: 0,
        forecast_late: 0,
        breached: 0,
        mitigated: 0,
        unavoidable: (tier <= LAST_JUDGED_TIER).then_some(0),
        cases: 0,
        cases_breached: 0,
        next_due: None,
    }
}

impl PromiseLine {
    fn count(&mut self, standing: Standing, due: Timestamp, is_unavoidable: bool) {
        self.open += 1;
        self.unavoidable.iter_mut().for_each(|count| *count += usize::from(is_unavoidable));
        let count = match standing {
            Standing::Breached => &mut self.breached,
            Standing::AtRisk => &mut self.at_risk,
            Standing::ForecastLate => &mut self.forecast_late,
            Standing::Waiting => &mut self.waiting,
            Standing::OnTrack | Standing::Kept | Standing::Dormant | Standing::Void => &mut self.on_track,
        };
        *count += 1;
        if standing != Standing::Breached {
            self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
        }
    }
}

vocabulary!(
    /// How a breach can stand.
    BreachWord {
        /// Not late yet.
        Forecast = "forecast",
        /// Late, and not done.
        Open = "open",
        /// Late, and done since.
        Closed = "closed",
        /// Nothing to miss, as a correction showed.
        Void = "void",
        /// In time after all.
        Disproved = "disproved",
        /// Missed or to be missed, and the owner has a replacement handset: counted all the same.
        Mitigated = "mitigated",
    }
);

/// What [`breaches`] is for.
pub const BREACHES: Doc = Doc::read(
    "List promises that were, are or will be missed",
    &[Answer::json::<Page<BreachView<'static>>>(200, "A page, by number of the breach.")],
)
.query(&[may("state", words::<BreachWord>(&["open"]), "Only these; `forecast,open` unless given."), CURSOR, LIMIT]);

/// `GET /v1/sla/breaches?state=forecast,open&cursor=&limit=`: breaches by number; forecast and open ones unless `state` says
/// otherwise. See [`BreachView`](super::views::breach::BreachView).
pub async fn breaches(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let mut states = params.words::<BreachWord>("state");
    let (after, limit) = (params.cursor(), params.limit());
    params.done()?;
    if states.is_empty() {
        states = vec![BreachWord::Forecast, BreachWord::Open];
    }
    let view = View::of(&house, &caller);
    let found = found(&house, &view, &states, after, limit + 1).await?;
    let page = Page::first(found.iter().collect(), limit, |(found, _): &&(Breach, Arc<Submission>)| found.id.0);
    page::show(&headers, &page.map(|(found, submission)| breach(&view, found, submission)))
}

/// Standing ones are in the unit; those that ended may be in the store alone.
async fn found(
    house: &House,
    view: &View<'_>,
    states: &[BreachWord],
    mut after: i64,
    wanted: usize,
) -> Result<Vec<(Breach, Arc<Submission>)>, Problem> {
    const BATCH: i64 = 500;
    let mut found = Vec::new();
    let is = |breach: &Breach, state: &BreachWord| match state {
        BreachWord::Mitigated => breach.mitigated_at.is_some(),
        state => state.as_str() == breach.state.as_str(),
    };
    let listed = |breach: &Breach| states.iter().any(|state| is(breach, state));
    if states.iter().all(|state| matches!(state, BreachWord::Forecast | BreachWord::Open)) {
        for (_, breach) in view.unit.breaches.range(BreachId(after + 1)..).filter(|(_, breach)| listed(breach)) {
            let submission = view.unit.submissions.get(&breach.submission).filter(|s| view.caller.sees(&view.unit, s));
            found.extend(submission.map(|submission| (breach.clone(), Arc::clone(submission))));
            if found.len() == wanted {
                break;
            }
        }
        return Ok(found);
    }
    while found.len() < wanted {
        let which = WhichBreaches { force: view.caller.token.force.clone(), state: None };
        let batch = house.api.store.breaches(&which, BreachId(after), BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = last.id.0;
        for breach in batch.into_iter().filter(|breach| listed(breach)) {
            let open = view.unit.submissions.get(&breach.submission).cloned();
            let submission = if open.is_some() { open } else { house.api.store.submission(breach.submission).await? };
            if let Some(submission) = submission.filter(|submission| view.caller.sees(&view.unit, submission)) {
                found.push((breach, submission));
            }
        }
    }
    found.truncate(wanted);
    Ok(found)
}

/// What [`one`] is for.
pub const BREACH: Doc = Doc::read(
    "Read a breach, with where the time went",
    &[Answer::json::<BreachInFull<'static>>(200, "The breach, and its legs, which add up to the whole.")],
);

/// `GET /v1/sla/breaches/{id}`: one breach, as in the list, with where the time went. See [`BreachInFull`].
pub async fn one(
    State(house): State<House>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let (found, submission) = reached(&house, &caller, &id).await?;
    let told = read(house.api.store.timeline(submission.number).await?)?;
    let events: Vec<Event> = told.into_iter().map(|(_, event)| event).collect();
    page::answer(&headers, &in_full(&view, &found, &submission, &events))
}

/// What [`acknowledge`] is for.
pub const ACKNOWLEDGE: Doc = Doc::change(
    "Answer for a breach",
    &[need(
        "reason",
        Kind::Text("no trained operator on shift from 16:00; two more are booked for Saturday"),
        "Why it came to that, and what is done about it.",
    )],
)
.more("The receipt is that of its submission.");

/// `POST /v1/sla/breaches/{id}/acknowledgement`: somebody answers for it.
///
/// ```json
/// { "reason": "no trained operator on shift from 16:00; two more are booked for Saturday" }
/// ```
///
/// Answers with a receipt of its submission.
pub async fn acknowledge(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let (found, submission) = reached(&house, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let reason = body.need_text("reason");
    body.done()?;
    let command = Command::AcknowledgeBreach { breach: found.id, reason };
    asked.order(&house.api, submission.number, command, &[]).await
}

/// A breach within the caller's reach, and its submission.
async fn reached(house: &House, caller: &Caller, id: &str) -> Result<(Breach, Arc<Submission>), Problem> {
    let missing = || Problem::missing("breach", id);
    let (unit, number) = (house.api.desk.unit(), BreachId(reach::number(id, 'B').ok_or_else(missing)?));
    let found = match unit.breaches.get(&number) {
        Some(standing) => Some(standing.clone()),
        None if number.0 < unit.next.breach => house.api.store.breach(number).await?,
        None => None,
    };
    let found = found.ok_or_else(missing)?;
    let submission = reach::submission(&house.api, &unit, caller, &found.submission.to_string()).await;
    match submission {
        Ok(submission) => Ok((found, submission)),
        Err(problem) => Err(if problem.is_missing() { missing() } else { problem }),
    }
}
