//! Whether a promise could ever have been kept with the sites and hours that there are: what nobody could have done about
//! is told apart from what there were too few people for.

use super::latest::idle;
use super::way::About;
use crate::domain::clocks::Clock;
use crate::domain::policy::Milestone;
use crate::domain::unit::{Submission, Unit};

/// The last tier whose promises are judged.
pub const LAST_JUDGED_TIER: u8 = 2;

/// Whether a promise would be missed although the device came to its site as soon as devices usually do after they are
/// taken (the unit's `to_site`), every gate was met by then, nobody had anything else to do and nothing was out of use.
///
/// Delay can't excuse itself: it counts from `taken_at`, whatever has happened since. None below tier 2, and where no
/// route leads to what was promised.
pub fn is_unavoidable(unit: &Unit, submission: &Submission, clock: &Clock) -> Option<bool> {
    if clock.tier > LAST_JUDGED_TIER {
        return None;
    }
    let facts = &submission.facts;
    let as_configured = Unit { outages: Default::default(), ..unit.clone() };
    let mut watch = idle(&as_configured, submission, (facts, clock), facts.taken_at)?;
    let site = watch.sites.iter().position(|site| *site == facts.site)?;
    let (arrival, due) = ((facts.taken_at + unit.establishment.to_site).unix(), clock.due);
    if watch.way(site, arrival, due.unix(), About::Nothing).is_some() {
        return Some(false);
    }
    // An owner who waits at home has the device where and when the last stage ends.
    let Some(until) = facts.owner_present_until.filter(|_| clock.milestone == Milestone::DeviceBack) else { return Some(true) };
    watch.home = None;
    Some(watch.way(site, arrival, due.min(until).unix(), About::Nothing).is_none())
}
