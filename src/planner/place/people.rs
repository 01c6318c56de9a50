//! Whose hands a stage may be in, where that depends on whose another was in.

use std::rc::Rc;

use super::{Placer, Places, Turn};
use crate::planner::gap::FAR;
use crate::planner::instance::{Job, TaskState};

/// Whether a resource may do a stage, given who does the others, and where it failed.
pub(super) fn may(turn: &Turn, job: &Job, places: &Places, task: usize, resource: usize) -> bool {
    let done_by = |other: usize| match job.tasks[other].state {
        TaskState::Done { resource, .. } => resource,
        _ => places[other].and_then(|place| place.on).map(|(resource, _)| resource),
    };
    let t = &job.tasks[task];
    !turn.banned.contains(&(task, resource))
        && !t.barred.contains(&resource)
        && t.same.iter().all(|other| done_by(*other).is_none_or(|by| by == resource))
        && t.different.iter().all(|other| done_by(*other).is_none_or(|by| by != resource))
}

/// What an attempt comes to, the better the less. Work left undone counts first: a device goes home sooner where less is
/// done with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Outcome {
    /// Stages of work without a place.
    undone: usize,
    /// Hand-backs without one.
    not_home: usize,
    /// The last end.
    end: i64,
}

impl Placer<'_, '_> {
    /// The pools that can do a stage, those that can do least first.
    pub(super) fn can(&self, task: usize) -> Rc<[usize]> {
        let t = self.task(task);
        Rc::clone(if self.turn.anyone { &t.all } else { &t.eligible })
    }

    /// Tries again with somebody else for as long as a stage is left with nobody, and keeps the best attempt.
    pub(super) fn place_people(&mut self) {
        let mark = self.mark();
        let mut best: Option<(Outcome, usize)> = None;
        for _ in 0..=self.instance.resources.len() {
            self.undo(mark);
            self.attempt();
            let outcome = self.outcome();
            if best.is_none_or(|(least, _)| outcome < least) {
                best = Some((outcome, self.turn.banned.len()));
            }
            match self.blocked_by_person() {
                Some(ban) if !self.turn.banned.contains(&ban) => self.turn.banned.push(ban),
                _ => break,
            }
        }
        let Some((outcome, bans)) = best else { return };
        if bans < self.turn.banned.len() {
            self.undo(mark);
            self.turn.banned.truncate(bans);
            self.attempt();
        }
        if outcome.undone + outcome.not_home > 0 {
            // Who was kept from a stage for another's sake may still be all that it has.
            self.turn.banned.clear();
            self.turn.anyone = true;
            self.squeeze_in();
        }
    }

    fn outcome(&self) -> Outcome {
        let places = &self.places[self.turn.portion.job];
        let unplaced = |returns| {
            let of_kind = |task: &usize| self.task(*task).returns == returns;
            (0..places.len()).filter(of_kind).filter(|task| self.is_open(*task) && places[*task].is_none()).count()
        };
        let end = places.iter().flatten().map(|place| place.end).max().unwrap_or(FAR);
        Outcome { undone: unplaced(false), not_home: unplaced(true), end }
    }

    /// The choice of a person that left a later stage with nobody, if any.
    fn blocked_by_person(&self) -> Option<(usize, usize)> {
        let resource_of = |task: usize| self.at(task).and_then(|place| place.on).map(|(resource, _)| resource);
        let nobody = (0..self.tasks()).filter(|task| self.is_open(*task) && self.at(*task).is_none());
        let bound = nobody.flat_map(|task| self.task(task).same.iter().chain(&self.task(task).different));
        bound.copied().filter(|other| self.is_open(*other)).find_map(|other| Some((other, resource_of(other)?)))
    }
}
