//! The unit of the shipped examples, cut down: two sites fifty minutes apart; kiosks, operators, a lab bench, a DMI and
//! two examiners; the promises to victims and about RASSO suspects; and what is typically submitted to it.

use super::at;
use crate::domain::calendar::{OpeningHours, Zone};
use crate::domain::establishment::{Calendar, Establishment, Handset, Resource, ResourceKind, Site, Travel};
use crate::domain::event::FailureCause;
use crate::domain::ids::{Slot, Word};
use crate::domain::policy::{
    DateField, DueRule, Forecast, From as CountsFrom, Gate, Guard, Milestone, NextStep, OnFail, Policy, Promise, Route, Stage,
    Tier, When,
};
use crate::domain::submission::{Facts, LockState, Owner, Particulars, Request};
use crate::domain::time::Seconds;

/// Hours and minutes, as in the policy file.
pub fn span(text: &str) -> Seconds {
    text.parse().unwrap()
}

/// Words, as in the policy file.
pub fn words(list: &[&str]) -> Vec<Word> {
    list.iter().map(|word| Word::from(*word)).collect()
}

/// Opening hours.
pub fn hours(lines: &[&str]) -> OpeningHours {
    OpeningHours { weekly: lines.iter().map(|line| line.parse().unwrap()).collect(), closed_on_holidays: false }
}

/// The slot of a resource.
pub fn slot(resource: &str, slot: u32) -> Slot {
    Slot { resource: resource.into(), slot }
}

fn resource(id: &str, kind: ResourceKind, site: &str, calendar: &str, stages: &[&str], levels: &[u8]) -> Resource {
    Resource {
        id: id.into(),
        kind,
        site: site.into(),
        calendar: calendar.into(),
        slots: 1,
        stages: words(stages),
        levels: Some(levels.to_vec()),
        devices: None,
        validated_until: None,
        competent_until: None,
        speed: 100,
        closed: Vec::new(),
    }
}

/// The establishment of the examples.
pub fn establishment() -> Establishment {
    let site = |id: &str| Site {
        id: id.into(),
        name: id.into(),
        returns: hours(&["Mon-Sun 08:00-21:00"]),
        to_owner: span("45m"),
        closed: Vec::new(),
    };
    let examining = ["prepare", "verify", "review", "analyse", "report", "peer_review"];
    let kiosk = resource("kiosk-north", ResourceKind::Kiosk, "north", "front-desk", &["extract"], &[1]);
    let khan = resource("khan", ResourceKind::Examiner, "hq", "days", &examining, &[1, 2, 3]);
    Establishment {
        version: "2026-11-01".into(),
        name: "Northshire".into(),
        zone: Zone { time_zone: chrono_tz::Europe::London, holidays: std::collections::BTreeSet::new() },
        division: "england-and-wales".into(),
        travel_default: span("60m"),
        to_site: span("90m"),
        sites: vec![site("hq"), site("north")],
        travel: vec![Travel { between: ["hq".into(), "north".into()], takes: span("50m") }],
        calendars: vec![
            Calendar { id: "days".into(), hours: hours(&["Mon-Fri 08:00-18:00"]) },
            Calendar { id: "front-desk".into(), hours: hours(&["Mon-Sun 07:00-22:00"]) },
        ],
        resources: vec![
            Resource { slots: 2, devices: Some(words(&["phone", "tablet"])), ..kiosk.clone() },
            Resource { id: "kiosk-hq".into(), site: "hq".into(), ..kiosk },
            Resource {
                slots: 2,
                ..resource("operators-north", ResourceKind::Operator, "north", "front-desk", &["prepare", "verify"], &[1])
            },
            Resource { slots: 4, ..resource("bench", ResourceKind::Lab, "hq", "days", &["extract"], &[1, 2, 3]) },
            resource("okafor", ResourceKind::Dmi, "north", "days", &["triage", "verify", "review"], &[1, 2, 3]),
            Resource { competent_until: Some("2027-01-15".parse().unwrap()), ..khan.clone() },
            Resource { id: "lloyd".into(), ..khan },
        ],
        handsets: vec![Handset { id: "spare-1".into(), site: "north".into(), model: "any".into() }],
        roster: Vec::new(),
    }
}

