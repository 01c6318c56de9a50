//! What would have to be added for today's queue to keep its promises at a share, and what one more of each kind is worth. Nothing is
//! recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Reader;
use super::error::Problem;
use super::openapi::doc::{Answer, Body, Doc, Kind, may, need};
use super::order::Asked;
use super::views::View;
use super::views::submission::{AsOf, as_of};
use super::what_if::{changes, no_answer, said};
use super::{House, page};
use crate::domain::establishment::ResourceKind;
use crate::domain::ids::Word;
use crate::domain::policy::Policy;
use crate::domain::what_if::additions::{Cost, Found, Keep, SearchEnding, Share, Tried};

/// What would have to be added.
///
/// ```json
/// { "changes": [], "wanted": [{ "promise": "victim-phone", "percent": 95.0 }], "ending": "found",
///   "as_it_is": { "added": [], "cost": 0, "promises": [] }, "one_more": [],
///   "best": { "added": [{ "kind": "kiosk", "slots": 1 }], "cost": 1, "promises": [] }, "tried": 12 }
/// ```
#[derive(Serialize, JsonSchema)]
struct Additions<'a> {
    /// What is otherwise to begin with, in words.
    changes: Vec<String>,
    /// What is to be kept.
    wanted: Vec<Wanted<'a>>,
    /// How the search ended.
    ending: SearchEnding,
    /// With nothing added.
    as_it_is: UnitTried<'a>,
    /// With one more of each kind that there is, by itself.
    one_more: Vec<UnitTried<'a>>,
    /// The cheapest that was found to keep it, or the nearest to it. None of it can be left out; that nothing else is cheaper is not proved.
    best: UnitTried<'a>,
    /// How many units were planned.
    tried: usize,
    /// How fresh this is.
    as_of: AsOf,
}

/// A promise and the share of it that is to be kept.
///
/// ```json
/// { "promise": "victim-phone", "percent": 95.0 }
/// ```
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PromiseWanted")]
struct Wanted<'a> {
    /// Which promise.
    promise: &'a Word,
    /// Of a hundred that run and are not missed yet, at least so many.
    percent: f64,
}

/// What a unit that was planned keeps.
///
/// ```json
/// { "added": [{ "kind": "kiosk", "slots": 1 }], "cost": 1,
///   "promises": [{ "promise": "victim-phone", "kept": 9, "of": 9, "unavoidable": 0, "late_hours": 0.0 }] }
/// ```
#[derive(Serialize, JsonSchema)]
struct UnitTried<'a> {
    /// What it has on top of the unit as it is.
    added: Vec<SlotsAdded>,
    /// What they cost together: one each, unless said otherwise.
    cost: u64,
    /// One line a promise that runs to somebody.
    promises: Vec<PromiseKept<'a>>,
}

/// So many slots more of a kind.
///
/// ```json
/// { "kind": "kiosk", "slots": 1 }
/// ```
#[derive(Serialize, JsonSchema)]
struct SlotsAdded {
    /// Of which kind of resource.
    kind: ResourceKind,
    /// How many.
    slots: u32,
}

/// What a unit keeps of one promise.
///
/// ```json
/// { "promise": "victim-phone", "kept": 8, "of": 9, "unavoidable": 0, "late_hours": 2.5 }
/// ```
#[derive(Serialize, JsonSchema)]
struct PromiseKept<'a> {
    /// Which promise.
    promise: &'a Word,
    /// To how many it would be kept.
    kept: usize,
    /// To how many it runs and is not missed yet.
    of: usize,
    /// Of those not kept, what nobody can keep with the sites and hours there are. Judged in tiers 0 to 2.
    unavoidable: usize,
    /// Hours of delay of those not kept, summed; of what is planned at no time none is known.
    late_hours: f64,
}

