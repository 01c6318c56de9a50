//! The figures of a simulation as tables.

use super::Runs;
use crate::cli::output::{count, table};
use crate::domain::establishment::Establishment;
use crate::domain::reports::FEWEST;
use crate::domain::time::Seconds;
use crate::simulate::calibration::Calibration;
use crate::simulate::outcome::{Outcome, Promised};
use crate::simulate::seeds::{Estimate, OverPromise, OverSeeds};

/// All runs: what each order kept of each promise, and how busy each kind of resource was.
pub fn text(unit: &Establishment, runs: &Runs, width: Option<u16>) -> String {
    let show = |at| unit.zone.show_with_year(at);
    let first = runs.orders.first().map_or(0, |order| order.submissions);
    let title = format!(
        "{}, simulated{}: {} from {} to {}; {}\n",
        unit.name,
        otherwise(runs),
        count(usize::try_from(runs.days).unwrap_or(usize::MAX), "day"),
        show(runs.from),
        show(runs.until),
        count(first, "submission")
    );
    let header = [
        "promise",
        "tier",
        "order",
        "arrived",
        "due",
        "kept",
        "breached",
        "unavoidable",
        "void",
        "open",
        "kept of due",
        "hours p50",
        "p90",
        "max",
        "oldest open",
    ];
    let names: Vec<&Promised> = runs.orders.first().map_or_else(Vec::new, |order| order.promises.iter().collect());
    let rows = names.iter().enumerate().flat_map(|(index, _)| {
        runs.orders.iter().filter_map(move |order| Some(row(order, order.promises.get(index).filter(|p| p.arrived > 0)?)))
    });
    let kinds = runs.orders.iter().flat_map(|order| {
        order
            .utilisation
            .iter()
            .map(move |(kind, share)| vec![kind.to_string(), order.order.to_string(), format!("{:.1} %", share * 100.0)])
    });
    let digests = runs.orders.iter().map(|order| {
        vec![order.order.to_string(), order.open.to_string(), order.entries.to_string(), order.ledger_digest.clone()]
    });
    let parts = [
        title,
        table(&header, rows, width),
        runs.over_seeds.as_ref().map_or_else(String::new, |all| over_seeds(all, width)),
        table(&["kind", "order", "worked of open time"], kinds, width),
        runs.orders.iter().filter_map(|order| order.calibration.as_ref()).map(|found| calibration(found, width)).collect(),
        runs.orders.iter().map(|order| missed(unit, order, width)).collect(),
        table(&["order", "open at the end", "ledger entries", "ledger digest"], digests, width),
        DEFINITIONS.to_owned(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What is otherwise than in the files: ` (2 more kiosk, without examiner-01)`.
fn otherwise(runs: &Runs) -> String {
    if runs.changes.is_empty() { String::new() } else { format!(" ({})", runs.changes.join(", ")) }
}

/// All seeds together.
fn over_seeds(all: &OverSeeds, width: Option<u16>) -> String {
    let told = lines_over(all).map(over_seeds_row);
    match of_seeds(all) {
        Some(seeds) => format!("{seeds}, the figures above being those of the first:\n\n{}", table(&OVER_SEEDS, told, width)),
        None => String::new(),
    }
}

/// Which seeds there are: `seeds 1 to 5`.
pub fn of_seeds(all: &OverSeeds) -> Option<String> {
    Some(format!("seeds {} to {}", all.seeds.first()?.seed, all.seeds.last()?.seed))
}

/// What is told of each order and promise over all seeds.
pub const OVER_SEEDS: [&str; 12] = [
    "promise",
    "tier",
    "order",
    "due",
    "kept",
    "kept of due",
    "mean of seeds",
    "than the first order, points",
    "breached",
    "unavoidable",
    "void",
    "hours late, a seed",
];

/// The lines of promises that fell due.
pub fn lines_over(all: &OverSeeds) -> impl Iterator<Item = &OverPromise> {
    all.promises.iter().filter(|one| one.kept + one.breached > 0)
}

/// One of these lines under [`OVER_SEEDS`].
pub fn over_seeds_row(one: &OverPromise) -> Vec<String> {
    let due = one.kept + one.breached;
    // No percentage of a few, and so none of a mean of those.
    let of_many = |text: String| if is_few(due) { "-".to_owned() } else { text };
    vec![
        one.promise.to_string(),
        one.tier.to_string(),
        one.order.to_string(),
        due.to_string(),
        one.kept.to_string(),
        share_of(one.kept, due),
        of_many(estimated(one.kept_share, 100.0, " %")),
        of_many(one.than_first.map_or_else(|| "-".into(), |than| format!("{:+.1}{}", than.mean * 100.0, within(than, 100.0)))),
        one.breached.to_string(),
        one.unavoidable.to_string(),
        one.void.to_string(),
        estimated(one.late_hours, 1.0, ""),
    ]
}

/// `90.4 % ± 1.2`: a mean, and between what it lies with 95 %.
fn estimated(estimate: Option<Estimate>, scale: f64, unit: &str) -> String {
    estimate.map_or_else(|| "-".into(), |found| format!("{:.1}{unit}{}", found.mean * scale, within(found, scale)))
}

fn within(estimate: Estimate, scale: f64) -> String {
    estimate.within.map_or_else(String::new, |within| format!(" ± {:.1}", within * scale))
}

/// Those to whom a promise was missed, one by one.
fn missed(unit: &Establishment, order: &Outcome, width: Option<u16>) -> String {
    let Some(missed) = &order.missed else { return String::new() };
    let show = |at| unit.zone.show(at);
    let rows = missed.iter().map(|one| {
        let legs =
            one.legs.iter().map(|(leg, seconds)| format!("{} {}", leg.as_str().replace('_', " "), Seconds(*seconds).rough()));
        vec![
            order.order.to_string(),
            one.submission.to_string(),
            one.promise.to_string(),
            show(one.taken_at),
            show(one.due),
            one.reached.map_or_else(|| "-".into(), show),
            if one.unavoidable == Some(true) { "yes".into() } else { "-".into() },
            legs.collect::<Vec<_>>().join(", "),
        ]
    });
    table(&["order", "submission", "missed", "taken", "due", "reached", "unavoidable", "where the time went"], rows, width)
}

/// How forecasts held, by tenths of probability.
fn calibration(found: &Calibration, width: Option<u16>) -> String {
    let percent = |share: Option<f64>| share.map_or_else(|| "-".into(), |share| format!("{:.1} %", share * 100.0));
    let rows = found.deciles.iter().zip(0..).map(|(decile, tenth)| {
        let few = is_few(decile.forecasts);
        let late = if few { "-".into() } else { percent(decile.late) };
        vec![format!("{} to {} %", tenth * 10, tenth * 10 + 10), decile.forecasts.to_string(), percent(decile.said), late]
    });
    let brier = found.brier.map_or_else(|| "-".into(), |brier| format!("{brier:.3}"));
    let holds = format!("ETA p90 held in {} of {}; Brier score {brier}\n", percent(found.p90_holds), found.etas);
    table(&["said to be late with", "forecasts", "on average", "were late"], rows, width) + &holds
}

/// What the figures mean.
pub const DEFINITIONS: &str = "\
arrived: submissions the promise was made to, those of the opening backlog among them. due: of these, those it fell due for in
the run, whether done or not: kept, breached or void (removed before it was due). open: not reached by the end. kept of due:
kept over kept and breached, from 20 on. unavoidable: breached, and nobody could have kept it with the sites and hours there are.
hours: from the taking of the device until the milestone, of those that reached it in the run; oldest open:
of the oldest that had not, to its end. mean of seeds: of the share that each seed keeps, whatever the number due in it; ±: its 95 %
confidence interval (Student's). Orders are compared seed by seed, on the same arrivals and durations. hours late: the delay of all
that was breached, together, up to the end of the run. said to be late with: the probability that was forecast, once a day; ETA p90:
the time by which nine of ten were to be done; Brier score: mean squared difference between forecast and outcome, 0 if always right.
";

fn row(order: &Outcome, promised: &Promised) -> Vec<String> {
    let hours = |hours: Option<f64>| hours.map_or_else(|| "-".into(), |hours| format!("{hours:.1}"));
    vec![
        promised.promise.to_string(),
        promised.tier.to_string(),
        order.order.to_string(),
        promised.arrived.to_string(),
        promised.due.to_string(),
        promised.kept.to_string(),
        promised.breached.to_string(),
        promised.unavoidable.to_string(),
        promised.void.to_string(),
        promised.open.to_string(),
        share(promised),
        hours(promised.hours.p50),
        hours(promised.hours.p90),
        hours(promised.hours.max),
        hours(promised.longest_open_hours),
    ]
}

/// Whether a share of so many would mislead.
pub fn is_few(of: usize) -> bool {
    u64::try_from(of).is_ok_and(|of| of < FEWEST)
}

/// As people may read it: no percentage of a few.
pub fn share(promised: &Promised) -> String {
    share_of(promised.kept, promised.kept + promised.breached)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn share_of(kept: usize, of: usize) -> String {
    match of {
        0 => "-".into(),
        of if is_few(of) => format!("{kept} of {of}"),
        of => format!("{:.1} % of {of}", kept as f64 / of as f64 * 100.0),
    }
}
