//! What a plan is judged by: a tuple of integers, compared from the left. No weighted sums, no floats.
//!
//! For each tier in its order: hard clocks late, their lateness, other clocks late, their lateness, and in tiers 0 to 2
//! the risk; for tier 1 also the sum of the times at which devices are back. Then stages left without a place, starts that
//! people were told of and that moved, the longest wait, moves of devices and the sum of the times at which work is done; last,
//! the starts that moved once more, by tier. Every figure only grows as more is placed, so that a plan that is worse half way
//! is worse in the end.

use super::Plan;
use super::assign::Built;
use super::forecast::reached;
use super::instance::{Instance, TaskState, leads_to};
use super::place::{Part, Places};
use super::told::{Start, starts};
use crate::domain::policy::Milestone;

/// Lateness beyond this counts four times: 12 hours.
const BEARABLE: i64 = 12 * 3_600;
/// What a milestone that is never reached counts as late: ten years.
const NEVER: i64 = 10 * 366 * 86_400;
/// The last tier in which risk counts.
pub const LAST_AT_RISK: u8 = 2;
/// Figures of a tier: hard late, by how much, others late, by how much, risk, device back.
const FIGURES: usize = 6;
/// What it must save to move a start that is days away; one within the hour costs sixteen times that. Seconds.
const WORTH: i64 = 3_600;
/// Of these, how many hard clocks are late, and how many others.
const HARD: usize = 0;
const OTHERS: usize = 2;
/// Figures after those of the tiers: stages without a place, moved starts, longest wait, moves of devices, sum of ends.
const REST: usize = 5;

/// How good a plan is: less is better, compared from the left.
pub type Tuple = Vec<i64>;

/// What a job can add to the tuple, worked out once.
pub struct Objective {
    /// The tiers of the policy, in order.
    tiers: Vec<u8>,
    /// By job.
    aims: Vec<Vec<Aim>>,
    /// By job: what people were told of its stages.
    told: Vec<Vec<Option<Start>>>,
    now: i64,
}

/// A promise as the tuple sees it.
struct Aim {
    /// Where the figures of its tier begin.
    at: usize,
    milestone: Milestone,
    part: Part,
    hard: bool,
    due: i64,
    /// When finishing as expected is a risk, where risk counts.
    risky_after: Option<i64>,
    /// In tier 1.
    counts_back: bool,
}

impl Objective {
    /// Of everything in an instance, where people were told of a plan before.
    pub fn of(instance: &Instance, before: Option<&Plan>) -> Self {
        let tiers: Vec<u8> = instance.unit.policy.tiers.iter().map(|tier| tier.number).collect();
        let mut objective = Self { tiers, aims: Vec::new(), told: starts(instance, before), now: instance.now };
        objective.aims = (0..instance.jobs.len()).map(|job| objective.aims_of(instance, job)).collect();
        objective
    }

    fn aims_of(&self, instance: &Instance, job: usize) -> Vec<Aim> {
        let j = &instance.jobs[job];
        let led_to = |milestone: Milestone| j.tasks.iter().any(|task| leads_to(task, milestone));
        let clocks = j.clocks.iter().filter(|clock| led_to(clock.clock.milestone));
        clocks
            .map(|clock| {
                let tier = j.risen(clock.clock.tier);
                let milestone = clock.clock.milestone;
                let part = match milestone {
                    _ if !j.parts => Part::Whole,
                    Milestone::Results => Part::Rest,
                    Milestone::Extracted | Milestone::DeviceBack => Part::Device,
                };
                let risky = clock.effective.unwrap_or(clock.due) - clock.clock.warn_before.0 - spread(instance, job, milestone);
                Aim {
                    at: self.place_of(tier) * FIGURES,
                    milestone,
                    part,
                    hard: clock.clock.hard,
                    due: clock.clock.rank_due.unix(),
                    risky_after: (tier <= LAST_AT_RISK).then_some(risky),
                    counts_back: tier == 1 && milestone == Milestone::DeviceBack,
                }
            })
            .collect()
    }

    /// The place of a tier in the order of the policy.
    fn place_of(&self, tier: u8) -> usize {
        self.tiers.iter().position(|number| *number == tier).unwrap_or(self.tiers.len())
    }

    /// Nothing placed yet.
    pub fn zero(&self) -> Tuple {
        vec![0; (self.tiers.len() + 1) * (FIGURES + 1) + REST]
    }

    /// Whether a plan is better than the one that keeps to what people were told, and worth the starts that it moves: one
    /// clock fewer late is worth any; lateness in a tier has its price in starts of that tier and those above it, and what
    /// is below the tier costs nothing. Where it is to be `steady`, only tiers 0 to 2 are worth anything.
    pub fn is_worth(&self, next: &Tuple, told: &Tuple, steady: bool) -> bool {
        let (rest, moved) = (self.rest(), self.rest() + REST);
        let mut price = 0;
        for (place, tier) in self.tiers.iter().enumerate() {
            if steady && *tier > LAST_AT_RISK {
                return false;
            }
            price += (next[moved + place] - told[moved + place]) * WORTH;
            for figure in 0..FIGURES {
                let gain = told[place * FIGURES + figure] - next[place * FIGURES + figure];
                let counts = figure == HARD || figure == OTHERS;
                if gain < 0 || gain > if counts { 0 } else { price.max(0) } {
                    return gain > 0;
                }
            }
        }
        !steady && next[rest..] < told[rest..]
    }

