//! `dfqueue queue`: who is served in which order, and why the others wait.

use anyhow::Result;

use super::client::{Connection, typed};
use super::output::{self, Times};
use super::shapes::{List, Summary, reference, what};
use super::{Outcome, database};

/// Print the queue in plan order, and what each submission waits for
///
/// Of each: the promise that is due first and how sure it is, and the next step, or what keeps the submission from being planned and by when
/// that must be cleared.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// Only these tiers, separated by commas
    #[arg(long, value_name = "TIERS")]
    tier: Option<String>,
    /// Only devices examined at this site
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let client = args.connection.client()?;
    let given = [("tier", &args.tier), ("site", &args.site)];
    let query: Vec<(&str, String)> = given.iter().filter_map(|(name, value)| Some((*name, (*value).clone()?))).collect();
    let (answer, times) = database::block_on(async {
        let answer = client.pages("/v1/queue", &query).await?;
        Ok((answer, if args.json { Times::named(None) } else { client.times().await }))
    })?;
    if args.json {
        output::json(&answer)?;
        return Ok(Outcome::Done);
    }
    let list: List<Summary> = typed(&answer)?;
    if list.items.is_empty() {
        output::print("nothing is in the queue that this token may see\n")?;
        return Ok(Outcome::Done);
    }
    let header = ["#", "id", "submission", "tier", "what", "promise", "due", "how sure", "next", "clear by"];
    output::print(&output::table(&header, list.items.iter().map(|item| row(item, &times)), output::width()))?;
    Ok(Outcome::Done)
}

fn row(item: &Summary, times: &Times) -> Vec<String> {
    let next = match &item.next {
        _ if !item.waits_for.is_empty() => format!("waits: {}", item.waits_for),
        Some(next) => next.show(times),
        None => "-".into(),
    };
    vec![
        item.position.map_or_else(|| "-".into(), |position| position.to_string()),
        item.id.clone(),
        reference(item.reference.as_ref()),
        item.tier.to_string(),
        what(&item.owner, &item.device),
        item.promise.as_ref().map_or_else(|| "-".into(), |promise| promise.show()),
        times.maybe(item.promise.as_ref().map(|promise| promise.due)),
        item.promise.as_ref().map_or_else(|| "-".into(), |promise| promise.how_sure(times)),
        next,
        times.maybe(item.clear_by),
    ]
}
