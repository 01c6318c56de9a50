//! What is done for an owner who waits: replacement handsets, and what they were told.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Shown, View};
use crate::domain::establishment::Handset;
use crate::domain::ids::{QueueNumber, SiteId, Word};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Lent, OwnerTold};

/// A replacement handset of the unit.
///
/// ```json
/// { "id": "spare-1", "model": "any unlocked smartphone", "site": "hq", "state": "issued", "submission": "Q12",
///   "since": "2026-11-23T17:40:00Z", "with_sim": true }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Handset")]
pub struct HandsetView<'a> {
    /// Its id in the unit file.
    id: &'a Word,
    /// What it is.
    model: &'a str,
    /// Where it is kept.
    site: &'a SiteId,
    /// in_stock, reserved (put by for an owner), issued (the owner has it).
    state: &'static str,
    /// For whose owner; null where it is in stock, and where that is out of the reader's reach.
    submission: Option<Shown<QueueNumber>>,
    /// Since when it is put by, or with the owner; null where it is in stock.
    since: Option<Timestamp>,
    /// Whether the SIM of the owner's own phone is in it.
    with_sim: bool,
}

/// One handset, and who has it.
pub fn handset<'a>(view: &View<'_>, handset: &'a Handset) -> HandsetView<'a> {
    let to = view.unit.lent_to(&handset.id);
    let lent = to.and_then(|submission| submission.handset.as_ref());
    HandsetView {
        id: &handset.id,
        model: &handset.model,
        site: &handset.site,
        state: lent.map_or("in_stock", state),
        submission: to.filter(|submission| view.reaches(submission.number)).map(|submission| Shown(submission.number)),
        since: lent.map(|lent| lent.issued_at.unwrap_or(lent.reserved_at)),
        with_sim: lent.is_some_and(|lent| lent.with_sim),
    }
}

const fn state(lent: &Lent) -> &'static str {
    if lent.issued_at.is_some() { "issued" } else { "reserved" }
}

/// The handset that an owner has, or is to have.
///
/// ```json
/// { "handset": "spare-1", "state": "reserved", "since": "2026-11-23T16:10:00Z", "with_sim": false }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Lent")]
pub struct LentView<'a> {
    /// Its id in the unit file.
    handset: &'a Word,
    /// reserved (put by for the owner), issued (the owner has it).
    state: &'static str,
    /// Since when.
    since: Timestamp,
    /// Whether the SIM of their own phone is in it.
    with_sim: bool,
}

impl<'a> LentView<'a> {
    /// Of one.
    pub fn of(lent: &'a Lent) -> Self {
        let since = lent.issued_at.unwrap_or(lent.reserved_at);
        Self { handset: &lent.handset, state: state(lent), since, with_sim: lent.with_sim }
    }
}

/// What an owner was told last.
///
/// ```json
/// { "at": "2026-11-23T17:40:00Z", "expected": "2026-11-24T11:00:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OwnerTold")]
pub struct OwnerToldView {
    /// When they were told.
    at: Timestamp,
    /// When they were told they will have their device; null where that was not said.
    expected: Option<Timestamp>,
}

impl OwnerToldView {
    /// Of one.
    pub const fn of(told: OwnerTold) -> Self {
        Self { at: told.at, expected: told.expected }
    }
}
