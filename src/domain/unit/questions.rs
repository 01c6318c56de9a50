//! How a unit begins, and what rules ask of its state.

use std::sync::Arc;

use super::{Assignment, Breach, Counters, Digests, Map, Removed, StageState, Submission, Table, Unit, Whereabouts};
use crate::domain::calendar::{Exceptions, Windows, Zone};
use crate::domain::clocks::Clock;
use crate::domain::establishment::{Closure, Establishment, Resource};
use crate::domain::ids::{BreachId, QueueNumber, ResourceId, Slot, Word};
use crate::domain::policy::{Forecast, Guard, Milestone, Policy, Route, Stage};
use crate::domain::quality::Hold;
use crate::domain::time::{Seconds, Timestamp};

impl Unit {
    /// A unit before its first ledger entry: no site, no resource, no promise.
    pub fn empty() -> Self {
        Self {
            seq: 0,
            establishment: Arc::new(nothing_established()),
            policy: Arc::new(nothing_promised()),
            policies: Map::new_sync(),
            submissions: Table::new(),
            assignments: Map::new_sync(),
            outages: Map::new_sync(),
            holds: Map::new_sync(),
            tools: Map::new_sync(),
            durations: Map::new_sync(),
            breaches: Table::new(),
            references: Map::new_sync(),
            cases: Map::new_sync(),
            next: Counters::default(),
            adopted: Digests::default(),
        }
    }

    /// A unit with these files and nothing in its queue, as an offline plan needs it. It has no ledger.
    pub fn founded(establishment: Establishment, policy: Policy) -> Self {
        let policy = Arc::new(policy);
        let mut unit = Self::empty();
        unit.policies.insert_mut(policy.version.clone(), Arc::clone(&policy));
        Self { establishment: Arc::new(establishment), policy, ..unit }
    }

    /// The policy that gave a submission its route and clocks.
    pub fn policy_of(&self, submission: &Submission) -> Option<&Arc<Policy>> {
        self.policies.get(&submission.policy)
    }

    /// Probability of being late, in thousandths, from which a promise made to a submission is at risk, as its policy
    /// version has it; never where that is not known any more.
    pub fn at_risk_from(&self, submission: &Submission, clock: &Clock) -> u16 {
        let mut promises = self.policy_of(submission).into_iter().flat_map(|policy| &policy.promises);
        promises.find(|promise| promise.name == clock.promise).map_or(u16::MAX, |promise| promise.at_risk_permille)
    }

    /// The route of a submission, as its policy version has it.
    pub fn route_of(&self, submission: &Submission) -> Option<&Route> {
        self.policy_of(submission)?.route(submission.route.as_ref()?)
    }

    /// The stage of an assignment, as its submission's route has it.
    pub fn stage_of(&self, assignment: &Assignment) -> Option<&Stage> {
        self.route_of(self.submissions.get(&assignment.submission)?)?.stages.get(assignment.stage)
    }

    /// Who does an assigned stage.
    pub fn assignment_of(&self, submission: &Submission, stage: usize) -> Option<&Assignment> {
        match submission.stages.get(stage)? {
            StageState::Assigned(id) => self.assignments.get(id),
            StageState::Open | StageState::Done(_) | StageState::Dropped(_) => None,
        }
    }

    /// The assignments of a submission that have not ended, in the order of its stages.
    pub fn assignments_of<'a>(&'a self, submission: &'a Submission) -> impl Iterator<Item = &'a Assignment> {
        (0..submission.stages.len()).filter_map(|stage| self.assignment_of(submission, stage))
    }

    /// The assignments on a slot that have not ended.
    pub fn assignments_on<'a>(&'a self, slot: &'a Slot) -> impl Iterator<Item = &'a Assignment> {
        self.assignments.values().filter(move |assignment| assignment.slot == *slot)
    }

    /// The assignment that holds the device of a submission: a started stage that needs the device in hand.
    pub fn device_held_by<'a>(&'a self, submission: &'a Submission) -> Option<&'a Assignment> {
        let holds = |a: &&Assignment| a.started_at().is_some() && self.stage_of(a).is_some_and(|stage| stage.holds_device);
        self.assignments_of(submission).find(holds)
    }

    /// What is known of a promise of a submission being missed; the latest where there are several.
    pub fn breach_of(&self, number: QueueNumber, promise: &Word) -> Option<&Breach> {
        self.breaches_of(number).filter(|breach| breach.promise == *promise).last()
    }

    /// Every breach of a submission, oldest first.
    pub fn breaches_of(&self, number: QueueNumber) -> impl Iterator<Item = &Breach> {
        self.breaches.found(number, BreachId(i64::MIN))
    }

    /// The open submission for whose owner a replacement handset is put by, or who has it.
    pub fn lent_to(&self, handset: &Word) -> Option<&Arc<Submission>> {
        let has = |submission: &&Arc<Submission>| submission.handset.as_ref().is_some_and(|lent| lent.handset == *handset);
        self.submissions.values().find(has)
    }

