//! How long it takes to say how sure a plan is: the plan, and beside it the runs with drawn durations, as the daemon makes
//! them in the background.
//!
//! `cargo bench --bench forecast -- [SIZE...]`, by default 450, 2,500 and 10,000 open submissions on the shipped unit, gates
//! as they come, with the policy's own number of runs. Needs python3, which writes the queues. One core; medians of several.

mod queue;

use dfqueue::clock::monotonic;
use dfqueue::config::{BankHolidays, load_pair, submissions};
use dfqueue::domain::command::{Command, Loaded};
use dfqueue::domain::crowding::Crowding;
use dfqueue::domain::decide::decide;
use dfqueue::domain::entry::Actor;
use dfqueue::domain::time::Timestamp;
use dfqueue::domain::unit::Unit;
use dfqueue::planner::chance::chances;
use dfqueue::planner::plan;

const UNIT: &str = include_str!("../config/unit.toml");
const POLICY: &str = include_str!("../config/policy.toml");
const NOW: &str = "2026-11-23T09:30:00Z";
/// How often each is measured.
const TURNS: usize = 5;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![450, 2_500, 10_000] } else { sizes };
    println!("{:>8} {:>8} {:>6} {:>10} {:>12} {:>16}", "open", "stages", "runs", "plan", "all runs", "a stage in a run");
    for size in sizes {
        measure(&filled(size));
    }
}

fn measure(unit: &Unit) {
    let now: Timestamp = NOW.parse().unwrap();
    let runs = unit.policy.forecast.runs;
    let (mut plans, mut forecasts) = (Vec::new(), Vec::new());
    let mut stages = 0;
    for turn in 0..TURNS {
        let begun = monotonic();
        let made = plan(unit, now);
        plans.push(begun.elapsed().as_secs_f64());
        let begun = monotonic();
        let found = chances(unit, &made, &Crowding::default(), (runs, turn as u64));
        forecasts.push(begun.elapsed().as_secs_f64());
        let first = &made.milestones[0];
        assert!(found.of(first.submission, &first.promise).is_some());
        stages = made.steps.len() + made.if_cleared.len();
    }
    let (planned, known) = (median(plans), median(forecasts));
    let decoded = f64::from(runs) * f64::from(u32::try_from(stages).unwrap());
    let open = unit.submissions.size();
    println!(
        "{open:>8} {stages:>8} {runs:>6} {:>7.1} ms {:>9.1} ms {:>13.1} ns",
        planned * 1e3,
        known * 1e3,
        known * 1e9 / decoded
    );
}

/// The shipped unit with a queue.
fn filled(open: usize) -> Unit {
    let now: Timestamp = NOW.parse().unwrap();
    let pair = load_pair(("unit.toml", UNIT), ("policy.toml", POLICY), &BankHolidays::shipped().unwrap()).unwrap();
    let text = queue::queue(open);
    let sheet = submissions("queue.csv", text.as_bytes(), &pair.establishment, &pair.policy, Some(now)).unwrap();
    let mut unit = Unit::founded(pair.establishment, pair.policy);
    for (row, seq) in sheet.rows.into_iter().zip(1..) {
        let command = Command::Register(Box::new(row.request));
        for event in decide(&unit, &Loaded::default(), &command, &Actor::daemon(), now).unwrap() {
            unit.apply(seq, &event).unwrap();
        }
    }
    unit
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
