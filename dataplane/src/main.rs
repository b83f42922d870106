//! Owns the entry of `tandem-dataplane`: the allocator of cold paths, and the way into the library.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Serves what is allocated at start and by the keeper; workers allocate nothing.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    dataplane::cli::main(dataplane::start::run)
}
