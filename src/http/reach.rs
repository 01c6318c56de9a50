//! Finding things by the id in a path: what is not there and what is out of the caller's reach answer alike.

use std::sync::Arc;

use super::Api;
use super::access::Caller;
use super::error::Problem;
use crate::domain::entry::Hash;
use crate::domain::establishment::Resource;
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId};
use crate::domain::refusal::Refusal;
use crate::domain::unit::{Submission, Unit};

/// A number with or without its letter: `Q12` or `12`.
pub fn number(id: &str, letter: char) -> Option<i64> {
    let digits = id.strip_prefix([letter, letter.to_ascii_lowercase()]).unwrap_or(id);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

/// A submission within the caller's reach, open or closed.
pub async fn submission(api: &Api, unit: &Unit, caller: &Caller, id: &str) -> Result<Arc<Submission>, Problem> {
    let missing = || Problem::missing_submission(id);
    let number = QueueNumber(number(id, 'Q').ok_or_else(missing)?);
    let found = match unit.submissions.get(&number) {
        Some(open) => Some(Arc::clone(open)),
        None if number.0 < unit.next.submission => api.settled().await?.submission(number).await?,
        None => None,
    };
    found.filter(|found| caller.sees(unit, found)).ok_or_else(missing)
}

/// The submission that has this reference, open or closed, whoever asks: who does not see it is told nothing of it.
pub async fn by_reference(api: &Api, unit: &Unit, digest: &Hash) -> Result<Option<Arc<Submission>>, Problem> {
    let Some(number) = unit.references.get(digest) else { return Ok(None) };
    match unit.submissions.get(number) {
        Some(open) => Ok(Some(Arc::clone(open))),
        None => Ok(api.settled().await?.submission(*number).await?),
    }
}

/// An assignment, open or ended, at one of the caller's sites and of a submission within their reach: its number, and
/// that of its submission.
pub async fn assignment(api: &Api, caller: &Caller, id: &str) -> Result<(AssignmentId, QueueNumber), Problem> {
    let missing = || Problem::missing("assignment", id);
    let (unit, number) = (api.desk.unit(), AssignmentId(number(id, 'A').ok_or_else(missing)?));
    let found = match unit.assignments.get(&number) {
        Some(open) => Some((open.submission, open.slot.resource.clone())),
        None if number.0 < unit.next.assignment => api.settled().await?.assignment(number).await?,
        None => None,
    };
    let (of, _) = found.filter(|(_, resource)| caller.runs(&unit, resource)).ok_or_else(missing)?;
    // Out of reach as a submission is out of reach as its work, too, and by its own name.
    submission(api, &unit, caller, &of.to_string())
        .await
        .map_err(|problem| if problem.is_missing() { missing() } else { problem })?;
    Ok((number, of))
}

/// A resource at one of the caller's sites.
pub fn resource<'a>(unit: &'a Unit, caller: &Caller, id: &str) -> Result<&'a Resource, Problem> {
    let found = unit.establishment.resource(&ResourceId::from(id));
    found.filter(|resource| caller.works_at(&resource.site)).ok_or_else(|| Problem::missing("resource", id))
}

/// A refusal as the caller may be told it: of another submission that has the same reference they hear nothing they may not see.
pub fn told(refusal: &Refusal, unit: &Unit, caller: &Caller) -> Problem {
    let sees = |number: &QueueNumber| match unit.submissions.get(number) {
        Some(open) => caller.sees(unit, open),
        // Who asks for what is closed was let through because they see it; whoever runs into it by a correction was not.
        None => !matches!(refusal, Refusal::Duplicate(_)) || !caller.is_bound(),
    };
    match refusal {
        Refusal::Differs { number, .. } | Refusal::Duplicate(number) if !sees(number) => Problem::out_of_reach_already(),
        refusal => Problem::from(refusal),
    }
}
