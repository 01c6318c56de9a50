//! A small unit and its desk for tests, in words that a manager of a unit would use.
//!
//! Times are on days of November 2026 in London: `at("23T08:25")` is Monday the 23rd.

mod example;
pub mod random;

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::test_runner::{Config as ProptestConfig, RngSeed};

use super::command::{Command, Loaded};
use super::decide::{decide, latest_starts, sweep};
use super::entry::{Actor, Entry, GENESIS};
use super::event::{Change, Event};
use super::ids::{AssignmentId, BreachId, QueueNumber, Slot};
use super::refusal::Refusal;
use super::submission::Request;
use super::time::{Seconds, Timestamp};
use super::unit::{Breach, Proof, Receiver, Returned, Submission, Touched, Unit};
pub use example::{establishment, hours, policy, ready_phone, slot, span, stage, suspects_laptop, victims_phone, words};

/// How a property is tried: on this many cases, the same ones each time. `PROPTEST_RNG_SEED=2` tries others.
pub fn cases(cases: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let rng_seed = if asked.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { asked.rng_seed };
    ProptestConfig { cases, rng_seed, ..asked }
}

/// An instant of November 2026 (`23T08:25`), or any in full.
pub fn at(text: &str) -> Timestamp {
    let full = if text.len() == 8 { format!("2026-11-{text}:00Z") } else { text.to_owned() };
    full.parse().unwrap()
}

/// A unit at work: its ledger, its tables, its clock.
pub struct World {
    /// As the ledger leaves it.
    pub unit: Unit,
    /// The time.
    pub now: Timestamp,
    /// Who speaks.
    pub actor: Actor,
    /// The ledger.
    pub entries: Vec<Entry>,
    /// What tables hold: every row ever touched.
    pub rows: Touched,
}

impl World {
    /// No files adopted yet, on Monday at 08:00.
    pub fn empty() -> Self {
        let actor = Actor { person: "DS 1180".into(), token: Some("t1".into()) };
        Self { unit: Unit::empty(), now: at("23T08:00"), actor, entries: Vec::new(), rows: Touched::default() }
    }

    /// Both files adopted, on Monday at 08:00.
    #[expect(clippy::new_without_default, reason = "a world is set up on purpose")]
    pub fn new() -> Self {
        let mut world = Self::empty();
        world.does(Command::AdoptEstablishment { establishment: Box::new(establishment()), text: "unit".into() });
        world.does(Command::AdoptPolicy { policy: Box::new(policy()), text: "policy".into() });
        world
    }

    /// Sets the clock.
    pub fn at(&mut self, time: &str) -> &mut Self {
        self.now = at(time);
        self
    }

    /// What tables give for a command about a closed submission.
    pub fn loaded(&self, command: &Command) -> Loaded {
        let Some(number) = command.needs(&self.unit) else { return Loaded::default() };
        let breaches = self.rows.breaches.values().flatten().filter(|breach| breach.submission == number);
        Loaded { submission: self.rows.submissions.get(&number).cloned(), breaches: breaches.cloned().collect() }
    }

    /// Decides, and records what was decided.
    pub fn tries(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let events = decide(&self.unit, &self.loaded(command), command, &self.actor, self.now)?;
        for event in &events {
            let last = self.entries.last().map_or((0, GENESIS), |entry| (entry.seq, entry.chain));
            let entry = Entry::new(last, event, &self.actor, self.now, [7; 16]);
            self.rows.absorb(self.unit.apply(entry.seq, event).expect("what was decided applies"));
            self.entries.push(entry);
        }
        Ok(events)
    }

    /// Does what must not be refused; the kinds of events it led to.
    pub fn does(&mut self, command: Command) -> Vec<String> {
        let first = self.entries.len();
        self.tries(&command).unwrap_or_else(|refusal| panic!("{command:?} was refused: {refusal}"));
        self.entries[first..].iter().map(|entry| entry.kind.clone()).collect()
    }

