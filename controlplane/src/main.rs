//! Owns the entry of `tandem-controlplane`: its command line, and the way into the library.
#![forbid(unsafe_code)]

mod arguments;

use std::process::ExitCode;

use controlplane::daemon::{self, StartError};
use mimalloc::MiMalloc;

use arguments::Arguments;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match run(&Arguments::read()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tandem-controlplane: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), StartError> {
    let config = arguments.config()?;
    if arguments.check {
        println!("{}: no faults", arguments.config.display());
        return Ok(());
    }
    daemon::run(config)
}
