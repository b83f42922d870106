//! Owns the entry of `tandem`: from the words of the command line to an exit code.
//! Refuses to know what a command does.
#![forbid(unsafe_code)]

mod args;
mod client;
mod failure;
mod fields;
mod noun;
mod screen;
mod table;
mod unit;
mod write;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    let output = cli.output;
    match noun::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(output, &mut std::io::stderr()),
    }
}
