//! What people are asked to do, who took it on, and how far up it goes when nobody does.
//!
//! domain.md, "Clocks": when the latest moment passes at which an action still helps, OIC, team and duty supervisor are told;
//! unacknowledged, it goes up a step. Nothing here is recorded but that somebody took it on: the step is a function of that, of
//! the moment and of the policy's pace, so that every reader has the same.

use serde::{Deserialize, Serialize};

use super::submission::words;
use super::time::{Seconds, Timestamp};

words!(
    /// What somebody is asked to do.
    ActionKind {
        /// Record the device user's agreement and the written notice.
        Agreement = "agreement",
        /// Decide how confidential material is dealt with.
        ConfidentialClearance = "confidential_clearance",
        /// Record by what right the device is examined.
        LegalBasis = "legal_basis",
        /// Authorise necessity and scope, or refuse.
        Authorisation = "authorisation",
        /// Bring the device to its site and book it in.
        Delivery = "delivery",
        /// Find out whether the device can be opened.
        Pin = "pin",
        /// Review what is parked.
        Resumption = "resumption",
        /// Have the device back from outside.
        OutsideReturn = "outside_return",
        /// Review why a return is withheld.
        ReturnAllowance = "return_allowance",
        /// Offer the owner the device again.
        ReturnOffer = "return_offer",
        /// Say whether life is still at immediate risk.
        Risk = "risk",
        /// Find who can do what nobody can.
        Capability = "capability",
        /// Decide on a challenge.
        ChallengeDecision = "challenge_decision",
        /// Decide how a device is examined that could not be.
        Correction = "correction",
        /// See to a machine that failed.
        Availability = "availability",
        /// Decide whether work begins that is held longer than the policy holds anything.
        GuardOverride = "guard_override",
        /// See whether a machine's run of unknown length goes on.
        Review = "review",
        /// Send the device to another site.
        Move = "move",
        /// Authorise that the device goes back.
        ReturnAuthorisation = "return_authorisation",
        /// Fetch the device and bring it to its owner.
        Collection = "collection",
        /// Record that the owner has the device.
        Return = "return",
        /// Tell the owner of a delay.
        OwnerTold = "owner_told",
        /// Give the owner a replacement handset.
        HandsetIssue = "handset_issue",
        /// Collect a replacement handset.
        HandsetReturn = "handset_return",
    }
);

words!(
    /// How far up an action has gone.
    Rung {
        /// It is with whom it was asked of.
        Asked = "asked",
        /// Nobody took it on and little time is left: whoever is on duty in the team.
        Team = "team",
        /// Its latest moment passed: the duty supervisor, besides.
        DutySupervisor = "duty_supervisor",
        /// Nobody took it on since: who is on call for the unit, besides.
        OnCall = "on_call",
    }
);

/// Somebody took an action on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Which.
    pub action: ActionKind,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// Until when an action still helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Helps {
    /// No moment is too late.
    Always,
    /// Until then, or it did until then.
    Until(Timestamp),
}

/// How far up an action has gone at `now` that was taken on at `taken`. Who takes it on before its moment passes answers for it until
/// then; who does after that keeps it where it is.
pub fn rung(helps: Helps, taken: Option<Timestamp>, pace: Seconds, now: Timestamp) -> Rung {
    let Helps::Until(until) = helps else { return Rung::Asked };
    if now < until {
        let near = taken.is_none() && now >= until - pace;
        return if near { Rung::Team } else { Rung::Asked };
    }
    let seen = taken.filter(|taken| *taken >= until).unwrap_or(now);
    if seen >= until + pace { Rung::OnCall } else { Rung::DutySupervisor }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Seconds = Seconds(1_800);

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_unix(1_000_000 + 60 * minute)
    }

    fn goes(taken: Option<i64>, now: i64) -> Rung {
        rung(Helps::Until(at(0)), taken.map(at), PACE, at(now))
    }

    #[test]
    fn what_nobody_takes_on_goes_up_a_step_at_a_time() {
        let steps =
            [(-31, Rung::Asked), (-30, Rung::Team), (-1, Rung::Team), (0, Rung::DutySupervisor), (29, Rung::DutySupervisor)];
        for (now, expected) in steps.into_iter().chain([(30, Rung::OnCall), (600, Rung::OnCall)]) {
            assert_eq!(goes(None, now), expected, "{now}");
        }
    }

    #[test]
    fn who_takes_it_on_answers_for_it_until_its_moment_passes() {
        assert_eq!(goes(Some(-60), -5), Rung::Asked);
        assert_eq!(goes(Some(-60), 0), Rung::DutySupervisor);
        assert_eq!(goes(Some(-60), 30), Rung::OnCall, "that was before: nobody has taken it on since");
    }

    #[test]
    fn who_takes_it_on_after_that_keeps_it_where_it_is() {
        assert_eq!(goes(Some(10), 600), Rung::DutySupervisor);
        assert_eq!(goes(Some(45), 600), Rung::OnCall);
    }

    #[test]
    fn what_is_never_too_late_goes_nowhere() {
        assert_eq!(rung(Helps::Always, None, PACE, at(0)), Rung::Asked);
    }
}
