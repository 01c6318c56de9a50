//! Why something is not worked on now: typed, with its data, and one way of saying it.

use std::fmt::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::domain::calendar::Zone;
use crate::domain::establishment::ResourceKind;
use crate::domain::guard::held;
use crate::domain::ids::{QueueNumber, ResourceId, SiteId, Word};
use crate::domain::policy::Gate;
use crate::domain::submission::LockState;
use crate::domain::time::Timestamp;

/// One answer to "why is it not being worked on now?" (the *waiting reason*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody parked it.
    Parked {
        /// When somebody looks at it again.
        review_at: Timestamp,
    },
    /// Its device is with somebody outside the unit.
    Outside {
        /// When it should be back.
        due: Timestamp,
    },
    /// Its device is kept although its owner could have it.
    Withheld {
        /// When somebody looks at it again.
        review_at: Timestamp,
    },
    /// The device has not reached its site.
    NotDelivered,
    /// It is on its way, or has a way to go that nobody began.
    InTransit {
        /// When it can be there.
        until: Timestamp,
    },
    /// The device user has not agreed, or has no written notice.
    NoAgreement {
        /// Agreement is recorded.
        agreed: bool,
        /// The notice is recorded.
        notice: bool,
    },
    /// It may hold confidential material, and nobody has decided how that is dealt with.
    Confidential,
    /// Nobody authorised the examination.
    NotAuthorised,
    /// No legal basis is recorded.
    NoLegalBasis,
    /// It can't be opened.
    NoPin {
        /// What is known of it.
        lock_state: LockState,
    },
    /// An exhibit of the same case with a smaller rank is still open.
    EarlierExhibitFirst {
        /// Which.
        first: QueueNumber,
    },
    /// No route of the policy is for it.
    NoRoute,
    /// No resource of the unit can do it.
    NobodyCan {
        /// The kinds that may.
        by: Vec<ResourceKind>,
        /// The stage.
        stage: Word,
        /// At this level.
        level: u8,
        /// On this kind of device.
        device: Word,
    },
    /// Whoever could do it is no longer competent on the day it would end.
    CompetenceLapsed {
        /// Who.
        resource: ResourceId,
    },
    /// The machine that could do it is no longer validated on the day it would end.
    NotValidated {
        /// Which.
        resource: ResourceId,
    },
    /// A resource is out of use.
    ResourceDown {
        /// Which.
        resource: ResourceId,
        /// Until when.
        until: Timestamp,
    },
    /// A quality hold is on a resource that could do it, or on what that works with.
    QualityHold {
        /// Which resource.
        resource: ResourceId,
    },
    /// Everyone who can do it is closed; none where they never open.
    Closed {
        /// When the first opens.
        until: Option<Timestamp>,
    },
    /// It would take away the last way to bring a victim's phone back in time that may still arrive.
    Held {
        /// Where the phone would arrive.
        site: SiteId,
        /// Until when it is held.
        until: Timestamp,
    },
    /// The slot that does it is kept for an appointment.
    Reserved {
        /// Whose resource.
        resource: ResourceId,
        /// For which submission.
        first: QueueNumber,
        /// Until when.
        until: Timestamp,
    },
    /// Others come first on the slot that does it.
    Behind {
        /// How many steps are between.
        others: usize,
        /// The first of them.
        first: QueueNumber,
        /// What ranks that one higher.
        rule: RankRule,
    },
    /// An earlier stage is not done.
    PreviousStage {
        /// Which.
        stage: Word,
        /// When it ends; none where it has no place.
        until: Option<Timestamp>,
    },
    /// No return window of the site is as long as the trip to the owner.
    NoReturnWindow,
}

/// Which rule ranks one submission before another: the first in which they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RankRule {
    /// It is already on the slot: running or accepted.
    AlreadyThere,
    /// Its tier is higher.
    Tier,
    /// Same tier, but native there: the other rose by waiting.
    Native,
    /// Its owner's device is already late.
    Missed,
    /// It must start sooner.
    LatestStart,
    /// Both equal in everything else: by reference.
    Reference,
    /// Its rank is lower, but with it first less is late, or by less.
    Exchanged,
    /// It can be done to the end, and work on the other leads nowhere.
    Completes,
    /// It comes later, but fits before without delaying anyone.
    FitsBefore,
}

impl RankRule {
    /// The word for it in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyThere => "already_there",
            Self::Tier => "tier",
            Self::Native => "native",
            Self::Missed => "missed",
            Self::LatestStart => "latest_start",
            Self::Reference => "reference",
            Self::Exchanged => "exchanged",
            Self::Completes => "completes",
            Self::FitsBefore => "fits_before",
        }
    }
}

