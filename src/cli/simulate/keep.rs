//! `--keep`: what would have to be added to keep promises at a share, and what one more of each kind is worth.

use std::collections::BTreeMap;
use std::str::FromStr;

use anyhow::Result;
use serde::Serialize;

use super::table::FEW;
use super::trial::Trial;
use super::{Args, many};
use crate::cli::output;
use crate::domain::establishment::ResourceKind;
use crate::domain::time::Timestamp;
use crate::domain::what_if::Impossible;
use crate::simulate::search::{Additions, Ending, Found, Keep, Search, Share, Tried};
use crate::simulate::{Order, run as simulate};

/// What one more of a kind costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost(ResourceKind, u32);

impl Cost {
    /// As people write it: `examiner=3`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let right = || {
            let kinds: Vec<&str> = ResourceKind::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("write a kind and a whole number from 1 to 1000000, like examiner=3; kinds: {}", kinds.join(", "))
        };
        let (kind, cost) = text.split_once('=').ok_or_else(right)?;
        let kind = ResourceKind::ALL.into_iter().find(|known| known.as_str() == kind.trim()).ok_or_else(right)?;
        let cost = u32::from_str(cost.trim()).ok().filter(|cost| (1..=1_000_000).contains(cost)).ok_or_else(right)?;
        Ok(Self(kind, cost))
    }
}

/// What was searched, and found.
#[derive(Debug, Serialize)]
struct Searched {
    seeds: Vec<u64>,
    days: u32,
    from: Timestamp,
    until: Timestamp,
    order: Order,
    #[serde(flatten)]
    found: Found,
}

/// Searches and prints.
pub fn run(args: &Args, trial: &Trial) -> Result<()> {
    let order = args.orders().first().copied().unwrap_or(Order::Dfqueue);
    let mut kinds: Vec<ResourceKind> = trial.unit.resources.iter().map(|resource| resource.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let costs: BTreeMap<ResourceKind, u32> = args.cost.iter().map(|Cost(kind, cost)| (*kind, *cost)).collect();
    let search = Search { keep: args.keep.clone(), kinds, costs };
    let bar = many::progress(0);
    let found = search.run(|units: &[Additions]| {
        let runs: Vec<(&Additions, u64)> = units.iter().flat_map(|unit| args.seeds().map(move |seed| (unit, seed))).collect();
        bar.inc_length(u64::try_from(runs.len()).unwrap_or(0));
        let came = many::each(&runs, &bar, |(unit, seed)| {
            let scenario = trial.with(unit, *seed)?;
            Ok::<_, Impossible>(simulate(&scenario, order).promises)
        });
        let came = came.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok::<_, Impossible>(came.chunks(args.seeds().count().max(1)).map(<[_]>::concat).collect())
    });
    bar.finish_and_clear();
    let (seeds, days) = (args.seeds().collect(), args.days());
    let searched = Searched { seeds, days, from: trial.from, until: trial.until, order, found: found? };
    if args.json { output::json(&searched) } else { output::print(&text(&searched, output::width())) }
}

fn text(searched: &Searched, width: Option<u16>) -> String {
    let Found { keep, as_it_is, one_more, best, .. } = &searched.found;
    let wanted: Vec<String> = keep.iter().map(|keep| format!("{} in {}", keep.promise, permille(keep.permille))).collect();
    let named = |tried: &Tried| keep.iter().flat_map(|keep| cells(tried, keep)).collect::<Vec<_>>();
    let header = keep.iter().flat_map(|keep| [keep.promise.to_string(), "hours late".to_owned()]);
    let header: Vec<String> =
        ["one more".to_owned(), "cost".to_owned()].into_iter().chain(header).chain(["others kept".to_owned()]).collect();
    let rows = std::iter::once(as_it_is).chain(one_more).map(|tried| {
        let of = [say(&tried.added), if tried.cost > 0 { tried.cost.to_string() } else { "-".into() }];
        of.into_iter().chain(named(tried)).chain([others(as_it_is, tried, keep)]).collect()
    });
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    format!(
        "wanted: {}, in the order {}; {} days, {}\n\n{}\n{}\n",
        wanted.join(", "),
        searched.order,
        searched.days,
        match searched.seeds.as_slice() {
            [one] => format!("seed {one}"),
            many => format!("seeds {} to {}", many.first().unwrap_or(&0), many.last().unwrap_or(&0)),
        },
        output::table(&header, rows, width),
        ending(&searched.found, best)
    )
}

fn ending(found: &Found, best: &Tried) -> String {
    let kept: Vec<String> = found.keep.iter().map(|keep| format!("{} {}", keep.promise, cells(best, keep)[0])).collect();
    let (kept, units) = (kept.join(", "), output::count(found.trials, "unit"));
    match found.ending {
        Ending::NothingDue => {
            let none = found.keep.iter().filter(|keep| share(best, keep).is_none_or(|share| share.of == 0));
            let none: Vec<&str> = none.map(|keep| keep.promise.as_str()).collect();
            format!("nothing of {} falls due in these days: simulate more of them", none.join(", "))
        }
        Ending::AsItIs => "the unit as it is keeps that".to_owned(),
        Ending::Found => format!(
            "cheapest found: {}, cost {}: {kept}\nnone of it can be left out; that nothing else is cheaper is not proved ({units} tried)",
            say(&best.added),
            best.cost
        ),
        Ending::Unavoidable => {
            let missed =
                found.keep.iter().filter_map(|keep| Some((keep, share(best, keep)?))).filter(|(_, share)| share.unavoidable > 0);
            let missed = missed.map(|(keep, share)| {
                let most = share.of - share.unavoidable;
                format!(
                    "{}: {} of {} nobody could have kept, so {most} of {} is the most",
                    keep.promise, share.unavoidable, share.of, share.of
                )
            });
            format!(
                "more slots do not keep that with the sites and hours there are\n{}\n--missed PROMISE says where their time went",
                missed.collect::<Vec<_>>().join("\n")
            )
        }
        Ending::NothingHelps => {
            format!(
                "nothing that could be added is of further use; nearest: {}, cost {}: {kept} ({units} tried)",
                say(&best.added),
                best.cost
            )
        }
        Ending::Limit => format!("not kept with {} either, cost {}: {kept} ({units} tried)", say(&best.added), best.cost),
    }
}

fn say(added: &Additions) -> String {
    if added.0.is_empty() {
        return "as it is".to_owned();
    }
    added.0.iter().map(|(kind, count)| format!("{count} more {kind}")).collect::<Vec<_>>().join(", ")
}

fn share<'t>(tried: &'t Tried, keep: &Keep) -> Option<&'t Share> {
    tried.shares.iter().find(|share| share.promise == keep.promise)
}

