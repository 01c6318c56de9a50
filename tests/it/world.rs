//! A unit to which things happen at random, through the front door: commands, decisions, entries.

use std::collections::BTreeMap;

use dfqueue::config::{BankHolidays, load_pair};
use dfqueue::domain::command::{Command, Loaded, Supervised};
use dfqueue::domain::decide::{decide, sweep};
use dfqueue::domain::entry::{Actor, Entry, GENESIS, Hash};
use dfqueue::domain::establishment::Resource;
use dfqueue::domain::event::{FailureCause, ReleaseCause};
use dfqueue::domain::ids::{QueueNumber, Slot};
use dfqueue::domain::submission::{Facts, LockState, Owner, Particulars, Request};
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::domain::unit::{
    DataTaken, Proof, Receiver, RemovalCause, Returned, StageState, Submission, Touched, Unit, Whereabouts,
};
use dfqueue::store::{Commit, CommitError, IdempotentReply, Step, Store};

/// Small, seeded, good enough to choose with (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }

    pub fn of<'a, T>(&mut self, some: &'a [T]) -> Option<&'a T> {
        if some.is_empty() { None } else { Some(&some[self.below(some.len())]) }
    }
}

/// A unit with its ledger, in memory.
pub struct World {
    pub unit: Unit,
    pub chain: Hash,
    pub now: Timestamp,
    pub chance: Chance,
    /// Closed submissions, as a desk would load them.
    pub closed: BTreeMap<QueueNumber, Loaded>,
    /// Every step so far.
    pub steps: Vec<Step>,
    /// How many of them are committed.
    pub committed: usize,
}

const UNIT: &str = include_str!("../../config/unit.toml");
const POLICY: &str = include_str!("../../config/policy.toml");

impl World {
    /// A unit that has adopted the shipped files.
    pub fn founded(seed: u64) -> Self {
        let mut world = Self {
            unit: Unit::empty(),
            chain: GENESIS,
            now: "2026-11-23T08:00:00Z".parse().unwrap(),
            chance: Chance(seed),
            closed: BTreeMap::new(),
            steps: Vec::new(),
            committed: 0,
        };
        let pair = load_pair(("unit.toml", UNIT), ("policy.toml", POLICY), &BankHolidays::shipped().unwrap()).unwrap();
        let establishment = Box::new(pair.establishment);
        assert!(world.order(&Command::AdoptEstablishment { establishment, text: UNIT.into() }));
        assert!(world.order(&Command::AdoptPolicy { policy: Box::new(pair.policy), text: POLICY.into() }));
        world
    }

    /// Decides a command and applies what follows; whether it was not refused.
    pub fn order(&mut self, command: &Command) -> bool {
        let needed = command.needs(&self.unit);
        let loaded = needed.and_then(|number| self.closed.get(&number)).cloned().unwrap_or_default();
        let actor = Actor { person: "4471".into(), token: Some("t-7".into()) };
        let Ok(events) = decide(&self.unit, &loaded, command, &actor, self.now) else { return false };
        for event in events {
            let mut salt = [0; 16];
            salt[..8].copy_from_slice(&self.chance.next().to_le_bytes());
            let entry = Entry::new((self.unit.seq, self.chain), &event, &actor, self.now, salt);
            let before = self.unit.clone();
            let touched = self.unit.apply_entry(&entry).unwrap();
            self.note_closed(&before, &touched);
            self.chain = entry.chain;
            self.steps.push(Step { entry, touched });
        }
        true
    }

    fn note_closed(&mut self, before: &Unit, touched: &Touched) {
        for (number, submission) in &touched.submissions {
            if self.unit.submissions.contains_key(number) {
                self.closed.remove(number);
                continue;
            }
            let mut breaches: BTreeMap<_, _> = before.breaches_of(*number).map(|b| (b.id, b.clone())).collect();
            for (id, breach) in &touched.breaches {
                match breach {
                    Some(breach) if breach.submission == *number => drop(breaches.insert(*id, breach.clone())),
                    Some(_) => {}
                    None => drop(breaches.remove(id)),
                }
            }
            let loaded = Loaded { submission: Some(submission.clone()), breaches: breaches.into_values().collect() };
            self.closed.insert(*number, loaded);
        }
    }

    /// Something happens. Most of what is tried is possible.
    pub fn happen(&mut self) {
        self.now = self.now + Seconds(i64::try_from(self.chance.below(3_600)).unwrap());
        let command = self.think();
        self.order(&command);
        if self.chance.below(10) == 0 {
            for missed in sweep(&self.unit, self.now) {
                self.order(&missed);
            }
        }
    }

