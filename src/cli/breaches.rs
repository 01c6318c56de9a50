//! `dfqueue breaches`: promises that were, are or will be missed.

use anyhow::Result;
use clap::builder::PossibleValuesParser;

use super::advice::remedies;
use super::client::{Connection, typed};
use super::output::{self, Times};
use super::shapes::{Breach, List, reference};
use super::{Outcome, database};
use crate::domain::time::Seconds;

/// Print the promises that are missed or will be, how late, and why
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// Only these: forecast (not late yet), open (late, not done), closed (done, too late), void (nothing to
    /// miss, as a correction showed), disproved (in time after all); without it, forecast and open
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = states())]
    state: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn states() -> PossibleValuesParser {
    PossibleValuesParser::new(["forecast", "open", "closed", "void", "disproved"])
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let client = args.connection.client()?;
    let query = if args.state.is_empty() { Vec::new() } else { vec![("state", args.state.join(","))] };
    let (answer, times) = database::block_on(async {
        let answer = client.pages("/v1/sla/breaches", &query).await?;
        Ok((answer, if args.json { Times::named(None) } else { client.times().await }))
    })?;
    if args.json {
        output::json(&answer)?;
        return Ok(Outcome::Done);
    }
    let list: List<Breach> = typed(&answer)?;
    if list.items.is_empty() {
        output::print(&nothing(&args.state))?;
        return Ok(Outcome::Done);
    }
    let header = ["id", "state", "submission", "reference", "promise", "due", "reached", "late", "cause"];
    let table = output::table(&header, list.items.iter().map(|breach| row(breach, &times)), output::width());
    let advice: String = list.items.iter().flat_map(|breach| advice(breach, &times)).collect();
    output::print(&[table, advice].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"))?;
    Ok(Outcome::Done)
}

fn nothing(states: &[String]) -> String {
    match states {
        [] => "no promise is missed, none is forecast to be\n".into(),
        states => format!("no breach is {}\n", states.join(" or ")),
    }
}

/// What can be done, a line each.
fn advice(breach: &Breach, times: &Times) -> Vec<String> {
    let begun = breach.latest_start_passed.then(|| "nothing was begun on it when it had to be, at the latest".to_owned());
    let handset = breach.handset_wanted.then(|| "a replacement handset is wanted".to_owned());
    let remedies = remedies(&breach.promise, breach.unavoidable == Some(true), breach.remedies.as_deref(), times);
    begun
        .into_iter()
        .chain(remedies)
        .chain(handset)
        .map(|line| format!("{} of {}: {line}\n", breach.id, breach.submission))
        .collect()
}

fn row(breach: &Breach, times: &Times) -> Vec<String> {
    let reached = match (breach.reached_at, breach.expected) {
        (Some(at), _) => times.show(at),
        (None, Some(at)) => format!("expected {}", times.show(at)),
        (None, None) => "-".into(),
    };
    let due = match breach.recorded_due {
        recorded if recorded == breach.due => times.show(breach.due),
        recorded => format!("{} (recorded as {})", times.show(breach.due), times.show(recorded)),
    };
    vec![
        breach.id.clone(),
        breach.state.clone(),
        breach.submission.clone(),
        reference(breach.reference.as_ref()),
        breach.promise.clone(),
        due,
        reached,
        match (breach.late_seconds, breach.unavoidable) {
            (..=0, _) => "-".into(),
            (late, Some(true)) => format!("{}, unavoidable", Seconds(late).rough()),
            (late, _) => Seconds(late).rough(),
        },
        if breach.cause.is_empty() { "-".into() } else { breach.cause.clone() },
    ]
}
