//! Quality holds: what must not be used until the quality lead says so again, and what it touched; and what resources work with.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::access::Caller;
use super::body::Reader;
use super::error::{Mistake, Problem};
use super::openapi::doc::{AT, Answer, CURSOR, Doc, Kind, LIMIT, REASON, may, need, word};
use super::order::{Asked, refused};
use super::page::{self, Page, Params};
use super::views::View;
use super::views::quality::{HoldInFull, HoldView, hold, in_full};
use super::{Api, House, reach};
use crate::daemon::desk::Verdict;
use crate::domain::command::{Command, Oversee};
use crate::domain::ids::{AssignmentId, HoldId, QueueNumber, ResourceId};
use crate::domain::quality::Held;
use crate::domain::submission::words as vocabulary;
use crate::domain::unit::{Submission, Unit};
use crate::store::{Kept, Work};

vocabulary!(
    /// What a hold can be on.
    What {
        /// A kiosk, van, bench, or somebody who is a resource of the unit.
        Resource = "resource",
        /// A tool, in one version or in all.
        Tool = "tool",
        /// Somebody, whatever they work on.
        Person = "person",
    }
);

/// What [`list`] is for.
pub const LIST: Doc = Doc::read("List quality holds", &[Answer::json::<Page<HoldView>>(200, "A page, newest first.")])
    .more("Those on a resource only where the resource is at one of the token's sites.")
    .query(&[may("standing", Kind::Flag(true), "Only those that stand; all of them unless given."), CURSOR, LIMIT]);

/// `GET /v1/quality-holds?standing=&cursor=&limit=`: quality holds, newest first. See [`HoldView`].
pub async fn list(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let standing = params.flag("standing") == Some(true);
    let (before, limit) = (params.cursor(), params.limit());
    params.done()?;
    let unit = house.api.desk.unit();
    let (mut before, mut found) = (if before == 0 { i64::MAX } else { before }, Vec::new());
    while found.len() <= limit {
        let kept = house.api.store.holds(standing, HoldId(before), page::MOST as i64).await?;
        let Some((last, _)) = kept.last() else { break };
        before = last.id.0;
        found.extend(kept.into_iter().filter(|(hold, _)| reaches(&caller, &unit, &hold.held)));
    }
    found.truncate(limit + 1);
    let page = Page::first(found, limit, |(hold, _)| hold.id.0);
    page::show(&headers, &page.map(|kept| hold(&kept)))
}

/// Who is held is for the whole house to know; a resource for those who work where it is.
fn reaches(caller: &Caller, unit: &Unit, held: &Held) -> bool {
    match held {
        Held::Resource { resource } => caller.runs(unit, resource),
        Held::Tool { .. } | Held::Person { .. } => true,
    }
}

/// Why a token that is bound to some sites, or to one force, holds no tool and no person.
const FOR_ALL: &str =
    "is for a token that is bound to no site and no force to hold: it stops work at every site, and for every force";

/// What [`place`] is for.
pub const PLACE: Doc = Doc::change(
    "Stop a resource, a tool or a person from being used",
    &[
        need("what", word::<What>(&["tool"]), "What is held."),
        need("name", Kind::Text("Kiosk Reader"), "Which: a resource by its id in the unit file, a tool as finish records have it, a person as entries name them."),
        may("tool_version", Kind::Text("7.61"), "Of a tool: in which version; in all of them unless given."),
        may("doubtful_from", Kind::Instant("2026-11-16T08:00:00Z"), "Since when what it touched is in doubt; always, unless given."),
        need("reason", Kind::Text("loses messages after an update"), "Why."),
    ],
)
.more(
    "Nothing begins by whoever is held, nor with what is, until the hold is lifted; what was offered or accepted there goes back to the \
     queue, and what runs is for whoever is there to judge. A tool is held wherever it was last used: `POST /v1/resources/{id}/tool` says \
     that a resource works with another.",
)
.answers(&[
    Answer::json::<HoldView>(200, "On record already."),
    Answer::json::<HoldView>(201, "Placed."),
]);

