//! Parts of an exhibit, and the exhibit that one is a part of: a SIM and the phone that it was in.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Place, place};
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::state::{State, state};
use crate::domain::unit::Submission;
use crate::http::views::{Shown, View};

/// The exhibit that this is a part of.
///
/// ```json
/// { "exhibit_ref": "AB/1", "submission": "Q12" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
pub struct Parent<'a> {
    /// Its reference, in the same case.
    exhibit_ref: &'a str,
    /// The newest request for it that is open and within reach; null where there is none.
    submission: Option<Shown<QueueNumber>>,
}

/// A part of this exhibit that is open.
///
/// ```json
/// { "submission": "Q13", "exhibit_ref": "AB/1A", "device": "sim", "state": "in_examination",
///   "place": { "where": "at_site", "site": "hq", "since": "2026-11-23T10:25:00Z" } }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
pub struct Part<'a> {
    /// Its queue number.
    submission: Shown<QueueNumber>,
    /// Its own reference.
    pub exhibit_ref: &'a str,
    /// Kind of device: a word of the policy.
    device: &'a Word,
    /// Where it and its request are.
    pub state: State,
    /// Where it is.
    place: Place<'a>,
}

/// The exhibit that a submission's is a part of, where it is.
pub fn parent<'a>(view: &View<'_>, submission: &'a Submission) -> Option<Parent<'a>> {
    let exhibit_ref = submission.particulars.as_ref()?.parent.as_deref()?;
    let is_it = |other: &&Submission| other.particulars.as_ref().is_some_and(|p| p.exhibit_ref == exhibit_ref);
    let newest = of_case(view, submission).filter(is_it).max_by_key(|other| other.particulars.as_ref().map(|p| p.request));
    Some(Parent { exhibit_ref, submission: newest.map(|newest| Shown(newest.number)) })
}

/// The open parts of a submission's exhibit that the reader may see.
pub fn parts<'a>(view: &'a View<'_>, submission: &'a Submission) -> Vec<Part<'a>> {
    let Some(own) = &submission.particulars else { return Vec::new() };
    let parts = of_case(view, submission).filter_map(|part| {
        let particulars = part.particulars.as_ref().filter(|p| p.parent.as_ref() == Some(&own.exhibit_ref))?;
        Some(Part {
            submission: Shown(part.number),
            exhibit_ref: &particulars.exhibit_ref,
            device: &part.facts.device,
            state: state(&view.unit, part, view.now),
            place: place(&part.device),
        })
    });
    parts.collect()
}

fn of_case<'a>(view: &'a View<'_>, submission: &'a Submission) -> impl Iterator<Item = &'a Submission> {
    let of_case = view.unit.submissions.values().filter(|other| other.case == submission.case);
    of_case.filter(|other| other.number != submission.number && view.caller.sees(&view.unit, other)).map(|other| &**other)
}
