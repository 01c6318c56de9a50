//! Put aside: parked, or with somebody outside the unit. Its device is held, its clocks run, and it counts as waiting.

use std::collections::BTreeSet;

use super::device::gone;
use super::{Decided, Draft, explained, named, no_pin, reason};
use crate::domain::event::{Change, ReleaseCause, Sealed, Treatment};
use crate::domain::ids::{QueueNumber, SiteId, Word};
use crate::domain::policy::{Gate, Route};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{ParkCause, StageState, Submission, Whereabouts};

/// Who handed a device over or took it, and the number of its seal.
pub(super) type Hands<'a> = (Option<&'a str>, Option<&'a str>);

impl Draft<'_> {
    /// Nobody works on it from now on. Whoever has it in hand finishes first, and a device that could go home goes home first.
    pub(super) fn park(&mut self, number: QueueNumber, cause: ParkCause, review_at: Timestamp, words: &str) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        if submission.parked.as_ref().is_some_and(|parked| (parked.cause, parked.review_at) == (cause, review_at)) {
            return Ok(());
        }
        self.lies_ahead("review_at", review_at)?;
        self.can_be_put_aside(&submission)?;
        let goes_home = |route: &Route| !submission.is_unexamined(route) && route.stages.iter().any(|stage| stage.returns_device);
        if submission.returned.is_none() && self.unit.route_of(&submission).is_some_and(goes_home) {
            return Err(in_the_way(&submission, "ready to go home", "its return to the owner; what is left can be parked then"));
        }
        // What was done before a pause is done, and goes on once it is taken up.
        let mut assignments = self.assignments_of(&submission);
        assignments.retain(|assignment| !assignment.is_paused());
        self.release(&assignments, ReleaseCause::NotReady)?;
        self.treat(self.now, Treatment::Parked { number, cause, review_at }, reason(Some(words)))
    }

    pub(super) fn take_up(&mut self, number: QueueNumber, words: Option<&str>) -> Decided {
        words.map_or(Ok(()), |words| no_pin("reason", words))?;
        match self.submission(number)?.parked {
            Some(_) => self.treat(self.now, Treatment::TakenUp { number }, reason(words)),
            None => Ok(()),
        }
    }

    /// Nobody outside examines what nobody may: gates of agreement, legal basis and authorisation are met first.
    pub(super) fn send_out(
        &mut self,
        number: QueueNumber,
        (at, due): (Timestamp, Timestamp),
        (provider, accreditation): (&str, Option<&str>),
        hands: Hands<'_>,
    ) -> Decided {
        let submission = self.submission(number)?;
        if let Whereabouts::Outside { since, provider: with, due: back, .. } = &submission.device {
            let same = (*since, with.as_str(), *back) == (at, provider.trim(), due);
            return if same { Ok(()) } else { Err(gone(&submission, "its return from there")) };
        }
        named_organisation(provider)?;
        self.can_be_put_aside(&submission)?;
        if !matches!(submission.device, Whereabouts::At { .. }) {
            return Err(gone(&submission, "delivery to a site first"));
        }
        if due <= at {
            return Err(Refusal::invalid("due", format!("{due} does not lie after {at}: give when it should be back")));
        }
        let allowed = [Gate::Agreement, Gate::Confidential, Gate::LegalBasis, Gate::Authorisation, Gate::Parked];
        let shut = self.unit.route_of(&submission).map(|route| submission.shut_gates(route, self.now).collect::<Vec<_>>());
        let gates: Vec<Gate> = shut.into_iter().flatten().filter(|gate| allowed.contains(gate)).collect();
        if !gates.is_empty() {
            return Err(Refusal::GateShut { number, gates, at: self.now });
        }
        self.after_what_came_before("at", at, &submission)?;
        let assignments = self.assignments_of(&submission);
        self.release(&assignments, ReleaseCause::NotReady)?;
        let text = |words: &str| Some(words.trim().to_owned()).filter(|words| !words.is_empty());
        let (provider, accreditation) = (provider.trim().to_owned(), accreditation.and_then(text));
        self.treat(at, Treatment::SentOutside { number, at, provider, accreditation, due }, handed(hands)?)
    }

    /// What was done outside is done: milestones that it reaches are settled.
    pub(super) fn bring_back(
        &mut self,
        number: QueueNumber,
        (site, at): (&SiteId, Timestamp),
        hands: Hands<'_>,
        done: &[Word],
    ) -> Decided {
        let submission = self.submission(number)?;
        if !matches!(submission.device, Whereabouts::Outside { .. }) {
            return Err(gone(&submission, "nothing of this: it is not outside"));
        }
        self.known_site(site)?;
        self.after_what_came_before("at", at, &submission)?;
        let stages = self.done_outside(&submission, done)?;
        let sealed = handed(hands)?;
        self.settle(at, Change::Treated(Treatment::CameBack { number, at, site: site.clone(), stages }), sealed)
    }

    /// The stages that were done outside: none that is over, and none before what has to come first.
    fn done_outside(&self, submission: &Submission, done: &[Word]) -> Result<Vec<usize>, Refusal> {
        let mut stages = BTreeSet::new();
        let route = self.unit.route_of(submission);
        for name in done {
            let known = route.into_iter().flat_map(|route| route.stages.iter().enumerate());
            let stage = known.filter(|(_, stage)| !stage.returns_device).find(|(_, stage)| stage.name == *name);
            let Some((index, _)) = stage else {
                let all = route.into_iter().flat_map(|route| &route.stages).filter(|stage| !stage.returns_device);
                let all = all.map(|stage| stage.name.as_str()).collect::<Vec<_>>().join(", ");
                return Err(Refusal::invalid("done", format!("{:?} is none of its stages: {all}", name.as_str())));
            };
            if submission.stages.get(index) != Some(&StageState::Open) {
                return Err(Refusal::invalid("done", format!("{name} was done before")));
            }
            stages.insert(index);
        }
        let Some(route) = route else { return Ok(Vec::new()) };
        for &index in &stages {
            let is_met =
                |before: &&usize| stages.contains(before) || submission.stages.get(**before).is_some_and(StageState::is_over);
            if let Some(missing) = route.stages[index].after.iter().find(|before| !is_met(before)) {
                let (stage, first) = (&route.stages[index].name, &route.stages[*missing].name);
                return Err(Refusal::invalid("done", format!("{stage} comes after {first}: name that, too, if it was done")));
            }
        }
        Ok(stages.into_iter().collect())
    }

    /// Something is left to do, nobody is doing it, and its examination was not ended.
    fn can_be_put_aside(&self, submission: &Submission) -> Decided {
        if submission.removed.is_some() {
            return Err(in_the_way(submission, "ended before its end", "its return"));
        }
        if !submission.is_unfinished() && !submission.stages.is_empty() {
            return Err(in_the_way(submission, "examined", "its return, or a further request"));
        }
        match self.unit.assignments_of(submission).find(|assignment| assignment.started_at().is_some()) {
            Some(held) => Err(in_the_way(submission, &format!("being worked on ({})", held.id), "finish or fail, first")),
            None => Ok(()),
        }
    }

    /// Refuses a moment that is past: it is one at which somebody is to act.
    pub(super) fn lies_ahead(&self, field: &'static str, at: Timestamp) -> Decided {
        if at > self.now {
            return Ok(());
        }
        Err(Refusal::invalid(field, format!("{at} does not lie after now ({}): give a moment to come", self.now)))
    }

    /// Records what people decided about a submission.
    pub(super) fn treat(&mut self, happened_at: Timestamp, treatment: Treatment, sealed: Sealed) -> Decided {
        self.record(happened_at, Change::Treated(treatment), sealed)
    }
}

fn named_organisation(provider: &str) -> Decided {
    if provider.trim().is_empty() {
        return Err(Refusal::invalid("provider", "must not be empty: name who examines it"));
    }
    no_pin("provider", provider)
}

/// A sealed part that says who the other party was, and the seal.
pub(super) fn handed((by, seal): Hands<'_>) -> Result<Sealed, Refusal> {
    by.map_or(Ok(()), |by| named("by", by))?;
    seal.map_or(Ok(()), |seal| no_pin("seal", seal))?;
    let text = |words: Option<&str>| words.map(str::trim).filter(|words| !words.is_empty()).map(str::to_owned);
    Ok(Sealed { party: text(by), seal: text(seal), ..Sealed::default() })
}

fn in_the_way(submission: &Submission, state: &str, allowed: &'static str) -> Refusal {
    Refusal::IllegalTransition { what: submission.number.to_string(), state: state.into(), allowed }
}
