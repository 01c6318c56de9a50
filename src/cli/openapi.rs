//! `dfqueue openapi`: the description of the API.

use anyhow::{Context, Result};

use super::{Outcome, output};
use crate::http::openapi::document;

/// Print the description of the HTTP API, as OpenAPI 3.1
///
/// The daemon has the same at /openapi.json, and as a page for people at /docs. It is made of the program itself: every route, who may
/// use it, what it reads and answers, every field with its unit and an example.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints it.
pub fn run(_: &Args) -> Result<Outcome> {
    let text = serde_json::to_string_pretty(document()).context("writing the description as JSON")?;
    output::print(&format!("{text}\n"))?;
    Ok(Outcome::Done)
}