    /// What is other for a resource than its calendar says: by the unit file, the roster and what was declared since.
    pub fn exceptions(&self, resource: &Resource) -> Exceptions {
        let Exceptions { mut closed, open } = self.establishment.exceptions(resource);
        closed.extend(self.outages.get(&resource.id).into_iter().flatten().map(|outage| (outage.from, outage.until)));
        Exceptions::new(closed, open)
    }

    /// When a resource works, around an instant, for a question or two; none where its calendar is unknown.
    pub fn windows(&self, resource: &Resource, near: Timestamp) -> Option<Windows> {
        let calendar = self.establishment.calendar(&resource.calendar)?;
        Some(Windows::for_a_question(&calendar.hours, &self.establishment.zone, &self.exceptions(resource), near))
    }

    /// The outage, beyond the unit file, that covers an instant.
    pub fn outage_at(&self, resource: &ResourceId, at: Timestamp) -> Option<&Closure> {
        self.outages.get(resource)?.iter().find(|outage| outage.covers(at))
    }

    /// The quality hold that is on a resource, or on the tool that it works with.
    pub fn hold_on(&self, resource: &ResourceId) -> Option<&Hold> {
        let tool = self.tools.get(resource);
        let stops = |hold: &&Hold| {
            hold.held.is_resource(resource) || tool.is_some_and(|tool| hold.held.is_tool(&tool.name, &tool.version))
        };
        self.holds.values().find(stops)
    }

    /// Whether a submission belongs in the queue: a stage is not done, its device is on its way or has yet to come back (its
    /// route or a promise says so), a breach of it stands, its owner has a handset of the unit's, or somebody has to decide
    /// whether it is examined after all. Stored devices are not open, nor is what its owner has back unexamined: it takes a
    /// further request to examine it.
    pub fn is_open(&self, submission: &Submission) -> bool {
        let promised_back = || submission.clocks.iter().any(|clock| clock.milestone == Milestone::DeviceBack);
        let given_up = || {
            let unexamined = |route| submission.left_unexamined(route);
            submission.returned.is_some()
                && self.route_of(submission).is_some_and(unexamined)
                && !submission.stages.iter().any(|stage| matches!(stage, StageState::Assigned(_)))
        };
        let unfinished = || submission.stages.iter().any(|stage| !stage.is_over());
        // Without a route there is nothing to finish: it waits for one, until it is not to be examined any more.
        (submission.stages.is_empty() && submission.removed.is_none())
            || (unfinished() && !given_up())
            || matches!(submission.device, Whereabouts::SignedOut { .. })
            || submission.removed.as_ref().is_some_and(Removed::is_challenged)
            || submission.handset.as_ref().is_some_and(|lent| lent.issued_at.is_some())
            || (submission.returned.is_none() && promised_back())
            || self.breaches_of(submission.number).any(Breach::is_standing)
    }
}

/// When a submission reached a milestone of its route, if it has: `extracted` with the last stage that holds the device,
/// `results` with the last that does not return it, `device_back` when its owner had it. Where a route has no such
/// stage, its last stage counts; without a route nothing but the device's return is reached. Nothing is by what is not to be done
/// any more.
pub fn reached(submission: &Submission, route: Option<&Route>, milestone: Milestone) -> Option<Timestamp> {
    let counts: fn(&Stage) -> bool = match milestone {
        Milestone::DeviceBack => return submission.returned.as_ref().map(|returned| returned.at),
        Milestone::Extracted => |stage| stage.holds_device,
        Milestone::Results => |stage| !stage.returns_device,
    };
    let stages = &route?.stages;
    let counts = if stages.iter().any(counts) { counts } else { |_: &Stage| true };
    let mut latest = None;
    for (_, state) in stages.iter().zip(&submission.stages).filter(|(stage, _)| counts(stage)) {
        let StageState::Done(done) = state else { return None };
        latest = latest.max(Some(done.end));
    }
    latest
}

fn nothing_established() -> Establishment {
    Establishment {
        version: String::new(),
        name: String::new(),
        zone: Zone { time_zone: chrono_tz::UTC, holidays: std::collections::BTreeSet::new() },
        division: String::new(),
        travel_default: Seconds::ZERO,
        to_site: Seconds::ZERO,
        sites: Vec::new(),
        travel: Vec::new(),
        calendars: Vec::new(),
        resources: Vec::new(),
        handsets: Vec::new(),
        roster: Vec::new(),
    }
}

fn nothing_promised() -> Policy {
    let guard =
        Guard { promise: Word::from(""), level: 1, typical_storage_gb: 0, arrives_after: Seconds::ZERO, max_hold: Seconds::ZERO };
    Policy {
        version: String::new(),
        devices: Vec::new(),
        offences: Vec::new(),
        risks: Vec::new(),
        tiers: Vec::new(),
        never_above: 0,
        promises: Vec::new(),
        routes: Vec::new(),
        guard,
        dispatch_horizon: Seconds::ZERO,
        lease: Seconds::ZERO,
        pace: Seconds::ZERO,
        on_fail: Vec::new(),
        forecast: Forecast { gate_clears: Seconds::ZERO, runs: 0, learn_after: 0 },
    }
}
