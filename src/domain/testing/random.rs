//! Random commands, of every kind and in any order, as a unit's people, planner and desk might give them.

use super::*;
use crate::domain::actions::ActionKind;
use crate::domain::command::{Oversee, Supervised, Treat};
use crate::domain::event::{FailureCause, ReleaseCause};
use crate::domain::ids::SiteId;
use crate::domain::quality::Held;
use crate::domain::submission::{LockState, Owner};
use crate::domain::unit::{
    AppointmentEnd, Confidential, DataTaken, OfferAnswer, ParkCause, RemovalCause, StageState, Whereabouts, WithholdCause,
};

/// What somebody does next: which action, two choices, how long after the last, how late it is told.
pub type Deed = (u8, u8, u8, u16, u16);

/// The choice of `n` among what there is.
fn pick<T: Clone>(of: impl Iterator<Item = T>, n: u8) -> Option<T> {
    let all: Vec<T> = of.collect();
    all.get(usize::from(n) % all.len().max(1)).cloned()
}

/// The command that `deed` stands for, if there is anything to do it to.
pub fn command(world: &World, (kind, a, b, _, late): Deed) -> Option<Command> {
    let at = Timestamp::from_unix(world.now.unix() - i64::from(late) % 5_000);
    let site = |n: u8| if n.is_multiple_of(2) { "hq".into() } else { "north".into() };
    let number = || pick(world.rows.submissions.keys().copied(), a);
    let assignment = || pick(world.unit.assignments.keys().copied(), a);
    let resources = || world.unit.establishment.resources.iter();
    let exhibit = format!("AB/{}", a % 8);
    Some(match kind % 40 {
        0 => Command::Register(Box::new(victims_phone(&exhibit))),
        1 => Command::Register(Box::new(ready_phone(&exhibit))),
        2 => Command::Register(Box::new(suspects_laptop(&format!("CD/{}", a % 8)))),
        3 => Command::RecordAgreement { number: number()?, agreement_at: at, notice_at: at, terms: None },
        4 => Command::Authorise { number: number()?, by: "DS 1180".into(), at },
        5 => Command::RecordPin { number: number()?, lock_state: *pick(LockState::ALL.iter(), b)? },
        6 => Command::AuthoriseReturn { number: number()?, by: "DC 2231".into() },
        7 => Command::Deliver { number: number()?, site: site(b), at, by: None, seal: None },
        8 => Command::Move { number: number()?, site: site(b), at, by: None, seal: None },
        9 => Command::Collect { number: number()?, at, by: "PC 7".into(), seal: None },
        10 => Command::Return { number: number()?, returned: Returned { at, received_by: Receiver::Owner, proof: Proof::Code } },
        11 => correction(number()?, b, at, world.row(number()?).facts.taken_at + span("20h")),
        12 => Command::DeclareOutage {
            resource: pick(resources(), a)?.id.clone(),
            from: at,
            until: world.now + span("2h"),
            reason: "down".into(),
        },
        13 => Command::EndOutage { resource: pick(resources(), a)?.id.clone(), at },
        14 => Command::AvertBreach { breach: pick(world.rows.breaches.keys().copied(), a).unwrap_or(BreachId(1)) },
        15 => {
            let promise = world.row(number()?).clocks.first()?.promise.clone();
            Command::ForecastBreach { number: number()?, promise, expected: Some(world.now + span("1d")) }
        }
        31 if a.is_multiple_of(4) => {
            let closed = world.rows.submissions.keys().filter(|number| !world.unit.submissions.contains_key(number));
            let redact = Treat::Redact { cases: Vec::new(), reason: "its time is over".into() };
            Command::Treat { number: pick(closed.copied(), b)?, treat: Box::new(redact) }
        }
        31 => Command::AcknowledgeBreach {
            breach: pick(world.rows.breaches.keys().copied(), a).unwrap_or(BreachId(1)),
            reason: "no operator on shift".into(),
        },
        16 => Command::Release { assignment: assignment()?, cause: ReleaseCause::Replanned, reason: None },
        17 => Command::Fail {
            assignment: assignment()?,
            at,
            cause: if b.is_multiple_of(4) { *pick(FailureCause::ALL.iter(), a)? } else { FailureCause::Battery },
            attempts_left: None,
            reason: None,
        },
        18 => Command::Accept { assignment: assignment()?, at, overrides: None },
        19 | 20 => Command::Start { assignment: assignment()?, at, overrides: None },
        26 if b.is_multiple_of(5) => Command::Rework {
            number: number()?,
            stage: ["extract", "verify", "prepare", "analyse"][usize::from(b) % 4].into(),
            reason: "the hash does not match".into(),
        },
        22 if b.is_multiple_of(4) => Command::SendBack {
            assignment: assignment()?,
            at,
            stage: ["extract", "verify", "report", "analyse"][usize::from(a) % 4].into(),
            reason: "a page is missing".into(),
        },
        21 | 22 => Command::Finish { assignment: assignment()?, at, tool: None, tool_version: None, hash: None, scope: None },
        23 => files(a),
        24 if b.is_multiple_of(3) => Command::Remove {
            number: number()?,
            at,
            cause: match (*pick(RemovalCause::ALL.iter(), b)?, world.row(number()?).facts.owner) {
                // A suspect agreed to nothing that could be withdrawn.
                (RemovalCause::AgreementWithdrawn | RemovalCause::AgreementRefused, Owner::Suspect) => RemovalCause::Withdrawn,
                (cause, _) => cause,
            },
            data: *pick(DataTaken::ALL.iter(), a)?,
            reason: Some("as asked".into()),
        },
        25 if b.is_multiple_of(3) => Command::Oversee(oversee(world, (a, b), at)?),
        25 => Command::Challenge { number: number()?, reason: "there is no other source".into() },
        26 => Command::DecideChallenge { number: number()?, upheld: b.is_multiple_of(2), reason: "looked into".into() },
        27 | 28 => Command::Treat { number: number()?, treat: Box::new(treat(world, (a, b), at)?) },
        29 => Command::WalkUp { number: number()?, resource: pick(resources(), b)?.id.clone(), at, overrides: None },
        30 if !world.unit.holds.is_empty() => Command::Oversee(oversee(world, (a, b), at)?),
        30 if a.is_multiple_of(2) && world.unit.appointments(world.now).next().is_some() => {
            let number = world.unit.appointments(world.now).next()?.0.number;
            let cause = *pick(AppointmentEnd::ALL.iter(), a / 2)?;
            Command::Treat { number, treat: Box::new(Treat::EndAppointment { cause, reason: None }) }
        }
        30 => Command::Release { assignment: assignment()?, cause: ReleaseCause::Lapsed, reason: None },
        _ => return next_step(world, pick(world.unit.submissions.keys().copied(), a)?, b),
    })
}

