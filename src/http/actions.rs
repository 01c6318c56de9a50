//! Actions: one list per person and team of what they must do, and by when it still helps.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::House;
use super::access::{Caller, Role};
use super::error::Problem;
use super::openapi::doc::{Answer, CURSOR, Doc, Kind, LIMIT, PERSON, SITE, may, words};
use super::page::{self, Page, Params};
use super::views::View;
use super::views::action::{ActionView, actions};
use crate::domain::actions::Rung;

/// What [`list`] is for.
pub const LIST: Doc = Doc::read(
    "List what people must do, and by when it still helps",
    &[Answer::json::<Page<ActionView<'static>>>(200, "A page: past ones first, then by `clear_by`.")],
)
.more("A cursor holds a place in the list; what is done leaves it, so that between two pages an item can be missed.")
.query(&[
    may("person", PERSON, "What is this person's; with `team`, or their team's."),
    may("team", Kind::Text("RASSO North"), "What is this team's."),
    may(
        "role",
        words::<Role>(&["property_desk"]),
        "Only what these roles may do, separated by commas; and what has gone up to them: to supervisors, then to managers too.",
    ),
    may(
        "step",
        words::<Rung>(&["duty_supervisor", "on_call"]),
        "Only what has gone up as far as one of these, separated by commas.",
    ),
    may("site", SITE, "Only what is done at this desk."),
    CURSOR,
    LIMIT,
]);

/// `GET /v1/actions?person=&team=&role=&step=&site=&cursor=&limit=`: what must be done, past ones first, then by `clear_by`.
///
/// `person` and `team` together mean mine and my team's; without both, everyone's. `role`: what one role may do, like
/// `property_desk`, or what has gone up to it; `step`: what has gone up that far, like `on_call`; `site`: at one desk. See [`ActionView`]. A cursor holds a place in the list; what is
/// done leaves it, so that between two pages an item can be missed: begin again from time to time.
pub async fn list(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let (person, team) = (params.text("person"), params.text("team"));
    let site = params.site(&house.api.desk.unit());
    let roles = params.words::<Role>("role");
    let steps = params.words::<Rung>("step");
    let (after, limit) = (params.cursor(), params.limit());
    params.done()?;
    let view = View::of(&house, &caller);
    let wanted = |action: &ActionView<'_>| {
        action.is_for(person.as_deref(), team.as_deref())
            && (roles.is_empty() || roles.iter().any(|role| action.is_for_role(*role)))
            && (steps.is_empty() || steps.contains(&action.step()))
            && site.as_ref().is_none_or(|site| action.who.site.as_ref().is_some_and(|at| at.as_str() == site))
    };
    let mut found: Vec<ActionView<'_>> =
        view.submissions().flat_map(|submission| actions(&view, submission)).filter(wanted).collect();
    found.sort_by_key(ActionView::urgency);
    let places = found.into_iter().zip(1_i64..).skip(usize::try_from(after).unwrap_or(usize::MAX)).take(limit + 1);
    let page = Page::first(places.collect(), limit, |(_, place)| *place);
    page::show(&headers, &page.map(|(action, _)| action))
}
