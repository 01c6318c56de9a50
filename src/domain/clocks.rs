//! The clocks of a submission: which promises apply, when each is due, and how high that places it.

use serde::{Deserialize, Serialize};

use super::calendar::Windows;
use super::establishment::Establishment;
use super::flags::Flags;
use super::ids::Word;
use super::policy::{DateField, DueRule, From, LOWEST_TIER, Milestone, Policy, Promise};
use super::submission::Facts;
use super::time::{Seconds, Timestamp};

/// One running promise, with the due moment that was frozen when what it counts from was first known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Name of the promise.
    pub promise: Word,
    /// What must have happened.
    pub milestone: Milestone,
    /// The tier of submissions it applies to.
    pub tier: u8,
    /// A promise that must not be broken for a lesser one.
    pub hard: bool,
    /// When it is late.
    pub due: Timestamp,
    /// What ranks in place of `due`: sooner for repeat suspects where the promise has a stretch.
    pub rank_due: Timestamp,
    /// From which instant it applies (exclusive: a near date is near *within* its span).
    pub applies_from: Timestamp,
    /// From which instant it no longer applies; dated promises end at their date.
    pub ends_at: Timestamp,
    /// The date it leads up to, if any.
    pub by: Option<DateField>,
    /// Finishing later than the effective deadline less this counts as risk.
    pub warn_before: Seconds,
}

impl Clock {
    /// Whether it applies at `now`.
    pub fn applies(&self, now: Timestamp) -> bool {
        self.applies_from <= now && now < self.ends_at
    }

    /// The latest moment at which its milestone can in fact be reached: for a device that must be brought back, the end
    /// of the last trip inside one return window of its home; none where no window is long enough.
    pub fn effective(&self, trip: Seconds, returns: &mut Windows) -> Option<Timestamp> {
        if self.milestone == Milestone::DeviceBack && self.by != Some(DateField::OwnerPresentUntil) {
            returns.last_fit(self.due.unix(), trip.0).map(Timestamp::from_unix)
        } else {
            Some(self.due)
        }
    }
}

/// The clocks of a submission under a policy: every promise that matches and whose start or date is known, in policy
/// order. Those bound to a near date are among them before it is near; see [`Clock::applies`]. What a flag promises counts from
/// when that was set after the request came in, and ends where the flag lapses.
pub fn clocks(facts: &Facts, flags: &Flags, policy: &Policy, establishment: &Establishment) -> Vec<Clock> {
    let matching = policy.promises.iter().filter(|promise| promise.when.matches(facts));
    matching.filter_map(|promise| clock(promise, facts, flags, establishment)).collect()
}

fn clock(promise: &Promise, facts: &Facts, flags: &Flags, establishment: &Establishment) -> Option<Clock> {
    let flag = flags.behind(&promise.when);
    let mut clock = Clock {
        promise: promise.name.clone(),
        milestone: promise.milestone,
        tier: promise.tier,
        hard: promise.hard,
        due: Timestamp::MAX,
        rank_due: Timestamp::MAX,
        applies_from: Timestamp::MIN,
        ends_at: Timestamp::MAX,
        by: None,
        warn_before: promise.warn_before,
    };
    match &promise.due {
        DueRule::Within { from, within, working } => {
            let from = match from {
                From::TakenAt => facts.taken_at,
                From::DeliveredAt => facts.delivered_at?,
                From::AuthorisedAt => facts.authorised_at?,
            };
            let from = flag.and_then(|flag| flag.since).map_or(from, |since| from.max(since));
            let after = |length| due_after(from, length, working.as_ref(), establishment);
            clock.due = after(*within);
            clock.rank_due = match promise.stretch {
                Some(stretch) if facts.repeat_suspect => after(stretch),
                _ => clock.due,
            };
        }
        DueRule::By { date, before } => {
            let at = date.of(facts)?;
            clock.due = at - *before;
            clock.rank_due = clock.due;
            clock.by = Some(*date);
            if promise.milestone != Milestone::DeviceBack {
                clock.ends_at = at;
            }
            if let Some(within) = promise.applies_within {
                clock.applies_from = at - within;
                clock.ends_at = at;
            }
        }
    }
    if let (Some(flag), Some(lapses)) = (flag, promise.flag_lapses) {
        clock.ends_at = clock.ends_at.min(flag.renewed + lapses);
    }
    Some(clock)
}

fn due_after(from: Timestamp, length: Seconds, working: Option<&Word>, establishment: &Establishment) -> Timestamp {
    match working.and_then(|id| establishment.calendar(id)) {
        // A calendar that never opens lets no working time pass: due never.
        Some(calendar) => {
            Windows::new(&calendar.hours, &establishment.zone, &[], from).add(from, length).unwrap_or(Timestamp::MAX)
        }
        None => from + length,
    }
}

/// The tier of a submission: the smallest among the promises that apply, the lowest where none does.
pub fn native_tier(clocks: &[Clock], now: Timestamp) -> u8 {
    clocks.iter().filter(|clock| clock.applies(now)).map(|clock| clock.tier).min().unwrap_or(LOWEST_TIER)
}
