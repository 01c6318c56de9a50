//! What would be otherwise: when a submission would be done were one thing different. Each answer is one re-plan in the order that
//! people were told.
//!
//! What comes after a submission never delays it. So where only somebody more is there, what comes before it is planned again
//! with it, and nothing else; where it goes before others, all is, so that they are named who would pay for it.
//!
//! Invariant: what is told makes it sooner by more than people notice ([`DRIFT`]).

mod say;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::arrival::{Displaced, displaced};
use super::changed::{able, of, one_of_each, part, site_of, with_gates_met};
use super::gap::FAR;
use super::told::DRIFT;
use super::{Plan, Turn, Turns, follow, in_order};
use crate::domain::establishment::{Closure, Resource, ResourceKind};
use crate::domain::ids::{QueueNumber, ResourceId, SiteId};
use crate::domain::policy::Milestone;
use crate::domain::time::Timestamp;
use crate::domain::unit::{StageState, Submission, Unit};

/// The first tier that anyone is told of: those above it are for lives at risk and for victims' phones.
const FIRST_TOLD_TIER: u8 = 2;
/// Days on each of which it is tried whether somebody more on that day alone would do.
const DAYS: u64 = 5;

/// Who reckons with the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// People were told of it: what they were told moves only for what is worth it.
    People,
    /// It is a plan on paper: everything is as soon as can be.
    Nobody,
}

/// One thing that could be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its gates are met now.
    GatesMet,
    /// Who or what is out of use is back.
    Back {
        /// Which.
        resource: ResourceId,
    },
    /// There is one more like somebody.
    OneMore {
        /// Like whom.
        like: ResourceId,
        /// Where.
        site: SiteId,
        /// On that day alone; every day where that would not do.
        on: Option<NaiveDate>,
    },
    /// It is of another tier.
    Tier(u8),
}

/// What would be otherwise, were one thing different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterfactual {
    /// What would be different. Of a submission behind a shut gate that is on top of its gates being met.
    pub change: Change,
    /// What would be sooner; never empty.
    pub sooner: Vec<Moved>,
    /// What would be later.
    pub later: Vec<Moved>,
    /// Promises to others that would be missed for it, or missed by more; in rank order.
    pub displaced: Vec<Displaced>,
}

/// A milestone that would be reached at another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub milestone: Milestone,
    /// When it is reached as things stand; none where it is not.
    pub was: Option<Timestamp>,
    /// When it would be.
    pub is: Timestamp,
}

/// What is sooner, and what later.
type Moves = (Vec<Moved>, Vec<Moved>);

/// All that would make a submission sooner which `plan` of `unit` plans or waits with, each by itself. Empty for one that is not open.
pub fn counterfactuals(unit: &Unit, plan: &Plan, number: QueueNumber, told: Told) -> Vec<Counterfactual> {
    let Some(asked) = Asked::of(unit, (plan, told), number) else { return Vec::new() };
    let gates = (!asked.is_free).then(|| asked.gates_met()).flatten();
    let able = able(&asked.unit, &asked.submission, &site_of(&asked.submission));
    let back = able.iter().filter_map(|resource| asked.back(resource));
    gates.into_iter().chain(back).chain(asked.one_more(&able)).chain(asked.tiers()).collect()
}

/// A submission, and the plan of it as things stand.
struct Asked<'p> {
    number: QueueNumber,
    /// With its gates met.
    submission: Submission,
    /// Whether they are, as things stand.
    is_free: bool,
    /// All of the unit, with its gates met.
    unit: Unit,
    /// What comes before it, and what runs.
    part: Unit,
    told: &'p Plan,
    by: Told,
    /// The plan of `unit`.
    plan: Plan,
}

