//! Finding things by the id in a path: what is not there and what is out of the caller's reach answer alike.

use std::sync::Arc;

use super::Api;
use super::access::Caller;
use super::error::Problem;
use crate::domain::establishment::Resource;
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId};
use crate::domain::unit::{Assignment, Submission, Unit};

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
        None if number.0 < unit.next.submission => api.store.submission(number).await?,
        None => None,
    };
    found.filter(|found| caller.sees(unit, found)).ok_or_else(missing)
}

/// An assignment at one of the caller's sites, of a submission within their reach.
pub fn assignment<'a>(unit: &'a Unit, caller: &Caller, id: &str) -> Result<&'a Assignment, Problem> {
    let missing = || Problem::missing("open assignment", id);
    let found = unit.assignments.get(&AssignmentId(number(id, 'A').ok_or_else(missing)?)).ok_or_else(missing)?;
    let seen = unit.submissions.get(&found.submission).is_some_and(|submission| caller.sees(unit, submission));
    if seen && caller.runs(unit, &found.slot.resource) { Ok(found) } else { Err(missing()) }
}

/// A resource at one of the caller's sites.
pub fn resource<'a>(unit: &'a Unit, caller: &Caller, id: &str) -> Result<&'a Resource, Problem> {
    let found = unit.establishment.resource(&ResourceId::from(id));
    found.filter(|resource| caller.works_at(&resource.site)).ok_or_else(|| Problem::missing("resource", id))
}
