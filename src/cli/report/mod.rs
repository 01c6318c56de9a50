//! `dfqueue report`: what was recorded, counted, with the definition of each figure beside it.

mod quality;

use std::fmt::Write;

use anyhow::{Result, ensure};
use clap::ValueEnum;
use console::Term;

use super::client::{Client, Connection, typed};
use super::{Outcome, database, output};
use crate::report::{Report as Sheets, Sheet};

/// Print a report
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    report: Report,
}

#[derive(Debug, clap::Subcommand)]
enum Report {
    /// What became of the promises that fell due, by promise and week
    ///
    /// Kept, breached, mitigated, unavoidable, void; how long they took; where the time of those missed went. The cohort of a week are
    /// the promises due in it, those still late among them. A share is told of 20 or more; of fewer it would mislead.
    Performance(About),
    /// The backlog, as forces are asked for it
    ///
    /// What waits now, by device and owner, how long, the oldest and what it is about; examined against removed and why, in-house or
    /// outside; held until returned; what nobody can place.
    Backlog(About),
    /// What came in against what was done, how busy everyone was, what failed
    ///
    /// By week, by site and kind, by resource. Who worked most of their time at a site, and half of it or more, is marked: what binds there.
    Capacity(About),
    /// What is missing, contradictory or suspicious in what was registered
    ///
    /// In how many submissions each thing is, and what it means. A share is told of 20 submissions or more; of fewer it would mislead.
    Quality(About),
}

/// Which days, and how it is told.
#[derive(Debug, clap::Args)]
struct About {
    #[command(flatten)]
    connection: Connection,
    /// First day, as the unit's clocks show it: 2026-10-01
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
    /// For programs that read tables
    Csv,
    /// A workbook, to be sent into a file
    Xlsx,
    /// For programs
    Json,
    /// One page with charts, to be sent into a file
    Html,
}

impl Format {
    /// As the daemon calls it: what is printed as a table comes as JSON.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Table | Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
        }
    }
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let (name, about) = match &args.report {
        Report::Performance(about) => ("performance", about),
        Report::Backlog(about) => ("backlog", about),
        Report::Capacity(about) => ("capacity", about),
        Report::Quality(about) => ("quality", about),
    };
    let client = about.connection.client()?;
    let path = format!("/v1/reports/{name}");
    match about.format {
        Format::Table if name == "quality" => output::print(&quality::table(&about.json(&client, &path)?, about.by.as_deref())?)?,
        Format::Table => output::print(&text(&typed(&about.json(&client, &path)?)?, output::width())?)?,
        Format::Json => output::json(&about.json(&client, &path)?)?,
        Format::Csv | Format::Html | Format::Xlsx => {
            let to_see = about.format == Format::Xlsx && Term::stdout().is_term();
            ensure!(!to_see, "a workbook is nothing for a terminal; send it into a file: > {name}.xlsx");
            let bytes = database::block_on(async { Ok(client.bytes(&path, &about.query()).await?) })?;
            output::print_bytes(&bytes)?;
        }
    }
    Ok(Outcome::Done)
}

impl About {
    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![("from", self.from.clone()), ("to", self.to.clone()), ("format", self.format.as_str().into())];
        query.extend(self.by.clone().map(|by| ("by", by)));
        query
    }

    fn json(&self, client: &Client, path: &str) -> Result<serde_json::Value> {
        database::block_on(async { Ok(client.get(path, &self.query()).await?) })
    }
}

/// A report as tables, each with what its figures mean below it.
fn text(report: &Sheets, width: Option<u16>) -> Result<String> {
    let by = report.by.map_or_else(String::new, |by| format!(", by {by}"));
    let mut text = format!(
        "{}\n\n{}: {}, {} to {}{by}; as of {}\n",
        report.classification, report.title, report.unit, report.from, report.to, report.as_of
    );
    for sheet in &report.sheets {
        write!(text, "\n{}\n{}\n\n{}", sheet.title.to_uppercase(), sheet.about, table(sheet, width))?;
    }
    Ok(text)
}

fn table(sheet: &Sheet, width: Option<u16>) -> String {
    let header: Vec<&str> = sheet.columns.iter().map(|column| &*column.title).collect();
    let means = sheet.columns.iter().map(|column| vec![format!("  {}", column.title), column.means.to_string()]);
    let figures = output::table(&header, sheet.written(), width);
    let figures = if figures.is_empty() { "nothing to tell\n".into() } else { figures };
    format!("{figures}\n{}", output::table(&["  figure", "means"], means, width))
}
