//! `dfqueue report`: what was recorded, counted.

use anyhow::Result;
use clap::ValueEnum;
use serde::Deserialize;

use super::client::{Connection, typed};
use super::{Outcome, database, output};
use crate::http::schedule::safe;

/// Print a report
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    report: Report,
}

#[derive(Debug, clap::Subcommand)]
enum Report {
    Quality(QualityArgs),
}

/// What is missing, contradictory or suspicious in what was registered
///
/// In how many submissions each thing is, and what it means. A share is told of 20 submissions or more; of fewer it would mislead.
#[derive(Debug, clap::Args)]
pub struct QualityArgs {
    #[command(flatten)]
    connection: Connection,
    /// First day of registration, as the unit's clocks show it: 2026-10-01
    #[arg(long, value_name = "DAY")]
    from: String,
    /// Last day
    #[arg(long, value_name = "DAY")]
    to: String,
    /// Break it down by force, team, site, owner, device or offence
    #[arg(long, value_name = "WHAT")]
    by: Option<String>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For spreadsheets
    Csv,
    /// For programs
    Json,
}

#[derive(Debug, Deserialize)]
struct Quality {
    all: Group,
    groups: Vec<Group>,
    definitions: Vec<Definition>,
}

#[derive(Debug, Deserialize)]
struct Group {
    group: Option<String>,
    submissions: u64,
    findings: Vec<Found>,
}

#[derive(Debug, Deserialize)]
struct Found {
    finding: String,
    count: u64,
    permille: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Definition {
    finding: String,
    class: String,
    text: String,
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let Report::Quality(args) = &args.report;
    let client = args.connection.client()?;
    let mut query = vec![("from", args.from.clone()), ("to", args.to.clone())];
    query.extend(args.by.clone().map(|by| ("by", by)));
    let answer = database::block_on(async { Ok(client.get("/v1/reports/quality", &query).await?) })?;
    if args.format == Format::Json {
        output::json(&answer)?;
        return Ok(Outcome::Done);
    }
    let quality: Quality = typed(&answer)?;
    let groups = if args.by.is_some() { &quality.groups } else { std::slice::from_ref(&quality.all) };
    let lines = groups.iter().flat_map(|group| group.findings.iter().map(move |found| (group, found)));
    let lines: Vec<Vec<String>> = lines.map(|(group, found)| line(&quality, args.by.as_deref(), group, found)).collect();
    let header = [args.by.as_deref().unwrap_or("of"), "class", "finding", "in", "of", "share", "means"];
    match args.format {
        Format::Csv => output::print(&csv(&header, &lines)?)?,
        _ if lines.is_empty() => output::print(&format!("nothing is found in {} submissions\n", quality.all.submissions))?,
        _ => output::print(&format!("OFFICIAL-SENSITIVE\n\n{}", output::table(&header, lines.into_iter(), output::width())))?,
    }
    Ok(Outcome::Done)
}

fn line(quality: &Quality, by: Option<&str>, group: &Group, found: &Found) -> Vec<String> {
    let definition = quality.definitions.iter().find(|definition| definition.finding == found.finding);
    let (class, text) = definition.map_or(("", ""), |definition| (definition.class.as_str(), definition.text.as_str()));
    let name = group.group.clone().unwrap_or_else(|| if by.is_some() { "(none)".into() } else { "all".into() });
    let share = found.permille.map_or_else(|| "-".into(), |permille| format!("{}.{} %", permille / 10, permille % 10));
    let (count, of) = (found.count.to_string(), group.submissions.to_string());
    vec![name, class.into(), found.finding.replace('_', " "), count, of, share, text.into()]
}

/// Comma-separated values; no cell is taken for a formula.
fn csv(header: &[&str], lines: &[Vec<String>]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for line in lines {
        writer.write_record(line.iter().map(|cell| if cell == "-" { String::new() } else { safe(cell) }))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
