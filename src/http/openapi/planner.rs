//! The shapes of what the planner says in JSON of its own making: reasons, measures, counterfactuals, the whole plan.
//!
//! Nothing is made of them; every answer of the tests is compared with them.

mod kinds;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::domain::ids::{ResourceId, Word};
use crate::domain::policy::Milestone;
use crate::domain::time::Timestamp;
use crate::planner::reason::Said;
pub use kinds::{Counterfactual, Measure, Reason};

impl JsonSchema for Said<'_> {
    fn schema_name() -> Cow<'static, str> {
        Reason::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Reason::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Reason::json_schema(generator)
    }
}

/// Shapes: their fields are public, since nobody reads them.
macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)+ })+) => {
        $($(#[$doc])*
        #[derive(JsonSchema)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $type,)+
        })+
    };
}

shapes! {
    /// A milestone that would be reached at another time.
    ///
    /// ```json
    /// { "milestone": "results", "was": "2026-11-30T11:00:00Z", "is": "2026-11-26T15:00:00Z" }
    /// ```
    Moved {
        /// Which.
        milestone: Milestone,
        /// When it is reached as things stand; null where it is not.
        was: Option<Timestamp>,
        /// When it would be.
        is: Timestamp,
    }

    /// The whole plan, in the shape of `dfqueue plan --json`, submissions by queue number. A reader who is bound to a force or to
    /// sites gets the lines of what they may see.
    ///
    /// ```json
    /// { "now": "2026-11-23T08:30:00Z", "objective": { "tiers": [{ "tier": 1, "late": 0, "late_seconds": 0 }] },
    ///   "steps": [], "milestones": [], "waiting": [], "guard": null }
    /// ```
    Plan {
        /// The moment from which it was made.
        now: Timestamp,
        /// Lateness by tier; left out for a reader who is bound to a force or to sites.
        #[schemars(skip_serializing_if = "Option::is_none")]
        objective: Objective,
        /// Every step, by start.
        steps: Vec<PlanStep>,
        /// When each promise is reached.
        milestones: Vec<PlanMilestone>,
        /// What has no place, and why.
        waiting: Vec<PlanWaiting>,
        /// What the guard of victims' phones still to come cost the others; null where the plan was made without it. Left out
        /// for a reader who is bound to a force or to sites.
        #[schemars(skip_serializing_if = "Option::is_none")]
        guard: Option<Guard>,
    }

    /// Lateness, tier by tier.
    ///
    /// ```json
    /// { "tiers": [{ "tier": 1, "late": 0, "late_seconds": 0 }] }
    /// ```
    Objective {
        /// One line a tier that has promises.
        tiers: Vec<TierLateness>,
    }

    /// Lateness of one tier.
    ///
    /// ```json
    /// { "tier": 1, "late": 2, "late_seconds": 5400 }
    /// ```
    TierLateness {
        /// The promises' own tier, 0 (highest) to 5.
        tier: u8,
        /// How many promises are late.
        late: usize,
        /// By how many seconds in all.
        late_seconds: i64,
    }

    /// A stage with its place.
    ///
    /// ```json
    /// { "submission": "Q12", "stage": "extract", "resource": "kiosk-north-1", "slot": 1, "start": "2026-11-23T08:45:00Z",
    ///   "end": "2026-11-23T09:41:00Z", "segments": [["2026-11-23T08:45:00Z", "2026-11-23T09:41:00Z"]], "because": [] }
    /// ```
    PlanStep {
        /// Whose: a queue number, or `another submission` out of the reader's reach.
        submission: String,
        /// Which stage.
        stage: Option<Word>,
        /// Who or what does it; null for the trip home.
        resource: Option<ResourceId>,
        /// Which place of the resource, from 1; null for the trip home.
        slot: Option<u32>,
        /// When it begins.
        start: Timestamp,
        /// When it ends.
        end: Timestamp,
        /// When the slot is occupied: start and end of each part; empty for the trip home.
        segments: Vec<(Timestamp, Timestamp)>,
        /// Why it is not sooner.
        because: Vec<Reason>,
    }

    /// When a promise is reached.
    ///
    /// ```json
    /// { "submission": "Q12", "milestone": "device_back", "at": "2026-11-23T11:14:00Z", "promise": "victim-phone",
    ///   "due": "2026-11-24T07:40:00Z", "effective_due": "2026-11-23T20:00:00Z", "late_seconds": 0, "unavoidable": false }
    /// ```
    PlanMilestone {
        /// Whose: a queue number, or `another submission` out of the reader's reach. Left out in `if_cleared_now`.
        #[schemars(skip_serializing_if = "Option::is_none")]
        submission: String,
        /// What was promised.
        milestone: Milestone,
        /// When it is reached.
        at: Timestamp,
        /// The promise, by its name in the policy.
        promise: Word,
        /// When it is late.
        due: Timestamp,
        /// The latest moment at which it can in fact be reached (return windows); null where none is long enough.
        effective_due: Option<Timestamp>,
        /// Seconds by which it is late; 0 where in time.
        late_seconds: i64,
        /// Whether nobody could have kept it, with present sites and hours; null below tier 2.
        unavoidable: Option<bool>,
    }

    /// A stage without a place.
    ///
    /// ```json
    /// { "submission": "Q12", "stage": "extract", "reasons": [], "text": "not authorised", "clear_by": "2026-11-23T16:20:00Z",
    ///   "if_cleared_now": null }
    /// ```
    PlanWaiting {
        /// Whose: a queue number, or `another submission` out of the reader's reach.
        submission: String,
        /// Which stage; null where no route is for it.
        stage: Option<Word>,
        /// Why.
        reasons: Vec<Reason>,
        /// The same in one line.
        text: String,
        /// The latest moment at which meeting its gates still keeps every promise; null where none hangs on it, and once past.
        clear_by: Option<Timestamp>,
        /// When its promises would be reached, were its gates met now; null where no gate is shut.
        if_cleared_now: Option<Vec<PlanMilestone>>,
    }

    /// What the guard of victims' phones still to come cost the others.
    ///
    /// ```json
    /// { "held": 3, "delay_seconds": 4200, "gave_way": [] }
    /// ```
    Guard {
        /// How many steps begin later than they would have.
        held: usize,
        /// By how many seconds in all.
        delay_seconds: i64,
        /// Steps that take away the last way of some phone all the same.
        gave_way: Vec<GaveWay>,
    }

    /// A step that the guard let go.
    ///
    /// ```json
    /// { "submission": "Q12", "stage": "extract", "why": "own_clock", "text": "held, it would break a promise of its own" }
    /// ```
    GaveWay {
        /// Whose: a queue number, or `another submission` out of the reader's reach.
        submission: String,
        /// Which stage.
        stage: Option<Word>,
        /// Why it was let go.
        #[schemars(extend("enum" = ["own_clock", "max_hold", "no_place"]))]
        why: String,
        /// The same for people.
        text: String,
    }
}
