//! What people decide about a submission beside its gates: parked, outside, raised or lowered, somebody at risk, what is asked for.

use axum::extract::{Path, State};
use axum::response::Response;

use super::access::Role;
use super::body::Reader;
use super::device::own_site;
use super::error::{Mistake, Problem};
use super::openapi::doc::{AT, Doc, Kind, PERSON, SEAL, SITE, may, need, word};
use super::order::Asked;
use super::{Api, House, reach};
use crate::domain::command::{Command, Supervised, Treat};
use crate::domain::ids::{QueueNumber, SiteId, Word};
use crate::domain::unit::{OfferAnswer, ParkCause, WithholdCause};

/// A moment some weeks on.
const REVIEW: Kind = Kind::Instant("2026-12-07T09:00:00Z");

/// What [`park`] is for.
pub const PARK: Doc = Doc::change(
    "Have nobody work on it until somebody takes it up again",
    &[
        need("cause", word::<ParkCause>(&["decision"]), "Why."),
        need("review_at", REVIEW, "When somebody looks at it again."),
        need("reason", Kind::Text("the CPS decides on the charge first"), "Why, in words."),
    ],
)
.more("Its device is held, its clocks run, and it counts as waiting. Of what is parked: says anew when that is reviewed.");

/// `POST /v1/submissions/{id}/park`: nobody works on it until somebody takes it up again, or says anew when that is reviewed. Its
/// device is held, its clocks run, and it counts as waiting.
///
/// ```json
/// { "cause": "decision", "review_at": "2026-12-07T09:00:00Z", "reason": "the CPS decides on the charge first" }
/// ```
///
/// `cause`: decision, other_evidence, tool, unlock, other. Answers with a receipt, as all of these do.
pub async fn park(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (cause, review_at, reason) = (body.need_parsed("cause"), body.need_parsed("review_at"), body.need_text("reason"));
    body.done()?;
    let (Some(cause), Some(review_at)) = (cause, review_at) else { return Err(Problem::fault()) };
    asked.treat(api, number, Treat::Park { cause, review_at, reason }).await
}

/// What [`resumption`] is for.
pub const RESUMPTION: Doc =
    Doc::change("Take up again what was parked", &[may("reason", Kind::Text("the CPS wants it"), "Why.")]);

/// `POST /v1/submissions/{id}/resumption`: what was parked is worked on again.
///
/// ```json
/// { "reason": "the CPS wants it" }
/// ```
///
/// `reason` may be left out.
pub async fn resumption(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let reason = body.text("reason");
    body.done()?;
    asked.treat(api, number, Treat::TakeUp { reason }).await
}

/// What [`rework`] is for.
pub const REWORK: Doc = Doc::change(
    "Have work that was done be done anew",
    &[
        need("stage", Kind::Text("extract"), "The stage of its route from which on."),
        need("reason", Kind::Text("done with a tool that is on hold"), "Why."),
    ],
)
.more(
    "That stage and all that rests on it is open again; results are not there until that is done. What needs the device in hand is done anew while the unit has it: after that it takes a further request.",
);

/// `POST /v1/submissions/{id}/rework`: a stage that was done, and all that rests on it, is done anew.
///
/// ```json
/// { "stage": "extract", "reason": "done with a tool that is on hold" }
/// ```
pub async fn rework(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (stage, reason) = (body.need_text("stage"), body.need_text("reason"));
    body.done()?;
    asked.order(api, number, Command::Rework { number, stage, reason }, &[]).await
}

/// What [`outside`] is for.
pub const OUTSIDE: Doc = Doc::change(
    "Send the device to somebody outside the unit, who examines it",
    &[
        need("provider", Kind::Text("Eastern Forensics Ltd"), "Who examines it."),
        may("accreditation", Kind::Text("ISO/IEC 17025"), "What they are accredited for."),
        need("due", Kind::Instant("2026-12-14T12:00:00Z"), "When they give it back."),
        may("at", AT, "When it goes; now unless given."),
        may("by", PERSON, "Who takes it there, where known."),
        SEAL,
    ],
)
.more("What was agreed to and authorised is on record first.");

