//! Assignments: what a resource does with the work it was given.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::access::Role;
use super::body::Reader;
use super::error::{Mistake, Problem};
use super::openapi::doc::{AT, Answer, Doc, Field, Kind, may, need, word};
use super::order::{Asked, Receipt, received, refused};
use super::{House, reach};
use crate::daemon::desk::Verdict;
use crate::domain::command::{Command, ScopeKept};
use crate::domain::event::{Change, Event, FailureCause, ReleaseCause, Treatment};
use crate::domain::policy::NextStep;
use crate::domain::unit::{DataTaken, Submission, Unit};

const WHEN: Field = may("at", AT, "When; now unless given.");
pub const OVERRIDE: Field = may(
    "override",
    Kind::Text("the bench in town takes any phone that comes"),
    "Why it is done although the guard holds it: a supervisor's to say, and kept in the ledger.",
);

/// What [`accept`] is for.
pub const ACCEPT: Doc = Doc::change("Take work on", &[WHEN, OVERRIDE]).more(
    "The planner leaves it where it is. Work of tiers 2 to 5 that would take away the last way to bring back a victim's phone still to \
     come in time is refused (`/problems/held`).",
);

/// `POST /v1/assignments/{id}/accept`: taken on; the planner leaves it where it is. `id` is `A5` or `5`.
///
/// ```json
/// { "at": "2026-11-23T08:31:00Z" }
/// ```
///
/// `at` defaults to now, here and below. Answers with a receipt of its submission, as all of these do.
///
/// Work of tiers 2-5 that would take away the last way to bring back a victim's phone still to come in time is refused (409,
/// `/problems/held`, with `until` and in `instead` the slot that is free, if one is). A supervisor has it done all the same
/// with `"override": "why"`, which is kept in the ledger.
pub async fn accept(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, overrides) = (body.at("at", api.clock.now()), body.text("override"));
    body.done()?;
    may_override(&asked, overrides.as_ref())?;
    asked.order(api, number, Command::Accept { assignment, at, overrides }, &[]).await
}

/// What [`start`] is for.
pub const START: Doc = Doc::change("Begin work", &[WHEN, OVERRIDE]).more("Refused like accepting, unless it was accepted.");

/// `POST /v1/assignments/{id}/start`: work begins. Refused and overridden like accepting, unless it was accepted.
///
/// ```json
/// { "at": "2026-11-23T08:45:00Z" }
/// ```
pub async fn start(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, overrides) = (body.at("at", api.clock.now()), body.text("override"));
    body.done()?;
    may_override(&asked, overrides.as_ref())?;
    asked.order(api, number, Command::Start { assignment, at, overrides }, &[]).await
}

/// The guard is a supervisor's to override.
pub fn may_override(asked: &Asked, reason: Option<&String>) -> Result<(), Problem> {
    match reason {
        Some(_) if asked.caller.role != Role::Supervisor => {
            Err(Problem::reserved(&[Mistake::new("override", "a supervisor overrides the guard")]))
        }
        _ => Ok(()),
    }
}

/// What [`pause`] is for.
pub const PAUSE: Doc = Doc::change(
    "Put attended work down for something more urgent",
    &[WHEN, may("reason", Kind::Text("a victim's phone came in"), "Why, in words.")],
)
.more("What was done is kept, and what is left is planned for who began it. A machine's run can't be paused.");

/// `POST /v1/assignments/{id}/pause`: attended work is put down for something more urgent. What was done is kept, and what is left is
/// planned for who began it.
///
/// ```json
/// { "at": "2026-11-23T09:10:00Z", "reason": "a victim's phone came in" }
/// ```
///
/// Both may be left out.
pub async fn pause(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, reason) = (body.at("at", api.clock.now()), body.text("reason"));
    body.done()?;
    asked.order(api, number, Command::Pause { assignment, at, reason }, &[]).await
}

/// What [`review`] is for.
pub const REVIEW: Doc = Doc::change(
    "Let a machine's run of unknown length go on",
    &[
        WHEN,
        may(
            "until",
            Kind::Instant("2026-12-07T09:00:00Z"),
            "When somebody looks again; as often as the policy says unless given.",
        ),
        may("reason", Kind::Text("two of six digits are left"), "Why, in words."),
    ],
)
.more(
    "Somebody looks at least as often as the policy says. What does not go on is finished or failed. Other work has a known length, and is not reviewed.",
);

