//! Files become ledger entries: a newer version is adopted, the same version with another text is an error, an older one
//! is ignored. Versions are compared as text.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::{Decided, Draft};
use crate::domain::establishment::Establishment;
use crate::domain::event::{Change, ReleaseCause, Sealed};
use crate::domain::ids::SiteId;
use crate::domain::policy::{DueRule, Policy};
use crate::domain::refusal::Refusal;
use crate::domain::roster::Duty;
use crate::domain::unit::{Assignment, Submission, Whereabouts};

impl Draft<'_> {
    pub(super) fn adopt_establishment(&mut self, establishment: &Establishment, text: &str) -> Decided {
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        let (known, adopted) = (&self.unit.establishment.version, &self.unit.adopted.establishment);
        if !is_newer("unit file", (&establishment.version, &digest), (known, adopted))? {
            return Ok(());
        }
        self.keeps_what_has_work(establishment)?;
        calendars_exist(&self.unit.policy, establishment)?;
        let change = Change::EstablishmentAdopted { digest, establishment: Box::new(establishment.clone()) };
        self.record(self.now, change, file(text))
    }

    pub(super) fn adopt_policy(&mut self, policy: &Policy, text: &str) -> Decided {
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        let (known, adopted) = (&self.unit.policy.version, &self.unit.adopted.policy);
        if !is_newer("policy file", (&policy.version, &digest), (known, adopted))? {
            return Ok(());
        }
        calendars_exist(policy, &self.unit.establishment)?;
        let change = Change::PolicyAdopted { digest, policy: Box::new(policy.clone()) };
        self.record(self.now, change, file(text))
    }

    pub(super) fn adopt_holidays(&mut self, holidays: &BTreeSet<NaiveDate>) -> Decided {
        if self.unit.establishment.zone.holidays == *holidays {
            return Ok(());
        }
        self.record(self.now, Change::HolidaysAdopted { holidays: holidays.clone() }, Sealed::default())
    }

    /// What was given to somebody for a time in which they are away by then, and is not begun, is taken back.
    pub(super) fn adopt_roster(&mut self, roster: &[Duty]) -> Decided {
        if self.unit.establishment.roster == roster {
            return Ok(());
        }
        self.record(self.now, Change::RosterAdopted { roster: roster.to_vec() }, Sealed::default())?;
        let establishment = &self.unit.establishment;
        let is_away =
            |a: &&Assignment| establishment.away(&a.slot.resource).any(|duty| a.start < duty.until && duty.from < a.end);
        let away: Vec<Assignment> = self.unit.assignments.values().filter(is_away).cloned().collect();
        self.release(&away, ReleaseCause::ResourceDown)
    }

    /// A resource with work can be closed, not dropped, nor moved with a device in hand; nor can a site that open submissions need.
    fn keeps_what_has_work(&self, new: &Establishment) -> Decided {
        let old = &self.unit.establishment;
        let kept = |a: &&Assignment| {
            let (then, now) = (old.resource(&a.slot.resource), new.resource(&a.slot.resource));
            let moved = then.map(|resource| &resource.site) != now.map(|resource| &resource.site);
            now.is_some_and(|resource| a.slot.slot <= resource.slots) && !(moved && a.started_at().is_some())
        };
        if let Some(assignment) = self.unit.assignments.values().find(|assignment| !kept(assignment)) {
            return Err(Refusal::ResourceHasWork { slot: assignment.slot.clone(), assignment: assignment.id });
        }
        for submission in self.unit.submissions.values() {
            if let Some(site) = sites_of(submission).into_iter().flatten().find(|site| new.site(site).is_none()) {
                return Err(Refusal::SiteInUse { site: site.clone(), number: submission.number });
            }
        }
        Ok(())
    }
}

fn sites_of(submission: &Submission) -> [Option<&SiteId>; 3] {
    let device = match &submission.device {
        Whereabouts::At { site, .. } => Some(site),
        _ => None,
    };
    [Some(&submission.facts.site), submission.facts.return_site.as_ref(), device]
}

/// Whether a file is to be adopted: (version, digest of its text) against those adopted.
fn is_newer(file: &'static str, new: (&str, &str), adopted: (&str, &str)) -> Result<bool, Refusal> {
    let version = new.0.to_owned();
    match new.0.cmp(adopted.0) {
        Ordering::Greater => Ok(true),
        Ordering::Equal if new.1 == adopted.1 => Ok(false),
        Ordering::Equal => Err(Refusal::SameVersion { file, version }),
        Ordering::Less => Err(Refusal::OlderVersion { file, version, adopted: adopted.0.to_owned() }),
    }
}

/// A promise that counts in a calendar nobody has would silently count elapsed time.
fn calendars_exist(policy: &Policy, establishment: &Establishment) -> Decided {
    for promise in &policy.promises {
        let DueRule::Within { working: Some(calendar), .. } = &promise.due else { continue };
        if establishment.calendar(calendar).is_none() {
            return Err(Refusal::CalendarMissing { promise: promise.name.clone(), calendar: calendar.clone() });
        }
    }
    Ok(())
}

fn file(text: &str) -> Sealed {
    Sealed { text: Some(text.to_owned()), ..Sealed::default() }
}
