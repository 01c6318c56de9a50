//! What can be wrong with a plan: typed, with what was expected and what was found, and one way of saying it.

use crate::domain::ids::{QueueNumber, ResourceId, Slot, Word};
use crate::domain::policy::{Gate, Milestone};
use crate::domain::time::Timestamp;
use crate::planner::{Hold, Reason, TierObjective};
use std::fmt;

pub use super::fault::{Bound, Field, LineFault, Listing, Moment, SlotFault, Subject};

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
            | Self::Omitted { at, .. } => Some(at.submission),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale { expected, found } => write!(f, "the plan is for another state: expected {expected}, found {found}"),
            Self::List { list, at } => write!(f, "{list}: see {at}"),
            Self::Lost { at } => write!(f, "{at}: neither planned nor waiting"),
            Self::Doubled { at, times } => write!(f, "{at}: planned or waiting once expected, {times} times found"),
            Self::NotOpen { at } => write!(f, "{at}: planned or waiting, and not open"),
            Self::Slot { at, fault, found } => write!(f, "{at}: {fault}: found {}", maybe(found.as_ref())),
            Self::Hold { at, expected, found } => write!(f, "{at}: how fixed it is: expected {expected:?}, found {found:?}"),
            Self::Dropped { at, hold } => write!(f, "{at}: work that is {hold:?} has no step"),
            Self::Bound { at, bound, expected, found } => write!(f, "{at}: {bound}: bound {expected}, found {found}"),
            Self::Moment { at, moment, expected, found } => {
                write!(f, "{at}: {moment}: expected {}, found {found}", maybe(expected.as_ref()))
            }
            Self::Segments { at, expected, found } => {
                write!(f, "{at}: segments: expected {}, found {}", spans(expected), spans(found))
            }
            Self::Closure { at, closed, found } => {
                write!(f, "{at}: unattended work touches a closed period: closed {}, found {}", span(closed), span(found))
            }
            Self::DoubleBooked { at, other, slot, expected, found } => {
                write!(f, "{at}: {slot} is taken by {other}: free from {expected}, found {found}")
            }
            Self::PredecessorWaits { at, predecessor } => write!(f, "{at}: planned, and its predecessor {predecessor} is not"),
            Self::Person { at, other, same, expected, found } => {
                let rule = if *same { "the same person as" } else { "another person than" };
                write!(f, "{at}: must have {rule} {other}: that is {expected}, found {found}")
            }
            Self::GateShut { at, gate } => write!(f, "{at}: planned behind a shut gate: {}", gate.as_str()),
            Self::EarlierExhibit { at, first } => write!(f, "{at}: planned before {first}, an earlier exhibit, is finished"),
            Self::Milestone { .. } | Self::Line { .. } | Self::Objective { .. } => self.say_milestone(f),
            _ => self.say_reason(f),
        }
    }
}

impl Violation {
    fn say_milestone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Milestone { submission, promise, field, expected, found } => {
                let (expected, found) = (maybe(expected.as_ref()), maybe(found.as_ref()));
                write!(f, "{submission} promise {promise}: {}: expected {expected}, found {found}", field.as_str())
            }
            Self::Line { submission, promise, milestone, fault } => {
                let fault = match fault {
                    LineFault::Missing => "one line expected, none found",
                    LineFault::Surplus => "no line expected, one found",
                    LineFault::Promise => "tier or milestone is not the promise's",
                };
                write!(f, "{submission} promise {promise}, milestone {}: {fault}", milestone.as_str())
            }
            Self::Objective { expected, found } => write!(f, "objective: expected {expected:?}, found {found:?}"),
            _ => Ok(()),
        }
    }

    fn say_reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReason { at } => write!(f, "{at}: a reason expected, none found"),
            Self::ReasonForNothing { at } => write!(f, "{at}: starts now, so no reason expected, some found"),
            Self::ReasonMissing { at, expected } => write!(f, "{at}: reason {expected:?} expected, not found"),
            Self::ReasonFalse { at, found } => write!(f, "{at}: reason {found:?} found, which does not hold"),
            Self::WithoutCause { at, able } => write!(f, "{at}: waits without cause: {} can do it", maybe(able.as_ref())),
            Self::ClearBy { at, shut, found } => {
                write!(f, "{at}: clear_by {found}: past, or given where no gate is shut (shut: {shut})")
            }
            Self::IfCleared { at, shut } => {
                write!(f, "{at}: if_cleared_now expected only behind a shut gate (shut: {shut}), and always there")
            }
            Self::Omitted { at, slot, place } => {
                write!(f, "{at}: waits, and after all else {} could do it {}", maybe(slot.as_ref()), span(place))
            }
            _ => Ok(()),
        }
    }
}

fn maybe(value: Option<&impl fmt::Display>) -> String {
    value.map_or_else(|| "none".to_owned(), ToString::to_string)
}

fn span(span: &(Timestamp, Timestamp)) -> String {
    format!("{} to {}", span.0, span.1)
}

fn spans(spans: &[(Timestamp, Timestamp)]) -> String {
    let spans: Vec<String> = spans.iter().map(span).collect();
    format!("[{}]", spans.join(", "))
}
