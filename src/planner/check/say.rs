//! What is wrong with a plan, in words: submission, stage, rule, what was expected and what was found.

use std::fmt;

use super::violation::{Bound, Field, LineFault, Listing, Moment, SlotFault, Subject, Violation};
use crate::domain::time::Timestamp;

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.stage) {
            (Some(name), Some(stage)) => write!(f, "{} stage {stage} ({name})", self.submission),
            (None, Some(stage)) => write!(f, "{} stage {stage}", self.submission),
            (_, None) => write!(f, "{}", self.submission),
        }
    }
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
            Self::Assignment => "its assignment is to another slot",
        })
    }
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

impl Field {
    const fn as_str(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Due => "due",
            Self::EffectiveDue => "effective_due",
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