/// `POST /v1/submissions/{id}/outside`: its device goes to somebody outside the unit, who examines it. What was agreed to and
/// authorised is on record first.
///
/// ```json
/// { "provider": "Eastern Forensics Ltd", "accreditation": "ISO/IEC 17025", "due": "2026-12-14T12:00:00Z",
///   "at": "2026-11-30T09:10:00Z", "by": "PSE 7001", "seal": "A0012345" }
/// ```
///
/// `at` defaults to now; `accreditation`, `by` (who takes it there) and `seal` may be left out.
pub async fn outside(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (provider, accreditation) = (body.need_text("provider"), body.text("accreditation"));
    let (due, at) = (body.need_parsed("due"), body.at("at", api.clock.now()));
    let (by, seal) = (body.text("by"), body.text("seal"));
    body.done()?;
    let Some(due) = due else { return Err(Problem::fault()) };
    asked.treat(api, number, Treat::SendOut { at, provider, accreditation, due, by, seal }).await
}

/// What [`outside_return`] is for.
pub const OUTSIDE_RETURN: Doc = Doc::change(
    "Record that the device is back from outside, and what was done there",
    &[
        may("site", SITE, "Where it is; the submission's own site unless given."),
        may("at", AT, "When it came; now unless given."),
        may("by", PERSON, "Who brought it, where known."),
        SEAL,
        may(
            "done",
            Kind::Texts(&["extract", "analyse", "report"]),
            "Stages of its route that were done there; none unless given.",
        ),
    ],
);

/// `POST /v1/submissions/{id}/outside-return`: the device is back, and what was done there is done.
///
/// ```json
/// { "site": "hq", "at": "2026-12-11T15:30:00Z", "by": "PSE 7001", "seal": "A0012346", "done": ["extract", "analyse", "report"] }
/// ```
///
/// `site` defaults to the submission's, `at` to now, `done` to nothing.
pub async fn outside_return(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let submission = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?;
    let number = submission.number;
    let mut body = Reader::new(&asked.body);
    let site = body.text("site").map_or_else(|| submission.facts.site.clone(), |site| SiteId::from(site.as_str()));
    let (at, by, seal) = (body.at("at", api.clock.now()), body.text("by"), body.text("seal"));
    let done = words(body.list("done").unwrap_or_default());
    body.done()?;
    own_site(&asked.caller, &site)?;
    asked.treat(api, number, Treat::BringBack { at, site, by, seal, done }).await
}

/// What [`priority`] is for.
pub const PRIORITY: Doc = Doc::change(
    "Have it served in another tier, behind those that belong there",
    &[
        may("tier", Kind::Whole(2, 5, 3), "From 2 to the lowest of the policy; its own again unless given."),
        may("until", REVIEW, "When that ends by itself; when somebody ends it unless given."),
        need("reason", Kind::Text("the interview is on Monday"), "Why."),
    ],
);

/// `POST /v1/submissions/{id}/priority`: a person has it served in another tier, behind those that belong there.
///
/// ```json
/// { "tier": 3, "until": "2026-12-07T09:00:00Z", "reason": "the interview is on Monday" }
/// ```
///
/// `tier`: from 2 to the lowest; null: its own again. `until` may be left out.
pub async fn priority(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (tier, until, reason) = (body.whole("tier"), body.parsed("until"), body.need_text("reason"));
    let tier = tier.map(|tier| u8::try_from(tier).unwrap_or(u8::MAX));
    body.done()?;
    asked.treat(api, number, Treat::Prioritise { tier, until, reason }).await
}

