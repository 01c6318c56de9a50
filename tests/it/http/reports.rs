//! Reports: counts with their definitions, of what the reader may see.

use axum::body::{Body, to_bytes};
use dfqueue::http::access::Role;
use dfqueue::store::WhichAccess;
use serde_json::{Value, json};

use super::house::{Caller, House, fields};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

fn count(group: &Value, finding: &str) -> u64 {
    let found = group["findings"].as_array().unwrap().iter().find(|found| found["finding"] == finding);
    found.map_or(0, |found| found["count"].as_u64().unwrap())
}

on_both! {
    async fn what_is_odd_in_what_was_recorded_is_counted_by_team_with_its_meaning(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller_of(Role::Intake, "PSE 7003", None, &[]).await;
        let sergeant = house.caller(Role::Supervisor, "DS 1180").await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        let theirs = house.caller_of(Role::Auditor, "HMI 1", Some("Southshire"), &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({ "taken_at": "2026-11-23T07:00:00Z" }))).await.is(201);
        let poor = json!({ "exhibit_ref": "AB/2", "team": null, "storage_gb": null, "force": "Southshire" });
        intake.post("/v1/submissions", ready(poor)).await.is(201);
        let correction = json!({ "field": "taken_at", "value": "2026-11-23T07:05:00Z", "reason": "misread" });
        sergeant.post("/v1/submissions/Q1/correction", correction).await.is(200);
        sergeant.post("/v1/submissions/Q1/priority", json!({ "tier": 2, "reason": "an interview" })).await;

        fields(&head.get("/v1/reports/quality?from=-9999-01-01&to=2026-11-23").await.is(400));
        let path = "/v1/reports/quality?from=2026-11-23&to=2026-11-23";
        let report = head.get(&format!("{path}&by=team")).await.is(200);
        assert_eq!(report["all"]["submissions"], 2, "{report:#}");
        let groups = report["groups"].as_array().unwrap();
        let names: Vec<&Value> = groups.iter().map(|group| &group["group"]).collect();
        assert_eq!(names, [&Value::Null, &json!("RASSO North")]);
        assert_eq!((count(&groups[0], "no_storage"), count(&groups[0], "no_team")), (1, 1));
        assert_eq!((count(&groups[1], "taken_corrected"), count(&groups[1], "round_hour")), (1, 0), "it is not on the hour any more");
        assert_eq!(groups[1]["findings"][0]["permille"], Value::Null, "no share of a few");
        let meaning = report["definitions"].as_array().unwrap().iter().find(|one| one["finding"] == "round_hour").unwrap();
        assert_eq!((&meaning["class"], &meaning["text"]), (
            &json!("suspicious"), &json!("The police are said to have taken the device on the hour sharp.")));

        assert_eq!(theirs.get(path).await.is(200)["all"]["submissions"], 1, "of their force alone");
        let other = head.get("/v1/reports/quality?from=2026-11-24&to=2026-11-30").await.is(200);
        assert_eq!(other["all"]["submissions"], 0);
        assert_eq!(fields(&head.get("/v1/reports/quality?from=yesterday").await.is(400)), ["from", "to"]);
        head.get("/v1/reports/quality?from=2026-11-24&to=2026-11-23").await.problem(400, "wrong_query");
        sergeant.get(path).await.is(403);
    }
}

/// The rows of a sheet of a report.
fn rows<'a>(report: &'a Value, sheet: &str) -> &'a Vec<Value> {
    let sheet = report["sheets"].as_array().unwrap().iter().find(|one| one["name"] == sheet);
    sheet.unwrap_or_else(|| panic!("{report:#}"))["rows"].as_array().unwrap()
}

/// What stands in a column of the row where another column says `is`.
fn told<'a>(report: &'a Value, sheet: &str, (column, is): (&str, &str), figure: &str) -> &'a Value {
    let row = rows(report, sheet).iter().find(|row| row[column] == is);
    &row.unwrap_or_else(|| panic!("{report:#}"))[figure]
}

/// Two phones of Northshire and one of Southshire, taken on Monday at 07:20; and who reads of them.
async fn three_phones(db: &Database) -> (House, Caller, Caller) {
    let house = House::open(db).await;
    let intake = house.caller_of(Role::Intake, "PSE 7003", None, &[]).await;
    let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
    let theirs = house.caller_of(Role::Auditor, "HMI 1", Some("Southshire"), &[]).await;
    let other = json!({ "exhibit_ref": "AB/2", "team": null });
    let foreign = json!({ "exhibit_ref": "AB/3", "force": "Southshire", "offence": "theft" });
    for phone in [ready(json!({})), ready(other), ready(foreign)] {
        intake.post("/v1/submissions", phone).await.is(201);
    }
    (house, head, theirs)
}

/// How often each kind of entry stands in the ledger.
async fn entries(house: &House, kind: &str) -> usize {
    house.store.tail(0, 10_000).await.unwrap().iter().filter(|entry| entry.kind == kind).count()
}

