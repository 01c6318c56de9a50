//! Data quality: what is missing, contradictory or suspicious in what was recorded (HMICFRS 2024: missing and free-text data loses
//! information). It judges records, not people: a figure is a reason to ask.

use std::collections::BTreeMap;

use super::flags::Kind;
use super::reports::permille;
use super::submission::{LockState, Owner, Particulars, digest_of, words};
use super::time::{Seconds, Timestamp};
use super::unit::{Submission, Unit};

words!(
    /// What is found in a record.
    Finding {
        /// No team is named that acts when the officer in the case is off duty.
        NoTeam = "no_team",
        /// The storage of the device is not said, so that how long it takes is guessed.
        NoStorage = "no_storage",
        /// Nobody said whether the device can be opened.
        NoLockState = "no_lock_state",
        /// Neither make nor model of the device is said.
        NoMake = "no_make",
        /// No kind of data is named: every kind is asked for.
        NoScope = "no_scope",
        /// The offence is `other`.
        OtherOffence = "other_offence",
        /// The device user agreed before they had the written notice.
        AgreedBeforeNotice = "agreed_before_notice",
        /// It was authorised after its examination began.
        AuthorisedLate = "authorised_late",
        /// It is said to be a part of an exhibit of its case that nobody asked for.
        ParentUnknown = "parent_unknown",
        /// The police are said to have taken the device on the hour sharp.
        RoundHour = "round_hour",
        /// It was registered more than a day after the device was taken.
        RegisteredLate = "registered_late",
        /// When the device was taken was corrected later.
        TakenCorrected = "taken_corrected",
        /// Its owner has the device, nothing of it was examined, and nobody ended the examination: its return counts as kept.
        SentHomeUnexamined = "sent_home_unexamined",
        /// A flag that raises its tier was set after it was registered.
        FlagRaised = "flag_raised",
        /// A person put it in another tier.
        Reprioritised = "reprioritised",
        /// A supervisor overrode the guard for it.
        GuardOverridden = "guard_overridden",
    }
);

words!(
    /// What sort of finding it is.
    FindingClass {
        /// Something is not there.
        Missing = "missing",
        /// Two things can't both be so.
        Contradictory = "contradictory",
        /// It may well be so, and is worth a question where there are many.
        Suspicious = "suspicious",
    }
);

impl Finding {
    /// What sort of finding it is.
    pub const fn class(self) -> FindingClass {
        match self {
            Self::NoTeam | Self::NoStorage | Self::NoLockState | Self::NoMake | Self::NoScope | Self::OtherOffence => {
                FindingClass::Missing
            }
            Self::AgreedBeforeNotice | Self::AuthorisedLate => FindingClass::Contradictory,
            Self::ParentUnknown
            | Self::RoundHour
            | Self::RegisteredLate
            | Self::TakenCorrected
            | Self::SentHomeUnexamined
            | Self::FlagRaised
            | Self::Reprioritised
            | Self::GuardOverridden => FindingClass::Suspicious,
        }
    }
}

/// What the ledger says of a submission beyond how it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// How often the moment at which its device was taken was corrected.
    pub taken_corrected: u32,
    /// How often the guard was overridden for it.
    pub overridden: u32,
    /// How often a person put it in another tier.
    pub reprioritised: u32,
    /// Whether it names an exhibit as its parent of which no first request is known.
    pub parent_unknown: bool,
}

impl Past {
    /// The same with what the unit knows of the exhibit that it is said to be a part of.
    #[must_use]
    pub fn beside(self, unit: &Unit, submission: &Submission) -> Self {
        let unknown = |p: &Particulars| {
            let parent = p.parent.as_ref()?;
            let first = format!("{}|{}|{parent}|1", submission.facts.force, p.crime_ref);
            Some(!unit.references.contains_key(&digest_of(&first)))
        };
        let parent_unknown = submission.particulars.as_ref().and_then(unknown).unwrap_or(false);
        Self { parent_unknown, ..self }
    }
}

/// What is found in the record of one submission.
pub fn findings(submission: &Submission, past: Past) -> Vec<Finding> {
    let facts = &submission.facts;
    let mut found = Vec::new();
    let mut note = |is: bool, finding: Finding| {
        if is {
            found.push(finding);
        }
    };
    note(facts.storage_gb.is_none(), Finding::NoStorage);
    note(facts.lock_state == LockState::Unknown, Finding::NoLockState);
    note(facts.offence.as_str() == "other", Finding::OtherOffence);
    // What was redacted is not missing.
    if let Some(particulars) = &submission.particulars {
        let is_there = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        note(!is_there(&particulars.team), Finding::NoTeam);
        note(!is_there(&particulars.make) && !is_there(&particulars.model), Finding::NoMake);
        let owners = matches!(facts.owner, Owner::Victim | Owner::Witness);
        note(owners && particulars.scope.is_empty(), Finding::NoScope);
    }
    let before = |a: Option<Timestamp>, b: Option<Timestamp>| a.zip(b).is_some_and(|(a, b)| a < b);
    note(before(facts.agreement_at, facts.notice_at), Finding::AgreedBeforeNotice);
    note(before(begun(submission), facts.authorised_at), Finding::AuthorisedLate);
    note(past.parent_unknown, Finding::ParentUnknown);
    note(facts.taken_at.unix() % 3_600 == 0, Finding::RoundHour);
    note(submission.registered_at - facts.taken_at > Seconds::hours(24), Finding::RegisteredLate);
    note(past.taken_corrected > 0, Finding::TakenCorrected);
    // Handing it back is a stage, too.
    let done = submission.stages.iter().filter(|state| state.done().is_some()).count();
    note(submission.returned.is_some() && submission.removed.is_none() && done <= 1, Finding::SentHomeUnexamined);
    let since = |kind: Kind| submission.flags.of(kind).and_then(|flag| flag.since);
    let later = [Kind::Risk, Kind::LifeAtRisk].into_iter().filter_map(since).any(|since| since > submission.registered_at);
    note(later, Finding::FlagRaised);
    note(past.reprioritised > 0, Finding::Reprioritised);
    note(past.overridden > 0, Finding::GuardOverridden);
    found
}

