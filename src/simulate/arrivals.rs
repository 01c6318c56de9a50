//! Arrivals: submissions as they come, with what is only known later still hidden.
//!
//! A whole request says when each of its gates is met. What lies after it came in is taken out of it, and answered then.

use super::chance::{About, Chance};
use super::workload::{Kind, People, Workload};
use crate::domain::calendar::Zone;
use crate::domain::establishment::Establishment;
use crate::domain::ids::{SiteId, Word};
use crate::domain::policy::Gate;
use crate::domain::submission::{Facts, LockState, Owner, Particulars, Request};
use crate::domain::time::{Seconds, Timestamp};

const HOUR: i64 = 3_600;
/// In the scale of intensities: one arrival.
const ONE: i64 = 1_000_000;

/// A submission that comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it comes in.
    pub at: Timestamp,
    /// What is known of it then.
    pub request: Request,
    /// When which gate is met.
    pub answers: Vec<(Timestamp, Gate)>,
}

impl Arrival {
    /// Of a whole request that comes in at a moment. Gates of which it says nothing are met whenever people come to it.
    pub fn of(mut request: Request, at: Timestamp) -> Self {
        let facts = &mut request.facts;
        let mut answers = Vec::new();
        let mut hide = |gate, met: &mut Option<Timestamp>| {
            if let Some(later) = met.filter(|met| *met > at) {
                *met = None;
                answers.push((later, gate));
            }
        };
        hide(Gate::Delivery, &mut facts.delivered_at);
        hide(Gate::Authorisation, &mut facts.authorised_at);
        let agreed = facts.agreement_at.zip(facts.notice_at).map(|(agreed, notice)| agreed.max(notice));
        if agreed.is_some_and(|agreed| agreed > at) {
            answers.extend(agreed.map(|agreed| (agreed, Gate::Agreement)));
            facts.agreement_at = None;
            facts.notice_at = None;
        }
        if request.facts.authorised_at.is_none() {
            request.particulars.authorised_by = None;
        }
        Self { at, request, answers }
    }

    /// Whose number is smaller: of what is there when it begins, whose device was taken first, or first come, first served would be
    /// neither.
    fn turn(&self) -> (Timestamp, Timestamp, String) {
        (self.at, self.request.facts.taken_at, self.request.key())
    }
}

/// A queue file as arrivals: each row comes in when its device is taken, what was taken before `from` is there by then.
pub fn of_rows(rows: impl IntoIterator<Item = Request>, from: Timestamp) -> Vec<Arrival> {
    let mut arrivals: Vec<Arrival> = rows
        .into_iter()
        .map(|request| {
            let at = request.facts.taken_at.max(from);
            Arrival::of(request, at)
        })
        .collect();
    arrivals.sort_by_cached_key(Arrival::turn);
    arrivals
}

/// What a workload brings to a unit between two instants.
pub fn drawn(workload: &Workload, unit: &Establishment, (from, until): (Timestamp, Timestamp), seed: u64) -> Vec<Arrival> {
    let mut drawing = Drawing { workload, unit, chance: Chance::new(seed), cases: 0, made: Vec::new() };
    for kind in 0..workload.kinds.len() {
        drawing.backlog(kind, from);
        drawing.kind(kind, from, until);
    }
    for burst in workload.bursts.iter().filter(|burst| from <= burst.at && burst.at < until) {
        (0..burst.cases).for_each(|_| drawing.case(burst.kind, burst.at, burst.at));
    }
    let mut made = drawing.made;
    made.sort_by_cached_key(Arrival::turn);
    made
}

struct Drawing<'w> {
    workload: &'w Workload,
    unit: &'w Establishment,
    chance: Chance,
    cases: i64,
    made: Vec<Arrival>,
}

