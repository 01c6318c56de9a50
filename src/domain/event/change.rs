//! The changes that a ledger entry can record, one variant a kind.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::{FailureCause, Oversight, Pause, ReleaseCause, Rework, Treatment};
use crate::domain::agreement::Terms;
use crate::domain::clocks::Clock;
use crate::domain::durations::Worked;
use crate::domain::establishment::Establishment;
use crate::domain::flags::Flags;
use crate::domain::ids::{AssignmentId, BreachId, CaseId, QueueNumber, ResourceId, SiteId, Slot, Word};
use crate::domain::policy::{Milestone, Policy};
use crate::domain::roster::Duty;
use crate::domain::submission::{Facts, LockState};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, DataTaken, RemovalCause, Returned, Submission};

/// What rules read of an event. The `kind` of an entry is the variant's name in snake case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// A newer unit file rules from now on.
    EstablishmentAdopted {
        /// SHA-256 of the file's text, in hex.
        digest: String,
        /// What it says.
        establishment: Box<Establishment>,
    },
    /// A newer policy file rules from now on.
    PolicyAdopted {
        /// SHA-256 of the file's text, in hex.
        digest: String,
        /// What it says.
        policy: Box<Policy>,
    },
    /// Bank holidays other than the adopted ones.
    HolidaysAdopted {
        /// All of the unit's division.
        holidays: BTreeSet<NaiveDate>,
    },
    /// Another roster than the adopted one.
    RosterAdopted {
        /// All of it.
        roster: Vec<Duty>,
    },
    /// A submission entered the queue. References are sealed.
    Registered {
        /// Its queue number.
        number: QueueNumber,
        /// Its case.
        case: CaseId,
        /// What rules read of it.
        facts: Facts,
        /// Version of the policy that gave it its route and clocks.
        policy: String,
        /// Its route; none matched where absent.
        route: Option<Word>,
        /// Number of stages of the route.
        stages: usize,
        /// Every promise made.
        clocks: Vec<Clock>,
        /// Since when flags are set that promises rest on; none in entries from before they were kept.
        #[serde(default, skip_serializing_if = "Flags::is_empty")]
        flags: Flags,
    },
    /// The device user agreed, and has the written notice.
    AgreementRecorded {
        /// Whose device.
        number: QueueNumber,
        /// When they agreed.
        agreement_at: Timestamp,
        /// When they had the notice.
        notice_at: Timestamp,
        /// On what that rests; none where nobody said, and in entries from before it could be. What the user said is sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<Terms>,
    },
    /// By what right the device is examined. The words are sealed as `reason`.
    LegalBasisRecorded {
        /// Which submission.
        number: QueueNumber,
    },
    /// Necessity and scope authorised by the sealed `party`.
    Authorised {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
        /// Clocks that count from it.
        clocks: Vec<Clock>,
    },
    /// Whether the device can be opened.
    PinStatusRecorded {
        /// Which submission.
        number: QueueNumber,
        /// Its status, never its value.
        lock_state: LockState,
    },
    /// The device reached a site.
    Delivered {
        /// Which submission.
        number: QueueNumber,
        /// Where.
        site: SiteId,
        /// When.
        at: Timestamp,
        /// Clocks that count from it.
        clocks: Vec<Clock>,
    },
    /// The device went to another site and is there.
    Moved {
        /// Which submission.
        number: QueueNumber,
        /// Where it is now.
        site: SiteId,
        /// From when on.
        at: Timestamp,
    },
    /// Return may take place once verified; authorised by the sealed `party`.
    ReturnAuthorised {
        /// Which submission.
        number: QueueNumber,
    },
    /// The device was signed out to the officer who takes it to its owner (sealed `party`). The clock runs on.
    Collected {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
    },
    /// The owner has the device.
    Returned {
        /// Which submission.
        number: QueueNumber,
        /// When, to whom, how proved.
        returned: Returned,
        /// Index of the stage that this finishes, if the route has one.
        stage: Option<usize>,
    },
    /// A recorded return was wrong: in its time, in who received the device or how that was proved, or it never took place
    /// and the device is where it was before. Old and new value and the reason are sealed.
    ReturnCorrected {
        /// Which submission.
        number: QueueNumber,
        /// Which field.
        field: String,
        /// The return as corrected; none where there was none.
        returned: Option<Returned>,
        /// Index of the stage that a return finishes, if the route has one.
        stage: Option<usize>,
    },
    /// A closed submission is needed again: it and its breaches as they stood, so that the ledger folds without tables.
    /// References are sealed.
    Recalled {
        /// As it was when it closed, without its particulars.
        submission: Box<Submission>,
        /// Its breaches, all of them ended.
        breaches: Vec<Breach>,
    },
    /// A recorded value was wrong. The sealed part has all particulars as corrected and the reason; old entries stay.
    Corrected {
        /// Which submission.
        number: QueueNumber,
        /// Its case under the corrected reference.
        case: CaseId,
        /// Which column.
        field: String,
        /// All facts as corrected.
        facts: Facts,
        /// Its route under the corrected facts, if nothing was begun; else as before.
        route: Option<Word>,
        /// Version of the policy the route is from.
        policy: String,
        /// Number of stages of the route.
        stages: usize,
        /// Clocks under the corrected facts: old and new due stand in the ledger.
        clocks: Vec<Clock>,
        /// Since when flags are set that promises rest on; none in entries from before they were kept.
        #[serde(default, skip_serializing_if = "Flags::is_empty")]
        flags: Flags,
    },
    /// Its examination was ended before its end: what is not done will not be, but for handing the device back. The
    /// reason is sealed. After a refusal that its owner, or whoever asked, does not want it either.
    Removed {
        /// Which submission.
        number: QueueNumber,
        /// Since when.
        at: Timestamp,
        /// Why.
        cause: RemovalCause,
        /// What happened to data that was taken.
        data: DataTaken,
    },
    /// The officer in the case challenges that it was refused. The reason is sealed.
    Challenged {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
    },
    /// The unit's head let the refusal stand. The reason is sealed.
    ChallengeRejected {
        /// Which submission.
        number: QueueNumber,
        /// When.
        at: Timestamp,
    },
    /// It goes on where it stopped: the unit's head upheld the challenge. The reason is sealed.
    Reinstated {
        /// Which submission.
        number: QueueNumber,
    },
    /// A stage was given to a slot.
    Assigned {
        /// Its number.
        assignment: AssignmentId,
        /// Whose stage.
        number: QueueNumber,
        /// Index in the route.
        stage: usize,
        /// Who does it.
        slot: Slot,
        /// Planned start.
        start: Timestamp,
        /// Planned end.
        end: Timestamp,
    },
    /// The slot took it on.
    Accepted {
        /// Which assignment.
        assignment: AssignmentId,
        /// The person who took it on.
        by: String,
        /// A supervisor had it done although it was held for a victim's phone: where that may come. The reason is sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overrode: Option<SiteId>,
    },
    /// Work began.
    Started {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Expected end.
        end: Timestamp,
        /// When somebody looks whether it goes on, where nobody knows its length.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review_at: Option<Timestamp>,
        /// The person who works on it.
        by: String,
        /// A supervisor had it done although it was held for a victim's phone: where that may come. The reason is sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overrode: Option<SiteId>,
    },
    /// Work ended, and the stage with it.
    Finished {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// Tool used, if any.
        tool: Option<String>,
        /// Its version.
        tool_version: Option<String>,
        /// SHA-256 of what was extracted, in hex.
        hash: Option<String>,
        /// How long it took; none where that could not be told, and in entries from before it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        worked: Option<Worked>,
        /// More was taken than was asked for, and what happened to that. Why is sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wider: Option<DataTaken>,
    },
    /// Work could not be done; the stage is open again.
    Failed {
        /// Which assignment.
        assignment: AssignmentId,
        /// When.
        at: Timestamp,
        /// What went wrong.
        cause: FailureCause,
        /// Where, so that it stays in mind; none in entries from before it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<ResourceId>,
        /// How many more wrong PINs the device takes, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempts_left: Option<u32>,
    },
    /// The assignment was taken back before it was started; the stage is open again.
    Released {
        /// Which assignment.
        assignment: AssignmentId,
        /// Why.
        cause: ReleaseCause,
    },
    /// The plan says that a promise will be missed.
    BreachForecast {
        /// Its number.
        breach: BreachId,
        /// Whose promise.
        number: QueueNumber,
        /// Which promise.
        promise: Word,
        /// What was promised.
        milestone: Milestone,
        /// When it is due.
        due: Timestamp,
        /// When the plan reaches it; none where it can't say.
        expected: Option<Timestamp>,
        /// Whether nobody could have kept it: see [`is_unavoidable`](crate::domain::guard::is_unavoidable).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unavoidable: Option<bool>,
    },
    /// A forecast breach no longer is: the plan keeps the promise.
    BreachAverted {
        /// Which.
        breach: BreachId,
    },
    /// The latest moment passed at which the first work on a device could begin and its promise still be kept; it happened
    /// then.
    LatestStartPassed {
        /// Which submission.
        number: QueueNumber,
        /// Which promise.
        promise: Word,
        /// When that promise is due.
        due: Timestamp,
    },
    /// A promise was missed; it happened when it fell due.
    Breached {
        /// Its number; that of its forecast, where there was one.
        breach: BreachId,
        /// Whose promise.
        number: QueueNumber,
        /// Which promise.
        promise: Word,
        /// What was promised.
        milestone: Milestone,
        /// When it fell due.
        due: Timestamp,
        /// Whether nobody could have kept it; as its forecast had it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unavoidable: Option<bool>,
    },
    /// The milestone of a missed promise was reached, or is not wanted any more.
    BreachClosed {
        /// Which.
        breach: BreachId,
        /// When.
        at: Timestamp,
    },
    /// Somebody answers for a breach. The reason is sealed.
    BreachAcknowledged {
        /// Which.
        breach: BreachId,
        /// The person.
        by: String,
    },
    /// The owner has a replacement handset: the breach counts all the same.
    BreachMitigated {
        /// Which.
        breach: BreachId,
        /// Since when.
        at: Timestamp,
    },
    /// A correction showed that the milestone of a missed promise was not reached: it is open again.
    BreachReopened {
        /// Which.
        breach: BreachId,
    },
    /// A correction showed that there was nothing to miss: the promise was not made, or is not due yet. Shown apart.
    BreachVoided {
        /// Which.
        breach: BreachId,
    },
    /// A late entry showed that the milestone was reached in time: kept, and shown apart.
    BreachDisproved {
        /// Which.
        breach: BreachId,
        /// When it was reached.
        at: Timestamp,
    },
    /// What people decided about a submission beside its gates and its work.
    #[serde(untagged)]
    Treated(Treatment),
    /// Attended work was put down for something more urgent, or goes on.
    #[serde(untagged)]
    Interrupted(Pause),
    /// Something was held to its standard.
    #[serde(untagged)]
    Overseen(Oversight),
    /// What was done has to be done anew.
    #[serde(untagged)]
    Reworked(Rework),
}
