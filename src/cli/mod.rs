//! The command line: one file a subcommand, no logic of their own.
//!
//! Exit codes: 0 done; 1 it could not be done, and why is on standard error; 2 the command line is wrong; 3 done, but
//! some rows were bad and are listed on standard error. What a command is asked for goes to standard output, everything
//! else to standard error.

mod actions;
mod additions;
mod advice;
mod breaches;
mod check;
mod client;
mod completions;
mod database;
mod demo;
mod files;
mod import;
mod ledger;
mod man;
mod migrate;
mod openapi;
mod outlook;
mod output;
mod plan;
mod queue;
mod record;
mod reference;
mod report;
mod schedule;
mod serve;
mod shapes;
mod simulate;
mod status;
mod token;
mod what_if;
mod why;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use output::complain;

/// Told at the end of every help text and manual page.
const EXIT_CODES: &str =
    "Exit codes: 0 done; 1 it could not be done; 2 the command line is wrong; 3 done, but some rows were bad.";

/// The queue of a police digital forensic unit: every victim's phone back within 24 hours
///
/// Commands that name a unit file work offline; those with --server speak to a running daemon; migrate, token and ledger
/// open its database.
#[derive(Debug, Parser)]
#[command(name = "dfqueue", version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Check(check::Args),
    Migrate(migrate::Args),
    Import(import::Args),
    Status(status::Args),
    Queue(queue::Args),
    Breaches(breaches::Args),
    Actions(actions::Args),
    Record(record::Args),
    Why(why::Args),
    Plan(plan::Args),
    WhatIf(what_if::Args),
    Simulate(Box<simulate::Args>),
    Report(report::Args),
    Schedule(schedule::Args),
    Token(token::Args),
    Ledger(ledger::Args),
    Openapi(openapi::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Done, but some rows were bad.
    BadRows,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::BadRows => Self::from(3),
        }
    }
}

/// Runs the command that the arguments name.
///
/// # Errors
/// Why it could not be done, in words for whoever typed it.
pub fn run(cli: Cli) -> anyhow::Result<Outcome> {
    match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Queue(args) => queue::run(&args),
        Command::Breaches(args) => breaches::run(&args),
        Command::Actions(args) => actions::run(&args),
        Command::Record(args) => record::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::WhatIf(args) => what_if::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Schedule(args) => schedule::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Ledger(args) => ledger::run(&args),
        Command::Openapi(args) => openapi::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    /// Every command begins with what it does, in the imperative, without a full stop, short enough for the list.
    #[test]
    fn every_command_says_what_it_does_in_one_short_line() {
        fn walk(command: &clap::Command) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let name = command.get_name();
            assert!(!about.is_empty() && !about.ends_with('.') && !about.contains('\n'), "{name}: {about:?}");
            assert!(about.chars().count() <= 90, "{name}: {about:?} is too long for a list");
            command.get_subcommands().for_each(walk);
        }
        Cli::command().get_subcommands().for_each(walk);
    }

    #[test]
    fn every_argument_is_explained() {
        fn walk(command: &clap::Command) {
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                let (name, id) = (command.get_name(), argument.get_id());
                assert!(!help.is_empty() && !help.ends_with('.'), "{name} {id}: {help:?}");
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
    }
}
