//! What changes the unit itself: its files, its holidays, the times its resources are out of use.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::{Applied, Step};
use crate::domain::establishment::{Closure, Establishment};
use crate::domain::ids::ResourceId;
use crate::domain::policy::Policy;
use crate::domain::roster::Duty;
use crate::domain::time::Timestamp;

impl Step<'_> {
    pub(super) fn establish(&mut self, digest: &str, establishment: &Establishment) -> Applied {
        let roster = self.unit.establishment.roster.clone();
        self.unit.establishment = Arc::new(Establishment { roster, ..establishment.clone() });
        self.unit.adopted.establishment = digest.into();
        self.touched.establishment = true;
        // Outages of a resource that is no more would come back with a new one of its name.
        let gone = |id: &&ResourceId| establishment.resource(id).is_none();
        let gone: Vec<ResourceId> = self.unit.outages.keys().filter(gone).cloned().collect();
        for resource in gone {
            self.keep_outages(&resource, Vec::new());
        }
        Ok(())
    }

    pub(super) fn adopt(&mut self, digest: &str, policy: &Policy) -> Applied {
        let policy = Arc::new(policy.clone());
        self.unit.policies.insert_mut(policy.version.clone(), Arc::clone(&policy));
        self.unit.policy = policy;
        self.unit.adopted.policy = digest.into();
        self.touched.policy = true;
        Ok(())
    }

    pub(super) fn keep_holidays(&mut self, holidays: &BTreeSet<NaiveDate>) -> Applied {
        Arc::make_mut(&mut self.unit.establishment).zone.holidays.clone_from(holidays);
        self.touched.establishment = true;
        Ok(())
    }

    pub(super) fn keep_roster(&mut self, roster: &[Duty]) -> Applied {
        Arc::make_mut(&mut self.unit.establishment).roster = roster.to_vec();
        self.touched.establishment = true;
        Ok(())
    }

    /// Outages are kept in order of time, one for each span; those that are over are dropped.
    pub(super) fn declare_outage(&mut self, resource: &ResourceId, from: Timestamp, until: Timestamp) -> Applied {
        let reason = self.sealed.reason.clone().unwrap_or_default();
        let mut outages = self.unit.outages.get(resource).cloned().unwrap_or_default();
        outages.retain(|outage| outage.until > self.happened_at && (outage.from, outage.until) != (from, until));
        outages.push(Closure { from, until, reason });
        outages.sort_by_key(|outage| (outage.from, outage.until));
        self.keep_outages(resource, outages);
        Ok(())
    }

    /// Back in use: what is under way ends; where nothing is, what was announced is called off.
    pub(super) fn end_outage(&mut self, resource: &ResourceId, at: Timestamp) -> Applied {
        let mut outages = self.unit.outages.get(resource).cloned().unwrap_or_default();
        outages.iter_mut().filter(|outage| outage.covers(at)).for_each(|outage| outage.until = at);
        outages.retain(|outage| outage.from < outage.until);
        // Two that began together now end together.
        outages.dedup_by_key(|outage| (outage.from, outage.until));
        self.keep_outages(resource, outages);
        Ok(())
    }

    fn keep_outages(&mut self, resource: &ResourceId, outages: Vec<Closure>) {
        if outages.is_empty() {
            self.unit.outages.remove_mut(resource);
        } else {
            self.unit.outages.insert_mut(resource.clone(), outages);
        }
        self.touched.outages.insert(resource.clone());
    }
}
