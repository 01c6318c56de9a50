//! `dfqueue schedule`: the trace and the methods of an exhibit, as a court asks for them.

use anyhow::Result;
use clap::ValueEnum;
use serde_json::Value;

use super::client::Connection;
use super::reference::Named;
use super::status::find;
use super::{Outcome, database, output};

/// Print the schedule of an exhibit for court
///
/// Every hand that had the device, every method with its tool, version and hash, by whose leave, what was corrected; bound to the ledger by
/// its chain. As a page: dfqueue schedule Q12 > Q12.html
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Queue number (Q12), force|crime_ref|exhibit_ref|request in quotes, or an exhibit_ref with --force and --crime-ref
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    connection: Connection,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    format: Format,
}

/// How a schedule is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One page to print, for people
    Html,
    /// For spreadsheets
    Csv,
    /// For programs
    Json,
}

impl Format {
    /// As the daemon calls it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// Asks and prints.
pub fn run(args: &Args) -> Result<Outcome> {
    let client = args.connection.client()?;
    let text = database::block_on(async {
        let found = find(&client, &args.named, &args.reference).await?;
        let id = found.get("id").and_then(Value::as_str).unwrap_or_default();
        Ok(client.text(&format!("/v1/submissions/{id}/schedule"), &[("format", args.format.as_str().into())]).await?)
    })?;
    output::print(&format!("{}\n", text.trim_end()))?;
    Ok(Outcome::Done)
}
