//! `--keep`: what would have to be added to keep promises at a share, and what one more of each kind is worth.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::trial::Trial;
use super::{Args, many};
use crate::cli::{additions, output};
use crate::domain::establishment::ResourceKind;
use crate::domain::time::Timestamp;
use crate::domain::what_if::Impossible;
use crate::domain::what_if::additions::{Additions, Cost, Found, Search, Share};
use crate::simulate::outcome::Promised;
use crate::simulate::{Order, run as simulate};

/// What was searched, and found.
#[derive(Debug, Serialize)]
struct Searched {
    seeds: Vec<u64>,
    changes: Vec<String>,
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
    let search = Search { keep: args.keep.clone(), kinds, costs, most: usize::MAX };
    let bar = many::progress(0);
    let found = search.run(|units: &[Additions]| {
        let runs: Vec<(&Additions, u64)> = units.iter().flat_map(|unit| args.seeds().map(move |seed| (unit, seed))).collect();
        bar.inc_length(u64::try_from(runs.len()).unwrap_or(0));
        let came = many::each(&runs, &bar, |(unit, seed)| {
            let scenario = trial.with(unit, *seed)?;
            Ok::<_, Impossible>(simulate(&scenario, order).promises.iter().map(share_of).collect::<Vec<_>>())
        });
        let came = came.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok::<_, Impossible>(came.chunks(args.seeds().count().max(1)).map(<[_]>::concat).collect())
    });
    bar.finish_and_clear();
    let (seeds, days) = (args.seeds().collect(), args.days());
    let changes = trial.changes.clone();
    let searched = Searched { seeds, changes, days, from: trial.from, until: trial.until, order, found: found? };
    if args.json { output::json(&searched) } else { output::print(&text(&searched, output::width())) }
}

fn share_of(line: &Promised) -> Share {
    let Promised { kept, breached, unavoidable, late_hours, .. } = *line;
    Share { promise: line.promise.clone(), kept, of: kept + breached, unavoidable, late_hours }
}

fn text(searched: &Searched, width: Option<u16>) -> String {
    format!(
        "wanted: {}{}, in the order {}; {}, {}\n\n{}",
        additions::wanted(&searched.found),
        searched.changes.iter().fold(String::new(), |said, change| said + "; " + change),
        searched.order,
        output::count(usize::try_from(searched.days).unwrap_or(usize::MAX), "day"),
        match searched.seeds.as_slice() {
            [one] => format!("seed {one}"),
            many => format!("seeds {} to {}", many.first().unwrap_or(&0), many.last().unwrap_or(&0)),
        },
        additions::text(&searched.found, additions::Of::Simulation, width),
    )
}
