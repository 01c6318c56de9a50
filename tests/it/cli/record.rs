//! What people decide from the command line, and the roster that a daemon has.

use serde_json::{Value, json};

use super::house::{House, queue, row};
use super::{example, squeezed};

#[tokio::test(flavor = "multi_thread")]
async fn what_people_decide_is_recorded_from_the_command_line() {
    let house = House::open().await;
    let (intake, supervisor) = (house.token("intake").await, house.token("supervisor").await);
    let file = house.folder.write("queue.csv", &queue(&[row("A/1", "phone", "pin_held,,")]));
    assert_eq!(house.run(&intake, &["import", &file]).code, 0);
    let park =
        ["record", "Northshire|NS/9|A/1", "park", "cause=tool", "review_at=2026-12-01T09:00:00Z", "reason=the next version"];
    assert_eq!(house.run(&supervisor, &park).out, "Q1: parked; now parked\n");
    assert_eq!(house.run(&supervisor, &["record", "Q1", "resumption", "--json"]).json()["recorded"], json!(["taken_up"]));
    let told = house.run(&supervisor, &["record", "Q1"]);
    assert!(told.code == 0 && squeezed(&told.out)[0] == "what fields for", "{}", told.out);
    assert!(squeezed(&told.out).iter().any(|line| line.starts_with("withdrawal ")), "{}", told.out);
    let wrong = house.run(&supervisor, &["record", "Q1", "prk"]);
    assert!(wrong.code == 1 && wrong.err.contains("there is no \"prk\" to record of Q1; known: agreement, "), "{}", wrong.err);
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_is_adopted_with_the_unit_and_tells_who_is_on_call() {
    let lines = "who,from,until,duty\nDI Shah,2026-11-23,2026-11-29,on_call\nkhan,2026-11-23,2026-11-24,leave\n";
    let house = House::open_with(Some(lines)).await;
    let token = house.token("manager").await;
    let get = async |path: &str| -> Value {
        let asked = reqwest::Client::new().get(format!("{}{path}", house.server())).bearer_auth(&token);
        asked.send().await.unwrap().json().await.unwrap()
    };
    let roster = get("/v1/roster").await;
    assert_eq!(roster["on_call"], json!(["DI Shah"]));
    assert_eq!(roster["items"].as_array().unwrap().len(), 2);
    let resources = get("/v1/resources").await;
    let khan = resources["items"].as_array().unwrap().iter().find(|one| one["id"] == "khan").unwrap().clone();
    assert_eq!((&khan["available"], &khan["out_of_use"][0]["reason"]), (&json!(false), &json!("leave")));
    let (unit, policy, roster) = (example("unit.toml"), example("policy.toml"), house.folder.path("roster.csv"));
    let files = ["--unit", &unit, "--policy", &policy, "--roster", roster.to_str().unwrap()];
    let checked = house.run(&token, &[&["check"], &files[..]].concat());
    assert!(checked.code == 0 && checked.out.contains("roster.csv: 2 lines"), "{}{}", checked.out, checked.err);
    house.daemon.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_that_is_no_roster_does_not_stop_the_queue() {
    let house = House::open_with(Some("who,from\n")).await;
    let token = house.token("manager").await;
    let queue = house.run(&token, &["queue"]);
    assert_eq!((queue.code, queue.err.as_str()), (0, ""));
    let (unit, policy, roster) = (example("unit.toml"), example("policy.toml"), house.folder.path("roster.csv"));
    let files = ["--unit", &unit, "--policy", &policy, "--roster", roster.to_str().unwrap()];
    assert_eq!(house.run(&token, &[&["check"], &files[..]].concat()).code, 1, "it is told by a check all the same");
    house.daemon.stop().await.unwrap();
}
