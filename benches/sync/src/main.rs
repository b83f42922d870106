//! Owns the entry of `bench-sync`: how fast a change of the plan reaches every worker, and whether calls keep to
//! the plan while it changes. Refuses to start processes and calls: a script does.
#![forbid(unsafe_code)]

mod arguments;
mod change;
mod fault;
mod history;
mod judge;
mod measure;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Measure(arguments) => measure::run(&arguments),
        Command::Change(arguments) => change::run(&arguments),
        Command::Judge(arguments) => judge::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench-sync: {fault}");
            ExitCode::FAILURE
        }
    }
}
