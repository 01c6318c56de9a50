//! The guard as the planner keeps it: work of tiers 2-5 that would take away the last way to bring back a victim's phone
//! still to come is held, that is, begun later, or elsewhere (`domain::guard` has the rule).
//!
//! A hold delays; it never leaves a stage without a place. It gives way where it would break the submission's own hard
//! clock, where no harmless start comes within `max_hold`, and where a supervisor has overridden it: such steps are named
//! in the plan, so that somebody is asked and nobody is surprised.

use std::fmt;

use super::forecast::reached;
use super::gap::FAR;
use super::instance::{Instance, TaskState};
use super::place::{Later, Mark, Placed, Placer, Places, Portion};
use super::rank::Ranked;
use super::{GaveWay, Guarded, LetGo, Options, Reason};
use crate::domain::guard::{FIRST_JUDGED_TIER, Harm, MOST_HOLDS, Runs, Watch};
use crate::domain::time::{Seconds, Timestamp};

/// The guard while plans are built, one after the other.
pub struct Keeper {
    watch: Option<Watch>,
    /// What runs and what was accepted, by slot that is watched.
    fixed: Vec<Runs>,
    /// By slot of the planner: the number by which it is watched.
    watched: Vec<Option<usize>>,
    max_hold: i64,
    /// None where it was left out.
    outcome: Option<Guarded>,
}

/// Where the stages of a job go, and what the guard did about them.
pub struct Kept {
    pub places: Places,
    /// Where they were before this turn.
    before: Places,
    holds: Vec<Hold>,
    let_go: Vec<(usize, LetGo)>,
}

/// Whose stages are placed, and where the placer stood before.
#[derive(Clone, Copy)]
struct Placing {
    portion: Portion,
    release: i64,
    mark: Mark,
}

impl Placing {
    /// Places them anew, some later than they could be.
    fn again(self, placer: &mut Placer, later: &[Later]) {
        placer.undo(self.mark);
        placer.place_later(self.portion, self.release, later);
    }
}

/// A stage that is held.
struct Hold {
    task: usize,
    /// On which pool: the others may be free of it.
    pool: usize,
    /// For which phones, and until when.
    harm: Harm,
    /// The start it would have had.
    wanted: i64,
}

impl Kept {
    fn as_is(before: Places, places: Places) -> Self {
        Self { places, before, holds: Vec::new(), let_go: Vec::new() }
    }

    /// Where a stage is, if it was placed at this turn.
    fn at_this_turn(&self, task: usize) -> Option<Placed> {
        self.places[task].filter(|_| self.before[task].is_none())
    }
}

impl Keeper {
    /// Over what runs and what was accepted, once that is laid out.
    pub fn of(instance: &Instance, options: &Options) -> Self {
        let now = Timestamp::from_unix(instance.now);
        let watch = Watch::of(instance.unit, now).filter(|_| options.guard);
        let max_hold = instance.unit.policy.guard.max_hold.0;
        let mut keeper =
            Self { watch, fixed: Vec::new(), watched: Vec::new(), max_hold, outcome: options.guard.then(Guarded::default) };
        let Some(watch) = &mut keeper.watch else { return keeper };
        for place in &instance.resources {
            let slots = (1..=place.resource.slots).map(|slot| watch.slot(&place.resource.id, slot));
            keeper.watched.extend(slots);
        }
        for task in instance.jobs.iter().flat_map(|job| &job.tasks) {
            if let TaskState::Fixed { slot, start, end, .. } = task.state
                && let Some(slot) = keeper.watched[slot]
            {
                watch.fix(slot, start, end);
            }
        }
        watch.keep_appointments(instance.unit, now);
        keeper.fixed = watch.fixed();
        keeper
    }

    /// What it did in the plan that was built, none where it was left out; it is then ready for the next one.
    pub fn finish(&mut self) -> Option<Guarded> {
        if let Some(watch) = &mut self.watch {
            watch.reset(&self.fixed);
        }
        self.outcome.as_mut().map(std::mem::take)
    }

    /// Places the open stages of a portion of a job, not before `release`: held where they must be.
    pub fn place(&mut self, placer: &mut Placer, portion: Portion, release: i64) -> Kept {
        let Portion { job, part, .. } = portion;
        let placing = Placing { portion, release, mark: placer.mark() };
        let before = placer.places[job].clone();
        placer.place(portion, release);
        let first = placer.places[job].clone();
        let mut kept = Kept::as_is(before, first.clone());
        if self.watch.is_none() || placer.instance.jobs[job].part_tier(part) < FIRST_JUDGED_TIER {
            return kept;
        }
        let mut let_go: Vec<(usize, LetGo)> = Vec::new();
        for attempt in 1.. {
            let mut harms = self.harms(&kept);
            let next = harms.iter().position(|(task, _)| !let_go.iter().any(|(gone, _)| gone == task));
            let Some((task, harm)) = next.map(|next| harms.swap_remove(next)) else {
                let_go.retain(|(task, _)| harms.iter().any(|(harmful, _)| harmful == task));
                break;
            };
            let why = match attempt {
                1..=MOST_HOLDS => self.hold(placer, placing, (task, harm), (&mut kept, &first)),
                _ => Some(LetGo::MaxHold),
            };
            if let Some(why) = why {
                // Without this hold all else is as it was: what still harms is held anew.
                let_go.push((task, why));
                kept = Kept::as_is(kept.before, first.clone());
                placing.again(placer, &[]);
            }
        }
        Kept { let_go, ..kept }
    }

