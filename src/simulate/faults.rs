//! What goes wrong: runs that fail, machines out of use or without a line, people who are away, agreements taken back,
//! restarts of the daemon.

use super::chance::{About, Chance};
use crate::domain::establishment::{Establishment, Resource, ResourceKind};
use crate::domain::ids::ResourceId;
use crate::domain::roster::{Duty, DutyKind};
use crate::domain::time::{Seconds, Timestamp};

/// How often what goes wrong; nothing does by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Of a thousand runs of machines with a device so many fail.
    pub fails_permille: u32,
    /// Of a thousand agreements so many are taken back.
    pub withdrawn_permille: u32,
    /// When kiosks, vans and lab benches are out of use.
    pub down: Option<Spells>,
    /// When kiosks have no line: what ends meanwhile is told once they have one again, with its own time.
    pub offline: Option<Spells>,
    /// When DMIs and examiners are away, known beforehand.
    pub away: Option<Spells>,
    /// How often the daemon is started anew: what it had planned is lost.
    pub restarts_every: Option<Seconds>,
    /// Nobody renews validations and competences: whoever's ends is of no use from then on. Else they are renewed in time.
    pub lapse: bool,
}

/// Times that come again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spells {
    /// From the end of one to the beginning of the next, on average.
    pub every: Seconds,
    /// How long one lasts, on average.
    pub lasts: Seconds,
}

/// One spell of a resource: [from, until).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spell {
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Whose.
    pub resource: ResourceId,
}

/// Spells of some resources between two instants, by when they begin. Each resource has its own, whatever the others have.
pub fn spells(
    spells: Option<Spells>,
    resources: &[Resource],
    is_of: impl Fn(ResourceKind) -> bool,
    (from, until): (Timestamp, Timestamp),
    (about, chance): (About, &Chance),
) -> Vec<Spell> {
    let Some(Spells { every, lasts }) = spells else { return Vec::new() };
    let mut found = Vec::new();
    for resource in resources.iter().filter(|resource| is_of(resource.kind)) {
        let id: Vec<i64> = resource.id.as_str().bytes().map(i64::from).collect();
        let mut rng = chance.about(about, &id);
        let mut at = from;
        loop {
            at = at + chance.any_time(every, &mut rng);
            if at >= until {
                break;
            }
            let back = at + Seconds(chance.any_time(lasts, &mut rng).0.max(60));
            found.push(Spell { from: at, until: back, resource: resource.id.clone() });
            at = back;
        }
    }
    found.sort();
    found
}

/// The unit as it is kept going: what is validated and competent when a run begins stays so.
pub fn renewed(mut unit: Establishment, from: Timestamp) -> Establishment {
    let zone = &unit.zone;
    for resource in &mut unit.resources {
        for last in [&mut resource.validated_until, &mut resource.competent_until] {
            *last = last.filter(|day| zone.end_of_day(*day) <= from);
        }
    }
    unit
}

/// Who is away, as a roster says it.
pub fn roster(faults: &Faults, establishment: &Establishment, span: (Timestamp, Timestamp), chance: &Chance) -> Vec<Duty> {
    let is_person = |kind| matches!(kind, ResourceKind::Dmi | ResourceKind::Examiner);
    let away = spells(faults.away, &establishment.resources, is_person, span, (About::Absence, chance));
    let duty =
        |spell: Spell| Duty { who: spell.resource.to_string(), kind: DutyKind::Leave, from: spell.from, until: spell.until };
    away.into_iter().map(duty).collect()
}
