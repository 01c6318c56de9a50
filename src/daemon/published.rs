//! The newest plan, as everyone reads it.

use std::sync::Arc;

use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::planner::Plan;

/// A plan with the unit it was made from.
#[derive(Clone, Debug)]
pub struct Published {
    /// What it is of: as it was planned, or with what the daemon recorded of the plan besides, and nothing else.
    pub unit: Unit,
    /// The plan.
    pub plan: Arc<Plan>,
    /// When it was made, by the daemon's clock.
    pub made_at: Timestamp,
    /// When another order of what is below tier 2 was last weighed: between two such times people's hour is left as it is.
    pub weighed_at: Timestamp,
    /// Whether nothing follows from it that would have to be recorded: no assignment, no forecast.
    pub settled: bool,
}

impl Published {
    /// The last ledger entry that it rests on.
    pub const fn rests_on(&self) -> i64 {
        self.unit.seq
    }
}
