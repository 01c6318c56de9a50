//! Remedies: what would keep a promise that is forecast to be missed; and where nothing does, a replacement handset.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::View;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, BreachState, Submission};
use crate::http::openapi::planner::Measure;
use crate::planner::rescue::Remedy;

/// Something that people can do so that a promise is kept.
///
/// ```json
/// { "at": "2026-11-23T19:45:00Z", "text": "operators-north/1 leaves prepare of Q7 for later",
///   "measures": [ { "kind": "put_off", "submission": "Q7", "stage": "prepare", "resource": "operators-north", "slot": 1,
///                   "text": "operators-north/1 leaves prepare of Q7 for later" } ] }
/// ```
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Remedy")]
pub struct RemedyView {
    /// When the milestone is reached then.
    at: Timestamp,
    /// All of it in one line.
    text: String,
    /// What has to be done, all of it.
    #[schemars(with = "Vec<Measure>")]
    measures: Vec<Value>,
}

/// What would keep a promise that is forecast to be missed, cheapest first; none where nothing does. Null while that is not
/// worked out, and where the promise is of a tier below 2, late already, or not forecast to be.
pub fn remedies(view: &View<'_>, number: QueueNumber, promise: &Word, breaches: &[Breach]) -> Option<Vec<RemedyView>> {
    let is_forecast = |breach: &Breach| breach.promise == *promise && matches!(breach.state, BreachState::Forecast { .. });
    let remedies = advice(view, number, promise).filter(|_| breaches.iter().any(is_forecast))?;
    let (zone, name) = (&view.unit.establishment.zone, &|number| view.name(number));
    let shown = remedies.iter().map(|remedy| RemedyView {
        at: remedy.at,
        text: remedy.say(zone, name),
        measures: remedy.measures.iter().map(|measure| measure.json(zone, name)).collect(),
    });
    Some(shown.collect())
}

/// What is known to help; nothing any more once the newest plan keeps the promise.
fn advice<'v>(view: &'v View<'_>, number: QueueNumber, promise: &Word) -> Option<&'v [Remedy]> {
    let is_kept = view.plan.milestone(number, promise).is_some_and(|line| line.at <= line.due);
    view.rescues.of(&view.unit, view.now, number, promise).filter(|_| !is_kept)?.remedies.as_deref()
}

/// Whether a replacement handset is to be had for the owner: the promise says so, and it is late, or will be whatever is done.
pub fn wants_handset(view: &View<'_>, submission: &Submission, breach: &Breach) -> bool {
    let promises = view.unit.policy_of(submission).map_or(&[][..], |policy| &policy.promises);
    let promised = || promises.iter().any(|promise| promise.name == breach.promise && promise.replacement_handset);
    if breach.mitigated_at.is_some() {
        return false;
    }
    match breach.state {
        BreachState::Open => promised(),
        BreachState::Forecast { .. } => {
            promised() && advice(view, submission.number, &breach.promise).is_some_and(<[Remedy]>::is_empty)
        }
        BreachState::Closed { .. } | BreachState::Void | BreachState::Disproved { .. } => false,
    }
}
