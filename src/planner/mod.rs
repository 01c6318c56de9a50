//! The planner: `plan(&Unit, now) -> Plan`. It plans everything open, so that each submission has a forecast and each
//! stage a place or a reason.
//!
//! Data flows one way: [`instance`] turns the unit into arrays, [`rank`] orders them, [`assign`] and [`place`] give each
//! stage its earliest place in what is still free, [`forecast`] reads milestones off the result, [`waiting`] says why the rest waits.
//! [`chance`] says, afterwards and in its own time, how sure all that is.
//! [`check`] shares no code with any of these.
//!
//! Invariants: same unit and same `now`, same plan, whatever order submissions came in; every open stage is in `steps` or
//! in `waiting`, once. This room never decides (its steps become commands like anyone's), and never holds I/O, async, a
//! clock, chance or a panic.

pub mod arrival;
mod assign;
pub mod chance;
mod changed;
pub mod check;
pub mod compare;
pub mod document;
mod forecast;
mod free;
mod gap;
mod guard;
pub mod improve;
mod instance;
pub mod kept;
pub mod never;
mod objective;
pub mod otherwise;
pub mod picture;
mod place;
mod pool;
mod rank;
pub mod reason;
mod refine;
pub mod rescue;
mod resources;
mod shape;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod told;
mod waiting;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{QueueNumber, Slot, Word};
use crate::domain::policy::Milestone;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Submission, Unit};
use gap::FAR;
pub use place::Part;
pub use reason::{RankRule, Reason};

/// The whole decision: where and when every open stage goes, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The ledger entry of the unit it was made from.
    pub based_on: i64,
    /// The instant it was made for; nothing in it starts earlier, but what already runs.
    pub now: Timestamp,
    /// Stages with a place, by start, then rank.
    pub steps: Vec<Step>,
    /// One a running promise whose milestone is planned, in rank order.
    pub milestones: Vec<MilestoneForecast>,
    /// Stages without a place, in rank order.
    pub waiting: Vec<Waiting>,
    /// Places that stages behind a shut gate would have, were it met now, in rank order; they keep nobody from theirs.
    pub if_cleared: Vec<Hoped>,
    /// Open submissions, first to be served first.
    pub order: Vec<QueueNumber>,
    /// Their parts, in the order in which they were given their places.
    pub turns: Turns,
    /// Sums over the milestones, by tier of their promises, every tier of the policy.
    pub objective: Vec<TierObjective>,
    /// What the guard did; none where it was left out.
    pub guard: Option<Guarded>,
}

/// Parts of submissions in the order in which a plan gives them their places.
pub type Turns = Vec<Turn>;

/// What of a submission has its places given at once: what of a part has none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Whose.
    pub submission: QueueNumber,
    /// Which part.
    pub part: Part,
    /// Only the stages before this one of its route; the others have a later turn. None: all of them.
    pub until: Option<usize>,
}

/// One stage with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose stage.
    pub submission: QueueNumber,
    /// Index in its route.
    pub stage: usize,
    /// Who does it; none for a hand-back.
    pub slot: Option<Slot>,
    /// When it starts, or started.
    pub start: Timestamp,
    /// When it ends, hand-over included.
    pub end: Timestamp,
    /// The pieces inside windows (attended), or the whole (unattended); none for a hand-back.
    pub segments: Vec<(Timestamp, Timestamp)>,
    /// Why it does not start now; empty where it does.
    pub because: Vec<Reason>,
    /// Whether the planner was free to place it.
    pub hold: Hold,
}

/// The place that a stage behind a shut gate would have, were it met now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hoped {
    /// Whose stage.
    pub submission: QueueNumber,
    /// Index in its route.
    pub stage: usize,
    /// Who would do it; none for a hand-back.
    pub slot: Option<Slot>,
    /// When it would start.
    pub start: Timestamp,
    /// When it would end, hand-over included.
    pub end: Timestamp,
}

/// How fixed a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Placed by this plan.
    Free,
    /// Accepted: left where it is.
    Pinned,
    /// Being worked on.
    Running,
}

/// When a promise's milestone is reached by the plan, and against what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MilestoneForecast {
    /// Whose.
    pub submission: QueueNumber,
    /// Which milestone.
    pub milestone: Milestone,
    /// When the plan reaches it.
    pub at: Timestamp,
    /// By which promise.
    pub promise: Word,
    /// The promise's own tier.
    pub tier: u8,
    /// When it is due.
    pub due: Timestamp,
    /// Latest moment at which it can in fact be reached; none where no return window is long enough.
    pub effective_due: Option<Timestamp>,
}

impl MilestoneForecast {
    /// Seconds after due; 0 where in time.
    pub fn late_seconds(&self) -> i64 {
        (self.at - self.due).0.max(0)
    }
}

/// A stage without a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Whose stage.
    pub submission: QueueNumber,
    /// Index in its route; none for a submission without one.
    pub stage: Option<usize>,
    /// All causes that hold, first to clear first; never empty.
    pub reasons: Vec<Reason>,
    /// Behind a shut gate: the latest instant at which its gates can be met and every running promise still kept; none
    /// once past.
    pub clear_by: Option<Timestamp>,
    /// Behind a shut gate: its milestones, were the gates met now.
    pub if_cleared_now: Option<Vec<MilestoneForecast>>,
}

/// How late one tier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierObjective {
    /// Which tier.
    pub tier: u8,
    /// Milestones after their due.
    pub late: u64,
    /// By how much, summed.
    pub late_seconds: i64,
}

