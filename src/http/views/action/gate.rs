//! What meets a shut gate, and what must be looked at again: what was parked, sent outside, withheld or flagged.

use std::borrow::Cow;

use serde_json::json;

use super::{ActionView, action_view};
use crate::domain::actions::ActionKind;
use crate::domain::flags::Kind;
use crate::domain::policy::{Gate, Milestone};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Submission, Whereabouts};
use crate::http::access::Role;
use crate::http::views::View;

/// How long before a flag lapses somebody is asked whether it still holds.
const BEFORE_LAPSE: Seconds = Seconds::hours(2);

/// What meets a gate.
pub(super) fn at_gate<'a>(view: &View<'_>, submission: &'a Submission, gate: Gate) -> ActionView<'a> {
    let waiting = view.plan.waiting(submission.number).find(|_| view.plan.fits(submission));
    let clear_by = waiting.and_then(|waiting| waiting.clear_by);
    let past = clear_by.is_none_or(|at| at < view.now) && waiting.is_some() && submission.running(view.now).next().is_some();
    let site = Some(&submission.facts.site);
    let (role, action, text, site, body) = match gate {
        Gate::Parked => return parked(view, submission, clear_by),
        Gate::Outside => return outside(view, submission, clear_by),
        Gate::Agreement => {
            // Who decided, and that the notice was whole, is theirs to say: nobody says it by sending this on.
            let body = json!({
                "answer": "agreed", "agreement_at": view.now, "notice_at": view.now, "device_user": "", "decided_by": "", "notice": [],
            });
            (Role::Investigator, ActionKind::Agreement, "record the device user's agreement and the written notice", None, body)
        }
        Gate::Confidential => (
            Role::Supervisor,
            ActionKind::ConfidentialClearance,
            "decide how confidential material on it is dealt with",
            None,
            json!({ "reason": "" }),
        ),
        Gate::LegalBasis => (
            Role::Investigator,
            ActionKind::LegalBasis,
            "record by what right the device is examined",
            None,
            json!({ "basis": "" }),
        ),
        Gate::Authorisation => {
            (Role::Supervisor, ActionKind::Authorisation, "authorise necessity and scope, or refuse", None, json!({}))
        }
        Gate::Delivery => (
            Role::PropertyDesk,
            ActionKind::Delivery,
            "bring the device to its site and book it in",
            site,
            json!({ "site": submission.facts.site }),
        ),
        Gate::Pin => (
            Role::Investigator,
            ActionKind::Pin,
            "find out whether it can be opened: never write the PIN down",
            None,
            json!({ "lock_state": "pin_held" }),
        ),
    };
    let text = match last_pin(submission).filter(|_| gate == Gate::Pin) {
        Some(left) => Cow::Owned(format!("{text} (the last one was wrong; {left} attempts are left)")),
        None => text.into(),
    };
    // Whom to ask is the OIC, but for what the OIC may not do.
    let personal = !matches!(gate, Gate::Authorisation | Gate::Confidential);
    let text = if past && comes_back_late(view, submission) { Cow::Owned(format!("{text}; {TOO_LATE}")) } else { text };
    action_view(view, submission, (action, text), (role, personal, site), (clear_by, past), body)
}

/// How many more wrong PINs the device takes, as the last that was tried showed.
fn last_pin(submission: &Submission) -> Option<u32> {
    submission.failures.iter().rev().find_map(|failure| failure.attempts_left)
}

/// What is left to decide once a device can't be back in time any more (domain.md, "Clocks").
const TOO_LATE: &str = "too late to have it back as promised: return it unexamined now and book again, or accept the breach";

/// Whether a promise that the device is back would be missed though every gate were met now.
fn comes_back_late(view: &View<'_>, submission: &Submission) -> bool {
    let mut back = submission.running(view.now).filter(|clock| clock.milestone == Milestone::DeviceBack);
    submission.returned.is_none()
        && back.any(|clock| view.plan.if_cleared(submission.number, &clock.promise).is_some_and(|line| line.at > line.due))
}

