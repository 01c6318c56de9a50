//! The world of a run: what happens next, and what follows from it.
//!
//! Things happen in order of time. What comes in, what people answer and what goes wrong is known before; what people do
//! follows from the plan (see [`follow`](super::follow)). A whole plan is made each hour; between two of them what arrived or was
//! finished is planned with what stands near it, ten minutes later at most, and at once where it is of tier 0 or 1.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::agenda::Agenda;
use super::calibration::Said;
use super::chance::{About, Chance};
use super::faults::{renewed, roster, spells};
use super::ledger::{Keeps, Ledger};
use super::turns::Turns;
use super::{Order, Scenario};
use crate::domain::calendar::Windows;
use crate::domain::command::{Command, Treat};
use crate::domain::decide::sweep;
use crate::domain::entry::Actor;
use crate::domain::establishment::ResourceKind;
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, SiteId};
use crate::domain::policy::Gate;
use crate::domain::submission::{LockState, Owner};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Proof, Receiver, RemovalCause, Returned, Submission};

const HOUR: i64 = 3_600;
/// The last tier for which people look at once.
const AT_ONCE: u8 = 1;
/// Others are looked at at every sixth of an hour.
const LOOK: i64 = 600;

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// A submission comes in.
    Comes(usize),
    /// A gate is met.
    Answered(QueueNumber, Gate),
    /// The return is authorised.
    ReturnAllowed(QueueNumber),
    /// A device reaches a site.
    There(QueueNumber, SiteId),
    /// Work ends, and since when it is known to.
    Ends(AssignmentId),
    /// What ended without a line at that time is told.
    Told(AssignmentId, Timestamp),
    /// The owner has the device.
    Home(QueueNumber),
    /// An agreement is taken back.
    TakenBack(QueueNumber),
    /// A machine goes out of use until then.
    Down(ResourceId, Timestamp),
    /// The daemon is started anew.
    Restart,
    /// Somebody asks how sure everything is.
    Forecast,
    /// A whole plan is due, and promises that are missed are recorded.
    Hour,
    /// Somebody looks.
    Look,
}

/// Everything in a run.
pub struct World<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) order: Order,
    pub(super) ledger: Ledger,
    pub(super) chance: Chance,
    pub(super) now: Timestamp,
    agenda: Agenda<Happening>,
    /// Devices on the road, to where, and when they are there.
    pub(super) couriers: BTreeMap<QueueNumber, (SiteId, Timestamp)>,
    /// Whose return somebody was asked to allow.
    pub(super) asked_for_return: BTreeSet<QueueNumber>,
    /// The newest plan.
    pub(super) plan: Option<Arc<Turns>>,
    /// Stages that the rules did not let begin since the newest plan.
    pub(super) not_now: BTreeSet<(QueueNumber, usize)>,
    /// What something happened to since the newest plan.
    pub(super) since: BTreeSet<QueueNumber>,
    /// What the last whole plan does first, and what something happened to since.
    pub(super) near: BTreeSet<QueueNumber>,
    /// When each kiosk is without a line.
    pub(super) offline: BTreeMap<ResourceId, Vec<(Timestamp, Timestamp)>>,
    /// Since the last plan, and since the last whole one, something changed.
    changed: (bool, bool),
    /// Something changed for somebody who can't wait.
    at_once: bool,
    /// The next look at what changed.
    look: Timestamp,
    /// When the plan asks for something next.
    pub(super) wake: Timestamp,
    pub(super) windows: BTreeMap<ResourceId, Windows>,
    pub(super) ran: Ran,
}

/// What came of a run, beside its ledger.
#[derive(Default)]
pub struct Ran {
    /// Plans made.
    pub plans: u64,
    /// Commands refused.
    pub refused: u64,
    /// Open time that was worked, by kind of resource.
    pub busy: BTreeMap<ResourceKind, i64>,
    /// What was said once a day of what would be late.
    pub said: Vec<Said>,
    /// What should never be, where it was looked for.
    pub faults: Vec<String>,
}

impl<'s> World<'s> {
    /// At its beginning: the unit's files adopted, all that is known beforehand on the agenda.
    pub fn new(scenario: &'s Scenario, order: Order) -> Self {
        let mut world = Self {
            scenario,
            order,
            ledger: Ledger::empty(Keeps { entries: scenario.audited, events: scenario.missed.is_some() }),
            chance: Chance::new(scenario.seed),
            now: scenario.from,
            agenda: Agenda::new(),
            couriers: BTreeMap::new(),
            asked_for_return: BTreeSet::new(),
            plan: None,
            not_now: BTreeSet::new(),
            since: BTreeSet::new(),
            near: BTreeSet::new(),
            offline: BTreeMap::new(),
            changed: (true, true),
            at_once: true,
            look: Timestamp::MAX,
            wake: Timestamp::MAX,
            windows: BTreeMap::new(),
            ran: Ran::default(),
        };
        let (establishment, policy) = (scenario.establishment.clone(), scenario.policy.clone());
        let establishment = if scenario.faults.lapse { establishment } else { renewed(establishment, scenario.from) };
        let daemon = Actor::daemon();
        let holidays = establishment.zone.holidays.clone();
        let mut duties = establishment.roster.clone();
        let span = (scenario.from, scenario.until);
        duties.extend(roster(&scenario.faults, &establishment, span, &world.chance));
        world.does(&daemon, &Command::AdoptEstablishment { establishment: Box::new(establishment), text: "unit".into() });
        world.does(&daemon, &Command::AdoptPolicy { policy: Box::new(policy), text: "policy".into() });
        world.does(&daemon, &Command::AdoptHolidays { holidays });
        world.does(&daemon, &Command::AdoptRoster { roster: duties });
        world.foresee(span);
        world
    }