on_both! {
    async fn what_is_told_of_promises_reconciles_with_the_ledger(db: &Database) {
        let (house, head, theirs) = three_phones(db).await;
        let path = "/v1/reports/performance?from=2026-11-23&to=2026-11-29";
        let victims = ("promise", "victim-phone");
        let early = head.get(path).await.is(200);
        assert_eq!(told(&early, "promises", victims, "to_come"), 3, "due on Tuesday: {early:#}");
        house.it_is("2026-11-24T09:20:00Z");
        house.sweep().await;
        let missed = entries(&house, "breached").await;
        let report = head.get(path).await.is(200);
        assert_eq!((told(&report, "promises", victims, "breached"), missed), (&json!(3), 3));
        assert_eq!(told(&report, "promises", victims, "kept_permille"), &Value::Null, "no share of three");
        assert_eq!(told(&report, "weeks", victims, "week"), "2026-11-23");
        assert_eq!(told(&report, "promises", victims, "longest_seconds"), 26 * 3_600);
        let legs: i64 = rows(&report, "legs").iter().map(|row| row["mean_seconds"].as_i64().unwrap()).sum();
        assert_eq!(legs, 26 * 3_600, "they add up to the whole");

        // A late entry shows that one was kept.
        let desk = house.caller(Role::PropertyDesk, "PSE 7001").await;
        let back = json!({ "at": "2026-11-23T19:00:00Z", "received_by": "owner", "proof": "signature" });
        desk.post("/v1/submissions/Q1/return", back).await.is(200);
        let report = head.get(path).await.is(200);
        let count = |figure| told(&report, "promises", victims, figure).as_u64().unwrap() as usize;
        let disproved = entries(&house, "breach_disproved").await;
        assert_eq!((count("breached"), count("kept"), count("disproved")), (missed - disproved, 1, disproved));

        let own = theirs.get(path).await.is(200);
        assert_eq!(told(&own, "promises", victims, "breached"), 1, "of their force alone: {own:#}");
        let by = head.get(&format!("{path}&by=force")).await.is(200);
        assert_eq!(rows(&by, "promises").iter().filter(|row| row["promise"] == "victim-phone").count(), 2);
        let later = head.get("/v1/reports/performance?from=2026-11-30&to=2026-12-06").await.is(200);
        assert!(!rows(&later, "promises").iter().any(|row| row["promise"] == "victim-phone"), "not due in that week");
    }

    async fn the_backlog_and_the_capacity_are_those_that_the_reader_may_see(db: &Database) {
        let (house, head, theirs) = three_phones(db).await;
        let operator = house.caller_of(Role::Operator, "PSE 7002", None, &[]).await;
        house.it_is("2026-11-23T08:00:00Z");
        house.plan().await;
        let worked = house.desk.unit().assignments.values().next().unwrap().clone();
        operator.post(&format!("/v1/assignments/{}/start", worked.id), json!({})).await.is(200);
        house.it_is("2026-11-23T08:30:00Z");
        let failed = json!({ "cause": "cable", "reason": "torn" });
        operator.post(&format!("/v1/assignments/{}/fail", worked.id), failed).await.is(200);

        let path = "/v1/reports/backlog?from=2026-11-23&to=2026-11-23";
        let all = head.get(path).await.is(200);
        assert_eq!(told(&all, "waiting", ("device", "all"), "to_be_examined"), 3);
        let own = theirs.get(path).await.is(200);
        assert_eq!(told(&own, "waiting", ("device", "all"), "to_be_examined"), 1);
        assert_eq!(told(&own, "waited", ("device", "all"), "oldest_offence"), "theft");
        assert!(!own.to_string().contains("rasso"), "{own:#}");

        let path = "/v1/reports/capacity?from=2026-11-23&to=2026-11-23";
        let all = head.get(path).await.is(200);
        assert_eq!(told(&all, "flow", ("week", "2026-11-23"), "arrived"), 3);
        let resource = worked.slot.resource.as_str();
        assert_eq!(told(&all, "resources", ("resource", resource), "failed"), 1, "{all:#}");
        assert_eq!(told(&all, "failures", ("cause", "cable"), "lost_seconds"), 1_800);
        let own = theirs.get(path).await.is(200);
        let seen = if worked.submission.0 == 3 { 1 } else { 0 };
        assert_eq!(told(&own, "resources", ("resource", resource), "failed"), seen, "work for others is none of theirs");
    }

    async fn a_report_leaves_as_a_file_and_that_is_on_disk_before_it_does(db: &Database) {
        let (house, head, _) = three_phones(db).await;
        for (done, (report, format)) in ["performance", "backlog", "capacity", "quality"].iter()
            .flat_map(|report| ["csv", "html", "xlsx"].map(|format| (report, format))).enumerate() {
            let path = format!("/v1/reports/{report}?from=2026-11-01&to=2026-11-30&by=force&format={format}");
            let response = head.answer(head.request("GET", &path).body(Body::empty()).unwrap()).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let log = house.store.access_log(&WhichAccess::default(), 0, 100).await.unwrap();
            assert_eq!((status, log.iter().map(|line| line.times as usize).sum::<usize>()), (200, done + 1), "{path}");
            let kind = headers["content-type"].to_str().unwrap();
            match format {
                "xlsx" => assert!(kind.ends_with("spreadsheetml.sheet") && bytes.starts_with(b"PK"), "{kind}"),
                "html" => {
                    let policy = headers["content-security-policy"].to_str().unwrap();
                    assert!(policy.starts_with("default-src 'none'") && kind.starts_with("text/html"), "{policy}");
                    let page = std::str::from_utf8(&bytes).unwrap();
                    assert!(page.contains("OFFICIAL-SENSITIVE") && page.contains("What the figures mean"), "{page}");
                }
                _ => assert!(bytes.starts_with(b"classification,sheet,group"), "{}", String::from_utf8_lossy(&bytes)),
            }
        }
    }
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_named() {
    let db = Database::sqlite();
    let (house, head, _) = three_phones(&db).await;
    for report in ["performance", "backlog", "capacity", "quality"] {
        let path = format!("/v1/reports/{report}");
        assert_eq!(
            fields(&head.get(&format!("{path}?from=yesterday&by=colour&format=pdf")).await.is(400)),
            ["from", "to", "by", "format"]
        );
        head.get(&format!("{path}?from=2026-11-24&to=2026-11-23")).await.problem(400, "wrong_query");
        house.caller(Role::Operator, "PSE 1").await.get(&format!("{path}?from=2026-11-23&to=2026-11-23")).await.is(403);
    }
}