/// What the quality lead decides; what is held is soon lifted, or nothing would be worked on.
fn oversee(world: &World, (a, b): (u8, u8), at: Timestamp) -> Option<Oversee> {
    let reason = String::from("as validated");
    if let Some(hold) = world.unit.holds.keys().next() {
        return Some(Oversee::LiftHold { hold: *hold, reason });
    }
    let (resource, tool) = (pick(world.unit.establishment.resources.iter(), b)?.id.clone(), String::from("Reader"));
    Some(match a % 4 {
        0 => Oversee::PlaceHold { held: Held::Resource { resource }, doubtful_from: None, reason },
        1 => Oversee::PlaceHold { held: Held::Tool { tool, version: None }, doubtful_from: Some(at), reason },
        2 => Oversee::PlaceHold { held: Held::Person { person: "DS 1180".into() }, doubtful_from: None, reason },
        _ => Oversee::InstallTool { resource, at, tool, version: format!("7.{b}") },
    })
}

/// What somebody decides about a submission.
fn treat(world: &World, (a, b): (u8, u8), at: Timestamp) -> Option<Treat> {
    let (ahead, reason) = (world.now + span("2d"), String::from("as discussed"));
    Some(match b % 18 {
        0 => Treat::Park { cause: *pick(ParkCause::ALL.iter(), a)?, review_at: ahead, reason },
        1 if a.is_multiple_of(2) => {
            let resource =
                world.unit.establishment.resources[usize::from(a / 2) % world.unit.establishment.resources.len()].id.clone();
            let from = world.now + Seconds(i64::from(a) * 400);
            Treat::Book { resource, from, until: None, overrides: a.is_multiple_of(3).then_some(reason) }
        }
        1 => Treat::TakeUp { reason: None },
        3 => {
            let provider = "Eastern".into();
            Treat::SendOut { at, provider, accreditation: None, due: ahead, by: None, seal: Some("A001".into()) }
        }
        4 | 5 => {
            let done = [&["extract"][..], &["prepare", "extract"], &[]][usize::from(a) % 3];
            Treat::BringBack { at, site: "hq".into(), by: None, seal: None, done: words(done) }
        }
        6 => {
            let tier = [None, Some(2), Some(3), Some(5)][usize::from(a) % 4];
            Treat::Prioritise { tier, until: a.is_multiple_of(3).then_some(ahead), reason }
        }
        7 | 8 => {
            let risk = a.is_multiple_of(2).then(|| words(if a.is_multiple_of(4) { &["child_at_risk"] } else { &[] }));
            Treat::Flag { risk, life_at_risk: (a % 3 < 2).then_some(a % 3 == 0), reason }
        }
        9 => Treat::OfferReturn { at, answer: *pick(OfferAnswer::ALL.iter(), a)?, until: Some(ahead), reason: None },
        10 => Treat::WithholdReturn {
            cause: *pick(WithholdCause::ALL.iter(), a)?,
            by: "Insp 0450".into(),
            review_at: ahead,
            reason,
        },
        11 if a % 4 == 1 => Treat::NoteConfidential { kinds: vec![*pick(Confidential::ALL.iter(), a)?], reason },
        2 if a.is_multiple_of(2) => Treat::ClearConfidential { reason },
        11 if a.is_multiple_of(4) => Treat::TakeOn { action: *pick(ActionKind::ALL.iter(), a)?, reason: None },
        11 => Treat::AllowReturn { reason },
        2 => Treat::TakeUp { reason: None },
        12 => Treat::ReserveHandset { handset: "spare-1".into() },
        13 => {
            let handset = a.is_multiple_of(2).then(|| "spare-1".into());
            Treat::IssueHandset { at, handset, received_by: Receiver::Owner, with_sim: a.is_multiple_of(3) }
        }
        14 => Treat::TakeBackHandset { at },
        15 => Treat::TellOwner { at, expected: a.is_multiple_of(2).then_some(ahead), reason: None },
        16 => Treat::ReceiveResults { at: world.now },
        _ => Treat::ChangeScope {
            scope: vec!["messages".into()],
            from: None,
            to: None,
            agreed: a.is_multiple_of(2).then_some((at, at)),
            reason,
            supervised: if a.is_multiple_of(5) { Supervised::No } else { Supervised::Yes },
        },
    })
}

