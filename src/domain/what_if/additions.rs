//! The fewest additions to a unit that keep promises at given shares, and what one more of each kind is worth.
//!
//! Each unit is tried with the same arrivals, durations and faults. The search adds, again and again, what saves most promises for its cost
//! (where none does, most delay), and at last leaves out whatever is not needed after all. So nothing of what it finds can be left out;
//! that nothing else is cheaper is not proved. A kind that changes nothing by itself is tried again only once nothing else helps: it may
//! be of use beside another. Several seeds make a search steadier: with one more of something a whole run goes another way.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::outcome::Promised;
use crate::domain::establishment::ResourceKind;
use crate::domain::ids::Word;

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
        let right = || "write a promise and a share, like victim-phone=95%".to_owned();
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

/// What came of one promise in a unit that was tried, of all seeds together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Which.
    pub promise: Word,
    /// In time.
    pub kept: usize,
    /// Of so many: kept and breached.
    pub of: usize,
    /// Of those breached, what nobody could have kept with the sites and hours there are.
    pub unavoidable: usize,
    /// Hours of delay of those breached, together.
    pub late_hours: f64,
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

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Of one of the promises nothing falls due in the run: there is nothing to keep.
    NothingDue,
    /// Every share is reached by the unit as it is.
    AsItIs,
    /// Every share is reached with `best`.
    Found,
    /// More is breached than may be that nobody could have kept with the sites and hours there are: more slots don't help.
    Unavoidable,
    /// Nothing that could be added is of use any more; `best` is as near as it came.
    NothingHelps,
    /// As many as are looked for are not enough; `best` is as near as it came.
    Limit,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// What was asked for.
    pub keep: Vec<Keep>,
    /// How it ended.
    pub ending: Ending,
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
}

/// How far a unit is from what is asked for: promises that are still to be kept, then the delay of those named, in tenths of an hour.
type Short = (usize, i64);

impl Search {
    /// Searches; `trial` gives what comes of several units, of each the lines of every seed.
    ///
    /// # Errors
    /// Those of `trial`.
    pub fn run<E>(&self, mut trial: impl FnMut(&[Additions]) -> Result<Vec<Vec<Promised>>, E>) -> Result<Found, E> {
        let mut trials = 0;
        let mut tried = |units: Vec<Additions>| -> Result<Vec<Tried>, E> {
            trials += units.len();
            let came = trial(&units)?;
            Ok(units.into_iter().zip(came).map(|(added, lines)| self.tried(added, &lines)).collect())
        };
        let first =
            std::iter::once(Additions::default()).chain(self.kinds.iter().map(|kind| Additions::default().with(*kind, 1)));
        let mut first = tried(first.collect())?.into_iter();
        let Some(as_it_is) = first.next() else { unreachable!("what is tried has an outcome") };
        let one_more: Vec<Tried> = first.collect();
        let (ending, best) = if self.asked(&as_it_is).any(|(_, share)| share.of == 0) {
            (Ending::NothingDue, as_it_is.clone())
        } else if self.is_kept(&as_it_is) {
            (Ending::AsItIs, as_it_is.clone())
        } else if self.is_hopeless(&as_it_is) {
            (Ending::Unavoidable, as_it_is.clone())
        } else {
            let (ending, best) = self.climb(&as_it_is, &one_more, &mut tried)?;
            if ending == Ending::Found { (ending, self.spared(best, &mut tried)?) } else { (ending, best) }
        };
        Ok(Found { keep: self.keep.clone(), ending, as_it_is, one_more, best, trials })
    }

    /// Adds what helps most for its cost until every share is reached.
    fn climb<E>(
        &self,
        from: &Tried,
        one_more: &[Tried],
        tried: &mut impl FnMut(Vec<Additions>) -> Result<Vec<Tried>, E>,
    ) -> Result<(Ending, Tried), E> {
        let mut best = from.clone();
        let mut next: Vec<(ResourceKind, Tried)> = self.kinds.iter().copied().zip(one_more.iter().cloned()).collect();
        if next.iter().all(|(_, one)| self.gain(&best, one) <= (0, 0)) {
            let two = tried(self.kinds.iter().map(|kind| best.added.with(*kind, 2)).collect())?;
            next = self.kinds.iter().copied().zip(two).collect();
        }
        loop {
            next.retain(|(_, one)| self.gain(&best, one) > (0, 0));
            let Some((_, most)) = next.iter().max_by(|(_, a), (_, b)| self.by_worth(&best, a, b)) else {
                return Ok((Ending::NothingHelps, best));
            };
            best = most.clone();
            if self.is_kept(&best) {
                return Ok((Ending::Found, best));
            }
            if best.added.0.values().sum::<u32>() >= MOST {
                return Ok((Ending::Limit, best));
            }
            let mut with = |kinds: &[ResourceKind], count: u32| -> Result<Vec<(ResourceKind, Tried)>, E> {
                let units = kinds.iter().map(|kind| best.added.with(*kind, count)).collect();
                Ok(kinds.iter().copied().zip(tried(units)?).collect())
            };
            let helped: Vec<ResourceKind> = next.iter().map(|(kind, _)| *kind).collect();
            let idle: Vec<ResourceKind> = self.kinds.iter().filter(|kind| !helped.contains(kind)).copied().collect();
            // A run is no smooth thing: where one more of nothing helps, one more of what did not help before may, or two of something.
            for (kinds, count) in [(&helped, 1), (&idle, 1), (&self.kinds, 2)] {
                next = with(kinds, count)?;
                if next.iter().any(|(_, one)| self.gain(&best, one) > (0, 0)) {
                    break;
                }
            }
        }
    }

    /// Without whatever is not needed after all, the dearest first.
    fn spared<E>(&self, mut best: Tried, tried: &mut impl FnMut(Vec<Additions>) -> Result<Vec<Tried>, E>) -> Result<Tried, E> {
        let mut kinds: Vec<ResourceKind> = best.added.0.keys().copied().collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(self.costs.get(kind).copied().unwrap_or(1)));
        for kind in kinds {
            while let Some(fewer) = best.added.without(kind).filter(|fewer| !fewer.0.is_empty()) {
                match tried(vec![fewer])?.pop().filter(|one| self.is_kept(one)) {
                    Some(one) => best = one,
                    None => break,
                }
            }
        }
        Ok(best)
    }

    fn tried(&self, added: Additions, lines: &[Promised]) -> Tried {
        let mut shares: Vec<Share> = Vec::new();
        for line in lines {
            let (of, promise) = (line.kept + line.breached, line.promise.clone());
            match shares.iter_mut().find(|share| share.promise == promise) {
                Some(share) => {
                    share.kept += line.kept;
                    share.of += of;
                    share.unavoidable += line.unavoidable;
                    share.late_hours = tenth(share.late_hours + line.late_hours);
                }
                None => shares.push(Share {
                    promise,
                    kept: line.kept,
                    of,
                    unavoidable: line.unavoidable,
                    late_hours: line.late_hours,
                }),
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
