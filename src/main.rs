//! The `dfqueue` command: parse, run, print the error chain once, exit code.

use std::process::ExitCode;

use clap::Parser;
use dfqueue::cli::{self, Cli};

fn main() -> ExitCode {
    match cli::run(Cli::parse()) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}
