//! The guard at the desk: lower work that would take away the last way to bring back a victim's phone still to come is
//! neither accepted nor begun, unless a supervisor overrides that with a reason, which is kept.

use super::worked::expected_end;
use super::{Draft, explained};
use crate::domain::establishment::Resource;
use crate::domain::event::Sealed;
use crate::domain::guard::{FIRST_JUDGED_TIER, Harm, MOST_HOLDS, Watch, tier_of};
use crate::domain::ids::{SiteId, Slot};
use crate::domain::policy::{Milestone, Route, Stage};
use crate::domain::refusal::Refusal;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, StageState, Submission};

/// The site at which a phone may come too late because a supervisor says so, and what is sealed of that.
type Overridden = (Option<SiteId>, Sealed);

impl Draft<'_> {
    /// Whether an offered assignment may be taken on over [start, end): with what a supervisor's `reason` overrides.
    ///
    /// The planner's rule (planner.md, "Guard"), on what the desk can see: work under way, work accepted, and what was
    /// offered of tiers 0 and 1. Tier 0 and 1 are never held, nor is work whose own hard clock that would break, nor what
    /// is told late and over by now: it takes no time from a phone that is still to come.
    pub(super) fn guarded(
        &self,
        assignment: &Assignment,
        submission: &Submission,
        (start, end): (Timestamp, Timestamp),
        reason: Option<&str>,
    ) -> Result<Overridden, Refusal> {
        reason.map_or(Ok(()), |reason| explained("override", reason))?;
        let nothing = Ok((None, Sealed::default()));
        if end <= self.now || tier_of(&self.unit, assignment, self.now).is_some_and(|tier| tier < FIRST_JUDGED_TIER) {
            return nothing;
        }
        let Some(mut watch) = Watch::at_work(&self.unit, assignment.id, self.now) else { return nothing };
        let Some(slot) = watch.slot(&assignment.slot.resource, assignment.slot.slot) else { return nothing };
        let Some(harm) = watch.harm(slot, start, end) else { return nothing };
        let (route, stage) = super::work::planned(&self.unit, submission, assignment.stage)?;
        let resource = self.slot(&assignment.slot)?;
        if self.breaks_own_clock(submission, (route, assignment.stage), resource, harm.until) {
            return nothing;
        }
        if let Some(reason) = reason {
            return Ok((Some(harm.site), super::reason(Some(reason))));
        }
        let instead = self.elsewhere(&mut watch, (assignment, submission), (route, stage), (start, end));
        let until = self.harmless_from(&mut watch, slot, (start, end), harm.until);
        let Harm { site, .. } = harm;
        let (number, stage, slot) = (submission.number, stage.name.clone(), assignment.slot.clone());
        Err(Refusal::Held { number, stage, slot, site, until, instead })
    }

    /// From when on it would harm nobody, as the planner looks for it; none where that does not come within the longest hold.
    fn harmless_from(
        &self,
        watch: &mut Watch,
        slot: usize,
        (start, end): (Timestamp, Timestamp),
        mut from: Timestamp,
    ) -> Option<Timestamp> {
        let latest = start + self.unit.policy.guard.max_hold;
        for _ in 0..MOST_HOLDS {
            if from > latest {
                return None;
            }
            match watch.harm(slot, from, from + (end - start)) {
                None => return Some(from),
                Some(next) => from = next.until,
            }
        }
        None
    }

    /// Whether work begun then would miss a hard clock of its own, were all that follows done at once.
    fn breaks_own_clock(
        &self,
        submission: &Submission,
        (route, index): (&Route, usize),
        resource: &Resource,
        begun: Timestamp,
    ) -> bool {
        let Some(stage) = route.stages.get(index) else { return false };
        let Some(end) = expected_end(&self.unit, submission, (stage, None), resource, begun) else { return true };
        let undone = |index: usize| !submission.stages.get(index).is_some_and(StageState::is_over);
        let rest = |milestone: Milestone| -> i64 {
            let leads = |stage: &Stage| match milestone {
                Milestone::Extracted | Milestone::DeviceBack => stage.holds_device,
                Milestone::Results => !stage.returns_device,
            };
            let after = route.stages.iter().enumerate().skip(index + 1).filter(|(other, stage)| undone(*other) && leads(stage));
            after.map(|(_, stage)| self.unit.expected_time(submission, stage).0).sum()
        };
        let mut hard = submission.running(self.now).filter(|clock| clock.hard);
        hard.any(|clock| end + Seconds(rest(clock.milestone)) > clock.due)
    }

    /// A slot that could do it now and harms nobody, at the same site if the device is needed; in the unit file's order.
    fn elsewhere(
        &self,
        watch: &mut Watch,
        (assignment, submission): (&Assignment, &Submission),
        (route, stage): (&Route, &Stage),
        (start, end): (Timestamp, Timestamp),
    ) -> Option<Slot> {
        let here = &self.resource(&assignment.slot.resource).ok()?.site;
        let mut able = self.unit.establishment.resources.iter().filter(|resource| {
            (!stage.holds_device || resource.site == *here)
                && self.able(resource, submission, stage).is_ok()
                && self.right_person(submission, route, assignment.stage, &resource.id).is_ok()
                && self.open_for(resource, start).is_ok()
                && self.not_lapsed(resource, end).is_ok()
                && self.is_open(resource, start)
        });
        able.find_map(|resource| {
            let slots = (1..=resource.slots).map(|slot| Slot { resource: resource.id.clone(), slot });
            let mut free = slots.filter(|slot| *slot != assignment.slot && self.slot_free(slot, start, end).is_ok());
            free.find(|slot| {
                let watched = watch.slot(&slot.resource, slot.slot);
                watched.is_none_or(|watched| watch.harm(watched, start, end).is_none())
            })
        })
    }

    /// Whether a resource works at an instant, by its hours, the roster and what puts it out of use.
    pub(super) fn is_open(&self, resource: &Resource, at: Timestamp) -> bool {
        self.unit.windows(resource, at).is_some_and(|mut windows| windows.is_open(at.unix()))
    }
}
