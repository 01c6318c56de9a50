//! How long a plan takes and how that grows with the queue: the plan with its reasons, the plan that follows it ten seconds
//! later once one more submission has arrived, and the independent check of that beside it, as the daemon runs them.
//!
//! `cargo bench --bench planner -- [SIZE...]`, by default 600, 2,500, 10,000 and 25,000 open submissions. Needs python3,
//! which writes the queues. One core; medians of several runs; the exponent is that of a straight line through the
//! logarithms. `benches/README.md` has the figures and the machine.

mod queue;

use dfqueue::clock::monotonic;
use dfqueue::config::{BankHolidays, load_pair, submissions};
use dfqueue::domain::command::{Command, Loaded};
use dfqueue::domain::decide::decide;
use dfqueue::domain::entry::Actor;
use dfqueue::domain::establishment::{Establishment, Resource};
use dfqueue::domain::guard::LAST_JUDGED_TIER;
use dfqueue::domain::ids::ResourceId;
use dfqueue::domain::submission::{LockState, Request};
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::domain::unit::Unit;
use dfqueue::planner::rescue::remedies;
use dfqueue::planner::{Plan, check, follow, plan};

const UNIT: &str = include_str!("../config/unit.toml");
const POLICY: &str = include_str!("../config/policy.toml");
const NOW: &str = "2026-11-23T09:30:00Z";
/// Slots of the large unit.
const SLOTS: u32 = 300;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![600, 2_500, 10_000, 25_000] } else { sizes };
    for (what, slots, met) in [
        ("the shipped unit, gates as they come", 0, false),
        ("the shipped unit, every gate met", 0, true),
        ("its resources again and again up to 300 slots, every gate met", SLOTS, true),
    ] {
        println!("\n{what}");
        println!("{:>8} {:>8} {:>10} {:>10} {:>10} {:>12}", "open", "stages", "plan", "next", "check", "KiB/stage");
        let mut times = Vec::new();
        for size in &sizes {
            let (unit, grown) = filled(*size, slots, met);
            times.push((*size, measure(&unit, &grown)));
        }
        println!("exponent of plan {:.2}", exponent(&times));
    }
}

/// Plans a unit some times, and what it has `grown` to after that; checks it, prints the medians; seconds of a plan.
fn measure(unit: &Unit, grown: &Unit) -> f64 {
    let now: Timestamp = NOW.parse().unwrap();
    let later = now + Seconds(10);
    let open = unit.submissions.size();
    let runs = if open > 5_000 { 3 } else { 7 };
    let (mut plans, mut nexts, mut checks) = (Vec::new(), Vec::new(), Vec::new());
    // From here on the peak is that of planning alone.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = resident("VmRSS");
    let mut stages = 0;
    for _ in 0..runs {
        let begun = monotonic();
        let made = plan(unit, now);
        plans.push(begun.elapsed().as_secs_f64());
        let begun = monotonic();
        let next = follow(grown, later, &made, &made.turns);
        nexts.push(begun.elapsed().as_secs_f64());
        let begun = monotonic();
        let found = check::violations(grown, &next);
        checks.push(begun.elapsed().as_secs_f64());
        assert!(found.is_empty(), "{:?}", found.first());
        stages = made.steps.len() + made.waiting.len();
    }
    let memory = (resident("VmHWM") - before).max(0.0);
    let planned = median(plans);
    println!(
        "{open:>8} {stages:>8} {:>7.1} ms {:>7.1} ms {:>7.1} ms {:>12.2}",
        planned * 1e3,
        median(nexts) * 1e3,
        median(checks) * 1e3,
        memory / f64::from(u32::try_from(stages).unwrap())
    );
    remedy(unit, &plan(unit, now));
    planned
}

/// How long it takes to find out what keeps a promise of tiers 0 to 2 that is missed; the median of some of them.
fn remedy(unit: &Unit, made: &Plan) {
    let missed = made.milestones.iter().filter(|line| line.tier <= LAST_JUDGED_TIER && line.due > made.now && line.at > line.due);
    let (mut times, mut helped) = (Vec::new(), 0);
    for line in missed.take(9) {
        let begun = monotonic();
        let found = remedies(unit, made, line.submission, &line.promise);
        times.push(begun.elapsed().as_secs_f64());
        helped += usize::from(found.is_some_and(|found| !found.is_empty()));
    }
    if !times.is_empty() {
        println!(
            "{:>8} {} missed promises of tiers 0 to 2, {helped} can be kept: {:.1} ms each",
            "",
            times.len(),
            median(times.clone()) * 1e3
        );
    }
}

/// The shipped unit, or one of more slots, with a queue; and with one submission more.
fn filled(open: usize, slots: u32, met: bool) -> (Unit, Unit) {
    let now: Timestamp = NOW.parse().unwrap();
    let pair = load_pair(("unit.toml", UNIT), ("policy.toml", POLICY), &BankHolidays::shipped().unwrap()).unwrap();
    let text = queue::queue(open + 1);
    let sheet = submissions("queue.csv", text.as_bytes(), &pair.establishment, &pair.policy, Some(now)).unwrap();
    let mut establishment = pair.establishment;
    multiply(&mut establishment, slots);
    let mut unit = Unit::founded(establishment, pair.policy);
    let mut before = unit.clone();
    for (row, seq) in sheet.rows.into_iter().zip(1..) {
        let request = if met { with_gates_met(row.request) } else { row.request };
        let command = Command::Register(Box::new(request));
        before = unit.clone();
        for event in decide(&unit, &Loaded::default(), &command, &Actor::daemon(), now).unwrap() {
            unit.apply(seq, &event).unwrap();
        }
    }
    (before, unit)
}

/// Adds each resource again under another name, in turn, until there are so many slots.
fn multiply(establishment: &mut Establishment, slots: u32) {
    let shipped = establishment.resources.clone();
    let mut have: u32 = shipped.iter().map(|resource| resource.slots).sum();
    for round in 2.. {
        for resource in &shipped {
            if have >= slots {
                return;
            }
            have += resource.slots;
            let id = ResourceId::from(format!("{}-{round}", resource.id).as_str());
            establishment.resources.push(Resource { id, ..resource.clone() });
        }
    }
}

fn with_gates_met(mut request: Request) -> Request {
    let facts = &mut request.facts;
    let at = facts.taken_at + Seconds(60);
    facts.delivered_at = facts.delivered_at.or(Some(at));
    facts.agreement_at = facts.agreement_at.or(Some(at));
    facts.notice_at = facts.notice_at.or(Some(at));
    if facts.authorised_at.is_none() {
        facts.authorised_at = Some(at);
        request.particulars.authorised_by = Some("DS 0".into());
    }
    if !facts.legal_basis {
        facts.legal_basis = true;
        request.particulars.legal_basis = Some("PACE s.19".into());
    }
    facts.lock_state = LockState::PinHeld;
    facts.case_rank = None;
    request
}

/// A line of /proc/self/status in KiB.
fn resident(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    found.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0.0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The exponent of growth: the slope of log time over log size, by least squares.
fn exponent(times: &[(usize, f64)]) -> f64 {
    let points: Vec<(f64, f64)> =
        times.iter().map(|(size, time)| (f64::from(u32::try_from(*size).unwrap()).ln(), time.ln())).collect();
    let n = f64::from(u32::try_from(points.len()).unwrap());
    let (x, y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>();
    slope / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}