/// What a plan heeds beyond the rules of time, and how much is spent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether work is held for victims' phones still to come.
    pub guard: bool,
    /// Stages that may be placed in search of a better plan than the first; with less than it takes to place them all
    /// once, one plan is built and no other sought.
    pub budget: u64,
    /// What the search is seeded with: same unit, budget and seed, same plan.
    pub seed: u64,
    /// Whether below tier 2 all stays as people were told: another plan takes the place of theirs for the sake of tiers 0 to 2
    /// only.
    pub steady: bool,
}

impl Options {
    /// One plan is built, in rank order.
    pub const BUILD: Self = Self { guard: true, budget: 0, seed: 0, steady: false };
    /// What someone who asks for a plan waits for: some two tenths of a second for 50 open submissions, half a second for 450.
    pub const THOROUGH: Self = Self { budget: 500_000, ..Self::BUILD };
}

/// What the guard did, and what that cost the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guarded {
    /// Steps that begin later than they would have, each in its turn.
    pub held: usize,
    /// By how much, summed.
    pub delay: Seconds,
    /// Steps that take away the last way of some phone all the same, in rank order.
    pub gave_way: Vec<GaveWay>,
}

/// A step that the guard let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaveWay {
    /// Whose.
    pub submission: QueueNumber,
    /// Index in its route.
    pub stage: usize,
    /// Why.
    pub why: LetGo,
}

/// Why the guard let a step go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetGo {
    /// Held, it would break a hard clock of its own submission.
    OwnClock,
    /// No harmless start comes within `max_hold`: a supervisor is asked.
    MaxHold,
    /// Held, a stage would be left without a place.
    NoPlace,
}

impl LetGo {
    /// The word for it in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnClock => "own_clock",
            Self::MaxHold => "max_hold",
            Self::NoPlace => "no_place",
        }
    }
}

/// Plans everything open in `unit` from `now` on, in rank order.
pub fn plan(unit: &Unit, now: Timestamp) -> Plan {
    plan_with(unit, now, &Options::BUILD)
}

/// Plans everything open in `unit` from `now` on.
pub fn plan_with(unit: &Unit, now: Timestamp, options: &Options) -> Plan {
    replan(unit, now, options, None)
}

/// Plans everything open in `unit` from `now` on, where people were told of a plan `before`: what they were told moves
/// only where that makes a promise less late, or less at risk.
pub fn replan(unit: &Unit, now: Timestamp, options: &Options, before: Option<&Plan>) -> Plan {
    let (mut instance, ranked) = ranked(unit, now);
    let refine::Candidate { built, order, .. } = refine::refined(&mut instance, ranked, before, options);
    written(&mut instance, built, &order)
}

/// Plans everything open in `unit` from `now` on where people were told of a plan `before`, in the order of its
/// [`Plan::turns`] or of a better plan's, what is new at its rank: one build, with nothing weighed. What a large unit can
/// have at once where [`replan`] takes longer than anyone should wait.
pub fn follow(unit: &Unit, now: Timestamp, before: &Plan, turns: &[Turn]) -> Plan {
    let (mut instance, ranked) = ranked(unit, now);
    let (built, order) = refine::followed(&mut instance, &ranked, turns, before);
    written(&mut instance, built, &order)
}

/// Plans everything open in `unit` from `now` on, of which nobody was told anything, in an order of another plan, what is new at its
/// rank: one build, with nothing weighed.
pub fn in_order(unit: &Unit, now: Timestamp, turns: &[Turn]) -> Plan {
    let (mut instance, ranked) = ranked(unit, now);
    let (built, order) = refine::in_order(&mut instance, &ranked, turns);
    written(&mut instance, built, &order)
}

/// The steps of a plan alone, least key first, equals at their rank: one build with nothing weighed, nothing held for phones still to
/// come and no reason told. What there is to do, for whoever plans a hundred times a day and asks nobody why.
pub fn steps_by<K: Ord>(unit: &Unit, now: Timestamp, key: impl Fn(&Submission) -> K) -> Vec<Step> {
    let (mut instance, ranked) = ranked(unit, now);
    let (built, order) = refine::ordered_by(&mut instance, &ranked, |number| unit.submissions.get(&number).map(|s| key(s)));
    waiting::unexplained(&mut instance, &built, &order)
}

/// The unit with everything fixed in its place, and who comes first.
fn ranked(unit: &Unit, now: Timestamp) -> (instance::Instance<'_>, rank::Order) {
    let mut instance = instance::Instance::of(unit, now);
    assign::lay_out_fixed(&mut instance);
    let order = rank::order(&mut instance);
    (instance, order)
}

/// What was built, with its reasons.
fn written(instance: &mut instance::Instance, built: assign::Built, order: &rank::Order) -> Plan {
    let milestones = forecast::milestones(instance, &built.places, order);
    Plan {
        based_on: instance.unit.seq,
        now: Timestamp::from_unix(instance.now),
        steps: waiting::steps(instance, &built, order),
        waiting: waiting::waiting(instance, &built, order),
        if_cleared: waiting::if_cleared(instance, &built, order),
        objective: forecast::objective(&instance.unit.policy, &milestones),
        milestones,
        guard: built.guarded,
        turns: order.items.iter().map(|item| item.turn(instance)).collect(),
        order: order.jobs.iter().map(|job| instance.jobs[*job].number).collect(),
    }
}
