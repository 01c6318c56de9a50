//! What a plan tells people, as text that outlives the program: so a daemon that starts again goes on as they were told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Hold, Plan, Step, Turns, Waiting};
use crate::domain::ids::{QueueNumber, Slot};
use crate::domain::time::Timestamp;

/// Whose, which stage of the route, on which of the slots, from and until when.
type Place = (QueueNumber, usize, Option<usize>, i64, i64);

/// The text is for the same program: one of a later shape is not read, and then people are told anew.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// Seconds since 1970, as all times here.
    now: i64,
    based_on: i64,
    turns: Turns,
    slots: Vec<Slot>,
    steps: Vec<Place>,
    /// Until when the gates of whom could be met with every promise kept.
    clear_by: Vec<(QueueNumber, i64)>,
}

/// What `plan` tells people, as JSON.
///
/// # Errors
/// None that are known: numbers and names only.
pub fn keep(plan: &Plan) -> serde_json::Result<String> {
    let mut numbers: BTreeMap<&Slot, usize> = BTreeMap::new();
    let mut slots = Vec::new();
    let mut number = |slot| {
        *numbers.entry(slot).or_insert_with(|| {
            slots.push(Slot::clone(slot));
            slots.len() - 1
        })
    };
    let step = |step: &Step, slot| (step.submission, step.stage, slot, step.start.unix(), step.end.unix());
    let steps = plan.steps.iter().map(|told| step(told, told.slot.as_ref().map(&mut number))).collect();
    let clear_by = plan.waiting.iter().filter_map(|waiting| Some((waiting.submission, waiting.clear_by?.unix())));
    serde_json::to_string(&Kept {
        now: plan.now.unix(),
        based_on: plan.based_on,
        turns: plan.turns.clone(),
        clear_by: clear_by.collect(),
        steps,
        slots,
    })
}

/// What a plan told people, out of the text that [`keep`] made of it: its turns, where and when its steps are, and until
/// when gates could be met. What a plan says besides can be known of a newer one only.
///
/// # Errors
/// It is not such a text.
pub fn recalled(text: &str) -> serde_json::Result<Plan> {
    let kept: Kept = serde_json::from_str(text)?;
    let step = |&(submission, stage, slot, start, end): &Place| Step {
        submission,
        stage,
        slot: slot.and_then(|slot| kept.slots.get(slot).cloned()),
        start: Timestamp::from_unix(start),
        end: Timestamp::from_unix(end),
        segments: Vec::new(),
        because: Vec::new(),
        hold: Hold::Free,
    };
    let waiting = |&(submission, by): &(QueueNumber, i64)| Waiting {
        submission,
        stage: None,
        reasons: Vec::new(),
        clear_by: Some(Timestamp::from_unix(by)),
        if_cleared_now: None,
    };
    Ok(Plan {
        based_on: kept.based_on,
        now: Timestamp::from_unix(kept.now),
        steps: kept.steps.iter().map(step).collect(),
        milestones: Vec::new(),
        waiting: kept.clear_by.iter().map(waiting).collect(),
        if_cleared: Vec::new(),
        order: Vec::new(),
        turns: kept.turns,
        objective: Vec::new(),
        guard: None,
    })
}
