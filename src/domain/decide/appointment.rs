//! A time is kept on a slot for a device that somebody brings then, and nobody else's work is taken on or begun in it.

use std::sync::Arc;

use super::device::gone;
use super::work::illegal;
use super::worked::end_after;
use super::{Decided, Draft, explained, no_pin, reason};
use crate::domain::establishment::Resource;
use crate::domain::event::Treatment;
use crate::domain::guard::{FIRST_JUDGED_TIER, Watch};
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, Slot};
use crate::domain::policy::Stage;
use crate::domain::refusal::Refusal;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Appointment, AppointmentEnd, Assignment, Submission, Whereabouts};

/// Nobody makes an appointment further ahead: a slip of the pen keeps no kiosk for years.
const FARTHEST: Seconds = Seconds::hours(90 * 24);
/// As long as it is kept at most, unless such an examination takes longer.
const LONGEST: Seconds = Seconds::hours(24);

/// A span of time: its first instant, and the first after it.
type Span = (Timestamp, Timestamp);

impl Draft<'_> {
    /// Keeps a time on one of the slots of a resource for a device that is brought then; instead of the time before, where there was one.
    pub(super) fn book(
        &mut self,
        number: QueueNumber,
        id: &ResourceId,
        (from, until): (Timestamp, Option<Timestamp>),
        overrides: Option<&str>,
    ) -> Decided {
        overrides.map_or(Ok(()), |words| explained("override", words))?;
        let submission = self.submission(number)?;
        let resource = self.resource(id)?.clone();
        let (index, stage) = self.bookable(&submission, &resource)?;
        let stage = stage.clone();
        if from < self.now || from > self.now + FARTHEST {
            let message = format!("{from} must lie after now ({}), and no more than 90 days after it", self.now);
            return Err(Refusal::invalid("from", message));
        }
        let span = (from, self.kept_until(&submission, (&resource, &stage), (from, until))?);
        self.works_throughout(&resource, span)?;
        let slot = self.slot_to_keep(&submission, &resource, span)?;
        let kept = Appointment { slot: slot.clone(), from: span.0, until: span.1 };
        if submission.appointment.as_ref() == Some(&kept) {
            return Ok(());
        }
        let overrode = self.harms_nobody(&submission, (index, &stage), &kept, overrides)?;
        let made = Treatment::AppointmentMade { number, slot, from: span.0, until: span.1 };
        self.treat(self.now, made, reason(overrides.filter(|_| overrode)))
    }

    /// No time is kept any more: somebody called it off, or it went by.
    pub(super) fn end_appointment(&mut self, number: QueueNumber, cause: AppointmentEnd, words: Option<&str>) -> Decided {
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        let submission = self.submission(number)?;
        let Some(kept) = &submission.appointment else { return Ok(()) };
        let is_so = match cause {
            AppointmentEnd::Cancelled => true,
            AppointmentEnd::Missed => kept.until <= self.now,
            AppointmentEnd::Overtaken => !self.unit.can_come_about(&submission, kept),
        };
        if !is_so {
            let (what, state) = (format!("the appointment of {number}"), format!("from {} until {}", kept.from, kept.until));
            return Err(Refusal::IllegalTransition { what, state, allowed: "to cancel it, or to make another instead" });
        }
        self.treat(self.now, Treatment::AppointmentEnded { number, cause }, reason(words))
    }

    /// No other's appointment keeps the slot in [start, end). What is over by now took nothing of a time that is still kept.
    pub(super) fn not_kept(&self, slot: &Slot, number: QueueNumber, start: Timestamp, end: Timestamp) -> Decided {
        if end <= self.now {
            return Ok(());
        }
        let mut kept = self.unit.appointments(self.now).filter(|(other, _)| other.number != number);
        match kept.find(|(_, kept)| kept.slot == *slot && kept.touches(start, end)) {
            // For whom is not for everyone to know.
            Some((_, kept)) => Err(Refusal::Reserved { slot: slot.clone(), from: kept.from, until: kept.until }),
            None => Ok(()),
        }
    }

    /// The stage that would be done at an appointment, where one can be made.
    fn bookable<'a>(&'a self, submission: &'a Submission, resource: &Resource) -> Result<(usize, &'a Stage), Refusal> {
        let number = submission.number;
        match &submission.device {
            Whereabouts::Outside { .. } => return Err(gone(submission, "its return from there")),
            Whereabouts::Returned { .. } => return Err(gone(submission, "a further request")),
            Whereabouts::NotDelivered | Whereabouts::At { .. } | Whereabouts::SignedOut { .. } => {}
        }
        let at_work = |a: &&Assignment| {
            let is_its = || self.unit.stage_of(a).is_some_and(|stage| self.able(resource, submission, stage).is_ok());
            a.is_taken_on() && (a.slot.resource == resource.id || is_its())
        };
        if let Some(begun) = self.unit.assignments_of(submission).find(at_work) {
            return Err(illegal(begun));
        }
        if let Some(found) = self.unit.stage_for(submission, resource) {
            return Ok(found);
        }
        let stages = self.unit.route_of(submission).map_or(&[][..], |route| &route.stages);
        let mut left = stages.iter().zip(&submission.stages).filter(|(stage, state)| stage.holds_device && !state.is_over());
        match left.find_map(|(stage, _)| self.able(resource, submission, stage).err()) {
            Some(unable) => Err(unable),
            None => Err(Refusal::IllegalTransition {
                what: number.to_string(),
                state: "no longer to be worked on with its device in hand".into(),
                allowed: "its return, or a further request",
            }),
        }
    }

    /// Until when time is kept from `from` on: as said, if that is long enough; else as long as nine of ten such examinations take.
    fn kept_until(
        &self,
        submission: &Submission,
        (resource, stage): (&Resource, &Stage),
        (from, until): (Timestamp, Option<Timestamp>),
    ) -> Result<Timestamp, Refusal> {
        let id = &resource.id;
        // Out of use is not closed: other hours would be of no help.
        self.in_use_throughout(resource, (from, from + Seconds(1)))?;
        if !self.is_open(resource, from) {
            return Err(Refusal::invalid("from", format!("{id} is closed at {from}: choose a time in its opening hours")));
        }
        let ends = |time: Seconds| end_after(&self.unit, stage, resource, from, time);
        let (expected, slow) = (self.unit.expected_time(submission, stage), self.unit.p90_time(submission, stage));
        let Some((end, slow)) = ends(expected).zip(ends(slow)) else {
            return Err(Refusal::invalid("from", format!("{id} does not open long enough from {from} on")));
        };
        let usual = slow.max(end);
        let Some(until) = until else { return Ok(usual) };
        if until < end {
            let message = format!("{until} is too soon: {} of {} is expected to end at {end}", stage.name, submission.number);
            return Err(Refusal::invalid("until", message));
        }
        let latest = usual.max(from + LONGEST);
        if until > latest {
            return Err(Refusal::invalid("until", format!("{until} is too late: keep the time until {latest} at most")));
        }
        Ok(until)
    }

    /// No quality hold is on it, it is in use all the while, and no date of it lapses.
    fn works_throughout(&self, resource: &Resource, (from, until): Span) -> Decided {
        self.in_use(&resource.id, &[from])?;
        self.in_use_throughout(resource, (from, until))?;
        self.not_lapsed(resource, until)
    }

    /// It is not out of use at any time in the span, by the unit file, the roster and what was declared since.
    fn in_use_throughout(&self, resource: &Resource, (from, until): Span) -> Decided {
        let closed = self.unit.exceptions(resource).closed;
        match closed.into_iter().find(|(closes, opens)| *closes < until && from < *opens) {
            Some((closes, opens)) => Err(Refusal::ResourceDown { resource: resource.id.clone(), from: closes, until: opens }),
            None => Ok(()),
        }
    }

    /// A slot of the resource that nobody has in that time: rather the one that is kept for it already. What was merely offered
    /// gives way.
    fn slot_to_keep(&self, submission: &Submission, resource: &Resource, (from, until): Span) -> Result<Slot, Refusal> {
        let slots = (1..=resource.slots).map(|slot| Slot { resource: resource.id.clone(), slot });
        let own = submission.appointment.as_ref().map(|kept| &kept.slot);
        let mut slots: Vec<Slot> = slots.collect();
        slots.sort_by_key(|slot| own != Some(slot));
        let mut refused = Refusal::UnknownResource(resource.id.clone());
        for slot in slots {
            match self.none_taken_on(&slot, from, until).and_then(|()| self.not_kept(&slot, submission.number, from, until)) {
                Ok(()) => return Ok(slot),
                Err(refusal) => refused = refusal,
            }
        }
        Err(refused)
    }

    /// The guard's rule: the time of a lower tier takes away no victim's phone's last way home, unless a supervisor says so. Returns
    /// whether they had to.
    fn harms_nobody(
        &self,
        submission: &Submission,
        (index, stage): (usize, &Stage),
        kept: &Appointment,
        overrides: Option<&str>,
    ) -> Result<bool, Refusal> {
        let tier = self.unit.route_of(submission).map(|route| submission.stage_tier(route, index, self.now));
        if tier.is_none_or(|tier| tier < FIRST_JUDGED_TIER) {
            return Ok(false);
        }
        // As if it had none yet: another time would be instead of that.
        let mut unit = self.unit.clone();
        let without = Submission { appointment: None, ..Submission::clone(submission) };
        unit.submissions.insert_mut(submission.number, Arc::new(without));
        let harm = Watch::at_work(&unit, AssignmentId(0), self.now).and_then(|mut watch| {
            let slot = watch.slot(&kept.slot.resource, kept.slot.slot)?;
            watch.harm(slot, kept.from, kept.until)
        });
        match harm {
            Some(harm) if overrides.is_none() => Err(Refusal::Held {
                number: submission.number,
                stage: stage.name.clone(),
                slot: kept.slot.clone(),
                site: harm.site,
                until: Some(harm.until),
                instead: None,
            }),
            harm => Ok(harm.is_some()),
        }
    }
}
