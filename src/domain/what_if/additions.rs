//! The fewest additions to a unit that keep promises at given shares, and what one more of each kind is worth.
//!
//! A unit is tried by a simulation, each with the same arrivals, durations and faults, or by a plan of today's queue. The search adds, again and again, what saves most promises for its cost
//! (where none does, most delay), and at last leaves out whatever is not needed after all. So nothing of what it finds can be left out;
//! that nothing else is cheaper is not proved. A kind that changes nothing by itself is tried again only once nothing else helps: it may
//! be of use beside another. Several seeds make a search steadier: with one more of something a whole run goes another way.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use super::{Change, Impossible, change, of_kind};
use crate::domain::establishment::{Establishment, ResourceKind};
use crate::domain::ids::Word;
use crate::domain::submission::words;
use crate::domain::time::Seconds;

/// More slots than this are not looked for.
const MOST: u32 = 200;
/// In the scale of shares: all.
const ALL: usize = 1_000;

/// A promise that is to be kept at least at a share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Keep {
    /// Which.
    pub promise: Word,
    /// Of a thousand that fell due and were not void, so many.
    pub permille: u32,
}

impl Keep {
    /// As people write it: `victim-phone=95%`, `rasso-suspect=99.5%`.
    ///
    /// # Errors
    /// How to write it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let right =
            || "write a promise and a share from 0.1 to 100 %, with one decimal at most, like victim-phone=95%".to_owned();
        let (promise, share) = text.split_once('=').ok_or_else(right)?;
        let share = share.trim().strip_suffix('%').ok_or_else(right)?;
        let (whole, tenth) = share.trim().split_once('.').unwrap_or((share.trim(), "0"));
        let number = |text: &str| u32::from_str(text).ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let tenth = number(tenth).filter(|_| tenth.len() == 1).ok_or_else(right)?;
        let permille = number(whole).filter(|whole| *whole <= 100).ok_or_else(right)? * 10 + tenth;
        if permille == 0 || permille > 1_000 || promise.trim().is_empty() {
            return Err(right());
        }
        Ok(Self { promise: Word::from(promise.trim()), permille })
    }

    /// How many have to be kept of so many.
    fn needed(&self, of: usize) -> usize {
        (of * usize::try_from(self.permille).unwrap_or(ALL)).div_ceil(ALL)
    }
}

/// What one more of a kind costs, as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost(pub ResourceKind, pub u32);

impl Cost {
    /// `examiner=3`.
    ///
    /// # Errors
    /// How to write it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let cost = |text: &str| u32::from_str(text).ok().filter(|cost| (1..=1_000_000).contains(cost));
        let (kind, cost) = of_kind(text, cost, "a whole number from 1 to 1000000, like examiner=3")?;
        Ok(Self(kind, cost))
    }
}

/// So many slots more of some kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Additions(pub BTreeMap<ResourceKind, u32>);

impl Additions {
    fn with(&self, kind: ResourceKind, count: u32) -> Self {
        let mut more = self.clone();
        *more.0.entry(kind).or_default() += count;
        more
    }

    /// One fewer of a kind; none where there is none.
    fn without(&self, kind: ResourceKind) -> Option<Self> {
        let mut fewer = self.clone();
        let left = fewer.0.get_mut(&kind)?;
        *left -= 1;
        fewer.0.retain(|_, count| *count > 0);
        Some(fewer)
    }

    /// Adds them to a unit.
    ///
    /// # Errors
    /// There is none of a kind that one more could be like.
    pub fn to(&self, unit: &mut Establishment) -> Result<(), Impossible> {
        self.0.iter().try_for_each(|(kind, count)| change(unit, &Change::Set(*kind, i64::from(*count))))
    }

    /// What all of it costs.
    fn cost(&self, costs: &BTreeMap<ResourceKind, u32>) -> u64 {
        self.0.iter().map(|(kind, count)| u64::from(*count) * u64::from(costs.get(kind).copied().unwrap_or(1))).sum()
    }
}

impl Serialize for Additions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// What comes of one promise in a unit that was tried, in one run or in all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Which.
    pub promise: Word,
    /// In time.
    pub kept: usize,
    /// Of so many, kept or not.
    pub of: usize,
    /// Of those not kept, what nobody can keep with the sites and hours there are.
    pub unavoidable: usize,
    /// Hours of delay of those not kept, together.
    pub late_hours: f64,
}

impl Share {
    /// Of a promise of which nothing is counted yet.
    pub const fn of(promise: Word) -> Self {
        Self { promise, kept: 0, of: 0, unavoidable: 0, late_hours: 0.0 }
    }

    /// Counts one that is reached so long after its due, or at no time.
    #[expect(clippy::cast_precision_loss, reason = "a delay is far below 2^52 seconds")]
    pub fn count(&mut self, late: Option<Seconds>, is_unavoidable: impl FnOnce() -> bool) {
        let is_kept = late.is_some_and(|late| late.0 <= 0);
        self.of += 1;
        self.kept += usize::from(is_kept);
        if !is_kept {
            self.unavoidable += usize::from(is_unavoidable());
            self.late_hours += late.map_or(0.0, |late| late.0 as f64 / 3_600.0);
        }
    }
}

