//! What nobody may keep any more is removed, everywhere, and counts and proof stay.

use dfqueue::http::access::Role;
use serde_json::{Value, json};

use super::house::{House, fields, phone_with};
use crate::harness::Database;
use crate::on_both;

/// A phone that is not delivered, with words that occur nowhere else.
fn phone(exhibit: &str, oic: &str) -> Value {
    phone_with(
        json!({ "crime_ref": "ZQREMCASE/26", "exhibit_ref": exhibit, "oic": oic, "team": null, "make": null, "model": null, "owner": "suspect", "offence": "theft" }),
    )
}

on_both! {
    async fn what_is_redacted_is_found_nowhere_and_the_ledger_proves_what_it_proved(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        // Who recorded what stays on record: that is what the ledger is for.
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        house.it_is("2026-11-23T08:30:00Z");
        let first = phone("ZQREMEXH/1", "DC ZQREMOIC");
        intake.post("/v1/submissions", first.clone()).await.is(201);
        intake.post("/v1/submissions", phone("AB/2", "DC 1")).await.is(201);
        // An answer that repeats what was asked, kept under its key.
        let mut otherwise = first.clone();
        otherwise["oic"] = json!("DC ZQREMOTHER");
        intake.post_with("/v1/submissions", otherwise, &[("idempotency-key", "k-1")]).await.is(409);
        let order = json!({ "reason": "ordered by the court" });
        head.post("/v1/submissions/Q1/redaction", order.clone()).await.problem(409, "illegal_transition");
        let ends = json!({ "cause": "withdrawn", "data": "none", "reason": "ZQREMWHY, as she asked" });
        assert_eq!(oic.post("/v1/submissions/Q1/withdrawal", ends).await.is(200)["open"], false);
        assert_eq!(fields(&head.post("/v1/submissions/Q1/redaction", json!({})).await.is(422)), ["reason"]);
        oic.post("/v1/submissions/Q1/redaction", order.clone()).await.is(403);

        let before = house.store.verify().await.unwrap();
        let done = head.post("/v1/submissions/Q1/redaction", order.clone()).await.is(200);
        assert_eq!(done["recorded"], json!(["redacted"]));
        assert_eq!(head.post("/v1/submissions/Q1/redaction", order).await.is(200)["changed"], false, "once");
        let seen = head.get("/v1/submissions/Q1").await.is(200);
        assert_eq!((&seen["reference"], &seen["owner"], &seen["removed"]["cause"]), (&Value::Null, &json!("suspect"), &json!("withdrawn")));
        assert!(!seen.to_string().contains("ZQREM"), "{seen:#}");
        let case = json!({ "force": "Northshire", "crime_ref": "ZQREMCASE/26" });
        let found = head.post("/v1/submissions/search", case.clone()).await.is(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "the other of its case");
        let after = house.store.verify().await.unwrap();
        assert_eq!((after.finding, after.redacted > before.redacted), (None, true));
        assert_eq!(house.store.load().await.unwrap(), house.desk.unit());
        assert_eq!(intake.post("/v1/submissions", first).await.is(201)["id"], "Q3", "nobody knows that it was there");

        // The last of the case takes the case's reference with it.
        let ends = json!({ "cause": "withdrawn", "data": "none", "reason": "as asked" });
        for number in ["Q2", "Q3"] {
            oic.post(&format!("/v1/submissions/{number}/withdrawal"), ends.clone()).await.is(200);
            head.post(&format!("/v1/submissions/{number}/redaction"), json!({ "reason": "its time is over" })).await.is(200);
        }
        assert_eq!(head.post("/v1/submissions/search", case).await.is(200)["items"], json!([]));
        assert_eq!(house.store.verify().await.unwrap().finding, None);
        assert_eq!(house.store.load().await.unwrap(), house.desk.unit());
        if let Some(file) = db.url.strip_prefix("sqlite:") {
            for file in [file.to_owned(), format!("{file}-wal")] {
                let bytes = std::fs::read(&file).unwrap_or_default();
                let found = bytes.windows(5).position(|some| some == b"ZQREM");
                let around = found.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(80)..(at + 80).min(bytes.len())]).into_owned());
                assert_eq!(around, None, "in {file}");
            }
        }
    }
}
