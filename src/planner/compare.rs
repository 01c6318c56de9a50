//! Two plans of one queue side by side: what would become of its promises in a unit that is another.
//!
//! Both are made alike, in rank order or with the same search, so that what differs is the unit and nothing else.

use std::collections::BTreeMap;

use super::document::unavoidable_of;
use super::told::DRIFT;
use super::{MilestoneForecast, Plan};
use crate::domain::clocks::Clock;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::policy::Milestone;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit, reached};
use crate::domain::what_if::additions::Share;

/// What would become of the promises to those who are open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// One line a promise that runs, in the order of the policy.
    pub promises: Vec<PromiseCompared>,
    /// Promises that would be reached at another time by more than people notice ([`DRIFT`]), or that only one of the two reaches: those
    /// that come to be late or in time first, then by tier, then by how much.
    pub moved: Vec<Moved>,
}

/// How one promise stands over the queue, as it is and as it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromiseCompared {
    /// Its name.
    pub promise: Word,
    /// Its tier.
    pub tier: u8,
    /// To how many it runs and is not reached yet.
    pub open: usize,
    /// As it is.
    pub was: Stands,
    /// As it would be.
    pub is: Stands,
}

/// How a promise stands in one plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stands {
    /// To how many it would be missed.
    pub late: usize,
    /// By how much, summed, in seconds.
    pub late_seconds: i64,
    /// To how many the plan reaches it at no time: nobody can, or an earlier exhibit of the case goes first.
    pub unplanned: usize,
}

/// A promise that would be reached at another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Whose.
    pub submission: QueueNumber,
    /// Which.
    pub promise: Word,
    /// Its milestone.
    pub milestone: Milestone,
    /// Its tier.
    pub tier: u8,
    /// When it is due.
    pub due: Timestamp,
    /// When it is reached as it is; none where it is not.
    pub was: Option<Timestamp>,
    /// When it would be.
    pub is: Option<Timestamp>,
}

impl Moved {
    /// Whether it is late in one of the two and in time in the other.
    fn turns(&self) -> bool {
        let late = |at: Option<Timestamp>| at.is_none_or(|at| at > self.due);
        late(self.was) != late(self.is)
    }

    /// By how much, in seconds; a milestone that only one plan reaches counts for more than any that both do.
    fn by(&self) -> i64 {
        self.was.zip(self.is).map_or(i64::MAX, |(was, is)| (was - is).0.abs())
    }
}

/// Compares two plans of `unit`'s queue at the moment of the first, over the submissions that count. What waits at a shut gate is
/// compared as if that were met now.
pub fn compared(unit: &Unit, (was, is): (&Plan, &Plan), counts: impl Fn(&Submission) -> bool) -> Compared {
    let (before, after) = (reached_of(was), reached_of(is));
    let mut lines: BTreeMap<&Word, PromiseCompared> = BTreeMap::new();
    let mut moved = Vec::new();
    for submission in unit.submissions.values().filter(|submission| counts(submission)) {
        for clock in to_come(unit, submission, was.now) {
            let at = |plan: &Reached<'_>| plan.get(&(submission.number, &clock.promise)).map(|line| line.at);
            let one = Moved {
                submission: submission.number,
                promise: clock.promise.clone(),
                milestone: clock.milestone,
                tier: clock.tier,
                due: clock.due,
                was: at(&before),
                is: at(&after),
            };
            let line = lines.entry(&clock.promise).or_insert_with(|| PromiseCompared {
                promise: clock.promise.clone(),
                tier: clock.tier,
                open: 0,
                was: Stands::default(),
                is: Stands::default(),
            });
            line.open += 1;
            line.was.add(one.was, one.due);
            line.is.add(one.is, one.due);
            if one.was != one.is && one.by() > DRIFT.0 {
                moved.push(one);
            }
        }
    }
    moved.sort_by_key(|one| (!one.turns(), one.tier, std::cmp::Reverse(one.by()), one.submission));
    let mut promises: Vec<PromiseCompared> = lines.into_values().collect();
    promises.sort_by_key(|line| place(unit, &line.promise));
    Compared { promises, moved }
}

/// What a plan keeps of the promises that run in `unit` and are not missed yet, over the submissions that count. What waits at a shut
/// gate is taken as if that were met now; what the plan reaches at no time is not kept, and nothing is known of its delay.
pub fn keeps(unit: &Unit, plan: &Plan, counts: impl Fn(&Submission) -> bool) -> Vec<Share> {
    let reached = reached_of(plan);
    let mut shares: BTreeMap<&Word, Share> = BTreeMap::new();
    for submission in unit.submissions.values().filter(|submission| counts(submission)) {
        for clock in to_come(unit, submission, plan.now).filter(|clock| clock.due > plan.now) {
            let line = reached.get(&(submission.number, &clock.promise));
            let share = shares.entry(&clock.promise).or_insert_with(|| Share::of(clock.promise.clone()));
            share.count(line.map(|line| line.at - clock.due), || line.and_then(|line| unavoidable_of(unit, line)) == Some(true));
        }
    }
    let mut shares: Vec<Share> = shares.into_values().collect();
    shares.sort_by_key(|share| place(unit, &share.promise));
    shares
}

/// The promises that run to a submission and are not reached yet.
fn to_come<'s>(unit: &'s Unit, submission: &'s Submission, now: Timestamp) -> impl Iterator<Item = &'s Clock> {
    let route = unit.route_of(submission);
    submission.running(now).filter(move |clock| reached(submission, route, clock.milestone).is_none())
}

