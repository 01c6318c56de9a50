//! What violations speak of: stages, bounds, moments, fields, lists.

use crate::domain::ids::{QueueNumber, Word};
use std::fmt;

/// A stage of a submission, as violations name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Whose stage.
    pub submission: QueueNumber,
    /// Index in its route; none where it is about the whole submission.
    pub stage: Option<usize>,
    /// The stage's name; none where its route has no such stage.
    pub name: Option<Word>,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.stage) {
            (Some(name), Some(stage)) => write!(f, "{} stage {stage} ({name})", self.submission),
            (None, Some(stage)) => write!(f, "{} stage {stage}", self.submission),
            (_, None) => write!(f, "{}", self.submission),
        }
    }
}

/// A rule of time that a step's start must wait for, or its end must not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nothing starts before now.
    Now,
    /// Predecessors end before a stage starts.
    Predecessor,
    /// The device must have come to the slot's site.
    Device,
    /// An accepted assignment is not moved.
    Accepted,
    /// A step does not end before it starts.
    Start,
    /// Running work ends after now.
    Running,
    /// Validation ends with a local day.
    Validated,
    /// Competence ends with a local day.
    Competent,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now => "starts before now",
            Self::Predecessor => "starts before a predecessor ends",
            Self::Device => "starts before the device can be there",
            Self::Accepted => "starts before the time at which it was accepted",
            Self::Start => "ends before it starts",
            Self::Running => "runs now and has ended already",
            Self::Validated => "ends after validated_until of its resource",
            Self::Competent => "ends after competent_until of its resource",
        })
    }
}

/// A moment that follows exactly from the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// When started work began.
    Started,
    /// When running work ends: as recorded, while that is to come.
    RunningEnd,
    /// When accepted work starts.
    Accepted,
    /// A start, at which the slot must be open.
    Open,
    /// The end of attended work.
    AttendedEnd,
    /// The first moment at which unattended work can be handed over.
    HandOver,
    /// Start of a hand-back.
    HandBackStart,
    /// End of a hand-back.
    HandBackEnd,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Started => "running work starts when it was started",
            Self::RunningEnd => "running work ends when its assignment says",
            Self::Accepted => "accepted work starts when its assignment says",
            Self::Open => "starts when its slot is closed",
            Self::AttendedEnd => "end of attended work",
            Self::HandOver => "hand-over of unattended work",
            Self::HandBackStart => "start of the hand-back",
            Self::HandBackEnd => "end of the hand-back",
        })
    }
}

/// Why a slot can't have a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotFault {
    /// A stage with a resource needs a slot.
    Missing,
    /// A hand-back has none.
    Surplus,
    /// The unit has no such slot.
    Unknown,
    /// Its kind is not in the stage's `by`.
    Kind,
    /// It does not carry out stages of this name.
    Stage,
    /// It does not work at the submission's level.
    Level,
    /// It does not take the submission's kind of device.
    Device,
    /// A quality hold is on it, or on what it works with.
    Held,
    /// It is not the slot of the assignment.
    Assignment,
}

impl fmt::Display for SlotFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "a stage with a resource needs a slot",
            Self::Surplus => "a hand-back has no slot",
            Self::Unknown => "the unit has no such slot",
            Self::Kind => "the stage is not for a resource of this kind",
            Self::Stage => "the resource does not carry out this stage",
            Self::Level => "the resource does not work at this level",
            Self::Device => "the resource does not take this kind of device",
            Self::Held => "a quality hold is on the resource",
            Self::Assignment => "its assignment is to another slot",
        })
    }
}

/// Which part of a milestone's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// When the plan reaches it.
    At,
    /// When it is due.
    Due,
    /// Latest moment at which it can in fact be reached.
    EffectiveDue,
}

impl Field {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Due => "due",
            Self::EffectiveDue => "effective_due",
        }
    }
}

/// A line of milestones that is wrong as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// The promise runs and its milestone is planned, yet no line says so.
    Missing,
    /// The promise does not run, or its milestone is not planned.
    Surplus,
    /// Tier or milestone is not the promise's.
    Promise,
}

/// Which list of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Open submissions, each once.
    Order,
    /// By start, then rank.
    Steps,
    /// By rank.
    Milestones,
    /// By rank.
    Waiting,
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order => "`order` does not have every open submission once",
            Self::Steps => "`steps` are not by start, then rank",
            Self::Milestones => "`milestones` are not by rank",
            Self::Waiting => "`waiting` is not by rank",
        })
    }
}
