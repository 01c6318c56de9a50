//! Random units for tests: whole establishments, policies with odd routes, submissions in every state. One seed, one unit.

mod appointed;
mod houses;
mod learned;
mod live;
mod policies;
mod rng;
mod sketch;

use std::sync::Arc;

use crate::domain::clocks::clocks;
use crate::domain::flags::Flags;
use crate::domain::ids::{CaseId, QueueNumber};
use crate::domain::policy::Policy;
use crate::domain::submission::{Facts, LockState, Owner, Particulars};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{StageState, Submission, Unit, Whereabouts};
pub use learned::learned;
pub use live::{live, renumbered};
pub use rng::Rng;
pub use sketch::sketch;

const DEVICES: [&str; 3] = ["phone", "laptop", "other"];
const STAGES: [&str; 7] = ["prepare", "extract", "verify", "triage", "review", "analyse", "report"];
const INSTANTS: [&str; 10] = [
    "2026-11-23T09:00:00Z",
    "2026-11-23T23:30:00Z",
    "2026-11-28T13:00:00Z",
    "2027-03-27T20:00:00Z",
    "2027-03-28T00:30:00Z",
    "2026-10-24T18:00:00Z",
    "2026-10-25T00:40:00Z",
    "2026-12-24T15:10:00Z",
    "2026-12-31T22:00:00Z",
    "2026-07-03T06:59:59Z",
];
/// A random unit with up to `size` submissions, nothing of them begun, and an instant to plan it for.
pub fn unit(seed: u64, size: usize) -> (Unit, Timestamp) {
    unit_of(seed, size, |_, _| {})
}

/// The same, with a promise to victims' phones, a simple route for them, and few slots that can do it.
pub fn guarded(seed: u64, size: usize) -> (Unit, Timestamp) {
    unit_of(seed, size, policies::guard)
}

fn unit_of(seed: u64, size: usize, change: fn(&mut Rng, &mut Policy)) -> (Unit, Timestamp) {
    let mut rng = Rng::new(seed);
    let rng = &mut rng;
    let now: Timestamp = rng.pick(&INSTANTS).parse().unwrap();
    let now = if rng.chance(40) { now + Seconds(rng.between(-50_000, 50_000)) } else { now };
    let establishment = houses::establishment(rng, now);
    let mut policy = policies::policy(rng, &establishment);
    change(rng, &mut policy);
    policies::on_fail(&mut policy);
    let mut unit = Unit { seq: 7, ..Unit::founded(establishment, policy) };
    let count = i64::try_from(1 + rng.below(size)).unwrap();
    let cases = rng.between(1, count);
    for number in 1..=count {
        let case = rng.between(1, cases);
        let submission = submission(rng, &unit, now, number, case);
        unit.submissions.insert_mut(QueueNumber(number), Arc::new(submission));
    }
    unit.next.submission = count + 1;
    (unit, now)
}

fn facts(rng: &mut Rng, unit: &Unit, now: Timestamp) -> Facts {
    let sites = &unit.establishment.sites;
    let taken_at = now - Seconds(rng.pick(&[600, 20_000, 80_000, 500_000, 4_000_000]));
    let gate = |rng: &mut Rng| match rng.below(12) {
        0 => None,
        1 => Some(now + Seconds(rng.between(1, 90_000))),
        2 => Some(now),
        _ => Some(taken_at + Seconds(rng.between(0, (now - taken_at).0))),
    };
    let date = |rng: &mut Rng| rng.chance(30).then(|| now + Seconds(rng.between(-50_000, 900_000)));
    let storage = rng.pick(&[Some(64), Some(128), Some(0), Some(333), None]);
    Facts {
        force: rng.pick(&["Northshire", "Southshire"]).into(),
        offence: rng.pick(&["rasso", "other"]).into(),
        owner: rng.pick(Owner::ALL),
        device: rng.pick(&DEVICES).into(),
        storage_gb: storage,
        lock_state: if rng.chance(85) { LockState::PinHeld } else { rng.pick(LockState::ALL) },
        taken_at,
        site: rng.pick(sites).id,
        delivered_at: gate(rng),
        return_site: rng.chance(20).then(|| rng.pick(sites).id),
        owner_present_until: rng.chance(25).then(|| now + Seconds(rng.between(-20_000, 100_000))),
        trip: rng.chance(15).then(|| Seconds(rng.pick(&[60, 5_000, 20_000]))),
        level: u8::try_from(1 + rng.below(2)).unwrap(),
        agreement_at: gate(rng),
        notice_at: gate(rng),
        legal_basis: rng.chance(90),
        authorised_at: gate(rng),
        return_authorised: rng.chance(50),
        custody_expires_at: date(rng),
        bail_at: date(rng),
        court_at: date(rng),
        evidence_fades_at: date(rng),
        risk: if rng.chance(10) { vec!["child_at_risk".into()] } else { Vec::new() },
        repeat_suspect: rng.chance(30),
        life_at_risk: rng.chance(5),
        case_rank: rng.chance(20).then(|| u32::try_from(1 + rng.below(3)).unwrap()),
    }
}

fn submission(rng: &mut Rng, unit: &Unit, now: Timestamp, number: i64, case: i64) -> Submission {
    let mut facts = facts(rng, unit, now);
    // One case, one force.
    facts.force = ["Northshire", "Southshire"][usize::from(case % 2 == 0)].into();
    let route = unit.policy.route_for(&facts);
    let device = match facts.delivered_at {
        Some(since) if since <= now => Whereabouts::At { site: facts.site.clone(), since },
        _ => Whereabouts::NotDelivered,
    };
    Submission {
        number: QueueNumber(number),
        case: CaseId(case),
        version: 1,
        registered_at: facts.taken_at,
        particulars: Some(Particulars {
            crime_ref: format!("X/{case}"),
            exhibit_ref: format!("AB/{number}"),
            request: 1,
            ..Particulars::default()
        }),
        policy: unit.policy.version.clone(),
        route: route.map(|route| route.name.clone()),
        stages: vec![StageState::Open; route.map_or(0, |route| route.stages.len())],
        clocks: clocks(&facts, &Flags::default(), &unit.policy, &unit.establishment),
        device,
        returned: None,
        too_late: Vec::new(),
        removed: None,
        terms: None,
        parked: None,
        priority: None,
        flags: Flags::default(),
        offer: None,
        appointment: None,
        confidential: None,
        withheld: None,
        handset: None,
        owner_told: None,
        results_received_at: None,
        taken_on: Vec::new(),
        failures: Vec::new(),
        facts,
    }
}