/// What would bring a submission on, by somebody who can do it.
fn next_step(world: &World, number: QueueNumber, b: u8) -> Option<Command> {
    let row = world.row(number);
    let Some(index) = row.stages.iter().position(|state: &StageState| !state.is_over()) else {
        return Some(Command::Treat { number, treat: Box::new(Treat::ReceiveResults { at: world.now }) });
    };
    let stage = &world.unit.route_of(&row)?.stages[index];
    if stage.returns_device {
        return Some(Command::Return {
            number,
            returned: Returned { at: world.now, received_by: Receiver::Owner, proof: Proof::Code },
        });
    }
    match world.unit.assignment_of(&row, index) {
        Some(a) if a.started_at().is_some() && stage.attended && b.is_multiple_of(5) => {
            Some(Command::Pause { assignment: a.id, at: world.now, reason: None })
        }
        Some(a) if a.is_paused() => Some(Command::Resume { assignment: a.id, at: world.now, overrides: None }),
        Some(a) if a.started_at().is_some() => {
            let hash = Some("ab".repeat(32));
            Some(Command::Finish { assignment: a.id, at: world.now, tool: None, tool_version: None, hash, scope: None })
        }
        Some(a) => Some(Command::Start { assignment: a.id, at: world.now, overrides: None }),
        None => {
            let here = |site: &SiteId| matches!(&row.device, Whereabouts::At { site: there, .. } if there == site);
            let resources = world.unit.establishment.resources.iter();
            let able = resources.filter(|r| stage.by.contains(&r.kind) && (!stage.holds_device || here(&r.site)));
            let resource = pick(able, b)?;
            Some(world.assign(number, index, slot(resource.id.as_str(), u32::from(b) % resource.slots + 1)))
        }
    }
}

fn correction(number: QueueNumber, b: u8, at: Timestamp, in_time: Timestamp) -> Command {
    let choices = [
        ("level", "2"),
        ("level", "1"),
        ("taken_at", "2026-11-22T07:40:00Z"),
        ("taken_at", &at.to_string()),
        ("owner", "witness"),
        ("owner", "victim"),
        ("crime_ref", "NS/2"),
        ("exhibit_ref", "AB/1"),
        ("delivered_at", ""),
        ("delivered_at", &at.to_string()),
        ("site", "hq"),
        ("evidence_fades_at", &at.to_string()),
        ("case_rank", "2"),
        ("make", "Apple"),
        ("returned_at", ""),
        ("returned_at", &at.to_string()),
        ("returned_at", &in_time.to_string()),
        ("proof", "witnessed"),
    ]
    .map(|(field, value)| (field.to_owned(), value.to_owned()));
    let (field, value) = choices[usize::from(b) % choices.len()].clone();
    let supervised = if at.unix() % 2 == 0 { Supervised::Yes } else { Supervised::No };
    Command::Correct { number, field, value, reason: "misread".into(), supervised }
}

fn files(a: u8) -> Command {
    let version = format!("2026-12-{:02}", a % 28 + 1);
    if a.is_multiple_of(2) {
        let mut establishment = establishment();
        establishment.version = version.clone();
        if a.is_multiple_of(4) {
            establishment.resources.pop();
        }
        Command::AdoptEstablishment { establishment: Box::new(establishment), text: version }
    } else {
        let mut policy = policy();
        policy.version = version.clone();
        policy.promises[0].due = crate::domain::policy::DueRule::Within {
            from: crate::domain::policy::From::TakenAt,
            within: span(if a.is_multiple_of(3) { "20h" } else { "30h" }),
            working: None,
        };
        Command::AdoptPolicy { policy: Box::new(policy), text: version }
    }
}
