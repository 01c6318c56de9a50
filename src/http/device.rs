//! Where a device is: its chain of custody, step by step.

use axum::extract::{Path, State};
use axum::response::Response;

use super::access::Caller;
use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{AT, Doc, PERSON, SEAL, SITE, may, need, word};
use super::order::Asked;
use super::{House, reach};
use crate::domain::command::Command;
use crate::domain::ids::SiteId;
use crate::domain::unit::{Proof, Receiver, Returned};

/// What [`delivery`] is for.
pub const DELIVERY: Doc = Doc::change(
    "Record that the device reached a site",
    &[
        may("site", SITE, "Where it is; the submission's own site unless given."),
        may("at", AT, "When it came; now unless given."),
        may("by", PERSON, "Who brought it, where known."),
        SEAL,
    ],
);

/// `POST /v1/submissions/{id}/delivery`: the device reached a site.
///
/// ```json
/// { "site": "north", "at": "2026-11-23T08:25:00Z", "by": "DC 2231", "seal": "A0012345" }
/// ```
///
/// `site` defaults to the submission's, `at` to now; `by` is who brought it and `seal` the number of its seal, if known. Answers
/// with a receipt, as all of these do.
pub async fn delivery(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let submission = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?;
    let number = submission.number;
    let mut body = Reader::new(&asked.body);
    let site = body.text("site").map_or_else(|| submission.facts.site.clone(), |site| SiteId::from(site.as_str()));
    let (at, by, seal) = (body.at("at", api.clock.now()), body.text("by"), body.text("seal"));
    body.done()?;
    own_site(&asked.caller, &site)?;
    asked.order(api, number, Command::Deliver { number, site, at, by, seal }, &[("delivered_at", "at")]).await
}

/// What [`relocation`] is for.
pub const MOVE: Doc = Doc::change(
    "Record that the device went to another site and is there",
    &[
        need("site", SITE, "Where it is."),
        may("at", AT, "When it came; now unless given."),
        may("by", PERSON, "Who brought it, where known."),
        SEAL,
    ],
);

/// `POST /v1/submissions/{id}/move`: the device went to another site, or came back to one, and is there.
///
/// ```json
/// { "site": "hq", "at": "2026-11-23T10:00:00Z", "by": "PSE 7001" }
/// ```
pub async fn relocation(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let site = SiteId::from(body.need_text("site").as_str());
    let (at, by, seal) = (body.at("at", api.clock.now()), body.text("by"), body.text("seal"));
    body.done()?;
    own_site(&asked.caller, &site)?;
    asked.order(api, number, Command::Move { number, site, at, by, seal }, &[]).await
}

/// What [`collection`] is for.
pub const COLLECTION: Doc = Doc::change(
    "Sign the device out to the officer who takes it to its owner",
    &[need("by", PERSON, "Who takes it."), may("at", AT, "When; now unless given."), SEAL],
)
.more("The clock runs on.");

/// `POST /v1/submissions/{id}/collection`: signed out to the officer who takes it to its owner. The clock runs on.
///
/// ```json
/// { "by": "DC 2231", "at": "2026-11-23T10:30:00Z" }
/// ```
pub async fn collection(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (by, at, seal) = (body.need_text("by"), body.at("at", api.clock.now()), body.text("seal"));
    body.done()?;
    asked.order(api, number, Command::Collect { number, at, by, seal }, &[]).await
}

/// What [`hand_over`] is for.
pub const HAND_OVER: Doc = Doc::change(
    "Record that the owner has the device",
    &[
        need("received_by", word::<Receiver>(&["owner"]), "Who received it."),
        need("proof", word::<Proof>(&["signature"]), "How that was proved."),
        may("at", AT, "When; now unless given."),
    ],
)
.more("This stops the clock, and nothing else does.");

/// `POST /v1/submissions/{id}/return`: the owner has the device. This stops the clock, and nothing else does.
///
/// ```json
/// { "received_by": "owner", "proof": "signature", "at": "2026-11-23T11:10:00Z" }
/// ```
///
/// `received_by`: owner, parent, nominated. `proof`: signature, code, witnessed.
pub async fn hand_over(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (received_by, proof) = (body.need_parsed("received_by"), body.need_parsed("proof"));
    let at = body.at("at", api.clock.now());
    body.done()?;
    let (Some(received_by), Some(proof)) = (received_by, proof) else { return Err(Problem::fault()) };
    asked.order(api, number, Command::Return { number, returned: Returned { at, received_by, proof } }, &[]).await
}

/// Refuses to speak for a site that is not the caller's.
pub(super) fn own_site(caller: &Caller, site: &SiteId) -> Result<(), Problem> {
    if caller.works_at(site) {
        return Ok(());
    }
    let own: Vec<&str> = caller.token.sites.iter().map(SiteId::as_str).collect();
    Err(Problem::forbidden(format!("this token speaks for {} alone", own.join(", "))))
}