fn promise(name: &str, milestone: Milestone, due: DueRule, tier: u8) -> Promise {
    Promise {
        name: name.into(),
        when: When::default(),
        milestone,
        due,
        stretch: None,
        hard: false,
        tier,
        warn_before: Seconds::ZERO,
        at_risk_permille: 100,
        replacement_handset: false,
        flag_lapses: None,
        applies_within: None,
    }
}

fn within(length: &str) -> DueRule {
    DueRule::Within { from: CountsFrom::TakenAt, within: span(length), working: None }
}

fn by(date: DateField, before: &str) -> DueRule {
    DueRule::By { date, before: span(before) }
}

/// A stage that an attended person does for half an hour, after the stages of these indices.
pub fn stage(name: &str, by: &[ResourceKind], after: &[usize]) -> Stage {
    Stage {
        name: name.into(),
        by: by.to_vec(),
        attended: true,
        holds_device: false,
        returns_device: false,
        base: span("30m"),
        per_gb: Seconds::ZERO,
        p90: 150,
        after: after.to_vec(),
        same_person_as: None,
        different_person_from: Vec::new(),
        review_every: None,
    }
}

fn holding(stage: Stage) -> Stage {
    Stage { holds_device: true, ..stage }
}

fn machine(stage: Stage) -> Stage {
    Stage { attended: false, holds_device: true, base: span("1h"), ..stage }
}

fn follows(causes: &[FailureCause], times: u32, then: NextStep) -> OnFail {
    OnFail { causes: causes.to_vec(), times, then, review: Seconds::ZERO }
}

fn routes() -> Vec<Route> {
    use ResourceKind::{Dmi, Examiner, Kiosk, Lab, Operator, Van};
    let owner_waits = Route {
        name: "owner-waits".into(),
        when: When { owner: Some(vec![Owner::Victim, Owner::Witness]), level: Some(vec![1]), ..When::default() },
        gates: vec![Gate::Agreement, Gate::Authorisation, Gate::Delivery, Gate::Pin],
        stages: vec![
            holding(stage("prepare", &[Operator], &[])),
            machine(stage("extract", &[Kiosk, Van, Lab], &[0])),
            holding(stage("verify", &[Operator, Dmi], &[1])),
            Stage { returns_device: true, base: Seconds::ZERO, ..stage("hand_back", &[], &[2]) },
            stage("review", &[Dmi], &[2]),
        ],
    };
    let lab = Route {
        name: "lab".into(),
        when: When { level: Some(vec![2, 3]), ..When::default() },
        gates: vec![Gate::LegalBasis, Gate::Authorisation, Gate::Delivery],
        stages: vec![
            stage("triage", &[Dmi], &[]),
            holding(stage("prepare", &[Examiner], &[0])),
            machine(stage("extract", &[Lab], &[1])),
            stage("analyse", &[Examiner], &[2]),
            Stage { same_person_as: Some(3), ..stage("report", &[Examiner], &[3]) },
            Stage { different_person_from: vec![3, 4], ..stage("peer_review", &[Examiner], &[4]) },
        ],
    };
    vec![owner_waits, lab]
}

