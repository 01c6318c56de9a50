//! What follows from a command: the events it leads to, or why it is refused.
//!
//! [`decide`] is the only judge. It is a pure function of the unit, what was loaded, the command and the time, and it
//! evaluates policy and calendar once, so that [`Unit::apply`] never has to. Every event it returns can be applied in
//! its turn: it tries them on a copy of the unit, which costs nothing.
//! It must never read a clock, log, or change what it is given.

mod adopt;
mod appointment;
mod aside;
mod attend;
mod availability;
mod correct;
mod device;
mod failed;
mod gates;
mod guarded;
mod hand_back;
mod intake;
mod latest_start;
mod parts;
mod priority;
mod promises;
mod quality;
mod ready;
mod redact;
mod removal;
mod returning;
mod rework;
mod scope;
mod walk_up;
mod work;
mod worked;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use super::command::Loaded;
use super::command::{Command, Oversee, Treat};
use super::entry::Actor;
use super::event::{Change, Event, ReleaseCause, Sealed};
use super::ids::QueueNumber;
use super::pin;
use super::refusal::Refusal;
use super::time::Timestamp;
use super::unit::{Assignment, Breach, Submission, Unit};
pub use hand_back::RETURN_FIELDS;
pub use intake::wrong_fields;
pub use latest_start::latest_starts;
pub use promises::{is_missed, sweep};

/// The events that a command leads to, in order; none where nothing changes.
///
/// `loaded` has the closed submission that [`Command::needs`] asks for. Instants in the command are when things happened
/// and lie at or before `now`, when they are told.
///
/// # Errors
/// Why it can't be done; nothing has changed.
pub fn decide(unit: &Unit, loaded: &Loaded, command: &Command, actor: &Actor, now: Timestamp) -> Result<Vec<Event>, Refusal> {
    let mut draft = Draft { unit: unit.clone(), actor, now, events: Vec::new() };
    let recalled = draft.recall(command.needs(unit), loaded)?;
    draft.not_redacted(command)?;
    draft.carry_out(command)?;
    // Calling a submission back only to find that nothing changes is no change.
    if draft.events.len() == recalled { Ok(Vec::new()) } else { Ok(draft.events) }
}

/// A decision in the making: the events so far, and the unit as they leave it.
struct Draft<'a> {
    unit: Unit,
    actor: &'a Actor,
    now: Timestamp,
    events: Vec<Event>,
}

type Decided = Result<(), Refusal>;

