//! Who and what does the work, as the planner sees it: resources, their windows, and pools of those that are as good as
//! each other.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::instance::{Instance, site_index};
use super::timeline::FAR;
use crate::domain::calendar::Windows;
use crate::domain::establishment::Resource;
use crate::domain::ids::Word;
use crate::domain::policy::{Policy, Stage};
use crate::domain::time::Timestamp;

/// A calendar and what is cut out of it.
type Hours<'a> = (&'a Word, Vec<(Timestamp, Timestamp)>);

/// What makes resources as good as each other: where, in which windows and until when they work, how fast, and what they
/// can do.
type Likeness<'a> = ((usize, usize, i64), u32, u8, &'a [Word], Option<&'a [u8]>, Option<&'a [Word]>);

/// A resource.
pub struct Place<'a> {
    pub resource: &'a Resource,
    pub site: usize,
    /// Which of `pools` it belongs to.
    pub pool: usize,
    pub windows: usize,
    /// Steps must end by then.
    pub lapse: i64,
    /// Number of its first slot among all slots.
    pub first_slot: usize,
    /// How many things it can do: those that can do least are used first.
    pub abilities: usize,
}

impl Place<'_> {
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
            let outages = self.unit.outages.get(&resource.id).into_iter().flatten();
            let mut closed: Vec<_> = resource.closed.iter().chain(outages).map(|c| (c.from, c.until)).collect();
            closed.sort_unstable();
            let windows = *compiled.entry((&calendar.id, closed)).or_insert_with_key(|(_, closed)| {
                self.windows.push(Windows::new(&calendar.hours, &establishment.zone, closed, now));
                self.windows.len() - 1
            });
            let lapse = resource.lapses().map_or(FAR, |day| establishment.zone.end_of_day(day).unix());
            let pool = *pools.entry(likeness(resource, (site, windows, lapse))).or_insert_with(|| {
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
                first_slot,
                abilities: abilities(resource, &self.unit.policy),
            });
            first_slot += resource.slots as usize;
        }
    }
}

fn likeness(resource: &Resource, place: (usize, usize, i64)) -> Likeness<'_> {
    let (levels, devices) = (resource.levels.as_deref(), resource.devices.as_deref());
    (place, resource.speed, resource.kind as u8, &resource.stages, levels, devices)
}

fn abilities(resource: &Resource, policy: &Policy) -> usize {
    let levels = resource.levels.as_ref().map_or(9, Vec::len);
    let devices = resource.devices.as_ref().map_or(policy.devices.len(), Vec::len);
    resource.stages.len() * levels * devices
}

type Class<'a> = (Vec<u8>, Word, u8, Word);

/// The pools that can do a stage, found once for each kind of stage and device.
#[derive(Default)]
pub struct Eligible {
    known: BTreeMap<Class<'static>, Rc<[usize]>>,
}

impl Eligible {
    /// Those that can do a stage on a device at a level.
    pub fn of(&mut self, stage: &Stage, level: u8, device: &Word, instance: &Instance) -> Rc<[usize]> {
        let kinds = stage.by.iter().map(|kind| *kind as u8).collect();
        let class = (kinds, stage.name.clone(), level, device.clone());
        let found = self.known.entry(class).or_insert_with(|| {
            let one_of = |pool: usize| instance.pools[pool].first().map(|resource| &instance.resources[*resource]);
            let can = |place: &Place| stage.by.contains(&place.resource.kind) && place.resource.can(&stage.name, level, device);
            let mut able: Vec<usize> = (0..instance.pools.len()).filter(|pool| one_of(*pool).is_some_and(can)).collect();
            able.sort_by_key(|pool| (one_of(*pool).map(|place| place.abilities), *pool));
            able.into()
        });
        Rc::clone(found)
    }
}
