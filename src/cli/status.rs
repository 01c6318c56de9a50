//! `dfqueue status`: one submission in short, or the daemon and its queue.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use super::client::{Client, Connection, Failure, typed};
use super::output::{self, Times, count, table};
use super::reference::{Named, Reference};
use super::shapes::{Action, Full, List, Part, PromiseLine, Summary, promises, reference, what, words};
use super::{Outcome, database};
use crate::domain::time::Timestamp;

/// Print how a submission stands, or the daemon and its queue
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Queue number (Q12), force|crime_ref|exhibit_ref|request in quotes, or an exhibit_ref with --force and --crime-ref
    #[arg(value_name = "REF")]
    reference: Option<String>,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    connection: Connection,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let client = args.connection.client()?;
    database::block_on(async {
        match &args.reference {
            Some(reference) => one(&client, args, reference).await,
            None => all(&client, args.json).await,
        }
    })?;
    Ok(Outcome::Done)
}

/// All there is to know of the submission that a reference names.
pub async fn find(client: &Client, named: &Named, text: &str) -> Result<Value> {
    let number = match named.read(text).map_err(|wrong| anyhow!("{text:?}: {wrong}"))? {
        Reference::Number(number) => format!("Q{number}"),
        Reference::Exhibit(_) => bail!("{text:?}: say of which case, with --force and --crime-ref"),
        Reference::Key { case, exhibit_ref, request } => {
            let mut body = json!({ "force": case.force, "crime_ref": case.crime_ref, "exhibit_ref": exhibit_ref });
            if let Some(request) = request {
                body["request"] = request.into();
            }
            let found: List<Summary> = typed(&client.post("/v1/submissions/search", &body, None).await?)?;
            match found.items.as_slice() {
                [one] => one.id.clone(),
                [] => bail!("{text:?}: there is no such submission, or this token may not see it"),
                many => {
                    let ids: Vec<String> = many.iter().map(|s| format!("{} {}", s.id, reference(s.reference.as_ref()))).collect();
                    bail!("{text:?}: {} have this reference; name one: {}", count(many.len(), "request"), ids.join(", "))
                }
            }
        }
    };
    Ok(client.get(&format!("/v1/submissions/{number}"), &[]).await?)
}

async fn one(client: &Client, args: &Args, reference: &str) -> Result<()> {
    let answer = find(client, &args.named, reference).await?;
    if args.json {
        return output::json(&answer);
    }
    let times = client.times().await;
    output::print(&short(&typed(&answer)?, &times, output::width()))
}

