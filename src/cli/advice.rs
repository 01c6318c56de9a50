//! What could be done about a promise, and what came of an arrival, as the API says it and in lines.

use serde::Deserialize;

use super::output::Times;
use super::shapes::{Full, Promise};
use crate::domain::time::Timestamp;

/// Something that people can do so that a promise is kept.
#[derive(Debug, Deserialize)]
pub struct Remedy {
    at: Timestamp,
    text: String,
}

/// What came of a submission when it came.
#[derive(Debug, Deserialize)]
pub struct Arrival {
    text: String,
    displaced: Vec<Displaced>,
}

/// A promise that is missed since somebody came.
#[derive(Debug, Deserialize)]
pub struct Displaced {
    submission: String,
    promise: String,
    due: Timestamp,
    was: Timestamp,
    is: Timestamp,
}

/// What would be otherwise.
#[derive(Debug, Deserialize)]
pub struct Counterfactual {
    text: String,
}

/// What would make a submission sooner, a line each.
pub fn counterfactuals(found: &[Counterfactual]) -> String {
    sooner(found.iter().map(|one| one.text.clone()))
}

/// The same of what is known in words.
pub fn sooner(found: impl Iterator<Item = String>) -> String {
    let lines: String = found.map(|one| format!("{one}\n")).collect();
    if lines.is_empty() { "nothing that was tried makes it sooner\n".to_owned() } else { lines }
}

impl Full {
    /// What came of it when it came, and who came since and put it back.
    pub fn displacements(&self, times: &Times) -> String {
        let moved = |d: &Displaced| format!("due {}, was {}, now {}", times.show(d.due), times.show(d.was), times.show(d.is));
        let own = self.arrival.iter().map(|arrival| format!("when it came: {}\n", arrival.text));
        let others = self.arrival.iter().flat_map(|arrival| &arrival.displaced);
        let others = others.map(|d| format!("  {} of {}: {}\n", d.promise, d.submission, moved(d)));
        let by = self.displaced_by.iter().map(|d| format!("put back when {} came: {}, {}\n", d.submission, d.promise, moved(d)));
        own.chain(others).chain(by).collect()
    }
}

/// What would keep a promise, a line each, cheapest first; nothing while that is not worked out.
pub fn remedies(promise: &str, unavoidable: bool, remedies: Option<&[Remedy]>, times: &Times) -> Vec<String> {
    match remedies {
        None => Vec::new(),
        Some([]) if unavoidable => vec![format!("nothing keeps {promise}: unavoidable with present sites and hours")],
        Some([]) => vec![format!("nothing is known that keeps {promise}")],
        Some(found) => {
            let line = |remedy: &Remedy| format!("{promise} is kept, {}, if {}", times.show(remedy.at), remedy.text);
            found.iter().map(line).collect()
        }
    }
}

/// The same of all promises of a submission.
pub fn all_remedies(promises: &[Promise], times: &Times) -> String {
    let lines = promises.iter().flat_map(|p| remedies(&p.promise, p.unavoidable == Some(true), p.remedies.as_deref(), times));
    lines.map(|line| format!("{line}\n")).collect()
}
