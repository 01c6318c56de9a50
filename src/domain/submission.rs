//! A submission as it was asked for: what rules read ([`Facts`]) and what only people read ([`Particulars`]).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::{SiteId, Word};
use super::policy::Gate;
use super::time::{Seconds, Timestamp};

/// All of a request: one row of a queue file, one body of an intake call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What rules read.
    pub facts: Facts,
    /// What only people read.
    pub particulars: Particulars,
}

/// What rules read of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The force that asks.
    pub force: String,
    /// Word of the policy.
    pub offence: Word,
    /// Whose device it is.
    pub owner: Owner,
    /// Word of the policy.
    pub device: Word,
    /// Storage of the device, in GB.
    pub storage_gb: Option<u32>,
    /// Whether it can be opened.
    pub lock_state: LockState,
    /// When the police took it.
    pub taken_at: Timestamp,
    /// Where it is examined, unless a resource elsewhere does it sooner.
    pub site: SiteId,
    /// When it reached `site`.
    pub delivered_at: Option<Timestamp>,
    /// Where its owner gets it back, if not at `site`.
    pub return_site: Option<SiteId>,
    /// The owner waits at the site until then.
    pub owner_present_until: Option<Timestamp>,
    /// From leaving the site until the owner has it, if not the site's usual time.
    pub trip: Option<Seconds>,
    /// 1: kiosk; 2 and 3: laboratory.
    pub level: u8,
    /// Agreement of the device user.
    pub agreement_at: Option<Timestamp>,
    /// The written notice that goes with agreement.
    pub notice_at: Option<Timestamp>,
    /// Whether a legal basis is recorded.
    pub legal_basis: bool,
    /// Necessity and scope authorised.
    pub authorised_at: Option<Timestamp>,
    /// Whether return is authorised, once verified.
    pub return_authorised: bool,
    /// The custody clock ends.
    pub custody_expires_at: Option<Timestamp>,
    /// Answer to bail.
    pub bail_at: Option<Timestamp>,
    /// Court date.
    pub court_at: Option<Timestamp>,
    /// Evidence is lost, as when a phone reboots.
    pub evidence_fades_at: Option<Timestamp>,
    /// Words of the policy.
    pub risk: Vec<Word>,
    /// The suspect is known from another report.
    pub repeat_suspect: bool,
    /// Life at immediate risk.
    pub life_at_risk: bool,
    /// Place in a staged case: smaller first.
    pub case_rank: Option<u32>,
}

impl Facts {
    /// Where the device is handed back.
    pub fn home(&self) -> &SiteId {
        self.return_site.as_ref().unwrap_or(&self.site)
    }

    /// Whether a gate is met at `now`; an instant after `now` leaves it shut.
    pub fn gate_open(&self, gate: Gate, now: Timestamp) -> bool {
        self.gate_opens(gate).is_some_and(|at| at <= now)
    }

    /// From when a gate is met; [`Timestamp::MIN`] where it has no time of its own, none where nothing is recorded.
    pub fn gate_opens(&self, gate: Gate) -> Option<Timestamp> {
        let always = |met: bool| met.then_some(Timestamp::MIN);
        match gate {
            // What is decided or where a device is stands with the submission, not with what was asked for.
            Gate::Parked | Gate::Outside | Gate::Confidential => always(true),
            Gate::Agreement => Some(self.agreement_at?.max(self.notice_at?)),
            Gate::LegalBasis => always(self.legal_basis),
            Gate::Authorisation => self.authorised_at,
            Gate::Delivery => self.delivered_at,
            Gate::Pin => always(matches!(self.lock_state, LockState::Unlocked | LockState::PinHeld)),
        }
    }
}

/// What only people read of a submission: sealed in the ledger, dropped on redaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// Reference of the crime report.
    pub crime_ref: String,
    /// Reference of the exhibit, like `AB/1`.
    pub exhibit_ref: String,
    /// Reference of the exhibit of the same case that it is a part of, as a SIM is of a phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Which request for this exhibit, from 1.
    pub request: u32,
    /// Officer in the case.
    pub oic: String,
    /// The team that acts when the OIC is off duty.
    pub team: Option<String>,
    /// Maker of the device.
    pub make: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Kinds of data asked for.
    pub scope: Vec<String>,
    /// First day asked for.
    pub scope_from: Option<NaiveDate>,
    /// Last day asked for.
    pub scope_to: Option<NaiveDate>,
    /// By what right, in words.
    pub legal_basis: Option<String>,
    /// Who authorised the examination; not the OIC.
    pub authorised_by: Option<String>,
    /// Who authorised the return.
    pub return_authorised_by: Option<String>,
}

