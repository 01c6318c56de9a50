//! Registering: one request or many, each standing or falling alone, all in one errand to the desk.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::access::Caller;
use super::error::{Mistake, Problem};
use super::intake;
use super::openapi::doc::Answer;
use super::openapi::outcomes::Batch;
use super::order::{Asked, Receipt, receipt, refused};
use super::{House, reach};
use crate::daemon::desk::Verdict;
use crate::domain::columns::{compare, fill};
use crate::domain::command::Command;
use crate::domain::event::Change;
use crate::domain::ids::QueueNumber;
use crate::domain::submission::{Request, digest_of, words};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit};

/// Most requests of one batch.
pub const MOST: usize = 1_000;

words!(
    /// What to do with a request that is there with other values.
    Existing {
        /// Refuse it, and say where it differs.
        Report = "report",
        /// Fill in what was empty, then the same.
        Fill = "fill",
    }
);

/// What registering answers with.
pub const ANSWERS: &[Answer] = &[
    Answer::json::<Receipt>(200, "One that is there already; with `existing=fill`, what was empty is filled in."),
    Answer::json::<Receipt>(201, "One is registered."),
    Answer::json::<Batch>(207, "Several, each with what became of it."),
];

/// One request of a batch on its way.
enum Item {
    /// Wrong before it got to the desk.
    Refused(Problem),
    /// So many commands, the last of which registers it.
    Ordered { key: [u8; 32], commands: usize },
}

/// Registers what the body holds: an object, or an array of them.
pub async fn register(house: &House, asked: Asked, filling: bool) -> Result<Response, Problem> {
    let (unit, now) = (house.api.desk.unit(), house.api.clock.now());
    let (bodies, many) = match &asked.body {
        Value::Array(items) => (items.as_slice(), true),
        one => (std::slice::from_ref(one), false),
    };
    if bodies.len() > MOST {
        return Err(Problem::invalid(&[Mistake::new("", format!("must hold at most {MOST} requests, not {}", bodies.len()))]));
    }
    let (mut items, mut commands) = (Vec::with_capacity(bodies.len()), Vec::with_capacity(bodies.len()));
    for body in bodies {
        items.push(match intake::read(body, &unit, &asked.caller, now) {
            Ok(request) => {
                let key = digest_of(&request.key());
                let recorded = reach::by_reference(&house.api, &unit, &key).await?;
                // Whoever may not see what is there is told nothing of it, nor changes it.
                if recorded.as_ref().is_some_and(|submission| !asked.caller.sees(&unit, submission)) {
                    let problem = Problem::out_of_reach_already();
                    if !many {
                        return Err(problem);
                    }
                    Item::Refused(problem)
                } else {
                    let orders = orders(recorded.filter(|_| filling).as_deref(), request);
                    let count = orders.len();
                    commands.extend(orders);
                    Item::Ordered { key, commands: count }
                }
            }
            Err(problem) if many => Item::Refused(problem),
            Err(problem) => return Err(problem),
        });
    }
    let caller = asked.caller.clone();
    let render = move |unit: &Unit, verdicts: &[Verdict]| {
        let outcomes = outcomes(&items, (unit, &caller), verdicts, now);
        let (status, body) = if many { together(outcomes) } else { alone(outcomes) };
        (status, body.to_string())
    };
    asked.submit(&house.api, commands, Box::new(render)).await
}

/// The commands that a request comes to: those that fill in what was empty of the one `recorded`, and the one that registers it.
fn orders(recorded: Option<&Submission>, request: Request) -> Vec<Command> {
    let known = recorded.and_then(|submission| Some((submission.number, submission.request()?)));
    let mut orders = known.map_or_else(Vec::new, |(number, known)| fill(number, &request, &compare(&known, &request)));
    orders.push(Command::Register(Box::new(request)));
    orders
}

/// Status and body for each item, in order.
fn outcomes(items: &[Item], (unit, caller): (&Unit, &Caller), mut verdicts: &[Verdict], now: Timestamp) -> Vec<(u16, Value)> {
    let outcome = |item: &Item| match item {
        Item::Refused(problem) => refused(problem),
        Item::Ordered { key, commands } => {
            let (mine, rest) = verdicts.split_at_checked(*commands).unwrap_or((verdicts, &[]));
            verdicts = rest;
            outcome((unit, caller), unit.references.get(key).copied(), mine, now)
        }
    };
    items.iter().map(outcome).collect()
}

fn outcome((unit, caller): (&Unit, &Caller), number: Option<QueueNumber>, verdicts: &[Verdict], now: Timestamp) -> (u16, Value) {
    if let Some(refusal) = verdicts.iter().find_map(|verdict| verdict.as_ref().err()) {
        return refused(&reach::told(refusal, unit, caller));
    }
    let Some(number) = number else { return refused(&Problem::fault()) };
    let events: Vec<_> = verdicts.iter().flatten().flatten().cloned().collect();
    let created = events.iter().any(|event| matches!(event.change, Change::Registered { .. }));
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    (status.as_u16(), receipt(unit, (number, None), &events, now))
}

fn alone(outcomes: Vec<(u16, Value)>) -> (u16, Value) {
    outcomes.into_iter().next().unwrap_or_else(|| refused(&Problem::fault()))
}

fn together(outcomes: Vec<(u16, Value)>) -> (u16, Value) {
    let (mut created, mut unchanged, mut filled, mut refused) = (0, 0, 0, 0);
    let mut items = Vec::with_capacity(outcomes.len());
    for (index, (status, body)) in outcomes.into_iter().enumerate() {
        let mut item = json!({ "index": index, "status": status });
        match (status, body) {
            (200..=299, Value::Object(mut receipt)) => {
                match (status, receipt.get("changed")) {
                    (201, _) => created += 1,
                    (_, Some(Value::Bool(true))) => filled += 1,
                    _ => unchanged += 1,
                }
                if let Value::Object(item) = &mut item {
                    item.append(&mut receipt);
                }
            }
            (_, problem) => {
                refused += 1;
                item["problem"] = problem;
            }
        }
        items.push(item);
    }
    let counts = json!({ "items": items, "created": created, "unchanged": unchanged, "filled": filled, "refused": refused });
    (StatusCode::MULTI_STATUS.as_u16(), counts)
}
