//! Simulated arrivals: rows of the example queue come again as new cases, with their gates still shut.

use crate::domain::ids::Word;
use crate::domain::submission::{Facts, LockState, Owner, Request};
use crate::domain::time::{Seconds, Timestamp};

/// New exhibits a day, as in an average unit: victims' phones, RASSO suspects' devices, the rest.
const A_DAY: [f64; 3] = [2.5, 6.0, 15.0];

/// Where new submissions come from.
pub struct Arrivals {
    chance: fastrand::Rng,
    last: Timestamp,
    /// Rows to draw from: victims' phones, RASSO suspects' devices, the rest.
    rows: [Vec<Request>; 3],
    count: u32,
}

impl Arrivals {
    /// Draws from `rows`; same seed, same arrivals.
    pub fn new(seed: u64, now: Timestamp, rows: &[Request]) -> Self {
        let mut kinds: [Vec<Request>; 3] = Default::default();
        for row in rows {
            kinds[kind(&row.facts)].push(row.clone());
        }
        Self { chance: fastrand::Rng::with_seed(seed), last: now, rows: kinds, count: 0 }
    }

    /// What came in since the last call.
    pub fn until(&mut self, now: Timestamp) -> Vec<Request> {
        let passed = now - self.last;
        self.last = now;
        let mut new = Vec::new();
        for (kind, a_day) in A_DAY.into_iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "seconds between two looks")]
            let expected = a_day * passed.0 as f64 / 86_400.0;
            // Looks are minutes apart: more than one of a kind in between is rare enough to leave to the next look.
            if self.chance.f64() < expected && !self.rows[kind].is_empty() {
                let row = self.rows[kind][self.chance.usize(0..self.rows[kind].len())].clone();
                new.push(self.anew(row, now));
            }
        }
        new
    }

    fn anew(&mut self, mut row: Request, now: Timestamp) -> Request {
        self.count += 1;
        row.particulars.crime_ref = format!("DEMO/{:05}", self.count);
        row.particulars.request = 1;
        row.particulars.legal_basis = row.particulars.legal_basis.filter(|_| self.chance.bool());
        row.particulars.authorised_by = None;
        row.particulars.return_authorised_by = None;
        let facts = &mut row.facts;
        facts.taken_at = now - Seconds(self.chance.i64(10 * 60..90 * 60));
        facts.delivered_at = None;
        facts.owner_present_until = facts.owner_present_until.map(|_| now + Seconds::hours(3));
        facts.agreement_at = None;
        facts.notice_at = None;
        facts.legal_basis = row.particulars.legal_basis.is_some();
        facts.authorised_at = None;
        facts.return_authorised = false;
        facts.custody_expires_at = facts.custody_expires_at.map(|_| now + Seconds::hours(30));
        facts.evidence_fades_at = facts.evidence_fades_at.map(|_| now + Seconds::hours(48));
        facts.bail_at = facts.bail_at.map(|_| now + Seconds::hours(24 * 28));
        facts.court_at = facts.court_at.map(|_| now + Seconds::hours(24 * 90));
        facts.case_rank = None;
        if facts.lock_state == LockState::Unknown {
            facts.lock_state = LockState::PinHeld;
        }
        row
    }
}

fn kind(facts: &Facts) -> usize {
    match facts.owner {
        Owner::Victim if facts.device == Word::from("phone") => 0,
        Owner::Suspect if facts.offence == Word::from("rasso") => 1,
        _ => 2,
    }
}