/// The policy of the examples.
pub fn policy() -> Policy {
    let victims = When { owner: Some(vec![Owner::Victim]), device: Some(words(&["phone"])), ..When::default() };
    let suspects = When { owner: Some(vec![Owner::Suspect]), offence: Some(words(&["rasso"])), ..When::default() };
    let bail = promise("bail", Milestone::Results, by(DateField::BailAt, "14d"), 4);
    Policy {
        version: "2026-11-01".into(),
        devices: words(&["phone", "tablet", "laptop", "sim", "other"]),
        offences: words(&["rasso", "drugs", "other"]),
        risks: words(&["child_at_risk", "missing_person"]),
        tiers: (0..=5).map(|number| Tier { number, name: format!("tier {number}"), longest_wait: None }).collect(),
        never_above: 3,
        promises: vec![
            Promise {
                when: victims,
                hard: true,
                replacement_handset: true,
                ..promise("victim-phone", Milestone::DeviceBack, within("24h"), 1)
            },
            promise("custody", Milestone::Results, by(DateField::CustodyExpiresAt, "4h"), 2),
            promise("fading-evidence", Milestone::Extracted, by(DateField::EvidenceFadesAt, "0s"), 2),
            Promise { when: suspects, ..promise("rasso-suspect", Milestone::Results, within("30d"), 3) },
            Promise { applies_within: Some(span("28d")), ..bail },
            Promise {
                due: DueRule::Within { from: CountsFrom::DeliveredAt, within: span("90d"), working: None },
                ..promise("standard", Milestone::Results, within("90d"), 5)
            },
            Promise {
                when: When { life_at_risk: Some(vec![true]), ..When::default() },
                flag_lapses: Some(span("12h")),
                ..promise("life-at-risk", Milestone::Results, within("4h"), 0)
            },
            Promise {
                when: When { risk: Some(words(&["child_at_risk"])), ..When::default() },
                ..promise("safeguarding", Milestone::Results, within("7d"), 2)
            },
        ],
        routes: routes(),
        guard: Guard {
            promise: "victim-phone".into(),
            level: 1,
            typical_storage_gb: 128,
            arrives_after: span("2h"),
            max_hold: span("24h"),
        },
        dispatch_horizon: span("30m"),
        lease: span("1h"),
        pace: span("30m"),
        on_fail: vec![
            follows(&[FailureCause::Unsupported], 1, NextStep::LevelUp),
            follows(&[FailureCause::Machine], 1, NextStep::Elsewhere),
            OnFail { review: span("14d"), ..follows(&[FailureCause::HiddenProfile], 1, NextStep::Park) },
        ],
        forecast: Forecast { gate_clears: span("12h"), runs: 300, learn_after: 20 },
    }
}

/// A victim's phone, taken on Monday at 07:40 and not yet delivered, agreed to or authorised; its PIN is held.
pub fn victims_phone(exhibit: &str) -> Request {
    Request {
        facts: Facts {
            force: "Northshire".into(),
            offence: "rasso".into(),
            owner: Owner::Victim,
            device: "phone".into(),
            storage_gb: Some(128),
            lock_state: LockState::PinHeld,
            taken_at: at("23T07:40"),
            site: "north".into(),
            delivered_at: None,
            return_site: None,
            owner_present_until: None,
            trip: None,
            level: 1,
            agreement_at: None,
            notice_at: None,
            legal_basis: false,
            authorised_at: None,
            return_authorised: false,
            custody_expires_at: None,
            bail_at: None,
            court_at: None,
            evidence_fades_at: None,
            risk: Vec::new(),
            repeat_suspect: false,
            life_at_risk: false,
            case_rank: None,
        },
        particulars: Particulars {
            crime_ref: "NS/2026/10411".into(),
            exhibit_ref: exhibit.into(),
            request: 1,
            oic: "DC 2231".into(),
            ..Particulars::default()
        },
    }
}

/// The same with every gate met: delivered at 08:25, agreed and authorised by 08:30, its return authorised.
pub fn ready_phone(exhibit: &str) -> Request {
    let mut request = victims_phone(exhibit);
    request.facts.delivered_at = Some(at("23T08:25"));
    request.facts.agreement_at = Some(at("23T08:10"));
    request.facts.notice_at = Some(at("23T08:05"));
    request.facts.authorised_at = Some(at("23T08:30"));
    request.facts.return_authorised = true;
    request.particulars.authorised_by = Some("DS 1180".into());
    request.particulars.return_authorised_by = Some("DC 2231".into());
    request
}

/// A RASSO suspect's laptop for the laboratory, with every gate met, at headquarters since the 22nd.
pub fn suspects_laptop(exhibit: &str) -> Request {
    let mut request = ready_phone(exhibit);
    request.facts.owner = Owner::Suspect;
    request.facts.device = "laptop".into();
    request.facts.level = 2;
    request.facts.taken_at = at("21T22:10");
    request.facts.delivered_at = Some(at("22T09:00"));
    request.facts.authorised_at = Some(at("22T09:30"));
    request.facts.site = "hq".into();
    request.facts.legal_basis = true;
    request.particulars.legal_basis = Some("PACE s.19".into());
    request.facts.return_authorised = false;
    request.particulars.return_authorised_by = None;
    request
}
