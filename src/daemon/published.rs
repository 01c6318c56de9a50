//! The newest plan, as everyone reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::planner::Plan;
use crate::planner::arrival::{Arrival, arrivals};

/// Arrivals of which it is known what came of them: the newest.
const KEPT: usize = 200;

/// What came of arrivals, by submission.
pub type Arrivals = BTreeMap<QueueNumber, Arrival>;

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
    /// What came of the submissions that came last, until newer ones have come.
    pub arrivals: Arc<Arrivals>,
    /// Whether nothing follows from it that would have to be recorded: no assignment, no forecast.
    pub settled: bool,
}

impl Published {
    /// The first plan since the program began, made of `unit`.
    pub fn first(unit: Unit, plan: Plan, made_at: Timestamp) -> Self {
        Self { unit, plan: Arc::new(plan), made_at, weighed_at: made_at, arrivals: Arc::default(), settled: false }
    }

    /// What is known of arrivals once `plan` is made of what `unit` has become.
    pub fn arrivals_with(&self, unit: &Unit, plan: &Plan) -> Arc<Arrivals> {
        let new = arrivals(&self.unit, &self.plan, unit, plan);
        if new.is_empty() {
            return Arc::clone(&self.arrivals);
        }
        let mut known: Arrivals = self.arrivals.iter().map(|(number, arrival)| (*number, arrival.clone())).chain(new).collect();
        while known.len() > KEPT {
            known.pop_first();
        }
        Arc::new(known)
    }

    /// The last ledger entry that it rests on.
    pub const fn rests_on(&self) -> i64 {
        self.unit.seq
    }
}
