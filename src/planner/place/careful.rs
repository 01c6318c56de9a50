//! Work that may be cut off: begun so near to a close that it is done in time only if it takes no longer than expected. Tiers 0 to 2 leave
//! such a place to others, or to luck where there is no better one.
//!
//! Found by the simulator: the last half hour of a night shift was taken for checking a victim's phone; it took some minutes more, and
//! the rest waited for the next night, past the 24 hours. Others would have begun at seven.

use super::{Placer, is_missed_by_less};
use crate::planner::free::Spot;
use crate::planner::gap::FAR;
use crate::planner::instance::TaskState;

/// Whether a place is taken for what it may well come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// For what is expected.
    None,
    /// For what nine of ten stay within, where that comes past a close.
    Taken,
    /// The same, and some place was.
    Mattered,
}

impl Placer<'_, '_> {
    /// Places everything carefully, unless care alone makes a promise late, or later.
    pub(super) fn place_carefully(&mut self) {
        let (mark, job) = (self.mark(), self.turn.portion.job);
        self.turn.careful = Care::Taken;
        self.place_once();
        if self.turn.careful == Care::Taken {
            return;
        }
        let carefully = self.places[job].clone();
        self.undo(mark);
        self.turn.careful = Care::None;
        self.place_once();
        let is_late_by_care = is_missed_by_less(self.instance, job, &self.places[job], &carefully);
        self.turn.careful = Care::Taken;
        if self.places[job] != carefully && !is_late_by_care {
            self.undo(mark);
            self.place_once();
        }
    }

    /// The end for which a place counts beside others: its own; where what nine of ten stay within comes past a close that
    /// what is expected does not, the end of that, less the time by which it is longer.
    pub(super) fn counted(&mut self, task: usize, spot: Spot) -> i64 {
        if self.turn.careful == Care::None {
            return spot.end;
        }
        let instance = &mut *self.instance;
        let (j, place) = (&instance.jobs[self.turn.portion.job], &instance.resources[instance.resource_of[spot.slot]]);
        let t = &j.tasks[task];
        let Some(stage) = j.stage(task).filter(|_| t.state == TaskState::Open) else { return spot.end };
        let spare = (instance.unit.p90_time(j.submission, stage).0 - t.done - t.time).max(0);
        let speed = i64::from(place.resource.speed);
        let longer = if t.attended { (spare * 100 + speed - 1) / speed } else { spare };
        let length = t.time_on(place.resource) + longer;
        let windows = &mut instance.windows[place.windows];
        let end = if t.attended { windows.finish(spot.start, length) } else { windows.handover(spot.start + length) };
        let counts = spot.end.max(end.unwrap_or(FAR) - longer);
        if counts > spot.end {
            self.turn.careful = Care::Mattered;
        }
        counts
    }
}
