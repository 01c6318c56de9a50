//! The plan as JSON: the shape that outside programs rely on.

use serde_json::{Value, json};

use super::reason::sentence;
use super::{MilestoneForecast, Plan, Reason, Step, Waiting};
use crate::domain::guard::{LAST_JUDGED_TIER, unavoidable};
use crate::domain::ids::QueueNumber;
use crate::domain::unit::Unit;

/// The plan of `unit` as JSON. `name` turns a queue number into what the reader knows it by.
pub fn document(unit: &Unit, plan: &Plan, name: &dyn Fn(QueueNumber) -> String) -> Value {
    let view = View { unit, name };
    json!({
        "now": plan.now,
        "objective": {
            "tiers": plan.objective.iter().map(|t| json!({
                "tier": t.tier, "late": t.late, "late_seconds": t.late_seconds,
            })).collect::<Vec<_>>(),
        },
        "steps": plan.steps.iter().map(|step| view.step(step)).collect::<Vec<_>>(),
        "milestones": plan.milestones.iter().map(|m| view.milestone(m, true)).collect::<Vec<_>>(),
        "waiting": plan.waiting.iter().map(|waiting| view.waiting(waiting)).collect::<Vec<_>>(),
    })
}

/// What the guard did and what that cost the others, as JSON; null where it was left out.
pub fn guard(unit: &Unit, plan: &Plan, name: &dyn Fn(QueueNumber) -> String) -> Value {
    let view = View { unit, name };
    plan.guard.as_ref().map_or(Value::Null, |guarded| {
        json!({
            "held": guarded.held,
            "delay_seconds": guarded.delay.0,
            "gave_way": guarded.gave_way.iter().map(|gave| json!({
                "submission": (view.name)(gave.submission),
                "stage": view.stage(gave.submission, gave.stage),
                "why": gave.why.as_str(),
                "text": gave.why.to_string(),
            })).collect::<Vec<_>>(),
        })
    })
}

/// Whether a promise is missed whatever is done: as it was judged when the breach was first known, else as it is judged now. None
/// for a tier that is not judged.
pub fn unavoidable_of(unit: &Unit, m: &MilestoneForecast) -> Option<bool> {
    let submission = unit.submissions.get(&m.submission)?;
    let clock = submission.clocks.iter().find(|clock| clock.promise == m.promise)?;
    if m.late_seconds() == 0 {
        return (clock.tier <= LAST_JUDGED_TIER).then_some(false);
    }
    unavoidable(unit, submission, clock, unit.breach_of(m.submission, &m.promise))
}

struct View<'a> {
    unit: &'a Unit,
    name: &'a dyn Fn(QueueNumber) -> String,
}

impl View<'_> {
    fn stage(&self, submission: QueueNumber, stage: usize) -> Value {
        let submission = self.unit.submissions.get(&submission);
        let route = submission.and_then(|submission| self.unit.route_of(submission));
        route.and_then(|route| route.stages.get(stage)).map_or(Value::Null, |stage| stage.name.as_str().into())
    }

    fn reasons(&self, reasons: &[Reason]) -> Vec<Value> {
        reasons.iter().map(|reason| reason.json(&self.unit.establishment.zone, self.name)).collect()
    }

    fn step(&self, step: &Step) -> Value {
        json!({
            "submission": (self.name)(step.submission),
            "stage": self.stage(step.submission, step.stage),
            "resource": step.slot.as_ref().map(|slot| &slot.resource),
            "slot": step.slot.as_ref().map(|slot| slot.slot),
            "start": step.start,
            "end": step.end,
            "segments": step.segments,
            "because": self.reasons(&step.because),
        })
    }

    fn milestone(&self, m: &MilestoneForecast, named: bool) -> Value {
        let mut line = json!({
            "milestone": m.milestone,
            "at": m.at,
            "promise": m.promise,
            "due": m.due,
            "effective_due": m.effective_due,
            "late_seconds": m.late_seconds(),
            "unavoidable": unavoidable_of(self.unit, m),
        });
        if let (true, Value::Object(line)) = (named, &mut line) {
            line.insert("submission".into(), (self.name)(m.submission).into());
        }
        line
    }

    fn waiting(&self, waiting: &Waiting) -> Value {
        let cleared = waiting.if_cleared_now.as_ref();
        json!({
            "submission": (self.name)(waiting.submission),
            "stage": waiting.stage.map_or(Value::Null, |stage| self.stage(waiting.submission, stage)),
            "reasons": self.reasons(&waiting.reasons),
            "text": sentence(&waiting.reasons, &self.unit.establishment.zone, self.name),
            "clear_by": waiting.clear_by,
            "if_cleared_now": cleared.map(|lines| lines.iter().map(|m| self.milestone(m, false)).collect::<Vec<_>>()),
        })
    }
}