/// `POST /v1/assignments/{id}/review`: somebody looked at a run of unknown length, an unlock say, and it goes on.
///
/// ```json
/// { "at": "2026-11-30T09:00:00Z", "until": "2026-12-07T09:00:00Z", "reason": "two of six digits are left" }
/// ```
///
/// All may be left out.
pub async fn review(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, until, reason) = (body.at("at", api.clock.now()), body.parsed("until"), body.text("reason"));
    body.done()?;
    asked.order(api, number, Command::Review { assignment, at, until, reason }, &[]).await
}

/// What [`resume`] is for.
pub const RESUME: Doc =
    Doc::change("Go on with what was paused", &[WHEN, OVERRIDE]).more("Refused and overridden like accepting.");

/// `POST /v1/assignments/{id}/resume`: what was paused goes on. Refused and overridden like accepting.
///
/// ```json
/// { "at": "2026-11-23T10:30:00Z" }
/// ```
pub async fn resume(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, overrides) = (body.at("at", api.clock.now()), body.text("override"));
    body.done()?;
    may_override(&asked, overrides.as_ref())?;
    asked.order(api, number, Command::Resume { assignment, at, overrides }, &[]).await
}
/// What [`finish`] is for.
pub const FINISH: Doc = Doc::change(
    "Finish work, and its stage",
    &[
        WHEN,
        may("tool", Kind::Text("Kiosk Reader"), "The tool that was used."),
        may("tool_version", Kind::Text("7.61"), "Its version."),
        may(
            "hash",
            Kind::Text("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
            "SHA-256 of what was extracted, in hex.",
        ),
        may("within_scope", Kind::Flag(false), "Whether no more was taken than was asked for."),
        may(
            "wider_data",
            word::<DataTaken>(&["deleted", "ring_fenced", "kept"]),
            "What happened to what was taken beyond it: given with `within_scope` false, and then alone.",
        ),
        may("reason", Kind::Text("the tool can't tell days apart"), "Why more was taken: likewise."),
    ],
);

/// `POST /v1/assignments/{id}/finish`: work and its stage end.
///
/// ```json
/// { "at": "2026-11-23T09:40:00Z", "tool": "Kiosk Reader", "tool_version": "7.61",
///   "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "within_scope": true }
/// ```
///
/// All may be left out. `hash`: SHA-256 of what was extracted. `within_scope`: whether no more was taken than was asked for; else
/// `wider_data` says what happened to what was taken beyond it (deleted, ring_fenced, kept) and `reason` why it was.
pub async fn finish(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (at, tool, tool_version) = (body.at("at", api.clock.now()), body.text("tool"), body.text("tool_version"));
    let hash = body.text("hash");
    let scope = scope_kept(&mut body);
    body.done()?;
    asked.order(api, number, Command::Finish { assignment, at, tool, tool_version, hash, scope }, &[]).await
}

fn scope_kept(body: &mut Reader<'_>) -> Option<ScopeKept> {
    let (kept, data, reason) = (body.flag("within_scope"), body.parsed::<DataTaken>("wider_data"), body.text("reason"));
    let is_wider = kept == Some(false);
    for (field, given) in [("wider_data", data.is_some()), ("reason", reason.is_some())] {
        if is_wider && !given && !body.is_wrong(field) {
            body.wrong(field, "must be given: more was taken than was asked for");
        } else if given && !is_wider {
            body.wrong(field, "is said of what is wider alone");
        }
    }
    match kept? {
        true => Some(ScopeKept::Within),
        false => Some(ScopeKept::Wider { data: data?, reason: reason? }),
    }
}

/// What [`send_back`] is for.
pub const SEND_BACK: Doc = Doc::change(
    "Send work that is being checked back to a stage before",
    &[
        need("stage", Kind::Text("report"), "The stage of its route from which on it is done anew."),
        need("reason", Kind::Text("two pages of the report are missing"), "Why."),
        WHEN,
    ],
)
.more("That stage and all that rests on it is open again, this one with it, and whoever checks it ends here.");

/// `POST /v1/assignments/{id}/send-back`: who checks what was done sends it back, and is to check it again.
///
/// ```json
/// { "stage": "report", "reason": "two pages of the report are missing", "at": "2026-11-23T15:10:00Z" }
/// ```
pub async fn send_back(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (stage, reason, at) = (body.need_text("stage"), body.need_text("reason"), body.at("at", api.clock.now()));
    body.done()?;
    asked.order(api, number, Command::SendBack { assignment, at, stage, reason }, &[]).await
}

/// What [`fail`] is for.
pub const FAIL: Doc = Doc::change(
    "Record that work could not be done",
    &[
        need("cause", word::<FailureCause>(&["pin_wrong"]), "What went wrong."),
        may("attempts_left", Kind::Whole(0, 1_000, 3), "With a wrong PIN: how many more the device takes, where it says so."),
        may("reason", Kind::Text("asked the OIC for another"), "More about it."),
        WHEN,
    ],
)
.more("The stage is open again, and what follows by policy is done at once, as far as it is the daemon's to do.")
.answers(&[Answer::json::<NotDone>(200, "Recorded, and what follows.")]);

/// What follows a failure.
///
/// On top of a receipt.
///
/// ```json
/// { "next": "elsewhere" }
/// ```
#[derive(Serialize, JsonSchema)]
struct NotDone {
    #[serde(flatten)]
    receipt: Receipt,
    /// What follows by policy; null where the submission closed.
    next: Option<NextStep>,
}

/// `POST /v1/assignments/{id}/fail`: it could not be done; the stage is open again.
///
/// ```json
/// { "cause": "pin_wrong", "attempts_left": 3, "reason": "asked the OIC for another", "at": "2026-11-23T08:50:00Z" }
/// ```
///
/// `cause`: cable, unsupported, pin_wrong, locked, battery, device_full, hidden_profile, partial, machine. `attempts_left` and `reason` may
/// be left out. Answers with a receipt and `next`, what follows by policy (`[[on_fail]]`).
pub async fn fail(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let (cause, left) = (body.need_parsed("cause"), body.whole("attempts_left"));
    let (reason, at) = (body.text("reason"), body.at("at", api.clock.now()));
    if left.is_some_and(|left| left > 1_000) {
        body.wrong("attempts_left", "must be at most 1000");
    }
    body.done()?;
    let Some(cause) = cause else { return Err(Problem::fault()) };
    let attempts_left = left.and_then(|left| u32::try_from(left).ok());
    let (now, caller) = (api.clock.now(), asked.caller.clone());
    let render = move |unit: &Unit, verdicts: &[Verdict]| {
        let (status, body) = match verdicts.first() {
            Some(Ok(events)) => {
                let receipt = received(unit, (number, None), events, now);
                let submission = unit.submissions.get(&number);
                let next = submission.and_then(|submission| followed(unit, submission, events));
                (StatusCode::OK.as_u16(), json!(NotDone { receipt, next }))
            }
            Some(Err(refusal)) => refused(&reach::told(refusal, unit, &caller)),
            None => refused(&Problem::fault()),
        };
        (status, body.to_string())
    };
    asked.submit(api, vec![Command::Fail { assignment, at, cause, attempts_left, reason }], Box::new(render)).await
}

/// What followed a failure: what was recorded with it, or else what the policy says.
fn followed(unit: &Unit, submission: &Submission, events: &[Event]) -> Option<NextStep> {
    let done = events.iter().find_map(|event| match event.change {
        Change::Corrected { .. } => Some(NextStep::LevelUp),
        Change::Treated(Treatment::Parked { .. }) => Some(NextStep::Park),
        _ => None,
    });
    let last = submission.failures.last().map(|failure| failure.stage);
    done.or_else(|| match unit.follows(submission, last?)? {
        // What could not be done is for a supervisor to decide.
        NextStep::LevelUp | NextStep::Park => Some(NextStep::Decide),
        next => Some(next),
    })
}

/// What [`release`] is for.
pub const RELEASE: Doc =
    Doc::change("Give work back before it is begun", &[may("reason", Kind::Text("called away to a scene"), "Why.")])
        .more("The stage is open again.");

/// `POST /v1/assignments/{id}/release`: given back before it was begun; the stage is open again.
///
/// ```json
/// { "reason": "called away to a scene" }
/// ```
pub async fn release(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let (assignment, number) = reach::assignment(api, &asked.caller, &id).await?;
    let mut body = Reader::new(&asked.body);
    let reason = body.text("reason");
    body.done()?;
    let command = Command::Release { assignment, cause: ReleaseCause::GivenBack, reason };
    asked.order(api, number, command, &[]).await
}
