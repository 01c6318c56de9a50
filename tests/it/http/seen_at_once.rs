//! The loop itself: a plan is seen as soon as it is made, and done about once it is judged.

use std::sync::Arc;

use dfqueue::daemon::Published;
use dfqueue::http::access::Role;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::house::{House, phone_with};
use crate::harness::Database;
use crate::on_both;

/// Waits for a plan that knows so many submissions, and of which all is done or not.
async fn plan_of(plans: &mut watch::Receiver<Arc<Published>>, submissions: usize, settled: bool) -> Arc<Published> {
    let is_it = |plan: &Arc<Published>| plan.unit.submissions.size() == submissions && plan.settled == settled;
    Arc::clone(&*plans.wait_for(is_it).await.unwrap())
}

on_both! {
    async fn an_arrival_is_answered_and_so_is_whoever_it_puts_back(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller_of(Role::Intake, "PSE 7003", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        house.plan().await;
        // Two operators; just under two hours from the moment that one of them begins.
        for (force, exhibit, due) in [("Southshire", "AB/1", "10:36"), ("Northshire", "AB/2", "10:35"), ("Northshire", "AB/3", "10:34")] {
            let taken_at = format!("2026-11-22T{due}:00Z");
            let ready = json!({
                "force": force, "exhibit_ref": exhibit, "taken_at": taken_at, "agreement_at": taken_at, "notice_at": taken_at, "authorised_at": taken_at,
                "authorised_by": "DS 1180", "delivered_at": taken_at, "lock_state": "unlocked",
            });
            intake.post("/v1/submissions", phone_with(ready)).await.is(201);
            house.plan().await;
        }
        let seen = async |id: &str| intake.get(&format!("/v1/submissions/{id}")).await.is(200);
        let (first, third) = (seen("Q1").await, seen("Q3").await);
        assert_eq!(third["arrival"]["text"], "it fits: every promise made to it is kept; 1 promise to others is missed since");
        let (displaced, by) = (&third["arrival"]["displaced"][0], &first["displaced_by"][0]);
        assert_eq!((&displaced["submission"], &by["submission"]), (&json!("Q1"), &json!("Q3")), "told alike on both sides");
        assert_eq!((&displaced["was"], &displaced["is"]), (&by["was"], &by["is"]));
        assert_eq!((&first["arrival"]["answer"], &first["arrival"]["displaced"]), (&json!("fits"), &json!([])));
        assert_eq!(seen("Q2").await["displaced_by"], json!([]));
        // Another force learns that there is somebody, and nothing of whom.
        let northshire = house.caller_of(Role::Investigator, "DC 8", Some("Northshire"), &[]).await;
        let arrival = northshire.get("/v1/submissions/Q3").await.is(200)["arrival"].clone();
        assert_eq!((&arrival["displaced"], &arrival["text"]), (&json!([]), &third["arrival"]["text"]));
        let southshire = house.caller_of(Role::Investigator, "DC 9", Some("Southshire"), &[]).await;
        let back = southshire.get("/v1/submissions/Q1").await.is(200)["displaced_by"].clone();
        assert_eq!((&back[0]["submission"], &back[0]["is"]), (&json!("another submission"), &by["is"]));

        let operator = house.caller_of(Role::Operator, "PSE 7002", Some("Northshire"), &[]).await;
        let ahead = operator.get("/v1/resources/kiosk-north-1/assignments").await.is(200)["planned"].clone();
        let taken = ahead.as_array().unwrap().iter().find(|step| step["submission"] == "another submission").unwrap();
        assert_eq!((&taken["stage"], &taken["text"]), (&Value::Null, &json!("")), "only that the slot is taken");

        // It waits for the kiosk behind two others; with one more today it would not.
        let otherwise = intake.get("/v1/submissions/Q1/counterfactuals").await.is(200);
        let one_more = otherwise["items"].as_array().unwrap().iter().find(|item| item["kind"] == "one_more").unwrap();
        assert_eq!((&one_more["like"], &one_more["on"]), (&json!("kiosk-north-1"), &json!("2026-11-23")), "{otherwise:#}");
        let sooner = &one_more["milestones"][0];
        assert!(sooner["is"].as_str().unwrap() < sooner["was"].as_str().unwrap(), "{otherwise:#}");
        assert_eq!(otherwise["as_of"]["plan_seq"], seen("Q1").await["as_of"]["plan_seq"]);
        intake.get("/v1/submissions/Q77/counterfactuals").await.is(404);
        northshire.get("/v1/submissions/Q1/counterfactuals").await.is(404);
    }

    async fn an_arrival_is_seen_in_a_plan_while_the_plan_before_is_judged(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let mut plans = house.api.plan.clone();
        // Whoever judges plans is busy until told otherwise.
        let (judge, busy) = std::sync::mpsc::channel::<()>();
        let checker = house.cycle.checker.clone();
        tokio::spawn(async move { checker.run(move || busy.recv()).await });

        let story = async {
            let ready = json!({
                "agreement_at": "2026-11-23T07:25:00Z", "notice_at": "2026-11-23T07:25:00Z", "authorised_by": "DS 1180",
                "authorised_at": "2026-11-23T07:28:00Z", "delivered_at": "2026-11-23T07:29:00Z", "lock_state": "unlocked",
            });
            intake.post("/v1/submissions", phone_with(ready)).await.is(201);
            let seen = plan_of(&mut plans, 1, false).await;
            assert!(!seen.plan.steps.is_empty() && house.desk.unit().assignments.is_empty(), "told, and not yet offered");

            judge.send(()).unwrap();
            let done = plan_of(&mut plans, 1, true).await;
            assert!(Arc::ptr_eq(&done.plan, &seen.plan), "what was recorded of it needs no other plan");
            assert!(!done.unit.assignments.is_empty() && done.rests_on() == house.desk.unit().seq);
        };
        tokio::select! {
            ended = house.cycle.run() => panic!("the loop ended: {ended:?}"),
            () = story => {}
        }
    }
}
