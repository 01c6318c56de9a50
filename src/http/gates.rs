//! Gates, and the correction of what was recorded.

use axum::extract::{Path, State};
use axum::response::Response;

use super::access::{Caller, Role, correctors, either};
use super::body::{Reader, unknown};
use super::error::{Mistake, Problem};
use super::openapi::doc::{AT, Doc, Kind, may, need, word, words};
use super::order::Asked;
use super::{House, reach};
use crate::domain::agreement::{AgreementAnswer, DecidedBy, DeviceUser, NoticePart, Terms};
use crate::domain::columns::COLUMNS;
use crate::domain::command::{Command, Supervised};
use crate::domain::decide::RETURN_FIELDS;
use crate::domain::refusal::Refusal;
use crate::domain::submission::{LockState, same_person};
use crate::domain::unit::{DataTaken, RemovalCause, Submission};

/// What [`agreement`] is for.
pub const AGREEMENT: Doc = Doc::change(
    "Record what the device user answered to the five-part written notice",
    &[
        may(
            "answer",
            word::<AgreementAnswer>(&["agreed", "refused", "return_now"]),
            "What they answered; `agreed` unless given.",
        ),
        may("agreement_at", AT, "When they answered; now unless given."),
        may("notice_at", AT, "When they had the notice; now unless given."),
        may("device_user", word::<DeviceUser>(&["child", "adult", "adult_without_capacity"]), "Who used the device."),
        may("decided_by", word::<DecidedBy>(&["parent_or_guardian"]), "In what role somebody decided."),
        may(
            "notice",
            words::<NoticePart>(&["information_sought", "why", "how_dealt_with", "may_refuse", "refusal_ends_nothing"]),
            "What the written notice says: all five.",
        ),
        may("views", Kind::Text("wants it back by Friday"), "What a child, or an adult without capacity, said."),
    ],
)
.more(
    "Where the answer is not `agreed`, nothing is examined, and the device may go back at once. `device_user`, `decided_by` and \
     `notice` are given together or left out, and then told later; `views` is needed for whoever did not decide themselves.",
);

/// `POST /v1/submissions/{id}/agreement`: the device user agreed and had the five-part written notice.
///
/// ```json
/// { "answer": "agreed", "agreement_at": "2026-11-23T08:10:00Z", "notice_at": "2026-11-23T08:05:00Z", "device_user": "child",
///   "decided_by": "parent_or_guardian", "views": "wants it back by Friday",
///   "notice": ["information_sought", "why", "how_dealt_with", "may_refuse", "refusal_ends_nothing"] }
/// ```
///
/// `answer`: agreed (where it is left out), refused or return_now: then nothing is examined, and the device may go back at once.
/// Times default to now. `device_user` (adult, child, adult_without_capacity), `decided_by` (device_user, parent_or_guardian,
/// social_worker, attorney_or_deputy, responsible_adult) and `notice` (what the written notice says: all five) are given together or
/// left out, and then told later; `views` is what a child or an adult without capacity said. Answers with a receipt, as all of these do.
pub async fn agreement(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let (mut body, now) = (Reader::new(&asked.body), api.clock.now());
    let answer = body.parsed::<AgreementAnswer>("answer").unwrap_or(AgreementAnswer::Agreed);
    let (agreement_at, notice_at) = (body.at("agreement_at", now), body.at("notice_at", now));
    let terms = terms(&mut body);
    body.done()?;
    if answer == AgreementAnswer::Agreed {
        return asked.order(api, number, Command::RecordAgreement { number, agreement_at, notice_at, terms }, &[]).await;
    }
    let (cause, data) = (RemovalCause::AgreementRefused, DataTaken::None);
    asked
        .order(api, number, Command::Remove { number, at: agreement_at, cause, data, reason: None }, &[("at", "agreement_at")])
        .await
}

/// On what agreement rests, if anything is said of that: then all of it is.
fn terms(body: &mut Reader<'_>) -> Option<(Terms, Option<String>)> {
    let (user, by) = (body.parsed::<DeviceUser>("device_user"), body.parsed::<DecidedBy>("decided_by"));
    let (notice, views) = (body.list("notice"), body.text("views"));
    if user.is_none() && by.is_none() && notice.is_none() && views.is_none() {
        return None;
    }
    let parts: Result<Vec<NoticePart>, String> = notice.iter().flatten().map(|part| part.parse()).collect();
    match &parts {
        Err(problem) => body.wrong("notice", problem.clone()),
        Ok(_) if notice.is_none() => body.wrong("notice", "must be given with the others"),
        Ok(_) => {}
    }
    for (field, missing) in [("device_user", user.is_none()), ("decided_by", by.is_none())] {
        if missing && !body.is_wrong(field) {
            body.wrong(field, "must be given with the others");
        }
    }
    Some((Terms { device_user: user?, decided_by: by?, notice: parts.unwrap_or_default() }, views))
}

/// What [`legal_basis`] is for.
pub const LEGAL_BASIS: Doc = Doc::change(
    "Record by what right a suspect's device is examined",
    &[need("basis", Kind::Text("PACE s.19"), "By what right, in words.")],
);

/// `POST /v1/submissions/{id}/legal-basis`: by what right the device is examined.
///
/// ```json
/// { "basis": "PACE s.19" }
/// ```
pub async fn legal_basis(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let basis = body.need_text("basis");
    body.done()?;
    asked.order(api, number, Command::RecordLegalBasis { number, basis }, &[("legal_basis", "basis")]).await
}

/// What [`authorisation`] is for.
pub const AUTHORISATION: Doc = Doc::change("Authorise necessity and scope", &[may("at", AT, "When; now unless given.")])
    .more("By the person who speaks. 403 where that is the officer in the case, or the token was made out to them.");

