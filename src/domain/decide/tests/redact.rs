//! Redaction: of what is closed, once its device is back; and nothing is written into it after that.

use crate::domain::command::{Command, Treat};
use crate::domain::ids::QueueNumber;
use crate::domain::submission::LockState;
use crate::domain::testing::*;
use crate::domain::unit::{DataTaken, RemovalCause};

fn treat(number: QueueNumber, treat: Treat) -> Command {
    Command::Treat { number, treat: Box::new(treat) }
}

fn redact(number: QueueNumber) -> Command {
    treat(number, Treat::Redact { cases: Vec::new(), reason: "its time is over".into() })
}

/// A suspect's laptop whose request was withdrawn, delivered or not.
fn withdrawn(delivered: bool) -> (World, QueueNumber) {
    let mut world = World::new();
    let mut request = suspects_laptop("CD/1");
    request.facts.delivered_at = request.facts.delivered_at.filter(|_| delivered);
    let number = world.at("23T09:00").registers(request);
    let (cause, data) = (RemovalCause::Withdrawn, DataTaken::None);
    world.does(Command::Remove { number, at: at("23T09:00"), cause, data, reason: Some("as asked".into()) });
    (world, number)
}

#[test]
fn what_is_redacted_is_written_into_no_more() {
    let (mut world, number) = withdrawn(false);
    assert_eq!(world.does(redact(number)).last().unwrap(), "redacted");
    assert!(world.does(redact(number)).is_empty(), "once");
    let reason = || String::from("rang her");
    for command in [
        Command::RecordPin { number, lock_state: LockState::Bfu },
        Command::Deliver { number, site: "north".into(), at: at("23T09:00"), by: Some("PC 7".into()), seal: None },
        Command::Rework { number, stage: "extract".into(), reason: reason() },
        treat(number, Treat::TellOwner { at: at("23T09:00"), expected: None, reason: Some(reason()) }),
        treat(number, Treat::ReceiveResults { at: at("23T09:00") }),
    ] {
        assert_eq!(world.refuses(command), "redacted");
    }
}

#[test]
fn a_device_that_the_unit_still_has_keeps_its_name() {
    let (mut world, number) = withdrawn(true);
    assert!(!world.unit.submissions.contains_key(&number), "closed");
    assert_eq!(world.refuses(redact(number)), "illegal_transition");
}
