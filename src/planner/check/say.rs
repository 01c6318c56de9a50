//! How a violation is said.

use std::collections::BTreeSet;
use std::fmt;

use super::violation::{LineFault, Violation};
use crate::domain::calendar::Zone;
use crate::domain::time::Timestamp;
use crate::planner::Reason;

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
            Self::Reserved { at, other, slot, kept, found } => {
                write!(f, "{at}: {slot} is kept for the appointment of {other}: kept {}, found {}", span(kept), span(found))
            }
            Self::PredecessorWaits { at, predecessor } => write!(f, "{at}: planned, and its predecessor {predecessor} is not"),
            Self::Person { at, other, same, expected, found } => {
                let rule = if *same { "the same person as" } else { "another person than" };
                write!(f, "{at}: must have {rule} {other}: that is {expected}, found {found}")
            }
            Self::GateShut { at, gate } => write!(f, "{at}: planned behind a shut gate: {}", gate.as_str()),
            Self::EarlierExhibit { at, first } => write!(f, "{at}: planned before {first}, an earlier exhibit, is finished"),
            Self::Milestone { .. } | Self::Line { .. } | Self::Objective { .. } => self.say_milestone(f),
            Self::GuardBroken { at, site, arrival } => {
                write!(
                    f,
                    "{at}: guard broken: a victim's phone that reaches {site} at {arrival} can't be back in time because of it"
                )
            }
            Self::GuardExcuse { at, why } => write!(f, "{at}: the guard gave way to it ({}), which it may not", why.as_str()),
            Self::HeldNeedlessly { at, place } => write!(f, "{at}: held needlessly: {} would harm no phone", span(place)),
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
            Self::ReasonMissing { at, expected } => write!(f, "{at}: reason {} expected, not found", words(expected)),
            Self::ReasonFalse { at, found } => write!(f, "{at}: reason {} found, which does not hold", words(found)),
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

/// A reason with its data, instants in UTC.
fn words(reason: &Reason) -> String {
    let zone = Zone { time_zone: chrono_tz::UTC, holidays: BTreeSet::new() };
    reason.json(&zone, &|number| number.to_string()).to_string()
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
