//! The `tenantry` binary: reads the command line, runs a verb, exits with its code.

mod cli;
mod commands;
mod exit;
mod knowledge;
mod output;
mod place;
mod target;
mod taught;

use std::process::ExitCode;

use clap::Parser as _;

/// Compiling a tenant makes a million small texts; the system's allocator takes a seventh of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let output = output::Output::new(&cli.global);
    let outcome = commands::run(&cli, &output);
    exit::code(outcome, &output)
}
