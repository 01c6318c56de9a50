//! The shape of what a batch comes to.

use schemars::JsonSchema;

use super::problems::Problem;
use crate::domain::ids::QueueNumber;
use crate::domain::state::State;
use crate::http::views::Shown;

/// What became of several requests.
///
/// ```json
/// { "items": [], "created": 1, "unchanged": 0, "filled": 0, "refused": 0 }
/// ```
#[derive(JsonSchema)]
pub struct Batch {
    /// What became of each, in the order given.
    pub items: Vec<Outcome>,
    /// How many were registered.
    pub created: usize,
    /// How many were there already.
    pub unchanged: usize,
    /// How many were there, and had something filled in.
    pub filled: usize,
    /// How many were refused.
    pub refused: usize,
}

/// What became of one request of several: a receipt, or a problem.
///
/// ```json
/// { "index": 0, "status": 201, "id": "Q12", "changed": true, "recorded": ["registered"], "open": true, "state": "requested" }
/// ```
#[derive(JsonSchema)]
pub struct Outcome {
    /// Which, from 0.
    pub index: usize,
    /// The HTTP status that it would have alone.
    pub status: u16,
    /// Its queue number.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub id: Shown<QueueNumber>,
    /// Whether anything was recorded.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub changed: bool,
    /// What was recorded: the kinds of the ledger's entries.
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub recorded: Vec<String>,
    /// Whether anything of it is still to be done.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub open: bool,
    /// Where the request and its device are.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Why it was refused.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub problem: Problem,
}