impl fmt::Display for RankRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyThere => "it is already there",
            Self::Tier => "its tier is higher",
            Self::Native => "it belongs to the tier and did not rise into it",
            Self::Missed => "its owner is already waiting too long",
            Self::LatestStart => "it must start sooner",
            Self::Reference => "all else is equal",
            Self::Exchanged => "less is late with it first",
            Self::Completes => "the other can't be done to the end by anyone",
            Self::FitsBefore => "it fits before and delays nobody",
        })
    }
}

impl Reason {
    /// The word for it in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Parked { .. } => "parked",
            Self::Outside { .. } => "outside",
            Self::Withheld { .. } => "return_withheld",
            Self::NotDelivered => "not_delivered",
            Self::InTransit { .. } => "in_transit",
            Self::NoAgreement { .. } => "no_agreement",
            Self::Confidential => "confidential",
            Self::NotAuthorised => "not_authorised",
            Self::NoLegalBasis => "no_legal_basis",
            Self::NoPin { .. } => "no_pin",
            Self::EarlierExhibitFirst { .. } => "earlier_exhibit_first",
            Self::NoRoute => "no_route",
            Self::NobodyCan { .. } => "nobody_can",
            Self::CompetenceLapsed { .. } => "competence_lapsed",
            Self::NotValidated { .. } => "not_validated",
            Self::ResourceDown { .. } => "resource_down",
            Self::QualityHold { .. } => "quality_hold",
            Self::Closed { .. } => "closed",
            Self::Held { .. } => "held",
            Self::Reserved { .. } => "reserved",
            Self::Behind { .. } => "behind",
            Self::PreviousStage { .. } => "previous_stage",
            Self::NoReturnWindow => "no_return_window",
        }
    }

    /// The gate that this reason says is shut.
    pub const fn gate(&self) -> Option<Gate> {
        match self {
            Self::Parked { .. } => Some(Gate::Parked),
            Self::Outside { .. } => Some(Gate::Outside),
            Self::NotDelivered => Some(Gate::Delivery),
            Self::NoAgreement { .. } => Some(Gate::Agreement),
            Self::Confidential => Some(Gate::Confidential),
            Self::NotAuthorised => Some(Gate::Authorisation),
            Self::NoLegalBasis => Some(Gate::LegalBasis),
            Self::NoPin { .. } => Some(Gate::Pin),
            _ => None,
        }
    }

    /// As JSON: `kind`, its data, and `text`. `name` turns a queue number into what the reader knows it by.
    pub fn json(&self, zone: &Zone, name: &dyn Fn(QueueNumber) -> String) -> Value {
        // Words, numbers and instants: nothing that could fail.
        serde_json::to_value(self.say(zone, name)).unwrap_or_default()
    }

    /// In words, times local to the unit.
    pub fn say<'a>(&'a self, zone: &'a Zone, name: &'a dyn Fn(QueueNumber) -> String) -> Said<'a> {
        Said { reason: self, zone, name }
    }
}

/// A reason in words: the one place where they are chosen.
pub struct Said<'a> {
    reason: &'a Reason,
    zone: &'a Zone,
    name: &'a dyn Fn(QueueNumber) -> String,
}

