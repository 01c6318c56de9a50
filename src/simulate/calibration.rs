//! Whether forecasts hold: what was said of each promise once a day, beside what then happened.
//!
//! A promise that was said to be late with 30 % should be late in three cases of ten, and an ETA that nine of ten stay within should be
//! kept in nine of ten. What was void, or not known by the end of the run, is left out.

use serde::Serialize;

use super::world::World;
use crate::domain::crowding::Crowding;
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::time::Timestamp;
use crate::planner::chance::chances;
use crate::planner::{Options, plan_with};

/// What was said of one promise one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whose.
    pub number: QueueNumber,
    /// Which.
    pub promise: Word,
    /// Probability of being late, in thousandths.
    pub late_permille: u16,
    /// It is reached by then with nine of ten.
    pub p90: Option<Timestamp>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Became {
    /// Whether it was late; none where that is not known, or void.
    pub late: Option<bool>,
    /// When it was reached.
    pub reached: Option<Timestamp>,
}

/// How forecasts held.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Calibration {
    /// Forecasts whose outcome is known.
    pub forecasts: usize,
    /// Mean squared difference between the probability and what happened, from 0 (always right) to 1; null of none.
    pub brier: Option<f64>,
    /// By forecast probability, from [0, 0.1) to [0.9, 1].
    pub deciles: Vec<Decile>,
    /// ETAs whose outcome is known.
    pub etas: usize,
    /// Share of them that were reached by their p90; null of none.
    pub p90_holds: Option<f64>,
}

/// Forecasts of one tenth of probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Decile {
    /// How many.
    pub forecasts: usize,
    /// What was said on average; null of none.
    pub said: Option<f64>,
    /// Share that was late; null of none.
    pub late: Option<f64>,
}

impl World<'_> {
    /// Says of every running promise how likely it is to be late.
    pub(super) fn forecast(&mut self) {
        let unit = self.seen(self.ledger.unit.submissions.values(), |_| false);
        let plan = plan_with(&unit, self.now, &Options::BUILD);
        let past = self.ledger.submissions.values().map(|submission| &**submission);
        let crowding = Crowding::of(&unit, past, (self.scenario.from, self.now));
        let known = chances(&unit, &plan, &crowding, (self.scenario.forecast_runs, self.scenario.seed));
        let said = known.all().map(|(number, chance)| Said {
            number,
            promise: chance.promise.clone(),
            late_permille: chance.late_permille,
            p90: chance.p90,
        });
        // What is late already needs no forecast.
        let now = self.now;
        let is_ahead = |said: &Said| {
            let submission = unit.submissions.get(&said.number);
            let due = submission.and_then(|s| s.clocks.iter().find(|clock| clock.promise == said.promise)).map(|clock| clock.due);
            due.is_some_and(|due| due > now)
        };
        self.ran.said.extend(said.filter(is_ahead));
    }
}

/// Compares what was said with what became of it.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn calibrated(said: &[Said], until: Timestamp, became: impl Fn(&Said) -> Became) -> Calibration {
    let mut sums = [(0_usize, 0.0_f64, 0_usize); 10];
    let (mut squares, mut etas, mut held) = (0.0, 0, 0);
    for one in said {
        let Became { late, reached } = became(one);
        let probability = f64::from(one.late_permille) / 1_000.0;
        if let Some(late) = late {
            let (count, sum, lates) = &mut sums[usize::from(one.late_permille / 100).min(9)];
            (*count, *sum, *lates) = (*count + 1, *sum + probability, *lates + usize::from(late));
            let happened = if late { 1.0 } else { 0.0 };
            squares += (probability - happened) * (probability - happened);
        }
        let holds = match (one.p90, reached) {
            (Some(p90), Some(reached)) => Some(reached <= p90),
            (Some(p90), None) if p90 < until => Some(false),
            _ => None,
        };
        etas += usize::from(holds.is_some());
        held += usize::from(holds == Some(true));
    }
    let share = |part: f64, of: usize| (of > 0).then(|| (part / of as f64 * 10_000.0).round() / 10_000.0);
    let forecasts = sums.iter().map(|(count, ..)| count).sum();
    let decile = |(count, sum, lates): (usize, f64, usize)| Decile {
        forecasts: count,
        said: share(sum, count),
        late: share(lates as f64, count),
    };
    Calibration {
        forecasts,
        brier: share(squares, forecasts),
        deciles: sums.map(decile).to_vec(),
        etas,
        p90_holds: share(held as f64, etas),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forecasts_are_compared_with_what_happened_by_tenths_of_probability() {
        let at = Timestamp::from_unix;
        let say = |number, late_permille, p90| Said { number: QueueNumber(number), promise: "p".into(), late_permille, p90 };
        let said = [say(1, 50, Some(at(10))), say(2, 950, Some(at(10))), say(3, 1_000, Some(at(99))), say(4, 500, None)];
        let became = |one: &Said| match one.number.0 {
            1 => Became { late: Some(false), reached: Some(at(10)) },
            2 => Became { late: Some(true), reached: Some(at(11)) },
            3 => Became { late: Some(false), reached: None },
            _ => Became { late: None, reached: Some(at(5)) },
        };
        let found = calibrated(&said, at(50), became);
        assert_eq!((found.forecasts, found.etas, found.p90_holds), (3, 2, Some(0.5)));
        assert_eq!(found.brier, Some(0.335), "(0.05² + 0.05² + 1²) / 3");
        assert_eq!(found.deciles[0], Decile { forecasts: 1, said: Some(0.05), late: Some(0.0) });
        assert_eq!(found.deciles[9], Decile { forecasts: 2, said: Some(0.975), late: Some(0.5) });
        assert_eq!(found.deciles[5], Decile::default(), "what is not known is left out");
    }
}
