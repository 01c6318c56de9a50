//! Walk-up: somebody stands at a kiosk with a device, scans it, and it is worked on: one call.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::assignments::{OVERRIDE, may_override};
use super::body::Reader;
use super::error::{Mistake, Problem};
use super::openapi::doc::{AT, Answer, Doc, Kind, PERSON, SEAL, may, need, word};
use super::order::{Asked, Receipt, received, refused};
use super::views::Shown;
use super::{Api, House, intake, openapi, reach};
use crate::daemon::desk::Verdict;
use crate::domain::command::Command;
use crate::domain::ids::{AssignmentId, QueueNumber, ResourceId, SiteId, Word};
use crate::domain::submission::{Owner, digest_of};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit, Whereabouts};

/// What came of a walk-up.
///
/// On top of a receipt.
///
/// ```json
/// { "assignment": { "id": "A7", "stage": "prepare", "resource": "operators-north", "slot": 1, "end": "2026-11-23T08:55:00Z" },
///   "problem": null }
/// ```
#[derive(Serialize, JsonSchema)]
struct WalkedUp {
    #[serde(flatten)]
    receipt: Receipt,
    /// What began; null where nothing could.
    assignment: Option<Begun>,
    /// Why nothing could; null where something began.
    #[schemars(with = "Option<openapi::problems::Problem>")]
    problem: Option<Value>,
}

/// Work that began.
///
/// ```json
/// { "id": "A7", "stage": "prepare", "resource": "operators-north", "slot": 1, "end": "2026-11-23T08:55:00Z" }
/// ```
#[derive(Serialize, JsonSchema)]
struct Begun {
    /// Its assignment.
    id: Shown<AssignmentId>,
    /// Its stage.
    stage: Option<Word>,
    /// Who does it.
    resource: ResourceId,
    /// On which slot, from 1.
    slot: u32,
    /// When it is expected to end.
    end: Timestamp,
}

/// What else is asked of an exhibit that nobody registered.
const RECORD: [&str; 4] = ["owner", "offence", "device", "taken_at"];

/// What [`walk_up`] is for.
pub const WALK_UP: Doc = Doc::change(
    "Begin work on a device that was brought here",
    &[
        need("force", Kind::Text("Northshire"), "Force of the reference, as a scan has it."),
        need("crime_ref", Kind::Text("NS/2026/10411"), "Crime reference."),
        need("exhibit_ref", Kind::Text("AB/1"), "Exhibit reference."),
        may("request", Kind::Whole(1, 4_294_967_295, 1), "Which request for the exhibit; 1 unless given."),
        may("owner", word::<Owner>(&["victim"]), "Whose device, where nobody registered it."),
        may("offence", Kind::Text("rasso"), "Kind of offence: a word of the policy, where nobody registered it."),
        may("device", Kind::Text("phone"), "Kind of device: a word of the policy, where nobody registered it."),
        may("taken_at", Kind::Instant("2026-11-23T07:40:00Z"), "When the police took it, where nobody registered it."),
        may("at", AT, "When; now unless given."),
        may("by", PERSON, "Who brought it, where known."),
        SEAL,
        OVERRIDE,
    ],
)
.answers(&[Answer::json::<WalkedUp>(200, "What was recorded, and what began, or why nothing could.")])
.more(
    "Where the device was not here, its delivery or move is recorded first. Then its next stage begins: on this resource or, where that \
     is not its work, with whoever at the same site does it. What was merely offered gives way; gates, the guard and work under way \
     do not. An exhibit that nobody registered is registered with `owner`, `offence`, `device` and `taken_at`; its officer in the case is \
     the person who speaks, until somebody corrects that.",
);

/// `POST /v1/resources/{id}/walk-up`: the device is here and is worked on at once, whatever was planned.
///
/// ```json
/// { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "by": "DC 2231", "seal": "A0012345" }
/// ```
///
/// By reference, as a scan has it. `request` (1) and `at` (now) may be left out, `by` (who brought it) and `seal`, too. Where the
/// device was not here, its delivery or move is recorded first, and stands whatever becomes of the rest. Then its next stage begins: on
/// this resource or, where that is not its work, with whoever at the same site does it. What was merely offered gives way; gates, the
/// guard (`override`, as for accepting) and work under way do not.
///
/// An exhibit that nobody registered is registered with four fields more: `owner`, `offence`, `device`, `taken_at`; its
/// officer in the case is the person who speaks, until somebody corrects that.
///
/// Answers with a receipt and what began: `"assignment": {"id": "A7", "stage": "prepare", "resource": "operators-north", "slot": 1,
/// "end": "..."}`. Where it was registered, or is here since, and can't be worked on, `assignment` is null and `problem` says why; where
/// nothing was recorded, that problem is the answer.
pub async fn walk_up(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let unit = api.desk.unit();
    let resource = reach::resource(&unit, &asked.caller, &id)?;
    let (resource, site) = (resource.id.clone(), resource.site.clone());
    let mut body = Reader::new(&asked.body);
    let scan = Scan::read(&mut body);
    let at = body.at("at", api.clock.now());
    let (by, seal, overrides) = (body.text("by"), body.text("seal"), body.text("override"));
    body.done()?;
    may_override(&asked, overrides.as_ref())?;
    let (submission, registered) = match known(api, &unit, &asked, &scan.key).await? {
        Some(known) => (known, false),
        None => (register(api, &unit, &asked, (scan.key, scan.record), &site).await?, true),
    };
    let number = submission.number;
    let mut commands: Vec<Command> = brought(&submission, &site, at, (by, seal)).into_iter().collect();
    commands.push(Command::WalkUp { number, resource: resource.clone(), at, overrides });
    let caller = asked.caller.clone();
    let now = api.clock.now();
    let render = move |unit: &Unit, verdicts: &[Verdict]| {
        let problem = verdicts.iter().find_map(|verdict| verdict.as_ref().err()).map(|no| reach::told(no, unit, &caller));
        let events: Vec<_> = verdicts.iter().flatten().flatten().cloned().collect();
        if let Some(problem) = problem.as_ref().filter(|_| events.is_empty() && !registered) {
            let (status, body) = refused(problem);
            return (status, body.to_string());
        }
        let receipt = received(unit, (number, None), &events, now);
        let receipt = if registered { receipt.of_registered() } else { receipt };
        let assignment = if problem.is_none() { begun(unit, number, &site) } else { None };
        let body = WalkedUp { receipt, assignment, problem: problem.map(|problem| problem.body()) };
        (StatusCode::OK.as_u16(), json!(body).to_string())
    };
    asked.submit(api, commands, Box::new(render)).await
}

