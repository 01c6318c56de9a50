//! Why a command can't be carried out: each with a stable code, and a message that names the thing, the place and the
//! way out. Submissions are named by queue number; references are in [`FieldError`] and [`Difference`] alone.

mod code;
mod field;
mod say;

use super::columns::{Difference, way_out};
use super::ids::{AssignmentId, BreachId, HoldId, QueueNumber, ResourceId, SiteId, Slot, Word};
use super::policy::Gate;
use super::time::Timestamp;
use super::unit::{Inconsistent, WithholdCause};
pub use code::Kind;
pub use field::FieldError;
use say::{kept_back, list, way_on};

/// Why a command is refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no unit yet.
    #[error("no unit file and policy file have been adopted yet: start the daemon with both")]
    NotFounded,
    /// No such submission.
    #[error("there is no submission {0}: look it up by its reference")]
    UnknownSubmission(QueueNumber),
    /// No such assignment.
    #[error("there is no assignment {0}: look at what is next at the resource")]
    UnknownAssignment(AssignmentId),
    /// No such breach.
    #[error("there is no open or forecast breach {0}: look at the list of breaches")]
    UnknownBreach(BreachId),
    /// No such quality hold.
    #[error("there is no quality hold {0} that stands: look at the list of them")]
    UnknownHold(HoldId),
    /// No such resource.
    #[error("the unit file has no resource {0}")]
    UnknownResource(ResourceId),
    /// No such slot.
    #[error("{} has {slots} slots, numbered from 1: there is no {}", .slot.resource, .slot)]
    UnknownSlot {
        /// The one given.
        slot: Slot,
        /// How many there are.
        slots: u32,
    },
    /// No such promise.
    #[error("no promise {promise:?} was made to {number}", promise = .promise.as_str())]
    UnknownPromise {
        /// Whose.
        number: QueueNumber,
        /// The one given.
        promise: Word,
    },
    /// No such stage, or none that is given to a resource.
    #[error("{number} has no stage {stage} that a resource carries out: look at its route")]
    UnknownStage {
        /// Whose.
        number: QueueNumber,
        /// The index given.
        stage: usize,
    },
    /// Fields are wrong; every one is named.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// The reference names another submission.
    #[error("the reference is that of {0} already: correct one of the two, or raise the request number")]
    Duplicate(QueueNumber),
    /// The submission exists and was asked for otherwise.
    #[error("{number} is in the queue with other values of {}: correct it with a reason", list(differences.iter().map(|d| d.column)))]
    Differs {
        /// The one that exists.
        number: QueueNumber,
        /// Where it differs.
        differences: Vec<Difference>,
    },
    /// Another value is on record.
    #[error("{number} has {field} {recorded} on record: {}", way_out(field))]
    AlreadyRecorded {
        /// Whose.
        number: QueueNumber,
        /// Which column.
        field: &'static str,
        /// What stands.
        recorded: String,
    },
    /// Its personal part was removed, so that this can no longer be judged.
    #[error("{0} was redacted: it can no longer be changed")]
    Redacted(QueueNumber),
    /// Not in this state.
    #[error("{what} is {state}: what can be done is {allowed}")]
    IllegalTransition {
        /// What was to change.
        what: String,
        /// How it stands.
        state: String,
        /// What can be done with it.
        allowed: &'static str,
    },
    /// The assignment has ended.
    #[error("assignment {0} has ended: look at what is next at the resource")]
    StaleAssignment(AssignmentId),
    /// What it rests on has changed since.
    #[error("{number} has changed since (version {version}, not {based_on}): look again and decide anew")]
    Stale {
        /// Which submission.
        number: QueueNumber,
        /// The version given.
        based_on: i64,
        /// Its version now.
        version: i64,
    },
    /// A gate of its route is shut.
    #[error("{number} can't be worked on at {at}: not met: {}", list(gates.iter().map(|gate| gate.as_str())))]
    GateShut {
        /// Which submission.
        number: QueueNumber,
        /// Those that are shut, first to clear first.
        gates: Vec<Gate>,
        /// Judged at.
        at: Timestamp,
    },
    /// A stage before it is not done.
    #[error("stage {stage} of {number} waits for {waits_for} first")]
    EarlierStage {
        /// Which submission.
        number: QueueNumber,
        /// Which stage.
        stage: Word,
        /// The stage before it.
        waits_for: Word,
    },
    /// An earlier exhibit of the staged case is open.
    #[error("{number} waits for {earlier}, an earlier exhibit of its case: finish that one, or have the OIC correct case_rank")]
    EarlierExhibit {
        /// Which submission.
        number: QueueNumber,
        /// The one before it.
        earlier: QueueNumber,
    },
    /// The resource can't carry out this stage on this device.
    #[error("{resource} can't do {stage} of {number} ({why}): choose another resource")]
    Unable {
        /// Which resource.
        resource: ResourceId,
        /// Which submission.
        number: QueueNumber,
        /// Which stage.
        stage: Word,
        /// What it lacks.
        why: String,
    },
    /// Validation or competence lapses before the work would end.
    #[error(
        "the validation or competence of {resource} lapses at the end of {until}: renew it in the unit file, or choose another"
    )]
    Lapsed {
        /// Which resource.
        resource: ResourceId,
        /// Its last day.
        until: chrono::NaiveDate,
    },
    /// The resource is out of use.
    #[error("{resource} is out of use from {from} until {until}: choose another, or record that it is back")]
    ResourceDown {
        /// Which resource.
        resource: ResourceId,
        /// First instant.
        from: Timestamp,
        /// First instant that is not.
        until: Timestamp,
    },
    /// A quality hold stops it.
    #[error("{what} is on quality hold {hold} since {since}: choose another, or ask the quality lead")]
    OnHold {
        /// Who or what.
        what: String,
        /// By which hold.
        hold: HoldId,
        /// Since when.
        since: Timestamp,
    },
    /// The slot is taken.
    #[error("{slot} is taken by {assignment} at that time: finish or release it, or choose another slot")]
    SlotBusy {
        /// Which slot.
        slot: Slot,
        /// By which assignment.
        assignment: AssignmentId,
    },
    /// The slot is kept for whoever has an appointment.
    #[error("{slot} is kept for an appointment from {from} until {until}: choose another, or have that one moved or called off")]
    Reserved {
        /// Which slot.
        slot: Slot,
        /// First instant.
        from: Timestamp,
        /// First instant that is not kept.
        until: Timestamp,
    },
    /// The person who did one stage must, or must not, do the other.
    #[error("stage {stage} of {number} goes to {} {resource}, who has {other}", if *same { "none but" } else { "anyone but" })]
    WrongPerson {
        /// Which submission.
        number: QueueNumber,
        /// Which stage.
        stage: Word,
        /// The stage it is bound to.
        other: Word,
        /// Who has that one.
        resource: ResourceId,
        /// Whether it must be the same person.
        same: bool,
    },
    /// Who did one stage must not do the other, at whichever bench.
    #[error("stage {stage} of {number} is for anyone but {person}, who has {other}: somebody else does it")]
    OwnWork {
        /// Which submission.
        number: QueueNumber,
        /// Which stage.
        stage: Word,
        /// The stage whose person it must not be.
        other: Word,
        /// Who has that one.
        person: String,
    },
    /// Lower work would take away the last way to bring back a victim's phone in time that may still arrive.
    #[error("{stage} of {number} on {slot} is {}: {}have a supervisor override it with a reason", kept_back(site, *until),
        way_on(*until, instead.as_ref()))]
    Held {
        /// Which submission.
        number: QueueNumber,
        /// Which stage.
        stage: Word,
        /// Where it was to be done.
        slot: Slot,
        /// Where the phone may arrive.
        site: SiteId,
        /// From when on it would harm nobody; none where that does not come within the policy's longest hold.
        until: Option<Timestamp>,
        /// Who is free to do it now and harms nobody.
        instead: Option<Slot>,
    },
    /// The device is in another stage's hands.
    #[error("the device of {number} is in use by {assignment}: finish, fail or release that first")]
    DeviceInUse {
        /// Which submission.
        number: QueueNumber,
        /// By which assignment.
        assignment: AssignmentId,
    },
    /// The device is not where it is needed.
    #[error("the device of {number} is {place}, not at {needed}: record its move when it is there")]
    DeviceElsewhere {
        /// Which submission.
        number: QueueNumber,
        /// Where it is, in words.
        place: String,
        /// Where it has to be.
        needed: SiteId,
    },
    /// The device has left for good or is on its way to its owner.
    #[error("the device of {number} is {place}: record that it came back, or make a further request")]
    DeviceAway {
        /// Which submission.
        number: QueueNumber,
        /// Where it is, in words.
        place: String,
    },
    /// Nobody has authorised the return.
    #[error("the return of {0} is not authorised: the OIC or a supervisor authorises it")]
    ReturnNotAuthorised(QueueNumber),
    /// An inspector has the device kept.
    #[error(
        "the return of {number} is withheld ({}) and reviewed at {review_at}: an inspector or supervisor allows it first", cause.as_str().replace('_', " ")
    )]
    ReturnWithheld {
        /// Which submission.
        number: QueueNumber,
        /// Why.
        cause: WithholdCause,
        /// When somebody looks at it again.
        review_at: Timestamp,
    },
    /// A promise, or the record that it was missed, is taken back by a supervisor alone.
    #[error("that takes back promise {promise} of {number}, or that it was missed: a supervisor makes this correction")]
    NeedsSupervisor {
        /// Whose.
        number: QueueNumber,
        /// Which.
        promise: Word,
    },
    /// The examination has begun and is not verified.
    #[error("{number} can't go back yet: its examination has begun and {stage} is not done: finish it first")]
    ExaminationUnfinished {
        /// Which submission.
        number: QueueNumber,
        /// The first stage that is not done.
        stage: Word,
    },
    /// More than was authorised is a supervisor's to authorise.
    #[error("that is more than was authorised for {0}: a supervisor, who is not its OIC, makes it wider")]
    WiderScope(QueueNumber),
    /// Nothing of it is open any more.
    #[error("{0} is closed: what was recorded wrongly is corrected, and more work is a further request")]
    Closed(QueueNumber),
    /// The OIC may not authorise their own case.
    #[error("that is not for the OIC of {0} to decide: ask a supervisor")]
    AuthorisedByOic(QueueNumber),
    /// The OIC may not take their own name off a case, which would let them authorise it.
    #[error("the OIC of {0} can't be corrected by that OIC: ask a supervisor, or whoever the case is with now")]
    CorrectedByOic(QueueNumber),
    /// The same version with another text.
    #[error("the {file} has version {version:?} like the adopted one, and another text: raise its version")]
    SameVersion {
        /// Unit file or policy file.
        file: &'static str,
        /// Its version.
        version: String,
    },
    /// An older version than the adopted one: to be ignored with a warning.
    #[error("the {file} has version {version:?}, older than the adopted {adopted:?}: it is ignored")]
    OlderVersion {
        /// Unit file or policy file.
        file: &'static str,
        /// Its version.
        version: String,
        /// The one in force.
        adopted: String,
    },
    /// A resource with work can be closed, not dropped, nor moved with a device in hand.
    #[error("the unit file drops or moves {slot}, which has {assignment}: close it (`closed`) until its work is done")]
    ResourceHasWork {
        /// Which slot.
        slot: Slot,
        /// One assignment of it.
        assignment: AssignmentId,
    },
    /// A site that open submissions name can't be dropped.
    #[error("the unit file drops site {site}, which {number} needs: keep it until its work is done")]
    SiteInUse {
        /// Which site.
        site: SiteId,
        /// One submission that names it.
        number: QueueNumber,
    },
    /// A promise counts in a calendar that the unit file does not have.
    #[error("promise {promise} counts in calendar {calendar}, which the unit file does not have: keep it there")]
    CalendarMissing {
        /// Which promise.
        promise: Word,
        /// Which calendar.
        calendar: Word,
    },
    /// The promise is not missed, or that is on record.
    #[error("promise {promise} of {number} can't be recorded so: {why}")]
    NotMissed {
        /// Whose.
        number: QueueNumber,
        /// Which.
        promise: Word,
        /// Why not.
        why: &'static str,
    },
    /// The events decided on don't fit the state: a fault.
    #[error("a fault in the rules: {0}")]
    Fault(#[from] Inconsistent),
}

impl Refusal {
    /// One wrong field.
    pub(super) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// Every wrong field; none where it is not about fields.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }
}
