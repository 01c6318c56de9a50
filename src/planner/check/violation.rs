//! What can be wrong with a plan: typed, with what was expected and what was found, and one way of saying it.

pub use super::fault::{Bound, Field, LineFault, Listing, Moment, SlotFault, Subject};
use crate::domain::ids::{QueueNumber, ResourceId, SiteId, Slot, Word};
use crate::domain::policy::{Gate, Milestone};
use crate::domain::time::Timestamp;
use crate::planner::{Hold, LetGo, Reason, TierObjective};

/// A rule that a plan breaks, with what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// The plan was made from another state of the unit.
    Stale {
        /// The unit's place in the ledger.
        expected: i64,
        /// The plan's.
        found: i64,
    },
    /// A list of the plan is not what it says it is.
    List {
        /// Which.
        list: Listing,
        /// The first submission out of place.
        at: QueueNumber,
    },
    /// An unfinished stage is neither planned nor waiting.
    Lost {
        /// Which.
        at: Subject,
    },
    /// A stage is planned or waiting more than once.
    Doubled {
        /// Which.
        at: Subject,
        /// How often.
        times: usize,
    },
    /// A step or a waiting line is for something that is not open.
    NotOpen {
        /// Which.
        at: Subject,
    },
    /// A step's slot can't have it.
    Slot {
        /// Whose step.
        at: Subject,
        /// Why.
        fault: SlotFault,
        /// The slot found.
        found: Option<Slot>,
    },
    /// A step is not as fixed as the unit says.
    Hold {
        /// Whose step.
        at: Subject,
        /// What the unit says.
        expected: Hold,
        /// What the plan says.
        found: Hold,
    },
    /// Accepted or started work has no step.
    Dropped {
        /// Which.
        at: Subject,
        /// What it is.
        hold: Hold,
    },
    /// A step is before or after what bounds it.
    Bound {
        /// Whose step.
        at: Subject,
        /// Which rule.
        bound: Bound,
        /// The bound.
        expected: Timestamp,
        /// The moment found.
        found: Timestamp,
    },
    /// A moment is not the one that the rules give.
    Moment {
        /// Whose step.
        at: Subject,
        /// Which moment.
        moment: Moment,
        /// The moment that follows from the rules; none if there is none in the time that the plan spans.
        expected: Option<Timestamp>,
        /// The moment found.
        found: Timestamp,
    },
    /// The pieces of a step are not those that the windows give.
    Segments {
        /// Whose step.
        at: Subject,
        /// What the windows give.
        expected: Vec<(Timestamp, Timestamp)>,
        /// What the plan says.
        found: Vec<(Timestamp, Timestamp)>,
    },
    /// Unattended work touches a closed period or an outage.
    Closure {
        /// Whose step.
        at: Subject,
        /// The closed period.
        closed: (Timestamp, Timestamp),
        /// The step.
        found: (Timestamp, Timestamp),
    },
    /// Two steps use a slot at once.
    DoubleBooked {
        /// The later step.
        at: Subject,
        /// The earlier one.
        other: Subject,
        /// On which slot.
        slot: Slot,
        /// When the earlier one ends.
        expected: Timestamp,
        /// When the later one starts.
        found: Timestamp,
    },
    /// A step is in a time that is kept for another's appointment.
    Reserved {
        /// Which.
        at: Subject,
        /// Whose appointment.
        other: QueueNumber,
        /// On which slot.
        slot: Slot,
        /// What is kept.
        kept: (Timestamp, Timestamp),
        /// The step.
        found: (Timestamp, Timestamp),
    },
    /// A stage follows one that is not planned.
    PredecessorWaits {
        /// Whose step.
        at: Subject,
        /// The predecessor.
        predecessor: Subject,
    },
    /// A stage has the wrong person.
    Person {
        /// Whose step.
        at: Subject,
        /// The stage whose person counts.
        other: Subject,
        /// Whether it must be the same person, or another.
        same: bool,
        /// Who does the other stage.
        expected: ResourceId,
        /// Who does this one.
        found: ResourceId,
    },
    /// A stage is planned behind a shut gate.
    GateShut {
        /// Whose step.
        at: Subject,
        /// The gate.
        gate: Gate,
    },
    /// A stage is planned before an exhibit of the same case with a smaller rank is finished.
    EarlierExhibit {
        /// Whose step.
        at: Subject,
        /// The other.
        first: QueueNumber,
    },
    /// A moment of a milestone's line is wrong.
    Milestone {
        /// Whose.
        submission: QueueNumber,
        /// By which promise.
        promise: Word,
        /// Which moment.
        field: Field,
        /// As it follows from the plan and the rules.
        expected: Option<Timestamp>,
        /// As the plan says.
        found: Option<Timestamp>,
    },
    /// A milestone's line is missing, or wrong as a whole.
    Line {
        /// Whose.
        submission: QueueNumber,
        /// By which promise.
        promise: Word,
        /// Of which milestone.
        milestone: Milestone,
        /// What is wrong.
        fault: LineFault,
    },
    /// The objective is not the sum of the milestones.
    Objective {
        /// Tiers, in order.
        expected: Vec<TierObjective>,
        /// What the plan says.
        found: Vec<TierObjective>,
    },
    /// A stage waits, or a step starts later than now, and nothing says why.
    NoReason {
        /// Which.
        at: Subject,
    },
    /// A step starts now and yet has reasons why not.
    ReasonForNothing {
        /// Which.
        at: Subject,
    },
    /// A reason that holds is not given.
    ReasonMissing {
        /// Whose.
        at: Subject,
        /// The reason.
        expected: Reason,
    },
    /// A reason is given that does not hold.
    ReasonFalse {
        /// Whose.
        at: Subject,
        /// The reason.
        found: Reason,
    },
    /// A stage waits for none of the causes that can keep it without a place.
    WithoutCause {
        /// Which.
        at: Subject,
        /// A resource that can do it and whose dates don't lapse; none for a hand-back.
        able: Option<ResourceId>,
    },
    /// `clear_by` is past, or given where no gate is shut.
    ClearBy {
        /// Which.
        at: Subject,
        /// Whether a gate is shut.
        shut: bool,
        /// What the plan says.
        found: Timestamp,
    },
    /// `if_cleared_now` is missing behind a shut gate, or given where none is shut.
    IfCleared {
        /// Which.
        at: Subject,
        /// Whether a gate is shut.
        shut: bool,
    },
    /// Lower work takes away the last way to keep the guarded promise.
    GuardBroken {
        /// The last to begin of the work that lasts when the phone comes.
        at: Subject,
        /// Where it comes.
        site: SiteId,
        /// When.
        arrival: Timestamp,
    },
    /// The plan says that the guard gave way to a step, and it may not.
    GuardExcuse {
        /// Which.
        at: Subject,
        /// What the plan says.
        why: LetGo,
    },
    /// A step is held for a victim's phone that it would not harm.
    HeldNeedlessly {
        /// Which.
        at: Subject,
        /// Where it could be on its slot.
        place: (Timestamp, Timestamp),
    },
    /// A stage waits although a slot could still do it after everything else.
    Omitted {
        /// Which.
        at: Subject,
        /// The slot; none for a hand-back.
        slot: Option<Slot>,
        /// From, until.
        place: (Timestamp, Timestamp),
    },
}