/// The share that is kept of a promise, and hours of delay.
fn cells(tried: &Tried, keep: &Keep) -> [String; 2] {
    let Some(share) = share(tried, keep) else { return ["-".into(), "-".into()] };
    [kept(share), format!("{:.1}", share.late_hours)]
}

/// No percentage of a few.
fn kept(share: &Share) -> String {
    let parts = |of: usize| u32::try_from(share.kept * 1_000 / of).unwrap_or(0);
    if share.of >= FEW {
        format!("{} of {}", permille(parts(share.of)), share.of)
    } else {
        format!("{} of {}", share.kept, share.of)
    }
}

fn permille(share: u32) -> String {
    format!("{}.{} %", share / 10, share % 10)
}

/// What becomes of the other promises: so many more are kept, or fewer.
fn others(from: &Tried, to: &Tried, keep: &[Keep]) -> String {
    let is_asked = |share: &Share| keep.iter().any(|keep| keep.promise == share.promise);
    let changed = to.shares.iter().filter(|share| !is_asked(share)).filter_map(|share| {
        let before = from.shares.iter().find(|before| before.promise == share.promise)?;
        let more = i64::try_from(share.kept).ok()? - i64::try_from(before.kept).ok()?;
        (more != 0).then(|| format!("{} {more:+}", share.promise))
    });
    let changed: Vec<String> = changed.collect();
    if changed.is_empty() { "-".into() } else { changed.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_a_whole_number_of_something() {
        assert_eq!(Cost::parse("examiner=3"), Ok(Cost(ResourceKind::Examiner, 3)));
        for wrong in ["examiner", "examiner=0", "examiner=-1", "examiner=1.5", "cook=1"] {
            assert!(Cost::parse(wrong).unwrap_err().contains("like examiner=3"), "{wrong}");
        }
    }
}
