//! What if: a unit with more or fewer of something, without somebody, or with a site closed.

pub mod additions;

use std::str::FromStr;

use crate::domain::establishment::{Closure, Establishment, Resource, ResourceKind};
use crate::domain::ids::{ResourceId, SiteId};
use crate::domain::time::Timestamp;

/// One thing that is otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many more of a kind, or fewer.
    Set(ResourceKind, i64),
    /// Without somebody, or a machine.
    Without(ResourceId),
    /// A site is closed between two instants: nobody works there, and nothing is handed back from there.
    Close(SiteId, Timestamp, Timestamp),
}

impl Change {
    /// So many more of a kind, or fewer, as people write it: `kiosk=+2`, `examiner=-1`.
    ///
    /// # Errors
    /// How to write it.
    pub fn set(text: &str) -> Result<Self, String> {
        let by = |text: &str| {
            let is_signed = text.starts_with(['+', '-']);
            i64::from_str(text).ok().filter(|by| is_signed && by.abs() <= MOST)
        };
        let (kind, by) = of_kind(text, by, "how many more or fewer, like kiosk=+2 or examiner=-1")?;
        Ok(Self::Set(kind, by))
    }

    /// In words, times as `show` writes them.
    pub fn say(&self, show: impl Fn(Timestamp) -> String) -> String {
        match self {
            Self::Set(kind, by) if *by < 0 => format!("{} fewer {kind}", by.unsigned_abs()),
            Self::Set(kind, by) => format!("{by} more {kind}"),
            Self::Without(resource) => format!("without {resource}"),
            Self::Close(site, from, until) => format!("{site} closed from {} until {}", show(*from), show(*until)),
        }
    }
}

/// More than a unit ever has of a kind.
const MOST: i64 = 10_000;

/// A kind of resource and a number, as in `kiosk=+2`; or how to write them, which `what` says of the number.
fn of_kind<N>(text: &str, number: impl FnOnce(&str) -> Option<N>, what: &str) -> Result<(ResourceKind, N), String> {
    let read = text.split_once('=').and_then(|(kind, text)| {
        let kind = ResourceKind::ALL.into_iter().find(|known| known.as_str() == kind.trim())?;
        Some((kind, number(text.trim())?))
    });
    read.ok_or_else(|| {
        let kinds: Vec<&str> = ResourceKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("write a kind and {what}; kinds: {}", kinds.join(", "))
    })
}

/// Why a change can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// There is none to be like.
    #[error("there is no {0} in the unit file that one more could be like")]
    None(ResourceKind),
    /// There are fewer.
    #[error("there are only {there} of kind {kind}, in slots; {fewer} can't be taken away")]
    Fewer {
        /// Of which kind.
        kind: ResourceKind,
        /// How many there are.
        there: u32,
        /// How many less were asked for.
        fewer: u64,
    },
    /// No such resource.
    #[error("there is no resource {0:?} in the unit file")]
    NoResource(String),
    /// No such site.
    #[error("there is no site {0:?} in the unit file")]
    NoSite(String),
}

/// Changes a unit. One more of a kind is a slot more at the resource of that kind with the fewest, so that they are spread; one fewer is
/// a slot less at that with the most.
///
/// # Errors
/// What there is not.
pub fn change(unit: &mut Establishment, change: &Change) -> Result<(), Impossible> {
    match change {
        Change::Set(kind, by) if *by >= 0 => (0..*by).try_for_each(|_| one_more(unit, *kind)),
        Change::Set(kind, by) => {
            let there = unit.resources.iter().filter(|resource| resource.kind == *kind).map(|resource| resource.slots).sum();
            let fewer = by.unsigned_abs();
            if u64::from(there) < fewer {
                return Err(Impossible::Fewer { kind: *kind, there, fewer });
            }
            (0..fewer).for_each(|_| one_fewer(unit, *kind));
            Ok(())
        }
        Change::Without(id) => {
            let before = unit.resources.len();
            unit.resources.retain(|resource| resource.id != *id);
            unit.roster.retain(|duty| duty.who != id.as_str());
            if unit.resources.len() < before { Ok(()) } else { Err(Impossible::NoResource(id.to_string())) }
        }
        Change::Close(site, from, until) => {
            let closure = Closure { from: *from, until: *until, reason: "what if it is closed".into() };
            let of_that_name = unit.sites.iter_mut().find(|one| one.id == *site);
            of_that_name.ok_or_else(|| Impossible::NoSite(site.to_string()))?.closed.push((*from, *until));
            let there = unit.resources.iter_mut().filter(|resource| resource.site == *site);
            there.for_each(|resource| resource.closed.push(closure.clone()));
            Ok(())
        }
    }
}

fn one_more(unit: &mut Establishment, kind: ResourceKind) -> Result<(), Impossible> {
    let of_kind = unit.resources.iter_mut().filter(|resource| resource.kind == kind);
    let fewest: &mut Resource = of_kind.min_by_key(|resource| resource.slots).ok_or(Impossible::None(kind))?;
    fewest.slots += 1;
    Ok(())
}

fn one_fewer(unit: &mut Establishment, kind: ResourceKind) {
    let of_kind = unit.resources.iter_mut().filter(|resource| resource.kind == kind);
    if let Some(most) = of_kind.max_by_key(|resource| resource.slots) {
        most.slots -= 1;
    }
    unit.resources.retain(|resource| resource.slots > 0);
}
