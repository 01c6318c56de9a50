//! `dfqueue man`: the manual.

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::{Cli, EXIT_CODES, Outcome, output};

/// Print the manual page of dfqueue, or of one of its commands
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The command, like plan or token create
    command: Vec<String>,
}

/// Prints it as roff.
pub fn run(args: &Args) -> Result<Outcome> {
    let mut root = Cli::command();
    root.build();
    let mut command = &root;
    for name in &args.command {
        let known = || command.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>().join(", ");
        command = command
            .find_subcommand(name)
            .with_context(|| format!("{} has no command {name:?}; it has: {}", command.get_name(), known()))?;
    }
    let name = args.command.iter().fold("dfqueue".to_owned(), |name, part| format!("{name}-{part}"));
    let command = command.clone().display_name(name).after_help(EXIT_CODES);
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).context("writing the manual page")?;
    output::print(&String::from_utf8_lossy(&page))?;
    Ok(Outcome::Done)
}
