//! Actions: one list per person and team of what they must do, and by when it still helps.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::House;
use super::access::{Caller, Role};
use super::error::Problem;
use super::page::{self, Page, Params};
use super::views::View;
use super::views::action::{ActionView, actions};

/// `GET /v1/actions?person=&team=&role=&site=&limit=`: what must be done, past ones first, then by `clear_by`.
///
/// `person` and `team` together mean mine and my team's; without both, everyone's. `role`: what one role may do, like
/// `property_desk`; `site`: at one desk. See [`ActionView`]. The list is cut at `limit`, the most urgent first, and has no
/// second page: what is done leaves it.
pub async fn list(State(house): State<House>, caller: Caller, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let mut params = Params::of(&uri)?;
    let (person, team) = (params.text("person"), params.text("team"));
    let site = params.site(&house.api.desk.unit());
    let roles = params.words::<Role>("role");
    let limit = params.limit();
    params.done()?;
    let view = View::of(&house, &caller);
    let wanted = |action: &ActionView<'_>| {
        action.is_for(person.as_deref(), team.as_deref())
            && (roles.is_empty() || roles.contains(&action.who.role))
            && site.as_ref().is_none_or(|site| action.who.site.is_some_and(|at| at.as_str() == site))
    };
    let mut found: Vec<ActionView<'_>> =
        view.submissions().flat_map(|submission| actions(&view, submission)).filter(wanted).collect();
    found.sort_by_key(ActionView::urgency);
    found.truncate(limit);
    page::answer(&headers, &Page::all(found))
}
