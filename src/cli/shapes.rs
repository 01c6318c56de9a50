//! What of the daemon's answers commands show, and the words for it. `--json` shows the answers as they came.

mod action;

use std::fmt;

use serde::Deserialize;

use super::advice::{Arrival, Displaced, Remedy};
use super::outlook::{Eta, Outlook};
use super::output::{Times, table};
use crate::domain::time::{Seconds, Timestamp};
pub use action::Action;

/// A list.
#[derive(Debug, Deserialize)]
pub struct List<T> {
    /// What is in it.
    pub items: Vec<T>,
}

/// What names a submission outside.
#[derive(Debug, Deserialize)]
pub struct Reference {
    force: String,
    crime_ref: String,
    exhibit_ref: String,
    request: u32,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|{}|{}", self.force, self.crime_ref, self.exhibit_ref, self.request)
    }
}

/// The reference, or that it was removed.
pub fn reference(reference: Option<&Reference>) -> String {
    reference.map_or_else(|| "(redacted)".into(), ToString::to_string)
}

/// One line of a list of submissions.
#[derive(Debug, Deserialize)]
pub struct Summary {
    pub id: String,
    pub position: Option<usize>,
    pub open: bool,
    pub state: String,
    pub results: Option<String>,
    pub reference: Option<Reference>,
    pub tier: u8,
    pub owner: String,
    pub device: String,
    pub place: Place,
    pub oic: Option<String>,
    pub team: Option<String>,
    pub taken_at: Timestamp,
    pub removed: Option<Removed>,
    pub promise: Option<Promise>,
    pub next: Option<Next>,
    pub waits_for: String,
    pub clear_by: Option<Timestamp>,
}

/// An examination that was ended before its end.
#[derive(Debug, Deserialize)]
pub struct Removed {
    cause: String,
    at: Timestamp,
    data: String,
    challenged_at: Option<Timestamp>,
    rejected_at: Option<Timestamp>,
}

impl Removed {
    /// In words.
    pub fn show(&self, times: &Times) -> String {
        let data = match self.data.as_str() {
            "none" => "no data was taken".to_owned(),
            data => format!("data taken by then: {}", words(data)),
        };
        let challenge = match (self.challenged_at, self.rejected_at) {
            (Some(at), None) => format!("; challenged {}, to be decided by the unit's head", times.show(at)),
            (Some(_), Some(at)) => format!("; a challenge was rejected {}", times.show(at)),
            (None, _) => String::new(),
        };
        format!("ended {}: {}; {data}{challenge}", times.show(self.at), words(&self.cause))
    }
}

/// Where a device is.
#[derive(Debug, Deserialize)]
pub struct Place {
    #[serde(rename = "where")]
    whereabouts: String,
    site: Option<String>,
    since: Option<Timestamp>,
}

/// The step of a submission that ends first.
#[derive(Debug, Deserialize)]
pub struct Next {
    stage: Option<String>,
    resource: Option<String>,
    slot: Option<u32>,
    start: Timestamp,
    end: Timestamp,
}

/// One promise made to a submission.
#[derive(Debug, Deserialize)]
pub struct Promise {
    pub promise: String,
    milestone: String,
    standing: String,
    /// When it is late.
    pub due: Timestamp,
    effective_due: Option<Timestamp>,
    expected: Option<Timestamp>,
    if_cleared_now: Option<Timestamp>,
    probability_late: Option<f64>,
    eta: Option<Eta>,
    reached_at: Option<Timestamp>,
    late_seconds: i64,
    pub unavoidable: Option<bool>,
    pub remedies: Option<Vec<Remedy>>,
}

/// All there is to know of a submission.
#[derive(Debug, Deserialize)]
pub struct Full {
    #[serde(flatten)]
    pub summary: Summary,
    pub parent: Option<Parent>,
    pub parts: Vec<Part>,
    pub appointment: Option<Appointment>,
    pub route: Option<String>,
    pub lock_state: String,
    pub promises: Vec<Promise>,
    pub gates: Vec<GateLine>,
    pub stages: Vec<StageLine>,
    pub actions: Vec<Action>,
    pub arrival: Option<Arrival>,
    pub displaced_by: Vec<Displaced>,
    pub as_of: AsOf,
}

/// The exhibit that one is a part of.
#[derive(Debug, Deserialize)]
pub struct Parent {
    pub exhibit_ref: String,
    pub submission: Option<String>,
}

/// A part of an exhibit.
#[derive(Debug, Deserialize)]
pub struct Part {
    pub submission: String,
    pub exhibit_ref: String,
    pub state: String,
}