    /// Holds a stage a little longer; why not, where it may not be.
    fn hold(
        &self,
        placer: &mut Placer,
        placing: Placing,
        (task, harm): (usize, Harm),
        (kept, first): (&mut Kept, &Places),
    ) -> Option<LetGo> {
        let placed = kept.places[task]?;
        let (start, pool) = (placed.start, placer.instance.resources[placed.on?.0].pool);
        let wanted = kept.holds.iter().find(|hold| hold.task == task).map_or(start, |hold| hold.wanted);
        if harm.until.unix() > wanted + self.max_hold {
            return Some(LetGo::MaxHold);
        }
        kept.holds.push(Hold { task, pool, harm, wanted });
        let holds = kept.holds.iter();
        let later: Vec<Later> = holds.map(|h| Later { task: h.task, pool: h.pool, from: h.harm.until.unix() }).collect();
        placing.again(placer, &later);
        kept.places.clone_from(&placer.places[placing.portion.job]);
        if first.iter().zip(&kept.places).any(|(first, held)| first.is_some() && held.is_none()) {
            return Some(LetGo::NoPlace);
        }
        breaks_own_clock(placer.instance, placing.portion.job, first, &kept.places).then_some(LetGo::OwnClock)
    }

    /// Every open stage that does harm where it is, given the others of its job that begin before it; by start.
    fn harms(&mut self, kept: &Kept) -> Vec<(usize, Harm)> {
        let Some(watch) = &mut self.watch else { return Vec::new() };
        let watched = |task: usize| {
            let placed = kept.at_this_turn(task)?;
            Some((placed.start, task, self.watched[placed.on?.1]?, placed.end))
        };
        let mut steps: Vec<(i64, usize, usize, i64)> = (0..kept.places.len()).filter_map(watched).collect();
        steps.sort_unstable();
        let mut found = Vec::new();
        for &(start, task, slot, end) in &steps {
            let harm = watch.harm(slot, Timestamp::from_unix(start), Timestamp::from_unix(end));
            found.extend(harm.map(|harm| (task, harm)));
            watch.add(slot, start, end);
        }
        steps.iter().for_each(|(start, _, slot, end)| watch.remove(*slot, *start, *end));
        found
    }

    /// Takes what was placed; the reasons of the stages that are held.
    pub fn take(&mut self, instance: &Instance, Portion { job, part, .. }: Portion, kept: &Kept) -> Vec<(usize, Reason)> {
        let Some(watch) = &mut self.watch else { return Vec::new() };
        let j = &instance.jobs[job];
        for placed in (0..kept.places.len()).filter_map(|task| kept.at_this_turn(task)) {
            let Some(slot) = placed.on.and_then(|(_, slot)| self.watched[slot]) else { continue };
            if j.part_tier(part) < FIRST_JUDGED_TIER {
                watch.fix(slot, placed.start, placed.end);
            } else {
                watch.add(slot, placed.start, placed.end);
            }
        }
        self.account(instance, job, kept)
    }

    fn account(&mut self, instance: &Instance, job: usize, kept: &Kept) -> Vec<(usize, Reason)> {
        let Some(outcome) = &mut self.outcome else { return Vec::new() };
        let number = instance.jobs[job].number;
        let gave_way = kept.let_go.iter().map(|(stage, why)| GaveWay { submission: number, stage: *stage, why: *why });
        outcome.gave_way.extend(gave_way);
        let mut reasons: Vec<(usize, Reason)> = Vec::new();
        // The last hold of a stage is the one that it is under.
        for hold in kept.holds.iter().rev() {
            let Some(placed) = kept.places[hold.task] else { continue };
            if reasons.iter().any(|(task, _)| *task == hold.task) || placed.start <= hold.wanted {
                continue;
            }
            let until = hold.harm.until.min(Timestamp::from_unix(placed.start));
            reasons.push((hold.task, Reason::Held { site: hold.harm.site.clone(), until }));
            outcome.held += 1;
            outcome.delay = Seconds(outcome.delay.0 + placed.start - hold.wanted);
        }
        reasons
    }
}

impl fmt::Display for LetGo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OwnClock => "held, it would miss a hard clock of its own",
            Self::MaxHold => "no harmless start comes within the longest hold: ask a supervisor",
            Self::NoPlace => "held, a stage of it would be left without a place: ask a supervisor",
        })
    }
}

/// Whether a part is of tiers 0 and 1, which the guard never holds.
pub fn is_never_held(instance: &Instance, item: &Ranked) -> bool {
    instance.jobs[item.job].part_tier(item.part) < FIRST_JUDGED_TIER
}

/// Whether a hard clock of a job is missed with its stages placed so, and sooner reached as they were first.
fn breaks_own_clock(instance: &Instance, job: usize, first: &Places, held: &Places) -> bool {
    instance.jobs[job].clocks.iter().filter(|clock| clock.clock.hard).any(|clock| {
        let at = |places: &Places| reached(instance, job, places, clock.clock.milestone).unwrap_or(FAR);
        at(held) > clock.due && at(first) < at(held)
    })
}
