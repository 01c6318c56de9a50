//! Parts of exhibits: a SIM or a memory card is an exhibit of its own, with a parent. A part has no parts: what a device was
//! made of is told by its own parts alone, and nothing is ever a part of itself.

use crate::domain::refusal::FieldError;
use crate::domain::submission::{Request, digest_of};
use crate::domain::unit::{Submission, Unit};

/// What is wrong with the exhibit that a request names as its parent, as far as the open submissions of its case tell.
pub fn wrong_parent(unit: &Unit, request: &Request) -> Option<FieldError> {
    request.particulars.parent.as_ref()?;
    let case = unit.cases.get(&digest_of(&request.case_key()))?;
    let of_case = unit.submissions.values().filter(|other| other.case == *case);
    let message = request.particulars.wrong_parent(of_case.filter_map(|other| other.particulars.as_ref()))?;
    Some(FieldError::new("parent", message))
}

/// What is wrong with a correction of an exhibit's reference while open parts name it by the old one: nobody would know any more what they
/// are parts of. Which they are is not for everyone to know.
pub fn left_behind(
    unit: &Unit,
    submission: &Submission,
    column: &'static str,
    (old, new): (&Request, &Request),
) -> Option<FieldError> {
    let own = &old.particulars.exhibit_ref;
    if (old.case_key(), own) == (new.case_key(), &new.particulars.exhibit_ref) {
        return None;
    }
    let others = || unit.submissions.values().filter(|other| other.case == submission.case && other.number != submission.number);
    let others = || others().filter_map(|other| other.particulars.as_ref());
    let is_named = others().any(|other| other.parent.as_ref() == Some(own)) && others().all(|other| other.exhibit_ref != *own);
    is_named.then(|| FieldError::new(column, format!("{own} has parts that name it so: correct their parent first, then this")))
}
