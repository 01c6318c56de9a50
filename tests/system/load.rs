//! People at work: concurrent callers who send changes under idempotency keys, remember what was acknowledged, and send
//! again what was not; and the ledger's word on it.

use std::collections::{BTreeMap, BTreeSet};

use dfqueue::clock::Clock;
use dfqueue::domain::time::Seconds;
use serde_json::{Value, json};

use crate::harness::{Caller, Daemon, Home, Reply, request};

/// Roles whose changes the load consists of.
const ROLES: [&str; 4] = ["investigator", "supervisor", "property_desk", "operator"];

/// What those changes are in the ledger. What follows from them (work given back, promises settled) is not counted.
const KINDS: [&str; 8] = [
    "registered",
    "agreement_recorded",
    "authorised",
    "delivered",
    "return_authorised",
    "corrected",
    "pin_status_recorded",
    "returned",
];

/// A change on its way.
#[derive(Clone, Debug)]
struct Write {
    role: &'static str,
    path: String,
    body: Value,
    key: String,
}

/// A change that was acknowledged.
#[derive(Clone, Debug)]
struct Acknowledged {
    write: Write,
    reply: Reply,
}

/// What is still to be done with one submission, last first.
struct Case {
    exhibit: String,
    number: Option<String>,
    to_do: Vec<(&'static str, &'static str, Value)>,
}

/// One caller of many: works on submissions of its own, one change at a time.
pub struct Officer {
    id: usize,
    random: fastrand::Rng,
    sent: usize,
    case: Option<Case>,
    /// Sent, and not acknowledged: it may be on disk or not.
    pending: Option<Write>,
    acknowledged: Vec<Acknowledged>,
    /// Queue number by exhibit, as acknowledged.
    numbers: BTreeMap<String, String>,
    /// Requests sent again of which an answer was known.
    pub replays: usize,
}

/// Tokens of all roles, on one daemon.
pub type Callers = BTreeMap<&'static str, Caller>;

pub fn callers(home: &Home, daemon: &Daemon) -> Callers {
    ROLES.into_iter().map(|role| (role, home.caller(daemon, role))).collect()
}

impl Officer {
    pub fn new(id: usize, seed: u64) -> Self {
        Self {
            id,
            random: fastrand::Rng::with_seed(seed.wrapping_mul(1_000).wrapping_add(id as u64)),
            sent: 0,
            case: None,
            pending: None,
            acknowledged: Vec::new(),
            numbers: BTreeMap::new(),
            replays: 0,
        }
    }

    /// Works until the daemon is gone, or says that it goes; what was not acknowledged is sent first the next time.
    pub async fn work(&mut self, callers: &Callers) {
        loop {
            if !self.acknowledged.is_empty() && self.random.u8(..) < 25 {
                let Ok(()) = self.repeat(callers).await else { return };
            }
            let write = match self.pending.take() {
                Some(write) => write,
                None => self.next(),
            };
            self.pending = Some(write.clone());
            match callers[write.role].post(&write.path, &write.body, &write.key).await {
                Err(_) => return,
                // Told to stop: nothing was recorded.
                Ok(reply) if reply.status == 503 && reply.body["detail"].as_str().is_some_and(|d| d.contains("stopping")) => {
                    return;
                }
                Ok(reply) => self.note(write, reply),
            }
        }
    }

    /// One change, whatever becomes of it.
    pub async fn once(&mut self, callers: &Callers) -> Result<Reply, reqwest::Error> {
        let write = self.pending.take().unwrap_or_else(|| self.next());
        self.pending = Some(write.clone());
        let reply = callers[write.role].post(&write.path, &write.body, &write.key).await?;
        if (200..300).contains(&reply.status) {
            self.note(write, reply.clone());
        }
        Ok(reply)
    }

    fn note(&mut self, write: Write, reply: Reply) {
        assert!((200..300).contains(&reply.status), "{write:?} was answered {}: {:#}", reply.status, reply.body);
        assert_eq!(reply.body["changed"], true, "{write:?} changed nothing: {:#}", reply.body);
        let id = reply.body["id"].as_str().unwrap().to_owned();
        if let Some(case) = self.case.as_mut().filter(|case| case.number.is_none()) {
            self.numbers.insert(case.exhibit.clone(), id.clone());
            case.number = Some(id);
        }
        self.pending = None;
        self.acknowledged.push(Acknowledged { write, reply });
    }

    /// Sends again what was acknowledged: the same answer must come back, and nothing more be done.
    async fn repeat(&mut self, callers: &Callers) -> Result<(), reqwest::Error> {
        let Acknowledged { write, reply } = &self.acknowledged[self.random.usize(..self.acknowledged.len())];
        let again = callers[write.role].post(&write.path, &write.body, &write.key).await?;
        if again.status == 503 {
            return Ok(());
        }
        let known = Reply { replayed: true, ..reply.clone() };
        assert_eq!(again, known, "{write:?} was answered otherwise the second time");
        self.replays += 1;
        Ok(())
    }

    /// What is to be done next: the next step of its case, or a new case.
    fn next(&mut self) -> Write {
        self.sent += 1;
        let key = format!("officer-{}-{}", self.id, self.sent);
        if let Some(case) = &mut self.case
            && let (Some(number), Some((role, action, body))) = (&case.number, case.to_do.pop())
        {
            return Write { role, path: format!("/v1/submissions/{number}/{action}"), body, key };
        }
        let exhibit = format!("AB/{}/{}", self.id, self.sent);
        let device = if self.random.u8(..) < 80 { "phone" } else { "other" };
        let body = request(device, &exhibit, Clock::System.now() - Seconds(600));
        self.case = Some(Case { to_do: self.steps(device), exhibit, number: None });
        Write { role: "investigator", path: "/v1/submissions".into(), body, key }
    }