    /// All that is known beforehand.
    fn foresee(&mut self, (from, until): (Timestamp, Timestamp)) {
        for (index, arrival) in self.scenario.arrivals.iter().enumerate() {
            self.happens(arrival.at.max(from), Happening::Comes(index));
        }
        let resources = &self.scenario.establishment.resources;
        let faults = &self.scenario.faults;
        let is_machine = |kind| matches!(kind, ResourceKind::Kiosk | ResourceKind::Van | ResourceKind::Lab);
        let is_kiosk = |kind| kind == ResourceKind::Kiosk;
        let down = spells(faults.down, resources, is_machine, (from, until), (About::Machine, &self.chance));
        let offline = spells(faults.offline, resources, is_kiosk, (from, until), (About::Line, &self.chance));
        down.into_iter().for_each(|spell| self.happens(spell.from, Happening::Down(spell.resource, spell.until)));
        for spell in offline {
            self.offline.entry(spell.resource).or_default().push((spell.from, spell.until));
        }
        if let Some(every) = faults.restarts_every.filter(|every| every.0 > 0) {
            let mut at = from + every;
            while at < until {
                self.happens(at, Happening::Restart);
                at = at + every;
            }
        }
        self.happens(from, Happening::Hour);
        if self.scenario.forecast_runs > 0 && self.order == Order::Dfqueue {
            self.happens(from + Seconds::hours(12), Happening::Forecast);
        }
    }

    /// Puts something on the agenda.
    pub(super) fn happens(&mut self, at: Timestamp, what: Happening) {
        self.agenda.add(at.max(self.now), what);
    }

    /// From the beginning to the end.
    pub fn run(mut self) -> (Ledger, Ran) {
        let until = self.scenario.until;
        while let Some((at, what)) = self.agenda.next_before(until) {
            self.now = at;
            self.happen(what);
            while let Some((_, what)) = self.agenda.next_before((at + Seconds(1)).min(until)) {
                self.happen(what);
            }
            self.act();
            if self.scenario.audited {
                self.audit();
            }
        }
        self.now = self.scenario.until;
        self.sweep();
        if self.scenario.audited {
            self.fold();
        }
        (self.ledger, self.ran)
    }

    /// Plans where that is due, and does what the plan asks.
    fn act(&mut self) {
        let (changed, since_whole) = self.changed;
        let on_the_hour = self.now.unix() % HOUR == 0;
        if self.plan.is_none() || (on_the_hour && since_whole && self.anybody_works()) {
            self.plan_whole();
            self.changed = (false, false);
        } else if changed && (self.at_once || self.now >= self.look) {
            self.plan_near();
            self.changed.0 = false;
        }
        if !self.changed.0 {
            (self.at_once, self.look) = (false, Timestamp::MAX);
        } else if self.look == Timestamp::MAX {
            self.look = Timestamp::from_unix((self.now.unix() / LOOK + 1) * LOOK);
            self.happens(self.look, Happening::Look);
        }
        self.follow();
    }

    /// Whether anything can begin anywhere: while all is closed nobody asks for a plan.
    fn anybody_works(&mut self) -> bool {
        let (now, scenario) = (self.now.unix(), self.scenario);
        let mut resources = scenario.establishment.resources.iter();
        resources.any(|resource| self.windows_of(&resource.id).is_some_and(|windows| windows.is_open(now)))
    }

    /// Notes that a plan has something new to see of a submission.
    pub(super) fn touched(&mut self, number: QueueNumber) {
        self.changed = (true, true);
        self.near.insert(number);
        self.since.insert(number);
        let first = |s: &Arc<Submission>| s.tier(self.now) <= AT_ONCE;
        self.at_once |= self.ledger.unit.submissions.get(&number).is_some_and(first);
    }

