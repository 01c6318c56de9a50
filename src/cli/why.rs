//! `dfqueue why`: every reason why a submission is where it is, and who can change that.

use anyhow::Result;
use serde_json::Value;

use super::advice::{all_remedies, counterfactuals};
use super::client::{Connection, typed};
use super::output::{self, Times, table};
use super::reference::Named;
use super::shapes::{Full, GateLine, List, StageLine, promises, reference, slot, what};
use super::status::{find, wanted};
use super::{Outcome, database};

/// Print why a submission is not further, and who can unblock it
///
/// Its gates, every stage with all reasons, its promises, what is wanted from whom by when, and what would make it sooner.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Queue number (Q12), force|crime_ref|exhibit_ref|request in quotes, or an exhibit_ref with --force and --crime-ref
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    connection: Connection,
    /// Print JSON: all that the daemon knows of it
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let client = args.connection.client()?;
    let (mut answer, otherwise, times) = database::block_on(async {
        let answer = find(&client, &args.named, &args.reference).await?;
        let id = answer.get("id").and_then(Value::as_str).unwrap_or_default();
        let otherwise = client.get(&format!("/v1/submissions/{id}/counterfactuals"), &[]).await;
        Ok((answer, otherwise, if args.json { Times::named(None) } else { client.times().await }))
    })?;
    if args.json {
        answer["counterfactuals"] = otherwise.map_or(Value::Null, |known| known["items"].clone());
        output::json(&answer)?;
    } else {
        let otherwise = match otherwise {
            Ok(known) => counterfactuals(&typed::<List<_>>(&known)?.items),
            // All else is known all the same.
            Err(failure) => format!("what would make it sooner is not known: {failure}\n"),
        };
        output::print(&text(&typed(&answer)?, otherwise, &times, output::width()))?;
    }
    Ok(Outcome::Done)
}

fn text(full: &Full, otherwise: String, times: &Times, width: Option<u16>) -> String {
    let one = &full.summary;
    let (id, name, what) = (&one.id, reference(one.reference.as_ref()), what(&one.owner, &one.device));
    let route = full.route.as_deref().unwrap_or("none of the policy");
    let place = one.position.map(|position| format!(", number {position} in the queue")).unwrap_or_default();
    let made = times.show(full.as_of.plan_made_at);
    let gate_row = |gate: &GateLine| {
        let (open, since) = match (gate.open, gate.since) {
            (true, since) => ("met", times.maybe(since)),
            (false, Some(at)) => ("SHUT", format!("until {}", times.show(at))),
            (false, None) => ("SHUT", "-".into()),
        };
        vec![gate.gate.clone(), open.into(), since]
    };
    let stage_row = |stage: &StageLine| {
        let why = if stage.text.is_empty() { "-".into() } else { stage.text.clone() };
        let on = slot(stage.resource.as_deref(), stage.slot);
        let state = match &stage.assignment {
            Some(assignment) => format!("{} {assignment}", stage.state),
            None => stage.state.clone(),
        };
        vec![stage.stage.clone(), state, on, times.maybe(stage.start), times.maybe(stage.end), why]
    };
    // Stages say themselves why they wait; without a route there are none.
    let waits =
        if full.stages.is_empty() && !one.waits_for.is_empty() { format!("waits: {}\n", one.waits_for) } else { String::new() };
    let parts = [
        format!("{id} {name}: {what}, tier {}, route {route}{place}; plan of {made}\n{waits}", one.tier),
        table(&["gate", "", "since"], full.gates.iter().map(gate_row), width),
        table(&["stage", "state", "on", "start", "end", "why not sooner"], full.stages.iter().map(stage_row), width),
        promises(&full.promises, times, width),
        all_remedies(&full.promises, times),
        full.displacements(times),
        otherwise,
        wanted(&full.actions, times, width),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}
