//! The policy: what was promised, what comes first, which way a device goes. Values only; the file is read in `config`.

mod on_fail;
mod when;

use serde::{Deserialize, Serialize};

use super::establishment::ResourceKind;
use super::flags;
use super::ids::Word;
use super::submission::Facts;
use super::time::{Seconds, Timestamp};
pub use on_fail::{NextStep, OnFail};
pub use when::When;

/// A valid policy file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Compared as text: a greater one is newer.
    pub version: String,
    /// Device kinds that may occur.
    pub devices: Vec<Word>,
    /// Offences that may occur.
    pub offences: Vec<Word>,
    /// Risks that may occur.
    pub risks: Vec<Word>,
    /// Highest first (smallest number).
    pub tiers: Vec<Tier>,
    /// Ageing raises nothing above this tier.
    pub never_above: u8,
    /// All that match apply.
    pub promises: Vec<Promise>,
    /// The first that matches applies.
    pub routes: Vec<Route>,
    /// What protects the victim's phone that has not arrived yet.
    pub guard: Guard,
    /// How far ahead steps become assignments.
    pub dispatch_horizon: Seconds,
    /// How long what was taken on may wait although it could be begun, before it goes back to the queue.
    #[serde(default = "usual_lease")]
    pub lease: Seconds,
    /// How long what nobody took on waits before it goes up a step.
    #[serde(default = "usual_pace")]
    pub pace: Seconds,
    /// What follows when a stage could not be done: the first that matches.
    #[serde(default)]
    pub on_fail: Vec<OnFail>,
    /// What forecasts rest on.
    pub forecast: Forecast,
}

/// That of policies from before it could be chosen.
const fn usual_lease() -> Seconds {
    Seconds::hours(1)
}

/// That of policies from before it could be chosen (domain.md, "Clocks").
const fn usual_pace() -> Seconds {
    Seconds(30 * 60)
}

/// The tier of a submission to which no promise applies (policy file: "5 where none does").
pub const LOWEST_TIER: u8 = 5;

/// A class of submissions that comes before those of a greater number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// 0 is the highest.
    pub number: u8,
    /// What it holds.
    pub name: String,
    /// After this wait, counted from when its gates were all met, a submission rises one tier, once.
    pub longest_wait: Option<Seconds>,
}

/// What was promised, to which milestone, counted from which moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Short name.
    pub name: Word,
    /// Which submissions it is made to.
    pub when: When,
    /// What must have happened.
    pub milestone: Milestone,
    /// When it is due.
    pub due: DueRule,
    /// In place of `within` for rank and the planner's tuple, for repeat suspects.
    pub stretch: Option<Seconds>,
    /// A promise that must not be broken for a lesser one.
    pub hard: bool,
    /// The tier of submissions it applies to.
    pub tier: u8,
    /// Finishing later than the effective deadline less this counts as risk.
    pub warn_before: Seconds,
    /// Forecast probability of being late from which it is at risk, in thousandths.
    pub at_risk_permille: u16,
    /// The owner gets a replacement handset when it can't be kept.
    pub replacement_handset: bool,
    /// How long the flag that makes it apply lasts unless renewed (daemon only).
    pub flag_lapses: Option<Seconds>,
    /// Applies only while 0 < date - now <= this.
    pub applies_within: Option<Seconds>,
}

/// What a promise is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// All stages that hold the device are done.
    Extracted,
    /// The owner has the device.
    DeviceBack,
    /// All stages that return no device are done.
    Results,
}

impl Milestone {
    /// The word for it in files and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Extracted => "extracted",
            Self::DeviceBack => "device_back",
            Self::Results => "results",
        }
    }
}

/// How a due moment follows from what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueRule {
    /// `within` after the moment `from`, elapsed or counted in a calendar's open time.
    Within {
        /// The moment it counts from.
        from: From,
        /// How long after.
        within: Seconds,
        /// Calendar whose open time alone counts; none: elapsed time.
        working: Option<Word>,
    },
    /// `before` a stored date; applies only where the date is set.
    By {
        /// Which date.
        date: DateField,
        /// How long before.
        before: Seconds,
    },
}

/// A moment that a promise can count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "each is named as its column is")]
pub enum From {
    /// The police took the device.
    TakenAt,
    /// The device reached its site.
    DeliveredAt,
    /// The examination was authorised.
    AuthorisedAt,
}

/// A stored date that a promise can lead up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateField {
    /// The owner waits at the site until then.
    OwnerPresentUntil,
    /// The custody clock ends.
    CustodyExpiresAt,
    /// Answer to bail.
    BailAt,
    /// Court date.
    CourtAt,
    /// Evidence is lost, as when a phone reboots.
    EvidenceFadesAt,
}

impl DateField {
    /// The column it is stored in.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnerPresentUntil => "owner_present_until",
            Self::CustodyExpiresAt => "custody_expires_at",
            Self::BailAt => "bail_at",
            Self::CourtAt => "court_at",
            Self::EvidenceFadesAt => "evidence_fades_at",
        }
    }

    /// The date as stored with a submission.
    pub const fn of(self, facts: &Facts) -> Option<Timestamp> {
        match self {
            Self::OwnerPresentUntil => facts.owner_present_until,
            Self::CustodyExpiresAt => facts.custody_expires_at,
            Self::BailAt => facts.bail_at,
            Self::CourtAt => facts.court_at,
            Self::EvidenceFadesAt => facts.evidence_fades_at,
        }
    }
}

/// The stages that a submission passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Short name.
    pub name: Word,
    /// Which submissions take it.
    pub when: When,
    /// What must be met before any stage.
    pub gates: Vec<Gate>,
    /// Each after those it names; in an order in which predecessors come first.
    pub stages: Vec<Stage>,
}