/// Where a promise stands in the policy; one that is in it no more comes last.
fn place(unit: &Unit, promise: &Word) -> usize {
    let place = unit.policy.promises.iter().position(|known| known.name == *promise);
    place.unwrap_or(usize::MAX)
}

impl Stands {
    fn add(&mut self, at: Option<Timestamp>, due: Timestamp) {
        let late = at.map(|at| (at - due).0.max(0));
        self.unplanned += usize::from(late.is_none());
        self.late += usize::from(late.is_some_and(|late| late > 0));
        self.late_seconds += late.unwrap_or(0);
    }
}

/// When a plan reaches what.
type Reached<'p> = BTreeMap<(QueueNumber, &'p Word), &'p MilestoneForecast>;

fn reached_of(plan: &Plan) -> Reached<'_> {
    let hoped = plan.waiting.iter().flat_map(|waiting| waiting.if_cleared_now.iter().flatten());
    hoped.chain(&plan.milestones).map(|line| ((line.submission, &line.promise), line)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::testing::{World, at, ready_phone, slot, suspects_laptop, to_owner};
    use crate::domain::what_if::{Change, change};
    use crate::planner::plan;

    /// The plan of a world's queue as it is, and with a change.
    fn both(world: &World, what: &Change) -> (Plan, Plan) {
        let mut establishment = (*world.unit.establishment).clone();
        change(&mut establishment, what).unwrap();
        let other = Unit { establishment: Arc::new(establishment), ..world.unit.clone() };
        (plan(&world.unit, world.now), plan(&other, world.now))
    }

    #[test]
    fn a_unit_that_is_no_other_moves_nothing() {
        let mut world = World::new();
        world.at("23T09:00").registers(ready_phone("AB/1"));
        let same = plan(&world.unit, world.now);
        let found = compared(&world.unit, (&same, &same), |_| true);
        assert_eq!(found.moved, []);
        assert!(found.promises.iter().all(|line| line.was == line.is && line.open == 1), "{found:?}");
    }

    #[test]
    fn what_comes_to_be_late_is_told_first_and_what_nobody_can_do_is_not_planned() {
        let mut world = World::new();
        let phone = world.at("23T09:00").registers(ready_phone("AB/1"));
        let laptop = world.registers(suspects_laptop("CD/1"));
        let plans = both(&world, &Change::Without("bench".into()));
        let found = compared(&world.unit, (&plans.0, &plans.1), |_| true);
        let rasso = found.promises.iter().find(|line| line.promise.as_str() == "rasso-suspect").unwrap();
        assert_eq!((rasso.was.unplanned, rasso.is.unplanned, rasso.is.late), (0, 1, 0));
        let first = found.moved.first().unwrap();
        assert_eq!((first.submission, first.tier, first.is), (laptop, 3, None));
        assert!(found.moved.iter().all(|one| one.submission != phone), "no kiosk is another: {found:?}");

        let plans = both(&world, &Change::Close("north".into(), at("23T09:00"), at("26T09:00")));
        let found = compared(&world.unit, (&plans.0, &plans.1), |submission| submission.number == phone);
        let back = found.promises.iter().find(|line| line.promise.as_str() == "victim-phone").unwrap();
        assert_eq!((back.open, back.was.late, back.is.late), (1, 0, 1), "{found:?}");
        assert_eq!((found.moved[0].submission, found.moved[0].promise.as_str()), (phone, "victim-phone"));

        let kept = |plan: &Plan| -> Vec<(String, usize, usize)> {
            keeps(&world.unit, plan, |_| true)
                .into_iter()
                .map(|share| (share.promise.to_string(), share.kept, share.of))
                .collect()
        };
        let both = |phone, laptop| {
            vec![("victim-phone".to_owned(), phone, 1), ("rasso-suspect".to_owned(), laptop, 1), ("standard".to_owned(), 2, 2)]
        };
        assert_eq!((kept(&plans.0), kept(&plans.1)), (both(1, 1), both(0, 1)));
    }

    #[test]
    fn what_is_kept_already_does_not_count_any_more() {
        let mut world = World::new();
        let phone = world.at("23T09:00").registers(ready_phone("AB/1"));
        world.works(phone, 0, slot("operators-north", 1), "23T09:30");
        world.works(phone, 1, slot("kiosk-north", 1), "23T10:30");
        world.works(phone, 2, slot("operators-north", 1), "23T11:00");
        let counted = |world: &World| {
            let plan = plan(&world.unit, world.now);
            let found = compared(&world.unit, (&plan, &plan), |_| true);
            let kept = keeps(&world.unit, &plan, |_| true).iter().map(|share| share.of).sum::<usize>();
            (found.promises.iter().map(|line| line.open).sum::<usize>(), kept)
        };
        let before = counted(&world);
        let plans = both(&world, &Change::Close("north".into(), at("23T11:00"), at("26T09:00")));
        let closed = compared(&world.unit, (&plans.0, &plans.1), |_| true);
        let back = closed.promises.iter().find(|line| line.promise.as_str() == "victim-phone").unwrap();
        assert_eq!((back.was.late, back.is.late), (0, 1), "nothing is handed back from where all is closed: {closed:?}");
        world.at("23T12:00").does(to_owner(phone, "23T12:00"));
        assert_eq!(counted(&world), (before.0 - 1, before.1 - 1), "the phone is home");
    }

    #[test]
    fn what_is_missed_already_is_nothing_that_could_be_kept() {
        let mut world = World::new();
        world.at("23T09:00").registers(ready_phone("AB/1"));
        let late = plan(&world.unit, at("25T09:00"));
        assert!(keeps(&world.unit, &late, |_| true).iter().all(|share| share.promise.as_str() != "victim-phone"));
    }
}