/// `POST /v1/quality-holds`: something must not be used until that is lifted.
///
/// ```json
/// { "what": "tool", "name": "Kiosk Reader", "tool_version": "7.61", "doubtful_from": "2026-11-16T08:00:00Z",
///   "reason": "loses messages after an update" }
/// ```
pub async fn place(State(house): State<House>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let mut body = Reader::new(&asked.body);
    let what = body.need_parsed::<What>("what");
    let (name, version) = (body.need_text("name"), body.text("tool_version"));
    let (doubtful_from, reason) = (body.parsed("doubtful_from"), body.need_text("reason"));
    if version.is_some() && what.is_some_and(|what| what != What::Tool) {
        body.wrong("tool_version", "is of a tool alone");
    }
    body.done()?;
    let held = match what {
        Some(What::Resource) => {
            let unit = api.desk.unit();
            // What a body names and is out of reach is a mistake in the body.
            let nowhere = |_| Problem::invalid(&[Mistake::new("name", "is no resource of the unit's at a site of this token's")]);
            Held::Resource { resource: reach::resource(&unit, &asked.caller, &name).map_err(nowhere)?.id.clone() }
        }
        Some(What::Tool) => Held::Tool { tool: name, version },
        Some(What::Person) => Held::Person { person: name },
        None => return Err(Problem::fault()),
    };
    if asked.caller.is_bound() && !matches!(held, Held::Resource { .. }) {
        return Err(Problem::reserved(&[Mistake::new("what", FOR_ALL)]));
    }
    let oversee = Oversee::PlaceHold { held: held.clone(), doubtful_from, reason };
    let render = move |unit: &Unit, verdicts: &[Verdict]| {
        let standing = || unit.holds.values().find(|hold| hold.held == held).cloned();
        let (status, body) = match verdicts.first() {
            Some(Ok(events)) => {
                let status = if events.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
                (status.as_u16(), standing().map_or(Value::Null, |hold| json!(self::hold(&(hold, None)))))
            }
            Some(Err(refusal)) => refused(&Problem::from(refusal)),
            None => refused(&Problem::fault()),
        };
        (status, body.to_string())
    };
    asked.submit(api, vec![Command::Oversee(oversee)], Box::new(render)).await
}

/// What [`one`] is for.
pub const ONE: Doc = Doc::read(
    "Read a quality hold and what it is about",
    &[Answer::json::<HoldInFull>(
        200,
        "The hold, and a page of the work that was done by it, or with it, within the token's reach.",
    )],
)
.more("Work that was ended before `doubtful_from` is not in doubt, and is left out.")
.query(&[CURSOR, LIMIT]);

/// `GET /v1/quality-holds/{id}?cursor=&limit=`: a hold, and the work that it is about, oldest first. See [`HoldInFull`].
pub async fn one(
    State(house): State<House>,
    caller: Caller,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let (after, limit) = (params.cursor(), params.limit());
    params.done()?;
    let view = View::of(&house, &caller);
    let kept = kept(&house.api, &view.unit, &caller, &id).await?;
    let (mut after, mut work, mut of) = (after, Vec::new(), BTreeMap::new());
    while work.len() <= limit {
        let found = house.api.store.touched(&kept.0, AssignmentId(after), page::MOST as i64).await?;
        let Some(last) = found.last() else { break };
        after = last.id;
        work.extend(seen(&house.api, &view, found, &mut of).await?);
    }
    work.truncate(limit + 1);
    let page = Page::first(work, limit, |work| work.id);
    let rows = page.size();
    page::showing(rows, page::answer(&headers, &in_full(&view, &kept, page, &of))?)
}