impl Violation {
    /// Whether only what people are told is wrong: why something waits, and what would clear it. All that is done and
    /// promised by such a plan is right.
    pub const fn only_explains(&self) -> bool {
        matches!(
            self,
            Self::NoReason { .. }
                | Self::ReasonForNothing { .. }
                | Self::ReasonMissing { .. }
                | Self::ReasonFalse { .. }
                | Self::ClearBy { .. }
                | Self::IfCleared { .. }
        )
    }

    /// Whose plan is wrong; none where it is about the plan as a whole.
    pub const fn submission(&self) -> Option<QueueNumber> {
        match self {
            Self::Stale { .. } | Self::List { .. } | Self::Objective { .. } => None,
            Self::Milestone { submission, .. } | Self::Line { submission, .. } => Some(*submission),
            Self::Lost { at }
            | Self::Doubled { at, .. }
            | Self::NotOpen { at }
            | Self::Slot { at, .. }
            | Self::Hold { at, .. }
            | Self::Dropped { at, .. }
            | Self::Bound { at, .. }
            | Self::Moment { at, .. }
            | Self::Segments { at, .. }
            | Self::Closure { at, .. }
            | Self::DoubleBooked { at, .. }
            | Self::Reserved { at, .. }
            | Self::PredecessorWaits { at, .. }
            | Self::Person { at, .. }
            | Self::GateShut { at, .. }
            | Self::EarlierExhibit { at, .. }
            | Self::NoReason { at }
            | Self::ReasonForNothing { at }
            | Self::ReasonMissing { at, .. }
            | Self::ReasonFalse { at, .. }
            | Self::WithoutCause { at, .. }
            | Self::ClearBy { at, .. }
            | Self::IfCleared { at, .. }
            | Self::GuardBroken { at, .. }
            | Self::GuardExcuse { at, .. }
            | Self::HeldNeedlessly { at, .. }
            | Self::Omitted { at, .. } => Some(at.submission),
        }
    }
}
