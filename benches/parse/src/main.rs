//! Owns the entry of `bench-parse`: what a message costs the parser, with others beside it.
//! Refuses to know how: see the library, whose doc says what the figures mean.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use bench_parse::{arguments::Arguments, measure};
use clap::Parser;
use counting_allocator::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    match measure::run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench-parse: {fault}");
            ExitCode::FAILURE
        }
    }
}