    pub fn happen_times(&mut self, times: usize) {
        for _ in 0..times {
            self.happen();
        }
    }

    fn think(&mut self) -> Command {
        let open: Vec<_> = self.unit.submissions.values().cloned().collect();
        let closed: Vec<_> = self.closed.values().filter_map(|loaded| loaded.submission.clone()).collect();
        let kind = self.chance.below(26);
        let from = if matches!(kind, 23 | 25) && !closed.is_empty() { &closed } else { &open };
        match self.chance.of(from).cloned() {
            // Few at a time, so that some come to their end.
            Some(submission) if kind > 3 || (kind > 0 && open.len() > 12) => self.think_of(&submission, kind),
            _ if kind == 0 => self.think_of_resources(),
            _ => Command::Register(Box::new(self.request())),
        }
    }

    fn think_of(&mut self, s: &Submission, kind: usize) -> Command {
        let (number, at) = (s.number, self.now);
        let by = || "Insp Okafor".to_owned();
        match kind {
            4 => Command::RecordAgreement { number, agreement_at: at, notice_at: at, terms: None },
            5 => Command::RecordLegalBasis { number, basis: "s.19 PACE".into() },
            6 => Command::Authorise { number, by: by(), at },
            7 => Command::RecordPin { number, lock_state: LockState::PinHeld },
            8 => Command::AuthoriseReturn { number, by: by() },
            9 => Command::Deliver { number, site: s.facts.site.clone(), at, by: None, seal: None },
            10 => Command::Move { number, site: "hq".into(), at, by: Some("courier".into()), seal: None },
            11 => Command::Collect { number, at, by: "PC 12".into(), seal: None },
            12 => {
                let returned = Returned { at, received_by: Receiver::Owner, proof: Proof::Signature };
                Command::Return { number, returned }
            }
            13 | 23 => {
                let (field, value) = match self.chance.below(3) {
                    _ if s.returned.is_some() => ("returned_at", String::new()),
                    0 => ("offence", "theft".into()),
                    1 => ("exhibit_ref", format!("XY/{}", self.chance.below(500))),
                    _ => ("taken_at", (at - Seconds::hours(90)).to_string()),
                };
                Command::Correct {
                    number,
                    field: field.into(),
                    value,
                    reason: "typed wrongly".into(),
                    supervised: Supervised::Yes,
                }
            }
            14 => self.think_of_promises(s),
            24 if self.chance.below(8) == 0 => Command::Remove {
                number,
                at,
                cause: match (*self.chance.of(RemovalCause::ALL).unwrap(), s.facts.owner) {
                    // A suspect agreed to nothing that could be withdrawn.
                    (RemovalCause::AgreementWithdrawn | RemovalCause::AgreementRefused, Owner::Suspect) => {
                        RemovalCause::Withdrawn
                    }
                    (cause, _) => cause,
                },
                data: DataTaken::Deleted,
                reason: Some("as asked".into()),
            },
            25 => match s.removed {
                Some(ref removed) if removed.is_challenged() => {
                    Command::DecideChallenge { number, upheld: self.chance.below(2) == 0, reason: "looked into".into() }
                }
                _ => Command::Challenge { number, reason: "no other source".into() },
            },
            _ => self.think_of_work(s),
        }
    }

    fn think_of_promises(&mut self, s: &Submission) -> Command {
        let standing = self.unit.breaches_of(s.number).find(|breach| breach.is_standing()).map(|breach| breach.id);
        match (standing, s.clocks.first()) {
            (Some(breach), _) if self.chance.below(2) == 0 => Command::AvertBreach { breach },
            (_, Some(clock)) => Command::ForecastBreach {
                number: s.number,
                promise: clock.promise.clone(),
                expected: Some(clock.due + Seconds::hours(3)),
            },
            (_, None) => Command::Reroute { number: s.number, reason: "new policy".into() },
        }
    }

