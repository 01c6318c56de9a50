//! The search for better orders on problems with known answers: total weighted tardiness of jobs on one machine, as in
//! OR-Library's `wt` files.
//!
//! `cargo run --release --example orlib -- INSTANCES N BEST`: a file of instances of `N` jobs (of each instance the
//! times, the weights and the dues) and one of the best values known, whitespace between numbers in both. Prints per
//! file how many instances there are, how many end at the best value known, the gaps and the time.

use dfqueue::clock::monotonic;
use dfqueue::planner::improve::{Decoder, Effort, Place, improve};

/// Places decoded for one instance, at most.
const BUDGET: u64 = 60_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [instances, count, best] = &arguments[..] else { return Err("usage: orlib INSTANCES N BEST".into()) };
    let count: usize = count.parse().map_err(|_| format!("N: \"{count}\" is no number of jobs"))?;
    let (numbers, best) = (numbers(instances)?, numbers(best)?);
    if count == 0 || numbers.len() % (3 * count) != 0 || numbers.len() / (3 * count) != best.len() {
        return Err(format!("{instances}: {} numbers are not {} instances of {count} jobs", numbers.len(), best.len()).into());
    }
    let (mut hits, mut gaps, mut worst_time) = (0, Vec::new(), 0.0_f64);
    let begun = monotonic();
    for (instance, best) in numbers.chunks(3 * count).zip(&best) {
        let begun = monotonic();
        let found = solve(instance, count, *best);
        worst_time = worst_time.max(begun.elapsed().as_secs_f64());
        hits += usize::from(found <= *best);
        gaps.push(f64::from(i32::try_from(found - best)?) * 100.0 / f64::from(i32::try_from(*best)?).max(1.0));
    }
    let mean = gaps.iter().sum::<f64>() / f64::from(u32::try_from(gaps.len())?);
    let worst = gaps.iter().copied().fold(0.0, f64::max);
    println!(
        "{instances}: {} instances, {hits} at the best known, gap {mean:.3} % mean and {worst:.3} % worst, {:.1} s in all, {worst_time:.2} s the longest",
        best.len(),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

fn numbers(file: &str) -> Result<Vec<i64>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    text.split_whitespace().map(|word| word.parse().map_err(|_| format!("{file}: \"{word}\" is no number"))).collect()
}

/// The least total weighted tardiness found, from the order of dues; stops early at the best known.
fn solve(instance: &[i64], count: usize, best: i64) -> i64 {
    let (times, rest) = instance.split_at(count);
    let (weights, dues) = rest.split_at(count);
    let mut machine =
        Machine { times, weights, dues, order: Vec::new(), before: Vec::new(), at: 0, cost: 0, spent: 0, aim: best };
    let mut order: Vec<Place> = (0..count).map(Place::whole).collect();
    order.sort_by_key(|job| dues[job.item]);
    let (_, cost) =
        improve(&mut machine, order, 0, Effort { until: BUDGET, shakes: usize::MAX }, &mut fastrand::Rng::with_seed(1));
    cost.unwrap_or(i64::MAX)
}

/// One machine that is always open.
struct Machine<'a> {
    times: &'a [i64],
    weights: &'a [i64],
    dues: &'a [i64],
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
            let job = place.item;
            self.before.push((self.at, self.cost));
            self.order.push(place);
            self.spent += 1;
            self.at += self.times[job];
            self.cost += self.weights[job] * (self.at - self.dues[job]).max(0);
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
        at + self.times[job.item] > self.dues[job.item]
    }
}
