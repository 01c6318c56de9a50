//! `dfqueue actions`: what is wanted from whom, by when.

use anyhow::Result;

use super::client::{Connection, typed};
use super::output::{self, Times};
use super::shapes::{Action, List, reference, what};
use super::{Outcome, database};

/// Print what people must do, and by when it still helps
///
/// The most urgent comes first. With --person (or DFQUEUE_PERSON) and --team, what that person and that team must do; with neither, or with --all,
/// what everyone must do.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// What this team must do
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// What everyone must do, whoever asks
    #[arg(long, conflicts_with = "team")]
    all: bool,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let client = args.connection.client()?;
    let mut query = vec![("limit", args.limit.to_string())];
    if !args.all {
        let given = [("person", &args.connection.person), ("team", &args.team)];
        query.extend(given.iter().filter_map(|(name, value)| Some((*name, (*value).clone()?))));
    }
    let (answer, times) = database::block_on(async {
        let answer = client.get("/v1/actions", &query).await?;
        Ok((answer, if args.json { Times::named(None) } else { client.times().await }))
    })?;
    if args.json {
        output::json(&answer)?;
        return Ok(Outcome::Done);
    }
    let list: List<Action> = typed(&answer)?;
    if list.items.is_empty() {
        output::print("nothing is to be done\n")?;
        return Ok(Outcome::Done);
    }
    output::print(&table(&list.items, &times))?;
    if answer["next_cursor"].is_string() {
        output::tell([format!("these are the {} most urgent; --limit shows more", args.limit)]);
    }
    Ok(Outcome::Done)
}

fn table(actions: &[Action], times: &Times) -> String {
    let row = |action: &Action| {
        vec![
            action.by(times),
            action.text.clone(),
            action.who.to_string(),
            action.taken_on(times),
            action.submission.clone(),
            reference(action.reference.as_ref()),
            what(&action.owner, &action.device),
            action.tier.to_string(),
        ]
    };
    let header = ["by", "to do", "who", "gone up to", "submission", "reference", "what", "tier"];
    output::table(&header, actions.iter().map(row), output::width())
}
