//! The description of the API, as OpenAPI 3.1 for programs and as a page for people. Both are made of the matrix and of the
//! views: nothing is kept by hand that could say otherwise than the code.
//!
//! A route is described beside its handler ([`doc`]); the schemas of answers are those of the views, with their comments; what can go
//! wrong follows from the row and from [`problems`].

mod build;
pub mod doc;
mod examples;
mod fields;
pub mod outcomes;
mod page;
pub mod planner;
pub mod problems;
mod prose;
mod schemas;

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;

use super::error::Problem;
use super::page::answer;
pub use build::document;
use doc::{Answer, Doc};

/// Any object.
#[derive(JsonSchema)]
#[schemars(rename = "OpenApiDocument")]
struct AnyObject {}

/// What [`openapi`] is for.
pub const OPENAPI: Doc =
    Doc::read("Read this description of the API", &[Answer::json::<AnyObject>(200, "An OpenAPI 3.1 document.")])
        .more("`dfqueue openapi` prints the same.");

/// `GET /openapi.json`: the description of the API.
pub async fn openapi(headers: HeaderMap) -> Result<Response, Problem> {
    answer(&headers, document())
}

/// What [`docs`] is for.
pub const DOCS: Doc =
    Doc::read("Read this description of the API as a page", &[Answer::only("The page.", &[("text/html", None)])])
        .more("Nothing to load, nothing that runs.");

/// `GET /docs`: the same as a page for people.
pub async fn docs() -> Result<Response, Problem> {
    static PAGE: LazyLock<String> = LazyLock::new(|| page::page(document()));
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let policy = HeaderValue::from_str(&page::policy()).map_err(|_| Problem::fault())?;
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], PAGE.as_str()).into_response())
}
