//! Promise clocks: due, effective due, forecast, and how each stands.

use schemars::JsonSchema;
use serde::Serialize;

use super::View;
use super::remedy::{RemedyView, remedies};
use crate::domain::clocks::Clock;
use crate::domain::guard::unavoidable;
use crate::domain::ids::Word;
use crate::domain::policy::Milestone;
use crate::domain::submission::words;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, BreachState, Removed, Submission, reached};

words!(
    /// How a promise stands.
    Standing {
        /// Done in time.
        Kept = "kept",
        /// Late: done too late, or due and not done.
        Breached = "breached",
        /// Not due yet, and the plan reaches it too late, or finds no way to reach it (`expected` is null).
        ForecastLate = "forecast_late",
        /// The plan reaches it in time, with less to spare than it should have, or it is as likely late as the policy calls
        /// at risk.
        AtRisk = "at_risk",
        /// The plan reaches it in time.
        OnTrack = "on_track",
        /// Something must happen before it can be planned: see what it waits for.
        Waiting = "waiting",
        /// Does not apply now: its date is far off, or past.
        Dormant = "dormant",
        /// Ended before it was due, and not reached: the device went home unexamined, or its examination was ended.
        Void = "void",
    }
);

/// One promise made to a submission.
///
/// ```json
/// { "promise": "victim-phone", "milestone": "device_back", "tier": 1, "hard": true, "standing": "on_track",
///   "due": "2026-11-24T07:40:00Z", "effective_due": "2026-11-23T20:00:00Z", "expected": "2026-11-23T11:14:00Z",
///   "if_cleared_now": null, "probability_late": 0.017, "eta": { "p50": "2026-11-23T11:20:00Z", "p90": "2026-11-23T13:05:00Z" },
///   "reached_at": null, "late_seconds": 0, "unavoidable": null, "remedies": null }
/// ```
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Promise")]
pub struct PromiseView<'a> {
    /// Its name in the policy.
    pub promise: &'a Word,
    /// What was promised.
    pub milestone: Milestone,
    /// The tier it gives, 0 (highest) to 5.
    pub tier: u8,
    /// Whether it must not be broken for a lesser one.
    pub hard: bool,
    /// How it stands.
    pub standing: Standing,
    /// When it is late.
    pub due: Timestamp,
    /// The latest moment at which it can in fact be reached (return windows); null where none is long enough or it is not
    /// planned.
    pub effective_due: Option<Timestamp>,
    /// When the plan reaches it; null where it is not planned.
    pub expected: Option<Timestamp>,
    /// Behind a shut gate: when it would be reached, were the gate met now; null elsewhere.
    pub if_cleared_now: Option<Timestamp>,
    /// How likely it is to be late, from 0 to 1 in thousandths, behind a shut gate with the usual time to clear it; null where it is
    /// not running, and while it is not worked out yet for the newest plan.
    pub probability_late: Option<f64>,
    /// When its milestone is reached with so much certainty; null where `probability_late` is.
    pub eta: Option<Eta>,
    /// When it was reached; null before that.
    pub reached_at: Option<Timestamp>,
    /// Seconds by which it was late, is so far, or will be; 0 where in time, and where nobody can say.
    pub late_seconds: i64,
    /// Where it is missed, or will be: whether nobody could have kept it, with present sites and hours; null elsewhere and below tier 2.
    pub unavoidable: Option<bool>,
    /// What would keep it, cheapest first, where it is forecast to be missed and is of tiers 0 to 2; null elsewhere, and while that is
    /// not worked out.
    pub remedies: Option<Vec<RemedyView>>,
}

/// When a milestone is reached, as far as that can be known.
///
/// ```json
/// { "p50": "2026-11-23T11:20:00Z", "p90": "2026-11-23T13:05:00Z" }
/// ```
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Eta {
    /// As likely before as after; null where it is as likely never reached.
    pub p50: Option<Timestamp>,
    /// Before with nine of ten; null where one of ten never gets there.
    pub p90: Option<Timestamp>,
}

/// Every promise made to a submission, with how it stands. `breaches`: those of the submission.
pub fn promises<'a>(view: &View<'_>, submission: &'a Submission, breaches: &[Breach]) -> Vec<PromiseView<'a>> {
    submission.clocks.iter().map(|clock| promise(view, submission, clock, breaches)).collect()
}

