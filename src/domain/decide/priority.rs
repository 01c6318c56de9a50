//! What comes first by a person's decision: a submission raised or lowered, a flag that somebody is at risk. The reason is kept,
//! and who decided it; so is every lapse.

use super::correct::{begun, rules_for};
use super::{Decided, Draft, explained, reason};
use crate::domain::clocks::{Clock, clocks};
use crate::domain::event::{Change, ReleaseCause, Treatment};
use crate::domain::flags::{Flag, Flags, Kind};
use crate::domain::ids::{QueueNumber, Word};
use crate::domain::policy::Policy;
use crate::domain::refusal::Refusal;
use crate::domain::submission::Facts;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, BreachState, Submission, Unit};

/// The highest tier that a person can raise anything to: above it are promises to victims, and life at risk, which has a flag.
pub const HIGHEST_RAISED: u8 = 2;

impl Draft<'_> {
    /// It is served in another tier, behind those that belong there, until somebody ends that or it ends by itself.
    pub(super) fn prioritise(&mut self, number: QueueNumber, tier: Option<u8>, until: Option<Timestamp>, words: &str) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        let known = submission.priority.as_ref().filter(|priority| priority.applies(self.now));
        if known.map(|priority| (priority.tier, priority.until)) == tier.map(|tier| (tier, until)) {
            return Ok(());
        }
        if let Some(tier) = tier {
            self.may_be_served_in(tier, submission.tier(self.now))?;
        }
        until.map_or(Ok(()), |until| self.lies_ahead("until", until))?;
        let (by, until) = (self.actor.person.clone(), until.filter(|_| tier.is_some()));
        self.treat(self.now, Treatment::Prioritised { number, tier, until, by }, reason(Some(words)))
    }

    fn may_be_served_in(&self, tier: u8, own: u8) -> Decided {
        let refuse = |why: String| Err(Refusal::invalid("tier", why));
        if self.unit.policy.tier(tier).is_none() {
            return refuse(format!("{tier} is no tier of the policy"));
        }
        if tier < HIGHEST_RAISED {
            let what = "set life_at_risk, or correct what it rests on";
            return refuse(format!(
                "nothing is raised above tier {HIGHEST_RAISED}: tiers 0 and 1 follow from what is on record; {what}"
            ));
        }
        if tier == own {
            return refuse(format!("it is in tier {own} by itself: there is nothing to raise or lower"));
        }
        if tier > own && own < HIGHEST_RAISED {
            return refuse(format!(
                "what is in tier {own} by a promise is not lowered: park it, or record that the owner wants it later"
            ));
        }
        Ok(())
    }

    /// Somebody is at risk, or no longer. Promises that rest on it are made from now on, and end with it.
    pub(super) fn flag(
        &mut self,
        number: QueueNumber,
        risk: Option<&[Word]>,
        life_at_risk: Option<bool>,
        words: &str,
    ) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        if submission.removed.is_some() {
            return Err(Refusal::IllegalTransition {
                what: format!("the examination of {number}"),
                state: "ended".into(),
                allowed: "a further request",
            });
        }
        let mut facts = submission.facts.clone();
        if let Some(risk) = risk {
            self.known_risks(risk)?;
            facts.risk = risk.to_vec();
            facts.risk.sort_unstable();
            facts.risk.dedup();
        }
        facts.life_at_risk = life_at_risk.unwrap_or(facts.life_at_risk);
        let said = [(Kind::Risk, risk.is_some()), (Kind::LifeAtRisk, life_at_risk.is_some())];
        let said: Vec<Kind> = said.into_iter().filter(|(_, said)| *said).map(|(kind, _)| kind).collect();
        let flags = self.flags(&submission, &facts, &said);
        if (&facts, &flags) == (&submission.facts, &submission.flags) {
            return Ok(());
        }
        let rules = rules_for(&self.unit, &submission, &facts);
        let clocks = flagged_clocks(&self.unit, &submission, (&facts, &flags), &rules, self.now);
        let (mut route, mut policy, mut stages) = (submission.route.clone(), submission.policy.clone(), submission.stages.len());
        if !begun(&self.unit, &submission) {
            let way = rules.route_for(&facts);
            route = way.map(|route| route.name.clone());
            (policy, stages) = (rules.version.clone(), way.map_or(0, |route| route.stages.len()));
        }
        if route != submission.route {
            let assignments = self.assignments_of(&submission);
            self.release(&assignments, ReleaseCause::NotReady)?;
        }
        let (risk, life_at_risk) = (facts.risk, facts.life_at_risk);
        let flagged = Treatment::Flagged { number, risk, life_at_risk, flags, route, policy, stages, clocks };
        self.settle(self.now, Change::Treated(flagged), reason(Some(words)))
    }

    fn known_risks(&self, risk: &[Word]) -> Decided {
        let known = &self.unit.policy.risks;
        match risk.iter().find(|word| !known.contains(word)) {
            Some(word) => {
                let known = known.iter().map(Word::as_str).collect::<Vec<_>>().join(", ");
                Err(Refusal::invalid("risk", format!("{:?} is none of the policy's words: {known}", word.as_str())))
            }
            None => Ok(()),
        }
    }

    /// The flags as they are once that was `said` of them: said again, one is renewed; after it lapsed it begins anew.
    fn flags(&self, submission: &Submission, facts: &Facts, said: &[Kind]) -> Flags {
        let policy = self.unit.policy_of(submission).unwrap_or(&self.unit.policy);
        let known = &submission.flags;
        let mut flags = known.on_record(facts, self.now);
        for &kind in said.iter().filter(|kind| kind.is_set(facts)) {
            let lapsed =
                known.of(kind).zip(policy.flag_lapses(kind)).is_some_and(|(flag, lapses)| flag.renewed + lapses <= self.now);
            let before = known.of(kind).filter(|_| !lapsed);
            flags.set(kind, Flag { since: before.map_or(Some(self.now), |flag| flag.since), renewed: self.now });
        }
        flags
    }
}

/// Clocks under flags that were set or ended. A promise that rests on one that ended is made no more, and stands as it was until
/// then; one that was missed keeps its due.
fn flagged_clocks(
    unit: &Unit,
    submission: &Submission,
    (facts, flags): (&Facts, &Flags),
    policy: &Policy,
    now: Timestamp,
) -> Vec<Clock> {
    let count = |facts, flags| clocks(facts, flags, policy, &unit.establishment);
    let (before, mut after) = (count(&submission.facts, &submission.flags), count(facts, flags));
    for clock in &mut after {
        let Some(frozen) = submission.clocks.iter().find(|frozen| frozen.promise == clock.promise) else { continue };
        let missed = |breach: &Breach| matches!(breach.state, BreachState::Open | BreachState::Closed { .. });
        if before.contains(clock) {
            clock.clone_from(frozen);
        } else if unit.breach_of(submission.number, &clock.promise).is_some_and(missed) {
            *clock = Clock { ends_at: clock.ends_at, ..frozen.clone() };
        }
    }
    for ended in &submission.clocks {
        if !after.iter().any(|clock| clock.promise == ended.promise) {
            after.push(Clock { ends_at: ended.ends_at.min(now), ..ended.clone() });
        }
    }
    after
}
