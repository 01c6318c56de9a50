//! The search for better orders on problems with known answers: total weighted tardiness of jobs on one machine, as in
//! OR-Library's `wt` files.
//!
//! `cargo run --release --example orlib -- INSTANCES N BEST [SEED]`: a file of instances of `N` jobs (of each instance the
//! times, the weights and the dues) and one of the best values known, whitespace between numbers in both. Prints per
//! file how many instances there are, how many end at the best value known, the gaps and the time; and beside it what ranking
//! alone comes to, by apparent tardiness cost, in the sum of all instances.

mod tardiness;

use std::error::Error;

use dfqueue::clock::monotonic;
use dfqueue::planner::improve::{Decoder, Effort, Place, improve};
use tardiness::{Job, LOOKING_AHEAD};

/// Places decoded for one instance, at most.
const BUDGET: u64 = 60_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (file, count, best, seed) = match &arguments[..] {
        [file, count, best] => (file, count, best, 2),
        [file, count, best, seed] => (file, count, best, seed.parse().map_err(|_| format!("SEED: \"{seed}\" is no number"))?),
        _ => return Err("usage: orlib INSTANCES N BEST [SEED]".into()),
    };
    let count: usize = count.parse().map_err(|_| format!("N: \"{count}\" is no number of jobs"))?;
    let (numbers, best) = (numbers(file)?, numbers(best)?);
    if count == 0 || numbers.len() % (3 * count) != 0 || numbers.len() / (3 * count) != best.len() {
        return Err(format!("{file}: {} numbers are not {} instances of {count} jobs", numbers.len(), best.len()).into());
    }
    let instances: Vec<Vec<Job>> = numbers.chunks(3 * count).map(|numbers| jobs(numbers, count)).collect();
    searched(file, &instances, &best, seed)?;
    ranked(file, &instances, &best)
}

fn numbers(file: &str) -> Result<Vec<i64>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    text.split_whitespace().map(|word| word.parse().map_err(|_| format!("{file}: \"{word}\" is no number"))).collect()
}

fn jobs(numbers: &[i64], count: usize) -> Vec<Job> {
    let (times, rest) = numbers.split_at(count);
    let (weights, dues) = rest.split_at(count);
    (0..count).map(|job| Job { time: times[job], weight: weights[job], due: dues[job] }).collect()
}

/// What the search comes to.
fn searched(file: &str, instances: &[Vec<Job>], best: &[i64], seed: u64) -> Result<(), Box<dyn Error>> {
    let (mut hits, mut gaps, mut longest) = (0, Vec::new(), 0.0_f64);
    let begun = monotonic();
    for (jobs, best) in instances.iter().zip(best) {
        let begun = monotonic();
        let found = solve(jobs, *best, seed);
        longest = longest.max(begun.elapsed().as_secs_f64());
        hits += usize::from(found <= *best);
        gaps.push(gap(found, *best)?);
    }
    let mean = gaps.iter().sum::<f64>() / f64::from(u32::try_from(gaps.len())?);
    let worst = gaps.iter().copied().fold(0.0, f64::max);
    println!(
        "{file}: {} instances, {hits} at the best known, gap {mean:.3} % mean and {worst:.3} % worst, {:.1} s in all, {longest:.2} s the longest",
        best.len(),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What ranking alone comes to, with the best way of looking ahead for each instance, and for all of them.
fn ranked(file: &str, instances: &[Vec<Job>], best: &[i64]) -> Result<(), Box<dyn Error>> {
    let (mut each, mut all) = (0, [0; LOOKING_AHEAD.len()]);
    for jobs in instances {
        let costs = LOOKING_AHEAD.map(|ahead| cost(jobs, &tardiness::order(jobs, ahead)));
        each += costs.iter().min().unwrap_or(&0);
        all.iter_mut().zip(costs).for_each(|(sum, cost)| *sum += cost);
    }
    let known = best.iter().sum();
    let one = *all.iter().min().unwrap_or(&0);
    println!(
        "{file}: ranked by apparent tardiness cost alone, the sum is {:.2} % above the best known ({:.2} % looking ahead as far for all)",
        gap(each, known)?,
        gap(one, known)?
    );
    Ok(())
}

/// By how many hundredths a value is above the best known.
fn gap(found: i64, best: i64) -> Result<f64, std::num::TryFromIntError> {
    Ok(f64::from(i32::try_from(found - best)?) * 100.0 / f64::from(i32::try_from(best)?).max(1.0))
}

fn cost(jobs: &[Job], order: &[usize]) -> i64 {
    let mut now = 0;
    let late = |job: &usize| {
        let Job { time, weight, due } = jobs[*job];
        now += time;
        weight * (now - due).max(0)
    };
    order.iter().map(late).sum()
}

/// The least total weighted tardiness found, setting out from one ranking after the other; stops early at the best known.
fn solve(jobs: &[Job], best: i64, seed: u64) -> i64 {
    let mut machine = Machine { jobs, order: Vec::new(), before: Vec::new(), at: 0, cost: 0, spent: 0, aim: best };
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut found = i64::MAX;
    for (done, ahead) in (1..).zip(LOOKING_AHEAD) {
        if found <= best {
            break;
        }
        let order = tardiness::order(jobs, ahead).into_iter().map(Place::whole).collect();
        let effort = Effort { until: BUDGET / LOOKING_AHEAD.len() as u64 * done, shakes: usize::MAX };
        let (_, cost) = improve(&mut machine, order, 0, effort, &mut rng);
        found = found.min(cost.unwrap_or(i64::MAX));
    }
    found
}

/// One machine that is always open.
struct Machine<'a> {
    jobs: &'a [Job],
    order: Vec<Place>,
    before: Vec<(i64, i64)>,
    at: i64,
    cost: i64,
    spent: u64,
    /// Once reached, there is nothing more to find.
    aim: i64,
}

impl Decoder for Machine<'_> {
    type Cost = i64;

    fn cost(&mut self, order: &[Place], bound: Option<&i64>) -> Option<i64> {
        let same = order.iter().zip(&self.order).take_while(|(a, b)| a == b).count();
        if let Some((at, cost)) = self.before.get(same) {
            (self.at, self.cost) = (*at, *cost);
            self.before.truncate(same);
            self.order.truncate(same);
        }
        for &place in &order[same..] {
            let Job { time, weight, due } = self.jobs[place.item];
            self.before.push((self.at, self.cost));
            self.order.push(place);
            self.spent += 1;
            self.at += time;
            self.cost += weight * (self.at - due).max(0);
            if bound.is_some_and(|bound| self.cost > *bound) {
                return None;
            }
        }
        if self.cost <= self.aim {
            self.spent = u64::MAX;
        }
        Some(self.cost)
    }

    fn spent(&self) -> u64 {
        self.spent
    }

    fn is_tight(&self, place: usize) -> bool {
        let (Some(job), Some((at, _))) = (self.order.get(place), self.before.get(place)) else { return false };
        let Job { time, due, .. } = self.jobs[job.item];
        at + time > due
    }
}