/// `kind`, the data of the reason, and `text`.
impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.reason.kind())?;
        match self.reason {
            Reason::NotDelivered
            | Reason::Confidential
            | Reason::NotAuthorised
            | Reason::NoLegalBasis
            | Reason::NoRoute
            | Reason::NoReturnWindow => {}
            Reason::Parked { review_at } | Reason::Withheld { review_at } => map.serialize_entry("review_at", review_at)?,
            Reason::Outside { due } => map.serialize_entry("due", due)?,
            Reason::InTransit { until } => map.serialize_entry("until", until)?,
            Reason::NoAgreement { agreed, notice } => {
                map.serialize_entry("agreed", agreed)?;
                map.serialize_entry("notice", notice)?;
            }
            Reason::NoPin { lock_state } => map.serialize_entry("lock_state", lock_state)?,
            Reason::EarlierExhibitFirst { first } => map.serialize_entry("first", &(self.name)(*first))?,
            Reason::NobodyCan { by, stage, level, device } => {
                map.serialize_entry("by", by)?;
                map.serialize_entry("stage", stage)?;
                map.serialize_entry("level", level)?;
                map.serialize_entry("device", device)?;
            }
            Reason::CompetenceLapsed { resource } | Reason::NotValidated { resource } | Reason::QualityHold { resource } => {
                map.serialize_entry("resource", resource)?;
            }
            Reason::ResourceDown { resource, until } => {
                map.serialize_entry("resource", resource)?;
                map.serialize_entry("until", until)?;
            }
            Reason::Closed { until } => map.serialize_entry("until", until)?,
            Reason::Held { site, until } => {
                map.serialize_entry("site", site)?;
                map.serialize_entry("until", until)?;
            }
            Reason::Reserved { resource, first, until } => {
                map.serialize_entry("resource", resource)?;
                map.serialize_entry("first", &(self.name)(*first))?;
                map.serialize_entry("until", until)?;
            }
            Reason::Behind { others, first, rule } => {
                map.serialize_entry("others", others)?;
                map.serialize_entry("first", &(self.name)(*first))?;
                map.serialize_entry("rule", rule.as_str())?;
            }
            Reason::PreviousStage { stage, until } => {
                map.serialize_entry("stage", stage)?;
                map.serialize_entry("until", until)?;
            }
        }
        map.serialize_entry("text", &format_args!("{self}"))?;
        map.end()
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |at: &Timestamp| self.zone.show(*at);
        match self.reason {
            Reason::Parked { review_at } => write!(f, "parked, to be reviewed {}", show(review_at)),
            Reason::Outside { due } => write!(f, "the device is outside the unit, due back {}", show(due)),
            Reason::Withheld { review_at } => write!(f, "its return is withheld, to be reviewed {}", show(review_at)),
            Reason::NotDelivered => f.write_str("the device is not here"),
            Reason::InTransit { until } => write!(f, "the device can't be there before {}", show(until)),
            Reason::NoAgreement { agreed: false, notice: false } => {
                f.write_str("no agreement of the device user and no written notice")
            }
            Reason::NoAgreement { agreed: true, .. } => f.write_str("the device user has no written notice"),
            Reason::NoAgreement { .. } => f.write_str("no agreement of the device user"),
            Reason::Confidential => f.write_str("confidential material, and nobody has decided how it is dealt with"),
            Reason::NotAuthorised => f.write_str("not authorised"),
            Reason::NoLegalBasis => f.write_str("no legal basis recorded"),
            Reason::NoPin { lock_state: LockState::Unknown } => f.write_str("not known whether it can be opened"),
            Reason::NoPin { lock_state } => write!(f, "no PIN (lock state: {lock_state})"),
            Reason::EarlierExhibitFirst { first } => write!(f, "earlier exhibit first: {}", (self.name)(*first)),
            Reason::NoRoute => f.write_str("no route of the policy is for it"),
            Reason::NobodyCan { by, stage, level, device } => {
                let kinds: Vec<&str> = by.iter().map(|kind| kind.as_str()).collect();
                write!(f, "nobody can: needs {} able to {stage} a {device} at level {level}", kinds.join(" or "))
            }
            Reason::CompetenceLapsed { resource } => write!(f, "competence of {resource} lapses before it would end"),
            Reason::NotValidated { resource } => write!(f, "validation of {resource} lapses before it would end"),
            Reason::ResourceDown { resource, until } => write!(f, "{resource} is out of use until {}", show(until)),
            Reason::QualityHold { resource } => write!(f, "{resource} is on quality hold"),
            Reason::Closed { until: Some(until) } => write!(f, "closed until {}", show(until)),
            Reason::Closed { until: None } => f.write_str("nobody who can do it ever opens"),
            Reason::Held { site, until } => f.write_str(&held(site, &show(until))),
            Reason::Reserved { resource, first, until } => {
                write!(f, "{resource} is kept for the appointment of {} until {}", (self.name)(*first), show(until))
            }
            Reason::Behind { others: 1, first, rule } => write!(f, "behind {}: {rule}", (self.name)(*first)),
            Reason::Behind { others, first, rule } => {
                write!(f, "behind {others} others, first of them {}: {rule}", (self.name)(*first))
            }
            Reason::PreviousStage { stage, until: Some(until) } => write!(f, "after {stage}, done {}", show(until)),
            Reason::PreviousStage { stage, until: None } => write!(f, "after {stage}, which waits itself"),
            Reason::NoReturnWindow => f.write_str("no return window is as long as the trip to the owner"),
        }
    }
}

/// Several reasons in one line.
pub fn sentence(reasons: &[Reason], zone: &Zone, name: &dyn Fn(QueueNumber) -> String) -> String {
    let mut line = String::new();
    for (place, reason) in reasons.iter().enumerate() {
        line.push_str(if place == 0 { "" } else { "; " });
        // Writing to a String can't fail.
        let _ = write!(line, "{}", reason.say(zone, name));
    }
    line
}
