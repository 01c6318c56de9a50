//! `dfqueue record`: a decision, a move or a step of work, by the call that the API has for it.
//!
//! What there is to record is read from the table of routes, so that whatever the API learns can be typed at once.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::client::Connection;
use super::output;
use super::reference::Named;
use super::status::find;
use super::{Outcome, database};
use crate::http::access::{Row, TABLE};
use crate::http::openapi::doc::{Body, Field, Kind};

/// Record a decision, a move or a step of work
///
/// `dfqueue record Q12 park cause=tool review_at=2026-12-01T09:00:00Z reason="the next version opens it"`, `dfqueue record A5 finish
/// tool="Kiosk Reader"`. Without WHAT, prints what can be recorded of such a thing and which fields each takes. It is done once, by the person
/// in --person, and judged by the daemon like any call.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of what: a submission (Q12, or force|crime_ref|exhibit_ref|request in quotes), an assignment (A5), a breach (B3), a quality hold (H1), a
    /// message (N7), or a resource of the unit file
    #[arg(value_name = "OF")]
    of: String,
    /// What: the last part of the path of the API's call, like park, delivery or finish
    #[arg(value_name = "WHAT")]
    what: Option<String>,
    /// Its fields; several values of one are separated by commas
    #[arg(value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    connection: Connection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The beginning of the path of a thing's routes, by how its id begins.
const THINGS: [(char, &str); 5] = [
    ('Q', "/v1/submissions/{id}/"),
    ('A', "/v1/assignments/{id}/"),
    ('B', "/v1/sla/breaches/{id}/"),
    ('H', "/v1/quality-holds/{id}/"),
    ('N', "/v1/notices/{id}/"),
];
const RESOURCES: &str = "/v1/resources/{id}/";

/// Sends it and prints what became of it, or prints what there is to send.
pub fn run(args: &Args) -> Result<Outcome> {
    let prefix = prefix(&args.of, args.named.is_given());
    let rows: Vec<&Row> = TABLE.iter().filter(|row| row.changes && row.path.starts_with(prefix)).collect();
    let last = |row: &Row| row.path.rsplit('/').next().unwrap_or_default();
    ensure!(
        prefix != RESOURCES || !args.of.contains(['/', '?', '#']),
        "{:?} is no id; name a submission as Q12 or force|crime_ref|exhibit_ref in quotes, or add --force and --crime-ref",
        args.of
    );
    let Some(what) = &args.what else {
        let header = ["what", "fields", "for"];
        let told = rows.iter().map(|row| vec![last(row).to_owned(), fields_of(row), row.doc.summary.to_owned()]);
        output::print(&output::table(&header, told, output::width()))?;
        return Ok(Outcome::Done);
    };
    let Some(row) = rows.iter().find(|row| last(row) == what) else {
        let known: Vec<&str> = rows.iter().map(|row| last(row)).collect();
        bail!("there is no {what:?} to record of {}; known: {}", args.of, known.join(", "));
    };
    ensure!(args.connection.person.is_some(), "say who does it, with --person or DFQUEUE_PERSON");
    let body = body(row, &args.fields)?;
    let client = args.connection.client()?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).context("making a key for this call")?;
    let answer = database::block_on(async {
        let id = match prefix == THINGS[0].1 {
            true => find(&client, &args.named, &args.of).await?["id"].as_str().unwrap_or_default().to_owned(),
            false => args.of.clone(),
        };
        Ok(client.post(&row.path.replace("{id}", &id), &body, Some(&hex::encode(random))).await?)
    })?;
    match args.json {
        true => output::json(&answer)?,
        false => output::print(&told(&answer))?,
    }
    Ok(Outcome::Done)
}

/// Where the routes of a thing begin. What is no number, with its letter or without, and no reference, is a resource.
fn prefix(of: &str, is_exhibit: bool) -> &'static str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (letter, digits) = of.split_at(of.chars().next().map_or(0, char::len_utf8));
    let thing = THINGS.iter().find(|(known, _)| is_number(digits) && letter.eq_ignore_ascii_case(&known.to_string()));
    match thing {
        _ if is_exhibit || of.contains('|') || is_number(of) => THINGS[0].1,
        Some((_, prefix)) => prefix,
        None => RESOURCES,
    }
}

const fn known(row: &Row) -> &'static [Field] {
    match row.doc.body {
        Body::None => &[],
        Body::Object(fields) | Body::Objects(fields, _) => fields,
    }
}

/// Its fields; those that may be left out in brackets.
fn fields_of(row: &Row) -> String {
    let field = |field: &Field| if field.required { field.name.to_owned() } else { format!("[{}]", field.name) };
    known(row).iter().map(field).collect::<Vec<_>>().join(" ")
}

