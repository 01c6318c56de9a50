//! What people and the daemon ask for: one variant an action, with typed fields.
//!
//! Whether the one who asks may ask is judged at the door, by the token's role; whether it can be done is judged by
//! [`decide`](super::decide::decide). Text arrives trimmed.

mod manner;
mod needs;
mod oversee;
mod treat;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::agreement::Terms;
use super::establishment::Establishment;
use super::event::{FailureCause, ReleaseCause};
use super::ids::{AssignmentId, BreachId, QueueNumber, ResourceId, SiteId, Slot, Word};
use super::policy::Policy;
use super::roster::Duty;
use super::submission::{LockState, Request};
use super::time::Timestamp;
use super::unit::{DataTaken, RemovalCause, Returned};

pub use super::refusal::{FieldError, Kind, Refusal};
pub use manner::{ScopeKept, Supervised};
pub use needs::Loaded;
pub use oversee::Oversee;
pub use treat::Treat;

/// Something to be done. Instants are when it happened, which may be before it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A submission enters the queue. Asking again for the same changes nothing.
    Register(Box<Request>),
    /// The device user agreed and had the written notice.
    RecordAgreement {
        /// Whose device.
        number: QueueNumber,
        /// When they agreed.
        agreement_at: Timestamp,
        /// When they had the notice.
        notice_at: Timestamp,
        /// On what that rests, and what a user said for whom another decided.
        terms: Option<(Terms, Option<String>)>,
    },
    /// By what right the device is examined.
    RecordLegalBasis {
        /// Which submission.
        number: QueueNumber,
        /// In words.
        basis: String,
    },
    /// Necessity and scope authorised.
    Authorise {
        /// Which submission.
        number: QueueNumber,
        /// By whom; not the OIC.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Whether the device can be opened: a status, never a PIN.
    RecordPin {
        /// Which submission.
        number: QueueNumber,
        /// Its status.
        lock_state: LockState,
    },
    /// The device may go back once verified.
    AuthoriseReturn {
        /// Which submission.
        number: QueueNumber,
        /// By whom: the OIC or a supervisor.
        by: String,
    },
    /// The device reached a site.
    Deliver {
        /// Which submission.
        number: QueueNumber,
        /// Where.
        site: SiteId,
        /// When.
        at: Timestamp,
        /// Who brought it.
        by: Option<String>,
        /// Number of its seal, if there is one.
        seal: Option<String>,
    },
    /// The device went to another site, or came back to one, and is there.
    Move {
        /// Which submission.
        number: QueueNumber,
        /// Where it is now.
        site: SiteId,
        /// Since when.
        at: Timestamp,
        /// Who took it.
        by: Option<String>,
        /// Number of its seal, if there is one.
        seal: Option<String>,
    },
    /// The device was signed out to the officer who takes it to its owner.
    Collect {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
        /// To whom.
        by: String,
        /// Number of its seal, if there is one.
        seal: Option<String>,
    },
    /// The owner has the device.
    Return {
        /// Which submission.
        number: QueueNumber,
        /// When, to whom, how proved.
        returned: Returned,
    },
    /// A recorded value was wrong.
    Correct {
        /// Which submission.
        number: QueueNumber,
        /// Which column of the queue file, or which field of a return.
        field: String,
        /// As it would stand in the queue file; empty for none.
        value: String,
        /// Why.
        reason: String,
        /// Whether a promise, or the record that one was missed, may be taken back with it.
        supervised: Supervised,
    },
    /// Its examination is ended before its end.
    Remove {
        /// Which submission.
        number: QueueNumber,
        /// Since when.
        at: Timestamp,
        /// Why.
        cause: RemovalCause,
        /// What happened to data that was taken.
        data: DataTaken,
        /// In words; the device user owes nobody any.
        reason: Option<String>,
    },
    /// The officer in the case challenges that it was refused.
    Challenge {
        /// Which submission.
        number: QueueNumber,
        /// Why.
        reason: String,
    },
    /// The unit's head decides on a challenge.
    DecideChallenge {
        /// Which submission.
        number: QueueNumber,
        /// Whether it goes on after all.
        upheld: bool,
        /// Why.
        reason: String,
    },
    /// It is treated otherwise than its gates and stages say: see [`Treat`].
    Treat {
        /// Which submission.
        number: QueueNumber,
        /// What is decided.
        treat: Box<Treat>,
    },
    /// A submission on which nothing was begun takes the route and promises of the policy in force.
    Reroute {
        /// Which submission.
        number: QueueNumber,
        /// Why.
        reason: String,
    },
    /// A stage is given to a slot.
    Assign {
        /// Whose stage.
        number: QueueNumber,
        /// The version of the submission that this rests on.
        version: i64,
        /// Index in its route.
        stage: usize,
        /// Who does it.
        slot: Slot,
        /// Planned start.
        start: Timestamp,
        /// Planned end.
        end: Timestamp,
    },
    /// The slot takes it on.
    Accept {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Why a supervisor has it done although it is held for a victim's phone still to come.
        overrides: Option<String>,
    },
    /// Work began.
    Start {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// As for [`Command::Accept`]; what was accepted is no longer held.
        overrides: Option<String>,
    },
    /// Attended work is put down for something more urgent.
    Pause {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// In words.
        reason: Option<String>,
    },
    /// What was paused goes on.
    Resume {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// As for [`Command::Accept`].
        overrides: Option<String>,
    },
    /// A machine's run of unknown length was looked at, and goes on.
    Review {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// When somebody looks again; as often as the policy says unless given.
        until: Option<Timestamp>,
        /// In words.
        reason: Option<String>,
    },
    /// A device was brought to a resource and is worked on there, whatever the plan was.
    WalkUp {
        /// Which submission.
        number: QueueNumber,
        /// Which resource; where the next stage is not its work, whoever at its site does that.
        resource: ResourceId,
        /// When.
        at: Timestamp,
        /// As for [`Command::Accept`].
        overrides: Option<String>,
    },
    /// Work ended, and the stage with it.
    Finish {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Tool used, if any.
        tool: Option<String>,
        /// Its version.
        tool_version: Option<String>,
        /// SHA-256 of what was extracted: 64 hex digits.
        hash: Option<String>,
        /// Whether it kept within what was asked for; not said where absent.
        scope: Option<ScopeKept>,
    },
    /// Work could not be done.
    Fail {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// What went wrong.
        cause: FailureCause,
        /// How many more wrong PINs the device takes, where somebody saw that.
        attempts_left: Option<u32>,
        /// In words.
        reason: Option<String>,
    },
    /// Whoever checks what was done sends it back.
    SendBack {
        /// The assignment that checks it.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// The stage from which on it is done anew.
        stage: String,
        /// Why.
        reason: String,
    },
    /// What was done is to be done anew.
    Rework {
        /// Of which submission.
        number: QueueNumber,
        /// The stage from which on.
        stage: String,
        /// Why.
        reason: String,
    },
    /// The assignment is taken back before it is started.
    Release {
        /// Which assignment.
        assignment: AssignmentId,
        /// Why.
        cause: ReleaseCause,
        /// In words.
        reason: Option<String>,
    },
    /// A resource is out of use in [from, until).
    DeclareOutage {
        /// Which resource.
        resource: ResourceId,
        /// First instant.
        from: Timestamp,
        /// First instant that is not.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// A resource is back in use: what puts it out of use at an instant, now or announced, ends there.
    EndOutage {
        /// Which resource.
        resource: ResourceId,
        /// From when on.
        at: Timestamp,
    },
    /// The unit's means are held to their standard: see [`Oversee`].
    Oversee(Oversee),
    /// A unit file was read.
    AdoptEstablishment {
        /// What it says.
        establishment: Box<Establishment>,
        /// Its text.
        text: String,
    },
    /// A policy file was read.
    AdoptPolicy {
        /// What it says.
        policy: Box<Policy>,
        /// Its text.
        text: String,
    },
    /// A bank-holiday file was read.
    AdoptHolidays {
        /// All of the unit's division.
        holidays: BTreeSet<NaiveDate>,
    },
    /// A roster was read, or there is none any more.
    AdoptRoster {
        /// All of it, in order.
        roster: Vec<Duty>,
    },
    /// A promise was missed.
    RecordBreach {
        /// Whose.
        number: QueueNumber,
        /// Which.
        promise: Word,
    },
    /// The latest start of a promise passed with nothing begun.
    RecordLatestStart {
        /// Whose.
        number: QueueNumber,
        /// Which.
        promise: Word,
    },
    /// The plan says that a promise will be missed.
    ForecastBreach {
        /// Whose.
        number: QueueNumber,
        /// Which.
        promise: Word,
        /// When the plan reaches the milestone; none where it can't say.
        expected: Option<Timestamp>,
    },
    /// Somebody answers for a breach.
    AcknowledgeBreach {
        /// Which.
        breach: BreachId,
        /// Why it came to that, and what is done about it.
        reason: String,
    },
    /// The plan keeps the promise after all.
    AvertBreach {
        /// Which.
        breach: BreachId,
    },
}