/// What is parked is reviewed, at the latest when somebody said; sooner where a promise hangs on it.
fn parked<'a>(view: &View<'_>, submission: &'a Submission, clear_by: Option<Timestamp>) -> ActionView<'a> {
    let parked = submission.parked.as_ref();
    let review = parked.map(|parked| parked.review_at);
    let cause = parked.map_or_else(String::new, |parked| parked.cause.as_str().replace('_', " "));
    let text = format!("review what is parked ({cause}): take it up again, park it until another day, or end it");
    let by = review.into_iter().chain(clear_by).min();
    let who = (Role::Supervisor, false, None);
    action_view(view, submission, (ActionKind::Resumption, text.into()), who, due(view, by), json!({}))
}

/// A device outside is called back when it is due, or before, where a promise hangs on it.
fn outside<'a>(view: &View<'_>, submission: &'a Submission, clear_by: Option<Timestamp>) -> ActionView<'a> {
    let (provider, back) = match &submission.device {
        Whereabouts::Outside { provider, due, .. } => (provider.as_str(), Some(*due)),
        _ => ("", None),
    };
    let text = format!("have the device back from {provider}, and say which stages were done there");
    let by = back.into_iter().chain(clear_by).min();
    let who = (Role::PropertyDesk, false, Some(&submission.facts.site));
    action_view(view, submission, (ActionKind::OutsideReturn, text.into()), who, due(view, by), json!({ "done": [] }))
}

/// What somebody decided and must look at again: a return that is withheld, one that the owner wants later, life at risk that lapses.
pub(super) fn decided<'a>(view: &View<'_>, submission: &'a Submission) -> Vec<ActionView<'a>> {
    let withheld = submission.withheld.as_ref().filter(|_| submission.returned.is_none()).map(|withheld| {
        let cause = withheld.cause.as_str().replace('_', " ");
        let text = format!("review why its return is withheld ({cause}): allow it, or withhold it until another day");
        let who = (Role::Supervisor, false, None);
        let body = json!({ "reason": "" });
        action_view(view, submission, (ActionKind::ReturnAllowance, text.into()), who, due(view, Some(withheld.review_at)), body)
    });
    let again = submission.offer.as_ref().filter(|_| submission.returned.is_none()).and_then(|offer| offer.until).map(|until| {
        let text = "offer the owner the device again: that is when they want it, or are tried again";
        let body = json!({ "answer": "accepted" });
        let who = (Role::Investigator, true, None);
        action_view(view, submission, (ActionKind::ReturnOffer, text.into()), who, due(view, Some(until)), body)
    });
    withheld.into_iter().chain(again).chain(lapsing(view, submission)).collect()
}

/// A flag is about to lapse: whoever knows says whether it still holds.
fn lapsing<'a>(view: &View<'_>, submission: &'a Submission) -> Option<ActionView<'a>> {
    let flag = submission.flags.of(Kind::LifeAtRisk).filter(|_| submission.removed.is_none())?;
    let lapses = flag.renewed + view.unit.policy_of(submission)?.flag_lapses(Kind::LifeAtRisk)?;
    let is_near = view.now < lapses && lapses <= view.now + BEFORE_LAPSE;
    let wanted = || {
        let text = "say whether life is still at immediate risk: else that lapses, and what it puts first with it";
        let body = json!({ "life_at_risk": true, "reason": "" });
        action_view(
            view,
            submission,
            (ActionKind::Risk, text.into()),
            (Role::Supervisor, false, None),
            due(view, Some(lapses)),
            body,
        )
    };
    is_near.then(wanted)
}

/// By when, and whether that is past.
fn due(view: &View<'_>, by: Option<Timestamp>) -> (Option<Timestamp>, bool) {
    (by, by.is_some_and(|at| at <= view.now))
}