/// What [`ask`] is for.
pub const ASK: Doc = Doc::read(
    "Ask what would have to be added for today's queue to keep its promises",
    &[Answer::json::<Additions<'static>>(200, "What was found, and what one more of each kind is worth.")],
)
.body(Body::Object(&[
    need("keep", Kind::Texts(&["victim-phone=95%"]), "Promises, and the share of each that is to be kept."),
    may("cost", Kind::Texts(&["examiner=3"]), "What one more of a kind costs, a whole number; 1 unless given."),
    may("set", Kind::Texts(&["kiosk=+2", "examiner=-1"]), "To begin with, so many more of a kind of resource, or fewer."),
    may("without", Kind::Texts(&["examiner-khan"]), "Resources that are not there."),
    may("close", Kind::Texts(&["north"]), "Sites that are closed."),
    may("from", Kind::Instant("2026-11-24T08:00:00Z"), "From when on they are closed; now unless given."),
    may("until", Kind::Instant("2026-11-27T08:00:00Z"), "Until when; a fortnight later unless given."),
]))
.more(
    "On a copy: nothing is recorded, and no plan of anybody's changes. A promise counts where it runs and is not missed yet; what waits at a \
     shut gate counts as if that were met now. Slots are added one by one where most is saved for their cost, and what is not needed after all \
     is left out. What is still to come in is not in it: `dfqueue simulate --keep` tries that. 503 while too many ask.",
);

/// `POST /v1/what-if/additions`: what would have to be added. See [`Additions`].
///
/// ```json
/// { "keep": ["victim-phone=95%"], "cost": ["examiner=3"], "without": ["examiner-khan"] }
/// ```
pub async fn ask(State(house): State<House>, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let caller = asked.caller.clone();
    let view = View::of(&house, &caller);
    let published = Arc::clone(&view.plan.published);
    let unit = &published.unit;
    let mut body = Reader::new(&asked.body);
    let wanted = wanted(&mut body, &unit.policy);
    let (base, changes) = changes(&mut body, &unit.establishment, view.now);
    body.done()?;
    let reader = caller.clone();
    let counts = move |unit: &_, submission: &_| reader.sees(unit, submission);
    let found = house.api.otherwise.additions(Arc::clone(&published), base, wanted, counts).await.map_err(no_answer)?;
    let Found { keep, ending, as_it_is, one_more, best, trials } = &found;
    let body = Additions {
        changes: said(&changes, &unit.establishment.zone, view.now),
        wanted: keep.iter().map(|keep| Wanted { promise: &keep.promise, percent: f64::from(keep.permille) / 10.0 }).collect(),
        ending: *ending,
        as_it_is: shown(as_it_is),
        one_more: one_more.iter().map(shown).collect(),
        best: shown(best),
        tried: *trials,
        as_of: as_of(&view),
    };
    page::answer(&headers, &body)
}

/// What is to be kept, and what one more of a kind costs; mistakes are noted with the body.
fn wanted(body: &mut Reader<'_>, policy: &Policy) -> (Vec<Keep>, BTreeMap<ResourceKind, u32>) {
    let (keep, cost) = (body.need_list("keep"), body.list("cost"));
    if keep.is_empty() && !body.is_wrong("keep") {
        body.wrong("keep", "say which promise is to be kept at which share, like victim-phone=95%");
    }
    let mut wanted = Vec::new();
    for text in keep {
        match Keep::parse(&text).and_then(|keep| promised(keep, policy)) {
            Ok(keep) => wanted.push(keep),
            Err(how) => body.wrong("keep", how),
        }
    }
    let mut costs = BTreeMap::new();
    for text in cost.into_iter().flatten() {
        match Cost::parse(&text) {
            Ok(Cost(kind, cost)) => _ = costs.insert(kind, cost),
            Err(how) => body.wrong("cost", how),
        }
    }
    (wanted, costs)
}

fn promised(keep: Keep, policy: &Policy) -> Result<Keep, String> {
    if policy.promises.iter().any(|promise| promise.name == keep.promise) {
        return Ok(keep);
    }
    let names: Vec<&str> = policy.promises.iter().map(|promise| promise.name.as_str()).collect();
    Err(format!("no promise is called {:?}; promises: {}", keep.promise.as_str(), names.join(", ")))
}

fn shown(tried: &Tried) -> UnitTried<'_> {
    let lines = tried.shares.iter().map(|Share { promise, kept, of, unavoidable, late_hours }| PromiseKept {
        promise,
        kept: *kept,
        of: *of,
        unavoidable: *unavoidable,
        late_hours: *late_hours,
    });
    let added = tried.added.0.iter().map(|(kind, slots)| SlotsAdded { kind: *kind, slots: *slots });
    UnitTried { added: added.collect(), cost: tried.cost, promises: lines.collect() }
}