/// Work of submissions within reach, which are looked up once each.
async fn seen(
    api: &Api,
    view: &View<'_>,
    found: Vec<Work>,
    of: &mut BTreeMap<QueueNumber, Arc<Submission>>,
) -> Result<Vec<Work>, Problem> {
    let mut seen = Vec::new();
    for work in found {
        let number = work.number();
        if let Entry::Vacant(place) = of.entry(number) {
            let submission = match view.unit.submissions.get(&number) {
                Some(open) => Some(Arc::clone(open)),
                None => api.store.submission(number).await?,
            };
            let reached = submission.filter(|submission| view.caller.sees(&view.unit, submission));
            let Some(submission) = reached else { continue };
            place.insert(submission);
        }
        if view.caller.runs(&view.unit, &ResourceId::from(work.resource.as_str())) {
            seen.push(work);
        }
    }
    Ok(seen)
}

/// A hold within the caller's reach, whether it stands or was lifted.
async fn kept(api: &Api, unit: &Unit, caller: &Caller, id: &str) -> Result<Kept, Problem> {
    let missing = || Problem::missing("quality hold", id);
    let number = HoldId(reach::number(id, 'H').ok_or_else(missing)?);
    let found = api.settled().await?.hold(number).await?;
    found.filter(|(hold, _)| reaches(caller, unit, &hold.held)).ok_or_else(missing)
}

/// Whether something was recorded.
///
/// ```json
/// { "id": "H4711", "changed": true }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Overseen")]
struct Overseen {
    /// Of what.
    id: String,
    /// Whether anything was recorded; false where the same was on record.
    changed: bool,
}

/// What [`lift`] is for.
pub const LIFT: Doc = Doc::change("Let what is held be used again", &[need("reason", REASON, "Why.")])
    .answers(&[Answer::json::<Overseen>(200, "Lifted.")]);

/// `POST /v1/quality-holds/{id}/lifting`: what is held may be used again.
///
/// ```json
/// { "reason": "version 7.62 was validated" }
/// ```
pub async fn lift(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (hold, _) = kept(api, &api.desk.unit(), &asked.caller, &id).await?;
    if asked.caller.is_bound() && !matches!(hold.held, Held::Resource { .. }) {
        return Err(Problem::forbidden(format!("{} {FOR_ALL}", hold.id)));
    }
    let hold = hold.id;
    let mut body = Reader::new(&asked.body);
    let reason = body.need_text("reason");
    body.done()?;
    asked.oversee(api, hold.to_string(), Oversee::LiftHold { hold, reason }).await
}

/// What [`tool`] is for.
pub const TOOL: Doc = Doc::change(
    "Say what a resource works with",
    &[
        need("tool", Kind::Text("Kiosk Reader"), "The tool, as finish records name it."),
        need("tool_version", Kind::Text("7.62"), "Its version."),
        may("at", AT, "Since when; now unless given."),
    ],
)
.more("Finish records say so, too. A resource that works with another than the tool that is on hold may be used again.")
.answers(&[Answer::json::<Overseen>(200, "Recorded, or on record already.")]);

/// `POST /v1/resources/{id}/tool`: what a resource works with from then on.
///
/// ```json
/// { "tool": "Kiosk Reader", "tool_version": "7.62", "at": "2026-11-23T10:00:00Z" }
/// ```
pub async fn tool(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let resource = reach::resource(&api.desk.unit(), &asked.caller, &id)?.id.clone();
    let mut body = Reader::new(&asked.body);
    let (tool, version, at) = (body.need_text("tool"), body.need_text("tool_version"), body.at("at", api.clock.now()));
    body.done()?;
    let id = resource.to_string();
    asked.oversee(api, id, Oversee::InstallTool { resource, at, tool, version }).await
}

impl Asked {
    async fn oversee(self, api: &Api, id: String, oversee: Oversee) -> Result<Response, Problem> {
        let render = move |_: &Unit, verdicts: &[Verdict]| {
            let (status, body) = match verdicts.first() {
                Some(Ok(events)) => (StatusCode::OK.as_u16(), json!(Overseen { id: id.clone(), changed: !events.is_empty() })),
                Some(Err(refusal)) => refused(&Problem::from(refusal)),
                None => refused(&Problem::fault()),
            };
            (status, body.to_string())
        };
        self.submit(api, vec![Command::Oversee(oversee)], Box::new(render)).await
    }
}
