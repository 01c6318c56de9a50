//! Who and what does the work, as the planner sees it: resources, their windows, and pools of those that are as good as
//! each other.

use std::collections::BTreeMap;

use super::gap::FAR;
use super::instance::{Instance, site_index};
use crate::domain::calendar::{Exceptions, Windows};
use crate::domain::establishment::Resource;
use crate::domain::ids::Word;
use crate::domain::policy::{Policy, Stage};
use crate::domain::time::Timestamp;

/// A calendar and what is cut out of it.
type Hours<'a> = (&'a Word, Exceptions);

/// What makes resources as good as each other: where, in which windows and until when they work, whether they may, how fast,
/// and what they can do.
type Likeness<'a> = ((usize, usize, i64, bool), u32, u8, &'a [Word], Option<&'a [u8]>, Option<&'a [Word]>);

/// A resource.
pub struct Place<'a> {
    pub resource: &'a Resource,
    pub site: usize,
    /// Which of `pools` it belongs to.
    pub pool: usize,
    pub windows: usize,
    /// Steps must end by then.
    pub lapse: i64,
    /// Whether a quality hold is on it: what runs on it runs on, and nothing begins.
    pub held: bool,
    /// Number of its first slot among all slots.
    pub first_slot: usize,
    /// How many things it can do: those that can do least are used first.
    pub abilities: usize,
}

impl Place<'_> {
    /// Whether it is of a kind that does a stage, and can do it on a device at a level.
    pub fn can(&self, stage: &Stage, level: u8, device: &Word) -> bool {
        stage.by.contains(&self.resource.kind) && self.resource.can(&stage.name, level, device)
    }

    /// The numbers of its slots.
    pub fn slots(&self) -> std::ops::Range<usize> {
        self.first_slot..self.first_slot + self.resource.slots as usize
    }
}

impl Instance<'_> {
    /// Takes in the resources of the unit file that have a calendar and a site.
    pub fn add_resources(&mut self, now: Timestamp) {
        let establishment = &*self.unit.establishment;
        let mut compiled: BTreeMap<Hours, usize> = BTreeMap::new();
        let mut pools: BTreeMap<Likeness, usize> = BTreeMap::new();
        let mut first_slot = 0;
        for resource in &establishment.resources {
            let (Some(calendar), Some(site)) =
                (establishment.calendar(&resource.calendar), site_index(establishment, &resource.site))
            else {
                continue;
            };
            let windows =
                *compiled.entry((&calendar.id, self.unit.exceptions(resource))).or_insert_with_key(|(_, exceptions)| {
                    self.windows.push(Windows::with(&calendar.hours, &establishment.zone, exceptions, now));
                    self.windows.len() - 1
                });
            let lapse = resource.lapses().map_or(FAR, |day| establishment.zone.end_of_day(day).unix());
            let held = self.unit.hold_on(&resource.id).is_some();
            let pool = *pools.entry(likeness(resource, (site, windows, lapse, held))).or_insert_with(|| {
                self.pools.push(Vec::new());
                self.pools.len() - 1
            });
            self.pools[pool].push(self.resources.len());
            self.resources.push(Place {
                resource,
                site,
                pool,
                windows,
                lapse,
                held,
                first_slot,
                abilities: abilities(resource, &self.unit.policy),
            });
            self.resource_of.extend(std::iter::repeat_n(self.resources.len() - 1, resource.slots as usize));
            first_slot += resource.slots as usize;
        }
    }
}

fn likeness(resource: &Resource, place: (usize, usize, i64, bool)) -> Likeness<'_> {
    let (levels, devices) = (resource.levels.as_deref(), resource.devices.as_deref());
    (place, resource.speed, resource.kind as u8, &resource.stages, levels, devices)
}

fn abilities(resource: &Resource, policy: &Policy) -> usize {
    let levels = resource.levels.as_ref().map_or(9, Vec::len);
    let devices = resource.devices.as_ref().map_or(policy.devices.len(), Vec::len);
    resource.stages.len() * levels * devices
}
