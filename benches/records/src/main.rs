//! Owns the entry of `bench-records`: how many call records a second come out of a journal into PostgreSQL.
//! Refuses to know how records are written: it fills a journal, starts what the daemon starts, and waits.
#![forbid(unsafe_code)]

mod arguments;
mod fault;
mod fill;
mod measure;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

/// The allocator of the daemon.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match measure::run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench-records: {fault}");
            ExitCode::FAILURE
        }
    }
}