fn short(full: &Full, times: &Times, width: Option<u16>) -> String {
    let one = &full.summary;
    let (id, name, what) = (&one.id, reference(one.reference.as_ref()), what(&one.owner, &one.device));
    let oic = match (&one.oic, &one.team) {
        (Some(oic), Some(team)) => format!(", OIC {oic} ({team})"),
        (Some(oic), None) => format!(", OIC {oic}"),
        _ => String::new(),
    };
    let mut lines = vec![format!("{id} {name}: {what}, tier {}, taken {}{oic}", one.tier, times.show(one.taken_at))];
    let position =
        one.position.filter(|_| one.open).map(|position| format!("; number {position} in the queue")).unwrap_or_default();
    let results = one.results.as_deref().map(|results| format!("; results {}", words(results))).unwrap_or_default();
    let closed = if one.open { "" } else { "; closed" };
    // Signed out is a state and a place.
    let (state, place) = (words(&one.state), one.place.show(times));
    let stands = if place.starts_with(&state) { place } else { format!("{state}, {place}") };
    lines.push(format!("{stands}{position}{results}{closed}"));
    lines.extend(one.removed.as_ref().map(|removed| removed.show(times)));
    lines.extend(part_of(full));
    lines.extend(full.appointment.as_ref().map(|kept| {
        format!("appointment: {} is kept for it from {} until {}", kept.resource, times.show(kept.from), times.show(kept.until))
    }));
    lines.push(format!("lock state {}", words(&full.lock_state)));
    lines.extend(one.next.as_ref().map(|next| format!("next: {}", next.show(times))));
    if !one.waits_for.is_empty() {
        let by = one.clear_by.map(|at| format!("; to be cleared by {}", times.show(at))).unwrap_or_default();
        lines.push(format!("waits for: {}{by}", one.waits_for));
    }
    let head = lines.into_iter().map(|line| format!("{line}\n")).collect::<String>();
    let parts = [head, promises(&full.promises, times, width), wanted(&full.actions, times, width)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What it is a part of, and its parts.
fn part_of(full: &Full) -> Vec<String> {
    let parent = full.parent.as_ref().map(|parent| match &parent.submission {
        Some(number) => format!("part of {} ({number})", parent.exhibit_ref),
        None => format!("part of {}", parent.exhibit_ref),
    });
    let part = |part: &Part| format!("{} ({}, {})", part.exhibit_ref, part.submission, words(&part.state));
    let parts =
        (!full.parts.is_empty()).then(|| format!("parts: {}", full.parts.iter().map(part).collect::<Vec<_>>().join(", ")));
    parent.into_iter().chain(parts).collect()
}

/// What people must do for one submission.
pub fn wanted(actions: &[Action], times: &Times, width: Option<u16>) -> String {
    let row = |action: &Action| vec![action.by(times), action.text.clone(), action.who.to_string()];
    table(&["by", "to do", "who"], actions.iter().map(row), width)
}

async fn all(client: &Client, as_json: bool) -> Result<()> {
    let (health, failure) = match client.get("/readyz", &[]).await {
        Ok(body) => (body, None),
        Err(Failure::Refused(problem)) => match problem.more.get("checks") {
            Some(checks) => (checks.clone(), Some(problem)),
            None => return Err(Failure::Refused(problem).into()),
        },
        Err(failure) => return Err(failure.into()),
    };
    let (states, sla) = if client.signed_in { (Some(states(client).await?), sla(client).await?) } else { (None, None) };
    if as_json {
        output::json(&json!({ "health": health, "states": states, "promises": sla }))?;
    } else {
        let times = Times::named(health["time_zone"].as_str());
        output::print(&overview(&health, states.as_ref(), sla.as_ref(), &times)?)?;
    }
    match failure {
        Some(problem) => bail!("{}: not ready: {}", client.server(), problem.detail),
        None => Ok(()),
    }
}

/// How many open submissions are in each state.
async fn states(client: &Client) -> Result<BTreeMap<String, usize>> {
    let list: List<Summary> = typed(&client.pages("/v1/submissions", &[]).await?)?;
    let mut states = BTreeMap::new();
    for submission in list.items {
        *states.entry(submission.state).or_default() += 1;
    }
    Ok(states)
}

/// How the promises stand, for those who may know.
async fn sla(client: &Client) -> Result<Option<Value>> {
    match client.get("/v1/sla", &[]).await {
        Ok(body) => Ok(body.get("items").cloned()),
        Err(Failure::Refused(problem)) if problem.status == 403 => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

fn overview(health: &Value, states: Option<&BTreeMap<String, usize>>, sla: Option<&Value>, times: &Times) -> Result<String> {
    let word = |name: &str| words(health[name].as_str().unwrap_or("unknown"));
    let number = |name: &str| health[name].as_u64().map_or_else(|| "-".into(), |n| n.to_string());
    let made = health["plan_made_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let mut parts = vec![format!(
        "{}; database {}; ledger at entry {}; plan of {}; last cycle {} s ago\n",
        word("status"),
        word("database"),
        number("ledger_seq"),
        times.maybe(made),
        number("last_cycle_seconds")
    )];
    match states {
        Some(states) => {
            let open = states.values().sum();
            let each: Vec<String> = states.iter().map(|(state, n)| format!("{n} {}", words(state))).collect();
            let each = if each.is_empty() { String::new() } else { format!(": {}", each.join(", ")) };
            parts.push(format!("{} open{each}\n", count(open, "submission")));
        }
        None => parts.push("with a token (DFQUEUE_TOKEN or --token-file) this counts the queue, too\n".into()),
    }
    if let Some(sla) = sla {
        let lines: Vec<PromiseLine> = typed(sla)?;
        let row = |line: &PromiseLine| {
            let counts = [line.open, line.on_track, line.waiting, line.at_risk, line.forecast_late, line.breached];
            let mut row = vec![line.promise.clone(), line.tier.to_string()];
            row.extend(counts.iter().map(ToString::to_string));
            row.push(line.unavoidable.map_or_else(|| "-".into(), |count| count.to_string()));
            row.push(times.maybe(line.next_due));
            row
        };
        let header = [
            "promise",
            "tier",
            "open",
            "on track",
            "waiting",
            "at risk",
            "forecast late",
            "breached",
            "of both unavoidable",
            "next due",
        ];
        parts.push(format!("\n{}", table(&header, lines.iter().map(row), output::width())));
    }
    Ok(parts.concat())
}
