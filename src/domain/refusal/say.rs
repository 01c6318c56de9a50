//! Parts of sentences that refusals have in common.

use crate::domain::ids::Slot;
use crate::domain::time::Timestamp;

pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// What to do instead of held work.
pub(super) fn way_on(until: Timestamp, free: Option<&Slot>) -> String {
    free.map_or_else(|| format!("begin it at {until}"), |slot| format!("use {slot}, which is free"))
}
