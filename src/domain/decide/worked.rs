//! What the end of a stage tells of how long such work takes.

use crate::domain::calendar::Windows;
use crate::domain::durations::{Kind, Worked};
use crate::domain::establishment::Resource;
use crate::domain::policy::Stage;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, Earlier, Submission, Unit};

/// A machine's end that is recorded so soon after the doors opened was waiting behind them.
const TAKEN_OVER: i64 = 30 * 60;

/// How long a stage that ends at `at` took at speed 1, beside what the policy expected; none where that can't be told:
/// its resource is gone, or people worked while it was closed.
pub(super) fn worked(unit: &Unit, assignment: &Assignment, submission: &Submission, at: Timestamp) -> Option<Worked> {
    let (stage, start) = (unit.stage_of(assignment)?, assignment.started_at()?);
    let resource = unit.establishment.resource(&assignment.slot.resource)?;
    let mut windows = unit.windows(resource, start)?;
    let storage = unit.storage_of(submission);
    let (expected, kind) = (stage.time(storage), Kind::of(stage, &submission.facts, storage));
    if expected <= Seconds::ZERO {
        return None;
    }
    let took = if stage.attended {
        let before = assignment.earlier.map_or(Seconds::ZERO, |earlier| earlier.worked);
        Seconds(before.0 + at_speed(windows.between(start, at), resource).0)
    } else {
        run(&mut windows, start, at, start + unit.expected_time(submission, stage))
    };
    let told = took > Seconds::ZERO || start == at;
    told.then_some(Worked { kind, expected, took })
}

/// How much of a stage was done up to `at`, in seconds at speed 1; what was done before where that can't be told: its resource
/// is gone.
pub(super) fn worked_so_far(unit: &Unit, assignment: &Assignment, at: Timestamp) -> Seconds {
    let before = assignment.earlier.map_or(Seconds::ZERO, |earlier| earlier.worked);
    let since = || {
        let (start, resource) = (assignment.started_at()?, unit.establishment.resource(&assignment.slot.resource)?);
        Some(at_speed(unit.windows(resource, start)?.between(start, at), resource))
    };
    Seconds(before.0 + since().unwrap_or(Seconds::ZERO).0)
}

/// What is done in so much open time, at speed 1.
fn at_speed(open: Seconds, resource: &Resource) -> Seconds {
    Seconds(open.0 * i64::from(resource.speed) / 100)
}

/// How long a machine ran that was taken over at `at`. One that ended behind closed doors waited for somebody: then it
/// ran until it was expected to end, as far as that lies in the time in which nobody could see.
fn run(windows: &mut Windows, start: Timestamp, at: Timestamp, expected: Timestamp) -> Seconds {
    // Windows are half-open: with one second more, an end at the very opening is in it.
    let open = windows.pieces(start.unix(), at.unix().saturating_add(1));
    let Some((&(opened, _), before)) = open.split_last() else { return at - start };
    if opened <= start.unix() || at.unix() - opened > TAKEN_OVER {
        return at - start;
    }
    let closed = before.last().map_or(start.unix(), |(_, close)| *close);
    Timestamp::from_unix(expected.unix().clamp(closed, opened)) - start
}

/// When work begun at `at` is expected to end, hand-over included: attended work runs inside the resource's open time
/// alone, a machine runs through and is taken over when somebody is there. What was done `earlier` is done. None where the
/// resource never opens.
pub(super) fn expected_end(
    unit: &Unit,
    submission: &Submission,
    (stage, earlier): (&Stage, Option<&Earlier>),
    resource: &Resource,
    at: Timestamp,
) -> Option<Timestamp> {
    end_after(unit, stage, resource, at, unit.time_left(submission, stage, earlier))
}

/// When so much work on a stage, in seconds at speed 1, would be over that is begun at `at`: as [`expected_end`] has it.
pub(super) fn end_after(
    unit: &Unit,
    stage: &Stage,
    resource: &Resource,
    at: Timestamp,
    Seconds(time): Seconds,
) -> Option<Timestamp> {
    let mut windows = unit.windows(resource, at)?;
    let speed = i64::from(resource.speed.max(1));
    let end = if stage.attended {
        windows.finish(at.unix(), (time * 100 + speed - 1) / speed)
    } else {
        windows.handover(at.unix().saturating_add(time))
    };
    end.map(Timestamp::from_unix)
}
