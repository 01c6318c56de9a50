//! Who read what: on record within a second, before anything leaves as a file, and told to those who may know.

use std::sync::atomic::{AtomicUsize, Ordering};

use dfqueue::daemon::access_log::AccessLog;
use dfqueue::domain::ids::QueueNumber;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::http::access::Role;
use dfqueue::store::{Reading, WhichAccess};
use futures::FutureExt;
use futures::future::join_all;
use serde_json::{Value, json};

use super::house::{Caller, House, at, phone, phone_with};
use crate::harness::Database;
use crate::on_both;

const NOW: Timestamp = Timestamp::from_unix(1_795_000_000);

/// Lines as an auditor reads them: person, route, submission, status, rows.
async fn lines(auditor: &Caller, query: &str) -> Vec<(String, String, Value, u64, Value)> {
    let page = auditor.get(&format!("/v1/access-log{query}")).await.is(200);
    let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|line| {
            let status = line["status"].as_u64().unwrap();
            (text(line, "person"), text(line, "route"), line["submission"].clone(), status, line["rows"].clone())
        })
        .collect()
}

fn reading(n: usize) -> Reading {
    Reading {
        at: NOW,
        token: "t-1".into(),
        person: format!("DC {n}"),
        role: "investigator".into(),
        route: "/v1/submissions/{id}".into(),
        number: Some(QueueNumber(1)),
        status: 200,
        rows: None,
    }
}