/// When its examination began.
fn begun(submission: &Submission) -> Option<Timestamp> {
    submission.stages.iter().filter_map(|state| state.done()).map(|done| done.start).min()
}

/// What is found in many records of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many submissions.
    pub submissions: u64,
    /// In how many of them each finding is.
    pub found: BTreeMap<Finding, u64>,
}

impl Tally {
    /// Takes a submission in.
    pub fn add(&mut self, submission: &Submission, past: Past) {
        self.submissions += 1;
        for finding in findings(submission, past) {
            *self.found.entry(finding).or_default() += 1;
        }
    }

    /// In how many of them a finding is.
    pub fn of(&self, finding: Finding) -> u64 {
        self.found.get(&finding).copied().unwrap_or(0)
    }

    /// That as a share, in thousandths; none of too few.
    pub fn permille(&self, finding: Finding) -> Option<u64> {
        permille(self.of(finding), self.submissions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::{Command, Treat};
    use crate::domain::testing::*;
    use crate::domain::unit::{DataTaken, RemovalCause};

    /// A phone of which all is said that somebody could say.
    fn whole(exhibit: &str) -> crate::domain::submission::Request {
        let mut whole = ready_phone(exhibit);
        (whole.particulars.team, whole.particulars.make) = (Some("RASSO North".into()), Some("Apple".into()));
        whole.particulars.scope = vec!["messages".into()];
        whole
    }

    fn of(world: &World, number: crate::domain::ids::QueueNumber) -> Vec<&'static str> {
        findings(&world.row(number), Past::default()).into_iter().map(Finding::as_str).collect()
    }

    #[test]
    fn what_is_missing_or_cannot_be_is_found_and_what_is_whole_is_not() {
        let mut world = World::new();
        let good = world.at("23T09:00").registers(whole("AB/1"));
        assert_eq!(of(&world, good), [""; 0]);
        let mut poor = whole("AB/2");
        (poor.facts.storage_gb, poor.facts.lock_state, poor.particulars.team) = (None, LockState::Unknown, None);
        (poor.particulars.make, poor.particulars.model, poor.particulars.scope) = (None, None, Vec::new());
        (poor.facts.agreement_at, poor.facts.notice_at) = (Some(at("23T08:00")), Some(at("23T08:10")));
        poor.facts.taken_at = at("20T07:00");
        let poor = world.registers(poor);
        assert_eq!(
            of(&world, poor),
            [
                "no_storage",
                "no_lock_state",
                "no_team",
                "no_make",
                "no_scope",
                "agreed_before_notice",
                "round_hour",
                "registered_late"
            ]
        );
    }

    #[test]
    fn a_parent_that_nobody_asked_for_is_found() {
        let mut world = World::new();
        let mut sim = whole("AB/1A");
        (sim.facts.device, sim.particulars.parent) = ("sim".into(), Some("AB/1".into()));
        let sim = world.at("23T09:00").registers(sim);
        let found = |world: &World| {
            let row = world.row(sim);
            findings(&row, Past::default().beside(&world.unit, &row)).into_iter().map(Finding::as_str).collect::<Vec<_>>()
        };
        assert_eq!(found(&world), ["parent_unknown"]);
        world.registers(whole("AB/1"));
        assert_eq!(found(&world), [""; 0]);
    }

    #[test]
    fn a_flag_that_is_set_later_is_found_and_what_the_ledger_says() {
        let mut world = World::new();
        let number = world.at("23T09:00").registers(whole("AB/1"));
        let treat = Treat::Flag { risk: None, life_at_risk: Some(true), reason: "a threat to kill".into() };
        world.at("23T10:00").does(Command::Treat { number, treat: Box::new(treat) });
        let past = Past { taken_corrected: 1, overridden: 1, reprioritised: 1, parent_unknown: false };
        let found: Vec<&str> = findings(&world.row(number), past).into_iter().map(Finding::as_str).collect();
        assert_eq!(found, ["taken_corrected", "flag_raised", "reprioritised", "guard_overridden"]);
    }

    #[test]
    fn what_went_home_untouched_is_found_unless_somebody_ended_its_examination() {
        let mut world = World::new();
        let [untouched, ended] = ["AB/1", "AB/2"].map(|exhibit| world.at("23T09:00").registers(whole(exhibit)));
        let (at, data) = (world.now, DataTaken::None);
        world.does(Command::Remove { number: ended, at, cause: RemovalCause::AgreementWithdrawn, data, reason: None });
        for number in [untouched, ended] {
            world.at("23T10:00").does(to_owner(number, "23T10:00"));
        }
        assert_eq!((of(&world, untouched), of(&world, ended)), (vec!["sent_home_unexamined"], vec![]));
    }

    #[test]
    fn no_share_is_told_of_a_few() {
        let mut world = World::new();
        let number = world.at("23T09:00").registers(victims_phone("AB/1"));
        let mut tally = Tally::default();
        (0..19).for_each(|_| tally.add(&world.row(number), Past::default()));
        assert_eq!(tally.permille(Finding::NoTeam), None);
        tally.add(&world.row(number), Past { reprioritised: 1, ..Past::default() });
        assert_eq!((tally.of(Finding::Reprioritised), tally.permille(Finding::Reprioritised)), (1, Some(50)));
    }
}
