//! Work that the guard holds, as those at the bench and their supervisor meet it.

use dfqueue::config::{BankHolidays, load_pair};
use dfqueue::domain::command::Command;
use dfqueue::domain::entry::Actor;
use dfqueue::domain::ids::{QueueNumber, Slot};
use dfqueue::domain::time::Seconds;
use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, POLICY, UNIT, at, fields, phone_with};
use crate::harness::Database;
use crate::on_both;

/// Suspects' phones take 40 hours of an operator to prepare; victims' phones the usual quarter of an hour.
async fn slow_to_prepare(house: &House) {
    let (before, kiosk) = POLICY.split_once("name = \"kiosk\"").unwrap();
    let kiosk = kiosk.replacen("base = \"15m\"", "base = \"40h\"", 1);
    let text = format!("{before}name = \"kiosk\"{kiosk}").replacen("\"2026-11-01\"", "\"2026-11-02\"", 1);
    let pair = load_pair(("unit.toml", UNIT), ("policy.toml", &text), &BankHolidays::shipped().unwrap()).unwrap();
    let adopt = Command::AdoptPolicy { policy: Box::new(pair.policy), text };
    house.desk.order(&Actor::daemon(), adopt).await.unwrap().0.unwrap();
}

fn suspects_phone(exhibit: &str, site: &str) -> Value {
    phone_with(json!({
        "exhibit_ref": exhibit, "site": site, "owner": "suspect", "offence": "drugs", "legal_basis": "PACE s.19",
        "lock_state": "pin_held", "authorised_by": "DS 1180", "authorised_at": "2026-11-23T07:28:00Z",
        "delivered_at": "2026-11-23T07:29:00Z",
    }))
}

/// Offers the first stage of a submission to a slot from now on, as a plan without the guard would.
async fn offered(house: &House, number: i64, resource: &str, slot: u32) {
    let (number, start) = (QueueNumber(number), house.clock.now());
    let version = house.desk.unit().submissions[&number].version;
    let slot = Slot { resource: resource.into(), slot };
    let assign = Command::Assign { number, version, stage: 0, slot, start, end: start + Seconds::hours(40) };
    house.desk.order(&Actor::daemon(), assign).await.unwrap().0.unwrap();
}

on_both! {
    async fn keeps_the_last_operator_unless_a_supervisor_says_so(db: &Database) {
        let house = House::open(db).await;
        slow_to_prepare(&house).await;
        let intake = house.caller(Role::Intake, "Import").await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &[]).await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;

        // Given that every operator of the unit but one is at work on suspects' phones for days,
        house.it_is("2026-11-23T09:00:00Z");
        for (number, (site, resource, slot)) in
            (1_i64..).zip([("hq", "operators-hq", 1), ("north", "operators-north", 1), ("north", "operators-north", 2)])
        {
            intake.post("/v1/submissions", suspects_phone(&format!("AB/{number}"), site)).await.is(201);
            offered(&house, number, resource, slot).await;
        }
        operator.post("/v1/assignments/A1/start", json!({})).await.is(200);
        operator.post("/v1/assignments/A2/start", json!({})).await.is(200);

        // when the last one is to be taken too, then it is kept for a victim's phone still to come:
        let held = operator.post("/v1/assignments/A3/start", json!({})).await.problem(409, "held");
        let said = held["detail"].as_str().unwrap();
        assert!(said.starts_with("prepare of Q3 on operators-north/2 is held for a victim's phone that may reach "), "{said}");
        assert!(said.contains("have a supervisor override it with a reason"), "{said}");
        assert_eq!((&held["submission"], &held["instead"]), (&json!("Q3"), &Value::Null), "{held:#}");
        assert!(held["until"].as_str().is_none_or(|until| at(until) > house.clock.now()), "{held:#}");
        operator.post("/v1/assignments/A3/accept", json!({})).await.problem(409, "held");

        // An operator can't override that; a supervisor can, with a reason, which stays on record.
        let reason = json!({ "override": "all of Northport's phones are in" });
        let refused = operator.post("/v1/assignments/A3/accept", reason.clone()).await.problem(403, "forbidden");
        assert_eq!(fields(&refused), ["override"]);
        sergeant.post("/v1/assignments/A3/accept", reason).await.is(200);
        operator.post("/v1/assignments/A3/start", json!({})).await.is(200);
        let seen = sergeant.get("/v1/submissions/Q3").await.is(200);
        let timeline = seen["timeline"].as_array().unwrap();
        let accepted = timeline.iter().find(|entry| entry["kind"] == "accepted").unwrap();
        assert_eq!(
            (&accepted["word"], &accepted["recorded_by"], &accepted["reason"]),
            (&json!("guard_overridden"), &json!("DS 1180"), &json!("all of Northport's phones are in"))
        );
    }
}