    fn steps(&mut self, device: &str) -> Vec<(&'static str, &'static str, Value)> {
        let mut steps = vec![
            ("investigator", "agreement", json!({})),
            ("supervisor", "authorisation", json!({})),
            ("property_desk", "delivery", json!({ "by": "DC 2231" })),
            ("investigator", "return-authorisation", json!({})),
            ("investigator", "correction", json!({ "field": "storage_gb", "value": "256", "reason": "read from the label" })),
        ];
        self.random.shuffle(&mut steps);
        // Each changes what the one before said: done twice, or out of turn, they show.
        for (at, state) in ["bfu", "pin_held", "bfu", "unlocked"].into_iter().enumerate() {
            steps.insert(at * 2, ("operator", "pin", json!({ "lock_state": state })));
        }
        if device == "other" {
            steps.push(("property_desk", "return", json!({ "received_by": "owner", "proof": "signature" })));
        }
        steps.reverse();
        steps
    }
}

/// What the ledger says, read a stretch at a time.
#[derive(Default)]
pub struct Witness {
    seq: i64,
    /// Entries that people made, by submission and kind.
    entries: BTreeMap<(String, String), usize>,
    exhibits: BTreeMap<String, Vec<String>>,
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub acknowledged: usize,
    pub replays: usize,
    pub unknown: usize,
}

impl Witness {
    async fn read_on(&mut self, home: &Home) {
        for entry in home.ledger(self.seq).await {
            assert_eq!(entry.seq, self.seq + 1, "an entry is missing");
            self.seq = entry.seq;
            if entry.actor.token.is_none() || !KINDS.contains(&entry.kind.as_str()) {
                continue;
            }
            let event = entry.event().unwrap();
            let facts: Value = serde_json::from_str(&entry.facts).unwrap();
            let number = format!("Q{}", facts["number"]);
            if let Some(particulars) = event.sealed.particulars.filter(|_| entry.kind == "registered") {
                self.exhibits.entry(particulars.exhibit_ref).or_default().push(number.clone());
            }
            *self.entries.entry((number, entry.kind)).or_default() += 1;
        }
    }

    /// Every acknowledged change is in the ledger, once; beyond them nothing but what may be on its way.
    pub async fn check(&mut self, home: &Home, officers: &[Officer]) -> Tally {
        self.read_on(home).await;
        let mut expected: BTreeMap<(String, String), usize> = BTreeMap::new();
        for Acknowledged { reply, .. } in officers.iter().flat_map(|officer| &officer.acknowledged) {
            let number = reply.body["id"].as_str().unwrap();
            let recorded = reply.body["recorded"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap());
            let own: Vec<&str> = recorded.filter(|kind| KINDS.contains(kind)).collect();
            assert_eq!(own.len(), 1, "{:#}", reply.body);
            *expected.entry((number.into(), own[0].into())).or_default() += 1;
        }
        for (what, count) in &expected {
            let there = self.entries.get(what).copied().unwrap_or_default();
            assert!(there >= *count, "LOST: {what:?} was acknowledged {count} times, and is there {there} times");
        }
        let more: usize = self.entries.iter().map(|(what, there)| there - expected.get(what).copied().unwrap_or_default()).sum();
        let unknown = officers.iter().filter(|officer| officer.pending.is_some()).count();
        assert!(more <= unknown, "DOUBLED: {more} entries beyond those acknowledged, and only {unknown} unknown");
        let numbers: BTreeSet<&Vec<String>> = self.exhibits.values().collect();
        assert_eq!(numbers.len(), self.exhibits.len(), "one number for two exhibits");
        for (exhibit, number) in officers.iter().flat_map(|officer| &officer.numbers) {
            assert_eq!(self.exhibits.get(exhibit), Some(&vec![number.clone()]), "{exhibit} was acknowledged as {number}");
        }
        Tally {
            acknowledged: officers.iter().map(|officer| officer.acknowledged.len()).sum(),
            replays: officers.iter().map(|officer| officer.replays).sum(),
            unknown,
        }
    }
}

/// Every submission acknowledged is to be had from the API, under its number and its exhibit.
pub async fn all_are_served(home: &Home, daemon: &Daemon, officers: &[Officer]) {
    let manager = home.caller(daemon, "manager");
    let mut served: BTreeMap<String, String> = BTreeMap::new();
    for open in ["true", "false"] {
        let mut path = format!("/v1/submissions?open={open}&limit=1000");
        loop {
            let page = manager.get(&path).await.is(200);
            for item in page["items"].as_array().unwrap() {
                let exhibit = item["reference"]["exhibit_ref"].as_str().unwrap().to_owned();
                assert_eq!(served.insert(exhibit, item["id"].as_str().unwrap().into()), None, "{item} is there twice");
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/submissions?open={open}&limit=1000&cursor={next}");
        }
    }
    for (exhibit, number) in officers.iter().flat_map(|officer| &officer.numbers) {
        assert_eq!(served.get(exhibit), Some(number), "{exhibit} was acknowledged as {number}, and is not served so");
    }
}
