//! Random establishments: nights, days that wrap, split hours, holidays, closed periods, dates that lapse.

use chrono::{Days, NaiveDate};

use super::{DEVICES, Rng, STAGES};
use crate::domain::calendar::{OpeningHours, Zone};
use crate::domain::establishment::{Calendar, Closure, Establishment, Resource, ResourceKind, Site, Travel};
use crate::domain::ids::Word;
use crate::domain::roster::{Duty, DutyKind};
use crate::domain::time::{Seconds, Timestamp};

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
const HOLIDAYS: [&str; 7] = ["2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03"];

fn hours(rng: &mut Rng) -> OpeningHours {
    let lines = if rng.chance(60) { HOURS[rng.below(4)] } else { rng.pick(&HOURS) };
    OpeningHours { weekly: lines.iter().map(|line| line.parse().unwrap()).collect(), closed_on_holidays: rng.chance(50) }
}

pub(super) fn establishment(rng: &mut Rng, now: Timestamp) -> Establishment {
    let zones = [chrono_tz::Europe::London, chrono_tz::Europe::London, chrono_tz::Australia::Lord_Howe, chrono_tz::UTC];
    let zone = Zone { time_zone: rng.pick(&zones), holidays: HOLIDAYS.iter().map(|date| date.parse().unwrap()).collect() };
    let site = |rng: &mut Rng, i: usize| Site {
        id: ["hq", "north", "east"][i].into(),
        name: String::new(),
        returns: hours(rng),
        // Now and then longer than any window.
        to_owner: if rng.chance(1) { Seconds(100_000) } else { Seconds(rng.pick(&[900, 2_700, 7_200, 20_000])) },
        closed: Vec::new(),
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
    let resources: Vec<Resource> = (0..1 + rng.below(6)).map(|i| resource(rng, i, now, local, &sites, &calendars)).collect();
    // Of a stream of its own: whatever else is drawn stays what it was before there were rosters.
    let roster = roster(&mut rng.clone(), &resources, now);
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
        roster,
    }
}

fn roster(rng: &mut Rng, resources: &[Resource], now: Timestamp) -> Vec<Duty> {
    let lines = if rng.chance(30) { 1 + rng.below(3) } else { 0 };
    let duty = |rng: &mut Rng| {
        let Closure { from, until, .. } = closure(rng, now);
        Duty { who: rng.pick(resources).id.to_string(), kind: rng.pick(DutyKind::ALL), from, until }
    };
    (0..lines).map(|_| duty(rng)).collect()
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

pub(super) fn closure(rng: &mut Rng, now: Timestamp) -> Closure {
    let from = now + Seconds(rng.between(-100_000, 200_000));
    let until = from + Seconds(rng.pick(&[1, 3_600, 40_000, 400_000]));
    Closure { from, until, reason: String::new() }
}