    /// Tries what must be refused; the code of the refusal. The message must say more than nothing.
    pub fn refuses(&mut self, command: Command) -> &'static str {
        let before = self.unit.clone();
        let refusal = self.tries(&command).expect_err("this must be refused");
        assert_eq!(self.unit, before, "a refusal changes nothing");
        assert!(refusal.to_string().len() > 15, "{refusal}");
        refusal.code()
    }

    /// The wrong fields of a command that must be refused.
    pub fn wrong_fields(&mut self, command: Command) -> Vec<&'static str> {
        let refusal = self.tries(&command).expect_err("this must be refused");
        refusal.fields().iter().map(|error| error.field).collect()
    }

    /// Registers a request; its queue number.
    pub fn registers(&mut self, request: Request) -> QueueNumber {
        let number = QueueNumber(self.unit.next.submission);
        self.does(Command::Register(Box::new(request)));
        number
    }

    /// Gives a stage to a slot for an hour from now; the assignment.
    pub fn assigns(&mut self, number: QueueNumber, stage: usize, to: Slot) -> AssignmentId {
        let assignment = AssignmentId(self.unit.next.assignment);
        let command = self.assign(number, stage, to);
        self.does(command);
        assignment
    }

    /// The command to give a stage to a slot for an hour from now.
    pub fn assign(&self, number: QueueNumber, stage: usize, slot: Slot) -> Command {
        let version = self.unit.submissions.get(&number).map_or(0, |submission| submission.version);
        Command::Assign { number, version, stage, slot, start: self.now, end: self.now + Seconds::hours(1) }
    }

    /// Assigns and starts a stage now; the assignment. Whoever is at a resource has its name.
    pub fn starts(&mut self, number: QueueNumber, stage: usize, to: Slot) -> AssignmentId {
        let who = to.resource.to_string();
        let assignment = self.assigns(number, stage, to);
        self.does_as(&who, Command::Start { assignment, at: self.now, overrides: None });
        assignment
    }

    /// Does what must not be refused, as another person.
    pub fn does_as(&mut self, person: &str, command: Command) -> Vec<String> {
        let me = std::mem::replace(&mut self.actor.person, person.to_owned());
        let kinds = self.does(command);
        self.actor.person = me;
        kinds
    }

    /// Assigns and starts a stage now and finishes it at `end`; the kinds of events of the finish.
    pub fn works(&mut self, number: QueueNumber, stage: usize, to: Slot, end: &str) -> Vec<String> {
        let assignment = self.starts(number, stage, to);
        self.at(end);
        self.does(finish(assignment, end))
    }

    /// Records every promise missed by now; how many.
    pub fn sweeps(&mut self) -> usize {
        let commands = sweep(&self.unit, self.now);
        commands.iter().for_each(|command| {
            self.does(command.clone());
        });
        commands.len()
    }

    /// Records every latest start that has passed; how many.
    pub fn watches(&mut self) -> usize {
        let commands = latest_starts(&self.unit, self.now);
        commands.iter().for_each(|command| drop(self.does(command.clone())));
        commands.len()
    }

    /// A submission, open or closed, as tables hold it.
    pub fn row(&self, number: QueueNumber) -> Arc<Submission> {
        Arc::clone(&self.rows.submissions[&number])
    }

    /// A breach as tables hold it.
    pub fn breach(&self, id: i64) -> Breach {
        self.rows.breaches[&BreachId(id)].clone().unwrap()
    }

    /// The unit as its ledger alone gives it.
    pub fn folded(&self) -> Unit {
        let mut unit = Unit::empty();
        for entry in &self.entries {
            unit.apply_entry(entry).unwrap();
        }
        unit
    }

    /// What the entries of a kind recorded.
    pub fn recorded(&self, kind: &str) -> Vec<Change> {
        self.entries.iter().filter(|entry| entry.kind == kind).map(|entry| entry.event().unwrap().change).collect()
    }

    /// How often each kind of entry stands in the ledger.
    pub fn kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        self.entries.iter().for_each(|entry| *kinds.entry(entry.kind.as_str()).or_default() += 1);
        kinds
    }
}

/// Work ends, with nothing more to say.
pub fn finish(assignment: AssignmentId, end: &str) -> Command {
    Command::Finish { assignment, at: at(end), tool: None, tool_version: None, hash: None, scope: None }
}

/// The owner signs for the device.
pub fn to_owner(number: QueueNumber, time: &str) -> Command {
    let returned = Returned { at: at(time), received_by: Receiver::Owner, proof: Proof::Signature };
    Command::Return { number, returned }
}
