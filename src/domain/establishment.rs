//! The establishment of one unit: sites, resources, calendars, travel, handsets, as the unit file gives them.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::calendar::{OpeningHours, Windows, Zone};
use super::ids::{ResourceId, SiteId, Word};
use super::roster::Duty;
use super::time::{Seconds, Timestamp};

/// A valid unit file: every reference in it resolves, ids are unique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Establishment {
    /// Compared as text: a greater one is newer.
    pub version: String,
    /// What the unit calls itself.
    pub name: String,
    /// Zone and bank holidays, by which local times of day become instants.
    pub zone: Zone,
    /// Division in the bank-holiday file.
    pub division: String,
    /// Between two sites with no travel time of their own.
    pub travel_default: Seconds,
    /// Usual time from taking a device to its delivery at a site.
    pub to_site: Seconds,
    /// In file order.
    pub sites: Vec<Site>,
    /// Travel times of single pairs, either way.
    pub travel: Vec<Travel>,
    /// In file order.
    pub calendars: Vec<Calendar>,
    /// In file order.
    pub resources: Vec<Resource>,
    /// Replacement handsets held.
    pub handsets: Vec<Handset>,
    /// What the roster says; no part of the unit file, it outlives a newer one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roster: Vec<Duty>,
}

/// A place with kiosks, a lab or a front desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Short name.
    pub id: SiteId,
    /// Long name.
    pub name: String,
    /// When a device can be brought back to its owner.
    pub returns: OpeningHours,
    /// From leaving the site until the owner has the device.
    pub to_owner: Seconds,
    /// When nothing can: it is closed, as a question of what if may say. The unit file says it of resources only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<(Timestamp, Timestamp)>,
}

impl Site {
    /// When a device can be brought back to its owner, from about `near` on.
    pub fn return_windows(&self, zone: &Zone, near: Timestamp) -> Windows {
        Windows::new(&self.returns, zone, &self.closed, near)
    }
}

/// Travel between two sites, either way, at any hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Travel {
    /// The two ends.
    pub between: [SiteId; 2],
    /// How long.
    pub takes: Seconds,
}

/// Named opening hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Short name.
    pub id: Word,
    /// When it is open.
    pub hours: OpeningHours,
}

/// What can carry out a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Short name; a person is a resource id.
    pub id: ResourceId,
    /// What it is.
    pub kind: ResourceKind,
    /// Where it is; a van counts as at its site.
    pub site: SiteId,
    /// Id of its calendar.
    pub calendar: Word,
    /// Devices (or, for an operator, trained people on shift) at once.
    pub slots: u32,
    /// Stages it can carry out.
    pub stages: Vec<Word>,
    /// Levels it can work at; none given: every level.
    pub levels: Option<Vec<u8>>,
    /// Device kinds it can take; none given: every kind.
    pub devices: Option<Vec<Word>>,
    /// Last local day on which a step may end: the earlier of validation and competence.
    pub validated_until: Option<NaiveDate>,
    /// Last local day on which a step may end.
    pub competent_until: Option<NaiveDate>,
    /// Pace times share of the shift spent on casework, in hundredths; attended work is divided by it.
    pub speed: u32,
    /// Cut out of the calendar's windows.
    pub closed: Vec<Closure>,
}

impl Resource {
    /// Whether it can, in principle, carry out `stage` on a device of this kind at this level.
    pub fn can(&self, stage: &Word, level: u8, device: &Word) -> bool {
        self.stages.contains(stage)
            && self.levels.as_ref().is_none_or(|levels| levels.contains(&level))
            && self.devices.as_ref().is_none_or(|devices| devices.contains(device))
    }

    /// The last local day on which a step of it may end, whichever of validation and competence lapses first.
    pub fn lapses(&self) -> Option<NaiveDate> {
        match (self.validated_until, self.competent_until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// Desktop station for basic downloads.
    Kiosk,
    /// The same on wheels.
    Van,
    /// A trained person who runs kiosks.
    Operator,
    /// Digital media investigator.
    Dmi,
    /// Bench in the laboratory.
    Lab,
    /// Forensic examiner.
    Examiner,
}

impl ResourceKind {
    /// Every kind, in the order it is shown.
    pub const ALL: [Self; 6] = [Self::Kiosk, Self::Van, Self::Operator, Self::Dmi, Self::Lab, Self::Examiner];

    /// The word for it in files and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kiosk => "kiosk",
            Self::Van => "van",
            Self::Operator => "operator",
            Self::Dmi => "dmi",
            Self::Lab => "lab",
            Self::Examiner => "examiner",
        }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A time in which a resource is closed: [from, until).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// First closed instant.
    pub from: Timestamp,
    /// First instant that is not.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

impl Closure {
    /// Whether an instant lies in it.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// A replacement phone held as stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handset {
    /// Short name.
    pub id: Word,
    /// Where it is kept.
    pub site: SiteId,
    /// What it is.
    pub model: String,
}

impl Establishment {
    /// The site of this id.
    pub fn site(&self, id: &SiteId) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == *id)
    }

    /// The resource of this id.
    pub fn resource(&self, id: &ResourceId) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id == *id)
    }

    /// The calendar of this id.
    pub fn calendar(&self, id: &Word) -> Option<&Calendar> {
        self.calendars.iter().find(|calendar| calendar.id == *id)
    }

    /// How long a device travels from one site to another; nothing where they are the same.
    pub fn travel_time(&self, from: &SiteId, to: &SiteId) -> Seconds {
        if from == to {
            return Seconds::ZERO;
        }
        self.travel
            .iter()
            .find(|t| (&t.between[0] == from && &t.between[1] == to) || (&t.between[0] == to && &t.between[1] == from))
            .map_or(self.travel_default, |t| t.takes)
    }
}
