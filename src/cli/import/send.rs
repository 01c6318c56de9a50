//! Rows on their way: batches, retries, corrections.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, stream};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::body;
use super::tally::{Difference, Tally};
use crate::cli::client::{Client, Failure, FieldProblem, Problem, typed};
use crate::config::Row;

/// Rows that go in one request, and into one commit.
const BATCH: usize = 500;
/// Corrections under way at once: the daemon commits them together.
const AT_ONCE: usize = 16;
/// How often a request is tried again, each time after twice as long as before.
const RETRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Sends the rows of one run.
pub struct Sender {
    /// To which daemon.
    pub client: Client,
    /// What every key of this run begins with.
    pub run: String,
    /// Why recorded values are changed; none: they are not.
    pub reason: Option<String>,
}

/// The answer to a batch.
#[derive(Deserialize)]
struct Answer {
    items: Vec<Item>,
}

/// What became of one row.
#[derive(Deserialize)]
struct Item {
    index: usize,
    status: u16,
    #[serde(default)]
    changed: bool,
    problem: Option<Problem>,
}

/// A row that is there with other values.
struct Differing {
    line: usize,
    id: String,
    columns: Vec<Difference>,
}

impl Sender {
    /// Sends every row, some hundred at a time, and tells `tally` what became of each.
    pub async fn send(&self, rows: &[Row], tally: &mut Tally, bar: &ProgressBar) -> Result<()> {
        let mut batches: VecDeque<Range<usize>> =
            (0..rows.len()).step_by(BATCH).map(|from| from..rows.len().min(from + BATCH)).collect();
        let mut answered = false;
        while let Some(batch) = batches.pop_front() {
            let some = rows.get(batch.clone()).unwrap_or_default();
            match self.batch(some, &batch, answered).await {
                Ok(answer) => self.note(some, answer, tally).await?,
                // A daemon that takes smaller bodies than ours gets them.
                Err(Failure::Refused(problem)) if problem.status == 413 && batch.len() > 1 => {
                    let middle = batch.start + batch.len() / 2;
                    batches.push_front(middle..batch.end);
                    batches.push_front(batch.start..middle);
                    continue;
                }
                Err(failure) if batch.start == 0 => return Err(failure.into()),
                Err(failure) => return Err(failure).with_context(|| broke_off(rows, batch.start)),
            }
            answered = true;
            bar.inc(u64::try_from(some.len()).unwrap_or(0));
        }
        Ok(())
    }

    async fn batch(&self, rows: &[Row], range: &Range<usize>, answered: bool) -> Result<Value, Failure> {
        let bodies: Value = rows.iter().map(|row| body(&row.request)).collect();
        let key = format!("{}-{}-{}", self.run, range.start, range.end);
        // A first request that finds nobody is told at once: the address is wrong, or no daemon runs.
        let retries = if answered { RETRIES } else { 0 };
        self.post("/v1/submissions?existing=fill", &bodies, &key, retries).await
    }

    /// Posts under a key, so that trying again after an answer was lost does nothing twice.
    async fn post(&self, path: &str, body: &Value, key: &str, retries: u32) -> Result<Value, Failure> {
        let mut pause = FIRST_PAUSE;
        for _ in 0..retries {
            match self.client.post(path, body, Some(key)).await {
                Err(failure) if failure.passes() => tokio::time::sleep(pause).await,
                answer => return answer,
            }
            pause *= 2;
        }
        self.client.post(path, body, Some(key)).await
    }

    async fn note(&self, rows: &[Row], answer: Value, tally: &mut Tally) -> Result<()> {
        let answer: Answer = typed(&answer)?;
        ensure!(answer.items.len() == rows.len(), "the daemon answered for {} of {} rows", answer.items.len(), rows.len());
        let mut differing = Vec::new();
        for item in answer.items {
            let line = rows.get(item.index).map_or(0, |row| row.line);
            match item {
                Item { status: 201, .. } => tally.new_row(),
                Item { problem: None, changed, .. } => tally.was_there(changed),
                Item { problem: Some(problem), .. } => match differences(&problem) {
                    Some((id, columns)) => differing.push(Differing { line, id, columns }),
                    None => tally.refused(line, &problem),
                },
            }
        }
        match &self.reason {
            Some(reason) => self.correct(differing, reason, tally).await,
            None => {
                differing.into_iter().for_each(|row| tally.differs(row.line, &row.id, row.columns));
                Ok(())
            }
        }
    }

    async fn correct(&self, rows: Vec<Differing>, reason: &str, tally: &mut Tally) -> Result<()> {
        let corrected = rows.into_iter().map(|row| async move {
            let outcome = self.correct_row(&row, reason).await;
            (row, outcome)
        });
        let mut corrected = stream::iter(corrected).buffer_unordered(AT_ONCE);
        while let Some((row, outcome)) = corrected.next().await {
            match outcome {
                Ok(refused) if refused.is_empty() => tally.corrected(),
                Ok(refused) => refused.iter().for_each(|(column, problem)| {
                    tally.refused(row.line, &about(column, problem));
                }),
                Err(failure) => return Err(failure).with_context(|| format!("line {}: correcting {}", row.line, row.id)),
            }
        }
        Ok(())
    }