impl Route {
    /// Whether it has stages that need the device and stages that do not, and none of the former follows, or depends on the
    /// hands of, one of the latter: then the two can be planned one without the other.
    pub fn comes_apart(&self) -> bool {
        let device = |stage: usize| self.stages.get(stage).is_some_and(Stage::needs_device);
        let tied = |a: usize, b: usize| {
            let stage = &self.stages[a];
            stage.same_person_as == Some(b) || stage.different_person_from.contains(&b)
        };
        let all = 0..self.stages.len();
        let (with, without): (Vec<usize>, Vec<usize>) = all.partition(|stage| device(*stage));
        let bound = |a: usize, b: usize| self.stages[a].after.contains(&b) || tied(a, b) || tied(b, a);
        !with.is_empty() && !without.is_empty() && !with.iter().any(|a| without.iter().any(|b| bound(*a, *b)))
    }
}

/// What must be met before any stage may start, in the order in which it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Nobody parked it. Of every route; no file names it.
    Parked,
    /// Its device is not with somebody outside. Of every route; no file names it.
    Outside,
    /// Agreement of the device user, and the written notice (PCSC Act 2022 s.39).
    Agreement,
    /// Where confidential material was noted, somebody decided how it is dealt with. Of every route; no file names it.
    Confidential,
    /// A legal basis is recorded.
    LegalBasis,
    /// Necessity and scope authorised by someone who is not the OIC.
    Authorisation,
    /// The device is at the site.
    Delivery,
    /// Unlocked, or its PIN is held.
    Pin,
}

impl Gate {
    /// Every gate, in the order in which they are judged.
    pub const ALL: [Self; 8] = [
        Self::Parked,
        Self::Outside,
        Self::Agreement,
        Self::Confidential,
        Self::LegalBasis,
        Self::Authorisation,
        Self::Delivery,
        Self::Pin,
    ];

    /// Those that a route of the policy file may name.
    pub const OF_ROUTES: [Self; 5] = [Self::Agreement, Self::LegalBasis, Self::Authorisation, Self::Delivery, Self::Pin];

    /// The word for it in files and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::Outside => "outside",
            Self::Agreement => "agreement",
            Self::Confidential => "confidential",
            Self::LegalBasis => "legal_basis",
            Self::Authorisation => "authorisation",
            Self::Delivery => "delivery",
            Self::Pin => "pin",
        }
    }
}

/// One stage of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Short name, unique in its route.
    pub name: Word,
    /// Kinds of resource that can carry it out; empty for a stage that returns the device.
    pub by: Vec<ResourceKind>,
    /// A person works, inside opening hours; otherwise a machine runs.
    pub attended: bool,
    /// The device is with the resource.
    pub holds_device: bool,
    /// The device goes back to its owner.
    pub returns_device: bool,
    /// Expected time: `base + per_gb * storage_gb`.
    pub base: Seconds,
    /// See `base`.
    pub per_gb: Seconds,
    /// p90 of the time over the expected time, in hundredths.
    pub p90: u32,
    /// Indices of the stages that must have ended.
    pub after: Vec<usize>,
    /// Index of a stage that the same resource carries out.
    pub same_person_as: Option<usize>,
    /// Indices of stages that other resources carry out.
    pub different_person_from: Vec<usize>,
    /// A machine's run of unknown length, an unlock say: how often somebody looks whether it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_every: Option<Seconds>,
}

impl Stage {
    /// Whether the device is in somebody's hands, or on its way to its owner.
    pub const fn needs_device(&self) -> bool {
        self.holds_device || self.returns_device
    }

    /// What the policy expects of a device of this storage, at speed 1.
    pub const fn time(&self, storage_gb: u32) -> Seconds {
        Seconds(self.base.0 + self.per_gb.0 * storage_gb as i64)
    }

    /// Expected time on a resource of this speed in hundredths: attended work is divided by it and rounded up.
    pub const fn time_at(&self, storage_gb: u32, speed: u32) -> Seconds {
        let time = self.time(storage_gb);
        if self.attended { Seconds((time.0 * 100 + speed as i64 - 1) / speed as i64) } else { time }
    }
}

/// The promise whose last way of being kept nothing lower may take away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Which promise.
    pub promise: Word,
    /// Level of the device that may arrive.
    pub level: u8,
    /// Its storage; also used where a submission's is not known.
    pub typical_storage_gb: u32,
    /// From taking to delivery.
    pub arrives_after: Seconds,
    /// After this hold a supervisor is asked.
    pub max_hold: Seconds,
}

/// What forecasts rest on until the unit's own history says more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// Usual time for a gate to clear.
    pub gate_clears: Seconds,
    /// How often a plan is decoded with drawn durations.
    pub runs: u32,
    /// Observations of a kind of stage before the unit's own durations replace the policy's.
    pub learn_after: u32,
}

impl Policy {
    /// The first route that matches.
    pub fn route_for(&self, facts: &Facts) -> Option<&Route> {
        self.routes.iter().find(|route| route.when.matches(facts))
    }

    /// The route of this name.
    pub fn route(&self, name: &Word) -> Option<&Route> {
        self.routes.iter().find(|route| route.name == *name)
    }

    /// How long a flag lasts unless renewed: as long as the longest promise that rests on it says; none where none does.
    pub fn flag_lapses(&self, kind: flags::Kind) -> Option<Seconds> {
        let resting = self.promises.iter().filter(|promise| flags::Kind::behind(&promise.when) == Some(kind));
        resting.filter_map(|promise| promise.flag_lapses).max()
    }

    /// The tier of this number.
    pub fn tier(&self, number: u8) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.number == number)
    }
}
