//! What comes in at the same moment is decided in one turn of the desk, and committed once.

use dfqueue::domain::command::Command;
use dfqueue::domain::entry::Actor;
use dfqueue::domain::ids::QueueNumber;
use dfqueue::domain::unit::{DataTaken, RemovalCause};
use dfqueue::http::access::Role;
use serde_json::json;

use dfqueue::daemon::desk::Answer;

use super::house::{House, phone_with};
use crate::harness::Database;
use crate::on_both;

on_both! {
    async fn what_closes_in_a_turn_is_known_to_what_is_decided_after_it_in_the_same(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        house.it_is("2026-11-23T08:30:00Z");
        let laptop = phone_with(json!({ "owner": "suspect", "device": "laptop", "level": 3, "legal_basis": "s.19 PACE" }));
        intake.post("/v1/submissions", laptop).await.is(201);
        let (number, actor) = (QueueNumber(1), Actor { person: "DS 1180".into(), token: None });
        let (at, cause, data) = (house.clock.now(), RemovalCause::NotNecessary, DataTaken::None);
        let refusal = Command::Remove { number, at, cause, data, reason: Some("another source".into()) };
        let challenge = Command::Challenge { number, reason: "there is none".into() };
        let (refused, challenged) = tokio::join!(
            house.desk.submit(&actor, vec![refusal], None),
            house.desk.submit(&actor, vec![challenge], None)
        );
        for answer in [refused, challenged] {
            let Answer::Decided { verdicts, .. } = answer.unwrap() else { panic!("decided now") };
            assert!(verdicts[0].is_ok(), "{verdicts:?}");
        }
        let unit = house.desk.unit();
        assert!(unit.submissions[&number].removed.as_ref().is_some_and(|removed| removed.is_challenged()));
        assert_eq!(house.store.load().await.unwrap(), unit);
    }
}