/// A time that is kept for when a device is brought.
#[derive(Debug, Deserialize)]
pub struct Appointment {
    pub resource: String,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// How fresh an answer is.
#[derive(Debug, Deserialize)]
pub struct AsOf {
    pub plan_made_at: Timestamp,
}

/// One gate of a route.
#[derive(Debug, Deserialize)]
pub struct GateLine {
    pub gate: String,
    pub open: bool,
    pub since: Option<Timestamp>,
}

/// One stage of a route.
#[derive(Debug, Deserialize)]
pub struct StageLine {
    pub stage: String,
    pub state: String,
    pub assignment: Option<String>,
    pub resource: Option<String>,
    pub slot: Option<u32>,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub text: String,
}

/// A promise that was, is or will be missed.
#[derive(Debug, Deserialize)]
pub struct Breach {
    pub id: String,
    pub state: String,
    pub submission: String,
    pub reference: Option<Reference>,
    pub promise: String,
    pub due: Timestamp,
    pub recorded_due: Timestamp,
    pub expected: Option<Timestamp>,
    pub reached_at: Option<Timestamp>,
    pub late_seconds: i64,
    pub latest_start_passed: bool,
    pub unavoidable: Option<bool>,
    pub cause: String,
    pub remedies: Option<Vec<Remedy>>,
    pub handset_wanted: bool,
}

/// One promise over all that is open.
#[derive(Debug, Deserialize)]
pub struct PromiseLine {
    pub promise: String,
    pub tier: u8,
    pub open: usize,
    pub on_track: usize,
    pub waiting: usize,
    pub at_risk: usize,
    pub forecast_late: usize,
    pub breached: usize,
    pub unavoidable: Option<usize>,
    pub next_due: Option<Timestamp>,
}

/// `in_examination` as people read it.
pub fn words(word: &str) -> String {
    word.replace('_', " ")
}

/// `victim phone`.
pub fn what(owner: &str, device: &str) -> String {
    format!("{owner} {}", words(device))
}

/// `kiosk-north-1/1`, or a dash.
pub fn slot(resource: Option<&str>, slot: Option<u32>) -> String {
    match (resource, slot) {
        (Some(resource), Some(slot)) => format!("{resource}/{slot}"),
        (Some(resource), None) => resource.to_owned(),
        _ => "-".into(),
    }
}

impl Place {
    /// `at north since Mon 23 Nov 08:25`.
    pub fn show(&self, times: &Times) -> String {
        let since = self.since.map(|at| format!(" since {}", times.show(at))).unwrap_or_default();
        match &self.site {
            Some(site) => format!("at {site}{since}"),
            None => format!("{}{since}", words(&self.whereabouts)),
        }
    }
}

impl Next {
    /// `extract on kiosk-north-1/1 from Mon 23 Nov 08:45 to Mon 23 Nov 09:41`.
    pub fn show(&self, times: &Times) -> String {
        let stage = self.stage.as_deref().unwrap_or("-");
        let on = match slot(self.resource.as_deref(), self.slot).as_str() {
            "-" => String::new(),
            slot => format!(" on {slot}"),
        };
        format!("{stage}{on} from {} to {}", times.show(self.start), times.show(self.end))
    }
}

impl Promise {
    /// `victim-phone on track`.
    pub fn show(&self) -> String {
        format!("{} {}", self.promise, self.stands())
    }

    /// How sure it is, in words; a dash where that is not known.
    pub fn how_sure(&self, times: &Times) -> String {
        let known = self.eta.zip(self.probability_late);
        known.map_or_else(|| "-".into(), |(eta, late)| Outlook { milestone: &self.milestone, eta, late, times }.to_string())
    }

    fn stands(&self) -> String {
        let standing = words(&self.standing);
        // What can't be overlooked is in capitals: it is not coloured.
        if self.standing == "forecast_late" && self.expected.is_none() && self.if_cleared_now.is_none() {
            format!("{}: nobody can keep it", standing.to_uppercase())
        } else if self.late_seconds > 0 {
            format!("{} by {}", standing.to_uppercase(), Seconds(self.late_seconds).rough())
        } else {
            standing
        }
    }

    fn reached(&self, times: &Times) -> String {
        match (self.reached_at, self.expected, self.if_cleared_now) {
            (Some(at), ..) => times.show(at),
            (None, Some(at), _) => format!("expected {}", times.show(at)),
            (None, None, Some(at)) => format!("{} if its gates were met now", times.show(at)),
            _ => "-".into(),
        }
    }
}

/// Promises as a table.
pub fn promises(promises: &[Promise], times: &Times, width: Option<u16>) -> String {
    let row = |p: &Promise| {
        vec![
            p.promise.clone(),
            p.milestone.clone(),
            p.stands(),
            times.show(p.due),
            times.maybe(p.effective_due),
            p.reached(times),
            p.how_sure(times),
        ]
    };
    table(&["promise", "milestone", "standing", "due", "at the latest", "reached", "how sure"], promises.iter().map(row), width)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::action::Who;
    use super::*;

    #[test]
    fn who_must_act_is_a_role_a_person_a_team_and_a_place() {
        let who = |value| serde_json::from_value::<Who>(value).unwrap().to_string();
        let oic = json!({ "role": "investigator", "person": "DC 2231", "team": "RASSO North", "site": null });
        assert_eq!(who(oic), "investigator DC 2231 (RASSO North)");
        let desk = json!({ "role": "property_desk", "person": null, "team": null, "site": "north" });
        assert_eq!(who(desk), "property desk at north");
        let fetch = json!({ "role": "property_desk", "person": "DC 2231", "team": null, "site": "north" });
        assert_eq!(who(fetch), "DC 2231 at the property desk of north");
    }

    #[test]
    fn a_late_promise_stands_out_without_colour() {
        let promise: Promise = serde_json::from_value(json!({
            "promise": "victim-phone", "milestone": "device_back", "standing": "forecast_late", "due": "2026-11-24T07:40:00Z",
            "effective_due": null, "expected": "2026-11-24T08:45:00Z", "if_cleared_now": null, "reached_at": null,
            "late_seconds": 3900,
        }))
        .unwrap();
        let times = Times::named(Some("Europe/London"));
        assert_eq!(promise.show(), "victim-phone FORECAST LATE by 1h 05m");
        assert_eq!(promise.reached(&times), "expected Tue 24 Nov 08:45");
        let never = Promise { expected: None, late_seconds: 0, ..promise };
        assert_eq!(never.show(), "victim-phone FORECAST LATE: nobody can keep it");
    }
}