/// What [`risk`] is for.
pub const RISK: Doc = Doc::change(
    "Say that somebody is at risk, or no longer",
    &[
        may("risk", Kind::Texts(&["child_at_risk"]), "All risks: words of the policy, empty for none; they stay unless given."),
        may("life_at_risk", Kind::Flag(true), "Whether a life is at immediate risk: a supervisor's to say; it stays unless given."),
        need("reason", Kind::Text("threats to the child in messages of today"), "Why."),
    ],
)
.more(
    "One of the two is given. What that promises counts from now. `life_at_risk` lapses (in the shipped policy after twelve hours) \
     unless it is said again.",
);

/// `POST /v1/submissions/{id}/risk`: somebody is at risk, or no longer. What that promises counts from now.
///
/// ```json
/// { "risk": ["child_at_risk"], "life_at_risk": true, "reason": "threats to the child in messages of today" }
/// ```
///
/// `risk` is all of them (words of the policy; empty for none); what is left out stays. `life_at_risk` is a supervisor's to say; it
/// lapses (in the shipped policy after twelve hours) unless it is said again.
pub async fn risk(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (risk, life_at_risk, reason) = (body.list("risk"), body.flag("life_at_risk"), body.need_text("reason"));
    if risk.is_none() && life_at_risk.is_none() {
        body.wrong("risk", "must be given, or life_at_risk");
    }
    body.done()?;
    if life_at_risk.is_some() && !asked.caller.may_fill("life_at_risk") {
        return Err(Problem::reserved(&[Mistake::new("life_at_risk", "is a supervisor's to say")]));
    }
    asked.treat(api, number, Treat::Flag { risk: risk.map(words), life_at_risk, reason }).await
}

/// What [`scope`] is for.
pub const SCOPE: Doc = Doc::change(
    "Ask for less, or for more",
    &[
        need("scope", Kind::Texts(&["messages", "photos"]), "All kinds of data asked for; empty: every kind."),
        may("scope_from", Kind::Day("2026-11-01"), "First day asked for; no bound unless given."),
        may("scope_to", Kind::Day("2026-11-22"), "Last day asked for; no bound unless given."),
        may("agreement_at", AT, "When the device user agreed anew; given with `notice_at`."),
        may("notice_at", AT, "When they had a new notice."),
        need("reason", Kind::Text("photos were sent, too"), "Why."),
    ],
)
.more(
    "More is a supervisor's to authorise, not the OIC's, and the user of a victim's or witness's device has a new notice and agrees \
     anew.",
);

/// `POST /v1/submissions/{id}/scope`: less is asked for, or more. More is a supervisor's to authorise, not the OIC's, and the
/// user of a victim's or witness's device has a new notice and agrees anew.
///
/// ```json
/// { "scope": ["messages", "photos"], "scope_from": "2026-11-01", "scope_to": "2026-11-22",
///   "agreement_at": "2026-11-23T10:10:00Z", "notice_at": "2026-11-23T10:05:00Z", "reason": "photos were sent, too" }
/// ```
///
/// All of what is asked for, as the queue file has it: no kind is every kind, no day is no bound.
pub async fn scope(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let scope = body.need_list("scope");
    let (from, to) = (body.day("scope_from"), body.day("scope_to"));
    let (agreement_at, notice_at) = (body.parsed("agreement_at"), body.parsed("notice_at"));
    if agreement_at.is_some() != notice_at.is_some() {
        body.wrong(if notice_at.is_none() { "notice_at" } else { "agreement_at" }, "must be given with the other");
    }
    let reason = body.need_text("reason");
    body.done()?;
    let supervised = if asked.caller.role == Role::Supervisor { Supervised::Yes } else { Supervised::No };
    let agreed = agreement_at.zip(notice_at);
    asked.treat(api, number, Treat::ChangeScope { scope, from, to, agreed, reason, supervised }).await
}

