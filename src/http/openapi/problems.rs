//! What goes wrong on the way: the schema of a problem, every code there is with its status and what to do about it, and which
//! statuses a route of the matrix can be answered with.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::domain::ids::SiteId;
use crate::domain::policy::Gate;
use crate::domain::time::Timestamp;
use crate::http::access::Row;

/// What went wrong: RFC 9457, and what the kind of problem adds.
///
/// ```json
/// { "type": "/problems/invalid", "title": "Invalid", "status": 422, "detail": "field by: must be given",
///   "errors": [{ "field": "by", "problem": "must be given" }], "roles": ["supervisor"], "submission": "Q12", "state": "returned",
///   "allowed": "a further request", "recorded": "signature", "gates": ["agreement"], "differences": [], "site": "north",
///   "until": "2026-11-23T12:00:00Z", "instead": null, "checks": {} }
/// ```
#[derive(JsonSchema)]
pub struct Problem {
    /// `/problems/` and a code: stable, for programs.
    pub r#type: String,
    /// The code in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong and what to do about it, for people; the text may change.
    pub detail: String,
    /// Every wrong field, header or query parameter at once.
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Mistake>,
    /// Roles that may do it (`forbidden`).
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<crate::http::access::Role>,
    /// The queue number of the submission that it is about.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub submission: String,
    /// How the thing stands, in words, where that forbids it.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub state: String,
    /// What can be done with it as it stands (`illegal_transition`).
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub allowed: String,
    /// What is on record (`already_recorded`).
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub recorded: String,
    /// Gates that are shut (`gate_shut`).
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// Where a request differs from the one on record (`differs`).
    #[schemars(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// Where a victim's phone may arrive (`held`).
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub site: SiteId,
    /// From when on the work would harm nobody (`held`); null where that does not come within the longest hold.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The slot that is free to do it now and harms nobody (`held`); null where none is.
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub instead: Option<Instead>,
    /// What is not ready (`unavailable`, from `/readyz`).
    #[schemars(skip_serializing_if = "Option::is_none")]
    pub checks: Map<String, Value>,
}

/// One wrong field.
///
/// ```json
/// { "field": "by", "problem": "must be given" }
/// ```
#[derive(JsonSchema)]
pub struct Mistake {
    /// Where, as in the request; items of an array by index; empty for all of it.
    pub field: String,
    /// What is wrong with it, and how to write it.
    pub problem: String,
}

/// A column that differs.
///
/// ```json
/// { "column": "make", "recorded": "", "given": "Apple", "fillable": true }
/// ```
#[derive(JsonSchema)]
pub struct Difference {
    /// Which column.
    pub column: String,
    /// What is on record.
    pub recorded: String,
    /// What was given.
    pub given: String,
    /// Whether nothing is on record, so that `existing=fill` fills it in.
    pub fillable: bool,
}

/// A slot that is free.
///
/// ```json
/// { "resource": "kiosk-north-1", "slot": 2 }
/// ```
#[derive(JsonSchema)]
pub struct Instead {
    /// Who or what.
    pub resource: String,
    /// Which place of it, from 1.
    pub slot: u32,
}

/// Every problem: its status, its code, and what it means.
pub const PROBLEMS: &[(u16, &str, &str)] = &[
    (400, "malformed", "The body is no JSON."),
    (400, "wrong_header", "A header is missing or wrong."),
    (400, "wrong_query", "Query parameters are wrong; each is named."),
    (401, "unauthenticated", "No token, or one that is not known, has expired or was revoked."),
    (403, "forbidden", "The token's role or holder may not do this, or may not say one of the fields."),
    (403, "authorised_by_oic", "The officer in the case can't authorise it: a supervisor does."),
    (403, "corrected_by_oic", "The officer in the case can't take their own name off it."),
    (403, "wider_scope", "More than was asked for is a supervisor's to authorise, who is not the officer in the case."),
    (403, "needs_supervisor", "That takes back a promise, or that one was missed: a supervisor makes this correction."),
    (404, "not_found", "There is nothing of this id that the token may see."),
    (404, "no_such_route", "There is nothing at this path."),
    (404, "unknown_submission", "There is no such submission."),
    (404, "unknown_assignment", "There is no such assignment."),
    (404, "unknown_breach", "There is no such breach."),
    (404, "unknown_hold", "There is no such quality hold that stands."),
    (404, "unknown_resource", "There is no such resource."),
    (404, "unknown_slot", "The resource has no such slot."),
    (404, "unknown_promise", "No such promise was made."),
    (404, "unknown_stage", "There is no such stage."),
    (405, "method_not_allowed", "The path has no such method: see Allow."),
    (409, "already_recorded", "Another value is on record (`recorded`): correct it with a reason."),
    (409, "closed", "Nothing of it is open any more: what was recorded wrongly is corrected, more work is a further request."),
    (409, "device_away", "The device has left for good, or is on its way to its owner."),
    (409, "device_elsewhere", "The device is not where it is needed: record its move."),
    (409, "device_in_use", "The device is in another stage's hands."),
    (409, "differs", "It is in the queue with other values (`differences`): correct it with a reason."),
    (409, "duplicate", "The reference is that of another submission (`submission`)."),
    (409, "earlier_exhibit", "An earlier exhibit of the staged case comes first."),
    (409, "earlier_stage", "A stage before it is not done."),
    (409, "examination_unfinished", "It can't go back: its examination has begun and is not verified."),
    (409, "gate_shut", "A gate of its route is shut (`gates`)."),
    (409, "held", "It would take away the last way to bring a victim's phone back in time: see `instead` and `until`."),
    (409, "illegal_transition", "Not as it stands (`state`); `allowed` says what can be done."),
    (409, "lapsed", "Validation or competence lapses before the work would end."),
    (409, "not_missed", "The promise is not missed, or that is on record."),
    (409, "on_hold", "A quality hold is on it, on what it works with, or on the one who speaks."),
    (409, "redacted", "It was redacted: it can no longer be changed."),
    (409, "reserved", "The slot is kept for an appointment at that time."),
    (409, "resource_down", "The resource is out of use at that time."),
    (409, "return_not_authorised", "Nobody has authorised its return."),
    (409, "return_withheld", "Its return is withheld: allow it first."),
    (409, "slot_busy", "The slot is taken at that time."),
    (409, "stale", "It has changed since: look again and decide anew."),
    (409, "stale_assignment", "The assignment has ended."),
    (409, "unable", "The resource can't do this stage on this device."),
    (409, "wrong_person", "Who did one stage must, or must not, do the other."),
    (409, "own_work", "Nobody checks their own work, at whichever bench they sit."),
    (413, "too_large", "The body is too large: send fewer items at once."),
    (415, "wrong_content_type", "The body is not sent as application/json."),
    (422, "invalid", "Fields are wrong; every one is named in `errors`."),
    (422, "key_reused", "The Idempotency-Key was used for another request."),
    (500, "fault", "The program failed; its log has more, under the x-request-id."),
    (429, "too_many_requests", "The token asks too often, or too many tokens are tried that nobody has: see Retry-After."),
    (429, "too_many_streams", "The token has as many streams open as it may: see Retry-After."),
    (503, "not_founded", "No unit file and policy file have been adopted yet."),
    (503, "unavailable", "Can't be done just now: repeat it, a change with the same Idempotency-Key."),
    (507, "disk_full", "There is no room on the database's disk; nothing was recorded."),
];

