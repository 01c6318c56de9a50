//! Who read what: every read of a signed-in caller is noted before it is answered, and the record can be read.

use std::collections::BTreeMap;

use axum::extract::{RawPathParams, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::access::{Caller, Role, Row};
use super::error::{Mistake, Problem};
use super::openapi::doc::{AT, Answer, CURSOR, Doc, Kind, LIMIT, may};
use super::page::{self, Page, Params};
use super::views::Shown;
use super::{House, reach};
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;
use crate::store::{Accessed, Reading, WhichAccess};

/// Reads that tell of no submission, by route. All others are noted, so that a new route is, too.
const OF_NO_SUBMISSION: [&str; 2] = ["/v1/sla", "/v1/resources"];

/// How many submissions, actions or breaches an answer shows; its handler says so in the response's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Shows(pub usize);

/// What will be noted of a request once it is answered.
pub struct Read {
    reading: Reading,
}

impl Read {
    /// Of a request through a row of the matrix; none where it changes something (the ledger has that) or tells of nobody.
    pub fn of(row: &Row, caller: &Caller, params: Option<&RawPathParams>) -> Option<Self> {
        if row.changes || OF_NO_SUBMISSION.contains(&row.path) {
            return None;
        }
        let id = params.and_then(|params| params.iter().find(|(name, _)| *name == "id"));
        let number = id.filter(|_| row.path.starts_with("/v1/submissions/")).and_then(|(_, id)| reach::number(id, 'Q'));
        let reading = Reading {
            at: Timestamp::MIN,
            token: caller.token.id.clone(),
            person: caller.person.clone().unwrap_or_else(|| caller.token.person.clone()),
            role: caller.role.to_string(),
            route: row.path.to_owned(),
            number: number.map(QueueNumber),
            status: 0,
            rows: None,
        };
        Some(Self { reading })
    }

    /// Notes how it was answered, and only then lets the answer go. What leaves as a file or a print is on disk before it does.
    pub async fn answered(self, house: &House, response: Response) -> Result<Response, Problem> {
        let shows = response.extensions().get::<Shows>().map(|shows| u32::try_from(shows.0).unwrap_or(u32::MAX));
        let (at, status) = (house.api.clock.now(), response.status().as_u16());
        let leaves = response.headers().get(header::CONTENT_TYPE).is_some_and(is_export);
        let noted = house.api.access_log.note(Reading { at, status, rows: shows, ..self.reading }).await;
        let noted = match noted {
            Ok(()) if leaves => house.api.access_log.flush().await,
            noted => noted,
        };
        noted.map_err(|_| {
            Problem::unavailable("what is read is recorded, and that can't be done just now; try again in a moment")
        })?;
        Ok(response)
    }
}

/// The media type of a workbook.
pub const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn is_export(kind: &HeaderValue) -> bool {
    ["text/csv", "text/html", WORKBOOK].iter().any(|export| kind.as_bytes().starts_with(export.as_bytes()))
}

/// One line of the access log.
///
/// ```json
/// { "id": 4711, "at": "2026-11-23T08:25:00Z", "person": "DC 2231", "token": "t-1f2e", "role": "investigator",
///   "route": "/v1/submissions/{id}", "submission": "Q12", "status": 200, "rows": null, "times": 1 }
/// ```
///
/// An attempt at what was out of reach has status 404.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Access")]
struct AccessView {
    /// Its place in the log, from 1.
    id: i64,
    /// When.
    at: Timestamp,
    /// Who spoke through the token, or else whom it was made out to.
    person: String,
    /// Which token: its id, not what signs in.
    token: String,
    /// The token's role.
    #[schemars(with = "Role")]
    role: String,
    /// Which route, as this document has it.
    route: String,
    /// Of which submission; null where it was about none alone.
    submission: Option<Shown<QueueNumber>>,
    /// How it was answered: HTTP status.
    status: u16,
    /// How many submissions, actions or breaches were shown; null where they are not counted.
    rows: Option<u32>,
    /// How often within that second.
    times: u32,
}

impl From<Accessed> for AccessView {
    fn from(line: Accessed) -> Self {
        let Accessed { id, reading, times } = line;
        let Reading { at, token, person, role, route, number, status, rows } = reading;
        Self { id, at, person, token, role, route, submission: number.map(Shown), status, rows, times }
    }
}

/// What [`list`] is for.
pub const LIST: Doc =
    Doc::read("Read who read what", &[Answer::json::<Page<AccessView>>(200, "Reads of signed-in callers, oldest first.")])
        .query(&[
            may("submission", Kind::Text("Q12"), "Only reads of this submission, by queue number."),
            may("person", Kind::Text("DC 2231"), "Only reads by this person."),
            may("after", AT, "Only reads from this instant on."),
            CURSOR,
            LIMIT,
        ])
        .more("Itself noted. A reader who is bound to a force or to sites gets the lines about submissions within their reach.");

/// `GET /v1/access-log?submission=Q1&person=&after=&cursor=&limit=`: who read what, oldest first; of one submission, by one
/// person, from an instant on. Itself noted.
///
/// A reader who is bound to a force or to sites gets the lines about submissions within their reach.
pub async fn list(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let id = params.text("submission");
    let (person, since) = (params.text("person"), params.at("after"));
    let (after, limit) = (params.cursor(), params.limit());
    params.done()?;
    let number = id.as_ref().map(|id| {
        let wrong = || Problem::query(&[Mistake::new("submission", format!("{id:?} is no queue number: write it like Q12"))]);
        reach::number(id, 'Q').map(QueueNumber).ok_or_else(wrong)
    });
    let which = WhichAccess { number: number.transpose()?, person, since };
    house
        .api
        .access_log
        .flush()
        .await
        .map_err(|_| Problem::unavailable("the newest of the log is not written yet; try again"))?;
    let found = within_reach(&house, &caller, &which, after, limit).await?;
    let page = Page::first(found, limit, |line: &Accessed| line.id);
    page::show(&headers, &page.map(AccessView::from))
}

/// Up to one line more than `limit` that the caller may see, read until there are so many.
async fn within_reach(
    house: &House,
    caller: &Caller,
    which: &WhichAccess,
    mut after: i64,
    limit: usize,
) -> Result<Vec<Accessed>, Problem> {
    const BATCH: i64 = 1_001;
    let (unit, free) = (house.api.desk.unit(), caller.token.force.is_none() && caller.token.sites.is_empty());
    let (mut found, mut seen) = (Vec::new(), BTreeMap::<QueueNumber, bool>::new());
    while found.len() <= limit {
        let batch = house.api.store.access_log(which, after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        for line in batch {
            let sees = match line.reading.number {
                _ if free => true,
                None => false,
                Some(number) => match seen.get(&number) {
                    Some(sees) => *sees,
                    None => {
                        let sees = reach::submission(&house.api, &unit, caller, &number.to_string()).await;
                        let sees = match sees {
                            Ok(_) => true,
                            Err(problem) if problem.is_missing() => false,
                            Err(problem) => return Err(problem),
                        };
                        seen.insert(number, sees);
                        sees
                    }
                },
            };
            if sees {
                found.push(line);
            }
        }
    }
    found.truncate(limit + 1);
    Ok(found)
}