/// What was scanned, and what is said besides of an exhibit that nobody registered.
struct Scan {
    key: Map<String, Value>,
    record: Map<String, Value>,
}

impl Scan {
    fn read(body: &mut Reader<'_>) -> Self {
        let key = ["force", "crime_ref", "exhibit_ref"].map(|field| (field.to_owned(), Value::from(body.need_text(field))));
        let request = ("request".to_owned(), Value::from(body.whole("request").unwrap_or(1)));
        let record = RECORD.iter().filter_map(|field| Some(((*field).to_owned(), Value::from(body.text(field)?)))).collect();
        Self { key: key.into_iter().chain([request]).collect(), record }
    }
}

/// The submission of a reference. Whoever has the device in hand and its whole reference may say that it is here, also where it was
/// meant to be at another site; but not where it is another force's.
async fn known(api: &Api, unit: &Unit, asked: &Asked, key: &Map<String, Value>) -> Result<Option<Arc<Submission>>, Problem> {
    let text = |field: &str| key.get(field).and_then(Value::as_str).unwrap_or_default();
    let request = key.get("request").and_then(Value::as_i64).unwrap_or(1);
    let reference = format!("{}|{}|{}|{request}", text("force"), text("crime_ref"), text("exhibit_ref"));
    let found = reach::by_reference(api, unit, &digest_of(&reference)).await?;
    let is_ours = |found: &Submission| asked.caller.token.force.as_ref().is_none_or(|force| *force == found.facts.force);
    match found {
        Some(found) if !is_ours(&found) => Err(Problem::out_of_reach_already()),
        found => Ok(found),
    }
}

/// Registers an exhibit that nobody registered, at the site where it is.
async fn register(
    api: &Api,
    unit: &Unit,
    asked: &Asked,
    (mut request, record): (Map<String, Value>, Map<String, Value>),
    site: &SiteId,
) -> Result<Arc<Submission>, Problem> {
    let left_out = RECORD.iter().filter(|field| !record.contains_key(**field));
    let missing: Vec<Mistake> =
        left_out.map(|field| Mistake::new(*field, "must be given: nobody registered this exhibit")).collect();
    if !missing.is_empty() {
        return Err(Problem::invalid(&missing));
    }
    let actor = asked.caller.actor();
    request.extend(record);
    request.extend([("oic".to_owned(), json!(actor.person)), ("site".to_owned(), json!(site.as_str()))]);
    let request = intake::read(&Value::Object(request), unit, &asked.caller, api.clock.now())?;
    let key = digest_of(&request.key());
    let (verdict, unit) = api.desk.order(&actor, Command::Register(Box::new(request))).await?;
    if let Err(refusal) = verdict {
        return Err(reach::told(&refusal, &unit, &asked.caller));
    }
    let found = unit.references.get(&key).and_then(|number| unit.submissions.get(number));
    found.cloned().ok_or_else(Problem::fault)
}

/// What has to be recorded for the device to be here; nothing where it is, or where it can't be.
fn brought(
    submission: &Submission,
    here: &SiteId,
    at: Timestamp,
    (by, seal): (Option<String>, Option<String>),
) -> Option<Command> {
    let (number, site) = (submission.number, here.clone());
    match &submission.device {
        Whereabouts::NotDelivered => Some(Command::Deliver { number, site, at, by, seal }),
        Whereabouts::At { site: there, .. } if there == here => None,
        Whereabouts::At { .. } | Whereabouts::SignedOut { .. } => Some(Command::Move { number, site, at, by, seal }),
        Whereabouts::Outside { .. } | Whereabouts::Returned { .. } => None,
    }
}

/// What is being done with a submission at a site.
fn begun(unit: &Unit, number: QueueNumber, site: &SiteId) -> Option<Begun> {
    let is_here = |id: &ResourceId| unit.establishment.resource(id).is_some_and(|resource| resource.site == *site);
    let submission = unit.submissions.get(&number)?;
    let mut begun = unit.assignments_of(submission);
    let found = begun.find(|assignment| assignment.started_at().is_some() && is_here(&assignment.slot.resource))?;
    Some(Begun {
        id: Shown(found.id),
        stage: unit.stage_of(found).map(|stage| stage.name.clone()),
        resource: found.slot.resource.clone(),
        slot: found.slot.slot,
        end: found.end,
    })
}