/// What a status is called among the components.
pub fn name(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Problem");
    reason.split(' ').collect()
}

/// The statuses of failure that a route can be answered with.
pub fn statuses(row: &Row) -> Vec<u16> {
    let mut statuses = match row.roles {
        Some(_) => vec![400, 401, 403, 429, 500, 503],
        None => vec![500],
    };
    if row.path == "/readyz" {
        statuses.push(503);
    }
    if row.path.contains('{') {
        statuses.push(404);
    }
    if row.method == "POST" {
        statuses.extend([413, 415, 422]);
    }
    if row.changes {
        statuses.extend([409, 507]);
    }
    statuses.sort_unstable();
    statuses
}

/// Every response of failure, by what its status is called.
pub fn responses() -> Map<String, Value> {
    let mut responses = Map::new();
    let mut statuses: Vec<u16> = PROBLEMS.iter().map(|(status, ..)| *status).collect();
    statuses.dedup();
    for status in statuses {
        let these = || PROBLEMS.iter().filter(move |(of, ..)| *of == status);
        let types: Vec<String> = these().map(|(_, code, _)| format!("/problems/{code}")).collect();
        let meanings: Vec<String> = these().map(|(_, code, about)| format!("- `/problems/{code}`: {about}")).collect();
        let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/RequestId" } });
        match status {
            401 => headers["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/WwwAuthenticate" }),
            429 | 503 => headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" }),
            _ => {}
        }
        let narrowed = json!({
            "type": "object",
            "properties": {
                "type": { "enum": types, "description": "Which problem it is.", "examples": [types[0]] },
                "status": { "const": status, "description": "The HTTP status.", "examples": [status] },
            },
        });
        let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, narrowed] });
        let response = json!({
            "description": meanings.join("\n"),
            "headers": headers,
            "content": { "application/problem+json": { "schema": schema } },
        });
        responses.insert(name(status), response);
    }
    responses
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What no request can lead to: these come of files that are adopted.
    const OF_FILES: [&str; 5] = ["same_version", "older_version", "resource_has_work", "site_in_use", "calendar_missing"];

    /// Codes as the source has them: refusals of the rules, and problems of the way.
    #[test]
    fn every_code_is_told() {
        let refusals = include_str!("../../domain/refusal/code.rs").lines().filter_map(|line| line.split_once("=> \""));
        let refusals = refusals.filter_map(|(_, rest)| rest.split_once('"')).map(|(code, _)| code);
        let own = include_str!("../error.rs").split("#[cfg(test)]").next().unwrap_or_default();
        // A status in capitals, then its code.
        let own = own.split("StatusCode::").skip(1).filter_map(|rest| rest.split_once(", \""));
        let own = own.filter(|(status, _)| status.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        let own = own.filter_map(|(_, rest)| rest.split_once('"')).map(|(code, _)| code);
        let coded: BTreeSet<&str> = refusals.chain(own).filter(|code| !OF_FILES.contains(code)).collect();
        let told: BTreeSet<&str> = PROBLEMS.iter().map(|(_, code, _)| *code).collect();
        assert_eq!(coded, told);
        assert_eq!(told.len(), PROBLEMS.len());
    }
}
