//! What comes in and how people answer: kinds of exhibits, how many a day, and what each is drawn from. Values only; the file is
//! read in `config`, and `config/workload.toml` says what the keys mean and where its figures come from.

use chrono::NaiveDate;

use crate::domain::ids::{SiteId, Word};
use crate::domain::policy::Gate;
use crate::domain::submission::{LockState, Owner};
use crate::domain::time::{Seconds, Timestamp};

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The local day on which it begins.
    pub from: NaiveDate,
    /// What is there when it begins was taken over so long before.
    pub opening_over: Seconds,
    /// How busy each day of the week is, from Monday, in hundredths of an average day.
    pub weekdays: [u32; 7],
    /// How busy each hour of the day is, in hundredths of an average hour.
    pub hours: [u32; 24],
    /// Kinds of exhibits.
    pub kinds: Vec<Kind>,
    /// Many at once.
    pub bursts: Vec<Burst>,
    /// How long people take.
    pub people: People,
}

impl Workload {
    /// The same with so many exhibits there when it begins, in the same proportions; none where it begins with none, so that there is
    /// nothing to go by.
    pub fn opening(mut self, count: u32) -> Option<Self> {
        let all: u64 = self.kinds.iter().map(|kind| u64::from(kind.opening)).sum();
        let (mut before, mut given) = (0, 0);
        for kind in &mut self.kinds {
            before += u64::from(kind.opening);
            // What is shared out up to here is rounded, so that all of it is `count`.
            let upto = u32::try_from((before * u64::from(count)).checked_div(all).unwrap_or(0)).unwrap_or(count);
            kind.opening = upto - given;
            given = upto;
        }
        (given == count).then_some(self)
    }
}

/// A kind of exhibit: what each is drawn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What it is called.
    pub name: String,
    /// Cases an average day, in hundredths.
    pub a_day: u32,
    /// Exhibits that are there when it begins.
    pub opening: u32,
    /// Devices of a case, from and up to.
    pub devices: (u32, u32),
    /// Whose they are.
    pub owner: Owner,
    /// Which police force asks.
    pub force: Weighted<Word>,
    /// Where they are brought.
    pub site: Weighted<SiteId>,
    /// What is investigated.
    pub offence: Weighted<Word>,
    /// What they are.
    pub device: Weighted<Word>,
    /// How much they hold.
    pub storage_gb: Weighted<u32>,
    /// How deep they are examined.
    pub level: Weighted<u8>,
    /// Whether they can be opened.
    pub lock_state: Weighted<LockState>,
    /// Risks, of a thousand submissions so many.
    pub risk: Vec<(Word, u32)>,
    /// Of a thousand cases so many are of a repeat suspect.
    pub repeat_permille: u32,
    /// Of a thousand owners so many wait at the site.
    pub waits_permille: u32,
    /// Of a thousand cases with several devices so many are examined one after the other.
    pub staged_permille: u32,
    /// Of a thousand submissions so many have a bail date, and how long after they are taken.
    pub bail: (u32, Seconds),
    /// The same of a court date.
    pub court: (u32, Seconds),
}

/// Cases that come at once, besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burst {
    /// When.
    pub at: Timestamp,
    /// Of which kind, by its place in the list.
    pub kind: usize,
    /// How many cases.
    pub cases: u32,
}

/// How long people take on average.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// From taking a device to its delivery.
    pub delivery: Seconds,
    /// Until the device user agrees and has the notice.
    pub agreement: Seconds,
    /// Until the legal basis is recorded.
    pub legal_basis: Seconds,
    /// Until the examination is authorised.
    pub authorisation: Seconds,
    /// Until the PIN is held.
    pub pin: Seconds,
    /// Until the return is authorised, where it was not in advance.
    pub return_authorisation: Seconds,
    /// How many times as fast people answer for tiers 0 and 1.
    pub first: u32,
}

impl People {
    /// As they are where a workload does not say: general knowledge, no public figure found.
    pub const USUAL: Self = Self {
        delivery: Seconds::hours(3),
        agreement: Seconds::hours(4),
        legal_basis: Seconds::hours(12),
        authorisation: Seconds::hours(8),
        pin: Seconds::hours(24),
        return_authorisation: Seconds::hours(2),
        first: 4,
    };

    /// Until a gate is met; none for one that nobody is simulated to meet.
    pub fn answer(&self, gate: Gate) -> Option<Seconds> {
        match gate {
            Gate::Delivery => Some(self.delivery),
            Gate::Agreement => Some(self.agreement),
            Gate::LegalBasis => Some(self.legal_basis),
            Gate::Authorisation => Some(self.authorisation),
            Gate::Pin => Some(self.pin),
            Gate::Parked => Some(Seconds::hours(24)),
            Gate::Outside | Gate::Confidential => None,
        }
    }
}

/// Things of which each is drawn as often as its weight says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighted<T>(pub Vec<(T, u32)>);

impl<T: Clone> Weighted<T> {
    /// One of them; none of none.
    pub fn draw(&self, number: u64) -> Option<T> {
        let all: u64 = self.0.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = number.checked_rem(all)?;
        for (thing, weight) in &self.0 {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return Some(thing.clone()),
            }
        }
        None
    }
}
