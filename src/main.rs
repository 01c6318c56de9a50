//! The `dfqueue` command: parse, run, print the error chain once, exit code.

use std::process::ExitCode;

use clap::Parser;
use dfqueue::cli::{self, Cli};

/// The C library's allocator keeps most of what a plan once needed.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match cli::run(Cli::parse()) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}