fn body(row: &Row, given: &[String]) -> Result<Value> {
    let mut body = Map::new();
    for text in given {
        let (name, value) = text.split_once('=').with_context(|| format!("{text:?}: write FIELD=VALUE, like reason=\"...\""))?;
        let Some(field) = known(row).iter().find(|field| field.name == name) else {
            bail!("{text:?}: there is no field {name:?}; its fields are {}", fields_of(row));
        };
        let value = typed(field.kind, value).with_context(|| format!("{text:?}"))?;
        ensure!(body.insert(name.to_owned(), value).is_none(), "{text:?}: the field {name:?} is given twice");
    }
    Ok(body.into())
}

/// Text as what a field holds; what is none of it is the daemon's to refuse.
fn typed(kind: Kind, text: &str) -> Result<Value> {
    Ok(match kind {
        Kind::Flag(_) => text.parse::<bool>().map_or_else(|_| json!(text), Value::from),
        Kind::Whole(..) => text.parse::<i64>().map_or_else(|_| json!(text), Value::from),
        Kind::Texts(_) | Kind::Words(..) => {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
        }
        Kind::Object(_) => serde_json::from_str(text).context("is no JSON")?,
        Kind::Instant(_) | Kind::Day(_) | Kind::Span(_) | Kind::Text(_) | Kind::MaybeEmpty(_) | Kind::Word(..) | Kind::Tiers => {
            json!(text)
        }
    })
}

/// What became of it: what was recorded, and how the submission stands.
fn told(answer: &Value) -> String {
    let id = answer["id"].as_str().unwrap_or("it");
    if answer["changed"] == json!(false) {
        return format!("{id}: nothing changed, the same is on record\n");
    }
    let words = |word: &str| word.replace('_', " ");
    let recorded: Vec<String> =
        answer["recorded"].as_array().into_iter().flatten().filter_map(Value::as_str).map(words).collect();
    let recorded = if recorded.is_empty() { "recorded".to_owned() } else { recorded.join(", ") };
    match answer["state"].as_str() {
        Some(state) => format!("{id}: {recorded}; now {}\n", words(state)),
        None => format!("{id}: {recorded}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str) -> &'static Row {
        TABLE.iter().find(|row| row.path == path && row.changes).unwrap()
    }

    fn given(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    #[test]
    fn what_is_meant_is_known_by_its_id() {
        for (of, path) in [
            ("Q12", "/v1/submissions/{id}/"),
            ("q12", "/v1/submissions/{id}/"),
            ("12", "/v1/submissions/{id}/"),
            ("Northshire|NS/1|AB/1", "/v1/submissions/{id}/"),
            ("A5", "/v1/assignments/{id}/"),
            ("B3", "/v1/sla/breaches/{id}/"),
            ("H1", "/v1/quality-holds/{id}/"),
            ("kiosk-north-1", RESOURCES),
            ("A", RESOURCES),
            ("", RESOURCES),
        ] {
            assert_eq!(prefix(of, false), path, "{of}");
        }
        assert_eq!(prefix("AB/1", true), "/v1/submissions/{id}/");
    }

    #[test]
    fn every_kind_of_thing_has_something_to_record() {
        for prefix in THINGS.iter().map(|(_, prefix)| *prefix).chain([RESOURCES]) {
            assert!(TABLE.iter().any(|row| row.changes && row.path.starts_with(prefix)), "{prefix}");
        }
    }

    #[test]
    fn fields_are_what_the_api_takes() {
        let finish = row("/v1/resources/{id}/availability");
        let sent = body(finish, &given(&["available=false", "until=2026-11-24T12:00:00Z", "reason=it = broken"])).unwrap();
        assert_eq!(sent, json!({ "available": false, "until": "2026-11-24T12:00:00Z", "reason": "it = broken" }));
        let kinds = row("/v1/submissions/{id}/confidential");
        assert_eq!(body(kinds, &given(&["kinds=legal, medical"])).unwrap()["kinds"], json!(["legal", "medical"]));
    }

    #[test]
    fn what_is_no_field_is_told_with_those_that_are() {
        let park = row("/v1/submissions/{id}/park");
        let wrong = |fields: &[&str]| body(park, &given(fields)).unwrap_err().to_string();
        assert!(wrong(&["whim=x"]).contains("its fields are cause"), "{}", wrong(&["whim=x"]));
        assert!(wrong(&["reason"]).contains("FIELD=VALUE"));
        assert!(wrong(&["reason=a", "reason=b"]).contains("twice"));
    }

    #[test]
    fn what_became_of_it_is_a_line() {
        let receipt = json!({ "id": "Q12", "changed": true, "recorded": ["parked"], "open": true, "state": "parked" });
        assert_eq!(told(&receipt), "Q12: parked; now parked\n");
        assert_eq!(told(&json!({ "id": "H4", "changed": true })), "H4: recorded\n");
        assert_eq!(told(&json!({ "id": "Q12", "changed": false })), "Q12: nothing changed, the same is on record\n");
    }
}
