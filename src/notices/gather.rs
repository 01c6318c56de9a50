//! What there is to tell somebody now: what is wanted, and promises that will be, or were, missed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::Recipient;
use crate::domain::actions::{ActionKind, Rung};
use crate::domain::notice::NoticeKind;
use crate::domain::submission::{Owner, same_person};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, BreachState, Submission};
use crate::http::access::Role;
use crate::http::views::View;
use crate::http::views::action::{ActionView, actions};

/// One thing that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What sort of thing.
    pub kind: NoticeKind,
    /// Of which submission: its queue number.
    pub submission: String,
    /// Whose device it is.
    pub owner: Owner,
    /// What device: a word of the policy.
    pub device: String,
    /// In which tier it is.
    pub tier: u8,
    /// In words.
    pub text: String,
    /// What is wanted; none of a promise.
    pub action: Option<ActionKind>,
    /// How far up that has gone; none of a promise.
    pub step: Option<Rung>,
    /// By when it still helps, or when the promise is due.
    pub by: Option<Timestamp>,
}

/// All there is to tell one recipient, by what it is about.
pub fn gather(view: &View<'_>, recipient: &Recipient) -> BTreeMap<String, Item> {
    let mut told = BTreeMap::new();
    for submission in view.submissions().filter(|submission| concerns(view, submission, recipient)) {
        for action in actions(view, submission).iter().filter(|action| is_for(action, recipient)) {
            told.insert(format!("{}/{}/{}", submission.number, action.action, action.step()), wanted(submission, action));
        }
    }
    for breach in view.unit.breaches.values() {
        let Some(submission) = view.unit.submissions.get(&breach.submission) else { continue };
        let Some(kind) = kind_of(breach).filter(|kind| recipient.what.contains(kind)) else { continue };
        if concerns(view, submission, recipient) {
            // A forecast that comes and goes is a breach of another number each time, and the same to who is told.
            let subject = format!("{}/{}/{}", breach.submission, breach.promise, breach.state.as_str());
            told.insert(subject, missed(view, submission, breach, kind));
        }
    }
    told
}

/// Whether somebody hears of a submission: it is of their force and team, and in their tiers.
fn concerns(view: &View<'_>, submission: &Submission, recipient: &Recipient) -> bool {
    let team = submission.particulars.as_ref().and_then(|particulars| particulars.team.as_deref());
    let is_theirs = |wanted: &String| team.is_some_and(|team| same_person(team, wanted));
    recipient.force.as_ref().is_none_or(|force| *force == submission.facts.force)
        && recipient.team.as_ref().is_none_or(is_theirs)
        && submission.tier(view.now) <= recipient.tier
}

fn is_for(action: &ActionView<'_>, recipient: &Recipient) -> bool {
    let role = |role: &String| role.parse::<Role>().is_ok_and(|role| action.is_for_role(role));
    recipient.what.contains(&kind_of_action(action.action))
        && recipient.steps.contains(&action.step())
        && (recipient.roles.is_empty() || recipient.roles.iter().any(role))
}

const fn kind_of_action(action: ActionKind) -> NoticeKind {
    match action {
        ActionKind::Collection => NoticeKind::ReadyForReturn,
        ActionKind::HandsetIssue => NoticeKind::Handset,
        _ => NoticeKind::Wanted,
    }
}

const fn kind_of(breach: &Breach) -> Option<NoticeKind> {
    match breach.state {
        BreachState::Forecast { .. } => Some(NoticeKind::ForecastBreach),
        BreachState::Open => Some(NoticeKind::Breach),
        BreachState::Closed { .. } | BreachState::Void | BreachState::Disproved { .. } => None,
    }
}

fn wanted(submission: &Submission, action: &ActionView<'_>) -> Item {
    let kind = kind_of_action(action.action);
    let (step, by) = (Some(action.step()), action.clear_by);
    Item { text: action.text.to_string(), action: Some(action.action), step, by, ..item(submission, kind, action.tier) }
}

fn missed(view: &View<'_>, submission: &Submission, breach: &Breach, kind: NoticeKind) -> Item {
    let show = |at: Timestamp| view.unit.establishment.zone.show(at);
    let due = show(breach.due);
    let text = match breach.state {
        BreachState::Forecast { expected: Some(expected), .. } => {
            format!("{} will be missed: due {due}, expected {}", breach.promise, show(expected))
        }
        BreachState::Forecast { .. } => format!("{} will be missed: due {due}", breach.promise),
        _ => format!("{} was missed: due {due}", breach.promise),
    };
    Item { text, by: Some(breach.due), ..item(submission, kind, submission.tier(view.now)) }
}

fn item(submission: &Submission, kind: NoticeKind, tier: u8) -> Item {
    Item {
        kind,
        submission: submission.number.to_string(),
        owner: submission.facts.owner,
        device: submission.facts.device.to_string(),
        tier,
        text: String::new(),
        action: None,
        step: None,
        by: None,
    }
}