impl Draft<'_> {
    fn carry_out(&mut self, command: &Command) -> Decided {
        match command {
            Command::Register(request) => self.register(request),
            Command::RecordAgreement { number, agreement_at, notice_at, terms } => {
                self.agree(*number, (*agreement_at, *notice_at), terms.as_ref())
            }
            Command::RecordLegalBasis { number, basis } => self.legal_basis(*number, basis),
            Command::Authorise { number, by, at } => self.authorise(*number, by, *at),
            Command::RecordPin { number, lock_state } => self.pin(*number, *lock_state),
            Command::AuthoriseReturn { number, by } => self.authorise_return(*number, by),
            Command::Deliver { number, site, at, by, seal } => self.deliver(*number, site, *at, (by.as_deref(), seal.as_deref())),
            Command::Move { number, site, at, by, seal } => self.relocate(*number, site, *at, (by.as_deref(), seal.as_deref())),
            Command::Collect { number, at, by, seal } => self.collect(*number, *at, (by, seal.as_deref())),
            Command::Return { number, returned } => self.give_back(*number, returned),
            Command::Correct { number, field, value, reason, supervised } => {
                self.correct(*number, field, (value, reason), *supervised)
            }
            Command::Remove { number, at, cause, data, reason } => self.remove(*number, (*at, *cause, *data), reason.as_deref()),
            Command::Challenge { number, reason } => self.challenge(*number, reason),
            Command::DecideChallenge { number, upheld, reason } => self.decide_challenge(*number, *upheld, reason),
            Command::Treat { number, treat } => self.treated(*number, treat),
            Command::Reroute { number, reason } => self.reroute(*number, reason),
            Command::Assign { number, version, stage, slot, start, end } => {
                self.assign(*number, *version, *stage, slot, (*start, *end))
            }
            Command::Accept { assignment, at, overrides } => self.accept(*assignment, *at, overrides.as_deref()),
            Command::Start { assignment, at, overrides } => self.start(*assignment, *at, overrides.as_deref()),
            Command::Pause { assignment, at, reason } => self.pause(*assignment, *at, reason.as_deref()),
            Command::Resume { assignment, at, overrides } => self.resume(*assignment, *at, overrides.as_deref()),
            Command::Review { assignment, at, until, reason } => self.review(*assignment, (*at, *until), reason.as_deref()),
            Command::WalkUp { number, resource, at, overrides } => self.walk_up(*number, resource, *at, overrides.as_deref()),
            Command::Finish { assignment, at, tool, tool_version, hash, scope } => {
                let kept = (hash.as_deref(), scope.as_ref());
                self.finish(*assignment, *at, (tool.as_deref(), tool_version.as_deref()), kept)
            }
            Command::Fail { assignment, at, cause, attempts_left, reason } => {
                self.fail(*assignment, *at, (*cause, *attempts_left), reason.as_deref())
            }
            Command::SendBack { assignment, at, stage, reason } => self.send_back(*assignment, *at, stage, reason),
            Command::Rework { number, stage, reason } => self.rework(*number, stage, reason),
            Command::Release { assignment, cause, reason } => self.give_up(*assignment, *cause, reason.as_deref()),
            Command::DeclareOutage { resource, from, until, reason } => self.declare_outage(resource, *from, *until, reason),
            Command::EndOutage { resource, at } => self.end_outage(resource, *at),
            Command::Oversee(oversee) => self.oversee(oversee),
            Command::AdoptEstablishment { establishment, text } => self.adopt_establishment(establishment, text),
            Command::AdoptPolicy { policy, text } => self.adopt_policy(policy, text),
            Command::AdoptHolidays { holidays } => self.adopt_holidays(holidays),
            Command::AdoptRoster { roster } => self.adopt_roster(roster),
            Command::RecordBreach { number, promise } => self.record_breach(*number, promise),
            Command::RecordLatestStart { number, promise } => self.record_latest_start(*number, promise),
            Command::ForecastBreach { number, promise, expected } => self.forecast_breach(*number, promise, *expected),
            Command::AvertBreach { breach } => self.avert_breach(*breach),
            Command::AcknowledgeBreach { breach, reason } => self.acknowledge_breach(*breach, reason),
        }
    }

    fn oversee(&mut self, oversee: &Oversee) -> Decided {
        match oversee {
            Oversee::PlaceHold { held, doubtful_from, reason } => self.place_hold(held, *doubtful_from, reason),
            Oversee::LiftHold { hold, reason } => self.lift_hold(*hold, reason),
            Oversee::InstallTool { resource, at, tool, version } => self.install_tool(resource, *at, tool, version),
        }
    }

    fn treated(&mut self, number: QueueNumber, treat: &Treat) -> Decided {
        match treat {
            Treat::Park { cause, review_at, reason } => self.park(number, *cause, *review_at, reason),
            Treat::TakeUp { reason } => self.take_up(number, reason.as_deref()),
            Treat::SendOut { at, provider, accreditation, due, by, seal } => {
                let hands = (by.as_deref(), seal.as_deref());
                self.send_out(number, (*at, *due), (provider, accreditation.as_deref()), hands)
            }
            Treat::BringBack { at, site, by, seal, done } => {
                self.bring_back(number, (site, *at), (by.as_deref(), seal.as_deref()), done)
            }
            Treat::Prioritise { tier, until, reason } => self.prioritise(number, *tier, *until, reason),
            Treat::Flag { risk, life_at_risk, reason } => self.flag(number, risk.as_deref(), *life_at_risk, reason),
            Treat::OfferReturn { at, answer, until, reason } => {
                self.offer_return(number, (*at, *answer, *until), reason.as_deref())
            }
            Treat::WithholdReturn { cause, by, review_at, reason } => {
                self.withhold_return(number, (*cause, *review_at), by, reason)
            }
            Treat::AllowReturn { reason } => self.allow_return(number, reason),
            Treat::ChangeScope { scope, from, to, agreed, reason, supervised } => {
                self.change_scope(number, (scope, *from, *to), (*agreed, *supervised), reason)
            }
            Treat::ReserveHandset { handset } => self.reserve_handset(number, handset),
            Treat::IssueHandset { at, handset, received_by, with_sim } => {
                self.issue_handset(number, *at, handset.as_ref(), (*received_by, *with_sim))
            }
            Treat::TakeBackHandset { at } => self.take_back_handset(number, *at),
            Treat::Book { resource, from, until, overrides } => {
                self.book(number, resource, (*from, *until), overrides.as_deref())
            }
            Treat::EndAppointment { cause, reason } => self.end_appointment(number, *cause, reason.as_deref()),
            Treat::TellOwner { at, expected, reason } => self.tell_owner(number, (*at, *expected), reason.as_deref()),
            Treat::ReceiveResults { at } => self.receive_results(number, *at),
            Treat::NoteConfidential { kinds, reason } => self.note_confidential(number, kinds, reason),
            Treat::ClearConfidential { reason } => self.clear_confidential(number, reason),
            Treat::Redact { cases, reason } => self.redact(number, cases, reason),
            Treat::TakeOn { action, reason } => self.take_on(number, *action, reason.as_deref()),
        }
    }

    /// Brings back a closed submission that the command is about. Returns how many events that took.
    fn recall(&mut self, needed: Option<QueueNumber>, loaded: &Loaded) -> Result<usize, Refusal> {
        let Some(submission) = loaded.submission.as_ref().filter(|loaded| needed == Some(loaded.number)) else {
            return Ok(0);
        };
        let sealed = Sealed { particulars: submission.particulars.clone(), ..Sealed::default() };
        let bare = Submission { particulars: None, ..Submission::clone(submission) };
        let change = Change::Recalled { submission: Box::new(bare), breaches: loaded.breaches.clone() };
        self.record(self.now, change, sealed)?;
        Ok(self.events.len())
    }

    /// Adds an event to the decision.
    fn record(&mut self, happened_at: Timestamp, change: Change, sealed: Sealed) -> Decided {
        let event = Event { happened_at, change, sealed };
        self.unit.apply(self.unit.seq + 1, &event)?;
        self.events.push(event);
        Ok(())
    }

    /// Adds an event after which more is said of what it touches: a submission of which it leaves nothing open is called back
    /// at once.
    fn record_midway(&mut self, happened_at: Timestamp, change: Change, sealed: Sealed) -> Decided {
        let before = self.unit.clone();
        let event = Event { happened_at, change, sealed };
        let touched = self.unit.apply(self.unit.seq + 1, &event)?;
        self.events.push(event);
        for (number, submission) in touched.submissions {
            if !self.unit.submissions.contains_key(&number) {
                let now = |breach: &Breach| touched.breaches.get(&breach.id).cloned().unwrap_or_else(|| Some(breach.clone()));
                let breaches = before.breaches_of(number).filter_map(now).collect();
                self.recall(Some(number), &Loaded { submission: Some(submission), breaches })?;
            }
        }
        Ok(())
    }

    fn submission(&self, number: QueueNumber) -> Result<Arc<Submission>, Refusal> {
        let known = (1..self.unit.next.submission).contains(&number.0);
        let gone = || if known { Refusal::Closed(number) } else { Refusal::UnknownSubmission(number) };
        self.unit.submissions.get(&number).cloned().ok_or_else(gone)
    }

    /// Refuses an instant that lies after now, or before what must have come first.
    fn happened(&self, field: &'static str, at: Timestamp, first: Timestamp, what: &str) -> Decided {
        if at > self.now {
            Err(Refusal::invalid(field, format!("{at} lies after now ({}): give when it happened", self.now)))
        } else if at < first {
            Err(Refusal::invalid(field, format!("{at} lies before {what} ({first}): correct one of the two")))
        } else {
            Ok(())
        }
    }

    /// Takes back those of these assignments on which work has not begun.
    fn release(&mut self, assignments: &[Assignment], cause: ReleaseCause) -> Decided {
        for assignment in assignments.iter().filter(|assignment| assignment.started_at().is_none()) {
            self.record(self.now, Change::Released { assignment: assignment.id, cause }, Sealed::default())?;
        }
        Ok(())
    }

    /// The assignments of a submission that have not ended.
    fn assignments_of(&self, submission: &Submission) -> Vec<Assignment> {
        self.unit.assignments_of(submission).cloned().collect()
    }
}

/// A sealed part that says who the other party was.
fn party(name: Option<&str>) -> Sealed {
    Sealed { party: name.map(|name| name.trim().to_owned()), ..Sealed::default() }
}

/// A sealed part that says why.
fn reason(words: Option<&str>) -> Sealed {
    Sealed { reason: words.map(|words| words.trim().to_owned()), ..Sealed::default() }
}

/// A name that must be given.
fn named(field: &'static str, name: &str) -> Decided {
    if name.trim().is_empty() {
        return Err(Refusal::invalid(field, "must not be empty: name the person"));
    }
    if pin::given_away(name) { Err(Refusal::invalid(field, pin::REFUSED)) } else { Ok(()) }
}

/// Free text that must be given and holds no PIN.
fn explained(field: &'static str, words: &str) -> Decided {
    if words.trim().is_empty() {
        return Err(Refusal::invalid(field, "must not be empty: say why"));
    }
    no_pin(field, words)
}

/// A PIN's status is recorded, never its value: free text that looks like one is refused.
fn no_pin(field: &'static str, words: &str) -> Decided {
    if pin::given_away_bare(words) { Err(Refusal::invalid(field, pin::REFUSED)) } else { Ok(()) }
}
