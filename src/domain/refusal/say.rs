//! Parts of sentences that refusals have in common.

use crate::domain::guard::held;
use crate::domain::ids::{SiteId, Slot};
use crate::domain::time::Timestamp;

pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// That work is held, and until when; none: longer than the policy holds anything.
pub(super) fn kept_back(site: &SiteId, until: Option<Timestamp>) -> String {
    until.map_or_else(
        || format!("held for a victim's phone that may reach {site}, and no start within the longest hold is harmless"),
        |until| held(site, &until),
    )
}

/// What to do instead of held work, if there is something.
pub(super) fn way_on(until: Option<Timestamp>, free: Option<&Slot>) -> String {
    match (until, free) {
        (_, Some(slot)) => format!("use {slot}, which is free, or "),
        (Some(until), None) => format!("begin it at {until}, or "),
        (None, None) => String::new(),
    }
}