/// A unit that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// What it has on top of the unit as it is.
    pub added: Additions,
    /// What that costs: one each, unless said otherwise.
    pub cost: u64,
    /// One line a promise.
    pub shares: Vec<Share>,
}

words!(
    /// How a search for additions ended.
    SearchEnding {
        /// Of one of the promises nothing falls due: there is nothing to keep.
        NothingDue = "nothing_due",
        /// Every share is reached by the unit as it is.
        AsItIs = "as_it_is",
        /// Every share is reached with what was found.
        Found = "found",
        /// More is missed than may be that nobody can keep with the sites and hours there are: more slots don't help.
        Unavoidable = "unavoidable",
        /// Nothing that could be added is of use any more; what was found is as near as it came.
        NothingHelps = "nothing_helps",
        /// As many as are looked for are not enough; what was found is as near as it came.
        Limit = "limit",
    }
);

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// What was asked for.
    pub keep: Vec<Keep>,
    /// How it ended.
    pub ending: SearchEnding,
    /// The unit as it is.
    pub as_it_is: Tried,
    /// One more of each kind, by itself.
    pub one_more: Vec<Tried>,
    /// The best that was found.
    pub best: Tried,
    /// How many units were tried.
    pub trials: usize,
}

/// What is searched.
#[derive(Clone, Debug)]
pub struct Search {
    /// What is to be kept.
    pub keep: Vec<Keep>,
    /// Kinds of which there can be more.
    pub kinds: Vec<ResourceKind>,
    /// What one more of a kind costs; 1 where nothing is said.
    pub costs: BTreeMap<ResourceKind, u32>,
    /// Once so many units were tried, it goes no further.
    pub most: usize,
}

/// How far a unit is from what is asked for: promises that are still to be kept, then the delay of those named, in tenths of an hour.
type Short = (usize, i64);

/// Where units are tried, and counted.
struct Bench<'s, T> {
    search: &'s Search,
    trial: T,
    tried: usize,
}

impl<E, T: FnMut(&[Additions]) -> Result<Vec<Vec<Share>>, E>> Bench<'_, T> {
    fn of(&mut self, units: Vec<Additions>) -> Result<Vec<Tried>, E> {
        self.tried += units.len();
        let came = (self.trial)(&units)?;
        Ok(units.into_iter().zip(came).map(|(added, shares)| self.search.tried(added, shares)).collect())
    }

    /// With so many more of each of some kinds, by itself.
    fn with(&mut self, from: &Additions, kinds: &[ResourceKind], count: u32) -> Result<Vec<(ResourceKind, Tried)>, E> {
        let units = kinds.iter().map(|kind| from.with(*kind, count)).collect();
        Ok(kinds.iter().copied().zip(self.of(units)?).collect())
    }

    const fn is_spent(&self) -> bool {
        self.tried >= self.search.most
    }
}

impl Search {
    /// Searches; `trial` gives what comes of several units, of each the lines of every run of it.
    ///
    /// # Errors
    /// Those of `trial`.
    pub fn run<E>(&self, trial: impl FnMut(&[Additions]) -> Result<Vec<Vec<Share>>, E>) -> Result<Found, E> {
        let mut bench = Bench { search: self, trial, tried: 0 };
        // All at once: who tries them may have several cores.
        let with_one = self.kinds.iter().map(|kind| Additions::default().with(*kind, 1));
        let mut first = bench.of(std::iter::once(Additions::default()).chain(with_one).collect())?.into_iter();
        let Some(as_it_is) = first.next() else { unreachable!("what is tried has an outcome") };
        let one_more: Vec<(ResourceKind, Tried)> = self.kinds.iter().copied().zip(first).collect();
        let (ending, best) = if self.asked(&as_it_is).any(|(_, share)| share.of == 0) {
            (SearchEnding::NothingDue, as_it_is.clone())
        } else if self.is_kept(&as_it_is) {
            (SearchEnding::AsItIs, as_it_is.clone())
        } else if self.is_hopeless(&as_it_is) {
            (SearchEnding::Unavoidable, as_it_is.clone())
        } else {
            let (ending, best) = self.climb(&as_it_is, &one_more, &mut bench)?;
            if ending == SearchEnding::Found { (ending, self.spared(best, &mut bench)?) } else { (ending, best) }
        };
        let one_more = one_more.into_iter().map(|(_, one)| one).collect();
        Ok(Found { keep: self.keep.clone(), ending, as_it_is, one_more, best, trials: bench.tried })
    }

