//! What people decided about a submission beside its gates and its work.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::time::Timestamp;
use crate::domain::unit::{
    Confidential, Confidentiality, DataTaken, Offer, OfferAnswer, ParkCause, Parked, Priority, RemovalCause, Removed, Withheld,
    WithholdCause,
};

/// An examination that was ended before its end.
///
/// ```json
/// { "cause": "not_necessary", "at": "2026-11-23T14:20:00Z", "data": "none", "challenged_at": "2026-11-23T15:00:00Z", "rejected_at": null }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Removed")]
pub struct RemovedView {
    /// Why.
    #[schemars(with = "RemovalCause")]
    cause: &'static str,
    /// When.
    at: Timestamp,
    /// What happened to data that was taken by then.
    #[schemars(with = "DataTaken")]
    data: &'static str,
    /// Since when the officer in the case challenges that it was refused; null where nobody does.
    challenged_at: Option<Timestamp>,
    /// When the unit's head let the refusal stand; null where nobody did.
    rejected_at: Option<Timestamp>,
}

impl RemovedView {
    /// Of one.
    pub fn of(removed: &Removed) -> Self {
        let challenge = removed.challenge;
        Self {
            cause: removed.cause.as_str(),
            at: removed.at,
            data: removed.data.as_str(),
            challenged_at: challenge.map(|challenge| challenge.at),
            rejected_at: challenge.and_then(|challenge| challenge.rejected_at),
        }
    }
}

/// A request that nobody works on until somebody takes it up again.
///
/// ```json
/// { "cause": "decision", "since": "2026-11-23T14:20:00Z", "review_at": "2026-12-07T09:00:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Parked")]
pub struct ParkedView {
    /// Why.
    #[schemars(with = "ParkCause")]
    cause: &'static str,
    /// Since when.
    since: Timestamp,
    /// When somebody looks at it again.
    review_at: Timestamp,
}

impl ParkedView {
    /// Of one.
    pub const fn of(parked: &Parked) -> Self {
        Self { cause: parked.cause.as_str(), since: parked.since, review_at: parked.review_at }
    }
}

/// A submission that a person raised or lowered.
///
/// ```json
/// { "tier": 3, "since": "2026-11-23T14:20:00Z", "until": null, "by": "DS 1180" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Priority")]
pub struct PriorityView<'a> {
    /// The tier in which it is served, behind those that belong there.
    tier: u8,
    /// Since when.
    since: Timestamp,
    /// When that ends by itself; null: when somebody ends it.
    until: Option<Timestamp>,
    /// The person who decided that.
    by: &'a str,
}

impl<'a> PriorityView<'a> {
    /// Of one.
    pub fn of(priority: &'a Priority) -> Self {
        Self { tier: priority.tier, since: priority.since, until: priority.until, by: &priority.by }
    }
}

/// What came of the last offer to the owner.
///
/// ```json
/// { "answer": "later", "at": "2026-11-23T12:00:00Z", "until": "2026-11-24T17:30:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Offer")]
pub struct OfferView {
    /// What came of it.
    #[schemars(with = "OfferAnswer")]
    answer: &'static str,
    /// When it was offered.
    at: Timestamp,
    /// When the owner wants it, or when they are tried again; null where nobody said.
    until: Option<Timestamp>,
}

impl OfferView {
    /// Of one.
    pub const fn of(offer: &Offer) -> Self {
        Self { answer: offer.answer.as_str(), at: offer.at, until: offer.until }
    }
}

/// Confidential material that a device may hold.
///
/// ```json
/// { "kinds": ["legal"], "since": "2026-11-23T12:00:00Z", "cleared_at": "2026-11-23T15:00:00Z", "cleared_by": "DS 1180" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Confidentiality")]
pub struct ConfidentialView<'a> {
    /// What sort of material.
    kinds: &'a [Confidential],
    /// Since when that is known.
    since: Timestamp,
    /// When somebody decided how it is dealt with; null where nobody did: then nothing begins.
    cleared_at: Option<Timestamp>,
    /// Who decided that.
    cleared_by: Option<&'a str>,
}

impl<'a> ConfidentialView<'a> {
    /// Of one.
    pub fn of(noted: &'a Confidentiality) -> Self {
        let (cleared_at, cleared_by) = noted.cleared.as_ref().map(|(at, by)| (*at, by.as_str())).unzip();
        Self { kinds: &noted.kinds, since: noted.since, cleared_at, cleared_by }
    }
}

/// A return that is withheld.
///
/// ```json
/// { "cause": "evidence", "since": "2026-11-23T12:00:00Z", "review_at": "2026-12-07T09:00:00Z" }
/// ```
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Withheld")]
pub struct WithheldView {
    /// Why.
    #[schemars(with = "WithholdCause")]
    cause: &'static str,
    /// Since when.
    since: Timestamp,
    /// When somebody looks at it again.
    review_at: Timestamp,
}

impl WithheldView {
    /// Of one.
    pub const fn of(withheld: &Withheld) -> Self {
        Self { cause: withheld.cause.as_str(), since: withheld.since, review_at: withheld.review_at }
    }
}