on_both! {
    async fn reads_are_on_record_with_who_what_and_how_much(db: &Database) {
        let house = House::open(db).await;
        let auditor = house.caller_of(Role::Auditor, "Audit 1", None, &[]).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.post("/v1/submissions", json!([phone(), phone_with(json!({ "exhibit_ref": "AB/2" }))])).await.is(207);
        oic.get("/v1/submissions/Q1").await.is(200);
        oic.spoken_by("DC 9").get("/v1/submissions").await.is(200);
        oic.post("/v1/submissions/search", json!({ "force": "Northshire", "crime_ref": "NS/2026/10411" })).await.is(200);
        oic.get("/v1/submissions/Q7").await.is(404);
        oic.get("/v1/queue").await.is(403);
        oic.text("/v1/submissions/Q2/schedule?format=csv").await;
        let wrote = |person: &str, route: &str, number: Value, status: u64, rows: Value| (person.to_owned(), route.to_owned(), number, status, rows);
        let one = "/v1/submissions/{id}";
        assert_eq!(
            {
                let mut found = lines(&auditor, "").await;
                found.sort_by_key(|(person, route, _, status, _)| (person.clone(), route.clone(), *status));
                found
            },
            [
                wrote("DC 2231", "/v1/submissions/search", json!(null), 200, json!(2)),
                wrote("DC 2231", one, json!("Q1"), 200, json!(null)),
                wrote("DC 2231", one, json!("Q7"), 404, json!(null)),
                wrote("DC 2231", "/v1/submissions/{id}/schedule", json!("Q2"), 200, json!(null)),
                wrote("DC 9", "/v1/submissions", json!(null), 200, json!(2)),
            ],
            "what a role may not knock at tells nothing, and changes are in the ledger"
        );
        // Looking into the log is on record, too, and so is the same answer given again from what is kept.
        assert_eq!(lines(&auditor, "?person=Audit+1").await.len(), 1);
        house.it_is("2026-11-23T07:31:00Z");
        let tag = oic.get("/v1/submissions/Q1").await.headers["etag"].to_str().unwrap().to_owned();
        let again = oic.request("GET", "/v1/submissions/Q1").header("if-none-match", tag).body(axum::body::Body::empty()).unwrap();
        assert_eq!(oic.send(again).await.status, 304);
        let seen = lines(&auditor, "?submission=Q1&after=2026-11-23T07:31:00Z").await;
        assert_eq!(seen.iter().map(|line| line.3).collect::<Vec<_>>(), [200, 304]);
        auditor.get("/v1/access-log?submission=AB/1").await.problem(400, "wrong_query");
        oic.get("/v1/access-log").await.problem(403, "forbidden");
    }

    async fn pages_follow_each_other_and_the_same_in_one_second_is_one_line(db: &Database) {
        let house = House::open(db).await;
        let auditor = house.caller_of(Role::Auditor, "Audit 1", None, &[]).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        for n in 0..5 {
            let one = oic.spoken_by(&format!("DC {n}"));
            join_all((0..10).map(|_| one.get("/v1/submissions/Q1"))).await;
        }
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let page = auditor.get(&format!("/v1/access-log?submission=Q1&limit=2{next}")).await.is(200);
            seen.extend(page["items"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }
        let times: u64 = seen.iter().map(|line| line["times"].as_u64().unwrap()).sum();
        assert_eq!(times, 50, "{seen:#?}");
        assert!(seen.len() < 50, "{} lines", seen.len());
    }

    async fn who_is_bound_to_a_force_reads_of_its_submissions_alone(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller_of(Role::Intake, "PSE 7003", None, &[]).await;
        intake.post("/v1/submissions", json!([phone(), phone_with(json!({ "force": "Southshire" }))])).await.is(207);
        let manager = house.caller(Role::Manager, "DI 0900").await;
        for path in ["/v1/submissions/Q1", "/v1/submissions/Q2", "/v1/submissions"] {
            intake.get(path).await.is(200);
        }
        let seen = lines(&manager, "").await;
        assert_eq!(seen.iter().map(|line| line.2.clone()).collect::<Vec<_>>(), [json!("Q1")], "{seen:#?}");
    }

    async fn what_is_exported_is_on_disk_before_it_leaves(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        for (done, format) in ["csv", "html"].into_iter().enumerate() {
            oic.text(&format!("/v1/submissions/Q1/schedule?format={format}")).await;
            let log = house.store.access_log(&WhichAccess::default(), 0, 10).await.unwrap();
            assert_eq!(log.iter().map(|line| line.times as usize).sum::<usize>(), done + 1);
        }
    }

    async fn readers_wait_for_a_slow_disk_and_nothing_is_lost(db: &Database) {
        let store = db.serve().await;
        let (log, writer) = AccessLog::open(store.clone());
        // Nobody writes yet: once there is no room left, whoever reads waits.
        let noted = AtomicUsize::new(0);
        let note = async |n: usize| {
            log.note(reading(n)).await.unwrap();
            noted.fetch_add(1, Ordering::Relaxed);
        };
        let mut all = Box::pin(join_all((0..6_000).map(note)));
        assert!((&mut all).now_or_never().is_none());
        assert!((1_000..6_000).contains(&noted.load(Ordering::Relaxed)), "bounded: {noted:?}");
        let writer = tokio::spawn(writer);
        all.await;
        log.flush().await.unwrap();
        let mut kept = 0;
        let mut last = 0;
        loop {
            let page = store.access_log(&WhichAccess::default(), last, 1_000).await.unwrap();
            let Some(line) = page.last() else { break };
            (last, kept) = (line.id, kept + page.len());
        }
        assert_eq!(kept, 6_000);
        // Who stops the daemon drops the log: what it holds is written first.
        log.note(reading(6_000)).await.unwrap();
        drop(log);
        writer.await.unwrap();
        let which = WhichAccess { person: Some("DC 6000".into()), ..WhichAccess::default() };
        assert_eq!(store.access_log(&which, 0, 10).await.unwrap().len(), 1);
    }

    async fn old_lines_are_forgotten(db: &Database) {
        let store = db.serve().await;
        let old = |n: usize| (Reading { at: NOW - Seconds(i64::try_from(n).unwrap()), ..reading(n) }, 1);
        store.log_access(&(0..1_200).map(old).collect::<Vec<_>>()).await.unwrap();
        let mut forgotten = Vec::new();
        while forgotten.last() != Some(&0) {
            forgotten.push(store.forget_access(NOW - Seconds(99)).await.unwrap());
        }
        assert_eq!(forgotten, [500, 500, 100, 0]);
        assert_eq!(store.access_log(&WhichAccess::default(), 0, 1_000).await.unwrap().len(), 100);
        assert!(at("2026-11-23T07:30:00Z") > Timestamp::MIN);
    }
}