impl Drawing<'_> {
    /// What of a kind is there when it begins, spread over the time before.
    fn backlog(&mut self, kind: usize, from: Timestamp) {
        let over = self.workload.opening_over.0.max(1).unsigned_abs();
        let wanted = self.made.len() + usize::try_from(self.workload.kinds[kind].opening).unwrap_or(0);
        while self.made.len() < wanted {
            let (before, mut rng) = (self.made.len(), self.chance.about(About::Coming, &[-1, self.cases]));
            let back = i64::try_from(rng.next() % over).unwrap_or(0);
            self.case(kind, from - Seconds(back), from);
            if self.made.len() == before {
                return;
            }
        }
        self.made.truncate(wanted);
    }

    /// Cases of a kind as a Poisson process whose intensity follows the days of the week and the hours of the day.
    fn kind(&mut self, kind: usize, from: Timestamp, until: Timestamp) {
        let mut rng = self.chance.about(About::Coming, &[i64::try_from(kind).unwrap_or(0)]);
        let a_day = i64::from(self.workload.kinds[kind].a_day);
        let gap = |chance: &Chance, rng: &mut _| chance.any_time(Seconds(ONE), rng).0.max(1);
        let mut left = gap(&self.chance, &mut rng);
        let mut at = from;
        while at < until {
            let intensity = a_day * ONE / 100 / 24 * self.busy(&self.unit.zone, at) / 10_000;
            let mut within = 0;
            while left < intensity - within {
                within += left;
                let moment = at + Seconds(within * HOUR / intensity);
                if moment < until {
                    self.case(kind, moment, moment);
                }
                left = gap(&self.chance, &mut rng);
            }
            left -= intensity - within;
            at = at + Seconds(HOUR);
        }
    }

    /// How busy an hour is, in ten-thousandths of an average one.
    fn busy(&self, zone: &Zone, at: Timestamp) -> i64 {
        let (day, hour) = day_and_hour(zone, at);
        let of = |all: &[u32], index: usize| i64::from(all.get(index).copied().unwrap_or(100));
        of(&self.workload.weekdays, day) * of(&self.workload.hours, hour)
    }

    /// The devices of one case, taken at one moment, which come in at another.
    fn case(&mut self, kind: usize, taken_at: Timestamp, at: Timestamp) {
        let number = self.cases;
        self.cases += 1;
        let kind = &self.workload.kinds[kind];
        let mut rng = self.chance.about(About::What, &[number]);
        let mut under = |permille: u32| rng.next() % 1_000 < u64::from(permille);
        let (repeat, staged) = (under(kind.repeat_permille), under(kind.staged_permille));
        let (least, most) = kind.devices;
        let devices = least + u32::try_from(rng.next() % u64::from(most.max(least) - least + 1)).unwrap_or(0);
        for device in 1..=devices {
            let made = self.device(kind, (number, device), taken_at, repeat, (staged && devices > 1).then_some(device));
            self.made.extend(made.map(|request| Arrival::of(request, at)));
        }
    }

    /// One device; none where a kind has nothing to draw from.
    fn device(
        &mut self,
        kind: &Kind,
        (case, device): (i64, u32),
        taken_at: Timestamp,
        repeat_suspect: bool,
        case_rank: Option<u32>,
    ) -> Option<Request> {
        let mut rng = self.chance.about(About::What, &[case, i64::from(device)]);
        let site: SiteId = kind.site.draw(rng.next()).or_else(|| self.any_site(rng.next()))?;
        let force = kind.force.draw(rng.next()).unwrap_or_else(|| Word::from("Northshire"));
        let (offence, what) = (kind.offence.draw(rng.next())?, kind.device.draw(rng.next())?);
        let level = kind.level.draw(rng.next()).unwrap_or(1);
        let mut under = |permille: u32| rng.next() % 1_000 < u64::from(permille);
        let waits = under(kind.waits_permille);
        let (bail, court) = (under(kind.bail.0), under(kind.court.0));
        let risk = kind.risk.iter().filter(|(_, permille)| under(*permille)).map(|(word, _)| word.clone()).collect();
        let return_authorised = under(700);
        let has_basis = under(800);
        let storage_gb = kind.storage_gb.draw(rng.next());
        let lock_state = kind.lock_state.draw(rng.next()).unwrap_or(LockState::PinHeld);
        let people = &self.workload.people;
        let agrees = matches!(kind.owner, Owner::Victim | Owner::Witness);
        let delivered_at = taken_at + self.chance.around(people.delivery, 180, &mut rng);
        let answered = |mean: Seconds, rng: &mut _| taken_at + self.chance.any_time(faster(people, kind, mean), rng);
        let agreed = agrees.then(|| answered(people.agreement, &mut rng));
        let authorised_at = answered(people.authorisation, &mut rng);
        let facts = Facts {
            force: force.to_string(),
            offence,
            owner: kind.owner,
            device: what,
            storage_gb,
            lock_state,
            taken_at,
            site,
            delivered_at: Some(delivered_at),
            return_site: None,
            owner_present_until: (waits && by_day(&self.unit.zone, delivered_at)).then(|| delivered_at + Seconds::hours(3)),
            trip: None,
            level,
            agreement_at: agreed,
            notice_at: agreed,
            legal_basis: !agrees && has_basis,
            authorised_at: Some(authorised_at),
            return_authorised,
            custody_expires_at: None,
            bail_at: bail.then(|| taken_at + kind.bail.1),
            court_at: court.then(|| taken_at + kind.court.1),
            evidence_fades_at: None,
            risk,
            repeat_suspect,
            life_at_risk: false,
            case_rank,
        };
        let particulars = Particulars {
            crime_ref: format!("SIM/{case:06}"),
            exhibit_ref: format!("EX/{device}"),
            request: 1,
            oic: format!("DC {}", case.rem_euclid(400)),
            legal_basis: facts.legal_basis.then(|| "PACE s.19".to_owned()),
            authorised_by: Some(AUTHORISES.to_owned()),
            return_authorised_by: facts.return_authorised.then(|| AUTHORISES.to_owned()),
            ..Particulars::default()
        };
        Some(Request { facts, particulars })
    }

    fn any_site(&self, number: u64) -> Option<SiteId> {
        let sites = &self.unit.sites;
        let index = number.checked_rem(u64::try_from(sites.len()).unwrap_or(0))?;
        sites.get(usize::try_from(index).unwrap_or(0)).map(|site| site.id.clone())
    }
}

/// Weekday from Monday, and hour, both from 0.
fn day_and_hour(zone: &Zone, at: Timestamp) -> (usize, usize) {
    use chrono::{Datelike, Timelike};
    let local = at.utc().with_timezone(&zone.time_zone);
    let index = |number: u32| usize::try_from(number).unwrap_or(0);
    (index(local.weekday().num_days_from_monday()), index(local.hour()))
}

/// Nobody waits at a site in the evening or at night.
fn by_day(zone: &Zone, at: Timestamp) -> bool {
    (8..17).contains(&day_and_hour(zone, at).1)
}

/// Who authorises what is drawn: never the officer in the case.
pub const AUTHORISES: &str = "simulated supervisor";

/// What people are asked for victims' phones is answered sooner.
fn faster(people: &People, kind: &Kind, mean: Seconds) -> Seconds {
    let first = kind.owner == Owner::Victim && kind.device.0.iter().any(|(device, _)| device.as_str() == "phone");
    if first { Seconds(mean.0 / i64::from(people.first.max(1))) } else { mean }
}