/// `POST /v1/submissions/{id}/authorisation`: the person who speaks authorises necessity and scope; 403 where that is the
/// OIC, or the token was made out to the OIC.
///
/// ```json
/// { "at": "2026-11-23T08:30:00Z" }
/// ```
///
/// `at` defaults to now.
pub async fn authorisation(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let submission = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?;
    let number = submission.number;
    let mut body = Reader::new(&asked.body);
    let at = body.at("at", api.clock.now());
    body.done()?;
    if made_out_to_oic(&asked.caller, &submission) {
        return Err(Problem::from(&Refusal::AuthorisedByOic(number)));
    }
    let by = asked.caller.actor().person;
    asked.order(api, number, Command::Authorise { number, by, at }, &[("authorised_at", "at")]).await
}

/// What [`pin`] is for.
pub const PIN: Doc = Doc::change(
    "Record whether the device can be opened",
    &[need("lock_state", word::<LockState>(&["pin_held"]), "Whether it can be opened: a status, never a PIN.")],
);

/// `POST /v1/submissions/{id}/pin`: whether it can be opened. A status, never a PIN.
///
/// ```json
/// { "lock_state": "pin_held" }
/// ```
pub async fn pin(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let lock_state = body.need_parsed("lock_state");
    body.done()?;
    let Some(lock_state) = lock_state else { return Err(Problem::fault()) };
    asked.order(api, number, Command::RecordPin { number, lock_state }, &[]).await
}

/// What [`return_authorisation`] is for.
pub const RETURN: Doc = Doc::change("Let the device go back once it is verified", &[])
    .more("By the officer in the case, one of their team, or a supervisor; 403 else.");

/// `POST /v1/submissions/{id}/return-authorisation`: the person who speaks lets it go back once verified: the OIC, one of the
/// OIC's team, or a supervisor. No body.
pub async fn return_authorisation(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let submission = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?;
    let number = submission.number;
    Reader::new(&asked.body).done()?;
    lets_go_back(&asked.caller, &submission)?;
    let by = asked.caller.actor().person;
    asked.order(api, number, Command::AuthoriseReturn { number, by }, &[]).await
}

/// What [`correction`] is for.
pub const CORRECTION: Doc = Doc::change(
    "Set right what was recorded wrongly",
    &[
        need("field", Kind::Text("storage_gb"), "A column of the queue file; of a return, `returned_at`, `received_by` or `proof`."),
        need("value", Kind::MaybeEmpty("256"), "What would stand in that column, as text; empty for none."),
        need("reason", Kind::Text("read from the label again"), "Why it is changed."),
    ],
)
.more(
    "The old value stays in the ledger. An empty `returned_at` says that the owner does not have the device: its clock runs on, and a \
     breach that it had closed is open again. 403 where that would take back a promise, or the record that one was missed, and the \
     caller is no supervisor; and where the officer in the case would take their own name off.",
);

/// `POST /v1/submissions/{id}/correction`: a recorded value was wrong. The old one stays in the ledger.
///
/// ```json
/// { "field": "storage_gb", "value": "256", "reason": "read from the label again" }
/// ```
///
/// `field` is a column of the queue file, `value` what would stand in it (text; empty for none). Of a return on record
/// `returned_at`, `received_by` and `proof` can be corrected; an empty `returned_at` says that the owner does not have the
/// device: its clock runs on, and a breach that it had closed is open again. 403 where that would take back a promise, or
/// the record that one was missed, and the caller is no supervisor; and where the OIC would take their own name off.
pub async fn correction(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let submission = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?;
    let number = submission.number;
    let mut body = Reader::new(&asked.body);
    let (field, reason) = (body.need_text("field"), body.need_text("reason"));
    let value = body.maybe_empty("value");
    let known: Vec<&str> = COLUMNS.iter().map(|column| column.name).chain(RETURN_FIELDS).collect();
    if !field.is_empty() && !known.contains(&field.as_str()) {
        body.wrong("field", format!("{field:?} {}", unknown(&field, &known)));
    }
    body.done()?;
    // Whoever is bound to one force can't give a case away to another.
    let foreign = field == "force" && asked.caller.token.force.is_some();
    let roles = correctors(&field);
    if foreign || !roles.contains(&asked.caller.role) {
        let whose = if foreign { "a token for every force".into() } else { format!("the role {}", either(roles)) };
        return Err(Problem::reserved(&[Mistake::new("field", format!("correcting {field} needs {whose}"))]));
    }
    let renamed = submission.particulars.as_ref().is_some_and(|particulars| !same_person(&value, &particulars.oic));
    if field == "oic" && renamed && made_out_to_oic(&asked.caller, &submission) {
        return Err(Problem::from(&Refusal::CorrectedByOic(number)));
    }
    if field == "return_authorised_by" {
        lets_go_back(&asked.caller, &submission)?;
    }
    let supervised = if asked.caller.role == Role::Supervisor { Supervised::Yes } else { Supervised::No };
    asked.order(api, number, Command::Correct { number, field, value, reason, supervised }, &[]).await
}

/// Whether the caller's token was made out to the OIC, whoever speaks with it.
fn made_out_to_oic(caller: &Caller, submission: &Submission) -> bool {
    submission.particulars.as_ref().is_some_and(|particulars| same_person(&caller.token.person, &particulars.oic))
}

/// Refuses who may not let the device of a submission go back.
fn lets_go_back(caller: &Caller, submission: &Submission) -> Result<(), Problem> {
    match &submission.particulars {
        Some(particulars) if !caller.answers_for(particulars) => Err(Problem::forbidden(format!(
            "the return of {} is authorised by its OIC, by someone of the OIC's team (their token names it), or by a supervisor",
            submission.number
        ))),
        // One that was redacted is refused by the rules.
        _ => Ok(()),
    }
}
