//! The command line: one file a subcommand, no logic of their own.
//!
//! Exit codes: 0 done; 1 it could not be done, and why is on standard error; 2 the command line is wrong; 3 done, but
//! some rows were bad and are listed on standard error.

mod demo;
mod files;
mod plan;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The queue of a police digital forensic unit: every victim's phone back within 24 hours.
#[derive(Debug, Parser)]
#[command(name = "dfqueue", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Plan(plan::Args),
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
pub fn run(cli: Cli) -> anyhow::Result<Outcome> {
    match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Plan(args) => plan::run(&args),
    }
}
