//! Walk-up: somebody stands at a kiosk with a device, scans it, and it is worked on: one call.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::assignments::may_override;
use super::body::Reader;
use super::error::{Mistake, Problem};
use super::order::{Asked, receipt, refused};
use super::views::Shown;
use super::{Api, House, intake, reach};
use crate::daemon::desk::{Answer, Verdict};
use crate::domain::command::Command;
use crate::domain::ids::{QueueNumber, ResourceId, SiteId};
use crate::domain::submission::digest_of;
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit, Whereabouts};

/// What else is asked of an exhibit that nobody registered.
const RECORD: [&str; 4] = ["owner", "offence", "device", "taken_at"];

/// `POST /v1/resources/{id}/walk-up`: the device is here and is worked on at once, whatever was planned.
///
/// ```json
/// { "force": "Northshire", "crime_ref": "NS/2026/10411", "exhibit_ref": "AB/1", "by": "DC 2231", "seal": "A0012345" }
/// ```
///
/// By reference, as a scan has it, or by `"submission": "Q12"`, if that is within reach. `request` (1) and `at` (now) may be left out, `by`
/// (who brought it) and `seal`, too. Where the device was not here, its delivery or move is recorded first, and stands whatever
/// becomes of the rest. Then its next stage begins: on this resource or, where that is not its work, with whoever at the same site
/// does it. What was merely offered gives way; gates, the guard (`override`, as for accepting) and work under way do not.
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
    let (submission, registered) = match scan {
        Scan::Number(number) => (reach::submission(api, &unit, &asked.caller, &number).await?, false),
        Scan::Reference { key, record } => match known(api, &unit, &asked, &key).await? {
            Some(known) => (known, false),
            None => (register(api, &unit, &asked, (key, record), &site).await?, true),
        },
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
        let mut body = receipt(unit, (number, None), &events, now);
        if registered {
            body["changed"] = true.into();
            body["recorded"].as_array_mut().into_iter().for_each(|recorded| recorded.insert(0, "registered".into()));
        }
        body["assignment"] = if problem.is_none() { begun(unit, number, &site) } else { Value::Null };
        body["problem"] = problem.map_or(Value::Null, |problem| problem.body());
        (StatusCode::OK.as_u16(), body.to_string())
    };
    asked.submit(api, commands, Box::new(render)).await
}

/// What was scanned.
enum Scan {
    /// A queue number.
    Number(String),
    /// A reference, with what is said besides of an exhibit that nobody registered.
    Reference { key: Map<String, Value>, record: Map<String, Value> },
}

impl Scan {
    fn read(body: &mut Reader<'_>) -> Self {
        let number = body.text("submission");
        let mut of = |fields: &[&'static str]| -> Map<String, Value> {
            let given = fields.iter().filter_map(|field| Some(((*field).to_owned(), Value::from(body.text(field)?))));
            given.collect()
        };
        let (mut key, record) = (of(&["force", "crime_ref", "exhibit_ref"]), of(&RECORD));
        let request = body.whole("request");
        let Some(number) = number else {
            for field in ["force", "crime_ref", "exhibit_ref"].into_iter().filter(|field| !key.contains_key(*field)) {
                if !body.is_wrong(field) {
                    body.wrong(field, "must be given, or submission");
                }
            }
            key.insert("request".into(), request.unwrap_or(1).into());
            return Self::Reference { key, record };
        };
        for field in key.keys().chain(record.keys()).cloned().chain(request.map(|_| "request".to_owned())) {
            body.wrong(&field, "must be left out: submission says which");
        }
        Self::Number(number)
    }
}

/// The submission of a reference. Whoever has the device in hand and its whole reference may say that it is here, also where it was
/// meant to be at another site; but not where it is another force's.
async fn known(api: &Api, unit: &Unit, asked: &Asked, key: &Map<String, Value>) -> Result<Option<Arc<Submission>>, Problem> {
    let text = |field: &str| key.get(field).and_then(Value::as_str).unwrap_or_default();
    let request = key.get("request").and_then(Value::as_i64).unwrap_or(1);
    let reference = format!("{}|{}|{}|{request}", text("force"), text("crime_ref"), text("exhibit_ref"));
    let Some(number) = unit.references.get(&digest_of(&reference)) else { return Ok(None) };
    let found = match unit.submissions.get(number) {
        Some(open) => Some(Arc::clone(open)),
        None => api.store.submission(*number).await?,
    };
    let ours = |found: &Arc<Submission>| asked.caller.token.force.as_ref().is_none_or(|force| *force == found.facts.force);
    found.filter(ours).map(Some).ok_or_else(Problem::out_of_reach_already)
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
    let force = request.get("force").and_then(Value::as_str);
    if asked.caller.token.force.as_deref().is_some_and(|own| Some(own) != force) {
        return Err(Problem::reserved(&[Mistake::new("force", "is not the token's force")]));
    }
    let actor = asked.caller.actor();
    request.extend(record);
    request.extend([("oic".to_owned(), json!(actor.person)), ("site".to_owned(), json!(site.as_str()))]);
    let request = intake::read(&Value::Object(request), unit, &asked.caller, api.clock.now())?;
    let key = digest_of(&request.key());
    let answer = api.desk.submit(&actor, vec![Command::Register(Box::new(request))], None).await?;
    let Answer::Decided { verdicts, unit, .. } = answer else { return Err(Problem::fault()) };
    if let Some(Err(refusal)) = verdicts.first() {
        return Err(reach::told(refusal, &unit, &asked.caller));
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
fn begun(unit: &Unit, number: QueueNumber, site: &SiteId) -> Value {
    let is_here = |id: &ResourceId| unit.establishment.resource(id).is_some_and(|resource| resource.site == *site);
    let submission = unit.submissions.get(&number);
    let mut begun = submission.into_iter().flat_map(|submission| unit.assignments_of(submission));
    let found = begun.find(|assignment| assignment.started_at().is_some() && is_here(&assignment.slot.resource));
    found.map_or(Value::Null, |assignment| {
        json!({
            "id": Shown(assignment.id),
            "stage": unit.stage_of(assignment).map(|stage| stage.name.as_str()),
            "resource": assignment.slot.resource.as_str(),
            "slot": assignment.slot.slot,
            "end": assignment.end,
        })
    })
}