    fn think_of_work(&mut self, s: &Submission) -> Command {
        let at = self.now;
        if let Some(a) = self.unit.assignments_of(s).next() {
            let assignment = a.id;
            let hash = Some("ab".repeat(32));
            return match (a.started_at().is_some(), self.chance.below(8)) {
                (false, 0) => Command::Accept { assignment, at, overrides: None },
                (false, 1) => Command::Release { assignment, cause: ReleaseCause::GivenBack, reason: None },
                (false, _) => Command::Start { assignment, at, overrides: None },
                (true, 0) => {
                    Command::Fail { assignment, at, cause: FailureCause::Cable, attempts_left: None, reason: Some("torn".into()) }
                }
                (true, _) => Command::Finish {
                    assignment,
                    at,
                    tool: Some("Tool".into()),
                    tool_version: Some("7.1".into()),
                    hash,
                    scope: None,
                },
            };
        }
        let stage = s.stages.iter().position(|stage| *stage == StageState::Open).unwrap_or_default();
        let word = self.unit.route_of(s).and_then(|route| route.stages.get(stage)).map(|stage| stage.name.clone());
        let able = |word| {
            let resources = &self.unit.establishment.resources;
            resources.iter().filter(|r| r.can(word, s.facts.level, &s.facts.device)).cloned().collect::<Vec<_>>()
        };
        let able: Vec<Resource> = word.as_ref().map(able).unwrap_or_default();
        // Where the device is, or there it goes.
        let here = able.iter().find(|r| matches!(&s.device, Whereabouts::At { site, .. } if *site == r.site));
        let resource = here.or(self.chance.of(&able)).cloned();
        if let Some(resource) = &resource
            && here.is_none()
            && self.chance.below(2) == 0
        {
            return Command::Move { number: s.number, site: resource.site.clone(), at, by: None, seal: None };
        }
        let (resource, slots) = resource.map_or(("k1".into(), 1), |r| (r.id, r.slots));
        let slot = Slot { resource, slot: 1 + u32::try_from(self.chance.below(slots as usize)).unwrap() };
        let (start, end) = (at, at + Seconds::hours(1));
        Command::Assign { number: s.number, version: s.version, stage, slot, start, end }
    }

    fn think_of_resources(&mut self) -> Command {
        let resource = self.chance.of(&self.unit.establishment.resources).unwrap().id.clone();
        let (from, until) = (self.now, self.now + Seconds::hours(5));
        if self.chance.below(3) == 0 {
            Command::EndOutage { resource, at: self.now }
        } else {
            Command::DeclareOutage { resource, from, until, reason: "no power".into() }
        }
    }

    /// A request for an exhibit that has not been seen before, ready to be worked on.
    pub fn request(&mut self) -> Request {
        let n = self.unit.next.submission;
        let (policy, sites) = (self.unit.policy.clone(), self.unit.establishment.sites.clone());
        let at = self.now;
        let owner = Owner::ALL[self.chance.below(4)];
        let site = self.chance.of(&sites).unwrap().id.clone();
        let ready = self.chance.below(4) > 0;
        Request {
            facts: Facts {
                force: ["Northshire", "Southshire"][self.chance.below(2)].into(),
                offence: self.chance.of(&policy.offences).unwrap().clone(),
                owner,
                device: self.chance.of(&policy.devices[..5]).unwrap().clone(),
                storage_gb: Some(128),
                lock_state: if ready { LockState::Unlocked } else { LockState::Unknown },
                taken_at: at - Seconds::hours(2),
                delivered_at: ready.then_some(at),
                site,
                return_site: None,
                owner_present_until: None,
                trip: Some(Seconds(1_800)),
                level: 1 + u8::try_from(self.chance.below(2)).unwrap(),
                agreement_at: ready.then_some(at),
                notice_at: ready.then_some(at),
                legal_basis: ready,
                authorised_at: ready.then_some(at),
                return_authorised: ready,
                custody_expires_at: None,
                bail_at: (owner == Owner::Suspect).then_some(at + Seconds::hours(24 * 40)),
                court_at: None,
                evidence_fades_at: None,
                risk: policy.risks.iter().take(self.chance.below(3)).cloned().collect(),
                repeat_suspect: self.chance.below(4) == 0,
                life_at_risk: false,
                case_rank: None,
            },
            particulars: Particulars {
                crime_ref: format!("{:05}/26", n / 3),
                exhibit_ref: format!("AB/{n}"),
                request: 1,
                oic: "DC Nowak".into(),
                team: Some("Team \u{2019}A\u{2019} \u{1f50d}".into()),
                legal_basis: ready.then(|| "PACE".into()),
                authorised_by: ready.then(|| "Insp Okafor".into()),
                return_authorised_by: ready.then(|| "DC Nowak".into()),
                ..Particulars::default()
            },
        }
    }

    /// What is not committed yet, as one commit.
    pub fn pending<'a>(&'a self, replies: &'a [IdempotentReply]) -> Commit<'a> {
        let steps = &self.steps[self.committed..];
        Commit { based_on: self.committed as i64, steps, after: &self.unit, replies }
    }

    /// Commits it.
    pub async fn commit(&mut self, store: &Store) -> Result<(), CommitError> {
        store.commit(&self.pending(&[])).await?;
        self.committed = self.steps.len();
        Ok(())
    }
}