    /// Corrects column after column, and those refused once more after the others: a later `delivered_at` lets a later
    /// `taken_at` in. What stays refused comes back.
    async fn correct_row(&self, row: &Differing, reason: &str) -> Result<Vec<(String, Problem)>, Failure> {
        let mut left: Vec<&Difference> = row.columns.iter().collect();
        loop {
            let (before, mut refused) = (left.len(), Vec::new());
            for difference in std::mem::take(&mut left) {
                let body = json!({ "field": difference.column, "value": difference.given, "reason": reason });
                let key = format!("{}-{}-{}-{before}", self.run, row.id, difference.column);
                match self.post(&format!("/v1/submissions/{}/correction", row.id), &body, &key, RETRIES).await {
                    Ok(_) => {}
                    Err(Failure::Refused(problem)) if (400..500).contains(&problem.status) && problem.status != 401 => {
                        refused.push((difference.column.clone(), problem));
                        left.push(difference);
                    }
                    Err(failure) => return Err(failure),
                }
            }
            if left.is_empty() || left.len() == before {
                return Ok(refused);
            }
        }
    }
}

/// The submission that a row is, and where it differs, if that is why it was refused.
fn differences(problem: &Problem) -> Option<(String, Vec<Difference>)> {
    let id = problem.more.get("submission")?.as_str()?.to_owned();
    let columns = Vec::<Difference>::deserialize(problem.more.get("differences")?).ok()?;
    Some((id, columns))
}

/// The same problem with the column of the file that it is about, in the words of what is wrong with it.
fn about(column: &str, problem: &Problem) -> Problem {
    let told = problem.errors.iter().map(|error| error.problem.clone());
    let told: Vec<String> = if problem.errors.is_empty() { vec![problem.detail.clone()] } else { told.collect() };
    let named = told.into_iter().map(|problem| FieldProblem { field: column.to_owned(), problem });
    Problem { errors: named.collect(), ..problem.clone() }
}

/// How far it got: `dealt_with` rows, from the first on.
fn broke_off(rows: &[Row], dealt_with: usize) -> String {
    let line = rows.get(dealt_with).map_or(0, |row| row.line);
    format!("all before line {line} is dealt with; run the same command again for the rest")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;
    use axum::{Json, Router};

    use super::*;
    use crate::cli::client::Connection;
    use crate::config::submissions_form;

    /// What a daemon was asked: under which key, for how many rows.
    type Heard = Arc<Mutex<Vec<(String, usize)>>>;

    /// A daemon that takes two rows at once, and is busy the second time it is asked for so few.
    async fn busy(State(heard): State<Heard>, headers: HeaderMap, Json(rows): Json<Vec<Value>>) -> (StatusCode, Json<Value>) {
        let mut heard = heard.lock().unwrap();
        heard.push((headers["idempotency-key"].to_str().unwrap().to_owned(), rows.len()));
        let few = heard.iter().filter(|(_, rows)| *rows <= 2).count();
        let refused = |status: StatusCode| {
            (status, Json(json!({ "status": status.as_u16(), "title": "Refused", "detail": "try otherwise" })))
        };
        match rows.len() {
            3.. => refused(StatusCode::PAYLOAD_TOO_LARGE),
            _ if few == 2 => refused(StatusCode::SERVICE_UNAVAILABLE),
            n => (
                StatusCode::OK,
                Json(json!({ "items": (0..n).map(|i| json!({ "index": i, "status": 201 })).collect::<Value>() })),
            ),
        }
    }

    #[tokio::test]
    async fn batches_that_are_too_large_are_halved_and_a_busy_daemon_is_asked_again_under_the_same_key() {
        let heard = Heard::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/v1/submissions", post(busy)).with_state(Arc::clone(&heard));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let row = |n| format!("Northshire,NS/1,A/{n},DC 1,rasso,victim,phone,2026-11-23T07:40:00Z,north\n");
        let text =
            (1..=4).fold("force,crime_ref,exhibit_ref,oic,offence,owner,device,taken_at,site\n".to_owned(), |t, n| t + &row(n));
        let rows = submissions_form("queue.csv", text.as_bytes(), "2026-11-23T09:00:00Z".parse().unwrap()).unwrap().rows;

        let sender = Sender { client: Connection::to(&server).client().unwrap(), run: "run".into(), reason: None };
        let mut tally = Tally::new("queue.csv", Vec::new());
        sender.send(&rows, &mut tally, &ProgressBar::hidden()).await.unwrap();
        assert_eq!(tally.summary(None), "4 new, 0 unchanged, 0 filled, 0 corrected, 0 differ, 0 bad");
        let heard: Vec<(String, usize)> = heard.lock().unwrap().clone();
        let keys: Vec<(&str, usize)> = heard.iter().map(|(key, rows)| (key.as_str(), *rows)).collect();
        assert_eq!(keys, [("run-0-4", 4), ("run-0-2", 2), ("run-2-4", 2), ("run-2-4", 2)]);
    }

    #[test]
    fn a_column_that_is_refused_is_named_once() {
        let refused = |errors: Value| {
            let detail = "field parent: AB/1 is itself a part of AB/0: name that one";
            json!({ "status": 422, "title": "Invalid", "detail": detail, "errors": errors })
        };
        let told = |problem: Value| {
            let problem: Problem = serde_json::from_value(problem).unwrap();
            about("parent", &problem)
                .errors
                .into_iter()
                .map(|error| format!("{}: {}", error.field, error.problem))
                .collect::<Vec<_>>()
        };
        let itself = "AB/1 is itself a part of AB/0: name that one";
        let named = refused(json!([{ "field": "parent", "problem": itself }]));
        assert_eq!(told(named), [format!("parent: {itself}")]);
        assert_eq!(told(refused(json!([]))), [format!("parent: field parent: {itself}")], "with nothing better to go by");
    }
}
