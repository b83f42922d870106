//! Owns the entry of `bench-call`: what a call costs the router, with all that is needed to believe the number.
//! Refuses to know how: see [`turns`] and [`scale`] for the measurements and [`generator`] for the traffic.
#![forbid(unsafe_code)]

mod agenda;
mod arguments;
mod fault;
mod frame;
mod generator;
mod leg;
mod message;
mod plan;
mod polls;
mod rig;
mod router;
mod rss;
mod scale;
mod template;
mod threads;
mod turns;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use counting_allocator::CountingAllocator;

use arguments::Arguments;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if arguments.huge_pages_needed {
        router::print_pages(&arguments)
    } else if arguments.scale {
        scale::run(&arguments)
    } else if arguments.threads {
        threads::run(&arguments)
    } else {
        turns::run(&arguments)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench-call: {fault}");
            ExitCode::FAILURE
        }
    }
}
