//! What found no place along the run: before, between or beside what has one.

use super::{Attempt, Frontier, Placed};
use crate::planner::instance::TaskState;
use crate::planner::timeline::FAR;

impl Attempt<'_, '_> {
    /// A stage beside the run that found no place after it may still find one before or between: dates lapse. What
    /// follows on it is then looked at again.
    pub(super) fn squeeze_in(&mut self) {
        let mut tried = Vec::new();
        while let Some(task) = (0..self.places.len()).find(|t| !tried.contains(t) && self.unplaced(*t)) {
            if self.task(task).returns {
                // With none of them the device is where it was recorded last: perhaps moved since work on it ended.
                if let Some((site, at)) = self.last_held() {
                    self.last_hold = Some((site, at));
                    self.frontiers = vec![Frontier { site, at, moves: 0, step: None }];
                    self.live = 0;
                }
                self.hand_back(task);
            } else {
                self.places[task] = if self.task(task).holds { self.between_holds(task) } else { self.without_device(task) };
            }
            if self.places[task].is_some() {
                tried.clear();
            } else {
                tried.push(task);
            }
        }
    }

    fn unplaced(&self, task: usize) -> bool {
        self.task(task).state == TaskState::Open && self.places[task].is_none() && self.ready(task).is_some()
    }

    /// The earliest place for a stage that holds the device before or between others that do, travel to and fro
    /// included; after them it found none.
    fn between_holds(&mut self, task: usize) -> Option<Placed> {
        let ready = self.ready(task)?;
        let (site, at) = self.instance.jobs[self.job].device;
        let mut holds: Vec<(i64, i64, usize)> = vec![(at, at.max(self.release), site)];
        for (other, place) in self.places.iter().enumerate() {
            if let (true, Some(Placed { on: Some((resource, _)), start, end })) = (self.task(other).holds, place) {
                holds.push((*start, *end, self.instance.resources[*resource].site));
            }
        }
        holds.sort_unstable();
        let able = self.able(task);
        let handed_back = (0..self.places.len()).any(|t| self.task(t).returns && self.places[t].is_some());
        for (i, before) in holds.iter().enumerate() {
            for pool in &able {
                let site = self.site_of(pool);
                let from = ready.max(before.1 + self.instance.travel[before.2][site]);
                let found = self.earliest_in(task, pool, from, FAR);
                let fits = |placed: &Placed| match holds.get(i + 1) {
                    Some(next) => placed.end + self.instance.travel[site][next.2] <= next.0,
                    None => !handed_back,
                };
                if let Some(placed) = found.filter(fits) {
                    return Some(placed);
                }
            }
        }
        None
    }

    /// Site and end of the last placed stage that holds the device.
    pub(super) fn last_held(&self) -> Option<(usize, i64)> {
        let held = (0..self.places.len()).filter(|t| self.task(*t).holds).filter_map(|t| {
            let placed = self.places[t]?;
            Some((self.instance.resources[placed.on?.0].site, placed.end))
        });
        held.max_by_key(|(_, end)| *end)
    }
}