/// How one promise stands.
pub fn promise<'a>(view: &View<'_>, submission: &Submission, clock: &'a Clock, breaches: &[Breach]) -> PromiseView<'a> {
    let route = view.unit.route_of(submission);
    let reached_at = reached(submission, route, clock.milestone);
    let planned = view.plan.fits(submission) && reached_at.is_none();
    let forecast = view.plan.milestone(submission.number, &clock.promise).filter(|_| planned);
    let cleared = view.plan.if_cleared(submission.number, &clock.promise).filter(|_| planned);
    let chance = view.chances().and_then(|chances| chances.of(submission.number, &clock.promise)).filter(|_| planned);
    let expected = forecast.map(|line| line.at);
    let effective_due = forecast.or(cleared).and_then(|line| line.effective_due);
    let if_cleared_now = cleared.map(|line| line.at);
    let missed =
        breaches.iter().any(|b| b.promise == clock.promise && matches!(b.state, BreachState::Open | BreachState::Closed { .. }));
    let never = planned && view.plan.never(submission.number).is_some_and(|never| never.contains(&clock.promise));
    // What is due already is late by what has passed, whenever it will be reached.
    let to_come = expected.or(if_cleared_now).filter(|_| clock.due > view.now);
    let at = reached_at.or(to_come).unwrap_or(view.now);
    let late = missed || reached_at.is_some() || (clock.applies(view.now) && !is_void(view, submission, clock));
    let standing = if reached_at.is_none() && !missed && is_void(view, submission, clock) {
        Standing::Void
    } else {
        let likely_late = chance.is_some_and(|chance| chance.late_permille >= view.unit.at_risk_from(submission, clock));
        let forecast = Forecast { expected, if_cleared_now, effective_due, never, likely_late };
        standing(clock, view.now, reached_at, missed, &forecast)
    };
    let known = || breaches.iter().rfind(|breach| breach.promise == clock.promise);
    PromiseView {
        promise: &clock.promise,
        milestone: clock.milestone,
        tier: clock.tier,
        hard: clock.hard,
        standing,
        due: clock.due,
        effective_due,
        expected,
        if_cleared_now,
        probability_late: chance.map(|chance| f64::from(chance.late_permille) / 1_000.0),
        eta: chance.map(|chance| Eta { p50: chance.p50, p90: chance.p90 }),
        reached_at,
        late_seconds: if late { (at - clock.due).0.max(0) } else { 0 },
        unavoidable: is_missed(standing).then(|| unavoidable(&view.unit, submission, clock, known())).flatten(),
        remedies: remedies(view, submission.number, &clock.promise, breaches),
    }
}

const fn is_missed(standing: Standing) -> bool {
    matches!(standing, Standing::Breached | Standing::ForecastLate)
}

/// Whether nobody waits for it any more: nothing of the submission is open, or its examination was ended before it was due.
fn is_void(view: &View<'_>, submission: &Submission, clock: &Clock) -> bool {
    let ended = |removed: &Removed| clock.milestone != Milestone::DeviceBack && clock.due > removed.at;
    submission.removed.as_ref().is_some_and(ended) || !view.unit.submissions.contains_key(&submission.number)
}

/// What the plan says of a milestone.
struct Forecast {
    expected: Option<Timestamp>,
    if_cleared_now: Option<Timestamp>,
    effective_due: Option<Timestamp>,
    /// It finds no way to reach it.
    never: bool,
    /// It is as likely late as the policy calls at risk.
    likely_late: bool,
}

fn standing(clock: &Clock, now: Timestamp, reached: Option<Timestamp>, missed: bool, forecast: &Forecast) -> Standing {
    if let Some(at) = reached {
        return if at <= clock.due { Standing::Kept } else { Standing::Breached };
    }
    if missed {
        return Standing::Breached;
    }
    if !clock.applies(now) {
        return Standing::Dormant;
    }
    let tight = |at: Timestamp| forecast.likely_late || at > forecast.effective_due.unwrap_or(clock.due) - clock.warn_before;
    match (forecast.expected, forecast.if_cleared_now) {
        _ if clock.due <= now => Standing::Breached,
        _ if forecast.never => Standing::ForecastLate,
        (Some(at), _) | (None, Some(at)) if at > clock.due => Standing::ForecastLate,
        (Some(at), _) | (None, Some(at)) if tight(at) => Standing::AtRisk,
        (Some(_), _) => Standing::OnTrack,
        (None, _) => Standing::Waiting,
    }
}