impl Particulars {
    /// What people write freely, or names; by field of the queue file. Explanations (scope, legal basis) are apart.
    pub fn free_text(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let given = [("crime_ref", &self.crime_ref), ("exhibit_ref", &self.exhibit_ref), ("oic", &self.oic)];
        let perhaps = [
            ("parent", &self.parent),
            ("team", &self.team),
            ("make", &self.make),
            ("model", &self.model),
            ("authorised_by", &self.authorised_by),
            ("return_authorised_by", &self.return_authorised_by),
        ];
        let perhaps = perhaps.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)));
        given.into_iter().map(|(field, text)| (field, text.as_str())).chain(perhaps)
    }

    /// What is wrong with the exhibit that is named as the parent, as far as others of the case tell: a part has no parts. A parent that is
    /// not among them is none: often the part alone is to be examined.
    pub fn wrong_parent<'p>(&self, of_case: impl IntoIterator<Item = &'p Self>) -> Option<String> {
        let own = &self.exhibit_ref;
        let parent = self.parent.as_ref().filter(|parent| *parent != own)?;
        of_case.into_iter().find_map(|other| match &other.parent {
            Some(its) if other.exhibit_ref == *parent => Some(format!("{parent} is itself a part of {its}: name that one")),
            Some(its) if its == own => Some(format!("{own} has parts of its own ({}), and so is none", other.exhibit_ref)),
            _ => None,
        })
    }
}

impl Request {
    /// What names a submission outside: force, crime reference, exhibit reference and request number, joined by `|`.
    pub fn key(&self) -> String {
        let p = &self.particulars;
        format!("{}|{}|{}|{}", self.facts.force, p.crime_ref, p.exhibit_ref, p.request)
    }

    /// What names its case: force and crime reference.
    pub fn case_key(&self) -> String {
        format!("{}|{}", self.facts.force, self.particulars.crime_ref)
    }
}

/// SHA-256 of a reference ([`Request::key`] or [`Request::case_key`]): what indices hold in its place.
pub fn digest_of(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// Words that people and programs choose from, with what they mean: as the comments in the code say it.
pub trait Vocabulary {
    /// What they are called in code.
    const NAME: &'static str;
    /// What they tell.
    const ABOUT: &'static str;
    /// Each word, and what it means.
    const WORDS: &'static [(&'static str, &'static str)];
}

macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[doc = $vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order it is shown.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it in files and JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl $crate::domain::submission::Vocabulary for $name {
            const NAME: &'static str = stringify!($name);
            const ABOUT: &'static str = concat!($($doc),*);
            const WORDS: &'static [(&'static str, &'static str)] = &[$(($word, concat!($($vdoc),*))),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text.to_lowercase().as_str() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("{text:?} is none of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

pub(crate) use words;

/// No device has more storage, in GB: whoever says more means something else.
pub const MOST_STORAGE_GB: u32 = 1_000_000;

/// Before it no device was taken that still waits: an earlier year is a slip of the pen.
pub const EARLIEST: Timestamp = Timestamp::from_unix(631_152_000); // 1990-01-01T00:00:00Z

/// Whether two names are of one person: case, space and marks between words are no difference (`DC 2231`, `dc-2231`).
pub fn same_person(a: &str, b: &str) -> bool {
    let letters = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    letters(a) == letters(b)
}

words!(
    /// Whose device it is.
    Owner {
        /// The victim.
        Victim = "victim",
        /// A witness.
        Witness = "witness",
        /// A suspect.
        Suspect = "suspect",
        /// Anyone else, a missing person among them.
        Other = "other",
    }
);

words!(
    /// Whether a device can be opened. A PIN's status is recorded, never its value.
    LockState {
        /// Opens without a PIN.
        Unlocked = "unlocked",
        /// Locked, and its PIN is held.
        PinHeld = "pin_held",
        /// Locked, after first unlock since it was switched on.
        Afu = "afu",
        /// Locked, before first unlock.
        Bfu = "bfu",
        /// Encrypted storage.
        Encrypted = "encrypted",
        /// Not known.
        Unknown = "unknown",
    }
);