impl<'p> Asked<'p> {
    fn of(unit: &Unit, (told, by): (&'p Plan, Told), number: QueueNumber) -> Option<Self> {
        let now = told.now;
        let submission = unit.submissions.get(&number)?;
        let is_free = submission.shut_gates(unit.route_of(submission)?, now).next().is_none();
        let (mut unit, mut plan) = (unit.clone(), told.clone());
        let submission = if is_free { Submission::clone(submission) } else { with_gates_met(submission, now) };
        if !is_free {
            unit.submissions.insert_mut(number, Arc::new(submission.clone()));
            plan = again(&unit, told, &told.turns, by);
        }
        let part = before(&unit, &plan, number);
        Some(Self { number, submission, is_free, unit, part, told, by, plan })
    }

    fn reached(&self, plan: &Plan, milestone: Milestone) -> Option<Timestamp> {
        let stages = &self.unit.route_of(&self.submission)?.stages;
        let leads = |stage: &usize| match milestone {
            Milestone::Extracted => stages[*stage].holds_device,
            Milestone::DeviceBack => stages[*stage].returns_device,
            Milestone::Results => !stages[*stage].returns_device,
        };
        let open = |stage: &usize| !self.submission.stages.get(*stage).is_some_and(StageState::is_over);
        let wanted: BTreeSet<usize> = (0..stages.len()).filter(leads).filter(open).collect();
        let mine = plan.steps.iter().filter(|step| step.submission == self.number && wanted.contains(&step.stage));
        let ends: Vec<Timestamp> = mine.map(|step| step.end).collect();
        ends.iter().copied().max().filter(|_| ends.len() == wanted.len())
    }

    /// What a plan reaches sooner than another, and what later.
    fn moved(&self, plan: &Plan, than: &Plan) -> Moves {
        let milestones = [Milestone::Extracted, Milestone::DeviceBack, Milestone::Results].into_iter();
        let moved = milestones.filter_map(|milestone| {
            let (was, is) = (self.reached(than, milestone), self.reached(plan, milestone)?);
            was.is_none_or(|was| (was - is).0.abs() > DRIFT.0).then_some(Moved { milestone, was, is })
        });
        moved.partition(|moved| moved.was.is_none_or(|was| moved.is < was))
    }

    /// What would be otherwise, if anything is sooner.
    fn told(&self, change: Change, (sooner, later): Moves, displaced: Vec<Displaced>) -> Option<Counterfactual> {
        (!sooner.is_empty()).then_some(Counterfactual { change, sooner, later, displaced })
    }

    fn gates_met(&self) -> Option<Counterfactual> {
        self.told(Change::GatesMet, self.moved(&self.plan, self.told), displaced(self.told, &self.plan))
    }

    /// What moves with the resources changed, once that is planned in the same order.
    fn with(&self, change: impl FnOnce(&mut Unit)) -> Moves {
        let mut unit = self.part.clone();
        change(&mut unit);
        self.moved(&again(&unit, &self.plan, &self.plan.turns, self.by), &self.plan)
    }

    /// A resource that is closed, or whose validation or competence has lapsed.
    fn back(&self, resource: &Resource) -> Option<Counterfactual> {
        let now = self.plan.now;
        let has_lapsed =
            |resource: &Resource| resource.lapses().is_some_and(|day| self.unit.establishment.zone.end_of_day(day) <= now);
        let is_closed =
            self.unit.establishment.exceptions(resource).closed.iter().any(|(from, until)| *from <= now && now < *until);
        if !has_lapsed(resource) && !is_closed {
            return None;
        }
        let moved = self.with(|unit| {
            let roster = &mut Arc::make_mut(&mut unit.establishment).roster;
            roster.retain(|duty| !(duty.kind.is_away() && duty.who == resource.id.as_str() && duty.covers(now)));
            of(unit, &resource.id, |back| {
                back.closed.retain(|closure| now < closure.from);
                if has_lapsed(back) {
                    (back.validated_until, back.competent_until) = (None, None);
                }
            });
        });
        self.told(Change::Back { resource: resource.id.clone() }, moved, Vec::new())
    }

    /// One more of each kind of those who are able: who helps most; of those who help as much the nearest to the device.
    fn one_more(&self, able: &[&Resource]) -> Vec<Counterfactual> {
        let mut best: BTreeMap<ResourceKind, (&Resource, Moves)> = BTreeMap::new();
        for like in one_of_each(able) {
            let moved = self.with(|unit| add(unit, one_like(like, Vec::new())));
            let helps = best.get(&like.kind).map_or(0, |(_, best)| saved(best) + DRIFT.0);
            if saved(&moved) > helps {
                best.insert(like.kind, (like, moved));
            }
        }
        best.into_values().filter_map(|(like, moved)| self.one_more_like(like, moved)).collect()
    }

    /// One more like somebody, which moves so much if there every day: on one day, where that is enough.
    fn one_more_like(&self, like: &Resource, always: Moves) -> Option<Counterfactual> {
        let today = self.unit.establishment.zone.date(self.plan.now);
        let mut days = (0..DAYS).filter_map(|day| today.checked_add_days(Days::new(day)));
        let enough = days.find_map(|day| {
            let moved = self.with(|unit| {
                let closed = all_but(unit, day);
                add(unit, one_like(like, closed));
            });
            (saved(&moved) + DRIFT.0 >= saved(&always)).then_some((Some(day), moved))
        });
        let (on, moved) = enough.unwrap_or((None, always));
        let change = Change::OneMore { like: like.id.clone(), site: like.site.clone(), on };
        self.told(change, moved, Vec::new())
    }

    /// The tiers above its own in which it would be sooner, nearest first; of those in which it would be as soon, the first.
    fn tiers(&self) -> Vec<Counterfactual> {
        let own = self.submission.tier(self.plan.now);
        let turns: Turns = self.plan.turns.iter().filter(|turn| turn.submission != self.number).copied().collect();
        let mut found: Vec<(Counterfactual, Plan)> = Vec::new();
        for tier in (FIRST_TOLD_TIER..own).rev().filter(|tier| self.unit.policy.tier(*tier).is_some()) {
            let mut raised = self.submission.clone();
            raised.clocks.iter_mut().filter(|clock| clock.tier == own).for_each(|clock| clock.tier = tier);
            let mut unit = self.unit.clone();
            unit.submissions.insert_mut(self.number, Arc::new(raised));
            let next = again(&unit, &self.plan, &turns, self.by);
            let (sooner_still, _) = self.moved(&next, found.last().map_or(&self.plan, |(_, last)| last));
            let others = displaced(&self.plan, &next).into_iter().filter(|other| other.submission != self.number);
            let told = self.told(Change::Tier(tier), self.moved(&next, &self.plan), others.collect());
            found.extend(told.filter(|_| !sooner_still.is_empty()).map(|told| (told, next)));
        }
        found.into_iter().map(|(counterfactual, _)| counterfactual).collect()
    }
}

/// The plan made again, in an order.
fn again(unit: &Unit, before: &Plan, turns: &[Turn], told: Told) -> Plan {
    match told {
        Told::People => follow(unit, before.now, before, turns),
        Told::Nobody => in_order(unit, before.now, turns),
    }
}

/// Seconds saved in all; a milestone that would not be reached at all counts for more than any that would.
fn saved((sooner, later): &Moves) -> i64 {
    let each = |moved: &Moved| moved.was.map_or(FAR / 8, |was| (was - moved.is).0);
    sooner.iter().chain(later).map(each).sum()
}

/// What has its turn before the last of a submission, and what can be in its way besides.
fn before(unit: &Unit, plan: &Plan, number: QueueNumber) -> Unit {
    let last = plan.turns.iter().rposition(|turn| turn.submission == number).unwrap_or(plan.turns.len().saturating_sub(1));
    let sooner: BTreeSet<QueueNumber> = plan.turns.iter().take(last + 1).map(|turn| turn.submission).collect();
    part(unit, |submission| sooner.contains(&submission.number))
}

fn one_like(like: &Resource, closed: Vec<Closure>) -> Resource {
    let id = ResourceId::from(format!("{}, one more", like.id).as_str());
    Resource { id, slots: 1, closed, ..like.clone() }
}

fn add(unit: &mut Unit, resource: Resource) {
    Arc::make_mut(&mut unit.establishment).resources.push(resource);
}

/// All time but a day, closed.
fn all_but(unit: &Unit, day: NaiveDate) -> Vec<Closure> {
    let zone = &unit.establishment.zone;
    let closure = |from, until| Closure { from, until, reason: String::new() };
    let begins = day.pred_opt().map_or(Timestamp::MIN, |before| zone.end_of_day(before));
    vec![closure(Timestamp::MIN, begins), closure(zone.end_of_day(day), Timestamp::MAX)]
}
