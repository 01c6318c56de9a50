//! Random units for tests: whole establishments, policies with odd routes, submissions in every state. One seed, one unit.

mod policies;

use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::{Plan, Step};
use crate::domain::calendar::{OpeningHours, Zone};
use crate::domain::clocks::clocks;
use crate::domain::establishment::{Calendar, Closure, Establishment, Resource, ResourceKind, Site, Travel};
use crate::domain::ids::{AssignmentId, CaseId, QueueNumber, Word};
use crate::domain::policy::{
    DateField, DueRule, Forecast, From, Gate, Guard, Milestone, Policy, Promise, Route, Stage, Tier, When,
};
use crate::domain::submission::{Facts, LockState, Owner, Particulars};
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{Assignment, AssignmentState, Done, Map, StageState, Submission, Unit, Whereabouts};

/// A small generator of numbers (SplitMix64): tests must not depend on anything that may change.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap()).unwrap()
    }

    /// From `a` to `b`, both included.
    pub fn between(&mut self, a: i64, b: i64) -> i64 {
        a + i64::try_from(self.next() % u64::try_from(b - a + 1).unwrap()).unwrap()
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Each with this chance, in order.
    fn some<T: Clone>(&mut self, of: &[T], percent: usize) -> Vec<T> {
        of.iter().filter(|_| self.chance(percent)).cloned().collect()
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

const DEVICES: [&str; 3] = ["phone", "laptop", "other"];
const STAGES: [&str; 7] = ["prepare", "extract", "verify", "triage", "review", "analyse", "report"];
const HOURS: [&[&str]; 13] = [
    &["Mon-Fri 08:00-18:00", "Sat 09:00-13:00"],
    &["Mon-Sun 07:00-22:00"],
    &["Mon-Fri 22:00-06:00", "Sat-Mon 00:00-24:00"],
    &["Mon-Sun 00:00-24:00"],
    &["Mon-Sun 08:00-08:00"],
    &["Sat-Mon 22:00-06:00"],
    &["Mon-Fri 09:00-12:30", "Mon-Fri 13:00-17:00"],
    &["Sun 01:15-01:45", "Sun 01:30-03:00", "Mon-Sat 10:00-11:00"],
    &["Mon-Sun 00:00-01:30", "Mon-Sun 02:30-05:00"],
    &["Fri-Tue 20:00-02:00", "Mon-Fri 01:00-04:00"],
    &["Wed 09:00-10:00"],
    &["Mon-Thu 08:00-16:00", "Mon-Thu 16:00-20:00", "Fri 12:00-12:00"],
    &[],
];
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
const HOLIDAYS: [&str; 7] = ["2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03"];

/// A random unit with up to `size` submissions, nothing of them begun, and an instant to plan it for.
pub fn unit(seed: u64, size: usize) -> (Unit, Timestamp) {
    let mut rng = Rng::new(seed);
    let rng = &mut rng;
    let now: Timestamp = rng.pick(&INSTANTS).parse().unwrap();
    let now = if rng.chance(40) { now + Seconds(rng.between(-50_000, 50_000)) } else { now };
    let establishment = establishment(rng, now);
    let policy = policies::policy(rng, &establishment);
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

pub fn hours(rng: &mut Rng) -> OpeningHours {
    let lines = if rng.chance(60) { HOURS[rng.below(4)] } else { rng.pick(&HOURS) };
    OpeningHours { weekly: lines.iter().map(|line| line.parse().unwrap()).collect(), closed_on_holidays: rng.chance(50) }
}

fn establishment(rng: &mut Rng, now: Timestamp) -> Establishment {
    let zones = [chrono_tz::Europe::London, chrono_tz::Europe::London, chrono_tz::Australia::Lord_Howe, chrono_tz::UTC];
    let zone = Zone { time_zone: rng.pick(&zones), holidays: HOLIDAYS.iter().map(|date| date.parse().unwrap()).collect() };
    let site = |rng: &mut Rng, i: usize| Site {
        id: ["hq", "north", "east"][i].into(),
        name: String::new(),
        returns: hours(rng),
        // Now and then longer than any window.
        to_owner: if rng.chance(4) { Seconds(100_000) } else { Seconds(rng.pick(&[900, 2_700, 7_200, 20_000])) },
    };
    let sites: Vec<Site> = (0..1 + rng.below(3)).map(|i| site(rng, i)).collect();
    let travel = match &sites[..] {
        [a, b, ..] if rng.chance(60) => {
            vec![Travel { between: [b.id.clone(), a.id.clone()], takes: Seconds(rng.pick(&[0, 3_000, 20_000])) }]
        }
        _ => Vec::new(),
    };
    let calendars: Vec<Calendar> =
        (0..1 + rng.below(3)).map(|i| Calendar { id: ["days", "desk", "late"][i].into(), hours: hours(rng) }).collect();
    let local = zone.date(now);
    let resources = (0..1 + rng.below(6)).map(|i| resource(rng, i, now, local, &sites, &calendars)).collect();
    Establishment {
        version: "1".into(),
        name: String::new(),
        zone,
        division: String::new(),
        travel_default: Seconds(rng.pick(&[3_600, 5_400])),
        to_site: Seconds(5_400),
        sites,
        travel,
        calendars,
        resources,
        handsets: Vec::new(),
    }
}

fn resource(rng: &mut Rng, i: usize, now: Timestamp, local: NaiveDate, sites: &[Site], calendars: &[Calendar]) -> Resource {
    let date = |rng: &mut Rng| rng.chance(15).then(|| local + Days::new(rng.next() % 12));
    let stages: Vec<&str> = rng.some(&STAGES, 75);
    let devices: Vec<&str> = rng.some(&DEVICES, 70);
    let words = |words: &[&str]| words.iter().map(|word| Word::from(*word)).collect::<Vec<_>>();
    let closed = (0..if rng.chance(30) { 1 + rng.below(2) } else { 0 }).map(|_| closure(rng, now)).collect();
    Resource {
        id: format!("r{i}").as_str().into(),
        kind: rng.pick(&ResourceKind::ALL[..3]),
        site: rng.pick(sites).id,
        calendar: rng.pick(calendars).id,
        slots: if rng.chance(30) { 2 } else { 1 },
        stages: words(&stages),
        levels: if rng.chance(30) { Some(rng.some(&[1, 2], 70)) } else { None },
        devices: rng.chance(20).then(|| words(&devices)),
        validated_until: date(rng),
        competent_until: date(rng),
        speed: rng.pick(&[100, 100, 70, 33, 150]),
        closed,
    }
}

fn closure(rng: &mut Rng, now: Timestamp) -> Closure {
    let from = now + Seconds(rng.between(-100_000, 200_000));
    let until = from + Seconds(rng.pick(&[1, 3_600, 40_000, 400_000]));
    Closure { from, until, reason: String::new() }
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
        clocks: clocks(&facts, &unit.policy, &unit.establishment),
        device,
        returned: None,
        facts,
    }
}

/// What a daemon may have made of `plan` by `later`: near steps offered, accepted, started, finished in time, early, late
/// or not at all. The desk's rules hold: nothing is given out before the stages before it are done, a slot and a device
/// work on one thing at a time, and a device is where the work on it is.
pub fn live(unit: &Unit, plan: &Plan, later: Timestamp, rng: &mut Rng) -> Unit {
    let mut unit = unit.clone();
    let horizon = later + unit.policy.dispatch_horizon + Seconds(rng.pick(&[0, 20_000, 100_000]));
    for step in plan.steps.iter().filter(|step| step.start < horizon && step.slot.is_some()) {
        live_step(&mut unit, step, later, rng);
    }
    for resource in &unit.establishment.resources {
        if rng.chance(10) {
            unit.outages.insert_mut(resource.id.clone(), vec![closure(rng, later)]);
        }
    }
    unit
}

fn live_step(unit: &mut Unit, step: &Step, later: Timestamp, rng: &mut Rng) {
    let mut submission = (**unit.submissions.get(&step.submission).unwrap()).clone();
    let stage = unit.route_of(&submission).unwrap().stages[step.stage].clone();
    let slot = step.slot.clone().unwrap();
    if !stage.after.iter().all(|before| matches!(submission.stages[*before], StageState::Done(_))) {
        return;
    }
    let holds = |a: &&Assignment| unit.stage_of(a).is_some_and(|stage| stage.holds_device);
    let in_hand = stage.holds_device && unit.assignments_of(&submission).any(|a| holds(&a));
    let taken = unit.assignments_on(&slot).any(|a| !matches!(a.state, AssignmentState::Offered));
    let free = !in_hand && !taken;
    let choice = rng.below(10);
    let state = if free && step.end <= later && choice < 7 {
        let end = later.min(step.end + Seconds(rng.pick(&[0, 0, 0, -60, 60]))).max(step.start);
        submission.stages[step.stage] = StageState::Done(Done { slot: Some(slot.clone()), start: step.start, end });
        None
    } else if free && step.start <= later && choice < 9 {
        Some(AssignmentState::Started { at: step.start })
    } else if choice < 5 {
        Some(AssignmentState::Accepted { at: later })
    } else if choice < 8 {
        Some(AssignmentState::Offered)
    } else {
        return;
    };
    let hands_on = matches!(state, None | Some(AssignmentState::Started { .. }));
    if stage.holds_device && hands_on {
        let site = unit.establishment.resource(&slot.resource).unwrap().site.clone();
        submission.device = Whereabouts::At { site, since: step.start };
    }
    if let Some(state) = state {
        let id = AssignmentId(unit.next.assignment);
        unit.next.assignment += 1;
        submission.stages[step.stage] = StageState::Assigned(id);
        let (start, end) = (step.start, step.end);
        let assignment = Assignment { id, version: 1, submission: step.submission, stage: step.stage, slot, start, end, state };
        unit.assignments.insert_mut(id, assignment);
    }
    unit.submissions.insert_mut(submission.number, Arc::new(submission));
}

/// The same unit, its submissions registered in another order: other numbers for the same references. `new` gives the
/// new number of each, from 1.
pub fn renumbered(unit: &Unit, new: &[i64]) -> Unit {
    let mut other = unit.clone();
    let number = |old: QueueNumber| QueueNumber(new[usize::try_from(old.0).unwrap() - 1]);
    other.submissions = Map::new_sync();
    for submission in unit.submissions.values() {
        let mut submission = (**submission).clone();
        submission.number = number(submission.number);
        submission.case = CaseId(1_000 - submission.case.0);
        other.submissions.insert_mut(submission.number, Arc::new(submission));
    }
    other.assignments = Map::new_sync();
    for (id, assignment) in &unit.assignments {
        let submission = number(assignment.submission);
        other.assignments.insert_mut(*id, Assignment { submission, ..assignment.clone() });
    }
    other
}

/// A unit and its plan in few words, to read a failure by.
pub fn sketch(unit: &Unit, plan: &Plan) -> String {
    let mut lines = vec![format!("now {}, {}", plan.now, unit.establishment.zone.time_zone)];
    let hours = |hours: &OpeningHours| {
        let weekly: Vec<String> = hours.weekly.iter().map(ToString::to_string).collect();
        format!("{weekly:?}{}", if hours.closed_on_holidays { " but holidays" } else { "" })
    };
    let spans = |closures: &[Closure]| closures.iter().map(|c| format!(" [{} {}]", c.from, c.until)).collect::<String>();
    for site in &unit.establishment.sites {
        lines.push(format!("site {}: returns {}, trip {}", site.id, hours(&site.returns), site.to_owner));
    }
    lines.push(format!("travel {} {:?}", unit.establishment.travel_default, unit.establishment.travel));
    for calendar in &unit.establishment.calendars {
        lines.push(format!("calendar {}: {}", calendar.id, hours(&calendar.hours)));
    }
    for r in &unit.establishment.resources {
        let stages: Vec<&str> = r.stages.iter().map(Word::as_str).collect();
        lines.push(format!(
            "{} x{} {} at {}, {}, speed {}, {stages:?} levels {:?} devices {:?} until {:?} {:?} closed{}{}",
            r.id,
            r.slots,
            r.kind,
            r.site,
            r.calendar,
            r.speed,
            r.levels,
            r.devices,
            r.validated_until,
            r.competent_until,
            spans(&r.closed),
            spans(unit.outages.get(&r.id).map_or(&[], Vec::as_slice)),
        ));
    }
    for submission in unit.submissions.values() {
        lines.push(sketch_of(unit, submission));
    }
    lines.extend(plan.steps.iter().map(|step| {
        let slot = step.slot.as_ref().map_or_else(String::new, ToString::to_string);
        let place = format!("{} {} {slot} {} .. {}", step.submission, step.stage, step.start, step.end);
        format!("{place} {:?} {:?} because {:?}", step.hold, step.segments, step.because)
    }));
    lines.extend(plan.milestones.iter().map(|line| format!("{line:?}")));
    lines.extend(plan.waiting.iter().map(|waiting| format!("{waiting:?}")));
    lines.join("\n")
}

fn sketch_of(unit: &Unit, submission: &Submission) -> String {
    let facts = &submission.facts;
    let mut lines = vec![format!(
        "{} {}: {} {} level {} {:?} GB at {} {:?} home {} present {:?} trip {:?} rank {:?}",
        submission.number,
        submission.case,
        facts.owner,
        facts.device,
        facts.level,
        facts.storage_gb,
        facts.site,
        submission.device,
        facts.home(),
        facts.owner_present_until,
        facts.trip,
        facts.case_rank,
    )];
    if let Some(route) = unit.route_of(submission) {
        lines.push(format!("  route {} gates {:?}", route.name, route.gates));
        for (i, (stage, state)) in route.stages.iter().zip(&submission.stages).enumerate() {
            let mut flags = String::new();
            for (flag, word) in
                [(stage.attended, "attended "), (stage.holds_device, "holds "), (stage.returns_device, "returns ")]
            {
                flags.push_str(if flag { word } else { "" });
            }
            let people = format!("same {:?} different {:?}", stage.same_person_as, stage.different_person_from);
            let state = match (state, unit.assignment_of(submission, i)) {
                (StageState::Done(done), _) => format!("done {} {}", done.start, done.end),
                (_, Some(assignment)) => {
                    format!("{:?} {} {} {}", assignment.state, assignment.slot, assignment.start, assignment.end)
                }
                _ => "open".into(),
            };
            lines.push(format!(
                "  {i} {} {flags}{:?} {}+{}/GB after {:?} {people}: {state}",
                stage.name, stage.by, stage.base, stage.per_gb, stage.after,
            ));
        }
    }
    for clock in &submission.clocks {
        lines.push(format!(
            "  {} {:?} tier {} due {} from {} until {}",
            clock.promise, clock.milestone, clock.tier, clock.due, clock.applies_from, clock.ends_at
        ));
    }
    lines.join("\n")
}
