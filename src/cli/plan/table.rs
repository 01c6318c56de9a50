//! A plan as people read it: who is served in which order, where and when; what waits and why; how late each tier is.

use std::collections::BTreeMap;

use crate::cli::output::{count, table};
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Milestone;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
use crate::planner::document::unavoidable_of;
use crate::planner::reason::sentence;
use crate::planner::{MilestoneForecast, Plan, Reason, Step, TierObjective, Waiting};

/// A plan, and how to say what is in it.
pub struct Shown<'a> {
    /// What it was made from.
    pub unit: &'a Unit,
    /// The plan.
    pub plan: &'a Plan,
    /// How late each tier would be without the guard; none where it was left out anyhow, or is nothing to the reader.
    pub unguarded: Option<Vec<TierObjective>>,
    /// What the reader knows a submission by.
    pub name: &'a dyn Fn(QueueNumber) -> String,
}

impl Shown<'_> {
    /// The whole plan.
    pub fn all(&self, width: Option<u16>) -> String {
        let mut parts = vec![self.title()];
        let steps = self.by_rank(self.plan.steps.iter().map(|step| (step.submission, step)));
        let step_rows = steps.iter().map(|(rank, step)| self.step_row(*rank, step));
        parts.push(table(&["#", "submission", "stage", "on", "start", "end", "late"], step_rows, width));
        let waiting = self.by_rank(self.plan.waiting.iter().map(|waiting| (waiting.submission, waiting)));
        if !waiting.is_empty() {
            parts.push("Waiting\n".into());
            parts.push(table(&["#", "submission", "stage", "waits for", "clear by"], self.waiting_rows(&waiting), width));
        }
        parts.push(self.objective(width));
        parts.push(self.guard());
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn title(&self) -> String {
        let (establishment, plan) = (&self.unit.establishment, self.plan);
        let submissions = count(self.unit.submissions.size(), "submission");
        let (steps, waiting) = (count(plan.steps.len(), "stage"), count(plan.waiting.len(), "stage"));
        let (from, zone) = (self.time(plan.now), establishment.zone.time_zone.name());
        format!("{}: {submissions} from {from} ({zone}); {steps} planned, {waiting} waiting\n", establishment.name)
    }

    /// In the order in which submissions are served, with their place in it, from 1.
    fn by_rank<T>(&self, items: impl Iterator<Item = (QueueNumber, T)>) -> Vec<(usize, T)> {
        let ranks: BTreeMap<QueueNumber, usize> = self.plan.order.iter().copied().zip(1..).collect();
        let rank = |number| ranks.get(&number).copied().unwrap_or(usize::MAX);
        let mut ranked: Vec<(usize, T)> = items.map(|(number, item)| (rank(number), item)).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        ranked
    }

    fn step_row(&self, rank: usize, step: &Step) -> Vec<String> {
        vec![
            rank.to_string(),
            (self.name)(step.submission),
            self.stage(step.submission, step.stage),
            step.slot.as_ref().map_or_else(|| "-".into(), ToString::to_string),
            self.time(step.start),
            self.time(step.end),
            self.late(step),
        ]
    }

    /// One line a submission: the first stage that waits, and how many wait behind it.
    fn waiting_rows(&self, waiting: &[(usize, &Waiting)]) -> Vec<Vec<String>> {
        let of_one = waiting.chunk_by(|(_, a), (_, b)| a.submission == b.submission);
        let rows = of_one.filter_map(|stages| {
            let ((rank, first), rest) = stages.split_first()?;
            let behind = if rest.is_empty() { String::new() } else { format!(" (and {} after it)", rest.len()) };
            let stage = first.stage.map_or_else(|| "-".into(), |stage| self.stage(first.submission, stage));
            let name = (self.name)(first.submission);
            Some(vec![rank.to_string(), name, format!("{stage}{behind}"), self.say(&first.reasons), self.clear_by(first)])
        });
        rows.collect()
    }

    fn objective(&self, width: Option<u16>) -> String {
        let row = |tier: &crate::planner::TierObjective| {
            let name = self.unit.policy.tier(tier.tier).map_or_else(String::new, |tier| tier.name.to_string());
            let by = if tier.late == 0 { "-".into() } else { Seconds(tier.late_seconds).rough() };
            vec![tier.tier.to_string(), name, tier.late.to_string(), by]
        };
        table(&["tier", "name", "late", "by in all"], self.plan.objective.iter().map(row), width)
    }

    /// What the guard cost the others, and to what it gave way.
    fn guard(&self) -> String {
        let Some(guarded) = &self.plan.guard else { return "The guard was left out (--no-guard).\n".into() };
        let later = if guarded.held > 0 { format!(", begun {} later in all", guarded.delay.rough()) } else { String::new() };
        let mut lines = format!("Held for victims' phones still to come: {}{later}\n", count(guarded.held, "stage"));
        for gave in &guarded.gave_way {
            let (name, stage) = ((self.name)(gave.submission), self.stage(gave.submission, gave.stage));
            lines.push_str(&format!("Not held: {stage} of {name}: {}\n", gave.why));
        }
        lines.push_str(&self.guard_cost());
        lines
    }

    /// Work that is kept from a slot goes elsewhere, and what was there goes on: what the guard costs is seen in a plan without it.
    fn guard_cost(&self) -> String {
        let Some(unguarded) = &self.unguarded else { return String::new() };
        let figures = |tier: &TierObjective| match tier.late {
            0 => "none late".into(),
            late => format!("{late} late by {} in all", Seconds(tier.late_seconds).rough()),
        };
        let others = self.plan.objective.iter().zip(unguarded).filter(|(with, without)| with != without);
        let others: Vec<String> = others
            .map(|(with, without)| format!("tier {} {} in place of {}", with.tier, figures(without), figures(with)))
            .collect();
        match others.as_slice() {
            [] => "Without the guard every tier would be as late as it is.\n".into(),
            others => format!("Without the guard: {}.\n", others.join("; ")),
        }
    }

    /// The name of a stage.
    pub fn stage(&self, number: QueueNumber, stage: usize) -> String {
        let submission = self.unit.submissions.get(&number);
        let route = submission.and_then(|submission| self.unit.route_of(submission));
        route.and_then(|route| route.stages.get(stage)).map_or_else(|| "-".into(), |stage| stage.name.to_string())
    }

    /// The promises that this step reaches too late, and by how much.
    pub fn late(&self, step: &Step) -> String {
        let of_step = self.plan.milestones.iter().filter(|m| {
            // The device is back at the end of a hand-back, which nobody's slot holds; all else is reached by slots.
            let kind = (m.milestone == Milestone::DeviceBack) == step.slot.is_none();
            kind && m.submission == step.submission && m.at == step.end
        });
        let late = of_step.filter(|m| m.late_seconds() > 0);
        late.map(|m| format!("{} for {}", self.how_late(m), m.promise)).collect::<Vec<_>>().join(", ")
    }

    /// By how much a promise is missed, and whether anyone could have kept it.
    pub fn how_late(&self, m: &MilestoneForecast) -> String {
        let unavoidable = if unavoidable_of(self.unit, m) == Some(true) { " (unavoidable)" } else { "" };
        format!("LATE {}{unavoidable}", Seconds(m.late_seconds()).rough())
    }

    /// Reasons in one line.
    pub fn say(&self, reasons: &[Reason]) -> String {
        sentence(reasons, &self.unit.establishment.zone, self.name)
    }

    /// An instant on the unit's clocks.
    pub fn time(&self, at: Timestamp) -> String {
        self.unit.establishment.zone.show_from(at, self.plan.now)
    }

    /// Until when a shut gate can be met with every promise kept.
    pub fn clear_by(&self, waiting: &Waiting) -> String {
        match (waiting.clear_by, &waiting.if_cleared_now) {
            (Some(at), _) => self.time(at),
            (None, Some(lines)) if lines.iter().any(|line| line.late_seconds() > 0) => "past".into(),
            _ => "-".into(),
        }
    }
}
