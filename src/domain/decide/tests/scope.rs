//! What is asked for becomes less, or more.

use crate::domain::command::{Command, Supervised, Treat};
use crate::domain::ids::QueueNumber;
use crate::domain::testing::*;
use crate::domain::time::Timestamp;

fn scope(number: QueueNumber, kinds: &[&str], agreed: Option<&str>, supervised: Supervised) -> Command {
    let agreed = agreed.map(|time| (at(time), at(time)));
    let scope = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    let treat = Treat::ChangeScope { scope, from: None, to: None, agreed, reason: "photos were sent, too".into(), supervised };
    Command::Treat { number, treat: Box::new(treat) }
}

/// A victim's phone with messages and photos asked for.
fn phone() -> (World, QueueNumber) {
    let mut world = World::new();
    let mut phone = ready_phone("AB/1");
    phone.particulars.scope = vec!["messages".into(), "photos".into()];
    let number = world.at("23T09:00").registers(phone);
    (world, number)
}

fn agreed(world: &World, number: QueueNumber) -> Option<Timestamp> {
    world.row(number).facts.agreement_at
}

#[test]
fn less_needs_nobodys_agreement() {
    let (mut world, number) = phone();
    let before = agreed(&world, number);
    assert_eq!(world.does(scope(number, &["Messages"], None, Supervised::No)), ["scope_changed"]);
    assert_eq!(world.row(number).particulars.as_ref().unwrap().scope, ["Messages"]);
    assert_eq!(agreed(&world, number), before);
    assert_eq!(world.folded(), world.unit);
}

#[test]
fn more_needs_a_supervisor_a_new_notice_and_agreement_to_it() {
    let (mut world, number) = phone();
    for kinds in [&["messages", "photos", "location"][..], &[]] {
        assert_eq!(world.refuses(scope(number, kinds, Some("23T09:00"), Supervised::No)), "wider_scope");
        assert_eq!(world.wrong_fields(scope(number, kinds, None, Supervised::Yes)), ["agreement_at"]);
    }
    world.does(scope(number, &["messages", "photos", "location"], Some("23T09:00"), Supervised::Yes));
    assert_eq!(agreed(&world, number), Some(at("23T09:00")));
    world.actor.person = "DC 2231".into();
    assert_eq!(world.refuses(scope(number, &[], Some("23T09:00"), Supervised::Yes)), "authorised_by_oic");
}

#[test]
fn a_suspect_is_asked_nothing() {
    let mut world = World::new();
    let mut laptop = suspects_laptop("CD/1");
    laptop.particulars.scope = vec!["documents".into()];
    let number = world.at("23T09:00").registers(laptop);
    world.does(scope(number, &["documents", "photos"], None, Supervised::Yes));
}
