//! The plan: who is served in which order, and the whole of it.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::House;
use super::access::Caller;
use super::error::Problem;
use super::openapi::doc::{Answer, CURSOR, Doc, LIMIT, SITE, TIER, may};
use super::openapi::planner::Plan;
use super::page::{self, Page, Params};
use super::views::submission::{AsOf, Summary, as_of, summary};
use super::views::{View, of};
use crate::domain::ids::QueueNumber;
use crate::planner::document::{document, guard};

/// A page of the queue and how fresh it is.
#[derive(Serialize, JsonSchema)]
struct QueuePage<'a> {
    #[serde(flatten)]
    page: Page<Summary<'a>>,
    /// How fresh this is.
    as_of: AsOf,
}

/// What [`queue`] is for.
pub const QUEUE: Doc = Doc::read(
    "List everything open, first to be served first",
    &[Answer::json::<QueuePage<'static>>(200, "A page, in the order of the plan.")],
)
.more("A cursor holds a place in the order: when a new plan comes between two pages, an item can be seen twice or missed.")
.query(&[TIER, may("site", SITE, "Only what is examined there."), CURSOR, LIMIT]);

/// `GET /v1/queue?tier=&site=&cursor=&limit=`: everything open, first to be served first, as summaries with tier, next step,
/// reasons and `clear_by`. See [`Summary`].
///
/// `site`: whose device is examined there. A cursor holds a place in the order; when a new plan comes between two pages, an
/// item can be seen twice or missed.
pub async fn queue(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let (tiers, site) = (params.tiers(&house.api.desk.unit()), params.site(&house.api.desk.unit()));
    let (after, limit) = (params.cursor(), params.limit());
    params.done()?;
    let view = View::of(&house, &caller);
    let order = view.plan.published.plan.order.iter().zip(1_i64..).skip(usize::try_from(after).unwrap_or(usize::MAX));
    let found =
        order.filter_map(|(number, place)| Some((view.unit.submissions.get(number)?, place))).filter(|(submission, _)| {
            (tiers.is_empty() || tiers.contains(&i64::from(submission.tier(view.now))))
                && site.as_ref().is_none_or(|site| submission.facts.site.as_str() == site)
                && caller.sees(&view.unit, submission)
        });
    let page = Page::first(found.take(limit + 1).collect(), limit, |(_, place)| *place);
    let breaches = view.breaches();
    let page = page.map(|(submission, _)| summary(&view, submission, of(&breaches, submission.number)));
    page::showing(page.size(), page::answer(&headers, &QueuePage { page, as_of: as_of(&view) })?)
}

/// What [`plan`] is for.
pub const PLAN: Doc = Doc::read("Read the whole plan", &[Answer::json::<Plan>(200, "The newest plan.")]);

/// `GET /v1/plan`: the whole plan, in the shape of `dfqueue plan --json`, submissions by queue number; and in `guard` what
/// the guard cost the others: steps `held`, `delay_seconds` in all, and those to which it `gave_way`.
///
/// A reader who is bound to a force or to sites gets the lines of what they may see.
pub async fn plan(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    Params::of(&uri)?.done()?;
    let view = View::of(&house, &caller);
    let published = &view.plan.published;
    let mut body = document(&published.unit, &published.plan, &|number| view.name(number));
    let guard = guard(&published.unit, &published.plan, &|number| view.name(number));
    let all = caller.token.force.is_none() && caller.token.sites.is_empty();
    if let (false, Value::Object(members)) = (all, &mut body) {
        let mine = |line: &Value| {
            let number = line.get("submission").and_then(Value::as_str).and_then(|id| super::reach::number(id, 'Q'));
            number.is_some_and(|number| {
                let submission = published.unit.submissions.get(&QueueNumber(number));
                submission.is_some_and(|submission| caller.sees(&published.unit, submission))
            })
        };
        for list in members.values_mut().filter_map(Value::as_array_mut) {
            list.retain(mine);
        }
        // Sums over what they may not see.
        members.remove("objective");
    } else if let Value::Object(members) = &mut body {
        members.insert("guard".into(), guard);
    }
    let rows = body.as_object().into_iter().flat_map(|members| members.values()).filter_map(Value::as_array).map(Vec::len).sum();
    page::showing(rows, page::answer(&headers, &body)?)
}