    /// Where the figures after those of the tiers begin.
    const fn rest(&self) -> usize {
        (self.tiers.len() + 1) * FIGURES
    }

    /// Of a finished build.
    pub fn judge(&self, instance: &Instance, built: &Built) -> Tuple {
        let mut tuple = self.zero();
        for (job, places) in built.places.iter().enumerate().filter(|(job, _)| instance.jobs[*job].free()) {
            let parts: &[Part] = if instance.jobs[job].parts { &[Part::Device, Part::Rest] } else { &[Part::Whole] };
            parts.iter().for_each(|part| self.add(instance, (job, *part), places, &mut tuple));
        }
        tuple
    }

    /// Adds what a part of a job adds, placed so.
    pub fn add(&self, instance: &Instance, (job, part): (usize, Part), places: &Places, tuple: &mut [i64]) {
        for aim in self.aims[job].iter().filter(|aim| aim.part == part) {
            let tier = &mut tuple[aim.at..aim.at + FIGURES];
            let reached = reached(instance, job, places, aim.milestone);
            let late = reached.map_or(NEVER, |at| (at - aim.due).max(0));
            let figures = if aim.hard { HARD } else { OTHERS };
            tier[figures] += i64::from(late > 0);
            tier[figures + 1] += late + 3 * (late - BEARABLE).max(0);
            let at = reached.unwrap_or(self.now + NEVER);
            tier[4] += aim.risky_after.map_or(0, |risky| (at - risky).max(0));
            tier[5] += if aim.counts_back { at - self.now } else { 0 };
        }
        self.add_rest(instance, (job, part), places, &mut tuple[self.rest()..]);
    }

    /// Stages without a place, moved starts, the longest wait, moves of devices and the sum of ends.
    fn add_rest(&self, instance: &Instance, (job, part): (usize, Part), places: &Places, figures: &mut [i64]) {
        let j = &instance.jobs[job];
        let mut first = None;
        let mut last = self.now;
        let mut holds: Vec<(i64, usize)> = Vec::new();
        let told = &self.told[job];
        let tier = self.place_of(j.risen(j.part_tier(part)));
        for (stage, (task, placed)) in j.tasks.iter().zip(places).enumerate().filter(|(_, (task, _))| part.has(task)) {
            let Some(placed) = placed else {
                figures[0] += i64::from(task.state == TaskState::Open);
                continue;
            };
            last = last.max(placed.end);
            let moved = told.get(stage).copied().flatten().map_or(0, |told| told.moved(placed, self.now));
            figures[1] += moved;
            figures[REST + tier] += moved;
            if task.state == TaskState::Open {
                first = Some(first.map_or(placed.start, |first: i64| first.min(placed.start)));
            }
            if let (true, Some((resource, _))) = (task.holds, placed.on) {
                holds.push((placed.start, instance.resources[resource].site));
            }
        }
        holds.sort_unstable();
        let sites = std::iter::once(j.stands.0).chain(holds.into_iter().map(|(_, site)| site));
        let moves = sites.clone().zip(sites.skip(1)).filter(|(from, to)| from != to).count();
        figures[2] = figures[2].max(first.map_or(0, |first| first - self.now));
        figures[3] += i64::try_from(moves).unwrap_or(i64::MAX);
        figures[4] += last - self.now;
    }

    /// Whether a part of a job, placed so, has a promise late.
    pub fn is_late(&self, instance: &Instance, (job, part): (usize, Part), places: &Places) -> bool {
        let mut aims = self.aims[job].iter().filter(|aim| aim.part == part);
        aims.any(|aim| reached(instance, job, places, aim.milestone).is_none_or(|at| at > aim.due))
    }

    /// Whether a part of a job, placed so, has a promise late or at risk.
    pub fn is_tight(&self, instance: &Instance, (job, part): (usize, Part), places: &Places) -> bool {
        self.aims[job].iter().filter(|aim| aim.part == part).any(|aim| {
            let limit = aim.risky_after.unwrap_or(aim.due).min(aim.due);
            reached(instance, job, places, aim.milestone).is_none_or(|at| at > limit)
        })
    }
}

/// By how much nine of ten take no longer than expected: seconds over all that leads to a milestone and is not done.
fn spread(instance: &Instance, job: usize, milestone: Milestone) -> i64 {
    let j = &instance.jobs[job];
    let leading = |task: &usize| match milestone {
        Milestone::DeviceBack => j.tasks[*task].holds,
        _ => leads_to(&j.tasks[*task], milestone),
    };
    let open = (0..j.tasks.len()).filter(leading).filter(|task| !matches!(j.tasks[*task].state, TaskState::Done { .. }));
    let spare = |task: usize| {
        let t = &j.tasks[task];
        Some((instance.unit.p90_time(j.submission, j.stage(task)?).0 - t.done - t.time).max(0))
    };
    open.filter_map(spare).sum()
}
