//! The owner has the device: the one thing that stops its clock. And the correction of a return that was recorded
//! wrongly, as for another phone, which sets the clock going again.

use super::device::gone;
use super::{Decided, Draft, explained, party};
use crate::domain::command::Supervised;
use crate::domain::event::{Change, Sealed};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Route;
use crate::domain::refusal::Refusal;
use crate::domain::unit::{Returned, StageState, Submission, Whereabouts};

/// What can be corrected of a return, beside the columns of the queue file. An empty `returned_at` says that it never
/// took place.
pub const RETURN_FIELDS: [&str; 3] = ["returned_at", "received_by", "proof"];

impl Draft<'_> {
    /// From an officer, over the front desk, or before it was ever delivered.
    pub(super) fn give_back(&mut self, number: QueueNumber, returned: &Returned) -> Decided {
        let submission = self.submission(number)?;
        match &submission.returned {
            Some(recorded) if recorded == returned => return Ok(()),
            Some(recorded) => {
                return Err(Refusal::AlreadyRecorded { number, field: "returned_at", recorded: recorded.at.to_string() });
            }
            None => {}
        }
        match submission.device {
            Whereabouts::SignedOut { .. } => {}
            Whereabouts::Outside { .. } => return Err(gone(&submission, "its return from there")),
            _ => self.may_leave(&submission)?,
        }
        self.after_what_came_before("at", returned.at, &submission)?;
        self.release_unreachable(&submission)?;
        let change = Change::Returned { number, returned: returned.clone(), stage: self.hand_back(&submission) };
        self.settle(returned.at, change, party(None))
    }

    /// Sets right the return on record, or takes it back: then the device is where it was before.
    pub(super) fn correct_return(
        &mut self,
        number: QueueNumber,
        field: &'static str,
        (value, words): (&str, &str),
        supervised: Supervised,
    ) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        let (Some(old), Whereabouts::Returned { from, .. }) = (&submission.returned, &submission.device) else {
            return Err(gone(&submission, "return, which is not on record"));
        };
        let new = changed(old, field, value.trim()).map_err(|message| Refusal::invalid(field, message))?;
        if new.as_ref() == Some(old) {
            return Ok(());
        }
        if let Some(new) = &new {
            let before = Submission { device: Whereabouts::clone(from), ..Submission::clone(&submission) };
            self.after_what_came_before(field, new.at, &before)?;
        }
        let sealed = Sealed {
            reason: Some(words.trim().to_owned()),
            before: Some(held(old, field)),
            after: new.as_ref().map(|new| held(new, field)),
            ..Sealed::default()
        };
        let change = Change::ReturnCorrected { number, field: field.into(), returned: new, stage: self.hand_back(&submission) };
        self.settle_correction(number, change, sealed, supervised)
    }

    /// The stage that a return finishes.
    fn hand_back(&self, submission: &Submission) -> Option<usize> {
        self.unit.route_of(submission)?.stages.iter().position(|stage| stage.returns_device)
    }

    /// A device goes back once its return is authorised and what was begun is verified, or before anything was begun.
    pub(super) fn may_leave(&self, submission: &Submission) -> Decided {
        if !submission.facts.return_authorised {
            return Err(Refusal::ReturnNotAuthorised(submission.number));
        }
        if let Some(withheld) = &submission.withheld {
            return Err(Refusal::ReturnWithheld {
                number: submission.number,
                cause: withheld.cause,
                review_at: withheld.review_at,
            });
        }
        self.in_nobodys_hands(submission)?;
        let Some(route) = self.unit.route_of(submission) else { return Ok(()) };
        let needed: Vec<usize> = (0..route.stages.len()).filter(|stage| before_hand_back(route, *stage)).collect();
        let done = |stage: &usize| submission.stages.get(*stage).is_some_and(StageState::is_over);
        let missing = needed.iter().find(|stage| !done(stage)).and_then(|stage| route.stages.get(*stage));
        match missing {
            Some(stage) if needed.iter().any(done) => {
                Err(Refusal::ExaminationUnfinished { number: submission.number, stage: stage.name.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// A return with one field as corrected; none where it never took place.
fn changed(old: &Returned, field: &str, value: &str) -> Result<Option<Returned>, String> {
    let new = match field {
        "returned_at" if value.is_empty() => return Ok(None),
        "returned_at" => Returned { at: value.parse()?, ..old.clone() },
        "received_by" => Returned { received_by: value.parse()?, ..old.clone() },
        _ => Returned { proof: value.parse()?, ..old.clone() },
    };
    Ok(Some(new))
}

/// What a field of a return holds.
fn held(returned: &Returned, field: &str) -> String {
    match field {
        "returned_at" => returned.at.to_string(),
        "received_by" => returned.received_by.to_string(),
        _ => returned.proof.to_string(),
    }
}

/// Whether a stage holds the device and must be done before it is handed back; on a route that hands nothing back,
/// every one that holds it.
fn before_hand_back(route: &Route, stage: usize) -> bool {
    let Some(mut before) = route.stages.iter().find(|stage| stage.returns_device).map(|stage| stage.after.clone()) else {
        return route.stages.get(stage).is_some_and(|stage| stage.holds_device);
    };
    let mut seen = std::collections::BTreeSet::new();
    while let Some(earlier) = before.pop() {
        if seen.insert(earlier) {
            before.extend(route.stages.get(earlier).iter().flat_map(|stage| stage.after.iter().copied()));
        }
    }
    seen.contains(&stage) && route.stages.get(stage).is_some_and(|stage| stage.holds_device)
}