    /// Does something that may be refused; whether it was done.
    pub(super) fn does(&mut self, actor: &Actor, command: &Command) -> bool {
        let done = self.ledger.record(command, actor, self.now, &self.chance);
        if done.is_err() {
            self.ran.refused += 1;
        }
        done.is_ok()
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Comes(index) => self.comes(index),
            Happening::Answered(number, gate) => self.answered(number, gate),
            Happening::ReturnAllowed(number) => {
                self.does(&person(SUPERVISOR), &Command::AuthoriseReturn { number, by: SUPERVISOR.into() });
                self.touched(number);
            }
            Happening::There(number, site) => {
                self.couriers.remove(&number);
                let by = Some("courier".to_owned());
                self.does(&person("courier"), &Command::Move { number, site, at: self.now, by, seal: None });
                self.touched(number);
            }
            Happening::Ends(assignment) => self.ends(assignment),
            Happening::Told(assignment, at) => self.finishes(assignment, at),
            Happening::Home(number) => self.hands_over(number),
            Happening::TakenBack(number) => self.ends_examination(number, RemovalCause::AgreementWithdrawn),
            Happening::Down(resource, until) => {
                let reason = "out of use".to_owned();
                self.windows.remove(&resource);
                self.does(&person("engineer"), &Command::DeclareOutage { resource, from: self.now, until, reason });
                self.changed = (true, true);
            }
            Happening::Restart => self.plan = None,
            Happening::Hour => {
                self.sweep();
                self.happens(self.now + Seconds(HOUR - self.now.unix().rem_euclid(HOUR)), Happening::Hour);
            }
            Happening::Forecast => {
                self.forecast();
                self.happens(self.now + Seconds::hours(24), Happening::Forecast);
            }
            Happening::Look => {}
        }
    }

    fn sweep(&mut self) {
        for command in sweep(&self.ledger.unit, self.now) {
            self.does(&Actor::daemon(), &command);
        }
    }

    fn comes(&mut self, index: usize) {
        let Some(arrival) = self.scenario.arrivals.get(index) else { return };
        let number = QueueNumber(self.ledger.unit.next.submission);
        if !self.does(&person("intake"), &Command::Register(Box::new(arrival.request.clone()))) {
            return;
        }
        for (at, gate) in &arrival.answers {
            self.happens(*at, Happening::Answered(number, *gate));
        }
        self.asks(number, &arrival.answers.iter().map(|(_, gate)| *gate).collect::<Vec<_>>());
        let facts = &arrival.request.facts;
        if matches!(facts.owner, Owner::Victim | Owner::Witness) {
            let mut rng = self.chance.about(About::Withdrawal, &[number.0]);
            if rng.next() % 1_000 < u64::from(self.scenario.faults.withdrawn_permille) {
                let after = self.chance.any_time(Seconds::hours(12), &mut rng);
                self.happens(self.now + after, Happening::TakenBack(number));
            }
        }
        self.touched(number);
    }

    /// The owner has the device.
    pub(super) fn hands_over(&mut self, number: QueueNumber) {
        let returned = Returned { at: self.now, received_by: Receiver::Owner, proof: Proof::Signature };
        self.does(&person("officer"), &Command::Return { number, returned });
        self.touched(number);
    }

    /// Somebody will come to each shut gate that nobody has on their list yet.
    pub(super) fn asks(&mut self, number: QueueNumber, known: &[Gate]) {
        let Some(submission) = self.ledger.unit.submissions.get(&number).cloned() else { return };
        let Some(route) = self.ledger.unit.route_of(&submission).cloned() else { return };
        for gate in submission.shut_gates(&route, self.now).filter(|gate| !known.contains(gate)) {
            let Some(mean) = self.scenario.people.answer(gate) else { continue };
            let times = i64::try_from(submission.failures.len()).unwrap_or(0);
            let mut rng = self.chance.about(About::Answer, &[number.0, gate as i64, times]);
            let first = if submission.tier(self.now) <= AT_ONCE { i64::from(self.scenario.people.first.max(1)) } else { 1 };
            let after = self.chance.any_time(Seconds(mean.0 / first), &mut rng);
            self.happens(self.now + after, Happening::Answered(number, gate));
        }
    }

    fn answered(&mut self, number: QueueNumber, gate: Gate) {
        let Some(submission) = self.ledger.unit.submissions.get(&number).cloned() else { return };
        let Some(route) = self.ledger.unit.route_of(&submission).cloned() else { return };
        if !submission.shut_gates(&route, self.now).any(|shut| shut == gate) {
            // Not asked by its route: it stands in the record all the same.
            if gate != Gate::Delivery || submission.facts.delivered_at.is_some() {
                return;
            }
        }
        let (now, site) = (self.now, submission.facts.site.clone());
        let command = match gate {
            Gate::Agreement => Command::RecordAgreement { number, agreement_at: now, notice_at: now, terms: None },
            Gate::LegalBasis => Command::RecordLegalBasis { number, basis: "PACE s.19".into() },
            Gate::Authorisation => Command::Authorise { number, by: SUPERVISOR.into(), at: now },
            Gate::Delivery => Command::Deliver { number, site, at: now, by: Some("officer".into()), seal: None },
            Gate::Pin => Command::RecordPin { number, lock_state: LockState::PinHeld },
            Gate::Parked => Command::Treat { number, treat: Box::new(Treat::TakeUp { reason: Some("reviewed".into()) }) },
            Gate::Outside | Gate::Confidential => return,
        };
        self.does(&person(SUPERVISOR), &command);
        self.touched(number);
    }
}

/// Who decides and authorises.
pub const SUPERVISOR: &str = super::arrivals::AUTHORISES;

/// Somebody without a token.
pub fn person(name: &str) -> Actor {
    Actor { person: name.to_owned(), token: None }
}
