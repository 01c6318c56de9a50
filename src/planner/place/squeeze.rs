//! What found no place along the run: before, between or beside what has one.

use super::{Frontier, Placed, Placer};
use crate::planner::free::Spot;
use crate::planner::gap::FAR;

impl Placer<'_, '_> {
    /// A stage beside the run that found no place after it may still find one before or between: dates lapse. What
    /// follows on it is then looked at again.
    pub(super) fn squeeze_in(&mut self) {
        let mut tried = Vec::new();
        while let Some(task) = (0..self.tasks()).find(|t| !tried.contains(t) && self.unplaced(*t)) {
            if self.task(task).returns {
                // With none of them the device is where it was recorded last: perhaps moved since work on it ended.
                if let Some((site, at)) = self.last_held() {
                    self.run.begin(Frontier::at(site, at), Some((site, at)));
                }
                self.hand_back(task);
            } else if self.task(task).holds {
                if let Some(spot) = self.between_holds(task) {
                    self.take(task, spot);
                }
            } else {
                self.without_device(task);
            }
            if self.at(task).is_some() {
                tried.clear();
            } else {
                tried.push(task);
            }
        }
    }

    fn unplaced(&self, task: usize) -> bool {
        self.is_open(task) && self.at(task).is_none() && self.ready(task).is_some()
    }

    /// The earliest place for a stage that holds the device before or between others that do, travel to and fro
    /// included; after them it found none.
    fn between_holds(&mut self, task: usize) -> Option<Spot> {
        let ready = self.ready(task)?;
        let (site, at) = self.instance.jobs[self.turn.portion.job].device;
        let mut holds: Vec<(i64, i64, usize)> = vec![(at, at.max(self.turn.release), site)];
        for other in 0..self.tasks() {
            if let (true, Some(Placed { on: Some((resource, _)), start, end })) = (self.task(other).holds, self.at(other)) {
                holds.push((start, end, self.instance.resources[resource].site));
            }
        }
        holds.sort_unstable();
        let can = self.can(task);
        let handed_back = (0..self.tasks()).any(|t| self.task(t).returns && self.at(t).is_some());
        for (i, before) in holds.iter().enumerate() {
            for &pool in &*can {
                let site = self.instance.resources[self.instance.pools[pool][0]].site;
                let from = ready.max(before.1 + self.instance.travel[before.2][site]);
                let found = self.earliest_in(task, pool, from, FAR);
                let fits = |spot: &Spot| match holds.get(i + 1) {
                    Some(next) => spot.end + self.instance.travel[site][next.2] <= next.0,
                    None => !handed_back,
                };
                if let Some(spot) = found.filter(fits) {
                    return Some(spot);
                }
            }
        }
        None
    }

    /// Site and end of the last placed stage that holds the device.
    fn last_held(&self) -> Option<(usize, i64)> {
        let held = (0..self.tasks()).filter(|t| self.task(*t).holds).filter_map(|t| {
            let placed = self.at(t)?;
            Some((self.instance.resources[placed.on?.0].site, placed.end))
        });
        held.max_by_key(|(_, end)| *end)
    }
}
