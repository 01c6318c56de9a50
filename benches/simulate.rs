//! How fast a unit is simulated, and how that grows with it: one week of the shipped unit, and of units with ten and a hundred times its
//! slots, arrivals and queue.
//!
//! `cargo bench --bench simulate -- [TIMES...]`

use dfqueue::clock::monotonic;
use dfqueue::config::{BankHolidays, load_pair, workload};
use dfqueue::domain::time::Seconds;
use dfqueue::simulate::faults::Faults;
use dfqueue::simulate::{Order, Scenario, arrivals, run};

const UNIT: &str = include_str!("../config/unit.toml");
const POLICY: &str = include_str!("../config/policy.toml");
const WORKLOAD: &str = include_str!("../config/workload.toml");
const DAYS: i64 = 7;

fn main() {
    let sizes: Vec<u32> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1, 10, 100] } else { sizes };
    println!(
        "{:>6} {:>8} {:>8} {:>8} {:>7} {:>9} {:>12} {:>9}",
        "times", "came in", "open", "entries", "plans", "seconds", "a year in s", "exponent"
    );
    let mut last: Option<(u32, f64)> = None;
    for times in sizes {
        let scenario = scenario(times);
        let begun = monotonic();
        let outcome = run(&scenario, Order::Dfqueue);
        let took = begun.elapsed().as_secs_f64();
        let exponent = last.map(|(before, seconds)| (took / seconds).ln() / (f64::from(times) / f64::from(before)).ln());
        println!(
            "{times:>6} {:>8} {:>8} {:>8} {:>7} {took:>9.2} {:>12.0} {:>9}",
            outcome.submissions,
            outcome.open,
            outcome.entries,
            outcome.plans,
            took * 365.0 / 7.0,
            exponent.map_or_else(|| "-".into(), |exponent| format!("{exponent:.2}")),
        );
        last = Some((times, took));
    }
}

/// A week of a unit so many times as large.
fn scenario(times: u32) -> Scenario {
    let pair = load_pair(("unit.toml", UNIT), ("policy.toml", POLICY), &BankHolidays::shipped().unwrap()).unwrap();
    let mut establishment = pair.establishment;
    let mut workload = workload("workload.toml", WORKLOAD, &establishment, &pair.policy).unwrap();
    establishment.resources.iter_mut().for_each(|resource| resource.slots *= times);
    for kind in &mut workload.kinds {
        kind.a_day *= times;
        kind.opening *= times;
    }
    let from = establishment.zone.instant(workload.from, 0);
    let until = from + Seconds::hours(24 * DAYS);
    let arrivals = arrivals::drawn(&workload, &establishment, (from, until), 1);
    Scenario {
        establishment,
        policy: pair.policy,
        arrivals,
        people: workload.people,
        faults: Faults::default(),
        from,
        until,
        seed: 1,
        forecast_runs: 0,
        missed: None,
        audited: false,
    }
}
