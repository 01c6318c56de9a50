//! What of a job has its turn at once: all of it, what needs the device in hand or what does not, and of that perhaps only
//! what comes before a stage, so that somebody else can go between two stages of a job.

use serde::{Deserialize, Serialize};

use super::{Mark, Placed, Placer};
use crate::planner::instance::{Task, TaskState};

/// The stages of a job that are placed at one turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// All of them.
    Whole,
    /// What needs the device in hand, and handing it back.
    Device,
    /// What does not.
    Rest,
}

impl Part {
    /// Whether a stage is of it.
    pub fn has(self, task: &Task) -> bool {
        match self {
            Self::Whole => true,
            Self::Device => task.holds || task.returns,
            Self::Rest => !task.holds && !task.returns,
        }
    }
}

/// What of a job is placed at one turn: the stages of a part of it that have no place yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Index of the job.
    pub job: usize,
    pub part: Part,
    /// Only stages of a smaller index; the others have a later turn. All of them where it is none.
    pub until: Option<usize>,
}

impl Portion {
    /// All of a part.
    pub const fn all(job: usize, part: Part) -> Self {
        Self { job, part, until: None }
    }
}

impl Placer<'_, '_> {
    /// Of what was placed since a mark only what comes before a stage keeps its place, and what all else waits for: the run
    /// was looked at whole, so that what is kept is where the rest can best follow on it. What is handed back comes last.
    pub(super) fn keep_before(&mut self, until: usize, mark: Mark) {
        let job = self.turn.portion.job;
        let placed: Vec<(usize, Placed)> =
            self.placed[mark.placed..].iter().filter_map(|(_, task)| Some((*task, self.places[job][*task]?))).collect();
        self.undo(mark);
        let mut kept: Vec<usize> = Vec::new();
        // Whoever a stage comes after has an earlier look, whatever the order in the route.
        while let Some((task, place)) =
            placed.iter().find(|(task, _)| *task < until && !kept.contains(task) && self.may_be_kept(*task))
        {
            kept.push(*task);
            if let Some((resource, slot)) = place.on {
                let windows = &self.instance.windows[self.instance.resources[resource].windows];
                self.free.occupy(slot, place.start, place.end, windows);
                self.put(*task, *place);
            }
        }
    }

    /// Whether a stage has an end to set out from.
    fn may_be_kept(&self, task: usize) -> bool {
        let t = self.task(task);
        let placed = |before: &usize| self.at(*before).is_some() || matches!(self.task(*before).state, TaskState::Done { .. });
        !t.returns && t.after.iter().all(placed)
    }
}
