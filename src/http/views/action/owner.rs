//! What is to be done for an owner who waits longer than they were promised: a replacement handset, and a word before the deadline.

use serde_json::json;

use super::{ActionView, action_view, timed};
use crate::domain::actions::ActionKind;
use crate::domain::clocks::Clock;
use crate::domain::policy::Milestone;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, BreachState, Lent, Submission};
use crate::http::access::Role;
use crate::http::views::View;
use crate::http::views::remedy::wants_handset;

/// Promises of tiers 0 and 1 are those whose owners are told of a delay.
const LAST_TOLD_TIER: u8 = 1;

/// All of it, in the order in which it is done.
pub(super) fn waiting_owner<'a>(view: &View<'_>, submission: &'a Submission) -> Vec<ActionView<'a>> {
    [owner_told(view, submission), handset(view, submission), handset_back(view, submission)].into_iter().flatten().collect()
}

/// The breach of a promise that a device is back, if it stands.
fn late<'v>(view: &'v View<'_>, submission: &Submission, clock: &Clock) -> Option<&'v Breach> {
    let breach = view.unit.breach_of(submission.number, &clock.promise)?;
    (clock.milestone == Milestone::DeviceBack && breach.is_standing()).then_some(breach)
}

/// An owner hears of a delay before the deadline, not after: who was told nothing since it was known, or a time that has passed.
fn owner_told<'a>(view: &View<'_>, submission: &'a Submission) -> Option<ActionView<'a>> {
    let told = submission.owner_told;
    let is_news = |breach: &Breach| match (breach.state, told) {
        (_, None) => true,
        (_, Some(told)) if told.expected.is_some_and(|expected| expected < view.now) => true,
        (BreachState::Forecast { since, .. }, Some(told)) => told.at < since,
        _ => false,
    };
    let mut told_of = submission.clocks.iter().filter(|clock| clock.tier <= LAST_TOLD_TIER);
    let clock = told_of.find(|clock| late(view, submission, clock).is_some_and(is_news))?;
    let text = "tell the owner that their device comes back later than promised, and when";
    let body = json!({ "expected": expected(view, submission, clock) });
    let who = (Role::Investigator, true, None);
    Some(action_view(view, submission, (ActionKind::OwnerTold, text.into()), who, timed(view, Some(clock.due)), body))
}

/// When the plan has the device back.
fn expected(view: &View<'_>, submission: &Submission, clock: &Clock) -> Option<Timestamp> {
    view.plan.milestone(submission.number, &clock.promise).filter(|_| view.plan.fits(submission)).map(|line| line.at)
}

/// A replacement handset for an owner whose device comes back too late, whatever is done: the one that is put by, or one that is in
/// stock where the device is handed back, or else elsewhere.
fn handset<'a>(view: &View<'_>, submission: &'a Submission) -> Option<ActionView<'a>> {
    let put_by = submission.handset.as_ref();
    if put_by.is_some_and(|lent| lent.issued_at.is_some()) {
        return None;
    }
    let wanted = |clock: &&Clock| late(view, submission, clock).is_some_and(|breach| wants_handset(view, submission, breach));
    let clock = submission.clocks.iter().find(wanted)?;
    let free = || view.unit.establishment.handsets.iter().filter(|one| view.unit.lent_to(&one.id).is_none());
    let stock = || free().find(|one| one.site == *submission.facts.home()).or_else(|| free().next());
    let held = |lent: &Lent| view.unit.establishment.handsets.iter().find(|one| one.id == lent.handset);
    let one = put_by.map_or_else(stock, held);
    let which = one.map_or_else(
        || "the unit has none left, so find one".to_owned(),
        |one| format!("{} ({}) is at {}", one.id, one.model, one.site),
    );
    let text = format!("give the owner a replacement handset, with the SIM of theirs: it comes back too late; {which}");
    let who = (Role::Investigator, true, None);
    let body = json!({ "handset": one.map(|one| one.id.as_str()), "received_by": "owner", "with_sim": true });
    let mut wanted =
        action_view(view, submission, (ActionKind::HandsetIssue, text.into()), who, timed(view, Some(clock.due)), body);
    if one.is_none() {
        wanted.call = None;
    }
    Some(wanted)
}

/// Who has their own phone again gives the handset back.
fn handset_back<'a>(view: &View<'_>, submission: &'a Submission) -> Option<ActionView<'a>> {
    let lent = submission.handset.as_ref().filter(|lent| lent.issued_at.is_some() && submission.returned.is_some())?;
    let text = format!("collect {} from the owner, who has their own device again", lent.handset);
    let who = (Role::Investigator, true, None);
    Some(action_view(view, submission, (ActionKind::HandsetReturn, text.into()), who, (None, false), json!({})))
}
