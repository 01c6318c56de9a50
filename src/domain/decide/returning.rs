//! The way home, where it is no straight one: offered and not taken, withheld, and allowed after all. None of it stops the clock.

use super::device::gone;
use super::{Decided, Draft, explained, named, no_pin, reason};
use crate::domain::event::{Sealed, Treatment};
use crate::domain::ids::QueueNumber;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{OfferAnswer, WithholdCause};

impl Draft<'_> {
    /// The owner was asked. What came of it is on record; the first figure is never silently stopped.
    pub(super) fn offer_return(
        &mut self,
        number: QueueNumber,
        (at, answer, until): (Timestamp, OfferAnswer, Option<Timestamp>),
        words: Option<&str>,
    ) -> Decided {
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        let submission = self.submission(number)?;
        if submission.returned.is_some() {
            return Err(gone(&submission, "correction of that return"));
        }
        if submission.offer.as_ref().is_some_and(|offer| (offer.at, offer.answer, offer.until) == (at, answer, until)) {
            return Ok(());
        }
        let (mut first, mut what) = (submission.facts.taken_at, "the device was taken");
        if let Some(offer) = &submission.offer {
            (first, what) = (offer.at, "it was offered last");
        }
        self.happened("at", at, first, what)?;
        match (answer, until) {
            (OfferAnswer::Later, None) => return Err(Refusal::invalid("until", "must be given: when does the owner want it?")),
            (_, Some(until)) => self.lies_ahead("until", until)?,
            _ => {}
        }
        self.treat(at, Treatment::ReturnOffered { number, at, answer, until }, reason(words))
    }

    /// An inspector decides it, and says when that is looked at again.
    pub(super) fn withhold_return(
        &mut self,
        number: QueueNumber,
        (cause, review_at): (WithholdCause, Timestamp),
        by: &str,
        words: &str,
    ) -> Decided {
        explained("reason", words)?;
        named("by", by)?;
        let submission = self.submission(number)?;
        if submission.withheld.as_ref().is_some_and(|known| (known.cause, known.review_at) == (cause, review_at)) {
            return Ok(());
        }
        if submission.returned.is_some() {
            return Err(gone(&submission, "correction of that return"));
        }
        self.lies_ahead("review_at", review_at)?;
        let sealed = Sealed { party: Some(by.trim().to_owned()), ..reason(Some(words)) };
        self.treat(self.now, Treatment::ReturnWithheld { number, cause, review_at }, sealed)
    }

    pub(super) fn allow_return(&mut self, number: QueueNumber, words: &str) -> Decided {
        explained("reason", words)?;
        match self.submission(number)?.withheld {
            Some(_) => self.treat(self.now, Treatment::ReturnAllowed { number }, reason(Some(words))),
            None => Ok(()),
        }
    }
}
