//! Ledger entries: an event, who recorded it and when, and its place in a hash chain.
//!
//! `digest = SHA-256(head || facts || SHA-256(salt || sealed))`, `chain = SHA-256(previous chain || digest)`, where `head` is
//! seq, kind, v, both times and the actor, one a line. Facts and sealed parts are the exact texts that were hashed.
//! Redaction drops `sealed` and `salt` and keeps their hash, so the chain still verifies.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::event::{Change, Event};
use super::time::Timestamp;

/// 32 bytes of SHA-256.
pub type Hash = [u8; 32];

/// Who did something: a person, and the token that spoke for them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The person, by collar number, badge or staff number; `dfqueue` for the daemon itself.
    pub person: String,
    /// Public id of the token; none for the daemon and for imports on its host.
    pub token: Option<String>,
}

impl Actor {
    /// The daemon itself.
    pub fn daemon() -> Self {
        Self { person: "dfqueue".into(), token: None }
    }
}

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Place in the ledger, from 1, without gaps.
    pub seq: i64,
    /// The change's name.
    pub kind: String,
    /// Version of the change's shape.
    pub v: i32,
    /// When it happened.
    pub happened_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub actor: Actor,
    /// JSON of the [`Change`].
    pub facts: String,
    /// JSON of what only people read; none where there is nothing, or once redacted.
    pub sealed: Option<String>,
    /// Random bytes hashed with it, in hex; goes when it goes.
    pub salt: Option<String>,
    /// Hash of salt and sealed part; stays when they go.
    pub sealed_hash: Hash,
    /// Hash of this entry.
    pub digest: Hash,
    /// Hash of this and every entry before it.
    pub chain: Hash,
}

/// The chain before the first entry.
pub const GENESIS: Hash = [0; 32];

/// Version of the shapes that this program writes.
pub const VERSION: i32 = 1;

/// Why an entry can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Written by a newer program.
    #[error("ledger entry {seq} is a {kind} of version {v}, which this program does not know: run a newer dfqueue")]
    Unknown {
        /// Which.
        seq: i64,
        /// Its kind.
        kind: String,
        /// Its version.
        v: i32,
    },
    /// Its texts are no longer what was written.
    #[error("ledger entry {seq} ({kind}) can't be read: {why}; restore the ledger from a backup")]
    Broken {
        /// Which.
        seq: i64,
        /// Its kind.
        kind: String,
        /// What the reader said.
        why: String,
    },
}

impl Entry {
    /// The entry that records `event` after `previous` (its seq and chain). `salt`: 128 random bits.
    pub fn new(previous: (i64, Hash), event: &Event, actor: &Actor, recorded_at: Timestamp, salt: [u8; 16]) -> Self {
        let facts = serde_json::to_string(&event.change).unwrap_or_default();
        let (sealed, salt) = if event.sealed.is_empty() {
            (None, None)
        } else {
            (serde_json::to_string(&event.sealed).ok(), Some(hex::encode(salt)))
        };
        let mut entry = Self {
            seq: previous.0 + 1,
            kind: kind_of(&facts),
            v: VERSION,
            happened_at: event.happened_at,
            recorded_at,
            actor: actor.clone(),
            sealed_hash: hash_sealed(salt.as_deref(), sealed.as_deref()),
            facts,
            sealed,
            salt,
            digest: GENESIS,
            chain: GENESIS,
        };
        entry.digest = entry.expected_digest();
        entry.chain = entry.expected_chain(&previous.1);
        entry
    }

    /// The hash that its own content gives.
    pub fn expected_digest(&self) -> Hash {
        let token = self.actor.token.as_deref().unwrap_or("");
        let head = format!(
            "{}\n{}\n{}\n{}\n{}\n{}\n{token}\n",
            self.seq, self.kind, self.v, self.happened_at, self.recorded_at, self.actor.person
        );
        let hash = Sha256::new().chain_update(head).chain_update(&self.facts).chain_update(self.sealed_hash);
        hash.finalize().into()
    }

    /// The hash that the sealed part gives, unless it was redacted.
    pub fn expected_sealed_hash(&self) -> Option<Hash> {
        match (&self.sealed, &self.salt) {
            (None, Some(_)) | (Some(_), None) => Some(GENESIS),
            (None, None) if self.sealed_hash != hash_sealed(None, None) => None,
            (sealed, salt) => Some(hash_sealed(salt.as_deref(), sealed.as_deref())),
        }
    }

    /// The chain that follows `previous`.
    pub fn expected_chain(&self, previous: &Hash) -> Hash {
        Sha256::new().chain_update(previous).chain_update(self.digest).finalize().into()
    }

    /// What it records.
    pub fn event(&self) -> Result<Event, Unreadable> {
        let (seq, kind) = (self.seq, self.kind.clone());
        if self.v != VERSION || !Change::KINDS.contains(&self.kind.as_str()) {
            return Err(Unreadable::Unknown { seq, kind, v: self.v });
        }
        let broken = |why: serde_json::Error| Unreadable::Broken { seq, kind: self.kind.clone(), why: why.to_string() };
        let change = serde_json::from_str(&self.facts).map_err(broken)?;
        let sealed = self.sealed.as_deref().map(serde_json::from_str).transpose().map_err(broken)?;
        Ok(Event { happened_at: self.happened_at, change, sealed: sealed.unwrap_or_default() })
    }
}

fn hash_sealed(salt: Option<&str>, sealed: Option<&str>) -> Hash {
    let hash = Sha256::new().chain_update(salt.unwrap_or("")).chain_update([0]).chain_update(sealed.unwrap_or(""));
    hash.finalize().into()
}

/// The tag that serde wrote.
fn kind_of(facts: &str) -> String {
    #[derive(Deserialize)]
    struct Tag {
        kind: String,
    }
    serde_json::from_str::<Tag>(facts).map(|tag| tag.kind).unwrap_or_default()
}