/// What [`return_offer`] is for.
pub const RETURN_OFFER: Doc = Doc::change(
    "Record that the owner was offered the device",
    &[
        need("answer", word::<OfferAnswer>(&["later", "accepted", "unreachable", "declined"]), "What came of it."),
        may("at", AT, "When; now unless given."),
        may(
            "until",
            Kind::Instant("2026-11-24T17:30:00Z"),
            "When the owner wants it (needed with `later`), or when they are tried again.",
        ),
        may("reason", Kind::Text("at work until then"), "More about it."),
    ],
)
.more("The clock runs on until they have it.");

/// `POST /v1/submissions/{id}/return-offer`: the owner was offered the device. The clock runs on until they have it.
///
/// ```json
/// { "answer": "later", "at": "2026-11-23T12:00:00Z", "until": "2026-11-24T17:30:00Z", "reason": "at work until then" }
/// ```
///
/// `answer`: accepted, later, unreachable, declined. `until`: when the owner wants it (needed with `later`), or when they are tried again.
pub async fn return_offer(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (answer, at) = (body.need_parsed("answer"), body.at("at", api.clock.now()));
    let (until, reason) = (body.parsed("until"), body.text("reason"));
    body.done()?;
    let Some(answer) = answer else { return Err(Problem::fault()) };
    asked.treat(api, number, Treat::OfferReturn { at, answer, until, reason }).await
}

/// What [`return_withheld`] is for.
pub const RETURN_WITHHELD: Doc = Doc::change(
    "Keep a device that its owner could have",
    &[
        need("cause", word::<WithholdCause>(&["evidence"]), "Why."),
        may("by", Kind::Text("Insp 0450"), "The inspector who decided that; the person who speaks unless given."),
        need("review_at", REVIEW, "When somebody looks at it again."),
        need("reason", Kind::Text("the damage to it is evidence"), "Why, in words."),
    ],
)
.more("The clock runs on.");

/// `POST /v1/submissions/{id}/return-withheld`: an inspector has the device kept although its owner could have it. The clock runs on.
///
/// ```json
/// { "cause": "evidence", "by": "Insp 0450", "review_at": "2026-12-07T09:00:00Z", "reason": "the damage to it is evidence" }
/// ```
///
/// `cause`: indecent_images, evidence, ordered, other. `by` defaults to the person who speaks.
pub async fn return_withheld(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let (cause, review_at, reason) = (body.need_parsed("cause"), body.need_parsed("review_at"), body.need_text("reason"));
    let by = body.text("by").unwrap_or_else(|| asked.caller.actor().person);
    body.done()?;
    let (Some(cause), Some(review_at)) = (cause, review_at) else { return Err(Problem::fault()) };
    asked.treat(api, number, Treat::WithholdReturn { cause, by, review_at, reason }).await
}

/// What [`return_allowance`] is for.
pub const RETURN_ALLOWANCE: Doc = Doc::change(
    "Let what was withheld go back after all",
    &[need("reason", Kind::Text("photographed; the original is not needed"), "Why.")],
);

/// `POST /v1/submissions/{id}/return-allowance`: what was withheld may go back after all.
///
/// ```json
/// { "reason": "photographed; the original is not needed" }
/// ```
pub async fn return_allowance(State(house): State<House>, Path(id): Path<String>, asked: Asked) -> Result<Response, Problem> {
    let api = &house.api;
    let number = reach::submission(api, &api.desk.unit(), &asked.caller, &id).await?.number;
    let mut body = Reader::new(&asked.body);
    let reason = body.need_text("reason");
    body.done()?;
    asked.treat(api, number, Treat::AllowReturn { reason }).await
}

impl Asked {
    /// Hands in one decision about a submission and answers with a receipt.
    pub async fn treat(self, api: &Api, number: QueueNumber, treat: Treat) -> Result<Response, Problem> {
        self.order(api, number, Command::Treat { number, treat: Box::new(treat) }, &[]).await
    }
}

fn words(list: Vec<String>) -> Vec<Word> {
    list.iter().map(|word| Word::from(word.as_str())).collect()
}
