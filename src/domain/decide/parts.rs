//! Parts of exhibits: a SIM or a memory card is an exhibit of its own, with a parent. A part has no parts: what a device was
//! made of is told by its own parts alone, and nothing is ever a part of itself.

use crate::domain::refusal::FieldError;
use crate::domain::submission::{Request, digest_of};
use crate::domain::unit::{Submission, Unit};

/// What is wrong with the exhibit that a request names as its parent, as far as the open submissions of its case tell. One that is not in
/// the queue is none: often the part alone is to be examined.
pub fn wrong_parent(unit: &Unit, request: &Request) -> Option<FieldError> {
    let own = &request.particulars.exhibit_ref;
    let parent = request.particulars.parent.as_ref().filter(|parent| *parent != own)?;
    let case = unit.cases.get(&digest_of(&request.case_key()))?;
    let of_case = unit.submissions.values().filter(|other| other.case == *case);
    for other in of_case.filter_map(|other| other.particulars.as_ref()) {
        if other.exhibit_ref == *parent
            && let Some(its) = &other.parent
        {
            let message = format!("{parent} is itself a part of {its}: name that one");
            return Some(FieldError::new("parent", message));
        }
        if other.parent.as_ref() == Some(own) {
            let message = format!("{} has parts of its own ({}), and so is none", own, other.exhibit_ref);
            return Some(FieldError::new("parent", message));
        }
    }
    None
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