    /// Adds what helps most for its cost until every share is reached.
    fn climb<E>(
        &self,
        from: &Tried,
        one_more: &[(ResourceKind, Tried)],
        bench: &mut Bench<'_, impl FnMut(&[Additions]) -> Result<Vec<Vec<Share>>, E>>,
    ) -> Result<(SearchEnding, Tried), E> {
        let mut best = from.clone();
        let mut next = one_more.to_vec();
        if next.iter().all(|(_, one)| self.gain(&best, one) <= (0, 0)) {
            next = bench.with(&best.added, &self.kinds, 2)?;
        }
        loop {
            next.retain(|(_, one)| self.gain(&best, one) > (0, 0));
            let Some((_, most)) = next.iter().max_by(|(_, a), (_, b)| self.by_worth(&best, a, b)) else {
                return Ok((SearchEnding::NothingHelps, best));
            };
            best = most.clone();
            if self.is_kept(&best) {
                return Ok((SearchEnding::Found, best));
            }
            if best.added.0.values().sum::<u32>() >= MOST || bench.is_spent() {
                return Ok((SearchEnding::Limit, best));
            }
            let helped: Vec<ResourceKind> = next.iter().map(|(kind, _)| *kind).collect();
            let idle: Vec<ResourceKind> = self.kinds.iter().filter(|kind| !helped.contains(kind)).copied().collect();
            // A run is no smooth thing: where one more of nothing helps, one more of what did not help before may, or two of something.
            for (kinds, count) in [(&helped, 1), (&idle, 1), (&self.kinds, 2)] {
                next = bench.with(&best.added, kinds, count)?;
                if next.iter().any(|(_, one)| self.gain(&best, one) > (0, 0)) {
                    break;
                }
            }
        }
    }

    /// Without whatever is not needed after all, the dearest first.
    fn spared<E>(
        &self,
        mut best: Tried,
        bench: &mut Bench<'_, impl FnMut(&[Additions]) -> Result<Vec<Vec<Share>>, E>>,
    ) -> Result<Tried, E> {
        let mut kinds: Vec<ResourceKind> = best.added.0.keys().copied().collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(self.costs.get(kind).copied().unwrap_or(1)));
        for kind in kinds {
            while let Some(fewer) = best.added.without(kind).filter(|fewer| !fewer.0.is_empty()) {
                match bench.of(vec![fewer])?.pop().filter(|one| self.is_kept(one)) {
                    Some(one) => best = one,
                    None => break,
                }
            }
        }
        Ok(best)
    }

    fn tried(&self, added: Additions, came: Vec<Share>) -> Tried {
        let mut shares: Vec<Share> = Vec::new();
        for one in came {
            match shares.iter_mut().find(|share| share.promise == one.promise) {
                Some(share) => {
                    share.kept += one.kept;
                    share.of += one.of;
                    share.unavoidable += one.unavoidable;
                    share.late_hours = tenth(share.late_hours + one.late_hours);
                }
                None => shares.push(Share { late_hours: tenth(one.late_hours), ..one }),
            }
        }
        // Of what is asked for and never runs there is none, and that is told, too.
        let named = |promise: &Word, shares: &[Share]| shares.iter().any(|share| share.promise == *promise);
        for keep in &self.keep {
            if !named(&keep.promise, &shares) {
                shares.push(Share::of(keep.promise.clone()));
            }
        }
        Tried { cost: added.cost(&self.costs), added, shares }
    }

    fn asked<'t>(&self, tried: &'t Tried) -> impl Iterator<Item = (&Keep, &'t Share)> {
        let of = |keep: &Keep| tried.shares.iter().find(|share| share.promise == keep.promise);
        self.keep.iter().filter_map(move |keep| Some((keep, of(keep)?)))
    }

    #[expect(clippy::cast_possible_truncation, reason = "tenths of hours of a run stay far below 2^52")]
    fn short(&self, tried: &Tried) -> Short {
        let missing = self.asked(tried).map(|(keep, share)| keep.needed(share.of).saturating_sub(share.kept)).sum();
        let late = self.asked(tried).map(|(_, share)| (share.late_hours * 10.0).round() as i64).sum();
        (missing, late)
    }

    fn is_kept(&self, tried: &Tried) -> bool {
        self.short(tried).0 == 0
    }

    /// Whether what nobody could have kept is more than may be missed.
    fn is_hopeless(&self, tried: &Tried) -> bool {
        self.asked(tried).any(|(keep, share)| share.unavoidable > share.of - keep.needed(share.of))
    }

    /// What another unit saves: promises, and tenths of hours of delay.
    fn gain(&self, from: &Tried, to: &Tried) -> (i64, i64) {
        let ((missing, late), (still, left)) = (self.short(from), self.short(to));
        let promises = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        (promises(missing) - promises(still), late - left)
    }

    /// By what is saved for each unit of cost.
    fn by_worth(&self, from: &Tried, a: &Tried, b: &Tried) -> std::cmp::Ordering {
        let cost = |one: &Tried| i128::from((one.cost - from.cost).max(1));
        let ((a_kept, a_late), (b_kept, b_late)) = (self.gain(from, a), self.gain(from, b));
        let worth = |gain: i64, other: &Tried| i128::from(gain) * cost(other);
        let kept = worth(a_kept, b).cmp(&worth(b_kept, a));
        kept.then_with(|| worth(a_late, b).cmp(&worth(b_late, a))).then_with(|| b.added.cmp(&a.added))
    }
}

fn tenth(hours: f64) -> f64 {
    (hours * 10.0).round() / 10.0
}
